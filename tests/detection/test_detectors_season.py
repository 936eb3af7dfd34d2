"""Movement common to the payers."""

import numpy as np
import pytest

from upstream.detection.detectors.baseline import Pooling
from upstream.detection.detectors.season import common_offsets


def offsets(denied: list[int], decided: list[int], pool: list[int] | None = None) -> np.ndarray:
    """Of payers of which one denial in ten is expected."""
    n = np.array(decided, dtype=float)
    by_pool = Pooling(np.full(len(n), -1), None if pool is None else np.array(pool)).by_pool
    of_payers = (n, np.array(denied, dtype=float), n * 0.1, n * 0.09)
    return common_offsets(*map(by_pool, of_payers), largest=0.3)[0]


def test_what_all_payers_show_is_common() -> None:
    (common,) = offsets([1080, 1120, 1100], [10_000] * 3)
    assert common == pytest.approx(0.11, abs=0.01)


def test_it_goes_no_further_than_allowed() -> None:
    assert offsets([400, 400, 400], [1000] * 3) == [0.3]


def test_one_payer_of_many_claims_does_not_make_a_season() -> None:
    assert abs(offsets([30_000, 50, 50, 50], [100_000, 500, 500, 500])[0]) < 0.15


def test_one_changed_payer_among_ten_hardly_moves_what_is_common() -> None:
    assert abs(offsets([200] + [100] * 9, [1000] * 10)[0]) < 0.04


def test_two_payers_cannot_tell() -> None:
    assert offsets([200, 200], [1000] * 2) == [0]
    assert offsets([200, 200, 0], [1000, 1000, 0]) == [0]


def test_few_claims_tell_little() -> None:
    assert 0 < offsets([6, 6, 6], [50] * 3)[0] < 0.8 * offsets([120, 120, 120], [1000] * 3)[0]


def test_pools_know_nothing_of_one_another() -> None:
    both = offsets([110, 120, 130, 90, 80], [1000] * 5, pool=[2, 2, 2, 0, 0])
    assert list(both) == [0, 0, offsets([110, 120, 130], [1000] * 3)[0]]
