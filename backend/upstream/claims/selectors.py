"""Reading claims, and payers in figures."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import FloatField, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce, NullIf

from upstream.accounts.models import Organization
from upstream.claims.claim_keys import control_number_key
from upstream.claims.metrics.estimates import quantile, share
from upstream.claims.models import Authorization, Claim, CodeText, FirstSeen, Payer, RollupDay, RollupSlice
from upstream.claims.rollup.counting import payments
from upstream.claims.rollup.days import end_entries
from upstream.core import clock
from upstream.core.compiled import Conditions
from upstream.core.money import ZERO, dollars

SUMMARY_DAYS = 90
SUMMARY_WEEKS = 13


@dataclass(frozen=True, slots=True)
class ClaimFilter:
    """What claims must have; None (and an empty outcome) asks for nothing. Bounds of dates are included."""

    payer_id: UUID | None = None
    service_group_id: UUID | None = None
    outcome: tuple[str, ...] = ()
    denial_category: str | None = None
    denial_code: str | None = None
    procedure_code: str | None = None
    location: str | None = None
    submitted_from: date | None = None
    submitted_to: date | None = None
    decided_from: date | None = None
    decided_to: date | None = None
    control_number: str | None = None
    upload_id: UUID | None = None
    signal_id: UUID | None = None
    patient_id: UUID | None = None
    ids: tuple[UUID, ...] | None = None


_LOOKUPS = {
    "payer_id": "payer_id",
    "service_group_id": "service_group_id",
    "denial_category": "denial_category",
    "denial_code": "denial_code",
    "procedure_code": "procedure_code",
    "location": "location",
    "submitted_from": "submitted_date__gte",
    "submitted_to": "submitted_date__lte",
    "decided_from": "decided_date__gte",
    "decided_to": "decided_date__lte",
    "upload_id": "upload_id",
    "patient_id": "patient_id",
}


# Sets of claims that rooms further right can name, from the organization and an id: detection's "signal".
claim_sets: dict[str, Callable[[Organization | UUID, UUID], QuerySet[Claim]]] = {}


def claims(organization: Organization | UUID, filter: ClaimFilter | None = None) -> QuerySet[Claim]:
    """The organization's claims that fit, in no order."""
    wanted = filter or ClaimFilter()
    rows = conditions(organization if isinstance(organization, UUID) else organization.pk, wanted).rows()
    if wanted.signal_id is not None:
        rows = rows.filter(pk__in=claim_sets["signal"](organization, wanted.signal_id).values("pk"))
    return rows


def conditions(organization_id: UUID, wanted: ClaimFilter) -> Conditions:
    """All but the signal that a filter asks for."""
    values = {lookup: value for name, lookup in _LOOKUPS.items() if (value := getattr(wanted, name)) is not None}
    if wanted.control_number is not None:
        values["claim_key"] = control_number_key(wanted.control_number)
    shape: dict[str, Hashable] = {}
    if wanted.ids is not None:
        shape["pk__in"] = wanted.ids
    if wanted.outcome:
        shape["outcome__in"] = wanted.outcome
    return Conditions(Claim, organization_id, values, shape)


def authorizations(organization: Organization | UUID, numbers: Iterable[str]) -> dict[tuple[UUID, str], Authorization]:
    """The newest answer by payer and authorization number, in one query."""
    wanted = {number for number in numbers if number}
    rows = Authorization.objects.for_organization(organization).filter(authorization_number__in=wanted)
    return {(row.payer_id, row.authorization_number): row for row in rows.order_by("answered_date", "id")}


def code_texts(organization: Organization | UUID) -> dict[tuple[str, str], str]:
    """The organization's own texts by kind and code, in one query."""
    rows = CodeText.objects.for_organization(organization).values_list("kind", "code", "text")
    return {(kind, code): text for kind, code, text in rows}


def data_through(organization: Organization | UUID) -> date | None:
    """The latest day, not in the future, on which a claim was submitted, decided or paid, or a payment taken back.

    None before the first.
    """
    days = RollupDay.objects.for_organization(organization).filter(day__lte=clock.today())
    return days.aggregate(last=Max("day"))["last"]


def with_recent_figures(
    payers: QuerySet[Payer], organization: Organization | UUID, through: date | None
) -> QuerySet[Payer]:
    """Payers with `recent_claims` and `recent_denial_rate` (null where nothing was decided) of the summary's days."""
    last = through or clock.today()
    days = _days(organization, (last - timedelta(days=SUMMARY_DAYS - 1), last)).filter(slice__payer=OuterRef("pk"))
    of_payer = days.order_by().values("slice__payer")
    submitted = of_payer.annotate(total=Sum("submitted")).values("total")
    rate = of_payer.annotate(rate=Cast(Sum("denied"), FloatField()) / NullIf(Sum("decided"), 0)).values("rate")
    return payers.annotate(recent_claims=Coalesce(Subquery(submitted), 0), recent_denial_rate=Subquery(rate))


_Window = tuple[date, date]


def _days(organization: Organization | UUID, window: _Window) -> QuerySet[RollupDay]:
    """The rows in which every claim counts once: those of service groups."""
    rows = RollupDay.objects.for_organization(organization)
    return rows.filter(day__range=window, slice__service_group__isnull=False)


@dataclass(frozen=True, slots=True)
class WeekPoint:
    """One week by decision date; `week` is its Monday."""

    week: date
    decided: int
    denied: int

    @property
    def denial_rate(self) -> float | None:
        return share(self.denied, self.decided)


@dataclass(slots=True)
class PayerSummary:
    """A payer over the last 90 days of data.

    claims, billed_amount: of claims submitted in them. decided, denied: claims decided in them, and those denied as a
    whole. pending: claims without a decision, however old. paid_amount, median_days_to_payment (from submission): of
    claims paid in them. Amounts in USD. weekly: the last 13 weeks, oldest first.
    """

    claims: int = 0
    decided: int = 0
    denied: int = 0
    pending: int = 0
    billed_amount: Decimal = ZERO
    paid_amount: Decimal = ZERO
    median_days_to_payment: float | None = None
    weekly: list[WeekPoint] = field(default_factory=list)

    @property
    def denial_rate(self) -> float | None:
        return share(self.denied, self.decided)


def payer_summaries(
    organization: Organization | UUID, payer_ids: Iterable[UUID], data_through: date | None
) -> dict[UUID, PayerSummary]:
    """Summaries by payer, from the roll-up, in three queries however many payers; all empty without any data."""
    summaries = {payer_id: PayerSummary() for payer_id in payer_ids}
    if data_through is None or not summaries:
        return summaries
    window = (data_through - timedelta(days=SUMMARY_DAYS - 1), data_through)
    _add_days(summaries, organization, window)
    _add_waits(summaries, organization, window)
    slices = RollupSlice.objects.for_organization(organization).filter(payer_id__in=list(summaries))
    pending = slices.filter(service_group__isnull=False).order_by().values_list("payer_id")
    for payer_id, claims in pending.annotate(claims=Sum("pending")):
        summaries[payer_id].pending = claims
    return summaries


def _add_days(summaries: dict[UUID, PayerSummary], organization: Organization | UUID, window: _Window) -> None:
    last_week = window[1] - timedelta(days=window[1].weekday())
    weeks = [last_week - timedelta(weeks=back) for back in range(SUMMARY_WEEKS - 1, -1, -1)]
    rows = _days(organization, (min(weeks[0], window[0]), window[1])).filter(slice__payer_id__in=list(summaries))
    by_week: dict[tuple[UUID, date], list[int]] = defaultdict(lambda: [0, 0])
    for payer_id, day, submitted, billed, decided, denied, paid in (
        rows.order_by()
        .values_list("slice__payer_id", "day")
        .annotate(*map(Sum, ("submitted", "submitted_cents", "decided", "denied", "paid_cents")))
    ):
        week = by_week[payer_id, day - timedelta(days=day.weekday())]
        week[0] += decided
        week[1] += denied
        if day >= window[0]:
            summary = summaries[payer_id]
            summary.claims += submitted
            summary.decided += decided
            summary.denied += denied
            summary.billed_amount += dollars(billed)
            summary.paid_amount += dollars(paid)
    for payer_id, summary in summaries.items():
        summary.weekly = [WeekPoint(week, *by_week[payer_id, week]) for week in weeks]


def _add_waits(summaries: dict[UUID, PayerSummary], organization: Organization | UUID, window: _Window) -> None:
    """Median days to payment. A claim known from its decision alone tells no waiting time, and is not among them."""
    rows = _days(organization, window).filter(slice__payer_id__in=list(summaries)).exclude(ends=b"")
    stored: dict[UUID, list[bytes]] = defaultdict(list)
    for payer_id, ends in rows.order_by().values_list("slice__payer_id", "ends"):
        stored[payer_id].append(bytes(ends))
    for payer_id, all_ends in stored.items():
        summaries[payer_id].median_days_to_payment = quantile(*payments(end_entries(b"".join(all_ends))), 50)


def first_seen(organization: Organization | UUID, since: date, through: date) -> QuerySet[FirstSeen]:
    """Locations and providers whose first claims were submitted on these days, the earliest first."""
    rows = FirstSeen.objects.for_organization(organization)
    return rows.filter(first_on__range=(since, through)).order_by("first_on", "kind", "value")
