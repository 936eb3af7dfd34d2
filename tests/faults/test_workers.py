"""Both kinds of worker: killed, asked to stop, cut off. Each job is done once, or a person hears of it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from django.db import connection
from faults.conftest import StartWorker, lines, state
from faults.work.tasks import MOMENTS, effects
from support import as_owner, wait_until

from upstream.core.models import Job, JobState

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(params=["polling", pytest.param("celery", marks=pytest.mark.redis)])
def start_worker(request: pytest.FixtureRequest) -> StartWorker:
    return request.getfixturevalue({"polling": "polling_worker", "celery": "celery_with_beat"}[request.param])


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_job_whose_worker_is_killed_is_finished_by_another_once(
    start_worker: StartWorker, enqueue: Callable[..., Job], trace: Path, moment: str
) -> None:
    first = start_worker()
    job = enqueue(pause_at=moment)
    wait_until(lambda: bool(lines(trace, moment)), seconds=20, what="job in the middle of its work")
    first.kill()
    assert effects(job) == (1 if moment == "after" else 0)
    assert state(job) == JobState.RUNNING
    start_worker()
    wait_until(lambda: state(job) == JobState.SUCCEEDED, seconds=30, what="job done by the other worker")
    job.refresh_from_db()
    assert (job.attempts, job.result) == (2, {"attempt": 2})
    assert effects(job) == 1
    assert len(lines(trace, "end")) == 1


def test_a_worker_asked_to_stop_gives_its_job_back_and_another_does_it(
    start_worker: StartWorker, enqueue: Callable[..., Job], trace: Path
) -> None:
    first = start_worker()
    job = enqueue(pause_at="before", reports=True)
    wait_until(lambda: bool(lines(trace, "before")), seconds=20, what="job in the middle of its work")
    assert first.stop() == 0
    job.refresh_from_db()
    assert (job.state, job.attempts, job.lease_token) == (JobState.QUEUED, 0, None)
    Job.unscoped.filter(pk=job.pk).update(parameters={"trace": str(trace)})
    start_worker()
    wait_until(lambda: state(job) == JobState.SUCCEEDED, seconds=30, what="job done by the other worker")
    assert effects(job) == 1


def test_a_worker_asked_to_stop_finishes_a_job_that_cannot_be_interrupted(
    start_worker: StartWorker, enqueue: Callable[..., Job], trace: Path
) -> None:
    worker = start_worker()
    job = enqueue(pause_at="inside", seconds=2)
    wait_until(lambda: bool(lines(trace, "inside")), seconds=20, what="job in the middle of its work")
    assert worker.stop() == 0
    assert state(job) == JobState.SUCCEEDED
    assert effects(job) == 1


def test_a_job_longer_than_its_lease_stays_with_its_worker(
    start_worker: StartWorker, enqueue: Callable[..., Job], trace: Path
) -> None:
    start_worker()
    job = enqueue(pause_at="before", seconds=7)
    wait_until(lambda: bool(lines(trace, "before")), seconds=20, what="job in the middle of its work")
    start_worker()
    wait_until(lambda: state(job) == JobState.SUCCEEDED, seconds=30, what="job done")
    job.refresh_from_db()
    assert job.attempts == 1
    assert len(lines(trace, "start")) == 1


def test_a_job_that_kills_every_worker_is_given_up_and_says_so(
    start_worker: StartWorker, enqueue: Callable[..., Job], trace: Path
) -> None:
    job = enqueue(pause_at="before")
    Job.unscoped.filter(pk=job.pk).update(max_attempts=1)
    worker = start_worker()
    wait_until(lambda: bool(lines(trace, "before")), seconds=20, what="job in the middle of its work")
    worker.kill()
    start_worker()
    wait_until(lambda: state(job) == JobState.FAILED, seconds=30, what="job given up")
    job.refresh_from_db()
    assert job.error_code == "WORKER_LOST"
    assert len(lines(trace, "start")) == 1


@pytest.mark.postgresql
def test_connections_that_are_cut_cost_one_attempt(
    start_worker: StartWorker, enqueue: Callable[..., Job], trace: Path
) -> None:
    start_worker()
    job = enqueue(pause_at="inside", seconds=3)
    wait_until(lambda: bool(lines(trace, "inside")), seconds=20, what="job in the middle of its work")
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] >= 1
    wait_until(lambda: state(job) == JobState.SUCCEEDED, seconds=40, what="job done on a new connection")
    job.refresh_from_db()
    assert job.attempts == 2
    assert effects(job) == 1


@pytest.mark.redis
def test_a_killed_pool_process_is_replaced_and_its_job_done(
    celery_with_beat: StartWorker, enqueue: Callable[..., Job], trace: Path
) -> None:
    worker = celery_with_beat()
    job = enqueue(pause_at="before")
    wait_until(lambda: bool(lines(trace, "before")), seconds=20, what="job in the middle of its work")
    pool_process = int(lines(trace, "before")[0].split()[1])
    assert pool_process in {child.pid for child in psutil.Process(worker.popen.pid).children(recursive=True)}
    os.kill(pool_process, signal.SIGKILL)
    wait_until(lambda: state(job) == JobState.SUCCEEDED, seconds=30, what="job done by the pool's next process")
    assert effects(job) == 1
