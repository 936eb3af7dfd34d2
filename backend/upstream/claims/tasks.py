"""The job that moves claims of the past to where changed rules put them."""

from typing import Any

from upstream.claims import regrouping
from upstream.core import jobs
from upstream.core.models import Job
from upstream.core.worker import JobRun

# Carried out by the alerts room.
DETECTION_JOB = "detection.run"


@jobs.handles(regrouping.REGROUP_JOB)
def regroup(job: Job, run: JobRun) -> dict[str, Any]:
    """Move the claims, then have the organization's streams looked at."""
    result = regrouping.carry_out(run)
    jobs.enqueue_unless_waiting(
        organization_id=job.organization_id, kind=DETECTION_JOB, parameters={"because": "regrouping"}
    )
    return result
