"""Replays: what would have been told, on the day it would have been, from what was known then and nothing else."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from alerts.claims_csv import LAST, Change, as_known_on, rows, write
from claims.facts_oracle import told_by
from django.core.management import CommandError, call_command
from intake.writing import take_in

from upstream.accounts.models import Organization
from upstream.alerts.claims_file import read_claims_file
from upstream.alerts.replay import replay
from upstream.claims import rollup
from upstream.claims.daily_facts import DailyFacts
from upstream.claims.models import Payer, ServiceGroup
from upstream.claims.service_groups import DEFAULT_SERVICE_GROUPS

DENIES, DELAYS = Change(date(2025, 2, 3), denial_factor=2.5), Change(date(2025, 3, 3), extra_days=12)
CHANGES = {"Payer B": DENIES, "Payer D": DELAYS}
SINCE = date(2025, 1, 1)


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> DailyFacts:
    path = write(tmp_path_factory.mktemp("claims") / "claims.csv", rows(CHANGES))
    facts = read_claims_file(path, today=LAST).facts
    assert facts is not None
    return facts


def replayed(facts: DailyFacts, last: date = LAST, budget: int = 3, band: float = 1.05) -> list[dict[str, Any]]:
    return replay(facts, first=SINCE, last=last, weekly_alert_budget=budget, smallest_odds=band, group_names={})


def test_planted_changes_are_told_within_days_and_once(changed: DailyFacts) -> None:
    records = replayed(changed)
    alerts = [record for record in records if record["is_alert"] and record["level"] == "PAYER"]
    told = {record["payer"]: record["kind"] for record in alerts}
    assert len(alerts) == 2 and told["Payer D"] == "PAYMENT_DELAY"
    # Claims and dollars tell of the same denials: which of them first is chance.
    assert told["Payer B"] in ("DENIAL_RATE", "DENIAL_DOLLARS")
    assert {record["kind"] for record in records if record["payer"] == "Payer B"} >= {"DENIAL_RATE", "DENIAL_DOLLARS"}
    # Of the hundred streams of payers that did not change, a few alarm in half a year.
    assert sum(record["payer"] not in CHANGES for record in records) <= 6
    for record in alerts:
        on = CHANGES[record["payer"]].on
        assert record["change_date_low"] <= on.isoformat() <= record["alerted_on"]
        assert date.fromisoformat(record["alerted_on"]) - on <= timedelta(days=21)
        assert record["direction"] == "WORSE" and record["e_value"] > 100 and record["dollars_per_week"] > 0
    categories = [record for record in records if record["denial_category"] == "authorization"]
    assert [record["payer"] for record in categories] == ["Payer B"]


def test_a_replay_knows_nothing_of_later_days(changed: DailyFacts, tmp_path: Path) -> None:
    whole = replayed(changed)
    for day in (date(2025, 2, 20), date(2025, 3, 14), date(2025, 4, 30)):
        seen = read_claims_file(write(tmp_path / "then.csv", as_known_on(rows(CHANGES), day)), today=LAST).facts
        assert seen is not None
        expected = [record for record in whole if record["alarmed_on"] <= day.isoformat()]
        for record in expected:
            if record["alerted_on"] and record["alerted_on"] > day.isoformat():
                record |= {"alerted_on": None, "is_alert": False}
        assert without_reasons(replayed(seen, last=day)) == without_reasons(expected)


def without_reasons(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What explains a signal may be found after it: reasons are those of the end of a replay."""
    return [{**record, "reason": None, "explained_by": None} for record in records]


def test_each_signal_tells_why_it_is_an_alert_or_none(changed: DailyFacts) -> None:
    for records in (replayed(changed), replayed(changed, budget=1, last=date(2025, 3, 20))):
        assert {record["reason"] for record in records} >= {"ALERT", "EXPLAINED"}
        for record in records:
            assert (record["reason"] == "ALERT") == record["is_alert"]
            assert (record["reason"] == "IMPROVEMENT") == (record["direction"] == "BETTER")
            if record["reason"] == "EXPLAINED":
                cause = records[record["explained_by"]]
                assert cause["payer"] == record["payer"] and cause["reason"] in ("ALERT", "BELOW_BUDGET")
            else:
                assert record["explained_by"] is None


def test_what_was_found_before_the_first_day_explains_without_being_told(changed: DailyFacts) -> None:
    records = replayed(changed)
    alert = next(r for r in records if r["payer"] == "Payer B" and r["is_alert"])
    day_after = date.fromisoformat(alert["alarmed_on"]) + timedelta(days=1)
    later = replay(
        changed, first=day_after, last=LAST, weekly_alert_budget=3, smallest_odds=1.05, group_names={}
    )  # fmt: skip
    assert later == [
        {**record, "explained_by": next((n for n, each in enumerate(later) if each == cause), None)}
        for record in records
        if record["alarmed_on"] >= day_after.isoformat()
        for cause in [records[record["explained_by"]] if record["explained_by"] is not None else None]
    ]
    assert any(record["reason"] == "EXPLAINED" and record["explained_by"] is None for record in later)


def test_a_smaller_budget_opens_fewer_alerts_and_a_wider_band_tells_less(changed: DailyFacts) -> None:
    usual, frugal, wide = (
        replayed(changed), replayed(changed, budget=1), replayed(changed, band=1.5),
    )  # fmt: skip
    settled = {"is_alert": 0, "alerted_on": 0, "reason": 0}
    assert [r | settled for r in usual] == [r | settled for r in frugal]
    assert sum(record["is_alert"] for record in frugal) <= sum(record["is_alert"] for record in usual)
    assert len(wide) < len(usual)


def test_the_order_of_rows_does_not_matter(changed: DailyFacts, tmp_path: Path) -> None:
    claims = rows(CHANGES)
    backwards = read_claims_file(write(tmp_path / "backwards.csv", claims[::-1]), today=LAST).facts
    assert backwards is not None and replayed(backwards) == replayed(changed)


def test_a_file_gives_the_facts_that_its_upload_gives(organization: Organization, tmp_path: Path) -> None:
    claims = [*rows({})[:1500]]
    # A claim told twice, one whose rows are its lines, and rows without a number.
    claims += [claims[10], ["", *claims[20][1:]], ["", *claims[20][1:]]]
    path = write(tmp_path / "claims.csv", claims)
    take_in(organization, path.read_bytes())
    stored = rollup.load_facts(organization.pk, date.max)
    payers = dict(Payer.objects.for_organization(organization).values_list("pk", "name"))
    groups = dict(ServiceGroup.objects.for_organization(organization).values_list("pk", "name"))
    named = {
        name: {(payers[key[0]], groups.get(key[1]), *key[2:]): value for key, value in counts.items()}
        for name, counts in told_by(stored).items()
    }
    assert named == {name: dict(counts) for name, counts in told_by(read_claims_file(path, today=LAST).facts).items()}


def test_the_command_writes_one_record_for_each_signal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = write(tmp_path / "claims.csv", rows(CHANGES)), tmp_path / "out.json"
    with path.open("a", encoding="utf-8") as file:
        file.write("C-bad,Payer A,99213,not a day,,,pending,1,,,\n")
    arguments = ["--csv", path, "--from", "2025-01-01", "--to", "2025-06-20", "--budget", "2", "--json", out]
    call_command("backtest", *map(str, arguments))
    records = orjson.loads(out.read_bytes())
    facts = read_claims_file(path, today=LAST).facts
    assert facts is not None
    names = {name: name for name, _ in DEFAULT_SERVICE_GROUPS}
    assert records == replay(
        facts, first=SINCE, last=LAST, weekly_alert_budget=2, smallest_odds=1.05, group_names=names
    )
    told = capsys.readouterr()
    assert f"{len(records)} signals" in told.out and "line " in told.err
    assert set(records[0]) >= set(
        "kind level payer service_group denial_category alarmed_on change_date change_date_low change_date_high "
        "direction before after e_value dollars_per_week is_alert".split()
    )


@pytest.mark.parametrize(
    ("changed_arguments", "complaint"),
    [
        ({"--from": "2025-07-01"}, "comes after"),
        ({"--csv": "nowhere.csv"}, "cannot be read"),
        ({"--budget": "0"}, "1 to 50"),
        ({"--band": "3"}, "1.00 to 1.50"),
        ({"--json": "no/such/folder.json"}, "cannot be written"),
    ],
)
def test_the_command_says_what_is_wrong(changed_arguments: dict[str, str], complaint: str, tmp_path: Path) -> None:
    path = write(tmp_path / "claims.csv", rows({})[:50])
    arguments = {"--csv": str(path), "--from": "2025-01-01", "--to": "2025-06-20", "--json": str(tmp_path / "out.json")}
    arguments |= changed_arguments
    with pytest.raises(CommandError, match=complaint):
        call_command("backtest", *[text for pair in arguments.items() for text in pair])


def test_a_file_without_a_header_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text("1,2,3\n")
    with pytest.raises(CommandError, match="header"):
        call_command("backtest", "--csv", str(path), "--from", "2025-01-01", "--to", "2025-02-01", "--json", "x.json")
