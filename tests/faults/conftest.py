"""Workers as real processes, polling and Celery, and a Redis of the test's own that may be killed."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
import redis
from django.conf import LazySettings
from faults.work.tasks import KIND
from support import Process, wait_until

from upstream.accounts import services as accounts
from upstream.accounts.models import Organization
from upstream.core import jobs
from upstream.core.models import Job

SETTINGS = "faults.settings"
StartWorker = Callable[[], Process]


@pytest.fixture
def clinic(transactional_db: None) -> Organization:
    """An organization other processes can see."""
    return accounts.create_organization(name="Riverside Clinic", slug="riverside")


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace"
    path.touch()
    return path


@pytest.fixture
def enqueue(clinic: Organization, trace: Path) -> Callable[..., Job]:
    return lambda **parameters: jobs.enqueue(
        organization_id=clinic.pk, kind=KIND, parameters={"trace": str(trace), **parameters}
    )


def lines(trace: Path, word: str) -> list[str]:
    return [line for line in trace.read_text().splitlines() if line.split()[0] == word]


def state(job: Job) -> str:
    return Job.unscoped.values_list("state", flat=True).get(pk=job.pk)


@pytest.fixture
def polling_worker(transactional_db: None, settings: LazySettings, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts `manage.py worker`, as often as asked; all are ended with the test."""
    settings.REDIS_URL = ""
    started, numbers = [], count(1)

    def start() -> Process:
        output = tmp_path / f"polling{next(numbers)}.log"
        worker = Process(["backend/manage.py", "worker"], output=output, DJANGO_SETTINGS_MODULE=SETTINGS, REDIS_URL="")
        started.append(worker)
        wait_until(lambda: worker.said("worker: ready"), seconds=30, what="polling worker ready")
        return worker

    yield start
    for worker in started:
        worker.kill()


@pytest.fixture
def celery_with_beat(transactional_db: None, settings: LazySettings, tmp_path: Path) -> Iterator[StartWorker]:
    """Starts Celery workers with a beat each (so that there are several sweepers, too)."""
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    started, numbers = [], count(1)

    def start() -> Process:
        name = f"celery{next(numbers)}"
        worker = start_celery_with_beat(tmp_path / f"{name}.log", settings.REDIS_URL)
        started.append(worker)
        wait_until(lambda: worker.said(" ready."), seconds=30, what="Celery worker ready")
        return worker

    yield start
    for worker in started:
        worker.kill()


def start_celery_with_beat(output: Path, redis_url: str) -> Process:
    options = "--loglevel INFO --concurrency 1 --without-gossip --without-mingle --beat"
    return Process(
        [
            *f"-m celery --workdir backend -A upstream worker {options}".split(),
            *f"--hostname {output.stem}@%h --schedule-filename {output.with_suffix('.schedule')}".split(),
        ],
        output=output,
        DJANGO_SETTINGS_MODULE=SETTINGS,
        REDIS_URL=redis_url,
    )


class OwnRedis:
    """A Redis on a free port that keeps nothing on disk: killed, it comes back empty."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
        )
        client = redis.Redis.from_url(self.url, retry=None)
        deadline = time.monotonic() + 10
        while True:
            try:
                client.ping()
                break
            except redis.ConnectionError:
                assert time.monotonic() < deadline, "redis-server did not answer within 10 s"
                time.sleep(0.05)
        client.close()

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    server = OwnRedis()
    yield server
    server.kill()
