"""One walk for both detectors: no day knows of later ones, a kept state goes on, and only the claims matter."""

import pickle
from dataclasses import astuple, fields, replace
from functools import cache

import numpy as np
import pytest
from detection.detector_panels import Ways, side_by_side, waiting_claims
from hypothesis import given, settings
from hypothesis import strategies as st

from upstream.detection.detectors.denial_cohort import CohortResult, CohortSettings
from upstream.detection.detectors.open_claims import Ended, OpenClaims, Submitted
from upstream.detection.detectors.open_claims_walk import OpenClaimsWalk, detect_open_claims
from upstream.detection.detectors.payment_delay import DelayResult, DelaySettings
from upstream.detection.detectors.watch import OpenClaimsAlarm, WatchResult
from upstream.detection.known_outcomes import known_through

DAYS = 330
#: Claims a day and ways of six payers, and of two groups of the first.
EVENTFUL = [
    (20.0, Ways("business days", slower=(250, 24.0))),
    (12.0, Ways("business days", answers_stop=(260, 310))),
    (9.0, Ways("business days", answers_stop=(240, 249))),
    (15.0, Ways("weekly run", denials_of_new=(225, 2.5))),
    (25.0, Ways(payments_stop=(270, 300), denials=(200, 2.0))),
    (2.0, Ways("moving weekly run")),
    (12.0, Ways("business days", slower=(250, 24.0))),
    (8.0, Ways("business days")),
]
PARENT = np.array([-1] * 6 + [0, 0])
DAILY = [field.name for field in fields(WatchResult) if field.name not in ("raised", "alarms")]


@cache
def eventful() -> OpenClaims:
    panels = [
        waiting_claims(np.random.default_rng([40, row]), np.array([volume]), DAYS, ways)
        for row, (volume, ways) in enumerate(EVENTFUL)
    ]
    return side_by_side(*panels, streams=[1] * len(panels)).checked(len(panels))


def known(claims: OpenClaims, days: int) -> np.ndarray:
    """(streams, days) what was known of each stream's payer, as the data of each day told."""
    payers = int((PARENT < 0).sum())
    outcomes = np.zeros((payers, days), dtype=np.int64)
    for rows in (claims.paid, claims.denied):
        own = rows.of((rows.stream < payers) & (rows.day < days))
        np.add.at(outcomes, (own.stream, own.day), own.claims)
    submitted = claims.submitted.of((claims.submitted.stream < payers) & (claims.submitted.day < days))
    sent = np.bincount(submitted.day, submitted.claims, days).astype(np.int64)
    return known_through(outcomes, sent)[np.where(PARENT < 0, np.arange(len(PARENT)), PARENT)]


def by_stream(alarm: OpenClaimsAlarm) -> tuple[int, int]:
    return alarm.stream, alarm.crossed_on


def numbers(alarm: OpenClaimsAlarm) -> list[float]:
    return [-1.0 if value is None else value for value in astuple(alarm)[2:]]


def walk() -> OpenClaimsWalk:
    return OpenClaimsWalk(PARENT, DelaySettings(), CohortSettings())


@cache
def whole() -> tuple[DelayResult, CohortResult]:
    return detect_open_claims(eventful(), PARENT, DAYS, known_through=known(eventful(), DAYS))


def test_much_is_found_and_some_of_it_is_known_only_later() -> None:
    payments, denials = whole()
    delays = {(alarm.stream, alarm.direction) for alarm in payments.alarms}
    assert {(0, "worse"), (1, "worse"), (4, "worse"), (6, "worse")} <= delays
    assert {(3, "worse"), (4, "worse")} <= {(alarm.stream, alarm.direction) for alarm in denials.alarms}
    assert all(alarm.crossed_on <= alarm.alarmed_on for alarm in payments.alarms + denials.alarms)


@pytest.mark.parametrize("days", [180, 252, 263, 271, 281, 305, 312])
def test_a_run_over_fewer_days_gives_the_alarms_raised_in_them_and_no_others(days: int) -> None:
    """Not with `known_through` of the whole run, but with what was known by then."""
    claims = eventful().through(days - 1)
    np.testing.assert_array_equal(known(claims, days), known(eventful(), DAYS)[:, :days])
    prefix = detect_open_claims(claims, PARENT, days, known_through=known(claims, days))
    for part, all_days in zip(prefix, whole(), strict=True):
        assert part.alarms == [alarm for alarm in all_days.alarms if alarm.alarmed_on < days]
        for name in DAILY:
            np.testing.assert_array_equal(getattr(part, name), getattr(all_days, name)[:, :days])


@settings(max_examples=6, deadline=None)
@given(st.lists(st.integers(1, DAYS - 1), min_size=1, max_size=4, unique=True))
def test_a_kept_state_and_the_new_days_give_what_a_walk_from_the_first_day_gives(cuts: list[int]) -> None:
    claims, through = eventful(), known(eventful(), DAYS)
    kept, raised, columns = walk(), [], {name: ([], []) for name in DAILY}
    for first, end in zip([0, *sorted(cuts)], [*sorted(cuts), DAYS], strict=True):
        kept = pickle.loads(pickle.dumps(kept))
        new = OpenClaims(
            *(
                rows.of((rows.day >= first) & (rows.day < end))
                for rows in (claims.submitted, claims.paid, claims.denied)
            )
        )
        days = kept.advance(new.between, end - 1, through[:, first:end])
        raised += [[(c.stream, c.crossed_on, c.alarmed_on, c.change_on) for c in part.raised] for part in days]
        for name in DAILY:
            for part, parts in zip(days, columns[name], strict=True):
                parts.append(getattr(part, name))
    for number, part in enumerate(whole()):
        told = [crossing for days in raised[number::2] for crossing in days]
        assert told == [(c.stream, c.crossed_on, c.alarmed_on, c.change_on) for c in part.raised]
        for name in DAILY:
            np.testing.assert_array_equal(np.concatenate(columns[name][number], axis=1), getattr(part, name))


def test_day_by_day_is_the_same() -> None:
    claims, kept, parts = eventful(), walk(), []
    for day in range(200):
        parts.append(kept.advance(claims.between, day)[0].statistic_worse)
    all_at_once = walk().advance(claims.between, 199)[0].statistic_worse
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), all_at_once)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_neither_the_order_of_rows_nor_their_split_matters(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def rearranged(rows: Submitted) -> Submitted:
        part = rng.binomial(rows.claims, 0.4)
        order = rng.permutation(2 * len(part))
        names = [each.name for each in fields(rows) if each.name != "claims"]
        columns = {name: np.tile(getattr(rows, name), 2)[order] for name in names}
        return type(rows)(**columns, claims=np.concatenate((part, rows.claims - part))[order])

    claims = eventful()
    others = OpenClaims(rearranged(claims.submitted), rearranged(claims.paid), rearranged(claims.denied))
    found = detect_open_claims(others, PARENT, DAYS, known_through=known(eventful(), DAYS))
    assert [part.alarms for part in found] == [part.alarms for part in whole()]


@settings(max_examples=5, deadline=None)
@given(st.permutations(range(len(PARENT))))
def test_the_order_of_streams_does_not_matter(order: list[int]) -> None:
    row_of = np.argsort(order)
    claims = eventful()
    moved = OpenClaims(
        *(
            type(rows)(
                **{n.name: row_of[rows.stream] if n.name == "stream" else getattr(rows, n.name) for n in fields(rows)}
            )
            for rows in (claims.submitted, claims.paid, claims.denied)
        )
    )
    parent = np.where(PARENT < 0, -1, row_of[PARENT])[order]
    found = detect_open_claims(moved, parent, DAYS, known_through=known(claims, DAYS)[order])
    for part, theirs in zip(found, whole(), strict=True):
        ours = sorted((replace(alarm, stream=order[alarm.stream]) for alarm in part.alarms), key=by_stream)
        for our, their in zip(ours, sorted(theirs.alarms, key=by_stream), strict=True):
            assert (our.stream, our.direction) == (their.stream, their.direction)
            # Sums over the payers are added up in another order.
            assert numbers(our) == pytest.approx(numbers(their), rel=1e-6, abs=1e-6)


def test_a_quiet_payer_more_changes_no_other_payers_alarms_beyond_shrinkage() -> None:
    more = waiting_claims(np.random.default_rng(43), np.array([10.0]), DAYS, Ways("business days"))
    claims = side_by_side(eventful(), more, streams=[len(PARENT), 1])
    alone = detect_open_claims(eventful(), PARENT, DAYS)
    found = detect_open_claims(claims, np.append(PARENT, -1), DAYS)
    for ours, theirs in zip(found, alone, strict=True):
        assert [(a.stream, a.direction) for a in ours.alarms] == [(a.stream, a.direction) for a in theirs.alarms]
        assert all(abs(a.crossed_on - b.crossed_on) <= 3 for a, b in zip(ours.alarms, theirs.alarms, strict=True))
        np.testing.assert_array_equal(ours.observed[:-1], theirs.observed)
    weekly, weekly_alone = (
        part[0].expected[: len(PARENT), 203:329].reshape(len(PARENT), -1, 7).sum(axis=2) for part in (found, alone)
    )
    np.testing.assert_allclose(weekly, weekly_alone, rtol=0.05, atol=1)


def test_what_is_counted_is_what_happened() -> None:
    claims, (payments, denials) = eventful(), walk().advance(eventful().between, DAYS - 1)
    for row in range(len(PARENT)):
        own = claims.of_stream(row, DAYS, 120)
        np.testing.assert_array_equal(payments.count[row], own.open.sum(axis=1))
        np.testing.assert_array_equal(payments.observed[row], own.paid.sum(axis=1))
        np.testing.assert_array_equal(denials.observed[row], own.denied.sum(axis=1))
        np.testing.assert_array_equal(denials.count[row], own.open.sum(axis=1))


def test_an_alarm_is_raised_on_the_day_that_made_its_days_known_and_rest_counts_from_there() -> None:
    claims, through = eventful(), known(eventful(), DAYS)
    late = through.copy()
    late[0] = np.maximum(np.arange(DAYS) - 20, 0)
    plain, later = (
        [alarm for alarm in detect_open_claims(claims, PARENT, DAYS, known_through=k)[0].alarms if alarm.stream == 0]
        for k in (through, late)
    )
    assert later[0].crossed_on == plain[0].crossed_on == plain[0].alarmed_on
    assert later[0].alarmed_on == later[0].crossed_on + 20
    assert (later[0].change_on, later[0].after) == (plain[0].change_on, plain[0].after)
    watched = detect_open_claims(claims, PARENT, DAYS, known_through=late)[0].watched[0]
    assert not watched[later[0].crossed_on + 1 : later[0].alarmed_on + 28].any()


def test_what_never_becomes_known_raises_nothing() -> None:
    nothing = np.full((len(PARENT), DAYS), 100)
    found = detect_open_claims(eventful(), PARENT, DAYS, known_through=nothing)
    assert [part.alarms for part in found] == [[], []]


def test_no_claims_are_no_error() -> None:
    none = np.zeros(0, dtype=np.int64)
    claims = OpenClaims(Submitted(none, none, none), Ended(none, none, none, none), Ended(none, none, none, none))
    payments, denials = detect_open_claims(claims, np.array([-1, 0]), 30)
    assert payments.alarms == denials.alarms == [] and not payments.expected.any()
    assert np.isfinite(payments.threshold_worse).all()
    assert detect_open_claims(claims, np.zeros(0, dtype=np.int64), 30)[0].alarms == []


def test_more_claims_ending_than_were_submitted_are_refused() -> None:
    one, two = np.array([1]), np.array([2])
    claims = OpenClaims(Submitted(one, one, one), Ended(one, two, two, one), Ended(*[np.zeros(0, dtype=np.int64)] * 4))
    with pytest.raises(ValueError, match="stream 1: by day 6 more claims have ended than were submitted"):
        detect_open_claims(claims, np.array([-1, -1]), 30)


def test_both_detectors_look_back_equally_far() -> None:
    with pytest.raises(ValueError, match="max_age_days"):
        OpenClaimsWalk(PARENT, DelaySettings(max_age_days=90), CohortSettings())
