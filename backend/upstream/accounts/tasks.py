"""Jobs and ticks of the accounts room."""

from typing import Any

from upstream.accounts import invitations, passkey_answers, single_sign_on
from upstream.core import jobs
from upstream.core.models import Job
from upstream.core.worker import JobRun


@jobs.handles(invitations.JOB_KIND)
def send_invitation(job: Job, run: JobRun) -> dict[str, Any]:
    return {"sent": invitations.send_mail(job, run)}


@jobs.on_tick
def forget_old_challenges() -> None:
    passkey_answers.forget_old_challenges()
    single_sign_on.forget_old_attempts()
