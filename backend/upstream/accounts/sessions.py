"""Sign-in, refresh and sign-out.

With a second factor it takes two steps: the right password gives a challenge, the challenge and a code or a passkey's
answer a session. A passkey by itself takes one.

One session row per device. Its refresh secret changes at each use; when an old secret comes back the whole session
ends, because either the thief or the owner holds it. The secret just replaced is tolerated for a few seconds, so that
two tabs of one browser that refresh at the same moment do not sign the person out.
"""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import connection, transaction
from django.db.models import QuerySet

from upstream.accounts import attempts, passkey_answers, policy, second_factor, tokens
from upstream.accounts.models import ClientKind, Membership, PasskeyPurpose, Session, User
from upstream.audit import services as audit
from upstream.core import clock, scope
from upstream.core.actor import Actor
from upstream.core.compiled import CompiledTuples
from upstream.core.errors import ErrorCode, ServiceError

REFRESH_GRACE = timedelta(seconds=10)
SINGLE_SIGN_ON = "single sign-on"
# Hashing an absent account's password takes as long as a real one's.
_NOBODY = make_password("nobody")
_ROWS = CompiledTuples(most=1)


class _Row(NamedTuple):
    """What each request asks of its session; making models of that takes longer than asking for it."""

    organization_id: UUID
    user_id: UUID
    revoked_at: datetime | None
    expires_at: datetime
    idle_expires_at: datetime
    confirmed_at: datetime | None
    provided_second_factor: bool
    membership__role: str
    user__is_active: bool
    user__second_factor_since: datetime | None
    organization__second_factor_required: bool | None


def actor_of(session: Session) -> Actor:
    """Who acts in a session, with the permissions held at this moment."""
    return Actor(
        organization_id=session.organization_id,
        user_id=session.user_id,
        permissions=policy.permissions_of(
            session.membership.role,
            has_one=session.provided_second_factor or session.user.second_factor_since is not None,
            decided=session.organization.second_factor_required,
        ),
        session_id=session.pk,
        confirmed_at=session.confirmed_at,
    )


class SecondFactorRequired(ServiceError):
    """The password was right and a second factor has to follow: with `challenge` to `confirm`."""

    def __init__(self, challenge: str, ways: list[second_factor.Way]) -> None:
        super().__init__(
            ErrorCode.SECOND_FACTOR_REQUIRED,
            "Send a code of your authenticator app, or a recovery code, as well; or sign in with your passkey.",
            field="code",
        )
        self.challenge, self.ways = challenge, ways


@scope.of_all_organizations()
def sign_in(
    *, email: str, password: str, client: str, organization_id: UUID | None = None, address: str = "", code: str = ""
) -> tokens.IssuedTokens:
    """Open a session; raises INVALID for any wrong pair and RATE_LIMITED after too many of them.

    Who has a second factor needs `code` too: raises `SecondFactorRequired` without one, INVALID for a wrong one.
    """
    email = email.strip().lower()
    if attempts.too_many(email, address):
        raise attempts.refusal()
    user = User.objects.filter(email=email).first()
    correct = check_password(password, user.password if user else _NOBODY)
    memberships = memberships_of(user) if user else None
    if user is None or not correct or not user.is_active or not memberships:
        attempts.count_failure(email, address)
        raise ServiceError(ErrorCode.INVALID, "The e-mail address or the password is not right.", field="password")
    membership = _chosen(memberships, organization_id)
    # The factor is asked about only now: a wrong password takes the same time with one and without.
    if user.second_factor_since is None:
        attempts.forget(email)
        return _open(membership, client, action="session.opened", confirmed_at=clock.now())
    if not code:
        # Not forgotten yet: else the right password would buy ten more guesses at the code.
        raise SecondFactorRequired(tokens.challenge(membership, user, client), second_factor.ways(user))
    way = _second_step(membership, user, address, code=code)
    return _open(membership, client, action="session.opened", confirmed_at=clock.now(), detail=way)


@scope.of_all_organizations()
def confirm(*, challenge: str, code: str = "", passkey: str = "", address: str = "") -> tokens.IssuedTokens:
    """Open the session that a challenge stands for, with a code or what a passkey answered.

    Raises EXPIRED for a challenge that does not count any more and for an answer that came late, INVALID for a code
    and an answer that do not count, RATE_LIMITED.
    """
    asked, membership = _challenged(challenge)
    way = _second_step(membership, membership.user, address, code=code, passkey=passkey)
    if asked.provider_asked_at is None:
        return _open(membership, asked.client, action="session.opened", confirmed_at=clock.now(), detail=way)
    asked_at = datetime.fromtimestamp(asked.provider_asked_at, UTC)
    detail = {"signed_in_by": SINGLE_SIGN_ON, **way}
    return _open(membership, asked.client, action="session.opened", confirmed_at=asked_at, detail=detail)


@scope.of_all_organizations()
def sign_in_with_passkey(
    *, passkey: str, client: str, organization_id: UUID | None = None, address: str = ""
) -> tokens.IssuedTokens:
    """Open a session for whoever's passkey answered, which stands for password and code together.

    Raises EXPIRED for an answer that came late, INVALID for one that does not count, the same whether the passkey is
    known or not, RATE_LIMITED.
    """
    if attempts.too_many(address):
        raise attempts.refusal()
    try:
        user = passkey_answers.answered_by(passkey, purpose=PasskeyPurpose.SIGN_IN).user
    except passkey_answers.Refused as refused:
        raise _refused_passkey(refused.passkey.user if refused.passkey else None, address) from refused
    if attempts.too_many(user.email):
        raise attempts.refusal()
    memberships = memberships_of(user)
    if not user.is_active or not memberships:
        raise _refused_passkey(user, address)
    membership = _chosen(memberships, organization_id)
    attempts.forget(user.email)
    return _open(
        membership, client, action="session.opened", confirmed_at=clock.now(), detail={"signed_in_by": "passkey"}
    )


@scope.of_all_organizations()
def open_by_provider(*, user: User, asked_at: datetime, second_factor_asked: bool) -> tokens.IssuedTokens:
    """Open a browser's session for whom an identity provider answers for; `asked_at`: when it had them show who they
    are. The person belongs to an organization.

    Raises `SecondFactorRequired` for who has a second factor here where the provider did not ask for one.
    """
    membership = memberships_of(user)[0]
    if user.second_factor_since is not None and not second_factor_asked:
        challenge = tokens.challenge(membership, user, ClientKind.BROWSER, int(asked_at.timestamp()))
        raise SecondFactorRequired(challenge, second_factor.ways(user))
    return _open(
        membership,
        ClientKind.BROWSER,
        action="session.opened",
        confirmed_at=asked_at,
        detail={"signed_in_by": SINGLE_SIGN_ON},
        provided_second_factor=second_factor_asked,
    )


@scope.of_all_organizations()
def passkey_options(*, challenge: str = "", address: str = "") -> str:
    """What a passkey has to answer, as JSON: one of the person a challenge is for, else anybody's.

    Raises EXPIRED for a challenge that does not count any more, CONFLICT for a person without a passkey, RATE_LIMITED.
    """
    user = _challenged(challenge)[1].user if challenge else None
    return passkey_answers.options_to_answer(PasskeyPurpose.SIGN_IN, user, address)


def memberships_of(user: User) -> QuerySet[Membership]:
    """By name of the organization: the first is signed in to where none is asked for."""
    memberships = Membership.unscoped.filter(user=user).select_related("organization", "user")
    return memberships.order_by("organization__name")


def _chosen(memberships: QuerySet[Membership], organization_id: UUID | None) -> Membership:
    """The membership asked for, or the first; raises NOT_FOUND."""
    found = (one for one in memberships if organization_id in {None, one.organization_id})
    membership = next(found, None)
    if membership is None:
        raise ServiceError(ErrorCode.NOT_FOUND, "No such organization.", field="organizationId")
    return membership


def _challenged(challenge: str) -> tuple[tokens.Challenge, Membership]:
    """What a challenge says, and who it is for; raises EXPIRED."""
    asked = tokens.read_challenge(challenge)
    membership = (
        Membership.unscoped.filter(user_id=asked.user_id, organization_id=asked.organization_id)
        .select_related("user", "organization")
        .first()
        if asked
        else None
    )
    if (
        asked is None
        or membership is None
        or not membership.user.is_active
        or membership.user.second_factor_since is None
        or not hmac.compare_digest(asked.password_mark, tokens.password_mark(membership.user))
    ):
        raise ServiceError(ErrorCode.EXPIRED, "That took too long. Sign in again.", field="challenge")
    return asked, membership


def _second_step(
    membership: Membership, user: User, address: str, *, code: str = "", passkey: str = ""
) -> dict[str, str]:
    """Which second factor counted, for the trail; raises as `confirm`."""
    if attempts.too_many(user.email, address):
        raise attempts.refusal()
    if passkey:
        try:
            passkey_answers.answered_by(passkey, purpose=PasskeyPurpose.SIGN_IN, user=user)
        except passkey_answers.Refused as refused:
            raise _refused_passkey(user, address) from refused
        way = second_factor.Way.PASSKEY
    elif (taken := second_factor.takes(user, code)) is not None:
        way = taken
    else:
        attempts.count_failure(user.email, address)
        audit.record(
            actor=_nobody_yet(membership), action="second_factor.refused", target_type="user", target_id=user.pk
        )
        raise ServiceError(ErrorCode.INVALID, second_factor.WRONG_CODE, field="code")
    attempts.forget(user.email)
    return {"second_factor": way}


def _refused_passkey(user: User | None, address: str) -> ServiceError:
    """The answer to every passkey that does not count; counted, and recorded where it is known whose it is."""
    attempts.count_failure(*([user.email] if user else []), address)
    membership = memberships_of(user).first() if user else None
    if membership:
        audit.record(
            actor=_nobody_yet(membership),
            action="passkey.refused",
            target_type="user",
            target_id=membership.user_id,
        )
    return ServiceError(ErrorCode.INVALID, passkey_answers.WRONG, field="passkey")


def _nobody_yet(membership: Membership) -> Actor:
    return Actor(organization_id=membership.organization_id, user_id=membership.user_id, permissions=frozenset())


def _open(
    membership: Membership,
    client: str,
    *,
    action: str,
    confirmed_at: datetime | None,
    detail: dict[str, str] | None = None,
    provided_second_factor: bool = False,
) -> tokens.IssuedTokens:
    now, secret = clock.now(), tokens.new_secret()
    browser = client == ClientKind.BROWSER
    with transaction.atomic():
        session = Session(
            organization=membership.organization,
            user=membership.user,
            membership=membership,
            client=client,
            secret_digest=tokens.digest(secret),
            rotated_at=now,
            idle_expires_at=now + (settings.SESSION_IDLE_LIFETIME if browser else settings.BEARER_IDLE_LIFETIME),
            expires_at=now + (settings.SESSION_LIFETIME if browser else settings.BEARER_LIFETIME),
            confirmed_at=confirmed_at,
            provided_second_factor=provided_second_factor,
        )
        session.save(force_insert=True)
        audit.record(
            actor=actor_of(session),
            action=action,
            target_type="session",
            target_id=session.pk,
            detail={"client": client, **(detail or {})},
        )
    access, expires_at = tokens.access_token(session)
    return tokens.IssuedTokens(session, access, expires_at, tokens.refresh_token(session, secret))


_EXPIRED = "Your session has ended. Sign in again."


def _live(session: Session | None) -> Session:
    if session is None or not session.user.is_active or _is_over(session):
        raise ServiceError(ErrorCode.UNAUTHENTICATED, _EXPIRED)
    return session


def _is_over(session: Session | _Row) -> bool:
    return bool(session.revoked_at) or min(session.expires_at, session.idle_expires_at) <= clock.now()


@scope.of_all_organizations()
def refresh(*, refresh_token: str, idle: timedelta | None = None) -> tokens.IssuedTokens:
    """A new access token and a new refresh secret; raises UNAUTHENTICATED when the old one does not count any more.

    Pages renew by themselves while nobody is there. A browser's session is prolonged by its person alone: to
    SESSION_IDLE_LIFETIME after the last touch, which was `idle` ago; who does not tell of one prolongs nothing.
    """
    parts = tokens.read_refresh_token(refresh_token)
    if parts is None:
        raise ServiceError(ErrorCode.UNAUTHENTICATED, _EXPIRED)
    session_id, secret = parts
    reused = False
    with transaction.atomic():
        session = _live(_find_locked(session_id))
        now, offered = clock.now(), tokens.digest(secret)
        if hmac.compare_digest(offered, session.secret_digest):
            secret = tokens.new_secret()
            session.previous_digest, session.secret_digest = session.secret_digest, tokens.digest(secret)
            session.rotated_at = now
            if session.client == ClientKind.BEARER:
                session.idle_expires_at = now + settings.BEARER_IDLE_LIFETIME
            elif idle is not None:
                prolonged = now - max(idle, timedelta(0)) + settings.SESSION_IDLE_LIFETIME
                session.idle_expires_at = max(session.idle_expires_at, prolonged)
            session.save(
                update_fields=["previous_digest", "secret_digest", "rotated_at", "idle_expires_at", "updated_at"]
            )
            token = tokens.refresh_token(session, secret)
        elif hmac.compare_digest(offered, session.previous_digest) and now - session.rotated_at < REFRESH_GRACE:
            # Another tab has just rotated it: an access token, but not a second chain of secrets.
            token = ""
        else:
            reused = True
            revoke(session, "refresh secret used twice")
            audit.record(actor=actor_of(session), action="session.reuse", target_type="session", target_id=session.pk)
    if reused:
        raise ServiceError(ErrorCode.UNAUTHENTICATED, _EXPIRED)
    access, expires_at = tokens.access_token(session)
    return tokens.IssuedTokens(session, access, expires_at, token)


def _find_locked(session_id: UUID) -> Session | None:
    sessions = Session.unscoped.select_related("membership", "user", "organization")
    if connection.features.has_select_for_update_of:
        sessions = sessions.select_for_update(of=("self",))
    return sessions.filter(pk=session_id).first()


def revoke(session: Session, because: str) -> None:
    """End a session at once; the caller records it."""
    Session.unscoped.filter(pk=session.pk, revoked_at=None).update(revoked_at=clock.now(), revoked_because=because)


@scope.of_all_organizations()
def sign_out(*, actor: Actor | None, refresh_token: str = "") -> None:
    """End the session named by the actor or by the refresh token; nothing happens when there is none."""
    session_id = actor.session_id if actor else None
    if session_id is None and (parts := tokens.read_refresh_token(refresh_token)):
        candidate = named(parts[0])
        if candidate and hmac.compare_digest(tokens.digest(parts[1]), candidate.secret_digest):
            session_id = candidate.pk
    session = named(session_id) if session_id else None
    if session is None or session.revoked_at:
        return
    with transaction.atomic():
        revoke(session, "signed out")
        audit.record(actor=actor_of(session), action="session.closed", target_type="session", target_id=session.pk)


@scope.of_all_organizations()
def switch_organization(*, actor: Actor, organization_id: UUID) -> tokens.IssuedTokens:
    """End this session and open one in another of the person's organizations; raises NOT_FOUND."""
    if actor.user_id is None or actor.session_id is None:
        raise ServiceError(ErrorCode.UNAUTHENTICATED, _EXPIRED)
    membership = (
        Membership.unscoped.filter(user_id=actor.user_id, organization_id=organization_id)
        .select_related("organization", "user")
        .first()
    )
    if membership is None:
        raise ServiceError(ErrorCode.NOT_FOUND, "No such organization.", field="organizationId")
    left = Session.unscoped.get(pk=actor.session_id)
    with transaction.atomic():
        Session.unscoped.filter(pk=actor.session_id, revoked_at=None).update(
            revoked_at=clock.now(), revoked_because="switched organization"
        )
        return _open(
            membership,
            left.client,
            action="session.switched",
            confirmed_at=left.confirmed_at,
            provided_second_factor=left.provided_second_factor,
        )


@scope.of_all_organizations()
def named(session_id: UUID) -> Session | None:
    """A session with its person, membership and organization."""
    return Session.unscoped.select_related("membership", "user", "organization").filter(pk=session_id).first()


@scope.of_all_organizations()
def authenticate(access: str) -> Actor | None:
    """The actor behind a bearer token, in one query; None when the token or its session does not count."""
    session_id = tokens.session_id_of(access)
    if session_id is None:
        return None
    rows = _ROWS.fetch("session", [session_id], _rows_of, texts=False)
    if not rows:
        return None
    row = _Row._make(rows[0])
    if not row.user__is_active or _is_over(row):
        return None
    has_one = row.provided_second_factor or row.user__second_factor_since is not None
    decided = row.organization__second_factor_required
    permissions = policy.permissions_of(row.membership__role, has_one=has_one, decided=decided)
    return Actor(row.organization_id, row.user_id, permissions, session_id=session_id, confirmed_at=row.confirmed_at)


def _rows_of(values: Sequence[UUID]) -> QuerySet[Session, Any]:
    return Session.unscoped.filter(pk=values[0]).order_by().values_list(*_Row._fields)
