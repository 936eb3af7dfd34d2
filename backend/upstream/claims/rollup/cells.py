"""The daily roll-up: which cell a claim counts in, changing cells along with claims, and proving that both agree."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, DateField, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from upstream.claims import bulk
from upstream.claims.models import OPEN_DATE, Claim, DailyRollup
from upstream.core import clock
from upstream.core.money import ZERO, cents

Cell = tuple[bulk.Id, bulk.Id, str, str, str, date, date, date]
"""Payer, service group, outcome, denial category, location, days of submission, decision and payment."""

Sums = tuple[int, Decimal, Decimal, Decimal]
"""Claims, and billed, allowed and paid amounts in USD."""

KEY = (
    "payer_id",
    "service_group_id",
    "outcome",
    "denial_category",
    "location",
    "submitted_date",
    "decided_date",
    "paid_date",
)
SUMS = ("claims", "billed_amount", "allowed_amount", "paid_amount")
_COLUMNS = ("id", "created_at", "updated_at", "organization_id", *KEY, *SUMS)


def cell_of(
    payer_id: bulk.Id,
    service_group_id: bulk.Id,
    outcome: str,
    denial_category: str,
    location: str,
    submitted_date: date | None,
    decided_date: date | None,
    paid_date: date | None,
) -> Cell:
    """The cell a claim counts in.

    A claim without a submission day (known from a remittance that tells none) stands as submitted on the day it was
    decided, so it has no waiting time; without that day either it stands at `OPEN_DATE`, outside every cohort.
    """
    return (
        payer_id,
        service_group_id,
        outcome,
        denial_category,
        location,
        submitted_date or decided_date or OPEN_DATE,
        decided_date or OPEN_DATE,
        paid_date or OPEN_DATE,
    )


class Deltas:
    """What claims entering and leaving cells come to, gathered until the transaction writes it."""

    def __init__(self) -> None:
        self._sums: dict[Cell, tuple[int, Decimal, Decimal, Decimal]] = {}

    def add(self, cell: Cell, billed: Decimal, allowed: Decimal | None, paid: Decimal | None) -> None:
        """A claim enters `cell`."""
        count, all_billed, all_allowed, all_paid = self._sums.get(cell, (0, ZERO, ZERO, ZERO))
        self._sums[cell] = (count + 1, all_billed + billed, all_allowed + (allowed or ZERO), all_paid + (paid or ZERO))

    def take(self, cell: Cell, billed: Decimal, allowed: Decimal | None, paid: Decimal | None) -> None:
        """A claim leaves `cell`."""
        count, all_billed, all_allowed, all_paid = self._sums.get(cell, (0, ZERO, ZERO, ZERO))
        self._sums[cell] = (count - 1, all_billed - billed, all_allowed - (allowed or ZERO), all_paid - (paid or ZERO))

    def sums(self) -> dict[Cell, Sums]:
        """Only what is not nothing."""
        return {cell: sums for cell, sums in self._sums.items() if any(sums)}


def apply_deltas(organization_id: UUID, deltas: Mapping[Cell, Sums]) -> None:
    """Change the cells in the caller's transaction, which holds `one_writer`. Emptied cells go away."""
    now, owner, new_id = bulk.stored(clock.now()), bulk.stored(organization_id), bulk.ordered_ids()
    rows = [(new_id(), now, now, owner, *cell, *deltas[cell]) for cell in sorted(deltas)]
    bulk.upsert(DailyRollup, _COLUMNS, rows, key=("organization_id", *KEY), replaced=("updated_at",), added=SUMS)
    if any(sums[0] < 0 for sums in deltas.values()):
        DailyRollup.objects.for_organization(organization_id).filter(claims=0).delete()


def move_payer(organization_id: UUID, source_id: UUID, target_id: UUID) -> None:
    """Count one payer's claims at another, in the caller's transaction, which holds `one_writer`."""
    found = DailyRollup.objects.for_organization(organization_id).filter(payer_id=source_id)
    moved: dict[Cell, Sums] = {}
    for group_id, *values in found.values_list(*KEY[1:], *SUMS):
        cell = (bulk.stored(target_id), bulk.stored(group_id), *values[: -len(SUMS)])
        moved[cell] = tuple(values[-len(SUMS) :])
    found.delete()
    apply_deltas(organization_id, moved)


def recompute(organization_id: UUID) -> list[str]:
    """Count all claims again; a sentence for every cell where the roll-up differs (none: it is exact)."""
    kept = {
        row[: len(KEY)]: _exact(row[len(KEY) :])
        for row in DailyRollup.objects.for_organization(organization_id).values_list(*KEY, *SUMS).iterator()
    }
    differences = []
    for row in _counted(organization_id).iterator():
        cell, sums = row[: len(KEY)], _exact(row[len(KEY) :])
        found = kept.pop(cell, None)
        if found != sums:
            differences.append(f"{_named(cell)}: the claims come to {_told(sums)}, the roll-up says {_told(found)}")
    differences += [f"{_named(cell)}: no such claims, the roll-up says {_told(sums)}" for cell, sums in kept.items()]
    return differences


def _counted(organization_id: UUID) -> QuerySet[Claim, tuple]:
    open_date = Value(OPEN_DATE, DateField())
    nothing = Value(ZERO)
    return (
        Claim.objects.for_organization(organization_id)
        .order_by()
        .annotate(
            submitted_on=Coalesce("submitted_date", "decided_date", open_date),
            decided_on=Coalesce("decided_date", open_date),
            paid_on=Coalesce("paid_date", open_date),
        )
        .values_list(*KEY[:5], "submitted_on", "decided_on", "paid_on")
        .annotate(
            count=Count("id"),
            billed=Sum("billed_amount"),
            allowed=Coalesce(Sum("allowed_amount"), nothing),
            paid=Coalesce(Sum("paid_amount"), nothing),
        )
    )


def _exact(sums: tuple) -> Sums:
    return (sums[0], cents(sums[1]), cents(sums[2]), cents(sums[3]))


def _named(cell: Iterable[object]) -> str:
    return " / ".join(str(part) for part in cell if part != "")


def _told(sums: Sums | None) -> str:
    if sums is None:
        return "nothing"
    return f"{sums[0]} claims, {sums[1]} billed, {sums[2]} allowed, {sums[3]} paid"
