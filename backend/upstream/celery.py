"""Celery: the wake-up for jobs and the clock for sweeps. Messages carry a job's id and nothing else."""

import os
from typing import Any
from uuid import UUID

from celery import Celery
from celery.signals import worker_init, worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "upstream.settings.dev")
# A worker answers no addresses: it starts without building the GraphQL schema.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

app = Celery("upstream")
app.config_from_object("django.conf:settings", namespace="CELERY")


@worker_init.connect
def _prepare(**_: Any) -> None:
    # Imported before the pool forks: its processes share the byte that says they are to stop.
    from upstream.core import worker

    worker.serve_metrics()


@worker_shutting_down.connect
def _give_back(**_: Any) -> None:
    """Let the running jobs go back to the queue at their next step, instead of being waited for to their end."""
    from upstream.core import worker

    worker.stopping.set()


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
