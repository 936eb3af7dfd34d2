"""The audit trail as it is read: who may, whose, narrowed by what, in pages, with names that do not leak."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from support import as_owner
from world import make_world

from upstream.accounts.models import Membership, Organization, User
from upstream.accounts.roles import Role, Scope
from upstream.accounts.service_keys import create_service_key
from upstream.accounts.services import system_actor
from upstream.audit import services as audit
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import Actor, ActorKind
from upstream.intake.webhooks import create_webhook

EVENTS = """query($filter: AuditFilter, $first: Int! = 100, $after: String) {
  auditEvents(filter: $filter, first: $first, after: $after) { totalCount pageInfo { endCursor hasNextPage }
    items { id sequence at label action group requestId actor { kind id name } target { type label id }
      details { name value } } } }"""


@pytest.fixture
def events(auditor: Actor, graphql: Callable) -> Callable:
    """`events(group="EXPORTS")`: the items an auditor finds."""

    def ask(**filter: object) -> list[dict]:
        answer = graphql(auditor)(EVENTS, {"filter": filter})
        assert "errors" not in answer, answer
        return answer["data"]["auditEvents"]["items"]

    return ask


def record(actor: Actor, action: str = "export.made", **options: object) -> AuditEvent:
    audit.record(actor=actor, action=action, **options)  # type: ignore[arg-type]
    return AuditEvent.objects.for_organization(actor.organization_id).latest("sequence")


@pytest.mark.parametrize("role", Role)
def test_owners_admins_and_auditors_read_the_trail_and_nobody_else(member, graphql, role: Role) -> None:
    answer = graphql(member(role))("{ auditEvents { items { id } } auditActors { name } auditChain { whole } }")
    if role in (Role.OWNER, Role.ADMIN, Role.AUDITOR):
        assert "errors" not in answer and answer["data"]["auditEvents"]["items"]
    else:
        assert answer["data"] == {"auditEvents": None, "auditActors": None, "auditChain": None}
        assert {error["extensions"]["permission"] for error in answer["errors"]} == {"AUDIT_READ"}


def test_events_are_told_in_words_the_newest_first(events, owner: Actor) -> None:
    target = uuid4()
    record(
        owner,
        "export.made",
        target_type="export",
        target_id=target,
        detail={"rows": 3, "phi": True, "from": {"smallest_odds": 1.1}, "nothing": None},
    )
    first, *rest = events()
    assert (first["label"], first["group"]) == ("Export was made", "EXPORTS")
    assert first["actor"] == {"kind": "PERSON", "id": str(owner.user_id), "name": "Owner Person"}
    assert first["target"] == {"type": "export", "label": "Export", "id": str(target)}
    # PostgreSQL keeps the names of a detail in an order of its own.
    assert {each["name"]: each["value"] for each in first["details"]} == {
        "Rows": "3",
        "With patients": "Yes",
        "Before": "Smallest odds: 1.1",
    }
    sequences = [first["sequence"], *(event["sequence"] for event in rest)]
    assert sequences == sorted(sequences, reverse=True)


def test_everybody_who_acts_has_a_name(events, owner: Actor, organization: Organization) -> None:
    key, _ = create_service_key(
        actor=owner, name="Clearing house", scopes=[Scope.UPLOADS_READ], expires_on=clock.today() + timedelta(days=30)
    )
    webhook, _ = create_webhook(actor=owner, name="Practice system")
    nobody = frozenset[str]()
    record(Actor(organization.pk, None, nobody, kind=ActorKind.SERVICE_KEY, service_key_id=key.pk))
    record(Actor(organization.pk, None, nobody, kind=ActorKind.WEBHOOK, webhook_id=webhook.pk))
    record(system_actor(organization.pk))
    found = [event["actor"]["name"] for event in events(group="EXPORTS")]
    assert found == ["Upstream", "Practice system", "Clearing house"]


def test_a_person_who_left_has_no_name_any_more(events, care_team: Actor, graphql, auditor: Actor) -> None:
    record(care_team)
    Membership.unscoped.filter(user_id=care_team.user_id).delete()
    assert events(group="EXPORTS")[0]["actor"] == {"kind": "PERSON", "id": str(care_team.user_id), "name": None}
    told = graphql(auditor)("{ auditActors { name } }")["data"]["auditActors"]
    assert "Care Team Person" not in [actor["name"] for actor in told]


def test_names_of_another_organization_do_not_show(
    events, organization: Organization, other_organization: Organization, member
) -> None:
    theirs = member(Role.OWNER, other_organization)
    webhook, _ = create_webhook(actor=theirs, name="Theirs")
    nobody = frozenset[str]()
    record(Actor(organization.pk, theirs.user_id, nobody))
    record(Actor(organization.pk, None, nobody, kind=ActorKind.WEBHOOK, webhook_id=webhook.pk))
    assert [event["actor"]["name"] for event in events(group="EXPORTS")] == [None, None]


def test_events_of_another_organization_are_not_found(events, other_organization: Organization, member) -> None:
    theirs = member(Role.OWNER, other_organization)
    export = uuid4()
    record(theirs, target_type="export", target_id=export)
    assert events(actorId=str(theirs.user_id)) == events(targetType="export", targetId=str(export)) == []


def test_the_trail_is_narrowed_by_who_and_what(events, owner: Actor, care_team: Actor, organization) -> None:
    alert = uuid4()
    record(care_team, "alert.judged", target_type="alert", target_id=alert)
    record(owner, "alert.snoozed", target_type="alert", target_id=uuid4())
    record(system_actor(organization.pk), "alerts.refreshed", target_type="detection_run", target_id=uuid4())

    def actions(**filter: object) -> list[str]:
        return [event["action"] for event in events(**filter)]

    assert actions(group="ALERTS") == ["alerts.refreshed", "alert.snoozed", "alert.judged"]
    assert actions(group="ALERTS", actorId=str(care_team.user_id)) == ["alert.judged"]
    assert actions(group="ALERTS", actorKind="SYSTEM") == ["alerts.refreshed"]
    assert actions(targetType="alert") == ["alert.snoozed", "alert.judged"]
    assert actions(targetType="alert", targetId=str(alert)) == ["alert.judged"]
    assert actions(actorId="nobody") == actions(targetType="alert", targetId=str(uuid4())) == []


def test_the_trail_is_narrowed_by_days_both_included(events, owner: Actor) -> None:
    moments = [datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((1, 23), (2, 0), (3, 23), (4, 0))]
    for moment in moments:
        with as_owner():
            AuditEvent.unscoped.filter(pk=record(owner).pk).update(at=moment)
    found = events(fromDay="2026-03-02", toDay="2026-03-03")
    assert [event["at"][:10] for event in found] == ["2026-03-03", "2026-03-02"]


def test_days_in_the_wrong_order_and_a_record_without_a_type_are_refused(graphql, auditor: Actor) -> None:
    ask = graphql(auditor)
    for filter, field in (
        ({"fromDay": "2026-03-03", "toDay": "2026-03-02"}, "fromDay"),
        ({"targetId": str(uuid4())}, "targetType"),
    ):
        answer = ask(EVENTS, {"filter": filter})
        assert answer["data"]["auditEvents"] is None
        assert answer["errors"][0]["extensions"]["field"] == field


def test_what_is_recorded_of_a_record_elsewhere_is_found_as_well(events, owner: Actor) -> None:
    patient, alert, upload = (str(uuid4()) for _ in range(3))
    record(owner, "phi.read", target_type="patient", detail={"patients": [str(uuid4()), patient]})
    record(owner, "export.created", target_type="export", target_id=uuid4(), detail={"alert_id": alert})
    record(owner, "rejected_row.mended", target_type="row_error", target_id=uuid4(), detail={"upload": upload})
    for target_type, target_id, action in (
        ("patient", patient, "phi.read"),
        ("alert", alert, "export.created"),
        ("upload", upload, "rejected_row.mended"),
    ):
        assert [each["action"] for each in events(targetType=target_type, targetId=target_id)] == [action]
    # A part of an id is none.
    assert events(targetType="patient", targetId=patient[:8]) == []


def test_a_claim_finds_who_read_its_patient(
    events, owner: Actor, organization: Organization, other_organization: Organization, graphql
) -> None:
    mine, theirs = make_world(organization, canary="Mine"), make_world(other_organization, canary="Theirs")
    answer = graphql(owner)(
        "query($id: ID!) { claim(id: $id) { patient(reason: APPEAL) { name } } }", {"id": str(mine.claim.pk)}
    )
    assert answer["data"]["claim"]["patient"]
    assert [each["action"] for each in events(targetType="claim", targetId=str(mine.claim.pk))] == ["phi.read"]
    for claim_id in (str(theirs.claim.pk), str(uuid4()), "none"):
        assert events(targetType="claim", targetId=claim_id) == []


def test_pages_follow_one_another_without_a_gap(graphql, auditor: Actor, owner: Actor) -> None:
    for _ in range(7):
        record(owner)
    ask, after, seen = graphql(auditor), None, []
    while True:
        page = ask(EVENTS, {"filter": {"group": "EXPORTS"}, "first": 3, "after": after})["data"]["auditEvents"]
        assert page["totalCount"] == 7
        seen += [event["sequence"] for event in page["items"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        record(owner, "session.opened")
    assert len(seen) == 7 and seen == sorted(seen, reverse=True)


def test_opening_the_trail_is_recorded_once_and_its_pages_are_not(graphql, auditor: Actor, owner: Actor) -> None:
    alert = str(uuid4())
    for _ in range(3):
        record(owner, "alert.judged", target_type="alert", target_id=alert)
    ask, filter = graphql(auditor), {"targetType": "alert", "targetId": alert}
    page = ask(EVENTS, {"filter": filter, "first": 1})["data"]["auditEvents"]
    ask(EVENTS, {"filter": filter, "first": 1, "after": page["pageInfo"]["endCursor"]})
    read = AuditEvent.unscoped.filter(action="audit.read")
    assert [event.detail for event in read] == [
        {"filters": ["target_id", "target_type"], "target_type": "alert", "target_id": alert}
    ]
    assert read[0].actor_id == auditor.user_id


def test_nothing_of_a_patient_stands_in_the_trail(events, owner: Actor, organization: Organization, graphql) -> None:
    mine = make_world(organization, canary="Canary", person=User.objects.get(pk=owner.user_id))
    graphql(owner)(
        "query($id: ID!) { claim(id: $id) { patient(reason: APPEAL) { name } } }", {"id": str(mine.claim.pk)}
    )
    # What was looked for is told by its id, never by a text somebody typed.
    events(targetType="Canary Patient", targetId="Canary-member")
    assert not {"Canary Patient", "Canary-member"} & set(re.findall(r"Canary[ -]\w+", str(events())))
