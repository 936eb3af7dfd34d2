"""Average run lengths against published values."""

import math

import pytest

from upstream.detection.detectors.cusum import (
    bernoulli_cusum_arl,
    gaussian_cusum_arl,
    poisson_cusum_arl,
    two_sided_gaussian_cusum_arl,
)


@pytest.mark.parametrize(
    ("shift", "published"),
    [
        (0, "168"), (0.25, "74.2"), (0.5, "26.6"), (0.75, "13.3"), (1, "8.38"), (1.5, "4.75"), (2, "3.34"),
        (2.5, "2.62"), (3, "2.19"), (4, "1.71"), (5, "1.31"),
    ],
)  # fmt: skip
def test_two_sided_gaussian_run_lengths_are_those_of_lucas_and_crosier_1982(shift: float, published: str) -> None:
    assert f"{two_sided_gaussian_cusum_arl(shift, 0.5, 4):#.3g}".rstrip(".") == published


@pytest.mark.parametrize(
    ("shift", "threshold", "published"), [(0, 4, 335.4), (0, 5, 930.9), (1, 4, 8.38), (1, 5, 10.38)]
)
def test_one_sided_gaussian_run_lengths(shift: float, threshold: float, published: float) -> None:
    digits = 1 if published > 100 else 2
    assert round(gaussian_cusum_arl(shift, 0.5, threshold), digits) == published


@pytest.mark.parametrize(
    ("usual", "changed", "step", "threshold", "until_false", "until_found"),
    [
        (0.05, 0.10, 14, 82, 5235, 172.3),
        (0.10, 0.20, 7, 45, 5393, 97.8),
        (0.10, 0.15, 8, 67, 5247, 257.9),
    ],
)
def test_bernoulli_run_lengths(
    usual: float, changed: float, step: int, threshold: int, until_false: float, until_found: float
) -> None:
    assert round(bernoulli_cusum_arl(usual, step, threshold)) == until_false
    assert round(bernoulli_cusum_arl(changed, step, threshold), 1) == until_found


def test_a_rate_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        bernoulli_cusum_arl(0.0, 7, 45)


def test_poisson_run_length_agrees_with_a_walk_through_all_its_states() -> None:
    # A single payment sends the statistic back to 0, so it alarms on the first day without one: a geometric time.
    assert poisson_cusum_arl(1.0, 0.7, threshold=0.3 - 1e-9, states=4) == pytest.approx(math.e, rel=1e-9)


def test_poisson_run_length_shortens_when_payments_slow() -> None:
    assert poisson_cusum_arl(5, 0.7, 6.0, actual_ratio=0.5) < 15 < 2000 < poisson_cusum_arl(5, 0.7, 6.0)
