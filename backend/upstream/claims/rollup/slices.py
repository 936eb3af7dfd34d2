"""The slices of one organization by number, for one transaction: stored ones, and new ones until they are saved."""

from collections.abc import Iterable
from uuid import UUID

import numpy as np

from upstream.claims import bulk
from upstream.claims.daily_facts import Integers
from upstream.claims.models import RollupSlice
from upstream.claims.rollup.changes import SliceKey
from upstream.claims.rollup.counting import Counts, Table
from upstream.core import clock

_COLUMNS = (
    "id", "created_at", "updated_at", "organization_id", "payer_id", "service_group_id", "location", "pending",
)  # fmt: skip


class Slices:
    """Numbers count from 0 and hold for this object only: ids, keys and pending claims stand by them."""

    def __init__(self, organization_id: UUID) -> None:
        self._organization_id = organization_id
        self._new_id = bulk.ordered_ids()
        self.ids: list[bulk.Id] = []
        self.keys: list[SliceKey] = []
        self.pending: list[int] = []
        self._numbers: dict[SliceKey, int] = {}
        rows = RollupSlice.objects.for_organization(organization_id).order_by("id")
        for pk, payer_id, group_id, location, pending in rows.values_list("id", *_COLUMNS[4:]):
            key = (bulk.stored(payer_id), None if group_id is None else bulk.stored(group_id), location)
            self._add(key, bulk.stored(pk), pending)
        self._stored = set(range(len(self.ids)))

    def __len__(self) -> int:
        return len(self.ids)

    def _add(self, key: SliceKey, slice_id: bulk.Id, pending: int = 0) -> int:
        number = self._numbers[key] = len(self.ids)
        self.ids.append(slice_id)
        self.keys.append(key)
        self.pending.append(pending)
        return number

    def numbers(self, keys: Iterable[SliceKey]) -> Integers:
        """The number of each key."""
        known = self._numbers
        return np.array([known[key] if key in known else self._add(key, self._new_id()) for key in keys], np.int64)

    def by_id(self) -> dict[bulk.Id, int]:
        return {slice_id: number for number, slice_id in enumerate(self.ids)}

    def pending_of(self, numbers: Iterable[int]) -> Table:
        """`Counts.pending` of these slices."""
        rows = np.array([(0, number, self.pending[number]) for number in numbers], np.int64).reshape(-1, 3)
        return Table(rows[:, :2], rows[:, 2:])

    def save(self, counts: Counts) -> None:
        """Write the slices that `counts` fall into, and how many claims are pending in each after them.

        In the caller's transaction, which holds `one_writer`.
        """
        changed = set(counts.slices().tolist()) - self._stored
        for (_, number), (claims,) in zip(counts.pending.keys.tolist(), counts.pending.sums.tolist(), strict=True):
            self.pending[number] += claims
            changed.add(number)
        now, owner = bulk.stored(clock.now()), bulk.stored(self._organization_id)
        rows = [
            (self.ids[number], now, now, owner, *self.keys[number], self.pending[number]) for number in sorted(changed)
        ]
        bulk.upsert(RollupSlice, _COLUMNS, rows, key=("id",), replaced=("updated_at", "pending"))
        self._stored |= changed
