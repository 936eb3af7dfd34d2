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

from upstream.accounts.models import Membership, Organization
from upstream.accounts.roles import Role
from upstream.accounts.services import system_actor
from upstream.audit.models import AuditEvent
from upstream.audit.services import verify
from upstream.claims.selectors import ClaimFilter
from upstream.core import clock, jobs, worker
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.models import Job, JobState
from upstream.graph.permissions import Permission
from upstream.phi import files
from upstream.reports import rendering, services
from upstream.reports.excel import stream
from upstream.reports.models import Export, ExportKind
from upstream.reports.pdf import renderer

Make = Callable[..., tuple[Export, bytes]]

pytestmark = pytest.mark.django_db

EVERY_KIND = [kind.value for kind in ExportKind]


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
    if role in (Role.OWNER, Role.ADMIN, Role.CARE_TEAM, Role.ANALYST):
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
def test_it_expires_in_time(scene: Any, care_team: Actor, make_export: Make, kind: str) -> None:
    export, content = make_export(care_team, kind, **options(kind, scene))
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


def test_a_job_run_twice_makes_one_file(scene: Any, care_team: Actor, make_export: Make) -> None:
    export, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    Job.unscoped.filter(pk=export.job_id).update(state=JobState.QUEUED, run_after=clock.now())
    assert worker.carry_out(export.job_id)
    again = Export.unscoped.get(pk=export.pk)
    assert (again.stored_name, again.sha256, again.expires_at) == (export.stored_name, export.sha256, export.expires_at)
    assert stored_files(export) == [export.stored_name]
    assert job_of(export).state == JobState.SUCCEEDED
    assert AuditEvent.unscoped.filter(action="export.made").count() == 1


def test_a_worker_that_lost_its_lease_leaves_nothing(
    scene: Any, care_team: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker takes over while this one still writes: the other's file is the export's, this one's is gone."""
    export = services.create_export(actor=care_team, kind=ExportKind.CLAIMS_XLSX)
    save = files.save
    taken_over = []

    def save_slowly(name: str, chunks: Any) -> tuple[str, int, str]:
        stored = save(name, chunks)
        if not taken_over:
            taken_over.append(stored[0])
            Job.unscoped.filter(pk=export.job_id).update(lease_expires_at=clock.now() - timedelta(seconds=1))
            assert worker.carry_out(export.job_id)
        return stored

    monkeypatch.setattr(files, "save", save_slowly)
    assert worker.carry_out(export.job_id)
    export.refresh_from_db()
    assert job_of(export).state == JobState.SUCCEEDED
    assert taken_over and export.stored_name not in ("", taken_over[0])
    assert stored_files(export) == [export.stored_name]
    assert AuditEvent.unscoped.filter(action="export.made").count() == 1


def test_what_a_killed_worker_left_behind_is_cleared(scene: Any, care_team: Actor, run_jobs: Any) -> None:
    export = services.create_export(actor=care_team, kind=ExportKind.CLAIMS_XLSX)
    left_behind, _, _ = files.save(f"{services.folder_of(export)}/0123456789abcdef", [b"half a file"])
    run_jobs()
    export.refresh_from_db()
    assert stored_files(export) == [export.stored_name] != [left_behind]


def test_a_cancelled_job_makes_no_file(scene: Any, care_team: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    export = services.create_export(actor=care_team, kind=ExportKind.CLAIMS_XLSX)
    save = files.save

    def cancel_meanwhile(name: str, chunks: Any) -> tuple[str, int, str]:
        stored = save(name, chunks)
        jobs.cancel(job_of(export))
        return stored

    monkeypatch.setattr(files, "save", cancel_meanwhile)
    worker.carry_out(export.job_id)
    export.refresh_from_db()
    assert job_of(export).state == JobState.CANCELLED
    assert export.stored_name == "" and stored_files(export) == []


def test_a_failure_in_the_middle_leaves_no_file_and_is_tried_again(
    scene: Any, care_team: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.claims(3)
    export = services.create_export(actor=care_team, kind=ExportKind.CLAIMS_XLSX)
    with monkeypatch.context() as broken:
        broken.setattr(stream.WorkbookStream, "finish", lambda self: (_ for _ in ()).throw(MemoryError))
        worker.carry_out(export.job_id)
    export.refresh_from_db()
    assert job_of(export).state == JobState.QUEUED
    assert export.stored_name == "" and stored_files(export) == []
    Job.unscoped.filter(pk=export.job_id).update(run_after=clock.now())
    worker.carry_out(export.job_id)
    export.refresh_from_db()
    assert job_of(export).state == JobState.SUCCEEDED and stored_files(export) == [export.stored_name]


def test_a_failed_export_can_be_made_again(
    scene: Any, care_team: Actor, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = services.create_export(actor=care_team, kind=ExportKind.ALERT_PDF, alert_id=scene.alert.pk)
    with pytest.raises(ServiceError) as caught:
        services.retry_export(actor=care_team, export_id=export.pk)
    assert caught.value.code == ErrorCode.CONFLICT
    Job.unscoped.filter(pk=export.job_id).update(attempts=2)
    with monkeypatch.context() as broken:
        broken.setattr(renderer, "PRESS", Path("/nonexistent"))
        run_jobs()
    assert job_of(export).state == JobState.FAILED and job_of(export).error_code == "INTERNAL"
    services.retry_export(actor=care_team, export_id=export.pk)
    run_jobs()
    export.refresh_from_db()
    assert job_of(export).state == JobState.SUCCEEDED and export.stored_name
    assert AuditEvent.unscoped.filter(action="export.retried", target_id=str(export.pk)).count() == 1


def test_retrying_needs_what_asking_needs(
    scene: Any, care_team: Actor, analyst: Actor, viewer: Actor, member: Any, other_organization: Organization
) -> None:
    export = services.create_export(actor=care_team, kind=ExportKind.CLAIMS_XLSX, include_phi=True)
    jobs.cancel(job_of(export))
    for actor, code in (
        (analyst, ErrorCode.FORBIDDEN),
        (viewer, ErrorCode.FORBIDDEN),
        (member(Role.OWNER, other_organization), ErrorCode.NOT_FOUND),
    ):
        with pytest.raises(ServiceError) as caught:
            services.retry_export(actor=actor, export_id=export.pk)
        assert caught.value.code == code
        assert job_of(export).state == JobState.CANCELLED


@pytest.mark.parametrize("change", ["role", "membership", "account"])
def test_a_person_who_may_no_longer_see_it_gets_no_file(
    scene: Any, care_team: Actor, run_jobs: Any, change: str
) -> None:
    export = services.create_export(actor=care_team, kind=ExportKind.CLAIMS_XLSX, include_phi=True)
    membership = Membership.unscoped.get(user_id=care_team.user_id)
    if change == "role":
        Membership.unscoped.filter(pk=membership.pk).update(role=Role.ANALYST)
    elif change == "account":
        type(membership.user).objects.filter(pk=care_team.user_id).update(is_active=False)
    else:
        membership.delete()
    run_jobs()
    export.refresh_from_db()
    assert export.stored_name == "" and stored_files(export) == []
    assert (job_of(export).state, job_of(export).error_code) == (JobState.FAILED, "FORBIDDEN")


def test_the_system_may_export_for_itself(scene: Any, make_export: Make) -> None:
    export, content = make_export(system_actor(scene.organization.pk), ExportKind.CLAIMS_XLSX)
    assert content.startswith(b"PK") and export.created_by is None


def test_an_alert_gone_in_the_meantime_fails_in_plain_words(scene: Any, care_team: Actor, run_jobs: Any) -> None:
    export = services.create_export(actor=care_team, kind=ExportKind.ALERT_PDF, alert_id=scene.alert.pk)
    scene.alert.delete()
    run_jobs()
    assert (job_of(export).error_code, job_of(export).error_message) == ("NOT_FOUND", "No such alert.")


def test_the_press_gets_no_secrets_and_no_way_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A document that refers to a file, and an environment with keys: neither reaches the process that lays out."""
    secret = tmp_path / "secret.css"
    secret.write_text("body { color: red }")
    with pytest.raises(renderer.RenderingFailed) as caught:
        renderer.pdf_of(
            f'<html lang="en"><title>x</title><link rel="stylesheet" href="file://{secret}"><p>x', alive=lambda: None
        )
    assert "FatalURLFetchingError" in str(caught.value)
    assert str(secret) not in str(caught.value)
    spy = tmp_path / "spy.py"
    spy.write_text("import os, sys\nsys.stderr.write(' '.join(sorted(os.environ)))\nsys.exit(3)")
    monkeypatch.setattr(renderer, "PRESS", spy)
    monkeypatch.setenv("SECRET_KEY", "canary")
    monkeypatch.setenv("DATABASE_URL", "canary")
    with pytest.raises(renderer.RenderingFailed) as caught:
        renderer.pdf_of("<p>", alive=lambda: None)
    named = set(str(caught.value).partition("ended with 3:")[2].split())
    assert named <= {*renderer.PASSED_ON, "LC_CTYPE"}


def test_a_layout_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    endless = tmp_path / "endless.py"
    endless.write_text("import time\ntime.sleep(60)")
    monkeypatch.setattr(renderer, "PRESS", endless)
    monkeypatch.setattr(renderer, "SECONDS", 0.5)
    asked = []
    with pytest.raises(renderer.RenderingFailed, match="not ready"):
        renderer.pdf_of("<p>", alive=lambda: asked.append(True))
    assert asked


def test_a_cancelled_layout_ends_its_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started = tmp_path / "pid"
    endless = tmp_path / "endless.py"
    endless.write_text(f"import os, time\nopen({str(started)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)")
    monkeypatch.setattr(renderer, "PRESS", endless)

    def alive() -> None:
        if started.exists() and started.read_text():
            raise worker.LeaseLost

    with pytest.raises(worker.LeaseLost):
        renderer.pdf_of("<p>", alive=alive)
    assert not Path(f"/proc/{started.read_text()}").exists()


def test_a_layout_that_eats_memory_ends_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    greedy = tmp_path / "greedy.py"
    source = renderer.PRESS.read_text().replace("MEMORY_BYTES = 2 * 1024**3", "MEMORY_BYTES = 64 * 1024**2")
    greedy.write_text(source)
    monkeypatch.setattr(renderer, "PRESS", greedy)
    with pytest.raises(renderer.RenderingFailed):
        renderer.pdf_of('<html lang="en"><title>x</title><p>x', alive=lambda: None)


def test_nothing_of_a_patient_reaches_the_database_rows_of_an_export(
    scene: Any, care_team: Actor, make_export: Make
) -> None:
    scene.claims(2)
    make_export(care_team, ExportKind.CLAIMS_XLSX, include_phi=True)
    with connection.cursor() as cursor:
        for row_table in ("reports_export", "core_job", "audit_auditevent"):
            cursor.execute(f"SELECT * FROM {row_table}")
            assert "Canary" not in str(cursor.fetchall())


def test_rendering_leaves_a_finished_export_alone(scene: Any, care_team: Actor, make_export: Make) -> None:
    export, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    run = worker.JobRun(job_of(export), uuid4())
    assert rendering.render_export(export, run) == {"export_id": str(export.pk), "rows": export.rows}
