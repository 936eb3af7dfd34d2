"""Payment delay on open claims: payments seen against payments expected, so a stall shows the day the money stays out.

Every open claim of age a adds its hazard of payment h(a), smoothed over seven ages, to the day's expected payments E,
whether or not it is paid; O are the payments seen. Per direction a CUSUM of the log-likelihood ratio of payment at r
times the usual hazard, r < 1 for slower, 1 / r for faster: S_t = max(0, S_{t-1} + i_t), where i_t = O_t log r +
(1 - r) E_t for Poisson counts (see the module negative_binomial for others). r = .6 lies between a median that goes
from 16 days to 20 and one that goes to 24. Baseline and rest after a crossing: see the module watch.

**Paydays.** What is expected is asked for on the next day on which the payer pays anything, so weekends, bank holidays
and weekly payment runs are no stall, nor is a run put off by some days. It is spread over the days by weekday or
evenly, whichever has fitted the stream better. No single payday carries an alarm alone: it adds at most `largest_day`
of the threshold, or `largest_run` where paydays are few.

**Silence.** A payer that pays nothing for longer than usual and a week is asked nonetheless, in full; after a day
longer than usual when it does deny claims, for then its files are there. Its usual silence is the longest but one of
the last half-year, as in the module known_outcomes.

**Threshold.** e^h' - h' - 1 = A k, with k the mean fall of i in a day without change and A days; this over k is the
mean time to a false alarm of the CUSUM watched without pause (Siegmund, Sequential Analysis, 1985). h = h' - the
standard deviation of i takes off the overshoot of a watch by paydays. `cusum.poisson_cusum_arl` gives the exact mean
time. phi that is never below 1, and a season that only excuses, make false alarms rarer than that: A is `KEPT` of the
days promised, as simulated.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from upstream.detection.detectors.common import Booleans, Floats, Integers, date_change
from upstream.detection.detectors.life_table import kaplan_meier, median_age, seen, smoothed_over_ages
from upstream.detection.detectors.negative_binomial import evidence_of
from upstream.detection.detectors.open_claims import StreamClaims
from upstream.detection.detectors.watch import (
    DIRECTIONS,
    WEEK,
    Crossing,
    OpenClaimsAlarm,
    Singles,
    Watch,
    WatchResult,
    WatchSettings,
)

KEPT = 0.8
# Payments a payday above which the threshold stays level, as the approximation ends there; and the least threshold.
LARGEST_ASKED, SMALLEST_THRESHOLD = 50.0, 3.0
# A payer's usual silence is told by so many days; days by which a file may come later than that.
USUAL_DAYS, LATE_FILE_DAYS = 180, 7
# So many paydays a week are few.
FEW_PAYDAYS = 2.5
EVENLY = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class DelaySettings(WatchSettings):
    """Settings of the payment-delay detector.

    hazard_ratio: the slow-down looked for (its reciprocal for faster payment); dated_ratios: those tried for the date.
    prior_payments: weight of the parent's weekday pattern. largest_day: the part of the threshold that one payday may
    add, lest it alarm alone; largest_run: the same of payers with few paydays a week.
    """

    share_worse: float = 0.9
    change_drop: float = 4.0
    hazard_ratio: float = 0.6
    dated_ratios: tuple[float, ...] = (0.3, 0.5, 0.7, 0.85)
    prior_payments: float = 20
    largest_run: float = 0.9


@dataclass(frozen=True)
class DelayResult(WatchResult):
    """asked: payments asked for; largest_step: the part of the threshold a day may add, infinite after long silence."""

    asked: Singles
    largest_step: Singles


@dataclass
class PaymentWatch(Watch):
    """The watch over payments. The two ways to reckon a day are by weekday, and evenly.

    weekday: (7, streams) readiness; due: (2, streams) expected and not asked for yet; asks: (streams,) days since
    Monday on which something was asked for; way: (streams,) whether evenly fits; of_payment, of_expected: (2,
    streams) evidence, worse and better; largest_step: (streams,) part of the threshold that a day may add. silences:
    (days, streams) days without payment that ended on each day of the last half-year.
    """

    ROWS = Watch.ROWS + 1 + 2 * WEEK

    settings: DelaySettings
    weekday: Floats = field(init=False)
    due: Floats = field(init=False)
    asks: Floats = field(init=False)
    way: Booleans = field(init=False)
    of_payment: Floats = field(init=False)
    of_expected: Floats = field(init=False)
    largest_step: Floats = field(init=False)
    last_payday: Integers = field(init=False)
    silences: Integers = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        streams = len(self.parent)
        self.asks = np.zeros(streams)
        self.weekday, self.way = np.ones((WEEK, streams)), np.zeros(streams, dtype=bool)
        self.due, self.of_payment, self.of_expected = np.zeros((3, 2, streams))
        self.largest_step, self.threshold = np.zeros(streams), np.full((2, streams), SMALLEST_THRESHOLD)
        self.last_payday, self.silences = np.full(streams, -1), np.zeros((USUAL_DAYS, streams), dtype=np.int16)

    def begin_week(self, week: int) -> None:
        super().begin_week(week)
        self.asks[:] = 0
        running_up = (self.statistic >= self.threshold / 2).any(axis=0)
        events, at_risk = (smoothed_over_ages(by_age) for by_age in self.baseline)
        self.estimate_hazards(events, at_risk, ~running_up & ~self.resting)
        self.estimate_season(week)
        self.estimate_phi()
        asks, *days = self.learned[Watch.ROWS :]
        events, expected = np.array(days).reshape(2, WEEK, -1)
        self._estimate_weekdays(events, expected)
        # Nobody tells Monday from Sunday by chance: evenly only where that fits clearly better.
        self.way = EVENLY * self.phi[1] < self.phi[0]
        self.fitting_phi = np.where(self.way, self.phi[1], self.phi[0])
        few = asks < FEW_PAYDAYS * self.learned[0]
        self.largest_step = np.where(few, self.settings.largest_run, self.settings.largest_day)
        self._set_thresholds(expected.sum(axis=0) / np.maximum(asks, 1), asks / np.maximum(self.learned[0] * WEEK, 1))
        # A stream of which not even half is ever paid has no median to speak of.
        waits_on = 1 - self.hazard
        half_paid = np.prod(np.maximum(waits_on, 0, out=waits_on), axis=0) <= 0.5
        self.ready = self.has_enough() & half_paid & (asks > 0)

    def lesson(self, week: int) -> Floats:
        slot = week % len(self.observed)
        return np.concatenate((super().lesson(week), self.asks[None], self.observed[slot], self.expected[slot]))

    def _estimate_weekdays(self, events: Floats, expected: Floats) -> None:
        payers, prior = self.levels[0], self.settings.prior_payments / WEEK

        def levelled(events: Floats, expected: Floats) -> Floats:
            return expected * (events.sum(axis=0) / np.maximum(expected.sum(axis=0), 1e-9))

        all_events, all_expected = (days[:, payers].sum(axis=1, keepdims=True) for days in (events, expected))
        organization = (all_events + prior) / (levelled(all_events, all_expected) + prior)
        self.weekday = self.shrunk(events, levelled(events, expected), prior, organization)

    def _set_thresholds(self, asked: Floats, asks_a_day: Floats) -> None:
        """asked: (streams,) payments expected of a payday; the equation of the module by Newton's method."""
        settings, asked = self.settings, np.clip(asked, 1e-6, LARGEST_ASKED)
        ratio = np.array([[settings.hazard_ratio], [1 / settings.hazard_ratio]])
        self.of_payment, self.of_expected = evidence_of(ratio, 1.0, self.fitting_phi)
        share = np.array([[settings.share_worse], [1 - settings.share_worse]])
        fall = -(self.of_payment + self.of_expected) * asked
        target = KEPT * settings.arl0_days / share * asks_a_day * fall
        h = np.log1p(target) + 1
        for _ in range(6):
            power = np.exp(h)
            h = h - (power - h - 1 - target) / (power - 1)
        self.threshold = np.maximum(h - np.abs(self.of_payment) * np.sqrt(asked * self.fitting_phi), SMALLEST_THRESHOLD)

    def step(self, day: int, arrived: Floats, at_risk: Singles, payments: Floats, answered: Booleans) -> None:
        """One day; at_risk: (ages, streams) open claims, of the ages that any can have reached; answered: whether any
        were paid or denied; the others (streams,)."""
        self.begin_day(day, arrived)
        week, weekday = divmod(day, WEEK)
        expected = np.einsum("as,as->s", at_risk, self.hazard[: len(at_risk)]).astype(np.float64)
        self.waiting[week % len(self.waiting), 1, : len(at_risk)] += at_risk
        self.due[0] += expected * self.weekday[weekday]
        self.due[1] += expected
        asking, silent = self._asking(day, payments > 0, answered)
        asked = self.due * asking
        self.due -= asked
        self.asks += asking
        self.take(day, payments, expected, asked, payments)
        asked = np.where(self.way, asked[1], asked[0])
        largest_step = np.where(silent, np.inf, self.largest_step)
        season = np.exp([[min(self.season, 0.0)], [max(self.season, 0.0)]])
        steps = self.of_expected * asked
        steps *= season
        steps += self.of_payment * payments
        np.minimum(steps, largest_step * self.threshold, out=steps)
        self.statistic += steps
        np.maximum(self.statistic, 0, out=self.statistic)
        self.statistic *= self.watched.astype(np.float64)
        self.today = {
            "observed": payments, "expected": np.where(self.way, expected, expected * self.weekday[weekday]),
            "asked": asked, "largest_step": largest_step, "phi": self.fitting_phi,
        }  # fmt: skip

    def _asking(self, day: int, paid: Booleans, answered: Booleans) -> tuple[Booleans, Booleans]:
        """Of which streams what is due is asked for today, and of which because their payer is silent for too long."""
        payday, since = paid[self.payer], day - self.last_payday
        self.silences[day % USUAL_DAYS] = np.where(payday & (self.last_payday >= 0), since - 1, 0)
        excused = np.where(answered[self.payer], 1, LATE_FILE_DAYS)
        silent = ~payday & (since > excused)
        (rows,) = silent.nonzero()
        if rows.size:
            # Longer than the usual silence, the longest but one, is what but one at most was as long as.
            beyond = (since[rows] - excused[rows]).astype(self.silences.dtype)
            as_long = self.silences.take(rows, axis=1) >= beyond
            silent[rows] = as_long.sum(axis=0, dtype=np.uint8) < 2
        np.copyto(self.last_payday, day, where=payday)
        return payday | silent, silent

    def cross(self, day: int) -> None:
        crossed = self.watched & (self.statistic >= self.threshold).any(axis=0)
        for stream in crossed.nonzero()[0].tolist():
            over = self.statistic[:, stream] - self.threshold[:, stream]
            self._cross(stream, day, int(over.argmax()))

    def _cross(self, stream: int, day: int, direction: int) -> None:
        days, observed, expected = self.watched_days(stream, day)
        if not self.way[stream]:
            expected = expected * self.weekday[days % WEEK, stream]
        phi = float(self.fitting_phi[stream])
        ratios = np.array(self.settings.dated_ratios)[:, None] ** (1, -1)[direction]
        of_payment, of_expected = evidence_of(ratios, 1.0, phi)
        most = self.largest_step[stream] * self.threshold[direction, stream]
        steps = np.minimum(of_payment * observed + of_expected * expected, most)
        change, low, high = date_change(steps, self.settings.change_drop)
        self.rest(
            Crossing(
                stream=stream, direction=DIRECTIONS[direction], crossed_on=day,
                change_on=int(days[change]), change_low=int(days[low]), change_high=int(days[high]),
                baseline_from=int(self.baseline_from[stream]),
                log_evidence=float(self.statistic[direction, stream]),
                expected_after=float(expected[change:].sum()), hazard=self.hazard[:, stream].astype(np.float64),
                weekday=self.weekday[:, stream].copy(), phi=phi,
            )
        )  # fmt: skip
        self.statistic[:, stream] = 0


def delay_alarm(crossing: Crossing, claims: StreamClaims, settings: DelaySettings) -> OpenClaimsAlarm:
    """The alarm of `crossing` with the days to payment before and after; claims: those of its stream."""
    change, last = crossing.change_on, crossing.crossed_on
    start = max(crossing.baseline_from, change - settings.baseline_days)
    before = kaplan_meier(claims, start, change - 1)
    paid, at_risk = seen(claims, change, last)
    weeks = (last + 1 - change) // WEEK
    # The last whole weeks hold each weekday alike; a shorter time is mended by the weekdays' readiness.
    after = (
        kaplan_meier(claims, last + 1 - weeks * WEEK, last)
        if weeks
        else kaplan_meier(claims, change, last, crossing.weekday)
    )
    return OpenClaimsAlarm(
        stream=crossing.stream, direction=crossing.direction, crossed_on=last, alarmed_on=crossing.alarmed_on,
        change_on=change, change_low=crossing.change_low, change_high=crossing.change_high,
        before=before.median if before.median is not None else median_age(crossing.hazard),
        before_low=before.median_low if before.median_low is not None else 0.0, before_high=before.median_high,
        after=after.median, after_low=after.median_low, after_high=after.median_high,
        log_evidence=crossing.log_evidence,
        events_after=paid, count_after=at_risk, expected_after=crossing.expected_after,
    )  # fmt: skip
