"""Figures by group from the claims themselves, counted by the database: what the roll-up does not hold.

The same claims count on the same days as in the roll-up (`rollup.counting`), so that both say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import (
    Aggregate,
    Case,
    Count,
    DateField,
    DurationField,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from upstream.claims.metrics.measures import Event, Figures
from upstream.claims.metrics.question import TRUNCATED, Dimension, Key, Question
from upstream.claims.models import Claim, Outcome

_Rows = QuerySet[Any, Any]
_Add = Callable[[Figures, Mapping[str, Any]], None]

_COLUMNS = {
    Dimension.PAYER: "payer_id",
    Dimension.SERVICE_GROUP: "service_group_id",
    Dimension.LOCATION: "location",
    Dimension.DENIAL_CATEGORY: "category",
    Dimension.CARC: "code",
    Dimension.PROCEDURE: "procedure_code",
    Dimension.MODIFIER: "modifiers",
    Dimension.PROVIDER: "provider_npi",
    Dimension.PLAN: "plan",
}
#: What a claim stands as submitted on.
_SUBMITTED = Coalesce("submitted_date", "decided_date")
_PENDING = Q(outcome=Outcome.PENDING)
_DENIED = Q(outcome=Outcome.DENIED)
_DECIDED = ~_PENDING & Q(decided_date__isnull=False)
#: For its denial a claim has a category and a code; one paid in part has none as a whole.
_REASON = {Dimension.DENIAL_CATEGORY: "denial_category", Dimension.CARC: "denial_code"}


def add(organization_id: UUID, question: Question, events: set[Event], found: dict[Key, Figures]) -> None:
    """Add what the events of claims come to; a query for each kind of event."""
    reading = _Reading(organization_id, question, found)
    for event in sorted(events, key=list(Event).index):
        _READ[event](reading)


class _Reading:
    def __init__(self, organization_id: UUID, question: Question, found: dict[Key, Figures]) -> None:
        self._question, self._found = question, found
        claims = Claim.objects.for_organization(organization_id).order_by()
        for dimension in _REASON.keys() & question.about:
            reason = Case(When(_DENIED, then=_REASON[dimension]), default=Value(""))
            claims = claims.annotate(**{_COLUMNS[dimension]: reason})
        if Dimension.MODIFIER in question.about:
            # Of the procedure that a claim is told by, which is that of its first line.
            claims = claims.annotate(first_line=FilteredRelation("lines", condition=Q(lines__number=1)))
            claims = claims.annotate(modifiers=F("first_line__modifiers"))
        for dimension, wanted in question.only.items():
            # What claims are denied for is left out once the share of each reason is known.
            if dimension not in _REASON:
                claims = claims.filter(**{f"{_COLUMNS[dimension]}__in": wanted})
        self._claims = claims

    def submissions(self) -> None:
        rows = self._during("counted_from", counted_from=_SUBMITTED)

        def add(of: Figures, row: Mapping[str, Any]) -> None:
            of.submitted += row["number"]
            of.submitted_cents += _cents(row["billed"])

        self._gather(rows, add, number=Count("pk"), billed=Sum("billed_amount"))

    def cohorts(self) -> None:
        rows = self._during("counted_from", counted_from=_SUBMITTED)

        def add(of: Figures, row: Mapping[str, Any]) -> None:
            of.cohort += row["number"]
            of.cohort_decided += row["settled"]
            of.cohort_denied += row["refused"]

        settled, refused = Count("pk", filter=_DECIDED), Count("pk", filter=_DECIDED & _DENIED)
        self._gather(rows, add, number=Count("pk"), settled=settled, refused=refused)

    def decisions(self) -> None:
        def add(of: Figures, row: Mapping[str, Any]) -> None:
            of.decided += row["number"]
            of.denied += row["refused"]
            of.decided_cents += _cents(row["billed"])
            of.denied_cents += _cents(row["lost"])
            of.allowed_cents += _cents(row["allowed"])

        self._gather(
            self._during("decided_date").exclude(_PENDING), add, number=Count("pk"),
            refused=Count("pk", filter=_DENIED), billed=Sum("billed_amount"), lost=Sum("denied_amount"),
            allowed=Sum("allowed_amount"),
        )  # fmt: skip

    def payments(self) -> None:
        def add(of: Figures, row: Mapping[str, Any]) -> None:
            of.paid_cents += _cents(row["paid"])

        self._gather(self._during("paid_date"), add, paid=Sum("paid_amount"))

    def days_to_decision(self) -> None:
        rows = self._during("decided_date").exclude(_PENDING).filter(submitted_date__lte=F("decided_date"))

        def add(of: Figures, row: Mapping[str, Any]) -> None:
            _count(of.decided_after, row)

        self._gather(_after(rows, "submitted_date", "decided_date"), add, "days", number=Count("pk"))

    def days_to_payment(self) -> None:
        rows = self._during("paid_date", counted_from=_SUBMITTED)
        undecided = Q(decided_date__isnull=True) | Q(decided_date__gt=F("counted_from"))
        rows = rows.filter(undecided, counted_from__isnull=False)

        def add(of: Figures, row: Mapping[str, Any]) -> None:
            _count(of.waited, row)

        self._gather(_after(rows, "counted_from", "paid_date"), add, "days", number=Count("pk"))

    def waits_for_decision(self) -> None:
        def add(of: Figures, row: Mapping[str, Any]) -> None:
            _count(of.decision_ends if row["has_ended"] else of.decision_leaves, row)

        self._gather(self._waits(When(_DECIDED, then="decided_date")), add, "days", "has_ended", number=Count("pk"))

    def waits_for_payment(self) -> None:
        paid = When(~_PENDING & ~_DENIED & Q(paid_date__isnull=False), then="paid_date")

        def add(of: Figures, row: Mapping[str, Any]) -> None:
            _count(of.payment_ends if row["has_ended"] else of.payment_leaves, row)

        # Who is denied, or paid without a day, leaves with the decision.
        rows = self._waits(paid, When(_DECIDED, then="decided_date"))
        self._gather(rows, add, "days", "has_ended", number=Count("pk"))

    def open(self) -> None:
        last = self._question.last_day
        rows = self._claims.filter(_PENDING | Q(decided_date__gt=last), submitted_date__lte=last)

        def add(of: Figures, row: Mapping[str, Any]) -> None:
            age = (last - row["submitted_date"]).days
            of.open_after[age] = of.open_after.get(age, 0) + row["number"]
            of.open_cents += _cents(row["billed"])

        self._gather(rows, add, "submitted_date", number=Count("pk"), billed=Sum("billed_amount"))

    def _waits(self, ends: When, *leaves: When) -> _Rows:
        """Claims submitted in the time, with days from then until they have what they wait for, leave, or, as all
        others, were last seen waiting; has_ended: whether they have it."""
        through = Value(self._question.through or self._question.last_day)
        until = Case(ends, *leaves, default=through, output_field=DateField())
        rows = self._during("submitted_date").annotate(
            until=until, has_ended=Case(When(ends.condition, then=Value(1)), default=Value(0))
        )
        return _after(rows.filter(until__gte=F("submitted_date")), "submitted_date", "until")

    def _during(self, day: str, **annotations: Any) -> _Rows:
        """Claims to which something happened in the time, with the period of that where periods are told apart."""
        asked = self._question
        rows = self._claims.annotate(**annotations).filter(**{f"{day}__range": (asked.first_day, asked.last_day)})
        return rows.annotate(period=TRUNCATED[asked.grain](day)) if asked.grain else rows

    def _gather(self, rows: _Rows, add: _Add, *further: str, **sums: Aggregate) -> None:
        """Add the sums over each group, told apart by what is `further` named as well, to the figures of the group."""
        columns = [_COLUMNS[dimension] for dimension in self._question.told_by]
        columns += ["period"] if self._question.grain else []
        # Without any it is one group, if there is a claim.
        for row in rows.values(*(columns + list(further) or ["organization_id"])).annotate(**sums):
            for key in self._keys(row):
                add(self._found[key], row)

    def _keys(self, row: Mapping[str, Any]) -> Iterator[Key]:
        parts = {each.value: row[_COLUMNS[each]] or None for each in self._question.told_by}
        whole = Key(**parts, period=row.get("period"))
        if whole.modifier is None:
            yield whole
        else:
            yield from (whole._replace(modifier=each) for each in sorted(set(whole.modifier.split())))


_READ: dict[Event, Callable[[_Reading], None]] = {
    Event.SUBMISSION: _Reading.submissions,
    Event.COHORT: _Reading.cohorts,
    Event.DECISION: _Reading.decisions,
    Event.PAYMENT: _Reading.payments,
    Event.DAYS_TO_DECISION: _Reading.days_to_decision,
    Event.DAYS_TO_PAYMENT: _Reading.days_to_payment,
    Event.WAIT_FOR_DECISION: _Reading.waits_for_decision,
    Event.WAIT_FOR_PAYMENT: _Reading.waits_for_payment,
    Event.OPEN: _Reading.open,
}


def _after(rows: _Rows, first: str, last: str) -> _Rows:
    """With the days between two dates of each claim."""
    return rows.annotate(days=ExpressionWrapper(F(last) - F(first), output_field=DurationField()))


def _count(claims: dict[int, int], row: Mapping[str, Any]) -> None:
    days = row["days"].days
    claims[days] = claims.get(days, 0) + row["number"]


def _cents(amount: Decimal | None) -> int:
    return round((amount or 0) * 100)
