"""The evidence of changed days to payment.

**Money.** A payer that pays later owes more at any moment. Extra claims outstanding = claims open on the last day -
those that would be open had every claim been decided as fast as before the change; each is worth the mean amount the
stream's paid claims brought. dollars_per_week spreads that sum over the weeks since the change: a stall grows with
every week, a payer that has settled at a slower pace has shifted the money once, and weighs less as time goes by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np

from upstream.core.money import ZERO, cents
from upstream.detection.detectors.common import Alarm, Floats
from upstream.detection.detectors.life_table import DaysToPayment, kaplan_meier
from upstream.detection.detectors.negative_binomial import evidence_of
from upstream.detection.detectors.open_claims import StreamClaims
from upstream.detection.detectors.payment_delay import DelayResult, DelaySettings
from upstream.detection.detectors.watch import WatchResult, WatchSettings, crossed_on
from upstream.detection.elsewhere import others, scope_of
from upstream.detection.evidence import (
    BEFORE_DAYS,
    SERIES_DAYS_BEFORE,
    Episode,
    certainty_of,
    episodes,
    evidence_by_day,
    judged_until,
    nearer_to_after,
    redated,
    rounded,
    series,
    sign_of,
)
from upstream.detection.models import Scope
from upstream.detection.panels import Panel
from upstream.detection.rerun import watched_since

WEEK = 7
NORMAL_95 = 1.959964
# From here on whole weeks make up most of a period, so it needs no weights for the days of the week.
LONG_PERIOD_DAYS = 28


def delay_episodes(panel: Panel, result: DelayResult, settings: DelaySettings) -> list[Episode]:
    """The changes of days to payment that the detector found, dated by all that is known now.

    While not half of the claims have been paid since a slow-down, a further alarm for a slow-down is the same one going
    on, measured against the little that was paid.
    """
    dated: list[Alarm] = []
    going_on: dict[int, Alarm] = {}
    for alarm in result.alarms:
        earlier = going_on.get(alarm.stream)
        if earlier is not None and alarm.direction == earlier.direction == "worse":
            own = claims_as_known(panel, alarm.stream, settings)
            if kaplan_meier(own, earlier.change_on, alarm.crossed_on).median is None:
                continue
        days = slice(alarm.change_low, judged_as_known(panel, result, alarm) + 1)
        ratios = _likelihood_ratios(result, alarm, settings, days)
        going_on[alarm.stream] = redated(alarm, ratios, settings.change_drop)
        dated.append(going_on[alarm.stream])
    # Each stream's level after ends on the last day its payer's outcomes are known for.
    found = []
    for row in sorted({alarm.stream for alarm in dated}):
        found += episodes((alarm for alarm in dated if alarm.stream == row), int(panel.known_through[row]))
    return found


def delay_evidence(panel: Panel, result: DelayResult, episode: Episode, settings: DelaySettings) -> dict[str, Any]:
    """Values of a Signal's fields, as far as they depend on the kind of signal."""
    alarm, row = episode.alarm, episode.alarm.stream
    change, end, crossed = alarm.change_on, episode.after_end, crossed_on(alarm)
    own = claims_as_known(panel, row, settings)
    known = slice(0, int(panel.known_through[row]) + 1)
    observed, expected = result.observed[row][known], result.expected[row][known]
    before = kaplan_meier(own, episode.before_start, change - 1)
    usual = before.median if before.median is not None else alarm.before
    after = _after(own, episode)
    outstanding, usually_outstanding = _outstanding(own, episode)
    extra = episode.sign * (outstanding - usually_outstanding)
    mean_paid = _mean_paid_amount(panel, row, change, end)
    statistic = (result.statistic_worse if episode.sign > 0 else result.statistic_better)[row][known]
    threshold = (result.threshold_worse if episode.sign > 0 else result.threshold_better)[row][known]
    certainty = certainty_of(alarm.log_evidence, float(threshold[crossed]), settings.arl0_days)
    judged = slice(change, min(end, judged_as_known(panel, result, alarm)) + 1)
    return {
        "before": usual,
        "before_low": before.median_low if before.median_low is not None else 0.0,
        "before_high": before.median_high if before.median_high is not None else float(settings.max_age_days),
        "after": after.median,
        "after_low": after.median_low,
        "after_high": after.median_high,
        "certainty": rounded(certainty),
        "dollars_per_week": episode.sign * max(cents(Decimal(extra * mean_paid / episode.weeks)), ZERO),
        "claims_affected": max(round(extra), 0),
        "carried_by": "",
        "scope": _scope(panel, result, episode, judged),
        "in_force": _in_force(own, episode, usual, after.median),
        "series": series(
            panel,
            episode,
            count=result.count[row][known],
            events=observed,
            expected=expected,
            statistic=statistic,
            threshold=threshold,
        ),
        "categories": [],
        "parameters": {
            "settings": asdict(settings) | {"dated_ratios": list(settings.dated_ratios)},
            "threshold": rounded(threshold[crossed]),
            "crossed_on": panel.date_of(crossed).isoformat(),
            "evidence_by_day": evidence_as_known(
                panel, result, alarm, float(statistic[crossed]), partial(_likelihood_ratios, result, alarm, settings)
            ),
            "rerun": _rerun(panel, result, alarm),
            "dispersion": rounded(result.phi[row, crossed]),
            "events_after": int(observed[judged].sum()),
            "expected_after": rounded(expected[judged].sum()),
            "outstanding": outstanding,
            "usually_outstanding": rounded(usually_outstanding),
            "p90_before": before.p90,
            "p90_after": after.p90,
            "mean_paid_amount": rounded(mean_paid),
            "last_outcome_on": _last_outcome(panel, row),
            "elsewhere": _elsewhere(panel, episode, settings),
        },
    }


def rerun_payment_delay(direction: str, series: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any]) -> Floats:
    """(days,) the statistic from `parameters["rerun"]["from"]` to the crossing, computed again.

    direction: WORSE or BETTER; series, parameters: as a PAYMENT_DELAY signal holds them.
    """
    given = parameters["rerun"]
    first = date.fromisoformat(given["from"])
    payments = [point["events"] for point in series if date.fromisoformat(point["day"]) >= first]
    ratio = parameters["settings"]["hazard_ratio"] ** (1 if direction == "WORSE" else -1)
    of_payment, of_expected = evidence_of(np.array(ratio), 1.0, np.array(given["phi"]))
    state, statistic = given["statistic"], []
    for day, (asked, most) in enumerate(zip(given["asked"], given["most"], strict=True)):
        step = of_payment[day] * payments[day] + of_expected[day] * asked
        state = max(0.0, state + (step if most is None else min(step, most)))
        statistic.append(state)
    return np.array(statistic)


def evidence_as_known(
    panel: Panel, result: WatchResult, alarm: Alarm, on_crossing: float, ratios: Callable[[slice], Floats]
) -> list[float]:
    """As `evidence_by_day`, from the day of the alarm on, on each day with the days that were known by then.

    ratios: gives (alternatives, days) log-likelihood ratios of some days.
    """
    crossed, last = crossed_on(alarm), judged_as_known(panel, result, alarm)
    by_event_day = evidence_by_day(on_crossing, ratios(slice(crossed + 1, last + 1)))
    days = range(alarm.alarmed_on, judged_until(alarm, result.watched) + 1)
    return [by_event_day[min(int(panel.known_on[alarm.stream, day]), last) - crossed] for day in days]


def judged_as_known(panel: Panel, result: WatchResult, alarm: Alarm) -> int:
    """Last day still measured against the level before, as far as the payer's outcomes are known."""
    return min(judged_until(alarm, result.watched), int(panel.known_through[alarm.stream]))


def claims_as_known(panel: Panel, row: int, settings: WatchSettings) -> StreamClaims:
    """The stream's claims as far as its payer's outcomes are known."""
    return panel.claims_of([row], int(panel.known_through[row]) + 1, settings.max_age_days)


def _after(own: StreamClaims, episode: Episode) -> DaysToPayment:
    before, after = episode.periods
    if after.stop - after.start >= LONG_PERIOD_DAYS:
        return kaplan_meier(own, after.start, after.stop - 1)
    usual = own.paid[before].sum(axis=1)
    weights = np.bincount(np.arange(before.start, before.stop) % WEEK, usual, WEEK) * WEEK / max(usual.sum(), 1)
    return kaplan_meier(own, after.start, after.stop - 1, weights)


def _outstanding(own: StreamClaims, episode: Episode) -> tuple[int, float]:
    """Claims open on the last day of the period after, and how many would be at the pace of the period before.

    That pace is the life table of claims open between `before_start` and the change, with payment and denial alike as
    ends; claims older than those watched are left out of both numbers.
    """
    before, end = episode.periods[0], episode.after_end
    ended = own.paid + own.denied
    still_open = np.cumprod(1 - ended[before].sum(axis=0) / np.maximum(own.open[before].sum(axis=0), 1))
    return int((own.open[end] - ended[end]).sum()), float(own.submitted_before[end] @ still_open)


def _mean_paid_amount(panel: Panel, row: int, change: int, end: int) -> float:
    """Dollars a paid claim of the stream brought, from a year before the change on."""
    own = panel.decisions_of(row)
    paid = own.of((own.category < 0) & (own.day >= change - BEFORE_DAYS) & (own.day <= end))
    claims = int(paid.claims.sum())
    return float(paid.paid.sum()) / claims if claims else 0.0


def _elsewhere(panel: Panel, episode: Episode, settings: DelaySettings) -> dict[str, Any]:
    """Median days to payment at all other payers together, over the same two periods."""
    claims = panel.claims_of(others(panel, episode.alarm.stream), panel.days, settings.max_age_days)
    before, after = kaplan_meier(claims, episode.before_start, episode.alarm.change_on - 1), _after(claims, episode)
    return {
        "before": before.median,
        "after": after.median,
        "after_low": after.median_low,
        "after_high": after.median_high,
        "claims": after.at_risk,
    }


def _scope(panel: Panel, result: DelayResult, episode: Episode, days: slice) -> Scope:
    """By payments over the expected, which tell of a stall before any median does."""
    row = episode.alarm.stream
    own, there = [row], others(panel, row)

    def shift(rows: list[int]) -> tuple[float, float]:
        """The logarithm of payments over the expected, and half its 95 % interval."""
        seen, due = (float(numbers[rows, days].sum()) for numbers in (result.observed, result.expected))
        phi = result.phi[rows, days.start].mean() if rows else 1.0
        return math.log((seen + 0.5) / (due + 0.5)), NORMAL_95 * math.sqrt(phi / (due + 0.5))

    (shifted, _), (shifted_there, within) = shift(own), shift(there)
    return scope_of(shifted, shifted_there, shifted_there - within, shifted_there + within)


def _likelihood_ratios(result: DelayResult, alarm: Alarm, settings: DelaySettings, days: slice) -> Floats:
    """(ratios, days) log-likelihood ratios of slower or faster payment, in the alarm's direction."""
    row = alarm.stream
    ratios = np.array(settings.dated_ratios)[:, None] ** sign_of(alarm)
    of_payment, of_expected = evidence_of(ratios, 1.0, float(result.phi[row, crossed_on(alarm)]))
    told: Floats = of_payment * result.observed[row, days] + of_expected * result.expected[row, days]
    return told


def _rerun(panel: Panel, result: DelayResult, alarm: Alarm) -> dict[str, Any]:
    """What it takes beside the payments to compute the statistic again up to the crossing."""
    row, crossed, worse = alarm.stream, crossed_on(alarm), alarm.direction == "worse"
    statistic = (result.statistic_worse if worse else result.statistic_better)[row]
    threshold = (result.threshold_worse if worse else result.threshold_better)[row]
    began = watched_since(result.watched[row], crossed)
    first = max(began, alarm.change_on - SERIES_DAYS_BEFORE)
    days = slice(first, crossed + 1)
    season = result.season[row, days]
    asked = result.asked[row, days] * np.exp(np.minimum(season, 0) if worse else np.maximum(season, 0))
    most = result.largest_step[row, days] * threshold[days]
    return {
        "from": panel.date_of(first).isoformat(),
        "statistic": rounded(statistic[first - 1]) if first > began else 0.0,
        "asked": [rounded(value) for value in asked],
        "phi": [rounded(value) for value in result.phi[row, days]],
        # Infinities are no JSON: null is where nothing bounds a step.
        "most": [rounded(value) if np.isfinite(value) else None for value in most],
    }


def _in_force(own: StreamClaims, episode: Episode, before: float, after: float | None) -> bool:
    """By the median of the last weeks, which is beyond all others while more than half of the claims stay unpaid."""
    level = kaplan_meier(own, episode.latest_start, episode.latest_end).median
    if level is None or after is None:
        return level is None and episode.sign > 0
    return nearer_to_after(level, before, after)


def _last_outcome(panel: Panel, row: int) -> str | None:
    """The last day on which this stream paid or denied anything."""
    known = panel.decided[row].nonzero()[0]
    return panel.date_of(int(known[-1])).isoformat() if known.size else None
