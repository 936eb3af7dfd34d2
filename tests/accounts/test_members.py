"""Changing roles and removing members: at once, never above one's own role, and never the last owner."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from support import Thread

from upstream.accounts import invitations, members, sessions
from upstream.accounts.models import Invitation, Membership, Organization, Session, User
from upstream.accounts.roles import Role
from upstream.accounts.services import add_member, system_actor
from upstream.audit.models import AuditEvent
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError

MEMBERS = "{ members { id name role hasSecondFactor lastSeenAt } }"
CHANGE = """mutation($id: ID!, $role: Role!) { changeMemberRole(id: $id, role: $role) {
  member { id role } errors { code field } } }"""
REMOVE = "mutation($id: ID!) { removeMember(id: $id) { memberId errors { code field } } }"

Member = Callable[..., Actor]


def alive(actor: Actor) -> bool:
    session = Session.unscoped.filter(pk=actor.session_id, revoked_at=None).first()
    return session is not None


def test_those_who_decide_see_the_second_factor_and_when_somebody_was_there(
    organization: Organization, owner: Actor, care_team: Actor, graphql: Any
) -> None:
    never = User.objects.create_user(email="never@example.org", password="x", name="Never Came")
    add_member(organization=organization, user=never, role=Role.VIEWER, actor=system_actor(organization.pk))
    seen = {each["name"]: each for each in graphql(owner)(MEMBERS)["data"]["members"]}
    assert seen["Never Came"]["lastSeenAt"] is None and seen["Owner Person"]["lastSeenAt"]
    assert seen["Owner Person"]["hasSecondFactor"] is False
    answer = graphql(care_team)(MEMBERS)
    assert {each["lastSeenAt"] for each in answer["data"]["members"]} == {None}
    refused = {error["extensions"]["field"] for error in answer["errors"]}
    assert refused == {"Member.lastSeenAt", "Member.hasSecondFactor"}


def test_the_list_takes_as_many_queries_however_long_it_is(
    owner: Actor, member: Member, graphql: Any, count_queries: Any
) -> None:
    ask = graphql(owner)

    def asked() -> int:
        with count_queries() as queries:
            ask(MEMBERS)
        return len(queries)

    few = asked()
    for _ in range(4):
        member(Role.VIEWER)
    assert asked() == few


def test_a_role_that_allows_less_ends_the_sessions_here_and_one_that_allows_more_does_not(
    organization: Organization, owner: Actor, care_team: Actor, graphql: Any
) -> None:
    ask = graphql(owner)
    up = ask(CHANGE, {"id": str(care_team.user_id), "role": "ADMIN"})["data"]["changeMemberRole"]
    assert up == {"member": {"id": str(care_team.user_id), "role": "ADMIN"}, "errors": []} and alive(care_team)
    invitations.invite(
        actor=sessions.actor_of(Session.unscoped.get(pk=care_team.session_id)),
        email="x@example.org",
        name="X",
        role=Role.ADMIN,
    )
    ask(CHANGE, {"id": str(care_team.user_id), "role": "ANALYST"})
    assert not alive(care_team) and alive(owner)
    # Whom they had asked to join is asked no more.
    assert Invitation.unscoped.exclude(revoked_at=None).count() == 1
    trail = AuditEvent.objects.for_organization(organization).filter(action="member.role_changed")
    told = [event.detail for event in trail.order_by("sequence")]
    assert told == [{"from": "CARE_TEAM", "to": "ADMIN"}, {"from": "ADMIN", "to": "ANALYST"}]


def test_the_same_role_again_changes_nothing(owner: Actor, care_team: Actor) -> None:
    members.change_role(actor=owner, user_id=care_team.user_id, role=Role.CARE_TEAM)
    assert alive(care_team) and not AuditEvent.unscoped.filter(action="member.role_changed").exists()


def test_who_is_removed_is_out_at_once_here_and_stays_elsewhere(
    organization: Organization, other_organization: Organization, owner: Actor, care_team: Actor, graphql: Any
) -> None:
    user = User.objects.get(pk=care_team.user_id)
    there = add_member(
        organization=other_organization, user=user, role=Role.VIEWER, actor=system_actor(other_organization.pk)
    )
    theirs = graphql(care_team)
    removed = graphql(owner)(REMOVE, {"id": str(user.pk)})["data"]["removeMember"]
    assert removed == {"memberId": str(user.pk), "errors": []}
    assert theirs("{ viewer { id } }")["data"]["viewer"] is None
    assert list(Membership.unscoped.filter(user=user)) == [there]
    event = AuditEvent.objects.for_organization(organization).get(action="member.removed")
    assert event.detail == {"role": "CARE_TEAM", "user": str(user.pk)} and event.actor_id == owner.user_id
    again = graphql(owner)(REMOVE, {"id": str(user.pk)})["data"]["removeMember"]
    assert again["errors"] == [{"code": "NOT_FOUND", "field": "id"}]


def test_nobody_deals_with_a_role_above_their_own(admin: Actor, owner: Actor, care_team: Actor, graphql: Any) -> None:
    ask = graphql(admin)
    above = ask(CHANGE, {"id": str(care_team.user_id), "role": "OWNER"})["data"]["changeMemberRole"]
    assert above == {"member": None, "errors": [{"code": "FORBIDDEN", "field": "role"}]}
    down = ask(CHANGE, {"id": str(owner.user_id), "role": "VIEWER"})["data"]["changeMemberRole"]
    assert down["errors"] == [{"code": "FORBIDDEN", "field": None}]
    assert ask(REMOVE, {"id": str(owner.user_id)})["data"]["removeMember"]["errors"][0]["code"] == "FORBIDDEN"
    assert alive(owner)


def test_nobody_changes_their_own_membership(owner: Actor, member: Member, graphql: Any) -> None:
    member(Role.OWNER)
    ask = graphql(owner)
    for query, variables in ((CHANGE, {"role": "ADMIN"}), (REMOVE, {})):
        answer = ask(query, {"id": str(owner.user_id)} | variables)["data"]
        assert [error["code"] for error in next(iter(answer.values()))["errors"]] == ["CONFLICT"]
    assert alive(owner)


def test_the_last_owner_stays_even_where_the_one_who_asks_is_an_owner_no_more(owner: Actor, member: Member) -> None:
    other = member(Role.OWNER)
    members.change_role(actor=owner, user_id=other.user_id, role=Role.VIEWER)
    for change in (
        lambda: members.change_role(actor=other, user_id=owner.user_id, role=Role.ADMIN),
        lambda: members.remove(actor=other, user_id=owner.user_id),
    ):
        with pytest.raises(ServiceError) as refused:
            change()
        assert refused.value.code == ErrorCode.CONFLICT
    assert Membership.unscoped.get(user_id=owner.user_id).role == Role.OWNER


def test_members_of_others_answer_like_unknown_ones(
    owner: Actor, other_organization: Organization, member: Member, graphql: Any
) -> None:
    theirs = member(Role.VIEWER, other_organization)
    ask = graphql(owner)
    for unknown in (str(theirs.user_id), str(uuid4()), "nonsense"):
        changed = ask(CHANGE, {"id": unknown, "role": "VIEWER"})["data"]["changeMemberRole"]
        removed = ask(REMOVE, {"id": unknown})["data"]["removeMember"]
        assert changed["errors"] == removed["errors"] == [{"code": "NOT_FOUND", "field": "id"}]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_each_other_at_once_leave_one(owner: Actor, member: Member) -> None:
    other = member(Role.OWNER)
    refused: list[ErrorCode] = []

    def remove(actor: Actor, whom: Actor) -> None:
        try:
            members.remove(actor=actor, user_id=whom.user_id)
        except ServiceError as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [Thread(remove, (owner, other)), Thread(remove, (other, owner))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Membership.unscoped.filter(role=Role.OWNER).count() == 1 and refused == [ErrorCode.CONFLICT]
