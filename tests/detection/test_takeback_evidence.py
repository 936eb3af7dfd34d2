"""What a payer that takes back payments is shown with."""

import json
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from detection.made_facts import FIRST_DAY, made_facts

from upstream.claims.daily_facts import Slice
from upstream.detection.detectors.takebacks import TAKEBACK_SETTINGS, TakebackResult, detect_takebacks
from upstream.detection.evidence import Episode
from upstream.detection.models import Scope
from upstream.detection.panels import Panel
from upstream.detection.takeback_evidence import rerun_takebacks, takeback_episodes, takeback_evidence

DAYS, CHANGED_ON = 460, 380
PAYERS = ("Harbor", "Meridian", "Northwind", "Summit")


def clinic(seed: int, until: int = DAYS, changed: tuple[int, ...] = (1,)) -> Panel:
    """Thirty claims a day of each payer, of which Harbor takes back one in a hundred, $80 each, and the others none.

    From day 380 on until `until` the `changed` ones take back three claims in a hundred more, $200 each.
    """
    rng = np.random.default_rng(seed)
    claims = len(PAYERS) * 30 * DAYS
    takebacks = []
    for payer in range(len(PAYERS)):
        usual = rng.poisson(0.3, DAYS) if payer == 0 else np.zeros(DAYS, dtype=int)
        more = rng.poisson(0.9, DAYS) if payer in changed else np.zeros(DAYS, dtype=int)
        more[:CHANGED_ON] = more[until:] = 0
        takebacks += [
            (payer, day, int(usual[day] + more[day]), 80.0 * usual[day] + 200.0 * more[day])
            for day in np.flatnonzero(usual + more).tolist()
        ]
    denied = rng.random(claims) < 0.1
    billed = np.full(claims, 150.0)
    return Panel(
        made_facts(
            DAYS,
            [Slice(payer, "Visits") for payer in PAYERS],
            ("coding",),
            slice=rng.integers(0, len(PAYERS), claims),
            day=rng.integers(0, DAYS, claims),
            billed=billed,
            denied=billed * denied,
            category=np.where(denied, 0, -1),
            takebacks=takebacks,
        )
    )


def detect(panel: Panel) -> tuple[TakebackResult, list[tuple[Episode, dict[str, Any]]]]:
    own = slice(0, panel.claim_streams)
    result = detect_takebacks(
        panel.decided[own], panel.takebacks[own], panel.parent[own], TAKEBACK_SETTINGS, panel.pool[own]
    )
    found = takeback_episodes(panel, result, TAKEBACK_SETTINGS)
    return result, [(episode, takeback_evidence(panel, result, episode, TAKEBACK_SETTINGS)) for episode in found]


@pytest.fixture(scope="module")
def begun() -> tuple[Panel, TakebackResult, Episode, dict[str, Any]]:
    panel = clinic(60)
    result, found = detect(panel)
    ((episode, evidence),) = found
    assert panel.streams[episode.alarm.stream].payer == "Meridian"
    return panel, result, episode, evidence


def test_levels_and_money_are_those_of_the_takebacks(
    begun: tuple[Panel, TakebackResult, Episode, dict[str, Any]],
) -> None:
    panel, _, episode, evidence = begun
    alarm = episode.alarm
    assert alarm.direction == "worse" and 0 <= alarm.change_on - CHANGED_ON <= 4
    assert alarm.alarmed_on - CHANGED_ON <= 10
    after = slice(alarm.change_on, DAYS)
    taken, decided = panel.takebacks[1, after].sum(), panel.decided[1, after].sum()
    assert evidence["after"] == pytest.approx(taken / decided, abs=1e-6)
    assert evidence["after_low"] < 0.03 < evidence["after_high"]
    assert evidence["before"] == 0 == evidence["before_low"] and 0 < evidence["before_high"] < 0.001
    assert evidence["claims_affected"] == taken == evidence["parameters"]["takebacks_after"]
    assert float(evidence["dollars_per_week"]) == pytest.approx(200 * taken / episode.weeks, abs=0.01)
    assert evidence["certainty"] > 0.99 and evidence["in_force"] and evidence["categories"] == []


def test_only_this_payer_takes_back(begun: tuple[Panel, TakebackResult, Episode, dict[str, Any]]) -> None:
    _, _, _, evidence = begun
    elsewhere = evidence["parameters"]["elsewhere"]
    assert evidence["scope"] == Scope.THIS_PAYER
    assert elsewhere["before"] == pytest.approx(0.01 / 3, rel=0.3)
    assert elsewhere["after_low"] < elsewhere["after"] < elsewhere["after_high"]


def test_what_all_payers_take_back_is_everywhere() -> None:
    panel = clinic(61, changed=(0, 1, 2, 3))
    _, found = detect(panel)
    scopes = {panel.streams[episode.alarm.stream].payer: evidence["scope"] for episode, evidence in found}
    assert scopes["Meridian"] == scopes["Northwind"] == scopes["Summit"] == Scope.EVERYWHERE


def test_a_payer_that_has_stopped_again_is_no_longer_in_force() -> None:
    _, found = detect(clinic(62, until=405))
    first = found[0][1]
    assert found[0][0].alarm.direction == "worse" and not first["in_force"]
    for episode, evidence in found[1:]:
        assert episode.alarm.direction == "better" and evidence["dollars_per_week"] < 0


def test_the_series_holds_all_takebacks_day_by_day(
    begun: tuple[Panel, TakebackResult, Episode, dict[str, Any]],
) -> None:
    panel, result, episode, evidence = begun
    days = {point["day"]: point for point in evidence["series"]}
    for day in (CHANGED_ON + 1, CHANGED_ON + 30, DAYS - 1):
        point = days[(FIRST_DAY + timedelta(days=day)).isoformat()]
        assert (point["count"], point["events"]) == (panel.decided[1, day], panel.takebacks[1, day])
    alarm = days[(FIRST_DAY + timedelta(days=episode.alarm.alarmed_on)).isoformat()]
    assert alarm["statistic"] >= alarm["threshold"]
    assert alarm["threshold"] == pytest.approx(result.threshold_worse[1, episode.alarm.alarmed_on], abs=1e-6)


def test_the_statistic_can_be_computed_again_from_the_evidence_alone(
    begun: tuple[Panel, TakebackResult, Episode, dict[str, Any]],
) -> None:
    _, result, episode, evidence = begun
    stored = json.loads(json.dumps(evidence["parameters"]))
    again = rerun_takebacks("WORSE", stored)
    to_alarm = slice(episode.alarm.alarmed_on + 1 - len(again), episode.alarm.alarmed_on + 1)
    np.testing.assert_allclose(again, result.statistic_worse[1, to_alarm], atol=0.01)
    assert again[-1] >= stored["threshold"] - 0.01 > again[:-1].max()
    stored["rerun"]["counted"] = [0 for _ in again]
    assert rerun_takebacks("WORSE", stored)[-1] < again[-1] - 1
