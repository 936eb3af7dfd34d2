"""Reading signals and the claims behind them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet

from upstream.accounts.models import Organization
from upstream.claims.models import Claim, ClaimDecision, Outcome
from upstream.claims.takebacks import REVERSAL
from upstream.detection.models import Signal, SignalKind


@dataclass(frozen=True, slots=True)
class SignalFilter:
    """What signals must have; None asks for nothing. without_alert: whether they wait for a place in the inbox."""

    kind: str | None = None
    level: str | None = None
    direction: str | None = None
    payer_id: UUID | None = None
    found: bool | None = None
    without_alert: bool | None = None


# Sets of signals that rooms further right can name, from the organization: the alerts room's "without_alert".
signal_sets: dict[str, Callable[[Organization | UUID], QuerySet[Signal]]] = {}


def signals(organization: Organization | UUID, signal_filter: SignalFilter | None = None) -> QuerySet[Signal]:
    """The organization's signals that fit, with payer and service group, newest alarm first."""
    wanted = signal_filter or SignalFilter()
    conditions = {
        name: value
        for name in ("kind", "level", "direction", "payer_id", "found")
        if (value := getattr(wanted, name)) is not None
    }
    rows = Signal.objects.for_organization(organization).filter(**conditions)
    if wanted.without_alert is not None:
        waiting = Q(pk__in=signal_sets["without_alert"](organization).values("pk"))
        rows = rows.filter(waiting if wanted.without_alert else ~waiting)
    return rows.select_related("payer", "service_group").order_by("-alarmed_on", "-id")


def stream_claims(organization: Organization | UUID, signal: Signal) -> QuerySet[Claim]:
    """The claims of a signal's stream: its payer's, of its service group or its location where it has one.

    A denial category narrows nothing here: it is what a claim was denied for, not which claims are watched.
    """
    claims = Claim.objects.for_organization(organization).filter(payer_id=signal.payer_id)
    if signal.service_group_id is not None:
        claims = claims.filter(service_group_id=signal.service_group_id)
    if signal.location:
        # What was found under a name that a person made another's since is still proved by the claims that told it.
        claims = claims.filter(Q(location=signal.location) | Q(location_told=signal.location))
    return claims


def signal_claims(organization: Organization | UUID, signal: Signal) -> QuerySet[Claim]:
    """The claims that prove a signal, within the days its evidence covers.

    DENIAL_RATE: the claims denied since the change (as many as `parameters["events_after"]`), for the signal's denial
    category where it has one. DENIAL_COHORT: those of them that were submitted since the change. DENIAL_DOLLARS: the
    claims denied since the change, as a whole or in part. TAKEBACK: claims of which a decision was taken back since the
    change. PAYMENT_DELAY: of the claims not denied, those that waited longer than the median before the change: paid
    since then, or still unpaid on the last day its payer's outcomes are known for.
    """
    claims = stream_claims(organization, signal)
    since = (signal.change_date, date.fromisoformat(signal.parameters["after_through"]))
    if signal.denial_category:
        claims = claims.filter(denial_category=signal.denial_category)
    if signal.kind == SignalKind.DENIAL_RATE:
        return claims.filter(outcome=Outcome.DENIED, decided_date__range=since)
    if signal.kind == SignalKind.DENIAL_COHORT:
        denied = claims.filter(outcome=Outcome.DENIED, decided_date__range=since)
        return denied.filter(submitted_date__gte=signal.change_date)
    if signal.kind == SignalKind.DENIAL_DOLLARS:
        return claims.filter(denied_amount__gt=0, decided_date__range=since)
    if signal.kind == SignalKind.TAKEBACK:
        taken_back = ClaimDecision.objects.for_organization(organization).filter(
            status_code=REVERSAL, decided_date__range=since, claim__payer_id=signal.payer_id
        )
        return claims.filter(pk__in=taken_back.values("claim_id"))
    return _waiting_long(claims, signal, since[1])


def _waiting_long(claims: QuerySet[Claim], signal: Signal, through: date) -> QuerySet[Claim]:
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
