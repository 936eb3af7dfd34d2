"""Counts as they are stored, one row per slice and day: read, and added to."""

import itertools
from collections.abc import Callable, Iterator, Sequence, Set
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from upstream.claims import bulk
from upstream.claims.bulk import Id
from upstream.claims.daily_facts import Integers
from upstream.claims.models import RollupDay
from upstream.claims.rollup.counting import DAY_SUMS, DECISION_SUMS, Counts, Table, together
from upstream.claims.rollup.slices import Slices

#: Numbers of one entry of `RollupDay.decisions`: the denial category, then DECISION_SUMS.
DECISION_NUMBERS = 1 + len(DECISION_SUMS)
#: Numbers of one entry of `RollupDay.ends`: days waited with how the wait ended (see `Counts.ends`), then claims.
END_NUMBERS = 2
_DECISION, _END = np.dtype("<i8"), np.dtype("<i4")
DECISION_BYTES, END_BYTES = DECISION_NUMBERS * _DECISION.itemsize, END_NUMBERS * _END.itemsize

_VALUES = (*DAY_SUMS, "decisions", "ends")
_COLUMNS = ("id", "organization_id", "slice_id", "day", *_VALUES)
#: Rows changed at once, which bounds the memory a fold of any size takes.
_MOST_AT_ONCE = 10_000


def decision_entries(stored: bytes) -> Integers:
    """(entries, DECISION_NUMBERS) of `RollupDay.decisions`, of one row or of several one after the other."""
    return np.frombuffer(stored, _DECISION).reshape(-1, DECISION_NUMBERS)


def end_entries(stored: bytes) -> NDArray[np.int32]:
    """(entries, END_NUMBERS) of `RollupDay.ends`, of one row or of several one after the other."""
    return np.frombuffer(stored, _END).reshape(-1, END_NUMBERS)


_Key = tuple[int, int]
"""Day and slice, as numbers."""


def read(rows: QuerySet[RollupDay], slices: Slices) -> Counts:
    """What these rows hold."""
    return _read(rows, slices)[1]


def _read(rows: QuerySet[RollupDay], slices: Slices, wanted: Set[_Key] | None = None) -> tuple[dict[_Key, Id], Counts]:
    """Ids of the rows (of those `wanted`), and what they hold."""
    numbers = slices.by_id()
    ids: dict[_Key, Id] = {}
    sums: list[Sequence[int]] = []
    decisions: list[bytes] = []
    ends: list[bytes] = []
    for pk, slice_id, day, *day_sums, of_decisions, of_ends in bulk.fetch(
        rows.values_list("id", "slice_id", "day", *_VALUES)
    ):
        key = (day.toordinal(), numbers[slice_id])
        if wanted is None or key in wanted:
            ids[key] = pk
            sums.append(day_sums)
            decisions.append(of_decisions)
            ends.append(of_ends)
    keys = _matrix(list(ids), 2)
    return ids, Counts(
        days=Table(keys, _matrix(sums, len(DAY_SUMS))),
        decisions=_of_rows(keys, decisions, decision_entries(b"".join(decisions)), DECISION_BYTES),
        ends=_of_rows(keys, ends, end_entries(b"".join(ends)), END_BYTES),
        pending=_nothing(),
    )


def _matrix(rows: Sequence[Sequence[int]], columns: int) -> Integers:
    return np.array(rows, np.int64).reshape(-1, columns)


def _nothing() -> Table:
    return Table(_matrix([], 2), _matrix([], 1))


def _of_rows(keys: Integers, stored: Sequence[bytes], entries: NDArray[np.signedinteger], size: int) -> Table:
    """The entries of all rows, each under the key of its row and its own first number."""
    entries = entries.astype(np.int64)
    counts = np.array([len(each) // size for each in stored], np.int64)
    return Table(np.column_stack((np.repeat(keys, counts, axis=0), entries[:, :1])), entries[:, 1:])


def add(
    organization_id: UUID, slices: Slices, counts: Counts, told: Callable[[int, int], None], later: list[str]
) -> bool:
    """Add counts to the rows of their days and slices (saved ones); rows that come to nothing go away.

    Returns whether any did. In the caller's transaction, which holds `one_writer`. `told` hears how many rows are
    stored, of how many; the last new ones may lie ready in `later` (`bulk.insert`).
    """
    emptied = False
    owner, new_id = bulk.stored(organization_id), bulk.ordered_ids()
    for keys, part in _parts(counts, told):
        bulk.write_now(later)
        ids, stored = _read(_rows_at(organization_id, slices, keys), slices, set(keys))
        new: list[tuple[Any, ...]] = []
        changed: list[tuple[Any, ...]] = []
        gone: list[Id] = []
        for key, values in zip(keys, _values(keys, together([stored, part])), strict=True):
            row_id = ids.get(key)
            if not any(values):
                gone += [row_id] if row_id is not None else []
                continue
            row = (row_id or new_id(), owner, slices.ids[key[1]], date.fromordinal(key[0]), *values)
            (new if row_id is None else changed).append(row)
        bulk.insert(RollupDay, _COLUMNS, new, later=later)
        bulk.upsert(RollupDay, _COLUMNS, changed, key=("id",), replaced=_VALUES)
        bulk.delete(RollupDay, organization_id, "id", gone)
        emptied = emptied or bool(gone)
    return emptied


def _parts(counts: Counts, told: Callable[[int, int], None]) -> Iterator[tuple[list[_Key], Counts]]:
    """Counts cut into such as touch a bounded number of rows each, with the keys of those.

    `told` hears how many rows the parts before touch, of how many.
    """
    tables = (counts.days, counts.decisions, counts.ends)
    slices = max((int(table.keys[:, 1].max()) + 1 for table in tables if len(table)), default=1)
    codes = [_codes(table, slices) for table in tables]
    touched = np.unique(np.concatenate(codes))
    for begin in range(0, len(touched), _MOST_AT_ONCE):
        told(begin, len(touched))
        of_part = touched[begin : begin + _MOST_AT_ONCE]
        bounds = [np.searchsorted(code, (of_part[0], of_part[-1] + 1)).tolist() for code in codes]
        days, decisions, ends = (table.rows(*bound) for table, bound in zip(tables, bounds, strict=True))
        keys = list(zip((of_part // slices).tolist(), (of_part % slices).tolist(), strict=True))
        yield keys, Counts(days=days, decisions=decisions, ends=ends, pending=_nothing())


def _codes(table: Table, slices: int) -> Integers:
    """Day and slice of each row as one number, in the rows' order."""
    return table.keys[:, 0] * slices + table.keys[:, 1]


def _rows_at(organization_id: UUID, slices: Slices, keys: Sequence[_Key]) -> QuerySet[RollupDay]:
    """All rows at these keys, and some more: of their days, and of their slices."""
    return RollupDay.objects.for_organization(organization_id).filter(
        day__range=(date.fromordinal(keys[0][0]), date.fromordinal(keys[-1][0])),
        slice_id__in={slices.ids[number] for _, number in keys},
    )


def _values(keys: Sequence[_Key], counts: Counts) -> Iterator[tuple[Any, ...]]:
    """_VALUES of the row at each key; all of `counts` stand at one of them."""
    slices = len(keys) and max(number for _, number in keys) + 1
    codes = np.array([day * slices + number for day, number in keys], np.int64)
    sums = np.zeros((len(keys), len(DAY_SUMS)), np.int64)
    sums[np.searchsorted(codes, _codes(counts.days, slices))] = counts.days.sums
    decisions = _entries(codes, counts.decisions, slices, _DECISION)
    ends = _entries(codes, counts.ends, slices, _END)
    for day_sums, of_decisions, of_ends in zip(sums.tolist(), decisions, ends, strict=True):
        yield (*day_sums, of_decisions, of_ends)


def _entries(codes: Integers, table: Table, slices: int, number: np.dtype[Any]) -> Iterator[bytes]:
    """What is stored of a table at each code."""
    entries = np.column_stack((table.keys[:, 2:], table.sums)).astype(number)
    stored, size = entries.tobytes(), entries.shape[1] * number.itemsize
    bounds = np.searchsorted(_codes(table, slices), np.append(codes, codes[-1] + 1)) * size
    for begin, end in itertools.pairwise(bounds.tolist()):
        yield stored[begin:end]
