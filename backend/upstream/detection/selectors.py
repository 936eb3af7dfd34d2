"""Reading signals and the claims behind them."""

from datetime import date, timedelta
from uuid import UUID

from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet

from upstream.accounts.models import Organization
from upstream.claims.models import Claim, Outcome
from upstream.detection.models import Signal, SignalKind


def signals(organization: Organization | UUID) -> QuerySet[Signal]:
    """All signals of the organization with payer and service group, newest alarm first."""
    return (
        Signal.objects.for_organization(organization)
        .select_related("payer", "service_group")
        .order_by("-alarmed_on", "-id")
    )


def signal_claims(organization: Organization | UUID, signal: Signal) -> QuerySet[Claim]:
    """The claims that prove a signal, within the days its evidence covers.

    DENIAL_RATE: the claims denied since the change (as many as `parameters["events_after"]`). PAYMENT_DELAY: of the
    claims not denied, those that waited longer than the median before the change: paid since then, or still unpaid on
    the last day its payer's outcomes are known for.
    """
    claims = Claim.objects.for_organization(organization).filter(payer_id=signal.payer_id)
    if signal.service_group_id is not None:
        claims = claims.filter(service_group_id=signal.service_group_id)
    through = date.fromisoformat(signal.parameters["after_through"])
    if signal.kind == SignalKind.DENIAL_RATE:
        return claims.filter(outcome=Outcome.DENIED, decided_date__range=(signal.change_date, through))
    usual = timedelta(days=signal.before)
    oldest = timedelta(days=signal.parameters["settings"]["max_age_days"])
    waited = claims.annotate(
        waited=ExpressionWrapper(F("paid_date") - F("submitted_date"), output_field=DurationField())
    )
    paid_late = Q(paid_date__range=(signal.change_date, through), waited__gt=usual, waited__lte=oldest)
    unpaid = Q(submitted_date__range=(through - oldest, through - usual - timedelta(days=1))) & (
        Q(outcome=Outcome.PENDING) | Q(decided_date__gt=through) | Q(paid_date__gt=through)
    )
    return waited.exclude(outcome=Outcome.DENIED, decided_date__lte=through).filter(paid_late | unpaid)


def claims_of_signal(organization: Organization | UUID, signal_id: UUID) -> QuerySet[Claim]:
    """As `signal_claims`, by id; none for an unknown or another organization's signal."""
    signal = Signal.objects.for_organization(organization).filter(pk=signal_id).first()
    return (
        Claim.objects.for_organization(organization).none() if signal is None else signal_claims(organization, signal)
    )
