"""What all detectors together promise: quiet where nothing changes, and the same whatever order the claims come in."""

from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest
from detection.made_practice import Payer, made_practice
from detection.simulated_rollup import BILLED, Change, World, counted
from hypothesis import given, settings
from hypothesis import strategies as st

from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.claims.models import Outcome
from upstream.detection.detecting import Detected, detector_settings, run_detectors, signals_of
from upstream.detection.models import Signal
from upstream.detection.panels import Panel, Stream
from upstream.detection.services import run_detection

SETTINGS = detector_settings(1.05)
PROMISED = 0.1
CHANGED = date(2024, 4, 1)
WORLD = World(
    first=date(2023, 9, 4),
    changes=[Change("Northwind", CHANGED, denial_factor=3), Change("Harbor", date(2024, 5, 6), extra_days=14)],
)


def drawn_payers(number: int) -> list[Payer]:
    """Ten payers as different as real ones."""
    rng = np.random.default_rng([4, number])
    volumes = np.exp(rng.normal(np.log(6), 1.1, 10)).clip(0.5, 60)
    rates = rng.beta(3, 25, 10).clip(0.01, 0.5)
    return [
        Payer(f"Payer {place}", float(volume), float(rate), 100 * number + place)
        for place, (volume, rate) in enumerate(zip(volumes, rates, strict=True))
    ]


def detected(payers: list[Payer], days: int) -> tuple[Panel, Detected]:
    panel = Panel(made_practice(payers, days))
    return panel, run_detectors(panel, SETTINGS)


@pytest.mark.timeout(300)
def test_forty_quiet_organization_years_alarm_no_more_often_than_promised() -> None:
    """Twenty practices with a hundred streams each, watched for two years beyond their first half-year."""
    alarms: Counter[str] = Counter()
    years: Counter[str] = Counter()
    for number in range(20):
        _, found = detected(drawn_payers(number), 182 + 730)
        for kind, result in found.results.items():
            alarms[kind] += len(result.alarms)
            years[kind] += result.watched.sum() / 365
    assert len(years) == 5 and min(years.values()) > 2000
    assert all(alarms[kind] <= PROMISED * years[kind] for kind in years), (alarms, years)


def test_a_quiet_payer_more_changes_no_other_payers_alarms_beyond_shrinkage() -> None:
    # From eight payers on a season is told well, so that one more makes no difference to that either.
    payers = [Payer("A", 12, 0.1, 1, changes_on=400, factor=3)]
    payers += [Payer(name, 8, 0.1, seed) for seed, name in enumerate("BCDEFGH", 2)]
    (few, found_few), (more, found_more) = detected(payers, 500), detected([*payers, Payer("Z", 10, 0.09, 20)], 500)
    row_of = {stream: row for row, stream in enumerate(more.streams)}
    for kind, alone in found_few.results.items():
        joined = found_more.results[kind]
        of_changed = [
            {
                (panel.streams[alarm.stream], alarm.direction): alarm.alarmed_on
                for alarm in result.alarms
                if panel.streams[alarm.stream].payer == "A" and alarm.change_on >= 380
            }
            for panel, result in ((few, alone), (more, joined))
        ]
        assert set(of_changed[0]) == set(of_changed[1])
        assert all(abs(day - of_changed[1][key]) <= 7 for key, day in of_changed[0].items())
        # What was nearly evidence may pass its threshold; nothing becomes evidence that was not nearly.
        share = alone.statistic_worse / alone.threshold_worse
        joined_share = joined.statistic_worse / joined.threshold_worse
        moved = [
            np.abs(share[row, :day] - joined_share[row_of[few.streams[row]], :day]).max()
            for row in range(len(alone.watched))
            if (day := first_alarm(few.streams[row], (few, alone), (more, joined)))
        ]
        assert max(moved) < 0.5, kind
    assert {kind for kind, alarm in found_few.alarms if few.streams[alarm.stream].payer == "A"} >= {"DENIAL_RATE"}


def first_alarm(stream: Stream, *found: tuple[Panel, Any]) -> int:
    """Day of the stream's first alarm in any of the results, the number of days without one."""
    days = [a.alarmed_on for panel, result in found for a in result.alarms if panel.streams[a.stream] == stream]
    return min(days, default=found[0][0].days)


def test_takebacks_that_begin_with_the_first_remittances_are_no_change() -> None:
    """A year of claims files, which tell of none; then remittances, with what the payers have always taken back."""
    facts = made_practice(drawn_payers(0), 600)
    since = replace(facts, takebacks=facts.takebacks.of(facts.takebacks.day >= 365))
    for known in (facts, since):
        found = run_detectors(Panel(known), SETTINGS).takebacks
        assert not [alarm for alarm in found.alarms if 365 <= alarm.alarmed_on < 365 + 60]
    assert not found.watched[:, : 365 + SETTINGS.takebacks.warmup_days].any() and found.watched[:, -1].any()


@cache
def claims() -> list[tuple]:
    return [claim for claim in WORLD.claims if claim[2] <= date(2024, 5, 31)]


def changes_of(part: list[tuple]) -> rollup.Changes:
    changes = rollup.Changes()
    for payer, group, *rest in part:
        changes.enter(counted((payer, group, "Annex"), *rest))
    return changes


def found_in(changes: rollup.Changes) -> list[dict]:
    facts = rollup.facts_of(changes)
    assert facts is not None
    panel = Panel(facts)
    found = signals_of(panel, run_detectors(panel, SETTINGS), SETTINGS, {})
    return sorted(found, key=lambda values: (values["kind"], values["level"], *map(str, values.values())))


@cache
def found() -> list[dict]:
    return found_in(changes_of(claims()))


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_claims_does_not_matter(seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(claims()))
    again = found_in(changes_of([claims()[place] for place in order]))
    assert {values["kind"] for values in again} >= {"DENIAL_RATE", "PAYMENT_DELAY"}
    assert again == found()


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_claims_that_came_and_went_leave_no_trace(seed: int) -> None:
    rng = np.random.default_rng(seed)
    changes = changes_of(claims())
    for place in rng.choice(len(claims()), 200, replace=False):
        payer, group, submitted, *_ = claims()[place]
        gone = (payer, group, "Annex", Outcome.DENIED, "coding", submitted, submitted, None, BILLED, None, None, BILLED)
        changes.enter(gone)
        changes.leave(gone)
    assert found_in(changes) == found()


@pytest.mark.django_db
def test_splitting_a_days_file_in_two_changes_nothing(organization: Organization) -> None:
    WORLD.write(organization)
    run_detection(organization_id=organization.pk)
    whole = list(Signal.objects.for_organization(organization).order_by("id").values())
    assert whole

    WORLD.write(organization, files=2)
    run_detection(organization_id=organization.pk)
    assert list(Signal.objects.for_organization(organization).order_by("id").values()) == whole
