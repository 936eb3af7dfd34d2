"""From daily facts to the arrays detectors read.

**Streams.** Every payer; every payer's service groups and locations with enough claims to be watched at all, what is
thinner, or is all of the payer, being counted in the payer's own stream only; and every payer's denial categories that
ever occurred, each as a share of all of the payer's decided claims.

**Days.** The axis ends on the last day the data speak of. Payments are watched only as far as outcomes are known, payer
by payer (`known_through`; see known_outcomes): a claim must not look unpaid because nobody has fetched the file yet,
and a payer that stalls must not pass for one.

**Denied** means the whole claim: outcome DENIED. A claim paid in part was decided and counts as paid, as in the
zero-pay denial rate of hospital finance; its denied lines count in the dollars denied.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from upstream.claims.daily_facts import DailyFacts, Decisions, Ends, Submissions
from upstream.detection.detectors.common import Booleans, Floats, Integers, Numbers
from upstream.detection.detectors.open_claims import Ended, OpenClaims, StreamClaims, Submitted
from upstream.detection.known_outcomes import known_through
from upstream.detection.models import StreamLevel

MINIMUM_CLAIMS = 30


@dataclass(frozen=True, slots=True)
class Stream:
    """One watched series: a payer, or a payer's service group, location or denial category."""

    payer: Hashable
    service_group: Hashable | None = None
    location: str = ""
    denial_category: str = ""

    @property
    def level(self) -> StreamLevel:
        if self.service_group is not None:
            return StreamLevel.PAYER_SERVICE_GROUP
        if self.location:
            return StreamLevel.PAYER_LOCATION
        return StreamLevel.PAYER_DENIAL_CATEGORY if self.denial_category else StreamLevel.PAYER


class Panel:
    """One organization's streams, and what happened in them day by day.

    streams: payers first, then service groups, locations and denial categories. parent: (streams,) row of the payer's
    stream for service groups and locations, -1 for others. pool: (streams,) 0, and a number of its own for each denial
    category: which streams without a parent are alike. claim_streams: how many streams are sets of claims, which
    denial categories are not; they come last. known_through: (claim_streams,) the last day of the axis that the
    outcomes of the stream's payer are known for.
    """

    def __init__(self, facts: DailyFacts, later: Panel | None = None) -> None:
        """later: one of the same axis that ends later, to have its streams in its rows."""
        self.facts, self._later = facts, later
        self.streams: tuple[Stream, ...]
        self._row_of_slice: Integers
        self.streams, self._row_of_slice = _streams(facts) if later is None else (later.streams, later._row_of_slice)
        self.claim_streams = sum(not stream.denial_category for stream in self.streams)
        self.payers = sum(stream.level == StreamLevel.PAYER for stream in self.streams)
        row_of_payer = {stream.payer: row for row, stream in enumerate(self.streams[: self.payers])}
        self.payer_row = np.array([row_of_payer[stream.payer] for stream in self.streams], dtype=np.int64)
        own = (np.arange(len(self.streams)) < self.payers) | (np.arange(len(self.streams)) >= self.claim_streams)
        self.parent = np.where(own, -1, self.payer_row)
        self.pool = np.array(
            [facts.categories.index(s.denial_category) + 1 if s.denial_category else 0 for s in self.streams],
            dtype=np.int64,
        )
        # A payer's claims are those of its service groups' slices together.
        self._payer_of_slice = np.array(
            [-1 if each.location else row_of_payer.get(each.payer, -1) for each in facts.slices], dtype=np.int32
        )

    @property
    def days(self) -> int:
        return self.facts.days

    @property
    def first_day(self) -> date:
        return self.facts.first_day

    @property
    def data_through(self) -> date:
        return self.facts.date_of(self.days - 1)

    def as_of(self, day: int) -> Panel:
        """The same streams as they stood at the end of `day`."""
        return Panel(self.facts.through(day), later=self)

    def date_of(self, day: int) -> date:
        return self.facts.date_of(day)

    @cached_property
    def decided(self) -> Integers:
        """(streams, days) claims decided; for a denial category, of its payer."""
        return self._decision_sums[0].astype(np.int64)

    @cached_property
    def denied(self) -> Integers:
        """(streams, days) claims denied."""
        return self._decision_sums[1].astype(np.int64)

    @property
    def billed(self) -> Floats:
        """(streams, days) dollars billed of the claims decided."""
        return self._decision_sums[2]

    @property
    def denied_dollars(self) -> Floats:
        """(streams, days) dollars denied of them."""
        return self._decision_sums[3]

    @property
    def billed_squares(self) -> Floats:
        """(streams, days) sum over the claims decided of their squared billed dollars."""
        return self._decision_sums[4]

    @cached_property
    def takebacks(self) -> Integers:
        """(streams, days) payments taken back."""
        return self._taken_back(self.facts.takebacks.claims).astype(np.int64)

    @cached_property
    def decided_with_takebacks(self) -> Integers:
        """(streams, days) claims decided, none before the day of the organization's first takeback.

        Claims files tell of no takebacks, so that before then nothing says whether payments were taken back.
        """
        told = np.arange(self.days) >= self.facts.takebacks.day.min(initial=self.days)
        return self.decided * told

    @cached_property
    def takeback_amount(self) -> Floats:
        """(streams, days) dollars of them."""
        return self._taken_back(self.facts.takebacks.amount)

    @cached_property
    def known_on(self) -> Integers:
        """(claim_streams, days) on each day, the last one that the outcomes of the stream's payer were known for."""
        submissions = np.bincount(self.facts.submissions.day, self.facts.submissions.claims, self.days)
        outcomes = self.decided[: self.payers] + self._paid_later
        return known_through(outcomes, submissions)[self.payer_row[: self.claim_streams]]

    @property
    def known_through(self) -> Integers:
        return self.known_on[:, -1]

    def open_claims(self, first: int, last: int) -> OpenClaims:
        """What happened to the claims of all sets of claims on the days first..last."""
        submissions, ends = self.facts.submissions.between(first, last), self.facts.ends.between(first, last)

        def of_streams(columns: Submissions | Ends, *names: str) -> list[Integers]:
            # The streams of a row side by side, so that rows stay in the order of their days.
            streams = self._streams_of_slice[columns.slice]
            own = streams >= 0
            times = own.sum(axis=1)
            return [streams[own], *(np.repeat(getattr(columns, name), times) for name in names)]

        return OpenClaims(
            Submitted(*of_streams(submissions, "day", "claims")),
            Ended(*of_streams(ends.of(ends.paid), "day", "claims", "age")),
            Ended(*of_streams(ends.of(~ends.paid), "day", "claims", "age")),
        ).checked(self.claim_streams)

    def claims_of(self, streams: Sequence[int], days: int, max_age_days: int) -> StreamClaims:
        """The claims of some sets of claims without a claim in common, over days 0..days-1, by age."""
        own = np.asarray(np.isin(self._streams_of_slice, streams).any(axis=1))
        submissions = self.facts.submissions.between(0, days - 1)
        submissions = submissions.of(own[submissions.slice])
        daily = np.bincount(submissions.day, submissions.claims, days).astype(np.int64)
        ages = max_age_days + 1
        paid, denied = np.zeros((2, days * ages), dtype=np.int64)
        for ends in self.facts.ends.of_slices(own):
            for total, chosen in ((paid, ends.paid), (denied, ~ends.paid)):
                known = ends.of(chosen & (ends.day < days) & (ends.age < ages))
                np.add.at(total, known.day * ages + known.age, known.claims)
        return StreamClaims(daily, paid.reshape(days, ages), denied.reshape(days, ages))

    @cached_property
    def _streams_of_slice(self) -> Integers:
        """(slices, 2) the rows of the payer and of the slice's own stream, -1 for none."""
        return np.stack((self._payer_of_slice, self._row_of_slice), axis=1)

    def decisions_of(self, row: int) -> Decisions:
        """The decisions on the claims of one stream; for a denial category, of its payer."""
        of_payer = row < self.payers or row >= self.claim_streams
        own = self._payer_of_slice == self.payer_row[row] if of_payer else self._row_of_slice == row
        decisions = self.facts.decisions
        return Decisions.joined([decisions.between(0, -1), *decisions.of_slices(own)]).by_day()

    def is_denied(self, row: int, decisions: Decisions) -> Booleans:
        """Which of a stream's decisions are the denials it counts."""
        category = self.streams[row].denial_category
        if not category:
            return decisions.category >= 0
        return decisions.category == self.facts.categories.index(category)

    @cached_property
    def _paid_later(self) -> Integers:
        """(payers, days) claims paid."""
        if self._later is not None:
            return self._later._paid_later[:, : self.days]
        total = np.zeros((self.payers, self.days))
        for ends in self.facts.ends.of_slices():
            paid = ends.of(ends.paid)
            _add(total, self._payer_of_slice[paid.slice], paid.day, paid.claims)
        return total.astype(np.int64)

    def _taken_back(self, values: Numbers) -> Floats:
        """Negative days, on which more was given back than taken, count as none."""
        takebacks = self.facts.takebacks
        total = np.zeros((len(self.streams), self.days))
        for row in (self._payer_of_slice[takebacks.slice], self._row_of_slice[takebacks.slice]):
            _add(total, row, takebacks.day, values)
        return np.maximum(total, 0)

    @cached_property
    def _decision_sums(self) -> Floats:
        """(5, streams, days) claims decided, those denied, dollars billed, denied, and billed squared."""
        if self._later is not None:
            return self._later._decision_sums[..., : self.days]
        total = np.zeros((5, len(self.streams), self.days))
        first = self.claim_streams
        row_of_category = np.full((self.payers, len(self.facts.categories)), -1)
        row_of_category[self.payer_row[first:], self.pool[first:] - 1] = np.arange(first, len(self.streams))
        for decisions in self.facts.decisions.of_slices():
            denied = decisions.category >= 0
            payer, own = self._payer_of_slice[decisions.slice], self._row_of_slice[decisions.slice]
            category = np.where((payer >= 0) & denied, row_of_category[payer, decisions.category], -1)
            claims, dollars = decisions.claims, (decisions.billed, decisions.denied, decisions.billed_squares)
            for number, values in enumerate((claims, np.where(denied, claims, 0), *dollars)):
                _add(total[number], payer, decisions.day, values)
                _add(total[number], own, decisions.day, values)
            _add(total[1], category, decisions.day, claims)
            _add(total[3], category, decisions.day, decisions.denied)
        # Of all else that was decided a denial category has its payer's.
        total[[0, 2, 4], first:] = total[[0, 2, 4]][:, self.payer_row[first:]]
        return total


def _add(total: Floats, row: Integers, day: Integers, values: Numbers) -> None:
    """Add up values of each row (-1: of none) and day; the days are few beside those of `total`."""
    own = row >= 0
    if not own.any():
        return
    first, last = int(day.min()), int(day.max()) + 1
    days = total[:, first:last]
    at = row[own] * (last - first) + (day[own] - first)
    days += np.bincount(at, values[own], days.size).reshape(days.shape)


def _streams(facts: DailyFacts) -> tuple[tuple[Stream, ...], Integers]:
    """The streams, each level in the order of its ids, and (slices,) the row of each slice's own stream, or -1."""
    size = len(facts.slices)
    decided, pairs = np.zeros(size), np.zeros((size, len(facts.categories)), dtype=bool)
    for decisions in facts.decisions.of_slices():
        decided += np.bincount(decisions.slice, decisions.claims, size)
        denied = decisions.category >= 0
        pairs[decisions.slice[denied], decisions.category[denied]] = True
    submitted = np.bincount(facts.submissions.slice, facts.submissions.claims, size)
    claims = np.maximum(decided, submitted)
    of_payer: dict[Hashable, float] = {}
    for each, count in zip(facts.slices, claims, strict=True):
        if not each.location:
            of_payer[each.payer] = of_payer.get(each.payer, 0.0) + count
    payers = sorted((payer for payer, count in of_payer.items() if count), key=str)
    own = [
        number
        for number, each in enumerate(facts.slices)
        if (each.location or each.service_group is not None) and MINIMUM_CLAIMS <= claims[number] < of_payer[each.payer]
    ]
    own.sort(key=lambda number: (bool(facts.slices[number].location), *_order(facts, number)))
    categories = {(facts.slices[number].payer, category) for number, category in np.argwhere(pairs).tolist()}
    streams = (
        *(Stream(payer) for payer in payers),
        *(Stream(s.payer, s.service_group, s.location) for s in (facts.slices[number] for number in own)),
        *(
            Stream(payer, denial_category=facts.categories[category])
            for payer, category in sorted(categories, key=lambda pair: (str(pair[0]), pair[1]))
        ),
    )
    row_of_slice = np.full(size, -1, dtype=np.int32)
    row_of_slice[own] = len(payers) + np.arange(len(own))
    return streams, row_of_slice


def _order(facts: DailyFacts, number: int) -> tuple[str, str, str]:
    each = facts.slices[number]
    return str(each.payer), str(each.service_group), each.location
