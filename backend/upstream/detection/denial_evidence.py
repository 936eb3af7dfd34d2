"""The evidence of a changed denial rate.

**Money.** dollars_per_week = (denied since the change - rate before x decided since the change) x mean billed amount of
the claims denied since the change / weeks since the change. What lies between two changes of a stream counts for the
first.

**What carries it.** The rate is a sum over denial categories of their shares of decided claims, so its shift is the sum
of the categories' shifts; `share` is a category's part of all shifts in the change's direction, and those sum to 1.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import numpy as np

from upstream.claims.daily_facts import Decisions
from upstream.claims.denial_reasons import CATEGORIES
from upstream.core.money import ZERO, cents
from upstream.detection.detectors.common import Alarm, Floats, Share
from upstream.detection.detectors.common import share as exact_share
from upstream.detection.detectors.denial_cohort import CohortSettings
from upstream.detection.detectors.denial_rate import DenialResult, DenialSettings, log_likelihood_ratios
from upstream.detection.detectors.life_table import denials_expected
from upstream.detection.elsewhere import scope_of_shares, share_elsewhere
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
from upstream.detection.panels import Panel
from upstream.detection.rerun import denial_rerun

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
    group_names: Mapping[Hashable, str],
) -> dict[str, Any]:
    """Values of a Signal's fields, as far as they depend on the kind of signal."""
    alarm, row = episode.alarm, episode.alarm.stream
    own = panel.decisions_of(row)
    decided, denied = panel.decided[row], panel.denied[row]
    before, after = (exact_share(int(denied[period].sum()), int(decided[period].sum())) for period in episode.periods)
    usual = before.rate if before.rate is not None else alarm.before
    extra = episode.sign * (after.events - usual * after.count)
    denied_after = _split(own.of(panel.is_denied(row, own)), episode)[1]
    service_groups = _service_groups(panel, own, episode, usual, group_names)
    seen, expected = _of_open_claims(panel, episode)
    worse = episode.sign > 0
    statistic = (result.statistic_worse if worse else result.statistic_better)[row]
    threshold = (result.threshold_worse if worse else result.threshold_better)[row]
    judged = slice(alarm.alarmed_on + 1, judged_until(alarm, result.watched) + 1)
    elsewhere = share_elsewhere(panel, episode, panel.denied, panel.decided)
    mean_billed = float(denied_after.denied.sum()) / after.events if after.events else 0.0
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
        "carried_by": carried_by(service_groups),
        "scope": scope_of_shares(before, after, elsewhere),
        "in_force": _in_force(panel, episode, usual, after.rate),
        "series": series(
            panel,
            episode,
            count=decided,
            events=denied,
            expected=_baseline(result, alarm) * decided,
            statistic=statistic,
            threshold=threshold,
        ),
        "categories": denial_categories(panel, own, episode),
        "parameters": {
            "settings": asdict(settings) | {"odds": list(settings.odds), "weights": list(settings.weights)},
            "threshold": rounded(threshold[alarm.alarmed_on]),
            "evidence_by_day": evidence_by_day(
                float(statistic[alarm.alarmed_on]), _likelihood_ratios(panel, result, alarm, settings, judged)
            ),
            "rerun": denial_rerun(panel, result, alarm, settings, decided, denied),
            "dispersion": rounded(result.dispersion[row, alarm.alarmed_on]),
            "events_before": before.events,
            "count_before": before.count,
            "events_after": after.events,
            "count_after": after.count,
            "mean_billed_amount": rounded(mean_billed),
            "denials_of_open_claims": seen,
            "expected_of_open_claims": rounded(expected),
            "service_groups": service_groups,
            "elsewhere": elsewhere,
        },
    }


def _of_open_claims(panel: Panel, episode: Episode) -> tuple[int, float]:
    """Denials since the change, and those the claims open since then let expect: the same change by submission.

    Of a denial category, which is no set of claims, its payer's.
    """
    row = int(panel.payer_row[episode.alarm.stream]) if _is_category(panel, episode) else episode.alarm.stream
    change, end = episode.alarm.change_on, min(episode.after_end, int(panel.known_through[row]))
    own = panel.claims_of([row], end + 1, CohortSettings().max_age_days)
    return denials_expected(own, (episode.before_start, change - 1), (change, end))


def _is_category(panel: Panel, episode: Episode) -> bool:
    return episode.alarm.stream >= panel.claim_streams


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


def _split(own: Decisions, episode: Episode) -> tuple[Decisions, Decisions]:
    before, after = (own.of((own.day >= period.start) & (own.day < period.stop)) for period in episode.periods)
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


def denial_categories(panel: Panel, own: Decisions, episode: Episode) -> list[dict[str, Any]]:
    """Empty for a denial category's own stream."""
    if _is_category(panel, episode):
        return []
    before, after = _split(own, episode)
    names = panel.facts.categories
    denied_before, denied_after = (
        np.bincount(part.category[part.category >= 0], part.claims[part.category >= 0], len(names)).astype(np.int64)
        for part in (before, after)
    )
    shares_before = denied_before / max(int(before.claims.sum()), 1)
    shares_after = denied_after / max(int(after.claims.sum()), 1)
    shifts = np.maximum(episode.sign * (shares_after - shares_before), 0)
    carried = shifts / (shifts.sum() or 1)
    order = sorted(range(len(names)), key=lambda c: (-carried[c], -denied_after[c], names[c]))
    return [
        {
            "category": names[c],
            "label": CATEGORIES.get(names[c], "No reason given"),
            "before": rounded(shares_before[c]),
            "after": rounded(shares_after[c]),
            "claims": int(denied_after[c]),
            "share": rounded(carried[c]),
        }
        for c in order
        if denied_before[c] or denied_after[c]
    ]


def _service_groups(
    panel: Panel, own: Decisions, episode: Episode, usual: float, group_names: Mapping[Hashable, str]
) -> list[dict[str, Any]]:
    """For a signal across a payer's services: what each contributes, as its denied claims beyond its own rate before.

    `rest_unchanged`: whether the other groups' rate before lies in the exact interval of theirs after. Empty for a
    service group's own signal, and for a location's, whose claims are not told apart by service group.
    """
    row = episode.alarm.stream
    if panel.streams[row].service_group is not None or panel.streams[row].location:
        return []
    periods = _split(own, episode)
    group_of_slice = [each.service_group for each in panel.facts.slices]
    extras: list[tuple[float, dict[str, Any]]] = []
    for number in sorted(set(periods[1].slice.tolist())):
        (before, after), rest = (
            [_share_of(panel, row, period.of((period.slice == number) == inside)) for period in periods]
            for inside in (True, False)
        )
        rate = before.rate if before.rate is not None else usual
        group = group_of_slice[number]
        values = {
            "service_group": str(group or ""),
            "name": group_names.get(group, ""),
            "claims": after.events,
            "rest_unchanged": rest[0].rate is None or rest[1].low <= rest[0].rate <= rest[1].high,
        }
        extras.append((max(episode.sign * (after.events - rate * after.count), 0.0), values))
    total = sum(extra for extra, _ in extras) or 1.0
    parts = [values | {"share": rounded(extra / total)} for extra, values in extras]
    return sorted(parts, key=lambda part: (-part["share"], part["service_group"] == "", part["service_group"]))


def _share_of(panel: Panel, row: int, decisions: Decisions) -> Share:
    denied = panel.is_denied(row, decisions)
    return exact_share(int(decisions.claims[denied].sum()), int(decisions.claims.sum()))


def carried_by(service_groups: list[dict[str, Any]]) -> str:
    """Name of the service group that most of a payer's change lies in, if the others show none; empty for none."""
    if len(service_groups) < 2:
        return ""
    largest = service_groups[0]
    return str(largest["name"]) if largest["share"] >= MOST and largest["rest_unchanged"] else ""
