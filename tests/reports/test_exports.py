"""Asking for exports: who may, for what, and that each becomes one file that goes away in time."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent
from upstream.audit.services import verify
from upstream.claims.selectors import ClaimFilter
from upstream.core import clock, jobs
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.models import Job
from upstream.graph.permissions import Permission
from upstream.phi import files
from upstream.reports import services
from upstream.reports.models import OF_QUERIES, Export, ExportKind

Make = Callable[..., tuple[Export, bytes]]

pytestmark = pytest.mark.django_db

# Queries are exported by what they are saved as (`queries`).
EVERY_KIND = [kind.value for kind in ExportKind if kind not in OF_QUERIES]


def stored_files(export: Export) -> list[str]:
    """Names of the files in the export's folder of the storage."""
    folder = services.folder_of(export)
    try:
        return [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
    except FileNotFoundError:
        return []


def job_of(export: Export) -> Job:
    return Job.unscoped.get(pk=export.job_id)


def options(kind: str, scene: Any) -> dict[str, Any]:
    return {"alert_id": scene.alert.pk} if kind == ExportKind.ALERT_PDF else {}


def refused(actor: Actor, kind: str, **wanted: Any) -> ServiceError:
    """The error of an export that is refused; nothing may be written by it."""
    before = Export.unscoped.count(), Job.unscoped.count(), AuditEvent.unscoped.count()
    with pytest.raises(ServiceError) as caught:
        services.create_export(actor=actor, kind=kind, **wanted)
    assert (Export.unscoped.count(), Job.unscoped.count(), AuditEvent.unscoped.count()) == before
    return caught.value


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize("role", list(Role))
def test_who_may_export(scene: Any, member: Any, kind: str, role: Role) -> None:
    actor = member(role)
    others = (Role.AUDITOR,) if kind == ExportKind.AUDIT_XLSX else (Role.CARE_TEAM, Role.ANALYST)
    if role in (Role.OWNER, Role.ADMIN, *others):
        assert services.create_export(actor=actor, kind=kind, **options(kind, scene)).created_by_id == actor.user_id
    else:
        assert refused(actor, kind, **options(kind, scene)).code == ErrorCode.FORBIDDEN


@pytest.mark.parametrize("kind", [ExportKind.ALERT_PDF, ExportKind.CLAIMS_XLSX])
@pytest.mark.parametrize("missing", [Permission.EXPORTS_PHI, Permission.PHI_READ])
def test_patients_need_both_permissions(scene: Any, care_team: Actor, kind: str, missing: Permission) -> None:
    actor = Actor(care_team.organization_id, care_team.user_id, care_team.permissions - {missing})
    error = refused(actor, kind, include_phi=True, **options(kind, scene))
    assert error.code == ErrorCode.FORBIDDEN and missing in error.message
    services.create_export(actor=care_team, kind=kind, include_phi=True, **options(kind, scene))


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        (ExportKind.ALERT_PDF, Permission.ALERTS_READ),
        (ExportKind.ALERT_PDF, Permission.CLAIMS_READ),
        (ExportKind.CLAIMS_XLSX, Permission.CLAIMS_READ),
        (ExportKind.ALERTS_XLSX, Permission.SIGNALS_READ),
    ],
)
def test_an_export_shows_nobody_what_they_may_not_see(
    scene: Any, care_team: Actor, kind: str, missing: Permission
) -> None:
    actor = Actor(care_team.organization_id, care_team.user_id, care_team.permissions - {missing})
    assert refused(actor, kind, **options(kind, scene)).code == ErrorCode.FORBIDDEN


@pytest.mark.parametrize("kind", [ExportKind.ALERT_PDF, ExportKind.CLAIMS_XLSX])
def test_a_foreign_alert_is_an_unknown_alert(
    make_scene: Any, other_organization: Organization, care_team: Actor, kind: str
) -> None:
    foreign = refused(care_team, kind, alert_id=make_scene(of=other_organization).alert.pk)
    unknown = refused(care_team, kind, alert_id=uuid4())
    assert (foreign.code, foreign.message, foreign.field) == (unknown.code, unknown.message, unknown.field)
    assert foreign.code == ErrorCode.NOT_FOUND


@pytest.mark.parametrize("name", ["payer_id", "service_group_id", "upload_id", "signal_id"])
def test_ids_of_a_filter_must_be_the_organizations_own(
    make_scene: Any, other_organization: Organization, care_team: Actor, name: str
) -> None:
    foreign = make_scene(of=other_organization)
    ids = {"payer_id": foreign.payer.pk, "service_group_id": foreign.group.pk, "signal_id": foreign.signal.pk}
    for identifier in (ids.get(name, uuid4()), uuid4()):
        error = refused(care_team, ExportKind.CLAIMS_XLSX, claim_filter={name: identifier})
        assert (error.code, error.field) == (ErrorCode.NOT_FOUND, "claimFilter")


@pytest.mark.parametrize(
    "claim_filter",
    [
        {"submitted_from": "yesterday"},
        {"payer_id": "not an id"},
        {"outcome": ("SETTLED",)},
        {"denial_category": "bad mood"},
        {"procedure_code": "9" * 101},
        {"patient_name": "x"},
        {"decided_from": date(2026, 4, 1), "decided_to": date(2026, 3, 1)},
    ],
)
def test_a_filter_that_cannot_be_read_is_invalid(
    organization: Organization, care_team: Actor, claim_filter: dict[str, Any]
) -> None:
    error = refused(care_team, ExportKind.CLAIMS_XLSX, claim_filter=claim_filter)
    assert (error.code, error.field) == (ErrorCode.INVALID, "claimFilter")


def test_parts_that_do_not_belong_together(scene: Any, care_team: Actor) -> None:
    alert = {"alert_id": scene.alert.pk}
    for kind, wanted, code, field in (
        ("PARQUET", {}, ErrorCode.INVALID, "kind"),
        (ExportKind.ALERT_PDF, {}, ErrorCode.REQUIRED, "alertId"),
        (ExportKind.ALERT_PDF, {**alert, "claim_filter": {}}, ErrorCode.INVALID, "claimFilter"),
        (ExportKind.CLAIMS_XLSX, {"alert_filter": {}}, ErrorCode.INVALID, "alertFilter"),
        (ExportKind.ALERTS_XLSX, alert, ErrorCode.INVALID, "alertId"),
        (ExportKind.ALERTS_XLSX, {"include_phi": True}, ErrorCode.INVALID, "includePhi"),
        (ExportKind.ALERTS_XLSX, {"alert_filter": {"state": ("CLOSED",)}}, ErrorCode.INVALID, "alertFilter"),
    ):
        error = refused(care_team, kind, **wanted)
        assert (error.code, error.field) == (code, field)


def test_the_selectors_own_filter_is_taken_too(scene: Any, care_team: Actor) -> None:
    wanted = ClaimFilter(payer_id=scene.payer.pk, outcome=("DENIED",), submitted_to=date(2026, 4, 1))
    export = services.create_export(actor=care_team, kind=ExportKind.CLAIMS_XLSX, claim_filter=wanted)
    assert export.parameters["claim_filter"] == {
        "payer_id": str(scene.payer.pk),
        "outcome": ["DENIED"],
        "submitted_to": "2026-04-01",
    }


def test_titles_and_file_names_say_what_it_is(scene: Any, care_team: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = clock.now().replace(year=2026, month=3, day=14)
    monkeypatch.setattr(clock, "now", lambda: moment)

    def made(kind: str, **wanted: Any) -> tuple[str, str]:
        export = services.create_export(actor=care_team, kind=kind, **wanted)
        return export.title, export.file_name

    title, name = made(ExportKind.ALERT_PDF, alert_id=scene.alert.pk)
    assert title.startswith("Northwind Health Plan denies 2.2 times as many claims")
    assert name == "upstream-alert-northwind-health-plan-2026-03-14.pdf"
    assert made(ExportKind.CLAIMS_XLSX, claim_filter={"payer_id": scene.payer.pk}, include_phi=True) == (
        "Claims; payer: Northwind Health Plan",
        "upstream-claims-northwind-health-plan-with-patients-2026-03-14.xlsx",
    )
    assert made(ExportKind.CLAIMS_XLSX, alert_id=scene.alert.pk)[1] == (
        "upstream-claims-northwind-health-plan-2026-03-14.xlsx"
    )
    assert made(ExportKind.ALERTS_XLSX) == ("Alerts", "upstream-alerts-2026-03-14.xlsx")


def test_what_a_person_searched_for_is_in_no_title_and_no_audit_event(scene: Any, care_team: Actor) -> None:
    for kind, wanted in (
        (ExportKind.CLAIMS_XLSX, {"claim_filter": {"control_number": "CANARY-SMITH"}}),
        (ExportKind.ALERTS_XLSX, {"alert_filter": {"search": "CANARY-SMITH"}}),
    ):
        export = services.create_export(actor=care_team, kind=kind, **wanted)
        event = AuditEvent.unscoped.get(action="export.created", target_id=str(export.pk))
        assert "CANARY" not in f"{export.title} {export.file_name} {event.detail}"


def test_a_long_title_is_cut_at_a_word(make_scene: Any, care_team: Actor) -> None:
    scene = make_scene(payer_name="Plan " * 39)
    export = services.create_export(actor=care_team, kind=ExportKind.ALERT_PDF, alert_id=scene.alert.pk)
    assert len(export.title) <= 200 and export.title.endswith("Plan …")
    assert len(export.file_name) <= 200


def test_asking_and_making_are_audited(scene: Any, care_team: Actor, make_export: Make) -> None:
    scene.claims(3)
    export, _ = make_export(care_team, ExportKind.CLAIMS_XLSX, include_phi=True)
    created, made = AuditEvent.unscoped.filter(target_id=str(export.pk)).order_by("sequence")
    assert (created.action, created.actor_id) == ("export.created", care_team.user_id)
    assert created.detail == {"kind": "CLAIMS_XLSX", "phi": True, "alert_id": None, "filters": []}
    assert (made.action, made.actor_id) == ("export.made", care_team.user_id)
    assert made.detail == {"kind": "CLAIMS_XLSX", "rows": 3, "phi": True, "sha256": export.sha256}
    assert verify(export.organization_id) == []


def test_the_file_is_encrypted_and_its_name_says_nothing(scene: Any, care_team: Actor, make_export: Make) -> None:
    export, content = make_export(care_team, ExportKind.ALERT_PDF, alert_id=scene.alert.pk, include_phi=True)
    stored = Path(settings.MEDIA_ROOT, export.stored_name).read_bytes()
    assert stored.startswith(files.MAGIC)
    assert b"%PDF" not in stored and content[:2000] not in stored
    assert all(part.isalnum() for part in export.stored_name.removeprefix("exports/").split("/"))


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_it_expires_in_time(scene: Any, owner: Actor, make_export: Make, kind: str) -> None:
    export, content = make_export(owner, kind, **options(kind, scene))
    assert content
    assert export.expires_at is not None
    assert abs(export.expires_at - clock.now() - timedelta(days=settings.EXPORT_DAYS)) < timedelta(minutes=1)


def test_expiry_deletes_the_file_and_keeps_the_row(
    scene: Any, care_team: Actor, make_export: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    Export.unscoped.filter(pk=old.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    fresh, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    jobs.tick()
    old.refresh_from_db()
    assert old.stored_name == "" and stored_files(old) == []
    assert not Path(settings.MEDIA_ROOT, services.folder_of(old)).exists()
    assert old.rows is not None and services.download_url(old, care_team) is None
    assert stored_files(fresh) == [fresh.stored_name]
    jobs.tick()
    assert AuditEvent.unscoped.filter(action="export.expired").count() == 1


def test_expiry_goes_on_after_a_file_that_cannot_be_deleted(
    scene: Any, care_team: Actor, make_export: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    other, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    Export.unscoped.update(expires_at=clock.now() - timedelta(seconds=1))
    delete = files.delete

    def refuse(name: str) -> None:
        if name == stuck.stored_name:
            raise PermissionError(name)
        delete(name)

    monkeypatch.setattr(files, "delete", refuse)
    assert services.expire_exports() == 1
    other.refresh_from_db()
    stuck.refresh_from_db()
    assert other.stored_name == "" and stuck.stored_name
    monkeypatch.undo()
    assert services.expire_exports() == 1


def test_nothing_of_a_patient_reaches_the_database_rows_of_an_export(
    scene: Any, care_team: Actor, make_export: Make
) -> None:
    scene.claims(2)
    make_export(care_team, ExportKind.CLAIMS_XLSX, include_phi=True)
    with connection.cursor() as cursor:
        for row_table in ("reports_export", "core_job", "audit_auditevent"):
            cursor.execute(f"SELECT * FROM {row_table}")
            assert "Canary" not in str(cursor.fetchall())
