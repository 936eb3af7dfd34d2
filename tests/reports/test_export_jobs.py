"""Making the file: once, whatever happens to workers, and only for those who may still see it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage

from upstream.accounts.models import Membership, Organization
from upstream.accounts.roles import Role
from upstream.accounts.services import system_actor
from upstream.audit.models import AuditEvent
from upstream.core import clock, jobs, worker
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.models import Job, JobState
from upstream.phi import files
from upstream.reports import rendering, services
from upstream.reports.excel import stream
from upstream.reports.models import Export, ExportKind
from upstream.reports.pdf import renderer

Make = Callable[..., tuple[Export, bytes]]

pytestmark = pytest.mark.django_db


def stored_files(export: Export) -> list[str]:
    """Names of the files in the export's folder of the storage."""
    folder = services.folder_of(export)
    try:
        return [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
    except FileNotFoundError:
        return []


def job_of(export: Export) -> Job:
    return Job.unscoped.get(pk=export.job_id)


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


def test_rendering_leaves_a_finished_export_alone(scene: Any, care_team: Actor, make_export: Make) -> None:
    export, _ = make_export(care_team, ExportKind.CLAIMS_XLSX)
    run = worker.JobRun(job_of(export), uuid4())
    assert rendering.render_export(export, run) == {"export_id": str(export.pk), "rows": export.rows}
