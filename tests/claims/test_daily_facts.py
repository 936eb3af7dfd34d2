"""Rows of many claims in blocks on disk: what is read of them is what was put in."""

import gc
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upstream.claims import daily_facts
from upstream.claims.daily_facts import BLOCK_DAYS, Blocks, Columns, Ends

SLICES, DAYS = 5, 4 * BLOCK_DAYS
Row = tuple[int, int, int, bool, int]
ROWS = st.lists(
    st.tuples(
        st.integers(0, SLICES - 1),
        st.integers(0, DAYS - 1),
        st.integers(0, 9),
        st.booleans(),
        st.integers(1, 2**31 - 1),
    ),
    max_size=60,
).map(lambda rows: sorted(rows, key=lambda row: (row[1], row[0])))


def ends_of(rows: list[Row]) -> Ends:
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    return Ends(*(np.array(column, kind) for column, kind in zip(columns, ("i8", "i8", "i8", "?", "i8"), strict=True)))


def rows_of(columns: Columns) -> list[Row]:
    return list(zip(*(getattr(columns, field.name).tolist() for field in fields(columns)), strict=True))


def of_some_slices(blocks: Blocks[Ends], wanted: set[int]) -> list[Row]:
    read = blocks.of_slices(np.isin(np.arange(SLICES), list(wanted)))
    return sorted(row for block in read for row in rows_of(block))


@pytest.fixture(params=[0, 2**20], ids=["on disk", "in memory"], autouse=True)
def most_in_memory(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    # A file that may hold nothing in memory would hold everything there.
    monkeypatch.setattr(daily_facts, "_MOST_IN_MEMORY", request.param or 1)


@given(ROWS, st.integers(0, DAYS - 1), st.integers(0, DAYS - 1), st.sets(st.integers(0, SLICES - 1)))
def test_the_rows_of_some_days_and_of_some_slices_are_read(
    rows: list[Row], first: int, last: int, wanted: set[int]
) -> None:
    blocks = Blocks.holding(ends_of(rows), SLICES)
    assert rows_of(blocks.whole()) == rows
    assert sorted(row for block in blocks.of_slices() for row in rows_of(block)) == sorted(rows)
    assert rows_of(blocks.between(first, last)) == [row for row in rows if first <= row[1] <= last]
    assert of_some_slices(blocks, wanted) == sorted(row for row in rows if row[0] in wanted)


@given(ROWS, st.integers(0, DAYS - 1), st.integers(0, DAYS - 1), st.sets(st.integers(0, SLICES - 1)))
def test_as_of_a_day_no_later_row_is_read(rows: list[Row], day: int, last: int, wanted: set[int]) -> None:
    known, blocks = [row for row in rows if row[1] <= day], Blocks.holding(ends_of(rows), SLICES)
    earlier = blocks.through(day)
    assert rows_of(earlier.whole()) == known
    assert rows_of(earlier.between(0, last)) == [row for row in known if row[1] <= last]
    assert of_some_slices(earlier, wanted) == sorted(row for row in known if row[0] in wanted)
    assert rows_of(blocks.whole()) == rows


def test_what_stands_as_of_a_day_is_read_when_the_whole_is_gone() -> None:
    rows = [(0, 3, 1, True, 1), (1, 40, 1, False, 2)]
    earlier = Blocks.holding(ends_of(rows), SLICES).through(40)
    gc.collect()
    assert rows_of(earlier.whole()) == rows


def test_rows_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="Ends must stand in the order of their days"):
        Blocks.holding(ends_of([(0, 3, 0, True, 1), (0, 2, 0, True, 1)]), SLICES)
    blocks = Blocks.holding(ends_of([(0, 3, 0, True, 1)]), SLICES)
    with pytest.raises(ValueError, match="day 3 comes after day 3"):
        blocks.add(ends_of([(1, 3, 0, True, 1)]))
