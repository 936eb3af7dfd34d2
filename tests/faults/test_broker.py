"""The broker away, emptied, or repeating itself: the job's row is the truth."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faults.conftest import SETTINGS, OwnRedis, StartWorker, start_celery_with_beat, state
from faults.work.tasks import effects
from support import ROOT, Process, database_url, wait_until

from upstream.accounts.models import Organization
from upstream.celery import run_job
from upstream.core.models import Job, JobState

pytestmark = [pytest.mark.redis, pytest.mark.timeout(120)]


@pytest.fixture
def worker(clinic: Organization, own_redis: OwnRedis, tmp_path: Path) -> Iterator[Process]:
    """A Celery worker on the test's own Redis, which may not be there yet."""
    process = start_celery_with_beat(tmp_path / "own.log", own_redis.url)
    yield process
    process.kill()


def enqueue_elsewhere(clinic: Organization, trace: Path, redis_url: str) -> tuple[Job, float]:
    """A job enqueued in another process, as a request would; and the seconds that took."""
    said = subprocess.run(
        [sys.executable, "-m", "faults.enqueue_one", str(clinic.pk), str(trace)],
        env={
            "PYTHONPATH": f"{ROOT / 'backend'}:{ROOT / 'tests'}",
            "DJANGO_SETTINGS_MODULE": SETTINGS,
            "DATABASE_URL": database_url(),
            "REDIS_URL": redis_url,
        },
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    return Job.unscoped.get(pk=said[0]), float(said[1])


def test_a_job_enqueued_while_redis_is_away_costs_nothing_and_is_done_when_it_is_back(
    clinic: Organization, own_redis: OwnRedis, worker: Process, trace: Path
) -> None:
    job, seconds = enqueue_elsewhere(clinic, trace, own_redis.url)
    assert seconds < 1
    assert (job.state, job.woken_at) == (JobState.QUEUED, None)
    own_redis.start()
    wait_until(lambda: state(job) == JobState.SUCCEEDED, seconds=60, what="job done after Redis came up")
    assert effects(job) == 1


def test_messages_lost_with_redis_are_sent_again(
    clinic: Organization, own_redis: OwnRedis, worker: Process, trace: Path
) -> None:
    own_redis.start()
    wait_until(lambda: worker.said(" ready."), seconds=40, what="worker connected")
    own_redis.kill()
    own_redis.start()
    first, _ = enqueue_elsewhere(clinic, trace, own_redis.url)
    wait_until(lambda: state(first) == JobState.SUCCEEDED, seconds=60, what="worker back on the emptied Redis")

    worker.kill()
    lost, _ = enqueue_elsewhere(clinic, trace, own_redis.url)
    assert lost.woken_at is not None
    own_redis.kill()
    own_redis.start()
    assert state(lost) == JobState.QUEUED
    successor = start_celery_with_beat(worker.output.with_name("successor.log"), own_redis.url)
    try:
        wait_until(lambda: state(lost) == JobState.SUCCEEDED, seconds=60, what="lost job sent again")
    finally:
        successor.kill()
    assert (effects(first), effects(lost)) == (1, 1)


def test_a_message_delivered_twice_and_late_runs_the_job_once(
    celery_with_beat: StartWorker, enqueue: Callable[..., Job], trace: Path
) -> None:
    celery_with_beat()
    celery_with_beat()
    job = enqueue(pause_at="before", seconds=1)
    for _ in range(4):
        run_job.apply_async(args=[str(job.pk)])
    wait_until(lambda: state(job) == JobState.SUCCEEDED, seconds=30, what="job done")
    run_job.apply_async(args=[str(job.pk)])
    after = enqueue()
    wait_until(lambda: state(after) == JobState.SUCCEEDED, seconds=30, what="the job behind the late message done")
    assert len([line for line in trace.read_text().splitlines() if line.startswith("start")]) == 2
    assert effects(job) == 1


def test_a_request_wakes_the_worker_at_once(celery_worker: Process, enqueue: Callable[..., Job]) -> None:
    """No beat here, so nothing but the message can have started the job, which this worker then does not know."""
    job = enqueue()
    wait_until(lambda: Job.unscoped.get(pk=job.pk).attempts == 1, seconds=10, what="job started by its message")
    assert "faults.work broke" in celery_worker.output.read_text()
