"""Figures by group, from the roll-up where it holds them and from the claims where it does not.

A slice of the roll-up is a payer's service group or a payer's location, so the two are not known together. What a
payer's locations leave of its service groups is what tells no location.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Aggregate, BinaryField, QuerySet, Sum
from numpy.typing import NDArray

from upstream.claims.denial_reasons import CATEGORIES
from upstream.claims.metrics import from_claims
from upstream.claims.metrics.measures import DEFINITIONS, Figures, Reads, tells
from upstream.claims.metrics.question import REASONS, TRUNCATED, Dimension, Key, Question, check
from upstream.claims.models import RollupDay, RollupSlice
from upstream.claims.rollup.changes import NOT_DENIED
from upstream.claims.rollup.counting import DECISION_SUMS, ENDS, PAYMENTS, Table
from upstream.claims.rollup.days import decision_entries, end_entries

#: Rows fetched at once, which bounds the memory.
_ROWS_AT_ONCE = 200
_CATEGORIES = tuple(CATEGORIES)
_COLUMNS = {Dimension.PAYER: "payer_id", Dimension.SERVICE_GROUP: "service_group_id", Dimension.LOCATION: "location"}


def figures(organization_id: UUID, question: Question) -> dict[Key, Figures]:
    """By group, of those in which any of what is asked for happened; without dimensions and grain the one group always.

    A query for the slices and one for each kind of thing that the measures are read from. Raises as `check`.
    """
    check(question)
    found: dict[Key, Figures] = defaultdict(Figures)
    of_claims = {each for each in question.measures if question.of_claims or DEFINITIONS[each].reads == Reads.CLAIMS}
    if counted := question.measures - of_claims:
        reads = {DEFINITIONS[measure].reads for measure in counted}
        _Rollup(organization_id, question, found).add({Reads.DECISIONS} if question.by_reason else reads)
    if of_claims:
        from_claims.add(organization_id, question, {DEFINITIONS[each].event for each in of_claims}, found)
    if question.by_reason:
        found = _of_reasons(question, found)
    groups = {key: each for key, each in found.items() if any(tells(each, measure) for measure in question.measures)}
    return groups if question.dimensions or question.grain else {Key(): groups.get(Key(), Figures())}


def _of_reasons(question: Question, found: dict[Key, Figures]) -> dict[Key, Figures]:
    """Groups of the reasons that are asked for, told how many were denied for any; as one where not grouped by them."""
    totals: Counter[Key] = Counter()
    for key, of in found.items():
        totals[key._replace(denial_category=None, carc=None)] += of.denied
    not_told = {each.value: None for each in REASONS - {*question.dimensions}}
    asked: dict[Key, Figures] = defaultdict(Figures)
    for key, of in found.items():
        was_denied = of.denied or of.denied_cents
        if was_denied and all(
            getattr(key, each.value) in question.only[each] for each in REASONS & question.only.keys()
        ):
            together = asked[key._replace(**not_told)]
            together.denied += of.denied
            together.denied_cents += of.denied_cents
            together.denied_of = totals[key._replace(denial_category=None, carc=None)]
    return asked


class _Rollup:
    """Adds what the roll-up's days hold to figures."""

    def __init__(self, organization_id: UUID, question: Question, found: dict[Key, Figures]) -> None:
        self._question, self._found = question, found
        self._places = dict(_slices(organization_id, question))
        rows = RollupDay.objects.for_organization(organization_id).filter(
            day__range=(question.first_day, question.last_day), slice_id__in=list(self._places)
        )
        self._rows: QuerySet[RollupDay] = rows.order_by()
        self._period = [TRUNCATED[question.grain]("day")] if question.grain else []

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
        for (slice_id, period), number, sums in self._entries("decisions", decision_entries):
            category = None if number == NOT_DENIED or not self._question.by_reason else _CATEGORIES[number]
            for key, sign in self._groups(slice_id, period):
                of = self._found[key._replace(denial_category=category)]
                of.decided_cents += sign * sums[billed]
                of.denied_cents += sign * sums[denied]
                of.allowed_cents += sign * sums[allowed]
                if category is not None:
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
    for dimension, column in _COLUMNS.items():
        if dimension in question.only:
            slices = slices.filter(**{f"{column}__in": question.only[dimension]})
    if Dimension.LOCATION not in question.about:
        slices = slices.filter(location="")
    for slice_id, *place in slices.order_by().values_list("pk", "payer_id", "service_group_id", "location"):
        key = _key(question, *place)
        is_part = place[2] and Dimension.LOCATION not in question.only
        yield slice_id, [(key, 1), (key._replace(location=None), -1)] if is_part else [(key, 1)]


def _key(question: Question, payer: UUID, service_group: UUID | None, location: str) -> Key:
    return Key(
        payer if Dimension.PAYER in question.dimensions else None,
        service_group if Dimension.SERVICE_GROUP in question.dimensions else None,
        (location or None) if Dimension.LOCATION in question.dimensions else None,
    )
