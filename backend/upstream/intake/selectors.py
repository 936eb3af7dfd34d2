"""Reading uploads, what they left in quarantine, and what was acknowledged of them."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Case, Count, F, Max, OuterRef, Q, QuerySet, Subquery, UUIDField, When, Window
from django.db.models.functions import Coalesce, RowNumber

from upstream.accounts.models import Organization
from upstream.claims.acknowledgements import AcknowledgementKind, Standing
from upstream.claims.models import ClaimAcknowledgement, Submission, SubmissionAcknowledgement
from upstream.core.models import JobState
from upstream.intake.models import RowError, RowState, SourceMapping, Upload, Webhook
from upstream.intake.quarantine import quarantine_csv

__all__ = [
    "RELATED",
    "Acknowledged",
    "Source",
    "acknowledged",
    "acknowledgements_of",
    "mended_by",
    "quarantine_csv",
    "row_errors",
    "source_mappings",
    "sources",
    "uploads",
    "webhooks",
]

#: Acknowledgements of one upload, and rejected claims of it, that are listed.
MOST_LISTED = 100
#: Sources that are listed, and uploads of each.
MOST_SOURCES, MOST_OF_A_SOURCE = 50, 20
#: Rows that an upload is shown with.
RELATED = ("job", "undo_job", "duplicate_of__job", "container__job")


def uploads(organization: Organization | UUID) -> QuerySet[Upload]:
    return Upload.objects.for_organization(organization)


def webhooks(organization: Organization | UUID) -> QuerySet[Webhook]:
    """The organization's webhooks, the revoked ones included."""
    return Webhook.objects.for_organization(organization)


def source_mappings(organization: Organization | UUID) -> QuerySet[SourceMapping]:
    """The organization's mappings, the forgotten ones included, with `uploads` (how many) and `last_used_at`.

    Those count that were read to the end, and taken back or not.
    """
    used = uploads(organization).filter(source_mapping=OuterRef("pk"), job__state=JobState.SUCCEEDED).order_by()
    by_mapping = used.values("source_mapping")
    return SourceMapping.objects.for_organization(organization).annotate(
        uploads=Coalesce(Subquery(by_mapping.annotate(uploads=Count("id")).values("uploads")), 0),
        last_used_at=Subquery(by_mapping.annotate(last=Max("job__finished_at")).values("last")),
    )


def row_errors(
    organization: Organization | UUID, upload: Upload | UUID, state: RowState | None = None
) -> QuerySet[RowError]:
    """The rows of an upload that were not taken, all or of one state, without their cells, in no order."""
    upload_id = upload if isinstance(upload, UUID) else upload.pk
    rows = RowError.objects.for_organization(organization).filter(upload_id=upload_id)
    rows = rows.select_related("mended_by", "tried_by").defer("raw", "tried")
    return rows if state is None else rows.filter(state=state)


def mended_by(organization: Organization | UUID, upload: Upload) -> list[tuple[Upload, int]]:
    """Files that mended rows of an upload, and how many rows; the earliest first."""
    rows = RowError.objects.for_organization(organization).filter(upload_id=upload.pk).exclude(mended_by=None)
    counts = dict(rows.order_by("mended_by").values_list("mended_by").annotate(rows=Count("id")))
    files = Upload.objects.for_organization(organization).filter(pk__in=counts).only("file_name", "kind", "created_at")
    return [(file, counts[file.pk]) for file in files.order_by("id")]


@dataclass(frozen=True, slots=True)
class Source:
    """Uploads of one kind from one source, the newest first."""

    kind: str
    source: str
    uploads: list[Upload]


def sources(organization: Organization | UUID) -> list[Source]:
    """The MOST_SOURCES sources that sent claims or decisions last, with their MOST_OF_A_SOURCE last uploads."""
    rank = Window(RowNumber(), partition_by=[F("kind"), F("source")], order_by=F("id").desc())
    rows = (
        uploads(organization)
        .filter(duplicate_of=None, job__state=JobState.SUCCEEDED)
        .exclude(source="")
        .exclude(report={})
        .annotate(rank=rank)
        .filter(rank__lte=MOST_OF_A_SOURCE)
        .order_by("-id")
    )
    found: dict[tuple[str, str], Source] = {}
    for row in rows:
        key = (row.kind, row.source)
        if key in found or len(found) < MOST_SOURCES:
            found.setdefault(key, Source(*key, [])).uploads.append(row)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What was acknowledged of an upload's submissions; of several acknowledgements the newest counts.

    sets, claims: how many were sent, and of them by standing; sets by 999 and 997, claims by 277CA. acknowledgements:
    the newest MOST_LISTED, without those that merely accept one set. rejected: claims that stand rejected, likewise.
    """

    sets: int
    claims: int
    set_standings: Counter[str]
    claim_standings: Counter[str]
    acknowledgements: list[SubmissionAcknowledgement]
    rejected: list[ClaimAcknowledgement]


def acknowledged(organization: Organization | UUID, upload: Upload) -> Acknowledged | None:
    """None for an upload without submissions, and while nothing was acknowledged of them; five queries."""
    own = Submission.objects.for_organization(organization).filter(upload_id=upload.pk)
    sent = list(own.values_list("sender", "group_number", "set_number", "claims"))
    found = acknowledgements_of(organization, [upload.pk], own) if sent else None
    if found is None or not (told := list(found.order_by("acknowledged_date", "id").values_list(*_TOLD))):
        return None
    by_number = {
        (sender, group, number): standing for kind, sender, group, number, standing, _ in told if kind != _CLAIMS
    }
    batches = [fingerprint for kind, *_, fingerprint in told if kind == _CLAIMS]
    of_claims = ClaimAcknowledgement.objects.for_organization(organization).filter(batch__in=batches)
    by_claim: dict[str, tuple[str, UUID]] = {}
    for key, *newest in of_claims.order_by("-acknowledged_date", "-id").values_list("claim_key", "standing", "pk"):
        by_claim.setdefault(key, (newest[0], newest[1]))
    rejected = [pk for standing, pk in by_claim.values() if standing == Standing.REJECTED]
    plain = Q(standing=Standing.ACCEPTED, errors=[]) & ~Q(set_number="")
    return Acknowledged(
        len(sent),
        sum(claims for *_, claims in sent),
        Counter(
            by_number.get((sender, group, number), by_number.get((sender, group, ""), ""))
            for sender, group, number, _ in sent
        ),
        Counter(standing for standing, _ in by_claim.values()),
        list(found.exclude(plain).order_by("-acknowledged_date", "-id")[:MOST_LISTED]),
        list(
            of_claims.filter(pk__in=rejected[:MOST_LISTED])
            .select_related("claim")
            .order_by("-acknowledged_date", "-id")
        ),
    )


_CLAIMS = AcknowledgementKind.X12_277CA
_TOLD = ("kind", "sender", "group_number", "set_number", "standing", "fingerprint")


def acknowledgements_of(
    organization: Organization | UUID, upload_ids: list[UUID], own: QuerySet[Submission]
) -> QuerySet[SubmissionAcknowledgement]:
    """Those whose numbers are the uploads', with `meant`: the upload each means.

    own: what these uploads submitted. Numbers come again: each means the latest submission up to its day.
    """
    submissions = Submission.objects.for_organization(organization).filter(
        submitted_date__lte=OuterRef("acknowledged_date")
    )
    under_batch = submissions.filter(submitter=OuterRef("sender"), batch_reference=OuterRef("batch_reference"))
    under_group = submissions.filter(sender=OuterRef("sender"), group_number=OuterRef("group_number"))
    by_batch, by_group = (
        Subquery(rows.order_by("-submitted_date", "-id").values("upload_id")[:1]) for rows in (under_batch, under_group)
    )
    groups, batches = (
        own.exclude(**{name: ""}).order_by().values(name) for name in ("group_number", "batch_reference")
    )
    return (
        SubmissionAcknowledgement.objects.for_organization(organization)
        .filter(Q(group_number__in=groups) | Q(batch_reference__in=batches))
        .annotate(meant=Case(When(kind=_CLAIMS, then=by_batch), default=by_group, output_field=UUIDField()))
        .filter(meant__in=upload_ids)
    )
