"""Days to payment on open claims: the product's detector, and the mean days of claims paid, which comes late."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.detection import panels, rules
from benchmarks.detection.claims import waiting_claims
from benchmarks.detection.experiment import Bar, Kind, Watch, by_statistic, watch
from benchmarks.detection.panels import Booleans, Counts, Floats, Panel, Scenario
from benchmarks.detection.product import DelaySettings, Ended, OpenClaims, Submitted, detect_open_claims

# Medians of the payers' days to payment; and the payer of the bar: claims a day and median.
PAYMENT_MEDIANS = (12.0, 30.0)
FIVE_A_DAY, SIXTEEN_DAYS = 5.0, 16.0
CUSUM_FACTOR = 1.5
FIVE = "five_on_any_day"


def draw(rng: np.random.Generator, organizations: int, scenario: Scenario, factors: tuple[float, ...]) -> Panel:
    """A panel of the scenario: unchanged without factors, otherwise with one payer after another paying otherwise."""
    payers = panels.draw_payers(rng, organizations, scenario)
    payers = replace(payers, payment_median=rng.uniform(*PAYMENT_MEDIANS, len(payers)))
    if scenario.name.startswith("five"):
        alike = np.ones(len(payers))
        payers = replace(payers, payment_median=SIXTEEN_DAYS * alike, volume=FIVE_A_DAY * alike, rate=0 * alike)
    days, changes = panels.draw_changes(rng, payers, factors)
    return waiting_claims(rng, payers, changes, days, scenario, "payments")


def ours(panel: Panel, stricter: float) -> Watch:
    """The product's detector, organization by organization."""
    settings = DelaySettings()
    settings = replace(settings, arl0_days=settings.arl0_days * stricter)
    shape = panel.decided.shape
    worse, better, watched = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
    alarms = []
    for rows in panel.organizations():
        claims, parent = open_claims(panel, rows), np.full(rows.stop - rows.start, -1)
        result, _ = detect_open_claims(claims, parent, panel.days, settings)
        worse[rows] = result.statistic_worse / result.threshold_worse
        better[rows] = result.statistic_better / result.threshold_better
        watched[rows] = result.watched
        alarms += [replace(alarm, stream=rows.start + alarm.stream) for alarm in result.alarms]
    return watch(worse, better, watched, alarms)


def open_claims(panel: Panel, rows: slice) -> OpenClaims:
    """The claims of one organization, its streams counted from 0."""
    stream, day = np.nonzero(panel.submitted[rows])
    own = (panel.ends.stream >= rows.start) & (panel.ends.stream < rows.stop)

    def ended(chosen: Booleans) -> Ended:
        ends = panel.ends
        return Ended(ends.stream[chosen] - rows.start, ends.day[chosen], ends.claims[chosen], ends.age[chosen])

    submitted = Submitted(stream, day, panel.submitted[rows][stream, day])
    return OpenClaims(submitted, ended(own & panel.ends.paid), ended(own & ~panel.ends.paid))


def watched(panel: Panel) -> Booleans:
    """Where other rules may speak: as many payments as the product asks for, and their windows full."""
    settings = DelaySettings()
    paid = _payments(panel)[0]
    sums = np.pad(paid.cumsum(axis=1), ((0, 0), (settings.watch_days, 0)))
    recent = sums[:, settings.watch_days :] - sums[:, : -settings.watch_days]
    return (recent >= settings.minimum_claims) & (np.arange(panel.days) >= panels.WARMUP)


def mean_days(panel: Panel) -> Floats:
    """Mean days to payment of claims paid in the last 14 days less that of the 90 before."""
    recent, before = _windows(panel)
    return np.where(
        _known(recent, before), recent[1] / np.maximum(recent[0], 1) - before[1] / np.maximum(before[0], 1), -np.inf
    )


def t_test(panel: Panel) -> Floats:
    """Welch's t of the same windows."""
    recent, before = _windows(panel)
    difference, variance = np.zeros((2, *panel.decided.shape))
    for sign, (count, days, squares) in ((1, recent), (-1, before)):
        mean = days / np.maximum(count, 1)
        difference += sign * mean
        variance += (squares / np.maximum(count, 1) - mean**2) / np.maximum(count - 1, 1)
    return np.where(_known(recent, before), difference / np.sqrt(np.maximum(variance, 1e-9)), -np.inf)


def days_ewma(panel: Panel) -> Floats:
    """Exponentially weighted days to payment beyond the usual, over their standard deviation."""
    residual, variance, _ = _beyond_usual(panel)
    return rules.ewma_of(residual, variance)


def days_cusum(panel: Panel) -> Floats:
    """Page's CUSUM of a normal log-likelihood ratio of days to payment half as long again."""
    residual, variance, usual = _beyond_usual(panel)
    return rules.cusum_of(rules.normal_steps(residual, variance, (CUSUM_FACTOR - 1) * usual))


def _beyond_usual(panel: Panel) -> tuple[Floats, Floats, Floats]:
    """(streams, days) days to payment of the claims paid beyond the usual, their variance, and the usual."""
    count, days, squares = _payments(panel)
    claims, total, total_squares = (rules.trailing(sums) for sums in (count, days, squares))
    mean = total / np.maximum(claims, 1)
    variance = np.maximum(total_squares / np.maximum(claims, 1) - mean**2, 0)
    return days - count * mean, count * variance, count * mean


def _known(recent: list[Floats], before: list[Floats]) -> Booleans:
    return (recent[0] > 1) & (before[0] > 1)


def _payments(panel: Panel) -> tuple[Counts, Counts, Counts]:
    """(streams, days) each: claims paid, their days to payment added up, and the squares of these."""
    ends = panel.ends
    paid = ends.paid
    cell = ends.stream[paid] * panel.days + ends.day[paid]
    age, claims = ends.age[paid], ends.claims[paid]
    size = panel.decided.size
    sums = (np.bincount(cell, weight, size) for weight in (claims, claims * age, claims * age**2))
    count, days, squares = (total.reshape(panel.decided.shape) for total in sums)
    return count, days, squares


def _windows(panel: Panel) -> tuple[list[Floats], list[Floats]]:
    """The three sums of `_payments` over the last 14 days, and over the 90 before those."""
    pairs = [rules.windows(counts) for counts in _payments(panel)]
    return [recent for recent, _ in pairs], [before for _, before in pairs]


KIND = Kind(
    name="payment_delay",
    title="Payment delay",
    scenarios=(
        Scenario("iid", "independent claims", waiting=True),
        Scenario("rho_03", "payments in batches, ρ .03", rho=0.03, waiting=True),
        Scenario("rho_08", "payments in batches, ρ .08", rho=0.08, waiting=True),
        Scenario("weekly", "weekly payment runs", weekly=True, waiting=True),
        Scenario("season", "season ±20 %", season=0.2, waiting=True),
        Scenario("volume", "volume +30 %", volume_step=1.3, waiting=True),
        Scenario("together", "ρ .03, season and volume together", 0.03, 0.2, 1.3, waiting=True),
        Scenario(FIVE, "5 claims a day, all paid, on any day", waiting=True, every_day=True),
        Scenario("five_on_business_days", "5 claims a day, all paid, on business days", waiting=True),
    ),
    worse=(1.25, 1.5, 2.0),
    better=(2 / 3,),
    shown=1.5,
    draw=draw,
    ours=ours,
    watched=watched,
    rules={
        "mean days 14 v 90": by_statistic(mean_days),
        "t of mean days 14 v 90": by_statistic(t_test),
        f"EWMA {rules.EWMA_WEIGHT:g} of days": by_statistic(days_ewma),
        f"CUSUM of days, ×{CUSUM_FACTOR:g}": by_statistic(days_cusum),
    },
    few=(30, 45),
    many=(40, 100),
    bars={FIVE: (Bar(1.5, most_days=9.0),)},
)
