"""The evidence of a changed rate of payments taken back.

**Levels.** All takebacks per claim decided on the same days, however many came in one letter; see `takeback_rate` for
the intervals. What the detector measured, takebacks counted by the letter, stands in `parameters["rerun"]`.

**Money.** dollars_per_week = (takebacks since the change - rate before x claims decided since the change) x mean amount
of the takebacks of the period with more of them / weeks since the change.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from upstream.core.money import ZERO, cents
from upstream.detection.detectors.common import Alarm, Floats, Integers
from upstream.detection.detectors.denial_rate import DenialSettings, log_likelihood_ratios
from upstream.detection.detectors.takebacks import TakebackResult, takeback_rate
from upstream.detection.elsewhere import others, scope_of
from upstream.detection.evidence import (
    Episode,
    certainty_of,
    episodes,
    evidence_by_day,
    judged_until,
    nearer_to_after,
    redated,
    rounded,
    series,
)
from upstream.detection.models import Scope
from upstream.detection.panels import Panel
from upstream.detection.rerun import denial_rerun, rerun_denial_rate

# Takebacks per claim decided.
SMALL_RATE = 0.002


def takeback_episodes(panel: Panel, result: TakebackResult, settings: DenialSettings) -> list[Episode]:
    """The changes of takeback rates that the detector found, dated by all that is known now."""
    dated = []
    for alarm in result.alarms:
        days = slice(alarm.change_low, judged_until(alarm, result.watched) + 1)
        dated.append(redated(alarm, _likelihood_ratios(result, alarm, settings, days), settings.change_drop))
    return episodes(dated, panel.days - 1)


def takeback_evidence(
    panel: Panel, result: TakebackResult, episode: Episode, settings: DenialSettings
) -> dict[str, Any]:
    """Values of a Signal's fields, as far as they depend on the kind of signal."""
    alarm, row = episode.alarm, episode.alarm.stream
    decided, takebacks = panel.decided_with_takebacks[row], panel.takebacks[row]
    before, after = (takeback_rate(decided[days], takebacks[days]) for days in episode.periods)
    usual = before.rate if before.rate is not None else alarm.before
    extra = episode.sign * (after.takebacks - usual * after.decided)
    worse = episode.sign > 0
    more = episode.periods[1 if worse else 0]
    amount = float(panel.takeback_amount[row, more].sum()) / max(int(takebacks[more].sum()), 1)
    elsewhere = _elsewhere(panel, episode)
    statistic = (result.statistic_worse if worse else result.statistic_better)[row]
    threshold = (result.threshold_worse if worse else result.threshold_better)[row]
    judged = slice(alarm.alarmed_on + 1, judged_until(alarm, result.watched) + 1)
    return {
        "before": rounded(usual),
        "before_low": rounded(before.low),
        "before_high": rounded(before.high),
        "after": rounded(after.rate) if after.rate is not None else None,
        "after_low": rounded(after.low),
        "after_high": rounded(after.high),
        "certainty": rounded(certainty_of(alarm.log_evidence, float(threshold[alarm.alarmed_on]), settings.arl0_days)),
        "dollars_per_week": episode.sign * max(cents(Decimal(extra * amount / episode.weeks)), ZERO),
        "claims_affected": max(round(extra), 0),
        "carried_by": "",
        "scope": _scope(before.rate, after.rate, elsewhere),
        "in_force": _in_force(decided, takebacks, episode, usual, after.rate),
        "series": series(
            panel,
            episode,
            count=decided,
            events=takebacks,
            expected=usual * decided,
            statistic=statistic,
            threshold=threshold,
        ),
        "categories": [],
        "parameters": {
            "settings": asdict(settings) | {"odds": list(settings.odds), "weights": list(settings.weights)},
            "threshold": rounded(threshold[alarm.alarmed_on]),
            "evidence_by_day": evidence_by_day(
                float(statistic[alarm.alarmed_on]), _likelihood_ratios(result, alarm, settings, judged)
            ),
            "rerun": _rerun(panel, result, alarm, settings),
            "dispersion": rounded(result.dispersion[row, alarm.alarmed_on]),
            "takebacks_before": before.takebacks,
            "decided_before": before.decided,
            "takebacks_after": after.takebacks,
            "decided_after": after.decided,
            "mean_takeback_amount": rounded(amount),
            "elsewhere": elsewhere,
        },
    }


def rerun_takebacks(direction: str, parameters: Mapping[str, Any]) -> Floats:
    """(days,) the statistic from `parameters["rerun"]["from"]` through the day of the alarm, computed again.

    direction: WORSE or BETTER; parameters: as a TAKEBACK signal holds them.
    """
    given = parameters["rerun"]
    first = date.fromisoformat(given["from"])
    points = [
        {"day": (first + timedelta(days=day)).isoformat(), "count": trials, "events": counted, "expected": expected}
        for day, (trials, counted, expected) in enumerate(
            zip(given["trials"], given["counted"], given["expected"], strict=True)
        )
    ]
    return rerun_denial_rate(direction, points, parameters)


def _rerun(panel: Panel, result: TakebackResult, alarm: Alarm, settings: DenialSettings) -> dict[str, Any]:
    """What it takes to compute the statistic again: takebacks as they count, among as many trials, and the expected."""
    trials, counted = result.trials[alarm.stream], result.counted[alarm.stream]
    given = denial_rerun(panel, result, alarm, settings, trials, counted)
    days = slice(alarm.alarmed_on + 1 - len(given["season"]), alarm.alarmed_on + 1)
    expected = trials[days] * result.baseline[alarm.stream, days]
    return given | {
        "trials": trials[days].tolist(),
        "counted": counted[days].tolist(),
        "expected": [rounded(value) for value in expected],
    }


def _likelihood_ratios(result: TakebackResult, alarm: Alarm, settings: DenialSettings, days: slice) -> Floats:
    """(odds, days) the detector's daily log-likelihood ratios, in the alarm's direction."""
    row = alarm.stream
    # From its alarm on the baseline of that day stays the yardstick.
    at = np.minimum(np.arange(result.baseline.shape[1])[days], alarm.alarmed_on)
    ratios = log_likelihood_ratios(
        result.trials[row, days], result.counted[row, days],
        result.baseline[row, at], result.dispersion[row, days], result.season[row, days], settings,
    )  # fmt: skip
    of_direction: Floats = ratios[0 if alarm.direction == "worse" else 1]
    return of_direction


def _elsewhere(panel: Panel, episode: Episode) -> dict[str, Any]:
    """Takebacks per claim decided before and after, at all other payers together."""
    rows = others(panel, episode.alarm.stream)
    before, after = (
        takeback_rate(panel.decided_with_takebacks[rows, days].sum(axis=0), panel.takebacks[rows, days].sum(axis=0))
        for days in episode.periods
    )
    return {
        "before": rounded(before.rate) if before.rate is not None else None,
        "after": rounded(after.rate) if after.rate is not None else None,
        "after_low": rounded(after.low),
        "after_high": rounded(after.high),
        "claims": after.decided,
    }


def _in_force(decided: Integers, takebacks: Integers, episode: Episode, before: float, after: float | None) -> bool:
    """While nothing was decided lately nothing is known to have changed again."""
    days = slice(episode.latest_start, episode.latest_end + 1)
    if after is None or not decided[days].sum():
        return episode.reversed_on is None
    return nearer_to_after(float(takebacks[days].sum() / decided[days].sum()), before, after)


def _scope(before: float | None, after: float | None, elsewhere: dict[str, Any]) -> Scope:
    """As for shares, but of rates that begin at 0: what is small beside `SMALL_RATE` is as nothing."""
    if before is None or after is None or elsewhere["before"] is None or elsewhere["after"] is None:
        return Scope.UNCLEAR
    start = math.log(elsewhere["before"] + SMALL_RATE)
    return scope_of(
        math.log(after + SMALL_RATE) - math.log(before + SMALL_RATE),
        *(math.log(elsewhere[name] + SMALL_RATE) - start for name in ("after", "after_low", "after_high")),
    )
