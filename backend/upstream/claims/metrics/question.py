"""What is asked of the metrics: which figures of which claims, by which groups; and what cannot be told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F
from django.db.models.functions import TruncMonth, TruncWeek

from upstream.claims.denial_reasons import CATEGORIES
from upstream.claims.metrics.measures import DEFINITIONS, Event, Measure
from upstream.core.errors import ErrorCode, ServiceError


class Dimension(Enum):
    """The value is the name of its part of a `Key`."""

    PAYER = "payer"
    SERVICE_GROUP = "service_group"
    LOCATION = "location"
    DENIAL_CATEGORY = "denial_category"
    CARC = "carc"
    PROCEDURE = "procedure"
    MODIFIER = "modifier"
    PROVIDER = "provider"
    PLAN = "plan"


class Grain(Enum):
    MONTH = "month"
    WEEK = "week"
    DAY = "day"


TRUNCATED: dict[Grain, Callable[[str], Any]] = {
    Grain.MONTH: TruncMonth,
    Grain.WEEK: TruncWeek,
    Grain.DAY: F,
}

#: What claims are denied for.
REASONS = {Dimension.DENIAL_CATEGORY, Dimension.CARC}
#: What the roll-up does not know.
_OF_CLAIMS = set(Dimension) - {Dimension.PAYER, Dimension.SERVICE_GROUP, Dimension.LOCATION, Dimension.DENIAL_CATEGORY}


@dataclass(frozen=True, slots=True)
class Question:
    """first_day, last_day: both included. through: the last day of the data, up to which claims were seen waiting;
    `last_day` where none is given. only: of a dimension, which groups are asked for; all where it is not named.
    """

    measures: frozenset[Measure]
    first_day: date
    last_day: date
    dimensions: tuple[Dimension, ...] = ()
    grain: Grain | None = None
    only: Mapping[Dimension, Collection[Any]] = field(default_factory=dict)
    through: date | None = None

    @property
    def about(self) -> set[Dimension]:
        """What claims are told apart or chosen by."""
        return {*self.dimensions, *self.only}

    @property
    def told_by(self) -> tuple[Dimension, ...]:
        """`dimensions`, and the reasons that claims are chosen by once the share of each is known."""
        return (*self.dimensions, *sorted(REASONS & self.only.keys() - {*self.dimensions}, key=list(Dimension).index))

    @property
    def by_reason(self) -> bool:
        return bool(self.about & REASONS)

    @property
    def of_claims(self) -> bool:
        """Whether the roll-up does not know what claims are told apart by, as service groups and locations at once."""
        return bool(self.about & _OF_CLAIMS) or {Dimension.SERVICE_GROUP, Dimension.LOCATION} <= self.about


class Key(NamedTuple):
    """A group: None where it is not grouped by, or where its claims have none."""

    payer: UUID | None = None
    service_group: UUID | None = None
    location: str | None = None
    denial_category: str | None = None
    carc: str | None = None
    procedure: str | None = None
    modifier: str | None = None
    provider: str | None = None
    plan: str | None = None
    period: date | None = None


def check(question: Question) -> None:
    """Raises `ServiceError`, INVALID, where a measure is not known by what is asked for, with what it is known by."""
    if question.last_day < question.first_day:
        raise _invalid("The last day is before the first: exchange `firstDay` and `lastDay`.", "filter")
    measures = sorted(question.measures, key=list(Measure).index)
    if question.by_reason and (others := [each.name for each in measures if not DEFINITIONS[each].by_category]):
        having = ", ".join(each.name for each, of in DEFINITIONS.items() if of.by_category)
        raise _invalid(
            f"{', '.join(others)} cannot be told by denial category or CARC; {having} can. Ask for the others without.",
            "groupBy",
        )
    taken = [each.name for each in measures if DEFINITIONS[each].event == Event.TAKEBACK]
    if question.of_claims and taken:
        by = " and ".join(sorted(each.name for each in question.about))
        raise _invalid(
            f"{', '.join(taken)} cannot be told by {by}, because takebacks often name no claim. Ask for them by PAYER, "
            "and SERVICE_GROUP or LOCATION.",
            "groupBy",
        )
    still_open = [each.name for each in measures if DEFINITIONS[each].event == Event.OPEN]
    if question.grain and still_open:
        raise _invalid(
            f"{', '.join(still_open)} stand at the end of the last day: leave out `timeGrain`, or ask for each day.",
            "timeGrain",
        )
    unknown = set(question.only.get(Dimension.DENIAL_CATEGORY, ())) - set(CATEGORIES)
    if unknown:
        raise _invalid(f"A denial category is one of {', '.join(CATEGORIES)}.", "filter")


def _invalid(message: str, field: str) -> ServiceError:
    return ServiceError(ErrorCode.INVALID, message, field=field)
