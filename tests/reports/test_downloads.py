"""Downloads: whoever holds a link gets the file only while they may, and only in minutes."""

import time
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
from conftest import PASSWORD
from django.conf import settings
from django.http.response import HttpResponseBase
from django.test import Client

from upstream.accounts.models import Membership, Organization, Session
from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import CONFIRMED_FOR, Actor
from upstream.graph.permissions import Permission
from upstream.intake.models import RowError, Upload, UploadKind
from upstream.phi import files
from upstream.reports import links, services
from upstream.reports.links import LinkKind
from upstream.reports.models import Export, ExportKind

Make = Callable[..., tuple[Export, bytes]]

PROOF = {"password": PASSWORD}

pytestmark = pytest.mark.django_db


def get(path: str | None) -> HttpResponseBase:
    assert path is not None
    return Client().get(path)


def body(answer: HttpResponseBase) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]


def downloads_written() -> int:
    return AuditEvent.unscoped.filter(action__in=["export.downloaded", "quarantine.downloaded"]).count()


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock that signs and reads links."""

    def move(seconds: float) -> None:
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + seconds)

    return move


def test_a_workbook_comes_as_a_file_to_keep(scene: Any, care_team: Actor, make_export: Make) -> None:
    scene.claims(3)
    export, content = make_export(care_team, ExportKind.CLAIMS_XLSX)
    answer = get(services.download_url(export, care_team))
    assert answer.status_code == 200
    assert answer.streaming
    assert answer["Content-Disposition"] == f'attachment; filename="{export.file_name}"'
    assert answer["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "sandbox" in answer["Content-Security-Policy"]
    received = body(answer)
    assert int(answer["Content-Length"]) == len(received)
    assert received == content
    assert openpyxl.load_workbook(BytesIO(received))["Claims"].max_row == 4


def test_a_report_comes_as_pdf(scene: Any, analyst: Actor, make_export: Make) -> None:
    export, content = make_export(analyst, ExportKind.ALERT_PDF, alert_id=scene.alert.pk)
    answer = get(services.download_url(export, analyst))
    assert (answer["Content-Type"], body(answer)) == ("application/pdf", content)


def test_each_download_is_written_down_before_the_first_byte(scene: Any, care_team: Actor, make_export: Make) -> None:
    scene.claims(3)
    export, _ = make_export(care_team, ExportKind.CLAIMS_XLSX, include_phi=True)
    get(services.download_url(export, care_team))
    event = AuditEvent.unscoped.get(action="export.downloaded")
    assert (event.actor_id, event.target_id) == (care_team.user_id, str(export.pk))
    assert event.detail == {"kind": "CLAIMS_XLSX", "rows": 3, "phi": True, "sha256": export.sha256}
    get(services.download_url(export, care_team))
    assert downloads_written() == 2


def test_no_file_where_the_trail_cannot_be_written(
    scene: Any, care_team: Actor, make_export: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    export, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    url = services.download_url(export, care_team)
    from upstream.audit import services as audit

    def full(**_: Any) -> None:
        raise OSError("no space")

    monkeypatch.setattr(audit, "record", full)
    with pytest.raises(OSError, match="no space"):
        get(url)


def test_a_link_is_over_after_minutes(scene: Any, care_team: Actor, make_export: Make, later: Any) -> None:
    export, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    url = services.download_url(export, care_team)
    later(settings.DOWNLOAD_LINK_SECONDS + 2)
    answer = get(url)
    assert answer.status_code == 410
    assert b"link has expired" in body(answer)
    assert downloads_written() == 0


def test_an_expired_export_is_gone_even_before_its_file_is(scene: Any, care_team: Actor, make_export: Make) -> None:
    export, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    url = services.download_url(export, care_team)
    Export.unscoped.filter(pk=export.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    before_tick = get(url)
    services.expire_exports()
    after_tick = get(url)
    for answer in (before_tick, after_tick):
        assert answer.status_code == 410
        assert b"export has expired" in body(answer)
    export.refresh_from_db()
    assert services.download_url(export, care_team) is None
    assert downloads_written() == 0


def test_whatever_is_unknown_answers_alike(
    scene: Any, care_team: Actor, make_export: Make, member: Any, other_organization: Organization
) -> None:
    export, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    queued = services.create_export(actor=care_team, kind=ExportKind.CLAIMS_XLSX)
    url = services.download_url(export, care_team)
    assert url is not None
    stranger = member(Role.OWNER, other_organization)
    paths = {
        "tampered": url[:14] + ("A" if url[14] != "A" else "B") + url[15:],
        "nonsense": "/downloads/nonsense/",
        "unknown": links.sign(LinkKind.EXPORT, uuid4(), care_team),
        "foreign": links.sign(LinkKind.EXPORT, export.pk, stranger),
        "not ready": links.sign(LinkKind.EXPORT, queued.pk, care_team),
        "another kind": links.sign(LinkKind.QUARANTINE, export.pk, care_team),
    }
    answers = {name: get(path) for name, path in paths.items()}
    assert {answer.status_code for answer in answers.values()} == {404}
    assert len({body(answer) for answer in answers.values()}) == 1
    headers = [{k: v for k, v in answer.headers.items() if k != "X-Request-Id"} for answer in answers.values()]
    assert all(header == headers[0] for header in headers)
    assert downloads_written() == 0


@pytest.mark.parametrize("change", ["viewer", "analyst", "left", "inactive"])
def test_a_link_is_worth_what_its_person_may_do_now(
    scene: Any, care_team: Actor, make_export: Make, change: str
) -> None:
    export, _ = make_export(care_team, ExportKind.CLAIMS_XLSX, include_phi=True)
    url = services.download_url(export, care_team)
    membership = Membership.unscoped.select_related("user").get(user_id=care_team.user_id)
    if change == "left":
        membership.delete()
    elif change == "inactive":
        type(membership.user).objects.filter(pk=care_team.user_id).update(is_active=False)
    else:
        Membership.unscoped.filter(pk=membership.pk).update(role=change.upper())
    assert get(url).status_code == 404
    assert downloads_written() == 0


def test_links_are_offered_to_those_who_may_use_them(
    scene: Any, care_team: Actor, analyst: Actor, viewer: Actor, make_export: Make
) -> None:
    plain, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    with_patients, _ = make_export(care_team, ExportKind.CLAIMS_XLSX, include_phi=True)
    assert services.download_url(plain, analyst) and services.download_url(with_patients, care_team)
    assert services.download_url(with_patients, analyst) is None
    assert services.download_url(plain, viewer) is None
    without = Actor(care_team.organization_id, care_team.user_id, care_team.permissions - {Permission.PHI_READ})
    assert services.download_url(with_patients, without) is None


def test_no_link_before_the_file_is_ready(scene: Any, care_team: Actor) -> None:
    assert (
        services.download_url(services.create_export(actor=care_team, kind=ExportKind.ALERTS_XLSX), care_team) is None
    )


@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_a_damaged_file_is_told_and_not_delivered(scene: Any, care_team: Actor, make_export: Make, damage: str) -> None:
    export, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    path = Path(settings.MEDIA_ROOT, export.stored_name)
    if damage == "gone":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[60] ^= 1
        path.write_bytes(content)
    answer = get(services.download_url(export, care_team))
    assert answer.status_code == 500
    assert b"make the export again" in body(answer)
    assert downloads_written() == 0


@pytest.mark.parametrize("method", ["post", "put", "delete", "head"])
def test_links_are_for_getting(scene: Any, care_team: Actor, make_export: Make, method: str) -> None:
    export, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    url = services.download_url(export, care_team)
    assert getattr(Client(), method)(url).status_code == 405
    assert downloads_written() == 0


@pytest.fixture
def upload(organization: Organization) -> Upload:
    stored, size, digest = files.save(f"uploads/{uuid4().hex}", [b"payer,cpt\n=1+1,x\n"])
    upload = Upload.unscoped.create(
        organization=organization,
        file_name='März "claims"\r\n.csv',
        stored_name=stored,
        size_bytes=size,
        sha256=digest,
        kind=UploadKind.CLAIMS_CSV,
        rows_quarantined=1,
    )
    RowError.unscoped.create(
        organization=organization,
        upload=upload,
        line_number=2,
        field="submitted_date",
        code="REQUIRED",
        message="The submitted date is missing.",
        raw="=1+1,x",
    )
    return upload


def test_rejected_rows_come_as_csv(upload: Upload, care_team: Actor) -> None:
    answer = get(links.sign(LinkKind.QUARANTINE, upload.pk, care_team))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/csv")
    # RFC 5987: the name as UTF-8, without what would end the header.
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''quarantine-M%C3%A4rz%20_claims_")
    text = body(answer).decode("utf-8-sig")
    assert "The submitted date is missing." in text
    event = AuditEvent.unscoped.get(action="quarantine.downloaded")
    assert (event.actor_id, event.target_id, event.detail["rows"]) == (care_team.user_id, str(upload.pk), 1)


def test_rejected_rows_need_both_permissions_and_the_own_organization(
    upload: Upload, care_team: Actor, analyst: Actor, member: Any, other_organization: Organization
) -> None:
    for actor in (analyst, member(Role.OWNER, other_organization)):
        assert get(links.sign(LinkKind.QUARANTINE, upload.pk, actor)).status_code == 404
    assert downloads_written() == 0


EXPORT_LINK = "query($id: ID!) { export(id: $id) { downloadUrl } }"
REJECTED_LINK = "query($id: ID!) { upload(id: $id) { quarantineUrl } }"
READS_PATIENTS = {Role.OWNER, Role.ADMIN, Role.CARE_TEAM}


def link_of(answer: dict[str, Any]) -> tuple[str | None, str | None]:
    """The link in an answer, and why there is none: a refusal's code."""
    record = next(iter(answer["data"].values())) or {}
    errors = answer.get("errors") or []
    return next(iter(record.values()), None), errors[0]["extensions"]["code"] if errors else None


@pytest.mark.parametrize("role", Role)
def test_a_link_to_patients_is_for_who_has_just_confirmed_who_they_are(
    scene: Any, care_team: Actor, make_export: Make, upload: Upload, member: Any, graphql: Any, role: Role
) -> None:
    with_patients, _ = make_export(care_team, ExportKind.CLAIMS_XLSX, include_phi=True)
    plain, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    actor = member(role)
    ask = graphql(actor)
    guarded = [(EXPORT_LINK, with_patients.pk), (REJECTED_LINK, upload.pk)]
    fresh = [link_of(ask(query, {"id": str(pk)})) for query, pk in guarded]
    plain_link, _ = link_of(ask(EXPORT_LINK, {"id": str(plain.pk)}))
    Session.unscoped.filter(pk=actor.session_id).update(confirmed_at=clock.now() - CONFIRMED_FOR - timedelta(seconds=1))
    stale = [link_of(ask(query, {"id": str(pk)})) for query, pk in guarded]
    if role in READS_PATIENTS:
        assert all(link for link, _ in fresh)
        assert stale == [(None, "STEP_UP_REQUIRED")] * 2
        ask("mutation($password: String!) { confirmIdentity(password: $password) { confirmedUntil } }", PROOF)
        assert all(link for link, _ in [link_of(ask(query, {"id": str(pk)})) for query, pk in guarded])
    else:
        # Nobody is asked who they are for what they may not have.
        assert not any(link for link, _ in fresh)
        assert stale == fresh
    assert bool(link_of(ask(EXPORT_LINK, {"id": str(plain.pk)}))[0]) == bool(plain_link)
