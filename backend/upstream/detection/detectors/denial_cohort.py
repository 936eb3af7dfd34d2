"""Denial rate by submission cohort: denials seen against those expected of the claims submitted, with competing risks.

A claim ends paid or denied, and its answer takes weeks. Two yardsticks tell how many denials O of a day are usual:

- of what is due: of the claims submitted a days ago the share f(a) is denied at age a, whether or not the others are
  paid by then (the cumulative incidence of denial with payment as competing risk, by steps; a chain ladder of days).
  How fast payments come makes no difference to it, nor does a step in volume.
- of what is decided: of the claims that end, so many are denials. When a payer decides nothing, or catches up, it
  expects nothing or as much more.

A change shows by both. Each is watched by a mixture of Shiryaev–Roberts statistics over ratios of the denial rate,
R_t = (1 + R_{t-1}) L_t, where L_t is the likelihood ratio of the changed rate against the null: the expectation moved
by `null_ratio`, so that a drift within that band is no change (see the module negative_binomial, and denial_rate for
the statistic). The statistic of a stream is the smaller of the two. What is due is asked for on the next day on which
the payer decides anything. Baseline and rest after an alarm: see the module watch; the share of the decided is shrunk
with the weight of `prior_decided` claims.

**Threshold.** R_t - t is a supermartingale for either yardstick while the rate stays within the band, so an alarm at
R >= A has a mean time to a false one of A days at least; the band and the second yardstick make it many times that:
A is `KEPT` of the days promised, as simulated.

**Dating.** A payer's new rule counts from a day of submission (or of service, shortly before). The change is dated by
the cohorts: denials so far of the claims submitted on each day, against those expected by now.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from upstream.detection.detectors.common import Direction, Floats, Integers, date_change
from upstream.detection.detectors.life_table import denied_by_age, share_denied, sums_of_weeks
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

KEPT = 0.11
# One yardstick's evidence grows without end while the other keeps the stream from alarming; a float holds no more.
LARGEST_EVIDENCE = np.float32(1e30)


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortSettings(WatchSettings):
    """Settings of the detector of denials by cohort; ratios are of denial rates.

    null_ratio: changes too small to matter; ratios: those looked for, beyond it (the reciprocals for improvements).
    prior_decided: see the module. freeze_odds: evidence at which the baseline stops taking in weeks, for
    longest_gap_days at most.
    """

    ratios: tuple[float, ...] = (1.2, 1.45, 1.8, 2.7, 4.5)
    null_ratio: float = 1.10
    prior_decided: float = 10
    freeze_odds: float = 60
    longest_gap_days: int = 56


@dataclass(frozen=True)
class CohortResult(WatchResult):
    """expected, phi: by the yardstick of what is due; of_decided, phi_of_decided: by that of what is decided."""

    of_decided: Singles
    phi_of_decided: Singles


@dataclass
class DenialWatch(Watch):
    """The watch over denials. The two ways to reckon a day are the yardsticks, of what is due and of what is decided.

    due: (streams,) denials expected and not asked for yet; share: (streams,) denied of decided claims; taken_in:
    (streams,) the week to which the baseline is up to date; of_denial, of_expected: (2 yardsticks, 2 directions,
    ratios, streams) evidence, and evidence: R of each. statistic: log R, 0 where R < 1; largest_step: the most a day
    may add to log R.
    """

    settings: CohortSettings
    due: Floats = field(init=False)
    share: Floats = field(init=False)
    taken_in: Integers = field(init=False)
    of_denial: Singles = field(init=False)
    of_expected: Singles = field(init=False)
    evidence: Singles = field(init=False)
    largest_step: np.float32 = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        settings, streams = self.settings, len(self.parent)
        self.due, self.share = np.zeros((2, streams))
        self.taken_in = np.zeros(streams, dtype=np.int64)
        self.evidence = np.zeros((2, 2, len(settings.ratios), streams), dtype=np.float32)
        self.threshold = np.repeat(np.array(thresholds(settings))[:, None], streams, axis=1)
        self.largest_step = np.float32(largest_step(settings))

    def begin_week(self, week: int) -> None:
        super().begin_week(week)
        settings = self.settings
        running_up = (self.evidence >= settings.freeze_odds).any(axis=(0, 1, 2))
        taking = ~self.resting & (~running_up | ((week - self.taken_in) * WEEK > settings.longest_gap_days))
        self.taken_in[taking] = week
        events, submitted = self.baseline
        self.estimate_hazards(events, submitted, taking)
        self.estimate_season(week)
        self.estimate_phi()
        self.fitting_phi = self.phi[0]
        denied, decided = self.baseline[0].sum(axis=0, dtype=np.float64), self.counted[0]
        payers = self.levels[0]
        organization = (denied[payers].sum() + 0.5) / (decided[payers].sum() + 1)
        self.share = np.where(taking, self.shrunk(denied, decided, settings.prior_decided, organization), self.share)
        sign = np.array([1.0, -1.0])[:, None, None]
        ratios, null = np.array(settings.ratios)[:, None] ** sign, settings.null_ratio**sign
        of_denial, of_expected = evidence_of(null * ratios, null, self.phi[:, None, None])
        self.of_denial, self.of_expected = of_denial.astype(np.float32), of_expected.astype(np.float32)
        self.ready = self.has_enough() & (denied > 0)

    def step(self, day: int, arrived: Floats, submitted: Singles, denials: Floats, decided: Floats) -> None:
        """One day; submitted: (ages, streams) claims submitted so many days before, of the ages that any claim can have
        reached; the others (streams,)."""
        self.begin_day(day, arrived)
        self.due += np.einsum("as,as->s", submitted, self.hazard[: len(submitted)])
        due = self.due * (decided > 0)[self.payer]
        self.due -= due
        asked = np.array([due, decided * self.share])
        self.take(day, denials, due, asked, decided)
        self.today = {
            "observed": denials, "expected": due, "of_decided": asked[1],
            "phi": self.phi[0], "phi_of_decided": self.phi[1],
        }  # fmt: skip
        if not self.watched.any():
            self.evidence[:], self.statistic = 0, np.zeros_like(self.statistic)
            return
        season = np.exp([[max(self.season, 0.0)], [min(self.season, 0.0)]]).astype(np.float32)[:, None]
        steps = self.of_expected * (asked.astype(np.float32)[:, None, None] * season)
        steps += self.of_denial * denials.astype(np.float32)
        np.minimum(steps, self.largest_step, out=steps)
        self.evidence += 1
        self.evidence *= np.exp(steps, out=steps)
        np.minimum(self.evidence, LARGEST_EVIDENCE, out=self.evidence)
        self.evidence *= self.watched.astype(np.float32)
        weaker = self.evidence.sum(axis=2).min(axis=0) / np.float32(len(self.settings.ratios))
        self.statistic = np.log(np.maximum(weaker, 1)).astype(np.float64)

    def take_submitted(self, week: int, submitted: Singles) -> None:
        """Take in the claims submitted so many days before each day of `week`, of a stream that crossed in it before
        the days since; submitted: (ages + 6, streams) by days before Sunday."""
        before = self.waiting[week % len(self.waiting), 1]
        before[:] = sums_of_weeks(submitted)
        for stream in np.flatnonzero(self.resting & (self.crossed_on >= week * WEEK)):
            since = WEEK - 1 - int(self.crossed_on[stream]) % WEEK
            before[:, stream] = sum(submitted[days : days + len(before), stream] for days in range(since))

    def cross(self, day: int) -> None:
        crossed = self.watched & (self.statistic >= self.threshold).any(axis=0)
        for stream in crossed.nonzero()[0].tolist():
            over = self.statistic[:, stream] - self.threshold[:, stream]
            self._cross(stream, day, int(over.argmax()))

    def _cross(self, stream: int, day: int, direction: int) -> None:
        days, observed, expected = self.watched_days(stream, day)
        phi = float(self.fitting_phi[stream])
        told = likelihood_ratios(observed, expected, DIRECTIONS[direction], phi, self.settings)
        change, low, high = date_change(told, self.settings.change_drop)
        self.rest(
            Crossing(
                stream=stream, direction=DIRECTIONS[direction], crossed_on=day,
                change_on=int(days[change]), change_low=int(days[low]), change_high=int(days[high]),
                baseline_from=int(self.baseline_from[stream]),
                log_evidence=float(self.statistic[direction, stream]),
                expected_after=float(expected[change:].sum()), hazard=self.hazard[:, stream].astype(np.float64),
                weekday=np.ones(WEEK), phi=phi,
            )
        )  # fmt: skip
        self.evidence[..., stream] = 0
        self.statistic[:, stream] = 0


def cohort_alarm(crossing: Crossing, claims: StreamClaims, settings: CohortSettings) -> OpenClaimsAlarm:
    """The alarm of `crossing`, dated by submission, with the shares denied before and after; claims: its stream's.

    before: as denials came up to the day from which they differ. after: of the claims submitted since the change, of
    which not all answers are in yet (see `share_denied`).
    """
    last = crossing.crossed_on
    start = max(crossing.baseline_from, crossing.change_on - settings.baseline_days)
    before = denied_by_age(claims, start, crossing.change_on - 1).sum()
    seen_before = int(claims.denied[start : crossing.change_on].sum())

    first = max(start, crossing.change_low - settings.max_age_days)
    denied, expected = by_cohort(claims, crossing.hazard, first, last)
    dates = date_change(
        likelihood_ratios(denied, expected, crossing.direction, crossing.phi, settings), settings.change_drop
    )
    change, low, high = (first + position for position in dates)
    usual = share_denied(seen_before, seen_before, float(before))
    after = share_denied(int(denied[dates[0] :].sum()), float(expected[dates[0] :].sum()), float(crossing.hazard.sum()))
    return OpenClaimsAlarm(
        stream=crossing.stream, direction=crossing.direction, crossed_on=last, alarmed_on=crossing.alarmed_on,
        change_on=change, change_low=low, change_high=high,
        before=usual.share, before_low=usual.low, before_high=usual.high,
        after=after.share, after_low=after.low, after_high=after.high,
        log_evidence=crossing.log_evidence,
        events_after=after.denied, count_after=int(claims.submitted[change:].sum()), expected_after=after.expected,
    )  # fmt: skip


def by_cohort(claims: StreamClaims, hazard: Floats, first: int, last: int) -> tuple[Integers, Floats]:
    """(cohorts,) denials through `last` of the claims submitted on each of the days first..last, and those expected.

    hazard: (ages,) share of the claims submitted that is denied at each age.
    """
    day, age = claims.denied[: last + 1].nonzero()
    denied = np.bincount(day - age, claims.denied[day, age], last + 1)[first:].astype(np.int64)
    answered = hazard.cumsum()[np.minimum(last - np.arange(first, last + 1), len(hazard) - 1)]
    return denied, claims.submitted[first : last + 1] * answered


def likelihood_ratios(
    denied: Floats | Integers | Singles,
    expected: Floats | Singles,
    direction: Direction,
    phi: Floats | float,
    settings: CohortSettings,
) -> Floats:
    """(ratios, ...) log-likelihood ratios of changed denials in one direction against the null."""
    sign = 1 if direction == "worse" else -1
    ratios = np.array(settings.ratios).reshape(-1, *[1] * np.ndim(denied)) ** sign
    null = settings.null_ratio**sign
    of_denial, of_expected = evidence_of(null * ratios, null, phi)
    told: Floats = of_denial * denied + of_expected * expected
    return told


def thresholds(settings: CohortSettings) -> list[float]:
    """Of log R, 'worse' and 'better'."""
    return [math.log(KEPT * settings.arl0_days / of) for of in (settings.share_worse, 1 - settings.share_worse)]


def largest_step(settings: CohortSettings) -> float:
    """The most a day may add to log R."""
    return settings.largest_day * min(thresholds(settings))


def statistic_over(
    denied: Floats, asked: Floats, direction: Direction, phi: Floats, settings: CohortSettings, start: Floats
) -> tuple[Floats, Floats]:
    """(days,) log R of one stream in one direction, 0 where R < 1, and (2, ratios) R of either yardstick in the end.

    denied: (days,); asked, phi: (2, days) by both yardsticks, the season's part in it; start: (2, ratios) R before.
    """
    ratios = np.stack([likelihood_ratios(denied, a, direction, p, settings) for a, p in zip(asked, phi, strict=True)])
    factors = np.exp(np.minimum(ratios, largest_step(settings)))
    state, statistic = start, np.zeros(len(denied))
    for day in range(len(denied)):
        state = (state + 1) * factors[:, :, day]
        statistic[day] = np.log(max(state.mean(axis=1).min(), 1.0))
    return statistic, state
