"""Celery: the wake-up for jobs and the clock for sweeps. Messages carry a job's id and nothing else."""

import os
from uuid import UUID

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upstream.settings.dev")

app = Celery("upstream")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task(name="upstream.run_job")
def run_job(job_id: str) -> None:
    from upstream.core.worker import carry_out

    carry_out(UUID(job_id))


@app.task(name="upstream.sweep")
def sweep() -> None:
    from upstream.core import jobs

    jobs.sweep()


@app.task(name="upstream.tick")
def tick() -> None:
    from upstream.core import jobs

    jobs.tick()
