"""The evidence of a changed denial rate of the claims submitted since some day.

**Levels.** before: the share of claims submitted that is denied, by the denials up to the change; after: of the claims
submitted since. Not all of their answers are in, so denials are held against those expected by now.

**Money.** dollars_per_week = (denials of claims submitted since the change - those expected) x mean billed amount of
the claims denied since / weeks since the change.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from upstream.core.money import ZERO, cents
from upstream.detection.delay_evidence import claims_as_known, evidence_as_known, judged_as_known
from upstream.detection.denial_evidence import carried_by, denial_categories
from upstream.detection.detectors.common import Alarm, Direction, Floats, Share
from upstream.detection.detectors.denial_cohort import (
    CohortResult,
    CohortSettings,
    by_cohort,
    likelihood_ratios,
    statistic_over,
)
from upstream.detection.detectors.life_table import ShareDenied, denied_by_age, share_denied
from upstream.detection.detectors.open_claims import StreamClaims
from upstream.detection.detectors.watch import Crossing, crossed_on
from upstream.detection.elsewhere import others, scope_of_shares
from upstream.detection.evidence import (
    SERIES_DAYS_BEFORE,
    Episode,
    certainty_of,
    episodes,
    nearer_to_after,
    redated,
    rounded,
    series,
)
from upstream.detection.models import StreamLevel
from upstream.detection.panels import Panel
from upstream.detection.rerun import watched_since


def cohort_episodes(panel: Panel, result: CohortResult, settings: CohortSettings) -> list[Episode]:
    """The changes of denials that the detector found, dated by submission and by all that is known now."""
    dated = []
    for alarm in result.alarms:
        crossing, last = _crossing(result, alarm), judged_as_known(panel, result, alarm)
        own = claims_as_known(panel, alarm.stream, settings)
        denied, expected = by_cohort(own, crossing.hazard, alarm.change_low, last)
        ratios = likelihood_ratios(denied, expected, alarm.direction, crossing.phi, settings)
        dated.append(redated(alarm, ratios, settings.change_drop))
    found = []
    for row in sorted({alarm.stream for alarm in dated}):
        found += episodes((alarm for alarm in dated if alarm.stream == row), int(panel.known_through[row]))
    return found


def cohort_evidence(
    panel: Panel,
    result: CohortResult,
    episode: Episode,
    settings: CohortSettings,
    group_names: Mapping[Hashable, str],
) -> dict[str, Any]:
    """Values of a Signal's fields, as far as they depend on the kind of signal."""
    alarm, row = episode.alarm, episode.alarm.stream
    crossed, crossing = crossed_on(alarm), _crossing(result, alarm)
    own = claims_as_known(panel, row, settings)
    known = slice(0, int(panel.known_through[row]) + 1)
    before, after = _before(own, episode), _since(own, crossing.hazard, episode)
    extra = episode.sign * (after.denied - after.expected)
    mean_billed = _mean_billed_amount(panel, episode)
    service_groups = _service_groups(panel, own, episode, settings, group_names)
    elsewhere = _elsewhere(panel, episode, settings)
    statistic = (result.statistic_worse if episode.sign > 0 else result.statistic_better)[row][known]
    threshold = (result.threshold_worse if episode.sign > 0 else result.threshold_better)[row][known]

    def ratios(days: slice) -> Floats:
        observed, expected = result.observed[row, days], result.expected[row, days]
        return likelihood_ratios(observed, expected, alarm.direction, crossing.phi, settings)

    return {
        "before": rounded(before.share),
        "before_low": rounded(before.low),
        "before_high": rounded(before.high),
        "after": rounded(after.share),
        "after_low": rounded(after.low),
        "after_high": rounded(after.high),
        "certainty": rounded(certainty_of(alarm.log_evidence, float(threshold[crossed]), settings.arl0_days)),
        "dollars_per_week": episode.sign * max(cents(Decimal(extra * mean_billed / episode.weeks)), ZERO),
        "claims_affected": max(round(extra), 0),
        "carried_by": carried_by(service_groups),
        "scope": scope_of_shares(_as_share(before), _as_share(after), elsewhere),
        "in_force": _in_force(own, crossing.hazard, episode, before.share, after.share),
        "series": series(
            panel,
            episode,
            count=result.count[row][known],
            events=result.observed[row][known],
            expected=result.expected[row][known],
            statistic=statistic,
            threshold=threshold,
        ),
        "categories": denial_categories(panel, panel.decisions_of(row), episode),
        "parameters": {
            "settings": asdict(settings) | {"ratios": list(settings.ratios)},
            "threshold": rounded(threshold[crossed]),
            "crossed_on": panel.date_of(crossed).isoformat(),
            "evidence_by_day": evidence_as_known(panel, result, alarm, float(statistic[crossed]), ratios),
            "rerun": _rerun(panel, result, alarm, settings),
            "dispersion": rounded(crossing.phi),
            "events_before": before.denied,
            "events_after": after.denied,
            "expected_after": rounded(after.expected),
            "count_after": int(own.submitted[episode.periods[1]].sum()),
            "mean_billed_amount": rounded(mean_billed),
            "service_groups": service_groups,
            "elsewhere": elsewhere,
        },
    }


def rerun_denial_cohort(direction: str, series: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any]) -> Floats:
    """(days,) the statistic from `parameters["rerun"]["from"]` to the crossing, computed again.

    direction: WORSE or BETTER; series, parameters: as a DENIAL_COHORT signal holds them.
    """
    given, stored = parameters["rerun"], parameters["settings"]
    settings = CohortSettings(**stored | {"ratios": tuple(stored["ratios"])})
    first = date.fromisoformat(given["from"])
    points = [point for point in series if date.fromisoformat(point["day"]) >= first][: len(given["of_due"])]
    asked, phi = (
        np.array([given[name] for name in names]) for names in (("of_due", "of_decided"), ("phi", "phi_of_decided"))
    )
    denied = np.array([point["events"] for point in points], dtype=np.float64)
    towards: Direction = "worse" if direction == "WORSE" else "better"
    return statistic_over(denied, asked, towards, phi, settings, np.array(given["r"]))[0]


def _crossing(result: CohortResult, alarm: Alarm) -> Crossing:
    """What the alarm was told from."""
    return next(each for each in result.raised if (each.stream, each.crossed_on) == (alarm.stream, crossed_on(alarm)))


def _before(claims: StreamClaims, episode: Episode) -> ShareDenied:
    days = episode.periods[0]
    denied = int(claims.denied[days].sum())
    return share_denied(denied, denied, float(denied_by_age(claims, days.start, days.stop - 1).sum()))


def _since(claims: StreamClaims, hazard: Floats, episode: Episode) -> ShareDenied:
    """Of the claims submitted from the change to the end of the level after, with all answers known now."""
    return _of_cohorts(claims, hazard, episode.alarm.change_on, episode.after_end)


def _of_cohorts(claims: StreamClaims, hazard: Floats, first: int, last: int) -> ShareDenied:
    denied, expected = (
        told[: last + 1 - first] for told in by_cohort(claims, hazard, first, len(claims.submitted) - 1)
    )
    return share_denied(int(denied.sum()), float(expected.sum()), float(hazard.sum()))


def _as_share(told: ShareDenied) -> Share:
    return Share(told.denied, 0, told.share, told.low, told.high)


def _mean_billed_amount(panel: Panel, episode: Episode) -> float:
    """Dollars billed on a claim of the stream denied since the change."""
    own = panel.decisions_of(episode.alarm.stream)
    days = episode.periods[1]
    denied = own.of(panel.is_denied(episode.alarm.stream, own) & (own.day >= days.start) & (own.day < days.stop))
    claims = int(denied.claims.sum())
    return float(denied.denied.sum()) / claims if claims else 0.0


def _service_groups(
    panel: Panel, own: StreamClaims, episode: Episode, settings: CohortSettings, group_names: Mapping[Hashable, str]
) -> list[dict[str, Any]]:
    """For a payer's signal: what each service group contributes, as its denials beyond those it let expect before.

    As the denial rate's. Groups too thin to be streams are left out.
    """
    row = episode.alarm.stream
    if panel.parent[row] >= 0:
        return []
    extras: list[tuple[float, dict[str, Any]]] = []
    for group in np.flatnonzero(panel.parent == row):
        stream = panel.streams[group]
        if stream.level != StreamLevel.PAYER_SERVICE_GROUP:
            continue
        part = claims_as_known(panel, int(group), settings)
        rest = StreamClaims(own.submitted - part.submitted, own.paid - part.paid, own.denied - part.denied)
        (_, since), (usual_of_rest, rest_since) = (_by_own_measure(claims, episode) for claims in (part, rest))
        values = {
            "service_group": str(stream.service_group),
            "name": group_names.get(stream.service_group, ""),
            "claims": since.denied,
            "rest_unchanged": rest_since.low <= usual_of_rest <= rest_since.high,
        }
        extras.append((max(episode.sign * (since.denied - since.expected), 0.0), values))
    total = sum(extra for extra, _ in extras) or 1.0
    parts = [values | {"share": rounded(extra / total)} for extra, values in extras]
    return sorted(parts, key=lambda part: (-part["share"], part["service_group"]))


def _by_own_measure(claims: StreamClaims, episode: Episode) -> tuple[float, ShareDenied]:
    """The share denied before, and what came since by its measure."""
    days = episode.periods[0]
    usual = denied_by_age(claims, days.start, days.stop - 1)
    return float(usual.sum()), _since(claims, usual, episode)


def _elsewhere(panel: Panel, episode: Episode, settings: CohortSettings) -> dict[str, Any]:
    """Shares denied of the claims submitted before and after, at all other payers together."""
    rows = others(panel, episode.alarm.stream)
    days = int(panel.known_through[rows].min(initial=panel.days - 1)) + 1
    claims = panel.claims_of(rows, max(days, episode.after_end + 1), settings.max_age_days)
    usual, since = _by_own_measure(claims, episode)
    told = since.expected > 0
    return {
        "before": rounded(usual) if usual else None,
        "after": rounded(since.share) if told else None,
        "after_low": rounded(since.low),
        "after_high": rounded(since.high),
        "claims": int(claims.submitted[episode.periods[1]].sum()),
    }


def _in_force(claims: StreamClaims, hazard: Floats, episode: Episode, before: float, after: float) -> bool:
    """While hardly any answer of the latest claims is due, nothing is known to have changed again."""
    latest = _of_cohorts(claims, hazard, episode.latest_start, episode.latest_end)
    if latest.expected < 1:
        return episode.reversed_on is None
    return nearer_to_after(latest.share, before, after)


def _rerun(panel: Panel, result: CohortResult, alarm: Alarm, settings: CohortSettings) -> dict[str, Any]:
    """What it takes beside the denials to compute the statistic again up to the crossing."""
    row, crossed, worse = alarm.stream, crossed_on(alarm), alarm.direction == "worse"
    began = watched_since(result.watched[row], crossed)
    first = max(began, alarm.change_on - SERIES_DAYS_BEFORE)
    days = slice(began, crossed + 1)
    season = np.exp(np.maximum(result.season[row, days], 0) if worse else np.minimum(result.season[row, days], 0))
    asked, phi = (
        np.stack((of_due[row, days], of_decided[row, days])).astype(np.float64)
        for of_due, of_decided in ((result.expected, result.of_decided), (result.phi, result.phi_of_decided))
    )
    asked *= season
    start, denied = np.zeros((2, len(settings.ratios))), result.observed[row, days].astype(np.float64)
    pause = first - began
    _, state = statistic_over(denied[:pause], asked[:, :pause], alarm.direction, phi[:, :pause], settings, start)
    return {
        "from": panel.date_of(first).isoformat(),
        "r": [[rounded(value) for value in of_yardstick] for of_yardstick in state],
        "of_due": [rounded(value) for value in asked[0, pause:]],
        "of_decided": [rounded(value) for value in asked[1, pause:]],
        "phi": [rounded(value) for value in phi[0, pause:]],
        "phi_of_decided": [rounded(value) for value in phi[1, pause:]],
    }
