"""python -m benchmarks.detection_speed: a table, then one JSON object; exit status 1 when a figure does not hold."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "backend"))

from upstream.detection.detectors.denial_rate import DenialSettings, detect_denial_rate
from upstream.detection.detectors.payment_delay import detect_payment_delay

STREAMS, DAYS, REPEATS = 1000, 365, 5
PLAIN_STREAMS = 20
DELAY_STREAMS, DELAY_DAYS, DELAY_CLAIMS = 100, 400, 120_000
# Without alarms, season and held baselines both ways of computing must give the same statistics.
BARE = DenialSettings(arl0_days=1e300, freeze_odds=1e300, common_odds=1.0)

Counts = NDArray[np.int64]


def seconds(work: Callable[[], object]) -> float:
    """The quickest of a few runs, which other work on the machine disturbs least."""
    best = math.inf
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best


def plain_statistics(decided: Counts, denied: Counts, settings: DenialSettings) -> list[list[float]]:
    """log R for 'worse', stream by stream and day by day, with Python's own numbers; payers only."""
    days = decided.shape[1]
    by_payer = [(row.tolist(), hit.tolist()) for row, hit in zip(decided, denied, strict=True)]
    all_n = [sum(n[day] for n, _ in by_payer) for day in range(days)]
    all_x = [sum(x[day] for _, x in by_payer) for day in range(days)]
    log_null = math.log(settings.null_odds)
    log_odds = [math.log(o) for o in settings.odds]
    statistics = []
    for n, x in by_payer:
        first = next(day for day in range(days) if n[day])
        log_r = [-math.inf] * len(log_odds)
        excess, pairs, row = [], [], []
        for day in range(days):
            end = max(0, day - settings.gap_days + 1)
            window = slice(max(0, end - settings.baseline_days), end)
            organization = (sum(all_x[window]) + 0.5) / (sum(all_n[window]) + 1)
            count = sum(n[window])
            rate = (sum(x[window]) + settings.prior_claims * organization) / (count + settings.prior_claims)
            rho = min(1, max(0, sum(excess[window]) / (sum(pairs[window]) + 2000)))
            learn = day >= first + settings.gap_days
            excess.append((x[day] - n[day] * rate) ** 2 / (rate * (1 - rate)) - n[day] if learn else 0)
            pairs.append(n[day] * (n[day] - 1) if learn else 0)
            recent = sum(n[max(0, day + 1 - settings.watch_days) : day + 1])
            enough = recent >= settings.minimum_decided and count >= settings.minimum_decided
            watched = enough and day >= first + settings.warmup_days
            odds = rate / (1 - rate)
            inflation = 1 + max(n[day] - 1, 0) * rho
            for which, log_o in enumerate(log_odds):
                change = math.log1p(odds * math.exp(log_o)) - math.log1p(odds * math.exp(log_null))
                step = (x[day] * (log_o - log_null) - n[day] * change) / inflation
                before = log_r[which]
                started = before + math.log1p(math.exp(-before)) if before > 0 else math.log1p(math.exp(before))
                log_r[which] = started + step if watched else -math.inf
            highest = max(log_r)
            mean = highest + math.log(sum(math.exp(r - highest) for r in log_r) / len(log_r)) if watched else 0
            row.append(max(mean, 0.0))
        statistics.append(row)
    return statistics


def denial_panel(rng: np.random.Generator) -> tuple[Counts, Counts]:
    volume = np.exp(rng.normal(math.log(6), 1.1, STREAMS)).clip(0.5, 150)
    rate = rng.beta(3, 25, STREAMS).clip(0.01, 0.5)
    decided = rng.poisson(volume[:, None], (STREAMS, DAYS))
    return decided, rng.binomial(decided, rate[:, None])


def payment_cells(rng: np.random.Generator) -> tuple[Counts, ...]:
    stream = rng.integers(0, DELAY_STREAMS, DELAY_CLAIMS)
    submitted = rng.integers(0, DELAY_DAYS, DELAY_CLAIMS)
    end = submitted + rng.lognormal(math.log(16), 0.55, DELAY_CLAIMS).astype(np.int64)
    end = np.where(end >= DELAY_DAYS, -1, end)
    keys, count = np.unique(np.stack((stream, submitted, end)), axis=1, return_counts=True)
    return keys[0], keys[1], keys[2], keys[2] >= 0, count


def main() -> int:
    rng = np.random.default_rng(1)
    decided, denied = denial_panel(rng)
    payers = np.full(STREAMS, -1)
    denial = seconds(lambda: detect_denial_rate(decided, denied, payers))

    few = slice(0, PLAIN_STREAMS)
    started = time.perf_counter()
    plain = plain_statistics(decided[few], denied[few], BARE)
    plain_all = (time.perf_counter() - started) / PLAIN_STREAMS * STREAMS
    ours = detect_denial_rate(decided[few], denied[few], payers[few], BARE).statistic_worse
    np.testing.assert_allclose(ours, plain, rtol=1e-9, atol=1e-9)

    cells = payment_cells(rng)
    delay = seconds(lambda: detect_payment_delay(*cells, np.full(DELAY_STREAMS, -1), DELAY_DAYS))

    figures = {
        "denial_rate_seconds": {"value": round(denial, 3), "target": 0.5, "holds": denial <= 0.5},
        "times_faster_than_plain_python": {
            "value": round(plain_all / denial, 1),
            "target": 5,
            "holds": plain_all / denial >= 5,
        },
        "payment_delay_seconds": {"value": round(delay, 3), "target": 0.5, "holds": delay <= 0.5},
    }
    print(f"denial rate, {STREAMS} streams x {DAYS} days    {denial * 1000:8.0f} ms   target 500 ms")
    print(
        f"  the same statistic ('worse' only), plain Python {plain_all * 1000:8.0f} ms   from {PLAIN_STREAMS} streams"
    )
    print(f"  ratio                                           {plain_all / denial:8.0f}")
    print(f"payment delay, {DELAY_STREAMS} streams x {DELAY_DAYS} days,")
    print(f"  {len(cells[0]):,} cells of {DELAY_CLAIMS:,} claims        {delay * 1000:8.0f} ms   target 500 ms")
    print(json.dumps(figures))
    return 0 if all(figure["holds"] for figure in figures.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
