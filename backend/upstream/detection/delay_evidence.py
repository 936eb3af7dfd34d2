"""The evidence of changed days to payment.

**Money.** A payer that pays later owes more at any moment. Extra claims outstanding = claims open on the last day -
those that would be open had every claim been decided as fast as before the change; each is worth the mean amount the
stream's paid claims brought. dollars_per_week spreads that sum over the weeks since the change: a stall grows with
every week, a payer that has settled at a slower pace has shifted the money once, and weighs less as time goes by.
"""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any

import numpy as np

from upstream.core.money import ZERO, cents
from upstream.detection.detectors.common import Alarm, Floats, Integers
from upstream.detection.detectors.life_table import STILL_OPEN, Cells, DaysToPayment, kaplan_meier
from upstream.detection.detectors.payment_delay import DelayResult, DelaySettings
from upstream.detection.evidence import (
    BEFORE_DAYS,
    Episode,
    certainty_of,
    episodes,
    judged_until,
    nearer_to_after,
    redated,
    rounded,
    series,
    sign_of,
)
from upstream.detection.models import Scope
from upstream.detection.panels import Panel

WEEK = 7
# From here on whole weeks make up most of a period, so it needs no weights for the days of the week.
LONG_PERIOD_DAYS = 28


def delay_episodes(panel: Panel, result: DelayResult, settings: DelaySettings) -> list[Episode]:
    """The changes of days to payment that the detector found, dated by all that is known now.

    While not half of the claims have been paid since a slow-down, a further alarm for a slow-down is the same one going
    on, measured against the little that was paid.
    """
    dated: list[Alarm] = []
    going_on: dict[int, Alarm] = {}
    for alarm in sorted(result.alarms, key=lambda alarm: alarm.alarmed_on):
        earlier = going_on.get(alarm.stream)
        if earlier is not None and alarm.direction == earlier.direction == "worse":
            own = panel.cells.take(panel.cells.stream == alarm.stream)
            if kaplan_meier(own, earlier.change_on, alarm.alarmed_on, settings.max_age_days).median is None:
                continue
        days = slice(alarm.change_low, judged_until(alarm, result.watched) + 1)
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
    change, end = alarm.change_on, episode.after_end
    own = panel.cells.take(panel.cells.stream == row)
    known = slice(0, int(panel.known_through[row]) + 1)
    observed, expected = result.observed[row][known], result.expected[row][known]
    before = kaplan_meier(own, episode.before_start, change - 1, settings.max_age_days)
    usual = before.median if before.median is not None else alarm.before
    after = _days_to_payment(own, observed, episode, settings)
    outstanding, usually_outstanding = _outstanding(own, episode, settings.max_age_days)
    extra = episode.sign * (outstanding - usually_outstanding)
    mean_paid = _mean_paid_amount(panel, row, change, end)
    threshold = (result.threshold_worse if episode.sign > 0 else result.threshold_better)[row][known]
    certainty = certainty_of(alarm.log_evidence, float(threshold[alarm.alarmed_on]), settings.arl0_days)
    judged = slice(change, min(end, judged_until(alarm, result.watched)) + 1)
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
        "scope": Scope.UNCLEAR,
        "in_force": _in_force(own, episode, usual, after.median, settings),
        "series": series(
            panel,
            episode,
            count=result.open_claims[row][known],
            events=observed,
            expected=expected,
            statistic=(result.statistic_worse if episode.sign > 0 else result.statistic_better)[row][known],
            threshold=threshold,
        ),
        "categories": [],
        "parameters": {
            "settings": asdict(settings) | {"dated_ratios": list(settings.dated_ratios)},
            "threshold": rounded(threshold[alarm.alarmed_on]),
            "events_after": int(observed[judged].sum()),
            "expected_after": rounded(expected[judged].sum()),
            "outstanding": outstanding,
            "usually_outstanding": rounded(usually_outstanding),
            "p90_before": before.p90,
            "p90_after": after.p90,
            "mean_paid_amount": rounded(mean_paid),
            "last_outcome_on": _last_outcome(panel, row),
        },
    }


def _days_to_payment(own: Cells, observed: Integers, episode: Episode, settings: DelaySettings) -> DaysToPayment:
    first, last = episode.alarm.change_on, episode.after_end
    if last - first + 1 >= LONG_PERIOD_DAYS:
        return kaplan_meier(own, first, last, settings.max_age_days)
    usual = observed[episode.before_start : first]
    weights = np.bincount(np.arange(episode.before_start, first) % WEEK, usual, WEEK) * WEEK / max(usual.sum(), 1)
    return kaplan_meier(own, first, last, settings.max_age_days, weights[np.arange(last + 1) % WEEK])


def _outstanding(own: Cells, episode: Episode, max_age_days: int) -> tuple[int, float]:
    """Claims open on the last day of the period after, and how many would be at the pace of the period before.

    That pace is the life table of claims open between `before_start` and the change, with payment and denial alike as
    ends; older claims than `max_age_days` are left out of both numbers.
    """
    change, end = episode.alarm.change_on, episode.after_end
    entered = np.maximum(own.submitted_day, episode.before_start)
    ended = (own.end_day != STILL_OPEN) & (own.end_day < change)
    left = np.where(ended, own.end_day, change - 1)
    left = np.minimum(left, own.submitted_day + max_age_days)
    seen = entered <= left
    width = max_age_days + 2
    starts = np.bincount((entered - own.submitted_day)[seen], own.count[seen], width)
    stops = np.bincount((left - own.submitted_day + 1)[seen], own.count[seen], width)
    at_risk = (starts - stops).cumsum()[:-1]
    counted = seen & ended & (left == own.end_day)
    ends = np.bincount((left - own.submitted_day)[counted], own.count[counted], max_age_days + 1)
    still_open = np.cumprod(1 - ends / np.maximum(at_risk, 1))

    age = end - own.submitted_day
    young = (age >= 0) & (age <= max_age_days)
    waiting = young & ((own.end_day == STILL_OPEN) | (own.end_day > end))
    return int(own.count[waiting].sum()), float(own.count[young] @ still_open[age[young]])


def _mean_paid_amount(panel: Panel, row: int, change: int, end: int) -> float:
    """Dollars a paid claim of the stream brought, from a year before the change on."""
    own = panel.decisions_of(row)
    paid = own.of((own.category < 0) & (own.day >= change - BEFORE_DAYS) & (own.day <= end))
    claims = int(paid.claims.sum())
    return float(paid.paid.sum()) / claims if claims else 0.0


def _likelihood_ratios(result: DelayResult, alarm: Alarm, settings: DelaySettings, days: slice) -> Floats:
    """(ratios, days) Poisson log-likelihood ratios of slower or faster payment, in the alarm's direction.

    Divided by the variance of weekly payments against the expected, as measured over the year before the change.
    """
    observed, expected = result.observed[alarm.stream], result.expected[alarm.stream]
    weeks = min(alarm.change_low, BEFORE_DAYS) // WEEK
    before = slice(alarm.change_low - weeks * WEEK, alarm.change_low)
    weekly_observed, weekly_expected = (
        daily[before].reshape(weeks, WEEK).sum(axis=1) for daily in (observed, expected)
    )
    watched = result.watched[alarm.stream, before].reshape(weeks, WEEK).all(axis=1)
    squares = float(((weekly_observed - weekly_expected)[watched] ** 2).sum())
    dispersion = max(1.0, squares / max(float(weekly_expected[watched].sum()), 1.0))
    ratios = np.array(settings.dated_ratios)[:, None] ** sign_of(alarm)
    steps: Floats = observed[days] * np.log(ratios) + (1 - ratios) * expected[days]
    return steps / dispersion


def _in_force(own: Cells, episode: Episode, before: float, after: float | None, settings: DelaySettings) -> bool:
    """By the median of the last weeks, which is beyond all others while more than half of the claims stay unpaid."""
    level = kaplan_meier(own, episode.latest_start, episode.latest_end, settings.max_age_days).median
    if level is None or after is None:
        return level is None and episode.sign > 0
    return nearer_to_after(level, before, after)


def _last_outcome(panel: Panel, row: int) -> str | None:
    """The last day on which this stream paid or denied anything."""
    known = panel.decided[row].nonzero()[0]
    return panel.date_of(int(known[-1])).isoformat() if known.size else None
