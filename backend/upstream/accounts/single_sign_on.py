"""Signing in by an identity provider: out to it, back from it, and who that is here.

Whoever comes back has to be who was sent, in the same browser, once and soon. Nobody gets an account out of nothing:
the provider has to have verified an address that an account or an open invitation has. From then on the account is
linked with the provider's name for the person, so that nobody gets it who is given the address later.
"""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction

from upstream.accounts import attempts, identity_provider, invitations, services, sessions, tokens
from upstream.accounts.identity_provider import Identity
from upstream.accounts.models import SingleSignOnAttempt, SingleSignOnLink, User
from upstream.core import clock, rates, scope
from upstream.core.errors import ErrorCode, ServiceError
from upstream.settings.environment import SingleSignOn

# From one address, each of which has Upstream ask the provider.
STARTS_A_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Started:
    """Where to send the browser, and what it has to keep until it comes back."""

    url: str
    secret: str = field(repr=False)


def start(*, anew: bool = False, address: str = "") -> Started:
    """`anew`: the provider has the person show who they are even where it knows them still.

    Raises NOT_FOUND without single sign-on, RATE_LIMITED, CONFLICT while the provider does not answer.
    """
    provider = _provider()
    used = rates.use(f"single-sign-on:{tokens.digest(address)}")
    if used.amount > STARTS_A_MINUTE:
        raise used.refusal()
    state, secret, nonce = tokens.new_secret(), tokens.new_secret(), tokens.new_secret()
    code_verifier = secrets.token_urlsafe(64)
    try:
        url = identity_provider.address(
            provider, state=state, nonce=nonce, code_verifier=code_verifier, longest=_longest(anew)
        )
    except identity_provider.Unreachable as error:
        raise _away(provider) from error
    SingleSignOnAttempt.objects.create(
        state_digest=tokens.digest(state),
        browser_digest=tokens.digest(secret),
        nonce=nonce,
        code_verifier=code_verifier,
        anew=anew,
        expires_at=clock.now() + settings.SINGLE_SIGN_ON_LIFETIME,
    )
    return Started(url, secret)


@scope.of_all_organizations()
def finish(*, code: str, state: str, secret: str, address: str = "") -> tokens.IssuedTokens:
    """Open a session for whoever comes back; `secret`: what the browser kept.

    Raises EXPIRED for who was not sent, was back already or took too long; INVALID for whom the provider does not
    answer for and who is nobody here; `SecondFactorRequired` as `sessions.open_by_provider`; CONFLICT while the
    provider does not answer; RATE_LIMITED.
    """
    provider = _provider()
    if attempts.too_many(address):
        raise attempts.refusal()
    attempt = _take(state, secret)
    if attempt is None:
        attempts.count_failure(address)
        raise ServiceError(
            ErrorCode.EXPIRED, "That took too long, or began in another browser. Sign in again.", field="state"
        )
    try:
        identity = identity_provider.identify(
            provider,
            code=code,
            nonce=attempt.nonce,
            code_verifier=attempt.code_verifier,
            longest=_longest(attempt.anew),
        )
    except identity_provider.Unreachable as error:
        raise _away(provider) from error
    except identity_provider.Refused as error:
        attempts.count_failure(address)
        raise _invalid(f"{provider.name} did not confirm who you are. Sign in again.") from error
    user = _person(provider, identity)
    return sessions.open_by_provider(user=user, asked_at=identity.asked_at, second_factor_asked=identity.second_factor)


def forget_old_attempts() -> None:
    SingleSignOnAttempt.objects.filter(expires_at__lte=clock.now()).delete()


def _longest(anew: bool) -> timedelta:
    return timedelta(0) if anew else settings.SESSION_LIFETIME


def _provider() -> SingleSignOn:
    provider = identity_provider.configured()
    if provider is None:
        raise ServiceError(ErrorCode.NOT_FOUND, "This installation has no single sign-on. Sign in another way.")
    return provider


def _take(state: str, secret: str) -> SingleSignOnAttempt | None:
    """The attempt, which counts for no one else from now on."""
    standing = SingleSignOnAttempt.objects.filter(
        state_digest=tokens.digest(state), browser_digest=tokens.digest(secret), expires_at__gt=clock.now()
    )
    attempt = standing.first()
    return attempt if standing.delete()[0] else None


def _person(provider: SingleSignOn, identity: Identity) -> User:
    """Who that is here, with an organization to sign in to. Raises INVALID."""
    if not identity.email or not identity.email_verified:
        raise _invalid(f"{provider.name} does not say that your e-mail address is verified. Have it verified there.")
    if provider.email_domain and identity.email.rpartition("@")[2] != provider.email_domain:
        raise _invalid(f"Only addresses at {provider.email_domain} sign in by {provider.name}.")
    links = SingleSignOnLink.objects.filter(issuer=provider.issuer)
    link = links.filter(subject=identity.subject).select_related("user").first()
    user = link.user if link else User.objects.filter(email=identity.email).first()
    if user and link is None and links.filter(user=user).exists():
        services.record_of(user, "single_sign_on.refused", by=user)
        raise _invalid(
            f"Your address belongs to an account that somebody else signs in to by {provider.name}. Tell whoever runs "
            "Upstream for you."
        )
    if user is None or (user.is_active and not sessions.memberships_of(user)):
        user = invitations.join_by_address(email=identity.email, user=user, name=identity.name)
    if user is None or not user.is_active or not sessions.memberships_of(user):
        raise _invalid(f"Nobody at Upstream has the address {identity.email}. Ask an owner or admin to invite you.")
    if link is None:
        _link(provider, identity, user)
    return user


def _link(provider: SingleSignOn, identity: Identity, user: User) -> None:
    try:
        with transaction.atomic():
            SingleSignOnLink.objects.create(user=user, issuer=provider.issuer, subject=identity.subject)
            services.record_of(user, "single_sign_on.linked", by=user)
    except IntegrityError as error:
        # Another browser of the same person was first.
        raise _invalid("You signed in twice at once. Sign in again.") from error


def _invalid(message: str) -> ServiceError:
    return ServiceError(ErrorCode.INVALID, message)


def _away(provider: SingleSignOn) -> ServiceError:
    return ServiceError(
        ErrorCode.CONFLICT, f"{provider.name} cannot be reached right now. Try again, or sign in another way."
    )
