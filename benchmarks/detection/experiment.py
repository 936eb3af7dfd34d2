"""One experiment: a kind of change in a scenario, ours as shipped, and every rule at equal false alarms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.detection import scoring
from benchmarks.detection.panels import LOOKED_ON, NEVER, Booleans, Counts, Floats, Panel, Scenario
from benchmarks.detection.product import Alarm

OURS = "Upstream"
# Where our promise is not kept, the threshold is raised so far that it is, for the comparison at equal false alarms.
STRICTER = (1.0, 8.0, 64.0, 4096.0)
TRADED_WITHIN = 60
TRADED_RATES = (0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.65, 0.8)

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


def watch(worse: Floats, better: Floats, watched: Booleans, alarms: list[Alarm]) -> Watch:
    """What a detector says; see Watch."""
    first = {"worse": np.full(len(watched), NEVER), "better": np.full(len(watched), NEVER)}
    for alarm in alarms:
        row = first[alarm.direction]
        row[alarm.stream] = min(row[alarm.stream], alarm.alarmed_on)
    return Watch(worse, better, watched, first["worse"], first["better"])


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


@dataclass(frozen=True, slots=True)
class Kind:
    """What is watched, with what, and which changes strike it.

    worse, better: factors on the watched quantity; shown: the one that charts are drawn of. draw(random numbers,
    organizations, scenario, factors) makes a panel; ours(panel, stricter) runs the product's detector with its promised
    days multiplied by `stricter`; watched(panel): (streams, days) where the rules may speak. slow_rules get the first
    `slow_organizations` of the scenarios named in slow_scenarios. bars: what must be found as shipped, by the
    scenario's name. few, many: unchanged organizations, and organizations with changes, without bars and with.
    """

    name: str
    title: str
    scenarios: tuple[Scenario, ...]
    worse: tuple[float, ...]
    better: tuple[float, ...]
    shown: float
    draw: Callable[[np.random.Generator, int, Scenario, tuple[float, ...]], Panel]
    ours: Callable[[Panel, float], Watch]
    watched: Callable[[Panel], Booleans]
    rules: dict[str, Rule]
    few: tuple[int, int]
    many: tuple[int, int]
    slow_rules: dict[str, Rule] = field(default_factory=dict)
    slow_scenarios: tuple[str, ...] = ()
    slow_organizations: int = 30
    bars: dict[str, tuple[Bar, ...]] = field(default_factory=dict)

    def organizations(self, scenario: Scenario) -> tuple[int, int]:
        """How many unchanged ones and ones with changes a scenario gets; more where a bar on finding is set."""
        return self.many if scenario.name in self.bars else self.few

    @property
    def factors(self) -> tuple[float, ...]:
        return self.worse + self.better


def measure(kind: Kind, scenario: Scenario, seed: list[int], quiet: int, changed: int) -> dict[str, Any]:
    """All figures of a kind in a scenario, from `quiet` unchanged organizations and `changed` ones with changes."""
    rng = np.random.default_rng(seed)
    unchanged = kind.draw(rng, quiet, scenario, ())
    struck = kind.draw(rng, changed, scenario, kind.factors)
    ours, ours_struck = kind.ours(unchanged, 1.0), kind.ours(struck, 1.0)
    figures = {
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
    thresholds = [scoring.calibrated(both, quiet.at_risk, per_year) for per_year in TRADED_RATES]
    for threshold in [1.0, *(threshold for threshold in thresholds if threshold < 1)]:
        first = scoring.first_crossing(both, quiet.at_risk, threshold)
        worse = scoring.first_crossing(watch.worse, watch.at_risk, threshold)
        either = np.minimum(worse, scoring.first_crossing(watch.better, watch.at_risk, threshold))
        point = {"false_alarms": scoring.false_alarm_rate(first, quiet.at_risk)}
        for factor in kind.worse:
            waits = scoring.waits(struck, either, worse, watch.at_risk, factor)
            point[f"{factor:g}"] = waits.by_day(TRADED_WITHIN)[-1]
        points.append(point)
    return points
