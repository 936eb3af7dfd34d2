"""Files that come in parts, over lost connections, closed browsers and restarts of the server.

Parts are encrypted as they arrive, each into a file of its own, and count once their row is written; how far the file
has come is moved on by compare-and-set, so that of two parts for one place one wins. The last one has them joined into
an upload. What is left for a day is deleted.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from upstream.core import clock
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.graph.permissions import Permission
from upstream.intake.models import ResumableUpload, Upload, UploadPart
from upstream.intake.services import clean_file_name, receive_upload, too_large
from upstream.intake.without_patients import keeps_patients
from upstream.phi import files
from upstream.phi.keys import UnreadableValue

KEPT = timedelta(days=1)
# What a lost connection, or a killed server, takes along at most.
PART = 16 << 20
# A tick takes a bounded time; the next one goes on.
EXPIRED_PER_RUN = 500

log = logging.getLogger(__name__)


def begin(*, actor: Actor, file_name: str, size_bytes: int) -> ResumableUpload:
    """Announce a file. Raises FORBIDDEN, INVALID for an empty file, TOO_LARGE beyond `UPLOAD_MAX_BYTES`."""
    actor.require(Permission.UPLOADS_WRITE)
    if not size_bytes:
        raise ServiceError(ErrorCode.INVALID, "The file is empty.", field="Upload-Length")
    if size_bytes > settings.UPLOAD_MAX_BYTES:
        raise too_large()
    begun = ResumableUpload(
        organization_id=actor.organization_id,
        file_name=clean_file_name(file_name) if keeps_patients(actor.organization_id) else "file",
        size_bytes=size_bytes,
        created_by_id=actor.user_id,
        service_key_id=actor.service_key_id,
        expires_at=clock.now() + KEPT,
    )
    begun.save(force_insert=True)
    return begun


def _of(actor: Actor) -> QuerySet[ResumableUpload]:
    actor.require(Permission.UPLOADS_WRITE)
    return ResumableUpload.objects.for_organization(actor.organization_id).filter(
        created_by_id=actor.user_id, service_key_id=actor.service_key_id, expires_at__gt=clock.now()
    )


def get(*, actor: Actor, resumable_id: UUID) -> ResumableUpload:
    """One that the actor began. Raises FORBIDDEN, NOT_FOUND for others', for unknown and for expired ones."""
    found = _of(actor).select_related("upload__job").filter(pk=resumable_id).first()
    if found is None:
        raise not_found("upload")
    return found


def receive(*, actor: Actor, resumable_id: UUID, offset: int, chunks: Iterator[bytes]) -> ResumableUpload:
    """Take `chunks` as the file's bytes from `offset` on; behind the last byte the file becomes an upload.

    Of chunks that raise, what came before is kept. Raises FORBIDDEN, NOT_FOUND, CONFLICT where the file is not at
    `offset`, TOO_LARGE for more than was announced.
    """
    resumable = get(actor=actor, resumable_id=resumable_id)
    if offset != resumable.received_bytes:
        raise _elsewhere(resumable.received_bytes)
    arriving = _Arriving(chunks, resumable.size_bytes - offset)
    while part := arriving.part():
        _take(resumable, part)
    if arriving.broken:
        raise arriving.broken
    if resumable.received_bytes == resumable.size_bytes and resumable.upload_id is None:
        _finish(actor, resumable)
    return resumable


class _Arriving:
    """Chunks as parts of PART bytes, the last one shorter. `broken`: what the chunks, or too many of them, raised."""

    def __init__(self, chunks: Iterator[bytes], most: int) -> None:
        self._chunks, self._most, self._held = chunks, most, b""
        self.broken: Exception | None = None

    def part(self) -> Iterator[bytes] | None:
        """The next part; None where nothing more comes."""
        if not self._held:
            self._held = self._next()
        return self._part() if self._held else None

    def _part(self) -> Iterator[bytes]:
        room = PART
        while self._held and room:
            piece, self._held = self._held[:room], self._held[room:]
            room -= len(piece)
            yield piece
            if not self._held:
                self._held = self._next()

    def _next(self) -> bytes:
        try:
            chunk = next(self._chunks, b"")
        except (ServiceError, OSError) as error:
            self.broken = error
            return b""
        if len(chunk) > self._most:
            self.broken = ServiceError(
                ErrorCode.TOO_LARGE, "More came than Upload-Length announced. Begin again.", field="Upload-Length"
            )
            return b""
        self._most -= len(chunk)
        return chunk


def _take(resumable: ResumableUpload, chunks: Iterator[bytes]) -> None:
    offset = resumable.received_bytes
    stored, size, digest = files.save(f"{_folder(resumable)}/{offset}", chunks)
    try:
        with transaction.atomic():
            expires_at = clock.now() + KEPT
            moved = ResumableUpload.unscoped.filter(
                pk=resumable.pk, received_bytes=offset, expires_at__gt=clock.now()
            ).update(received_bytes=offset + size, expires_at=expires_at)
            if not moved:
                resumable.refresh_from_db()
                raise _elsewhere(resumable.received_bytes)
            UploadPart(
                organization_id=resumable.organization_id,
                resumable_upload=resumable,
                offset=offset,
                stored_name=stored,
                sha256=digest,
            ).save(force_insert=True)
    except BaseException:
        files.delete(stored)
        raise
    resumable.received_bytes, resumable.expires_at = offset + size, expires_at


def _finish(actor: Actor, resumable: ResumableUpload) -> None:
    def registered(upload: Upload) -> None:
        mine = ResumableUpload.unscoped.filter(pk=resumable.pk, upload=None)
        if not mine.update(upload=upload):
            raise _finished_elsewhere()

    resumable.upload = receive_upload(
        actor=actor, file_name=resumable.file_name, chunks=_joined(resumable), registered=registered
    )
    _clear(resumable)


def _joined(resumable: ResumableUpload) -> Iterator[bytes]:
    for part in resumable.parts.order_by("offset"):
        digest = sha256()
        try:
            for piece in files.read(part.stored_name):
                digest.update(piece)
                yield piece
        except FileNotFoundError as error:
            raise _finished_elsewhere() from error
        if digest.hexdigest() != part.sha256:
            raise UnreadableValue("A part of an upload is not what was stored.")


def _folder(resumable: ResumableUpload) -> str:
    return f"parts/{resumable.organization_id}/{resumable.pk}"


def _clear(resumable: ResumableUpload) -> None:
    # The files go first: stopped in between, expiry finds the rows again.
    files.delete_folder(_folder(resumable))
    resumable.parts.all().delete()


def _elsewhere(received: int) -> ServiceError:
    return ServiceError(
        ErrorCode.CONFLICT,
        f"The file goes on at byte {received}: ask where it stands, then send on.",
        field="Upload-Offset",
    )


def _finished_elsewhere() -> ServiceError:
    return ServiceError(
        ErrorCode.CONFLICT, "Another request has finished this upload, or ended it: ask what became of it."
    )


def discard(*, actor: Actor, resumable_id: UUID) -> None:
    """Delete what has come of a file; the upload it became stays. Raises FORBIDDEN, NOT_FOUND."""
    resumable = get(actor=actor, resumable_id=resumable_id)
    _clear(resumable)
    resumable.delete()


def expire() -> int:
    """Delete what nothing came for in a day; returns how many. Safe to run twice, and at once."""
    expired: QuerySet[Any] = ResumableUpload.unscoped.filter(expires_at__lte=clock.now())
    count = 0
    for resumable in expired.order_by("expires_at")[:EXPIRED_PER_RUN]:
        try:
            _clear(resumable)
        except Exception:
            log.exception("the parts of resumable upload %s could not be deleted", resumable.pk)
            continue
        resumable.delete()
        count += 1
    return count
