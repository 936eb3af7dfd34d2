"""What happened to an organization's claims, day by day: the sufficient statistics that detection reads.

Plain numpy columns without a database in them, so that a roll-up and a file alike can be turned into them. Every row
belongs to the day on which something happened, so what was known on a day is what stands on days up to it.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Self

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


@dataclass(frozen=True, slots=True)
class _Columns:
    """Columns of one length; `slice` indexes `DailyFacts.slices`, `day` counts from `DailyFacts.first_day`."""

    def of(self, rows: Booleans | Integers | slice) -> Self:
        """Some of the rows: where `rows` is true, or at these places."""
        return type(self)(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass(frozen=True, slots=True)
class Submissions(_Columns):
    """Claims that began to wait on a day. A claim known from its decision alone, or decided on that day, is none."""

    slice: Integers
    day: Integers
    claims: Integers


@dataclass(frozen=True, slots=True)
class Decisions(_Columns):
    """Claims decided on a day.

    category: index into `DailyFacts.categories` for claims denied as a whole, -1 for all others. billed, denied, paid:
    dollars billed, dollars of the billed ones denied, and dollars paid; billed_squares: sum of the squared billed
    dollars of each claim, from which follows how unequal the claims are.
    """

    slice: Integers
    day: Integers
    category: Integers
    claims: Integers
    billed: Floats
    denied: Floats
    paid: Floats
    billed_squares: Floats


@dataclass(frozen=True, slots=True)
class Ends(_Columns):
    """Claims among `Submissions` that stopped waiting on a day: paid, or denied. age: days since their submission."""

    slice: Integers
    day: Integers
    age: Integers
    paid: Booleans
    claims: Integers


@dataclass(frozen=True, slots=True)
class Takebacks(_Columns):
    """Payments taken back on a day: reversals of claims (CLP02 = 22) and recoupments of a payment (PLB); dollars.

    claims: reversals and recoupments, less those by which the payer gave money back or put off taking it; so both
    columns can be negative.
    """

    slice: Integers
    day: Integers
    claims: Integers
    amount: Floats


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
    decisions: Decisions
    ends: Ends
    takebacks: Takebacks
    cut: bool = False

    def __post_init__(self) -> None:
        for columns in (self.submissions, self.decisions, self.ends, self.takebacks):
            if (columns.day[1:] < columns.day[:-1]).any():
                raise ValueError(f"the rows of {type(columns).__name__} must stand in the order of their days")

    def date_of(self, day: int) -> date:
        return self.first_day + timedelta(days=day)

    def through(self, day: int) -> DailyFacts:
        """The facts as they stood at the end of `day`: nothing later has happened yet."""
        return DailyFacts(
            first_day=self.first_day,
            days=day + 1,
            slices=self.slices,
            categories=self.categories,
            submissions=self.submissions.of(self.submissions.day <= day),
            decisions=self.decisions.of(self.decisions.day <= day),
            ends=self.ends.of(self.ends.day <= day),
            takebacks=self.takebacks.of(self.takebacks.day <= day),
            cut=self.cut,
        )
