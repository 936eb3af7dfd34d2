"""What the watches over open claims have in common: what they expect of a day, and how a stream rests once it crossed.

**Expectation.** Events at each age over the claims that might have come to one, shrunk to the parent stream, the parent
to the organization. Whole weeks are taken in when they ended `gap_days` ago, and weigh less and less: together as much
as the last `baseline_days`, and as old on average as these. While evidence of a change is running up, a stream keeps
the expectation it has.

**Irregularity.** phi is the variance of events over the expected, day by day or week by week, whichever is larger, over
the same time. Days on which much goes one way weigh more in a large stream, so what is shrunk to the parent's is the
excess over the squared expectation. An underestimate costs false alarms and an overestimate a day's delay, so
`CAUTION` times the excess is taken.

**Season.** Once a week the payers' events of the last four are held against the expected (see the module season). What
moves at all of them may excuse a stream and never accuse one.

**After a crossing** the stream rests, with its old expectation. The crossing becomes an alarm on the first day on which
the days it rests on are known, for a file may be late (see the module known_outcomes). From there `rebaseline_days`
must pass and the weeks since the crossing must hold enough claims. Then these weeks alone are the new baseline, unless
the last two have come as was expected before: what has passed leaves the baseline as it was.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from upstream.detection.detectors.common import (
    Alarm,
    Booleans,
    Direction,
    Floats,
    Integers,
    parents_first,
    side_by_side,
)
from upstream.detection.detectors.day_walk import Arrays
from upstream.detection.detectors.season import common_offsets

Singles = NDArray[np.float32]

WEEK = 7
DIRECTIONS: tuple[Direction, Direction] = ("worse", "better")
NEVER = 2**40
CAUTION = 1.5
# The weeks a season is told from.
SEASON_WEEKS = 4
# What the latest weeks teach is not believed yet: they may have been changing already.
DOUBTED_WEEKS = 4
# Events within this factor of the expected are as before a change.
PASSED = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """What the settings of the watches over open claims have in common.

    arl0_days: promised mean days of watching one unchanged stream until a false alarm; `share_worse` of the false
    alarms may be 'worse'. max_age_days: claims older than this no longer count as open. baseline_days, gap_days,
    rebaseline_days: see the module, whole weeks. prior_claims: weight of the parent's expectation at each age, in
    claims; prior_weeks: of its excess. learning_days: before these the expectation is too rough to learn from;
    warmup_days: before a stream is watched. minimum_claims within watch_days make a stream watched.
    common_ratio: the most that movement common to all payers excuses, 1 nothing. largest_day: the part of the threshold
    that one day may add, lest it alarm alone. change_drop: fall of the log-likelihood that bounds the change date.
    """

    arl0_days: float = 3650
    share_worse: float = 0.8
    max_age_days: int = 120
    baseline_days: int = 364
    gap_days: int = 7
    prior_claims: float = 100
    prior_weeks: float = 8
    learning_days: int = 56
    warmup_days: int = 112
    watch_days: int = 182
    minimum_claims: int = 30
    common_ratio: float = 1.5
    largest_day: float = 0.6
    rebaseline_days: int = 28
    change_drop: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Crossing:
    """A statistic that reached its threshold. The levels before and after are told from the stream's claims.

    change_on, change_low..change_high: the day from which events differ from the expected; expected_after: events
    expected from then on. baseline_from: first day of the baseline; hazard: (ages,) what it made expect; weekday: (7,)
    readiness of each weekday. alarmed_on: NEVER while the days up to `crossed_on` are not known.
    """

    stream: int
    direction: Direction
    crossed_on: int
    alarmed_on: int = NEVER
    change_on: int
    change_low: int
    change_high: int
    baseline_from: int
    log_evidence: float
    expected_after: float
    hazard: Floats
    weekday: Floats
    phi: float


@dataclass(frozen=True, slots=True)
class OpenClaimsAlarm(Alarm):
    """crossed_on: the day whose events took the statistic over its threshold, and the last one that anything here
    rests on; `alarmed_on` is the first day on which it was known, the same or a later one."""

    crossed_on: int


@dataclass(frozen=True)
class WatchResult:
    """What a watch says day by day, all (streams, days).

    observed, expected: events; count: open claims; statistic_worse, statistic_better: 0 where not watched, with their
    thresholds; phi: variance of events over the expected; season: logarithm of the movement common to the payers.
    raised: the crossings that the days made known, in their order, and their alarms.
    """

    observed: Singles
    expected: Singles
    count: Singles
    statistic_worse: Singles
    statistic_better: Singles
    threshold_worse: Singles
    threshold_better: Singles
    phi: Singles
    season: Singles
    watched: Booleans
    raised: list[Crossing]
    alarms: list[OpenClaimsAlarm]

    @classmethod
    def of(cls, days: int, streams: int) -> Self:
        """Nothing yet. Arrays of numbers lie in one block, and a day's streams side by side, which saves much time."""
        names = [name for name in cls.daily() if name != "watched"]
        block = np.zeros((len(names), days, streams), np.float32)
        columns: dict[str, Any] = {name: numbers.T for name, numbers in zip(names, block, strict=True)}
        return cls(**columns, watched=np.zeros((days, streams), dtype=bool).T, raised=[], alarms=[])

    @classmethod
    def daily(cls) -> list[str]:
        """Names of what is said day by day."""
        return [each.name for each in fields(cls) if each.name not in ("raised", "alarms")]

    def followed_by(self, later: Self) -> Self:
        """Both, one after the other."""
        days, more = self.watched.shape[1], later.watched.shape[1]
        both = self.of(days + more, len(self.watched))
        for name in self.daily():
            getattr(both, name)[:, :days], getattr(both, name)[:, days:] = getattr(self, name), getattr(later, name)
        both.raised.extend(self.raised + later.raised)
        both.alarms.extend(self.alarms + later.alarms)
        return both

    def note(self, column: int, told: dict[str, Any], count: Singles) -> None:
        """Write down a day; told: as `Watch.told` gives it."""
        self.count[:, column] = count
        for name, values in told.items():
            getattr(self, name)[:, column] = values


@dataclass
class Watch:
    """The state of a watch between two days: (streams,) arrays, and rings in which week w lies in slot w % slots.

    baseline: (2, ages, streams) events, and claims that might have come to one; since: of those resting, the same since
    they crossed; waiting: (slots, 2, ages, streams) the same of weeks not taken in yet. hazard: (ages, streams) events
    expected per claim. observed, expected: (slots, 7, streams) events day by day of the last year; today: what else to
    tell of the day. claims: (slots, streams) claims a week that make a stream watched; counted: (2, streams) their sums
    as in `baseline` and `since`. statistic, threshold: (2, streams), worse and better.

    What is expected of a day is reckoned in two ways, side by side on an axis of two. asked: (slots, 2, streams) events
    asked for in a week, once it is over; asked_of_day: (7, 2, streams) on each day of the week. lessons: (slots, ROWS,
    streams) what the last weeks teach whose expectation held; learned: (ROWS, streams) what those before did, the
    number of weeks first. phi: (2, streams), and fitting_phi: (streams,) of the way to date changes by. season:
    logarithm of the common movement, by the second way.
    """

    ROWS: ClassVar[int] = 11

    parent: Integers
    settings: WatchSettings
    payer: Integers | slice = field(init=False)
    levels: list[Integers | slice] = field(init=False)
    baseline: Singles = field(init=False)
    since: Singles = field(init=False)
    waiting: Singles = field(init=False)
    hazard: Singles = field(init=False)
    observed: Singles = field(init=False)
    expected: Singles = field(init=False)
    claims: Floats = field(init=False)
    counted: Floats = field(init=False)
    asked: Floats = field(init=False)
    asked_of_day: Floats = field(init=False)
    lessons: Floats = field(init=False)
    learned: Floats = field(init=False)
    phi: Floats = field(init=False)
    fitting_phi: Floats = field(init=False)
    first_day: Integers = field(init=False)
    baseline_from: Integers = field(init=False)
    crossed_on: Integers = field(init=False)
    resting: Booleans = field(init=False)
    resume_on: Integers = field(init=False)
    run_start: Integers = field(init=False)
    ready: Booleans = field(init=False)
    watched: Booleans = field(init=False)
    season: float = field(init=False, default=0.0)
    crossings: list[Crossing] = field(init=False, default_factory=list)
    today: dict[str, Floats] = field(init=False)
    statistic: Floats = field(init=False)
    threshold: Floats = field(init=False)

    def __post_init__(self) -> None:
        settings, streams, ages = self.settings, len(self.parent), self.settings.max_age_days + 1
        payer, levels = np.arange(streams), parents_first(self.parent)
        for rows in levels[1:]:
            payer[rows] = payer[self.parent[rows]]
        self.payer = side_by_side(payer)
        self.levels = [side_by_side(rows) for rows in levels]
        self.baseline, self.since = (np.zeros((2, ages, streams), np.float32) for _ in range(2))
        self.waiting = np.zeros((settings.gap_days // WEEK + 1, 2, ages, streams), np.float32)
        self.hazard = np.zeros((ages, streams), np.float32)
        days = (settings.baseline_days // WEEK + 1, WEEK, streams)
        self.observed, self.expected = np.zeros(days, np.float32), np.zeros(days, np.float32)
        self.claims, self.counted = np.zeros((settings.watch_days // WEEK + 1, streams)), np.zeros((2, streams))
        self.asked = np.zeros((SEASON_WEEKS + 1, 2, streams))
        self.statistic, self.threshold = np.zeros((2, 2, streams))
        self.asked_of_day, self.phi = np.zeros((WEEK, 2, streams)), np.ones((2, streams))
        self.fitting_phi = np.ones(streams)
        self.lessons, self.learned = np.zeros((DOUBTED_WEEKS, self.ROWS, streams)), np.zeros((self.ROWS, streams))
        self.first_day = np.full(streams, NEVER)
        self.baseline_from, self.crossed_on, self.resume_on, self.run_start = np.zeros((4, streams), dtype=np.int64)
        self.resting, self.ready, self.watched = np.zeros((3, streams), dtype=bool)

    def state(self) -> Arrays:
        """What stands between two days, but for the crossings."""
        return {
            each.name: np.asarray(getattr(self, each.name))
            for each in fields(self)
            if each.name not in ("parent", "settings", "payer", "levels", "crossings", "today")
        }

    def resume(self, state: Arrays, crossings: list[Crossing]) -> None:
        """Go on from what `state` gave."""
        for name, values in state.items():
            setattr(self, name, values.copy() if values.ndim else values[()])
        self.crossings = list(crossings)

    @property
    def memory(self) -> float:
        """Weight that a week keeps in the next: weights m^i count as (1 + m) / (1 - m) equal ones, and are as old."""
        return (self.settings.baseline_days - WEEK) / (self.settings.baseline_days + WEEK)

    def begin_week(self, week: int) -> None:
        """Take in the weeks that are old enough, make room for this one, and end the rest of who may."""
        memory, waiting = self.memory, self.waiting[week % len(self.waiting)]
        self.baseline *= np.float32(memory)
        self.baseline += waiting
        resting = np.flatnonzero(self.resting)
        self.since[..., resting] = self.since[..., resting] * np.float32(memory) + waiting[..., resting]
        self.counted = self.counted * memory + self.claims[(week - len(self.waiting)) % len(self.claims)]
        lesson = self.lessons[week % len(self.lessons)]
        self.learned *= memory
        self.learned += lesson
        waiting[:] = lesson[:] = self.claims[week % len(self.claims)] = self.asked[week % len(self.asked)] = 0
        for stream in np.flatnonzero(self.resting & (week * WEEK >= self.resume_on) & self.has_enough()):
            self._begin_anew(int(stream), week)

    def _begin_anew(self, stream: int, week: int) -> None:
        latest = np.arange(week - 2, week) % len(self.observed)
        seen, due = (float(days[latest, :, stream].sum()) for days in (self.observed, self.expected))
        self.resting[stream] = False
        if not due / PASSED <= seen <= due * PASSED:
            self.baseline[..., stream], self.counted[0, stream] = self.since[..., stream], self.counted[1, stream]
            self.baseline_from[stream] = self.crossed_on[stream] + 1

    def has_enough(self) -> Booleans:
        """Streams with enough claims in the last weeks, of those since their last crossing."""
        return self.claims.sum(axis=0) >= self.settings.minimum_claims

    def estimate_hazards(self, events: Singles, exposure: Singles, taking: Booleans) -> None:
        """Hazards anew, from (ages, streams) events and claims that might have come to one, of those `taking` them."""
        payers, prior = self.levels[0], np.float32(self.settings.prior_claims)
        all_events, all_exposure = events[:, payers].sum(axis=1), exposure[:, payers].sum(axis=1)
        # Ages nobody has reached yet go on as the last known one.
        known = np.maximum.accumulate(np.where(all_exposure > 0, np.arange(len(all_exposure)), 0))
        organization = (all_events / np.maximum(all_exposure, 1))[known, None]
        for depth, rows in enumerate(self.levels):
            own = prior * (self.hazard[:, self.parent[rows]] if depth else organization) + events[:, rows]
            own /= exposure[:, rows] + prior
            kept = np.flatnonzero(~taking[rows])
            own[:, kept] = self.hazard[:, rows][:, kept]
            self.hazard[:, rows] = own

    def shrunk(self, part: Floats, whole: Floats, prior: Floats | float, organization: Floats | float) -> Floats:
        """(..., streams) part over whole, shrunk to the parent's with the weight of a whole of `prior`.

        organization: what payers are shrunk to.
        """
        ratio, prior = np.empty(part.shape), np.broadcast_to(prior, part.shape)
        for depth, rows in enumerate(self.levels):
            usual = ratio[..., self.parent[rows]] if depth else organization
            weight = whole[..., rows] + prior[..., rows]
            own = part[..., rows] + prior[..., rows] * usual
            ratio[..., rows] = np.where(weight > 0, own / np.maximum(weight, 1e-9), usual)
        return ratio

    def estimate_phi(self) -> None:
        """(2, streams) phi of both ways."""
        payers, weeks, asked = self.levels[0], np.maximum(self.learned[0], 1), np.maximum(self.learned[5:7], 1e-9)
        # By day, and by week.
        residual, pairs = (np.array([self.learned[row : row + 2] for row in rows]) for rows in ((1, 7), (3, 9)))
        organization = residual[..., payers].sum(axis=-1) / np.maximum(pairs[..., payers].sum(axis=-1), 1e-9)
        organization = np.maximum(organization, 0)[..., None]
        excess = self.shrunk(residual, pairs, self.settings.prior_weeks * pairs / weeks, organization)
        self.phi = 1 + CAUTION * (np.maximum(excess, 0) * pairs).max(axis=0) / asked

    def estimate_season(self, week: int) -> None:
        settings, payers = self.settings, self.levels[0]
        weeks = np.arange(week - SEASON_WEEKS, week)
        settled = weeks[0] * WEEK >= self.first_day[payers] + settings.learning_days
        known = settled & ~self.resting[payers]
        seen = self.observed[weeks % len(self.observed)].sum(axis=(0, 1))[payers].astype(np.float64) * known
        due = self.asked[:, 1].sum(axis=0)[payers] * known
        # There is no count of claims that events are among.
        count = np.full(due.shape, np.inf)
        of_payers = (values[None] for values in (count, seen, due, due * self.phi[1, payers]))
        common, _ = common_offsets(*of_payers, largest=math.log(settings.common_ratio))
        self.season = float(common[0])

    def begin_day(self, day: int, arrived: Floats) -> None:
        """Whether each stream is watched on `day`; arrived: (streams,) claims submitted on it."""
        np.minimum(self.first_day, day, out=self.first_day, where=arrived > 0)
        watched = self.first_day <= day - self.settings.warmup_days
        watched &= self.ready
        watched &= ~self.resting
        np.copyto(self.run_start, day, where=watched & ~self.watched)
        self.watched = watched

    def take(self, day: int, observed: Floats, expected: Floats, asked: Floats, claims: Floats) -> None:
        """Take in a day; observed, expected, claims: (streams,), asked: (2, streams)."""
        week, weekday = divmod(day, WEEK)
        self.observed[week % len(self.observed), weekday] = observed
        self.expected[week % len(self.expected), weekday] = expected
        self.claims[week % len(self.claims)] += claims
        self.asked_of_day[weekday] = asked

    def add_events(self, week: int, position: Integers, count: Singles) -> None:
        """Add events; position: age x streams + stream of each row."""
        np.add.at(self.waiting[week % len(self.waiting), 0].reshape(-1), position, count)

    def lesson(self, week: int) -> Floats:
        """(ROWS, streams) what a week teaches: that it was one; of its days squared residuals less what was asked for,
        its square, and itself; and of its sums the first two."""
        observed, asked = self.observed[week % len(self.observed)].astype(np.float64), self.asked_of_day
        residuals = observed[:, None] - asked
        residuals *= residuals
        residuals -= asked
        of_week, total = self.asked[week % len(self.asked)], observed.sum(axis=0)
        of_days = residuals.sum(axis=0), (asked * asked).sum(axis=0), of_week
        return np.concatenate(
            (np.ones((1, len(self.parent))), *of_days, (total - of_week) ** 2 - of_week, of_week * of_week)
        )

    def end_week(self, week: int) -> None:
        self.asked_of_day.sum(axis=0, out=self.asked[week % len(self.asked)])
        held = ((week - 1) * WEEK >= self.first_day + self.settings.learning_days) & ~self.resting
        np.multiply(self.lesson(week), held.astype(np.float64), out=self.lessons[week % len(self.lessons)])

    def watched_days(self, stream: int, day: int) -> tuple[Integers, Floats, Floats]:
        """The days, of the last year at most, on which `stream` was watched up to `day`; their events and expected."""
        days = np.arange(max(int(self.run_start[stream]), day + 1 - self.settings.baseline_days), day + 1)
        slots = days % (len(self.observed) * WEEK)
        observed, expected = (ring[:, :, stream].ravel()[slots] for ring in (self.observed, self.expected))
        return days, observed.astype(np.float64), expected.astype(np.float64)

    def cross(self, day: int) -> None:
        """Let the streams rest whose statistic has reached its threshold on `day`."""
        raise NotImplementedError

    def told(self) -> dict[str, Any]:
        """(streams,) what there is to tell of the day, by the names of `WatchResult`."""
        return self.today | {
            "statistic_worse": self.statistic[0], "statistic_better": self.statistic[1],
            "threshold_worse": self.threshold[0], "threshold_better": self.threshold[1],
            "season": self.season, "watched": self.watched,
        }  # fmt: skip

    def rest(self, crossing: Crossing) -> None:
        """Let the stream of `crossing` rest until it has become an alarm, and longer; its baseline begins anew."""
        stream = crossing.stream
        self.crossings.append(crossing)
        self.resting[stream], self.resume_on[stream] = True, NEVER
        self.crossed_on[stream], self.counted[1, stream] = crossing.crossed_on, 0
        for gathered in (self.since, self.waiting, self.claims, self.lessons):
            gathered[..., stream] = 0

    def alarms(self, day: int, known_through: Integers) -> list[Crossing]:
        """Crossings that `day` made known; known_through: (streams,) the last day known of each stream."""
        if not self.crossings:
            return []
        raised = [replace(c, alarmed_on=day) for c in self.crossings if c.crossed_on <= known_through[c.stream]]
        self.crossings = [c for c in self.crossings if c.crossed_on > known_through[c.stream]]
        for crossing in raised:
            self.resume_on[crossing.stream] = day + self.settings.rebaseline_days
        return raised


def crossed_on(alarm: Alarm) -> int:
    """The last day that an alarm rests on."""
    return alarm.crossed_on if isinstance(alarm, OpenClaimsAlarm) else alarm.alarmed_on
