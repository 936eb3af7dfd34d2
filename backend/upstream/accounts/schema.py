"""Signing in and out, who one is, and the keys of machines."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import strawberry
from django.conf import settings
from django.http import HttpRequest

from upstream.accounts import identity_provider, policy, selectors, service_keys, sessions, single_sign_on
from upstream.accounts.models import ClientKind
from upstream.accounts.roles import Scope
from upstream.accounts.second_factor import Way
from upstream.accounts.tokens import IssuedTokens
from upstream.accounts.types import OrganizationType, PasskeyOptionsPayload, ServiceKeyType, ViewerType, viewer_of
from upstream.core import scope
from upstream.core.actor import Actor
from upstream.core.addresses import client_address
from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.context import Info
from upstream.graph.gates import gated, requires, shown
from upstream.graph.mutations import Problem, payload, uuid_of
from upstream.graph.pages import NEWEST_FIRST, Page, page
from upstream.graph.permissions import Permission

strawberry.enum(ClientKind)


@strawberry.enum(description="What may follow the password.")
class SecondFactorWay(StrEnum):
    APP = Way.APP
    PASSKEY = Way.PASSKEY


@gated(Permission.PUBLIC, name="Session")
class SessionType:
    access_token: str = strawberry.field(description="For the header `Authorization: Bearer …`.")
    expires_at: datetime
    refresh_token: str | None = strawberry.field(description="For BEARER clients; browsers hold it in a cookie.")


@gated(Permission.PUBLIC)
class SessionPayload:
    session: SessionType | None = None
    viewer: ViewerType | None = None
    challenge: str | None = strawberry.field(
        default=None,
        description="In the place of a session: the password was right, or the identity provider answers for somebody, "
        "and `confirmSignIn` takes this with a second factor, within five minutes.",
    )
    second_factors: list[SecondFactorWay] = strawberry.field(
        default_factory=list, description="What a challenge can be confirmed with, besides a recovery code."
    )
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.PUBLIC, name="SingleSignOn", description="The identity provider that people may sign in with.")
class SingleSignOnType:
    name: str


@gated(Permission.PUBLIC)
class StartSingleSignOnPayload:
    url: str | None = strawberry.field(
        default=None,
        description="Where to send the browser; it comes back to `/single-sign-on` with `code` and `state`.",
    )
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.PUBLIC)
class SignOutPayload:
    ok: bool
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.SERVICE_KEYS_WRITE)
class CreateServiceKeyPayload:
    service_key: ServiceKeyType | None = None
    key: str | None = strawberry.field(
        default=None, description="The key itself, for the header `Authorization: Api-Key …`. It is told this once."
    )
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.SERVICE_KEYS_WRITE)
class ServiceKeyPayload:
    service_key: ServiceKeyType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.ORGANIZATION_WRITE)
class SecondFactorPolicyPayload:
    organization: OrganizationType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@strawberry.input
class CreateServiceKeyInput:
    name: str = strawberry.field(description="Which system holds the key; up to 80 characters.")
    scopes: list[Scope]
    expires_on: date = strawberry.field(
        description="The day, in UTC, from which the key does not count any more; within a year."
    )


@strawberry.input
class SignInInput:
    email: str
    password: str
    client: ClientKind = ClientKind.BROWSER
    organization_id: strawberry.ID | None = None


@strawberry.input
class SignInWithPasskeyInput:
    passkey: str = strawberry.field(description="What a passkey answered to `startPasskeySignIn`, as JSON.")
    client: ClientKind = ClientKind.BROWSER
    organization_id: strawberry.ID | None = None


@strawberry.input
class ConfirmSignInInput:
    challenge: str
    code: str = strawberry.field(default="", description="Of the authenticator app, or a recovery code.")
    passkey: str = strawberry.field(
        default="", description="In the place of a code: what a passkey answered to `startPasskeySignIn`, as JSON."
    )


@strawberry.input
class RefreshSessionInput:
    refresh_token: str | None = None
    idle_seconds: int | None = strawberry.field(
        default=None,
        description="Browsers: how long ago the person last touched a page. Only that prolongs a browser's session, "
        "which ends half an hour after the last touch.",
    )


def authenticate(request: HttpRequest) -> Actor | None:
    """The actor behind `Authorization: Bearer …`."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    actor = sessions.authenticate(token) if scheme.lower() == "bearer" and token else None
    if actor is not None:
        scope.enter(actor.organization_id)
    return actor


def _set_cookie(info: Info, name: str, value: str, *, lifetime: timedelta) -> None:
    """Out of scripts' reach, and sent by the portal's own pages alone."""
    info.context.response.set_cookie(
        name,
        value,
        max_age=int(lifetime.total_seconds()),
        path="/graphql/",
        secure=settings.REFRESH_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def _challenged(needed: sessions.SecondFactorRequired) -> SessionPayload:
    ways = [SecondFactorWay(way) for way in needed.ways]
    return SessionPayload(challenge=needed.challenge, second_factors=ways)


def _issued(info: Info, issued: IssuedTokens) -> SessionPayload:
    session, browser = issued.session, issued.session.client == ClientKind.BROWSER
    if browser and issued.refresh_token:
        _set_cookie(info, settings.REFRESH_COOKIE_NAME, issued.refresh_token, lifetime=settings.SESSION_LIFETIME)
    actor = sessions.actor_of(session)
    # The viewer in this answer is the person just signed in, so their gates apply, not the anonymous caller's.
    info.context.actor = actor
    scope.enter(actor.organization_id)
    info.context.denied = info.schema.denied(actor.permissions)  # type: ignore[attr-defined]
    return SessionPayload(
        session=SessionType(
            access_token=issued.access_token,
            expires_at=issued.expires_at,
            refresh_token=None if browser else issued.refresh_token,
        ),
        viewer=viewer_of(session, actor.permissions),
    )


def _organization_id(given: strawberry.ID | None) -> UUID | None:
    return uuid_of(given, "organization", field="organizationId") if given else None


@strawberry.type
class AccountsQuery:
    @strawberry.field(directives=requires(Permission.PUBLIC), description="Null when nobody is signed in.")
    def viewer(self, info: Info) -> ViewerType | None:
        actor = info.context.actor
        session = sessions.named(actor.session_id) if actor and actor.session_id else None
        return viewer_of(session, actor.permissions) if actor and session else None

    @strawberry.field(directives=requires(Permission.PUBLIC), description="Null where there is none.")
    def single_sign_on(self) -> SingleSignOnType | None:
        provider = identity_provider.configured()
        return SingleSignOnType(name=provider.name) if provider else None

    @strawberry.field(directives=requires(Permission.SERVICE_KEYS_WRITE), description="The newest first.")
    def service_keys(self, info: Info, first: int = 50, after: str | None = None) -> Page[ServiceKeyType] | None:
        organization_id = info.context.organization_id
        rows = selectors.service_keys(organization_id)
        return page(rows, organization_id=organization_id, order=NEWEST_FIRST, first=first, after=after)


@strawberry.type
class AccountsMutation:
    @strawberry.field(directives=requires(Permission.PUBLIC))
    @payload(SessionPayload)
    def sign_in(self, info: Info, input: SignInInput) -> SessionPayload:
        try:
            issued = sessions.sign_in(
                email=input.email,
                password=input.password,
                client=input.client,
                organization_id=_organization_id(input.organization_id),
                address=client_address(info.context.request),
            )
        except sessions.SecondFactorRequired as needed:
            return _challenged(needed)
        return _issued(info, issued)

    @strawberry.field(
        directives=requires(Permission.PUBLIC),
        description="For `signInWithPasskey`, or with the challenge of `signIn` for `confirmSignIn`.",
    )
    @payload(PasskeyOptionsPayload)
    def start_passkey_sign_in(self, info: Info, challenge: str = "") -> PasskeyOptionsPayload:
        options = sessions.passkey_options(challenge=challenge, address=client_address(info.context.request))
        return PasskeyOptionsPayload(options=options)

    @strawberry.field(
        directives=requires(Permission.PUBLIC), description="A passkey stands for password and code together."
    )
    @payload(SessionPayload)
    def sign_in_with_passkey(self, info: Info, input: SignInWithPasskeyInput) -> SessionPayload:
        issued = sessions.sign_in_with_passkey(
            passkey=input.passkey,
            client=input.client,
            organization_id=_organization_id(input.organization_id),
            address=client_address(info.context.request),
        )
        return _issued(info, issued)

    @strawberry.field(
        directives=requires(Permission.PUBLIC),
        description="For browsers: the answer sets a cookie, without which nobody comes back. `anew`: the provider has "
        "the person show who they are even where it knows them still.",
    )
    @payload(StartSingleSignOnPayload)
    def start_single_sign_on(self, info: Info, anew: bool = False) -> StartSingleSignOnPayload:
        started = single_sign_on.start(anew=anew, address=client_address(info.context.request))
        _set_cookie(
            info, settings.SINGLE_SIGN_ON_COOKIE_NAME, started.secret, lifetime=settings.SINGLE_SIGN_ON_LIFETIME
        )
        return StartSingleSignOnPayload(url=started.url)

    @strawberry.field(
        directives=requires(Permission.PUBLIC),
        description="What the provider sent the browser back with. The session that the browser had ends.",
    )
    @payload(SessionPayload)
    def finish_single_sign_on(self, info: Info, code: str, state: str) -> SessionPayload:
        cookies = info.context.request.COOKIES
        try:
            issued = single_sign_on.finish(
                code=code,
                state=state,
                secret=cookies.get(settings.SINGLE_SIGN_ON_COOKIE_NAME, ""),
                address=client_address(info.context.request),
            )
        except sessions.SecondFactorRequired as needed:
            return _challenged(needed)
        sessions.sign_out(actor=None, refresh_token=cookies.get(settings.REFRESH_COOKIE_NAME, ""))
        return _issued(info, issued)

    @strawberry.field(
        directives=requires(Permission.PUBLIC),
        description="The second step, where `signIn` or `finishSingleSignOn` asks for it.",
    )
    @payload(SessionPayload)
    def confirm_sign_in(self, info: Info, input: ConfirmSignInInput) -> SessionPayload:
        issued = sessions.confirm(
            challenge=input.challenge,
            code=input.code,
            passkey=input.passkey,
            address=client_address(info.context.request),
        )
        return _issued(info, issued)

    @strawberry.field(
        directives=requires(Permission.PUBLIC), description="A new access token; browsers send the cookie."
    )
    @payload(SessionPayload)
    def refresh_session(self, info: Info, input: RefreshSessionInput | None = None) -> SessionPayload:
        request = info.context.request
        token = (input.refresh_token if input else None) or ""
        if not token:
            # Only JSON: a form on another site cannot send it without asking first, so the cookie cannot be ridden.
            if request.content_type != "application/json":
                raise ServiceError(ErrorCode.INVALID, "Send this as application/json.")
            token = request.COOKIES.get(settings.REFRESH_COOKIE_NAME, "")
        idle = None if input is None or input.idle_seconds is None else timedelta(seconds=input.idle_seconds)
        return _issued(info, sessions.refresh(refresh_token=token, idle=idle))

    @strawberry.field(directives=requires(Permission.PUBLIC))
    def sign_out(self, info: Info) -> SignOutPayload:
        context = info.context
        sessions.sign_out(
            actor=context.actor, refresh_token=context.request.COOKIES.get(settings.REFRESH_COOKIE_NAME, "")
        )
        context.response.delete_cookie(settings.REFRESH_COOKIE_NAME, path="/graphql/", samesite="Strict")
        return SignOutPayload(ok=True)

    @strawberry.field(directives=requires(Permission.SIGNED_IN))
    @payload(SessionPayload)
    def switch_organization(self, info: Info, organization_id: strawberry.ID) -> SessionPayload | None:
        actor = info.context.signed_in()
        issued = sessions.switch_organization(
            actor=actor, organization_id=uuid_of(organization_id, "organization", field="organizationId")
        )
        return _issued(info, issued)

    @strawberry.field(
        directives=requires(Permission.ORGANIZATION_WRITE),
        description="Whether owners, administrators and auditors need a second factor.",
    )
    @payload(SecondFactorPolicyPayload)
    def require_second_factor(self, info: Info, required: bool) -> SecondFactorPolicyPayload | None:
        organization = policy.require_second_factor(actor=info.context.signed_in(), required=required)
        return SecondFactorPolicyPayload(organization=shown(organization))

    @strawberry.field(directives=requires(Permission.SERVICE_KEYS_WRITE))
    @payload(CreateServiceKeyPayload)
    def create_service_key(self, info: Info, input: CreateServiceKeyInput) -> CreateServiceKeyPayload | None:
        service_key, key = service_keys.create_service_key(
            actor=info.context.signed_in(), name=input.name, scopes=input.scopes, expires_on=input.expires_on
        )
        return CreateServiceKeyPayload(service_key=shown(service_key), key=key)

    @strawberry.field(directives=requires(Permission.SERVICE_KEYS_WRITE), description="At once and for good.")
    @payload(ServiceKeyPayload)
    def revoke_service_key(self, info: Info, id: strawberry.ID) -> ServiceKeyPayload | None:
        key = service_keys.revoke_service_key(actor=info.context.signed_in(), key_id=uuid_of(id, "key"))
        return ServiceKeyPayload(service_key=shown(key))
