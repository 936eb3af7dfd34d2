"""From claims to what happened per slice and day: sums of whole numbers, so that any parts of them add up exactly.

A claim counts on the day it was submitted, on the day it was decided, on the day it was paid and on the day it stopped
waiting. Without a submission day (known from a remittance that tells none) it stands as submitted on the day it was
decided. It *waits* from its submission on, unless it was decided by then or its dates run backwards; it stops waiting
when it is paid or denied, a paid claim without a payment day on the day it was decided.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from upstream.claims.daily_facts import Booleans, Integers
from upstream.claims.rollup.changes import CLAIM, DENIED, NOT_DENIED, PENDING, TAKEBACK, Claims, Takebacks

DAY_SUMS = ("submitted", "submitted_cents", "waiting", "decided", "denied", "paid_cents", "takebacks", "takeback_cents")
"""Claims submitted and their billed cents; those of them that began to wait; claims decided, and those denied as a
whole; cents paid (by payment day); takebacks and their cents."""

DECISION_SUMS = ("claims", "billed", "denied", "paid", "allowed", "squares_high", "squares_middle", "squares_low")
"""Of claims decided on the day, by denial category (`NOT_DENIED` for all others); cents. The squares of what each claim
billed are kept exact in three parts: see `squared_dollars`."""

_HALF = 20
#: Claims counted at once, which bounds the memory.
_CLAIMS_AT_ONCE = 50_000

END_DENIED, END_PAID, END_PAID_UNDATED, ONLY_PAYMENT = range(4)
ENDS = ("denied", "paid", "decided as paid without a payment day", "paid without waiting for it")
"""How a wait ended. The last one ends none (the claim is denied, or its dates run backwards) but is a payment too."""

PAYMENTS = (END_PAID, ONLY_PAYMENT)
"""Those that are a payment on a known day."""


Days = tuple[int, int] | None
"""The first and the last of those that are asked for; None for all."""


class Table:
    """Rows of whole numbers: each key once, in order, with sums of which one at least is not 0."""

    def __init__(self, keys: Integers, sums: Integers) -> None:
        """keys: (rows, parts); sums: (rows, sums). Rows of one key are added up."""
        if len(keys):
            order, starts = _grouped(keys)
            keys, sums = keys[order[starts]], np.add.reduceat(sums[order], starts)
            counts = sums.any(axis=1)
            keys, sums = keys[counts], sums[counts]
        self.keys = keys
        self.sums = sums

    def __len__(self) -> int:
        return len(self.keys)

    def rows(self, begin: int, end: int) -> Table:
        part = copy(self)
        part.keys, part.sums = self.keys[begin:end], self.sums[begin:end]
        return part


def _grouped(keys: Integers) -> tuple[Integers, Integers]:
    """An order that puts equal keys side by side, and where in it each begins."""
    low = keys.min(axis=0)
    spans = (keys.max(axis=0) - low + 1).tolist()
    if math.prod(spans) < 2**63:
        codes = np.zeros(len(keys), np.int64)
        for column, span in enumerate(spans):
            codes = codes * span + (keys[:, column] - low[column])
        order = np.argsort(codes, kind="stable")
        changes = np.diff(codes[order]) != 0
    else:
        order = np.lexsort(keys.T[::-1])
        changes = (np.diff(keys[order], axis=0) != 0).any(axis=1)
    return order, np.flatnonzero(np.concatenate(([True], changes)))


@dataclass(frozen=True, slots=True)
class Counts:
    """What claims come to. Days are `date.toordinal`; slices are numbers that the caller knows.

    days: (day, slice) to DAY_SUMS. decisions: (day, slice, category) to DECISION_SUMS. ends: (day, slice, days waited
    times four plus how the wait ended) to claims. pending: (0, slice) to claims without a decision.
    """

    days: Table
    decisions: Table
    ends: Table
    pending: Table

    def __len__(self) -> int:
        return sum(len(getattr(self, field.name)) for field in fields(self))

    def slices(self) -> Integers:
        """Numbers of the slices that anything falls into."""
        return np.unique(np.concatenate([getattr(self, field.name).keys[:, 1] for field in fields(self)]))

    def moved(self, slices: Integers) -> Counts:
        """The same of other slices: `slices` holds their numbers by the old ones."""
        return Counts(*(_moved(getattr(self, field.name), slices) for field in fields(self)))

    def negative(self) -> Counts:
        tables = (getattr(self, field.name) for field in fields(self))
        return Counts(*(Table(table.keys, -table.sums) for table in tables))

    def changed_from(self) -> int | None:
        """The earliest day of what detection reads; None where these are of other things only."""
        told = self.days.sums[:, [DAY_SUMS.index(name) for name in ("waiting", "takebacks", "takeback_cents")]]
        _, how = waits(self.ends.keys[:, 2])
        days = (self.days.keys[told.any(axis=1)], self.decisions.keys, self.ends.keys[how != ONLY_PAYMENT])
        return min((int(keys[0, 0]) for keys in days if len(keys)), default=None)


def _moved(table: Table, slices: Integers) -> Table:
    day, number, *rest = table.keys.T
    return Table(np.column_stack((day, slices[number], *rest)), table.sums)


def together(parts: Sequence[Counts]) -> Counts:
    """Counts added up; of none: nothing."""
    parts = parts or [counted(np.zeros(0, CLAIM), np.zeros(0, TAKEBACK))]
    return Counts(
        *(
            Table(
                np.concatenate([getattr(part, field.name).keys for part in parts]),
                np.concatenate([getattr(part, field.name).sums for part in parts]),
            )
            for field in fields(Counts)
        )
    )


def counted(claims: Claims, takebacks: Takebacks, days: Days = None) -> Counts:
    """What claims that enter and leave come to, each in the slice of its service group and in that of its location.

    days: the first and the last of those on which claims are counted; None for all, and for pending ones, too.
    """
    events = _Events(claims, days)
    return Counts(
        days=_days(events, takebacks), decisions=_decisions(events), ends=_ends(events), pending=_pending(events)
    )


def pending(claims: Claims) -> Table:
    """`Counts.pending` of claims that enter and leave."""
    return _pending(_Events(claims))


def counted_in_parts(
    parts: Iterable[tuple[Claims, Takebacks]], count: Callable[[Claims, Takebacks], Counts] = counted
) -> Counts:
    """What changes come to, counted some at a time: memory does not grow with the number of claims."""
    counts: list[Counts] = []
    waiting: list[tuple[Claims, Takebacks]] = []

    def count_waiting() -> None:
        claims, taken = zip(*waiting, strict=True)
        counts.append(count(np.concatenate(claims), np.concatenate(taken)))
        waiting.clear()

    for part in parts:
        waiting.append(part)
        if sum(len(claims) for claims, _ in waiting) >= _CLAIMS_AT_ONCE:
            count_waiting()
            # Only what is about as large is added up, so that large ones are seldom sorted again.
            while len(counts) > 1 and len(counts[-2]) < 2 * len(counts[-1]):
                counts.append(together([counts.pop(), counts.pop()]))
    if waiting:
        count_waiting()
    return together(counts)


class _Events:
    """Claims once for each of their slices, and what follows from their days and outcomes: arrays of one length."""

    def __init__(self, claims: Claims, days: Days = None) -> None:
        self._days = days
        located = claims[claims["location_slice"] >= 0]
        self.slice = np.concatenate((claims["group_slice"], located["location_slice"])).astype(np.int64)
        self.claims = claims = np.concatenate((claims, located))
        self.sign = claims["sign"].astype(np.int64)
        self.one = np.ones_like(self.sign)
        self.decided = claims["decided"].astype(np.int64)
        self.paid = claims["paid"].astype(np.int64)
        self.submitted = np.where(claims["submitted"] > 0, claims["submitted"], self.decided).astype(np.int64)
        self.is_pending = claims["outcome"] == PENDING
        self.is_denied = claims["outcome"] == DENIED
        self.is_decided = ~self.is_pending & (self.decided > 0)
        self.ended = np.where(self.is_pending, 0, np.where(self.is_denied | (self.paid == 0), self.decided, self.paid))
        self.was_undecided = (self.submitted > 0) & ((self.decided == 0) | (self.decided > self.submitted))
        self.waits = self.was_undecided & ((self.ended == 0) | (self.ended >= self.submitted))

    def summed(self, rows: Booleans, keys: Sequence[Integers], sums: Sequence[Integers]) -> Table:
        """Sums of `rows`, by the first of `keys` (a day), the slice, and the further keys."""
        if self._days is not None:
            first, last = self._days
            rows = rows & (keys[0] >= first) & (keys[0] <= last)
        day, *further = (key[rows] for key in keys)
        signed = [self.sign[rows] * each[rows] for each in sums]
        return Table(np.column_stack((day, self.slice[rows], *further)), np.column_stack(signed))


def _days(events: _Events, takebacks: Takebacks) -> Table:
    claims = events.claims
    taken = Table(
        np.column_stack((takebacks["day"], takebacks["slice"])).astype(np.int64),
        np.column_stack((takebacks["count"], takebacks["cents"])),
    )
    parts = (
        events.summed(events.submitted > 0, [events.submitted], [events.one, claims["billed"], events.waits]),
        events.summed(events.is_decided, [events.decided], [events.one, events.is_denied]),
        events.summed(events.paid > 0, [events.paid], [claims["paid_amount"]]),
        taken,
    )
    # Their columns one after the other are DAY_SUMS.
    sums = np.zeros((sum(map(len, parts)), len(DAY_SUMS)), np.int64)
    row = column = 0
    for part in parts:
        further = part.sums.shape[1]
        sums[row : row + len(part), column : column + further] = part.sums
        row, column = row + len(part), column + further
    return Table(np.concatenate([part.keys for part in parts]), sums)


def _decisions(events: _Events) -> Table:
    claims = events.claims
    category = np.where(events.is_denied, claims["category"], NOT_DENIED).astype(np.int64)
    high, low = claims["billed"] >> _HALF, claims["billed"] & (2**_HALF - 1)
    amounts = [claims[name] for name in ("billed", "denied", "paid_amount", "allowed")]
    sums = [events.one, *amounts, high * high, high * low, low * low]
    return events.summed(events.is_decided, [events.decided, category], sums)


def _ends(events: _Events) -> Table:
    ends = events.waits & ~events.is_pending & (events.ended > 0)
    how = np.where(events.is_denied, END_DENIED, np.where(events.paid > 0, END_PAID, END_PAID_UNDATED))
    only_payments = events.was_undecided & (events.paid > 0) & ~(ends & (how == END_PAID))
    parts = [
        events.summed(rows, [day, (day - events.submitted) * len(ENDS) + kind], [events.one])
        for rows, day, kind in ((ends, events.ended, how), (only_payments, events.paid, ONLY_PAYMENT * events.one))
    ]
    return Table(np.concatenate([part.keys for part in parts]), np.concatenate([part.sums for part in parts]))


def _pending(events: _Events) -> Table:
    return events.summed(events.is_pending, [0 * events.one], [events.one])


def squared_dollars(sums: Integers) -> NDArray[np.float64]:
    """Squared dollars from rows of DECISION_SUMS.

    An amount of cents is high · 2^20 + low, and its square high² · 2^40 + 2 · high · low · 2^20 + low². Each part is
    summed by itself: as one number the squares of large amounts would not fit 64 bits, and in floating point they would
    drift.
    """
    high, middle, low = sums[:, 5:].astype(np.float64).T
    return (high * 2.0 ** (2 * _HALF) + middle * 2.0 ** (_HALF + 1) + low) / 100**2


def waits(
    ends: NDArray[np.signedinteger],
) -> tuple[NDArray[np.signedinteger], NDArray[np.signedinteger]]:
    """Days waited, and how the wait ended (END_DENIED …), from the third part of the keys of `Counts.ends`."""
    return ends >> 2, ends & 3


def payments(entries: NDArray[np.signedinteger]) -> tuple[Integers, Integers]:
    """Days from submission to payment, in order, and claims paid after each; entries as in `days.end_entries`."""
    entries = entries.astype(np.int64)
    days, how = waits(entries[:, 0])
    paid = np.isin(how, PAYMENTS)
    waited = Table(days[paid].reshape(-1, 1), entries[paid, 1:])
    return waited.keys[:, 0], waited.sums[:, 0]
