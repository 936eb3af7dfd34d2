"""Reading exports, and reading what goes into them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from upstream.accounts.models import Organization
from upstream.alerts.models import Alert, AlertActivity, AlertSignal, Judgement
from upstream.alerts.selectors import inbox
from upstream.claims.models import Claim
from upstream.claims.selectors import claims
from upstream.core.errors import not_found
from upstream.core.models import Job
from upstream.detection.models import Signal
from upstream.detection.selectors import signal_claims
from upstream.reports import filters
from upstream.reports.models import Export

CLAIMS_PER_READ = 2000
ALERTS_PER_READ = 500
# As many as fill the report's second page.
CLAIMS_SHOWN = 36


def exports(organization: Organization | UUID) -> QuerySet[Export]:
    return Export.objects.for_organization(organization)


def export(organization: Organization | UUID, export_id: UUID) -> Export:
    """Raises NOT_FOUND for an unknown id and for another organization's alike."""
    found = exports(organization).select_related("job").filter(pk=export_id).first()
    if found is None:
        raise not_found("export")
    return found


def job_of(export: Export) -> Job:
    """The job that makes it. Exports are written with one; the column is nullable only for the order of writing."""
    if export.job is None:
        raise not_found("job")
    return export.job


def alert(organization: Organization | UUID, alert_id: UUID) -> Alert:
    """Raises NOT_FOUND for an unknown id and for another organization's alike."""
    found = Alert.objects.for_organization(organization).select_related("payer", "signal").filter(pk=alert_id).first()
    if found is None:
        raise not_found("alert", field="alertId")
    return found


@dataclass(frozen=True, slots=True)
class AlertEvidence:
    """Everything an alert's report tells. `claims` are the largest of `claims_total` that prove it."""

    organization: Organization
    alert: Alert
    signal: Signal
    related: list[Signal]
    claims: list[Claim]
    claims_total: int
    judgements: list[Judgement]
    activity: list[AlertActivity]


def alert_evidence(organization_id: UUID, alert_id: UUID, *, include_phi: bool) -> AlertEvidence:
    """Raises NOT_FOUND. Patients are read only with `include_phi`."""
    rows = Alert.objects.for_organization(organization_id).select_related(
        "organization", "payer", "signal__payer", "signal__service_group", "assignee"
    )
    found = rows.filter(pk=alert_id).first()
    if found is None:
        raise not_found("alert", field="alertId")
    related = AlertSignal.objects.for_organization(organization_id).filter(alert=found)
    related = related.order_by("-signal__dollars_per_week", "pk")
    proof = signal_claims(organization_id, found.signal)
    shown = proof.select_related("patient") if include_phi else proof
    return AlertEvidence(
        organization=found.organization,
        alert=found,
        signal=found.signal,
        related=[row.signal for row in related.select_related("signal__service_group")],
        claims=list(shown.order_by("-billed_amount", "pk")[:CLAIMS_SHOWN]),
        claims_total=proof.count(),
        judgements=list(_newest(Judgement, found, "judged_at").select_related("judged_by")),
        activity=list(_newest(AlertActivity, found, "at").select_related("by")),
    )


def _newest(model: type[Judgement] | type[AlertActivity], of: Alert, moment: str) -> QuerySet[Any]:
    return model.objects.for_organization(of.organization_id).filter(alert=of).order_by(f"-{moment}", "-pk")


def claims_of(organization_id: UUID, kept: filters.Kept) -> QuerySet[Claim]:
    """The claims of a kept filter; with `signal_id`, those among them that prove the signal. Raises NOT_FOUND."""
    rows = claims(organization_id, filters.claim_filter(kept))
    if "signal_id" in kept:
        signal = Signal.objects.for_organization(organization_id).filter(pk=kept["signal_id"]).first()
        if signal is None:
            raise not_found("signal", field="claimFilter")
        rows = rows.filter(pk__in=signal_claims(organization_id, signal).values("pk"))
    return rows


def claim_rows(rows: QuerySet[Claim], fields: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Values of `fields`, newest submission first, read in pieces.

    Pieces follow one another by (submission, id) instead of standing in one open cursor: on SQLite an open cursor
    would keep the job's own progress from being written, on PostgreSQL it would spool the whole result.
    """
    values = rows.values_list("submitted_date", "pk", *fields)
    dated = values.filter(submitted_date__isnull=False).order_by("-submitted_date", "-pk")
    undated = values.filter(submitted_date__isnull=True).order_by("-pk")
    # Of the dated rows' conditions the first says nothing that the second does not: it is there for the index.
    yield from _pieces(
        dated,
        lambda day, pk: Q(submitted_date__lte=day) & (Q(submitted_date__lt=day) | Q(submitted_date=day, pk__lt=pk)),
    )
    yield from _pieces(undated, lambda _, pk: Q(pk__lt=pk))


def _pieces(rows: QuerySet[Any, Any], after: Callable[[date | None, UUID], Q]) -> Iterator[tuple[Any, ...]]:
    """The rows without their first two values, which say where the next piece begins."""
    found = list(rows[:CLAIMS_PER_READ])
    while found:
        yield from (row[2:] for row in found)
        if len(found) < CLAIMS_PER_READ:
            return
        found = list(rows.filter(after(found[-1][0], found[-1][1]))[:CLAIMS_PER_READ])


def alerts_of(organization_id: UUID, kept: filters.Kept) -> QuerySet[Alert]:
    return inbox(organization_id, filters.alert_filter(kept))


def alert_rows(organization_id: UUID, rows: QuerySet[Alert]) -> Iterator[Alert]:
    """The alerts in the inbox's order with all that a row of the workbook tells, read in pieces."""
    identifiers = list(rows.order_by("-rank_score", "-pk").values_list("pk", flat=True))
    judgements = Judgement.objects.for_organization(organization_id).select_related("judged_by")
    with_relations = (
        Alert.objects.for_organization(organization_id)
        .select_related("payer", "signal__payer", "signal__service_group", "assignee")
        .defer("signal__series", "signal__categories", "signal__parameters")
        .prefetch_related(
            Prefetch("judgements", judgements.order_by("-judged_at", "-pk")),
            Prefetch("related", AlertSignal.objects.for_organization(organization_id)),
        )
    )
    for start in range(0, len(identifiers), ALERTS_PER_READ):
        wanted = identifiers[start : start + ALERTS_PER_READ]
        found = with_relations.in_bulk(wanted)
        yield from (found[pk] for pk in wanted if pk in found)
