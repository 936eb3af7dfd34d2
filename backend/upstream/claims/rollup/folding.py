"""Merging appended changes into days, and the days of one payer into another's."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import chain
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.db.models import Exists, Max, Min, OuterRef

from upstream.claims import bulk
from upstream.claims.models import RollupChanges, RollupDay, RollupFold, RollupSlice
from upstream.claims.rollup import days
from upstream.claims.rollup.changes import Claims, Gathered, Takebacks, appended
from upstream.claims.rollup.counting import Counts, counted_in_parts, together
from upstream.claims.rollup.counting import pending as pending_of
from upstream.claims.rollup.slices import Slices
from upstream.claims.rollup.stretches import Stretches


def one_writer(organization_id: UUID, waiting: AbstractContextManager[None] | None = None) -> None:
    """Wait until no other transaction is writing this organization's claims, and keep others waiting until commit.

    What waits may be long, as a fold of another upload is; `waiting` is entered while it does.

    Claims, people and the roll-up are read, changed and written back; one writer at a time keeps that exact and free of
    deadlocks. Organizations do not wait for one another. On SQLite every transaction is the only one anyway.
    """
    with waiting or nullcontext():
        _lock("pg_advisory_xact_lock", organization_id)


def no_writer(organization_id: UUID) -> None:
    """Wait for `one_writer` and keep others waiting until commit; those who only read do not wait for each other."""
    _lock("pg_advisory_xact_lock_shared", organization_id)


def _lock(function: str, organization_id: UUID) -> None:
    if connection.vendor == "postgresql":
        number = int.from_bytes(organization_id.bytes[-8:], signed=True)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [number])


def _untold(done: int, total: int) -> None:
    """Progress nobody asked for."""


def fold(
    organization_id: UUID,
    told: Callable[[int, int], None] = _untold,
    waiting: AbstractContextManager[None] | None = None,
) -> None:
    """Merge all appended changes into the days; without any nothing happens.

    Readers see the days only, so this comes after every upload and before every detection. `told` hears, inside the
    transaction, how many steps are done, of how many: one for every batch that is counted, as many again for the days;
    `waiting` is as in `one_writer`.
    """
    if not RollupChanges.objects.for_organization(organization_id).exists():
        return
    with bulk.uncollected(), transaction.atomic(), Stretches() as stretches:
        one_writer(organization_id, waiting)
        slices = Slices(organization_id)
        nothing = together([])
        pending = [nothing]
        batches = RollupChanges.objects.for_organization(organization_id).count()
        for done, part in enumerate(_appended(organization_id, slices)):
            told(done, 2 * batches)
            stretches.add(*part)
            pending.append(replace(nothing, pending=pending_of(part[0])))

        def told_of_days(done: int, total: int) -> None:
            told(batches + done * batches // total, 2 * batches)

        # Pending claims last, so that a slice stands on its days when it has none left.
        merge(organization_id, slices, chain(stretches.counts(), [together(pending)]), told_of_days, len(stretches) + 1)
        RollupChanges.objects.for_organization(organization_id).delete()


def _appended(organization_id: UUID, slices: Slices) -> Iterator[tuple[Claims, Takebacks]]:
    """The changes that no fold has merged yet, with the numbers of their slices, in their order."""
    changes = RollupChanges.objects.for_organization(organization_id).order_by("id")
    for row in changes.values_list("slices", "claims", "takebacks").iterator(chunk_size=10):
        yield _numbered(appended(*row), slices)


def appended_counts(organization_id: UUID, slices: Slices) -> Counts:
    """What the changes that no fold has merged yet come to."""
    return counted_in_parts(_appended(organization_id, slices))


def counts_of(parts: Iterable[Gathered], slices: Slices) -> Counts:
    """What gathered changes come to."""
    return counted_in_parts(_numbered(part, slices) for part in parts)


def _numbered(part: Gathered, slices: Slices) -> tuple[Claims, Takebacks]:
    """The same with the organization's numbers of the slices."""
    keys, claims, taken = part
    # The place -1 stands for no slice at all.
    numbers = np.append(slices.numbers(keys), -1)
    claims, taken = claims.copy(), taken.copy()
    for name in ("group_slice", "location_slice"):
        claims[name] = numbers[claims[name]]
    taken["slice"] = numbers[taken["slice"]]
    return claims, taken


def merge(
    organization_id: UUID,
    slices: Slices,
    parts: Iterable[Counts],
    told: Callable[[int, int], None] = _untold,
    total: int = 1,
) -> None:
    """Add counts to what is stored, in the caller's transaction, which holds `one_writer`.

    `told` hears how far it has come with the parts, of which there are `total`, in thousandths of one. Parts that are
    counted one by one, without asking the database, are counted while it takes in those before.
    """
    emptied = fewer_pending = False
    changed: list[int] = []
    later: list[str] = []
    for number, counts in enumerate(_written_while_counted(parts, later)):
        if not counts:
            continue
        slices.save(counts)
        emptied |= days.add(organization_id, slices, counts, partial(_told_of_part, told, number, total), later)
        fewer_pending |= bool((counts.pending.sums < 0).any())
        changed_from = counts.changed_from()
        changed += [changed_from] if changed_from is not None else []
    if emptied or fewer_pending:
        left = RollupDay.objects.for_organization(organization_id).filter(slice=OuterRef("pk"))
        RollupSlice.objects.for_organization(organization_id).filter(~Exists(left), pending=0).delete()
    if changed:
        _note(organization_id, date.fromordinal(min(changed)))


def _written_while_counted(parts: Iterable[Counts], later: list[str]) -> Iterator[Counts]:
    ahead = iter(parts)
    while True:
        with bulk.written_meanwhile(later):
            counts = next(ahead, None)
        if counts is None:
            return
        yield counts


def _told_of_part(told: Callable[[int, int], None], number: int, total: int, rows: int, of_rows: int) -> None:
    told(1_000 * number + 1_000 * rows // of_rows, 1_000 * total)


def _note(organization_id: UUID, changed_from: date) -> None:
    RollupFold(organization_id=organization_id, number=last_fold(organization_id) + 1, changed_from=changed_from).save(
        force_insert=True
    )


def last_fold(organization_id: UUID) -> int:
    """The number of the latest fold that changed what detection reads; 0 before the first."""
    folds = RollupFold.objects.for_organization(organization_id)
    return folds.aggregate(last=Max("number"))["last"] or 0


def changed_since(organization_id: UUID, fold_number: int) -> date | None:
    """The earliest day on which something that detection reads changed after that fold; None where nothing did."""
    later = RollupFold.objects.for_organization(organization_id).filter(number__gt=fold_number)
    return later.aggregate(first=Min("changed_from"))["first"]


def move_payer(organization_id: UUID, source_id: UUID, target_id: UUID) -> None:
    """Count one payer's claims and takebacks at another, in the caller's transaction, which holds `one_writer`."""
    fold(organization_id)
    slices = Slices(organization_id)
    source, target = bulk.stored(source_id), bulk.stored(target_id)
    moving = [number for number, key in enumerate(slices.keys) if key[0] == source]
    if not moving:
        return
    ids = [slices.ids[number] for number in moving]
    rows = RollupDay.objects.for_organization(organization_id).filter(slice_id__in=ids)
    counts = days.read(rows, slices)
    counts = replace(counts, pending=slices.pending_of(moving))
    bulk.delete(RollupDay, organization_id, "slice_id", ids)
    bulk.delete(RollupSlice, organization_id, "id", ids)
    goals = slices.numbers((target, *slices.keys[number][1:]) for number in moving)
    moved = np.arange(len(slices))
    moved[moving] = goals
    merge(organization_id, slices, [counts.moved(moved)])
