"""Counting everything again from claims, decisions and remittances: to prove the roll-up, or to make it anew."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from uuid import UUID

from django.db.models import QuerySet

from upstream.claims import bulk, first_seen
from upstream.claims.denial_reasons import CATEGORIES
from upstream.claims.denied_amounts import denied_amount
from upstream.claims.models import (
    Claim,
    ClaimDecision,
    ClaimLine,
    FirstSeen,
    Outcome,
    Remittance,
    RollupChanges,
    RollupDay,
    RollupSlice,
)
from upstream.claims.rollup import days
from upstream.claims.rollup.changes import COUNTED, NOT_DENIED, Changes, Gathered, Place
from upstream.claims.rollup.counting import DAY_SUMS, DECISION_SUMS, ENDS, Counts, Table, together
from upstream.claims.rollup.folding import appended_counts, counts_of, merge
from upstream.claims.rollup.slices import Slices
from upstream.claims.takebacks import REVERSAL, recouped

_AT_ONCE = 20_000


def recount(organization_id: UUID, slices: Slices) -> Counts:
    """What all claims, reversals and recoupments of an organization come to."""
    return counts_of(_gathered(organization_id), slices)


def _gathered(organization_id: UUID) -> Iterator[Gathered]:
    stored = cache(bulk.stored)
    changes = Changes()
    claims = Claim.objects.for_organization(organization_id).values_list(*COUNTED)
    for payer_id, group_id, *values in claims.order_by().iterator(_AT_ONCE):
        changes.enter((stored(payer_id), stored(group_id), *values))
        if len(changes) >= _AT_ONCE:
            yield changes.gathered()
            changes = Changes()
    for reversal in reversals(ClaimDecision.objects.for_organization(organization_id)):
        changes.reversed(*reversal)
    remittances = Remittance.objects.for_organization(organization_id).exclude(provider_adjustments=[])
    for payer_id, day, adjustments in remittances.values_list(
        "payer_id", "payment_date", "provider_adjustments"
    ).iterator(_AT_ONCE):
        changes.recouped(stored(payer_id), day, recouped(adjustments))
    yield changes.gathered()


def reversals(
    decisions: QuerySet[ClaimDecision], moved: Mapping[UUID, UUID] | None = None
) -> Iterator[tuple[Place, date | None, Decimal | None]]:
    """The reversals among decisions, as `Changes.reversed` takes them; moved: payers whose claims count at another."""
    rows = decisions.filter(status_code=REVERSAL).values_list(
        "claim__payer_id", "claim__service_group_id", "claim__location", "decided_date", "paid_amount"
    )
    for told_payer_id, group_id, location, on, paid_amount in rows.iterator(_AT_ONCE):
        payer_id = (moved or {}).get(told_payer_id, told_payer_id)
        yield (bulk.stored(payer_id), bulk.stored(group_id), location), on, paid_amount


def rebuild(organization_id: UUID) -> None:
    """Make the roll-up anew, in the caller's transaction, which holds `one_writer`."""
    RollupChanges.objects.for_organization(organization_id).delete()
    RollupDay.objects.for_organization(organization_id).delete()
    RollupSlice.objects.for_organization(organization_id).delete()
    slices = Slices(organization_id)
    merge(organization_id, slices, [recount(organization_id, slices)])


def recompute(organization_id: UUID) -> list[str]:
    """Count everything again; a sentence for every difference from what is kept (none: it is exact).

    Kept are the days together with the changes that no fold has merged yet, the first days of locations and providers,
    and how much of each claim was denied.
    """
    slices = Slices(organization_id)
    told = recount(organization_id, slices)
    rows = days.read(RollupDay.objects.for_organization(organization_id), slices)
    kept = together(
        [replace(rows, pending=slices.pending_of(range(len(slices)))), appended_counts(organization_id, slices)]
    )
    more = together([told, kept.negative()])
    return [
        *_differences(slices, more.days, DAY_SUMS),
        *_differences(slices, more.decisions, DECISION_SUMS, _decided),
        *_differences(slices, more.ends, ("claims",), _ended),
        *_differences(slices, more.pending, ("pending",)),
        *_wrong_first_days(organization_id),
        *_wrong_denied_amounts(organization_id),
    ]


def _differences(
    slices: Slices, more: Table, names: Sequence[str], told: Callable[[int], str] = lambda _: ""
) -> Iterator[str]:
    for (day, number, *part), sums in zip(more.keys.tolist(), more.sums.tolist(), strict=True):
        where = [text for text in slices.keys[number] if text]
        when = [f"{date.fromordinal(day)}{told(part[0]) if part else ''}"] if day else []
        amounts = ", ".join(f"{amount:+d} {name}" for name, amount in zip(names, sums, strict=True) if amount)
        yield f"{' / '.join(where + when)}: beyond the roll-up the claims come to {amounts}"


def _decided(category: int) -> str:
    return ", decided" if category == NOT_DENIED else f", denied for {CATEGORIES[list(CATEGORIES)[category]]}"


def _ended(end: int) -> str:
    return f", {end >> 2} days after submission, {ENDS[end & 3]}"


def _wrong_first_days(organization_id: UUID) -> Iterator[str]:
    kept = {
        (kind, value): day
        for kind, value, day in FirstSeen.objects.for_organization(organization_id).values_list(
            "kind", "value", "first_on"
        )
    }
    told = first_seen.recount(organization_id)
    for kind, value in sorted({*kept, *told}):
        if kept.get((kind, value)) != told.get((kind, value)):
            yield f"{kind} {value}: first seen {told.get((kind, value))}, not {kept.get((kind, value))}"


def _wrong_denied_amounts(organization_id: UUID) -> Iterator[str]:
    lines: dict[UUID, list[ClaimLine]] = defaultdict(list)
    in_part = ClaimLine.objects.for_organization(organization_id).filter(claim__outcome=Outcome.PARTIAL)
    for line in in_part.only("claim_id", "billed_amount", "paid_amount", "outcome", "denial_code").iterator(_AT_ONCE):
        lines[line.claim_id].append(line)
    claims = Claim.objects.for_organization(organization_id)
    for pk, outcome, billed, denied in claims.values_list("pk", "outcome", "billed_amount", "denied_amount").iterator(
        _AT_ONCE
    ):
        expected = denied_amount(outcome, billed, lines.get(pk, ()))
        if denied != expected:
            yield f"claim {pk}: {expected} denied, not {denied}"
