"""A walk that stops after any day, is kept and goes on, says what one walk over all days says: every bit of it.

And so do runs that go on from what earlier runs kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from detection.detector_panels import decisions, mixed_payers, steady
from detection.simulated_rollup import Change, World, counted
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from upstream.accounts.models import Organization
from upstream.claims import bulk, rollup
from upstream.claims.daily_facts import Columns, DailyFacts
from upstream.claims.models import Outcome, Payer, ServiceGroup
from upstream.detection import states
from upstream.detection.detecting import DetectorSettings, detector_settings, run_detectors, signals_of
from upstream.detection.detectors.day_walk import DayWalk
from upstream.detection.detectors.denial_dollars import DollarSettings, DollarWalk, detect_denial_dollars
from upstream.detection.detectors.denial_rate import DenialSettings, DenialWalk, detect_denial_rate
from upstream.detection.detectors.takebacks import TAKEBACK_SETTINGS, TakebackWalk, detect_takebacks
from upstream.detection.models import DetectionRun, DetectionState, Signal
from upstream.detection.panels import Panel
from upstream.detection.services import _EVIDENCE, _IDENTITY, run_detection

pytestmark = pytest.mark.once

DAYS, PAYERS, STREAMS = 320, 6, 14
PARENT = np.where(np.arange(STREAMS) < PAYERS, -1, np.arange(STREAMS) % PAYERS)
# Short baselines, so that days leave them, and streams that have alarmed are watched again.
RATE = DenialSettings(baseline_days=90, warmup_days=60, arl0_days=400)
DOLLARS = DollarSettings(baseline_days=90, warmup_days=60, arl0_days=400)
TAKEN = replace(TAKEBACK_SETTINGS, baseline_days=90, warmup_days=60, arl0_days=400)
Splits = st.lists(st.integers(1, DAYS - 1), max_size=5, unique=True).map(lambda cuts: [*sorted(cuts), DAYS])


@cache
def panel() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(7)
    volume, rate = mixed_payers(rng, STREAMS)
    rates = steady(rate, DAYS)
    # Up, back again, and once more; a stream begins late, and one falls silent.
    for row, factor in ((0, 2.5), (3, 0.3), (7, 3.0), (9, 2.0)):
        rates[row, 140:200] = np.minimum(rates[row, 140:200] * factor, 0.9)
        rates[row, 260:] = np.minimum(rates[row, 260:] * factor, 0.9)
    decided, denied = decisions(rng, volume + 4, rates, rho=0.02)
    decided[5, :110] = denied[5, :110] = decided[10, 170:240] = denied[10, 170:240] = 0
    size = rng.lognormal(5, 0.5, decided.shape)
    taken = rng.binomial(decided, 0.01) + (rng.random(decided.shape) < 0.002) * 20
    taken[2, 150:] += rng.binomial(decided[2, 150:], 0.1)
    return {
        "decided": decided, "denied": denied, "taken": taken,
        "billed": decided * size, "lost": denied * size, "squares": decided * size**2,
    }  # fmt: skip


def kept(walk: DayWalk, fresh: DayWalk) -> DayWalk:
    """Another walk, which knows nothing but what would be stored; in two stretches of days, as blocks are."""
    half = walk.day // 2
    late, told = walk.told(half), walk.told(0)
    told = {name: np.concatenate((told[name][..., :half, :], late[name]), axis=-2) for name in told}
    fresh.resume(walk.day, told, {name: values.copy() for name, values in walk.state().items()}, walk.alarms)
    return fresh


def in_parts(make: Callable[[], Any], ends: list[int], *arrays: np.ndarray) -> Any:
    walk = make()
    for end in ends:
        walk.advance(*(array[:, :end] for array in arrays))
        if end < DAYS:
            walk = kept(walk, make())
    return walk.result


def assert_same(found: Any, expected: Any) -> None:
    for field in fields(expected):
        ours, theirs = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(theirs, np.ndarray):
            np.testing.assert_array_equal(ours, theirs, field.name)
            assert (ours.dtype, ours.strides) == (theirs.dtype, theirs.strides)
        else:
            assert ours == theirs


@settings(max_examples=12, deadline=None)
@given(Splits)
def test_denial_rates_watched_in_parts_are_those_watched_at_once(ends: list[int]) -> None:
    arrays = panel()["decided"], panel()["denied"]
    whole = detect_denial_rate(*arrays, PARENT, RATE)
    assert len(whole.alarms) >= 6 and len({alarm.stream for alarm in whole.alarms}) < len(whole.alarms)
    assert_same(in_parts(lambda: DenialWalk(PARENT, RATE), ends, *arrays), whole)


@settings(max_examples=12, deadline=None)
@given(Splits)
def test_dollars_watched_in_parts_are_those_watched_at_once(ends: list[int]) -> None:
    arrays = tuple(panel()[name] for name in ("billed", "lost", "squares", "decided"))
    whole = detect_denial_dollars(*arrays, PARENT, DOLLARS)
    assert len(whole.alarms) >= 6 and len({alarm.stream for alarm in whole.alarms}) < len(whole.alarms)
    assert_same(in_parts(lambda: DollarWalk(PARENT, DOLLARS), ends, *arrays), whole)


@settings(max_examples=12, deadline=None)
@given(Splits)
def test_takebacks_watched_in_parts_are_those_watched_at_once(ends: list[int]) -> None:
    arrays = panel()["decided"], panel()["taken"]
    whole = detect_takebacks(*arrays, PARENT, TAKEN)
    assert whole.alarms
    assert_same(in_parts(lambda: TakebackWalk(PARENT, TAKEN), ends, *arrays), whole)


def test_day_by_day_is_the_same() -> None:
    arrays = panel()["decided"], panel()["denied"]
    ends = list(range(1, DAYS + 1))
    assert_same(in_parts(lambda: DenialWalk(PARENT, RATE), ends, *arrays), detect_denial_rate(*arrays, PARENT, RATE))


CHANGES = [
    Change("Northwind", date(2024, 2, 19), denial_factor=3.0, category="eligibility"),
    Change("Harbor", date(2024, 2, 12), stops=True, until=date(2024, 3, 4)),
]
WORLD = World(last=date(2024, 3, 29), changes=CHANGES)
SETTINGS = detector_settings(1.05)


def run(organization: Organization, through: date, settings: DetectorSettings = SETTINGS) -> states.Watched:
    with transaction.atomic():
        watched = states.watch(organization.pk, through, settings)
        assert watched is not None
        watched.keep()
    assert_as_in_full(watched, organization, through, settings)
    return watched


def columns_of(facts: DailyFacts) -> list[Columns]:
    return [facts.submissions, facts.decisions.whole(), facts.ends.whole(), facts.takebacks]


def assert_as_in_full(
    watched: states.Watched, organization: Organization, through: date, settings: DetectorSettings
) -> None:
    """Facts, everything the detectors say, and the evidence of every alarm."""
    facts = rollup.load_facts(organization.pk, through)
    assert facts is not None
    ours = watched.panel.facts
    assert (ours.first_day, ours.days, ours.slices) == (facts.first_day, facts.days, facts.slices)
    for columns, in_full in zip(columns_of(ours), columns_of(facts), strict=True):
        assert_same(columns, in_full)
    panel = Panel(facts)
    whole = run_detectors(panel, settings)
    for kind, result in whole.results.items():
        found = watched.detected.results[kind]
        assert_same(
            replace(found, raised=[]) if hasattr(found, "raised") else found,
            replace(result, raised=[]) if hasattr(result, "raised") else result,
        )
    assert signals_of(watched.panel, watched.detected, settings, {}) == signals_of(panel, whole, settings, {})


def day_after_day(organization: Organization, first: date, last: date) -> list[states.Watched]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [run(organization, day) for day in days if day.weekday() < 5]


def counted_again(
    organization: Organization, decided: date, claims: int, group: str = "Visits", waited: int = 5
) -> None:
    """Claims of Meridian that a file told of only now, paid on the day `decided` after so many days."""
    payer = Payer.objects.for_organization(organization).get(name="Meridian Health Plan")
    services, _ = ServiceGroup.objects.for_organization(organization).get_or_create(
        organization=organization, name=group, defaults={"position": 90}
    )
    changes = rollup.Changes()
    for _ in range(claims):
        place = (bulk.stored(payer.pk), bulk.stored(services.pk), "")
        changes.enter(counted(place, decided - timedelta(days=waited), Outcome.PAID, "", decided, decided))
    changes.append(organization.pk)
    rollup.fold(organization.pk)


@pytest.mark.django_db
def test_runs_day_by_day_walk_over_the_new_days_alone_and_say_what_one_run_says(organization: Organization) -> None:
    WORLD.write(organization)
    first = run(organization, date(2024, 2, 9))
    assert first.days_walked == first.panel.days
    # Two ends of blocks, both changes and the alarms they raise lie in these weeks.
    daily = day_after_day(organization, date(2024, 2, 12), date(2024, 3, 15))
    assert [each.days_walked for each in daily] == [3, 1, 1, 1, 1] * 5
    kinds = {kind for kind, _ in daily[-1].detected.alarms} - {kind for kind, _ in first.detected.alarms}
    assert {"DENIAL_RATE", "PAYMENT_DELAY"} <= kinds
    assert run(organization, date(2024, 3, 17)).days_walked == 0
    assert run(organization, date(2024, 3, 29)).days_walked == 14
    assert DetectionState.objects.for_organization(organization).exclude(walks=b"").count() == 3


@pytest.mark.django_db
def test_signals_of_daily_runs_are_those_of_one_run(organization: Organization) -> None:
    WORLD.write(organization)
    walked = []
    for day in (date(2024, 2, 29), date(2024, 3, 7), date(2024, 3, 8), date(2024, 3, 11), date(2024, 3, 29)):
        found = run_detection(organization_id=organization.pk, through=day)
        assert found is not None
        walked.append(found.days_walked)
    assert walked[1:] == [7, 1, 3, 18]

    def signals() -> list[dict[str, Any]]:
        rows = Signal.objects.for_organization(organization).values(*_IDENTITY, *_EVIDENCE)
        return sorted(rows, key=lambda row: [str(row[name]) for name in (*_IDENTITY, "alarmed_on")])

    daily = signals()
    for model in (Signal, DetectionRun, DetectionState):
        model.objects.for_organization(organization).delete()
    run_detection(organization_id=organization.pk, through=date(2024, 3, 29))
    assert len(daily) >= 4 and signals() == daily


@pytest.mark.django_db
@pytest.mark.parametrize(("days_ago", "waited", "walked"), [(2, 0, 5), (3, 5, 33), (20, 5, 33), (40, 5, None)])
def test_a_late_file_takes_the_next_run_back_to_a_state_before_it(
    organization: Organization, days_ago: int, waited: int, walked: int | None
) -> None:
    """The newest block has five days; what happened before the end of the second one before it takes a full run."""
    WORLD.write(organization)
    run(organization, WORLD.last - timedelta(days=1))
    assert run(organization, WORLD.last).days_walked == 1
    counted_again(organization, WORLD.last - timedelta(days=days_ago), 12, waited=waited)
    late = run(organization, WORLD.last)
    assert late.days_walked == (walked or late.panel.days)
    assert run(organization, WORLD.last).days_walked == 0


@pytest.mark.django_db
def test_other_settings_another_version_and_another_numpy_are_run_in_full(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    WORLD.write(organization)
    run(organization, WORLD.last)
    others = detector_settings(1.3)
    changed = run(organization, WORLD.last, others)
    assert changed.days_walked == changed.panel.days
    assert run(organization, WORLD.last, others).days_walked == 0
    for owner, name, value in ((states, "STATE_VERSION", 0), (np, "__version__", "0")):
        monkeypatch.setattr(owner, name, value)
        assert run(organization, WORLD.last, others).days_walked == changed.panel.days


@pytest.mark.django_db
def test_a_stream_that_is_watched_from_now_on_takes_a_run_over_all_days(organization: Organization) -> None:
    WORLD.write(organization)
    streams = len(run(organization, WORLD.last - timedelta(days=7)).panel.streams)
    # A slice more changes the numbers of the others, and below thirty claims it is no stream of its own yet.
    counted_again(organization, WORLD.last - timedelta(days=1), 20, group="A new one")
    few = run(organization, WORLD.last - timedelta(days=1))
    assert few.days_walked == 6 and len(few.panel.streams) == streams
    counted_again(organization, WORLD.last + timedelta(days=5), 20, group="A new one")
    many = run(organization, WORLD.last + timedelta(days=5))
    assert many.days_walked == many.panel.days and len(many.panel.streams) == streams + 1
    assert run(organization, WORLD.last + timedelta(days=5)).days_walked == 0


@pytest.mark.django_db
def test_a_look_at_a_past_day_keeps_what_later_runs_go_on_from(organization: Organization) -> None:
    WORLD.write(organization)
    run(organization, WORLD.last - timedelta(days=1))
    run(organization, date(2024, 2, 15))
    assert run(organization, WORLD.last).days_walked == 1


@pytest.mark.django_db
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_runs_side_by_side_keep_what_the_next_one_can_go_on_from(
    organization: Organization, order: tuple[int, int]
) -> None:
    """Between two runs that started from the same kept days a late file came, with a new stream."""
    WORLD.write(organization)
    run(organization, WORLD.last - timedelta(days=7))
    before = states.watch(organization.pk, WORLD.last - timedelta(days=2), SETTINGS)
    counted_again(organization, WORLD.last - timedelta(days=40), 40, group="A new one")
    after = states.watch(organization.pk, WORLD.last - timedelta(days=1), SETTINGS)
    assert before is not None and after is not None
    assert (before.days_walked, after.days_walked) == (5, after.panel.days)
    for number in order:
        with transaction.atomic():
            (before, after)[number].keep()
    run(organization, WORLD.last)
    assert run(organization, WORLD.last).days_walked == 0


@pytest.mark.django_db
def test_what_another_organization_kept_is_never_used(
    organization: Organization, other_organization: Organization
) -> None:
    WORLD.write(organization)
    World(last=WORLD.last).write(other_organization)
    run(organization, WORLD.last)
    theirs = run(other_organization, WORLD.last)
    assert theirs.days_walked == theirs.panel.days
    run(organization, WORLD.last)
    rows = DetectionState.objects.for_organization(other_organization)
    assert run(other_organization, WORLD.last).days_walked == 0 and rows.count() > 1


@pytest.mark.django_db
def test_what_is_kept_names_no_claim_and_no_patient(organization: Organization) -> None:
    WORLD.write(organization, as_claims=True)
    run(organization, WORLD.last)
    for row in DetectionState.objects.for_organization(organization):
        arrays, more = states._unpacked(zlib.decompress(row.days))
        assert all(values.dtype.kind in "iufb" for values in arrays.values())
        assert set(more) == {"slices", "streams", "alarms", "raised"}
