"""Webhooks: addresses that other systems send FHIR to, each message signed with the webhook's secret.

The header reads `X-Upstream-Signature: t=1760000000,v1=…`: the time in seconds since 1970, and the HMAC-SHA256 in
hexadecimal, keyed with the secret's text, of that time, a dot and the body. It counts for five minutes, and once.
"""

import hmac
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction

from upstream.accounts import tokens
from upstream.accounts.roles import ROLE_PERMISSIONS, Role
from upstream.audit import services as audit
from upstream.audit.acting import acting
from upstream.core import clock, scope
from upstream.core.actor import Actor, ActorKind
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.graph.permissions import Permission
from upstream.intake.models import Upload, Webhook, WebhookSignature
from upstream.intake.services import receive_upload

LONGEST_NAME = 80
TOLERANCE = timedelta(minutes=5)

_SIGNATURE = re.compile(r"t=(\d{1,11}),v1=([0-9a-f]{64})", re.ASCII)
# What a notification says of itself: a handshake and a heartbeat bring nothing else.
_ABOUT_THE_SUBSCRIPTION = {"SubscriptionStatus", "Parameters"}


@transaction.atomic
def create_webhook(*, actor: Actor, name: str) -> tuple[Webhook, str]:
    """A new webhook, and its secret, which is told this once.

    Raises FORBIDDEN, REQUIRED without a name, INVALID for a long one.
    """
    actor.require(Permission.SERVICE_KEYS_WRITE)
    name = " ".join(name.split())
    if not name:
        raise ServiceError(ErrorCode.REQUIRED, "Give the webhook a name that says which system sends.", field="name")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ServiceError(
            ErrorCode.INVALID, f"A name holds up to {LONGEST_NAME} characters that can be seen.", field="name"
        )
    secret = _new_secret()
    webhook = Webhook(organization_id=actor.organization_id, name=name, secret=secret, created_by_id=actor.user_id)
    webhook.save(force_insert=True)
    _record(actor, "webhook.created", webhook)
    return webhook, secret


@transaction.atomic
def rotate_webhook(*, actor: Actor, webhook_id: UUID) -> tuple[Webhook, str]:
    """Another secret in the place of the one before, which does not count any more; it is told this once.

    Raises FORBIDDEN, NOT_FOUND, CONFLICT for a webhook that was revoked.
    """
    webhook, secret = _get(actor, webhook_id), _new_secret()
    if webhook.revoked_at is not None:
        raise ServiceError(ErrorCode.CONFLICT, "This webhook was revoked. Create another.", field="id")
    webhook.secret, webhook.rotated_at = secret, clock.now()
    webhook.save(update_fields=["secret", "rotated_at", "updated_at"])
    _record(actor, "webhook.rotated", webhook)
    return webhook, secret


@transaction.atomic
def revoke_webhook(*, actor: Actor, webhook_id: UUID) -> Webhook:
    """End a webhook at once and for good; one that was revoked stays as it is. Raises FORBIDDEN, NOT_FOUND."""
    webhook = _get(actor, webhook_id)
    if webhook.revoked_at is None:
        webhook.revoked_at = clock.now()
        webhook.save(update_fields=["revoked_at", "updated_at"])
        _record(actor, "webhook.revoked", webhook)
    return webhook


def _new_secret() -> str:
    return f"uwh_{tokens.new_secret()}"


def _get(actor: Actor, webhook_id: UUID) -> Webhook:
    actor.require(Permission.SERVICE_KEYS_WRITE)
    webhooks = Webhook.objects.for_organization(actor.organization_id).filter(pk=webhook_id)
    webhook: Webhook | None = webhooks.select_for_update(no_key=True).first()
    if webhook is None:
        raise not_found("webhook")
    return webhook


def _record(actor: Actor, action: str, webhook: Webhook) -> None:
    audit.record(actor=actor, action=action, target_type="webhook", target_id=webhook.pk)


def signature(secret: str, seconds: int, body: bytes) -> str:
    """The `v1` of a message sent `seconds` after 1970."""
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, sha256).hexdigest()


def receive(*, webhook_id: UUID, header: str, body: bytes) -> Upload | None:
    """Take a signed message in as an upload; None for one that only speaks of the subscription.

    Raises UNAUTHENTICATED, with the same words whatever is wrong with id or signature; INVALID for what is no FHIR.
    """
    with scope.of_all_organizations():
        webhook: Webhook | None = Webhook.unscoped.filter(pk=webhook_id, revoked_at=None).first()
    parts = _SIGNATURE.fullmatch(header)
    seconds = int(parts[1]) if parts else 0
    # An unknown webhook takes the time of a known one.
    expected = signature(webhook.secret if webhook else "", seconds, body)
    signed = parts is not None and hmac.compare_digest(expected, parts[2])
    now = clock.now()
    in_time = abs(now.timestamp() - seconds) <= TOLERANCE.total_seconds()
    if webhook is None or not signed or not in_time:
        raise _refused()
    scope.enter(webhook.organization_id)
    taken = WebhookSignature(
        organization_id=webhook.organization_id,
        webhook=webhook,
        signature=expected,
        expires_at=datetime.fromtimestamp(seconds, UTC) + TOLERANCE,
    )
    if WebhookSignature.objects.for_organization(webhook.organization_id).filter(signature=expected).exists():
        raise _refused()

    def once(_: Upload | None = None) -> None:
        try:
            with transaction.atomic():
                taken.save(force_insert=True)
        except IntegrityError as error:
            raise _refused() from error
        Webhook.unscoped.filter(pk=webhook.pk).update(last_used_at=now)

    kind = _kind_of(body)
    if kind == "notice":
        once()
        return None
    actor = Actor(
        organization_id=webhook.organization_id,
        user_id=None,
        permissions=ROLE_PERMISSIONS[Role.INTEGRATION],
        kind=ActorKind.WEBHOOK,
        webhook_id=webhook.pk,
    )
    with acting(actor):
        return receive_upload(actor=actor, file_name=f"{webhook.name} {kind}.json", chunks=[body], registered=once)


def _kind_of(body: bytes) -> str:
    """The type of a resource; `notice` for a Bundle without any but those about the subscription."""
    try:
        resource = orjson.loads(body)
    except orjson.JSONDecodeError:
        resource = None
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    if not isinstance(kind, str) or not re.fullmatch(r"[A-Z][A-Za-z]{1,40}", kind):
        raise ServiceError(
            ErrorCode.INVALID, "The body is no FHIR resource in JSON: send one, or a Bundle.", field="body"
        )
    entries = resource.get("entry") if kind == "Bundle" else None
    if isinstance(entries, list) and entries:
        brought = [entry.get("resource") for entry in entries if isinstance(entry, dict)]
        types = {each.get("resourceType") if isinstance(each, dict) else None for each in brought}
        if types <= _ABOUT_THE_SUBSCRIPTION:
            return "notice"
    return kind


def _refused() -> ServiceError:
    return ServiceError(
        ErrorCode.UNAUTHENTICATED,
        "The webhook is unknown or revoked, or the signature is not right, older than five minutes or was taken "
        "before. Sign each message anew.",
        field="X-Upstream-Signature",
    )


def expire() -> int:
    """Forget signatures that are too old to count; returns how many."""
    return int(WebhookSignature.unscoped.filter(expires_at__lt=clock.now()).delete()[0])
