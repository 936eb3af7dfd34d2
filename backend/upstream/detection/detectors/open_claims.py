"""Claims that wait for an answer: what the detectors of open claims read, and one stream's claims by day and age."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import ClassVar, Self

import numpy as np

from upstream.detection.detectors.common import Booleans, Floats, Integers

# Rows that are checked at once: few enough for a processor to hold their columns near by.
ROWS_AT_ONCE = 1 << 15


@dataclass(frozen=True)
class Submitted:
    """Claims that began to wait on a day: columns of one length."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("stream", "day", "claims")

    stream: Integers
    day: Integers
    claims: Integers

    def of(self, rows: Booleans | Integers | slice) -> Self:
        return type(self)(*[getattr(self, name)[rows] for name in self.COLUMNS])

    def checked(self, streams: int) -> Self:
        """The same rows in the order of their days. Raises ValueError naming the first row that cannot be."""
        sizes = {getattr(self, name).shape for name in self.COLUMNS}
        if len(sizes) != 1 or self.stream.ndim != 1:
            raise ValueError(f"columns must be of one length, got shapes {sorted(sizes)}")
        for first in range(0, len(self.day), ROWS_AT_ONCE):
            for values, most, reason in self.of(slice(first, first + ROWS_AT_ONCE))._bounds(streams):
                if values.min() < 0 or (most < math.inf and values.max() > most):
                    row = first + int(((values < 0) | (values > most)).argmax())
                    raise ValueError(f"{type(self).__name__.lower()}, row {row}: {reason}")
        if np.all(self.day[1:] >= self.day[:-1]):
            return self
        return self.of(_order(self.day))

    def _bounds(self, streams: int) -> list[tuple[Integers, float, str]]:
        """Numbers that lie between 0 and another."""
        return [
            (self.stream, streams - 1, f"stream must lie in 0..{streams - 1}"),
            (self.day, math.inf, "day must not be negative"),
            (self.claims, math.inf, "claims must not be negative"),
        ]

    def days(self, first_day: int, last_day: int) -> list[slice]:
        """Where the rows of each day lie, both included, among rows in the order of their days."""
        edges = np.searchsorted(self.day, np.arange(first_day, last_day + 2)).tolist()
        return [slice(*cut) for cut in pairwise(edges)]

    def between(self, first_day: int, last_day: int) -> Self:
        """Those of the days first_day..last_day, of rows in the order of their days."""
        return self.of(slice(*np.searchsorted(self.day, (first_day, last_day + 1)).tolist()))

    def totals(self, streams: int) -> Floats:
        """(streams,) claims of each stream."""
        return np.bincount(self.stream, self.claims, streams).astype(np.float64, copy=False)

    def of_stream(self, stream: int) -> Self:
        rows = np.searchsorted(self._by_stream.stream, (stream, stream + 1))
        return self._by_stream.of(slice(*rows.tolist()))

    def of_streams(self, chosen: Booleans) -> Self:
        """Those of the streams that (streams,) `chosen` says."""
        return self.of(np.flatnonzero(chosen[self.stream]))

    @cached_property
    def _by_stream(self) -> Self:
        """The same rows in the order of their streams."""
        return self.of(_order(self.stream))


def _order(values: Integers) -> Integers:
    """The rows in ascending order of `values`, none of which is negative; those of one value stay in their order."""
    # Numbers of two bytes are sorted by counting them, in one pass and another.
    return values.astype(np.min_scalar_type(int(values.max(initial=0)))).argsort(kind="stable")


@dataclass(frozen=True)
class Ended(Submitted):
    """Claims that stopped waiting on a day; age: days since they were submitted."""

    COLUMNS = (*Submitted.COLUMNS, "age")

    age: Integers

    def _bounds(self, streams: int) -> list[tuple[Integers, float, str]]:
        reason = "age must lie between 0 and the days since the first"
        return [*super()._bounds(streams), (self.age, math.inf, reason), (self.day - self.age, math.inf, reason)]

    def up_to_age(self, oldest: int) -> Self:
        return self if self.age.max(initial=0) <= oldest else self.of(self.age <= oldest)


@dataclass(frozen=True)
class OpenClaims:
    """Claims that began to wait, and those of them that were paid or denied. A claim counts in each of its streams."""

    submitted: Submitted
    paid: Ended
    denied: Ended

    def checked(self, streams: int) -> OpenClaims:
        """The same claims in the order of their days. Raises ValueError naming the first row that cannot be."""
        return OpenClaims(self.submitted.checked(streams), self.paid.checked(streams), self.denied.checked(streams))

    def between(self, first_day: int, last_day: int) -> OpenClaims:
        """What happened on the days first_day..last_day, of claims as `checked` gives them."""
        days = first_day, last_day
        return OpenClaims(self.submitted.between(*days), self.paid.between(*days), self.denied.between(*days))

    def through(self, day: int) -> OpenClaims:
        """The claims as they stood at the end of `day`: nothing later has happened yet."""
        submitted, paid, denied = self.submitted, self.paid, self.denied
        return OpenClaims(submitted.of(submitted.day <= day), paid.of(paid.day <= day), denied.of(denied.day <= day))

    def of_streams(self, chosen: Booleans) -> OpenClaims:
        """The claims of the streams that (streams,) `chosen` says."""
        of = self.submitted.of_streams(chosen), self.paid.of_streams(chosen), self.denied.of_streams(chosen)
        return OpenClaims(*of)

    def of_stream(self, stream: int, days: int, max_age_days: int) -> StreamClaims:
        """One stream's claims over days 0..days-1."""
        own = OpenClaims(self.submitted.of_stream(stream), self.paid.of_stream(stream), self.denied.of_stream(stream))
        return StreamClaims.of(own, days, max_age_days)


@dataclass(frozen=True)
class StreamClaims:
    """Claims by day and age. submitted: (days,); paid, denied: (days, ages) claims that ended on a day at an age."""

    submitted: Integers
    paid: Integers
    denied: Integers

    @classmethod
    def of(cls, claims: OpenClaims, days: int, max_age_days: int) -> StreamClaims:
        """All of `claims` as of one stream, over days 0..days-1; ends at older ages are left out."""
        ages = max_age_days + 1

        def by_day_and_age(ended: Ended) -> Integers:
            known = (ended.day < days) & (ended.age < ages)
            counts = np.zeros(days * ages, np.int64)
            np.add.at(counts, (ended.day * ages + ended.age)[known], ended.claims[known])
            return counts.reshape(days, ages)

        submitted = claims.submitted.of(claims.submitted.day < days)
        daily = np.bincount(submitted.day, submitted.claims, days).astype(np.int64)
        return cls(submitted=daily, paid=by_day_and_age(claims.paid), denied=by_day_and_age(claims.denied))

    @cached_property
    def submitted_before(self) -> Integers:
        """(days, ages) claims submitted so many days before each day, whatever became of them."""
        ages = self.paid.shape[1]
        padded = np.concatenate((np.zeros(ages - 1, dtype=np.int64), self.submitted))
        return np.lib.stride_tricks.sliding_window_view(padded, ages)[:, ::-1]

    @cached_property
    def open(self) -> Integers:
        """(days, ages) claims waiting when each day begins, the day's own submissions among them."""
        (days, ages), size = self.paid.shape, self.paid.itemsize
        gone = np.zeros((days + ages, ages), self.paid.dtype)
        # The same numbers by the day of submission: a day later a claim is a day older.
        cohorts = np.lib.stride_tricks.as_strided(gone, (days, ages), (ages * size, (ages + 1) * size))
        gone[:days] = self.paid + self.denied
        cohorts[:, 1:] = np.cumsum(cohorts[:, :-1], axis=1)
        cohorts[:, 0] = 0
        return self.submitted_before - gone[:days]
