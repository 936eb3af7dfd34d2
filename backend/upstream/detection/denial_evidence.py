"""The evidence of a changed denial rate.

**Money.** dollars_per_week = (denied since the change - rate before x decided since the change) x mean billed amount of
the claims denied since the change / weeks since the change. What lies between two changes of a stream counts for the
first.

**What carries it.** The rate is a sum over denial categories of their shares of decided claims, so its shift is the sum
of the categories' shifts; `share` is a category's part of all shifts in the change's direction, and those sum to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

from upstream.claims.denial_reasons import CATEGORIES
from upstream.core.money import ZERO, cents
from upstream.detection.detectors.common import Alarm, Floats, Integers, Share
from upstream.detection.detectors.common import share as exact_share
from upstream.detection.detectors.denial_rate import DenialResult, DenialSettings, log_likelihood_ratios
from upstream.detection.detectors.life_table import denials_expected
from upstream.detection.detectors.payment_delay import DelaySettings
from upstream.detection.evidence import (
    Episode,
    certainty_of,
    episodes,
    judged_until,
    nearer_to_after,
    redated,
    rounded,
    series,
)
from upstream.detection.panels import Decisions, Panel

# A service group with so much of a payer's shift is named with the payer, if the other groups show no change.
MOST = 0.5


def denial_episodes(panel: Panel, result: DenialResult, settings: DenialSettings) -> list[Episode]:
    """The changes of denial rates that the detector found, dated by all that is known now."""
    dated = []
    for alarm in result.alarms:
        days = slice(alarm.change_low, judged_until(alarm, result.watched) + 1)
        dated.append(redated(alarm, _likelihood_ratios(panel, result, alarm, settings, days), settings.change_drop))
    return episodes(dated, panel.days - 1)


def denial_evidence(
    panel: Panel,
    result: DenialResult,
    episode: Episode,
    settings: DenialSettings,
    group_names: Mapping[UUID, str],
) -> dict[str, Any]:
    """Values of a Signal's fields, as far as they depend on the kind of signal."""
    alarm, row = episode.alarm, episode.alarm.stream
    own = panel.decisions_of(row)
    decided, denied = panel.decided[row], panel.denied[row]
    before, after = (exact_share(int(denied[period].sum()), int(decided[period].sum())) for period in _periods(episode))
    usual = before.rate if before.rate is not None else alarm.before
    extra = episode.sign * (after.events - usual * after.count)
    denied_after = _split(own.of(own.denied), episode)[1]
    service_groups = _service_groups(panel, own, episode, usual, group_names)
    seen, expected = _of_open_claims(panel, episode)
    threshold = (result.threshold_worse if episode.sign > 0 else result.threshold_better)[row]
    mean_billed = float(denied_after.amount.sum()) / after.events if after.events else 0.0
    return {
        "before": rounded(usual),
        "before_low": rounded(before.low),
        "before_high": rounded(before.high),
        "after": rounded(after.rate) if after.rate is not None else None,
        "after_low": rounded(after.low),
        "after_high": rounded(after.high),
        "certainty": rounded(certainty_of(alarm.log_evidence, float(threshold[alarm.alarmed_on]), settings.arl0_days)),
        "dollars_per_week": episode.sign * max(cents(Decimal(extra * mean_billed / episode.weeks)), ZERO),
        "claims_affected": max(round(extra), 0),
        "carried_by": _carried_by(service_groups),
        "in_force": _in_force(panel, episode, usual, after.rate),
        "series": series(
            panel,
            episode,
            count=decided,
            events=denied,
            expected=_baseline(result, alarm) * decided,
            statistic=result.statistic_worse[row] if episode.sign > 0 else result.statistic_better[row],
            threshold=threshold,
        ),
        "categories": _categories(panel, own, episode),
        "parameters": {
            "settings": asdict(settings) | {"odds": list(settings.odds), "weights": list(settings.weights)},
            "threshold": rounded(threshold[alarm.alarmed_on]),
            "dispersion": rounded(result.dispersion[row, alarm.alarmed_on]),
            "events_before": before.events,
            "count_before": before.count,
            "events_after": after.events,
            "count_after": after.count,
            "mean_billed_amount": rounded(mean_billed),
            "denials_of_open_claims": seen,
            "expected_of_open_claims": rounded(expected),
            "service_groups": service_groups,
            "elsewhere": _elsewhere(panel, episode),
        },
    }


def _of_open_claims(panel: Panel, episode: Episode) -> tuple[int, float]:
    """Denials since the change, and those the claims open since then let expect: the same change by submission."""
    row = episode.alarm.stream
    own = panel.cells.take(panel.cells.stream == row)
    change, end = episode.alarm.change_on, min(episode.after_end, int(panel.known_through[row]))
    return denials_expected(own, (episode.before_start, change - 1), (change, end), DelaySettings().max_age_days)


def _baseline(result: DenialResult, alarm: Alarm) -> Floats:
    """(days,) what the stream is compared with: from its alarm on the baseline of that day stays the yardstick."""
    baseline = result.baseline[alarm.stream].copy()
    baseline[alarm.alarmed_on :] = baseline[alarm.alarmed_on]
    return baseline


def _likelihood_ratios(
    panel: Panel, result: DenialResult, alarm: Alarm, settings: DenialSettings, days: slice
) -> Floats:
    """(odds, days) the detector's daily log-likelihood ratios, in the alarm's direction."""
    row = alarm.stream
    n, x, baseline = panel.decided[row, days], panel.denied[row, days], _baseline(result, alarm)[days]
    ratios = log_likelihood_ratios(n, x, baseline, result.dispersion[row, days], result.season[row, days], settings)
    of_direction: Floats = ratios[0 if alarm.direction == "worse" else 1]
    return of_direction


def _periods(episode: Episode) -> tuple[slice, slice]:
    """Days of the level before and of the level after."""
    change = episode.alarm.change_on
    return slice(episode.before_start, change), slice(change, episode.after_end + 1)


def _split(own: Decisions, episode: Episode) -> tuple[Decisions, Decisions]:
    before, after = (own.of((own.day >= period.start) & (own.day < period.stop)) for period in _periods(episode))
    return before, after


def _in_force(panel: Panel, episode: Episode, before: float, after: float | None) -> bool:
    """While nothing was decided lately nothing is known to have changed again."""
    if after is None:
        return episode.reversed_on is None
    days = slice(episode.latest_start, episode.latest_end + 1)
    decided, denied = (counts[episode.alarm.stream, days].sum() for counts in (panel.decided, panel.denied))
    if not decided:
        return episode.reversed_on is None
    return nearer_to_after(float(denied / decided), before, after)


def _categories(panel: Panel, own: Decisions, episode: Episode) -> list[dict[str, Any]]:
    before, after = _split(own, episode)
    size = len(panel.categories)

    def counts(decisions: Decisions) -> Integers:
        denied = decisions.of(decisions.denied)
        return np.bincount(denied.category, denied.count, size).astype(np.int64)

    denied_before, denied_after = counts(before), counts(after)
    shares_before = denied_before / max(int(before.count.sum()), 1)
    shares_after = denied_after / max(int(after.count.sum()), 1)
    shifts = np.maximum(episode.sign * (shares_after - shares_before), 0)
    carried = shifts / (shifts.sum() or 1)
    order = sorted(range(size), key=lambda c: (-carried[c], -denied_after[c], panel.categories[c]))
    return [
        {
            "category": panel.categories[c],
            "label": CATEGORIES.get(panel.categories[c], "No reason given"),
            "before": rounded(shares_before[c]),
            "after": rounded(shares_after[c]),
            "claims": int(denied_after[c]),
            "share": rounded(carried[c]),
        }
        for c in order
        if denied_before[c] or denied_after[c]
    ]


def _service_groups(
    panel: Panel, own: Decisions, episode: Episode, usual: float, group_names: Mapping[UUID, str]
) -> list[dict[str, Any]]:
    """For a payer's signal: what each service group contributes, as its denied claims beyond its own rate before.

    `rest_unchanged`: whether the other groups' rate before lies in the exact interval of theirs after. Groups too thin
    to be streams are the payer's rest, with an empty id.
    """
    row = episode.alarm.stream
    if panel.parent[row] >= 0:
        return []
    periods = _split(own, episode)
    extras: list[tuple[float, dict[str, Any]]] = []
    for group_row in sorted(set(periods[1].group_row.tolist())):
        (before, after), rest = (
            [_share_of(period.of((period.group_row == group_row) == inside)) for period in periods]
            for inside in (True, False)
        )
        rate = before.rate if before.rate is not None else usual
        group_id = panel.streams[group_row].service_group_id if group_row >= 0 else None
        values = {
            "service_group": str(group_id or ""),
            "name": group_names.get(group_id, "") if group_id else "",
            "claims": after.events,
            "rest_unchanged": rest[0].rate is None or rest[1].low <= rest[0].rate <= rest[1].high,
        }
        extras.append((max(episode.sign * (after.events - rate * after.count), 0.0), values))
    total = sum(extra for extra, _ in extras) or 1.0
    parts = [values | {"share": rounded(extra / total)} for extra, values in extras]
    return sorted(parts, key=lambda part: (-part["share"], part["service_group"] == "", part["service_group"]))


def _share_of(decisions: Decisions) -> Share:
    return exact_share(int(decisions.count[decisions.denied].sum()), int(decisions.count.sum()))


def _carried_by(service_groups: list[dict[str, Any]]) -> str:
    if len(service_groups) < 2:
        return ""
    largest = service_groups[0]
    return str(largest["name"]) if largest["share"] >= MOST and largest["rest_unchanged"] else ""


def _elsewhere(panel: Panel, episode: Episode) -> dict[str, Any]:
    """The same service group (all services, for a payer's signal) at the other payers, over the same two periods.

    Whether a change is this payer's doing or one's own: coding or registration that went wrong shows at every payer.
    """
    stream = panel.streams[episode.alarm.stream]
    others = [
        row
        for row, other in enumerate(panel.streams)
        if other.service_group_id == stream.service_group_id and other.payer_id != stream.payer_id
    ]
    shares = [
        exact_share(int(panel.denied[others, period].sum()), int(panel.decided[others, period].sum()))
        for period in _periods(episode)
    ]
    return {
        "before": rounded(shares[0].rate) if shares[0].rate is not None else None,
        "after": rounded(shares[1].rate) if shares[1].rate is not None else None,
        "after_low": rounded(shares[1].low),
        "after_high": rounded(shares[1].high),
        "claims": shares[1].count,
    }
