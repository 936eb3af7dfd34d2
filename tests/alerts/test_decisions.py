"""What people decide: permissions, refusals that leave nothing changed, and the trail each decision leaves."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from alerts.made_signals import alert
from django.db import connection
from support import Thread

from upstream.accounts import members
from upstream.accounts.models import Organization, User
from upstream.accounts.roles import Role
from upstream.alerts import services, words
from upstream.alerts.models import Alert, AlertActivity, AlertState, Judgement, Verdict
from upstream.audit import services as audit
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.models import Job

TOMORROW = clock.today() + timedelta(days=1)
Decide = Callable[[Actor, UUID], Alert]
DECISIONS: dict[str, Decide] = {
    "acknowledge": lambda actor, pk: services.acknowledge(actor=actor, alert_id=pk),
    "snooze": lambda actor, pk: services.snooze(actor=actor, alert_id=pk, until=TOMORROW),
    "resolve": lambda actor, pk: services.resolve(actor=actor, alert_id=pk),
    "reopen": lambda actor, pk: services.reopen(actor=actor, alert_id=pk),
    "assign": lambda actor, pk: services.assign(actor=actor, alert_id=pk, assignee_id=actor.user_id),
    "judge": lambda actor, pk: services.judge(actor=actor, alert_id=pk, verdict=Verdict.REAL),
}
every_decision = pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)


def everything(organization: Organization) -> list[list[dict[str, Any]]]:
    models = (Alert, AlertActivity, Judgement, AuditEvent)
    return [list(model.objects.for_organization(organization).order_by("id").values()) for model in models]


def refused(code: ErrorCode, field: str | None, work: Callable[[], Any]) -> str:
    with pytest.raises(ServiceError) as caught:
        work()
    assert (caught.value.code, caught.value.field) == (code, field)
    return caught.value.message


def trail(made: Alert) -> list[tuple[str, str]]:
    rows = AlertActivity.objects.for_organization(made.organization_id).filter(alert=made).order_by("id")
    return list(rows.values_list("action", "detail"))


@every_decision
def test_without_permission_nothing_happens(
    decide: Decide, organization: Organization, member: Callable[..., Actor]
) -> None:
    made = alert(organization, state=AlertState.ACKNOWLEDGED)
    outsiders = [member(role) for role in (Role.ANALYST, Role.AUDITOR, Role.VIEWER, Role.INTEGRATION)]
    before = everything(organization)
    for actor in outsiders:
        refused(ErrorCode.FORBIDDEN, None, lambda actor=actor: decide(actor, made.pk))
    assert everything(organization) == before


@every_decision
def test_a_foreign_alert_is_as_unknown_as_none(
    decide: Decide, organization: Organization, other_organization: Organization, care_team: Actor
) -> None:
    theirs = alert(other_organization, state=AlertState.ACKNOWLEDGED)
    before = everything(other_organization), everything(organization)
    field = "alertId" if decide is DECISIONS["judge"] else "id"
    messages = {refused(ErrorCode.NOT_FOUND, field, lambda pk=pk: decide(care_team, pk)) for pk in (theirs.pk, uuid4())}
    assert messages == {"No such alert."}
    assert (everything(other_organization), everything(organization)) == before


@every_decision
def test_each_decision_leaves_one_activity_and_one_audit_event(
    decide: Decide, organization: Organization, care_team: Actor
) -> None:
    made = alert(organization, state=AlertState.ACKNOWLEDGED if decide is DECISIONS["reopen"] else AlertState.OPEN)
    before = AuditEvent.objects.for_organization(organization).count()
    decided = decide(care_team, made.pk)
    assert decided.pk == made.pk
    (activity,) = AlertActivity.objects.for_organization(organization)
    assert (activity.alert_id, activity.by_id) == (made.pk, care_team.user_id)
    event = AuditEvent.objects.for_organization(organization).order_by("-sequence").first()
    assert event is not None and AuditEvent.objects.for_organization(organization).count() == before + 1
    assert event.action == f"alert.{activity.action.lower()}"
    assert (event.target_id, event.actor_id) == (str(made.pk), care_team.user_id)
    assert audit.verify(organization.pk) == []
    # Twice the same is no error and adds nothing.
    written = everything(organization)
    decide(care_team, made.pk)
    assert everything(organization) == written


def test_states_follow_one_another(organization: Organization, care_team: Actor) -> None:
    made = alert(organization)
    until = TOMORROW + timedelta(days=6)
    acknowledged = services.acknowledge(actor=care_team, alert_id=made.pk)
    assert acknowledged.state == AlertState.ACKNOWLEDGED and acknowledged.acknowledged_at is not None
    snoozed = services.snooze(actor=care_team, alert_id=made.pk, until=until)
    assert (snoozed.state, snoozed.snoozed_until) == (AlertState.SNOOZED, until)
    again = services.acknowledge(actor=care_team, alert_id=made.pk)
    assert (again.state, again.snoozed_until) == (AlertState.ACKNOWLEDGED, None)
    resolved = services.resolve(actor=care_team, alert_id=made.pk)
    assert resolved.state == AlertState.RESOLVED and resolved.resolved_at is not None
    before = everything(organization)
    for work in (DECISIONS["acknowledge"], DECISIONS["snooze"]):
        message = refused(ErrorCode.CONFLICT, "id", lambda work=work: work(care_team, made.pk))
        assert "Reopen it first" in message
    assert everything(organization) == before
    reopened = services.reopen(actor=care_team, alert_id=made.pk)
    reopened.refresh_from_db()
    assert (reopened.state, reopened.acknowledged_at, reopened.snoozed_until, reopened.resolved_at) == (
        AlertState.OPEN, None, None, None,
    )  # fmt: skip
    assert trail(made) == [
        ("ACKNOWLEDGED", ""), ("SNOOZED", f"Until {words.full_day(until)}"),
        ("ACKNOWLEDGED", ""), ("RESOLVED", ""), ("REOPENED", ""),
    ]  # fmt: skip
    told = (
        AuditEvent.objects.for_organization(organization)
        .filter(action="alert.snoozed")
        .values_list("detail", flat=True)
    )
    assert list(told) == [{"from": "ACKNOWLEDGED", "to": "SNOOZED"}]


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_snooze_ends_within_a_year(days: int, organization: Organization, care_team: Actor) -> None:
    made = alert(organization)
    before = everything(organization)
    until = clock.today() + timedelta(days=days)
    refused(ErrorCode.INVALID, "until", lambda: services.snooze(actor=care_team, alert_id=made.pk, until=until))
    assert everything(organization) == before
    services.snooze(actor=care_team, alert_id=made.pk, until=clock.today() + timedelta(days=366))


def test_an_alert_is_assigned_to_members_only(
    organization: Organization, other_organization: Organization, care_team: Actor, member: Callable[..., Actor]
) -> None:
    made = alert(organization)
    colleague, stranger, gone = (
        member(Role.CARE_TEAM),
        member(Role.CARE_TEAM, other_organization),
        member(Role.CARE_TEAM),
    )
    User.objects.filter(pk=gone.user_id).update(is_active=False)
    before = everything(organization)
    for nobody in (stranger.user_id, gone.user_id, uuid4()):
        message = refused(
            ErrorCode.NOT_FOUND,
            "assigneeId",
            lambda nobody=nobody: services.assign(actor=care_team, alert_id=made.pk, assignee_id=nobody),
        )
        assert message == "No such member."
    assert everything(organization) == before
    services.assign(actor=care_team, alert_id=made.pk, assignee_id=colleague.user_id)
    assigned = services.assign(actor=care_team, alert_id=made.pk, assignee_id=None)
    assert assigned.assignee_id is None
    assert trail(made) == [("ASSIGNED", "To Care Team Person"), ("ASSIGNED", "To nobody")]


def test_judgements_are_kept_one_after_the_other(organization: Organization, care_team: Actor, owner: Actor) -> None:
    made = alert(organization)
    services.judge(actor=care_team, alert_id=made.pk, verdict="FOLLOW_UP", note="  Call on Monday ")
    services.judge(
        actor=care_team, alert_id=made.pk, verdict="REAL", note="Paid after appeal", recovered_amount=Decimal("1234.5")
    )
    # The same words from somebody else are a judgement of its own.
    services.judge(
        actor=owner, alert_id=made.pk, verdict="REAL", note="Paid after appeal", recovered_amount=Decimal("1234.50")
    )
    kept = Judgement.objects.for_organization(organization).order_by("id")
    assert list(kept.values_list("verdict", "note", "recovered_amount", "judged_by_id")) == [
        ("FOLLOW_UP", "Call on Monday", None, care_team.user_id),
        ("REAL", "Paid after appeal", Decimal("1234.50"), care_team.user_id),
        ("REAL", "Paid after appeal", Decimal("1234.50"), owner.user_id),
    ]
    assert [detail for _, detail in trail(made)] == ["Follow-up", *["Real, $1,234.50 recovered"] * 2]
    # Notes may speak of patients: neither the activity nor the audit trail repeats them.
    events = AuditEvent.objects.for_organization(organization).filter(action="alert.judged")
    assert {tuple(event.detail.items()) for event in events} == {(("verdict", "FOLLOW_UP"),), (("verdict", "REAL"),)}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("verdict", {"verdict": "MAYBE"}),
        ("note", {"note": "x" * 5001}),
        ("recoveredAmount", {"recovered_amount": Decimal("-0.01")}),
        ("recoveredAmount", {"recovered_amount": Decimal("1.005")}),
        ("recoveredAmount", {"recovered_amount": Decimal("NaN")}),
        ("recoveredAmount", {"recovered_amount": Decimal("Infinity")}),
        ("recoveredAmount", {"recovered_amount": Decimal("1000000000000")}),
    ],
)
def test_a_judgement_that_cannot_be_is_refused(
    field: str, values: dict[str, Any], organization: Organization, care_team: Actor
) -> None:
    made = alert(organization)
    before = everything(organization)
    judgement = {"verdict": "REAL"} | values
    refused(ErrorCode.INVALID, field, lambda: services.judge(actor=care_team, alert_id=made.pk, **judgement))
    assert everything(organization) == before


def test_the_longest_note_and_nothing_recovered_are_fine(organization: Organization, care_team: Actor) -> None:
    made = alert(organization)
    services.judge(actor=care_team, alert_id=made.pk, verdict="NOISE", note="x" * 5000, recovered_amount=Decimal(0))
    assert Judgement.objects.for_organization(organization).get().recovered_amount == 0


def test_snoozed_alerts_wake_on_their_day(
    organization: Organization, other_organization: Organization, care_team: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    due, later, done = alert(organization), alert(organization), alert(organization)
    services.snooze(actor=care_team, alert_id=due.pk, until=TOMORROW)
    services.snooze(actor=care_team, alert_id=later.pk, until=TOMORROW + timedelta(days=1))
    services.snooze(actor=care_team, alert_id=done.pk, until=TOMORROW)
    services.resolve(actor=care_team, alert_id=done.pk)
    alert(other_organization, state=AlertState.SNOOZED, snoozed_until=TOMORROW)
    assert services.wake_snoozed() == 0
    monkeypatch.setattr(clock, "today", lambda: TOMORROW)
    assert services.wake_snoozed() == 2
    assert services.wake_snoozed() == 0
    states = dict(Alert.objects.for_organization(organization).values_list("pk", "state"))
    assert states == {due.pk: AlertState.OPEN, later.pk: AlertState.SNOOZED, done.pk: AlertState.RESOLVED}
    assert trail(due)[-1] == ("REOPENED", "The snooze ran out")
    assert Alert.objects.for_organization(organization).get(pk=due.pk).snoozed_until is None


def test_detection_is_requested_once_however_often_the_button_is_pressed(
    organization: Organization, care_team: Actor, viewer: Actor
) -> None:
    refused(ErrorCode.FORBIDDEN, None, lambda: services.request_detection(actor=viewer))
    assert not Job.objects.for_organization(organization).exists()
    first = services.request_detection(actor=care_team)
    second = services.request_detection(actor=care_team)
    assert first.pk == second.pk
    assert (first.kind, first.created_by_id, first.parameters) == (
        "detection.run",
        care_team.user_id,
        {"because": "request"},
    )
    events = AuditEvent.objects.for_organization(organization).filter(action="detection.requested")
    assert {event.target_id for event in events} == {str(first.pk)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.postgresql
def test_decisions_at_the_same_time_count_once(organization: Organization, care_team: Actor) -> None:
    made = alert(organization)
    failures: list[Exception] = []

    def work() -> None:
        try:
            services.acknowledge(actor=care_team, alert_id=made.pk)
            services.judge(actor=care_team, alert_id=made.pk, verdict="REAL", note="Seen")
        except Exception as error:  # the assertion below shows it
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert [action for action, _ in trail(made)] == ["ACKNOWLEDGED", "JUDGED"]
    assert audit.verify(organization.pk) == []


def test_alerts_of_somebody_who_is_removed_are_nobodys_and_say_why(
    organization: Organization, owner: Actor, care_team: Actor, analyst: Actor
) -> None:
    theirs, resolved, other = (alert(organization) for _ in range(3))
    for each, person in ((theirs, care_team), (resolved, care_team), (other, analyst)):
        services.assign(actor=owner, alert_id=each.pk, assignee_id=person.user_id)
    services.resolve(actor=owner, alert_id=resolved.pk)
    members.remove(actor=owner, user_id=care_team.user_id)
    assignees = dict(Alert.objects.for_organization(organization).values_list("pk", "assignee_id"))
    assert assignees == {theirs.pk: None, resolved.pk: None, other.pk: analyst.user_id}
    last = AlertActivity.objects.for_organization(organization).filter(alert=theirs).latest("id")
    name = User.objects.get(pk=care_team.user_id).name
    assert (last.action, last.detail, last.by_id) == (
        "ASSIGNED",
        f"To nobody: {name} is no member any more",
        owner.user_id,
    )
    trail = AuditEvent.objects.for_organization(organization).filter(action="alert.assigned")
    assert trail.filter(target_id=str(theirs.pk)).count() == 2
