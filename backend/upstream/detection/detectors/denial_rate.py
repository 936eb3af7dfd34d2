"""Denial rate by decision date: a mixture of Shiryaev–Roberts statistics over odds ratios against a trailing baseline.

For every stream and direction R_t = (1 + R_{t-1}) exp(l_t / phi_t), averaged over the odds ratios. l_t is the day's
binomial log-likelihood ratio of the changed rate against the null: the baseline moved by `null_odds`, so that a drift
within that band is no change. phi_t = 1 + (n_t - 1) rho allows for payers that decide in batches. From R_0 = 0,
R_t - t is a supermartingale while the rate stays inside the band, so an alarm at R_t >= A keeps the mean time to a
false alarm at A days or more for a known baseline (Shin, Ramdas & Rinaldo, arXiv 2203.03532).

Threshold. The two directions share the promise of one false alarm in `arl0_days`: `share_worse` of them may be
'worse', so that A = arl0_days / share_worse. An alarm overshoots A, the more the more a day can tell, and the band is
slack for most streams; against this stand the errors of an estimated baseline, most of all of thin streams and young
baselines. The threshold makes up for both, and for the evidence that a common offset excuses by its error alone: log A
+ caution - SLACK - EVENNESS log(1 + information / SMALL_INFORMATION) - EXCUSED error + YOUTH (1 - baseline /
YOUNG_DAYS) + FEW_PAYERS (payers^-1/2 - ENOUGH_PAYERS^-1/2), the last two not below 0, with information = usual claims
a day x rate x (1 - rate), and payers those that tell a season: of fewer it cannot be told well. With it `python -m
benchmarks.detection` measures about the promised rate over all volumes.

Baseline: denied / decided over the trailing year up to `gap_days` ago, shrunk to the parent stream, the parent to its
pool (all payers of the organization; for denial categories, the category at all payers). Which days it holds: see the
module baseline. rho: the variance of daily denials beyond the binomial's, per pair of claims decided on one day, over
the trailing year; shrunk to the parent's, and to the pool's; `dispersion_margin` allows for its error and for the long
upper tail of batches. Season: see the module season.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from upstream.detection.detectors.baseline import Pooling
from upstream.detection.detectors.common import (
    Alarm,
    Booleans,
    Direction,
    Floats,
    Integers,
    Numbers,
    date_change,
    share,
)
from upstream.detection.detectors.day_walk import DayWalk, add_up, with_room
from upstream.detection.detectors.season import WINDOW_DAYS, common_offsets

DIRECTIONS: tuple[Direction, Direction] = ("worse", "better")
# Natural logarithms, of the threshold; see the module. SLACK is what the usual band leaves; a narrower one leaves less.
SLACK, EVENNESS, SMALL_INFORMATION = 0.33, 0.39, 0.2
SLACK_WITHOUT_BAND, SLACK_PER_BAND = -0.22, 11.3
EXCUSED = 4.0
# A season is told from several payers; so many are enough, and one alone tells as little as two.
FEW_PAYERS, ENOUGH_PAYERS, FEWEST_PAYERS = 4.2, 7, 2
# What is looked for lies at least so far beyond the band, in log-odds.
BEYOND_BAND = 0.2
YOUTH, YOUNG_DAYS = 1.0, 180
# Evidence of one day, as a logarithm, far beyond any alarm's and far from what a float cannot hold.
LARGEST_STEP = 600.0
# Weight, in pairs of claims decided on one day, of the parent's rho, and of none for the pool's.
PRIOR_PAIRS, PRIOR_PAIRS_OF_POOL = 10_000.0, 8_000.0


@dataclass(frozen=True, slots=True)
class DenialSettings:
    """Settings of the denial-rate detector; days, claims and odds ratios.

    arl0_days: promised mean days of watching one unchanged stream until a false alarm; share_worse: of those 'worse'.
    caution: added to the logarithmic threshold, for events so rare that a baseline knows too few of them. odds: odds
    ratios looked for (their reciprocals for improvements) with their weights; null_odds: changes too small to matter.
    minimum_decided claims within watch_days make a stream watched; prior_claims: weight of the parent's rate.
    common_odds: the most that movement common to all payers excuses; 1 excuses none. freeze_odds, longest_gap_days:
    when the baseline stops taking in days, and when it must go on. change_drop: fall of the log-likelihood that bounds
    the interval of the change date.
    """

    arl0_days: float = 3650
    share_worse: float = 0.95
    caution: float = 0.0
    odds: tuple[float, ...] = (1.4, 1.8, 2.5, 5.0)
    weights: tuple[float, ...] = (0.55, 0.27, 0.13, 0.05)
    null_odds: float = 1.05
    baseline_days: int = 365
    gap_days: int = 14
    warmup_days: int = 90
    watch_days: int = 180
    minimum_decided: int = 30
    prior_claims: float = 30
    dispersion_margin: float = 1.5
    common_odds: float = 1.35
    freeze_odds: float = 30
    longest_gap_days: int = 60
    rebaseline_days: int = 56
    change_drop: float = 3.0


@dataclass(frozen=True, slots=True)
class DenialResult:
    """Day by day, all (streams, days): see the module for the terms.

    baseline: expected denial rate; dispersion: rho; season: log-odds offset common to the payers; statistic_worse,
    statistic_better: log R, 0 where R < 1 or the stream is not watched; threshold_worse, threshold_better: where they
    alarm; watched: whether the stream is.
    """

    baseline: Floats
    dispersion: Floats
    season: Floats
    statistic_worse: Floats
    statistic_better: Floats
    threshold_worse: Floats
    threshold_better: Floats
    watched: Booleans
    alarms: list[Alarm]


def detect_denial_rate(
    decided: Integers,
    denied: Integers,
    parent: Integers,
    settings: DenialSettings | None = None,
    pool: Integers | None = None,
) -> DenialResult:
    """Watch the denial rates of all streams over all days.

    decided, denied: (streams, days) claims decided, and among them denied, on each day. parent: (streams,) row of the
    stream each is shrunk to, -1 for none. pool: (streams,) which of the streams without a parent are alike: they are
    shrunk to their sum and share a season; all of them without it (a stream with a parent has its parent's).
    Raises ValueError for shapes that do not fit, negative counts, or more denied than decided.
    """
    walk = DenialWalk(parent, settings or DenialSettings(), pool)
    walk.advance(decided, denied)
    return walk.result


def log_likelihood_ratios(
    decided: Numbers, denied: Numbers, baseline: Floats, dispersion: Floats, season: Floats, settings: DenialSettings
) -> Floats:
    """(2, odds, ...): of changed rates against the null, divided by the over-dispersion; 'worse' first.

    The arguments are of one shape, as in DenialResult; the formula is the module's.
    """
    of_null, of_changed, told = (values.reshape(*values.shape, *[1] * decided.ndim) for values in _odds_of(settings))
    # What moves at all payers may excuse a rate, never accuse one.
    common = np.exp(season)
    usual = np.empty((2, 1, *common.shape))
    np.maximum(common, 1, out=usual[0, 0])
    np.minimum(common, 1, out=usual[1, 0])
    usual *= baseline / (1 - baseline)
    inflation = 1 + np.maximum(decided - 1, 0) * (dispersion * settings.dispersion_margin)
    # denied x log(odds changed / odds null) - decided x log((1 + odds changed) / (1 + odds null))
    ratios: Floats = usual * of_changed
    ratios += 1
    np.log(ratios, out=ratios)
    ratios -= np.log(1 + usual * of_null)
    ratios *= -decided / inflation
    ratios += told * (denied / inflation)
    return ratios


@cache
def _odds_of(settings: DenialSettings) -> tuple[Floats, Floats, Floats]:
    """(2, 1) and (2, odds): factors of null and changed on the baseline's odds, and what a denial tells by them.

    'Worse' first.
    """
    null = math.log(settings.null_odds)
    changed = [max(math.log(ratio), null + BEYOND_BAND) for ratio in settings.odds]
    sign = np.array([[1.0], [-1.0]])
    return np.exp(sign * null), np.exp(sign * changed), sign * changed - sign * null


def statistic_over(ratios: Floats, settings: DenialSettings, log_r: Floats) -> tuple[Floats, Floats]:
    """The statistic of one stream and direction day by day, from (odds, days) log-likelihood ratios.

    log_r: (odds,) log R before the first day, -inf where the stream was not watched. Returns (days,) the statistic and
    (odds, days) log R after each day.
    """
    over = np.empty_like(ratios)
    for day in range(ratios.shape[1]):
        log_r = over[:, day] = _log_of_one_more(log_r) + ratios[:, day]
    return np.maximum(_mixed(over[None], settings)[0], 0), over


class DenialWalk(DayWalk):
    """The walk over the days; see DayWalk. parent, pool: as in detect_denial_rate.

    sums: (6, days + 1, streams) running sums of squared residuals in excess of the binomial's, of the pairs of claims
    they stem from, of claims decided and denied, of events expected and of their variance. ratio: (2, odds, streams) R
    of the day before; common: (pools,) its season. needed: (2, 1) what all thresholds have in common.
    """

    DAYS = ("baseline", "dispersion", "season", "statistic", "threshold", "watched")
    LATEST, OF_SEASON = ("excess", "pairs"), ("expected", "variance")
    STATE = ("run_start", "watching", "ratio", "common")

    def __init__(self, parent: Integers, settings: DenialSettings, pool: Integers | None = None) -> None:
        super().__init__(len(parent), settings)
        self.settings, self.pooling = settings, Pooling(parent, pool)
        shape = (0, self.streams)
        self.baseline, self.dispersion, self.season = np.zeros((3, *shape))
        self.statistic, self.threshold = np.zeros((2, 2, *shape))
        self.watched, self.watching = np.zeros(shape, dtype=bool), np.zeros(self.streams, dtype=bool)
        self.sums = np.zeros((6, 1, self.streams))
        self.baseline_count = np.zeros(self.streams)
        self.common, self.common_error, self.unexcused = np.zeros((3, self.pooling.pools))
        self.ratio = np.zeros((2, len(settings.odds), self.streams))
        self.weights = np.array(settings.weights) / sum(settings.weights)
        shares = np.array([[settings.share_worse], [1 - settings.share_worse]])
        slack = min(SLACK, SLACK_WITHOUT_BAND + SLACK_PER_BAND * math.log(settings.null_odds))
        self.needed = np.log(settings.arl0_days / shares) + settings.caution - slack

    def advance(self, decided: Integers, denied: Integers) -> None:
        """Walk on to the last day of `decided` and `denied`, (streams, days) from the first day on, as they stand.

        Raises ValueError for what cannot be, as detect_denial_rate tells.
        """
        _check(decided, denied, self.pooling.parent)
        # Whole numbers, as floats: numpy is slow to mix the two.
        self.n, self.x = (np.ascontiguousarray(np.asarray(a).T, dtype=np.float64) for a in (decided, denied))
        first_day = np.argmax(np.vstack((self.n > 0, np.full(self.streams, True))), axis=0)
        self.known_on, self.warm_on = first_day + self.settings.gap_days, first_day + self.settings.warmup_days
        self._make_room(len(self.n))
        for counts, sums in zip((self.n, self.x), self.of_baseline, strict=True):
            add_up(counts, sums)
        for day in range(self.day, len(self.n)):
            self._step(day)
        self.day = len(self.n)

    @property
    def result(self) -> DenialResult:
        return DenialResult(
            baseline=self.baseline.T, dispersion=self.dispersion.T, season=self.season.T,
            statistic_worse=self.statistic[0].T, statistic_better=self.statistic[1].T,
            threshold_worse=self.threshold[0].T, threshold_better=self.threshold[1].T,
            watched=self.watched.T, alarms=self.alarms,
        )  # fmt: skip

    def _make_room(self, days: int) -> None:
        for name in self.DAYS:
            setattr(self, name, with_room(getattr(self, name), days))
        self.sums = with_room(self.sums, days + 1)
        self.of_baseline, self.of_season = self.sums[2:4], self.sums[2:]
        self.excess, self.pairs, self.decided_before, _, self.expected, self.variance = self.sums

    def _step(self, day: int) -> None:
        self._set_expected(day)
        self._add(day)
        self._set_season(day)
        watched = self.watched[day] = self._is_watched(day)
        self.run_start[watched & ~self.watching] = day
        self.watching = watched
        threshold = self.threshold[:, day] = self._thresholds(day)
        if not watched.any():
            self.ratio[:] = 0
            return
        self._set_statistic(day, watched)
        over = self.statistic[:, day] - threshold
        for row in (watched & (over >= 0).any(axis=0)).nonzero()[0].tolist():
            self._alarm(row, day, int(over[:, row].argmax()))

    def _set_expected(self, day: int) -> None:
        """Baseline and rho of `day`, from the days before it."""
        settings, shrunk = self.settings, self.pooling.shrunk
        self.windows.move(day, self.ratio.max(axis=(0, 1)) >= settings.freeze_odds, self.decided_before)
        end = self.windows.latest_end(day)
        of_year = self.sums[:4, end] - self.sums[:4, max(0, end - settings.baseline_days)]
        excess, pairs, decided, denied = self.pooling.by_pool(of_year).sum(axis=-1)
        self.baseline_count, x = self.windows.total(self.of_baseline)
        of_pool = (denied + 0.5) / (decided + 1)
        self.baseline[day] = shrunk(x, self.baseline_count, of_pool, settings.prior_claims)
        of_pool = np.maximum(excess / (pairs + PRIOR_PAIRS_OF_POOL), 0)
        rho = shrunk(of_year[0], of_year[1], of_pool, PRIOR_PAIRS)
        np.maximum(np.minimum(rho, 1), 0, out=self.dispersion[day])

    def _add(self, day: int) -> None:
        """Add what the day tells to the running sums; of over-dispersion, by the rate that season lets expect."""
        n, rate = self.n[day], self.baseline[day]
        odds = rate / (1 - rate) * self.pooling.of_streams(np.exp(self.common))
        # (x - n p)^2 / (p (1 - p)), p being the rate of these odds.
        squared = self.x[day] * (1 + odds) - n * odds
        squared *= squared
        squared /= odds
        tells = ((day >= self.known_on) & ~self.windows.resting).astype(np.float64)
        others, expected = np.maximum(n - 1, 0), n * rate
        variance = expected * (1 - rate) * (1 + others * self.dispersion[day])
        np.add(self.excess[day], (squared - n) * tells, out=self.excess[day + 1])
        np.add(self.pairs[day], n * others * tells, out=self.pairs[day + 1])
        np.add(self.expected[day], expected, out=self.expected[day + 1])
        np.add(self.variance[day], variance, out=self.variance[day + 1])

    def _set_season(self, day: int) -> None:
        """Movement common to the payers over the last weeks, of those with a baseline and no change of their own."""
        first = max(0, day + 1 - WINDOW_DAYS)
        known = (first - WINDOW_DAYS >= self.known_on) & ~self.windows.resting
        of_weeks = self.of_season[:, day + 1] - self.of_season[:, first]
        of_weeks *= known.astype(np.float64)
        of_weeks = self.pooling.by_pool(of_weeks)
        largest = math.log(self.settings.common_odds)
        self.common, self.common_error = common_offsets(*of_weeks, largest=largest)
        self.season[day] = self.pooling.of_streams(self.common)
        if largest > 0:
            telling = (of_weeks[2] > 0).sum(axis=1)
            telling = np.minimum(np.maximum(telling, FEWEST_PAYERS), ENOUGH_PAYERS)
            self.unexcused = 1 / np.sqrt(telling) - 1 / math.sqrt(ENOUGH_PAYERS)

    def _is_watched(self, day: int) -> Booleans:
        settings = self.settings
        recent = self.decided_before[day + 1] - self.decided_before[max(0, day + 1 - settings.watch_days)]
        enough = np.minimum(recent, self.baseline_count) >= settings.minimum_decided
        return enough & (day >= self.warm_on) & ~self.windows.resting

    def _set_statistic(self, day: int, watched: Booleans) -> None:
        """R of `day` and its logarithm; R itself is what the walk goes on with, for that takes fewest logarithms."""
        steps = self._log_likelihood_ratios(slice(day, day + 1), slice(None))[:, :, 0]
        log_r = None
        if steps.max() > LARGEST_STEP:
            log_r = np.log1p(self.ratio) + steps
            np.minimum(steps, LARGEST_STEP, out=steps)
        self.ratio += 1
        self.ratio *= np.exp(steps, out=steps)
        self.ratio *= watched.astype(np.float64)
        statistic = np.log(np.maximum(self.weights @ self.ratio, 1))
        # No float holds R after so much evidence. Its logarithm alarms, and the stream begins anew.
        self.statistic[:, day] = statistic if log_r is None else np.maximum(_mixed(log_r, self.settings), 0) * watched

    def _log_likelihood_ratios(self, days: slice, rows: slice | int) -> Floats:
        return log_likelihood_ratios(
            self.n[days, rows], self.x[days, rows],
            self.baseline[days, rows], self.dispersion[days, rows], self.season[days, rows], self.settings,
        )  # fmt: skip

    def _thresholds(self, day: int) -> Floats:
        """(2, streams): see the module."""
        rate = self.baseline[day]
        age = (self.windows.end - self.windows.start).astype(np.float64)
        information = self.baseline_count / np.maximum(age, 1) * rate * (1 - rate)
        own = YOUTH * np.maximum(1 - age / YOUNG_DAYS, 0) - EVENNESS * np.log(1 + information / SMALL_INFORMATION)
        own += self.pooling.of_streams(FEW_PAYERS * self.unexcused - EXCUSED * self.common_error)
        thresholds: Floats = self.needed + own
        return thresholds

    def _alarm(self, row: int, day: int, direction: int) -> None:
        settings = self.settings
        first = max(int(self.run_start[row]), day + 1 - settings.baseline_days)
        ratios = self._log_likelihood_ratios(slice(first, day + 1), row)[direction]
        change, low, high = (first + position for position in date_change(ratios, settings.change_drop))
        since = slice(change, day + 1)
        before, after = (
            share(int(self.x[days, row].sum()), int(self.n[days, row].sum()))
            for days in (self.windows.before(row, change), since)
        )
        self.alarms.append(
            Alarm(
                stream=row, direction=DIRECTIONS[direction], alarmed_on=day,
                change_on=change, change_low=low, change_high=high,
                before=before.rate if before.rate is not None else float(self.baseline[change, row]),
                before_low=before.low, before_high=before.high,
                after=after.rate, after_low=after.low, after_high=after.high,
                log_evidence=float(self.statistic[direction, day, row]),
                events_after=after.events, count_after=after.count,
                expected_after=float(self.n[since, row] @ self.baseline[since, row]),
            )
        )  # fmt: skip
        self.windows.rest(row, day)
        self.ratio[:, :, row] = 0
        # The changed days were measured against the old baseline: they must not pass for over-dispersion.
        for sums in (self.excess, self.pairs):
            sums[change + 1 : day + 2, row] = sums[change, row]


def _check(decided: Integers, denied: Integers, parent: Integers) -> None:
    n, x, parent = (np.asarray(a, dtype=np.int64) for a in (decided, denied, parent))
    if n.ndim != 2 or n.shape != x.shape or parent.shape != n.shape[:1]:
        raise ValueError(
            f"decided and denied must both be streams x days and parent one row per stream; "
            f"got {n.shape}, {x.shape} and {parent.shape}"
        )
    if np.any((x < 0) | (x > n)):
        stream, day = np.argwhere((x < 0) | (x > n))[0]
        raise ValueError(f"denied must lie between 0 and decided; stream {stream}, day {day} does not")


def _mixed(log_r: Floats, settings: DenialSettings) -> Floats:
    """(..., odds, streams) -> (..., streams): log of the weighted mean of R over the odds ratios."""
    weights = np.array(settings.weights)[:, None] / sum(settings.weights)
    highest = np.maximum(log_r.max(axis=-2), -700)
    return highest + np.log((weights * np.exp(log_r - highest[..., None, :])).sum(axis=-2) + 1e-300)


def _log_of_one_more(log_r: Floats) -> Floats:
    """log(1 + exp(log_r)); numpy's logaddexp says the same, several times slower."""
    return np.maximum(log_r, 0) + np.log1p(np.exp(-np.abs(log_r)))
