"""What the roll-up's facts have to come to, counted from claims one by one in plain Python."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from upstream.accounts.models import Organization
from upstream.claims.daily_facts import DailyFacts
from upstream.claims.models import Claim, ClaimDecision, Outcome, Remittance
from upstream.claims.takebacks import RECOUPMENTS, REVERSAL

Told = dict[str, Counter[Any]]
"""What is counted, by (payer, service group, location, day, and what more tells it apart)."""


def told_by(facts: DailyFacts | None) -> Told:
    """The facts, each row under its slice's key and its date."""
    told: Told = {name: Counter() for name in NAMES}
    if facts is None:
        return told

    def keys(columns: Any, *more: Any) -> list[tuple[Any, ...]]:
        places = [facts.slices[number] for number in columns.slice]
        days = [facts.date_of(int(day)) for day in columns.day]
        return [
            (place.payer, place.service_group, place.location, day, *rest)
            for place, day, *rest in zip(places, days, *more, strict=True)
        ]

    def add(name: str, rows: list[tuple[Any, ...]], values: Any) -> None:
        assert len(set(rows)) == len(rows)
        for row, value in zip(rows, values.tolist(), strict=True):
            told[name][row] += round(value, 4)

    add("submissions", keys(facts.submissions), facts.submissions.claims)
    decisions, ends = facts.decisions.whole(), facts.ends.whole()
    categories = ["" if number < 0 else facts.categories[number] for number in decisions.category]
    for name in ("claims", "billed", "denied", "paid", "billed_squares"):
        add(name, keys(decisions, categories), getattr(decisions, name))
    add("ends", keys(ends, ends.age.tolist(), ends.paid.tolist()), ends.claims)
    add("takebacks", keys(facts.takebacks), facts.takebacks.claims)
    add("taken_back", keys(facts.takebacks), facts.takebacks.amount)
    return {name: without_nothing(counts) for name, counts in told.items()}


NAMES = (
    "submissions", "claims", "billed", "denied", "paid", "billed_squares", "ends", "takebacks", "taken_back",
)  # fmt: skip


def without_nothing(counts: Counter[Any]) -> Counter[Any]:
    return Counter({key: value for key, value in counts.items() if value})


def expected(organization: Organization, first_day: date, last: date) -> Told:
    """The same from the stored claims, decisions and remittances, for an axis from `first_day` to `last`."""
    told: Told = {name: Counter() for name in NAMES}

    def add(name: str, place: tuple[Any, ...], day: date, amount: int | Decimal, *more: Any) -> None:
        if first_day <= day <= last:
            told[name][*place, day, *more] += amount

    for claim in Claim.objects.for_organization(organization):
        for place in places(claim.payer_id, claim.service_group_id, claim.location):
            _add_claim(add, claim, place, first_day)
    for reversal in ClaimDecision.objects.for_organization(organization).filter(status_code=REVERSAL):
        taken = -(reversal.paid_amount or Decimal(0))
        for place in places(reversal.claim.payer_id, reversal.claim.service_group_id, reversal.claim.location):
            add("takebacks", place, reversal.decided_date, sign(taken))
            add("taken_back", place, reversal.decided_date, taken)
    for remittance in Remittance.objects.for_organization(organization):
        for reason, _, amount in remittance.provider_adjustments:
            if reason in RECOUPMENTS:
                place = (remittance.payer_id, None, "")
                add("takebacks", place, remittance.payment_date, sign(Decimal(amount)))
                add("taken_back", place, remittance.payment_date, Decimal(amount))
    return {
        name: Counter({key: float(value) for key, value in counts.items() if value}) for name, counts in told.items()
    }


def places(payer: UUID, group: UUID, location: str) -> list[tuple[UUID, UUID | None, str]]:
    return [(payer, group, "")] + ([(payer, None, location)] if location else [])


def sign(amount: Decimal) -> int:
    return int(amount > 0) - int(amount < 0)


def _add_claim(add: Any, claim: Claim, place: tuple[Any, ...], first_day: date) -> None:
    pending, denied = claim.outcome == Outcome.PENDING, claim.outcome == Outcome.DENIED
    submitted = claim.submitted_date or claim.decided_date
    ended = None if pending else claim.decided_date if denied or claim.paid_date is None else claim.paid_date
    never = date.max
    waits = (
        submitted is not None
        and (claim.decided_date or never) > submitted
        and (ended or never) >= submitted
        and submitted >= first_day
    )
    if waits and submitted is not None:
        add("submissions", place, submitted, 1)
        if ended is not None:
            add("ends", place, ended, 1, (ended - submitted) // timedelta(days=1), not denied)
    if not pending and claim.decided_date is not None:
        category = claim.denial_category if denied else ""
        add("claims", place, claim.decided_date, 1, category)
        add("billed", place, claim.decided_date, claim.billed_amount, category)
        add("denied", place, claim.decided_date, claim.denied_amount, category)
        add("paid", place, claim.decided_date, claim.paid_amount or Decimal(0), category)
        add("billed_squares", place, claim.decided_date, claim.billed_amount**2, category)
