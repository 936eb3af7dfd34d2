"""What was acknowledged of a claim: of itself (277CA), and of the sets and batches its uploads sent (999, 997, 277CA).

Of an upload with several sets it is not kept which one held a claim. What acknowledges one of them is then the claim's
only where all sets are meant, or where an error names the claim; else it is told as not certain, and only where
something was rejected.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from upstream.claims.acknowledgements import AcknowledgementKind, Standing
from upstream.claims.claim_keys import control_number_key
from upstream.claims.models import Claim, ClaimAcknowledgement, Submission, SubmissionAcknowledgement
from upstream.intake import selectors
from upstream.intake.models import Upload

#: Acknowledgements of sets that are looked through, the newest first.
MOST_OF_SETS = 200


@dataclass(frozen=True, slots=True)
class ClaimAcknowledged:
    """set_kind: None for what was said of the claim itself. certain: whether what was said is said of this claim.

    statuses, errors: rows as they are stored. upload: the acknowledgement's file.
    """

    set_kind: str | None
    known_at: datetime
    acknowledged_date: date
    upload: Upload
    standing: str
    statuses: list[list[str]]
    errors: list[list[Any]]
    source: str = ""
    amount: Decimal | None = None
    certain: bool = True


def acknowledged(claim: Claim, uploads: Mapping[UUID, Upload]) -> Iterator[ClaimAcknowledged]:
    """Three queries; uploads: those that stated the claim."""
    answered: set[UUID] = set()
    own = ClaimAcknowledgement.objects.for_organization(claim.organization_id).filter(claim_key=claim.claim_key)
    related = [f"upload__{name}" for name in selectors.RELATED]
    for row in own.select_related("upload", *related).order_by("id"):
        answered.add(row.upload_id)
        yield ClaimAcknowledged(
            None, row.upload.created_at, row.acknowledged_date, row.upload, row.standing, row.statuses, [],
            source=row.source, amount=row.amount,
        )  # fmt: skip
    submissions = Submission.objects.for_organization(claim.organization_id).filter(upload_id__in=list(uploads))
    sets: dict[UUID, list[Submission]] = defaultdict(list)
    for submission in submissions:
        sets[submission.upload_id].append(submission)
    if not sets:
        return
    found: QuerySet[Any] = selectors.acknowledgements_of(claim.organization_id, list(sets), submissions)
    rows = list(found.select_related("upload", *related).order_by("-id")[:MOST_OF_SETS])
    for row in rows:
        of_claim = _of_claim(claim, row, sets[row.meant])
        if of_claim is None or row.upload_id in answered or _is_said_closer(row, rows):
            continue
        errors = [error for error in row.errors if not error[-1] or control_number_key(error[-1]) == claim.claim_key]
        yield ClaimAcknowledged(
            row.kind, row.upload.created_at, row.acknowledged_date, row.upload, row.standing, row.statuses,
            errors if of_claim else [], certain=of_claim,
        )  # fmt: skip


def _is_said_closer(row: SubmissionAcknowledgement, rows: list[SubmissionAcknowledgement]) -> bool:
    """Whether the same file says of a set of the group what this says of all of it."""
    return (
        row.group_number != ""
        and not row.set_number
        and any(
            other.upload_id == row.upload_id and other.group_number == row.group_number and other.set_number
            for other in rows
        )
    )


def _of_claim(claim: Claim, row: SubmissionAcknowledgement, sets: list[Submission]) -> bool | None:
    """Whether the acknowledgement is of the set that held the claim; False where it may be, None where it need not."""
    if row.kind == AcknowledgementKind.X12_277CA:
        meant = [each for each in sets if each.batch_reference == row.batch_reference]
        whole = row.provider_npi in ("", claim.provider_npi)
    else:
        group = [each for each in sets if each.group_number == row.group_number and each.sender == row.sender]
        meant = [each for each in group if row.set_number in ("", each.set_number)]
        # Of a group taken in part it is not told which sets were.
        whole = row.standing != Standing.PARTIAL or len(sets) == 1
    if any(error[-1] and control_number_key(error[-1]) == claim.claim_key for error in row.errors):
        return True
    if whole and len(meant) == len(sets):
        return True
    return False if row.standing in (Standing.REJECTED, Standing.PARTIAL) else None
