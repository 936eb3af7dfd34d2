"""Reading claims, and payers in figures."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, FloatField, Func, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce

from upstream.accounts.models import Organization
from upstream.claims.claim_keys import control_number_key
from upstream.claims.models import OPEN_DATE, Claim, DailyRollup, Outcome, Payer
from upstream.core import clock
from upstream.core.money import ZERO, cents

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
    submitted_from: date | None = None
    submitted_to: date | None = None
    decided_from: date | None = None
    decided_to: date | None = None
    control_number: str | None = None
    upload_id: UUID | None = None
    signal_id: UUID | None = None
    ids: tuple[UUID, ...] | None = None


_LOOKUPS = {
    "payer_id": "payer_id",
    "service_group_id": "service_group_id",
    "denial_category": "denial_category",
    "denial_code": "denial_code",
    "procedure_code": "procedure_code",
    "submitted_from": "submitted_date__gte",
    "submitted_to": "submitted_date__lte",
    "decided_from": "decided_date__gte",
    "decided_to": "decided_date__lte",
    "upload_id": "upload_id",
    "ids": "pk__in",
}


# Sets of claims that rooms further right can name, from the organization and an id: detection's "signal".
claim_sets: dict[str, Callable[[Organization | UUID, UUID], QuerySet[Claim]]] = {}


def claims(organization: Organization | UUID, filter: ClaimFilter | None = None) -> QuerySet[Claim]:
    """The organization's claims that fit, in no order."""
    wanted = filter or ClaimFilter()
    conditions = {lookup: value for name, lookup in _LOOKUPS.items() if (value := getattr(wanted, name)) is not None}
    if wanted.outcome:
        conditions["outcome__in"] = wanted.outcome
    if wanted.control_number is not None:
        conditions["claim_key"] = control_number_key(wanted.control_number)
    rows = Claim.objects.for_organization(organization).filter(**conditions)
    if wanted.signal_id is not None:
        rows = rows.filter(pk__in=claim_sets["signal"](organization, wanted.signal_id).values("pk"))
    return rows


def data_through(organization: Organization | UUID) -> date | None:
    """The latest day of a submission, decision or payment that is not in the future; None before the first claim."""
    today = clock.today()
    days = DailyRollup.objects.for_organization(organization).aggregate(
        **{
            name: Max(name, filter=Q(**{f"{name}__lte": today}))
            for name in ("submitted_date", "decided_date", "paid_date")
        }
    )
    return max((day for day in days.values() if day is not None), default=None)


def with_recent_figures(
    payers: QuerySet[Payer], organization: Organization | UUID, through: date | None
) -> QuerySet[Payer]:
    """Payers with `recent_claims` and `recent_denial_rate` (null where nothing was decided) of the summary's days."""
    last = through or clock.today()
    days = (last - timedelta(days=SUMMARY_DAYS - 1), last)
    cells = DailyRollup.objects.for_organization(organization).filter(payer=OuterRef("pk")).order_by().values("payer")
    submitted = cells.filter(submitted_date__range=days).annotate(total=Sum("claims")).values("total")
    decided = cells.filter(decided_date__range=days).exclude(outcome=Outcome.PENDING)
    rate = decided.annotate(
        rate=Cast(Coalesce(Sum("claims", filter=Q(outcome=Outcome.DENIED)), 0), FloatField()) / Sum("claims")
    ).values("rate")
    return payers.annotate(recent_claims=Coalesce(Subquery(submitted), 0), recent_denial_rate=Subquery(rate))


@dataclass(frozen=True, slots=True)
class WeekPoint:
    """One week by decision date; `week` is its Monday."""

    week: date
    decided: int
    denied: int

    @property
    def denial_rate(self) -> float | None:
        return self.denied / self.decided if self.decided else None


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
        return self.denied / self.decided if self.decided else None


def payer_summaries(
    organization: Organization | UUID, payer_ids: Iterable[UUID], data_through: date | None
) -> dict[UUID, PayerSummary]:
    """Summaries by payer, from the roll-up, in three queries however many payers; all empty without any data."""
    summaries = {payer_id: PayerSummary() for payer_id in payer_ids}
    if data_through is None or not summaries:
        return summaries
    cells = DailyRollup.objects.for_organization(organization).filter(payer_id__in=list(summaries)).order_by()
    window = (data_through - timedelta(days=SUMMARY_DAYS - 1), data_through)
    _add_submitted(summaries, cells, window)
    _add_decided(summaries, cells, window)
    _add_paid(summaries, cells, window)
    return summaries


_Window = tuple[date, date]


def _add_submitted(summaries: dict[UUID, PayerSummary], cells: QuerySet[DailyRollup], window: _Window) -> None:
    submitted = Q(submitted_date__range=window)
    rows = cells.values_list("payer_id").annotate(
        submitted=Sum("claims", filter=submitted),
        billed=Sum("billed_amount", filter=submitted),
        open=Sum("claims", filter=Q(outcome=Outcome.PENDING)),
    )
    for payer_id, count, billed, pending in rows:
        summary = summaries[payer_id]
        summary.claims, summary.billed_amount, summary.pending = count or 0, cents(billed or 0), pending or 0


def _add_decided(summaries: dict[UUID, PayerSummary], cells: QuerySet[DailyRollup], window: _Window) -> None:
    last_week = window[1] - timedelta(days=window[1].weekday())
    weeks = [last_week - timedelta(weeks=back) for back in range(SUMMARY_WEEKS - 1, -1, -1)]
    rows = (
        cells.filter(decided_date__range=(min(weeks[0], window[0]), window[1]))
        .exclude(outcome=Outcome.PENDING)
        .values_list("payer_id", "decided_date")
        .annotate(decided=Sum("claims"), denied=Sum("claims", filter=Q(outcome=Outcome.DENIED)))
    )
    by_week: dict[tuple[UUID, date], list[int]] = defaultdict(lambda: [0, 0])
    for payer_id, day, decided, denied in rows:
        week = by_week[payer_id, day - timedelta(days=day.weekday())]
        week[0] += decided
        week[1] += denied or 0
        if day >= window[0]:
            summaries[payer_id].decided += decided
            summaries[payer_id].denied += denied or 0
    for payer_id, summary in summaries.items():
        summary.weekly = [WeekPoint(week, *by_week[payer_id, week]) for week in weeks]


class _DaysBetween(Func):
    """Whole days from the second date to the first."""

    output_field = IntegerField()
    template = "(%(expressions)s)"
    arg_joiner = " - "

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "CAST(JULIANDAY(%(expressions)s) AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, arg_joiner=") - JULIANDAY(", **context)


def _add_paid(summaries: dict[UUID, PayerSummary], cells: QuerySet[DailyRollup], window: _Window) -> None:
    # Claims known from their decision alone stand as submitted on that day: they tell no waiting time.
    waited = Q(decided_date__gt=F("submitted_date"), submitted_date__lt=OPEN_DATE)
    rows = (
        cells.filter(paid_date__range=window)
        .annotate(days=_DaysBetween(F("paid_date"), F("submitted_date")))
        .values_list("payer_id", "days")
        .annotate(paid=Sum("paid_amount"), waited=Sum("claims", filter=waited))
    )
    days: dict[UUID, Counter[int]] = defaultdict(Counter)
    for payer_id, waiting, paid, count in rows:
        summaries[payer_id].paid_amount += cents(paid or 0)
        if count:
            days[payer_id][waiting] += count
    for payer_id, counts in days.items():
        summaries[payer_id].median_days_to_payment = _median(counts)


def _median(counts: Counter[int]) -> float:
    """The median of values given with how often each occurs; the mean of the two middle ones where they are even."""
    total, passed = counts.total(), 0
    middle: list[int] = []
    for value in sorted(counts):
        passed += counts[value]
        while len(middle) < 2 and passed > (total - 1 + len(middle)) // 2:
            middle.append(value)
    return sum(middle) / len(middle)
