"""The state of the chain, stretch by stretch, as it is told to who asks."""

from collections.abc import Callable

import pytest
from support import as_owner

from upstream.accounts.models import Organization
from upstream.accounts.services import system_actor
from upstream.audit import services as audit
from upstream.audit.models import AuditEvent, AuditHead
from upstream.core.actor import Actor
from upstream.trail import services

CHAIN = "query($start: Int! = 1) { auditChain(start: $start) { first through last whole breaks breakCount } }"


@pytest.fixture
def chain(organization: Organization, auditor: Actor, graphql: Callable) -> Callable:
    """`chain(start)`: the checked stretch; a dozen exports were made before."""
    for _ in range(12):
        audit.record(actor=system_actor(organization.pk), action="export.made", target_type="export")
    ask = graphql(auditor)
    return lambda start=1: ask(CHAIN, {"start": start})["data"]["auditChain"]


def events() -> list[AuditEvent]:
    return list(AuditEvent.unscoped.order_by("sequence"))


def test_a_whole_chain_is_told_and_the_check_is_recorded(chain: Callable) -> None:
    last = events()[-1].sequence
    assert chain() == {"first": 1, "through": last, "last": last, "whole": True, "breaks": [], "breakCount": 0}
    assert events()[-1].action == "audit.checked"
    assert events()[-1].detail == {"first": 1, "last": last, "breaks": 0}


@pytest.mark.parametrize("most", [1, 4, 5])
def test_stretches_follow_one_another_to_the_end(chain: Callable, monkeypatch, most: int) -> None:
    monkeypatch.setattr(services, "EVENTS_PER_CHECK", most)
    monkeypatch.setattr(services, "CHECKS_A_MINUTE", 1000)
    start, last = 1, events()[-1].sequence
    while start <= last:
        stretch = chain(start)
        assert stretch["whole"], stretch
        start = stretch["through"] + 1
    with as_owner():
        AuditEvent.unscoped.filter(sequence=6).update(detail={"rows": 1})
    broken = [start for start in range(1, last, most) if not chain(start)["whole"]]
    assert broken == [start for start in range(1, last, most) if start <= 6 < start + most]


def test_an_edited_event_is_told(chain: Callable) -> None:
    with as_owner():
        AuditEvent.unscoped.filter(sequence=5).update(actor_id=None, actor_kind="person")
    assert chain()["breaks"] == ["event 5 was changed"]


def test_a_removed_event_is_told(chain: Callable, monkeypatch) -> None:
    with as_owner():
        AuditEvent.unscoped.filter(sequence=5).delete()
    told = chain()
    assert not told["whole"] and told["breaks"][0] == "event 5 is missing (next is 6)"
    monkeypatch.setattr(services, "EVENTS_PER_CHECK", 5)
    assert chain()["breaks"] == ["event 5 is missing (next is after 5)"]


def test_events_removed_at_the_end_are_told(chain: Callable) -> None:
    last = events()[-1]
    with as_owner():
        last.delete()
    sequence = last.sequence
    assert chain()["breaks"] == [f"the chain ends at event {sequence - 1}, the last one written was {sequence}"]


def test_exchanged_events_are_told(chain: Callable) -> None:
    for before, after in ((4, 1000), (7, 4), (1000, 7)):
        with as_owner():
            AuditEvent.unscoped.filter(sequence=before).update(sequence=after)
    told = chain()
    assert not told["whole"] and {"event 4 was changed", "event 7 was changed"} <= set(told["breaks"])


def test_an_event_put_after_the_last_is_told(organization: Organization, chain: Callable) -> None:
    last = events()[-1]
    forged = AuditEvent(
        organization=organization,
        sequence=last.sequence + 1,
        actor_kind="person",
        action="export.made",
        previous_digest=last.digest,
    )
    forged.digest = audit.digest_of(forged)
    forged.save()
    assert audit.verify(organization.pk) == [
        f"event {forged.sequence} stands after the last one written, which was {last.sequence}"
    ]


def test_a_lost_head_is_told(organization: Organization, chain: Callable) -> None:
    with as_owner():
        AuditHead.unscoped.filter(organization=organization).delete()
    assert audit.verify(organization.pk) == ["what was written last is not known any more"]


def test_only_the_first_breaks_are_told_with_their_number(chain: Callable) -> None:
    with as_owner():
        AuditEvent.unscoped.update(request_id="another")
    told = chain()
    assert (len(told["breaks"]), told["breakCount"]) == (10, told["last"])


def test_breaks_of_another_organization_are_not_told(chain: Callable, other_organization: Organization) -> None:
    with as_owner():
        AuditEvent.unscoped.filter(organization=other_organization).update(detail={"rows": 1})
    assert chain()["whole"]


def test_the_check_takes_no_end_of_asking(chain: Callable, graphql, auditor: Actor, monkeypatch) -> None:
    monkeypatch.setattr(services, "CHECKS_A_MINUTE", 2)
    answers = [graphql(auditor)(CHAIN) for _ in range(4)]
    assert answers[-1]["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    assert graphql(auditor)(CHAIN, {"start": 0})["errors"][0]["extensions"]["code"] == "INVALID"
