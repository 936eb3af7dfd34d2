"""The detectors on the demo's worlds: they find what was planted, date it, and call for nothing else."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from upstream.detection.detectors.common import Alarm
from upstream.detection.detectors.denial_rate import detect_denial_rate
from upstream.detection.detectors.open_claims import Ended, OpenClaims, Submitted
from upstream.detection.detectors.open_claims_walk import detect_open_claims
from upstream.detection.known_outcomes import known_through
from upstream.ops.demo.catalogue import THERAPY
from upstream.ops.demo.simulate import simulate
from upstream.ops.demo.spec import Clinic
from upstream.ops.demo.stories import FAMILY_CLINIC, ORTHOPEDIC_CLINIC, stories
from upstream.ops.demo.world import DENIED, NEVER, World

#: Fridays over a year, so that every holiday stands somewhere else in the year before them.
ENDS = [date(2026, 6, 26) + timedelta(weeks=weeks) for weeks in (0, 9, 20, 31, 44)]
MINIMUM_CLAIMS = 30


class Watch:
    """Daily counts of payers and of payers' services from the first Monday on, and the alarms in them."""

    def __init__(self, world: World) -> None:
        self.world, self.shift = world, world.start.weekday()
        self.days = (world.end - world.start).days + 1 + self.shift
        payers = len(world.clinic.payers)
        groups = world.payer * len(world.clinic.services) + world.service
        counts = np.bincount(groups, minlength=payers * len(world.clinic.services))
        watched = np.flatnonzero(counts >= MINIMUM_CLAIMS)
        row_of_group = np.full(len(counts), -1)
        row_of_group[watched] = payers + np.arange(len(watched))
        self.parent = np.concatenate((np.full(payers, -1), watched // len(world.clinic.services)))
        self.names = [(payer.name, None) for payer in world.clinic.payers] + [
            (world.clinic.payers[group // len(world.clinic.services)].name, self._service(group)) for group in watched
        ]
        # Every claim counts in its payer's stream and in that of its payer's service.
        self.stream = np.concatenate((world.payer, row_of_group[groups]))
        self.kept = self.stream >= 0

    def _service(self, group: int) -> str:
        return self.world.clinic.services[group % len(self.world.clinic.services)][0].name

    def _twice(self, values: np.ndarray) -> np.ndarray:
        return np.concatenate((values, values))[self.kept]

    def alarms(self) -> list[tuple[str, str, str | None, Alarm]]:
        world = self.world
        known = world.decided <= world.day_of(world.end)
        denied = known & (world.outcome == DENIED)
        stream, decided = self.stream[self.kept], self._twice(world.decided + self.shift)
        cells = len(self.parent) * self.days

        def daily(claims: np.ndarray) -> np.ndarray:
            chosen = self._twice(claims)
            counts = np.bincount(stream[chosen] * self.days + decided[chosen], minlength=cells)
            return counts.reshape(len(self.parent), self.days)

        denial = detect_denial_rate(daily(known), daily(denied), self.parent)
        payers = len(world.clinic.payers)
        submissions = np.bincount(world.submitted + self.shift, minlength=self.days)
        of_payer = known_through(daily(known)[:payers], submissions)
        age = self._twice(world.decided - world.submitted)
        paid, refused = self._twice(known & ~denied), self._twice(denied)
        one = np.ones(len(stream), dtype=np.int64)
        claims = OpenClaims(
            Submitted(stream, self._twice(world.submitted + self.shift), one),
            *(Ended(stream[ended], decided[ended], one[ended], age[ended]) for ended in (paid, refused)),
        )
        known_on = of_payer[np.where(self.parent < 0, np.arange(len(self.parent)), self.parent)]
        delays, _ = detect_open_claims(claims, self.parent, self.days, known_through=known_on)
        return [
            (kind, *self.names[alarm.stream], alarm)
            for kind, found in (("denial", denial.alarms), ("delay", delays.alarms))
            for alarm in found
        ]

    def days_before_end(self, day: int) -> int:
        return self.days - 1 - day


@pytest.mark.parametrize("end", ENDS, ids=str)
def test_the_family_clinics_drift_and_stall_are_found_and_nothing_else(end: date) -> None:
    story = stories(end)[0]
    watch = Watch(simulate(story.clinic, claims=story.claims, end=end, seed=story.seed))
    drift, stall = story.clinic.changes
    alarms = watch.alarms()
    assert {(kind, payer, alarm.direction) for kind, payer, _, alarm in alarms} == {
        ("denial", drift.payer, "worse"),
        ("delay", stall.payer, "worse"),
    }
    (found,) = [alarm for kind, _, service, alarm in alarms if kind == "denial" and service == THERAPY.name]
    assert watch.days_before_end(found.change_on) == pytest.approx(42, abs=7)
    assert found.change_low <= found.change_on <= found.change_high
    assert found.after is not None
    assert found.after / found.before == pytest.approx(2.2, rel=0.3)
    (found,) = [alarm for kind, _, service, alarm in alarms if kind == "delay" and service is None]
    assert watch.days_before_end(found.change_on) == pytest.approx(28, abs=12)
    assert watch.days_before_end(found.alarmed_on) >= 7
    assert found.before == pytest.approx(17, abs=1)
    assert found.after is not None
    assert found.after > found.before


@pytest.mark.parametrize("end", ENDS, ids=str)
def test_the_orthopedic_clinics_coding_denials_are_found_and_nothing_else(end: date) -> None:
    story = stories(end)[1]
    watch = Watch(simulate(story.clinic, claims=story.claims, end=end, seed=story.seed))
    (change,) = story.clinic.changes
    alarms = watch.alarms()
    assert {(kind, payer, alarm.direction) for kind, payer, _, alarm in alarms} == {("denial", change.payer, "worse")}
    (found,) = [alarm for _, _, service, alarm in alarms if service is None]
    assert watch.days_before_end(found.change_on) == pytest.approx(56, abs=7)


def test_files_of_a_week_that_come_one_payer_at_a_time_raise_no_alarm() -> None:
    """Five of six payers' remittances of the last five days are yet to come."""
    for seed in range(300, 308):
        world = simulate(FAMILY_CLINIC, claims=17_500, end=ENDS[seed % len(ENDS)], seed=seed)
        hidden = (world.payer != 0) & (world.decided > world.day_of(world.end) - 5)
        partly = replace(world, decided=np.where(hidden, NEVER, world.decided))
        alarms, all_in = ({(*rest, alarm.alarmed_on) for *rest, alarm in Watch(w).alarms()} for w in (partly, world))
        assert alarms <= all_in


@pytest.mark.parametrize(("clinic", "claims"), [(FAMILY_CLINIC, 17_500), (ORTHOPEDIC_CLINIC, 5_200)])
def test_worlds_without_a_planted_change_keep_the_promise_on_false_alarms(clinic: Clinic, claims: int) -> None:
    """0.1 alarms per stream and year are promised; eight quiet worlds hold 100 to 250 watched stream-years."""
    watched = alarms = 0.0
    for seed in range(200, 208):
        watch = Watch(simulate(clinic, claims=claims, end=ENDS[0], seed=seed))
        # Streams are watched after a warm-up of 90 days (denials) and 112 days (payments).
        watched += len(watch.parent) * (2 * 365 - 90 - 112) / 365
        alarms += len(watch.alarms())
    assert alarms / watched < 0.1
