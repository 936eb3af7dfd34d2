"""Downloads: the one way out for files, by signed link."""

import logging
import re
from collections.abc import Iterable
from itertools import chain
from pathlib import PurePath

from django.db import transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from upstream.audit import services as audit
from upstream.core import clock, scope
from upstream.core.actor import Actor
from upstream.intake.models import Upload
from upstream.intake.selectors import quarantine_csv
from upstream.phi import files
from upstream.phi.keys import UnreadableValue
from upstream.reports import links
from upstream.reports.access import current_actor, may_download, may_download_rejected_rows
from upstream.reports.models import Export

log = logging.getLogger(__name__)

_TYPES = {
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
}
LINK_EXPIRED = "This link has expired: links last a few minutes. Go back to Upstream and download the file again."
EXPORT_EXPIRED = "This export has expired and its file was deleted. Go back to Upstream and make it again."
UNREADABLE = "The stored file cannot be read. Go back to Upstream and make the export again."
UNKNOWN = "There is nothing here."


@require_GET
def download(request: HttpRequest, token: str) -> HttpResponseBase:
    """The file of a signed link.

    404 for whatever is unknown, foreign or no longer allowed, all alike; 410 with a sentence for what has expired.
    """
    try:
        link = links.read(token)
    except links.LinkExpired:
        return _plain(410, LINK_EXPIRED)
    except links.LinkUnknown:
        return _plain(404, UNKNOWN)
    scope.enter(link.organization_id)
    actor = current_actor(link.organization_id, link.user_id)
    if actor is None:
        return _plain(404, UNKNOWN)
    return _export(link, actor) if link.kind is links.LinkKind.EXPORT else _quarantine(link, actor)


def _export(link: links.Link, actor: Actor) -> HttpResponseBase:
    export = Export.objects.for_organization(link.organization_id).filter(pk=link.target_id).first()
    if export is None or not may_download(export, actor) or export.expires_at is None:
        return _plain(404, UNKNOWN)
    if export.expires_at <= clock.now() or not export.stored_name:
        return _plain(410, EXPORT_EXPIRED)
    pieces = files.read(export.stored_name)
    try:
        # The first piece shows that the file is there and opens; only then is the reading written down and answered.
        first = next(pieces)
    except (OSError, UnreadableValue):
        log.exception("the file of export %s cannot be read", export.pk)
        return _plain(500, UNREADABLE)
    with transaction.atomic():
        audit.record(
            actor=actor,
            action="export.downloaded",
            target_type="export",
            target_id=export.pk,
            detail={"kind": export.kind, "rows": export.rows, "phi": export.includes_phi, "sha256": export.sha256},
        )
    answer = _file(export.file_name, chain([first], pieces))
    answer["Content-Length"] = str(export.size_bytes)
    return answer


def _quarantine(link: links.Link, actor: Actor) -> HttpResponseBase:
    upload = Upload.objects.for_organization(link.organization_id).filter(pk=link.target_id).first()
    if upload is None or not may_download_rejected_rows(actor):
        return _plain(404, UNKNOWN)
    with transaction.atomic():
        audit.record(
            actor=actor,
            action="quarantine.downloaded",
            target_type="upload",
            target_id=upload.pk,
            detail={"rows": upload.rows_open, "phi": True},
        )
    stem = re.sub(r"[^\w .-]+", "_", PurePath(upload.file_name).stem)[:100]
    return _file(
        f"quarantine-{stem}.csv",
        scope.pieces_of_organization(upload.organization_id, quarantine_csv(upload.organization_id, upload)),
    )


def _file(name: str, pieces: Iterable[bytes]) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(pieces, content_type=_TYPES[PurePath(name).suffix])
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    _keep_private(answer)
    return answer


def _plain(status: int, sentence: str) -> HttpResponse:
    answer = HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
    _keep_private(answer)
    return answer


def _keep_private(answer: HttpResponseBase) -> None:
    answer["Cache-Control"] = "no-store, private"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer["Referrer-Policy"] = "no-referrer"
