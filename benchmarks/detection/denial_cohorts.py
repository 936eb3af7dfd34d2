"""Denials of the claims submitted since some day: the product's detector, and windows by submission date."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.detection import denial_rates, panels, rules
from benchmarks.detection.claims import waiting_claims
from benchmarks.detection.experiment import Kind, Watch, by_statistic, watch
from benchmarks.detection.panels import WARMUP, Counts, Floats, Panel, Scenario
from benchmarks.detection.payment_delays import open_claims
from benchmarks.detection.product import CohortSettings, detect_open_claims

# Days after which hardly any claim is undecided.
MATURE = 45


def draw(rng: np.random.Generator, organizations: int, scenario: Scenario, factors: tuple[float, ...]) -> Panel:
    """A panel of the scenario; a payer's change strikes the claims submitted from that day on."""
    payers = panels.draw_payers(rng, organizations, scenario)
    days, changes = panels.draw_changes(rng, payers, factors)
    return waiting_claims(rng, payers, changes, days, scenario, "denials of new claims")


def ours(panel: Panel, stricter: float) -> Watch:
    """The product's detector, organization by organization."""
    settings = CohortSettings()
    settings = replace(settings, arl0_days=settings.arl0_days * stricter)
    shape = panel.decided.shape
    worse, better, watched = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
    alarms = []
    for rows in panel.organizations():
        claims, parent = open_claims(panel, rows), np.full(rows.stop - rows.start, -1)
        _, result = detect_open_claims(claims, parent, panel.days, cohort_settings=settings)
        worse[rows] = result.statistic_worse / result.threshold_worse
        better[rows] = result.statistic_better / result.threshold_better
        watched[rows] = result.watched
        alarms += [replace(alarm, stream=rows.start + alarm.stream) for alarm in result.alarms]
    return watch(worse, better, watched, alarms)


def of_decided(panel: Panel) -> Floats:
    """Denied of decided claims among those submitted in the last 14 days, less the same of the 90 days before."""
    (recent_n, before_n), (recent_x, before_x) = _outcomes(panel)
    difference = recent_x / np.maximum(recent_n, 1) - before_x / np.maximum(before_n, 1)
    return np.where((recent_n > 0) & (before_n > 0), difference, rules.NOTHING)


def mature(panel: Panel) -> Panel:
    """Of the claims submitted `MATURE` days before each day, those decided since, and of them those denied."""
    assert panel.ends is not None
    ends, shape = panel.ends, panel.decided.shape
    matured = ends.day - ends.age + MATURE
    inside = (ends.age <= MATURE) & (matured < panel.days)
    cell = ends.stream * panel.days + matured
    decided, denied = (
        np.bincount(cell[chosen], ends.claims[chosen], panel.decided.size).astype(np.int64).reshape(shape)
        for chosen in (inside, inside & ~ends.paid)
    )
    return replace(panel, decided=decided, denied=denied)


def _outcomes(panel: Panel) -> list[tuple[Counts, Counts]]:
    """Claims known to be decided on each day, and known to be denied, of those submitted in the last 14 days and in
    the 90 before; (streams, days) each."""
    assert panel.ends is not None
    ends, (streams, days) = panel.ends, panel.decided.shape
    submitted = ends.day - ends.age
    known = []
    for chosen in (np.full(len(submitted), True), ~ends.paid):
        pair = []
        for first, last in ((0, rules.RECENT), (rules.RECENT, WARMUP)):
            # A claim is in the window from `first` days after its submission on, and known from its decision on.
            start = np.maximum(ends.day, submitted + first)
            inside = chosen & (start < submitted + last) & (start < days)
            row, claims = ends.stream[inside] * (days + 1), ends.claims[inside]
            size = streams * (days + 1)
            changes = np.bincount(row + start[inside], claims, size)
            changes -= np.bincount(row + np.minimum(submitted[inside] + last, days), claims, size)
            pair.append(changes.reshape(streams, days + 1)[:, :-1].cumsum(axis=1))
        known.append((pair[0], pair[1]))
    return known


KIND = Kind(
    name="denial_cohort",
    title="Denial rate by submission",
    scenarios=(
        Scenario("iid", "independent claims", waiting=True),
        Scenario("rho_03", "over-dispersion ρ .03", rho=0.03, waiting=True),
        Scenario("rho_08", "over-dispersion ρ .08", rho=0.08, waiting=True),
        Scenario("season", "season ±20 %", season=0.2, waiting=True),
        Scenario("volume", "volume +30 %", volume_step=1.3, waiting=True),
        Scenario("together", "ρ .03, season and volume together", 0.03, 0.2, 1.3, waiting=True),
    ),
    worse=(1.5, 2.0, 3.0),
    better=(0.5,),
    shown=2.0,
    draw=draw,
    ours=ours,
    watched=denial_rates.watched,
    rules={
        "denied of decided, 14 v 90": by_statistic(of_decided),
        f"z 14 v 90, {MATURE} days late": by_statistic(lambda panel: rules.z_test(mature(panel))),
        f"EWMA {rules.EWMA_WEIGHT:g}, {MATURE} days late": by_statistic(lambda panel: rules.ewma(mature(panel))),
        f"CUSUM, odds {rules.CUSUM_ODDS:g}, {MATURE} days late": by_statistic(lambda panel: rules.cusum(mature(panel))),
    },
    few=(30, 45),
    many=(30, 45),
)
