"""Detectors of changes from river and ruptures, fed as their users would feed them.

river's detectors take one claim after another (1 denied, 0 not; those of a day in random order) and learn from the
first day on. ruptures looks back: at the end of every week the residuals of the trailing year's weeks, in standard
deviations, are split in two where that takes off most of their squares, as PELT does when its penalty is below that
gain. The gain is the statistic, when the later part is the higher one. All run stream by stream and take their time.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import ruptures
from river import drift

from benchmarks.detection import panels
from benchmarks.detection.experiment import Rule, by_statistic
from benchmarks.detection.panels import NEVER, Booleans, Counts, Floats, Panel
from benchmarks.detection.scoring import PROMISED, false_alarm_rate

Detector = Callable[[float], drift.ADWIN | drift.PageHinkley | drift.binary.DDM]
HALVINGS = 9
SEED = 30
WEEK, WEEKS_BACK, SHORTEST = 7, 52, 2


def first_drifts(panel: Panel, watched: Booleans, detector: Detector, threshold: float) -> Counts:
    """(streams,) first watched day on which the detector says that denials rose; NEVER without one."""
    rng = np.random.default_rng(SEED)
    first = np.full(len(panel.payers), NEVER)
    for row, claims in enumerate(_claims_in_order(rng, panel)):
        watch = detector(threshold)
        for day, outcomes in enumerate(claims):
            usual = watch.estimation if isinstance(watch, drift.ADWIN) else 0.0
            drifted = False
            for denied in outcomes:
                watch.update(denied)
                # PageHinkley and DDM look for rises alone.
                if watch.drift_detected and (not isinstance(watch, drift.ADWIN) or watch.estimation > usual):
                    drifted = True
            if drifted and watched[row, day]:
                first[row] = day
                break
    return first


def _claims_in_order(rng: np.random.Generator, panel: Panel) -> list[list[list[int]]]:
    """Stream by stream and day by day, 1 for each denied and 0 for each other claim, shuffled within the day."""
    return [
        [
            rng.permutation(np.arange(n) < x).astype(int).tolist() if 0 < x < n else [int(x > 0)] * n
            for n, x in zip(decided.tolist(), denied.tolist(), strict=True)
        ]
        for decided, denied in zip(panel.decided, panel.denied, strict=True)
    ]


def by_drift(detector: Detector, low: float, high: float) -> Rule:
    """The rule of a river detector; its threshold is found between `low` and `high` by halving the logarithm."""

    def rule(unchanged: Panel, quiet: Booleans, struck: Panel, watched: Booleans) -> tuple[float, Counts]:
        loose, strict = low, high
        for _ in range(HALVINGS):
            middle = math.sqrt(loose * strict)
            if false_alarm_rate(first_drifts(unchanged, quiet, detector, middle), quiet) > PROMISED:
                loose = middle
            else:
                strict = middle
        return strict, first_drifts(struck, watched, detector, strict)

    return rule


def split_gain(panel: Panel) -> Floats:
    """(streams, days) what the best single split of the trailing year takes off its squares; 0 between weekly looks."""
    weeks = panel.days // WEEK
    decided, denied = (
        counts[:, : weeks * WEEK].reshape(-1, weeks, WEEK).sum(axis=2) for counts in (panel.decided, panel.denied)
    )
    gain = np.zeros(panel.decided.shape)
    for row, (n, x) in enumerate(zip(decided, denied, strict=True)):
        for week in range(panels.WARMUP // WEEK, weeks):
            year = slice(max(0, week + 1 - WEEKS_BACK), week + 1)
            own_n, own_x = n[year][n[year] > 0], x[year][n[year] > 0]
            rate = (own_x.sum() + 0.5) / (own_n.sum() + 1)
            signal = (own_x - own_n * rate) / np.sqrt(own_n * rate * (1 - rate))
            if len(signal) < 2 * SHORTEST:
                continue
            search = ruptures.KernelCPD(kernel="linear", min_size=SHORTEST).fit(signal[:, None])
            split = search.predict(n_bkps=1)[0]
            early, late = signal[:split], signal[split:]
            if late.mean() > early.mean():
                day = week * WEEK + WEEK - 1
                gain[row, day] = len(early) * len(late) / len(signal) * (late.mean() - early.mean()) ** 2
    return gain


RULES: dict[str, Rule] = {
    "river ADWIN": by_drift(lambda threshold: drift.ADWIN(delta=1 / threshold), 1e0, 1e4),
    "river PageHinkley": by_drift(lambda threshold: drift.PageHinkley(threshold=threshold, mode="up"), 1e0, 1e3),
    "river DDM": by_drift(lambda threshold: drift.binary.DDM(drift_threshold=threshold), 1e0, 1e2),
    "ruptures, weekly": by_statistic(split_gain),
}
