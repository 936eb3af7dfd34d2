"""What a changed share of denied dollars is shown with: every figure follows from the claims."""

import json
import math
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from detection.made_facts import FIRST_DAY, made_facts

from upstream.claims.daily_facts import Slice
from upstream.detection.detectors.denial_dollars import DollarResult, DollarSettings, detect_denial_dollars
from upstream.detection.dollars_evidence import IN_PART, dollar_episodes, dollar_evidence, rerun_denial_dollars
from upstream.detection.evidence import Episode
from upstream.detection.models import Scope, StreamLevel
from upstream.detection.panels import Panel

DAYS, CHANGED_ON = 420, 330
PAYERS, GROUPS = ("Harbor", "Meridian", "Northwind", "Summit"), ("Imaging", "Visits")
CATEGORIES = ("authorization", "coding", "eligibility")
LARGE = 500.0
SETTINGS = DollarSettings()


class Clinic:
    """Forty claims a day of each payer, four in ten for imaging; of one in ten all, of one in twenty half is denied.

    From day 330 on Meridian denies half of the large claims for imaging, for want of authorization, until `until`.
    """

    def __init__(self, seed: int, until: int = DAYS, payers_that_change: tuple[int, ...] = (1,)) -> None:
        rng = np.random.default_rng(seed)
        claims = len(PAYERS) * 40 * DAYS
        self.payer, self.day = rng.integers(0, len(PAYERS), claims), rng.integers(0, DAYS, claims)
        self.group = (rng.random(claims) < 0.6).astype(np.int64)
        self.billed = np.round(np.exp(rng.normal(5, 1.2, claims)), 2)
        draw = rng.random(claims)
        whole, half = draw < 0.1, (draw >= 0.1) & (draw < 0.15)
        self.category = np.where(whole, rng.integers(1, 3, claims), -1)
        changed = np.isin(self.payer, payers_that_change) & (self.group == 0) & (self.billed > LARGE)
        changed &= (self.day >= CHANGED_ON) & (self.day < until) & (rng.random(claims) < 0.5)
        self.category = np.where(changed, 0, self.category)
        self.denied = np.where(self.category >= 0, self.billed, np.where(half, self.billed / 2, 0))
        slices = [Slice(payer, group) for payer in PAYERS for group in GROUPS]
        self.panel = Panel(
            made_facts(
                DAYS,
                slices,
                CATEGORIES,
                slice=self.payer * 2 + self.group,
                day=self.day,
                billed=self.billed,
                denied=self.denied,
                category=self.category,
            )
        )

    def detect(self) -> DollarResult:
        panel = self.panel
        return detect_denial_dollars(
            panel.billed, panel.denied_dollars, panel.billed_squares, panel.decided, panel.parent, SETTINGS, panel.pool
        )

    def found(self) -> list[tuple[Episode, dict[str, Any]]]:
        result = self.detect()
        names = {group: group for group in GROUPS}
        return [
            (episode, dollar_evidence(self.panel, result, episode, SETTINGS, names))
            for episode in dollar_episodes(self.panel, result, SETTINGS)
        ]


def of_payer(
    found: list[tuple[Episode, dict[str, Any]]], panel: Panel, payer: str = "Meridian", direction: str = "worse"
) -> tuple[Episode, dict[str, Any]]:
    """The one signal of the payer as a whole."""
    (only,) = (
        each
        for each in found
        if panel.streams[each[0].alarm.stream].payer == payer
        and panel.streams[each[0].alarm.stream].level == StreamLevel.PAYER
        and each[0].alarm.direction == direction
    )
    return only


@pytest.fixture(scope="module")
def clinic() -> Clinic:
    return Clinic(50)


@pytest.fixture(scope="module")
def found(clinic: Clinic) -> list[tuple[Episode, dict[str, Any]]]:
    return clinic.found()


def test_levels_and_money_are_those_of_the_claims(clinic: Clinic, found: list[tuple[Episode, dict[str, Any]]]) -> None:
    episode, evidence = of_payer(found, clinic.panel)
    own = clinic.payer == 1
    before = own & (clinic.day < episode.alarm.change_on) & (clinic.day >= episode.before_start)
    after = own & (clinic.day >= episode.alarm.change_on)
    assert abs(episode.alarm.change_on - CHANGED_ON) <= 5
    for name, claims in (("before", before), ("after", after)):
        share = clinic.denied[claims].sum() / clinic.billed[claims].sum()
        assert evidence[name] == pytest.approx(share, abs=1e-6)
        assert evidence[f"{name}_low"] < share < evidence[f"{name}_high"]
        assert evidence["parameters"][f"denied_{name}"] == pytest.approx(clinic.denied[claims].sum())
        assert evidence["parameters"][f"billed_{name}"] == pytest.approx(clinic.billed[claims].sum())
        effective = evidence["parameters"][f"effective_claims_{name}"]
        assert effective <= clinic.billed[claims].sum() ** 2 / (clinic.billed[claims] ** 2).sum() + 1e-3
    extra = clinic.denied[after].sum() - evidence["before"] * clinic.billed[after].sum()
    assert float(evidence["dollars_per_week"]) == pytest.approx(extra / episode.weeks, rel=1e-4)
    mean_denied = clinic.denied[after & (clinic.category >= 0)].mean()
    assert evidence["claims_affected"] == pytest.approx(extra / mean_denied, abs=1)
    assert evidence["certainty"] > 5 / 6 and evidence["in_force"]


def test_a_single_claim_is_no_larger_a_part_than_told(
    clinic: Clinic, found: list[tuple[Episode, dict[str, Any]]]
) -> None:
    episode, evidence = of_payer(found, clinic.panel)
    after = (clinic.payer == 1) & (clinic.day >= episode.alarm.change_on)
    largest = clinic.denied[after].max() / clinic.denied[after].sum()
    assert largest <= evidence["parameters"]["largest_share"] < 0.3


def test_the_categories_that_carry_the_dollars_come_first(
    clinic: Clinic, found: list[tuple[Episode, dict[str, Any]]]
) -> None:
    episode, evidence = of_payer(found, clinic.panel)
    first = evidence["categories"][0]
    after = (clinic.payer == 1) & (clinic.day >= episode.alarm.change_on)
    assert (first["category"], first["before"]) == ("authorization", 0)
    assert first["claims"] == (clinic.category[after] == 0).sum() and first["share"] > 0.6
    assert sum(category["share"] for category in evidence["categories"]) == pytest.approx(1, abs=1e-5)
    assert sum(category["after"] for category in evidence["categories"]) == pytest.approx(evidence["after"], abs=1e-5)
    (in_part,) = (category for category in evidence["categories"] if category["category"] == IN_PART)
    part = clinic.denied[after & (clinic.category < 0)].sum() / clinic.billed[after].sum()
    assert in_part["after"] == pytest.approx(part, abs=1e-6) and in_part["claims"] == 0


def test_the_service_group_that_carries_it_is_named_and_the_payer_stands_alone(
    clinic: Clinic, found: list[tuple[Episode, dict[str, Any]]]
) -> None:
    _, evidence = of_payer(found, clinic.panel)
    imaging = evidence["parameters"]["service_groups"][0]
    assert (imaging["name"], imaging["rest_unchanged"], evidence["carried_by"]) == ("Imaging", True, "Imaging")
    assert imaging["share"] > 0.8 and evidence["scope"] == Scope.THIS_PAYER
    elsewhere = evidence["parameters"]["elsewhere"]
    assert elsewhere["after_low"] < elsewhere["before"] < elsewhere["after_high"]
    # Imaging alone, and its denials for want of authorization, tell the same.
    streams = [clinic.panel.streams[episode.alarm.stream] for episode, _ in found]
    assert {(s.service_group, s.denial_category) for s in streams if s.payer == "Meridian"} >= {
        (None, ""),
        ("Imaging", ""),
        (None, "authorization"),
    }
    by_stream = {stream: evidence for stream, (_, evidence) in zip(streams, found, strict=True)}
    for stream, own in by_stream.items():
        assert (own["categories"] == []) == bool(stream.denial_category)
        assert (own["parameters"]["service_groups"] == []) == (stream.service_group is not None)


def test_what_changes_at_all_payers_is_everywhere() -> None:
    clinic = Clinic(51, payers_that_change=(0, 1, 2, 3))
    _, evidence = of_payer(clinic.found(), clinic.panel)
    assert evidence["scope"] == Scope.EVERYWHERE


def test_a_change_that_is_over_is_not_in_force_and_its_end_is_an_improvement() -> None:
    clinic = Clinic(52, until=380)
    found = clinic.found()
    imaging = [
        (episode, evidence)
        for episode, evidence in found
        if (stream := clinic.panel.streams[episode.alarm.stream]).payer == "Meridian"
        and stream.service_group == "Imaging"
    ]
    assert imaging[0][0].alarm.direction == "worse"
    worse, better = imaging[0][1], [evidence for episode, evidence in imaging if episode.alarm.direction == "better"]
    if better:
        assert better[0]["dollars_per_week"] < 0 and better[0]["in_force"]
    assert worse["dollars_per_week"] > Decimal(0) and not worse["in_force"]


def test_the_series_holds_the_dollars_day_by_day(clinic: Clinic, found: list[tuple[Episode, dict[str, Any]]]) -> None:
    episode, evidence = of_payer(found, clinic.panel)
    days = {point["day"]: point for point in evidence["series"]}
    assert len(days) == len(evidence["series"])
    for day in (CHANGED_ON - 100, CHANGED_ON + 20, DAYS - 1):
        own = (clinic.payer == 1) & (clinic.day == day)
        point = days[(FIRST_DAY + timedelta(days=day)).isoformat()]
        assert point["count"] == round(clinic.billed[own].sum()) and point["events"] == round(clinic.denied[own].sum())
        assert point["expected"] == pytest.approx(evidence["before"] * clinic.billed[own].sum(), rel=1e-4)
    alarm = days[(FIRST_DAY + timedelta(days=episode.alarm.alarmed_on)).isoformat()]
    assert alarm["statistic"] >= alarm["threshold"] == evidence["parameters"]["threshold"]


def test_the_statistic_can_be_computed_again_from_the_evidence_alone(
    clinic: Clinic, found: list[tuple[Episode, dict[str, Any]]]
) -> None:
    result = clinic.detect()
    assert len(found) >= 3
    for episode, evidence in found:
        stored = json.loads(json.dumps(evidence["parameters"]))
        alarm = episode.alarm
        again = rerun_denial_dollars("WORSE" if alarm.direction == "worse" else "BETTER", stored)
        statistic = result.statistic_worse if alarm.direction == "worse" else result.statistic_better
        told = statistic[alarm.stream, alarm.alarmed_on + 1 - len(again) : alarm.alarmed_on + 1]
        np.testing.assert_allclose(again, told, atol=0.01)
        assert again[-1] == pytest.approx(stored["evidence_by_day"][0], abs=0.01)
        stored["rerun"]["denied"] = [0.0 for _ in again]
        assert stored["threshold"] - math.log(2) > rerun_denial_dollars("WORSE", stored)[-1]
