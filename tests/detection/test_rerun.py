"""The evidence of a signal is enough to compute its statistic again."""

import math
from datetime import date

import numpy as np
import pytest
from detection.simulated_rollup import Change, World

from upstream.accounts.models import Organization
from upstream.detection.models import Signal, SignalKind
from upstream.detection.rerun import TOLERANCE, rerun_denial_rate
from upstream.detection.services import run_detection


@pytest.fixture
def signals(organization: Organization) -> list[Signal]:
    changes = [
        Change("Northwind", date(2024, 4, 1), denial_factor=2.5),
        Change("Harbor", date(2024, 2, 5), denial_factor=0.2),
    ]
    World(changes=changes).write(organization)
    run_detection(organization_id=organization.pk)
    found = list(Signal.objects.for_organization(organization).filter(kind=SignalKind.DENIAL_RATE))
    assert len(found) >= 3
    return found


def test_a_rerun_from_the_stored_evidence_gives_the_stored_statistic(signals: list[Signal]) -> None:
    for signal in signals:
        again = rerun_denial_rate(signal.direction, signal.series, signal.parameters)
        first = signal.parameters["rerun"]["from"]
        stored = {point["day"]: point["statistic"] for point in signal.series}
        told = [stored[day] for day in sorted(stored) if first <= day <= signal.alarmed_on.isoformat()]
        np.testing.assert_allclose(again, told, atol=TOLERANCE)
        assert again[-1] >= signal.parameters["threshold"] - TOLERANCE > again[:-1].max()
        assert again[-1] == pytest.approx(signal.parameters["evidence_by_day"][0], abs=TOLERANCE)


def test_other_counts_give_another_statistic(signals: list[Signal]) -> None:
    signal = signals[0]
    plain = rerun_denial_rate(signal.direction, signal.series, signal.parameters)
    changed = [{**point, "events": 0} for point in signal.series]
    assert rerun_denial_rate(signal.direction, changed, signal.parameters)[-1] < plain[-1] - math.log(2)
