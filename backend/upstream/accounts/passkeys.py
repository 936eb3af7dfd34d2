"""A person's own passkeys: added, named and removed, in a session whose person has shown anew who they are."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from upstream.accounts import attempts, enrolment, own_sessions, passkey_answers
from upstream.accounts.models import Passkey, PasskeyPurpose, User
from upstream.audit import services as audit
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found

MOST, LONGEST_NAME = 20, 80


def of_person(actor: Actor) -> QuerySet[Passkey]:
    """The oldest first."""
    return Passkey.objects.filter(user_id=own_sessions.person_id(actor)).order_by("id")


def start(*, actor: Actor) -> str:
    """What a device needs to make a passkey, as JSON. Raises STEP_UP_REQUIRED, CONFLICT for one too many."""
    user = enrolment.person(actor)
    actor.require_confirmed()
    if of_person(actor).count() >= MOST:
        raise ServiceError(ErrorCode.CONFLICT, f"You have {MOST} passkeys. Remove one that you no longer use.")
    return passkey_answers.options_to_add(user)


def start_confirmation(*, actor: Actor) -> str:
    """What one of the person's passkeys has to answer for `enrolment.confirm_identity`, as JSON.

    Raises CONFLICT without one, RATE_LIMITED.
    """
    return passkey_answers.options_to_answer(PasskeyPurpose.CONFIRM, enrolment.person(actor))


def add(*, actor: Actor, answer: str, name: str, address: str = "") -> tuple[Passkey, list[str]]:
    """Keep what a device made; returns it with the recovery codes, told this once, where it is the first second factor.

    Then every other session of the person ends: they were opened by password alone. Raises STEP_UP_REQUIRED; REQUIRED
    and INVALID for the name; EXPIRED; INVALID for what does not count; DUPLICATE; RATE_LIMITED.
    """
    user = enrolment.person(actor)
    actor.require_confirmed()
    name = _name(name)
    if attempts.too_many(user.email, address):
        raise attempts.refusal()
    try:
        passkey = passkey_answers.new_passkey(answer, user=user, name=name)
    except passkey_answers.Refused as error:
        attempts.count_failure(user.email, address)
        raise ServiceError(
            ErrorCode.INVALID, "This passkey cannot be used. Try again, or take another device.", field="passkey"
        ) from error
    try:
        with transaction.atomic():
            codes = enrolment.keep_first(actor)
            passkey.save(force_insert=True)
            _record(actor, "passkey.added", passkey)
    except IntegrityError as error:
        raise ServiceError(ErrorCode.DUPLICATE, "This passkey is known already.", field="passkey") from error
    return passkey, codes


@transaction.atomic
def rename(*, actor: Actor, passkey_id: UUID, name: str) -> Passkey:
    """Raises NOT_FOUND, also for anybody else's; REQUIRED and INVALID for the name."""
    passkey, name = _find(actor, passkey_id), _name(name)
    if passkey.name != name:
        passkey.name = name
        passkey.save(update_fields=["name", "updated_at"])
        _record(actor, "passkey.renamed", passkey)
    return passkey


def remove(*, actor: Actor, passkey_id: UUID) -> None:
    """Forget a passkey at once. Raises NOT_FOUND, also for anybody else's; STEP_UP_REQUIRED; CONFLICT for the last
    second factor of who needs one.
    """
    passkey = _find(actor, passkey_id)
    actor.require_confirmed()
    with transaction.atomic():
        User.objects.select_for_update().get(pk=passkey.user_id)
        Passkey.objects.filter(pk=passkey.pk).delete()
        enrolment.let_go(passkey.user)
        _record(actor, "passkey.removed", passkey)


def _find(actor: Actor, passkey_id: UUID) -> Passkey:
    passkey = of_person(actor).select_related("user").filter(pk=passkey_id).first()
    if passkey is None:
        raise not_found("passkey")
    return passkey


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise ServiceError(ErrorCode.REQUIRED, "Give it a name that says which device holds it.", field="name")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ServiceError(
            ErrorCode.INVALID, f"A name holds up to {LONGEST_NAME} characters that can be seen.", field="name"
        )
    return name


def _record(actor: Actor, action: str, passkey: Passkey) -> None:
    audit.record(actor=actor, action=action, target_type="passkey", target_id=passkey.pk)
