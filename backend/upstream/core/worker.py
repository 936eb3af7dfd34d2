"""Carrying out one job: lease, heartbeat, handler, completion by compare-and-set."""

import logging
import threading
import time
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import OperationalError, close_old_connections, connection
from django.db.models import F, Q

from upstream.core import clock
from upstream.core.errors import ServiceError
from upstream.core.jobs import handlers, waiting
from upstream.core.logs import job_id as logged_job_id
from upstream.core.models import Job, JobState

log = logging.getLogger(__name__)

# Set by a worker that was asked to stop: the running job gives its lease back at its next step.
stopping = threading.Event()


class LeaseLost(Exception):
    """Another worker holds the job, or somebody cancelled it: stop without writing anything more."""


class Interrupted(Exception):
    """This worker is shutting down: the job goes back to the queue."""


class JobRun:
    """What a handler sees of its own run: progress to report, and the fence that guards its writes."""

    def __init__(self, job: Job, token: UUID) -> None:
        self.job = job
        self.token = token
        self._reported = 0.0

    def _mine(self) -> Any:
        return Job.unscoped.filter(pk=self.job.pk, lease_token=self.token, state=JobState.RUNNING)

    def progress(self, done: int, total: int | None = None, label: str = "") -> None:
        """Report progress (written at most twice a second); raises when the job is no longer this worker's."""
        if stopping.is_set():
            raise Interrupted
        moment = time.monotonic()
        if moment - self._reported < 0.5 and done != total:
            return
        self._reported = moment
        if not self._mine().update(
            progress_done=done,
            progress_total=total,
            progress_label=label,
            lease_expires_at=clock.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS),
        ):
            raise LeaseLost

    def fence(self) -> None:
        """Inside a transaction: raise `LeaseLost` unless the job is still this worker's, and keep it so until commit."""
        rows = self._mine()
        if connection.vendor == "postgresql":
            rows = rows.select_for_update()
        if rows.values_list("pk", flat=True).first() is None:
            raise LeaseLost

    def extend(self) -> bool:
        return bool(
            self._mine().update(lease_expires_at=clock.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS))
        )


class _Heartbeat(threading.Thread):
    """Extends the lease while a handler is busy with something that reports no progress."""

    def __init__(self, run: JobRun) -> None:
        super().__init__(daemon=True, name=f"heartbeat-{run.job.pk}")
        self.run_to_extend = run
        self.done = threading.Event()

    def run(self) -> None:
        try:
            while not self.done.wait(settings.JOB_LEASE_SECONDS / 3):
                try:
                    if not self.run_to_extend.extend():
                        return
                except OperationalError as error:
                    log.warning("heartbeat missed: %s", type(error).__name__)
        finally:
            connection.close()


def take(job_id: UUID) -> JobRun | None:
    """Lease a job that may start now (or whose holder's lease has run out); None when it is not to be had."""
    now, token = clock.now(), uuid4()
    taken = (
        Job.unscoped.filter(pk=job_id)
        .filter(Q(state=JobState.QUEUED, run_after__lte=now) | Q(state=JobState.RUNNING, lease_expires_at__lt=now))
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
    close_old_connections()
    run = take(job_id)
    if run is None:
        return False
    logged = logged_job_id.set(str(job_id))
    heartbeat = _Heartbeat(run)
    heartbeat.start()
    started = time.monotonic()
    try:
        result = handlers[run.job.kind](run.job, run)
        _finish(run, state=JobState.SUCCEEDED, result=result, error_code="", error_message="")
        log.info("%s succeeded in %.2f s", run.job.kind, time.monotonic() - started)
    except LeaseLost:
        log.warning("%s is no longer this worker's: stopped", run.job.kind)
    except Interrupted:
        run._mine().update(
            state=JobState.QUEUED, lease_token=None, lease_expires_at=None, woken_at=None, attempts=F("attempts") - 1
        )
        log.info("%s given back: the worker is stopping", run.job.kind)
    except ServiceError as error:
        _finish(run, state=JobState.FAILED, error_code=error.code, error_message=error.message)
        log.info("%s failed: %s", run.job.kind, error.code)
    except Exception:
        log.exception("%s broke on attempt %d", run.job.kind, run.job.attempts)
        _retry_or_fail(run)
    finally:
        heartbeat.done.set()
        heartbeat.join()
        logged_job_id.reset(logged)
    return True


def _finish(run: JobRun, **values: Any) -> None:
    if not run._mine().update(finished_at=clock.now(), lease_token=None, lease_expires_at=None, **values):
        raise LeaseLost


def _retry_or_fail(run: JobRun) -> None:
    close_old_connections()
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
    run._mine().update(
        state=JobState.FAILED,
        lease_token=None,
        lease_expires_at=None,
        finished_at=clock.now(),
        error_code="INTERNAL",
        error_message=f"Something went wrong on our side, {run.job.attempts} times in a row. Start it again, or give your administrator the reference {run.job.pk}.",
    )


def carry_out_waiting(limit: int = 100) -> int:
    """Run what is waiting now, oldest first; returns how many ran."""
    done = 0
    for job_id in list(waiting().values_list("pk", flat=True)[:limit]):
        if stopping.is_set():
            break
        done += carry_out(job_id)
    return done

