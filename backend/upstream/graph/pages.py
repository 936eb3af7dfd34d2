"""Keyset pages: constant cost however deep, with signed cursors bound to the organization and the order."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

import orjson
import strawberry
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, Q, QuerySet

from upstream.core.compiled import CompiledTuples, Conditions
from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.gates import gated
from upstream.graph.permissions import Permission

MAX_PAGE = 200
T = TypeVar("T")


@gated(Permission.SIGNED_IN)
class PageInfo:
    rows: strawberry.Private["Listed"]

    @strawberry.field
    def start_cursor(self) -> str | None:
        return self.rows.cursor(0)

    @strawberry.field
    def end_cursor(self) -> str | None:
        return self.rows.cursor(-1)

    @strawberry.field
    def has_next_page(self) -> bool:
        return self.rows.has_next

    @strawberry.field
    def has_previous_page(self) -> bool:
        return self.rows.has_previous


@gated(Permission.SIGNED_IN)
class Page(Generic[T]):
    rows: strawberry.Private["Listed"]
    count: strawberry.Private[Callable[[], int]]

    @strawberry.field
    def items(self) -> list[T]:
        return cast(list[T], self.rows)

    @strawberry.field
    def page_info(self) -> PageInfo:
        return PageInfo(rows=self.rows)

    @strawberry.field(description="Rows over all pages; counted only when asked for.")
    def total_count(self) -> int:
        return self.count()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an order. The last column of an order must be unique and never null."""

    name: str
    descending: bool
    convert: Callable[[Any], Any]

    def expression(self, *, nulls: bool) -> Any:
        """nulls: whether there can be any; where an index need not know of them, it can be walked."""
        last = True if nulls else None
        return F(self.name).desc(nulls_last=last) if self.descending else F(self.name).asc(nulls_last=last)

    def beyond(self, value: Any, *, nulls: bool) -> Q | None:
        """Rows after `value` in this column (nulls come last); None when there can be none."""
        if value is None:
            return None
        further = Q(**{f"{self.name}__{'lt' if self.descending else 'gt'}": value})
        return further | Q(**{f"{self.name}__isnull": True}) if nulls else further

    def from_on(self, value: Any) -> Q:
        """What `beyond` and `same` come to together, in words that an index is entered by."""
        return Q(**{f"{self.name}__{'lte' if self.descending else 'gte'}": value})

    def same(self, value: Any) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})


def descending(name: str, convert: Callable[[Any], Any]) -> Column:
    return Column(name, True, convert)


def ascending(name: str, convert: Callable[[Any], Any]) -> Column:
    return Column(name, False, convert)


NEWEST_FIRST: tuple[Column, ...] = (descending("id", UUID),)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


@lru_cache(maxsize=1_000)
def _key(organization_id: UUID, order: tuple[Column, ...]) -> bytes:
    """What cursors of one organization's list are signed with, in one order."""
    spelled = ",".join(f"{'-' if column.descending else ''}{column.name}" for column in order)
    return hmac.digest(settings.SECRET_KEY.encode(), f"cursor {organization_id} {spelled}".encode(), "sha256")


def _signature(text: bytes, organization_id: UUID, order: Sequence[Column]) -> bytes:
    digest = blake2b(text, key=_key(organization_id, tuple(order)), digest_size=24).digest()
    return urlsafe_b64encode(digest)


def _write_cursor(values: Iterable[Any], organization_id: UUID, order: Sequence[Column]) -> str:
    text = urlsafe_b64encode(orjson.dumps([*map(_plain, values)])).rstrip(b"=")
    return f"{text.decode()}.{_signature(text, organization_id, order).decode()}"


def _read_cursor(cursor: str, organization_id: UUID, order: Sequence[Column]) -> list[Any]:
    text, _, signature = cursor.encode(errors="replace").rpartition(b".")
    if not hmac.compare_digest(signature, _signature(text, organization_id, order)):
        raise ServiceError(
            ErrorCode.INVALID,
            "This cursor does not belong to this list in this order. Start again without it.",
            field="after",
        )
    values = orjson.loads(urlsafe_b64decode(text + b"=" * (-len(text) % 4)))
    return [None if value is None else column.convert(value) for column, value in zip(order, values, strict=True)]


def to_date(value: Any) -> date:
    return date.fromisoformat(value)


def to_datetime(value: Any) -> datetime:
    return datetime.fromisoformat(value)


Part = Callable[[QuerySet[Any], list[Any] | None], QuerySet[Any]]
"""A stretch of an index: of all rows, those of it that come after the values of a cursor, in order."""

_tuples = CompiledTuples(most=500)


class Listed(Sequence[Any]):
    """The rows of one page, fetched when they are first asked for: as models, or as what is all that is selected."""

    def __init__(
        self,
        rows: Callable[[], QuerySet[Any]],
        conditions: Conditions | None,
        parts: list[Part],
        *,
        first: int,
        after: list[Any] | None,
        organization_id: UUID,
        order: Sequence[Column],
    ) -> None:
        self._rows, self._conditions, self._parts = rows, conditions, parts
        self._first, self._after = first, after
        self._organization_id, self._order = organization_id, tuple(order)
        self._models: list[Any] | None = None
        self._ends: list[Sequence[Any]] | None = None
        self._further = False

    @property
    def fetched(self) -> bool:
        return self._models is not None

    def values(self, columns: Sequence[str], *, texts: bool = False) -> list[tuple[Any, ...]]:
        """The rows as tuples that begin with these columns (each but once), without their models.

        texts: ids, dates and decimals may come as texts, where that is less work.
        """
        names = tuple(dict.fromkeys([*columns, *(column.name for column in self._order)]))
        rows = self._fetch(partial(self._of_part, names, texts))
        places = [names.index(column.name) for column in self._order]
        self._ends = [[row[place] for place in places] for row in (rows[:1] + rows[-1:])]
        return rows

    def _of_part(self, names: tuple[str, ...], texts: bool, number: int) -> list[tuple[Any, ...]]:
        part, conditions, after, most = self._parts[number], self._conditions, self._after, self._first + 1

        def tuples(rows: QuerySet[Any], after: list[Any] | None) -> QuerySet[Any, Any]:
            return part(rows.prefetch_related(None), after).values_list(*names)[:most]

        if conditions is None:
            return list(tuples(self._rows(), after))
        given = conditions.given

        def make(values: Sequence[Any]) -> QuerySet[Any, Any]:
            of_cursor = None if after is None else list(values[len(given) :])
            return tuples(conditions.having(values[: len(given)]).rows(), of_cursor)

        key = conditions.key, self._order, number, len(self._parts), after is None, names, most
        return _tuples.fetch(key, [*given, *(after or ())], make, texts=texts)

    def cursor(self, end: int) -> str | None:
        """The first row's (0) or the last's (-1); None where there is none."""
        ends = self._fetched_ends()
        return _write_cursor(ends[end], self._organization_id, self._order) if ends else None

    @property
    def has_next(self) -> bool:
        self._fetched_ends()
        return self._further

    @property
    def has_previous(self) -> bool:
        return self._after is not None

    def _fetched_ends(self) -> list[Sequence[Any]]:
        if self._ends is None:
            self.models()
        return self._ends or []

    def models(self) -> list[Any]:
        """The rows, fetched once."""
        if self._models is None:
            rows = self._models = self._fetch(
                lambda number: self._parts[number](self._rows(), self._after)[: self._first + 1]
            )
            self._ends = [[_value(row, column.name) for column in self._order] for row in (rows[:1] + rows[-1:])]
        return self._models

    def _fetch(self, of_part: Callable[[int], Iterable[Any]]) -> list[Any]:
        rows: list[Any] = []
        for number in range(len(self._parts)):
            if len(rows) <= self._first:
                # Of each part as many as there may be, so that its SQL is the same whatever stands before it.
                rows += of_part(number)
        self._further = len(rows) > self._first
        return rows[: self._first]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.models())

    def __len__(self) -> int:
        return len(self.models())

    def __getitem__(self, index: Any) -> Any:
        return self.models()[index]


def _value(row: Any, name: str) -> Any:
    for part in name.split("__"):
        row = getattr(row, part)
    return row


def page(
    rows: QuerySet[Any] | Conditions,
    *,
    organization_id: UUID,
    order: Sequence[Column],
    first: int,
    after: str | None,
    related: Callable[[QuerySet[Any]], QuerySet[Any]] = lambda rows: rows,
) -> Page[Any]:
    """One page of a scoped queryset: `first` rows after the cursor `after`.

    One query for the rows, a second where rows without a value in the order's first column begin on it (and one for the
    count when it is selected). Of conditions the SQL is written once, where only columns are selected. related: what is
    fetched along where models are. Raises INVALID for a cursor of another list and for `first` outside 1 to 200.
    """
    if not 1 <= first <= MAX_PAGE:
        raise ServiceError(ErrorCode.INVALID, f"Ask for 1 to {MAX_PAGE} rows.", field="first")
    values = _read_cursor(after, organization_id, order) if after else None
    conditions = rows if isinstance(rows, Conditions) else None

    def queryset() -> QuerySet[Any]:
        return rows.rows() if isinstance(rows, Conditions) else rows

    return Page(
        rows=Listed(
            lambda: related(queryset()),
            conditions,
            _parts(rows.model, order, values),
            first=first,
            after=values,
            organization_id=organization_id,
            order=order,
        ),
        count=lambda: queryset().order_by().count(),
    )


def _parts(model: type[Model], order: Sequence[Column], after: list[Any] | None) -> list[Part]:
    """Rows after a cursor, in order: those with a value in the first column, and those without.

    Apart, each is a stretch of an index, however deep in the list; together they would be sorted for every page.
    """
    lead, rest = order[0], order[1:]
    # An order's last column has no nulls, whatever the model says.
    if not rest or not _may_be_null(model, lead):
        return [lambda rows, after: _stretch(rows, order, after)]
    absent = f"{lead.name}__isnull"

    def without(rows: QuerySet[Any], after: list[Any] | None) -> QuerySet[Any]:
        return _stretch(rows.filter(**{absent: True}), rest, after[1:] if after and after[0] is None else None)

    if after and after[0] is None:
        return [without]
    return [lambda rows, after: _stretch(rows.filter(**{absent: False}), order, after), without]


def _stretch(queryset: QuerySet[Any], order: Sequence[Column], values: list[Any] | None) -> QuerySet[Any]:
    """The rows after `values`; the order's first column has no nulls in them."""
    nulls = [False, *(_may_be_null(queryset.model, column) for column in order[1:])]
    rows = queryset.order_by(*(column.expression(nulls=may) for column, may in zip(order, nulls, strict=True)))
    if values is None:
        return rows
    beyond, prefix = Q(), Q()
    for column, value, may in zip(order, values, nulls, strict=True):
        step = column.beyond(value, nulls=may)
        if step is not None:
            beyond |= prefix & step
        prefix &= column.same(value)
    return rows.filter(order[0].from_on(values[0]), beyond)


def _may_be_null(model: type[Model], column: Column) -> bool:
    """Whether the column may hold nulls: what is computed, or stands in another row, may."""
    try:
        return bool(model._meta.get_field(column.name).null)
    except FieldDoesNotExist:
        return True
