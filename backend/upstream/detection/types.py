"""Signals as clients see them."""

import math
from datetime import date
from decimal import Decimal
from typing import cast

import strawberry
from strawberry.scalars import JSON

from upstream.claims.schema import ClaimOrder, claim_page
from upstream.claims.types import ClaimType, PayerType, ServiceGroupType
from upstream.detection import selectors
from upstream.detection.models import Direction, Signal, SignalKind, StreamLevel
from upstream.graph.context import Info
from upstream.graph.gates import gated, gated_model, requires
from upstream.graph.pages import Page
from upstream.graph.permissions import Permission

for _enum in (SignalKind, StreamLevel, Direction):
    strawberry.enum(_enum)

# e to this power is the largest float.
_MAX_LOG = 709.0


@gated(Permission.SIGNALS_READ, description="One day of the stream.")
class SignalPoint:
    day: date
    count: int = strawberry.field(description="DENIAL_RATE: claims decided; PAYMENT_DELAY: claims open.")
    events: int = strawberry.field(description="DENIAL_RATE: claims denied; PAYMENT_DELAY: claims paid.")
    expected: float = strawberry.field(description="Events expected had nothing changed.")
    rate: float | None = strawberry.field(
        description="Events of count over seven days; null where there was nothing to count."
    )
    baseline: float | None
    statistic: float = strawberry.field(
        description="Logarithm of the evidence so far; the alarm is where it reaches the threshold."
    )
    threshold: float


@gated(Permission.SIGNALS_READ, description="A denial category's part in the shift.")
class CategoryShare:
    category: str
    label: str
    before: float = strawberry.field(description="Share of decided claims denied for it, before.")
    after: float
    claims: int = strawberry.field(description="Claims denied for it since the change.")
    share: float = strawberry.field(description="Part of the whole shift it carries.")


@gated_model(Signal, Permission.SIGNALS_READ, name="Signal", description="A stream that changed, with the evidence.")
class SignalType:
    id: strawberry.ID
    kind: SignalKind
    level: StreamLevel
    direction: Direction
    payer: PayerType
    service_group: ServiceGroupType | None
    alarmed_on: date
    change_date: date
    change_date_low: date
    change_date_high: date
    before: float = strawberry.field(
        description="DENIAL_RATE: share of decided claims; PAYMENT_DELAY: median days to payment."
    )
    before_low: float
    before_high: float
    after: float | None = strawberry.field(description="Null while it cannot be told yet.")
    after_low: float | None
    after_high: float | None
    log_evidence: float
    certainty: float = strawberry.field(description="How sure we are that something changed, 0 to 1.")
    dollars_per_week: Decimal
    claims_affected: int
    data_through: date
    in_force: bool = strawberry.field(description="Whether the last weeks still show the level after the change.")
    found: bool = strawberry.field(description="Whether the latest run still finds it.")
    carried_by: str = strawberry.field(description="The service group most of the change lies in; empty for none.")
    parameters: JSON

    @strawberry.field(description="Evidence against `nothing changed`.")
    def e_value(self) -> float:
        return math.exp(min(cast(Signal, self).log_evidence, _MAX_LOG))

    @strawberry.field
    def series(self) -> list[SignalPoint]:
        return [
            SignalPoint(**{**point, "day": date.fromisoformat(point["day"])}) for point in cast(Signal, self).series
        ]

    @strawberry.field(description="What carries it, largest first; empty for PAYMENT_DELAY.")
    def categories(self) -> list[CategoryShare]:
        return [CategoryShare(**category) for category in cast(Signal, self).categories]

    @strawberry.field(description="The claims that prove it.", directives=requires(Permission.CLAIMS_READ))
    def claims(
        self, info: Info, order_by: ClaimOrder = ClaimOrder.DECIDED_DESC, first: int = 25, after: str | None = None
    ) -> Page[ClaimType] | None:
        rows = selectors.signal_claims(info.context.organization_id, cast(Signal, self))
        return claim_page(info, rows, order=order_by, first=first, after=after)
