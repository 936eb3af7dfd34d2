"""Signals, the settings of detection and the calendar of known events in the graph."""

from datetime import date
from decimal import Decimal
from enum import Enum
from uuid import UUID

import strawberry
from django.db.models import QuerySet

from upstream.detection import known_events, selectors, settings
from upstream.detection.models import Direction, KnownEventKind, Signal, SignalKind, StreamLevel
from upstream.detection.types import DetectionSettingsType, KnownEventType, SignalType
from upstream.graph.context import Info
from upstream.graph.gates import gated, requires, shown
from upstream.graph.mutations import Problem, payload, row_id, row_id_or_none, uuid_of
from upstream.graph.pages import Column, Page, descending, page, to_date
from upstream.graph.permissions import Permission
from upstream.graph.selection import selects

# A signal's evidence is large; lists that do not ask for it do not read it. Fields by the column they need.
EVIDENCE = {
    "series": ("series",),
    "categories": ("categories",),
    "parameters": ("parameters", "claims", "serviceGroupShares", "reasons", "elsewhere"),
}


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
EVENT_ORDER: tuple[Column, ...] = (descending("first_day", to_date), descending("id", UUID))


@strawberry.input
class SignalFilter:
    kind: SignalKind | None = None
    payer_id: strawberry.ID | None = None
    level: StreamLevel | None = None
    direction: Direction | None = None
    found: bool | None = strawberry.field(default=None, description="Whether the latest run still finds it.")
    without_alert: bool | None = strawberry.field(
        default=None, description="True: those that would be an alert, had the week's budget room for them."
    )

    def narrowed(self) -> selectors.SignalFilter:
        """The selector's filter; an id that is none finds nothing, like an unknown one."""
        return selectors.SignalFilter(
            kind=self.kind,
            level=self.level,
            direction=self.direction,
            payer_id=row_id_or_none(self.payer_id),
            found=self.found,
            without_alert=self.without_alert,
        )


@gated(Permission.SIGNALS_READ)
class DetectionSettingsPayload:
    settings: DetectionSettingsType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@strawberry.input(description="What is left out stays as it is.")
class UpdateDetectionSettingsInput:
    weekly_alert_budget: int | None = strawberry.field(default=None, description="1 to 50.")
    smallest_odds: float | None = strawberry.field(default=None, description="1.00 to 1.50.")


@gated(Permission.SIGNALS_READ)
class KnownEventPayload:
    event: KnownEventType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@strawberry.input
class KnownEventInput:
    kind: KnownEventKind
    title: str
    first_day: date
    last_day: date | None = None
    payer_id: strawberry.ID | None = strawberry.field(default=None, description="Left out: all payers.")
    service_group_id: strawberry.ID | None = strawberry.field(default=None, description="Left out: all services.")
    note: str = ""

    def values(self) -> known_events.EventValues:
        """Raises NOT_FOUND for an id that is none, as for an unknown one."""
        return known_events.EventValues(
            kind=self.kind,
            title=self.title,
            first_day=self.first_day,
            last_day=self.last_day,
            payer_id=uuid_of(self.payer_id, "payer", field="payerId") if self.payer_id else None,
            service_group_id=(
                uuid_of(self.service_group_id, "service group", field="serviceGroupId")
                if self.service_group_id
                else None
            ),
            note=self.note,
        )


def unread_evidence(info: Info, *path: str) -> list[str]:
    """Names of the evidence columns that the query does not need below `path`."""
    return [column for column, fields in EVIDENCE.items() if not any(selects(info, *path, field) for field in fields)]


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
        organization_id = info.context.organization_id
        rows = selectors.signals(organization_id, (filter or SignalFilter()).narrowed())
        rows = rows.defer(*unread_evidence(info, "items"))
        return page(rows, organization_id=organization_id, order=ORDERS[order_by], first=first, after=after)

    @strawberry.field(directives=requires(Permission.SIGNALS_READ))
    def signal(self, info: Info, id: strawberry.ID) -> SignalType | None:
        rows: QuerySet[Signal] = selectors.signals(info.context.organization_id).filter(pk=row_id(id))
        return shown(rows.defer(*unread_evidence(info)).first())

    @strawberry.field(directives=requires(Permission.SIGNALS_READ))
    def detection_settings(self, info: Info) -> DetectionSettingsType | None:
        return shown(settings.detection_settings(info.context.organization_id))

    @strawberry.field(directives=requires(Permission.SIGNALS_READ), description="The latest first.")
    def known_events(self, info: Info, first: int = 50, after: str | None = None) -> Page[KnownEventType] | None:
        organization_id = info.context.organization_id
        rows = known_events.known_events(organization_id)
        return page(rows, organization_id=organization_id, order=EVENT_ORDER, first=first, after=after)


_EVENTS = requires(Permission.KNOWN_EVENTS_WRITE)


@strawberry.type
class DetectionMutation:
    @strawberry.field(
        directives=requires(Permission.DETECTION_WRITE), description="And look for changes again with them."
    )
    @payload(DetectionSettingsPayload)
    def update_detection_settings(
        self, info: Info, input: UpdateDetectionSettingsInput
    ) -> DetectionSettingsPayload | None:
        changed = settings.update_detection_settings(
            actor=info.context.signed_in(),
            weekly_alert_budget=input.weekly_alert_budget,
            smallest_odds=input.smallest_odds,
        )
        return DetectionSettingsPayload(settings=shown(changed))

    @strawberry.field(directives=_EVENTS)
    @payload(KnownEventPayload)
    def create_known_event(self, info: Info, input: KnownEventInput) -> KnownEventPayload | None:
        event = known_events.create_known_event(actor=info.context.signed_in(), values=input.values())
        return KnownEventPayload(event=shown(event))

    @strawberry.field(directives=_EVENTS, description="Every value of the event becomes what is given.")
    @payload(KnownEventPayload)
    def update_known_event(self, info: Info, id: strawberry.ID, input: KnownEventInput) -> KnownEventPayload | None:
        event = known_events.update_known_event(
            actor=info.context.signed_in(), event_id=uuid_of(id, "event"), values=input.values()
        )
        return KnownEventPayload(event=shown(event))

    @strawberry.field(directives=_EVENTS, description="Returns it as it was: creating it again is the undo.")
    @payload(KnownEventPayload)
    def delete_known_event(self, info: Info, id: strawberry.ID) -> KnownEventPayload | None:
        event = known_events.delete_known_event(actor=info.context.signed_in(), event_id=uuid_of(id, "event"))
        return KnownEventPayload(event=shown(event))
