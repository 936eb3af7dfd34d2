"""What explains what: one root cause behind many signals, over all kinds and levels of streams.

Pure functions over candidates, for the live refresh and for a backtest alike.

- A payer's signal explains those of its service groups, denial categories and locations whose change falls into the
  same days: of the same kind, and denial rate, cohort and dollars among one another. A payment delay explains those of
  its parts for `SLOWING` from then on.
- Of the same stream, the kind of denial signal that was found first explains the others; found on the same day, the
  denial rate explains the cohort, and that the dollars.
- A payer's service group, denial category and location are cuts of the same claims: the one found first explains those
  of the other cuts. Two service groups explain nothing of each other.
- A risen share of denials is explained by a payment delay when the claims still open brought no more denials than
  usual: while payments fail to come, what is decided are the denials. Where they brought more, it is the other way
  round, as long as payments came about as fast as the claims left undenied let expect: what is denied cannot be paid.
- Takebacks stand alone: a payer's explain those of its parts, and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from upstream.detection.models import Direction, SignalKind, StreamLevel

# Mean days to a false alarm that every detector's threshold stands for (`arl0_days`); its logarithm is that threshold,
# unless a signal's parameters tell another one.
PROMISED_DAYS = 3650
# Change dates of streams that share claims may be told apart by so many days and still be one change.
SAME_TIME = timedelta(days=14)
# A payer's slow-down shows in full only when the claims it holds back have grown old, in some of its parts late.
SLOWING = timedelta(days=60)
# A delay is explained by denials when at least this part of the payments those leave to be expected came, or as many as
# chance allows (95 %).
EXPLAINED_PAYMENTS = 0.9
NORMAL_95 = 1.96
# Kinds that say of the same denials; earlier ones explain later ones found on the same day.
DENIALS: tuple[str, ...] = (SignalKind.DENIAL_RATE, SignalKind.DENIAL_COHORT, SignalKind.DENIAL_DOLLARS)
# Kinds whose events since the change stand beside those the claims open let expect.
OF_OPEN_CLAIMS: tuple[str, ...] = (SignalKind.PAYMENT_DELAY, SignalKind.DENIAL_COHORT)
_ORDER = {kind: place for place, kind in enumerate((*DENIALS, SignalKind.PAYMENT_DELAY, SignalKind.TAKEBACK))}


# A caller's name for a candidate, of any hashable kind.
Key = Any


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change for the worse that may become an alert, as far as that decides it.

    key: the caller's name for it. payer, service_group: ids or names. change_low..change_high: the days the change may
    have begun on. evidence: natural logarithm of the evidence beyond the detector's threshold, on the day of the alarm
    and each day after it; the last value stands from then on. ended_on: the day its reversal was alarmed, if it was.
    before, after: the level, as `Signal` has it. payments: those seen and those expected since a delay; open_denials:
    of the claims open since a rise in denials, those seen and those expected. None where a kind has no such figures.
    """

    key: Key
    kind: str
    level: str
    payer: Any
    service_group: Any
    denial_category: str
    location: str
    alarmed_on: date
    change_date: date
    change_low: date
    change_high: date
    evidence: tuple[float, ...]
    ended_on: date | None
    before: float
    after: float | None
    payments: tuple[float, float] | None
    open_denials: tuple[float, float] | None

    @property
    def stream(self) -> tuple[Any, ...]:
        return (self.payer, self.level, self.service_group, self.denial_category, self.location)

    @property
    def found_in_order(self) -> tuple[date, int, str, str]:
        """Sorts candidates as they were found."""
        return (self.alarmed_on, _ORDER[self.kind], self.level, str(self.key))


def candidates_of(found: Mapping[Key, Mapping[str, Any]]) -> list[Candidate]:
    """Candidates from values of Signal fields by key, in the order found; changes for the better only end others."""
    better: dict[tuple[Any, ...], list[date]] = {}
    for values in found.values():
        if values["direction"] == Direction.BETTER:
            better.setdefault(_watched(values), []).append(values["alarmed_on"])
    made = [
        _candidate(key, values, better.get(_watched(values), ()))
        for key, values in found.items()
        if values["direction"] == Direction.WORSE
    ]
    return sorted(made, key=lambda candidate: candidate.found_in_order)


def _watched(values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        values[name] for name in ("kind", "level", "payer_id", "service_group_id", "denial_category", "location")
    )


def _candidate(key: Key, values: Mapping[str, Any], better: Iterable[date]) -> Candidate:
    parameters = values["parameters"]
    threshold = parameters.get("threshold", math.log(PROMISED_DAYS))
    evidence = parameters.get("evidence_by_day", [values["log_evidence"]])
    kind = values["kind"]
    since = (parameters["events_after"], parameters["expected_after"]) if kind in OF_OPEN_CLAIMS else None
    return Candidate(
        key=key,
        kind=kind,
        level=values["level"],
        payer=values["payer_id"],
        service_group=values["service_group_id"],
        denial_category=values["denial_category"],
        location=values["location"],
        alarmed_on=values["alarmed_on"],
        change_date=values["change_date"],
        change_low=values["change_date_low"],
        change_high=values["change_date_high"],
        evidence=tuple(day - threshold for day in evidence),
        ended_on=min((day for day in better if day > values["alarmed_on"]), default=None),
        before=values["before"],
        after=values["after"],
        payments=since if kind == SignalKind.PAYMENT_DELAY else None,
        open_denials=(
            (parameters["denials_of_open_claims"], parameters["expected_of_open_claims"])
            if kind == SignalKind.DENIAL_RATE
            else since
            if kind == SignalKind.DENIAL_COHORT
            else None
        ),
    )


class RootCauses:
    """What each of the candidates could be explained by, worked out once."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._candidates = sorted(candidates, key=lambda candidate: candidate.found_in_order)
        by_payer: dict[Any, list[Candidate]] = {}
        for candidate in self._candidates:
            by_payer.setdefault(candidate.payer, []).append(candidate)
        self._kinds = {candidate.key: candidate.kind for candidate in self._candidates}
        self._causes = {
            candidate.key: _by_preference(candidate, by_payer[candidate.payer]) for candidate in self._candidates
        }

    def roots(self, *, through: date | None = None, able: Container[Key] | None = None) -> dict[Key, Key]:
        """The root of each candidate alarmed by the end of `through` (of all without it), in the order found."""
        return {
            each.key: self.root(each.key, through=through, able=able)
            for each in self._candidates
            if through is None or each.alarmed_on <= through
        }

    def root(self, key: Key, *, through: date | None = None, able: Container[Key] | None = None) -> Key:
        """The end of the chain of causes from `key` on; of a circle the member that is named first.

        Only what had alarmed by the end of `through` explains, and of that only what is `able` to: keys. Between delays
        and denials everything explains: that a figure moved by another's doing is so whether or not that one matters.
        """
        passed: list[Key] = []
        at: Key | None = key
        while at is not None and at not in passed:
            passed.append(at)
            at = self._cause(at, through, able)
        return passed[-1] if at is None else min(passed[passed.index(at) :], key=str)

    def _cause(self, key: Key, through: date | None, able: Container[Key] | None) -> Key | None:
        delay = self._kinds[key] == SignalKind.PAYMENT_DELAY
        for cause in self._causes[key]:
            if through is not None and cause.alarmed_on > through:
                continue
            if able is None or cause.key in able or delay != (cause.kind == SignalKind.PAYMENT_DELAY):
                return cause.key
        return None


def _by_preference(candidate: Candidate, others: Iterable[Candidate]) -> list[Candidate]:
    """Those of `others` that explain it: a wider stream first, then its own kind, then the nearest change."""
    causes = [other for other in others if other.key != candidate.key and _explains(other, candidate)]
    return sorted(
        causes,
        key=lambda other: (
            other.level != StreamLevel.PAYER,
            other.kind != candidate.kind,
            abs((other.change_date - candidate.change_date).days),
            other.found_in_order,
        ),
    )


def _explains(cause: Candidate, other: Candidate) -> bool:
    if cause.change_low - SAME_TIME > other.change_high:
        return False
    wider = cause.level == StreamLevel.PAYER and other.level != StreamLevel.PAYER
    same_stream = cause.stream == other.stream
    if cause.kind == SignalKind.PAYMENT_DELAY and other.kind in DENIALS:
        # A delay that goes on may raise the share of denials at any time.
        return (wider or same_stream) and _left_by_delay(other)
    if cause.kind in DENIALS and other.kind == SignalKind.PAYMENT_DELAY:
        # So do denials that go on leave payments out at any time.
        over = cause.ended_on is not None and cause.ended_on < other.change_low
        return same_stream and not over and _left_by_denials(cause, other) and not _left_by_delay(cause)
    slows = wider and cause.kind == other.kind == SignalKind.PAYMENT_DELAY
    if other.change_low - (SLOWING if slows else SAME_TIME) > cause.change_high:
        return False
    if cause.kind != other.kind and not {cause.kind, other.kind} <= set(DENIALS):
        return False
    another_cut = StreamLevel.PAYER not in (cause.level, other.level) and cause.level != other.level
    return wider or ((same_stream or another_cut) and cause.found_in_order < other.found_in_order)


def _left_by_denials(denials: Candidate, delay: Candidate) -> bool:
    """Whether the payments missing are those of the claims that are denied now."""
    if denials.after is None or denials.before >= 1 or delay.payments is None:
        return False
    seen, expected = delay.payments
    left = expected * (1 - denials.after) / (1 - denials.before)
    return seen >= min(EXPLAINED_PAYMENTS * left, left - NORMAL_95 * math.sqrt(left))


def _left_by_delay(denials: Candidate) -> bool:
    """Whether the claims open since the change brought no more denials than usual, within what chance allows (95 %)."""
    if denials.open_denials is None:
        return False
    seen, expected = denials.open_denials
    return seen <= expected + NORMAL_95 * math.sqrt(expected)
