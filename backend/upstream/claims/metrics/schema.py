"""Metrics in the graph: which figures are read is what a query selects."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import to_camel_case

from upstream.claims.denial_reasons import CATEGORIES, label_of
from upstream.claims.metrics.estimates import Rate, Wait
from upstream.claims.metrics.measures import DEFINITIONS, Figures, Measure, Value
from upstream.claims.metrics.question import Dimension, Grain, Key, Question
from upstream.claims.metrics.reading import figures
from upstream.claims.models import Payer, ServiceGroup
from upstream.claims.types import data_through
from upstream.core import clock
from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.context import Info
from upstream.graph.gates import gated, requires
from upstream.graph.mutations import uuid_of
from upstream.graph.pages import MAX_PAGE
from upstream.graph.permissions import Permission
from upstream.graph.selection import fields

#: The longest time that one answer covers, and that it covers day by day.
MAX_DAYS, MAX_DAYS_BY_DAY = 3 * 366, 366
EARLIEST = date(1970, 1, 1)

strawberry.enum(Measure, name="MetricMeasure", description="Figures of `MetricValues`, to bound or to order groups by.")
strawberry.enum(Dimension, name="MetricDimension")
strawberry.enum(Grain, name="MetricGrain")


@strawberry.enum(name="MetricComparison", description="The time that figures are put beside.")
class Comparison(Enum):
    PREVIOUS_PERIOD = "previous_period"
    YEAR_BEFORE = "year_before"


@strawberry.input(name="MetricFilter")
class MetricFilter:
    first_day: date | None = strawberry.field(
        default=None,
        description="Each figure counts what happened from this day on: claims submitted, decided, paid or taken back, "
        "as its description says. A year up to `lastDay` where none is given.",
    )
    last_day: date | None = strawberry.field(
        default=None, description="To this day, which is included; the last day of the data where none is given."
    )
    payer_ids: list[strawberry.ID] | None = None
    service_group_ids: list[strawberry.ID] | None = None
    locations: list[str] | None = None
    denial_categories: list[str] | None = None
    carcs: list[str] | None = strawberry.field(default=None, description="Claim adjustment reason codes, as 197.")
    procedures: list[str] | None = strawberry.field(default=None, description="Of the first line of a claim.")
    providers: list[str] | None = strawberry.field(default=None, description="NPI of rendering providers.")
    plans: list[str] | None = None


@strawberry.input(name="MetricBound", description="Groups where the measure is undefined are left out.")
class MetricBound:
    measure: Measure
    at_least: float | None = None
    at_most: float | None = None


@strawberry.input(name="MetricOrder", description="Groups where the measure is undefined come last.")
class MetricOrder:
    measure: Measure
    descending: bool = True


@gated(Permission.CLAIMS_READ)
class MetricGroup:
    id: strawberry.ID = strawberry.field(
        description="Of the payer or service group; of all others the code or name that they have in claims."
    )
    label: str


@gated(Permission.CLAIMS_READ)
class MetricRate:
    value: float
    numerator: int
    denominator: int
    low: float = strawberry.field(description="From here to `high`: Wilson's interval of 95 %.")
    high: float
    maturity: float | None = strawberry.field(
        description="Share of the claims decided, where they are counted by submission; null where by decision."
    )


@gated(
    Permission.CLAIMS_READ,
    description="How long claims wait, those that still do included: an estimate by Kaplan and Meier.",
)
class MetricWait:
    claims: int
    ended: int = strawberry.field(description="Of the claims, those that have what they wait for.")
    median: int | None = strawberry.field(description="Days by which half have it; null where fewer have it so far.")
    low: int | None = strawberry.field(description="From here to `high`: the interval of 95 % of the median.")
    high: int | None = strawberry.field(description="Null where the data reach no such end yet.")
    p90: int | None = strawberry.field(description="Days by which 90 % have it; null where fewer have it so far.")


def _told(measure: Measure) -> Any:
    return strawberry.field(description=DEFINITIONS[measure].words)


@gated(Permission.CLAIMS_READ)
class MetricValues:
    claims: int = _told(Measure.CLAIMS)
    billed_amount: Decimal = _told(Measure.BILLED_AMOUNT)
    decided: int = _told(Measure.DECIDED)
    denied: int = _told(Measure.DENIED)
    denial_rate: MetricRate | None = _told(Measure.DENIAL_RATE)
    cohort_denial_rate: MetricRate | None = _told(Measure.COHORT_DENIAL_RATE)
    decided_billed_amount: Decimal = _told(Measure.DECIDED_BILLED_AMOUNT)
    denied_amount: Decimal = _told(Measure.DENIED_AMOUNT)
    denied_amount_share: float | None = _told(Measure.DENIED_AMOUNT_SHARE)
    allowed_amount: Decimal = _told(Measure.ALLOWED_AMOUNT)
    paid_amount: Decimal = _told(Measure.PAID_AMOUNT)
    median_days_to_payment: float | None = _told(Measure.MEDIAN_DAYS_TO_PAYMENT)
    p90_days_to_payment: float | None = _told(Measure.P90_DAYS_TO_PAYMENT)
    takebacks: int = _told(Measure.TAKEBACKS)
    takeback_amount: Decimal = _told(Measure.TAKEBACK_AMOUNT)
    denied_share: float | None = _told(Measure.DENIED_SHARE)
    median_days_to_decision: float | None = _told(Measure.MEDIAN_DAYS_TO_DECISION)
    p90_days_to_decision: float | None = _told(Measure.P90_DAYS_TO_DECISION)
    wait_for_decision: MetricWait | None = _told(Measure.WAIT_FOR_DECISION)
    wait_for_payment: MetricWait | None = _told(Measure.WAIT_FOR_PAYMENT)
    open_claims: int = _told(Measure.OPEN_CLAIMS)
    open_claims_over_30_days: int = _told(Measure.OPEN_CLAIMS_OVER_30_DAYS)
    open_claims_over_60_days: int = _told(Measure.OPEN_CLAIMS_OVER_60_DAYS)
    open_claims_over_90_days: int = _told(Measure.OPEN_CLAIMS_OVER_90_DAYS)
    open_billed_amount: Decimal = _told(Measure.OPEN_BILLED_AMOUNT)


@gated(
    Permission.CLAIMS_READ, description="A group; what it is not grouped by is null, and so is what its claims lack."
)
class MetricRow:
    payer: MetricGroup | None
    service_group: MetricGroup | None
    location: MetricGroup | None
    denial_category: MetricGroup | None = strawberry.field(
        description="Null is what was denied of claims paid in part, which have no category."
    )
    carc: MetricGroup | None = strawberry.field(
        description="Null is what was denied of claims paid in part, which have no code as a whole."
    )
    procedure: MetricGroup | None
    modifier: MetricGroup | None = strawberry.field(
        description="Of the first line; a claim with several counts in each of them."
    )
    provider: MetricGroup | None
    plan: MetricGroup | None
    period: date | None = strawberry.field(description="The first day of the month or week, or the day.")
    values: MetricValues
    earlier: MetricValues | None = strawberry.field(description="The same figures of the time compared with.")


@gated(Permission.CLAIMS_READ)
class Metrics:
    first_day: date
    last_day: date
    earlier_first_day: date | None
    earlier_last_day: date | None
    total_count: int = strawberry.field(description="Groups there are; `items` holds the first of them.")
    items: list[MetricRow]


@strawberry.type
class MetricsQuery:
    @strawberry.field(
        directives=requires(Permission.CLAIMS_READ),
        description="Claims in figures, by group and time. Select the figures that are wanted: no others are "
        "read, and groups in which none of it happened are left out.",
    )
    def metrics(
        self,
        info: Info,
        group_by: list[Dimension] | None = None,
        time_grain: Grain | None = None,
        filter: MetricFilter | None = None,
        compare: Comparison | None = None,
        having: list[MetricBound] | None = None,
        order_by: MetricOrder | None = None,
        first: int = 50,
    ) -> Metrics | None:
        if not 1 <= first <= MAX_PAGE:
            raise _invalid(f"Ask for 1 to {MAX_PAGE} groups.", "first")
        if compare and time_grain:
            raise _invalid("A comparison is of the whole time: leave out `timeGrain`, or ask for each time.", "compare")
        bounds = having or []
        question = _question(info, filter or MetricFilter(), group_by or [], time_grain, compare)
        asked = {bound.measure for bound in bounds} | ({order_by.measure} if order_by else set())
        question = replace(question, measures=question.measures | asked)
        organization_id = info.context.organization_id
        now = figures(organization_id, question)
        before = _before(question, compare) if compare else None
        earlier = figures(organization_id, before) if before else {}
        names = _Names(organization_id, {*now, *earlier})
        nothing = Figures()
        kept = [key for key in {**now, **earlier} if _within(now.get(key, nothing), bounds)]
        kept.sort(key=names.order)
        if order_by:
            kept = _ordered(kept, now, order_by)
        return Metrics(
            first_day=question.first_day,
            last_day=question.last_day,
            earlier_first_day=before.first_day if before else None,
            earlier_last_day=before.last_day if before else None,
            total_count=len(kept),
            items=[
                MetricRow(
                    **{each.value: names.of(getattr(key, each.value)) for each in Dimension},
                    period=key.period,
                    values=_values(now.get(key, nothing)),
                    earlier=_values(earlier.get(key, nothing)) if before else None,
                )
                for key in kept[:first]
            ],
        )


def _invalid(message: str, field: str) -> ServiceError:
    return ServiceError(ErrorCode.INVALID, message, field=field)


def _question(
    info: Info,
    wanted: MetricFilter,
    group_by: Sequence[Dimension],
    grain: Grain | None,
    compare: Comparison | None,
) -> Question:
    for day in (wanted.first_day, wanted.last_day):
        if day and day < EARLIEST:
            raise _invalid(f"Ask for days from {EARLIEST} on.", "filter")
    last = wanted.last_day or data_through(info) or clock.today()
    first = wanted.first_day or _year_before(last) + timedelta(days=1)
    most = MAX_DAYS_BY_DAY if grain == Grain.DAY else MAX_DAYS
    if (last - first).days >= most:
        raise _invalid(f"Ask for at most {most:,} days at once, or for a coarser `timeGrain`.", "filter")
    # What is compared with nothing is null, whatever is selected of it.
    selected = fields(info, "items", "values") | (fields(info, "items", "earlier") if compare else set())
    return Question(
        measures=frozenset(each for each in Measure if to_camel_case(each.value) in selected),
        first_day=first,
        last_day=last,
        dimensions=tuple(group_by),
        grain=grain,
        only=_only(wanted),
        through=max(last, data_through(info) or last),
    )


def _only(wanted: MetricFilter) -> dict[Dimension, frozenset[Any]]:
    only = {
        Dimension.PAYER: frozenset(uuid_of(each, "payer") for each in wanted.payer_ids or ()),
        Dimension.SERVICE_GROUP: frozenset(uuid_of(each, "service group") for each in wanted.service_group_ids or ()),
        Dimension.LOCATION: frozenset(wanted.locations or ()),
        Dimension.DENIAL_CATEGORY: frozenset(wanted.denial_categories or ()),
        Dimension.CARC: frozenset(wanted.carcs or ()),
        Dimension.PROCEDURE: frozenset(wanted.procedures or ()),
        Dimension.PROVIDER: frozenset(wanted.providers or ()),
        Dimension.PLAN: frozenset(wanted.plans or ()),
    }
    return {dimension: groups for dimension, groups in only.items() if groups}


def _before(question: Question, compare: Comparison) -> Question:
    first, last = question.first_day, question.last_day
    if compare == Comparison.YEAR_BEFORE:
        return replace(question, first_day=_year_before(first), last_day=_year_before(last))
    return replace(question, first_day=first - (last - first) - timedelta(days=1), last_day=first - timedelta(days=1))


def _year_before(day: date) -> date:
    """The same day of the year before; 28 February for the 29th."""
    return day.replace(year=day.year - 1) if (day.month, day.day) != (2, 29) else day.replace(year=day.year - 1, day=28)


class _Names:
    """What groups are called: payers and service groups in a query each, where there are any."""

    def __init__(self, organization_id: UUID, keys: Collection[Key]) -> None:
        self._labels: dict[object, str] = dict(CATEGORIES.items())
        self._labels.update({key.carc: f"{key.carc} {label_of(key.carc)}" for key in keys if key.carc})
        if payers := {key.payer for key in keys} - {None}:
            rows = Payer.objects.for_organization(organization_id).filter(pk__in=payers)
            self._labels.update(rows.values_list("pk", "name"))
        if groups := {key.service_group for key in keys} - {None}:
            named = ServiceGroup.objects.for_organization(organization_id).filter(pk__in=groups)
            self._labels.update(named.values_list("pk", "name"))

    def of(self, part: UUID | str | None) -> MetricGroup | None:
        return (
            None if part is None else MetricGroup(id=strawberry.ID(str(part)), label=self._labels.get(part, str(part)))
        )

    def order(self, key: Key) -> tuple[tuple[bool, str], ...]:
        return tuple((part is None, str(self._labels.get(part, part))) for part in key)


def _number(of: Figures, measure: Measure) -> float | None:
    value = DEFINITIONS[measure].value(of)
    if isinstance(value, Rate):
        return value.value
    if isinstance(value, Wait):
        value = value.median
    return None if value is None else float(value)


def _within(of: Figures, bounds: Iterable[MetricBound]) -> bool:
    for bound in bounds:
        value = _number(of, bound.measure)
        if value is None or (bound.at_least is not None and value < bound.at_least):
            return False
        if bound.at_most is not None and value > bound.at_most:
            return False
    return True


def _ordered(keys: list[Key], now: dict[Key, Figures], order: MetricOrder) -> list[Key]:
    """By a measure; those of one value stay as they stand."""
    numbers = {key: _number(now.get(key, Figures()), order.measure) for key in keys}
    sign = -1 if order.descending else 1
    return sorted(keys, key=lambda key: (numbers[key] is None, sign * (numbers[key] or 0)))


def _values(of: Figures) -> MetricValues:
    return MetricValues(**{each.value: _shown(definition.value(of)) for each, definition in DEFINITIONS.items()})


def _shown(value: Value) -> Any:
    if isinstance(value, Wait):
        return MetricWait(**asdict(value))
    if not isinstance(value, Rate):
        return value
    return MetricRate(
        value=value.value,
        numerator=value.numerator,
        denominator=value.denominator,
        low=value.low,
        high=value.high,
        maturity=value.maturity,
    )
