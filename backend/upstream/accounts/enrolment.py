"""The second factors of a person, set up and taken away, and showing anew who one is: in a session that stands.

Whoever changes how they sign in has just shown who they are (`Actor.require_confirmed`), because a session left open on
a desk must not be enough to lock its owner out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno
from django.contrib.auth.hashers import check_password
from django.db import transaction

from upstream.accounts import attempts, own_sessions, passkey_answers, policy, second_factor
from upstream.accounts.models import Passkey, PasskeyPurpose, RecoveryCode, SecondFactor, Session, User
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


def start(*, actor: Actor) -> Enrolment:
    """A new secret, which counts from `confirm` on; one that was not confirmed is forgotten.

    Raises STEP_UP_REQUIRED, CONFLICT where an app is connected already.
    """
    user = person(actor)
    _require_no_app(user)
    actor.require_confirmed()
    with transaction.atomic():
        _locked(user)
        _require_no_app(user)
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
    """Connect the app with a first code of it; returns recovery codes as `keep_first`.

    Raises INVALID for a wrong code, RATE_LIMITED, CONFLICT where nothing waits for a code.
    """
    user = person(actor)
    waiting = SecondFactor.objects.filter(user=user, confirmed_at=None)
    factor = waiting.first()
    if factor is None:
        raise _nothing_waits()
    _check(user, address, lambda: second_factor.takes_first(factor, code), second_factor.WRONG_CODE, "code")
    with transaction.atomic():
        codes = keep_first(actor)
        if not waiting.filter(pk=factor.pk).update(confirmed_at=clock.now()):
            raise _nothing_waits()
        _record(actor, "second_factor.turned_on")
    return codes


def keep_first(actor: Actor) -> list[str]:
    """Before a second factor is kept, in the transaction that keeps it: where it is the first, a password alone signs
    in no more. Returns recovery codes then, which are told this once.

    Every other session of the person ends: they were opened without a second factor.
    """
    user = _locked(person(actor))
    if user.second_factor_since is not None:
        return []
    User.objects.filter(pk=user.pk).update(second_factor_since=clock.now())
    own_sessions.end_others(actor=actor)
    return second_factor.new_recovery_codes(user)


def let_go(user: User) -> None:
    """After a second factor went, in the transaction that took it away: without any, the password alone signs in.

    Raises CONFLICT for who needs one.
    """
    if second_factor.ways(user):
        return
    if policy.needs_one(user):
        raise ServiceError(
            ErrorCode.CONFLICT,
            "Your organization asks you for a second factor, and this is the only one. Add another one first.",
        )
    remove_all(user)


def renew_recovery_codes(*, actor: Actor) -> list[str]:
    """Ten other recovery codes, told this once; those before count no more.

    Raises STEP_UP_REQUIRED, CONFLICT without a second factor.
    """
    user = person(actor)
    if user.second_factor_since is None:
        raise ServiceError(ErrorCode.CONFLICT, "Your password alone signs you in. Set a second factor up first.")
    actor.require_confirmed()
    with transaction.atomic():
        codes = second_factor.new_recovery_codes(_locked(user))
        _record(actor, "second_factor.recovery_codes_renewed")
    return codes


def confirm_identity(
    *, actor: Actor, password: str = "", code: str = "", passkey: str = "", address: str = ""
) -> datetime:
    """Show anew who one is, by password (and code) or by a passkey's answer; returns until when that counts in this
    session (`Actor.require_confirmed`).

    Raises INVALID for what does not count, SECOND_FACTOR_REQUIRED without a code where one is needed, EXPIRED for a
    passkey's answer that came late, RATE_LIMITED.
    """
    user = person(actor)
    if passkey:
        _check(user, address, lambda: _signed(user, passkey), passkey_answers.WRONG, "passkey")
    else:
        _check(user, address, lambda: check_password(password, user.password), "This is not your password.", "password")
        if user.second_factor_since is not None:
            if not code.strip():
                raise ServiceError(ErrorCode.SECOND_FACTOR_REQUIRED, "Send a code as well.", field="code")
            _check(user, address, lambda: second_factor.takes(user, code), second_factor.WRONG_CODE, "code")
    attempts.forget(user.email)
    now = clock.now()
    with transaction.atomic():
        Session.objects.for_organization(actor.organization_id).filter(pk=actor.session_id).update(confirmed_at=now)
        audit.record(actor=actor, action="session.confirmed", target_type="session", target_id=actor.session_id)
    return now + CONFIRMED_FOR


def turn_off(*, actor: Actor) -> None:
    """Forget the authenticator app.

    Raises STEP_UP_REQUIRED; CONFLICT where none is connected, and for the only second factor of who needs one.
    """
    user = person(actor)
    if second_factor.app_since(user) is None:
        raise ServiceError(ErrorCode.CONFLICT, "No authenticator app is connected. Set one up first.")
    actor.require_confirmed()
    with transaction.atomic():
        SecondFactor.objects.filter(user=_locked(user)).delete()
        let_go(user)
        _record(actor, "second_factor.turned_off")


def remove_all(user: User) -> None:
    """Forget whatever a person has besides the password; the caller records it, in its transaction."""
    for kept in (SecondFactor, Passkey, RecoveryCode):
        kept.objects.filter(user=user).delete()
    User.objects.filter(pk=user.pk).update(second_factor_since=None)


def person(actor: Actor) -> User:
    """Whose account this is about; raises FORBIDDEN for machines."""
    return User.objects.get(pk=own_sessions.person_id(actor))


def _nothing_waits() -> ServiceError:
    return ServiceError(ErrorCode.CONFLICT, "No app waits to be confirmed. Start setting it up again.")


def _require_no_app(user: User) -> None:
    if second_factor.app_since(user) is not None:
        raise ServiceError(ErrorCode.CONFLICT, "An authenticator app is connected already. Turn that off first.")


def _locked(user: User) -> User:
    """As it stands now; others of the person's sessions change nothing until the transaction ends."""
    return User.objects.select_for_update().get(pk=user.pk)


def _signed(user: User, answer: str) -> bool:
    try:
        return bool(passkey_answers.answered_by(answer, purpose=PasskeyPurpose.CONFIRM, user=user))
    except passkey_answers.Refused:
        return False


def _check(user: User, address: str, counts: Callable[[], object], wrong: str, field: str) -> None:
    """What was given counts, or one more attempt is used up and `wrong` is said of `field`."""
    if attempts.too_many(user.email, address):
        raise attempts.refusal()
    if not counts():
        attempts.count_failure(user.email, address)
        raise ServiceError(ErrorCode.INVALID, wrong, field=field)


def _record(actor: Actor, action: str) -> None:
    audit.record(actor=actor, action=action, target_type="user", target_id=actor.user_id)
