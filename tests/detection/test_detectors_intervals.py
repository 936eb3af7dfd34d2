"""The incomplete beta, its inverse and the exact binomial interval."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upstream.detection.detectors.intervals import beta_quantile, binomial_interval, regularized_incomplete_beta

SHAPES = st.floats(0.5, 5000)


@pytest.mark.parametrize(("events", "count"), [(0, 1), (1, 7), (3, 10), (40, 90), (250, 400)])
def test_incomplete_beta_is_the_binomial_tail(events: int, count: int) -> None:
    rate = 0.37
    tail = math.fsum(math.comb(count, k) * rate**k * (1 - rate) ** (count - k) for k in range(events + 1, count + 1))
    assert regularized_incomplete_beta(rate, events + 1, count - events) == pytest.approx(tail, rel=1e-10)


@given(st.integers(0, 2**20), SHAPES, SHAPES)
def test_incomplete_beta_is_symmetric_and_a_probability(step: int, a: float, b: float) -> None:
    x = step / 2**20  # so that 1 - x is exact
    value = regularized_incomplete_beta(x, a, b)
    assert -1e-9 <= value <= 1 + 1e-9
    assert value == pytest.approx(1 - regularized_incomplete_beta(1 - x, b, a), abs=1e-9)


@given(st.floats(0.001, 0.999), SHAPES, SHAPES)
def test_quantile_inverts_the_distribution(probability: float, a: float, b: float) -> None:
    assert regularized_incomplete_beta(beta_quantile(probability, a, b), a, b) == pytest.approx(probability, abs=1e-8)


@pytest.mark.parametrize(
    ("events", "count", "low", "high"),
    [
        (0, 10, 0.0, 1 - 0.025 ** (1 / 10)),  # closed forms at the ends
        (10, 10, 0.025 ** (1 / 10), 1.0),
        (1, 2, 1 - 0.975 ** (1 / 2), 0.975 ** (1 / 2)),
        (0, 0, 0.0, 1.0),
    ],
)
def test_interval_at_the_ends(events: int, count: int, low: float, high: float) -> None:
    assert binomial_interval(events, count) == pytest.approx((low, high), abs=1e-12)


@given(st.integers(1, 3000), st.data())
def test_interval_leaves_a_fortieth_in_either_tail(count: int, data: st.DataObject) -> None:
    events = data.draw(st.integers(1, count - 1)) if count > 1 else 1
    low, high = binomial_interval(events, count)
    assert low < events / count <= high
    assert regularized_incomplete_beta(low, events, count - events + 1) == pytest.approx(0.025, abs=1e-9)
    if events < count:
        assert 1 - regularized_incomplete_beta(high, events + 1, count - events) == pytest.approx(0.025, abs=1e-9)


@pytest.mark.parametrize(("events", "count"), [(-1, 3), (4, 3)])
def test_more_events_than_claims_are_refused(events: int, count: int) -> None:
    with pytest.raises(ValueError, match="between 0 and count"):
        binomial_interval(events, count)


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        beta_quantile(1.2, 3, 4)
    with pytest.raises(ValueError, match="a > 0"):
        regularized_incomplete_beta(0.5, 0, 4)
