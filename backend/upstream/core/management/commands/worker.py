"""The worker for installations without Redis: polls the job table, sweeps and ticks. One process, one job at a time."""

import signal
import time
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, close_old_connections

from upstream.core import jobs, worker

POLL_SECONDS = 0.5


class Command(BaseCommand):
    help = "Carry out jobs by polling the database (for installations without Redis)."
    # A worker answers no addresses: it starts without building the GraphQL schema.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.REDIS_URL:
            raise CommandError("REDIS_URL is set: start the Celery worker instead (celery -A upstream worker --beat).")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        worker.serve_metrics()
        self.stdout.write("worker: ready")
        swept = ticked = float("-inf")
        while not worker.stopping.is_set():
            moment = time.monotonic()
            try:
                if moment - swept >= settings.JOB_SWEEP_SECONDS:
                    swept = moment
                    jobs.sweep()
                if moment - ticked >= settings.JOB_TICK_SECONDS:
                    ticked = moment
                    jobs.tick()
                ran = worker.carry_out_waiting(limit=1)
            except (OperationalError, InterfaceError) as error:
                self.stderr.write(f"worker: database unreachable ({type(error).__name__}), trying again")
                close_old_connections()
                ran = 0
            if not ran:
                time.sleep(POLL_SECONDS)
        self.stdout.write("worker: stopped")

    def _stop(self, number: int, frame: FrameType | None) -> None:
        worker.stopping.set()
