"""What every signal's evidence shares: its place among the stream's changes, how sure it is, its series.

**How sure.** `certainty` is the probability that the stream has changed, by Shiryaev's rule: with one true change of a
stream in every `CHANGE_EVERY_DAYS` days, the odds of a change are the Shiryaev–Roberts statistic divided by that
number (Shiryaev 1963; Roberts 1966). At the threshold, where that statistic is the promised `arl0_days`, 3,650 days to
a false alarm against 730 days to a true change are odds of 5 : 1, a certainty of .83: of alarms that have just been
raised, five in six are real. A payment delay's threshold differs with its volume but is set for the same `arl0_days`,
so evidence beyond the threshold counts alike for both kinds. Certainty rises with the evidence and with nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np

from upstream.detection.detectors.common import Alarm, Booleans, Floats
from upstream.detection.panels import Panel

# What a detector hands back: a dataclass of (streams, days) arrays and a list of alarms.
Result = TypeVar("Result", bound=Any)
CHANGE_EVERY_DAYS = 730
# exp() of more would not fit a float; no reader needs more.
LARGEST_LOG_EVIDENCE = 690.0
BEFORE_DAYS = 365
# A change is in force while the last so many days lie nearer to the level after it than to the one before.
RECENT_DAYS = 60
SERIES_DAYS_BEFORE = 180
SERIES_DAYS_AFTER_END = 90
SMOOTHING_DAYS = 7


@dataclass(frozen=True, slots=True)
class Episode:
    """One alarm among those of its stream; days on the panel's axis, all included.

    before_start: first day of the level before. after_end: last day of the level after, which ends where the stream's
    next change begins. reversed_on: change day of the first later alarm in the other direction. latest_start and
    latest_end: the days that tell whether the change is in force, those of the reversal or else the last `RECENT_DAYS`.
    """

    alarm: Alarm
    before_start: int
    after_end: int
    reversed_on: int | None
    latest_start: int
    latest_end: int

    @property
    def sign(self) -> int:
        return sign_of(self.alarm)

    @property
    def periods(self) -> tuple[slice, slice]:
        """Days of the level before and of the level after."""
        change = self.alarm.change_on
        return slice(self.before_start, change), slice(change, self.after_end + 1)

    @property
    def weeks(self) -> float:
        """Weeks of the level after, at least one."""
        return max((self.after_end - self.alarm.change_on + 1) / 7, 1.0)


def sign_of(alarm: Alarm) -> int:
    return 1 if alarm.direction == "worse" else -1


def episodes(alarms: Iterable[Alarm], last_day: int) -> list[Episode]:
    """Alarms of one detector, placed among the other alarms of their streams."""
    by_stream: dict[int, list[Alarm]] = {}
    for alarm in sorted(alarms, key=lambda alarm: (alarm.stream, alarm.alarmed_on)):
        by_stream.setdefault(alarm.stream, []).append(alarm)
    found = []
    for own in by_stream.values():
        starts = [*(alarm.change_on for alarm in own), last_day + 1]
        for position, alarm in enumerate(own):
            turns = [n for n in range(position + 1, len(own)) if own[n].direction != alarm.direction]
            turn = turns[0] if turns else None
            found.append(
                Episode(
                    alarm=alarm,
                    before_start=max(starts[position - 1] if position else 0, alarm.change_on - BEFORE_DAYS),
                    after_end=starts[position + 1] - 1,
                    reversed_on=starts[turn] if turn is not None else None,
                    latest_start=starts[turn] if turn is not None else max(alarm.change_on, last_day + 1 - RECENT_DAYS),
                    latest_end=starts[turn + 1] - 1 if turn is not None else last_day,
                )
            )
    return found


def judged_until(alarm: Alarm, watched: Booleans) -> int:
    """Last day still measured against the level before: the stream rests after an alarm; watched: (streams, days)."""
    again = np.flatnonzero(watched[alarm.stream, alarm.alarmed_on + 1 :])
    return alarm.alarmed_on + int(again[0]) if again.size else watched.shape[1] - 1


def redated(alarm: Alarm, ratios: Floats, drop: float) -> Alarm:
    """The alarm, its change dated again by what came after it, and its evidence grown accordingly.

    ratios: (alternatives, days) log-likelihood ratios from `alarm.change_low` on, as far as they are measured against
    the level before. The change is the start, up to the alarm, with the largest likelihood of all days from it on; the
    interval holds the starts within `drop` of it. The evidence is what these days show, mixed evenly over the
    alternatives; being counted from one start it is at most what the statistic, a sum over starts, would have shown.
    """
    first, to_alarm = alarm.change_low, alarm.alarmed_on - alarm.change_low + 1
    likelihood = np.cumsum(ratios[:, ::-1], axis=1)[:, ::-1].max(axis=0)[:to_alarm]
    change = int(likelihood.argmax())
    likely = np.flatnonzero(likelihood >= likelihood.max() - drop)
    since = ratios[:, change:].cumsum(axis=1)
    highest = since.max(axis=0)
    grown = float((highest + np.log(np.exp(since - highest).mean(axis=0))).max())
    return replace(
        alarm,
        change_on=first + change,
        change_low=first + int(likely[0]),
        change_high=first + int(likely[-1]),
        log_evidence=min(max(alarm.log_evidence, grown), LARGEST_LOG_EVIDENCE),
    )


def evidence_by_day(on_alarm: float, ratios: Floats) -> list[float]:
    """The evidence on the day of the alarm and on each day since, as it was known on that day.

    on_alarm: the statistic then; ratios: (alternatives, days) log-likelihood ratios of the days since, which go on
    multiplying it, mixed evenly over the alternatives.
    """
    since = ratios.cumsum(axis=1)
    highest = since.max(axis=0)
    grown = on_alarm + highest + np.log(np.exp(since - highest).mean(axis=0))
    return [rounded(on_alarm), *(rounded(min(value, LARGEST_LOG_EVIDENCE)) for value in grown)]


def through(result: Result, day: int) -> Result:
    """A detector's result as it stood at the end of `day`; no day of it knows of later ones."""
    cut = {
        field.name: value[:, : day + 1]
        for field in fields(result)
        if isinstance(value := getattr(result, field.name), np.ndarray)
    }
    return replace(result, **cut, alarms=[alarm for alarm in result.alarms if alarm.alarmed_on <= day])


def certainty_of(log_evidence: float, threshold: float, arl0_days: float) -> float:
    """Probability (0..1) that the stream has changed; see the module. log_evidence, threshold: natural logarithms."""
    log_odds = math.log(arl0_days / CHANGE_EVERY_DAYS) + log_evidence - threshold
    return 1 / (1 + math.exp(-min(log_odds, LARGEST_LOG_EVIDENCE)))


def series(
    panel: Panel,
    episode: Episode,
    *,
    count: Floats,
    events: Floats,
    expected: Floats,
    statistic: Floats,
    threshold: Floats,
) -> list[dict[str, Any]]:
    """The stream day by day, from half a year before the change; all arguments are (days,) of the stream.

    rate and baseline are events and expected events per count, over the seven days up to each day, null where there was
    no count. A change that was reversed is shown for a quarter of a year beyond.
    """
    first = max(0, episode.alarm.change_on - SERIES_DAYS_BEFORE)
    last = len(count) - 1
    if episode.reversed_on is not None:
        last = min(last, episode.reversed_on + SERIES_DAYS_AFTER_END)
    counts, rate, baseline = _over_a_week(count), _over_a_week(events), _over_a_week(expected)
    return [
        {
            "day": panel.date_of(day).isoformat(),
            "count": int(count[day]),
            "events": int(events[day]),
            "expected": rounded(expected[day]),
            "rate": rounded(rate[day] / counts[day]) if counts[day] else None,
            "baseline": rounded(baseline[day] / counts[day]) if counts[day] else None,
            "statistic": rounded(statistic[day]),
            "threshold": rounded(threshold[day]),
        }
        for day in range(first, last + 1)
    ]


def rounded(value: float) -> float:
    """Six places: enough for every display, and the same text on every run."""
    return round(float(value), 6)


def nearer_to_after(level: float, before: float, after: float) -> bool:
    """Whether a recent level lies nearer to the level after a change than to the one before."""
    middle = (before + after) / 2
    return level >= middle if after >= before else level <= middle


def _over_a_week(values: Floats) -> Floats:
    sums = np.concatenate(([0.0], np.asarray(values, dtype=np.float64).cumsum()))
    day = np.arange(len(values))
    return sums[day + 1] - sums[np.maximum(0, day + 1 - SMOOTHING_DAYS)]
