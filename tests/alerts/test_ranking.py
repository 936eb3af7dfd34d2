"""Which signals still matter, and their order."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from alerts.made_signals import CHANGED, THROUGH, signal

from upstream.accounts.models import Organization
from upstream.alerts.ranking import deserves_alert, rank_score
from upstream.detection.models import Direction

LONG_AGO = date(2023, 9, 1)
RECENT = THROUGH - timedelta(days=60)


@pytest.mark.parametrize(
    ("values", "deserved"),
    [
        ({}, True),
        ({"direction": Direction.BETTER}, False),
        ({"found": False}, False),
        ({"change_date": LONG_AGO}, True),
        ({"change_date": LONG_AGO, "in_force": False}, False),
        ({"alarmed_on": RECENT, "in_force": False}, True),
        ({"alarmed_on": RECENT - timedelta(days=1), "in_force": False}, False),
        ({"in_force": False, "parameters": {"reversed_on": "2024-06-10"}}, False),
    ],
)
def test_alerts_are_for_what_is_worse_and_still_matters(
    organization: Organization, values: dict[str, Any], deserved: bool
) -> None:
    assert deserves_alert(signal(organization, **values)) is deserved


def test_rank_is_money_by_certainty(organization: Organization) -> None:
    # 27 claims over 46 days are 4.1 a week.
    made = signal(organization)
    claims = 27 / (((THROUGH - CHANGED).days + 1) / 7)
    assert rank_score(made, real=0, noise=0) == pytest.approx(0.99 * (1000 + claims), abs=1e-3)
    surer = signal(organization, certainty=1.0)
    richer = signal(organization, dollars_per_week=Decimal("5000"))
    without_amounts = signal(organization, dollars_per_week=Decimal(0))
    ended = signal(organization, in_force=False)
    scores = [rank_score(s, real=0, noise=0) for s in (richer, surer, made, ended, without_amounts)]
    assert scores == sorted(scores, reverse=True) and scores[-1] > 0
    assert scores[3] == pytest.approx(scores[2] / 10, rel=1e-3)


def test_a_payer_that_cried_wolf_sinks_and_rises_with_what_was_real(organization: Organization) -> None:
    made = signal(organization)
    plain, noisy, mixed, real = (rank_score(made, real=r, noise=n) for r, n in ((0, 0), (0, 2), (4, 2), (6, 0)))
    assert noisy == pytest.approx(plain / 2, rel=1e-3)
    assert noisy < mixed < plain == real
