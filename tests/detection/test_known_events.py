"""The calendar of what a practice knew of: kept by people, shown with the changes that fall into its days."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from alerts.made_signals import CHANGED, payer, service_group, signal

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent
from upstream.core.actor import Actor
from upstream.core.errors import ServiceError
from upstream.detection.known_events import (
    EventValues,
    create_known_event,
    delete_known_event,
    events_of,
    known_events,
    update_known_event,
)
from upstream.detection.models import KnownEvent, Signal, StreamLevel

LETTER = EventValues(kind="CONTRACT", title="  New fee   schedule ", first_day=CHANGED, note=" See the letter ")


def values(event: KnownEvent) -> tuple[Any, ...]:
    return tuple(getattr(event, name) for name in ("kind", "title", "note", "first_day", "last_day", "payer_id"))


def test_events_are_made_changed_and_taken_away_and_can_be_made_again(
    organization: Organization, care_team: Actor
) -> None:
    northwind = payer(organization)
    event = create_known_event(actor=care_team, values=replace(LETTER, payer_id=northwind.pk))
    assert values(event) == ("CONTRACT", "New fee schedule", "See the letter", CHANGED, None, northwind.pk)
    longer = replace(LETTER, last_day=CHANGED + timedelta(days=30))
    changed = update_known_event(actor=care_team, event_id=event.pk, values=longer)
    assert (changed.last_day, changed.payer) == (CHANGED + timedelta(days=30), None)
    # The same again writes nothing; a last day that is the first is that one day.
    update_known_event(actor=care_team, event_id=event.pk, values=longer)
    update_known_event(actor=care_team, event_id=event.pk, values=replace(LETTER, last_day=CHANGED))
    gone = delete_known_event(actor=care_team, event_id=event.pk)
    assert values(gone) == ("CONTRACT", "New fee schedule", "See the letter", CHANGED, None, None)
    assert list(known_events(organization)) == []
    again = EventValues(kind=gone.kind, title=gone.title, note=gone.note, first_day=gone.first_day)
    assert values(create_known_event(actor=care_team, values=again)) == values(gone)
    told = (
        AuditEvent.objects.for_organization(organization).filter(action__startswith="known_event").order_by("sequence")
    )
    assert [(row.action, row.detail) for row in told] == [
        ("known_event.created", {}),
        ("known_event.changed", {"fields": ["last_day", "payer_id"]}),
        ("known_event.changed", {"fields": ["last_day"]}),
        ("known_event.deleted", {}),
        ("known_event.created", {}),
    ]
    assert {row.actor_id for row in told} == {care_team.user_id}


@pytest.mark.parametrize(
    ("code", "field", "wrong"),
    [
        ("INVALID", "kind", {"kind": "RUMOUR"}),
        ("REQUIRED", "title", {"title": " "}),
        ("INVALID", "title", {"title": "x" * 121}),
        ("INVALID", "note", {"note": "x" * 2001}),
        ("INVALID", "lastDay", {"last_day": CHANGED - timedelta(days=1)}),
        ("NOT_FOUND", "payerId", {"payer_id": uuid4()}),
        ("NOT_FOUND", "serviceGroupId", {"service_group_id": uuid4()}),
    ],
)
def test_events_that_cannot_be_are_refused(
    organization: Organization, care_team: Actor, code: str, field: str, wrong: dict[str, Any]
) -> None:
    event = create_known_event(actor=care_team, values=LETTER)
    for ask in (
        lambda given: create_known_event(actor=care_team, values=given),
        lambda given: update_known_event(actor=care_team, event_id=event.pk, values=given),
    ):
        with pytest.raises(ServiceError) as refused:
            ask(replace(LETTER, **wrong))
        assert (refused.value.code, refused.value.field) == (code, field)
    assert [values(row) for row in known_events(organization)] == [values(event)]


def test_foreign_events_payers_and_groups_are_unknown(
    organization: Organization, other_organization: Organization, owner: Actor, member: Any
) -> None:
    theirs = create_known_event(actor=member(Role.OWNER, other_organization), values=LETTER)
    for ask in (
        lambda: update_known_event(actor=owner, event_id=theirs.pk, values=replace(LETTER, title="Mine")),
        lambda: delete_known_event(actor=owner, event_id=theirs.pk),
        lambda: create_known_event(actor=owner, values=replace(LETTER, payer_id=payer(other_organization).pk)),
        lambda: create_known_event(
            actor=owner, values=replace(LETTER, service_group_id=service_group(other_organization).pk)
        ),
    ):
        with pytest.raises(ServiceError) as refused:
            ask()
        assert refused.value.code == "NOT_FOUND"
    assert list(known_events(organization)) == []
    assert [row.title for row in known_events(other_organization)] == ["New fee schedule"]


@pytest.fixture
def imaging(organization: Organization) -> Signal:
    """Changed on 14 May, or from the 11th to the 16th."""
    return signal(organization, "Imaging")


@pytest.mark.parametrize(
    ("first", "last", "annotates"),
    [
        (-10, None, True),
        (-11, None, False),
        (-60, -10, True),
        (-60, -11, False),
        (9, None, True),
        (10, None, False),
        (9, 90, True),
        (10, 90, False),
        (-60, 90, True),
    ],
)
def test_an_event_annotates_changes_within_a_week_of_its_days(
    organization: Organization, care_team: Actor, imaging: Signal, first: int, last: int | None, annotates: bool
) -> None:
    days = [None if number is None else CHANGED + timedelta(days=number) for number in (first, last)]
    event = create_known_event(actor=care_team, values=replace(LETTER, first_day=days[0], last_day=days[1]))
    assert events_of(imaging, [event]) == ([event] if annotates else [])


def test_an_event_annotates_what_it_is_about(organization: Organization, care_team: Actor, imaging: Signal) -> None:
    northwind, meridian = payer(organization), payer(organization, "Meridian Health Plan")
    visits = service_group(organization, "Visits")
    general, own, of_group, of_other_group, of_other_payer = events = [
        create_known_event(actor=care_team, values=replace(LETTER, title=title, **about))
        for title, about in (
            ("general", {}),
            ("own", {"payer_id": northwind.pk}),
            ("of group", {"payer_id": northwind.pk, "service_group_id": imaging.service_group_id}),
            ("of other group", {"payer_id": northwind.pk, "service_group_id": visits.pk}),
            ("of other payer", {"payer_id": meridian.pk}),
        )
    ]
    assert events_of(imaging, events) == [general, own, of_group]
    # A payer's figures hold those of its groups, and so do those of its categories and locations.
    for part in ({}, {"level": StreamLevel.PAYER_LOCATION, "location": "Downtown"}):
        assert events_of(signal(organization, **part), events) == [general, own, of_group, of_other_group]
    assert events_of(signal(organization, of="Meridian Health Plan"), events) == [general, of_other_payer]


def test_signals_show_their_events_in_one_query_however_many_signals(
    organization: Organization, graphql: Any, owner: Actor, count_queries: Any
) -> None:
    fields = "title kind firstDay lastDay payer { name } serviceGroup { name }"
    create_known_event(actor=owner, values=replace(LETTER, payer_id=payer(organization).pk))
    numbers = []
    for _ in range(2):
        signal(organization)
        with count_queries() as queries:
            answer = graphql(owner)(f"{{ signals {{ items {{ id knownEvents {{ {fields} }} }} }} }}")
        numbers.append(len(queries))
        items = answer["data"]["signals"]["items"]
        assert all(len(item["knownEvents"]) == 1 for item in items)
    assert numbers[0] == numbers[1]
    assert items[0]["knownEvents"][0] == {
        "title": "New fee schedule", "kind": "CONTRACT", "firstDay": CHANGED.isoformat(), "lastDay": None,
        "payer": {"name": "Northwind Health Plan"}, "serviceGroup": None,
    }  # fmt: skip


def test_the_graph_makes_changes_and_deletes_events(organization: Organization, graphql: Any, care_team: Actor) -> None:
    ask = graphql(care_team)
    given = {"kind": "HOLIDAY", "title": "Closed", "firstDay": "2024-07-04", "payerId": str(payer(organization).pk)}
    shown = "event { id title note payer { name } } errors { code field }"
    made = ask(
        f"mutation($input: KnownEventInput!) {{ createKnownEvent(input: $input) {{ {shown} }} }}", {"input": given}
    )["data"]["createKnownEvent"]
    identifier = made["event"]["id"]
    assert made["event"]["payer"] == {"name": "Northwind Health Plan"} and made["errors"] == []
    changed = ask(
        f"mutation($id: ID!, $input: KnownEventInput!) {{ updateKnownEvent(id: $id, input: $input) {{ {shown} }} }}",
        {"id": identifier, "input": {**given, "note": "All day"}},
    )["data"]["updateKnownEvent"]
    assert changed["event"]["note"] == "All day"
    listed = ask("{ knownEvents { totalCount items { id title } } }")["data"]["knownEvents"]
    assert listed == {"totalCount": 1, "items": [{"id": identifier, "title": "Closed"}]}
    delete = f"mutation($id: ID!) {{ deleteKnownEvent(id: $id) {{ {shown} }} }}"
    gone = ask(delete, {"id": identifier})["data"]["deleteKnownEvent"]
    assert gone["event"] == changed["event"]
    again = ask(delete, {"id": identifier})["data"]["deleteKnownEvent"]
    assert again == {"event": None, "errors": [{"code": "NOT_FOUND", "field": "id"}]}
    unknown = ask(
        f"mutation($input: KnownEventInput!) {{ createKnownEvent(input: $input) {{ {shown} }} }}",
        {"input": {**given, "payerId": "no id"}},
    )["data"]["createKnownEvent"]
    assert unknown["errors"] == [{"code": "NOT_FOUND", "field": "payerId"}]
