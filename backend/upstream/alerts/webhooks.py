"""Addresses that an organization has told of its new alerts: made and removed by people, written to by jobs.

A message is signed as those that come in are (`intake.webhooks`): `X-Upstream-Signature: t=…,v1=…`, the HMAC-SHA256 of
the time, a dot and the body, keyed with the secret. It may come twice; `X-Upstream-Delivery` is the same then.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction

from upstream.accounts import tokens
from upstream.alerts import words
from upstream.alerts.models import Alert, AlertDelivery, AlertWebhook
from upstream.alerts.sending import Unsent, checked_address, send
from upstream.audit import services as audit
from upstream.core import clock, jobs
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.core.models import Job
from upstream.core.worker import JobRun
from upstream.graph.permissions import Permission
from upstream.intake.webhooks import signature

DELIVERY_JOB = "alerts.deliver"
OPENED, TEST = "alert.opened", "test"
LONGEST_NAME, LONGEST_ADDRESS = 80, 500
MOST_WEBHOOKS = 10
# After 30 s, 2 min, 8 min, half an hour, two hours and eight and a half.
MOST_ATTEMPTS = 7
KEPT_DELIVERIES = 100


@transaction.atomic
def create_alert_webhook(*, actor: Actor, name: str, url: str) -> tuple[AlertWebhook, str]:
    """A new address, and the secret that messages to it are signed with, which is told this once.

    Raises FORBIDDEN, REQUIRED without a name, INVALID for a long name or an address that is none, CONFLICT beyond ten.
    """
    actor.require(Permission.SERVICE_KEYS_WRITE)
    name, url = " ".join(name.split()), url.strip()
    if not name:
        raise ServiceError(ErrorCode.REQUIRED, "Give the address a name that says which system listens.", field="name")
    if len(name) > LONGEST_NAME or not name.isprintable():
        message = f"A name holds up to {LONGEST_NAME} characters that can be seen."
        raise ServiceError(ErrorCode.INVALID, message, field="name")
    if len(url) > LONGEST_ADDRESS:
        raise ServiceError(ErrorCode.INVALID, f"An address holds up to {LONGEST_ADDRESS} characters.", field="url")
    try:
        checked_address(url)
    except ValueError as error:
        raise ServiceError(ErrorCode.INVALID, str(error), field="url") from error
    own = AlertWebhook.objects.for_organization(actor.organization_id).filter(removed_at=None)
    if own.count() >= MOST_WEBHOOKS:
        raise ServiceError(ErrorCode.CONFLICT, f"There can be {MOST_WEBHOOKS} addresses. Remove one first.")
    secret = _new_secret()
    webhook = AlertWebhook(
        organization_id=actor.organization_id, name=name, url=url, secret=secret, created_by_id=actor.user_id
    )
    webhook.save(force_insert=True)
    _record(actor, "alert_webhook.created", webhook)
    return webhook, secret


@transaction.atomic
def rotate_alert_webhook(*, actor: Actor, webhook_id: UUID) -> tuple[AlertWebhook, str]:
    """Another secret, which messages are signed with from now on; told this once. Raises FORBIDDEN, NOT_FOUND."""
    webhook, secret = _get(actor, webhook_id), _new_secret()
    webhook.secret, webhook.rotated_at = secret, clock.now()
    webhook.save(update_fields=["secret", "rotated_at", "updated_at"])
    _record(actor, "alert_webhook.rotated", webhook)
    return webhook, secret


@transaction.atomic
def remove_alert_webhook(*, actor: Actor, webhook_id: UUID) -> AlertWebhook:
    """Send nothing to it any more; what waits is not sent either. Raises FORBIDDEN, NOT_FOUND."""
    webhook = _get(actor, webhook_id)
    webhook.removed_at = clock.now()
    webhook.save(update_fields=["removed_at", "updated_at"])
    _record(actor, "alert_webhook.removed", webhook)
    return webhook


@transaction.atomic
def send_test(*, actor: Actor, webhook_id: UUID) -> AlertDelivery:
    """Send a message that is of no alert. Raises FORBIDDEN, NOT_FOUND."""
    webhook = _get(actor, webhook_id)
    _record(actor, "alert_webhook.tested", webhook)
    return _ask(webhook, TEST, None, created_by_id=actor.user_id)


def tell_of(organization_id: UUID, opened: Iterable[Alert]) -> None:
    """Have every address told of alerts that were just opened, in the transaction that opened them."""
    alerts = list(opened)
    if not alerts:
        return
    webhooks = list(AlertWebhook.objects.for_organization(organization_id).filter(removed_at=None))
    for alert in alerts:
        for webhook in webhooks:
            _ask(webhook, OPENED, alert)


def deliver(job: Job, run: JobRun) -> dict[str, Any]:
    """Send what a delivery says, once; where that fails, another job tries later. Returns the answer's status."""
    deliveries = AlertDelivery.objects.for_organization(job.organization_id)
    delivery = (
        deliveries.select_related("webhook", "alert__signal__payer", "alert__signal__service_group")
        .filter(pk=UUID(job.parameters["delivery"]), delivered_at=None, webhook__removed_at=None)
        .first()
    )
    if delivery is None or delivery.attempts >= MOST_ATTEMPTS:
        return {"status": None}
    webhook, body, seconds = delivery.webhook, orjson.dumps(_message(delivery)), int(clock.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "X-Upstream-Delivery": str(delivery.pk),
        "X-Upstream-Signature": f"t={seconds},v1={signature(webhook.secret, seconds, body)}",
    }
    problem, for_good = "", False
    status: int | None
    try:
        status = send(webhook.url, body, headers)
    except Unsent as error:
        status, problem, for_good = error.status, error.reason, error.for_good
    with transaction.atomic():
        run.fence()
        delivery.attempts += 1
        delivery.status, delivery.problem = status, problem
        delivery.delivered_at = None if problem else clock.now()
        again = bool(problem) and not for_good and delivery.attempts < MOST_ATTEMPTS
        delivery.given_up = bool(problem) and not again
        delivery.next_attempt_at = _try_later(delivery) if again else None
        delivery.save()
        _note_outcome(webhook, delivery)
        _forget_old(webhook)
    return {"status": status}


def _try_later(delivery: AlertDelivery) -> datetime:
    job = _enqueue(delivery, None)
    run_after = clock.now() + timedelta(seconds=30 * 4 ** (delivery.attempts - 1))
    Job.unscoped.filter(pk=job.pk).update(run_after=run_after)
    return run_after


def _note_outcome(webhook: AlertWebhook, delivery: AlertDelivery) -> None:
    """Keep with the address when it was last told, or since when it fails: no change of the configuration."""
    own = AlertWebhook.objects.for_organization(webhook.organization_id).filter(pk=webhook.pk)
    if delivery.delivered_at:
        own.update(told_at=delivery.delivered_at, failing_since=None)
    else:
        own.filter(failing_since=None).update(failing_since=clock.now())


def _message(delivery: AlertDelivery) -> dict[str, Any]:
    """What is told: nothing of patients, nor of claims."""
    alert = delivery.alert
    told: dict[str, Any] = {"event": delivery.event, "at": delivery.created_at.isoformat()}
    if alert is None:
        return told | {"link": settings.PORTAL_BASE_URL}
    return told | {
        "alert": str(alert.pk),
        "kind": alert.signal.kind,
        "headline": words.headline(alert),
        "link": f"{settings.PORTAL_BASE_URL}/alerts/{alert.pk}",
    }


def _ask(webhook: AlertWebhook, event: str, alert: Alert | None, *, created_by_id: UUID | None = None) -> AlertDelivery:
    delivery = AlertDelivery(organization_id=webhook.organization_id, webhook=webhook, event=event, alert=alert)
    delivery.save(force_insert=True)
    _enqueue(delivery, created_by_id)
    return delivery


def _enqueue(delivery: AlertDelivery, created_by_id: UUID | None) -> Job:
    return jobs.enqueue(
        organization_id=delivery.organization_id,
        kind=DELIVERY_JOB,
        parameters={"delivery": str(delivery.pk)},
        created_by_id=created_by_id,
    )


def _forget_old(webhook: AlertWebhook) -> None:
    own = AlertDelivery.objects.for_organization(webhook.organization_id).filter(webhook=webhook)
    kept = own.order_by("-id").values_list("pk", flat=True)[KEPT_DELIVERIES - 1 : KEPT_DELIVERIES].first()
    if kept is not None:
        own.filter(pk__lt=kept).delete()


def _new_secret() -> str:
    return f"uaw_{tokens.new_secret()}"


def _get(actor: Actor, webhook_id: UUID) -> AlertWebhook:
    actor.require(Permission.SERVICE_KEYS_WRITE)
    webhooks = AlertWebhook.objects.for_organization(actor.organization_id).filter(pk=webhook_id, removed_at=None)
    webhook: AlertWebhook | None = webhooks.select_for_update(no_key=True).first()
    if webhook is None:
        raise not_found("webhook")
    return webhook


def _record(actor: Actor, action: str, webhook: AlertWebhook) -> None:
    audit.record(actor=actor, action=action, target_type="alert_webhook", target_id=webhook.pk)
