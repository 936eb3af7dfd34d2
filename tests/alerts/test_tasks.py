"""The job and the ticks: from the roll-up to alerts, once a day, and again."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from alerts.made_signals import alert
from detection.simulated_rollup import Change, World

from upstream.accounts.models import Organization
from upstream.alerts import services, tasks
from upstream.alerts.models import Alert, AlertState
from upstream.core import clock, jobs
from upstream.core.actor import Actor
from upstream.core.models import Job, JobState
from upstream.detection.models import DetectionRun, Signal

MORNING = datetime(2024, 6, 29, 5, 1, tzinfo=UTC)


def jobs_of(organization: Organization) -> list[Job]:
    return list(Job.objects.for_organization(organization).order_by("id"))


def test_the_job_finds_changes_and_opens_alerts(
    organization: Organization, care_team: Actor, run_jobs: Callable[[], int]
) -> None:
    World(changes=[Change("Northwind", date(2024, 4, 1), denial_factor=2.5)]).write(organization)
    services.request_detection(actor=care_team)
    assert run_jobs() == 1
    (job,) = jobs_of(organization)
    run = DetectionRun.objects.for_organization(organization).get()
    assert job.state == JobState.SUCCEEDED
    assert job.result == {"run": str(run.pk), "signals": run.signals_found, "alerts_opened": 1}
    made = Alert.objects.for_organization(organization).get()
    services.judge(actor=care_team, alert_id=made.pk, verdict="REAL", note="Known")
    services.resolve(actor=care_team, alert_id=made.pk)
    # Once more over the same data: signals and decisions as they were.
    signals = list(Signal.objects.for_organization(organization).order_by("id").values())
    decided = Alert.objects.for_organization(organization).values().get()
    services.request_detection(actor=care_team)
    assert run_jobs() == 1
    assert list(Signal.objects.for_organization(organization).order_by("id").values()) == signals
    assert Alert.objects.for_organization(organization).values().get() == decided
    assert jobs_of(organization)[-1].result["alerts_opened"] == 0  # type: ignore[index]


def test_the_job_can_replay_a_past_day(organization: Organization, run_jobs: Callable[[], int]) -> None:
    World(last=date(2024, 6, 28)).write(organization)
    parameters = {"because": "replay", "through": "2024-03-01"}
    jobs.enqueue(organization_id=organization.pk, kind="detection.run", parameters=parameters)
    run_jobs()
    assert DetectionRun.objects.for_organization(organization).get().data_through == date(2024, 3, 1)


def test_the_job_has_nothing_to_do_without_data(
    organization: Organization, care_team: Actor, run_jobs: Callable[[], int]
) -> None:
    services.request_detection(actor=care_team)
    run_jobs()
    (job,) = jobs_of(organization)
    assert (job.state, job.result) == (JobState.SUCCEEDED, {"signals": 0, "alerts_opened": 0})


def test_every_organization_with_data_is_looked_at_once_a_day(
    organization: Organization, other_organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    World(first=date(2024, 6, 26), last=date(2024, 6, 28)).write(organization)
    monkeypatch.setattr(clock, "now", lambda: MORNING - timedelta(minutes=2))
    tasks.detect_daily()
    assert jobs_of(organization) == []
    monkeypatch.setattr(clock, "now", lambda: MORNING)
    tasks.detect_daily()
    tasks.detect_daily()
    assert [(job.kind, job.idempotency_key) for job in jobs_of(organization)] == [("detection.run", "daily-2024-06-29")]
    assert jobs_of(other_organization) == []
    monkeypatch.setattr(clock, "now", lambda: MORNING + timedelta(days=1))
    tasks.detect_daily()
    assert [job.idempotency_key for job in jobs_of(organization)] == ["daily-2024-06-29", "daily-2024-06-30"]


def test_the_tick_wakes_snoozed_alerts(organization: Organization) -> None:
    made = alert(organization, state=AlertState.SNOOZED, snoozed_until=clock.today())
    jobs.tick()
    assert Alert.objects.for_organization(organization).get(pk=made.pk).state == AlertState.OPEN
