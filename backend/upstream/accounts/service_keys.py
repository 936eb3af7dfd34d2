"""Service keys: how an organization's machines come in.

A key reads `upk_1a2b3c4d5e6f_secret`. Its beginning is shown and looked up; of the secret, which nobody can guess, only
the SHA-256 is kept.
"""

import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from upstream.accounts import tokens
from upstream.accounts.models import ServiceKey
from upstream.accounts.roles import ROLE_PERMISSIONS, SCOPE_PERMISSIONS, Role, Scope
from upstream.audit import services as audit
from upstream.core import clock, scope
from upstream.core.actor import Actor, ActorKind
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.graph.permissions import Permission

LONGEST_NAME = 80
LONGEST_LIFE = timedelta(days=365)
# The last use is for people who tidy up: to the minute will do, and spares a write at each request.
USE_NOTED_EVERY = timedelta(minutes=1)

_KEY = re.compile(r"(upk_[0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@transaction.atomic
def create_service_key(*, actor: Actor, name: str, scopes: Iterable[str], expires_on: date) -> tuple[ServiceKey, str]:
    """A new key, and its text, which is told this once; from the day `expires_on` on (UTC) it does not count.

    Raises FORBIDDEN, REQUIRED without a name or a scope, INVALID for a long name, an unknown scope and a day that is
    not within the next year.
    """
    actor.require(Permission.SERVICE_KEYS_WRITE)
    name, chosen = " ".join(name.split()), sorted(set(scopes))
    if not name:
        raise ServiceError(ErrorCode.REQUIRED, "Give the key a name that says which system holds it.", field="name")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ServiceError(
            ErrorCode.INVALID, f"A name holds up to {LONGEST_NAME} characters that can be seen.", field="name"
        )
    if not chosen:
        raise ServiceError(ErrorCode.REQUIRED, "Choose what the key may do.", field="scopes")
    if not set(chosen) <= set(Scope.values):
        raise ServiceError(ErrorCode.INVALID, f"The scopes are {', '.join(Scope.values)}.", field="scopes")
    today = clock.today()
    if not today < expires_on <= today + LONGEST_LIFE:
        raise ServiceError(
            ErrorCode.INVALID, "A key ends on a day after today and within a year: choose another.", field="expiresOn"
        )
    secret = tokens.new_secret()
    key = ServiceKey(
        organization_id=actor.organization_id,
        name=name,
        prefix=f"upk_{secrets.token_hex(6)}",
        secret_digest=tokens.digest(secret),
        scopes=chosen,
        created_by_id=actor.user_id,
        expires_at=datetime.combine(expires_on, time.min, UTC),
    )
    key.save(force_insert=True)
    _record(actor, "service_key.created", key)
    return key, f"{key.prefix}_{secret}"


@transaction.atomic
def revoke_service_key(*, actor: Actor, key_id: UUID) -> ServiceKey:
    """End a key at once and for good; a key that was revoked stays as it is. Raises FORBIDDEN, NOT_FOUND."""
    actor.require(Permission.SERVICE_KEYS_WRITE)
    keys = ServiceKey.objects.for_organization(actor.organization_id).filter(pk=key_id)
    key: ServiceKey | None = keys.select_for_update(no_key=True).first()
    if key is None:
        raise not_found("key")
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        key.save(update_fields=["revoked_at", "updated_at"])
        _record(actor, "service_key.revoked", key)
    return key


def _record(actor: Actor, action: str, key: ServiceKey) -> None:
    detail = {"scopes": key.scopes, "expires_at": key.expires_at.isoformat()}
    audit.record(actor=actor, action=action, target_type="service_key", target_id=key.pk, detail=detail)


def actor_of(key: ServiceKey) -> Actor:
    """Who acts by a key: the integration role, as far as the key's scopes go."""
    scoped = frozenset[str]().union(*(SCOPE_PERMISSIONS[scope] for scope in key.scopes))
    return Actor(
        organization_id=key.organization_id,
        user_id=None,
        permissions=ROLE_PERMISSIONS[Role.INTEGRATION] & scoped,
        kind=ActorKind.SERVICE_KEY,
        service_key_id=key.pk,
    )


@scope.of_all_organizations()
def authenticate(text: str) -> Actor | None:
    """The actor behind a key, in one query (and one a minute to note its use); None when it does not count."""
    parts = _KEY.fullmatch(text)
    key: ServiceKey | None = ServiceKey.unscoped.filter(prefix=parts[1]).first() if parts else None
    if parts is None or key is None or not hmac.compare_digest(tokens.digest(parts[2]), key.secret_digest):
        return None
    now = clock.now()
    if key.revoked_at or key.expires_at <= now:
        return None
    if key.last_used_at is None or now - key.last_used_at >= USE_NOTED_EVERY:
        ServiceKey.unscoped.filter(pk=key.pk).update(last_used_at=now)
    return actor_of(key)
