"""Identifiers for many rows made together."""

from collections.abc import Callable
from uuid import UUID

from upstream.core.ids import uuid7


def ordered_ids() -> Callable[[], UUID]:
    """A source of version 7 identifiers, each greater than the one before, so that rows keep the order of their making."""
    # One bit of the random part stays free, so that counting up never reaches the variant's bits.
    last = uuid7().int & ~(1 << 61)

    def new() -> UUID:
        nonlocal last
        last += 1
        return UUID(int=last)

    return new
