"""The denial rate by decision date: the product's detector, and what else it is watched with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.detection import libraries, panels, rules
from benchmarks.detection.claims import waiting_claims
from benchmarks.detection.experiment import Bar, Kind, Watch, by_statistic, watch
from benchmarks.detection.panels import Booleans, Changes, Panel, Payers, Scenario
from benchmarks.detection.product import DenialSettings, detect_denial_rate


def draw(rng: np.random.Generator, organizations: int, scenario: Scenario, factors: tuple[float, ...]) -> Panel:
    """A panel of the scenario: unchanged without factors, otherwise with one payer after another changing."""
    payers = panels.draw_payers(rng, organizations, scenario)
    days, changes = panels.draw_changes(rng, payers, factors)
    return claims_of(rng, payers, changes, days, scenario)


def claims_of(rng: np.random.Generator, payers: Payers, changes: Changes, days: int, scenario: Scenario) -> Panel:
    """Claims followed from their submission where the scenario says so, and otherwise what is decided each day."""
    if scenario.waiting:
        return waiting_claims(rng, payers, changes, days, scenario, "denials")
    return panels.decisions(rng, payers, changes, days, scenario)


def ours(panel: Panel, stricter: float) -> Watch:
    """The product's detector; each organization is a pool of its own."""
    settings = DenialSettings()
    settings = replace(settings, arl0_days=settings.arl0_days * stricter)
    payers = np.full(len(panel.payers), -1)
    result = detect_denial_rate(panel.decided, panel.denied, payers, settings, panel.payers.organization)
    worse, better = result.statistic_worse / result.threshold_worse, result.statistic_better / result.threshold_better
    return watch(worse, better, result.watched, result.alarms)


def watched(panel: Panel) -> Booleans:
    """Where other rules may speak: as many claims as the product asks for, and their windows full."""
    settings = DenialSettings()
    sums = np.pad(panel.decided.cumsum(axis=1), ((0, 0), (settings.watch_days, 0)))
    recent = sums[:, settings.watch_days :] - sums[:, : -settings.watch_days]
    return (recent >= settings.minimum_decided) & (np.arange(panel.days) >= panels.WARMUP)


KIND = Kind(
    name="denial_rate",
    title="Denial rate by decision date",
    scenarios=panels.SCENARIOS,
    worse=(1.5, 2.0, 3.0),
    better=(0.5,),
    shown=2.0,
    draw=draw,
    ours=ours,
    watched=watched,
    rules={
        "mean difference 14 v 90": by_statistic(rules.mean_difference),
        "z (chi-square) 14 v 90": by_statistic(rules.z_test),
        f"EWMA {rules.EWMA_WEIGHT:g}": by_statistic(rules.ewma),
        f"CUSUM, odds {rules.CUSUM_ODDS:g}": by_statistic(rules.cusum),
    },
    few=(100, 150),
    many=(150, 400),
    slow_rules=libraries.RULES,
    slow_scenarios=("iid", "together"),
    bars={"iid": (Bar(2.0, within=60, least_share=0.78), Bar(1.5, within=60, least_share=0.50))},
)
