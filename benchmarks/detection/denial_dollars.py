"""Dollars denied of dollars billed: the product's detector, and windows over the same dollars."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from benchmarks.detection import denial_rates, panels, rules
from benchmarks.detection.experiment import Kind, Watch, by_statistic, watch
from benchmarks.detection.panels import Booleans, Changes, Counts, Floats, Panel, Payers, Scenario
from benchmarks.detection.product import DollarSettings, detect_denial_dollars

# Billed dollars of a claim are lognormal: median, spread of the logarithm, and the spread of a practice whose claims
# are most unequal. Of the claims not denied as a whole some are denied in part, any share of them alike.
USUAL_CLAIM, SPREAD, WIDE_SPREAD = 180.0, 1.0, 1.6
DENIED_IN_PART = 0.04
UNEQUAL, DEAR, DEAR_EVER = "unequal", "dear", "dear_ever"
TIMES_AS_OFTEN = 3.0
# From this amount on a claim is among the dearest tenth, which hold this share of all dollars.
DEAREST_TENTH = USUAL_CLAIM * math.exp(1.2816 * SPREAD)
THEIR_DOLLARS = 0.5 * math.erfc((1.2816 - SPREAD) / math.sqrt(2))


@dataclass(frozen=True, slots=True)
class DollarPanel(Panel):
    """(streams, days) dollars billed of the claims decided, dollars denied of them, and the sums of billed squares."""

    billed: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    lost: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    squares: Floats = field(default_factory=lambda: np.zeros((0, 0)))


def draw(rng: np.random.Generator, organizations: int, scenario: Scenario, factors: tuple[float, ...]) -> DollarPanel:
    """The panel of the denial rate, with an amount for each claim whatever its outcome.

    Where the dearest claims alone are struck, so many more of them are denied that the share of dollars grows by the
    change's factor.
    """
    payers = panels.draw_payers(rng, organizations, scenario)
    days, changes = panels.draw_changes(rng, payers, factors)
    striking = panels.unchanging(payers) if scenario.name == DEAR else changes
    panel = denial_rates.claims_of(rng, payers, striking, days, scenario)
    n, x = panel.decided.ravel(), panel.denied.ravel()
    cell = np.repeat(np.arange(n.size), n)
    amount = USUAL_CLAIM * rng.lognormal(0, WIDE_SPREAD if scenario.name == UNEQUAL else SPREAD, len(cell))
    # Amounts are drawn without regard to outcomes, so the first of a cell may as well be the denied ones.
    denied = np.arange(len(cell)) - np.repeat(n.cumsum() - n, n) < x[cell]
    row, day, dearest = cell // days, cell % days, amount >= DEAREST_TENTH
    if scenario.name == DEAR:
        denied = _dearest_struck(rng, payers, changes, row, day, dearest, denied)
    if scenario.name == DEAR_EVER:
        rate = payers.rate[row] * np.where(day >= changes.on[row], changes.factor[row], 1)
        denied |= dearest & (rng.random(len(cell)) < (TIMES_AS_OFTEN - 1) * rate / (1 - rate))
    share = np.where(denied, 1.0, rng.random(len(cell)) * (rng.random(len(cell)) < DENIED_IN_PART))
    totals = [np.bincount(cell, weight, n.size) for weight in (denied, amount, amount * share, amount**2)]
    whole, billed, lost, squares = (total.reshape(panel.decided.shape) for total in totals)
    return DollarPanel(
        payers, changes, panel.decided, whole.astype(np.int64), billed=billed, lost=lost, squares=squares
    )


def _dearest_struck(
    rng: np.random.Generator,
    payers: Payers,
    changes: Changes,
    row: Counts,
    day: Counts,
    dearest: Booleans,
    denied: Booleans,
) -> Booleans:
    """(claims,) which are denied when a change strikes the dearest tenth alone; row, day, dearest: of each claim."""
    rate = payers.rate
    wanted = np.clip(rate * (1 + (changes.factor - 1) / THEIR_DOLLARS), 0, 0.95)
    struck = (day >= changes.on[row]) & dearest
    # As many denials more, or fewer, as lead from the one rate to the other.
    added = np.maximum(wanted - rate, 0) / (1 - rate)
    kept = np.minimum(wanted / rate, 1)
    drawn = rng.random(len(row))
    return np.where(struck, np.where(denied, drawn < kept[row], drawn < added[row]), denied)


def ours(panel: DollarPanel, stricter: float) -> Watch:
    """The product's detector; each organization is a pool of its own."""
    settings = DollarSettings()
    settings = replace(settings, arl0_days=settings.arl0_days * stricter)
    payers = np.full(len(panel.payers), -1)
    result = detect_denial_dollars(
        panel.billed, panel.lost, panel.squares, panel.decided, payers, settings, panel.payers.organization
    )
    worse, better = result.statistic_worse / result.threshold_worse, result.statistic_better / result.threshold_better
    return watch(worse, better, result.watched, result.alarms)


def share_difference(panel: DollarPanel) -> Floats:
    """Share of dollars denied in the last 14 days less that of the 90 before."""
    (recent_b, before_b), (recent_d, before_d) = rules.windows(panel.billed), rules.windows(panel.lost)
    difference = recent_d / np.maximum(recent_b, 1e-9) - before_d / np.maximum(before_b, 1e-9)
    return np.where((recent_b > 0) & (before_b > 0), difference, rules.NOTHING)


def share_z(panel: DollarPanel) -> Floats:
    """The same in standard deviations, for claims of the sizes seen."""
    (recent_b, before_b), (recent_d, before_d) = rules.windows(panel.billed), rules.windows(panel.lost)
    recent_q, before_q = rules.windows(panel.squares)
    pooled = (recent_d + before_d) / np.maximum(recent_b + before_b, 1e-9)
    sizes = recent_q / np.maximum(recent_b, 1e-9) ** 2 + before_q / np.maximum(before_b, 1e-9) ** 2
    return share_difference(panel) / np.sqrt(np.maximum(pooled * (1 - pooled) * sizes, 1e-12))


def share_ewma(panel: DollarPanel) -> Floats:
    """Exponentially weighted dollars denied beyond the expected, over their standard deviation."""
    residual, variance, _ = _beyond_expected(panel)
    return rules.ewma_of(residual, variance)


def share_cusum(panel: DollarPanel) -> Floats:
    """Page's CUSUM of a normal log-likelihood ratio of a doubled share."""
    residual, variance, expected = _beyond_expected(panel)
    return rules.cusum_of(rules.normal_steps(residual, variance, (rules.CUSUM_ODDS - 1) * expected))


def _beyond_expected(panel: DollarPanel) -> tuple[Floats, Floats, Floats]:
    """(streams, days) dollars denied beyond the expected, their variance, and the expected."""
    share = np.empty(panel.billed.shape)
    billed, lost = rules.trailing(panel.billed), rules.trailing(panel.lost)
    for rows in panel.organizations():
        prior = lost[rows].sum(axis=0) / np.maximum(billed[rows].sum(axis=0), 1e-9)
        few = rules.PRIOR * USUAL_CLAIM
        share[rows] = (lost[rows] + few * prior) / (billed[rows] + few)
    expected = panel.billed * share
    return panel.lost - expected, panel.squares * share * (1 - share), expected


KIND = Kind(
    name="denial_dollars",
    title="Denial dollars",
    scenarios=(
        *panels.SCENARIOS,
        Scenario(UNEQUAL, "independent claims of most unequal amounts"),
        Scenario(DEAR, "independent claims, the dearest tenth struck"),
        Scenario(DEAR_EVER, "the dearest tenth denied three times as often"),
    ),
    worse=(1.5, 2.0, 3.0),
    better=(0.5,),
    shown=2.0,
    draw=draw,
    ours=ours,
    watched=denial_rates.watched,
    rules={
        "share difference 14 v 90": by_statistic(share_difference),
        "z of the share 14 v 90": by_statistic(share_z),
        f"EWMA {rules.EWMA_WEIGHT:g} of the share": by_statistic(share_ewma),
        f"CUSUM of the share, ×{rules.CUSUM_ODDS:g}": by_statistic(share_cusum),
        "denial rate of claims, CUSUM": by_statistic(rules.cusum),
    },
    few=(80, 120),
    many=(80, 120),
)
