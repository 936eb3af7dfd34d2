"""Signals, and what an organization tells detection, as clients see them."""

import math
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any, cast

import strawberry
from strawberry.scalars import JSON

from upstream.claims.denial_reasons import CATEGORIES
from upstream.claims.models import ReasonKind
from upstream.claims.schema import ClaimOrder, claim_page
from upstream.claims.types import TEXT, ClaimType, PayerType, ServiceGroupType, code_text
from upstream.detection import selectors
from upstream.detection.known_events import events_of, known_events
from upstream.detection.models import (
    DetectionSettings,
    Direction,
    KnownEvent,
    KnownEventKind,
    Scope,
    Signal,
    SignalKind,
    StreamLevel,
)
from upstream.detection.own_changes import OwnChangeKind, changes_near, own_changes
from upstream.detection.reasons import reasons_of
from upstream.graph.context import Info
from upstream.graph.gates import gated, gated_model, requires
from upstream.graph.pages import Page
from upstream.graph.permissions import Permission

for _enum in (SignalKind, StreamLevel, Direction, Scope, KnownEventKind, OwnChangeKind, ReasonKind):
    strawberry.enum(_enum)

# e to this power is the largest float.
_MAX_LOG = 709.0


def e_value_of(log_evidence: float) -> float:
    """Evidence against `nothing changed`, as far as a float holds it."""
    return math.exp(min(log_evidence, _MAX_LOG))


@gated(Permission.SIGNALS_READ, description="One day of the stream.")
class SignalPoint:
    day: date
    count: int = strawberry.field(
        description="What could have happened: claims decided, of PAYMENT_DELAY and DENIAL_COHORT claims open."
    )
    events: float = strawberry.field(
        description="What happened: claims denied, dollars denied, claims paid, payments taken back."
    )
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
    before: float = strawberry.field(
        description="Share denied for it, before: of decided claims, of DENIAL_DOLLARS of billed dollars."
    )
    after: float
    claims: int = strawberry.field(description="Claims denied for it since the change.")
    share: float = strawberry.field(description="Part of the whole shift it carries.")


@gated(Permission.SIGNALS_READ, description="A service group's part in a payer's shift.")
class ServiceGroupShare:
    service_group_id: strawberry.ID | None = strawberry.field(
        description="Null for the groups that are too thin to be watched, together."
    )
    name: str
    claims: int = strawberry.field(description="Claims denied in it since the change.")
    share: float = strawberry.field(description="Part of the whole shift it carries.")
    rest_unchanged: bool = strawberry.field(description="Whether the payer's other groups show no change.")


@gated(Permission.SIGNALS_READ, description="A reason or remark code's part in the shift.")
class ReasonShare:
    kind: ReasonKind
    code: str
    label: str
    before: float = strawberry.field(description="Share of decided claims denied with it, before.")
    after: float
    claims: int = strawberry.field(description="Claims denied with it since the change.")

    @strawberry.field(description=TEXT)
    def text(self, info: Info) -> str | None:
        return code_text(info, self.kind, self.code)


@gated(
    Permission.SIGNALS_READ, description="The same services at the other payers, over the same days: is it them or us?"
)
class Elsewhere:
    before: float | None = strawberry.field(description="As the signal's `before`; null where nothing was decided.")
    after: float | None
    after_low: float | None
    after_high: float | None
    claims: int = strawberry.field(description="Claims behind `after`.")


@gated(Permission.SIGNALS_READ, description="Something the practice itself changed.")
class OwnChange:
    kind: OwnChangeKind
    day: date
    what: str = strawberry.field(description="The location, the provider's NPI or the service group; else empty.")


@gated_model(
    KnownEvent,
    Permission.SIGNALS_READ,
    name="KnownEvent",
    description="Something the practice knew of. It annotates the changes that fall into its days and silences none.",
)
class KnownEventType:
    id: strawberry.ID
    kind: KnownEventKind
    title: str
    note: str
    payer: PayerType | None = strawberry.field(description="Null: all payers.")
    service_group: ServiceGroupType | None = strawberry.field(description="Null: all services.")
    first_day: date
    last_day: date | None = strawberry.field(description="Null: the first day alone.")


@gated_model(
    DetectionSettings,
    Permission.SIGNALS_READ,
    name="DetectionSettings",
    description="What an organization asks of detection.",
)
class DetectionSettingsType:
    weekly_alert_budget: int = strawberry.field(description="New alerts in any seven days, at most.")
    smallest_odds: float = strawberry.field(
        description="Changes within this odds ratio are too small to matter: 1.10 takes 10.0% to 10.9%."
    )


@gated_model(Signal, Permission.SIGNALS_READ, name="Signal", description="A stream that changed, with the evidence.")
class SignalType:
    id: strawberry.ID
    kind: SignalKind
    level: StreamLevel
    direction: Direction
    payer: PayerType
    service_group: ServiceGroupType | None
    denial_category: str = strawberry.field(description="Of level PAYER_DENIAL_CATEGORY; empty for the others.")
    location: str = strawberry.field(description="Of level PAYER_LOCATION; empty for the others.")
    scope: Scope = strawberry.field(description="Whether the other payers show the same change: theirs, or ours.")
    alarmed_on: date
    change_date: date
    change_date_low: date
    change_date_high: date
    before: float = strawberry.field(
        description="DENIAL_RATE: share of decided claims; DENIAL_COHORT: share of submitted claims; DENIAL_DOLLARS: "
        "share of billed dollars; TAKEBACK: takebacks per claim decided; PAYMENT_DELAY: median days to payment."
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

    @strawberry.field(description="The denial category in words; empty for other levels.")
    def denial_label(self) -> str:
        category = cast(Signal, self).denial_category
        return CATEGORIES.get(category, category)

    @strawberry.field(description="Evidence against `nothing changed`.")
    def e_value(self) -> float:
        return e_value_of(cast(Signal, self).log_evidence)

    @strawberry.field
    def series(self) -> list[SignalPoint]:
        return [
            SignalPoint(**{**point, "day": date.fromisoformat(point["day"])}) for point in cast(Signal, self).series
        ]

    @strawberry.field(description="What carries it, largest first; empty for PAYMENT_DELAY.")
    def categories(self) -> list[CategoryShare]:
        return [CategoryShare(**category) for category in cast(Signal, self).categories]

    @strawberry.field(description="Where a payer's denials lie, largest first; empty for other signals.")
    def service_group_shares(self) -> list[ServiceGroupShare]:
        return [
            ServiceGroupShare(
                service_group_id=part["service_group"] or None,
                name=part["name"],
                claims=part["claims"],
                share=part["share"],
                rest_unchanged=part["rest_unchanged"],
            )
            for part in cast(Signal, self).parameters.get("service_groups", ())
        ]

    @strawberry.field(
        description="The codes that denials carry, largest shift first; empty for PAYMENT_DELAY and TAKEBACK."
    )
    def reasons(self, info: Info) -> list[ReasonShare]:
        found = reasons_of(info.context.organization_id, cast(Signal, self))
        return [ReasonShare(**asdict(reason)) for reason in found]

    @strawberry.field(description="Null for a kind that has no such comparison.")
    def elsewhere(self) -> Elsewhere | None:
        found = cast(Signal, self).parameters.get("elsewhere")
        return Elsewhere(**found) if found else None

    @strawberry.field(description="What the practice knew of around the days of the change, the latest first.")
    def known_events(self, info: Info) -> list[KnownEventType]:
        cache = info.context.cache
        if "known_events" not in cache:
            cache["known_events"] = list(known_events(info.context.organization_id))
        return cast(Any, events_of(cast(Signal, self), cast(Iterable[KnownEvent], cache["known_events"])))

    @strawberry.field(description="What the practice itself changed around the days of the change, oldest first.")
    def own_changes(self, info: Info) -> list[OwnChange]:
        cache = info.context.cache
        if "own_changes" not in cache:
            cache["own_changes"] = own_changes(info.context.organization_id)
        return [
            OwnChange(kind=change.kind, day=change.day, what=change.what)
            for change in changes_near(cast(Signal, self), cache["own_changes"])
        ]

    @strawberry.field(description="The claims that prove it.", directives=requires(Permission.CLAIMS_READ))
    def claims(
        self, info: Info, order_by: ClaimOrder = ClaimOrder.DECIDED_DESC, first: int = 25, after: str | None = None
    ) -> Page[ClaimType] | None:
        rows = selectors.signal_claims(info.context.organization_id, cast(Signal, self))
        return claim_page(info, rows, order=order_by, first=first, after=after)
