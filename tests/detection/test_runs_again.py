"""Runs that follow one another: the same signals for the same data, more for more, and nothing across organizations."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from detection.simulated_rollup import Change, World, panel_of
from django.db import connection
from django.test.utils import CaptureQueriesContext
from support import Thread

from upstream.accounts.models import Organization
from upstream.claims.models import Outcome
from upstream.detection.detectors.open_claims import Submitted
from upstream.detection.models import DetectionRun, Signal, SignalKind, StreamLevel
from upstream.detection.services import match, run_detection

DENIES = Change("Northwind", date(2024, 4, 1), denial_factor=2.5)


def rows_of(organization: Organization) -> list[dict[str, Any]]:
    return list(Signal.objects.for_organization(organization).order_by("id").values())


def payer_signal(organization: Organization) -> Signal:
    return Signal.objects.for_organization(organization).get(level=StreamLevel.PAYER, kind=SignalKind.DENIAL_RATE)


def test_the_same_data_give_the_same_signals_to_the_last_byte(organization: Organization) -> None:
    World(changes=[DENIES, Change("Meridian", date(2024, 6, 3), stops=True)]).write(organization)
    run_detection(organization_id=organization.pk)
    before = rows_of(organization)
    assert len(before) >= 4
    run_detection(organization_id=organization.pk)
    run_detection(organization_id=organization.pk, through=World.last + timedelta(days=30))
    assert rows_of(organization) == before
    assert DetectionRun.objects.for_organization(organization).count() == 3


def test_a_longer_history_extends_the_signals_it_finds_again(organization: Organization) -> None:
    changes = [DENIES]
    World(changes=changes, last=date(2024, 5, 31)).write(organization)
    first_run = run_detection(organization_id=organization.pk)
    first = payer_signal(organization)
    World(changes=changes, last=date(2024, 6, 28)).write(organization)
    second_run = run_detection(organization_id=organization.pk)
    second = payer_signal(organization)
    assert first_run is not None and second_run is not None
    assert (second.pk, second.created_at, second.alarmed_on) == (first.pk, first.created_at, first.alarmed_on)
    assert (first.run_id, second.run_id) == (first_run.pk, second_run.pk)
    assert (first.data_through, second.data_through) == (date(2024, 5, 31), date(2024, 6, 28))
    assert second.parameters["count_after"] > first.parameters["count_after"]
    assert second.log_evidence >= first.log_evidence and second.updated_at > first.updated_at
    assert len(second.series) == len(first.series) + 28 - (second.change_date - first.change_date).days


def test_as_of_a_past_day_is_what_was_known_on_it(organization: Organization) -> None:
    """A run through a past day reads the arrays that a run on that day read."""
    past = date(2024, 2, 29)
    World(changes=[DENIES]).write(organization)
    replayed = panel_of(organization, past)
    World(changes=[DENIES], last=past).write(organization)
    known = panel_of(organization)
    assert replayed.data_through == known.data_through == past
    np.testing.assert_array_equal(replayed.decided, known.decided)
    np.testing.assert_array_equal(replayed.denied, known.denied)
    np.testing.assert_array_equal(replayed.known_through, known.known_through)

    for name in ("submitted", "paid", "denied"):
        theirs, ours = (getattr(panel.open_claims(0, panel.days - 1), name) for panel in (replayed, known))
        assert columns(theirs) == columns(ours)


def columns(rows: Submitted) -> list[tuple[int, ...]]:
    return sorted(zip(*(getattr(rows, field.name).tolist() for field in fields(rows)), strict=True))


def test_a_run_through_a_past_day_changes_no_signal_of_a_later_one(organization: Organization) -> None:
    World(changes=[DENIES]).write(organization)
    run_detection(organization_id=organization.pk)
    before = rows_of(organization)
    run_detection(organization_id=organization.pk, through=date(2024, 5, 31))
    run_detection(organization_id=organization.pk, through=date(2024, 2, 1))
    assert rows_of(organization) == before


def test_a_signal_that_corrected_data_no_longer_show_is_marked_and_found_again(organization: Organization) -> None:
    World(changes=[DENIES]).write(organization)
    run_detection(organization_id=organization.pk)
    signal = payer_signal(organization)
    World().write(organization)
    run_detection(organization_id=organization.pk)
    lost = payer_signal(organization)
    assert (lost.pk, lost.found, lost.series) == (signal.pk, False, signal.series)
    World(changes=[DENIES]).write(organization)
    run_detection(organization_id=organization.pk)
    again = payer_signal(organization)
    assert (again.pk, again.found, again.change_date) == (signal.pk, True, signal.change_date)


def test_another_organizations_signals_and_claims_are_out_of_reach(
    organization: Organization, other_organization: Organization
) -> None:
    World(changes=[DENIES]).write(organization)
    World(changes=[Change("Harbor", date(2024, 6, 3), stops=True)]).write(other_organization)
    run_detection(organization_id=organization.pk)
    before = rows_of(organization)
    run_detection(organization_id=other_organization.pk)
    assert rows_of(organization) == before
    denials = {"DENIAL_RATE", "DENIAL_COHORT", "DENIAL_DOLLARS"}
    for tenant, kinds in ((organization, denials), (other_organization, {"PAYMENT_DELAY"})):
        assert {signal.kind for signal in Signal.objects.for_organization(tenant)} == kinds
        assert {s.payer.organization_id for s in Signal.objects.for_organization(tenant)} == {tenant.pk}
        assert DetectionRun.objects.for_organization(tenant).count() == 1


def test_queries_do_not_grow_with_streams_or_claims(
    organization: Organization,
    other_organization: Organization,
    count_queries: Callable[[], AbstractContextManager[CaptureQueriesContext]],
) -> None:
    quiet_last = date(2023, 9, 29)
    World(payers={"Northwind": 5.0}, groups={"Visits": 1.0}, last=quiet_last).write(organization)
    many = {f"Payer {number}": 8.0 for number in range(6)}
    World(payers=many, groups={f"Group {number}": 0.2 for number in range(5)}, last=quiet_last).write(
        other_organization
    )
    numbers = []
    for tenant in (organization, other_organization):
        with count_queries() as queries:
            run_detection(organization_id=tenant.pk)
        statements = [query["sql"] for query in queries if 'INSERT INTO "detection_signal"' not in query["sql"]]
        assert len(queries) <= len(statements) + 1
        numbers.append(len(statements))
    # Days are read, and kept, four weeks at a time.
    assert numbers[0] == numbers[1] <= 41


def test_pairs_are_made_by_nearest_change_and_each_only_once() -> None:
    day = date(2024, 1, 1)
    identity = {"kind": "DENIAL_RATE", "level": "PAYER", "direction": "WORSE", "payer_id": 1, "service_group_id": None}
    identity |= {"denial_category": "", "location": ""}

    def values(change: date, margin: int = 0, **other: Any) -> dict[str, Any]:
        low, high = change - timedelta(days=margin), change + timedelta(days=margin)
        return {**identity, "change_date": change, "change_date_low": low, "change_date_high": high, **other}

    def signal(change: date, margin: int = 0) -> Any:
        class Known:
            pass

        known = Known()
        for name, value in values(change, margin).items():
            setattr(known, name, value)
        return known

    early, late = signal(day), signal(day + timedelta(days=30))
    near_late, near_early = values(day + timedelta(days=20)), values(day + timedelta(days=2))
    pairs, new, lost = match([early, late], [near_late, near_early])
    assert pairs == [(late, near_late), (early, near_early)] and not new and not lost
    # Too far, unless the intervals meet; another direction is another change.
    far = values(day + timedelta(days=40))
    assert match([early], [far]) == ([], [far], [early])
    wide = values(day + timedelta(days=40), margin=45)
    assert match([early], [wide])[0] == [(early, wide)]
    better = values(day, direction="BETTER")
    assert match([early], [better]) == ([], [better], [early])


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_runs_at_the_same_time_write_each_signal_once(organization: Organization) -> None:
    World(changes=[DENIES]).write(organization)
    failures: list[Exception] = []

    def run() -> None:
        try:
            run_detection(organization_id=organization.pk)
        except Exception as error:  # the assertion below shows it
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert DetectionRun.objects.for_organization(organization).count() == 3
    streams = Signal.objects.for_organization(organization).values_list(
        "kind", "payer_id", "service_group_id", "denial_category"
    )
    assert len(streams) == len(set(streams)) >= 1


def test_the_panel_holds_every_claim_of_the_rollup(organization: Organization) -> None:
    world = World(changes=[DENIES], last=date(2023, 12, 29))
    world.write(organization)
    panel = panel_of(organization)
    payer_rows, group_rows = (
        [row for row, stream in enumerate(panel.streams) if stream.level == level]
        for level in (StreamLevel.PAYER, StreamLevel.PAYER_SERVICE_GROUP)
    )
    decided = [claim for claim in world.claims if claim[3] != Outcome.PENDING]
    for rows in (payer_rows, group_rows):
        assert panel.decided[rows].sum() == len(decided)
        assert panel.denied[rows].sum() == sum(claim[3] == Outcome.DENIED for claim in decided)
        submitted = panel.open_claims(0, panel.days - 1).submitted
        assert submitted.claims[np.isin(submitted.stream, rows)].sum() == len(world.claims)
    day = date(2023, 8, 15)
    assert panel.decided[payer_rows, (day - panel.first_day).days].sum() == sum(claim[5] == day for claim in decided)
    assert [panel.streams[panel.parent[row]].payer for row in group_rows] == [
        panel.streams[row].payer for row in group_rows
    ]
    of_categories = slice(panel.claim_streams, None)
    assert panel.denied[of_categories].sum() == panel.denied[payer_rows].sum()
    np.testing.assert_array_equal(panel.decided[of_categories], panel.decided[panel.payer_row[of_categories]])


def test_claims_known_from_their_decision_alone_have_no_waiting_time(organization: Organization) -> None:
    world, day = World(last=date(2023, 6, 30)), date(2023, 6, 1)
    world.write(organization)
    watched = panel_of(organization)
    alone = ("Northwind", "Imaging", day, Outcome.PAID, "", day, day)
    World(last=world.last, extra=[alone] * 40).write(organization)
    panel = panel_of(organization)
    of_claims = slice(0, panel.claim_streams)
    assert panel.decided[of_claims].sum() == watched.decided[of_claims].sum() + 2 * 40
    submitted, theirs = (each.open_claims(0, each.days - 1).submitted for each in (panel, watched))
    assert submitted.claims.sum() == theirs.claims.sum()
