"""What detection reads of the roll-up: columns of numbers, whatever the number of claims behind them."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple
from uuid import UUID

import numpy as np
import psycopg
from django.db import connection, transaction
from django.db.models import Max, Min
from numpy.typing import NDArray

from upstream.claims.daily_facts import (
    BLOCK_DAYS,
    Blocks,
    DailyFacts,
    Decisions,
    Ends,
    Integers,
    Slice,
    Submissions,
    Takebacks,
)
from upstream.claims.denial_reasons import CATEGORIES
from upstream.claims.models import RollupDay, RollupSlice
from upstream.claims.rollup.changes import Changes
from upstream.claims.rollup.counting import (
    DAY_SUMS,
    END_DENIED,
    END_PAID_UNDATED,
    ONLY_PAYMENT,
    Table,
    counted,
    squared_dollars,
    waits,
)
from upstream.claims.rollup.days import DECISION_BYTES, END_BYTES, decision_entries, end_entries
from upstream.claims.rollup.folding import no_writer
from upstream.core import clock

# The axis begins with the data, but not before the year two years before the last day.
YEARS_BACK = 2
_TAKEBACK_SUMS = [DAY_SUMS.index("takebacks"), DAY_SUMS.index("takeback_cents")]


class _Part(NamedTuple):
    submissions: Submissions
    decisions: Decisions
    ends: Ends
    takebacks: Takebacks


@transaction.atomic
def load_facts(organization_id: UUID, through: date, *, after: date | None = None) -> DailyFacts | None:
    """An organization's days, ending with the last one up to `through` and today on which anything happened.

    None where nothing happened yet. `after`: the same axis and slices, but only the rows of later days than that are
    read. What no fold has merged yet is not seen. Rows lie in the order of their days, and those of a day in one that
    is always the same, so that sums of them are the same to the last bit.
    """
    no_writer(organization_id)
    rows = RollupDay.objects.for_organization(organization_id)
    span = rows.filter(day__lte=min(through, clock.today())).aggregate(first=Min("day"), last=Max("day"))
    first, last = span["first"], span["last"]
    if last is None:
        return None
    # Beginning on a Monday, and moving once a year at most, keeps weeks and alarms where they were from run to run.
    first_day = max(first, date(last.year - YEARS_BACK, 1, 1))
    first_day -= timedelta(days=first_day.weekday())
    slices = list(
        RollupSlice.objects.for_organization(organization_id)
        .order_by("payer_id", "service_group_id", "location")
        .values_list("pk", "payer_id", "service_group_id", "location")
    )
    begin = first_day if after is None else max(first_day, after + timedelta(days=1))
    decoder = _Decoder([pk for pk, *_ in slices], first_day)
    decisions, ends = Blocks(Decisions, len(slices)), Blocks(Ends, len(slices))
    submissions, takebacks = [], []
    for part in map(decoder.decoded, chain([()], _rows(organization_id, begin, last))):
        decisions.add(part.decisions)
        ends.add(part.ends)
        submissions.append(part.submissions)
        takebacks.append(part.takebacks)
    return DailyFacts(
        first_day=first_day,
        days=(last - first_day).days + 1,
        slices=tuple(Slice(*key) for _, *key in slices),
        categories=tuple(CATEGORIES),
        submissions=Submissions.joined(submissions),
        decisions=decisions,
        ends=ends,
        takebacks=Takebacks.joined(takebacks),
        cut=first < first_day,
    )


def facts_of(changes: Changes) -> DailyFacts | None:
    """The days of claims that no roll-up holds, from the first on which anything happened; None where nothing did."""
    slices, claims, takebacks = changes.gathered()
    counts = counted(claims, takebacks)
    if not len(counts.days):
        return None
    first, last = (date.fromordinal(int(day)) for day in (counts.days.keys[:, 0].min(), counts.days.keys[:, 0].max()))
    first_day = first - timedelta(days=first.weekday())

    def at(table: Table) -> Integers:
        return np.stack((table.keys[:, 1], table.keys[:, 0] - first_day.toordinal()))

    days, decisions, ends = counts.days, counts.decisions, counts.ends
    return DailyFacts(
        first_day=first_day,
        days=(last - first_day).days + 1,
        slices=tuple(Slice(payer, group, location) for payer, group, location in slices),
        categories=tuple(CATEGORIES),
        submissions=_submissions(at(days), days.sums[:, DAY_SUMS.index("waiting")]),
        decisions=Blocks.holding(
            _decisions(at(decisions), np.column_stack((decisions.keys[:, 2], decisions.sums))), len(slices)
        ),
        ends=Blocks.holding(_ends(at(ends), np.column_stack((ends.keys[:, 2], ends.sums))), len(slices)),
        takebacks=_takebacks(at(days), days.sums[:, _TAKEBACK_SUMS].T),
    )


_COLUMNS = ("waiting", "takebacks", "takeback_cents", "decisions", "ends")

_Row = tuple[bytes, int, int, int, int, bytes, bytes]
"""Bytes of the slice's id, day as `date.toordinal`, and _COLUMNS."""


def _rows(organization_id: UUID, begin: date, last: date) -> Iterator[Sequence[_Row]]:
    """All rows of these days, some days at once."""
    fetch = _from_postgresql if connection.vendor == "postgresql" else _from_sqlite
    for first in range(begin.toordinal(), last.toordinal() + 1, BLOCK_DAYS):
        until = min(first + BLOCK_DAYS - 1, last.toordinal())
        yield fetch(organization_id, date.fromordinal(first), date.fromordinal(until))


def _from_postgresql(organization_id: UUID, begin: date, until: date) -> list[_Row]:
    # In the database's binary form, of which text would be twice as much.
    sql = (
        f"SELECT uuid_send(slice_id), day - DATE '0001-01-01' + 1, {', '.join(_COLUMNS)} "  # noqa: S608 - names of ours
        f"FROM {RollupDay._meta.db_table} WHERE organization_id = %s AND day BETWEEN %s AND %s ORDER BY day, slice_id"
    )
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(sql, [organization_id, begin, until], binary=True).fetchall()


def _from_sqlite(organization_id: UUID, begin: date, until: date) -> list[_Row]:
    of_days = RollupDay.objects.for_organization(organization_id).filter(day__range=(begin, until))
    rows = of_days.order_by("day", "slice_id")
    return [
        (slice_id.bytes, day.toordinal(), *values)
        for slice_id, day, *values in rows.values_list("slice_id", "day", *_COLUMNS)
    ]


class _Decoder:
    """Turns rows into the columns of `DailyFacts`."""

    def __init__(self, slices: Sequence[UUID], first_day: date) -> None:
        self._numbers = {slice_id.bytes: number for number, slice_id in enumerate(slices)}
        self._first_day = first_day.toordinal()

    def decoded(self, rows: Sequence[_Row]) -> _Part:
        ids, days, waiting, takebacks, cents, decisions, ends = zip(*rows, strict=True) if rows else [()] * 7
        at = np.array([[self._numbers[each] for each in ids], days], np.int64)
        at[1] -= self._first_day
        return _Part(
            _submissions(at, np.array(waiting, np.int64)),
            _decisions(_of_entries(at, decisions, DECISION_BYTES), decision_entries(b"".join(decisions))),
            _ends(_of_entries(at, ends, END_BYTES), end_entries(b"".join(ends))),
            _takebacks(at, np.array([takebacks, cents], np.int64)),
        )


def _of_entries(at: Integers, stored: Sequence[bytes], bytes_of_entry: int) -> Integers:
    """The slice and day of each row for every one of its entries."""
    sizes = np.fromiter(map(len, stored), np.int64, len(stored)) // bytes_of_entry
    return np.stack([np.repeat(each, sizes) for each in at])


def _submissions(at: Integers, waiting: Integers) -> Submissions:
    rows = waiting != 0
    return Submissions(slice=at[0, rows], day=at[1, rows], claims=waiting[rows])


def _decisions(at: Integers, entries: Integers) -> Decisions:
    claims, billed, denied, paid = entries[:, 1:5].T
    return Decisions(
        slice=at[0],
        day=at[1],
        category=entries[:, 0],
        claims=claims,
        billed=billed / 100,
        denied=denied / 100,
        paid=paid / 100,
        billed_squares=squared_dollars(entries[:, 1:]),
    )


def _ends(at: Integers, entries: NDArray[np.signedinteger]) -> Ends:
    (number, day), (age, how), claims = at, waits(entries[:, 0]), entries[:, 1]
    # Of claims among the submissions: those that began to wait before the first day are not.
    rows = (how != ONLY_PAYMENT) & (age <= day)
    if not rows.all():
        number, day, age, how, claims = number[rows], day[rows], age[rows], how[rows], claims[rows]
    paid = how != END_DENIED
    if (how == END_PAID_UNDATED).any():
        # Claims paid with a payment day and without one are the same here.
        once = Table(np.column_stack((day, number, age, paid)), claims.astype(np.int64).reshape(-1, 1))
        (day, number, age, paid), claims = once.keys.T, once.sums[:, 0]
    return Ends(slice=number, day=day, age=age, paid=paid.astype(bool), claims=claims)


def _takebacks(at: Integers, sums: Integers) -> Takebacks:
    rows = sums.any(axis=0)
    return Takebacks(slice=at[0, rows], day=at[1, rows], claims=sums[0, rows], amount=sums[1, rows] / 100)
