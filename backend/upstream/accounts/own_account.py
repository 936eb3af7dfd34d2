"""A person's own account: the second factor, and where they are signed in."""

from dataclasses import asdict
from datetime import datetime

import strawberry

from upstream.accounts import enrolment, own_sessions, second_factor, selectors
from upstream.accounts.models import ClientKind, Session
from upstream.accounts.own_sessions import person_id
from upstream.core import scope
from upstream.core.actor import Actor
from upstream.core.addresses import client_address
from upstream.graph.context import Info
from upstream.graph.gates import gated, requires
from upstream.graph.mutations import Problem, payload, uuid_of
from upstream.graph.permissions import Permission


@gated(Permission.SIGNED_IN, name="SecondFactor", description="Whether signing in takes a code besides the password.")
class SecondFactorType:
    since: datetime | None = strawberry.field(description="Null while it is off.")
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
    recovery_codes: list[str] | None = strawberry.field(default=None, description="They are told this once.")
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


@strawberry.input
class PasswordAndCodeInput:
    password: str
    code: str = strawberry.field(description="Of the authenticator app, or a recovery code.")


def _second_factor(info: Info) -> SecondFactorType:
    user = selectors.person(person_id(info.context.signed_in()))
    return SecondFactorType(since=user.second_factor_since, recovery_codes_left=second_factor.recovery_codes_left(user))


def _own_session(session: Session, actor: Actor) -> OwnSessionType:
    return OwnSessionType(
        id=strawberry.ID(str(session.pk)),
        client=ClientKind(session.client),
        organization_name=session.organization.name,
        created_at=session.created_at,
        last_used_at=session.rotated_at,
        is_this_one=session.pk == actor.session_id,
    )


@strawberry.type
class OwnAccountQuery:
    @strawberry.field(directives=requires(Permission.SIGNED_IN), description="Of the person who asks.")
    def second_factor(self, info: Info) -> SecondFactorType | None:
        return _second_factor(info)

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
    def start_second_factor(self, info: Info, password: str) -> StartSecondFactorPayload | None:
        started = enrolment.start(
            actor=info.context.signed_in(), password=password, address=client_address(info.context.request)
        )
        return StartSecondFactorPayload(enrolment=EnrolmentType(**asdict(started)))

    @strawberry.field(
        directives=requires(Permission.SIGNED_IN),
        description="Turns the second factor on with a first code of the app. Every other session of the person ends.",
    )
    @payload(RecoveryCodesPayload)
    def confirm_second_factor(self, info: Info, code: str) -> RecoveryCodesPayload | None:
        codes = enrolment.confirm(
            actor=info.context.signed_in(), code=code, address=client_address(info.context.request)
        )
        return RecoveryCodesPayload(recovery_codes=codes, second_factor=_second_factor(info))

    @strawberry.field(directives=requires(Permission.SIGNED_IN), description="Ten others; those before count no more.")
    @payload(RecoveryCodesPayload)
    def renew_recovery_codes(self, info: Info, input: PasswordAndCodeInput) -> RecoveryCodesPayload | None:
        codes = enrolment.renew_recovery_codes(
            actor=info.context.signed_in(),
            password=input.password,
            code=input.code,
            address=client_address(info.context.request),
        )
        return RecoveryCodesPayload(recovery_codes=codes, second_factor=_second_factor(info))

    @strawberry.field(directives=requires(Permission.SIGNED_IN))
    @payload(SecondFactorPayload)
    def turn_off_second_factor(self, info: Info, input: PasswordAndCodeInput) -> SecondFactorPayload | None:
        enrolment.turn_off(
            actor=info.context.signed_in(),
            password=input.password,
            code=input.code,
            address=client_address(info.context.request),
        )
        return SecondFactorPayload(second_factor=_second_factor(info))

    @strawberry.field(
        directives=requires(Permission.SIGNED_IN),
        description="For what answers STEP_UP_REQUIRED: it is done within five minutes of this.",
    )
    @payload(ConfirmIdentityPayload)
    def confirm_identity(self, info: Info, password: str, code: str = "") -> ConfirmIdentityPayload | None:
        until = enrolment.confirm_identity(
            actor=info.context.signed_in(), password=password, code=code, address=client_address(info.context.request)
        )
        return ConfirmIdentityPayload(confirmed_until=until)

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
