"""Denial rate by decision date: a mixture of Shiryaev–Roberts statistics over odds ratios against a trailing baseline.

For every stream and direction R_t = (1 + R_{t-1}) exp(l_t / phi_t), averaged over the odds ratios. l_t is the day's
binomial log-likelihood ratio of the changed rate against the null: the baseline moved by `null_odds`, so that a drift
within that band is no change. phi_t = 1 + (n_t - 1) rho allows for payers that decide in batches. From R_0 = 0,
R_t - t is a supermartingale while the rate stays inside the band, so an alarm at R_t >= arl0_days keeps the mean time
to a false alarm at arl0_days or more for a known baseline (Shin, Ramdas & Rinaldo, arXiv 2203.03532). The band's slack
pays for the errors of an estimated one.

Baseline: denied / decided over the trailing year up to `gap_days` ago, shrunk to the parent stream, the parent to the
organization. While evidence of a change is running up (the largest R at or above `freeze_odds`) the baseline takes in
no further days, until those it leaves out are more than `longest_gap_days`. After an alarm the stream rests, with its
old baseline, until `rebaseline_days` have passed and a baseline of the days from the change date on would hold
`minimum_decided` claims; then that one takes its place and both directions start anew.

rho: the variance of daily denials beyond the binomial's, per pair of claims decided on one day, over the baseline's
year; shrunk to the parent's. Season: see the module season.
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
    share,
)
from upstream.detection.detectors.season import WINDOW_DAYS, common_offset

DIRECTIONS: tuple[Direction, Direction] = ("worse", "better")


@dataclass(frozen=True, slots=True)
class DenialSettings:
    """Settings of the denial-rate detector; days, claims and odds ratios.

    arl0_days: promised mean days of watching one unchanged stream until a false alarm.
    odds: odds ratios looked for (their reciprocals for improvements); null_odds: changes too small to matter.
    minimum_decided claims within watch_days make a stream watched; prior_claims: weight of the parent's rate.
    common_odds: the most that movement common to all payers excuses; 1 excuses none.
    freeze_odds, longest_gap_days: when the baseline stops taking in days, and when it must go on.
    change_drop: fall of the log-likelihood that bounds the interval of the change date.
    """

    arl0_days: float = 3650
    odds: tuple[float, ...] = (1.3, 1.6, 2.0, 3.0, 5.0)
    null_odds: float = 1.10
    baseline_days: int = 365
    gap_days: int = 7
    warmup_days: int = 90
    watch_days: int = 180
    minimum_decided: int = 30
    prior_claims: float = 10
    common_odds: float = 1.35
    freeze_odds: float = 60
    longest_gap_days: int = 60
    rebaseline_days: int = 28
    change_drop: float = 3.0


@dataclass(frozen=True, slots=True)
class DenialResult:
    """Day by day, all (streams, days): see the module for the terms.

    baseline: expected denial rate; dispersion: rho; statistic_worse, statistic_better: log R, 0 where R < 1 or the
    stream is not watched; watched: whether it is. season: (days,) log-odds offset common to the payers.
    threshold: log(arl0_days), the same for all.
    """

    baseline: Floats
    dispersion: Floats
    season: Floats
    statistic_worse: Floats
    statistic_better: Floats
    watched: Booleans
    threshold: float
    alarms: list[Alarm]


def detect_denial_rate(
    decided: Integers, denied: Integers, parent: Integers, settings: DenialSettings | None = None
) -> DenialResult:
    """Watch the denial rates of all streams over all days.

    decided, denied: (streams, days) claims decided, and among them denied, on each day. parent: (streams,) row of the
    stream each is shrunk to; -1 for a payer's own row, which is shrunk to the sum of all such rows.
    Raises ValueError for shapes that do not fit, negative counts, or more denied than decided.
    """
    return _DenialRun(decided, denied, parent, settings or DenialSettings()).run()


class _DenialRun:
    """The state that walks over the days: one row per stream."""

    def __init__(self, decided: Integers, denied: Integers, parent: Integers, settings: DenialSettings) -> None:
        self.n, self.x, self.parent = (np.asarray(a, dtype=np.int64) for a in (decided, denied, parent))
        if self.n.ndim != 2 or self.n.shape != self.x.shape or self.parent.shape != self.n.shape[:1]:
            raise ValueError(
                f"decided and denied must both be streams x days and parent one row per stream; "
                f"got {self.n.shape}, {self.x.shape} and {self.parent.shape}"
            )
        if np.any((self.x < 0) | (self.x > self.n)):
            stream, day = np.argwhere((self.x < 0) | (self.x > self.n))[0]
            raise ValueError(f"denied must lie between 0 and decided; stream {stream}, day {day} does not")
        self.settings = settings
        self.levels = parents_first(self.parent)
        self.streams, self.days = self.n.shape
        self.rows = np.arange(self.streams)
        self.n_sum, self.x_sum = _running_sums(self.n), _running_sums(self.x)
        top = self.levels[0]
        self.organization_sums = self.n_sum[top].sum(axis=0), self.x_sum[top].sum(axis=0)
        self.season = np.zeros(self.days)
        self.expected_sum = np.zeros((len(top), self.days + 1))
        self.first_day = np.argmax(np.c_[self.n > 0, np.full(self.streams, True)], axis=1)
        self.log_odds = np.log(np.array([settings.odds, [1 / o for o in settings.odds]]))
        self.log_null = math.log(settings.null_odds) * np.array([1.0, -1.0])
        self.baseline_start = np.zeros(self.streams, dtype=np.int64)
        self.baseline_end = np.zeros(self.streams, dtype=np.int64)
        self.warm_on = self.first_day + settings.warmup_days
        # Of streams that have alarmed and wait for a baseline of days since the change: when, and since which day.
        self.resume_on = np.zeros(self.streams, dtype=np.int64)
        self.changed_on = np.full(self.streams, NOT_WAITING)
        self.run_start = np.zeros(self.streams, dtype=np.int64)
        shape = (self.streams, self.days)
        self.baseline, self.dispersion = np.full(shape, np.nan), np.zeros(shape)
        self.statistic = np.zeros((2, *shape))
        self.watched = np.zeros(shape, dtype=bool)
        # Running sums of squared residuals in excess of the binomial's, and of the pairs of claims they stem from.
        self.excess_sum, self.pairs_sum = (
            np.zeros((self.streams, self.days + 1)),
            np.zeros((self.streams, self.days + 1)),
        )
        self.log_r = np.full((2, len(settings.odds), self.streams), -np.inf)
        self.alarms: list[Alarm] = []

    def run(self) -> DenialResult:
        threshold = math.log(self.settings.arl0_days)
        previously_watched = np.zeros(self.streams, dtype=bool)
        for day in range(self.days):
            self._set_baseline(day)
            self._set_season(day)
            watched = self._is_watched(day)
            self.run_start[watched & ~previously_watched] = day
            previously_watched = watched
            self.watched[:, day] = watched
            steps = self._log_likelihood_ratios(self.rows, slice(day, day + 1))[..., 0]
            self.log_r = np.where(watched, _log_of_one_more(self.log_r) + steps, -np.inf)
            mixture = _log_mean(self.log_r)
            self.statistic[:, :, day] = np.maximum(mixture, 0)
            for row in np.flatnonzero((mixture >= threshold).any(axis=0)):
                self._alarm(int(row), day, int(mixture[:, row].argmax()))
                previously_watched[row] = False
        return DenialResult(
            baseline=self.baseline, dispersion=self.dispersion, season=self.season,
            statistic_worse=self.statistic[0], statistic_better=self.statistic[1],
            watched=self.watched, threshold=threshold, alarms=self.alarms,
        )  # fmt: skip

    def _set_baseline(self, day: int) -> None:
        """Baseline rate and rho of `day`, and what the day itself adds to later estimates of rho."""
        settings = self.settings
        end = max(0, day - settings.gap_days + 1)
        since_change = self.n_sum[:, end] - self.n_sum[self.rows, np.minimum(np.maximum(self.changed_on, 0), end)]
        renewed = self._waiting() & (day >= self.resume_on) & (since_change >= settings.minimum_decided)
        self.baseline_start[renewed] = self.changed_on[renewed]
        self.changed_on[renewed] = NOT_WAITING
        elevated = self.log_r.max(axis=(0, 1)) >= math.log(settings.freeze_odds)
        self.baseline_end[~(elevated | self._waiting())] = end
        thawed = ~self._waiting() & (self.baseline_end < day + 1 - settings.longest_gap_days)
        self.baseline_end[thawed] = max(0, day + 1 - settings.longest_gap_days)
        start = np.maximum(self.baseline_start, self.baseline_end - settings.baseline_days)
        n = self.n_sum[self.rows, self.baseline_end] - self.n_sum[self.rows, start]
        x = self.x_sum[self.rows, self.baseline_end] - self.x_sum[self.rows, start]
        organization_n, organization_x = (
            s[end] - s[max(0, end - settings.baseline_days)] for s in self.organization_sums
        )
        rate = np.full(self.streams, (organization_x + 0.5) / (organization_n + 1))
        for level in self.levels:
            prior = np.where(self.parent[level] < 0, rate[level], rate[self.parent[level]])
            rate[level] = (x[level] + settings.prior_claims * prior) / (n[level] + settings.prior_claims)
        self.baseline[:, day] = rate
        self.baseline_count = n

        window = max(0, end - settings.baseline_days)
        excess = self.excess_sum[:, end] - self.excess_sum[:, window]
        pairs = self.pairs_sum[:, end] - self.pairs_sum[:, window]
        rho = np.zeros(self.streams)
        for level in self.levels:
            prior = np.where(self.parent[level] < 0, 0.0, rho[self.parent[level]])
            rho[level] = np.clip((excess[level] + _PRIOR_PAIRS * prior) / (pairs[level] + _PRIOR_PAIRS), 0, 1)
        self.dispersion[:, day] = rho
        today_n, today_x = self.n[:, day], self.x[:, day]
        counts = (day >= self.first_day + settings.gap_days) & ~self._waiting()
        squared = (today_x - today_n * rate) ** 2 / (rate * (1 - rate))
        self.excess_sum[:, day + 1] = self.excess_sum[:, day] + np.where(counts, squared - today_n, 0)
        self.pairs_sum[:, day + 1] = self.pairs_sum[:, day] + np.where(counts, today_n * (today_n - 1), 0)

    def _set_season(self, day: int) -> None:
        """Movement common to the payers over the last weeks, of those with a baseline and no change of their own."""
        top = self.levels[0]
        self.expected_sum[:, day + 1] = self.expected_sum[:, day] + self.n[top, day] * self.baseline[top, day]
        start = max(0, day + 1 - WINDOW_DAYS)
        decided, denied = (sums[top, day + 1] - sums[top, start] for sums in (self.n_sum, self.x_sum))
        known = (start >= self.first_day[top] + self.settings.gap_days + WINDOW_DAYS) & ~self._waiting()[top]
        expected = self.expected_sum[:, day + 1] - self.expected_sum[:, start]
        yesterday = float(self.season[day - 1]) if day else 0.0
        largest = math.log(self.settings.common_odds)
        self.season[day] = common_offset(np.where(known, decided, 0), denied, expected, yesterday, largest)

    def _waiting(self) -> Booleans:
        return self.changed_on != NOT_WAITING

    def _is_watched(self, day: int) -> Booleans:
        recent = self.n_sum[:, day + 1] - self.n_sum[:, max(0, day + 1 - self.settings.watch_days)]
        enough = self.settings.minimum_decided
        return (recent >= enough) & (self.baseline_count >= enough) & (day >= self.warm_on) & ~self._waiting()

    def _log_likelihood_ratios(self, rows: Integers, days: slice) -> Floats:
        """(2, odds, rows, days): log-likelihood ratios of changed against null, divided by the over-dispersion."""
        n, x = self.n[rows, days], self.x[rows, days]
        rate = self.baseline[rows, days]
        season = self.season[days]
        ratios = np.empty((2, self.log_odds.shape[1], *n.shape))
        # What moves at all payers may excuse a rate, never accuse one.
        for direction, offset in enumerate((np.maximum(season, 0), np.minimum(season, 0))):
            odds = rate / (1 - rate) * np.exp(offset)
            null = np.log1p(odds * math.exp(self.log_null[direction]))
            for which, log_odds in enumerate(self.log_odds[direction]):
                changed = np.log1p(odds * math.exp(log_odds))
                ratios[direction, which] = x * (log_odds - self.log_null[direction]) - n * (changed - null)
        return ratios / (1 + np.maximum(n - 1, 0) * self.dispersion[rows, days])

    def _alarm(self, row: int, day: int, direction: int) -> None:
        settings = self.settings
        first = max(int(self.run_start[row]), day + 1 - settings.baseline_days)
        days = slice(first, day + 1)
        likelihoods = self._log_likelihood_ratios(np.array([row]), days)[direction, :, 0]
        change, low, high = (first + position for position in date_change(likelihoods, settings.change_drop))
        start = max(int(self.baseline_start[row]), change - settings.baseline_days)
        before = share(*(int(s[row, change] - s[row, start]) for s in (self.x_sum, self.n_sum)))
        after = share(*(int(s[row, day + 1] - s[row, change]) for s in (self.x_sum, self.n_sum)))
        expected = float(self.n[row, change : day + 1] @ self.baseline[row, change : day + 1])
        self.alarms.append(
            Alarm(
                stream=row, direction=DIRECTIONS[direction], alarmed_on=day,
                change_on=change, change_low=low, change_high=high,
                before=before.rate if before.rate is not None else float(self.baseline[row, change]),
                before_low=before.low, before_high=before.high,
                after=after.rate, after_low=after.low, after_high=after.high,
                log_evidence=float(self.statistic[direction, row, day]),
                events_after=after.events, count_after=after.count, expected_after=expected,
            )
        )  # fmt: skip
        self.changed_on[row] = change
        self.resume_on[row] = day + settings.rebaseline_days
        self.log_r[:, :, row] = -np.inf
        # The changed days were measured against the old baseline: they must not pass for over-dispersion.
        self.excess_sum[row, change + 1 : day + 2] = self.excess_sum[row, change]
        self.pairs_sum[row, change + 1 : day + 2] = self.pairs_sum[row, change]


NOT_WAITING = -1
# Weight, in pairs of claims, of the parent's rho (0 for payers): about a month of ten claims a day.
_PRIOR_PAIRS = 2000.0


def _running_sums(counts: Integers) -> Integers:
    return np.concatenate((np.zeros((len(counts), 1), dtype=np.int64), counts.cumsum(axis=1)), axis=1)


def _log_of_one_more(log_r: Floats) -> Floats:
    """log(1 + exp(log_r)); numpy's logaddexp says the same, several times slower."""
    return np.maximum(log_r, 0) + np.log1p(np.exp(-np.abs(log_r)))


def _log_mean(log_r: Floats) -> Floats:
    """log of the mean of exp(log_r) over the odds ratios: (2, odds, streams) -> (2, streams)."""
    highest = np.maximum(log_r.max(axis=1), -700)
    return highest + np.log(np.exp(log_r - highest[:, None]).mean(axis=1) + 1e-300)
