"""The audit chain: what was written is whole, whatever was done to it shows."""

import pytest
from django.db import connection, transaction
from support import Thread, as_owner

from upstream.accounts.models import Organization
from upstream.accounts.services import system_actor
from upstream.audit import services as audit
from upstream.audit.models import AuditEvent
from upstream.core.actor import Actor
from upstream.core.ids import uuid7


@pytest.fixture
def events(organization: Organization) -> list[AuditEvent]:
    actor = system_actor(organization.pk)
    for number in range(5):
        audit.record(
            actor=actor, action="export.made", target_type="thing", target_id=number, detail={"number": number}
        )
    return list(AuditEvent.objects.for_organization(organization).order_by("sequence"))


def test_a_chain_nobody_touched_is_whole(organization: Organization, events: list[AuditEvent]) -> None:
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert audit.verify(organization.pk) == []


def test_a_chain_is_whole_whatever_its_details_hold(organization: Organization) -> None:
    detail = {
        "zeta": 'Ümlaut "quoted" \\ \n\t\x7f \u2028 𝄞',
        "alpha": [1, -1.5, 1e-7, None, True, {"b": {}, "a": []}],
        "": "'",
    }
    person = Actor(organization.pk, uuid7(), frozenset())
    audit.record(actor=person, action="export.made", target_type="thing", target_id='] , "', detail=detail)
    audit.record(actor=person, action="export.made")
    event = AuditEvent.objects.for_organization(organization).order_by("-sequence")[1]
    assert (event.detail, event.actor_id, event.target_id) == (detail, person.id, '] , "')
    assert audit.verify(organization.pk) == []


def test_an_edited_event_shows(organization: Organization, events: list[AuditEvent]) -> None:
    with as_owner():
        AuditEvent.unscoped.filter(pk=events[2].pk).update(detail={"number": 99})
    assert audit.verify(organization.pk) == [f"event {events[2].sequence} was changed"]


def test_a_removed_event_shows(organization: Organization, events: list[AuditEvent]) -> None:
    with as_owner():
        events[2].delete()
    assert any("is missing" in sentence for sentence in audit.verify(organization.pk))


def test_a_removed_last_event_shows(organization: Organization, events: list[AuditEvent]) -> None:
    with as_owner():
        events[-1].delete()
    assert any("the chain ends" in sentence for sentence in audit.verify(organization.pk))


def test_two_exchanged_events_show(organization: Organization, events: list[AuditEvent]) -> None:
    one, two = events[1], events[3]
    with as_owner():
        AuditEvent.unscoped.filter(pk=one.pk).update(sequence=1000)
        AuditEvent.unscoped.filter(pk=two.pk).update(sequence=one.sequence)
    with as_owner():
        AuditEvent.unscoped.filter(pk=one.pk).update(sequence=two.sequence)
    assert audit.verify(organization.pk)


def test_an_appended_event_shows(organization: Organization, events: list[AuditEvent]) -> None:
    last = events[-1]
    forged = AuditEvent(
        organization=organization,
        sequence=last.sequence + 1,
        actor_kind="person",
        action="forged",
        previous_digest=last.digest,
    )
    forged.digest = audit.digest_of(forged)
    forged.save()
    assert audit.verify(organization.pk)


def test_what_rolls_back_leaves_no_event(organization: Organization) -> None:
    before = AuditEvent.objects.for_organization(organization).count()
    with pytest.raises(RuntimeError), transaction.atomic():
        audit.record(actor=system_actor(organization.pk), action="export.made")
        raise RuntimeError
    assert AuditEvent.objects.for_organization(organization).count() == before
    assert audit.verify(organization.pk) == []


def test_chains_of_two_organizations_are_apart(organization: Organization, other_organization: Organization) -> None:
    audit.record(actor=system_actor(other_organization.pk), action="export.made")
    assert audit.verify(organization.pk) == audit.verify(other_organization.pk) == []


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_events_written_at_once_follow_one_another(organization: Organization) -> None:
    first = AuditEvent.objects.for_organization(organization).count()

    def write() -> None:
        try:
            for _ in range(20):
                audit.record(actor=system_actor(organization.pk), action="export.made")
        finally:
            connection.close()

    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert AuditEvent.objects.for_organization(organization).count() == first + 80
    assert audit.verify(organization.pk) == []
