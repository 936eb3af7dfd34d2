"""Evidence that was taken back: which signals rested on an upload, until a run has looked again without it.

Counted before the upload is taken back, while its claims still stand: of the claims that prove a signal those that the
upload had stated or decided on. Where another upload told the same they may stay; the next run shows what it comes to.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from upstream.accounts.models import Organization
from upstream.alerts.models import TakenBackEvidence
from upstream.claims.models import BatchContent
from upstream.detection.models import DetectionRun, Signal
from upstream.detection.selectors import signal_claims
from upstream.intake import selectors
from upstream.intake.models import Upload
from upstream.intake.writer.contents import ID_BYTES


@transaction.atomic
def mark_evidence(upload: Upload) -> None:
    """Note the signals that rest on the upload, once: a taking back that goes on finds the rest of it only."""
    organization_id = upload.organization_id
    marks = TakenBackEvidence.objects.for_organization(organization_id)
    contents = BatchContent.objects.for_organization(organization_id).filter(upload=upload).exclude(claims=b"")
    if marks.filter(upload=upload).exists() or not contents.exists():
        return
    proven: dict[bytes, list[UUID]] = defaultdict(list)
    proving: Counter[UUID] = Counter()
    signals = Signal.objects.for_organization(organization_id).filter(found=True).defer("series", "categories")
    for signal in signals:
        for claim_id in signal_claims(organization_id, signal).values_list("pk", flat=True).iterator():
            proven[claim_id.bytes].append(signal.pk)
            proving[signal.pk] += 1
    told: Counter[UUID] = Counter()
    for content in contents.values_list("claims", flat=True).iterator(1):
        packed = bytes(content)
        for at in range(0, len(packed), ID_BYTES):
            # A claim may stand in several batches, and counts once.
            told.update(proven.pop(packed[at : at + ID_BYTES], ()))
    TakenBackEvidence.unscoped.bulk_create(
        TakenBackEvidence(
            organization_id=organization_id, signal_id=pk, upload=upload, claims=claims, of_claims=proving[pk]
        )
        for pk, claims in told.items()
    )


def due(run: DetectionRun) -> list[TakenBackEvidence]:
    """Marks of uploads that were gone before the run began to read."""
    began = run.updated_at - timedelta(seconds=run.seconds)
    marks = TakenBackEvidence.objects.for_organization(run.organization_id)
    return list(marks.filter(run=None, upload__undone_at__lte=began))


def settle(marks: Iterable[TakenBackEvidence], run: DetectionRun) -> None:
    """The run has looked again."""
    rows = TakenBackEvidence.objects.for_organization(run.organization_id)
    rows.filter(pk__in=[mark.pk for mark in marks]).update(run=run)


def marks_by_signal(organization: Organization | UUID) -> dict[UUID, list[TakenBackEvidence]]:
    """All of the organization, the newest first, with their uploads and runs; one query."""
    related = [f"upload__{name}" for name in selectors.RELATED]
    rows = TakenBackEvidence.objects.for_organization(organization).select_related("upload", "run", *related)
    found: dict[UUID, list[TakenBackEvidence]] = defaultdict(list)
    for row in rows.order_by("-id"):
        found[row.signal_id].append(row)
    return found
