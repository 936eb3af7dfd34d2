"""Movement common to the payers."""

import numpy as np
import pytest

from upstream.detection.detectors.season import STEEPEST_DAY, common_offset


def offset(denied: list[int], decided: int = 1000, yesterday: float = 0.0, largest: float = 0.3) -> float:
    n = np.full(len(denied), decided)
    return common_offset(n, np.array(denied), n * 0.1, yesterday, largest)


def test_it_moves_no_faster_than_a_season() -> None:
    assert offset([200, 200, 200]) == STEEPEST_DAY
    assert offset([50, 50, 50], yesterday=0.1) == pytest.approx(0.1 - STEEPEST_DAY)


def test_it_goes_no_further_than_allowed() -> None:
    assert offset([400, 400, 400], yesterday=0.299) == 0.3


def test_one_payer_of_many_claims_does_not_make_a_season() -> None:
    n = np.array([100_000, 500, 500, 500])
    assert abs(common_offset(n, np.array([30_000, 50, 50, 50]), n * 0.1, 0.0, 0.3)) < 1e-9


def test_two_payers_cannot_tell() -> None:
    assert offset([200, 200]) == 0
    assert offset([20, 20, 20], decided=40) == 0
