"""Denials by cohort: a changed denial rate found and dated by submission, whatever payments and volumes do."""

from dataclasses import replace

import numpy as np
import pytest
from detection.detector_panels import Ways, delays, side_by_side, waiting_claims

from upstream.detection.detectors.denial_cohort import CohortResult, CohortSettings
from upstream.detection.detectors.negative_binomial import evidence_of
from upstream.detection.detectors.open_claims import OpenClaims
from upstream.detection.detectors.open_claims_walk import OpenClaimsWalk, detect_open_claims
from upstream.detection.detectors.payment_delay import DelaySettings
from upstream.detection.detectors.watch import OpenClaimsAlarm

BUSINESS = Ways("business days")


def detect(
    claims: OpenClaims, streams: int, days: int, common_ratio: float = 1.5
) -> tuple[CohortResult, list[OpenClaimsAlarm]]:
    settings = CohortSettings(common_ratio=common_ratio)
    _, result = detect_open_claims(claims, np.full(streams, -1), days, cohort_settings=settings)
    return result, result.alarms


def payers(seed: int, days: int, *ways: Ways, volume: float = 20.0) -> OpenClaims:
    panels = [
        waiting_claims(np.random.default_rng([seed, row]), np.array([volume]), days, way)
        for row, way in enumerate(ways)
    ]
    return side_by_side(*panels, streams=[1] * len(ways))


def test_denials_of_claims_submitted_since_a_day_are_found_and_dated_by_submission() -> None:
    claims = payers(1, 360, replace(BUSINESS, denials_of_new=(280, 2.5)), *[BUSINESS] * 4)
    _, (alarm,) = detect(claims, 5, 360)
    assert (alarm.stream, alarm.direction) == (0, "worse")
    assert 284 <= alarm.crossed_on <= 310
    assert alarm.change_low <= 280 <= alarm.change_high and abs(alarm.change_on - 280) <= 5
    assert alarm.before_low < 0.1 < (alarm.before_high or 0) and alarm.before == pytest.approx(0.1, abs=0.01)
    assert alarm.after is not None and alarm.after_low is not None and alarm.after_high is not None
    assert alarm.before < alarm.after_low < 0.25 < alarm.after_high
    own = claims.of_stream(0, alarm.crossed_on + 1, 120)
    assert alarm.count_after == own.submitted[alarm.change_on :].sum()
    ages_since = np.arange(alarm.crossed_on + 1)[:, None] - np.arange(121) >= alarm.change_on
    assert alarm.events_after == own.denied[ages_since].sum() > 1.5 * alarm.expected_after


def test_denials_decided_from_a_day_on_reach_back_to_the_claims_that_waited() -> None:
    claims = payers(2, 360, replace(BUSINESS, denials=(280, 2.5)), *[BUSINESS] * 4)
    _, (alarm,) = detect(claims, 5, 360)
    assert (alarm.stream, alarm.direction) == (0, "worse") and 280 <= alarm.crossed_on <= 300
    assert 260 <= alarm.change_on <= 280


def test_fewer_denials_are_an_improvement() -> None:
    claims = payers(3, 400, replace(BUSINESS, denials_of_new=(280, 0.3)), *[BUSINESS] * 4, volume=40.0)
    _, (alarm,) = detect(claims, 5, 400)
    assert (alarm.stream, alarm.direction) == (0, "better") and alarm.after is not None and alarm.after < alarm.before
    assert alarm.change_low <= 280 <= alarm.change_high


def test_a_lasting_change_alarms_once_and_becomes_the_baseline() -> None:
    claims = payers(4, 620, *[replace(BUSINESS, denials_of_new=(250, 2.5))] * 2, *[BUSINESS] * 4)
    days, alarms = detect(claims, 6, 620)
    assert sorted((a.stream, a.direction) for a in alarms) == [(0, "worse"), (1, "worse")]
    assert days.watched[:2, 400:].all()
    assert days.expected[:2, 450:].sum() == pytest.approx(days.observed[:2, 450:].sum(), rel=0.1)


@pytest.mark.parametrize(
    "ways",
    [
        replace(BUSINESS, payments_stop=(300, 340)),
        replace(BUSINESS, answers_stop=(300, 340)),
        replace(BUSINESS, slower=(300, 28.0)),
        replace(BUSINESS, slower=(300, 9.0)),
        replace(BUSINESS, volume=(300, 2.0)),
        replace(BUSINESS, volume=(300, 0.5)),
    ],
    ids=["no payments", "no answers", "slower", "faster", "twice as many claims", "half as many"],
)
def test_neither_payments_nor_volumes_are_taken_for_denials(ways: Ways) -> None:
    claims = waiting_claims(np.random.default_rng(5), np.full(40, 30.0), 400, ways)
    days, alarms = detect(claims, 40, 400, common_ratio=1.0)
    assert days.watched[:, 200:].mean() > 0.95
    assert [alarm for alarm in alarms if alarm.crossed_on >= 300] == []


def test_evidence_by_one_yardstick_stays_finite_while_the_other_sees_nothing() -> None:
    """While payments stop, all that is decided are denials; as many of them as are due."""
    rng = np.random.default_rng(31)
    claims = waiting_claims(rng, np.full(3, 40.0), 420, Ways(payments_stop=(250, 400))).checked(3)
    walk = OpenClaimsWalk(np.full(3, -1), DelaySettings(), CohortSettings())
    _, cohorts = walk.advance(claims.between, 399)
    of_due, of_decided = walk.denials.evidence.max(axis=(1, 2))
    assert (of_due < 1e6).all() and of_decided.max() > 1e20
    assert np.isfinite(walk.denials.evidence).all()
    assert np.isfinite(cohorts.statistic_worse).all()


@pytest.mark.parametrize(("volume", "found"), [(5.0, 0.75), (20.0, 0.97)])
def test_doubled_denials_are_found_within_sixty_days(volume: float, found: float) -> None:
    ways = replace(BUSINESS, denials=(294, 2.0))
    claims = waiting_claims(np.random.default_rng(7), np.full(100, volume), 360, ways)
    _, alarms = detect(claims, 100, 360, common_ratio=1.0)
    waits = delays(alarms, range(100), 294)
    assert len(waits) >= 95 and np.mean(waits <= 60) >= found


@pytest.mark.parametrize("phi", [1.0, 1.5, 6.0])
def test_evidence_of_a_change_is_one_on_average_while_nothing_changes(phi: float) -> None:
    rng, expected = np.random.default_rng(8), 8.0
    counts = (
        rng.poisson(expected, 400_000) if phi == 1 else rng.negative_binomial(expected / (phi - 1), 1 / phi, 400_000)
    )
    assert counts.var() == pytest.approx(phi * expected, rel=0.02)
    for ratio in (0.6, 1.3, 2.0):
        of_event, of_expected = evidence_of(np.array(ratio), 1.0, phi)
        assert np.exp(counts * of_event + expected * of_expected).mean() == pytest.approx(1, abs=0.03)


def test_evidence_of_poisson_counts_is_theirs() -> None:
    of_event, of_expected = evidence_of(np.array(0.7), 1.0, 1.0)
    assert (of_event, of_expected) == pytest.approx((np.log(0.7), 0.3), abs=1e-5)
