"""Sums of whole numbers: the same in whatever parts and order they are added up."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake.writing import MARCH_2, MARCH_20, money

from upstream.claims.denial_reasons import CATEGORIES
from upstream.claims.rollup.changes import Changes
from upstream.claims.rollup.counting import Counts, Table, counted, payments, together, waits

small = st.integers(-3, 3)
# Days of a year, and days mistyped by millennia, whose keys do not fit 64 bits side by side.
wide = st.sampled_from([-(2**40), -1, 0, 7, 2**40])


def table(rows: list[tuple[int, int, int, int]]) -> dict[tuple[int, ...], int]:
    keys = np.array([row[:3] for row in rows], np.int64).reshape(-1, 3)
    made = Table(keys, np.array([row[3:] for row in rows], np.int64).reshape(-1, 1))
    assert made.keys.tolist() == sorted(made.keys.tolist())
    return dict(zip(map(tuple, made.keys.tolist()), made.sums[:, 0].tolist(), strict=True))


@pytest.mark.parametrize("part", [small, wide], ids=["near", "far apart"])
def test_rows_of_one_key_are_added_up_and_what_comes_to_nothing_goes(part: st.SearchStrategy[int]) -> None:
    @given(st.lists(st.tuples(part, part, part, small), max_size=30))
    def added_up(rows: list[tuple[int, int, int, int]]) -> None:
        expected: dict[tuple[int, ...], int] = {}
        for *key, amount in rows:
            expected[tuple(key)] = expected.get(tuple(key), 0) + amount
        assert table(rows) == {key: amount for key, amount in expected.items() if amount}

    added_up()


def counts_of(*claims: tuple[object, ...], leaving: bool = False) -> Counts:
    changes = Changes()
    for claim in claims:
        (changes.leave if leaving else changes.enter)(claim)  # type: ignore[arg-type]
    return counted(*changes.gathered()[1:])


def claim(outcome: str, *days: date | None, amount: object = 100) -> tuple[object, ...]:
    billed = money(amount)
    return ("p", "g", "North", outcome, "coding", *days, billed, None, billed, billed)


SOME = (
    claim("PAID", MARCH_2, MARCH_20, MARCH_20),
    claim("DENIED", MARCH_2, MARCH_20, None, amount="0.01"),
    claim("PENDING", MARCH_2, None, None),
    claim("PAID", date(1, 1, 1), date(9999, 12, 31), None),
    claim("PAID", None, MARCH_20, MARCH_20),
    claim("PENDING", None, None, None),
    claim("DENIED", MARCH_2, MARCH_20, MARCH_20),
    claim("PAID", MARCH_20, MARCH_2, MARCH_2),
)


def test_claims_come_to_the_same_in_parts_and_in_any_order() -> None:
    whole, parts = counts_of(*SOME), together([counts_of(*SOME[::-2]), counts_of(*SOME[-2::-2])])
    for name in ("days", "decisions", "ends", "pending"):
        one, other = getattr(whole, name), getattr(parts, name)
        assert len(one)
        assert (one.keys.tolist(), one.sums.tolist()) == (other.keys.tolist(), other.sums.tolist())


def test_what_leaves_takes_all_of_itself_along() -> None:
    assert len(together([counts_of(*SOME), counts_of(*SOME, leaving=True)])) == 0
    assert len(together([counts_of(*SOME), counts_of(*SOME).negative()])) == 0
    assert len(together([])) == 0


def test_days_to_payment_are_those_of_payments_with_a_day() -> None:
    ends = counts_of(*SOME).ends
    days, claims = payments(np.column_stack((ends.keys[:, 2], ends.sums)).astype(np.int32))
    # Each in two slices: paid, and denied with a payment day all the same.
    assert (days.tolist(), claims.tolist()) == ([18], [4])
    waited, how = waits(ends.keys[:, 2])
    assert sorted(set(zip(waited.tolist(), how.tolist(), strict=True))) == [
        (18, 0), (18, 1), (18, 3), ((date(9999, 12, 31) - date(1, 1, 1)).days, 2),
    ]  # fmt: skip


def test_categories_keep_their_places_which_are_stored() -> None:
    assert list(CATEGORIES)[:12] == [
        "authorization", "eligibility", "coding", "documentation", "medical_necessity", "timely_filing", "duplicate",
        "non_covered", "coordination", "contractual", "patient_responsibility", "other",
    ]  # fmt: skip
