"""Jobs: enqueue in the request's transaction, wake a worker on commit, look after what got lost.

With `REDIS_URL` a Celery message carries the job's id; without it `manage.py worker` polls this table. Either way the
worker takes a lease on the row, and only the holder of the lease may finish it, so a message that comes twice or late
does no harm, and one that never comes is made good by `sweep`.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from kombu.exceptions import OperationalError

from upstream.core import clock, scope
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.core.models import Job, JobState

if TYPE_CHECKING:
    from upstream.core.worker import JobRun

log = logging.getLogger(__name__)

# Wake-ups sent again in one sweep; the next sweep sends the next.
RESEND_AT_ONCE = 500


class Handler(Protocol):
    def __call__(self, job: Job, run: "JobRun", /) -> dict[str, Any] | None: ...


handlers: dict[str, Handler] = {}
tickers: list[Callable[[], None]] = []


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that carries out jobs of `kind`; its return value becomes the job's result."""

    def register(handler: Handler) -> Handler:
        handlers[kind] = handler
        return handler

    return register


def on_tick(function: Callable[[], None]) -> Callable[[], None]:
    """Register work to be looked at every few minutes (daily detection, expiry). It must be safe to run twice."""
    tickers.append(function)
    return function


def enqueue(
    *,
    organization_id: UUID,
    kind: str,
    parameters: dict[str, Any],
    created_by_id: UUID | None = None,
    idempotency_key: str | None = None,
) -> Job:
    """Write the job in the caller's transaction and wake a worker once that commits.

    With an idempotency key the second call returns the first call's job.
    """
    if kind not in handlers:
        raise LookupError(f"No handler for jobs of kind {kind!r}.")
    values = {"parameters": parameters, "created_by_id": created_by_id}
    if idempotency_key is None:
        job, created = Job(organization_id=organization_id, kind=kind, **values), True
        job.save(force_insert=True)
    else:
        job, created = Job.objects.for_organization(organization_id).get_or_create(
            organization_id=organization_id, kind=kind, idempotency_key=idempotency_key, defaults=values
        )
    if created:
        transaction.on_commit(lambda: wake(job.pk))
    return job


def enqueue_unless_waiting(
    *, organization_id: UUID, kind: str, parameters: dict[str, Any], created_by_id: UUID | None = None
) -> Job:
    """A job of this kind that has not begun yet, or else a new one.

    For work that looks at everything there is when it begins: what the caller has committed by now, it will see.
    """
    ready = Job.objects.for_organization(organization_id).filter(kind=kind, state=JobState.QUEUED)
    job: Job | None = ready.filter(run_after__lte=clock.now()).order_by("id").first()
    return job or enqueue(
        organization_id=organization_id, kind=kind, parameters=parameters, created_by_id=created_by_id
    )


def wake(job_id: UUID) -> bool:
    """Tell a worker, if there is a broker; a broker that is away costs nothing but the sweeper's delay.

    Returns whether the broker took the message.
    """
    if not settings.REDIS_URL:
        return False
    from upstream.celery import run_job

    try:
        run_job.apply_async(args=[str(job_id)], retry=False)
    except (OperationalError, OSError) as error:
        log.warning("broker unreachable, job %s waits for the sweeper: %s", job_id, type(error).__name__)
        return False
    Job.unscoped.filter(pk=job_id).update(woken_at=clock.now())
    return True


def retry(job: Job) -> Job:
    """Queue a failed or cancelled job again with fresh attempts; raises CONFLICT for any other state."""
    changed = Job.unscoped.filter(pk=job.pk, state__in=[JobState.FAILED, JobState.CANCELLED]).update(
        state=JobState.QUEUED,
        attempts=0,
        run_after=clock.now(),
        woken_at=None,
        result=None,
        error_code="",
        error_message="",
        progress_done=0,
        progress_total=None,
        progress_label="",
        finished_at=None,
    )
    if not changed:
        raise ServiceError(ErrorCode.CONFLICT, "Only failed or cancelled work can be started again.", field="id")
    transaction.on_commit(lambda: wake(job.pk))
    job.refresh_from_db()
    return job


def cancel(job: Job) -> Job:
    """Cancel work that has not finished; a running worker notices at its next step. Raises CONFLICT when finished."""
    changed = Job.unscoped.filter(pk=job.pk, state__in=[JobState.QUEUED, JobState.RUNNING]).update(
        state=JobState.CANCELLED, lease_token=None, lease_expires_at=None, finished_at=clock.now()
    )
    if not changed:
        raise ServiceError(ErrorCode.CONFLICT, "This work has already finished.", field="id")
    job.refresh_from_db()
    return job


def get(organization_id: UUID, job_id: UUID) -> Job:
    job = Job.objects.for_organization(organization_id).filter(pk=job_id).first()
    if job is None:
        raise not_found("job")
    return job


def waiting() -> QuerySet[Job]:
    """Jobs that could start now, oldest first, over all organizations."""
    return Job.unscoped.filter(state=JobState.QUEUED, run_after__lte=clock.now()).order_by("run_after", "id")


@scope.of_all_organizations()
def sweep() -> int:
    """Re-queue jobs whose worker died, give up those out of attempts, re-send wake-ups that were lost.

    Returns the number of jobs touched. Safe to run from several sweepers at once.
    """
    now = clock.now()
    with transaction.atomic():
        # A row that is locked belongs to a worker in the middle of its last transaction: not lost, and not waited for.
        expired = Job.unscoped.select_for_update(skip_locked=True).filter(
            state=JobState.RUNNING, lease_expires_at__lt=now
        )
        lost = Job.unscoped.filter(pk__in=list(expired.values_list("pk", flat=True)), state=JobState.RUNNING)
        given_up = lost.filter(attempts__gte=F("max_attempts")).update(
            state=JobState.FAILED,
            lease_token=None,
            lease_expires_at=None,
            finished_at=now,
            error_code="WORKER_LOST",
            error_message=(
                "The worker stopped in the middle of this work several times. Start it again; if it stops again, tell "
                "your administrator."
            ),
        )
        requeued = lost.update(
            state=JobState.QUEUED, lease_token=None, lease_expires_at=None, run_after=now, woken_at=None
        )
    return given_up + requeued + _resend(now)


def _resend(now: datetime) -> int:
    """Wake workers again for jobs whose message must have been lost; stops at the first the broker does not take."""
    if not settings.REDIS_URL:
        return 0
    overdue = now - timedelta(seconds=settings.JOB_RESEND_SECONDS)
    unheard = waiting().filter(Q(woken_at=None) | Q(woken_at__lt=overdue)).values_list("pk", flat=True)[:RESEND_AT_ONCE]
    resent = 0
    for job_id in list(unheard):
        if not wake(job_id):
            break
        resent += 1
    return resent


@scope.of_all_organizations()
def tick() -> None:
    """Run what is due every few minutes; one failing part does not stop the others."""
    for function in tickers:
        try:
            function()
        except Exception:
            log.exception("tick %s failed", function.__qualname__)
