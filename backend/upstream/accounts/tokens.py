"""Tokens: a signed access token of minutes (JWT, simplejwt as codec), an opaque refresh secret, and what stands
between a password and the second factor that has to follow it."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from time import time
from uuid import UUID

from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from upstream.accounts.models import Membership, Session, User


class SessionAccessToken(Token):
    """Names the session only; what it may do is looked up at each request, so that a change of role counts at once."""

    token_type = "access"  # noqa: S105 a kind of token, not a secret
    lifetime = settings.ACCESS_TOKEN_LIFETIME


class ChallengeToken(Token):
    """Says that a password was right, or that an identity provider answers for somebody, and opens nothing without a
    second factor."""

    token_type = "second_factor"  # noqa: S105 a kind of token, not a secret
    lifetime = settings.CHALLENGE_LIFETIME


@dataclass(frozen=True, slots=True)
class Challenge:
    """Who gave the right password, and what for; by an identity provider's word, `provider_asked_at` says when that
    had them show who they are (seconds since 1970)."""

    user_id: UUID
    organization_id: UUID
    client: str
    password_mark: str
    provider_asked_at: int | None


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    session: Session
    access_token: str
    expires_at: datetime
    refresh_token: str


def access_token(session: Session) -> tuple[str, datetime]:
    token = SessionAccessToken()
    token["sid"] = str(session.pk)
    token["sub"] = str(session.user_id)
    return str(token), token.current_time + token.lifetime


def session_id_of(access: str) -> UUID | None:
    """The session an access token names, or None when it is not ours or has expired."""
    try:
        session_id, expires = _named_by(access)
    except (TokenError, KeyError, ValueError):
        return None
    return session_id if expires > time() else None


@lru_cache(maxsize=5_000)
def _named_by(access: str) -> tuple[UUID, int]:
    """The session, and when the token expires (seconds since 1970). Whether it is ours does not change, and is looked
    at once: a client sends the same one for minutes. What raises is not remembered.
    """
    token = SessionAccessToken(access)  # type: ignore[arg-type]
    return UUID(token["sid"]), token["exp"]


def challenge(membership: Membership, user: User, client: str, provider_asked_at: int | None = None) -> str:
    token = ChallengeToken()
    token["sub"] = str(user.pk)
    token["org"] = str(membership.organization_id)
    token["client"] = client
    token["pwd"] = password_mark(user)
    token["provider"] = provider_asked_at
    return str(token)


def read_challenge(text: str) -> Challenge | None:
    """What a challenge says, or None when it is not ours or has expired."""
    try:
        token = ChallengeToken(text)  # type: ignore[arg-type]
        return Challenge(UUID(token["sub"]), UUID(token["org"]), token["client"], token["pwd"], token["provider"])
    except (TokenError, KeyError, ValueError):
        return None


def password_mark(user: User) -> str:
    """Tells one password of a person from the next: a challenge ends with the password it was given for."""
    return digest(user.password)[:16]


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def refresh_token(session: Session, secret: str) -> str:
    return f"{session.pk.hex}.{secret}"


def read_refresh_token(token: str) -> tuple[UUID, str] | None:
    """Session id and secret, or None when the text is not a refresh token."""
    identifier, _, secret = token.partition(".")
    try:
        return UUID(hex=identifier), secret
    except ValueError:
        return None
