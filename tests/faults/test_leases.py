"""Leases and sweeps, in this process: who holds a job may finish it, and nobody else."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction
from faults.work.tasks import KIND
from support import Thread

from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.core import clock, jobs, worker
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.models import Job, JobState


@pytest.fixture(autouse=True)
def _no_broker(settings: LazySettings) -> None:
    """What is sent to wake workers is another matter: here only rows count."""
    settings.REDIS_URL = ""


def abandoned(organization: Organization, **values: object) -> Job:
    """A job whose worker stopped without a word."""
    job = Job(
        organization=organization,
        kind=KIND,
        **{
            "state": JobState.RUNNING,
            "attempts": 1,
            "lease_token": "00000000-0000-4000-8000-000000000001",
            "lease_expires_at": clock.now() - timedelta(seconds=1),
            **values,
        },
    )
    job.save(force_insert=True)
    return job


def test_the_first_holder_of_an_expired_lease_can_do_nothing_more(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.enqueue(organization_id=organization.pk, kind=KIND, parameters={})
    first = worker.take(job.pk)
    assert first is not None
    assert worker.take(job.pk) is None, "a lease that has not expired cannot be taken"

    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    second = worker.take(job.pk)
    assert second is not None

    assert not first.extend()
    with pytest.raises(worker.LeaseLost):
        first.progress(1, 1)
    with pytest.raises(worker.LeaseLost), transaction.atomic():
        first.fence()
    assert not worker._finish(first, state=JobState.SUCCEEDED, result={"by": "first"})
    assert worker._finish(second, state=JobState.SUCCEEDED, result={"by": "second"})
    job.refresh_from_db()
    assert (job.state, job.result, job.attempts) == (JobState.SUCCEEDED, {"by": "second"}, 2)


def test_a_cancelled_job_stops_at_its_next_step(organization: Organization) -> None:
    job = jobs.enqueue(organization_id=organization.pk, kind=KIND, parameters={})
    run = worker.take(job.pk)
    assert run is not None
    jobs.cancel(job)
    with pytest.raises(worker.LeaseLost):
        run.progress(1, 1)
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED


def first_told(job: Job) -> tuple[int, int | None, str]:
    """The first progress that others see of a job. In a thread of its own."""
    deadline = time.monotonic() + 30
    try:
        while time.monotonic() < deadline:
            now = Job.unscoped.get(pk=job.pk)
            if now.progress_label:
                return now.progress_done, now.progress_total, now.progress_label
            time.sleep(0.05)
        raise AssertionError("nothing was told")
    finally:
        connection.close()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_job_tells_that_it_waits_for_another_writer(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.enqueue(organization_id=organization.pk, kind=KIND, parameters={})
    held = threading.Event()
    seen: list[tuple[int, int | None, str]] = []

    def hold() -> None:
        try:
            with transaction.atomic():
                rollup.one_writer(organization.pk)
                held.set()
                seen.append(first_told(job))
        finally:
            connection.close()

    def write(job: Job, run: worker.JobRun) -> dict[str, Any]:
        with transaction.atomic():
            rollup.one_writer(organization.pk, run.waiting())
        return {}

    monkeypatch.setitem(worker.handlers, KIND, write)
    holding = Thread(target=hold)
    holding.start()
    assert held.wait(30)
    worker.carry_out(job.pk)
    holding.join()
    assert seen == [(0, None, "Waiting for another file")]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_progress_from_inside_a_transaction_is_seen_before_its_end(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = jobs.enqueue(organization_id=organization.pk, kind=KIND, parameters={})
    seen: list[tuple[int, int | None, str]] = []

    def add_up(job: Job, run: worker.JobRun) -> dict[str, Any]:
        with transaction.atomic():
            run.progress_within(3, 8, "Adding up")
            looking = Thread(target=lambda: seen.append(first_told(job)))
            looking.start()
            looking.join()
        return {}

    monkeypatch.setitem(worker.handlers, KIND, add_up)
    worker.carry_out(job.pk)
    assert seen == [(3, 8, "Adding up")]
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED


def test_a_refusal_after_the_job_was_cancelled_leaves_the_worker_standing(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(job: Job, run: worker.JobRun) -> None:
        jobs.cancel(job)
        raise ServiceError(ErrorCode.INVALID, "This file cannot be read.")

    monkeypatch.setitem(jobs.handlers, KIND, refuse)
    job = jobs.enqueue(organization_id=organization.pk, kind=KIND, parameters={})
    assert worker.carry_out(job.pk) is True
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.CANCELLED, "")


def test_a_handler_that_breaks_is_tried_again_later_and_in_the_end_given_up(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(job: Job, run: worker.JobRun) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(jobs.handlers, KIND, break_down)
    job = jobs.enqueue(organization_id=organization.pk, kind=KIND, parameters={})
    waits = []
    for _ in range(job.max_attempts):
        Job.unscoped.filter(pk=job.pk).update(run_after=clock.now())
        assert worker.carry_out(job.pk)
        job.refresh_from_db()
        waits.append(round((job.run_after - clock.now()).total_seconds()))
    assert waits[:2] == [5, 20]
    assert (job.state, job.attempts, job.error_code) == (JobState.FAILED, 3, "INTERNAL")
    assert str(job.pk) in job.error_message


def test_a_message_for_an_abandoned_job_out_of_attempts_starts_nothing(organization: Organization) -> None:
    job = abandoned(organization, attempts=3)
    assert worker.carry_out(job.pk) is False
    assert jobs.sweep() == 1
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "WORKER_LOST")


def at_once(functions: list[Callable[[], int]]) -> list[int]:
    """Results of functions run in threads that start together, each with a connection of its own."""
    results: list[int] = []
    together = threading.Barrier(len(functions))

    def run(function: Callable[[], int]) -> None:
        together.wait()
        try:
            results.append(function())
        finally:
            connection.close()

    threads = [Thread(target=run, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_sweepers_at_once_touch_each_job_once(transactional_db: None, clinic: Organization) -> None:
    made = [abandoned(clinic) for _ in range(40)]
    assert sum(at_once([jobs.sweep, jobs.sweep])) == len(made)
    assert {job.state for job in Job.unscoped.all()} == {JobState.QUEUED}
    assert {job.attempts for job in Job.unscoped.all()} == {1}


def test_two_workers_at_once_get_a_job_once(transactional_db: None, clinic: Organization) -> None:
    for _ in range(20):
        job = jobs.enqueue(organization_id=clinic.pk, kind=KIND, parameters={})
        taken = at_once([lambda job=job: worker.take(job.pk) is not None] * 4)  # type: ignore[misc]
        assert sum(taken) == 1


@pytest.mark.postgresql
def test_a_sweeper_does_not_wait_for_a_worker_in_its_last_transaction(
    transactional_db: None, clinic: Organization
) -> None:
    held, other = abandoned(clinic), abandoned(clinic)
    fenced, swept = threading.Event(), threading.Event()

    def hold() -> int:
        run = worker.JobRun(held, held.lease_token)
        with transaction.atomic():
            run.fence()
            fenced.set()
            assert swept.wait(10), "the sweeper waited for the lock"
        return 0

    def sweep() -> int:
        assert fenced.wait(10)
        try:
            return jobs.sweep()
        finally:
            swept.set()

    assert sum(at_once([hold, sweep])) == 1
    other.refresh_from_db()
    held.refresh_from_db()
    assert (other.state, held.state) == (JobState.QUEUED, JobState.RUNNING)


def test_progress_reported_within_a_transaction_is_left_to_the_heartbeat(organization: Organization) -> None:
    job = jobs.enqueue(organization_id=organization.pk, kind=KIND, parameters={})
    run = worker.take(job.pk)
    assert run is not None
    with transaction.atomic(), run.within_transaction():
        run.progress(5, 8, "Reading")
        job.refresh_from_db()
        assert job.progress_done == 0
    run.progress(8, 8, "Reading")
    job.refresh_from_db()
    assert (job.progress_done, run.untold) == (8, {})
