"""Tokens: a signed access token of minutes (JWT, simplejwt as codec) and an opaque refresh secret."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from upstream.accounts.models import Session


class SessionAccessToken(Token):
    """Names the session only; what it may do is looked up at each request, so that a change of role counts at once."""

    token_type = "access"  # noqa: S105 a kind of token, not a secret
    lifetime = settings.ACCESS_TOKEN_LIFETIME


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
        return UUID(SessionAccessToken(access)["sid"])  # type: ignore[arg-type]
    except (TokenError, KeyError, ValueError):
        return None


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
