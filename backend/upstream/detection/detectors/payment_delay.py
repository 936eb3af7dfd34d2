"""Payment delay on open claims: payments seen against payments expected, so a stall shows the day the money stays out.

Every open claim of age a adds its hazard of payment h(a) times its payer's readiness w(weekday) to the day's expected
payments E, whether or not it is paid; O are the payments seen. Per direction a CUSUM of the Poisson log-likelihood
ratio: S_t = max(0, S_{t-1} + i_t), i_t = (O_t log r + (1 - r) E_t) / phi, with r < 1 for slower, 1 / r for faster.

h is estimated per age over the trailing year, in whole weeks that ended at least `gap_days` ago, smoothed over seven
ages and shrunk to the parent stream, the parent to the organization; w likewise, so that weekends and weekly payment
runs are expected. phi is the variance of weekly O against E, at least 1. While a statistic is above half its threshold
the baseline takes in no further weeks. After an alarm: as in the module denial_rate.

Payment runs. The paydays a week are one over the chance that two payments of a week fall on one day. No single payday
carries an alarm alone: a day adds at most `largest_day` of the threshold. Where paydays are few a whole week adds at
most `largest_run` of it, and only days after which no run is due may alarm. So a late file, or a run put off by a day
or two, is no stall. A day on which no payer pays though several were due to is a bank holiday, or a gap in the data:
nothing is expected of it, on no more than three days in seven. After the last day a stream's outcomes are known for
neither O nor E counts: the statistic stands still and raises no alarm. Whether a day is a bank holiday is asked of all
payers nonetheless, or the weekend before a file comes would count against those whose file is there.

Threshold: e^h' - h' - 1 = arl0_days k E / phi with k = |log r + 1 - r| and E the usual payments a day; this over the
drift k E / phi is the mean time to a false alarm of the CUSUM watched without pause (Siegmund, Sequential Analysis,
1985). h = h' - |log r| sqrt(E / phi) takes off the overshoot of a watch by days. `cusum.poisson_cusum_arl` gives the
exact mean time. Both directions share the promise: `share_worse` of the false alarms may be 'worse'.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from upstream.detection.detectors.common import (
    Alarm,
    Booleans,
    Direction,
    Floats,
    Integers,
    date_change,
    parents_first,
)
from upstream.detection.detectors.life_table import STILL_OPEN, Cells, kaplan_meier, median_age, smoothed_over_ages

DIRECTIONS: tuple[Direction, Direction] = ("worse", "better")
WEEK = 7
NOT_WAITING = -1
# Payments a day above which the threshold stays level, as the approximation ends there; and the least evidence asked.
LARGEST_INFORMATION = 50.0
SMALLEST_THRESHOLD = 3.0
# A stream with fewer paydays a week pays in runs; a weekday of at least this readiness may bring one.
FEW_PAYDAYS, RUN_DUE = 2.5, 0.5
# With so many payments expected, a day without any comes by chance once in 150 days that look alike.
SURE_PAYMENTS, MOST_CLOSED_DAYS = 5.0, 3
# Weight of "every day is a payday", in pairs of payments of one week.
PRIOR_PAIRS = 50.0


@dataclass(frozen=True, slots=True)
class DelaySettings:
    """Settings of the payment-delay detector; days, claims and ratios of hazards.

    arl0_days: promised mean days of watching one unchanged stream until a false alarm; share_worse of those 'worse'.
    hazard_ratio: the slow-down looked for (its reciprocal for faster payment); dated_ratios: those tried for the date.
    max_age_days: claims older than this no longer count as open. prior_claims: weight of the parent's hazard at each
    age, in claims at risk; prior_payments: weight of the parent's weekday pattern; prior_weeks: of its phi.
    learning_days: before these the expectation is too rough to learn weekdays and phi from; warmup_days: before a
    stream is watched. minimum_paid payments within watch_days of the baseline make a stream watched.
    largest_day, largest_run: see the module. change_drop: fall of the log-likelihood that bounds the change date.
    """

    arl0_days: float = 3650
    share_worse: float = 0.8
    hazard_ratio: float = 0.7
    dated_ratios: tuple[float, ...] = (0.3, 0.5, 0.7, 0.85)
    max_age_days: int = 120
    baseline_days: int = 364
    gap_days: int = 7
    learning_days: int = 56
    warmup_days: int = 112
    watch_days: int = 180
    minimum_paid: int = 30
    prior_claims: float = 100
    prior_payments: float = 20
    prior_weeks: float = 8
    largest_day: float = 0.4
    largest_run: float = 0.9
    rebaseline_days: int = 28
    change_drop: float = 3.0


@dataclass(frozen=True, slots=True)
class DelayResult:
    """Day by day, all (streams, days).

    observed, expected: payments; open_claims: at risk that day; readiness: the weekday's factor on the hazards, as
    `kaplan_meier` takes it for one stream; statistic_worse, statistic_better: the CUSUMs, 0 where
    not watched; threshold_worse, threshold_better: theirs (they differ a little and follow the stream's volume).
    """

    observed: Integers
    expected: Floats
    open_claims: Integers
    readiness: Floats
    statistic_worse: Floats
    statistic_better: Floats
    threshold_worse: Floats
    threshold_better: Floats
    watched: Booleans
    alarms: list[Alarm]


def detect_payment_delay(
    stream: Integers,
    submitted_day: Integers,
    end_day: Integers,
    paid: Booleans,
    count: Integers,
    parent: Integers,
    days: int,
    settings: DelaySettings | None = None,
    known_through: Integers | None = None,
) -> DelayResult:
    """Watch the days to payment of all streams over days 0..days-1, from sparse roll-up cells (see `Cells`).

    A claim that belongs to a payer and to a group of its services is given in the cells of both streams. parent:
    (streams,) as for the denial rate. known_through: (streams,) last day each stream's outcomes are known for; all of
    them without it. Raises ValueError for cells that cannot be, naming the first.
    """
    parent = np.asarray(parent, dtype=np.int64)
    cells = Cells(stream, submitted_day, end_day, paid, count).checked(len(parent), days)
    known = np.full(len(parent), days - 1) if known_through is None else known_through
    return _DelayRun(cells, parent, days, settings or DelaySettings(), known).run()


class _DelayRun:
    """The state that walks over the days: one row per stream."""

    def __init__(
        self, cells: Cells, parent: Integers, days: int, settings: DelaySettings, known_through: Integers
    ) -> None:
        self.cells, self.parent, self.days, self.settings = cells, parent, days, settings
        self.known_through = known_through
        self.levels = parents_first(parent)
        self.streams, self.ages = len(parent), settings.max_age_days + 1
        self.rows = np.arange(self.streams)
        self.arrivals = _daily_totals(cells.submitted_day, cells.stream, cells.count, days, self.streams)
        first_day = np.argmax(np.vstack((self.arrivals > 0, np.full(self.streams, True))), axis=0)
        self.learned_on, self.warm_on = first_day + settings.learning_days, first_day + settings.warmup_days
        self._sort_ends()
        self.log_ratio = np.array([[math.log(settings.hazard_ratio)], [-math.log(settings.hazard_ratio)]])
        shape = (self.streams, days)
        self.observed, self.open_claims = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        self.expected, self.dispersion = np.zeros(shape), np.ones(shape)
        self.readiness, self.largest_step = np.ones(shape), np.ones(shape)
        self.statistic, self.threshold = np.zeros((2, *shape)), np.full((2, *shape), math.log(settings.arl0_days))
        self.watched = np.zeros(shape, dtype=bool)
        self.closed = np.zeros(days, dtype=bool)
        weeks = days // WEEK + 1
        # Running sums over whole weeks: claims at risk and payments per age.
        self.exposure_sum = np.zeros((weeks + 1, self.streams, self.ages))
        self.events_sum = np.zeros((weeks + 1, self.streams, self.ages))
        # Per week and weekday: payments, and payments expected from ages alone.
        self.weekday_events = np.zeros((weeks, self.streams, WEEK))
        self.weekday_expected = np.zeros((weeks, self.streams, WEEK))
        self.usable_week = np.zeros((weeks, self.streams), dtype=bool)
        self.hazard = np.zeros((self.streams, self.ages))
        self.weekday = np.ones((self.streams, WEEK))
        self.phi, self.usual = np.ones(self.streams), np.zeros(self.streams)
        self.paydays = np.full(self.streams, float(WEEK))
        self.ready = np.zeros(self.streams, dtype=bool)
        self.baseline_start = np.zeros(self.streams, dtype=np.int64)
        self.baseline_end = np.zeros(self.streams, dtype=np.int64)
        self.resume_on = np.zeros(self.streams, dtype=np.int64)
        self.changed_on = np.full(self.streams, NOT_WAITING)
        self.run_start = np.zeros(self.streams, dtype=np.int64)
        self.alarms: list[Alarm] = []

    def _sort_ends(self) -> None:
        """Ends within the oldest age, as flat (stream, age) positions in day order, paid apart from unpaid."""
        age = self.cells.end_day - self.cells.submitted_day
        ended = (self.cells.end_day != STILL_OPEN) & (age < self.ages)
        order = np.flatnonzero(ended)[np.argsort(self.cells.end_day[ended], kind="stable")]
        self.end_position = self.cells.stream[order] * self.ages + age[order]
        self.end_count, self.end_paid = self.cells.count[order], self.cells.paid[order]
        self.end_slices = np.searchsorted(self.cells.end_day[order], np.arange(self.days + 1))

    def run(self) -> DelayResult:
        settings = self.settings
        at_risk = np.zeros((self.streams, self.ages), dtype=np.int64)
        size = self.streams * self.ages
        previously_watched = np.zeros(self.streams, dtype=bool)
        state = np.zeros((2, self.streams))
        for day in range(self.days):
            week, weekday = divmod(day, WEEK)
            if weekday == 0:
                exposure, events = np.zeros((2, self.streams, self.ages), dtype=np.int64)
                self._estimate(day, state)
            at_risk[:, 0] += self.arrivals[day]
            ends = slice(*self.end_slices[day : day + 2])
            position, count, paid = self.end_position[ends], self.end_count[ends], self.end_paid[ends]
            known = self.known_through >= day
            payments = np.bincount(position[paid], count[paid], size).astype(np.int64).reshape(at_risk.shape)
            payments[~known] = 0
            self.observed[:, day] = payments.sum(axis=1)
            self.open_claims[:, day] = at_risk.sum(axis=1)
            plain = np.einsum("sa,sa->s", at_risk, self.hazard)
            self.closed[day] = self._is_closed(day, plain * self.weekday[:, weekday])
            counts = known & ~self.closed[day]
            plain[~counts] = 0
            exposure += at_risk * counts[:, None]
            self.readiness[:, day] = self.weekday[:, weekday]
            run = settings.largest_run * self.weekday[:, weekday] / WEEK
            self.largest_step[:, day] = np.where(self.paydays < FEW_PAYDAYS, run, settings.largest_day)
            self.expected[:, day] = plain * self.weekday[:, weekday]
            self.dispersion[:, day] = self.phi
            self.weekday_events[week, :, weekday] = self.observed[:, day]
            self.weekday_expected[week, :, weekday] = plain
            events += payments
            if weekday == WEEK - 1:
                self.exposure_sum[week + 1] = self.exposure_sum[week] + exposure
                self.events_sum[week + 1] = self.events_sum[week] + events
                self.usable_week[week] = known & (day - WEEK >= self.learned_on) & (self.changed_on == NOT_WAITING)

            watched = self.ready & (day >= self.warm_on) & (self.changed_on == NOT_WAITING)
            self.run_start[watched & ~previously_watched] = day
            self.watched[:, day] = previously_watched = watched
            threshold = self.threshold[:, :, day] = self._thresholds()
            steps = self._increments(self.rows, slice(day, day + 1), self.log_ratio)[..., 0]
            state = np.where(watched, np.maximum(0, state + steps), 0)
            self.statistic[:, :, day] = state
            settled = self._settled((weekday + 1) % WEEK)
            for row in np.flatnonzero(watched & known & settled & (state >= threshold).any(axis=0)):
                self._alarm(int(row), day, int((state - threshold)[:, row].argmax()))
                state[:, row] = 0

            at_risk -= np.bincount(position, count, size).astype(np.int64).reshape(at_risk.shape)
            at_risk[:, 1:] = at_risk[:, :-1].copy()
            at_risk[:, 0] = 0
        return DelayResult(
            observed=self.observed, expected=self.expected, open_claims=self.open_claims, readiness=self.readiness,
            statistic_worse=self.statistic[0], statistic_better=self.statistic[1],
            threshold_worse=self.threshold[0], threshold_better=self.threshold[1],
            watched=self.watched, alarms=self.alarms,
        )  # fmt: skip

    def _estimate(self, day: int, state: Floats) -> None:
        """Hazards, weekday pattern and phi for the week that begins on `day`, from weeks ended gap_days before."""
        settings = self.settings
        end = max(0, (day - settings.gap_days + 1) // WEEK)
        first_week = -(-self.changed_on // WEEK)
        paid_since = self._paid(np.minimum(np.maximum(first_week, 0), end), np.full(self.streams, end))
        waiting = self.changed_on != NOT_WAITING
        enough_weeks = end - first_week >= settings.rebaseline_days // WEEK
        renewed = waiting & (day >= self.resume_on) & enough_weeks & (paid_since >= settings.minimum_paid)
        self.baseline_start[renewed] = first_week[renewed]
        self.changed_on[renewed] = NOT_WAITING
        running_up = (state >= self.threshold[:, :, max(0, day - 1)] / 2).any(axis=0)
        self.baseline_end[~running_up & (self.changed_on == NOT_WAITING)] = end
        self._estimate_hazards(end)
        self._estimate_weekdays(end)
        self._estimate_dispersion(end)
        recent = np.maximum(self.baseline_start, self.baseline_end - settings.watch_days // WEEK)
        enough = self._paid(np.minimum(recent, self.baseline_end), self.baseline_end) >= settings.minimum_paid
        # A stream of which not even half is ever paid has no median to speak of.
        self.ready = enough & (self.usual > 0) & (np.cumprod(1 - np.minimum(self.hazard, 1), axis=1)[:, -1] <= 0.5)

    def _paid(self, start: Integers, end: Integers) -> Floats:
        return (self.events_sum[end, self.rows] - self.events_sum[start, self.rows]).sum(axis=1)

    def _estimate_hazards(self, end: int) -> None:
        settings = self.settings
        weeks = settings.baseline_days // WEEK
        start = np.maximum(self.baseline_start, self.baseline_end - weeks)
        events = smoothed_over_ages(self.events_sum[self.baseline_end, self.rows] - self.events_sum[start, self.rows])
        exposure = smoothed_over_ages(
            self.exposure_sum[self.baseline_end, self.rows] - self.exposure_sum[start, self.rows]
        )
        top, first = self.levels[0], max(0, end - weeks)
        all_events = smoothed_over_ages((self.events_sum[end, top] - self.events_sum[first, top]).sum(axis=0))
        all_exposure = smoothed_over_ages((self.exposure_sum[end, top] - self.exposure_sum[first, top]).sum(axis=0))
        # Ages nobody has reached yet go on as the last known one.
        known = np.maximum.accumulate(np.where(all_exposure > 0, np.arange(self.ages), 0))
        organization = (all_events / np.maximum(all_exposure, 1))[known]
        for level in self.levels:
            parent = self.parent[level, None]
            prior = np.where(parent < 0, organization, self.hazard[parent[:, 0]])
            self.hazard[level] = (events[level] + settings.prior_claims * prior) / (
                exposure[level] + settings.prior_claims
            )

    def _estimate_weekdays(self, end: int) -> None:
        weeks = slice(max(0, end - self.settings.baseline_days // WEEK), end)
        usable = self.usable_week[weeks, :, None]
        by_week = self.weekday_events[weeks] * usable
        events = by_week.sum(axis=0)
        expected = (self.weekday_expected[weeks] * usable).sum(axis=0)
        prior = self.settings.prior_payments / WEEK

        def pattern(own_events: Floats, own_expected: Floats, prior_pattern: Floats | float) -> Floats:
            level = own_events.sum(axis=1, keepdims=True) / np.maximum(own_expected.sum(axis=1, keepdims=True), 1e-9)
            return (own_events + prior * prior_pattern) / (own_expected * level + prior)

        top = self.levels[0]
        organization = pattern(events[top].sum(axis=0, keepdims=True), expected[top].sum(axis=0, keepdims=True), 1.0)
        for rows in self.levels:
            parent = self.parent[rows, None]
            prior_pattern = np.where(parent < 0, organization, self.weekday[parent[:, 0]])
            self.weekday[rows] = pattern(events[rows], expected[rows], prior_pattern)

        totals = by_week.sum(axis=2)
        same_day = (by_week * (by_week - 1)).sum(axis=(0, 2)) + PRIOR_PAIRS / WEEK
        self.paydays = ((totals * (totals - 1)).sum(axis=0) + PRIOR_PAIRS) / same_day

    def _is_closed(self, day: int, expected: Floats) -> bool:
        """Whether nobody paid though, the payer expected to pay most left aside, others were all but sure to."""
        top = self.levels[0]
        if self.observed[top, day].any() or self.closed[max(0, day - WEEK + 1) : day].sum() >= MOST_CLOSED_DAYS:
            return False
        return bool(expected[top].sum() - expected[top].max(initial=0) >= SURE_PAYMENTS)

    def _settled(self, tomorrow: int) -> Booleans:
        """Streams that pay on many days, or of which no payment run is due on the coming weekday."""
        due = self.weekday[:, tomorrow]
        return (self.paydays >= FEW_PAYDAYS) | (due < RUN_DUE) | (due == self.weekday.min(axis=1))

    def _estimate_dispersion(self, end: int) -> None:
        first = max(0, end - self.settings.baseline_days // WEEK)
        days = slice(first * WEEK, end * WEEK)
        weekly = (self.streams, end - first, WEEK)
        expected = self.expected[:, days].reshape(weekly).sum(axis=2)
        residual = self.observed[:, days].reshape(weekly).sum(axis=2) - expected
        usable = self.usable_week[first:end].T
        squares, expected = (residual**2 * usable).sum(axis=1), (expected * usable).sum(axis=1)
        weeks = usable.sum(axis=1)
        self.usual = np.where(weeks > 0, expected / np.maximum(weeks * WEEK, 1), 0)
        top = self.levels[0]
        organization = max(1.0, float(squares[top].sum() / max(expected[top].sum(), 1)))
        for level in self.levels:
            prior = np.where(self.parent[level] < 0, organization, self.phi[self.parent[level]])
            weight = self.settings.prior_weeks * WEEK * self.usual[level]
            pooled = (squares[level] + weight * prior) / np.maximum(expected[level] + weight, 1e-9)
            self.phi[level] = np.where(weight > 0, np.maximum(1, pooled), prior)

    def _thresholds(self) -> Floats:
        """(2, streams): the thresholds of the module's first lines, by Newton's method."""
        information = np.clip(self.usual / self.phi, 1e-6, LARGEST_INFORMATION)
        drift = np.abs(self.log_ratio + 1 - np.exp(self.log_ratio)) * information
        share = np.array([[self.settings.share_worse], [1 - self.settings.share_worse]])
        target = self.settings.arl0_days / share * drift
        h = np.log1p(target) + 1
        for _ in range(6):
            h = h - (np.exp(h) - h - 1 - target) / (np.exp(h) - 1)
        return np.maximum(h - np.abs(self.log_ratio) * np.sqrt(information), SMALLEST_THRESHOLD)

    def _increments(self, rows: Integers, days: slice, log_ratio: Floats) -> Floats:
        """(ratios, rows, days): log-likelihood ratios of payment at `log_ratio` (ratios, 1) times the usual hazard."""
        ratio = log_ratio[..., None]
        observed, expected = self.observed[rows, days], self.expected[rows, days]
        steps = (observed * ratio + (1 - np.exp(ratio)) * expected) / self.dispersion[rows, days]
        return np.minimum(steps, self.largest_step[rows, days] * self.threshold[:, rows, days].min(axis=0))

    def _alarm(self, row: int, day: int, direction: int) -> None:
        settings = self.settings
        first = max(int(self.run_start[row]), day + 1 - settings.baseline_days)
        sign = 1 if direction == 0 else -1
        ratios = sign * np.log(np.array(settings.dated_ratios))[:, None]
        steps = self._increments(np.array([row]), slice(first, day + 1), ratios)[:, 0]
        change, low, high = (first + position for position in date_change(steps, settings.change_drop))
        own = self.cells.take(self.cells.stream == row)
        start = max(int(self.baseline_start[row]) * WEEK, change - settings.baseline_days)
        before = kaplan_meier(own, start, change - 1, settings.max_age_days)
        since_change = kaplan_meier(own, change, day, settings.max_age_days)
        weeks = (day + 1 - change) // WEEK
        # The last whole weeks hold each weekday alike; a shorter time is mended by the weekdays' readiness.
        after = (
            kaplan_meier(own, day + 1 - weeks * WEEK, day, settings.max_age_days)
            if weeks
            else kaplan_meier(own, change, day, settings.max_age_days, self.readiness[row, : day + 1])
        )
        self.alarms.append(
            Alarm(
                stream=row, direction=DIRECTIONS[direction], alarmed_on=day,
                change_on=change, change_low=low, change_high=high,
                before=before.median if before.median is not None else median_age(self.hazard[row]),
                before_low=before.median_low if before.median_low is not None else 0.0, before_high=before.median_high,
                after=after.median, after_low=after.median_low, after_high=after.median_high,
                log_evidence=float(self.statistic[direction, row, day]),
                events_after=since_change.paid, count_after=since_change.at_risk,
                expected_after=float(self.expected[row, change : day + 1].sum()),
            )
        )  # fmt: skip
        self.changed_on[row] = change
        self.resume_on[row] = day + settings.rebaseline_days
        # Weeks measured against a baseline that no longer held must not pass for irregular batches.
        self.usable_week[change // WEEK : day // WEEK + 1, row] = False


def _daily_totals(day: Integers, stream: Integers, count: Integers, days: int, streams: int) -> Integers:
    return np.bincount(day * streams + stream, count, days * streams).astype(np.int64).reshape(days, streams)
