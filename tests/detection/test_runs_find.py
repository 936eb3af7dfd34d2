"""What a run finds in a small simulated organization, and what it must not find."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from detection.simulated_rollup import BILLED, OPEN_DATE, Change, World

from upstream.accounts.models import Organization
from upstream.claims.models import Claim, Outcome
from upstream.detection.cohort_evidence import rerun_denial_cohort
from upstream.detection.models import Direction, Scope, Signal, SignalKind, StreamLevel
from upstream.detection.rerun import TOLERANCE
from upstream.detection.selectors import signal_claims
from upstream.detection.services import run_detection

CHANGED = date(2024, 4, 1)
WEEK = timedelta(days=7)


#: In this world all claims bill the same and changes last, so these say what the denial rate says.
CORROBORATING = (SignalKind.DENIAL_COHORT, SignalKind.DENIAL_DOLLARS)


def signals_of(organization: Organization) -> list[Signal]:
    """All but the corroborating ones."""
    found = Signal.objects.for_organization(organization).exclude(kind__in=CORROBORATING)
    return list(found.select_related("payer", "service_group").order_by("id"))


def test_a_payer_that_denies_more_is_found_dated_and_explained(organization: Organization) -> None:
    world = World(changes=[Change("Northwind", CHANGED, denial_factor=2.5)])
    world.write(organization)
    run = run_detection(organization_id=organization.pk)
    assert run is not None and run.data_through == world.last
    found = signals_of(organization)
    assert {(s.payer.name, s.kind, s.direction) for s in found} == {
        ("Northwind Health Plan", SignalKind.DENIAL_RATE, Direction.WORSE)
    }
    signal = next(s for s in found if s.level == StreamLevel.PAYER)
    same = Signal.objects.for_organization(organization).filter(kind__in=CORROBORATING, direction=Direction.WORSE)
    told = {(s.payer.name, s.kind) for s in same.select_related("payer") if s.level == StreamLevel.PAYER}
    assert told == {("Northwind Health Plan", kind) for kind in CORROBORATING}
    assert run.signals_found == len(found) + len(same)
    # Nine sets of claims for each kind but takebacks, of which there are none, and the denial categories of three
    # payers; the new one still rests.
    assert run.streams_watched == 9 * 4 + 9
    assert abs(signal.change_date - CHANGED) <= WEEK
    assert signal.change_date_low <= signal.change_date <= signal.change_date_high <= signal.alarmed_on
    assert signal.alarmed_on - CHANGED <= timedelta(days=45)
    assert signal.before == pytest.approx(0.08, abs=0.02)
    assert signal.after == pytest.approx(0.2, abs=0.05)
    assert signal.in_force and signal.found and signal.certainty > 0.99
    carried = signal.categories[0]
    assert (carried["category"], carried["label"]) == ("authorization", "Authorization")
    assert carried["share"] > 0.7 and carried["before"] == 0


def test_numbers_of_a_denial_signal_are_those_of_the_claims(organization: Organization) -> None:
    world = World(changes=[Change("Northwind", CHANGED, denial_factor=2.5)])
    world.write(organization)
    run_detection(organization_id=organization.pk)
    signal = next(s for s in signals_of(organization) if s.level == StreamLevel.PAYER)
    own = [claim for claim in world.claims if claim[0] == "Northwind" and claim[5] != OPEN_DATE]
    before_from = date.fromisoformat(signal.parameters["before_from"])
    before = [c for c in own if before_from <= c[5] < signal.change_date]
    after = [c for c in own if signal.change_date <= c[5]]
    denied_before, denied_after = (sum(c[3] == Outcome.DENIED for c in part) for part in (before, after))
    assert signal.before == pytest.approx(denied_before / len(before), abs=1e-6)
    assert signal.after == pytest.approx(denied_after / len(after), abs=1e-6)
    assert signal.before_low < signal.before < signal.before_high
    assert signal.after_low is not None and signal.after_high is not None and signal.after is not None
    assert signal.after_low < signal.after < signal.after_high
    extra = denied_after - denied_before / len(before) * len(after)
    weeks = ((world.last - signal.change_date).days + 1) / 7
    assert signal.claims_affected == round(extra)
    assert float(signal.dollars_per_week) == pytest.approx(extra * float(BILLED) / weeks, abs=0.01)
    elsewhere = [c for c in world.claims if c[0] != "Northwind" and signal.change_date <= c[5] <= world.last]
    assert signal.parameters["elsewhere"]["claims"] == len(elsewhere)
    rate = sum(c[3] == Outcome.DENIED for c in elsewhere) / len(elsewhere)
    assert signal.parameters["elsewhere"]["after"] == pytest.approx(rate, abs=1e-6)
    assert sum(c["share"] for c in signal.categories) == pytest.approx(1, abs=1e-5)
    assert sum(g["share"] for g in signal.parameters["service_groups"]) == pytest.approx(1, abs=1e-5)
    assert sum(c["claims"] for c in signal.categories) == signal.parameters["events_after"] == denied_after


def test_denials_by_cohort_are_dated_by_submission_and_proved_by_the_very_claims(organization: Organization) -> None:
    world = World(changes=[Change("Northwind", CHANGED, denial_factor=3)])
    world.write(organization, as_claims=True)
    run_detection(organization_id=organization.pk)
    cohorts = Signal.objects.for_organization(organization).filter(kind=SignalKind.DENIAL_COHORT)
    signal = cohorts.get(level=StreamLevel.PAYER)
    # Denials from the day of the change on are of claims sent about eighteen days before.
    assert date(2024, 3, 4) <= signal.change_date <= CHANGED <= signal.alarmed_on <= CHANGED + timedelta(days=45)
    assert signal.before == pytest.approx(0.08, abs=0.02) and signal.after == pytest.approx(0.24, abs=0.06)
    assert signal.in_force and signal.scope == Scope.THIS_PAYER and signal.dollars_per_week > 0
    behind = set(signal_claims(organization, signal).values_list("claim_key", flat=True))
    own = Claim.objects.for_organization(organization).filter(payer=signal.payer, outcome=Outcome.DENIED)
    since = own.filter(submitted_date__gte=signal.change_date).values_list("claim_key", flat=True)
    assert behind == set(since) and len(behind) == signal.parameters["events_after"]
    again = rerun_denial_cohort(signal.direction, signal.series, signal.parameters)
    stored = [point["statistic"] for point in signal.series if point["day"] <= signal.parameters["crossed_on"]]
    np.testing.assert_allclose(again, stored[-len(again) :], atol=TOLERANCE)


def test_series_are_day_by_day_in_the_agreed_form(organization: Organization) -> None:
    world = World(changes=[Change("Northwind", CHANGED, denial_factor=2.5)])
    world.write(organization)
    run_detection(organization_id=organization.pk)
    signal = next(s for s in signals_of(organization) if s.level == StreamLevel.PAYER)
    days = [date.fromisoformat(point["day"]) for point in signal.series]
    assert days == [
        signal.change_date + timedelta(days=n) for n in range(-180, (world.last - signal.change_date).days + 1)
    ]
    names = {"day", "count", "events", "expected", "rate", "baseline", "statistic", "threshold"}
    assert all(set(point) == names for point in signal.series)
    own = [c for c in world.claims if c[0] == "Northwind" and days[0] <= c[5] <= days[-1]]
    assert sum(point["count"] for point in signal.series) == len(own)
    assert sum(point["events"] for point in signal.series) == sum(c[3] == Outcome.DENIED for c in own)
    on_alarm = signal.series[(signal.alarmed_on - days[0]).days]
    assert on_alarm["statistic"] >= on_alarm["threshold"] > signal.series[0]["statistic"]
    # A week's denied of a week's decided, and the same with what the level before would have given.
    week = signal.series[-7:]
    assert week[-1]["rate"] == pytest.approx(sum(p["events"] for p in week) / sum(p["count"] for p in week), abs=1e-5)
    assert week[-1]["baseline"] == pytest.approx(signal.before, abs=0.02)


def test_a_group_alone_is_found_where_it_happens(organization: Organization) -> None:
    World(
        payers={"Northwind": 30.0, "Meridian": 12.0, "Harbor": 12.0},
        groups={"Imaging": 0.3, "Visits": 0.7},
        changes=[Change("Northwind", CHANGED, group="Imaging", denial_factor=4)],
    ).write(organization)
    run_detection(organization_id=organization.pk)
    found = {(s.level, s.service_group.name if s.service_group else "") for s in signals_of(organization)}
    assert (StreamLevel.PAYER_SERVICE_GROUP, "Imaging") in found
    assert (StreamLevel.PAYER_SERVICE_GROUP, "Visits") not in found
    # The payer as a whole shows it too, and its signal names the group.
    assert [s.carried_by for s in signals_of(organization) if s.level == StreamLevel.PAYER] == ["Imaging"]


def test_a_stall_is_found_and_its_open_claims_counted(organization: Organization) -> None:
    stopped = date(2024, 6, 3)
    world = World(changes=[Change("Meridian", stopped, stops=True)])
    world.write(organization)
    run_detection(organization_id=organization.pk)
    found = signals_of(organization)
    assert {(s.payer.name, s.kind, s.direction) for s in found} == {
        ("Meridian Health Plan", SignalKind.PAYMENT_DELAY, Direction.WORSE)
    }
    (signal,) = [s for s in found if s.level == StreamLevel.PAYER]
    assert signal.alarmed_on - stopped <= timedelta(days=7)
    assert abs(signal.change_date - stopped) <= WEEK
    assert signal.after is None and signal.after_high is None
    assert signal.before == pytest.approx(18, abs=2)
    last_outcome = max(c[5] for c in world.claims if c[0] == "Meridian" and c[5] != OPEN_DATE)
    assert signal.parameters["last_outcome_on"] == last_outcome.isoformat()
    # In the nineteen working days since, the payer would have decided about nine claims a day.
    missing = [c for c in World().claims if c[0] == "Meridian" and stopped <= c[5] <= world.last]
    assert signal.claims_affected == pytest.approx(len(missing), rel=0.15)
    assert signal.parameters["outstanding"] - signal.parameters["usually_outstanding"] == pytest.approx(
        signal.claims_affected, abs=0.5
    )
    assert signal.dollars_per_week > Decimal(1000)
    assert signal.categories == []


def test_a_stall_that_lasts_is_one_signal(organization: Organization) -> None:
    World(changes=[Change("Meridian", date(2024, 3, 4), stops=True)]).write(organization)
    run_detection(organization_id=organization.pk)
    assert len([s for s in signals_of(organization) if s.level == StreamLevel.PAYER]) == 1


def test_a_slower_payer_is_found_with_its_days(organization: Organization) -> None:
    slower = date(2024, 4, 1)
    World(changes=[Change("Harbor", slower, extra_days=12)]).write(organization)
    run_detection(organization_id=organization.pk)
    worse = [s for s in signals_of(organization) if s.direction == Direction.WORSE]
    assert {(s.payer.name, s.kind) for s in worse} == {("Harbor Health Plan", SignalKind.PAYMENT_DELAY)}
    (signal,) = [s for s in worse if s.level == StreamLevel.PAYER]
    assert abs(signal.change_date - slower) <= WEEK
    assert signal.after is not None and signal.after - signal.before == pytest.approx(12, abs=3)
    # Nine claims a working day that stay open twelve days longer.
    assert signal.claims_affected == pytest.approx(9 * 5 / 7 * 12, rel=0.35)
    assert signal.in_force


def test_a_change_that_was_taken_back_is_not_in_force(organization: Organization) -> None:
    World(changes=[Change("Northwind", date(2023, 11, 1), denial_factor=3, until=date(2024, 2, 1))]).write(organization)
    run_detection(organization_id=organization.pk)
    payer = [s for s in signals_of(organization) if (s.level, s.kind) == (StreamLevel.PAYER, SignalKind.DENIAL_RATE)]
    worse, better = (next(s for s in payer if s.direction == d) for d in (Direction.WORSE, Direction.BETTER))
    assert not worse.in_force and worse.parameters["reversed_on"] == better.change_date.isoformat()
    assert worse.after is not None and worse.after == pytest.approx(0.24, abs=0.05)
    assert better.in_force and better.dollars_per_week < 0 < worse.dollars_per_week


def test_nothing_is_found_where_nothing_changed(organization: Organization) -> None:
    World().write(organization)
    run = run_detection(organization_id=organization.pk)
    assert run is not None and run.streams_watched == 9 * 4 + 9 and run.signals_found == 0
    assert not signals_of(organization)


def test_files_that_stopped_coming_are_no_stall(organization: Organization) -> None:
    World().write(organization)
    run = run_detection(organization_id=organization.pk, through=World().last + timedelta(days=10))
    assert run is not None and run.data_through == World().last
    assert not signals_of(organization)


def test_remittances_not_fetched_yet_are_no_stall(organization: Organization) -> None:
    """Submissions run on for three weeks beyond the last outcome of any payer."""
    world = World(fetched=World.last - timedelta(days=21))
    world.write(organization)
    run = run_detection(organization_id=organization.pk)
    assert run is not None and run.data_through == world.last
    assert not signals_of(organization)


def test_files_that_come_one_payer_at_a_time_are_no_stall(organization: Organization) -> None:
    """Of the last week only one payer's file is in; the others' claims of those days are no later than ever."""
    week_before = World.last - timedelta(days=7)
    World(fetched_of={"Meridian": week_before, "Harbor": week_before}).write(organization)
    run = run_detection(organization_id=organization.pk)
    assert run is not None and run.data_through == World.last
    assert not signals_of(organization)


def test_a_file_that_does_not_come_for_long_is_a_stall(organization: Organization) -> None:
    """A weekend of silence is usual, and a file may be a week late; what lasts longer counts from its first day."""
    last_file = date(2024, 6, 14)
    World(fetched_of={"Meridian": last_file}).write(organization)
    seen_on = None
    for silent in range(1, 15):
        run_detection(organization_id=organization.pk, through=last_file + timedelta(days=silent))
        if seen_on is None and signals_of(organization):
            seen_on = silent
    assert seen_on == 10
    (signal,) = [s for s in signals_of(organization) if s.level == StreamLevel.PAYER]
    assert signal.payer.name == "Meridian Health Plan"
    assert signal.alarmed_on == last_file + timedelta(days=seen_on)
    assert abs(signal.change_date - last_file) <= timedelta(days=4)


@pytest.mark.parametrize("others", [{}, {"Harbor": 1.0}])
def test_the_stall_of_a_payer_that_brings_nearly_all_outcomes_is_seen(
    organization: Organization, others: dict[str, float]
) -> None:
    """Its payments are nearly all there are; that claims are still being sent tells a stall from imports that ended."""
    stopped = date(2024, 6, 3)
    World(payers={"Northwind": 18.0} | others, changes=[Change("Northwind", stopped, stops=True)]).write(organization)
    # The last payments came on a Friday: nine days of silence may be a late file, the tenth is one too many.
    run_detection(organization_id=organization.pk, through=stopped + timedelta(days=6))
    assert not signals_of(organization)
    run_detection(organization_id=organization.pk, through=stopped + timedelta(days=7))
    assert signals_of(organization)
    run_detection(organization_id=organization.pk)
    assert {(s.payer.name, s.kind, s.direction) for s in signals_of(organization)} == {
        ("Northwind Health Plan", SignalKind.PAYMENT_DELAY, Direction.WORSE)
    }
    (signal,) = [s for s in signals_of(organization) if s.level == StreamLevel.PAYER]
    assert abs(signal.change_date - stopped) <= WEEK and signal.alarmed_on - stopped <= WEEK
    assert signal.parameters["outcomes_through"] == World.last.isoformat()


def test_files_of_a_sole_payer_that_stop_together_with_the_claims_are_no_stall(organization: Organization) -> None:
    World(payers={"Northwind": 18.0}).write(organization)
    run_detection(organization_id=organization.pk, through=World.last + timedelta(days=40))
    assert not signals_of(organization)


def test_a_mistyped_decision_far_ahead_is_no_stall(organization: Organization) -> None:
    ahead = World.last + timedelta(days=60)
    mistyped = ("Northwind", "Imaging", World.last - timedelta(days=20), Outcome.PAID, "", ahead, ahead)
    World(extra=[mistyped]).write(organization)
    run = run_detection(organization_id=organization.pk)
    assert run is not None and run.data_through == ahead
    assert not signals_of(organization)


def test_without_data_there_is_no_run(organization: Organization) -> None:
    assert run_detection(organization_id=organization.pk) is None


def test_days_to_come_are_not_data(organization: Organization) -> None:
    World(first=date(9000, 1, 1), last=date(9000, 1, 3)).write(organization)
    assert run_detection(organization_id=organization.pk) is None


def test_three_days_of_data_are_enough_to_run(organization: Organization) -> None:
    World(first=date(2024, 6, 26), last=date(2024, 6, 28)).write(organization)
    run = run_detection(organization_id=organization.pk)
    assert run is not None and (run.streams_watched, run.signals_found) == (0, 0)
