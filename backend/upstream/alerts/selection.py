"""Many streams, one inbox: which changes become alerts, and on which day.

Pure functions over candidates, for the live refresh and for a backtest alike. They go through the days one by one and
know on each what was known then, so that a run a day and one run over all of the days come to the same alerts.

**One alert per root cause**: see `root_causes`. A root whose parts have been told of already needs no alert of its own.

**e-d-BH** (Dandapanthula & Ramdas, arXiv 2501.04130). K e-detectors are at work, each with E[M_t] <= E[t] while nothing
changes in its stream. Of a day's candidates those pass that have M >= K / (level x k), for the largest k that as many
pass. Here k is at least the budget b, so that what is weighed is the share of the week's *places* that false alarms
take; and the level is a day's part of `FALSE_PLACES`, q / 7. So M must reach 7 K / (q max(k, b)). That controls,
whatever the dependence between streams:

- Error over patience. At any stopping time T, of the alarms R then standing the false ones V satisfy
  E[V / max(R, b)] <= sum over unchanged streams of E[M_T] level / K <= (q / 7) E[T]: at most q over a week's patience.
- False alerts a week. While no more than b pass, M must reach 7 K / (q b), which takes an unchanged stream so many days
  on average before it begins anew: K of them bring at most q b false alerts a week.

A candidate has passed its detector's own threshold, which stands for `PROMISED_DAYS` to a false alarm: where K is at
most q b PROMISED_DAYS / 7, nothing further is asked. Evidence beyond the threshold counts alike for all detectors.

**The budget**: at most b new alerts in any seven days, the largest e-value first. What does not pass, or finds no
place, waits while its evidence stands (at or above its detector's threshold, its reversal not alarmed) and may get its
alert on a later day.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from upstream.alerts.root_causes import PROMISED_DAYS, Candidate, Key, RootCauses

WEEK = 7
# The share of a week's places that false alarms may take, on average.
FALSE_PLACES = 0.2
# Evidence is written with six places.
ROUNDING = 1e-5


def select_alerts(
    candidates: Iterable[Candidate],
    *,
    weekly_budget: int,
    streams_watched: int,
    through: date | None = None,
    opened: Mapping[Key, date] | None = None,
) -> dict[Key, date]:
    """The day on which an alert would be opened, by the key of its root cause; what is absent gets none.

    streams_watched: e-detectors at work, a stream once for each kind of change it is watched for. through: the last day
    gone through; without it the days go on until all that wait have had their turn. opened: alerts there are already,
    by the key of their root (which need not be a candidate), with the day they were opened on: they take their places,
    and what they explain gets no other. A root that was found after a part of it got an alert takes that over, with its
    day.
    """
    return _Selection(list(candidates), weekly_budget, streams_watched, opened or {}).run(through)


def evidence_asked(streams_watched: int, passing: int, weekly_budget: int) -> float:
    """Logarithm of the e-value that `passing` candidates need, beyond their detectors' thresholds; below 0: none."""
    places = max(passing, weekly_budget)
    return math.log(max(streams_watched, 1) * WEEK / (FALSE_PLACES * places)) - math.log(PROMISED_DAYS)


class _Selection:
    """The days, gone through one by one."""

    def __init__(
        self, candidates: list[Candidate], budget: int, streams_watched: int, opened: Mapping[Key, date]
    ) -> None:
        self.causes = RootCauses(candidates)
        self.by_key = {candidate.key: candidate for candidate in candidates}
        self.budget, self.streams_watched, self.opened = budget, streams_watched, opened
        # Days of opening, by the key of the candidate that stood for its matter on that day.
        self.days = dict(opened)

    def run(self, through: date | None) -> dict[Key, date]:
        matter = self.causes.roots(through=through)
        told = {matter[key] for key in self.opened if key in matter}
        coming = [self.by_key[key] for key, root in matter.items() if root not in told]
        coming.sort(key=lambda candidate: candidate.found_in_order, reverse=True)
        last = through or self._last_turn(coming)
        waiting: list[Candidate] = []
        day = coming[-1].alarmed_on if coming else last
        while (coming or waiting) and day <= last:
            if coming and coming[-1].alarmed_on == day:
                while coming and coming[-1].alarmed_on == day:
                    waiting.append(coming.pop())
                # What another explains, or what has been told of in a part, will not be a root without an alert again.
                told_now = {self.causes.root(key, through=day) for key in self.days if self._is_known(key, day)}
                waiting = [
                    each
                    for each in waiting
                    if self.causes.root(each.key, through=day) == each.key and each.key not in told_now
                ]
            waiting = [each for each in waiting if not _is_over(each, day)]
            for candidate in self._to_open(waiting, day):
                self.days[candidate.key] = day
            waiting = [each for each in waiting if each.key not in self.days]
            day = day + timedelta(days=1) if waiting or not coming else coming[-1].alarmed_on
        selected: dict[Key, date] = {}
        for key in self.days.keys() - self.opened.keys():
            selected[matter[key]] = min(self.days[key], selected.get(matter[key], date.max))
        return selected

    def _is_known(self, key: Key, day: date) -> bool:
        return key in self.by_key and self.by_key[key].alarmed_on <= day

    def _to_open(self, waiting: list[Candidate], day: date) -> list[Candidate]:
        """Those of the waiting that get an alert on `day`."""
        this_week = [key for key, opened_on in self.days.items() if day - timedelta(days=WEEK) < opened_on <= day]
        free = self.budget - len(this_week)
        if free <= 0 or not waiting:
            return []
        alerted = [self.by_key[key] for key in this_week if key in self.by_key]
        standing = [each for each in (*waiting, *alerted) if each.alarmed_on <= day and _stands(each, day)]
        asked = self._evidence_asked(sorted((_evidence(each, day) for each in standing), reverse=True))
        passed = [each for each in waiting if _stands(each, day) and _evidence(each, day) >= asked - ROUNDING]
        passed.sort(key=lambda each: (-_evidence(each, day), each.found_in_order))
        return passed[:free]

    def _evidence_asked(self, evidence: list[float]) -> float:
        """e-BH: evidence holds that of all which stands, largest first."""
        asked = evidence_asked(self.streams_watched, 1, self.budget)
        for passing, least in enumerate(evidence, 1):
            needed = evidence_asked(self.streams_watched, passing, self.budget)
            if least >= needed - ROUNDING:
                asked = needed
        return asked

    def _last_turn(self, coming: list[Candidate]) -> date:
        """By then evidence has come to a stand, and everything has had a week in which it could find a place."""
        still = [each.alarmed_on + timedelta(days=len(each.evidence)) for each in coming]
        turns = len(coming) // self.budget + 1
        return max([*still, *self.opened.values()], default=date.min) + timedelta(days=WEEK * turns)


def _evidence(candidate: Candidate, day: date) -> float:
    return candidate.evidence[min((day - candidate.alarmed_on).days, len(candidate.evidence) - 1)]


def _is_over(candidate: Candidate, day: date) -> bool:
    return candidate.ended_on is not None and candidate.ended_on <= day


def _stands(candidate: Candidate, day: date) -> bool:
    return not _is_over(candidate, day) and _evidence(candidate, day) >= -ROUNDING
