"""Payers that do not change: both detectors of open claims keep their promise, whatever else moves."""

import numpy as np
import pytest
from detection.detector_panels import Ways, false_alarms_a_year, mixed_payers, waiting_claims

from upstream.detection.detectors.open_claims_walk import detect_open_claims

PAYERS, DAYS = 100, 840
HOLIDAYS = frozenset(day for day in range(3, DAYS) if day % 37 == 3) | {358, 359, 364, 723, 724}


@pytest.mark.parametrize(
    "ways",
    [
        Ways(),
        Ways("business days", holidays=HOLIDAYS),
        Ways("weekly run"),
        Ways("moving weekly run"),
        Ways("business days", batches=(0.25, 0.27)),
        Ways("business days", batches=(0.1, 0.72)),
        Ways("business days", season=0.2),
        Ways("business days", rate_season=0.2),
        Ways("business days", volume=(400, 1.3)),
        Ways("business days", batches=(0.25, 0.27), season=0.2, rate_season=0.2, volume=(400, 1.3), holidays=HOLIDAYS),
    ],
    ids=[
        "any day", "bank holidays", "weekly runs", "weekly runs that move", "batches", "large batches of denials",
        "season of payments", "season of denials", "volume", "together",
    ],
)  # fmt: skip
def test_unchanged_payers_alarm_less_than_once_in_ten_years(ways: Ways) -> None:
    rng = np.random.default_rng(8)
    claims = waiting_claims(rng, mixed_payers(rng, PAYERS)[0], DAYS, ways)
    for result in detect_open_claims(claims, np.full(PAYERS, -1), DAYS):
        assert result.watched.mean() > 0.75
        assert false_alarms_a_year(result.alarms, result.watched) <= 0.1
