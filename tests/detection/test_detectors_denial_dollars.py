"""The denial-dollars detector: why its evidence can be trusted, what it finds, and how seldom it is wrong."""

import itertools
import math

import numpy as np
import pytest
from detection.detector_panels import decisions, delays, false_alarms_a_year, mixed_payers, steady
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from upstream.detection.detectors.denial_dollars import (
    SMALLEST_SHARE,
    DollarResult,
    DollarSettings,
    detect_denial_dollars,
    evidence_steps,
)
from upstream.detection.detectors.denial_rate import detect_denial_rate
from upstream.detection.detectors.dollars import Dollars, largest_claims, weighted_share

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Panel = tuple[Floats, Floats, Floats, Counts]
# Above this one claim in ten, with more than half of all dollars.
LARGE_CLAIM = math.exp(5 + 1.5 * 1.28)


def dollars(
    rng: np.random.Generator,
    decided: Counts,
    rates: Floats,
    large_rates: Floats | None = None,
    rho: float = 0.0,
    huge: bool = True,
) -> tuple[Panel, Counts]:
    """(billed, denied, squares, decided) of claims from $10 to $10,000 and, where `huge`, a few of a million; the
    claims denied. large_rates: denial rates of large claims; rho: of decisions in batches.
    """
    streams, days = decided.shape
    cell = np.repeat(np.arange(streams * days), decided.ravel())
    billed = np.exp(rng.normal(5, 1.5, len(cell)))
    if huge:
        billed[rng.random(len(cell)) < 0.002] *= 100
    rate = np.where(
        billed > LARGE_CLAIM, (rates if large_rates is None else large_rates).ravel()[cell], rates.ravel()[cell]
    )
    if rho:
        of_day = rng.beta(rates * (1 / rho - 1), (1 - rates) * (1 / rho - 1))
        rate = rate * (of_day / rates).ravel()[cell]
    denied = rng.random(len(cell)) < rate

    def daily(values: Floats) -> Floats:
        return np.bincount(cell, values, streams * days).reshape(streams, days)

    panel = (daily(billed), daily(billed * denied), daily(billed**2), decided)
    return panel, daily(denied.astype(float)).astype(np.int64)


def steady_panel(seed: int, volumes: list[float], rates: Floats, **habits: bool | float) -> Panel:
    rng = np.random.default_rng(seed)
    decided, _ = decisions(rng, np.array(volumes), rates)
    return dollars(rng, decided, rates, **habits)[0]  # type: ignore[arg-type]


def payers(panel: Panel) -> Counts:
    return np.full(len(panel[3]), -1)


def one_day(sizes: list[float], share: Floats | float) -> Dollars:
    """Claims of these sizes on one day, of which `share` of the dollars, of any shape, were denied."""
    billed, squares = sum(sizes), sum(size**2 for size in sizes)
    largest = float(largest_claims(np.array([billed]), np.array([squares]), np.array([len(sizes)]))[0])
    return Dollars(*(np.full(np.shape(share), value) for value in (billed, 0.0, squares, largest)))._replace(
        denied=np.asarray(share) * billed
    )


@pytest.fixture(scope="module")
def doubled() -> Panel:
    """Eight payers of 60 claims a day over 420 days; of the third twice as much is denied from day 300 on."""
    rates = steady(np.full(8, 0.1), 420)
    rates[2, 300:] = 0.2
    return steady_panel(15, [60.0] * 8, rates)


SIZES = st.lists(st.floats(0.01, 50), min_size=1, max_size=6)


@settings(max_examples=300, deadline=None)
@given(SIZES, st.floats(0.01, 0.99), st.sampled_from((1, -1)), st.floats(0, 1))
def test_whatever_the_sizes_of_the_claims_a_day_without_change_is_worth_no_more_than_one(
    sizes: list[float], share: float, sign: int, within: float
) -> None:
    odds = DollarSettings()
    null = share / (1 - share) * odds.null_odds**sign
    null = null / (1 + null)
    # Any mean on the unchanged side, at the edge of the band and far within.
    mean = null * (1 - within) if sign > 0 else null + (1 - null) * within
    outcomes = np.array(list(itertools.product((0, 1), repeat=len(sizes))))
    chances = np.prod(np.where(outcomes, mean, 1 - mean), axis=1)
    day = one_day(sizes, outcomes @ np.array(sizes) / sum(sizes))
    flat = np.zeros(len(outcomes))
    steps = evidence_steps(day, np.full(len(outcomes), share), flat, flat, sign, odds)
    assert np.all(np.exp(steps) @ chances <= 1 + 1e-9)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 30), st.floats(0.02, 0.9), st.sampled_from((1, -1)))
def test_for_claims_of_one_size_the_evidence_is_the_likelihood_ratio(count: int, share: float, sign: int) -> None:
    odds = DollarSettings(odds=(1.25, 2.0))
    denied = np.arange(count + 1)
    flat = np.zeros(count + 1)
    steps = evidence_steps(one_day([1.0] * count, denied / count), flat + share, flat, flat, sign, odds)
    null = share / (1 - share) * odds.null_odds**sign
    for ratio, found in zip(odds.odds, steps, strict=True):
        changed = null * ratio**sign
        exact = denied * sign * math.log(ratio) - count * (math.log1p(changed) - math.log1p(null))
        peak = 2 * abs(math.log(null))
        if math.log(ratio) <= peak:
            np.testing.assert_allclose(found, exact, atol=1e-9)
        else:
            assert np.all(found <= exact + 1e-9)


@settings(max_examples=200, deadline=None)
@given(st.floats(1e-6, 1e6), st.floats(0.0, 1.0), st.sampled_from((1, -1)), st.floats(1.05, 50))
def test_no_claim_is_an_alarm_of_its_own_whatever_its_size(size: float, share: float, sign: int, ratio: float) -> None:
    detector = DollarSettings(odds=(ratio,))
    baseline = np.array([min(max(share, SMALLEST_SHARE), 1 - SMALLEST_SHARE)])
    null = baseline / (1 - baseline) * detector.null_odds**sign
    mean = float((null / (1 + null))[0]) if sign > 0 else 1 - float((null / (1 + null))[0])
    claim = one_day([size], np.array([1.0 if sign > 0 else 0.0]))
    (step,) = evidence_steps(claim, baseline, np.zeros(1), np.zeros(1), sign, detector)[:, 0]
    if mean < 0.5:
        kearns_saul = (1 - 2 * mean) / (4 * math.log((1 - mean) / mean))
        assert step <= (1 - mean) ** 2 / (4 * kearns_saul) + 1e-9
    else:
        assert step <= math.log(1 / mean) + 1e-9
    assert step <= 5.3


def test_a_huge_claim_denied_does_not_alarm_and_hides_nothing() -> None:
    rates = steady(np.full(4, 0.1), 400)
    quiet = steady_panel(30, [40.0] * 4, rates)
    rates[2, 300:] = 0.25
    billed, denied, squares, decided = (amounts.copy() for amounts in steady_panel(30, [40.0] * 4, rates))
    plain = detect_denial_dollars(billed, denied, squares, decided, payers(quiet)).alarms
    # A claim of ten million each: denied at a quiet payer, and denied or paid at the one that changes.
    for stream, day, lost in ((0, 350, 1), (2, 303, 1), (2, 306, 0)):
        billed[stream, day] += 1e7
        denied[stream, day] += 1e7 * lost
        squares[stream, day] += 1e14
        decided[stream, day] += 1
    with_huge = detect_denial_dollars(billed, denied, squares, decided, payers(quiet)).alarms
    assert [(a.stream, a.direction) for a in plain] == [(2, "worse")]
    assert [(a.stream, a.direction) for a in with_huge] == [(2, "worse")]
    assert abs(with_huge[0].alarmed_on - plain[0].alarmed_on) <= 7


def test_a_doubled_share_of_dollars_is_found_and_dated(doubled: Panel) -> None:
    result = detect_denial_dollars(*doubled, payers(doubled))
    (alarm,), (billed, denied, _, _) = result.alarms, doubled
    assert (alarm.stream, alarm.direction) == (2, "worse")
    assert 300 <= alarm.alarmed_on <= 340
    assert alarm.change_low <= 302 and alarm.change_high >= 300
    assert alarm.before_low < 0.1 < (alarm.before_high or 0)
    assert alarm.after is not None and alarm.after_low is not None and alarm.after_high is not None
    # Of the days up to an alarm more is denied than later shows: they were chosen for it.
    assert 0.1 < alarm.after_low < alarm.after < alarm.after_high
    assert alarm.log_evidence >= result.threshold_worse[2, alarm.alarmed_on] >= 6
    after = slice(alarm.change_on, alarm.alarmed_on + 1)
    assert alarm.events_after == round(denied[2, after].sum()) and alarm.count_after == round(billed[2, after].sum())
    assert alarm.expected_after == pytest.approx(alarm.before * billed[2, after].sum())


def test_a_halved_share_of_dollars_is_an_improvement() -> None:
    rates = steady(np.full(6, 0.25), 460)
    rates[4, 300:] = 0.1
    panel = steady_panel(6, [60.0] * 6, rates)
    (alarm,) = detect_denial_dollars(*panel, payers(panel)).alarms
    assert (alarm.stream, alarm.direction) == (4, "better")
    assert alarm.change_low <= 300 <= alarm.change_high


def found(panel: Panel, denied_claims: Counts, changed: Counts, changed_on: int) -> tuple[Floats, Floats]:
    """Days until the dollars, and until the counts, tell of the changes."""
    by_dollars = detect_denial_dollars(*panel, payers(panel)).alarms
    by_count = detect_denial_rate(panel[3], denied_claims, payers(panel)).alarms
    return delays(by_dollars, changed, changed_on), delays(by_count, changed, changed_on)


def test_large_claims_denied_more_often_are_found_sooner_than_their_number_tells() -> None:
    rng = np.random.default_rng(31)
    volume, rate = mixed_payers(rng, 480)
    rates = steady(rate, 400)
    large_rates = rates.copy()
    changed = np.arange(0, 480, 8)
    large_rates[changed, 300:] = np.minimum(4 * rates[changed, 300:], 0.95)
    decided, _ = decisions(rng, volume, rates)
    by_dollars, by_count = found(*dollars(rng, decided, rates, large_rates, huge=False), changed, 300)
    assert (by_dollars <= 60).mean() >= 0.5 and (by_dollars <= 30).mean() >= 0.3
    for days in (30, 60):
        assert (by_count <= days).mean() <= (by_dollars <= days).mean() - 0.15


def test_what_all_claims_show_is_found_in_dollars_too_and_sooner_in_their_number() -> None:
    rng = np.random.default_rng(32)
    volume, rate = mixed_payers(rng, 480)
    rates = steady(rate, 400)
    changed = np.arange(0, 480, 8)
    rates[changed, 300:] = np.minimum(3 * rates[changed, 300:], 0.95)
    decided, _ = decisions(rng, volume, rates)
    by_dollars, by_count = found(*dollars(rng, decided, rates, huge=False), changed, 300)
    assert (by_dollars <= 60).mean() >= 0.65
    assert np.median(by_count) < np.median(by_dollars)


@pytest.mark.parametrize(
    "habit",
    ["independent claims", "batches", "wide batches", "season", "more claims", "large claims denied", "together"],
)
def test_an_unchanged_payer_alarms_less_than_once_in_ten_years(habit: str) -> None:
    rng = np.random.default_rng(33)
    volume, rate = mixed_payers(rng, 350)
    days = 760
    rates = steady(rate, days)
    if habit in ("season", "together"):
        rates = rates * (1 + 0.2 * np.sin(2 * np.pi * np.arange(days) / 365))
    decided, _ = decisions(rng, volume, rates)
    if habit in ("more claims", "together"):
        decided[:, 400:] += decisions(rng, 0.3 * volume, rates[:, 400:])[0]
    rho = {"batches": 0.03, "wide batches": 0.08, "together": 0.03}.get(habit, 0.0)
    large_rates = np.minimum(3 * rates, 0.9) if habit == "large claims denied" else None
    panel, _ = dollars(rng, decided, rates, large_rates, rho)
    organizations_of_ten = np.arange(350) // 10
    result = detect_denial_dollars(*panel, payers(panel), pool=organizations_of_ten)
    assert result.watched.mean() > 0.8
    assert false_alarms_a_year(result.alarms, result.watched) <= 0.1


def same_statistics(one: DollarResult, other: DollarResult, days: int) -> None:
    statistics = ("statistic_worse", "statistic_better", "threshold_worse", "threshold_better")
    for name in ("baseline", "usual_claim", "dispersion", "season", "watched", *statistics):
        np.testing.assert_allclose(getattr(one, name)[:, :days], getattr(other, name)[:, :days], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("days", [200, 305, 380])
def test_no_day_knows_of_later_ones(doubled: Panel, days: int) -> None:
    whole = detect_denial_dollars(*doubled, payers(doubled))
    billed, denied, squares, decided = (amounts[:, :days] for amounts in doubled)
    prefix = detect_denial_dollars(billed, denied, squares, decided, payers(doubled))
    assert prefix.alarms == [alarm for alarm in whole.alarms if alarm.alarmed_on < days]
    same_statistics(prefix, whole, days)


def test_the_currency_does_not_matter(doubled: Panel) -> None:
    billed, denied, squares, decided = doubled
    plain = detect_denial_dollars(*doubled, payers(doubled))
    cents = detect_denial_dollars(100 * billed, 100 * denied, 10_000 * squares, decided, payers(doubled))
    np.testing.assert_allclose(cents.statistic_worse, plain.statistic_worse, rtol=1e-6, atol=1e-6)
    assert [(a.stream, a.alarmed_on, a.change_on) for a in cents.alarms] == [
        (a.stream, a.alarmed_on, a.change_on) for a in plain.alarms
    ]


@settings(max_examples=6, deadline=None)
@given(st.permutations(range(8)))
def test_the_order_of_streams_does_not_matter(order: list[int]) -> None:
    rates = steady(np.full(8, 0.12), 240)
    rates[[1, 5], 200:] = 0.5
    panel = steady_panel(8, [30.0] * 8, rates)
    parent = np.array([-1, 0, 0, -1, 3, 3, 3, -1])
    plain = detect_denial_dollars(*panel, parent)
    new_row = np.empty(8, dtype=int)
    new_row[order] = np.arange(8)
    moved_parent = np.where(parent[order] < 0, -1, new_row[parent[order]])
    billed, denied, squares, decided = (amounts[order] for amounts in panel)
    moved = detect_denial_dollars(billed, denied, squares, decided, moved_parent)
    np.testing.assert_allclose(moved.statistic_worse, plain.statistic_worse[order], rtol=1e-9, atol=1e-9)
    dated = {(new_row[a.stream], a.direction, a.alarmed_on, a.change_on) for a in plain.alarms}
    assert len(plain.alarms) >= 2
    assert dated == {(a.stream, a.direction, a.alarmed_on, a.change_on) for a in moved.alarms}


def test_a_payer_without_claims_changes_nothing_for_the_others(doubled: Panel) -> None:
    plain = detect_denial_dollars(*doubled, payers(doubled))
    more = detect_denial_dollars(
        *(np.vstack((amounts, np.zeros((1, 420), dtype=amounts.dtype))) for amounts in doubled),  # type: ignore[arg-type]
        np.full(9, -1),
    )
    np.testing.assert_allclose(more.statistic_worse[:8], plain.statistic_worse, rtol=1e-12)
    assert not more.watched[8].any() and more.alarms == plain.alarms


def test_a_lasting_change_alarms_once_and_becomes_the_baseline() -> None:
    rates = steady(np.full(3, 0.1), 900)
    rates[1, 300:] = 0.3
    panel = steady_panel(11, [60.0] * 3, rates, huge=False)
    result = detect_denial_dollars(*panel, payers(panel))
    assert [(a.stream, a.direction) for a in result.alarms] == [(1, "worse")]
    (alarm,) = result.alarms
    assert not result.watched[1, alarm.alarmed_on + 1 : alarm.alarmed_on + 28].any()
    assert result.baseline[1, alarm.alarmed_on + 20] == pytest.approx(0.1, abs=0.03)
    assert result.baseline[1, 600] == pytest.approx(0.3, abs=0.06)


def test_thin_streams_are_not_watched_and_lean_on_their_parents() -> None:
    rates = steady(np.array([0.3, 0.02, 0.02]), 300)
    panel = steady_panel(3, [80, 0.1, 0.1], rates, huge=False)
    result = detect_denial_dollars(*panel, np.array([-1, 0, -1]))
    assert not result.watched[1:].any() and not result.statistic_worse[1:].any()
    assert result.watched[0, 200:].all()
    assert 0.05 < result.baseline[1, -1] < 0.3


def test_streams_of_one_pool_lean_on_each_other_alone() -> None:
    rates = steady(np.array([0.3, 0.3, 0.02, 0.02]), 200)
    panel = steady_panel(4, [40, 0.05, 40, 0.05], rates, huge=False)
    result = detect_denial_dollars(*panel, payers(panel), pool=np.array([0, 0, 1, 1]))
    assert result.baseline[1, -1] > 0.2 and result.baseline[3, -1] < 0.1


@pytest.mark.parametrize("rho", [0.0, 0.08])
def test_the_interval_of_a_share_of_dollars_holds_the_true_one(rho: float) -> None:
    rates = np.full((600, 60), 0.2)
    rng = np.random.default_rng(34)
    (billed, denied, squares, _), _ = dollars(rng, rng.poisson(12, rates.shape), rates, rho=rho, huge=False)
    shares = [weighted_share(*days) for days in zip(billed, denied, squares, strict=True)]
    held = np.mean([share.low <= 0.2 <= share.high for share in shares])
    assert 0.9 <= held <= 1
    assert np.median([share.high - share.low for share in shares]) < 0.25


def test_a_share_of_nothing_is_unknown_and_one_of_equal_claims_is_exact() -> None:
    assert weighted_share(np.zeros(3), np.zeros(3), np.zeros(3)).rate is None
    share = weighted_share(np.array([8.0, 8.0]), np.array([2.0, 2.0]), np.array([16.0, 16.0]))
    assert (share.rate, share.effective_claims) == (0.25, 8)
    paid = weighted_share(np.array([10.0]), np.array([0.0]), np.array([10.0]))
    assert paid.low == 0 and paid.high == pytest.approx(1 - 0.025**0.1)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=8))
def test_no_claim_is_larger_than_sum_and_squares_allow(sizes: list[float]) -> None:
    billed, squares = (np.array([sum(size**power for size in sizes)]) for power in (1, 2))
    (bound,) = largest_claims(billed, squares, np.array([len(sizes)]))
    assert max(sizes) <= bound * (1 + 1e-6) + 1e-6
    if len(set(sizes)) == 1 or sorted(sizes)[:-1] == [min(sizes)] * (len(sizes) - 1):
        assert bound == pytest.approx(max(sizes), rel=1e-6, abs=1e-4)


@pytest.mark.parametrize(
    ("billed", "denied", "squares", "decided", "parent", "complaint"),
    [
        ([[1, 2]], [[1]], [[1, 2]], [[1, 1]], [-1], "streams x days"),
        ([[1, 2]], [[1, 2]], [[1, 4]], [[1, 1]], [-1, -1], "streams x days"),
        ([[1, 2]], [[1, 3]], [[1, 4]], [[1, 1]], [-1], "stream 0, day 1"),
        ([[1, 2]], [[-1, 0]], [[1, 4]], [[1, 1]], [-1], "stream 0, day 0"),
        ([[1, 2]], [[0, 0]], [[1, 9]], [[1, 1]], [-1], "squares must lie"),
        ([[1, 2]], [[0, 0]], [[1, 1]], [[1, 2]], [-1], "squares must lie"),
        ([[1, 2]], [[0, 0]], [[1, 4]], [[1, 1]], [4], "parent must hold"),
    ],
)
def test_dollars_that_cannot_be_are_refused(
    billed: list[list[float]],
    denied: list[list[float]],
    squares: list[list[float]],
    decided: list[list[int]],
    parent: list[int],
    complaint: str,
) -> None:
    amounts = (np.array(values, dtype=float) for values in (billed, denied, squares))
    with pytest.raises(ValueError, match=complaint):
        detect_denial_dollars(*amounts, np.array(decided), np.array(parent))


def test_no_streams_and_no_days_are_no_error() -> None:
    for shape in ((0, 5), (2, 0)):
        nothing, parent = np.zeros(shape), np.array([-1, 0])[: shape[0]]
        assert detect_denial_dollars(nothing, nothing, nothing, nothing.astype(int), parent).alarms == []
