"""Challenges for passkeys (WebAuthn), and whether what answers one counts.

A challenge stands in a row for five minutes. Whoever answers takes the row away before the answer is looked at: of
several answers to it one counts, whichever process each comes to. A passkey counts for password and code together,
because it signs only for who showed finger, face or PIN; an answer without that is refused, and so is one made for
another address than the portal's.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, encode_cbor
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from upstream.accounts import tokens
from upstream.accounts.models import Passkey, PasskeyChallenge, PasskeyPurpose, User
from upstream.core import clock, rates
from upstream.core.errors import ErrorCode, ServiceError

# Of one person or, of strangers, one address: else they could fill the table.
CHALLENGES_A_MINUTE = 60
# No authenticator says more.
LONGEST_ANSWER = 20_000
WRONG = "This passkey does not count. Try again, or sign in another way."

_ID, _CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,1364}"), re.compile(r"[A-Za-z0-9_-]{43}")


class Refused(Exception):
    """An answer that does not count; passkey: whose it said to be, where there is such a one."""

    def __init__(self, passkey: Passkey | None = None) -> None:
        super().__init__("refused")
        self.passkey = passkey


def _nobodys_key() -> bytes:
    """Of nobody's passkey: an unknown one takes as long to refuse as a wrong signature of a known one."""
    at = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    return encode_cbor({1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32, "big"), -3: at.y.to_bytes(32, "big")})


_NOBODYS_KEY = _nobodys_key()


def _host() -> str:
    """What passkeys are made for: the portal's host."""
    return urlsplit(settings.PORTAL_BASE_URL).hostname or ""


def _origin() -> str:
    """Of the portal, as browsers write it."""
    parts = urlsplit(settings.PORTAL_BASE_URL)
    own_port = parts.port in {None, {"http": 80, "https": 443}.get(parts.scheme)}
    return f"{parts.scheme}://{_host()}" + ("" if own_port else f":{parts.port}")


def _challenge(purpose: PasskeyPurpose, user: User | None) -> bytes:
    challenge = PasskeyChallenge(
        value=tokens.new_secret(), purpose=purpose, user=user, expires_at=clock.now() + settings.CHALLENGE_LIFETIME
    )
    challenge.save(force_insert=True)
    return base64url_to_bytes(challenge.value)


def forget_old_challenges() -> None:
    PasskeyChallenge.objects.filter(expires_at__lte=clock.now()).delete()


def options_to_add(user: User) -> str:
    """What `navigator.credentials.create` takes, as JSON: a passkey that can be found without a name typed in."""
    return options_to_json(
        generate_registration_options(
            rp_id=_host(),
            rp_name="Upstream",
            user_id=user.pk.bytes,
            user_name=user.email,
            user_display_name=user.name,
            challenge=_challenge(PasskeyPurpose.ADD, user),
            timeout=_milliseconds(),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_known(user),
        )
    )


def options_to_answer(purpose: PasskeyPurpose, user: User | None = None, address: str = "") -> str:
    """What `navigator.credentials.get` takes, as JSON; without a user any passkey may answer.

    Raises CONFLICT for a user who has none, RATE_LIMITED.
    """
    known = _known(user) if user else []
    if user and not known:
        raise ServiceError(ErrorCode.CONFLICT, "You have no passkey. Add one under Your account.")
    used = rates.use(f"passkey:{user.pk if user else tokens.digest(address)}")
    if used.amount > CHALLENGES_A_MINUTE:
        raise used.refusal()
    return options_to_json(
        generate_authentication_options(
            rp_id=_host(),
            challenge=_challenge(purpose, user),
            timeout=_milliseconds(),
            allow_credentials=known,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def _milliseconds() -> int:
    return int(settings.CHALLENGE_LIFETIME.total_seconds() * 1000)


def _known(user: User) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(passkey.credential_id),
            transports=[AuthenticatorTransport(way) for way in passkey.transports],
        )
        for passkey in Passkey.objects.filter(user=user)
    ]


@dataclass(frozen=True, slots=True)
class _Answer:
    credential_id: str
    challenge: str
    user_handle: Any
    transports: list[str]


def _read(answer: str) -> _Answer:
    """What is needed here of what a browser or an app sent. Raises Refused."""
    try:
        if len(answer) > LONGEST_ANSWER:
            raise Refused
        given = json.loads(answer)
        response = given["response"]
        told = json.loads(base64url_to_bytes(response["clientDataJSON"]))
        if not (_ID.fullmatch(given["id"]) and _CHALLENGE.fullmatch(told["challenge"])):
            raise Refused
        transports = {way for way in AuthenticatorTransport if way in (response.get("transports") or ())}
        return _Answer(given["id"], told["challenge"], response.get("userHandle"), sorted(transports))
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise Refused from error


def _use_up(challenge: str, purpose: PasskeyPurpose, user: User | None) -> bytes:
    """Raises EXPIRED for one that was not made for this, was answered before or is too old."""
    standing = PasskeyChallenge.objects.filter(value=challenge, purpose=purpose, user=user, expires_at__gt=clock.now())
    if not standing.delete()[0]:
        raise ServiceError(ErrorCode.EXPIRED, "That took too long. Use the passkey again.", field="passkey")
    return base64url_to_bytes(challenge)


def new_passkey(answer: str, *, user: User, name: str) -> Passkey:
    """What a device made for `options_to_add`, not saved yet. Raises Refused, EXPIRED."""
    given = _read(answer)
    challenge = _use_up(given.challenge, PasskeyPurpose.ADD, user)
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(),
            expected_origin=_origin(),
            require_user_verification=True,
        )
    except Exception as error:  # whatever bytes made by somebody else lead to: they do not count
        raise Refused from error
    return Passkey(
        user=user,
        name=name,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=given.transports,
    )


def answered_by(answer: str, *, purpose: PasskeyPurpose, user: User | None = None) -> Passkey:
    """The passkey that signed a challenge of `options_to_answer` for `purpose` and `user`. Raises Refused, EXPIRED."""
    given = _read(answer)
    challenge = _use_up(given.challenge, purpose, user)
    passkey = Passkey.objects.select_related("user").filter(credential_id=given.credential_id).first()
    try:
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(),
            expected_origin=_origin(),
            credential_public_key=bytes(passkey.public_key) if passkey else _NOBODYS_KEY,
            credential_current_sign_count=passkey.sign_count if passkey else 0,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        raise Refused(passkey) from error
    if passkey is None or (user and passkey.user_id != user.pk):
        raise Refused(passkey)
    if given.user_handle != bytes_to_base64url(passkey.user_id.bytes) and (given.user_handle or not user):
        # Devices need not say whose it is where that is known.
        raise Refused(passkey)
    # A copy of the key that signs at the same moment tells the same count: one of the two is first.
    unchanged = Passkey.objects.filter(pk=passkey.pk, sign_count=passkey.sign_count)
    if not unchanged.update(sign_count=verified.new_sign_count, last_used_at=clock.now()):
        raise Refused(passkey)
    return passkey
