"""Evidence: how sure, in force, dated again, and the claims that prove it."""

import math
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from detection.simulated_rollup import Change, World

from upstream.accounts.models import Organization
from upstream.claims.models import Claim, Outcome
from upstream.detection.detectors.common import Alarm
from upstream.detection.evidence import certainty_of, episodes, nearer_to_after, redated
from upstream.detection.models import Signal, SignalKind, StreamLevel
from upstream.detection.selectors import signal_claims, signals
from upstream.detection.services import run_detection


def alarm(**values: Any) -> Alarm:
    known = Alarm(
        stream=0, direction="worse", alarmed_on=50, change_on=44, change_low=40, change_high=48, before=0.1,
        before_low=0.05, before_high=0.15, after=0.2, after_low=0.1, after_high=0.3, log_evidence=9.0, events_after=9,
        count_after=40, expected_after=4.0,
    )  # fmt: skip
    return replace(known, **values)


def test_certainty_is_five_in_six_at_the_threshold_and_rises_with_evidence() -> None:
    threshold = math.log(3650)
    assert certainty_of(threshold, threshold, 3650) == pytest.approx(5 / 6)
    assert certainty_of(6.0, 6.0, 3650) == pytest.approx(5 / 6)
    rising = [certainty_of(threshold + extra, threshold, 3650) for extra in np.linspace(-20, 800, 400)]
    assert all(earlier <= later for earlier, later in pairwise(rising))
    assert 0 < rising[0] < 1e-6 and 0.999 < rising[-1] <= 1
    # Twice the evidence, twice the odds.
    twice = certainty_of(threshold + math.log(2), threshold, 3650)
    assert twice / (1 - twice) == pytest.approx(10)


def test_what_comes_after_the_alarm_dates_the_change_again() -> None:
    # Evidence against a change until day 46, for it from then on.
    ratios = np.array([[-1.0] * 6 + [1.0] * 24])
    dated = redated(alarm(), ratios, drop=2.0)
    assert (dated.change_on, dated.change_low, dated.change_high) == (46, 44, 48)
    assert dated.log_evidence == pytest.approx(24)
    # A change cannot begin after the alarm, and evidence once seen is not taken back.
    late = redated(alarm(), np.array([[-1.0] * 15 + [0.1] * 5]), drop=0.05)
    assert late.change_on == 50 and late.log_evidence == 9.0
    assert redated(alarm(), np.full((1, 40), 1000.0), drop=2.0).log_evidence == 690


def test_a_streams_alarms_follow_one_another() -> None:
    found = episodes(
        [
            alarm(stream=1, change_on=700, alarmed_on=710),
            alarm(alarmed_on=120, change_on=110, direction="better"),
            alarm(alarmed_on=50, change_on=40),
            alarm(alarmed_on=200, change_on=180),
        ],
        last_day=720,
    )
    told = [(e.alarm.stream, e.before_start, e.alarm.change_on, e.after_end, e.reversed_on) for e in found]
    assert told == [(0, 0, 40, 109, 110), (0, 40, 110, 179, 180), (0, 110, 180, 720, None), (1, 335, 700, 720, None)]
    assert [episode.sign for episode in found] == [1, -1, 1, 1]
    assert found[-1].weeks == 3
    # In force or not: told by the reversal while it lasted, by the last sixty days where there is none.
    assert [(e.latest_start, e.latest_end) for e in found] == [(110, 179), (180, 720), (661, 720), (700, 720)]


@pytest.mark.parametrize(
    ("level", "before", "after", "nearer"),
    [(0.2, 0.1, 0.3, True), (0.19, 0.1, 0.3, False), (0.2, 0.3, 0.1, True), (0.21, 0.3, 0.1, False)],
)
def test_a_change_is_in_force_from_the_middle_on(level: float, before: float, after: float, nearer: bool) -> None:
    assert nearer_to_after(level, before, after) is nearer


def test_evidence_ends_on_the_last_day_the_payers_outcomes_are_known_for(organization: Organization) -> None:
    """Harbor pays later since April, and its file of the last week has not come; everybody else's has."""
    through = date(2024, 6, 21)
    late = Change("Harbor", date(2024, 4, 1), extra_days=12)
    whole = World(changes=[late], last=through)
    whole.write(organization)
    run_detection(organization_id=organization.pk)
    names = ("change_date", "before", "after", "after_high", "claims_affected", "dollars_per_week", "series")
    known = signals(organization).get(level=StreamLevel.PAYER)
    World(changes=[late], fetched_of={"Harbor": through}).write(organization, as_claims=True)
    run_detection(organization_id=organization.pk)
    signal = signals(organization).get(pk=known.pk)
    assert signal.data_through == World.last and known.data_through == through
    assert signal.parameters["after_through"] == signal.parameters["outcomes_through"] == through.isoformat()
    assert [getattr(signal, name) for name in names] == [getattr(known, name) for name in names]
    assert signal.series[-1]["day"] == through.isoformat()
    proof = signal_claims(organization.pk, signal)
    assert proof and max(claim.submitted_date for claim in proof) < through - timedelta(days=signal.before)


def test_the_claims_that_prove_a_denial_signal_are_those_it_counted(organization: Organization) -> None:
    World(changes=[Change("Northwind", date(2024, 4, 1), denial_factor=2.5)]).write(organization, as_claims=True)
    run_detection(organization_id=organization.pk)
    found = list(signals(organization))
    assert found and found == sorted(found, key=lambda s: (s.alarmed_on, s.pk), reverse=True)
    for signal in (each for each in found if each.kind == SignalKind.DENIAL_RATE):
        proof = signal_claims(organization.pk, signal)
        assert proof.count() == signal.parameters["events_after"]
        assert {claim.outcome for claim in proof} == {Outcome.DENIED}
        assert {claim.payer_id for claim in proof} == {signal.payer_id}
        if signal.service_group_id:
            assert {claim.service_group_id for claim in proof} == {signal.service_group_id}
        assert min(claim.decided_date for claim in proof) >= signal.change_date


def test_the_claims_that_prove_a_delay_waited_longer_than_was_usual(organization: Organization) -> None:
    stopped = date(2024, 6, 3)
    World(changes=[Change("Meridian", stopped, stops=True)]).write(organization, as_claims=True)
    run_detection(organization_id=organization.pk)
    signal = Signal.objects.for_organization(organization).get(
        kind=SignalKind.PAYMENT_DELAY, level=StreamLevel.PAYER, direction="WORSE"
    )
    usual = timedelta(days=signal.before)
    expected = set()
    for claim in Claim.objects.for_organization(organization).filter(payer_id=signal.payer_id):
        if claim.outcome == Outcome.PENDING:
            late = World.last - claim.submitted_date > usual
        else:
            late = claim.outcome == Outcome.PAID and claim.paid_date - claim.submitted_date > usual
            late = late and claim.paid_date >= signal.change_date
        if late and World.last - claim.submitted_date <= timedelta(days=120):
            expected.add(claim.pk)
    proof = signal_claims(organization, signal)
    assert set(proof.values_list("pk", flat=True)) == expected
    assert len(expected) > 100


def test_another_organizations_claims_prove_nothing(
    organization: Organization, other_organization: Organization
) -> None:
    World(changes=[Change("Northwind", date(2024, 4, 1), denial_factor=2.5)]).write(organization, as_claims=True)
    run_detection(organization_id=organization.pk)
    signal = signals(organization)[0]
    assert not signal_claims(other_organization, signal).exists()
    assert not signals(other_organization).exists()
