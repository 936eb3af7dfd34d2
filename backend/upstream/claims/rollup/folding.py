"""Merging appended changes into days, and the days of one payer into another's."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.db.models import Exists, Max, Min, OuterRef
from django.db.models.functions import Length

from upstream.claims import bulk
from upstream.claims.bulk import Id
from upstream.claims.models import RollupChanges, RollupDay, RollupFold, RollupSlice
from upstream.claims.rollup import days
from upstream.claims.rollup.changes import CLAIM, Claims, Gathered, Takebacks, appended
from upstream.claims.rollup.counting import Counts, counted, together
from upstream.claims.rollup.slices import Slices

#: Claims counted at once, and merged into the days at once, which bounds the memory.
_CLAIMS_AT_ONCE, _CLAIMS_A_MERGE = 50_000, 150_000


def one_writer(organization_id: UUID) -> None:
    """Wait until no other transaction is writing this organization's claims, and keep others waiting until commit.

    Claims, people and the roll-up are read, changed and written back; one writer at a time keeps that exact and free of
    deadlocks. Organizations do not wait for one another. On SQLite every transaction is the only one anyway.
    """
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


def fold(organization_id: UUID, told: Callable[[int, int], None] = _untold) -> None:
    """Merge all appended changes into the days; without any nothing happens.

    Readers see the days only, so this comes after every upload and before every detection. `told` hears, inside the
    transaction, how many steps are done, of how many: one for every batch that is counted, as many again for the days.
    """
    if not RollupChanges.objects.for_organization(organization_id).exists():
        return
    with bulk.uncollected(), transaction.atomic():
        one_writer(organization_id)
        slices = Slices(organization_id)
        portions = _portions(organization_id)
        done, total = 0, 2 * sum(map(len, portions))
        for ids in portions:
            _fold(organization_id, slices, ids, partial(_told_from, told, done, total))
            done += 2 * len(ids)


def _told_from(told: Callable[[int, int], None], before: int, total: int, done: int) -> None:
    told(before + done, total)


def _portions(organization_id: UUID) -> list[list[Id]]:
    """Ids of the appended batches in their order, cut into such as hold some `_CLAIMS_A_MERGE` claims."""
    batches = RollupChanges.objects.for_organization(organization_id).order_by("id")
    portions: list[list[Id]] = []
    held = _CLAIMS_A_MERGE
    for pk, size in batches.annotate(size=Length("claims")).values_list("pk", "size"):
        if held >= _CLAIMS_A_MERGE:
            portions.append([])
            held = 0
        portions[-1].append(bulk.stored(pk))
        held += size // CLAIM.itemsize
    return portions


def _fold(organization_id: UUID, slices: Slices, ids: list[Id], told: Callable[[int], None]) -> None:
    batches = len(ids)
    counts = appended_counts(organization_id, slices, told, ids)
    merge(organization_id, slices, counts, lambda done, total: told(batches + done * batches // total))
    bulk.delete(RollupChanges, organization_id, "id", ids)


def appended_counts(
    organization_id: UUID, slices: Slices, told: Callable[[int], None] = lambda done: None, ids: list[Id] | None = None
) -> Counts:
    """What the changes that no fold has merged yet (those of `ids`) come to; `told` hears how many batches are read."""
    changes = RollupChanges.objects.for_organization(organization_id).order_by("id")
    if ids is not None:
        changes = changes.filter(pk__gte=ids[0], pk__lte=ids[-1])
    rows = changes.values_list("slices", "claims", "takebacks").iterator(chunk_size=10)

    def parts() -> Iterator[Gathered]:
        for done, row in enumerate(rows):
            told(done)
            yield appended(*row)

    return counts_of(parts(), slices)


def counts_of(parts: Iterable[Gathered], slices: Slices) -> Counts:
    """What gathered changes come to, counted some at a time: memory does not grow with the number of claims."""
    counts: list[Counts] = []
    waiting: list[tuple[Claims, Takebacks]] = []
    for part in parts:
        waiting.append(_numbered(part, slices))
        if sum(len(claims) for claims, _ in waiting) >= _CLAIMS_AT_ONCE:
            counts.append(_counted(waiting))
            waiting = []
            # Only what is about as large is added up, so that large ones are seldom sorted again.
            while len(counts) > 1 and len(counts[-2]) < 2 * len(counts[-1]):
                counts.append(together([counts.pop(), counts.pop()]))
    return together([*counts, _counted(waiting)])


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


def _counted(parts: Sequence[tuple[Claims, Takebacks]]) -> Counts:
    if not parts:
        return together([])
    return counted(np.concatenate([claims for claims, _ in parts]), np.concatenate([taken for _, taken in parts]))


def merge(organization_id: UUID, slices: Slices, counts: Counts, told: Callable[[int, int], None] = _untold) -> None:
    """Add counts to what is stored, in the caller's transaction, which holds `one_writer`.

    `told` hears how many of the days are stored, of how many.
    """
    if not counts:
        return
    slices.save(counts)
    emptied = days.add(organization_id, slices, counts, told)
    if emptied or (counts.pending.sums < 0).any():
        left = RollupDay.objects.for_organization(organization_id).filter(slice=OuterRef("pk"))
        RollupSlice.objects.for_organization(organization_id).filter(~Exists(left), pending=0).delete()
    changed_from = counts.changed_from()
    if changed_from is not None:
        _note(organization_id, date.fromordinal(changed_from))


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
    merge(organization_id, slices, counts.moved(moved))
