"""Signals in the graph."""

from decimal import Decimal
from enum import Enum
from uuid import UUID

import strawberry
from django.db.models import QuerySet

from upstream.detection import selectors
from upstream.detection.models import Direction, Signal, SignalKind, StreamLevel
from upstream.detection.types import SignalType
from upstream.graph.context import Info
from upstream.graph.gates import requires, shown
from upstream.graph.mutations import row_id
from upstream.graph.pages import Column, Page, descending, page, to_date
from upstream.graph.permissions import Permission
from upstream.graph.selection import selects

# A signal's evidence is large; lists that do not ask for it do not read it.
EVIDENCE = {"series": "series", "categories": "categories", "parameters": "parameters"}


@strawberry.enum
class SignalOrder(Enum):
    ALARMED_ON_DESC = "alarmed_on"
    DOLLARS_DESC = "dollars_per_week"
    CERTAINTY_DESC = "certainty"


ORDERS: dict[SignalOrder, tuple[Column, ...]] = {
    SignalOrder.ALARMED_ON_DESC: (descending("alarmed_on", to_date), descending("id", UUID)),
    SignalOrder.DOLLARS_DESC: (descending("dollars_per_week", Decimal), descending("id", UUID)),
    SignalOrder.CERTAINTY_DESC: (descending("certainty", float), descending("id", UUID)),
}


@strawberry.input
class SignalFilter:
    kind: SignalKind | None = None
    payer_id: strawberry.ID | None = None
    level: StreamLevel | None = None
    direction: Direction | None = None


def unread_evidence(info: Info, *path: str) -> list[str]:
    """Names of the evidence columns that the query does not need below `path`."""
    unread = [column for field, column in EVIDENCE.items() if not selects(info, *path, field)]
    # The claims behind a signal are found by its parameters.
    return [column for column in unread if column != "parameters" or not selects(info, *path, "claims")]


def _signals(info: Info, *path: str) -> QuerySet[Signal]:
    rows = selectors.signals(info.context.organization_id).select_related("payer", "service_group")
    return rows.defer(*unread_evidence(info, *path))


@strawberry.type
class DetectionQuery:
    @strawberry.field(directives=requires(Permission.SIGNALS_READ))
    def signals(
        self,
        info: Info,
        filter: SignalFilter | None = None,
        order_by: SignalOrder = SignalOrder.ALARMED_ON_DESC,
        first: int = 25,
        after: str | None = None,
    ) -> Page[SignalType] | None:
        rows = _signals(info, "items")
        if filter:
            if filter.kind:
                rows = rows.filter(kind=filter.kind)
            if filter.payer_id:
                rows = rows.filter(payer_id=row_id(filter.payer_id))
            if filter.level:
                rows = rows.filter(level=filter.level)
            if filter.direction:
                rows = rows.filter(direction=filter.direction)
        organization_id = info.context.organization_id
        return page(rows, organization_id=organization_id, order=ORDERS[order_by], first=first, after=after)

    @strawberry.field(directives=requires(Permission.SIGNALS_READ))
    def signal(self, info: Info, id: strawberry.ID) -> SignalType | None:
        return shown(_signals(info).filter(pk=row_id(id)).first())
