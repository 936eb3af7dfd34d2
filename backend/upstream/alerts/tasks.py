"""Jobs and ticks: detection with its alerts, the daily run, and snoozes that run out."""

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef

from upstream.accounts.models import Organization
from upstream.alerts import services, webhooks
from upstream.alerts.backtests import BACKTEST_JOB, BacktestSettings, run_backtest
from upstream.claims.models import RollupSlice
from upstream.core import clock, jobs
from upstream.core.models import Job
from upstream.core.worker import JobRun
from upstream.detection.services import run_detection

# By then the night's files are in.
DAILY_HOUR_UTC = 5


@jobs.handles(services.DETECTION_JOB)
def detect(job: Job, run: JobRun) -> dict[str, Any]:
    """Look for changes, then open and rank alerts. `parameters["through"]`: as of that day instead of today."""
    through = job.parameters.get("through")
    found = run_detection(organization_id=job.organization_id, through=date.fromisoformat(through) if through else None)
    if found is None:
        return {"signals": 0, "alerts_opened": 0}
    run.progress(1, 2, "Ranking alerts")
    opened = services.refresh_alerts(organization_id=job.organization_id, run=found)
    return {"run": str(found.pk), "signals": found.signals_found, "alerts_opened": len(opened)}


@jobs.handles(BACKTEST_JOB)
def backtest(job: Job, run: JobRun) -> dict[str, Any]:
    """Replay days gone by; the result holds one record for each signal (see `replay`)."""

    def progress(done: int, total: int) -> None:
        run.progress(done, total, "Going through the days")

    return {"signals": run_backtest(job.organization_id, BacktestSettings.of(job), progress)}


@jobs.handles(webhooks.DELIVERY_JOB)
def deliver(job: Job, run: JobRun) -> dict[str, Any]:
    """Tell one address of one alert."""
    return webhooks.deliver(job, run)


@jobs.on_tick
def detect_daily() -> None:
    """Once a day per organization with data: claims age, and a missing payment shows without any new file."""
    now = clock.now()
    if now.hour < DAILY_HOUR_UTC:
        return
    key = f"daily-{now.date().isoformat()}"
    done = Job.unscoped.filter(organization=OuterRef("pk"), kind=services.DETECTION_JOB, idempotency_key=key)
    data = RollupSlice.unscoped.filter(organization=OuterRef("pk"))
    for organization_id in Organization.objects.filter(Exists(data), ~Exists(done)).values_list("pk", flat=True):
        jobs.enqueue(
            organization_id=organization_id,
            kind=services.DETECTION_JOB,
            parameters={"because": "daily"},
            idempotency_key=key,
        )


@jobs.on_tick
def wake_snoozed() -> None:
    """Open alerts whose snooze has run out."""
    services.wake_snoozed()
