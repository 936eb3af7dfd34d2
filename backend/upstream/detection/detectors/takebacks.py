"""Payments taken back per claim decided: the denial-rate detector, over takebacks counted by the letter.

Takebacks are rare, many payers never send one, and some send them by the letter, dozens at once. What is then known is
that a letter came, not that dozens did: a day's takebacks count as they are up to 1 + BULK x the odds that a day of the
trailing year had any, and as no more beyond. So of a payer that sends a letter every week or month each counts as one,
and of one that takes back a claim or ten every day nearly all do. One letter is therefore never an alarm; a second or
third soon after, from a payer that sent none, is.

Takebacks are of claims decided long before. What they are compared with are the claims of a usual day, the mean of the
last `USUAL_DAYS`; each that counts is a trial too, as though one of these claims had been taken back.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from upstream.detection.detectors.common import Alarm, Booleans, Integers
from upstream.detection.detectors.denial_rate import DenialResult, DenialSettings, DenialWalk
from upstream.detection.detectors.dollars import weighted_share

USUAL_DAYS = 28
BULK = 0.7

# Rates near 0 multiply when a payer begins to take back: high odds, at which evidence runs up and down all the time
# without meaning a change (freeze_odds). Letters come so seldom that a baseline takes longer, leans on the others and
# is off by a multiple now and then (caution); counted by the letter takebacks hardly come in batches, and their season
# is lost among them.
TAKEBACK_SETTINGS = DenialSettings(
    share_worse=0.7,
    caution=0.4,
    odds=(1.7, 3.0, 8.0, 30.0),
    weights=(0.4, 0.3, 0.2, 0.1),
    null_odds=1.10,
    warmup_days=120,
    prior_claims=300,
    dispersion_margin=0.5,
    common_odds=1.0,
    freeze_odds=1000,
)


@dataclass(frozen=True, slots=True)
class TakebackRate:
    """Takebacks per claim decided with a 95 % interval; rate is None where no claim was decided."""

    takebacks: int
    decided: int
    rate: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TakebackResult(DenialResult):
    """What the denial-rate detector says of takebacks as they count.

    counted, trials: (streams, days) takebacks as they count, and these with the claims of a usual day. alarms: with
    before and after in takebacks per claim decided, all takebacks counted as they are.
    """

    counted: Integers
    trials: Integers


def detect_takebacks(
    decided: Integers,
    takebacks: Integers,
    parent: Integers,
    settings: DenialSettings = TAKEBACK_SETTINGS,
    pool: Integers | None = None,
) -> TakebackResult:
    """Watch what all streams take back over all days.

    decided, takebacks: (streams, days) claims decided and payments taken back on each day, of whichever claims. parent,
    pool: as in detect_denial_rate. Raises ValueError for shapes that do not fit or negative counts.
    """
    walk = TakebackWalk(parent, settings, pool)
    walk.advance(decided, takebacks)
    return walk.result


class TakebackWalk(DenialWalk):
    """The denial-rate detector's walk, over takebacks as they count."""

    def advance(self, decided: Integers, takebacks: Integers) -> None:
        """Walk on to the last day of `decided` and `takebacks`, (streams, days) from the first day on, as they stand.

        Raises ValueError for what cannot be, as detect_takebacks tells.
        """
        if np.shape(decided) != np.shape(takebacks) or np.ndim(decided) != 2:
            raise ValueError(
                f"decided and takebacks must both be streams x days; got {np.shape(decided)} and {np.shape(takebacks)}"
            )
        for name, counts in (("decided", decided), ("takebacks", takebacks)):
            if np.any(counts < 0):
                stream, day = np.argwhere(counts < 0)[0]
                raise ValueError(f"{name} must not be negative; stream {stream}, day {day} is")
        self.decided, self.takebacks = decided, takebacks
        self.counted = counted_takebacks(decided, takebacks, self.settings)
        self.trials = self.counted + usual_claims(decided)
        super().advance(self.trials, self.counted)

    @property
    def result(self) -> TakebackResult:
        shares = super().result
        alarms = _as_rates(shares.alarms, self.decided, self.takebacks, self.settings)
        found = {field.name: getattr(shares, field.name) for field in fields(shares)} | {"alarms": alarms}
        return TakebackResult(**found, counted=self.counted, trials=self.trials)


def counted_takebacks(decided: Integers, takebacks: Integers, settings: DenialSettings) -> Integers:
    """(streams, days) takebacks as they count, days being those with decisions or takebacks; see the module."""
    (streams, days), year, gap = decided.shape, settings.baseline_days, settings.gap_days

    def over_the_year(happened: Booleans) -> Integers:
        # Running sums, after as many days without anything as the first day looks back.
        sums = np.zeros((streams, year + gap + days), dtype=np.int32)
        np.cumsum(happened, axis=1, out=sums[:, year + gap :])
        return sums[:, year : year + days] - sums[:, :days]

    active, with_takebacks = over_the_year((decided > 0) | (takebacks > 0)), over_the_year(takebacks > 0)
    odds = with_takebacks / np.maximum(active - with_takebacks, 0.5)
    return np.minimum(takebacks, np.floor(1 + BULK * odds)).astype(np.int64)


def usual_claims(decided: Integers) -> Integers:
    """(streams, days) whole claims that add up to the mean of the last `USUAL_DAYS`, day after day."""
    streams, days = decided.shape
    before = np.zeros((streams, days + 1))
    np.cumsum(decided, axis=1, out=before[:, 1:])
    start = np.maximum(np.arange(days) + 1 - USUAL_DAYS, 0)
    mean = (before[:, 1:] - before[:, start]) / (np.arange(days) + 1 - start)
    return np.diff(np.rint(mean.cumsum(axis=1)), prepend=0, axis=1).astype(np.int64)


def takeback_rate(decided: Integers, takebacks: Integers) -> TakebackRate:
    """Takebacks per claim decided over days, each (days,), with its interval (0..1 when no claim was decided).

    The interval is that of the share of takebacks in decided claims and takebacks together (`weighted_share`: letters
    make the days scatter, and few effective claims), as odds.
    """
    claims, taken = int(decided.sum()), int(takebacks.sum())
    if not claims:
        return TakebackRate(takebacks=taken, decided=0, rate=None, low=0.0, high=1.0)
    both = (decided + takebacks).astype(np.float64)
    share = weighted_share(both, takebacks.astype(np.float64), both)
    low, high = (bound / (1 - bound) for bound in (share.low, share.high))
    return TakebackRate(takebacks=taken, decided=claims, rate=taken / claims, low=low, high=high)


def _as_rates(found: list[Alarm], decided: Integers, takebacks: Integers, settings: DenialSettings) -> list[Alarm]:
    """The alarms with the levels of all takebacks, each against the days since the stream's change before."""
    alarms, changed_on = [], np.zeros(len(decided), dtype=np.int64)
    for alarm in found:
        row, change = alarm.stream, alarm.change_on
        start = max(int(changed_on[row]), change - settings.baseline_days)
        periods = slice(start, change), slice(change, alarm.alarmed_on + 1)
        before, after = (takeback_rate(decided[row, days], takebacks[row, days]) for days in periods)
        usual = before.rate if before.rate is not None else alarm.before / (1 - alarm.before)
        alarms.append(
            replace(
                alarm, before=usual, before_low=before.low, before_high=before.high,
                after=after.rate, after_low=after.low, after_high=after.high,
                events_after=after.takebacks, count_after=after.decided, expected_after=usual * after.decided,
            )
        )  # fmt: skip
        changed_on[row] = change
    return alarms
