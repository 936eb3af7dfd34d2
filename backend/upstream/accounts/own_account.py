"""A person's own account: second factors, passkeys, and where they are signed in."""

from dataclasses import asdict
from datetime import datetime

import strawberry

from upstream.accounts import enrolment, own_sessions, passkeys, second_factor, selectors
from upstream.accounts.models import ClientKind, Passkey, Session
from upstream.accounts.own_sessions import person_id
from upstream.accounts.types import PasskeyOptionsPayload
from upstream.core import scope
from upstream.core.actor import Actor
from upstream.core.addresses import client_address
from upstream.graph.context import Info
from upstream.graph.gates import gated, requires
from upstream.graph.mutations import Problem, payload, uuid_of
from upstream.graph.permissions import Permission


@gated(Permission.SIGNED_IN, name="SecondFactor", description="What signing in takes besides the password.")
class SecondFactorType:
    since: datetime | None = strawberry.field(
        description="Since when a password alone does not sign in; null without authenticator app and passkey."
    )
    app_since: datetime | None = strawberry.field(description="Since when an authenticator app is connected.")
    recovery_codes_left: int


@gated(Permission.SIGNED_IN, name="SecondFactorEnrolment", description="What an authenticator app has to be given.")
class EnrolmentType:
    secret: str
    uri: str
    qr: list[str] = strawberry.field(description="The rows of a QR code of `uri`; `1` is a dark module.")


@gated(Permission.SIGNED_IN)
class StartSecondFactorPayload:
    enrolment: EnrolmentType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.SIGNED_IN)
class RecoveryCodesPayload:
    recovery_codes: list[str] | None = strawberry.field(
        default=None, description="They are told this once: with the first second factor, and when they are renewed."
    )
    second_factor: SecondFactorType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.SIGNED_IN)
class SecondFactorPayload:
    second_factor: SecondFactorType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.SIGNED_IN)
class ConfirmIdentityPayload:
    confirmed_until: datetime | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.SIGNED_IN, name="Passkey", description="Of the person who asks.")
class PasskeyType:
    id: strawberry.ID
    name: str
    created_at: datetime
    last_used_at: datetime | None


@gated(Permission.SIGNED_IN)
class AddPasskeyPayload:
    passkey: PasskeyType | None = None
    recovery_codes: list[str] | None = strawberry.field(
        default=None, description="Told this once, where it is the first second factor."
    )
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.SIGNED_IN)
class PasskeyPayload:
    passkey: PasskeyType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.SIGNED_IN)
class RemovePasskeyPayload:
    passkey_id: strawberry.ID | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.SIGNED_IN, name="OwnSession", description="A place where the person who asks is signed in.")
class OwnSessionType:
    id: strawberry.ID
    client: ClientKind
    organization_name: str
    created_at: datetime
    last_used_at: datetime = strawberry.field(description="When it was last renewed, which happens every ten minutes.")
    is_this_one: bool


@gated(Permission.SIGNED_IN)
class EndSessionPayload:
    session_id: strawberry.ID | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.SIGNED_IN)
class EndOtherSessionsPayload:
    ended: int | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


def _second_factor(info: Info) -> SecondFactorType:
    user = selectors.person(person_id(info.context.signed_in()))
    return SecondFactorType(
        since=user.second_factor_since,
        app_since=second_factor.app_since(user),
        recovery_codes_left=second_factor.recovery_codes_left(user),
    )


def _own_session(session: Session, actor: Actor) -> OwnSessionType:
    return OwnSessionType(
        id=strawberry.ID(str(session.pk)),
        client=ClientKind(session.client),
        organization_name=session.organization.name,
        created_at=session.created_at,
        last_used_at=session.rotated_at,
        is_this_one=session.pk == actor.session_id,
    )


def _passkey(passkey: Passkey) -> PasskeyType:
    return PasskeyType(
        id=strawberry.ID(str(passkey.pk)),
        name=passkey.name,
        created_at=passkey.created_at,
        last_used_at=passkey.last_used_at,
    )


@strawberry.type
class OwnAccountQuery:
    @strawberry.field(directives=requires(Permission.SIGNED_IN), description="Of the person who asks.")
    def second_factor(self, info: Info) -> SecondFactorType | None:
        return _second_factor(info)

    @strawberry.field(
        directives=requires(Permission.SIGNED_IN), description="Of the person who asks, the oldest first."
    )
    def passkeys(self, info: Info) -> list[PasskeyType] | None:
        return [_passkey(passkey) for passkey in passkeys.of_person(info.context.signed_in())]

    @strawberry.field(
        directives=requires(Permission.SIGNED_IN),
        description="Of the person who asks, in all of their organizations: those that count, the one used last first.",
    )
    def own_sessions(self, info: Info) -> list[OwnSessionType] | None:
        actor = info.context.signed_in()
        with scope.of_all_organizations():
            return [
                _own_session(session, actor) for session in own_sessions.live_sessions(own_sessions.person_id(actor))
            ]


@strawberry.type
class OwnAccountMutation:
    @strawberry.field(
        directives=requires(Permission.SIGNED_IN),
        description="A secret for the authenticator app; it counts from `confirmSecondFactor` on.",
    )
    @payload(StartSecondFactorPayload)
    def start_second_factor(self, info: Info) -> StartSecondFactorPayload | None:
        started = enrolment.start(actor=info.context.signed_in())
        return StartSecondFactorPayload(enrolment=EnrolmentType(**asdict(started)))

    @strawberry.field(
        directives=requires(Permission.SIGNED_IN),
        description="Connects the app with a first code of it. With the first second factor every other session of the "
        "person ends.",
    )
    @payload(RecoveryCodesPayload)
    def confirm_second_factor(self, info: Info, code: str) -> RecoveryCodesPayload | None:
        codes = enrolment.confirm(
            actor=info.context.signed_in(), code=code, address=client_address(info.context.request)
        )
        return RecoveryCodesPayload(recovery_codes=codes or None, second_factor=_second_factor(info))

    @strawberry.field(directives=requires(Permission.SIGNED_IN), description="Ten others; those before count no more.")
    @payload(RecoveryCodesPayload)
    def renew_recovery_codes(self, info: Info) -> RecoveryCodesPayload | None:
        codes = enrolment.renew_recovery_codes(actor=info.context.signed_in())
        return RecoveryCodesPayload(recovery_codes=codes, second_factor=_second_factor(info))

    @strawberry.field(directives=requires(Permission.SIGNED_IN), description="Forgets the authenticator app.")
    @payload(SecondFactorPayload)
    def turn_off_second_factor(self, info: Info) -> SecondFactorPayload | None:
        enrolment.turn_off(actor=info.context.signed_in())
        return SecondFactorPayload(second_factor=_second_factor(info))

    @strawberry.field(
        directives=requires(Permission.SIGNED_IN), description="For `confirmIdentity`: what a passkey has to answer."
    )
    @payload(PasskeyOptionsPayload)
    def start_passkey_confirmation(self, info: Info) -> PasskeyOptionsPayload | None:
        return PasskeyOptionsPayload(options=passkeys.start_confirmation(actor=info.context.signed_in()))

    @strawberry.field(
        directives=requires(Permission.SIGNED_IN),
        description="For what answers STEP_UP_REQUIRED: it is done within five minutes of this. With password (and "
        "code), or with what a passkey answered to `startPasskeyConfirmation`.",
    )
    @payload(ConfirmIdentityPayload)
    def confirm_identity(
        self, info: Info, password: str = "", code: str = "", passkey: str = ""
    ) -> ConfirmIdentityPayload | None:
        until = enrolment.confirm_identity(
            actor=info.context.signed_in(),
            password=password,
            code=code,
            passkey=passkey,
            address=client_address(info.context.request),
        )
        return ConfirmIdentityPayload(confirmed_until=until)

    @strawberry.field(
        directives=requires(Permission.SIGNED_IN), description="For `addPasskey`: what a device needs to make one."
    )
    @payload(PasskeyOptionsPayload)
    def start_passkey(self, info: Info) -> PasskeyOptionsPayload | None:
        return PasskeyOptionsPayload(options=passkeys.start(actor=info.context.signed_in()))

    @strawberry.field(
        directives=requires(Permission.SIGNED_IN),
        description="With the first second factor every other session of the person ends.",
    )
    @payload(AddPasskeyPayload)
    def add_passkey(self, info: Info, passkey: str, name: str) -> AddPasskeyPayload | None:
        added, codes = passkeys.add(
            actor=info.context.signed_in(), answer=passkey, name=name, address=client_address(info.context.request)
        )
        return AddPasskeyPayload(passkey=_passkey(added), recovery_codes=codes or None)

    @strawberry.field(directives=requires(Permission.SIGNED_IN))
    @payload(PasskeyPayload)
    def rename_passkey(self, info: Info, id: strawberry.ID, name: str) -> PasskeyPayload | None:
        renamed = passkeys.rename(actor=info.context.signed_in(), passkey_id=uuid_of(id, "passkey"), name=name)
        return PasskeyPayload(passkey=_passkey(renamed))

    @strawberry.field(directives=requires(Permission.SIGNED_IN), description="At once.")
    @payload(RemovePasskeyPayload)
    def remove_passkey(self, info: Info, id: strawberry.ID) -> RemovePasskeyPayload | None:
        passkey_id = uuid_of(id, "passkey")
        passkeys.remove(actor=info.context.signed_in(), passkey_id=passkey_id)
        return RemovePasskeyPayload(passkey_id=strawberry.ID(str(passkey_id)))

    @strawberry.field(directives=requires(Permission.SIGNED_IN), description="At once: one of the person's own.")
    @payload(EndSessionPayload)
    def end_session(self, info: Info, id: strawberry.ID) -> EndSessionPayload | None:
        session_id = uuid_of(id, "session")
        own_sessions.end_session(actor=info.context.signed_in(), session_id=session_id)
        return EndSessionPayload(session_id=strawberry.ID(str(session_id)))

    @strawberry.field(
        directives=requires(Permission.SIGNED_IN), description="Ends every session of the person but this one."
    )
    @payload(EndOtherSessionsPayload)
    def end_other_sessions(self, info: Info) -> EndOtherSessionsPayload | None:
        return EndOtherSessionsPayload(ended=own_sessions.end_others(actor=info.context.signed_in()))
