"""Addresses that are told of new alerts, in the graph."""

from datetime import datetime
from typing import cast

import strawberry

from upstream.accounts.types import MemberType, member
from upstream.alerts import webhooks
from upstream.alerts.models import AlertDelivery, AlertWebhook
from upstream.graph.context import Info
from upstream.graph.gates import gated, gated_model, requires, shown
from upstream.graph.mutations import Problem, payload, row_id, uuid_of
from upstream.graph.pages import NEWEST_FIRST, Page, page
from upstream.graph.permissions import Permission

_WRITE = Permission.SERVICE_KEYS_WRITE


@gated_model(AlertWebhook, _WRITE, name="AlertWebhook", description="An address that is told of new alerts.")
class AlertWebhookType:
    id: strawberry.ID
    name: str
    url: str
    created_at: datetime
    rotated_at: datetime | None
    removed_at: datetime | None
    told_at: datetime | None = strawberry.field(description="When a message was last taken.")
    failing_since: datetime | None = strawberry.field(description="No message was taken since; null where one was.")

    @strawberry.field
    def created_by(self, info: Info) -> MemberType | None:
        return member(info, cast(AlertWebhook, self).created_by_id)


@gated_model(AlertDelivery, _WRITE, name="AlertDelivery", description="One message, and what came of it so far.")
class AlertDeliveryType:
    id: strawberry.ID
    event: str = strawberry.field(description="`alert.opened` or `test`.")
    created_at: datetime
    attempts: int
    status: int | None = strawberry.field(description="Of the last answer.")
    problem: str = strawberry.field(description="Why the last attempt failed; empty where it did not.")
    delivered_at: datetime | None
    given_up: bool = strawberry.field(description="It is not tried again.")
    next_attempt_at: datetime | None


@gated(_WRITE)
class AlertWebhookSecretPayload:
    alert_webhook: AlertWebhookType | None = None
    secret: str | None = strawberry.field(default=None, description="Told this once.")
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(_WRITE)
class AlertWebhookPayload:
    alert_webhook: AlertWebhookType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(_WRITE)
class AlertDeliveryPayload:
    delivery: AlertDeliveryType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@strawberry.type
class AlertWebhooksQuery:
    @strawberry.field(directives=requires(_WRITE), description="Removed ones too, the newest first.")
    def alert_webhooks(self, info: Info, first: int = 25, after: str | None = None) -> Page[AlertWebhookType] | None:
        organization_id = info.context.organization_id
        rows = AlertWebhook.objects.for_organization(organization_id)
        return page(rows, organization_id=organization_id, order=NEWEST_FIRST, first=first, after=after)

    @strawberry.field(directives=requires(_WRITE), description="The last hundred messages to an address at most.")
    def alert_deliveries(
        self, info: Info, id: strawberry.ID, first: int = 25, after: str | None = None
    ) -> Page[AlertDeliveryType] | None:
        organization_id = info.context.organization_id
        rows = AlertDelivery.objects.for_organization(organization_id).filter(webhook_id=row_id(id))
        return page(rows, organization_id=organization_id, order=NEWEST_FIRST, first=first, after=after)


@strawberry.type
class AlertWebhooksMutation:
    @strawberry.field(
        directives=requires(_WRITE),
        description="Have an https:// address told of new alerts: signed JSON, with its headline and a link.",
    )
    @payload(AlertWebhookSecretPayload)
    def create_alert_webhook(self, info: Info, name: str, url: str) -> AlertWebhookSecretPayload | None:
        webhook, secret = webhooks.create_alert_webhook(actor=info.context.signed_in(), name=name, url=url)
        return AlertWebhookSecretPayload(alert_webhook=shown(webhook), secret=secret)

    @strawberry.field(directives=requires(_WRITE), description="Another secret, for messages from now on.")
    @payload(AlertWebhookSecretPayload)
    def rotate_alert_webhook(self, info: Info, id: strawberry.ID) -> AlertWebhookSecretPayload | None:
        webhook_id = uuid_of(id, "webhook")
        webhook, secret = webhooks.rotate_alert_webhook(actor=info.context.signed_in(), webhook_id=webhook_id)
        return AlertWebhookSecretPayload(alert_webhook=shown(webhook), secret=secret)

    @strawberry.field(directives=requires(_WRITE), description="At once and for good.")
    @payload(AlertWebhookPayload)
    def remove_alert_webhook(self, info: Info, id: strawberry.ID) -> AlertWebhookPayload | None:
        webhook_id = uuid_of(id, "webhook")
        webhook = webhooks.remove_alert_webhook(actor=info.context.signed_in(), webhook_id=webhook_id)
        return AlertWebhookPayload(alert_webhook=shown(webhook))

    @strawberry.field(directives=requires(_WRITE), description="Send a message of no alert; see `alertDeliveries`.")
    @payload(AlertDeliveryPayload)
    def test_alert_webhook(self, info: Info, id: strawberry.ID) -> AlertDeliveryPayload | None:
        delivery = webhooks.send_test(actor=info.context.signed_in(), webhook_id=uuid_of(id, "webhook"))
        return AlertDeliveryPayload(delivery=shown(delivery))
