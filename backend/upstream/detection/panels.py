"""From the daily roll-up to the arrays detectors read. Three queries, whatever the number of claims or streams.

**Days.** The axis ends on the last day the data speak of: the latest submission, decision or payment that is not in the
future. Payments are watched only as far as outcomes are known (`outcomes_through`): practices send their claims daily
and fetch remittances less often, and a claim must not look unpaid because nobody has fetched the file yet. A payer that
falls silent while others go on deciding is a different matter: that is what a stall looks like, and it is watched.

**Streams.** Every payer, and every payer's service group with enough claims to be watched at all; what is thinner is
counted in the payer's own stream only.

**Denied** means the whole claim: outcome DENIED. A claim paid in part was decided and counts as paid, as in the
zero-pay denial rate of hospital finance, where partial payments are a measure of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import (
    Case,
    DateField,
    F,
    FloatField,
    Max,
    Min,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast
from numpy.typing import NDArray

from upstream.claims.models import OPEN_DATE, DailyRollup, Outcome
from upstream.core import clock
from upstream.detection.detectors.common import Booleans, Floats, Integers
from upstream.detection.detectors.life_table import STILL_OPEN, Cells

# The axis begins with the data, but not before the year two years before the last day.
YEARS_BACK = 2
MINIMUM_CLAIMS = 30
# A fortnight with less than this share of the usual outcomes has not been fetched yet, or holds mistyped dates.
FORTNIGHT = 14
KNOWN_SHARE = 0.1
USUAL_FORTNIGHTS = 13

_PAID = (Outcome.PAID, Outcome.PARTIAL)


@dataclass(frozen=True, slots=True)
class Stream:
    """One watched series: a payer, or a payer's claims of one service group."""

    payer_id: UUID
    service_group_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decided claims, one row per (payer, service group, day, denied, category). All of one length.

    payer_row, group_row: rows of the streams they count in (-1: none of its own); category: index into
    `Panel.categories` for denied rows, -1 for paid ones; amount: billed of denied claims, paid of paid ones.
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
    """One organization's daily counts. parent: row of the payer's stream, -1 for payers."""

    first_day: date
    data_through: date
    outcomes_through: date
    # Whether data before first_day were left out.
    cut: bool
    streams: tuple[Stream, ...]
    parent: Integers
    categories: tuple[str, ...]
    decisions: Decisions
    cells: Cells

    @property
    def days(self) -> int:
        return (self.data_through - self.first_day).days + 1

    @property
    def outcome_days(self) -> int:
        return (self.outcomes_through - self.first_day).days + 1

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
    first_day = max(span["first"], earliest)
    first_day -= timedelta(days=first_day.weekday())

    decided = list(_decided(rollup, first_day, data_through))
    submitted = list(_submitted(rollup, first_day, data_through))
    streams, parent, rows = _streams(decided, submitted)
    categories = tuple(sorted({row[4] for row in decided if row[3]}))
    decisions = _decisions(decided, rows, categories, first_day)
    outcome_days = _outcomes_known(decisions, (data_through - first_day).days + 1)
    return Panel(
        first_day=first_day,
        data_through=data_through,
        outcomes_through=first_day + timedelta(days=outcome_days - 1),
        cut=span["first"] < first_day,
        streams=streams,
        parent=parent,
        categories=categories,
        decisions=decisions,
        cells=_cells(submitted, rows, first_day, outcome_days),
    )


def _decided(rollup: QuerySet[DailyRollup], first_day: date, last_day: date) -> QuerySet[DailyRollup, tuple]:
    """(payer, group, decided on, denied, category, claims, amount) of decided claims."""
    denied = Q(outcome=Outcome.DENIED)
    return (
        rollup.filter(decided_date__range=(first_day, last_day), outcome__in=[*_PAID, Outcome.DENIED])
        .annotate(
            is_denied=Case(When(denied, then=Value(1)), default=Value(0)),
            category=Case(When(denied, then=F("denial_category")), default=Value("")),
        )
        .values_list("payer_id", "service_group_id", "decided_date", "is_denied", "category")
        .annotate(
            total=Sum("claims"),
            amount=Cast(Sum(Case(When(denied, then=F("billed_amount")), default=F("paid_amount"))), FloatField()),
        )
        .order_by()
    )


def _submitted(rollup: QuerySet[DailyRollup], first_day: date, last_day: date) -> QuerySet[DailyRollup, tuple]:
    """(payer, group, submitted on, ended on, paid, claims) of claims whose way to a decision was seen.

    A claim known from its decision alone stands in the roll-up as submitted on that day; it has no waiting time to
    watch. Dates that run backwards tell none either.
    """
    paid = Q(outcome__in=_PAID)
    return (
        rollup.filter(submitted_date__range=(first_day, last_day))
        .annotate(
            is_paid=Case(When(paid, then=Value(1)), default=Value(0)),
            ended=Case(
                When(paid & Q(paid_date__lt=OPEN_DATE), then=F("paid_date")),
                When(Q(outcome=Outcome.PENDING), then=Value(OPEN_DATE)),
                default=F("decided_date"),
                output_field=DateField(),
            ),
        )
        .filter(Q(decided_date__gt=F("submitted_date")) & Q(ended__gte=F("submitted_date")))
        .values_list("payer_id", "service_group_id", "submitted_date", "ended", "is_paid")
        .annotate(total=Sum("claims"))
        .order_by()
    )


_Rows = dict[tuple[UUID, UUID], tuple[int, int]]


def _streams(decided: list[tuple], submitted: list[tuple]) -> tuple[tuple[Stream, ...], Integers, _Rows]:
    """Streams (payers first, in the order of their ids), their parents, and the two rows of each payer and group."""
    totals: dict[tuple[UUID, UUID], int] = {}
    for rows in (decided, submitted):
        seen: dict[tuple[UUID, UUID], int] = {}
        for row in rows:
            key = (row[0], row[1])
            seen[key] = seen.get(key, 0) + (row[-2] if rows is decided else row[-1])
        for key, total in seen.items():
            totals[key] = max(totals.get(key, 0), total)
    payers = sorted({payer_id for payer_id, _ in totals})
    payer_rows = {payer_id: row for row, payer_id in enumerate(payers)}
    groups = sorted(key for key, total in totals.items() if total >= MINIMUM_CLAIMS)
    group_rows = {key: len(payers) + row for row, key in enumerate(groups)}
    streams = (*(Stream(payer_id) for payer_id in payers), *(Stream(*key) for key in groups))
    parent = np.array([-1] * len(payers) + [payer_rows[payer_id] for payer_id, _ in groups], dtype=np.int64)
    return streams, parent, {key: (payer_rows[key[0]], group_rows.get(key, -1)) for key in totals}


def _decisions(decided: list[tuple], rows: _Rows, categories: tuple[str, ...], first_day: date) -> Decisions:
    payer_row, group_row = _rows_of(decided, rows)
    codes = {category: code for code, category in enumerate(categories)}
    return Decisions(
        payer_row=payer_row,
        group_row=group_row,
        day=_days([row[2] for row in decided], first_day),
        category=np.array([codes[row[4]] if row[3] else -1 for row in decided], dtype=np.int64),
        count=np.array([row[5] for row in decided], dtype=np.int64),
        amount=np.array([row[6] or 0 for row in decided], dtype=np.float64),
    )


def _cells(submitted: list[tuple], rows: _Rows, first_day: date, days: int) -> Cells:
    """Cells of both streams of each row, as they stood at the end of the axis: what ends later is still open."""
    payer_row, group_row = _rows_of(submitted, rows)
    submitted_day = _days([row[2] for row in submitted], first_day)
    end_day = _days([row[3] for row in submitted], first_day)
    paid = np.array([row[4] for row in submitted], dtype=bool)
    count = np.array([row[5] for row in submitted], dtype=np.int64)
    later = end_day >= days
    known, end_day, paid = submitted_day < days, np.where(later, STILL_OPEN, end_day), paid & ~later

    def twice(of_payer: NDArray[Any], of_group: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate((of_payer[known], of_group[known & (group_row >= 0)]))

    return Cells(
        stream=twice(payer_row, group_row),
        submitted_day=twice(submitted_day, submitted_day),
        end_day=twice(end_day, end_day),
        paid=twice(paid, paid),
        count=twice(count, count),
    )


def _rows_of(found: list[tuple], rows: _Rows) -> tuple[Integers, Integers]:
    pairs = np.array([rows[row[0], row[1]] for row in found], dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _days(dates: list[date], first_day: date) -> Integers:
    return (np.array(dates, dtype="datetime64[D]") - np.datetime64(first_day)).astype(np.int64)


def _outcomes_known(decisions: Decisions, days: int) -> int:
    """Days of the axis up to the last one with outcomes whose fortnight holds a fair share of the usual number.

    The usual number is the median of the fortnights of the half-year before. A few decisions dated far ahead of all
    others would otherwise make every payer's open claims look late.
    """
    outcomes = np.bincount(decisions.day, decisions.count, days)
    sums = np.concatenate(([0.0], outcomes.cumsum()))
    for day in np.flatnonzero(outcomes)[::-1]:
        ends = np.arange(day - FORTNIGHT, -1, -FORTNIGHT)[:USUAL_FORTNIGHTS] + 1
        fortnights = sums[ends] - sums[np.maximum(0, ends - FORTNIGHT)]
        recent = sums[day + 1] - sums[max(0, day + 1 - FORTNIGHT)]
        if not fortnights.size or recent >= KNOWN_SHARE * np.median(fortnights):
            return int(day) + 1
    return days
