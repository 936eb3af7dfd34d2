"""What claims and takebacks come to as numbers: gathered where they are written, appended in the same transaction.

A claim that changes leaves the roll-up as it stood and enters it as it stands; nothing is looked up and nothing is
updated, so that writers of claims pay next to nothing for the roll-up. `folding` merges what was appended into days.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import numpy as np
import orjson
from numpy.typing import NDArray

from upstream.claims import bulk
from upstream.claims.bulk import Id
from upstream.claims.denial_reasons import CATEGORIES
from upstream.claims.models import Outcome, RollupChanges
from upstream.claims.takebacks import takebacks
from upstream.core import clock

COUNTED = (
    "payer_id", "service_group_id", "location", "outcome", "denial_category", "submitted_date", "decided_date",
    "paid_date", "billed_amount", "allowed_amount", "paid_amount", "denied_amount",
)  # fmt: skip
"""What of a claim the roll-up counts: its attributes, in the order of a `CountedClaim`."""

CountedClaim = tuple[
    Id, Id, str, str, str, date | None, date | None, date | None, Decimal, Decimal | None, Decimal | None, Decimal
]  # fmt: skip

Place = tuple[Id, Id, str]
"""Payer, service group and location of a claim, which a `CountedClaim` begins with."""

SliceKey = tuple[Id, Id | None, str]
"""Payer, service group or None, location or empty; ids as in `bulk.stored`."""

Claims = NDArray[np.void]
"""Rows of CLAIM."""
Takebacks = NDArray[np.void]
"""Rows of TAKEBACK."""
Gathered = tuple[Sequence[SliceKey], Claims, Takebacks]
"""What was gathered: slices, and rows that name them by their place."""

#: sign: 1 enters, -1 leaves. Slices by their place; location_slice -1 where the claim tells no location. Days are
#: `date.toordinal`, 0 for none. Amounts are cents, 0 for none.
CLAIM = np.dtype(
    [(name, "<i4") for name in ("sign", "group_slice", "location_slice", "outcome", "category")]
    + [(name, "<i4") for name in ("submitted", "decided", "paid")]
    + [(name, "<i8") for name in ("billed", "allowed", "paid_amount", "denied")]
)
TAKEBACK = np.dtype([("slice", "<i4"), ("day", "<i4"), ("count", "<i8"), ("cents", "<i8")])

_OUTCOME = {str(outcome): number for number, outcome in enumerate(Outcome)}
PENDING, DENIED = _OUTCOME["PENDING"], _OUTCOME["DENIED"]
NOT_DENIED = -1
#: A denial category's number is its place among CATEGORIES: it is stored, so that new ones go to their end.
_CATEGORY = {category: number for number, category in enumerate(CATEGORIES)}


class Changes:
    """Claims entering and leaving the roll-up, and takebacks, until the transaction appends them.

    The order does not matter, and what enters and leaves again comes to nothing.
    """

    def __init__(self) -> None:
        self._slices: dict[SliceKey, int] = {}
        self._signs: list[int] = []
        self._claims: list[CountedClaim] = []
        self._takebacks: list[tuple[int, ...]] = []

    def enter(self, claim: CountedClaim) -> None:
        """Count a claim as it stands."""
        self._signs.append(1)
        self._claims.append(claim)

    def leave(self, claim: CountedClaim) -> None:
        """Count a claim no longer as it stood."""
        self._signs.append(-1)
        self._claims.append(claim)

    def reversed(self, place: Place, on: date | None, paid_amount: Decimal | None, *, sign: int = 1) -> None:
        """A reversal of a claim that counts there; paid_amount: negative, as a reversal has it.

        sign -1: it counts no more.
        """
        if on is None or not paid_amount:
            return
        payer_id, group_id, location = place
        count, amount = takebacks([-paid_amount])
        self._take_back((payer_id, group_id, ""), on, count * sign, amount * sign)
        if location:
            self._take_back((payer_id, None, location), on, count * sign, amount * sign)

    def recouped(self, payer_id: Id, on: date, taken: tuple[int, Decimal], *, sign: int = 1) -> None:
        """Takebacks (see `takebacks.recouped`) from a payment of that day; sign -1: they count no more."""
        self._take_back((payer_id, None, ""), on, taken[0] * sign, taken[1] * sign)

    def _take_back(self, key: SliceKey, on: date, count: int, amount: Decimal) -> None:
        if count or amount:
            self._takebacks.append((self._slice(key), on.toordinal(), count, int(amount * 100)))

    def _slice(self, key: SliceKey) -> int:
        return self._slices.setdefault(key, len(self._slices))

    def __len__(self) -> int:
        return len(self._claims) + len(self._takebacks)

    def gathered(self) -> Gathered:
        """Everything as numbers."""
        claims = np.zeros(len(self._claims), CLAIM)
        if self._claims:
            # Column by column, which takes half the time of claim by claim.
            payers, groups, locations, outcomes, categories, *days_and_amounts = zip(*self._claims, strict=True)
            claims["sign"] = self._signs
            claims["group_slice"] = [self._slice((*key, "")) for key in zip(payers, groups, strict=True)]
            claims["location_slice"] = [
                self._slice((payer_id, None, location)) if location else -1
                for payer_id, location in zip(payers, locations, strict=True)
            ]
            claims["outcome"] = [_OUTCOME[outcome] for outcome in outcomes]
            claims["category"] = [_CATEGORY[category or "other"] for category in categories]
            for name, days in zip(("submitted", "decided", "paid"), days_and_amounts[:3], strict=True):
                claims[name] = [day.toordinal() if day else 0 for day in days]
            for name, amounts in zip(("billed", "allowed", "paid_amount", "denied"), days_and_amounts[3:], strict=True):
                claims[name] = [int(amount * 100) if amount else 0 for amount in amounts]
        return list(self._slices), claims, np.array(self._takebacks, TAKEBACK)

    def append(self, organization_id: UUID, *, later: list[str] | None = None) -> None:
        """Write what was gathered as one row, in the caller's transaction, which holds `one_writer`."""
        if not len(self):
            return
        slices, claims, taken = self.gathered()
        now = bulk.stored(clock.now())
        row = (
            bulk.ordered_ids()(), now, now, bulk.stored(organization_id), orjson.dumps(slices).decode(),
            claims.tobytes(), taken.tobytes(),
        )  # fmt: skip
        columns = ("id", "created_at", "updated_at", "organization_id", "slices", "claims", "takebacks")
        bulk.insert(RollupChanges, columns, [row], later=later)


def appended(slices: Iterable[Sequence[str | None]], claims: bytes, taken: bytes) -> Gathered:
    """What `Changes.append` wrote."""
    keys = [(str(payer_id), group_id, str(location)) for payer_id, group_id, location in slices]
    return keys, np.frombuffer(claims, CLAIM), np.frombuffer(taken, TAKEBACK)
