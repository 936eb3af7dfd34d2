"""One experiment: a kind of change in a scenario, ours as shipped, and every rule at equal false alarms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.detection import scoring
from benchmarks.detection.panels import NEVER, Booleans, Counts, Floats, Panel, Scenario
from benchmarks.detection.product import Alarm

OURS = "Upstream"
# Days after a change that are looked at.
LOOKED_ON = 180
# Where our promise is not kept, the threshold is raised so far that it is, for the comparison at equal false alarms.
STRICTER = (1.0, 8.0, 64.0, 512.0, 4096.0)
# Unchanged organizations, and organizations with changes.
FEW, MANY = (60, 90), (100, 270)
TRADED_WITHIN = 60
TRADED_RATES = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.14, 0.2, 0.3, 0.4, 0.6, 0.8)

# From an unchanged panel and a changed one, each with where the rule may speak: the threshold that keeps the promise on
# the first, and the (streams,) days of the first alarms on the second.
Rule = Callable[[Panel, Booleans, Panel, Booleans], tuple[float, Counts]]


@dataclass(frozen=True, slots=True)
class Watch:
    """What the product's detector says of a panel.

    worse, better: (streams, days) the statistics over their thresholds, so that an alarm is at 1. first_worse,
    first_better: (streams,) days of the first alarms, NEVER without one.
    """

    worse: Floats
    better: Floats
    watched: Booleans
    first_worse: Counts
    first_better: Counts

    @property
    def first(self) -> Counts:
        return np.minimum(self.first_worse, self.first_better)

    @property
    def at_risk(self) -> Booleans:
        """Watched, the day of an alarm included."""
        return self.watched | (np.arange(self.watched.shape[1]) == self.first[:, None])


class Notes:
    """Collects what the detector says of one organization after the other."""

    def __init__(self, panel: Panel) -> None:
        shape = panel.decided.shape
        self.worse, self.better = np.zeros((2, *shape))
        self.watched = np.zeros(shape, dtype=bool)
        self.first = {"worse": np.full(shape[0], NEVER), "better": np.full(shape[0], NEVER)}

    def take(self, rows: slice, worse: Floats, better: Floats, watched: Booleans, alarms: list[Alarm]) -> None:
        self.worse[rows], self.better[rows], self.watched[rows] = worse, better, watched
        for alarm in alarms:
            first = self.first[alarm.direction]
            row = rows.start + alarm.stream
            first[row] = min(first[row], alarm.alarmed_on)

    def watch(self) -> Watch:
        return Watch(self.worse, self.better, self.watched, self.first["worse"], self.first["better"])


def by_statistic(statistic: Callable[[Panel], Floats]) -> Rule:
    """The rule that alarms when a statistic, (streams, days), reaches a threshold."""

    def rule(unchanged: Panel, quiet: Booleans, struck: Panel, watched: Booleans) -> tuple[float, Counts]:
        threshold = scoring.calibrated(statistic(unchanged), quiet)
        return threshold, scoring.first_crossing(statistic(struck), watched, threshold)

    return rule


@dataclass(frozen=True, slots=True)
class Bar:
    """What must be found of the changes by `factor`: at least a share within some days, or a median of at most days."""

    factor: float
    within: int | None = None
    least_share: float = 0.0
    most_days: float = 0.0


@dataclass(frozen=True)
class Kind:
    """What is watched, with what, and which changes strike it.

    worse, better: factors on the watched quantity; shown: the one that charts are drawn of. draw(random numbers,
    organizations, scenario, changed) makes a panel; ours(panel, stricter) runs the product's detector with its promised
    days multiplied by `stricter`; watched(panel): (streams, days) where the rules may speak. slow_rules get the first
    `slow_organizations` of the scenarios named in slow_scenarios. bars: what must be found as shipped, by the
    scenario's name.
    """

    name: str
    title: str
    scenarios: tuple[Scenario, ...]
    worse: tuple[float, ...]
    better: tuple[float, ...]
    shown: float
    draw: Callable[[np.random.Generator, int, Scenario, bool], Panel]
    ours: Callable[[Panel, float], Watch]
    watched: Callable[[Panel], Booleans]
    rules: dict[str, Rule]
    slow_rules: dict[str, Rule] = field(default_factory=dict)
    slow_scenarios: tuple[str, ...] = ()
    slow_organizations: int = 30
    bars: dict[str, tuple[Bar, ...]] = field(default_factory=dict)

    def organizations(self, scenario: Scenario) -> tuple[int, int]:
        """How many unchanged ones and ones with changes a scenario gets; most where a bar on finding is set."""
        return MANY if scenario.name in self.bars else FEW

    @property
    def factors(self) -> tuple[float, ...]:
        return self.worse + self.better


def measure(kind: Kind, scenario: Scenario, seed: list[int], quiet: int, changed: int) -> dict[str, Any]:
    """All figures of a kind in a scenario, from `quiet` unchanged organizations and `changed` ones with changes."""
    rng = np.random.default_rng(seed)
    unchanged = kind.draw(rng, quiet, scenario, False)
    struck = kind.draw(rng, changed, scenario, True)
    ours, ours_struck = kind.ours(unchanged, 1.0), kind.ours(struck, 1.0)
    figures = {
        "organizations": [quiet, changed],
        "false_alarms": scoring.false_alarms(ours.first, ours.at_risk),
        "shipped": {
            factor: _told(
                scoring.waits(
                    struck,
                    ours_struck.first,
                    ours_struck.first_worse if factor > 1 else ours_struck.first_better,
                    ours_struck.at_risk,
                    factor,
                )
            )
            for factor in kind.factors
        },
        "equal": _rules_found(kind, kind.rules, unchanged, struck),
    }
    if scenario.name in kind.slow_scenarios:
        few = kind.slow_organizations
        figures["equal"] |= _rules_found(kind, kind.slow_rules, unchanged.part(few), struck.part(few))
    stricter = 1.0
    for stricter in STRICTER:
        if stricter > 1:
            ours = kind.ours(unchanged, stricter)
        if scoring.false_alarm_rate(ours.first_worse, ours.at_risk) <= scoring.PROMISED:
            break
    if stricter > 1:
        ours_struck = kind.ours(struck, stricter)
    threshold = min(1.0, scoring.calibrated(ours.worse, ours.at_risk))
    first = scoring.first_crossing(ours_struck.worse, ours_struck.at_risk, threshold)
    figures["equal"][OURS] = {"threshold": threshold, "stricter": stricter} | _found(
        kind, struck, first, ours_struck.at_risk
    )
    figures["curve"] = _trade_off(kind, ours, struck, ours_struck)
    return figures


def _rules_found(kind: Kind, rules: dict[str, Rule], unchanged: Panel, struck: Panel) -> dict[str, Any]:
    quiet, watched = kind.watched(unchanged), kind.watched(struck)
    figures = {}
    for name, rule in rules.items():
        threshold, first = rule(unchanged, quiet, struck, watched)
        figures[name] = {"threshold": threshold} | _found(kind, struck, first, watched)
    return figures


def _found(kind: Kind, struck: Panel, first: Counts, watched: Booleans) -> dict[str, Any]:
    return {"found": {factor: _told(scoring.waits(struck, first, first, watched, factor)) for factor in kind.worse}}


def _told(waits: scoring.Waits) -> dict[str, Any]:
    return {**waits.summary(), "bands": waits.by_band(), "by_day": waits.by_day(LOOKED_ON)}


def _trade_off(kind: Kind, quiet: Watch, struck: Panel, watch: Watch) -> list[dict[str, float]]:
    """False alarms of both directions and shares found within 60 days, as the threshold falls from that of `quiet`."""
    both = np.maximum(quiet.worse, quiet.better)
    points = []
    for per_year in TRADED_RATES:
        threshold = scoring.calibrated(both, quiet.at_risk, per_year)
        if threshold > 1:
            continue
        first = scoring.first_crossing(both, quiet.at_risk, threshold)
        worse = scoring.first_crossing(watch.worse, watch.at_risk, threshold)
        either = np.minimum(worse, scoring.first_crossing(watch.better, watch.at_risk, threshold))
        point = {"false_alarms": scoring.false_alarm_rate(first, quiet.at_risk)}
        for factor in kind.worse:
            waits = scoring.waits(struck, either, worse, watch.at_risk, factor)
            point[f"{factor:g}"] = waits.by_day(TRADED_WITHIN)[-1]
        points.append(point)
    return points
