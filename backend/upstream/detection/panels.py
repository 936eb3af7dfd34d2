"""From the daily roll-up to the arrays detectors read: two queries, whatever the number of claims or streams.

**Days.** The axis ends on the last day the data speak of: the latest submission, decision or payment that is not in the
future. Payments are watched only as far as outcomes are known, payer by payer (`known_through`; see known_outcomes):
a claim must not look unpaid because nobody has fetched the file yet, and a payer that stalls must not pass for one.

**Streams.** Every payer, and every payer's service group with enough claims to be watched at all; what is thinner is
counted in the payer's own stream only.

**Denied** means the whole claim: outcome DENIED. A claim paid in part was decided and counts as paid, as in the
zero-pay denial rate of hospital finance, where partial payments are a measure of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Aggregate, F, Func, IntegerField, Max, Min, Q, QuerySet, TextField
from numpy.typing import NDArray

from upstream.claims.models import OPEN_DATE, DailyRollup, Outcome
from upstream.core import clock
from upstream.detection.detectors.common import Booleans, Floats, Integers
from upstream.detection.detectors.life_table import STILL_OPEN, Cells
from upstream.detection.known_outcomes import known_through

# The axis begins with the data, but not before the year two years before the last day.
YEARS_BACK = 2
MINIMUM_CLAIMS = 30


@dataclass(frozen=True, slots=True)
class Stream:
    """One watched series: a payer, or a payer's claims of one service group."""

    payer_id: UUID
    service_group_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decided claims as they stand in the roll-up, one row per cell. All of one length.

    payer_row, group_row: rows of the streams they count in (-1: none of its own); category: index into
    `Panel.categories` for denied claims, -1 for paid ones; amount: billed of denied claims, paid of paid ones.
    """

    payer_row: Integers
    group_row: Integers
    day: Integers
    category: Integers
    count: Integers
    amount: Floats

    def of(self, rows: Booleans) -> Decisions:
        return Decisions(
            payer_row=self.payer_row[rows],
            group_row=self.group_row[rows],
            day=self.day[rows],
            category=self.category[rows],
            count=self.count[rows],
            amount=self.amount[rows],
        )

    @property
    def denied(self) -> Booleans:
        return self.category >= 0


@dataclass(frozen=True)
class Panel:
    """One organization's daily counts.

    parent: (streams,) row of the payer's stream, -1 for payers. known_through: (streams,) the last day of the axis that
    the outcomes of the stream's payer are known for.
    """

    first_day: date
    data_through: date
    # Whether data before first_day were left out.
    cut: bool
    streams: tuple[Stream, ...]
    parent: Integers
    known_through: Integers
    categories: tuple[str, ...]
    decisions: Decisions
    cells: Cells

    @property
    def days(self) -> int:
        return (self.data_through - self.first_day).days + 1

    @property
    def outcome_days(self) -> int:
        """Days of the axis up to the last one that any payer's outcomes are known for."""
        return int(self.known_through.max()) + 1

    def date_of(self, day: int) -> date:
        return self.first_day + timedelta(days=day)

    @cached_property
    def decided(self) -> Integers:
        """(streams, days) claims decided."""
        return self._daily(self.decisions)

    @cached_property
    def denied(self) -> Integers:
        """(streams, days) claims denied."""
        return self._daily(self.decisions.of(self.decisions.denied))

    def decisions_of(self, row: int) -> Decisions:
        """The rows that count in one stream."""
        of = self.decisions.payer_row if self.parent[row] < 0 else self.decisions.group_row
        return self.decisions.of(of == row)

    def _daily(self, decisions: Decisions) -> Integers:
        size = len(self.streams) * self.days
        total = np.zeros(size, dtype=np.int64)
        for row in (decisions.payer_row, decisions.group_row):
            own = row >= 0
            total += np.bincount(row[own] * self.days + decisions.day[own], decisions.count[own], size).astype(np.int64)
        return total.reshape(len(self.streams), self.days)


def load_panel(organization_id: UUID, through: date | None = None) -> Panel | None:
    """The organization's panel as of `through` (today when None), or None while nothing was ever submitted or decided.

    As of a past day the panel holds what had happened by then: later decisions and payments are not known yet.
    """
    rollup = DailyRollup.objects.for_organization(organization_id).filter(claims__gt=0)
    limit = min(through or clock.today(), clock.today())
    span = rollup.aggregate(
        first=Min("submitted_date"),
        submitted=Max("submitted_date", filter=Q(submitted_date__lte=limit)),
        decided=Max("decided_date", filter=Q(decided_date__lte=limit)),
        paid=Max("paid_date", filter=Q(paid_date__lte=limit)),
    )
    known = [span[name] for name in ("submitted", "decided", "paid") if span[name] is not None]
    if not known:
        return None
    data_through = max(known)
    # Beginning on a Monday, and moving once a year at most, keeps weeks and alarms where they were from run to run.
    earliest = date(data_through.year - YEARS_BACK, 1, 1)
    first_day = min(max(span["first"], earliest), data_through)
    first_day -= timedelta(days=first_day.weekday())

    days = (data_through - first_day).days + 1
    table = _read(rollup, first_day, days)
    streams, parent = _streams(table, days)
    rows = {stream: row for row, stream in enumerate(streams)}
    of_payer = np.array([rows[Stream(key.payer_id)] for key in table.keys], dtype=np.int64)[table.key]
    of_group = np.array(
        [rows.get(Stream(key.payer_id, key.service_group_id), -1) for key in table.keys], dtype=np.int64
    )[table.key]
    categories = tuple(sorted({key.category for key in table.keys if key.outcome == Outcome.DENIED}))
    decisions = _decisions(table, of_payer, of_group, categories, days)
    payers_through = _known_through(table, of_payer, parent, days)
    return Panel(
        first_day=first_day,
        data_through=data_through,
        cut=span["first"] < first_day,
        streams=streams,
        parent=parent,
        known_through=payers_through,
        categories=categories,
        decisions=decisions,
        cells=_cells(table, of_payer, of_group, int(payers_through.max()) + 1),
    )


@dataclass(frozen=True, slots=True)
class _Key:
    """What the cells of one row of the query share."""

    payer_id: UUID
    service_group_id: UUID
    outcome: str
    category: str


@dataclass(frozen=True, slots=True)
class _Table:
    """The roll-up's cells as columns. key: index into keys; days count from the panel's first; never: of OPEN_DATE."""

    keys: Sequence[_Key]
    never: int
    key: Integers
    submitted: Integers
    decided: Integers
    paid: Integers
    claims: Integers
    billed_amount: Floats
    paid_amount: Floats

    def where(self, holds: Sequence[bool]) -> Booleans:
        """Spread what is known of each key over its cells."""
        return np.array(holds, dtype=bool)[self.key]

    @property
    def denied(self) -> Booleans:
        return self.where([key.outcome == Outcome.DENIED for key in self.keys])

    @property
    def pending(self) -> Booleans:
        return self.where([key.outcome == Outcome.PENDING for key in self.keys])


class _DayNumber(Func):
    """Days since 1970, as the database's own whole number."""

    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s - DATE '1970-01-01')", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(julianday(%(expressions)s) - 2440587.5 AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **context)


class _Numbers(Aggregate):
    """The numbers of all cells of a key, one after the other with commas between.

    A hundred thousand cells take seconds to come as rows of dates and identifiers; as text that numpy reads they take
    a tenth of one.
    """

    function = "STRING_AGG"
    template = "%(function)s(%(expressions)s, ',')"
    arg_joiner = " || ',' || "
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **context)


_COLUMNS = 6


def _read(rollup: QuerySet[DailyRollup], first_day: date, days: int) -> _Table:
    """All cells submitted or decided within the axis."""
    last_day = first_day + timedelta(days=days - 1)
    within = Q(submitted_date__range=(first_day, last_day)) | Q(decided_date__range=(first_day, last_day))
    rows = list(
        rollup.filter(within)
        .values_list("payer_id", "service_group_id", "outcome", "denial_category")
        .annotate(
            numbers=_Numbers(
                _DayNumber("submitted_date"),
                _DayNumber("decided_date"),
                _DayNumber("paid_date"),
                F("claims"),
                F("billed_amount"),
                F("paid_amount"),
            )
        )
        .order_by()
    )
    cells = [np.fromstring(row[4], sep=",").reshape(-1, _COLUMNS) for row in rows]
    columns = np.concatenate(cells).T if cells else np.zeros((_COLUMNS, 0))
    submitted, decided, paid, claims = columns[:4].astype(np.int64)
    origin = (first_day - date(1970, 1, 1)).days
    return _Table(
        keys=[_Key(*row[:4]) for row in rows],
        never=(OPEN_DATE - first_day).days,
        key=np.repeat(np.arange(len(rows)), [len(part) for part in cells]),
        submitted=submitted - origin,
        decided=decided - origin,
        paid=paid - origin,
        claims=claims,
        billed_amount=columns[4],
        paid_amount=columns[5],
    )


def _streams(table: _Table, days: int) -> tuple[tuple[Stream, ...], Integers]:
    """Streams, payers first and each in the order of their ids, and their parents."""
    size = len(table.keys)
    decided = ~table.pending & (table.decided >= 0) & (table.decided < days)
    submitted = (table.submitted >= 0) & (table.submitted < days)
    totals: dict[tuple[UUID, UUID], Floats] = {}
    for key, *counts in zip(
        table.keys,
        np.bincount(table.key[decided], table.claims[decided], size),
        np.bincount(table.key[submitted], table.claims[submitted], size),
        strict=True,
    ):
        pair = (key.payer_id, key.service_group_id)
        totals[pair] = totals.get(pair, np.zeros(2)) + counts
    payers = sorted({payer_id for payer_id, _ in totals})
    groups = sorted(pair for pair, counts in totals.items() if counts.max() >= MINIMUM_CLAIMS)
    streams = (*(Stream(payer_id) for payer_id in payers), *(Stream(*pair) for pair in groups))
    parent = [-1] * len(payers) + [payers.index(payer_id) for payer_id, _ in groups]
    return streams, np.array(parent, dtype=np.int64)


def _decisions(
    table: _Table, of_payer: Integers, of_group: Integers, categories: tuple[str, ...], days: int
) -> Decisions:
    denied = table.denied
    codes = [categories.index(key.category) if key.outcome == Outcome.DENIED else -1 for key in table.keys]
    decisions = Decisions(
        payer_row=of_payer,
        group_row=of_group,
        day=table.decided,
        category=np.array(codes, dtype=np.int64)[table.key],
        count=table.claims,
        amount=np.where(denied, table.billed_amount, table.paid_amount),
    )
    return decisions.of(~table.pending & (table.decided >= 0) & (table.decided < days))


def _cells(table: _Table, of_payer: Integers, of_group: Integers, days: int) -> Cells:
    """Cells of both streams of each row, as they stood at the end of the axis: what ends later is still open.

    A claim known from its decision alone stands in the roll-up as submitted on that day; it has no waiting time to
    watch. Dates that run backwards tell none either.
    """
    denied, pending = table.denied, table.pending
    decided = denied | (table.paid == table.never)
    ended = np.where(pending, table.never, np.where(decided, table.decided, table.paid))
    later = ended >= days
    known = (table.submitted >= 0) & (table.submitted < days)
    known &= (table.decided > table.submitted) & (ended >= table.submitted)
    end_day, paid = np.where(later, STILL_OPEN, ended), ~denied & ~pending & ~later

    def twice(payers: NDArray[Any], groups: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate((payers[known], groups[known & (of_group >= 0)]))

    return Cells(
        stream=twice(of_payer, of_group),
        submitted_day=twice(table.submitted, table.submitted),
        end_day=twice(end_day, end_day),
        paid=twice(paid, paid),
        count=twice(table.claims, table.claims),
    )


def _known_through(table: _Table, of_payer: Integers, parent: Integers, days: int) -> Integers:
    """(streams,) from all decisions, from payments that came on another day than the decision, and from submissions."""
    payers = int((parent < 0).sum())

    def daily(happened: Booleans, day: Integers) -> Integers:
        within = happened & (day >= 0) & (day < days)
        cells = np.bincount(of_payer[within] * days + day[within], table.claims[within], payers * days)
        return cells.astype(np.int64).reshape(payers, days)

    answered = ~table.pending
    outcomes = daily(answered, table.decided) + daily(answered & (table.paid != table.decided), table.paid)
    submissions = daily(np.full(len(of_payer), True), table.submitted).sum(axis=0)
    return known_through(outcomes, submissions)[np.where(parent < 0, np.arange(len(parent)), parent)]
