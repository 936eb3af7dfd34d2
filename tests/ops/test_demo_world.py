"""The simulated world is believable, the same every time, and changes exactly where a change was planted."""

from datetime import date, timedelta

import numpy as np
import pytest

from upstream.claims.models import ServiceGroup
from upstream.claims.service_groups import DEFAULT_SERVICE_GROUPS, GroupIndex
from upstream.intake.codes import parse_npi
from upstream.ops.demo import catalogue, people
from upstream.ops.demo.catalogue import REASONS, THERAPY, VISITS, Service
from upstream.ops.demo.simulate import simulate
from upstream.ops.demo.spec import DenialChange, PaymentStall
from upstream.ops.demo.stories import FAMILY_CLINIC, ORTHOPEDIC_CLINIC, last_friday, stories
from upstream.ops.demo.workdays import holidays
from upstream.ops.demo.world import DENIED, NEVER, PAID, PARTIAL, PENDING, World

END = date(2026, 6, 26)
PAYERS = [payer.name for payer in FAMILY_CLINIC.payers]
SERVICES = [service.name for service, _, _ in FAMILY_CLINIC.services]


def family_world(*changes: DenialChange | PaymentStall, claims: int = 20_000, seed: int = 5, end: date = END) -> World:
    return simulate(FAMILY_CLINIC.with_changes(*changes), claims=claims, end=end, seed=seed)


@pytest.fixture(scope="module")
def world() -> World:
    return family_world()


def dates(world: World, days: np.ndarray) -> list[date]:
    return [world.date_of(day) for day in np.unique(days)]


def test_the_same_seed_and_day_make_the_same_world(world: World) -> None:
    again = family_world()
    for name in ("payer", "service", "location", "provider", "patient", "submitted", "decided", "outcome", "diagnosis"):
        assert np.array_equal(getattr(world, name), getattr(again, name)), name
    assert np.array_equal(world.lines.paid, again.lines.paid)
    assert world.patients == again.patients
    assert not np.array_equal(world.payer, family_world(seed=6).payer)


def test_it_has_the_claims_asked_for_over_the_days_asked_for(world: World) -> None:
    assert len(world) == 20_000
    assert world.start == END - timedelta(days=364)
    assert world.submitted.min() >= 0
    assert world.submitted.max() <= 364
    assert np.all(np.diff(world.submitted) >= 0)


def test_nobody_bills_decides_or_pays_at_weekends_and_on_holidays(world: World) -> None:
    decided = world.decided[world.decided != NEVER]
    off = holidays(2025) | holidays(2026) | holidays(2027)
    for day in dates(world, world.submitted) + dates(world, decided) + dates(world, world.served):
        assert day.weekday() < 5
        assert day not in off


def test_federal_holidays_fall_on_the_days_they_are_kept() -> None:
    assert {day for day in holidays(2026) if day.month in (5, 7, 9, 11)} == {
        date(2026, 5, 25),
        date(2026, 7, 3),
        date(2026, 9, 7),
        date(2026, 11, 26),
    }


def test_mondays_are_busier_than_fridays_and_winter_than_summer(world: World) -> None:
    weekday = (world.submitted + world.start.weekday()) % 7
    shares = np.bincount(weekday, minlength=7) / len(world)
    assert 0.21 < shares[0] < 0.26
    assert 0.14 < shares[4] < 0.18
    quarters = np.bincount(world.submitted * 4 // 365)
    assert 1.15 < quarters.max() / quarters.min() < 1.7


def test_services_come_before_their_claims_and_claims_before_their_decisions(world: World) -> None:
    waited = world.submitted - world.served
    assert waited.min() >= 1
    assert waited.max() <= 14
    assert (world.decided - world.submitted).min() >= 3


def test_denials_come_sooner_than_payments(world: World) -> None:
    known = world.decided != NEVER
    days = world.decided - world.submitted
    assert 9 <= np.median(days[known & (world.outcome == DENIED)]) <= 12
    assert 16 <= np.median(days[known & (world.outcome != DENIED)]) <= 20


def test_weekly_payers_answer_on_their_weekday_or_the_workday_after_a_holiday(world: World) -> None:
    off = holidays(2025) | holidays(2026) | holidays(2027)
    for row, payer in enumerate(FAMILY_CLINIC.payers):
        if len(payer.pays_on) > 1:
            continue
        of_payer = (world.payer == row) & (world.decided != NEVER)
        for day in dates(world, world.decided[of_payer]):
            postponed = 0
            while (day - timedelta(days=postponed)).weekday() not in payer.pays_on:
                postponed += 1
            assert all(day - timedelta(days=back) in off for back in range(1, postponed + 1)), (payer.name, day)


def test_denial_rates_are_the_payers_and_the_services(world: World) -> None:
    """Within four standard deviations of the binomial, widened by the mood of the remittances."""
    risks = np.array([risk for _, _, risk in FAMILY_CLINIC.services])
    for row, payer in enumerate(FAMILY_CLINIC.payers):
        claims = (world.payer == row) & (world.decided != NEVER)
        expected = payer.denial_rate * risks[world.service[claims]]
        batches = len(np.unique(world.decided[claims]))
        deviation = np.sqrt(np.sum(expected * (1 - expected)) + (payer.batch_spread * expected.sum()) ** 2 / batches)
        assert abs(np.sum(world.outcome[claims] == DENIED) - expected.sum()) < 4 * deviation, payer.name


def test_what_is_not_decided_by_the_last_day_is_pending(world: World) -> None:
    known = world.outcome_on(364)
    assert np.array_equal(known == PENDING, world.decided > 364)
    assert 0.04 < np.mean(known == PENDING) < 0.09
    old = world.submitted < 364 - 90
    # The few that no payer ever answers.
    assert 0 < np.mean(known[old] == PENDING) < 0.015
    assert np.mean(known[world.submitted > 357] == PENDING) > 0.9


def test_money_adds_up_line_by_line(world: World) -> None:
    lines = world.lines
    denied = lines.reason >= 0
    assert np.all(lines.paid[denied] == 0)
    assert np.all(lines.paid[~denied] == (lines.allowed - lines.patient_share)[~denied])
    assert np.all(lines.paid[~denied] > 0)
    assert np.all(lines.allowed <= lines.billed)
    for row, outcome in enumerate(world.outcome[:2000]):
        refused = denied[world.first_line[row] : world.first_line[row + 1]]
        expected = DENIED if refused.all() else PARTIAL if refused.any() else PAID
        assert outcome == expected


def test_a_contract_price_does_not_change(world: World) -> None:
    lines = world.lines
    key = np.stack((world.payer[lines.claim], lines.procedure))
    unit = lines.allowed // lines.units
    for payer, procedure in np.unique(key, axis=1).T[:60]:
        assert len(np.unique(unit[(key[0] == payer) & (key[1] == procedure)])) == 1


def test_patients_come_again_with_the_same_payer(world: World) -> None:
    visits = np.bincount(world.patient)
    assert 3 < visits[visits > 0].mean() < 8
    assert len({(p.family, p.given) for p in world.patients}) > 0.9 * len(world.patients)
    assert len({p.member for p in world.patients}) == len(world.patients)
    payer_of: dict[int, int] = {}
    for patient, payer in zip(world.patient.tolist(), world.payer.tolist(), strict=True):
        assert payer_of.setdefault(patient, payer) == payer


def test_provider_identifiers_carry_a_true_check_digit(world: World) -> None:
    # The example of 45 CFR 162.406's check digit standard, moved to the unused first digit.
    assert parse_npi(people.npi(23456789))[1]
    assert len(world.providers) == 11
    for npi in world.providers:
        assert parse_npi(npi) == (npi, True)
        assert npi.startswith("2")


def test_a_planted_denial_drift_changes_that_payers_service_and_nothing_else(world: World) -> None:
    on = END - timedelta(days=120)
    change = DenialChange(PAYERS[0], on, 2.2, THERAPY.name, "197")
    drifted = family_world(change)
    concerned = (world.payer == 0) & (world.service == SERVICES.index(THERAPY.name))
    differs = world.outcome != drifted.outcome
    assert differs.any()
    assert not np.any(differs & ~concerned)
    assert np.all(drifted.decided[differs] >= world.day_of(on))
    first_lines = drifted.first_line[:-1][differs]
    assert set(drifted.lines.reason[first_lines].tolist()) == {list(REASONS).index("197")}

    def rate(first: int, last: int) -> float:
        days = concerned & (drifted.decided >= first) & (drifted.decided < last)
        return float(np.mean(drifted.outcome[days] == DENIED))

    start = world.day_of(on)
    assert rate(start + 30, 365) / rate(60, start) == pytest.approx(2.2, rel=0.25)


def test_a_planted_improvement_takes_denials_away(world: World) -> None:
    change = DenialChange(PAYERS[3], END - timedelta(days=120), 0.4)
    better = family_world(change)
    differs = world.outcome != better.outcome
    assert set(world.outcome[differs].tolist()) == {DENIED}
    assert set(world.payer[differs].tolist()) == {3}


def test_a_planted_stall_slows_payments_and_leaves_denials_alone(world: World) -> None:
    on = END - timedelta(days=60)
    stalled = family_world(PaymentStall(PAYERS[1], on, 30 / 17))
    differs = world.decided != stalled.decided
    assert np.all((world.payer == 1)[differs])
    assert np.all(world.outcome[differs] != DENIED)
    assert np.array_equal(world.outcome, stalled.outcome)
    assert np.all(stalled.decided[differs] >= world.day_of(on))
    later = (
        (world.payer == 1) & (world.submitted >= world.day_of(on)) & (world.outcome == PAID) & (world.decided != NEVER)
    )
    waits = [np.median((w.decided - w.submitted)[later]) for w in (world, stalled)]
    assert waits[0] == pytest.approx(17, abs=2)
    assert waits[1] == pytest.approx(30, abs=3)


def test_without_a_planted_change_no_denial_rate_steps(world: World) -> None:
    """The last six weeks against the time before, by decision date, in standard errors widened by the moods."""
    for row, payer in enumerate(FAMILY_CLINIC.payers):
        of_payer = world.payer == row
        windows = []
        for first, last in ((60, 323), (323, 365)):
            claims = of_payer & (world.decided >= first) & (world.decided < last)
            rate, count = float(np.mean(world.outcome[claims] == DENIED)), int(claims.sum())
            batches = len(np.unique(world.decided[claims]))
            windows.append((rate, rate * (1 - rate) / count + (payer.batch_spread * rate) ** 2 / batches))
        (before, before_variance), (after, after_variance) = windows
        assert abs(after - before) < 3.5 * np.sqrt(before_variance + after_variance), payer.name


@pytest.mark.parametrize("position", [0, 1])
def test_a_story_is_the_same_in_every_week(position: int) -> None:
    """Only holidays move: payers, services and nearly all decisions are the same whenever the demo is set up."""
    story, later = (stories(last_friday(day))[position] for day in (date(2026, 6, 27), date(2027, 3, 2)))
    one, other = (simulate(s.clinic, claims=s.claims, end=s.end, seed=s.seed) for s in (story, later))
    assert story.end.weekday() == later.end.weekday() == 4
    assert np.array_equal(one.payer, other.payer)
    assert np.array_equal(one.service, other.service)
    assert np.mean(one.outcome == other.outcome) > 0.98
    assert np.mean(one.decided == other.decided) > 0.85


def test_last_friday_is_at_most_six_days_ago() -> None:
    for day in range(14):
        today = date(2026, 6, 20) + timedelta(days=day)
        assert last_friday(today).weekday() == 4
        assert 0 <= (today - last_friday(today)).days <= 6


def test_services_are_named_after_the_groups_their_codes_fall_into() -> None:
    groups = [
        ServiceGroup(name=name, position=position, ranges=[list(r) for r in ranges])
        for position, (name, ranges) in enumerate(DEFAULT_SERVICE_GROUPS)
    ]
    names = {group.pk: group.name for group in groups}
    index = GroupIndex(groups)
    services = [value for value in vars(catalogue).values() if isinstance(value, Service)]
    assert len(services) == 8
    for service in services:
        codes = {procedure.code for procedure in service.procedures + service.additions}
        assert {names[index.group_of(code)] for code in codes} == {service.name}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (DenialChange("Nobody's Plan", END, 2.0), "No payer is called"),
        (DenialChange(PAYERS[0], END, 2.0, "Alchemy"), "No service is called"),
        (DenialChange(PAYERS[0], END, 2.0, VISITS.name, "999"), "CARC 999"),
        (DenialChange(PAYERS[0], END, 0.0), "above 0"),
        (PaymentStall(PAYERS[0], END, -1.0), "above 0"),
    ],
)
def test_changes_a_clinic_cannot_have_are_refused(change: DenialChange | PaymentStall, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        FAMILY_CLINIC.with_changes(change)


def test_a_world_needs_a_claim_and_a_workday() -> None:
    with pytest.raises(ValueError, match="at least one claim"):
        simulate(FAMILY_CLINIC, claims=0, end=END, seed=1)
    with pytest.raises(ValueError, match="no workday"):
        simulate(FAMILY_CLINIC, claims=5, end=date(2026, 6, 28), seed=1, days=2)


def test_shares_of_both_clinics_add_up_to_one() -> None:
    for clinic in (FAMILY_CLINIC, ORTHOPEDIC_CLINIC):
        assert sum(payer.share for payer in clinic.payers) == pytest.approx(1)
        assert sum(share for _, share, _ in clinic.services) == pytest.approx(1)
