"""False alarms per stream-year, thresholds that give a wanted number of them, and how soon a change is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.detection.panels import NEVER, Booleans, Counts, Floats, Panel

YEAR = 365
PROMISED = 0.1
WITHIN = (14, 30, 60, 180)
BANDS = ((0.0, 2.0), (2.0, 5.0), (5.0, 20.0), (20.0, np.inf))
RESAMPLES = 400
RESAMPLING_SEED = 20


def first_crossing(statistic: Floats, watched: Booleans, threshold: float) -> Counts:
    """(streams,) first watched day with the statistic at or above the threshold; NEVER without one."""
    crossed = watched & (statistic >= threshold)
    return np.where(crossed.any(axis=1), crossed.argmax(axis=1), NEVER)


def stream_years(first_alarm: Counts, watched: Booleans) -> Floats:
    """(streams,) years each stream was watched up to its first alarm, that day included."""
    return (watched & (np.arange(watched.shape[1]) <= first_alarm[:, None])).sum(axis=1) / YEAR


def false_alarm_rate(first_alarm: Counts, watched: Booleans) -> float:
    """First alarms over stream-years at risk."""
    years = stream_years(first_alarm, watched).sum()
    return float((first_alarm != NEVER).sum() / years) if years else 0.0


def calibrated(statistic: Floats, watched: Booleans, per_year: float = PROMISED) -> float:
    """The lowest threshold under which an unchanged panel gives at most `per_year` false alarms a stream-year."""
    highest = np.where(watched, statistic, -np.inf).max(axis=1)
    candidates = np.unique(highest[np.isfinite(highest)])
    candidates = np.append(candidates, np.nextafter(candidates[-1], np.inf))
    low, high = 0, len(candidates) - 1
    while low < high:
        middle = (low + high) // 2
        if false_alarm_rate(first_crossing(statistic, watched, candidates[middle]), watched) > per_year:
            low = middle + 1
        else:
            high = middle
    return float(candidates[low])


def false_alarms(first_alarm: Counts, watched: Booleans) -> dict[str, Any]:
    """The rate with its 95 % bootstrap interval over streams."""
    alarmed, years = (first_alarm != NEVER).astype(np.float64), stream_years(first_alarm, watched)
    drawn = _resamples(len(years))
    rates = alarmed[drawn].sum(axis=1) / np.maximum(years[drawn].sum(axis=1), 1e-9)
    return {
        "rate": float(alarmed.sum() / years.sum()),
        "interval": _interval(rates),
        "alarms": int(alarmed.sum()),
        "stream_years": float(years.sum()),
    }


@dataclass(frozen=True, slots=True)
class Waits:
    """Of changed streams that were watched and had not alarmed before: days and claims to the alarm (inf: never)."""

    days: Floats
    claims: Floats
    volume: Floats

    def of(self, chosen: Booleans) -> Waits:
        return Waits(self.days[chosen], self.claims[chosen], self.volume[chosen])

    def summary(self) -> dict[str, Any]:
        """Shares found in time with a 95 % bootstrap interval over streams, and medians and 90th percentiles."""
        drawn = _resamples(len(self.days))
        return {
            "streams": len(self.days),
            "found": {within: float((self.days <= within).mean()) for within in WITHIN},
            "interval": {within: _interval((self.days[drawn] <= within).mean(axis=1)) for within in WITHIN},
            "days": _quantiles(self.days),
            "days_interval": _interval(np.median(self.days[drawn], axis=1)),
            "claims": _quantiles(self.claims),
        }

    def by_band(self) -> dict[str, Any]:
        """The same for each band of claims a day, where there are streams."""
        bands = {}
        for low, high in BANDS:
            inside = (self.volume >= low) & (self.volume < high)
            if inside.any():
                bands[f"{low:g}–{high:g}" if np.isfinite(high) else f"{low:g} and more"] = self.of(inside).summary()
        return bands

    def by_day(self, days: int) -> list[float]:
        """Share found by each of the first `days` days."""
        return [float((self.days <= day).mean()) if len(self.days) else 0.0 for day in range(1, days + 1)]


def waits(panel: Panel, first_alarm: Counts, alarm_after: Counts, watched: Booleans, factor: float) -> Waits:
    """How long the changes by `factor` took to be found, the day of the change counted as the first.

    first_alarm: (streams,) of any alarm at all; alarm_after: of the first one in the right direction.
    """
    changed = np.flatnonzero((panel.changes.factor == factor) & (panel.changes.on < panel.days))
    on = panel.changes.on[changed]
    fresh = (first_alarm[changed] >= on) & watched[changed, on]
    rows, on = changed[fresh], on[fresh]
    alarm = alarm_after[rows]
    found = alarm != NEVER
    sums = np.concatenate((np.zeros((len(rows), 1), dtype=np.int64), panel.decided[rows].cumsum(axis=1)), axis=1)
    row = np.arange(len(rows))
    claims = sums[row, np.where(found, alarm + 1, 0)] - sums[row, on]
    return Waits(
        days=np.where(found, alarm - on + 1.0, np.inf),
        claims=np.where(found, claims.astype(np.float64), np.inf),
        volume=panel.payers.volume[rows],
    )


def _quantiles(values: Floats) -> list[float]:
    """Median and 90th percentile as values that occur, infinite ones too."""
    return [float(np.quantile(values, q, method="inverted_cdf")) for q in (0.5, 0.9)]


def _resamples(streams: int) -> Counts:
    return np.random.default_rng(RESAMPLING_SEED).integers(0, streams, (RESAMPLES, streams))


def _interval(values: Floats) -> list[float]:
    return [float(np.quantile(values, q, method="inverted_cdf")) for q in (0.025, 0.975)]
