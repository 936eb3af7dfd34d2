"""Doing a thing once, however often it is asked for: a request names itself by a key, and holds it while it works.

A hold runs out unless it is renewed, so that a request that was killed blocks its key for minutes, not for good. What
was made is written in the transaction that made it, and only while the key is still held, so that two requests never
both make it. Keys are kept.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from time import monotonic
from uuid import UUID, uuid4

from django.db.models import QuerySet

from upstream.core import clock
from upstream.core.errors import ErrorCode, ServiceError
from upstream.rest.models import IdempotencyKey

LONGEST_KEY = 200
HOLD = timedelta(minutes=2)
_RENEWED_EVERY_SECONDS = 10.0
_AT_WORK = "A request with this Idempotency-Key is still at work. Wait a little and send it again."


class Hold:
    """One request's hold on its key. `made_id` is what an earlier request made under it, of a body of `body_digest`."""

    def __init__(self, row: IdempotencyKey, token: UUID) -> None:
        self.made_id, self.body_digest = row.made_id, row.body_digest
        self._row, self._token = row, token

    def _mine(self) -> QuerySet[IdempotencyKey]:
        return IdempotencyKey.unscoped.filter(pk=self._row.pk, holder=self._token, made_id=None)

    def renewed(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The pieces as they come, the hold renewed on the way; raises CONFLICT once another request has the key."""
        renewed = monotonic()
        for piece in pieces:
            if monotonic() - renewed >= _RENEWED_EVERY_SECONDS:
                renewed = monotonic()
                if not self._mine().update(held_until=clock.now() + HOLD):
                    raise ServiceError(ErrorCode.CONFLICT, _AT_WORK, field="Idempotency-Key")
            yield piece

    def settle(self, made_id: UUID, body_digest: str) -> None:
        """Say, in the transaction that makes it, what the key stands for; raises CONFLICT once the hold is lost."""
        if not self._mine().update(made_id=made_id, body_digest=body_digest, holder=None):
            raise ServiceError(ErrorCode.CONFLICT, _AT_WORK, field="Idempotency-Key")

    def give_back(self) -> None:
        self._mine().delete()


@contextmanager
def once(organization_id: UUID, key: str) -> Iterator[Hold]:
    """A hold on the key of one of the organization's requests; an error inside gives the key back.

    Raises REQUIRED without a key, INVALID for one that is not 1 to 200 visible ASCII characters, CONFLICT while another
    request holds it.
    """
    hold = _take(organization_id, _checked(key))
    try:
        yield hold
    except BaseException:
        hold.give_back()
        raise


def _checked(key: str) -> str:
    if not key:
        raise ServiceError(
            ErrorCode.REQUIRED,
            "Send the header Idempotency-Key: a text of your own for this file, the same when you send it again.",
            field="Idempotency-Key",
        )
    if len(key) > LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise ServiceError(
            ErrorCode.INVALID,
            f"An Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters.",
            field="Idempotency-Key",
        )
    return key


def _take(organization_id: UUID, key: str) -> Hold:
    now, token = clock.now(), uuid4()
    held = {"holder": token, "held_until": now + HOLD}
    keys = IdempotencyKey.objects.for_organization(organization_id)
    row, created = keys.get_or_create(
        organization_id=organization_id, key_digest=sha256(key.encode()).hexdigest(), defaults=held
    )
    if not created and row.made_id is None:
        lost = keys.filter(pk=row.pk, made_id=None, held_until__lte=now)
        if not lost.update(**held):
            raise ServiceError(ErrorCode.CONFLICT, _AT_WORK, field="Idempotency-Key")
    return Hold(row, token)
