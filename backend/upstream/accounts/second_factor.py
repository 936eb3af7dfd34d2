"""The second factor: codes of an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds), and recovery codes.

What passkeys sign is looked at in `passkey_answers`.

A code counts once. Guessing is counted on the factor's own row, besides `attempts`: six digits have neither the entropy
nor the slow hash of a password, so they must not be free to guess while the cache is away, nor to many at once.
"""

import hmac
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

import pyotp
from django.db.models import Case, F, Q, When

from upstream.accounts import attempts, tokens
from upstream.accounts.models import Passkey, RecoveryCode, SecondFactor, User
from upstream.core import clock

STEP_SECONDS = 30
# Steps before and after the present one, for clocks that are not quite right.
STEPS_ASIDE = 1
WINDOW = timedelta(seconds=attempts.WINDOW_SECONDS)

WRONG_CODE = "This code does not count. Use the one your app shows now; each counts once."

RECOVERY_CODES = 10
# Without letters that look like digits or like each other (Crockford); 16 of them are 80 bits.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH, _GROUP = 16, 4
_MISREAD = str.maketrans("oil", "011", " -")
_APP_CODE = re.compile(r"[0-9]{6}")
_RECOVERY_CODE = re.compile(rf"[{_ALPHABET}]{{{_LENGTH}}}")


class Way(StrEnum):
    """What the second factor was."""

    APP = "app"
    RECOVERY = "recovery"
    PASSKEY = "passkey"


def takes(user: User, code: str) -> Way | None:
    """Use a code up: how it counted, or None when it does not. Raises RATE_LIMITED after too many that did not."""
    given = code.lower().translate(_MISREAD)
    factor = SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()
    if factor:
        _count_try(factor)
    way = None
    if factor and _APP_CODE.fullmatch(given):
        way = Way.APP if _use_step(factor, given) else None
    elif _RECOVERY_CODE.fullmatch(given):
        unused = RecoveryCode.objects.filter(user=user, digest=tokens.digest(given), used_at=None)
        way = Way.RECOVERY if unused.update(used_at=clock.now()) else None
    if way and factor:
        SecondFactor.objects.filter(pk=factor.pk).update(tries=0, tried_since=None)
    return way


def takes_first(factor: SecondFactor, code: str) -> bool:
    """Whether this is a code of the app that is being set up. Raises RATE_LIMITED like `takes`."""
    _count_try(factor)
    given = code.translate(_MISREAD)
    right = bool(_APP_CODE.fullmatch(given)) and _use_step(factor, given)
    if right:
        SecondFactor.objects.filter(pk=factor.pk).update(tries=0, tried_since=None)
    return right


def _count_try(factor: SecondFactor) -> None:
    """Before the code is looked at, so that many at once are counted as well."""
    now = clock.now()
    in_window = Q(tried_since__gt=now - WINDOW)
    counted = (
        SecondFactor.objects.filter(pk=factor.pk)
        .exclude(in_window, tries__gte=attempts.ATTEMPTS)
        .update(
            tries=Case(When(in_window, then=F("tries") + 1), default=1),
            tried_since=Case(When(in_window, then=F("tried_since")), default=now),
        )
    )
    if not counted:
        raise attempts.refusal()


def _use_step(factor: SecondFactor, digits: str) -> bool:
    totp = pyotp.TOTP(factor.secret, interval=STEP_SECONDS)
    present = int(clock.now().timestamp()) // STEP_SECONDS
    steps = range(present - STEPS_ASIDE, present + STEPS_ASIDE + 1)
    right = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), digits)]
    unused = SecondFactor.objects.filter(pk=factor.pk)
    return any(unused.filter(last_step__lt=step).update(last_step=step) for step in right)


def new_recovery_codes(user: User) -> list[str]:
    """Ten codes in the place of those before; they are told this once. Belongs into the caller's transaction."""
    RecoveryCode.objects.filter(user=user).delete()
    drawn = ["".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=tokens.digest(code)) for code in drawn)
    return ["-".join(code[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP)) for code in drawn]


def recovery_codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def app_since(user: User) -> datetime | None:
    """Since when an authenticator app counts; None without one, and while it is being set up."""
    return SecondFactor.objects.filter(user=user).values_list("confirmed_at", flat=True).first()


def ways(user: User) -> list[Way]:
    """What a person may follow the password with, recovery codes aside."""
    has = {Way.APP: app_since(user) is not None, Way.PASSKEY: Passkey.objects.filter(user=user).exists()}
    return [way for way, there in has.items() if there]
