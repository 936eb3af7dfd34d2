"""Inviting somebody and joining: one link, once, within seven days, for one address, and no role above one's own."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from conftest import PASSWORD
from django.conf import LazySettings
from django.core import mail

from upstream.accounts import invitations, services, sessions, tokens
from upstream.accounts.models import ClientKind, Invitation, Membership, Organization, User
from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import Actor, ActorKind
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.models import Job

INVITE = """mutation($input: InviteMemberInput!) { inviteMember(input: $input) {
  invitation { id email name role sentAt sendingFailed } errors { code field } } }"""
RESEND = "mutation($id: ID!) { resendInvitation(id: $id) { invitation { id } errors { code field } } }"
REVOKE = "mutation($id: ID!) { revokeInvitation(id: $id) { invitation { id } errors { code field } } }"
READ = """mutation($token: String!) { readInvitation(token: $token) {
  organizationId organizationName email name role hasAccount errors { code field message } } }"""
ACCEPT = """mutation($input: AcceptInvitationInput!) { acceptInvitation(input: $input) {
  organizationId errors { code field message } } }"""
PENDING = "{ invitations { email sentAt sendingFailed invitedBy { name } } }"

NEW = "new.person@example.org"
CHOSEN = "harbour lantern seven"

RunJobs = Callable[[], int]


def invite(actor: Actor, *, email: str = NEW, role: Role = Role.CARE_TEAM) -> Invitation:
    return invitations.invite(actor=actor, email=email, name="New Person", role=role)


def token_of_last_mail() -> str:
    found = re.search(r"/invitation#(\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


@pytest.fixture
def link(owner: Actor, run_jobs: RunJobs) -> str:
    """The token of an invitation of a person who has no account yet."""
    invite(owner)
    run_jobs()
    return token_of_last_mail()


def test_somebody_new_joins_by_the_link_of_the_mail(
    organization: Organization, owner: Actor, graphql: Any, run_jobs: RunJobs
) -> None:
    invited = {"email": " New.Person@Example.org ", "name": " New  Person ", "role": "CARE_TEAM"}
    made = graphql(owner)(INVITE, {"input": invited})["data"]["inviteMember"]
    assert made["errors"] == []
    told = {"email": NEW, "name": "New Person", "role": "CARE_TEAM", "sentAt": None, "sendingFailed": False}
    assert made["invitation"] == told | {"id": made["invitation"]["id"]}
    assert mail.outbox == []
    run_jobs()
    assert [message.to for message in mail.outbox] == [[NEW]]
    assert graphql(owner)(PENDING)["data"]["invitations"][0]["sentAt"] is not None
    token = token_of_last_mail()

    stranger = graphql()
    read = stranger(READ, {"token": token})["data"]["readInvitation"]
    assert read == {
        "organizationId": str(organization.pk),
        "organizationName": "Riverside Clinic",
        "email": NEW,
        "name": "New Person",
        "role": "CARE_TEAM",
        "hasAccount": False,
        "errors": [],
    }
    given = {"token": token, "name": "New P. Erson", "password": CHOSEN}
    joined = stranger(ACCEPT, {"input": given})["data"]["acceptInvitation"]
    assert joined == {"organizationId": str(organization.pk), "errors": []}
    issued = sessions.sign_in(email=NEW, password=CHOSEN, client=ClientKind.BROWSER)
    assert issued.session.membership.role == Role.CARE_TEAM and issued.session.user.name == "New P. Erson"
    assert graphql(owner)(PENDING)["data"]["invitations"] == []
    trail = AuditEvent.objects.for_organization(organization).filter(action__startswith="member.")
    person = User.objects.get(email=NEW)
    told_last = [(event.action, event.actor_id) for event in trail.order_by("sequence")][-2:]
    assert told_last == [("member.invited", owner.user_id), ("member.joined", person.pk)]


def test_the_token_stands_nowhere_but_in_the_mail(link: str) -> None:
    invitation = Invitation.unscoped.get()
    assert invitation.token_digest == tokens.digest(link)
    rows = [*Job.unscoped.values_list(), *AuditEvent.unscoped.values_list(), *Invitation.unscoped.values_list()]
    assert link not in repr(rows)


def test_unknown_used_revoked_and_old_tokens_answer_alike(
    link: str, owner: Actor, graphql: Any, run_jobs: RunJobs
) -> None:
    ask = graphql()

    def said(token: str) -> tuple[Any, Any]:
        read = ask(READ, {"token": token})["data"]["readInvitation"]
        given = {"token": token, "name": "X", "password": CHOSEN}
        accepted = ask(ACCEPT, {"input": given})["data"]["acceptInvitation"]
        assert accepted["organizationId"] is None
        return read, accepted["errors"]

    unknown = said("nonsense")
    assert unknown[1][0]["code"] == "EXPIRED" and unknown[1][0]["field"] == "token"
    assert said("") == unknown
    invitation = Invitation.unscoped.get()
    Invitation.unscoped.update(expires_at=clock.now() - timedelta(seconds=1))
    assert said(link) == unknown
    invitations.send_again(actor=owner, invitation_id=invitation.pk)
    run_jobs()
    assert said(link) == unknown
    second = token_of_last_mail()
    invitations.accept(token=second, actor=None, name="New Person", password=CHOSEN)
    assert said(second) == unknown
    other = invite(owner, email="other@example.org")
    run_jobs()
    invitations.revoke(actor=owner, invitation_id=other.pk)
    assert said(token_of_last_mail()) == unknown
    assert Membership.unscoped.count() == 2


@pytest.mark.parametrize(
    ("name", "password", "code", "field"),
    [
        ("", CHOSEN, "REQUIRED", "name"),
        ("N" * 201, CHOSEN, "INVALID", "name"),
        ("New Person", "", "REQUIRED", "password"),
        ("New Person", "short", "INVALID", "password"),
        ("New Person", "new.person@example.org", "INVALID", "password"),
    ],
)
def test_somebody_new_has_to_choose_name_and_password_well(
    link: str, graphql: Any, name: str, password: str, code: str, field: str
) -> None:
    given = {"token": link, "name": name, "password": password}
    answer = graphql()(ACCEPT, {"input": given})["data"]["acceptInvitation"]
    assert [(error["code"], error["field"]) for error in answer["errors"]] == [(code, field)]
    assert not User.objects.filter(email=NEW).exists() and invitations.read(link)


def test_who_has_an_account_gives_its_password_or_is_signed_in_to_it(
    organization: Organization,
    other_organization: Organization,
    owner: Actor,
    member: Callable[..., Actor],
    graphql: Any,
    run_jobs: RunJobs,
) -> None:
    theirs, somebody_else = member(Role.VIEWER, other_organization), member(Role.OWNER, other_organization)
    user = User.objects.get(pk=theirs.user_id)
    invite(owner, email=user.email)
    run_jobs()
    link = token_of_last_mail()
    assert graphql()(READ, {"token": link})["data"]["readInvitation"]["hasAccount"] is True
    given = {"token": link, "name": "Another Name", "password": ""}
    for asking in (graphql(), graphql(somebody_else)):
        answer = asking(ACCEPT, {"input": given})["data"]["acceptInvitation"]
        assert [(error["code"], error["field"]) for error in answer["errors"]] == [("REQUIRED", "password")]
    wrong = graphql()(ACCEPT, {"input": given | {"password": CHOSEN}})["data"]["acceptInvitation"]
    assert [error["code"] for error in wrong["errors"]] == ["INVALID"]
    assert graphql(theirs)(ACCEPT, {"input": given})["data"]["acceptInvitation"]["errors"] == []
    user.refresh_from_db()
    assert user.name == "Viewer Person" and user.check_password(PASSWORD)
    assert {m.organization_id: m.role for m in Membership.unscoped.filter(user=user)} == {
        organization.pk: Role.CARE_TEAM,
        other_organization.pk: Role.VIEWER,
    }


def test_the_password_of_an_account_is_enough(
    other_organization: Organization, owner: Actor, member: Callable[..., Actor], run_jobs: RunJobs
) -> None:
    user = User.objects.get(pk=member(Role.VIEWER, other_organization).user_id)
    invite(owner, email=user.email)
    run_jobs()
    assert invitations.accept(token=token_of_last_mail(), actor=None, password=PASSWORD).user == user


def test_guessing_the_password_of_an_account_is_counted(
    other_organization: Organization, owner: Actor, member: Callable[..., Actor], run_jobs: RunJobs
) -> None:
    user = User.objects.get(pk=member(Role.VIEWER, other_organization).user_id)
    invite(owner, email=user.email)
    run_jobs()
    codes = []
    for _ in range(11):
        with pytest.raises(ServiceError) as refused:
            invitations.accept(token=token_of_last_mail(), actor=None, password="guess")
        codes.append(refused.value.code)
    assert codes == [ErrorCode.INVALID] * 10 + [ErrorCode.RATE_LIMITED]


def test_nobody_gives_a_role_above_their_own(admin: Actor, owner: Actor, graphql: Any) -> None:
    ask = graphql(admin)
    refused = ask(INVITE, {"input": {"email": NEW, "name": "New", "role": "OWNER"}})["data"]["inviteMember"]
    assert refused == {"invitation": None, "errors": [{"code": "FORBIDDEN", "field": "role"}]}
    for at, role in enumerate(role for role in Role if role != Role.OWNER):
        assert invite(admin, email=f"{at}@example.org", role=role).role == role
    for_owner = str(invite(owner, role=Role.OWNER).pk)
    for mutation, name in ((RESEND, "resendInvitation"), (REVOKE, "revokeInvitation")):
        answer = ask(mutation, {"id": for_owner})["data"][name]
        assert answer == {"invitation": None, "errors": [{"code": "FORBIDDEN", "field": "role"}]}


def test_an_address_is_asked_once_and_members_are_not(owner: Actor, care_team: Actor, graphql: Any) -> None:
    invite(owner)
    there = User.objects.get(pk=care_team.user_id).email
    ask = graphql(owner)
    for email, code in ((NEW.upper(), "DUPLICATE"), (there, "DUPLICATE"), ("no address", "INVALID")):
        answer = ask(INVITE, {"input": {"email": email, "name": "New", "role": "VIEWER"}})["data"]["inviteMember"]
        assert answer["errors"] == [{"code": code, "field": "email"}]
    invitations.revoke(actor=owner, invitation_id=Invitation.unscoped.get().pk)
    assert invite(owner).revoked_at is None


def test_invitations_of_others_answer_like_unknown_ones(
    owner: Actor, other_organization: Organization, member: Callable[..., Actor], graphql: Any
) -> None:
    theirs = invite(member(Role.OWNER, other_organization))
    ask = graphql(owner)
    assert ask(PENDING)["data"]["invitations"] == []
    for unknown in (str(theirs.pk), str(uuid4()), "nonsense"):
        for mutation, name in ((RESEND, "resendInvitation"), (REVOKE, "revokeInvitation")):
            answer = ask(mutation, {"id": unknown})["data"][name]
            assert answer == {"invitation": None, "errors": [{"code": "NOT_FOUND", "field": "id"}]}
    theirs.refresh_from_db()
    assert theirs.revoked_at is None


def test_mails_are_bounded_by_the_hour_and_the_organization(
    owner: Actor, other_organization: Organization, member: Callable[..., Actor]
) -> None:
    again = invite(owner)
    for _ in range(invitations.MAILS_AN_HOUR - 1):
        invitations.send_again(actor=owner, invitation_id=again.pk)
    with pytest.raises(ServiceError) as refused:
        invite(owner, email="one.more@example.org")
    assert refused.value.code == ErrorCode.RATE_LIMITED
    assert invite(member(Role.OWNER, other_organization), email="one.more@example.org")
    Job.unscoped.update(created_at=clock.now() - timedelta(minutes=61))
    assert invite(owner, email="one.more@example.org")


def test_a_mail_that_cannot_be_sent_is_told(
    owner: Actor, graphql: Any, run_jobs: RunJobs, settings: LazySettings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    invite(owner)
    for _ in range(3):
        Job.unscoped.update(run_after=clock.now())
        run_jobs()
    pending = graphql(owner)(PENDING)["data"]["invitations"]
    assert [(each["sentAt"], each["sendingFailed"]) for each in pending] == [(None, True)]


def test_a_server_without_mail_says_so(owner: Actor, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = ""
    with pytest.raises(ServiceError, match="MAILGUN_API_KEY"):
        invite(owner)
    assert not Invitation.unscoped.exists()


def test_a_mail_that_comes_late_for_a_revoked_invitation_is_not_sent(owner: Actor, run_jobs: RunJobs) -> None:
    invitations.revoke(actor=owner, invitation_id=invite(owner).pk)
    assert run_jobs() and mail.outbox == []


def test_an_account_that_was_closed_cannot_join(
    other_organization: Organization, owner: Actor, member: Callable[..., Actor], run_jobs: RunJobs
) -> None:
    user = User.objects.get(pk=member(Role.VIEWER, other_organization).user_id)
    invite(owner, email=user.email)
    run_jobs()
    User.objects.filter(pk=user.pk).update(is_active=False)
    with pytest.raises(ServiceError) as refused:
        invitations.accept(token=token_of_last_mail(), actor=None, password=PASSWORD)
    assert refused.value.code == ErrorCode.EXPIRED


def test_an_invitation_of_a_member_is_used_up_and_changes_nothing(
    link: str, organization: Organization, run_jobs: RunJobs
) -> None:
    user = User.objects.create_user(email=NEW, password=PASSWORD, name="Came Otherwise")
    system = services.system_actor(organization.pk)
    services.add_member(organization=organization, user=user, role=Role.VIEWER, actor=system)
    assert invitations.accept(token=link, actor=None, password=PASSWORD).role == Role.VIEWER
    with pytest.raises(ServiceError):
        invitations.read(link)


def test_machines_invite_nobody(organization: Organization, owner: Actor) -> None:
    machine = Actor(organization.pk, None, owner.permissions, kind=ActorKind.SERVICE_KEY, service_key_id=uuid4())
    with pytest.raises(ServiceError) as refused:
        invite(machine)
    assert refused.value.code == ErrorCode.FORBIDDEN
