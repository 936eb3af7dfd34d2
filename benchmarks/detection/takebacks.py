"""Payments taken back: the product's detector, and the same rules over takebacks in claims decided and taken back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.detection import denial_rates, panels, rules
from benchmarks.detection.experiment import Kind, Watch, by_statistic, watch
from benchmarks.detection.panels import BUSINESS_WEEK, Floats, Panel, Scenario
from benchmarks.detection.product import TAKEBACK_SETTINGS, detect_takebacks

# Takebacks per claim decided: lognormal over payers, between one in five thousand and one in twenty.
USUAL_RATE, SPREAD, LEAST, MOST = 0.004, 1.2, 0.0002, 0.05
LETTERS, BULKY = "letters", "bulky_together"
CLAIMS_A_LETTER = 12.0


def draw(rng: np.random.Generator, organizations: int, scenario: Scenario, factors: tuple[float, ...]) -> Panel:
    """Claims decided, and among them and the payments taken back, those taken back (as `denied`)."""
    payers = panels.draw_payers(rng, organizations, scenario)
    rates = (USUAL_RATE * rng.lognormal(0, SPREAD, len(payers))).clip(LEAST, MOST)
    payers = replace(payers, rate=rates)
    days, changes = panels.draw_changes(rng, payers, factors)
    week = BUSINESS_WEEK[np.arange(days) % 7]
    step_on = rng.integers(150, days - 100, organizations)[payers.organization]
    grown = np.where(np.arange(days) >= step_on[:, None], scenario.volume_step, 1.0)
    decided = rng.poisson(payers.volume[:, None] * grown * week)
    # Takebacks are of claims paid long ago, so they follow the usual number of claims, not the day's.
    expected = panels.daily_rates(rng, payers, changes, days, scenario) * payers.volume[:, None] * week
    taken_back = _taken_back(rng, expected, scenario)
    return Panel(payers, changes, decided + taken_back, taken_back)


def _taken_back(rng: np.random.Generator, expected: Floats, scenario: Scenario) -> Floats:
    """Takebacks around `expected`: each for itself, on days alike for all of a payer's (rho), or by the letter."""
    if scenario.name in (LETTERS, BULKY):
        letters = rng.poisson(expected / CLAIMS_A_LETTER)
        # As many claims as a letter holds at least one, geometric with the given mean.
        more = rng.negative_binomial(np.maximum(letters, 1), 1 / CLAIMS_A_LETTER)
        return np.where(letters > 0, letters + more, 0)
    if scenario.rho:
        # The variance of a count of n claims with rate p and correlation rho, for small p: np (1 + n rho).
        shape = np.maximum(expected, 1e-9) * (1 / scenario.rho - 1)
        return rng.poisson(rng.gamma(np.maximum(shape, 1e-6)) * scenario.rho / (1 - scenario.rho))
    return rng.poisson(expected)


def ours(panel: Panel, stricter: float) -> Watch:
    """The product's detector; each organization is a pool of its own."""
    settings = replace(TAKEBACK_SETTINGS, arl0_days=TAKEBACK_SETTINGS.arl0_days * stricter)
    payers = np.full(len(panel.payers), -1)
    decided = panel.decided - panel.denied
    result = detect_takebacks(decided, panel.denied, payers, settings, panel.payers.organization)
    worse, better = result.statistic_worse / result.threshold_worse, result.statistic_better / result.threshold_better
    return watch(worse, better, result.watched, result.alarms)


KIND = Kind(
    name="takebacks",
    title="Takebacks",
    scenarios=(
        Scenario("iid", "each for itself"),
        Scenario("rho_03", "over-dispersion ρ .03", rho=0.03),
        Scenario("rho_08", "over-dispersion ρ .08", rho=0.08),
        Scenario(LETTERS, "by the letter, a dozen at once"),
        Scenario("season", "season ±20 %", season=0.2),
        Scenario("volume", "claims +30 %", volume_step=1.3),
        Scenario(BULKY, "letters, season and volume together", season=0.2, volume_step=1.3),
    ),
    worse=(2.0, 4.0, 10.0),
    better=(0.25,),
    shown=4.0,
    draw=draw,
    ours=ours,
    watched=denial_rates.watched,
    rules={
        "mean difference 14 v 90": by_statistic(rules.mean_difference),
        "z (chi-square) 14 v 90": by_statistic(rules.z_test),
        f"EWMA {rules.EWMA_WEIGHT:g}": by_statistic(rules.ewma),
        f"CUSUM, odds {rules.CUSUM_ODDS:g}": by_statistic(rules.cusum),
    },
    few=(100, 150),
    many=(100, 150),
)
