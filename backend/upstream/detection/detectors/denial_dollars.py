"""Share of billed dollars denied, by decision date: a bounded-mean e-detector against a trailing baseline.

**Evidence of a day.** Of a claim of b dollars a share y in [0, 1] is denied, on average m or less while all is as it
was. Then log E exp(t (y - m)) <= psi(t) = log(1 - m + m e^t) - m t, no y having more than one that is 0 or 1 (Hoeffding
1963), so that for any stake s

    l = s (D - m B) - sum of psi(s b) over the day's claims

has E exp(l) <= 1; D denied and B billed dollars of the day. Of the sizes b only the sum B and the sum of squares Q are
known. But psi(t) / t^2 rises up to t = 2 log((1 - m) / m), where it is g(m) = (1 - 2m) / (4 log((1 - m) / m)) (Kearns &
Saul 1998), and falls beyond, so the sum is at most Q / c^2 psi(s c), s c being the peak or c the largest size there can
be (Samuelson 1968), whichever is less. For m >= 1/2 psi''' < 0: the parabola through 0 that touches psi at c = Q / B
lies above it, and the same expression with this c bounds the sum. Both are exact for claims of one size, where l is the
binomial log-likelihood ratio. For improvements the dollars not denied take the place of those denied. One claim adds at
most s b (1 - m) - s^2 b^2 g(m) <= (1 - m)^2 / (4 g(m)), for m >= 1/2 at most log(1 / m), whatever its size: an alarm
takes more than that.

**Detector.** R_t = (1 + R_{t-1}) exp(l_t / phi_t), averaged over stakes, as in denial_rate (Shin, Ramdas & Rinaldo,
arXiv 2203.03532). A stake is the logarithm of an odds ratio beyond the null's, per dollar of the usual claim. Its size
is the geometric mean of the baseline's days of Q / B, which a few huge claims hardly move. A day with a Q / B above
`largest_size` usual claims is scaled down to it: otherwise one huge claim, paid or denied, would hide what all others
show. The baseline's share gives the days the same weights. The directions share the promise as in denial_rate;
alarms at log(arl0_days / share) - SLACK - EVENNESS log(1 + information / SMALL_INFORMATION), since bound and band leave
more than an estimated baseline takes, and the more the more a day can tell; information = effective claims of a usual
day x m (1 - m). With it simulations show about half of the promised rate, and the whole where large claims are always
denied three times as often.

**Baseline**, in effective claims B^2 / Q (Kish 1965): see the module baseline. phi_t = 1 + rho B_t^2 / Q_t: rho is the
variance of D - m B beyond m (1 - m) Q over the trailing year, for payers that decide in batches or by the size of a
claim. Season: see the module season.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from upstream.detection.detectors.baseline import Pooling
from upstream.detection.detectors.common import Alarm, Booleans, Direction, Floats, Integers, date_change
from upstream.detection.detectors.day_walk import DayWalk, add_up, with_room
from upstream.detection.detectors.dollars import Dollars, largest_claims, ratio, weighted_share
from upstream.detection.detectors.season import WINDOW_DAYS, common_offsets

DIRECTIONS: tuple[Direction, Direction] = ("worse", "better")
SIGNS = np.array([[1.0], [-1.0]])
# Shares below are watched as this one: at it one claim adds 5.3 to the evidence at most, and more below.
SMALLEST_SHARE = 0.005
# Natural logarithm, of the threshold: what the usual band leaves; a narrower one leaves less.
SLACK, SLACK_WITHOUT_BAND, SLACK_PER_BAND = 0.65, -0.05, 7.5
EVENNESS, SMALL_INFORMATION = 0.4, 0.3
# Weight of the parent's rho (0 for payers): squared effective claims of about three days of ten.
PRIOR_MEASURE = 300.0


@dataclass(frozen=True, slots=True)
class DollarSettings:
    """Settings of the denial-dollars detector; days, claims and odds ratios, as in DenialSettings.

    odds: looked for beyond null_odds. prior_claims: weight of the parent's share, in effective claims. largest_size:
    see the module.
    """

    arl0_days: float = 3650
    share_worse: float = 0.8
    odds: tuple[float, ...] = (1.25, 1.7, 2.7)
    null_odds: float = 1.10
    baseline_days: int = 365
    gap_days: int = 7
    warmup_days: int = 90
    watch_days: int = 180
    minimum_decided: int = 30
    prior_claims: float = 10
    largest_size: float = 1.5
    common_odds: float = 1.35
    freeze_odds: float = 60
    longest_gap_days: int = 60
    rebaseline_days: int = 28
    change_drop: float = 3.0


@dataclass(frozen=True, slots=True)
class DollarResult:
    """Day by day, all (streams, days): see the module for the terms.

    baseline: expected share of the (scaled) billed dollars; usual_claim: its size in dollars; dispersion: rho;
    season: log-odds offset common to the payers; statistic_worse, statistic_better: log R, 0 where R < 1 or the stream
    is not watched; threshold_worse, threshold_better: where they alarm; watched: whether the stream is.
    """

    baseline: Floats
    usual_claim: Floats
    dispersion: Floats
    season: Floats
    statistic_worse: Floats
    statistic_better: Floats
    threshold_worse: Floats
    threshold_better: Floats
    watched: Booleans
    alarms: list[Alarm]


def detect_denial_dollars(
    billed: Floats,
    denied: Floats,
    squares: Floats,
    decided: Integers,
    parent: Integers,
    settings: DollarSettings | None = None,
    pool: Integers | None = None,
) -> DollarResult:
    """Watch the shares of billed dollars denied, of all streams over all days.

    billed, denied, squares, decided: (streams, days) dollars billed on the claims decided each day, dollars denied of
    them, sum of their squared billed dollars, and number of claims. parent, pool: as in detect_denial_rate.
    Raises ValueError for shapes that do not fit, negative amounts, more denied than billed, and squares that no such
    claims can have.
    """
    walk = DollarWalk(parent, settings or DollarSettings(), pool)
    walk.advance(billed, denied, squares, decided)
    return walk.result


def in_usual_claims(dollars: Dollars, usual_claim: Floats, settings: DollarSettings) -> Dollars:
    """Amounts as multiples of the usual claim, days of huge claims scaled down (see the module)."""
    size = ratio(dollars.squares, dollars.billed) / usual_claim
    scale = np.minimum(1, settings.largest_size / np.maximum(size, _SMALLEST_STRETCH))
    return dollars.scaled(scale / usual_claim)


def evidence_steps(
    dollars: Dollars,
    baseline: Floats,
    dispersion: Floats,
    season: Floats,
    sign: int | Floats,
    settings: DollarSettings,
) -> Floats:
    """(odds, ...) l / phi of the module, of cells of any one shape.

    dollars: in usual claims; baseline, dispersion, season: as in DollarResult. sign: the direction, 1 worse and -1
    better, or an array that holds one for each cell or goes with them, as (2, 1) goes with (streams,).
    """
    billed, denied, squares, largest = dollars
    # What moves at all payers may excuse a share, never accuse one. Of the odds of what is not lost, the logarithm.
    kept = sign * np.log((1 - baseline) / baseline) - np.maximum(sign * season, 0) - math.log(settings.null_odds)
    mean = 1 / (1 + np.exp(kept))
    lost = np.where(sign > 0, denied, billed - denied) - mean * billed
    skewed = kept > 0
    peak = np.maximum(np.where(skewed, 2 * kept, _LARGEST_STRETCH), _SMALLEST_STRETCH)
    size = np.maximum(np.where(skewed, largest, ratio(squares, billed)), _SMALLEST_STRETCH)
    stakes = np.log(settings.odds).reshape(-1, *[1] * size.ndim)
    stretch = np.minimum(stakes * size, peak)
    # psi(stretch) / stretch^2, then the evidence
    steps: Floats = np.exp(stretch)
    steps *= mean
    steps += 1 - mean
    np.log(steps, out=steps)
    steps -= mean * stretch
    steps /= stretch * stretch
    inflation = 1 + dispersion * ratio(billed * billed, squares)
    steps *= stakes * stakes * (-squares / inflation)
    steps += stakes * (lost / inflation)
    return steps


class DollarWalk(DayWalk):
    """The walk over the days; see DayWalk. parent, pool: as in detect_denial_rate.

    Running sums before each day: of claims and their sizes; of dollars in usual claims, of what of them the baseline
    expected to be denied and its variance, and of the scatter beyond the binomial's with its measure. ratio: (odds, 2,
    streams) R of the day before. needed: (2, 1) what all thresholds have in common.
    """

    DAYS = ("baseline", "usual_claim", "dispersion", "season", "statistic", "threshold", "watched")
    SUMS = ("billed", "denied", "squares")
    LATEST, OF_SEASON = ("excess", "measure"), ("expected", "variance")
    STATE = ("run_start", "watching", "ratio")

    def __init__(self, parent: Integers, settings: DollarSettings, pool: Integers | None = None) -> None:
        super().__init__(len(parent), settings)
        self.settings, self.pooling = settings, Pooling(parent, pool)
        shape = (0, self.streams)
        self.baseline, self.usual_claim, self.dispersion, self.season = np.zeros((4, *shape))
        self.statistic, self.threshold = np.zeros((2, 2, *shape))
        self.watched, self.watching = np.zeros(shape, dtype=bool), np.zeros(self.streams, dtype=bool)
        self.known, self.effective_known = np.zeros((2, self.streams))
        self.ratio = np.zeros((len(settings.odds), 2, self.streams))
        self.sums = np.zeros((10, 1, self.streams))
        shares = np.array([[settings.share_worse], [1 - settings.share_worse]])
        slack = min(SLACK, SLACK_WITHOUT_BAND + SLACK_PER_BAND * math.log(settings.null_odds))
        self.needed = np.log(settings.arl0_days / shares) - slack

    def advance(self, billed: Floats, denied: Floats, squares: Floats, decided: Integers) -> None:
        """Walk on to the last day of the arguments, (streams, days) from the first day on, as they stand.

        Raises ValueError for what cannot be, as detect_denial_dollars tells.
        """
        _check(billed, denied, squares, decided, self.pooling.parent)
        self.decided = np.ascontiguousarray(decided.T)
        billed, denied, squares = (np.ascontiguousarray(a.T, dtype=np.float64) for a in (billed, denied, squares))
        self.dollars = billed, denied, squares
        first_day = np.argmax(np.vstack((self.decided > 0, np.full(self.streams, True))), axis=0)
        self.known_on, self.warm_on = first_day + self.settings.gap_days, first_day + self.settings.warmup_days
        self._make_room(len(billed))
        add_up(self.decided, self.claims)
        by_day = zip(billed, squares, strict=True)
        add_up((np.log(np.where(of_day > 0, ratio(square, of_day), 1)) for of_day, square in by_day), self.sums[1])
        add_up(billed > 0, self.sums[2])
        for day in range(self.day, len(billed)):
            self._step(day)
        self.day = len(billed)

    @property
    def result(self) -> DollarResult:
        return DollarResult(
            baseline=self.baseline.T, usual_claim=self.usual_claim.T, dispersion=self.dispersion.T,
            season=self.season.T, statistic_worse=self.statistic[0].T, statistic_better=self.statistic[1].T,
            threshold_worse=self.threshold[0].T, threshold_better=self.threshold[1].T,
            watched=self.watched.T, alarms=self.alarms,
        )  # fmt: skip

    def _make_room(self, days: int) -> None:
        for name in self.DAYS:
            setattr(self, name, with_room(getattr(self, name), days))
        # What a baseline holds, and what each day adds.
        self.sums = with_room(self.sums, days + 1)
        self.claims, self.of_baseline, self.of_day = self.sums[0], self.sums[:6], self.sums[3:]
        self.of_season, self.of_dispersion = self.sums[4:8], self.sums[8:]
        self.squares, self.billed, self.denied, self.expected, self.variance, self.excess, self.measure = self.of_day

    def _step(self, day: int) -> None:
        self._set_expected(day)
        dollars = self._in_usual_claims(day, slice(None))
        self._add(day, dollars)
        self._set_season(day)
        watched = self.watched[day] = self._is_watched(day)
        self.run_start[watched & ~self.watching] = day
        self.watching = watched
        threshold = self.threshold[:, day] = self._thresholds(day)
        if not watched.any():
            self.ratio[:] = 0
            return
        steps = self._steps(SIGNS, dollars, day, slice(None))
        self.ratio += 1
        # The largest exponent is far beyond any alarm, and far from what a float cannot hold.
        self.ratio *= np.exp(np.minimum(steps, 500, out=steps), out=steps)
        self.ratio *= watched.astype(np.float64)
        self.statistic[:, day] = np.log(np.maximum(self.ratio.sum(axis=0) / len(self.ratio), 1))
        over = self.statistic[:, day] - threshold
        for row in (watched & (over >= 0).any(axis=0)).nonzero()[0].tolist():
            self._alarm(row, day, int(over[:, row].argmax()))

    def _set_expected(self, day: int) -> None:
        """Usual claim, baseline share and rho of `day`, from the dollars before it."""
        settings, pooling = self.settings, self.pooling
        self.windows.move(day, self.ratio.max(axis=(0, 1)) >= settings.freeze_odds, self.claims)
        self.known, log_sizes, active_days, squares, billed, denied = self.windows.total(self.of_baseline)
        self.usual_claim[day] = np.exp(log_sizes / np.maximum(active_days, 1))
        claims = self.effective_known = ratio(billed**2, squares)
        events = claims * ratio(denied, billed)
        events_of_pool, claims_of_pool = (pooling.by_pool(values).sum(axis=-1) for values in (events, claims))
        share = pooling.shrunk(events, claims, (events_of_pool + 0.5) / (claims_of_pool + 1), settings.prior_claims)
        np.minimum(np.maximum(share, SMALLEST_SHARE), 1 - SMALLEST_SHARE, out=self.baseline[day])
        end = self.windows.latest_end(day)
        excess, measure = self.of_dispersion[:, end] - self.of_dispersion[:, max(0, end - settings.baseline_days)]
        rho = pooling.shrunk(excess, measure, np.zeros(pooling.pools), PRIOR_MEASURE)
        np.minimum(np.maximum(rho, 0), 1, out=self.dispersion[day])

    def _add(self, day: int, dollars: Dollars) -> None:
        """Add the day's dollars, in usual claims, to the running sums."""
        share = self.baseline[day]
        billed, denied, squares, _ = dollars
        claims = ratio(billed * billed, squares)
        expected = share * billed
        variance = share * (1 - share) * squares
        residual = denied - expected
        scatter = ratio(residual * residual, variance)
        counts = claims * ((day >= self.known_on) & ~self.windows.resting).astype(np.float64)
        variance *= 1 + self.dispersion[day] * claims
        of_day = squares, billed, denied, expected, variance, counts * (scatter - 1), counts * claims
        for sums, values in zip(self.of_day, of_day, strict=True):
            np.add(sums[day], values, out=sums[day + 1])

    def _set_season(self, day: int) -> None:
        """Movement common to the payers over the last weeks, of those with a baseline and no change of their own."""
        start = max(0, day + 1 - WINDOW_DAYS)
        known = (start >= self.known_on + WINDOW_DAYS) & ~self.windows.resting
        of_weeks = self.of_season[:, day + 1] - self.of_season[:, start]
        of_weeks *= known.astype(np.float64)
        largest = math.log(self.settings.common_odds)
        common, _ = common_offsets(*self.pooling.by_pool(of_weeks), largest=largest)
        self.season[day] = self.pooling.of_streams(common)

    def _is_watched(self, day: int) -> Booleans:
        recent = self.claims[day + 1] - self.claims[max(0, day + 1 - self.settings.watch_days)]
        enough = self.settings.minimum_decided
        known = (self.known >= enough) & (day >= self.warm_on)
        watched: Booleans = (recent >= enough) & known & ~self.windows.resting
        return watched

    def _thresholds(self, day: int) -> Floats:
        """(2, streams): see the module."""
        share = self.baseline[day]
        usual_day = self.effective_known / np.maximum(self.windows.end - self.windows.start, 1)
        evenness = EVENNESS * np.log(1 + usual_day * share * (1 - share) / SMALL_INFORMATION)
        thresholds: Floats = self.needed - evenness
        return thresholds

    def _in_usual_claims(self, days: slice | int, rows: slice | int) -> Dollars:
        billed, denied, squares = (amounts[days, rows] for amounts in self.dollars)
        dollars = Dollars(billed, denied, squares, largest_claims(billed, squares, self.decided[days, rows]))
        return in_usual_claims(dollars, self.usual_claim[days, rows], self.settings)

    def _steps(self, sign: int | Floats, dollars: Dollars, days: slice | int, rows: slice | int) -> Floats:
        """(odds, ...) evidence of those days' dollars, in usual claims."""
        return evidence_steps(
            dollars, self.baseline[days, rows], self.dispersion[days, rows], self.season[days, rows],
            sign, self.settings,
        )  # fmt: skip

    def _alarm(self, row: int, day: int, direction: int) -> None:
        settings = self.settings
        first = max(int(self.run_start[row]), day + 1 - settings.baseline_days)
        days = slice(first, day + 1)
        steps = self._steps(int(SIGNS[direction, 0]), self._in_usual_claims(days, row), days, row)
        change, low, high = (first + position for position in date_change(steps, settings.change_drop))
        periods = self.windows.before(row, change), slice(change, day + 1)
        before, after = (weighted_share(*(amounts[period, row] for amounts in self.dollars)) for period in periods)
        usual = before.rate if before.rate is not None else float(self.baseline[change, row])
        self.alarms.append(
            Alarm(
                stream=row, direction=DIRECTIONS[direction], alarmed_on=day,
                change_on=change, change_low=low, change_high=high,
                before=usual, before_low=before.low, before_high=before.high,
                after=after.rate, after_low=after.low, after_high=after.high,
                log_evidence=float(self.statistic[direction, day, row]),
                events_after=round(after.part), count_after=round(after.whole), expected_after=usual * after.whole,
            )
        )  # fmt: skip
        self.windows.rest(row, day)
        self.ratio[:, :, row] = 0
        # The changed days were measured against the old baseline: they must not pass for over-dispersion.
        for sums in (self.excess, self.measure):
            sums[change + 1 : day + 2, row] = sums[change, row]


# Below, psi(t) / t^2 stays as it is but loses its digits; above, exp(t) would not fit a float, and a smaller t is safe.
_SMALLEST_STRETCH, _LARGEST_STRETCH = 1e-5, 500.0


def _check(billed: Floats, denied: Floats, squares: Floats, decided: Integers, parent: Integers) -> None:
    shapes = [np.shape(a) for a in (billed, denied, squares, decided)]
    if len(shapes[0]) != 2 or any(shape != shapes[0] for shape in shapes) or np.shape(parent) != shapes[0][:1]:
        raise ValueError(
            f"dollars and claims must all be streams x days and parent one row per stream; got {shapes} "
            f"and {np.shape(parent)}"
        )
    # Sums of the same claims in another order may differ in their last digits.
    most = billed * (1 + 1e-9)
    complaints = {
        "denied dollars must lie between 0 and those billed": (denied < 0) | (denied > most),
        "squares must lie between billed^2 / decided and billed^2": (squares > billed * most)
        | (squares * decided * (1 + 1e-9) < billed**2),
    }
    for complaint, wrong in complaints.items():
        if np.any(wrong):
            stream, day = np.argwhere(wrong)[0]
            raise ValueError(f"{complaint}; stream {stream}, day {day} does not")
