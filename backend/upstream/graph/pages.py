"""Keyset pages: constant cost however deep, with signed cursors bound to the organization and the order."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

import orjson
import strawberry
from django.core.signing import BadSignature, Signer
from django.db.models import F, Model, Q, QuerySet

from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.gates import gated
from upstream.graph.permissions import Permission

MAX_PAGE = 200
T = TypeVar("T")


@gated(Permission.SIGNED_IN)
class PageInfo:
    start_cursor: str | None
    end_cursor: str | None
    has_next_page: bool
    has_previous_page: bool


@gated(Permission.SIGNED_IN)
class Page(Generic[T]):
    items: list[T]
    page_info: PageInfo
    count: strawberry.Private[Callable[[], int]]

    @strawberry.field(description="Rows over all pages; counted only when asked for.")
    def total_count(self) -> int:
        return self.count()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an order. The last column of an order must be unique and never null."""

    name: str
    descending: bool
    convert: Callable[[Any], Any]

    def expression(self) -> Any:
        return F(self.name).desc(nulls_last=True) if self.descending else F(self.name).asc(nulls_last=True)

    def beyond(self, value: Any) -> Q | None:
        """Rows after `value` in this column (nulls come last); None when there can be none."""
        if value is None:
            return None
        further = Q(**{f"{self.name}__{'lt' if self.descending else 'gt'}": value})
        return further | Q(**{f"{self.name}__isnull": True})

    def same(self, value: Any) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})


def descending(name: str, convert: Callable[[Any], Any]) -> Column:
    return Column(name, True, convert)


def ascending(name: str, convert: Callable[[Any], Any]) -> Column:
    return Column(name, False, convert)


NEWEST_FIRST: tuple[Column, ...] = (descending("id", UUID),)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _signer(organization_id: UUID, order: Sequence[Column]) -> Signer:
    spelled = ",".join(f"{'-' if column.descending else ''}{column.name}" for column in order)
    return Signer(salt=f"cursor {organization_id} {spelled}", sep=".")


def _write_cursor(row: Any, organization_id: UUID, order: Sequence[Column]) -> str:
    values = []
    for column in order:
        value = row
        for part in column.name.split("__"):
            value = getattr(value, part)
        values.append(_plain(value))
    text = urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")
    return _signer(organization_id, order).sign(text)


def _read_cursor(cursor: str, organization_id: UUID, order: Sequence[Column]) -> list[Any]:
    try:
        text = _signer(organization_id, order).unsign(cursor)
        values = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (BadSignature, ValueError) as error:
        raise ServiceError(
            ErrorCode.INVALID,
            "This cursor does not belong to this list in this order. Start again without it.",
            field="after",
        ) from error
    return [None if value is None else column.convert(value) for column, value in zip(order, values, strict=True)]


def to_date(value: Any) -> date:
    return date.fromisoformat(value)


def to_datetime(value: Any) -> datetime:
    return datetime.fromisoformat(value)


def page(
    queryset: QuerySet[Any],
    *,
    organization_id: UUID,
    order: Sequence[Column],
    first: int,
    after: str | None,
) -> Page[Any]:
    """One page of a scoped queryset: `first` rows after the cursor `after`.

    One query for the rows (and one for the count when it is selected). Raises INVALID for a cursor of another list and
    for `first` outside 1 to 200.
    """
    if not 1 <= first <= MAX_PAGE:
        raise ServiceError(ErrorCode.INVALID, f"Ask for 1 to {MAX_PAGE} rows.", field="first")
    rows = queryset.order_by(*(column.expression() for column in order))
    if after:
        values = _read_cursor(after, organization_id, order)
        beyond, prefix = Q(), Q()
        for column, value in zip(order, values, strict=True):
            step = column.beyond(value)
            if step is not None:
                beyond |= prefix & step
            prefix &= column.same(value)
        rows = rows.filter(beyond)
    fetched: list[Model] = list(rows[: first + 1])
    shown = fetched[:first]
    cursors = [_write_cursor(row, organization_id, order) for row in (shown[:1] + shown[-1:])]
    return Page(
        items=shown,
        page_info=PageInfo(
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
            has_next_page=len(fetched) > first,
            has_previous_page=bool(after),
        ),
        count=lambda: queryset.order_by().count(),
    )
