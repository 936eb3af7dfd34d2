"""Figures by group, from the roll-up where it holds them and from the claims where it does not.

A slice of the roll-up is a payer's service group or a payer's location, so the two are not known together. What a
payer's locations leave of its service groups is what tells no location.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Aggregate, BinaryField, Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth, TruncWeek
from numpy.typing import NDArray

from upstream.claims.denial_reasons import CATEGORIES
from upstream.claims.metrics.measures import DEFINITIONS, Figures, Measure, Reads, tells
from upstream.claims.models import Claim, Outcome, RollupDay, RollupSlice
from upstream.claims.rollup.changes import NOT_DENIED
from upstream.claims.rollup.counting import DECISION_SUMS, ENDS, PAYMENTS, Table
from upstream.claims.rollup.days import decision_entries, end_entries
from upstream.core.errors import ErrorCode, ServiceError

#: Rows fetched at once, which bounds the memory.
_ROWS_AT_ONCE = 200
_CATEGORIES = tuple(CATEGORIES)


class Dimension(Enum):
    PAYER = "payer"
    SERVICE_GROUP = "service_group"
    LOCATION = "location"
    DENIAL_CATEGORY = "denial_category"


class Grain(Enum):
    MONTH = "month"
    WEEK = "week"
    DAY = "day"


_TRUNCATED: dict[Grain, Callable[[str], Any]] = {
    Grain.MONTH: TruncMonth,
    Grain.WEEK: TruncWeek,
    Grain.DAY: F,
}


@dataclass(frozen=True, slots=True)
class Question:
    """first_day, last_day: both included. What is empty narrows nothing."""

    measures: frozenset[Measure]
    first_day: date
    last_day: date
    dimensions: tuple[Dimension, ...] = ()
    grain: Grain | None = None
    payer_ids: frozenset[UUID] = frozenset()
    service_group_ids: frozenset[UUID] = frozenset()
    locations: frozenset[str] = frozenset()
    denial_categories: frozenset[str] = frozenset()

    @property
    def by_location(self) -> bool:
        return Dimension.LOCATION in self.dimensions or bool(self.locations)

    @property
    def by_service_group(self) -> bool:
        return Dimension.SERVICE_GROUP in self.dimensions or bool(self.service_group_ids)

    @property
    def by_category(self) -> bool:
        return Dimension.DENIAL_CATEGORY in self.dimensions or bool(self.denial_categories)


class Key(NamedTuple):
    """A group: None where it is not grouped by, or where its claims have none."""

    payer: UUID | None = None
    service_group: UUID | None = None
    location: str | None = None
    denial_category: str | None = None
    period: date | None = None


def check(question: Question) -> None:
    """Raises `ServiceError`, INVALID, where a measure is not known by what is asked for, with what it is known by."""
    if question.last_day < question.first_day:
        raise _invalid("The last day is before the first: exchange `firstDay` and `lastDay`.", "filter")
    measures = sorted(question.measures, key=list(Measure).index)
    if question.by_category and (others := [each.name for each in measures if not DEFINITIONS[each].by_category]):
        having = " and ".join(each.name for each, of in DEFINITIONS.items() if of.by_category)
        raise _invalid(
            f"{', '.join(others)} cannot be told by denial category; {having} can. Ask for the others without it.",
            "groupBy",
        )
    counted = [each.name for each in measures if DEFINITIONS[each].reads != Reads.CLAIMS]
    if question.by_location and question.by_service_group and counted:
        raise _invalid(
            f"{', '.join(counted)} cannot be told by service group and location at once. Ask once for each.", "groupBy"
        )
    unknown = sorted(question.denial_categories - set(_CATEGORIES))
    if unknown:
        raise _invalid(f"A denial category is one of {', '.join(_CATEGORIES)}.", "filter")


def _invalid(message: str, field: str) -> ServiceError:
    return ServiceError(ErrorCode.INVALID, message, field=field)


def figures(organization_id: UUID, question: Question) -> dict[Key, Figures]:
    """By group, of those in which any of what is asked for happened; without dimensions and grain the one group always.

    A query for the slices and one for each kind of thing that the measures are read from. Raises as `check`.
    """
    check(question)
    reads = {DEFINITIONS[measure].reads for measure in question.measures}
    if question.by_category:
        reads = {Reads.DECISIONS}
    found: dict[Key, Figures] = defaultdict(Figures)
    if reads - {Reads.CLAIMS}:
        _Rollup(organization_id, question, found).add(reads)
    if Reads.CLAIMS in reads:
        _add_cohorts(organization_id, question, found)
    groups = {key: each for key, each in found.items() if any(tells(each, measure) for measure in question.measures)}
    return groups if question.dimensions or question.grain else {Key(): groups.get(Key(), Figures())}


class _Rollup:
    """Adds what the roll-up's days hold to figures."""

    def __init__(self, organization_id: UUID, question: Question, found: dict[Key, Figures]) -> None:
        self._question, self._found = question, found
        self._places = dict(_slices(organization_id, question))
        rows = RollupDay.objects.for_organization(organization_id).filter(
            day__range=(question.first_day, question.last_day), slice_id__in=list(self._places)
        )
        self._rows: QuerySet[RollupDay] = rows.order_by()
        self._period = [_TRUNCATED[question.grain]("day")] if question.grain else []

    def add(self, reads: Iterable[Reads]) -> None:
        if Reads.SUMS in reads:
            self._add_sums()
        if Reads.DECISIONS in reads:
            self._add_decisions()
        if Reads.WAITS in reads:
            self._add_waits()

    def _groups(self, slice_id: UUID, period: date | None) -> Iterator[tuple[Key, int]]:
        """The groups of a slice, and whether it is added to them or taken off."""
        return ((key._replace(period=period), sign) for key, sign in self._places[slice_id])

    def _add_sums(self) -> None:
        asked = sorted({name for measure in self._question.measures for name in DEFINITIONS[measure].sums})
        rows = self._rows.values_list("slice_id", *self._period)
        for slice_id, *rest in rows.annotate(**{f"total_{name}": Sum(name) for name in asked}):
            period = rest.pop(0) if self._period else None
            for key, sign in self._groups(slice_id, period):
                of = self._found[key]
                for name, total in zip(asked, rest, strict=True):
                    setattr(of, name, getattr(of, name) + sign * int(total))

    def _add_decisions(self) -> None:
        claims, billed, denied, allowed = map(DECISION_SUMS.index, ("claims", "billed", "denied", "allowed"))
        by_category = Dimension.DENIAL_CATEGORY in self._question.dimensions
        for (slice_id, period), number, sums in self._entries("decisions", decision_entries):
            category = None if number == NOT_DENIED else _CATEGORIES[number]
            if self._question.denial_categories and category not in self._question.denial_categories:
                continue
            for key, sign in self._groups(slice_id, period):
                of = self._found[key._replace(denial_category=category) if by_category else key]
                of.decided_cents += sign * sums[billed]
                of.denied_cents += sign * sums[denied]
                of.allowed_cents += sign * sums[allowed]
                if self._question.by_category and category is not None:
                    of.denied += sign * sums[claims]

    def _add_waits(self) -> None:
        for (slice_id, period), end, (claims,) in self._entries("ends", end_entries):
            days, how = divmod(end, len(ENDS))
            if how not in PAYMENTS:
                continue
            for key, sign in self._groups(slice_id, period):
                waited = self._found[key].waited
                waited[days] = waited.get(days, 0) + sign * claims

    def _entries(
        self, column: str, decode: Callable[[bytes], NDArray[np.signedinteger]]
    ) -> Iterator[tuple[tuple[UUID, date | None], int, list[int]]]:
        """Slice and period, the first number of an entry, and the sums of its others."""
        for slice_id, period, stored in self._stored(column):
            entries = decode(stored).astype(np.int64)
            table = Table(entries[:, :1], entries[:, 1:])
            for (first,), sums in zip(table.keys.tolist(), table.sums.tolist(), strict=True):
                yield (slice_id, period), first, sums

    def _stored(self, column: str) -> Iterator[tuple[UUID, date | None, bytes]]:
        """What is stored in a column: of each slice and period, or where the database cannot join it, of each day."""
        rows: QuerySet[Any, Any]
        told = self._rows.exclude(**{column: b""})
        if connection.vendor == "postgresql":
            rows = told.values_list("slice_id", *self._period).annotate(together=_OneAfterTheOther(column))
        else:
            rows = told.values_list("slice_id", *self._period, column)
        for slice_id, *period, stored in rows.iterator(chunk_size=_ROWS_AT_ONCE):
            yield slice_id, period[0] if period else None, bytes(stored)


class _OneAfterTheOther(Aggregate):
    """Bytes joined; PostgreSQL only."""

    function = "string_agg"
    template = "%(function)s(%(expressions)s, ''::bytea)"
    output_field = BinaryField()


def _slices(organization_id: UUID, question: Question) -> Iterator[tuple[UUID, list[tuple[Key, int]]]]:
    """Each slice that is read, with the groups that it is added to (1) or taken off (-1)."""
    slices = RollupSlice.objects.for_organization(organization_id)
    if question.payer_ids:
        slices = slices.filter(payer_id__in=question.payer_ids)
    if question.service_group_ids:
        slices = slices.filter(service_group_id__in=question.service_group_ids)
    if question.locations:
        slices = slices.filter(location__in=question.locations)
    elif not question.by_location:
        slices = slices.filter(location="")
    for slice_id, *place in slices.order_by().values_list("pk", "payer_id", "service_group_id", "location"):
        key = _key(question, *place)
        is_part = place[2] and not question.locations
        yield slice_id, [(key, 1), (key._replace(location=None), -1)] if is_part else [(key, 1)]


def _key(question: Question, payer: UUID, service_group: UUID | None, location: str) -> Key:
    return Key(
        payer if Dimension.PAYER in question.dimensions else None,
        service_group if Dimension.SERVICE_GROUP in question.dimensions else None,
        (location or None) if Dimension.LOCATION in question.dimensions else None,
    )


def _add_cohorts(organization_id: UUID, question: Question, found: dict[Key, Figures]) -> None:
    """Claims by the day of their submission, or where none is told of their decision, and what became of them."""
    claims = Claim.objects.for_organization(organization_id).annotate(day=Coalesce("submitted_date", "decided_date"))
    claims = claims.filter(day__range=(question.first_day, question.last_day))
    if question.payer_ids:
        claims = claims.filter(payer_id__in=question.payer_ids)
    if question.service_group_ids:
        claims = claims.filter(service_group_id__in=question.service_group_ids)
    if question.locations:
        claims = claims.filter(location__in=question.locations)
    by = {Dimension.PAYER: "payer_id", Dimension.SERVICE_GROUP: "service_group_id", Dimension.LOCATION: "location"}
    columns = [column for dimension, column in by.items() if dimension in question.dimensions]
    if question.grain:
        claims = claims.annotate(period=_TRUNCATED[question.grain]("day"))
        columns.append("period")
    decided = ~Q(outcome=Outcome.PENDING) & Q(decided_date__isnull=False)
    rows = claims.order_by().values(*columns) if columns else claims.order_by().values("organization_id")
    for row in rows.annotate(
        claims=Count("pk"),
        decided=Count("pk", filter=decided),
        denied=Count("pk", filter=decided & Q(outcome=Outcome.DENIED)),
    ):
        place = (row.get("payer_id"), row.get("service_group_id"), row.get("location") or None)
        of = found[Key(*place, period=row.get("period"))]
        of.cohort, of.cohort_decided, of.cohort_denied = row["claims"], row["decided"], row["denied"]
