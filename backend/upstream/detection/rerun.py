"""A detection again, from nothing but a signal's stored evidence: whoever doubts a statistic can recompute it.

What a run needs of each day stands in the signal: its counts in `series`, over-dispersion and season in
`parameters["rerun"]`, together with where the statistic stood before the first of these days; the settings stand in
`parameters["settings"]`. Stored numbers have six places, which moves a statistic by less than `TOLERANCE`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np

from upstream.detection.detectors.common import Alarm, Booleans, Floats, Integers
from upstream.detection.detectors.denial_rate import (
    DenialResult,
    DenialSettings,
    log_likelihood_ratios,
    statistic_over,
)
from upstream.detection.evidence import SERIES_DAYS_BEFORE, rounded
from upstream.detection.panels import Panel

TOLERANCE = 0.01


def denial_rerun(
    panel: Panel, result: DenialResult, alarm: Alarm, settings: DenialSettings, decided: Integers, denied: Integers
) -> dict[str, Any]:
    """What a re-run through the day of the alarm needs beyond the counts; decided, denied: (days,) of the stream."""
    row, direction = alarm.stream, 0 if alarm.direction == "worse" else 1
    began = watched_since(result.watched[row], alarm.alarmed_on)
    first = max(began, alarm.change_on - SERIES_DAYS_BEFORE)
    before = slice(began, first)
    ratios = log_likelihood_ratios(
        decided[before], denied[before],
        result.baseline[row, before], result.dispersion[row, before], result.season[row, before], settings,
    )[direction]  # fmt: skip
    start = np.full(len(settings.odds), -np.inf)
    state = statistic_over(ratios, settings, start)[1][:, -1] if first > began else start
    days = slice(first, alarm.alarmed_on + 1)
    return {
        "from": panel.date_of(first).isoformat(),
        # Infinities are no JSON: null is where the watch began.
        "log_r": [rounded(value) if np.isfinite(value) else None for value in state],
        "dispersion": [rounded(value) for value in result.dispersion[row, days]],
        "season": [rounded(value) for value in result.season[row, days]],
    }


def rerun_denial_rate(direction: str, series: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any]) -> Floats:
    """(days,) the statistic from `parameters["rerun"]["from"]` through the day of the alarm, computed again.

    direction: WORSE or BETTER; series, parameters: as a DENIAL_RATE signal holds them.
    """
    given = parameters["rerun"]
    settings = _settings(parameters["settings"])
    first = date.fromisoformat(given["from"])
    points = [point for point in series if date.fromisoformat(point["day"]) >= first][: len(given["season"])]
    count, events, expected = (
        np.array([point[name] for point in points], dtype=np.float64) for name in ("count", "events", "expected")
    )
    # On a day without a decision any rate gives the same, which is nothing.
    baseline = np.divide(expected, count, out=np.full(len(points), 0.5), where=count > 0)
    dispersion, season = np.array(given["dispersion"]), np.array(given["season"])
    ratios = log_likelihood_ratios(
        count.astype(np.int64), events.astype(np.int64), baseline, dispersion, season, settings
    )
    start = np.array([-np.inf if value is None else value for value in given["log_r"]])
    return statistic_over(ratios[0 if direction == "WORSE" else 1], settings, start)[0]


def _settings(stored: Mapping[str, Any]) -> DenialSettings:
    known = {field.name for field in fields(DenialSettings)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored.items() if name in known
    }
    return DenialSettings(**values)


def watched_since(watched: Booleans, day: int) -> int:
    """First day of the unbroken watch that `day` belongs to."""
    pauses = np.flatnonzero(~watched[:day])
    return int(pauses[-1]) + 1 if pauses.size else 0
