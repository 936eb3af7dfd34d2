"""Alerts whose evidence was taken back: marked until detection has looked again, then they stand or are closed."""

from datetime import date, timedelta
from typing import Any

import pytest
from alerts.made_signals import CHANGED, detection_run, payer, signal
from alerts.test_refresh import refresh, system_rows
from intake.writing import decision as decided
from intake.writing import denied, remittance, write

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.alerts import services
from upstream.alerts.models import Alert, AlertState, Judgement, TakenBackEvidence, Verdict
from upstream.alerts.taken_back import mark_evidence
from upstream.core import clock, worker
from upstream.core.actor import Actor
from upstream.core.models import JobState
from upstream.detection.models import DetectionRun, Signal
from upstream.detection.services import run_detection
from upstream.intake import undoing
from upstream.intake.models import Upload

PAYER = "Northwind Health Plan"
AFTER = CHANGED + timedelta(days=10)
TAKEN_BACK = """query($id: ID!) { alert(id: $id) { takenBack { claims ofClaims takenBackAt lookedAgainAt
  takenBackBy { name } upload { id fileName } } signal { takenBack { claims } } } }"""


def refused(*control_numbers: str) -> list[Any]:
    return [
        denied(number, payer_name=PAYER, submitted_date=AFTER - timedelta(days=9), decided_date=AFTER)
        for number in control_numbers
    ]


def take_back(actor: Actor, upload: Upload) -> Upload:
    """As a person does; the run that follows is left to the test."""
    undone = undoing.undo_upload(actor=actor, upload_id=upload.pk)
    assert undone.undo_job is not None
    worker.carry_out(undone.undo_job.pk)
    upload.refresh_from_db()
    undone.undo_job.refresh_from_db()
    assert undone.undo_job.state == JobState.SUCCEEDED
    return upload


@pytest.fixture
def rested(organization: Organization) -> tuple[Alert, Upload]:
    """An alert proven by three claims, two of which one upload told of."""
    payer(organization, PAYER)
    upload = write(organization, refused("C1", "C2"))
    write(organization, refused("C3"))
    signal(organization)
    (made,) = refresh(organization)
    return made, upload


def see(made: Alert, found: bool) -> Alert:
    """What becomes of it after a run that found its signal, or did not."""
    Signal.objects.for_organization(made.organization_id).filter(pk=made.signal_id).update(found=found)
    refresh(made.organization)
    return Alert.objects.for_organization(made.organization_id).get(pk=made.pk)


def test_it_says_how_much_of_its_evidence_was_taken_back_by_whom_until_detection_has_run(
    rested: tuple[Alert, Upload], care_team: Actor, graphql: Any
) -> None:
    made, upload = rested
    take_back(care_team, upload)
    ask = graphql(care_team)
    answer = ask(TAKEN_BACK, {"id": str(made.pk)})
    assert "errors" not in answer
    (mark,) = answer["data"]["alert"]["takenBack"]
    assert (mark["claims"], mark["ofClaims"], mark["lookedAgainAt"]) == (2, 3, None)
    assert mark["takenBackAt"] is not None and mark["takenBackBy"]["name"]
    assert mark["upload"]["id"] == str(upload.pk)
    assert answer["data"]["alert"]["signal"]["takenBack"] == [{"claims": 2}]
    after = see(made, True)
    (mark,) = ask(TAKEN_BACK, {"id": str(made.pk)})["data"]["alert"]["takenBack"]
    assert mark["lookedAgainAt"] is not None and after.state == AlertState.OPEN
    ((action, detail),) = system_rows(after)
    assert action == "STANDS" and detail.startswith("Still seen without what was taken back, with data through")
    # Once is enough.
    assert system_rows(see(made, True)) == [(action, detail)]


def test_who_may_not_see_uploads_sees_the_mark_without_the_file(
    rested: tuple[Alert, Upload], care_team: Actor, graphql: Any, member: Any, other_organization: Organization
) -> None:
    made, upload = rested
    take_back(care_team, upload)
    answer = graphql(member(Role.VIEWER))(TAKEN_BACK, {"id": str(made.pk)})
    (mark,) = answer["data"]["alert"]["takenBack"]
    assert (mark["claims"], mark["upload"]) == (2, None)
    theirs = graphql(member(Role.OWNER, other_organization))
    assert theirs(TAKEN_BACK, {"id": str(made.pk)})["data"] == {"alert": None}


@pytest.mark.parametrize("left", [AlertState.OPEN, AlertState.ACKNOWLEDGED, AlertState.SNOOZED])
def test_what_is_not_found_without_it_is_closed_with_the_reason_and_judgement_and_comes_back_as_it_was_left(
    rested: tuple[Alert, Upload], care_team: Actor, left: str
) -> None:
    made, upload = rested
    services.judge(actor=care_team, alert_id=made.pk, verdict=Verdict.REAL, note="Called them")
    services.assign(actor=care_team, alert_id=made.pk, assignee_id=care_team.user_id)
    if left == AlertState.ACKNOWLEDGED:
        services.acknowledge(actor=care_team, alert_id=made.pk)
    if left == AlertState.SNOOZED:
        services.snooze(actor=care_team, alert_id=made.pk, until=clock.today() + timedelta(days=9))
    take_back(care_team, upload)
    closed = see(made, False)
    assert (closed.state, closed.assignee_id) == (AlertState.RESOLVED, care_team.user_id)
    assert system_rows(closed)[-1][1].endswith(": its evidence was taken back")
    assert Judgement.objects.for_organization(made.organization_id).get().note == "Called them"
    assert see(made, True).state == left


def test_a_person_may_open_it_again_and_it_stays_open(rested: tuple[Alert, Upload], care_team: Actor) -> None:
    made, upload = rested
    take_back(care_team, upload)
    assert see(made, False).state == AlertState.RESOLVED
    services.reopen(actor=care_team, alert_id=made.pk)
    assert see(made, False).state == AlertState.OPEN


def test_a_run_that_began_before_the_upload_was_gone_decides_nothing(
    rested: tuple[Alert, Upload], care_team: Actor
) -> None:
    made, upload = rested
    take_back(care_team, upload)
    run = detection_run(made.organization)
    # It read for a minute, so it began with the upload still there.
    DetectionRun.objects.for_organization(made.organization).filter(pk=run.pk).update(seconds=60)
    run.refresh_from_db()
    services.refresh_alerts(organization_id=made.organization_id, run=run)
    assert system_rows(made) == [] and TakenBackEvidence.objects.for_organization(made.organization).get().run is None
    see(made, True)
    assert [action for action, _ in system_rows(made)] == ["STANDS"]


def test_a_taking_back_that_goes_on_after_it_was_cut_off_keeps_the_first_count(rested: tuple[Alert, Upload]) -> None:
    made, upload = rested
    mark_evidence(upload)
    mark_evidence(upload)
    marks = TakenBackEvidence.objects.for_organization(made.organization)
    assert [(mark.claims, mark.of_claims) for mark in marks] == [(2, 3)]


def test_an_upload_that_proved_nothing_leaves_no_mark(rested: tuple[Alert, Upload], care_team: Actor) -> None:
    made, _ = rested
    other = write(made.organization, remittance(decided("D1"), payer="Harbor Health Plan", on=date(2024, 6, 3)))
    take_back(care_team, other)
    assert not TakenBackEvidence.objects.for_organization(made.organization).exists()


def test_after_the_last_data_are_taken_back_nothing_is_found_any_more(
    rested: tuple[Alert, Upload], care_team: Actor
) -> None:
    made, _ = rested
    organization = made.organization
    for each in Upload.objects.for_organization(organization):
        take_back(care_team, each)
    run = run_detection(organization_id=organization.pk)
    assert run is not None and run.streams_watched == 0
    services.refresh_alerts(organization_id=organization.pk, run=run)
    closed = Alert.objects.for_organization(organization).get(pk=made.pk)
    assert closed.state == AlertState.RESOLVED and "taken back" in system_rows(closed)[-1][1]
    assert run_detection(organization_id=organization.pk) is None


def test_a_run_over_data_that_end_earlier_now_finds_what_rested_on_later_days_no_more(
    rested: tuple[Alert, Upload], care_team: Actor
) -> None:
    """The newest file is the one that is taken back most often."""
    made, upload = rested
    assert made.signal.data_through > AFTER
    take_back(care_team, upload)
    run = run_detection(organization_id=made.organization_id)
    assert run is not None and run.data_through < made.signal.data_through
    services.refresh_alerts(organization_id=made.organization_id, run=run)
    made.refresh_from_db()
    assert made.state == AlertState.RESOLVED
