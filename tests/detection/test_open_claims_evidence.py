"""The evidence of changes seen on open claims: levels, money, scope, and what a re-run needs."""

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pytest
from detection.detector_panels import Ways, side_by_side, waiting_claims
from detection.made_facts import FIRST_DAY

from upstream.claims.daily_facts import Blocks, DailyFacts, Decisions, Ends, Slice, Submissions, Takebacks
from upstream.detection.cohort_evidence import cohort_episodes, cohort_evidence, rerun_denial_cohort
from upstream.detection.delay_evidence import delay_episodes, delay_evidence, rerun_payment_delay
from upstream.detection.detectors.denial_cohort import CohortResult, CohortSettings
from upstream.detection.detectors.open_claims import OpenClaims
from upstream.detection.detectors.open_claims_walk import detect_open_claims
from upstream.detection.detectors.payment_delay import DelayResult, DelaySettings
from upstream.detection.evidence import through
from upstream.detection.models import Scope
from upstream.detection.panels import Panel
from upstream.detection.rerun import TOLERANCE

DAYS, CHANGED = 420, 350
BILLED, PAID = 200.0, 120.0
USUAL = Ways("business days")
#: Two service groups of each of four payers: A pays later, one group of B is denied more, C falls silent.
STORY = [
    replace(USUAL, slower=(CHANGED, 26.0)), replace(USUAL, slower=(CHANGED, 26.0)),
    USUAL, replace(USUAL, denials_of_new=(CHANGED, 3.0)),
    replace(USUAL, answers_stop=(CHANGED + 15, DAYS)), replace(USUAL, answers_stop=(CHANGED + 15, DAYS)),
    USUAL, USUAL,
]  # fmt: skip


def facts_of(claims: OpenClaims, slices: int) -> DailyFacts:
    """Two slices a payer; a claim denied is decided on the day of its end, one paid on that of its payment."""
    none = np.zeros(0, dtype=np.int64)
    ended = [
        np.concatenate((getattr(claims.paid, n), getattr(claims.denied, n))) for n in ("stream", "day", "claims", "age")
    ]
    submitted = claims.submitted.checked(slices)
    order = ended[1].argsort(kind="stable")
    paid = order < len(claims.paid.stream)
    stream, day, count, age = (column[order] for column in ended)
    return DailyFacts(
        first_day=FIRST_DAY,
        days=DAYS,
        slices=tuple(Slice("ABCD"[number // 2], f"group {number}") for number in range(slices)),
        categories=("coding",),
        submissions=Submissions(submitted.stream, submitted.day, submitted.claims),
        decisions=Blocks.holding(Decisions(
            slice=stream, day=day, category=np.where(paid, -1, 0), claims=count, billed=count * BILLED,
            denied=np.where(paid, 0, count * BILLED), paid=np.where(paid, count * PAID, 0.0),
            billed_squares=count * BILLED**2,
        ), slices),
        ends=Blocks.holding(Ends(stream, day, age, paid, count), slices),
        takebacks=Takebacks(none, none, none, np.zeros(0)),
    )  # fmt: skip


@cache
def story() -> tuple[Panel, DelayResult, CohortResult]:
    panels = [
        waiting_claims(np.random.default_rng([60, row]), np.array([12.0]), DAYS, way) for row, way in enumerate(STORY)
    ]
    panel = Panel(facts_of(side_by_side(*panels, streams=[1] * len(STORY)), len(STORY)))
    return panel, *detect_open_claims(
        panel.open_claims(0, panel.days - 1),
        panel.parent[: panel.claim_streams],
        panel.days,
        known_through=panel.known_on,
    )


def delays(panel: Panel, result: DelayResult) -> dict[str, dict[str, Any]]:
    """Evidence of the payers' own signals, by payer."""
    found = delay_episodes(panel, result, DelaySettings())
    return {
        str(panel.streams[e.alarm.stream].payer): delay_evidence(panel, result, e, DelaySettings())
        | {"alarm": e.alarm, "direction": e.alarm.direction.upper()}
        for e in found
        if e.alarm.stream < panel.payers and e.alarm.change_on >= CHANGED - 20
    }


def cohorts(panel: Panel, result: CohortResult) -> list[dict[str, Any]]:
    names = {f"group {number}": f"Group {number}" for number in range(len(STORY))}
    found = cohort_episodes(panel, result, CohortSettings())
    return [
        cohort_evidence(panel, result, e, CohortSettings(), names)
        | {"alarm": e.alarm, "direction": e.alarm.direction.upper(), "stream": panel.streams[e.alarm.stream]}
        for e in found
        if e.alarm.change_on >= CHANGED - 20
    ]


def test_a_slower_payer_and_one_that_falls_silent_are_told_with_their_days_and_money() -> None:
    panel, result, _ = story()
    found = delays(panel, result)
    assert set(found) == {"A", "C"}
    slower, silent = found["A"], found["C"]
    assert slower["before"] == pytest.approx(16, abs=1) and slower["after"] == pytest.approx(26, abs=3)
    assert slower["in_force"] and slower["certainty"] > 0.99 and slower["scope"] == Scope.THIS_PAYER
    # 24 claims a day of which nine in ten are paid, ten days later than before.
    assert slower["claims_affected"] == pytest.approx(24 * 0.9 * 10, rel=0.3)
    weeks = (panel.known_through[0] + 1 - slower["alarm"].change_on) / 7
    assert float(slower["dollars_per_week"]) == pytest.approx(slower["claims_affected"] * PAID / weeks, rel=0.01)
    assert slower["parameters"]["mean_paid_amount"] == PAID
    assert slower["parameters"]["elsewhere"]["before"] == pytest.approx(16, abs=1)
    assert silent["after"] is None and silent["alarm"].crossed_on > silent["alarm"].change_on + 7
    assert silent["parameters"]["last_outcome_on"] == panel.date_of(CHANGED + 14).isoformat()


def test_what_everybody_does_is_told_as_such() -> None:
    late = replace(USUAL, slower=(CHANGED, 26.0))
    panels = [waiting_claims(np.random.default_rng([61, row]), np.array([12.0]), DAYS, late) for row in range(8)]
    panel = Panel(facts_of(side_by_side(*panels, streams=[1] * 8), 8))
    result, _ = detect_open_claims(
        panel.open_claims(0, panel.days - 1),
        panel.parent[: panel.claim_streams],
        panel.days,
        known_through=panel.known_on,
    )
    found = delays(panel, result)
    assert found and {values["scope"] for values in found.values()} == {Scope.EVERYWHERE}


def test_denials_of_new_claims_are_told_with_their_shares_and_their_service_group() -> None:
    panel, _, result = story()
    found = cohorts(panel, result)
    assert {values["stream"].payer for values in found} == {"B"}
    (payer,) = [values for values in found if values["stream"].service_group is None]
    (group,) = [values for values in found if values["stream"].service_group is not None]
    assert group["stream"].service_group == "group 3" and payer["carried_by"] == "Group 3"
    assert group["alarm"].change_low <= CHANGED <= group["alarm"].change_high
    assert group["before"] == pytest.approx(0.1, abs=0.015) and group["before_low"] < 0.1 < group["before_high"]
    assert group["after_low"] < 0.3 < group["after_high"] and group["after"] > group["before_high"]
    assert payer["scope"] == Scope.THIS_PAYER and group["in_force"] and group["certainty"] > 0.9
    own = panel.claims_of([group["alarm"].stream], DAYS, 120)
    since = np.arange(DAYS)[:, None] - np.arange(121) >= group["alarm"].change_on
    assert group["parameters"]["events_after"] == own.denied[since].sum()
    extra = group["parameters"]["events_after"] - group["parameters"]["expected_after"]
    weeks = (panel.known_through[group["alarm"].stream] + 1 - group["alarm"].change_on) / 7
    assert float(group["dollars_per_week"]) == pytest.approx(extra * BILLED / weeks, rel=1e-3)
    assert [category["category"] for category in group["categories"]] == ["coding"]


def told(values: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """The stored statistic from where a re-run begins to the crossing; and where it crosses."""
    first, last = values["parameters"]["rerun"]["from"], values["parameters"]["crossed_on"]
    points = [point for point in values["series"] if first <= point["day"] <= last]
    assert date.fromisoformat(points[0]["day"]) == date.fromisoformat(first)
    return tuple(np.array([point[name] for point in points]) for name in ("statistic", "threshold"))


def test_a_rerun_from_the_stored_evidence_gives_the_stored_statistic() -> None:
    panel, payments, denials = story()
    pairs = [(rerun_payment_delay, values) for values in delays(panel, payments).values()]
    pairs += [(rerun_denial_cohort, values) for values in cohorts(panel, denials)]
    assert len(pairs) >= 4
    for rerun, values in pairs:
        again, (statistic, threshold) = rerun(values["direction"], values["series"], values["parameters"]), told(values)
        np.testing.assert_allclose(again, statistic, atol=TOLERANCE)
        assert again[-1] >= threshold[-1] - TOLERANCE and (again[:-1] < threshold[:-1] + TOLERANCE).all()
        fewer = [{**point, "events": point["events"] + 2} for point in values["series"]]
        assert abs(rerun(values["direction"], fewer, values["parameters"])[-1] - again[-1]) > 0.5


def test_evidence_grows_day_by_day_with_what_was_known() -> None:
    panel, result, _ = story()
    for values in delays(panel, result).values():
        alarm, by_day = values["alarm"], values["parameters"]["evidence_by_day"]
        # For as long as the stream rests, measured against the level before.
        assert 28 <= len(by_day) <= 28 + 7 or alarm.alarmed_on + len(by_day) == DAYS
        assert by_day[-1] > by_day[0] - TOLERANCE
        for day in (alarm.alarmed_on, alarm.alarmed_on + 3):
            earlier = panel.as_of(day)
            (then,) = [
                other["parameters"]["evidence_by_day"]
                for other in delays(earlier, through(result, day)).values()
                if other["alarm"].stream == alarm.stream
            ]
            assert then == by_day[: day + 1 - alarm.alarmed_on]
