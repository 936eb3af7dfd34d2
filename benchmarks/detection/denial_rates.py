"""The denial rate by decision date: the product's detector, and what else it is watched with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.detection import libraries, panels, rules
from benchmarks.detection.experiment import LOOKED_ON, Bar, Kind, Notes, Watch, by_statistic
from benchmarks.detection.panels import Booleans, Panel, Scenario
from benchmarks.detection.product import DenialSettings, detect_denial_rate

# From the day all windows are full, two years are watched on the unchanged panel.
QUIET_DAYS = rules.WARMUP + 730
FIRST_CHANGE, APART = 240, 45
CHANGED_DAYS = FIRST_CHANGE + APART * (panels.FEWEST_PAYERS - 1) + LOOKED_ON


def draw(rng: np.random.Generator, organizations: int, scenario: Scenario, changed: bool) -> Panel:
    """A panel of the scenario: unchanged, or with one payer after another changing in each organization."""
    payers = panels.draw_payers(rng, organizations)
    if changed:
        days, changes = CHANGED_DAYS, panels.draw_changes(rng, payers, KIND.factors, FIRST_CHANGE, APART)
    else:
        days, changes = QUIET_DAYS, panels.no_changes(payers)
    way = panels.waiting_claims if scenario.waiting else panels.decisions
    return way(rng, payers, changes, days, scenario)


def ours(panel: Panel, stricter: float) -> Watch:
    """The product's detector, organization by organization."""
    settings = DenialSettings()
    settings = replace(settings, arl0_days=settings.arl0_days * stricter)
    notes = Notes(panel)
    for rows in panel.organizations():
        decided, denied = panel.decided[rows], panel.denied[rows]
        result = detect_denial_rate(decided, denied, np.full(len(decided), -1), settings)
        worse, better = (s / result.threshold for s in (result.statistic_worse, result.statistic_better))
        notes.take(rows, worse, better, result.watched, result.alarms)
    return notes.watch()


def watched(panel: Panel) -> Booleans:
    """Where other rules may speak: as many claims as the product asks for, and their windows full."""
    settings = DenialSettings()
    sums = np.pad(panel.decided.cumsum(axis=1), ((0, 0), (settings.watch_days, 0)))
    recent = sums[:, settings.watch_days :] - sums[:, : -settings.watch_days]
    return (recent >= settings.minimum_decided) & (np.arange(panel.days) >= rules.WARMUP)


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
    slow_rules=libraries.RULES,
    slow_scenarios=("iid", "together"),
    bars={"iid": (Bar(2.0, within=60, least_share=0.78), Bar(1.5, within=60, least_share=0.50))},
)
