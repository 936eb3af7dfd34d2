"""Ticks of the queries room."""

from upstream.core import jobs
from upstream.queries import schedules


@jobs.on_tick
def start_due() -> None:
    schedules.start_due()
