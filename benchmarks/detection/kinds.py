"""All kinds of changes that are measured, and one of them in one scenario as a task for a process of its own."""

from __future__ import annotations

import sys
import time
from typing import Any

from benchmarks.detection.denial_cohorts import KIND as DENIAL_COHORT
from benchmarks.detection.denial_dollars import KIND as DENIAL_DOLLARS
from benchmarks.detection.denial_rates import KIND as DENIAL_RATE
from benchmarks.detection.experiment import Kind, measure
from benchmarks.detection.payment_delays import KIND as PAYMENT_DELAY
from benchmarks.detection.takebacks import KIND as TAKEBACKS

KINDS: tuple[Kind, ...] = (DENIAL_RATE, DENIAL_COHORT, DENIAL_DOLLARS, PAYMENT_DELAY, TAKEBACKS)
QUICK = (4, 4)
# Positions of the kind and of its scenario, and whether a few organizations will do.
Task = tuple[int, int, bool]


def tasks(quick: bool) -> list[Task]:
    """Those that take longest first, so that no process is left alone with one at the end."""
    every = [(number, position, quick) for number, kind in enumerate(KINDS) for position in range(len(kind.scenarios))]
    return sorted(every, key=lambda task: KINDS[task[0]].scenarios[task[1]].name not in KINDS[task[0]].slow_scenarios)


def run(task: Task) -> tuple[str, str, dict[str, Any]]:
    """Names of the kind and of the scenario, and their figures."""
    number, position, quick = task
    kind = KINDS[number]
    scenario = kind.scenarios[position]
    started = time.process_time()
    quiet, changed = QUICK if quick else kind.organizations(scenario)
    figures = measure(kind, scenario, [number, position], quiet, changed)
    print(
        f"{kind.title}, {scenario.title}: {time.process_time() - started:.0f} s of one core",
        file=sys.stderr,
        flush=True,
    )
    return kind.name, scenario.name, figures
