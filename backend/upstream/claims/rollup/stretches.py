"""Changes by the days they touch, in a temporary file: a fold then writes each day once, and holds a few weeks of them.

Claims are numbers there, of slices, days and cents: no names.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from upstream.claims.daily_facts import Integers
from upstream.claims.rollup.changes import CLAIM, TAKEBACK, Claims, Takebacks
from upstream.claims.rollup.counting import Counts, counted, counted_in_parts

#: Days of a stretch, and bytes of changes that are held before they go to a file.
DAYS = 28
_MOST_IN_MEMORY = 16 * 2**20


class Stretches:
    """Changes of numbered slices, gathered to be counted stretch by stretch; a context, which closes the file."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile[bytes](_MOST_IN_MEMORY)
        self._end = 0
        self._places: dict[int, list[tuple[np.dtype[np.void], int, int]]] = defaultdict(list)
        """By the number of the stretch: what rows lie there, from which byte on, and their bytes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._places)

    def add(self, claims: Claims, takebacks: Takebacks) -> None:
        """Put changes where their days are; of a claim without any day nothing is kept."""
        # A claim counts on no other days than these: see `counting`.
        days = np.column_stack([claims[name] for name in ("submitted", "decided", "paid")])
        self._put(claims, days // DAYS)
        self._put(takebacks, takebacks["day"].reshape(-1, 1) // DAYS)

    def _put(self, rows: NDArray[np.void], stretches: Integers) -> None:
        for number in np.unique(stretches).tolist():
            if number:
                stored = rows[(stretches == number).any(axis=1)].tobytes()
                self._places[number].append((rows.dtype, self._end, len(stored)))
                self._file.seek(self._end)
                self._end += self._file.write(stored)

    def counts(self) -> Iterator[Counts]:
        """What the changes come to on the days of each stretch, in their order; pending claims have no day."""
        for number in sorted(self._places):
            yield counted_in_parts(self._rows(number), partial(_counted_from, number * DAYS))

    def _rows(self, number: int) -> Iterator[tuple[Claims, Takebacks]]:
        for kind, begin, size in self._places[number]:
            self._file.seek(begin)
            rows = np.frombuffer(self._file.read(size), kind)
            nothing = np.zeros(0, CLAIM if kind == TAKEBACK else TAKEBACK)
            yield (nothing, rows) if kind == TAKEBACK else (rows, nothing)


def _counted_from(first: int, claims: Claims, takebacks: Takebacks) -> Counts:
    return counted(claims, takebacks, (first, first + DAYS - 1))
