"""The evidence of a changed share of billed dollars denied.

**Levels.** Dollars denied of dollars billed, with intervals for claims of unequal size (`weighted_share`).

**Money.** dollars_per_week = (dollars denied since the change - share before x dollars billed since the change) / weeks
since the change; claims_affected is how many claims these dollars make up, at the mean of the claims denied as a whole
in the period with the larger share. `largest_share`: the most that a single claim can make up of the dollars denied in
that period, so that a reader sees whether one large claim could be the change.

**What carries it.** The share is a sum over denial categories, and claims denied in part, of their shares of the billed
dollars; `share` is a category's part of all shifts in the change's direction, and those sum to 1.
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
from upstream.detection.denial_evidence import carried_by
from upstream.detection.detectors.common import Alarm, Booleans, Floats, Share
from upstream.detection.detectors.denial_dollars import (
    DollarResult,
    DollarSettings,
    evidence_steps,
    in_usual_claims,
)
from upstream.detection.detectors.dollars import Dollars, WeightedShare, largest_claims, weighted_share
from upstream.detection.elsewhere import others, scope_of_shares
from upstream.detection.evidence import (
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
from upstream.detection.panels import Panel
from upstream.detection.rerun import watched_since

# Claims paid whose denied lines count in the dollars.
IN_PART, IN_PART_LABEL = "denied_in_part", "Denied in part"


def dollar_episodes(panel: Panel, result: DollarResult, settings: DollarSettings) -> list[Episode]:
    """The changes of shares of dollars that the detector found, dated by all that is known now."""
    dated = []
    for alarm in result.alarms:
        days = slice(alarm.change_low, judged_until(alarm, result.watched) + 1)
        dated.append(redated(alarm, _steps(panel, result, alarm, settings, days), settings.change_drop))
    return episodes(dated, panel.days - 1)


def dollar_evidence(
    panel: Panel,
    result: DollarResult,
    episode: Episode,
    settings: DollarSettings,
    group_names: Mapping[Hashable, str],
) -> dict[str, Any]:
    """Values of a Signal's fields, as far as they depend on the kind of signal."""
    alarm, row = episode.alarm, episode.alarm.stream
    own = panel.decisions_of(row)
    billed, denied, squares = (amounts[row] for amounts in _amounts(panel))
    before, after = (weighted_share(billed[days], denied[days], squares[days]) for days in episode.periods)
    usual = before.rate if before.rate is not None else alarm.before
    extra = max(episode.sign * (after.part - usual * after.whole), 0.0)
    worse = episode.sign > 0
    larger = episode.periods[1 if worse else 0]
    mean_denied = _mean_denied(own.of(panel.is_denied(row, own)), larger)
    service_groups = _service_groups(panel, own, episode, usual, group_names)
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
        "dollars_per_week": episode.sign * max(cents(Decimal(extra / episode.weeks)), ZERO),
        "claims_affected": round(extra / mean_denied) if mean_denied else 0,
        "carried_by": carried_by(service_groups),
        "scope": scope_of_shares(_as_share(before), _as_share(after), elsewhere),
        "in_force": _in_force(billed, denied, episode, usual, after.rate),
        "series": series(
            panel,
            episode,
            count=np.rint(billed),
            events=np.rint(denied),
            expected=usual * billed,
            statistic=statistic,
            threshold=threshold,
        ),
        "categories": _categories(panel, own, episode),
        "parameters": {
            "settings": asdict(settings) | {"odds": list(settings.odds)},
            "threshold": rounded(threshold[alarm.alarmed_on]),
            "evidence_by_day": evidence_by_day(
                float(statistic[alarm.alarmed_on]), _steps(panel, result, alarm, settings, judged)
            ),
            "rerun": _rerun(panel, result, alarm, settings),
            "largest_share": rounded(_largest_share(panel, row, larger)),
            "usual_claim": rounded(result.usual_claim[row, alarm.alarmed_on]),
            "dispersion": rounded(result.dispersion[row, alarm.alarmed_on]),
            "denied_before": rounded(before.part),
            "billed_before": rounded(before.whole),
            "effective_claims_before": rounded(before.effective_claims),
            "denied_after": rounded(after.part),
            "billed_after": rounded(after.whole),
            "effective_claims_after": rounded(after.effective_claims),
            "mean_denied_amount": rounded(mean_denied),
            "service_groups": service_groups,
            "elsewhere": elsewhere,
        },
    }


def rerun_denial_dollars(direction: str, parameters: Mapping[str, Any]) -> Floats:
    """(days,) the statistic from `parameters["rerun"]["from"]` through the day of the alarm, computed again.

    direction: WORSE or BETTER; parameters: as a DENIAL_DOLLARS signal holds them.
    """
    given = parameters["rerun"]
    stored: dict[str, Any] = parameters["settings"]
    settings = DollarSettings(**stored | {"odds": tuple(stored["odds"])})
    billed, denied, squares, usual_claim, baseline, dispersion, season = (
        np.array(given[name], dtype=np.float64)
        for name in ("billed", "denied", "squares", "usual_claim", "baseline", "dispersion", "season")
    )
    largest = largest_claims(billed, squares, np.array(given["claims"], dtype=np.int64))
    dollars = in_usual_claims(Dollars(billed, denied, squares, largest), usual_claim, settings)
    steps = evidence_steps(dollars, baseline, dispersion, season, 1 if direction == "WORSE" else -1, settings)
    ratios = _ratios(steps, np.array(given["ratio"], dtype=np.float64))
    return np.log(np.maximum(ratios.mean(axis=0), 1))


def _ratios(steps: Floats, ratio: Floats) -> Floats:
    """(odds, days) R after each day, from R before the first of them."""
    ratios = np.empty_like(steps)
    for day in range(steps.shape[1]):
        ratio = ratios[:, day] = (1 + ratio) * np.exp(steps[:, day])
    return ratios


def _rerun(panel: Panel, result: DollarResult, alarm: Alarm, settings: DollarSettings) -> dict[str, Any]:
    """What it takes to compute the statistic again, of the days that the series shows up to the alarm."""
    row = alarm.stream
    began = watched_since(result.watched[row], alarm.alarmed_on)
    first = max(began, alarm.change_on - SERIES_DAYS_BEFORE)
    ratio = np.zeros(len(settings.odds))
    if first > began:
        ratio = _ratios(_steps(panel, result, alarm, settings, slice(began, first)), ratio)[:, -1]
    days = slice(first, alarm.alarmed_on + 1)
    columns = {
        "billed": panel.billed,
        "denied": panel.denied_dollars,
        "squares": panel.billed_squares,
        "claims": panel.decided,
        "usual_claim": result.usual_claim,
        "baseline": result.baseline,
        "dispersion": result.dispersion,
        "season": result.season,
    }
    return {
        "from": panel.date_of(first).isoformat(),
        "ratio": [rounded(value) for value in ratio],
        **{name: [rounded(value) for value in values[row, days]] for name, values in columns.items()},
    }


def _steps(panel: Panel, result: DollarResult, alarm: Alarm, settings: DollarSettings, days: slice) -> Floats:
    """(odds, days) the detector's evidence, in the alarm's direction, against what the alarm was measured against."""
    row = alarm.stream
    billed, denied, squares = (amounts[row, days] for amounts in _amounts(panel))
    dollars = Dollars(billed, denied, squares, largest_claims(billed, squares, panel.decided[row, days]))
    # From its alarm on the levels of that day stay the yardstick.
    at = np.minimum(np.arange(panel.days)[days], alarm.alarmed_on)
    return evidence_steps(
        in_usual_claims(dollars, result.usual_claim[row, at], settings),
        result.baseline[row, at], result.dispersion[row, days], result.season[row, days], sign_of(alarm), settings,
    )  # fmt: skip


def _amounts(panel: Panel) -> tuple[Floats, Floats, Floats]:
    return panel.billed, panel.denied_dollars, panel.billed_squares


def _within(decisions: Decisions, days: slice) -> Decisions:
    return decisions.of((decisions.day >= days.start) & (decisions.day < days.stop))


def _mean_denied(denied: Decisions, days: slice) -> float:
    """Mean dollars of the claims denied as a whole; 0 where there are none."""
    denied = _within(denied, days)
    claims = int(denied.claims.sum())
    return float(denied.denied.sum()) / claims if claims else 0.0


def _largest_share(panel: Panel, row: int, days: slice) -> float:
    """The most that one claim can make up of the dollars denied."""
    billed, denied, squares = (amounts[row, days] for amounts in _amounts(panel))
    largest = np.minimum(largest_claims(billed, squares, panel.decided[row, days]), denied)
    return float(largest.max() / denied.sum()) if denied.sum() > 0 else 0.0


def _in_force(billed: Floats, denied: Floats, episode: Episode, before: float, after: float | None) -> bool:
    """While nothing was decided lately nothing is known to have changed again."""
    days = slice(episode.latest_start, episode.latest_end + 1)
    if after is None or billed[days].sum() <= 0:
        return episode.reversed_on is None
    return nearer_to_after(float(denied[days].sum() / billed[days].sum()), before, after)


def _categories(panel: Panel, own: Decisions, episode: Episode) -> list[dict[str, Any]]:
    """Empty for a denial category's own stream."""
    if episode.alarm.stream >= panel.claim_streams:
        return []
    names = (*panel.facts.categories, IN_PART)
    before, after = (_within(own, days) for days in episode.periods)
    # -1, not denied as a whole, is the last.
    shares_before, shares_after = (
        np.bincount(part.category % len(names), part.denied, len(names)) / max(float(part.billed.sum()), 0.01)
        for part in (before, after)
    )
    whole = after.of(after.category >= 0)
    claims = np.bincount(whole.category, whole.claims, len(names))
    shifts = np.maximum(episode.sign * (shares_after - shares_before), 0)
    carried = shifts / (shifts.sum() or 1)
    order = sorted(range(len(names)), key=lambda c: (-carried[c], -shares_after[c], names[c]))
    return [
        {
            "category": names[c],
            "label": IN_PART_LABEL if names[c] == IN_PART else CATEGORIES.get(names[c], "No reason given"),
            "before": rounded(shares_before[c]),
            "after": rounded(shares_after[c]),
            "claims": int(claims[c]),
            "share": rounded(carried[c]),
        }
        for c in order
        if shares_before[c] or shares_after[c]
    ]


def _service_groups(
    panel: Panel, own: Decisions, episode: Episode, usual: float, group_names: Mapping[Hashable, str]
) -> list[dict[str, Any]]:
    """For a signal across a payer's services: what each contributes, as its denied dollars beyond its own share before.

    As in denial_evidence, `claims` being the claims denied as a whole.
    """
    row = episode.alarm.stream
    if panel.streams[row].service_group is not None or panel.streams[row].location:
        return []
    periods = [_within(own, days) for days in episode.periods]
    extras: list[tuple[float, dict[str, Any]]] = []
    for number in sorted(set(periods[1].slice.tolist())):
        (before, after), rest = (
            [_share_of(panel, row, period, (period.slice == number) == inside) for period in periods]
            for inside in (True, False)
        )
        rate = before.rate if before.rate is not None else usual
        group = panel.facts.slices[number].service_group
        mine = periods[1].of((periods[1].slice == number) & panel.is_denied(row, periods[1]))
        values = {
            "service_group": str(group or ""),
            "name": group_names.get(group, ""),
            "claims": int(mine.claims.sum()),
            "rest_unchanged": rest[0].rate is None or rest[1].low <= rest[0].rate <= rest[1].high,
        }
        extras.append((max(episode.sign * (after.part - rate * after.whole), 0.0), values))
    total = sum(extra for extra, _ in extras) or 1.0
    parts = [values | {"share": rounded(extra / total)} for extra, values in extras]
    return sorted(parts, key=lambda part: (-part["share"], part["service_group"] == "", part["service_group"]))


def _share_of(panel: Panel, row: int, decisions: Decisions, rows: Booleans) -> WeightedShare:
    """The share of the dollars in some rows of a stream's decisions that it counts as denied."""
    some = decisions.of(rows)
    category = panel.streams[row].denial_category
    denied = np.where(panel.is_denied(row, some), some.denied, 0.0) if category else some.denied
    by_day = (np.bincount(some.day, values).astype(float) for values in (some.billed, denied, some.billed_squares))
    return weighted_share(*by_day)


def _elsewhere(panel: Panel, episode: Episode) -> dict[str, Any]:
    """The same share before and after, at all other payers together."""
    rows = others(panel, episode.alarm.stream)
    before, after = (
        weighted_share(*(amounts[rows, days].sum(axis=0) for amounts in _amounts(panel))) for days in episode.periods
    )
    return {
        "before": rounded(before.rate) if before.rate is not None else None,
        "after": rounded(after.rate) if after.rate is not None else None,
        "after_low": rounded(after.low),
        "after_high": rounded(after.high),
        "claims": int(panel.decided[rows, episode.periods[1]].sum()),
    }


def _as_share(share: WeightedShare) -> Share:
    return Share(round(share.part), round(share.whole), share.rate, share.low, share.high)
