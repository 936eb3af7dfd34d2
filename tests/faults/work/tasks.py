"""A job that leaves a trace, waits where it is told to, and has one effect: an audit event."""

import os
import time
from pathlib import Path
from typing import Any

from django.db import transaction

from upstream.accounts.services import system_actor
from upstream.audit import services as audit
from upstream.audit.models import AuditEvent
from upstream.core import jobs
from upstream.core.models import Job
from upstream.core.worker import JobRun

KIND = "faults.work"
EFFECT = "faults.effect"
MOMENTS = ("before", "inside", "after")


@jobs.handles(KIND)
def work(job: Job, run: JobRun) -> dict[str, Any]:
    """Waits, on the first attempt only, at `pause_at`: before the effect, inside its transaction, or after its commit.

    With `reports` the waiting reports progress, so that the job notices being taken away or asked to stop.
    """
    trace = Path(job.parameters["trace"])
    say(trace, f"start {job.attempts}")
    pause(job, run, trace, "before")
    with transaction.atomic():
        run.fence()
        if not effects(job):
            audit.record(actor=system_actor(job.organization_id), action=EFFECT, target_id=job.pk)
        pause(job, run, trace, "inside")
    pause(job, run, trace, "after")
    say(trace, f"end {job.attempts}")
    return {"attempt": job.attempts}


def effects(job: Job) -> int:
    """How often the job has had its effect."""
    return AuditEvent.objects.for_organization(job.organization_id).filter(action=EFFECT, target_id=job.pk).count()


def say(trace: Path, line: str) -> None:
    with trace.open("a") as file:
        file.write(f"{line} {os.getpid()}\n")


def pause(job: Job, run: JobRun, trace: Path, moment: str) -> None:
    if job.attempts > 1 or job.parameters.get("pause_at") != moment:
        return
    say(trace, moment)
    deadline = time.monotonic() + job.parameters.get("seconds", 60)
    while time.monotonic() < deadline:
        time.sleep(0.05)
        if job.parameters.get("reports"):
            run.progress(0, 1)
