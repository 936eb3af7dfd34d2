"""A person's own sessions, in all of their organizations: whoever holds one of them stolen must find it ended."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from upstream.accounts.models import Session
from upstream.accounts.sessions import actor_of, revoke
from upstream.audit import services as audit
from upstream.core import clock, scope
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found


def person_id(actor: Actor) -> UUID:
    """Whose account this is about; raises FORBIDDEN for machines, which have none."""
    if actor.user_id is None:
        raise ServiceError(ErrorCode.FORBIDDEN, "Only people have an account of their own. Sign in as one.")
    return actor.user_id


def live_sessions(user_id: UUID) -> QuerySet[Session]:
    """The person's sessions that count, the one used last first; to be asked for of all organizations."""
    now = clock.now()
    return (
        Session.unscoped.filter(user_id=user_id, revoked_at=None, expires_at__gt=now, idle_expires_at__gt=now)
        .select_related("organization", "membership", "user")
        .order_by("-rotated_at", "-id")
    )


@scope.of_all_organizations()
@transaction.atomic
def end_session(*, actor: Actor, session_id: UUID) -> Session:
    """End one of the actor's own sessions at once; raises NOT_FOUND for one that is over and for anybody else's."""
    session = live_sessions(person_id(actor)).filter(pk=session_id).first()
    if session is None:
        raise not_found("session")
    _end(session, actor)
    return session


@scope.of_all_organizations()
@transaction.atomic
def end_others(*, actor: Actor) -> int:
    """End the actor's own sessions except the one they act in; returns how many there were."""
    others = list(live_sessions(person_id(actor)).exclude(pk=actor.session_id or UUID(int=0)))
    for session in others:
        _end(session, actor)
    return len(others)


def _end(session: Session, actor: Actor) -> None:
    revoke(session, "ended by the person")
    # In the trail of the organization that the session was of.
    audit.record(
        actor=actor_of(session),
        action="session.ended",
        target_type="session",
        target_id=session.pk,
        detail={"by_session": str(actor.session_id)},
    )
