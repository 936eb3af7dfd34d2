"""Backtests: asked for within bounds, carried out once, and read with the rows they speak of."""

from datetime import date, timedelta
from typing import Any

import pytest
from alerts.made_signals import CHANGED, THROUGH, alert, payer, service_group, signal
from detection.simulated_rollup import Change, World

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.alerts import services
from upstream.alerts.backtests import backtest_job, backtest_signals, request_backtest
from upstream.alerts.models import Alert
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.core.errors import ServiceError
from upstream.core.models import Job, JobState
from upstream.detection.models import Signal, StreamLevel
from upstream.detection.services import run_detection
from upstream.detection.settings import update_detection_settings

FIRST, LAST = date(2024, 1, 1), THROUGH


def record(organization: Organization, **values: Any) -> dict[str, Any]:
    """A denial rate of Northwind's that rose on 14 May and alarmed nine days later, as a replay writes it."""
    return {
        "kind": "DENIAL_RATE",
        "level": "PAYER",
        "payer": str(payer(organization).pk),
        "service_group": None,
        "denial_category": "",
        "location": "",
        "alarmed_on": (CHANGED + timedelta(days=9)).isoformat(),
        "alerted_on": (CHANGED + timedelta(days=10)).isoformat(),
        "change_date": CHANGED.isoformat(),
        "change_date_low": (CHANGED - timedelta(days=3)).isoformat(),
        "change_date_high": (CHANGED + timedelta(days=2)).isoformat(),
        "direction": "WORSE",
        "before": 0.08,
        "after": 0.17,
        "e_value": 4321.5,
        "dollars_per_week": 1000.004,
        "is_alert": True,
        "reason": "ALERT",
        "explained_by": None,
        **values,
    }


def finished(organization: Organization, *records: dict[str, Any], **values: Any) -> Job:
    parameters = {"from": "2024-01-01", "to": LAST.isoformat(), "weekly_alert_budget": 2, "smallest_odds": 1.2}
    return Job.unscoped.create(
        **{
            "organization": organization,
            "kind": "detection.backtest",
            "state": JobState.SUCCEEDED,
            "parameters": parameters,
            "result": {"signals": list(records)},
            **values,
        }
    )


def test_a_request_is_a_job_with_what_is_set_unless_told_otherwise(organization: Organization, owner: Actor) -> None:
    update_detection_settings(actor=owner, weekly_alert_budget=5)
    plain = request_backtest(actor=owner, first=FIRST, last=LAST)
    other = request_backtest(actor=owner, first=FIRST, last=LAST, weekly_alert_budget=1, smallest_odds=1.251)
    assert plain.parameters == {
        "from": "2024-01-01",
        "to": "2024-06-28",
        "weekly_alert_budget": 5,
        "smallest_odds": 1.05,
    }
    assert (other.parameters["weekly_alert_budget"], other.parameters["smallest_odds"]) == (1, 1.25)
    assert plain.kind == "detection.backtest" and plain.created_by_id == owner.user_id
    # Asked again while under way it is the same; once it is done, a new one.
    assert request_backtest(actor=owner, first=FIRST, last=LAST) == plain
    Job.unscoped.filter(pk=plain.pk).update(state=JobState.SUCCEEDED)
    assert request_backtest(actor=owner, first=FIRST, last=LAST) != plain
    assert AuditEvent.objects.for_organization(organization).filter(action="backtest.requested").count() == 3


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("to", {"first": LAST + timedelta(days=1)}),
        ("to", {"last": clock.today() + timedelta(days=2)}),
        ("from", {"first": LAST - timedelta(days=1099)}),
        ("weeklyAlertBudget", {"weekly_alert_budget": 0}),
        ("smallestOdds", {"smallest_odds": 2.0}),
    ],
)
def test_what_cannot_be_replayed_is_refused(
    organization: Organization, owner: Actor, field: str, values: dict[str, Any]
) -> None:
    with pytest.raises(ServiceError) as refused:
        request_backtest(actor=owner, **{"first": FIRST, "last": LAST, **values})
    assert (refused.value.code, refused.value.field) == ("INVALID", field)
    assert not Job.objects.for_organization(organization).exists()


def test_a_record_comes_with_its_rows_its_words_and_the_signal_of_the_same_change(organization: Organization) -> None:
    known = alert(organization, signal(organization, change_date=CHANGED + timedelta(days=3)))
    signal(organization, "Imaging", change_date=CHANGED - timedelta(days=60))
    imaging = {"level": "PAYER_SERVICE_GROUP", "service_group": str(service_group(organization).pk)}
    later = (CHANGED + timedelta(days=20)).isoformat()
    explained = {"alarmed_on": later, "alerted_on": None, "reason": "EXPLAINED", "explained_by": 0}
    job = finished(organization, record(organization), record(organization, **imaging, **explained))
    part, whole = backtest_signals(organization, job) or []
    assert (part.reason, part.explained_by) == ("EXPLAINED", whole)
    assert (whole.reason, whole.explained_by) == ("ALERT", None)
    assert (whole.known_id, whole.alert_id) == (known.signal_id, known.pk)
    assert (part.known_id, part.alert_id, part.alerted_on) == (None, None, None)
    assert whole.alerted_on == CHANGED + timedelta(days=10) and whole.payer == payer(organization)
    assert part.signal.service_group == service_group(organization)


def test_it_is_read_in_the_graph_by_the_id_of_its_job(organization: Organization, graphql: Any, viewer: Actor) -> None:
    location = {"level": StreamLevel.PAYER_LOCATION.value, "location": "Downtown"}
    job = finished(organization, record(organization, **location))
    query = """query($id: ID!) { backtest(jobId: $id) { from to weeklyAlertBudget smallestOdds job { state } signals {
      headline kind level location payer { name } serviceGroup { name } denialCategory denialLabel alarmedOn alertedOn
      isAlert reason explainedBy { headline } eValue dollarsPerWeek signalId alertId } } }"""
    assert graphql(viewer)(query, {"id": job.pk})["data"]["backtest"] == {
        "from": "2024-01-01", "to": "2024-06-28", "weeklyAlertBudget": 2, "smallestOdds": 1.2,
        "job": {"state": "SUCCEEDED"},
        "signals": [
            {
                "headline": "Northwind Health Plan denies 2.1 times as many claims at Downtown since 14 May (8% → 17%)",
                "kind": "DENIAL_RATE", "level": "PAYER_LOCATION", "location": "Downtown",
                "payer": {"name": "Northwind Health Plan"}, "serviceGroup": None, "denialCategory": "",
                "denialLabel": "", "alarmedOn": "2024-05-23", "alertedOn": "2024-05-24", "isAlert": True,
                "reason": "ALERT", "explainedBy": None, "eValue": 4321.5, "dollarsPerWeek": "1000.00",
                "signalId": None, "alertId": None,
            }
        ],
    }  # fmt: skip


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING, JobState.FAILED])
def test_until_it_has_succeeded_there_are_no_signals(
    organization: Organization, graphql: Any, viewer: Actor, state: str
) -> None:
    job = finished(organization, state=state, result=None)
    answer = graphql(viewer)(
        "query($id: ID!) { backtest(jobId: $id) { job { state } signals { kind } } }", {"id": job.pk}
    )
    assert answer["data"]["backtest"] == {"job": {"state": state}, "signals": None}


def test_a_payer_merged_since_is_none_and_the_sentence_says_so(
    organization: Organization, graphql: Any, owner: Actor
) -> None:
    merged = record(organization, payer="00000000-0000-0000-0000-000000000001")
    job = finished(organization, merged)
    query = "query($id: ID!) { backtest(jobId: $id) { signals { headline payer { name } } } }"
    (shown,) = graphql(owner)(query, {"id": job.pk})["data"]["backtest"]["signals"]
    assert shown["payer"] is None and shown["headline"].startswith("A payer since merged into another denies")


def test_other_jobs_and_other_organizations_backtests_are_unknown(
    organization: Organization, other_organization: Organization, graphql: Any, owner: Actor, member: Any
) -> None:
    other = Job.unscoped.create(organization=organization, kind="detection.run", state=JobState.SUCCEEDED)
    theirs = finished(other_organization, record(other_organization))
    assert backtest_job(organization, other.pk) is None
    for identifier in (other.pk, theirs.pk, "no id"):
        answer = graphql(owner)("query($id: ID!) { backtest(jobId: $id) { from } }", {"id": identifier})
        assert answer == {"data": {"backtest": None}}
    them = graphql(member(Role.VIEWER, other_organization))
    assert them("query($id: ID!) { backtest(jobId: $id) { from } }", {"id": theirs.pk})["data"]["backtest"]


def test_what_another_signal_explains_comes_with_that_signal(
    organization: Organization, graphql: Any, viewer: Actor
) -> None:
    dollars = {"kind": "DENIAL_DOLLARS", "alerted_on": None, "is_alert": False, "reason": "EXPLAINED"}
    job = finished(
        organization,
        record(organization, **dollars, explained_by=1),
        record(organization, alarmed_on=(CHANGED + timedelta(days=12)).isoformat()),
        record(organization, **dollars, explained_by=None),
    )
    query = "query($id: ID!) { backtest(jobId: $id) { signals { reason explainedBy { kind isAlert } } } }"
    shown = graphql(viewer)(query, {"id": job.pk})["data"]["backtest"]["signals"]
    assert [each["reason"] for each in shown] == ["ALERT", "EXPLAINED", "EXPLAINED"]
    assert [each["explainedBy"] for each in shown] == [None, {"kind": "DENIAL_RATE", "isAlert": True}, None]


def test_a_backtest_tells_what_runs_found_and_alerts_were_opened_for(
    organization: Organization, care_team: Actor, graphql: Any, run_jobs: Any
) -> None:
    world = World(changes=[Change("Northwind", date(2024, 4, 1), denial_factor=3)])
    world.write(organization)
    run_detection(organization_id=organization.pk)
    services.request_detection(actor=care_team)
    ask = graphql(care_team)
    answer = ask(
        "mutation($input: RequestBacktestInput!) { requestBacktest(input: $input) { job { id } errors { code } } }",
        {"input": {"from": "2024-03-01", "to": world.last.isoformat(), "weeklyAlertBudget": 1}},
    )["data"]["requestBacktest"]
    assert answer["errors"] == []
    run_jobs()
    query = """query($id: ID!) { backtest(jobId: $id) { job { state progressDone progressTotal } weeklyAlertBudget
      signals { kind level payer { name } alarmedOn isAlert alertedOn signalId alertId } } }"""
    backtest = ask(query, {"id": answer["job"]["id"]})["data"]["backtest"]
    assert backtest["job"]["state"] == "SUCCEEDED" and backtest["weeklyAlertBudget"] == 1
    found = Signal.objects.for_organization(organization).filter(alarmed_on__gte=date(2024, 3, 1))
    assert {each["signalId"] for each in backtest["signals"]} >= {str(row.pk) for row in found if row.in_force}
    (told,) = [
        each for each in backtest["signals"] if each["isAlert"] and each["payer"]["name"] == "Northwind Health Plan"
    ]
    (made,) = Alert.objects.for_organization(organization).filter(payer__name="Northwind Health Plan")
    assert (told["alertId"], told["alertedOn"]) == (str(made.pk), made.opened_on.isoformat())
    assert (told["kind"], told["level"]) == (made.signal.kind, "PAYER")
