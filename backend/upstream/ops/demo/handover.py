"""The files in which a story's organization hands in its year, in the order in which it would have had them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import numpy as np

from upstream.ops.demo.csv_file import claims_csv
from upstream.ops.demo.remittance_file import remittance_days, remittances_835
from upstream.ops.demo.stories import MISTAKES, Story
from upstream.ops.demo.submission_file import submissions_837p
from upstream.ops.demo.world import Integers, World

_EXPORTS = 4


@dataclass(frozen=True, slots=True)
class File:
    name: str
    chunks: Callable[[], Iterator[bytes]]


def handovers(story: Story, world: World) -> Iterator[list[File]]:
    """Batches of files handed in together: CSV exports of what moved in each quarter, then weeks of 837P and 835 files.

    The last export holds a few rows with typing mistakes.
    """
    changeover = world.end - timedelta(weeks=story.remittance_weeks)
    days = (changeover - world.start).days + 1
    first = world.start
    for part in range(1, _EXPORTS + 1):
        last = world.start + timedelta(days=days * part // _EXPORTS - 1)
        yield [_export(world, first, last, part == _EXPORTS)]
        first = last + timedelta(days=1)
    for week in range(story.remittance_weeks):
        first = changeover + timedelta(days=1 + 7 * week)
        yield list(_week(world, first, first + timedelta(days=6)))


def _export(world: World, first: date, last: date, with_mistakes: bool) -> File:
    """Claims that were sent or decided between two dates, as they stood on the second."""
    moved = _moved(world, world.day_of(first), world.day_of(last))
    damaged = MISTAKES if with_mistakes else ()
    return File(f"claims_{first}_{last}.csv", partial(claims_csv, world, moved.tolist(), last, damaged))


def _moved(world: World, first: int, last: int) -> Integers:
    sent = (world.submitted >= first) & (world.submitted <= last)
    decided = (world.decided >= first) & (world.decided <= last)
    return np.flatnonzero(sent | decided)


def _week(world: World, first: date, last: date) -> Iterator[File]:
    yield File(f"837P_{last}.txt", partial(submissions_837p, world, first, last))
    for row, payer in enumerate(world.clinic.payers):
        if remittance_days(world, row, first, last):
            yield File(f"835_{payer.identifier}_{last}.txt", partial(remittances_835, world, [row], first, last))
