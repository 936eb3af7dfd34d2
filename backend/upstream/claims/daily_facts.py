"""What happened to an organization's claims, day by day: the sufficient statistics that detection reads.

Plain numpy columns without a database in them, so that a roll-up and a file alike can be turned into them. Every row
belongs to the day on which something happened, so what was known on a day is what stands on days up to it.

The more claims, the more of what can happen on a day does: decisions and ends have rows by category and by age, and lie
in `Blocks`, which memory holds one at a time.
"""

from __future__ import annotations

import builtins
from collections.abc import Hashable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from io import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import ClassVar, Generic, NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.signedinteger]
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Slice:
    """Claims of one payer and one of its service groups, or of one payer and one location.

    A claim counts in the slice of its service group and, where it tells its location, in that of the location too. So
    the slices of a payer's service groups together are the payer. payer, service_group: ids, or names of a file's own.
    A takeback that names no claim stands in a slice with neither.
    """

    payer: Hashable
    service_group: Hashable | None = None
    location: str = ""


#: Days of a block; as many are held at once.
BLOCK_DAYS = 28
#: Bytes of all blocks of one kind from which on they lie on disk.
_MOST_IN_MEMORY = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of one length; `slice` indexes `DailyFacts.slices`, `day` counts from `DailyFacts.first_day`.

    ROW: of a row as it lies in `Blocks`.
    """

    slice: Integers
    day: Integers

    def of(self, rows: Booleans | Integers | builtins.slice) -> Self:
        """Some of the rows: where `rows` is true, or at these places."""
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """The rows of some parts, at least one, one after the other."""
        return cls(**{each.name: np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)})

    def between(self, first: int, last: int) -> Self:
        """The rows of the days first..last."""
        return self.of(slice(*np.searchsorted(self.day, (first, last + 1)).tolist()))

    def by_day(self) -> Self:
        """The rows in the order of their days."""
        return self.of(self.day.astype(np.int16).argsort(kind="stable"))

    def check_order(self) -> None:
        """Raises ValueError where the rows do not stand in the order of their days."""
        if (self.day[1:] < self.day[:-1]).any():
            raise ValueError(f"the rows of {type(self).__name__} must stand in the order of their days")


@dataclass(frozen=True, slots=True)
class Submissions(Columns):
    """Claims that began to wait on a day. A claim known from its decision alone, or decided on that day, is none."""

    claims: Integers


@dataclass(frozen=True, slots=True)
class Decisions(Columns):
    """Claims decided on a day.

    category: index into `DailyFacts.categories` for claims denied as a whole, -1 for all others. billed, denied, paid:
    dollars billed, dollars of the billed ones denied, and dollars paid; billed_squares: sum of the squared billed
    dollars of each claim, from which follows how unequal the claims are.
    """

    ROW: ClassVar = np.dtype(
        [(name, "i4") for name in ("slice", "day", "category", "claims")]
        + [(name, "f8") for name in ("billed", "denied", "paid", "billed_squares")]
    )

    category: Integers
    claims: Integers
    billed: Floats
    denied: Floats
    paid: Floats
    billed_squares: Floats


@dataclass(frozen=True, slots=True)
class Ends(Columns):
    """Claims among `Submissions` that stopped waiting on a day: paid, or denied. age: days since their submission."""

    ROW: ClassVar = np.dtype([("slice", "i4"), ("day", "i4"), ("age", "i4"), ("paid", "?"), ("claims", "i4")])

    age: Integers
    paid: Booleans
    claims: Integers


@dataclass(frozen=True, slots=True)
class Takebacks(Columns):
    """Payments taken back on a day: reversals of claims (CLP02 = 22) and recoupments of a payment (PLB); dollars.

    claims: reversals and recoupments, less those by which the payer gave money back or put off taking it; so both
    columns can be negative.
    """

    claims: Integers
    amount: Floats


class _Temporary(SpooledTemporaryFile[bytes]):
    """A file that goes when nobody can read it any more."""

    def __del__(self) -> None:
        self.close()


class _Block(NamedTuple):
    """Where a block lies: its first and last day, its first byte, and (slices + 1,) where the rows of slices begin.

    cut: whether the file holds later days of it, which have not happened yet.
    """

    first: int
    last: int
    begins: int
    edges: Integers
    cut: bool = False


Rows = TypeVar("Rows", Decisions, Ends)


class Blocks(Generic[Rows]):
    """Columns of many rows in a temporary file, some weeks together: counts and dollars of slices, and no names.

    A block holds its rows slice by slice, so that those of some slices can be read without all others.
    """

    def __init__(self, of: type[Rows], slices: int) -> None:
        self._of: type[Rows] = of
        self._names = [field.name for field in fields(of)]
        self._slices = slices
        self._all = np.array([[0, slices]])
        self._file = _Temporary(_MOST_IN_MEMORY)
        self._blocks: list[_Block] = []

    @classmethod
    def holding(cls, columns: Rows, slices: int) -> Self:
        """All rows of some columns. Raises ValueError where they do not stand in the order of their days."""
        columns.check_order()
        blocks = cls(type(columns), slices)
        for first in range(0, int(columns.day.max(initial=-1)) + 1, BLOCK_DAYS):
            blocks.add(columns.between(first, first + BLOCK_DAYS - 1))
        return blocks

    def add(self, columns: Rows) -> None:
        """Add a block. Raises ValueError where its rows do not stand in the order of their days, after all others."""
        columns.check_order()
        if not len(columns.day):
            return
        first, last = int(columns.day[0]), int(columns.day[-1])
        if self._blocks and first <= self._blocks[-1].last:
            raise ValueError(f"day {first} comes after day {self._blocks[-1].last}")
        order = columns.slice.astype(np.min_scalar_type(self._slices)).argsort(kind="stable")
        rows = np.empty(len(order), self._of.ROW)
        for name in self._names:
            rows[name] = getattr(columns, name)[order]
        edges = np.searchsorted(rows["slice"], np.arange(self._slices + 1))
        self._blocks.append(_Block(first, last, self._file.seek(0, SEEK_END), edges))
        self._file.write(rows.tobytes())

    def extend(self, later: Self) -> None:
        """Add the blocks of others."""
        for block in later._blocks:
            self.add(later.between(block.first, block.last))

    def through(self, day: int) -> Self:
        """The same rows as they stood at the end of `day`."""
        cut = copy(self)
        cut._blocks = [
            block._replace(last=min(block.last, day), cut=block.cut or block.last > day)
            for block in self._blocks
            if block.first <= day
        ]
        return cut

    def between(self, first: int, last: int) -> Rows:
        """The rows of the days first..last, in the order of their days, and within a day of the slices' numbers."""
        blocks = [block for block in self._blocks if block.first <= last and block.last >= first]
        rows = self._of.joined([self._read(block, self._all) for block in blocks] or [self._nothing()])
        return rows.by_day().between(first, last)

    def _nothing(self) -> Rows:
        return self._of(**{name: np.empty(0, self._of.ROW[name]) for name in self._names})

    def whole(self) -> Rows:
        """All rows at once, in that order."""
        return self.between(0, self._blocks[-1].last if self._blocks else 0)

    def of_slices(self, wanted: Booleans | None = None) -> Iterator[Rows]:
        """The rows of the slices where `wanted` (slices,) is true, or of all; block by block, each slice by slice."""
        runs = self._all if wanted is None else np.flatnonzero(np.diff(wanted, prepend=False, append=False))
        return (self._read(block, runs.reshape(-1, 2)) for block in self._blocks)

    def _read(self, block: _Block, runs: Integers) -> Rows:
        """The rows of runs (runs, 2) of slices: of the first one to the one before the second."""
        size, read = self._of.ROW.itemsize, []
        for begin, end in block.edges[runs].tolist():
            self._file.seek(block.begins + begin * size)
            read.append(self._file.read((end - begin) * size))
        rows = np.frombuffer(b"".join(read), self._of.ROW)
        if block.cut:
            rows = rows[rows["day"] <= block.last]
        return self._of(**{name: rows[name] for name in self._names})


@dataclass(frozen=True, slots=True)
class DailyFacts:
    """One organization's days from `first_day` (a Monday) on; `days` of them. cut: whether there are earlier ones.

    Rows stand in the order of their days; ValueError where they do not.
    """

    first_day: date
    days: int
    slices: tuple[Slice, ...]
    categories: tuple[str, ...]
    submissions: Submissions
    decisions: Blocks[Decisions]
    ends: Blocks[Ends]
    takebacks: Takebacks
    cut: bool = False

    def __post_init__(self) -> None:
        self.submissions.check_order()
        self.takebacks.check_order()

    def date_of(self, day: int) -> date:
        return self.first_day + timedelta(days=day)

    def through(self, day: int) -> DailyFacts:
        """The facts as they stood at the end of `day`: nothing later has happened yet."""
        return replace(
            self,
            days=day + 1,
            submissions=self.submissions.between(0, day),
            decisions=self.decisions.through(day),
            ends=self.ends.through(day),
            takebacks=self.takebacks.between(0, day),
        )
