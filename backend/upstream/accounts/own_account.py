"""A person's own account: the second factor."""

from dataclasses import asdict
from datetime import datetime

import strawberry

from upstream.accounts import enrolment, second_factor, selectors
from upstream.accounts.own_sessions import person_id
from upstream.core.addresses import client_address
from upstream.graph.context import Info
from upstream.graph.gates import gated, requires
from upstream.graph.mutations import Problem, payload
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


@strawberry.input
class PasswordAndCodeInput:
    password: str
    code: str = strawberry.field(description="Of the authenticator app, or a recovery code.")


def _second_factor(info: Info) -> SecondFactorType:
    user = selectors.person(person_id(info.context.signed_in()))
    return SecondFactorType(since=user.second_factor_since, recovery_codes_left=second_factor.recovery_codes_left(user))


@strawberry.type
class OwnAccountQuery:
    @strawberry.field(directives=requires(Permission.SIGNED_IN), description="Of the person who asks.")
    def second_factor(self, info: Info) -> SecondFactorType | None:
        return _second_factor(info)


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
