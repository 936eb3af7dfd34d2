"""Carrying out one job: lease, heartbeat, handler, completion by compare-and-set."""

import logging
import mmap
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.db.models import F, Q
from prometheus_client import REGISTRY, CollectorRegistry, Histogram, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

from upstream.core import clock, scope
from upstream.core.errors import ServiceError
from upstream.core.jobs import handlers, waiting
from upstream.core.logs import job_id as logged_job_id
from upstream.core.models import Job, JobState

log = logging.getLogger(__name__)

JOB_SECONDS = Histogram(
    "upstream_job_seconds",
    "How long jobs ran, by kind and by how it ended.",
    ["kind", "outcome"],
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600),
)


class Stopping:
    """Whether this worker was asked to stop: the running job then gives its lease back at its next step.

    One byte of memory shared with pool processes forked later, because only their parent gets the signal; without a
    lock, because a process killed while holding one would hang the rest.
    """

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)

    def set(self) -> None:
        self._byte[0] = 1

    def is_set(self) -> bool:
        return self._byte[0] == 1


stopping = Stopping()

#: Progress is written no more often than this, and what is left to the heartbeat about as often as the second says.
_TELLING_SECONDS, _BEATING_SECONDS = 0.25, 0.5


class LeaseLost(Exception):
    """Another worker holds the job, or somebody cancelled it: stop without writing anything more."""


class Interrupted(Exception):
    """This worker is shutting down: the job goes back to the queue."""


class JobRun:
    """What a handler sees of its own run: progress to report, and the fence that guards its writes."""

    def __init__(self, job: Job, token: UUID) -> None:
        self.job = job
        self.token = token
        self.untold: dict[str, Any] = {}
        """Progress that the heartbeat has yet to write."""
        self.waits_for = ""
        """What the heartbeat tells while there is no progress; empty: nothing."""
        self._reported = 0.0
        self._within_transaction = False

    def _mine(self) -> Any:
        return Job.unscoped.filter(pk=self.job.pk, lease_token=self.token, state=JobState.RUNNING)

    def progress(self, done: int, total: int | None = None, label: str = "") -> None:
        """Report progress (written at most four times a second); raises when the job is no longer this worker's."""
        if stopping.is_set():
            raise Interrupted
        if self._within_transaction:
            self.progress_within(done, total, label)
            return
        moment = time.monotonic()
        if moment - self._reported < _TELLING_SECONDS and done != total:
            return
        self._reported, self.untold = moment, {}
        if not self._mine().update(
            progress_done=done,
            progress_total=total,
            progress_label=label,
            lease_expires_at=clock.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS),
        ):
            raise LeaseLost

    @contextmanager
    def within_transaction(self) -> Iterator[None]:
        """Progress that is reported meanwhile is told as by `progress_within`."""
        self._within_transaction = True
        try:
            yield
        finally:
            self._within_transaction = False

    def progress_within(self, done: int, total: int | None, label: str) -> None:
        """Progress from inside a transaction, whose own writes nobody sees before its end: the heartbeat writes it.

        On SQLite, where nothing else can write meanwhile, it is left out.
        """
        if connection.vendor == "postgresql":
            self.untold = {"progress_done": done, "progress_total": total, "progress_label": label}

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Meanwhile every beat tells that the job waits for another one; not where it holds its own row (`fence`)."""
        self.waits_for = "Waiting for another file"
        try:
            yield
        finally:
            self.waits_for = ""

    def fence(self) -> None:
        """Inside a transaction: raise `LeaseLost` unless the job is this worker's, and keep it so until commit."""
        rows = self._mine()
        if connection.vendor == "postgresql":
            rows = rows.select_for_update()
        if rows.values_list("pk", flat=True).first() is None:
            raise LeaseLost

    def extend(self, **progress: Any) -> bool:
        expires = clock.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
        return bool(self._mine().update(lease_expires_at=expires, **progress))


class _Heartbeat(threading.Thread):
    """Extends the lease, and tells progress, while a handler is busy with something that does neither itself."""

    def __init__(self, run: JobRun) -> None:
        super().__init__(daemon=True, name=f"heartbeat-{run.job.pk}")
        self.run_to_extend = run
        self.done = threading.Event()

    def run(self) -> None:
        scope.enter(self.run_to_extend.job.organization_id)
        beaten = time.monotonic()
        try:
            while not self.done.wait(min(_BEATING_SECONDS, settings.JOB_LEASE_SECONDS / 3)):
                progress, self.run_to_extend.untold = self.run_to_extend.untold, {}
                if not progress and self.run_to_extend.waits_for:
                    progress = {"progress_label": self.run_to_extend.waits_for}
                if not progress and time.monotonic() - beaten < settings.JOB_LEASE_SECONDS / 3:
                    continue
                beaten = time.monotonic()
                try:
                    if not self.run_to_extend.extend(**progress):
                        return
                except (OperationalError, InterfaceError) as error:
                    log.warning("heartbeat missed: %s", type(error).__name__)
                    # The next beat opens a new connection: this one may be gone for good.
                    connection.close()
        finally:
            connection.close()


@scope.of_all_organizations()
def take(job_id: UUID) -> JobRun | None:
    """Lease a job that may start now (or whose holder's lease has run out); None when it is not to be had."""
    now, token = clock.now(), uuid4()
    startable = Q(state=JobState.QUEUED, run_after__lte=now)
    abandoned = Q(state=JobState.RUNNING, lease_expires_at__lt=now, attempts__lt=F("max_attempts"))
    taken = (
        Job.unscoped.filter(pk=job_id)
        .filter(startable | abandoned)
        .update(
            state=JobState.RUNNING,
            attempts=F("attempts") + 1,
            lease_token=token,
            lease_expires_at=now + timedelta(seconds=settings.JOB_LEASE_SECONDS),
            started_at=now,
        )
    )
    return JobRun(Job.unscoped.get(pk=job_id), token) if taken else None


def carry_out(job_id: UUID) -> bool:
    """Run one job to its end, whatever that is; False when there was nothing to take."""
    _renew_connection()
    run = take(job_id)
    if run is None:
        return False
    with scope.of_organization(run.job.organization_id):
        _carry_out(run)
    return True


def _carry_out(run: JobRun) -> None:
    logged = logged_job_id.set(str(run.job.pk))
    heartbeat = _Heartbeat(run)
    heartbeat.start()
    started, outcome = time.monotonic(), "killed"
    try:
        result = handlers[run.job.kind](run.job, run)
        if not _finish(run, state=JobState.SUCCEEDED, result=result, error_code="", error_message=""):
            raise LeaseLost
        outcome = "succeeded"
        log.info("%s succeeded in %.2f s", run.job.kind, time.monotonic() - started)
    except LeaseLost:
        outcome = "lease_lost"
        log.warning("%s is no longer this worker's: stopped", run.job.kind)
    except Interrupted:
        outcome = "given_back"
        run._mine().update(
            state=JobState.QUEUED, lease_token=None, lease_expires_at=None, woken_at=None, attempts=F("attempts") - 1
        )
        log.info("%s given back: the worker is stopping", run.job.kind)
    except ServiceError as error:
        outcome = "refused"
        _finish(run, state=JobState.FAILED, error_code=error.code, error_message=error.message)
        log.info("%s failed: %s", run.job.kind, error.code)
    except Exception:
        outcome = "broke"
        log.exception("%s broke on attempt %d", run.job.kind, run.job.attempts)
        _retry_or_fail(run)
    finally:
        heartbeat.done.set()
        heartbeat.join()
        JOB_SECONDS.labels(run.job.kind, outcome).observe(time.monotonic() - started)
        logged_job_id.reset(logged)


def _renew_connection() -> None:
    """Drop a connection that broke or grew too old; inside a caller's transaction there is nothing to renew."""
    if not connection.in_atomic_block:
        close_old_connections()


def _finish(run: JobRun, **values: Any) -> bool:
    """Write the end of a run; False, and nothing written, when the job is no longer this worker's."""
    return bool(run._mine().update(finished_at=clock.now(), lease_token=None, lease_expires_at=None, **values))


def _retry_or_fail(run: JobRun) -> None:
    _renew_connection()
    if run.job.attempts < run.job.max_attempts:
        delay = 5 * 4 ** (run.job.attempts - 1)
        run._mine().update(
            state=JobState.QUEUED,
            lease_token=None,
            lease_expires_at=None,
            woken_at=clock.now(),
            run_after=clock.now() + timedelta(seconds=delay),
        )
        return
    _finish(
        run,
        state=JobState.FAILED,
        error_code="INTERNAL",
        error_message=(
            f"Something went wrong on our side, {run.job.attempts} times in a row. Start it again, or give your "
            f"administrator the reference {run.job.pk}."
        ),
    )


def carry_out_waiting(limit: int = 100) -> int:
    """Run what is waiting now, oldest first; returns how many ran."""
    done = 0
    with scope.of_all_organizations():
        job_ids = list(waiting().values_list("pk", flat=True)[:limit])
    for job_id in job_ids:
        if stopping.is_set():
            break
        done += carry_out(job_id)
    return done


def serve_metrics() -> None:
    """Answer Prometheus on `WORKER_METRICS_PORT`, for all processes of a pool that share `PROMETHEUS_MULTIPROC_DIR`."""
    if not settings.WORKER_METRICS_PORT:
        return
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    start_http_server(settings.WORKER_METRICS_PORT, registry=registry)
