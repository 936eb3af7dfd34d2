"""Reading alerts."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from upstream.accounts.models import Organization
from upstream.alerts.models import Alert, AlertState, Judgement, WaitingSignal
from upstream.detection.models import Signal, SignalKind


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """What to show of the inbox; what is empty or None does not narrow. verdict is that of the latest judgement."""

    state: tuple[str, ...] = ()
    payer_id: UUID | None = None
    kind: SignalKind | None = None
    verdict: str | None = None
    assignee_id: UUID | None = None
    search: str = ""


def inbox(organization: Organization | UUID, alert_filter: AlertFilter | None = None) -> QuerySet[Alert]:
    """Alerts that match, by rank, with payer, assignee and signal. `search` looks into the names shown with them."""
    narrowed = alert_filter or AlertFilter()
    alerts = Alert.objects.for_organization(organization).select_related(
        "payer", "assignee", "signal__payer", "signal__service_group"
    )
    if narrowed.state:
        alerts = alerts.filter(state__in=narrowed.state)
    if narrowed.payer_id is not None:
        alerts = alerts.filter(payer_id=narrowed.payer_id)
    if narrowed.kind is not None:
        alerts = alerts.filter(signal__kind=narrowed.kind)
    if narrowed.assignee_id is not None:
        alerts = alerts.filter(assignee_id=narrowed.assignee_id)
    if narrowed.verdict is not None:
        latest = Judgement.objects.for_organization(organization).filter(alert=OuterRef("pk"))
        latest = latest.order_by("-judged_at", "-id").values("verdict")[:1]
        alerts = alerts.annotate(latest_verdict=Subquery(latest)).filter(latest_verdict=narrowed.verdict)
    if search := narrowed.search.strip():
        alerts = alerts.filter(
            Q(payer__name__icontains=search)
            | Q(signal__service_group__name__icontains=search)
            | Q(signal__carried_by__icontains=search)
            | Q(signal__location__icontains=search)
            | Q(assignee__name__icontains=search)
        )
    return alerts.order_by("-rank_score", "-id")


def open_alerts_by_payer(organization: Organization | UUID) -> dict[UUID, int]:
    """Alerts that are neither resolved nor snoozed, per payer that has any."""
    awake = Alert.objects.for_organization(organization).filter(state__in=[AlertState.OPEN, AlertState.ACKNOWLEDGED])
    return dict(awake.values_list("payer_id").annotate(alerts=Count("pk")).order_by())


def waiting_signals(organization: Organization | UUID) -> QuerySet[Signal]:
    """Signals that would be alerts, had the weekly budget room for them, in no order."""
    waiting = WaitingSignal.objects.for_organization(organization)
    return Signal.objects.for_organization(organization).filter(pk__in=waiting.values("signal_id"))
