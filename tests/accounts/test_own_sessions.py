"""Where one is signed in: seen and ended by the person alone, at once, in all of their organizations."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from conftest import PASSWORD

from upstream.accounts import services, sessions
from upstream.accounts.models import ClientKind, Organization, Session, User
from upstream.accounts.roles import Role
from upstream.accounts.tokens import IssuedTokens
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import Actor

OWN = "{ ownSessions { id client organizationName createdAt lastUsedAt isThisOne } }"
END = "mutation($id: ID!) { endSession(id: $id) { sessionId errors { code field } } }"
END_OTHERS = "mutation { endOtherSessions { ended errors { code } } }"


def again(actor: Actor, organization: Organization | None = None) -> IssuedTokens:
    email = User.objects.get(pk=actor.user_id).email
    organization_id = organization.pk if organization else None
    return sessions.sign_in(email=email, password=PASSWORD, client=ClientKind.BROWSER, organization_id=organization_id)


def counts(issued: IssuedTokens) -> bool:
    return sessions.authenticate(issued.access_token) is not None


def test_one_sees_ones_own_sessions_and_which_one_this_is(care_team: Actor, viewer: Actor, graphql) -> None:
    other = again(care_team)
    own = graphql(care_team)(OWN)["data"]["ownSessions"]
    assert [(each["id"], each["client"], each["isThisOne"]) for each in own] == [
        (str(other.session.pk), "BROWSER", False),
        (str(care_team.session_id), "BEARER", True),
    ]
    assert own[0]["organizationName"] == "Riverside Clinic"


def test_sessions_that_are_over_are_not_listed(care_team: Actor, graphql) -> None:
    now = clock.now()
    for over in (
        {"revoked_at": now},
        {"expires_at": now - timedelta(seconds=1)},
        {"idle_expires_at": now - timedelta(seconds=1)},
    ):
        Session.unscoped.filter(pk=again(care_team).session.pk).update(**over)
    assert len(graphql(care_team)(OWN)["data"]["ownSessions"]) == 1


def test_a_list_takes_as_many_queries_however_long_it_is(care_team: Actor, graphql, count_queries) -> None:
    ask = graphql(care_team)

    def asked() -> int:
        with count_queries() as queries:
            ask(OWN)
        return len(queries)

    few = asked()
    for _ in range(5):
        again(care_team)
    assert asked() == few


def test_an_ended_session_is_out_at_once(care_team: Actor, graphql) -> None:
    other = again(care_team)
    ended = graphql(care_team)(END, {"id": str(other.session.pk)})["data"]["endSession"]
    assert ended == {"sessionId": str(other.session.pk), "errors": []} and not counts(other)
    event = AuditEvent.unscoped.get(action="session.ended")
    assert (event.target_id, event.actor_id) == (str(other.session.pk), care_team.user_id)
    assert event.detail == {"by_session": str(care_team.session_id)}
    again_ended = graphql(care_team)(END, {"id": str(other.session.pk)})["data"]["endSession"]
    assert again_ended["errors"] == [{"code": "NOT_FOUND", "field": "id"}]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OWNER])
def test_sessions_of_others_answer_like_unknown_ones(
    care_team: Actor, member: Callable[..., Actor], other_organization: Organization, graphql, role: Role
) -> None:
    ask = graphql(member(role))
    theirs = [care_team.session_id, member(Role.OWNER, other_organization).session_id]
    for unknown in (*theirs, uuid4(), "nonsense"):
        answer = ask(END, {"id": str(unknown)})["data"]["endSession"]
        assert answer == {"sessionId": None, "errors": [{"code": "NOT_FOUND", "field": "id"}]}
    assert ask(END_OTHERS)["data"]["endOtherSessions"] == {"ended": 0, "errors": []}
    assert not Session.unscoped.exclude(revoked_at=None).exists()


def test_all_others_end_in_every_organization_and_this_one_goes_on(
    care_team: Actor, organization: Organization, other_organization: Organization, graphql
) -> None:
    services.add_member(
        organization=other_organization,
        user=User.objects.get(pk=care_team.user_id),
        role=Role.VIEWER,
        actor=services.system_actor(other_organization.pk),
    )
    here, there = again(care_team, organization), again(care_team, other_organization)
    ask = graphql(care_team)
    assert {each["organizationName"] for each in ask(OWN)["data"]["ownSessions"]} == {
        "Riverside Clinic",
        "Hillside Clinic",
    }
    assert ask(END_OTHERS)["data"]["endOtherSessions"] == {"ended": 2, "errors": []}
    assert not counts(here) and not counts(there)
    assert [each["isThisOne"] for each in ask(OWN)["data"]["ownSessions"]] == [True]
    # Each organization's trail tells of its own sessions.
    trail = AuditEvent.objects.for_organization(other_organization).filter(action="session.ended")
    assert [event.target_id for event in trail] == [str(there.session.pk)]
