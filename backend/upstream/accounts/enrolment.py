"""Setting the second factor up, taking it away, and showing anew who one is: in a session that stands, with the
password each time.

The password is asked for again because a session left open on a desk must not be enough to lock its owner out.
"""

from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno
from django.contrib.auth.hashers import check_password
from django.db import transaction

from upstream.accounts import attempts, own_sessions, second_factor
from upstream.accounts.models import SecondFactor, Session, User
from upstream.audit import services as audit
from upstream.core import clock
from upstream.core.actor import CONFIRMED_FOR, Actor
from upstream.core.errors import ErrorCode, ServiceError

ISSUER = "Upstream"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app has to be given: as text, or as the rows of a QR code (`1` is a dark module)."""

    secret: str
    uri: str
    qr: list[str]


def start(*, actor: Actor, password: str, address: str = "") -> Enrolment:
    """A new secret, which counts from `confirm` on; one that was not confirmed is forgotten.

    Raises INVALID for a wrong password, RATE_LIMITED, CONFLICT where a second factor is on already.
    """
    user = _person(actor)
    if user.second_factor_since is not None:
        raise ServiceError(ErrorCode.CONFLICT, "You sign in with a code already. Turn that off first.")
    _check(user, address, password=password)
    with transaction.atomic():
        _locked_off(user)
        SecondFactor.objects.filter(user=user).delete()
        factor = SecondFactor(user=user, secret=pyotp.random_base32())
        factor.save(force_insert=True)
        _record(actor, "second_factor.started")
    uri = pyotp.TOTP(factor.secret, interval=second_factor.STEP_SECONDS).provisioning_uri(
        name=user.email, issuer_name=ISSUER
    )
    modules = segno.make(uri, error="m", micro=False).matrix
    return Enrolment(factor.secret, uri, ["".join("1" if dark else "0" for dark in row) for row in modules])


def confirm(*, actor: Actor, code: str, address: str = "") -> list[str]:
    """Turn the second factor on with a first code of the app; returns the recovery codes, which are told this once.

    Every other session of the person ends: they were opened without a code. Raises INVALID for a wrong code,
    RATE_LIMITED, CONFLICT where nothing waits for a code.
    """
    user = _person(actor)
    factor = None if user.second_factor_since else SecondFactor.objects.filter(user=user).first()
    if factor is None:
        raise _nothing_waits()
    _check(user, address, code=code)
    with transaction.atomic():
        _locked_off(user)
        if not SecondFactor.objects.filter(pk=factor.pk).exists():
            raise _nothing_waits()
        User.objects.filter(pk=user.pk).update(second_factor_since=clock.now())
        codes = second_factor.new_recovery_codes(factor)
        _record(actor, "second_factor.turned_on")
        own_sessions.end_others(actor=actor)
    return codes


def renew_recovery_codes(*, actor: Actor, password: str, code: str, address: str = "") -> list[str]:
    """Ten other recovery codes, told this once; those before count no more. Raises like `turn_off`."""
    user = _with_factor(actor)
    _check(user, address, password=password, code=code)
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user).first()
        if factor is None:
            raise _is_off()
        codes = second_factor.new_recovery_codes(factor)
        _record(actor, "second_factor.recovery_codes_renewed")
    return codes


def confirm_identity(*, actor: Actor, password: str, code: str = "", address: str = "") -> datetime:
    """Show anew who one is; returns until when that counts in this session (`Actor.require_confirmed`).

    Raises INVALID for a wrong password or code, SECOND_FACTOR_REQUIRED without a code where one is needed,
    RATE_LIMITED.
    """
    user = _person(actor)
    _check(user, address, password=password)
    if user.second_factor_since is not None:
        if not code.strip():
            raise ServiceError(ErrorCode.SECOND_FACTOR_REQUIRED, "Send a code as well.", field="code")
        _check(user, address, code=code)
    attempts.forget(user.email)
    now = clock.now()
    with transaction.atomic():
        Session.objects.for_organization(actor.organization_id).filter(pk=actor.session_id).update(confirmed_at=now)
        audit.record(actor=actor, action="session.confirmed", target_type="session", target_id=actor.session_id)
    return now + CONFIRMED_FOR


def turn_off(*, actor: Actor, password: str, code: str, address: str = "") -> None:
    """Forget the second factor.

    Raises INVALID for a wrong password or code, RATE_LIMITED, CONFLICT where none is on.
    """
    user = _with_factor(actor)
    _check(user, address, password=password, code=code)
    with transaction.atomic():
        remove(user)
        _record(actor, "second_factor.turned_off")


def remove(user: User) -> None:
    """Forget a person's second factor and recovery codes; the caller records it, in its transaction."""
    SecondFactor.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(second_factor_since=None)


def _person(actor: Actor) -> User:
    return User.objects.get(pk=own_sessions.person_id(actor))


def _with_factor(actor: Actor) -> User:
    user = _person(actor)
    if user.second_factor_since is None:
        raise _is_off()
    return user


def _is_off() -> ServiceError:
    return ServiceError(ErrorCode.CONFLICT, "You sign in without a code. Set your authenticator app up first.")


def _nothing_waits() -> ServiceError:
    return ServiceError(ErrorCode.CONFLICT, "No app waits to be confirmed. Start setting it up again.")


def _locked_off(user: User) -> None:
    """Keep others of the person's sessions out until the transaction ends; raises CONFLICT where it is on by now."""
    if User.objects.select_for_update().get(pk=user.pk).second_factor_since is not None:
        raise ServiceError(ErrorCode.CONFLICT, "You sign in with a code already. Turn that off first.")


def _check(user: User, address: str, *, password: str | None = None, code: str | None = None) -> None:
    """What was asked for is right, or one more attempt is used up."""
    if attempts.too_many(user.email, address):
        raise ServiceError(ErrorCode.RATE_LIMITED, attempts.TOO_MANY)
    if password is not None and not check_password(password, user.password):
        attempts.count_failure(user.email, address)
        raise ServiceError(ErrorCode.INVALID, "This is not your password.", field="password")
    if code is not None and second_factor.takes(user, code) is None:
        attempts.count_failure(user.email, address)
        raise ServiceError(ErrorCode.INVALID, second_factor.WRONG_CODE, field="code")


def _record(actor: Actor, action: str) -> None:
    audit.record(actor=actor, action=action, target_type="user", target_id=actor.user_id)
