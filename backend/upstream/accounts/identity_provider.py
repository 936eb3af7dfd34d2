"""The OpenID provider of `settings.SINGLE_SIGN_ON`: where it is, where it sends people, and whom it answers for.

Its addresses come from the operator and from the document at the address the operator gave, not from anybody who uses
Upstream; providers often stand in a private network, so those are connected to as well. What keeps secrets on the way:
https with a certificate that counts, no proxies, no redirects, a bounded time.

Nothing is kept of what it says: document and keys are read at each sign-in, so that new keys count at once.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from requests import RequestException

from upstream.core import clock
from upstream.settings.environment import SingleSignOn, is_safe_address

log = logging.getLogger(__name__)

CONNECT_SECONDS, READ_SECONDS = 3.0, 5.0
LONGEST_CODE = 4_000
# How far its clock may be from ours.
LEEWAY = timedelta(seconds=60)
# Signatures that its keys alone can make; a secret that both sides have makes none of them.
ALGORITHMS = [
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
]
# What says that it asked for more than a password: RFC 8176, and the values of OpenID's own documents.
_FACTORS = frozenset({"mfa"})
_CLASSES = frozenset({"phr", "phrh", "http://schemas.openid.net/pape/policies/2007/06/multi-factor"})


class Unreachable(Exception):
    """It did not answer, or not as a provider does."""


class Refused(Exception):
    """It does not answer for whoever came back."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom it answers for. asked_at: when it had them show who they are; second_factor: by more than a password."""

    subject: str
    email: str
    email_verified: bool
    name: str
    asked_at: datetime
    second_factor: bool


def configured() -> SingleSignOn | None:
    return settings.SINGLE_SIGN_ON


def redirect_uri() -> str:
    """Where people come back to: a page of the portal."""
    return f"{settings.PORTAL_BASE_URL}/single-sign-on"


def address(provider: SingleSignOn, *, state: str, nonce: str, code_verifier: str, longest: timedelta) -> str:
    """Where to send somebody; who showed longer ago than `longest` who they are is asked again. Raises Unreachable."""
    with _session(provider) as session:
        anew = {} if longest else {"prompt": "login"}
        url, _ = session.create_authorization_url(
            _discovered(session, provider)["authorization_endpoint"],
            state=state,
            nonce=nonce,
            code_verifier=code_verifier,
            max_age=int(longest.total_seconds()),
            **anew,
        )
        return str(url)


def identify(provider: SingleSignOn, *, code: str, nonce: str, code_verifier: str, longest: timedelta) -> Identity:
    """Whom the provider gave `code` for. Raises Unreachable, Refused."""
    if not code or len(code) > LONGEST_CODE:
        raise Refused
    try:
        with _session(provider) as session:
            found = _discovered(session, provider)
            methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
            if "client_secret_basic" not in methods:
                session.token_endpoint_auth_method = "client_secret_post"  # noqa: S105 a way, not a secret
            token = session.fetch_token(
                found["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=code_verifier,
                allow_redirects=False,
            )
            claims = _claims(provider, token, _json(session, found["jwks_uri"]), nonce)
            person: dict[str, Any] = dict(claims)
            if "email" not in claims and "userinfo_endpoint" in found:
                told = _json(session, found["userinfo_endpoint"], withhold_token=False)
                person |= told if told.get("sub") == claims["sub"] else {}
    except OAuthError as error:
        log.warning("the identity provider refuses a code: %s", error.error)
        raise Refused from error
    except JoseError as error:
        log.warning("the identity provider's token does not count: %s", type(error).__name__)
        raise Refused from error
    except (RequestException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreachable(error) from error
    asked_at = _asked_at(claims, longest)
    amr = claims.get("amr") or []
    return Identity(
        subject=str(claims["sub"]),
        email=str(person.get("email") or "").strip().lower(),
        email_verified=person.get("email_verified") is True,
        name=" ".join(str(person.get("name") or "").split()),
        asked_at=asked_at,
        second_factor=bool(_FACTORS & {each for each in amr if isinstance(each, str)}) or claims.get("acr") in _CLASSES,
    )


def _claims(provider: SingleSignOn, token: dict[str, Any], keys: Any, nonce: str) -> CodeIDToken:
    """What the ID token says, once it is signed by the provider, for us, for this sign-in and in time."""
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    decoded = jwt.decode(str(token["id_token"]), KeySet.import_key_set(keys), registry=registry)
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
            "sub": {"essential": True, "allow_blank": False},
        },
        {"nonce": nonce, "client_id": provider.client_id, "access_token": token.get("access_token")},
    )
    claims.validate(leeway=int(LEEWAY.total_seconds()))
    return claims


def _asked_at(claims: CodeIDToken, longest: timedelta) -> datetime:
    """Raises Refused where it did not have somebody show anew who they are although that was asked for."""
    now = clock.now()
    told = claims.get("auth_time")
    if not isinstance(told, int | float) or not 0 < told < now.timestamp() + LEEWAY.total_seconds():
        log.warning("the identity provider does not tell when somebody showed who they are")
        raise Refused
    asked_at = min(datetime.fromtimestamp(told, UTC), now)
    if now - asked_at > longest + settings.SINGLE_SIGN_ON_LIFETIME + LEEWAY:
        log.warning("the identity provider did not ask somebody again")
        raise Refused
    return asked_at


def _session(provider: SingleSignOn) -> OAuth2Session:
    session = OAuth2Session(
        provider.client_id,
        provider.client_secret,
        scope="openid email profile",
        redirect_uri=redirect_uri(),
        code_challenge_method="S256",
        default_timeout=(CONNECT_SECONDS, READ_SECONDS),
    )
    session.trust_env = False
    return session


def _discovered(session: OAuth2Session, provider: SingleSignOn) -> dict[str, Any]:
    """What the provider says of itself. Raises Unreachable."""
    try:
        found = _json(session, f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != provider.issuer:
            raise ValueError("it calls itself otherwise")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_safe_address(found[name]):
                raise ValueError("an address is not https")
    except (RequestException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreachable(error) from error
    return found


def _json(session: OAuth2Session, url: str, *, withhold_token: bool = True) -> Any:
    response = session.get(url, withhold_token=withhold_token, allow_redirects=False)
    if response.status_code != 200:
        raise ValueError(f"status {response.status_code}")
    return response.json()


def _unreachable(error: Exception) -> Unreachable:
    """Logged without the message, which may quote what was sent."""
    log.error("the identity provider does not answer as one: %s", type(error).__name__)
    return Unreachable()
