"""What a batch brought, noted in a few bytes each, so that its upload can be taken back."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from upstream.claims import bulk
from upstream.claims.bulk import Id
from upstream.claims.models import BatchContent
from upstream.core.ids import uuid7

_COLUMNS = ("id", "created_at", "updated_at", "organization_id", "upload_id", "claims", "rows", "seen")
ID_BYTES, SEEN_BYTES = 16, 20


class Contents:
    """Gathered where the batch writes, saved with it."""

    def __init__(self) -> None:
        self.claims: list[Id] = []
        self.rows: list[Id] = []
        self.seen: list[tuple[Id, int]] = []

    def save(self, organization_id: UUID, upload_id: UUID, now: datetime, *, later: list[str] | None = None) -> None:
        """One row, in the transaction of the batch, with an id greater than those of the rows it wrote."""
        if not (self.claims or self.rows or self.seen):
            return
        moment = bulk.stored(now)
        seen = b"".join(raw_id(each) + place.to_bytes(4, "little") for each, place in self.seen)
        row = (
            bulk.stored(uuid7()), moment, moment, bulk.stored(organization_id), bulk.stored(upload_id),
            packed(self.claims), packed(self.rows), seen,
        )  # fmt: skip
        bulk.insert(BatchContent, _COLUMNS, [row], later=later)


def packed(ids: list[Id]) -> bytes:
    return b"".join(map(raw_id, ids))


def ids_in(content: bytes) -> list[Id]:
    """The ids that `packed` wrote."""
    return [bulk.stored(UUID(bytes=content[at : at + ID_BYTES])) for at in range(0, len(content), ID_BYTES)]


def seen_in(content: bytes) -> Iterator[tuple[bytes, int]]:
    """The bytes of each id that was seen, and its place."""
    for at in range(0, len(content), SEEN_BYTES):
        yield content[at : at + ID_BYTES], int.from_bytes(content[at + ID_BYTES : at + SEEN_BYTES], "little")


def raw_id(row_id: Id) -> bytes:
    """The 16 bytes of an id."""
    return bytes.fromhex(row_id.replace("-", ""))
