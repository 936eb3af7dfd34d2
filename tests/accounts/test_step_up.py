"""What weighs most asks the person anew for password and code, and takes the answer for five minutes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from conftest import PASSWORD

from upstream.accounts import enrolment, members, policy, sessions
from upstream.accounts.models import ClientKind, Organization, Session, User
from upstream.accounts.roles import Role
from upstream.accounts.services import add_member, system_actor
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import CONFIRMED_FOR, Actor, ActorKind
from upstream.core.errors import ErrorCode, ServiceError
from upstream.reports import services as exports
from upstream.reports.models import Export

CONFIRM = """mutation($password: String!, $code: String) { confirmIdentity(password: $password, code: $code) {
  confirmedUntil errors { code field } } }"""
EXPORT = """mutation($phi: Boolean!) { createExport(input: {kind: CLAIMS_XLSX, includePhi: $phi}) {
  export { id } errors { code } } }"""
NOBODY = "00000000-0000-0000-0000-000000000000"
GUARDED = [
    'mutation { inviteMember(input: {email: "a@example.org", name: "A", role: VIEWER}) { errors { code } } }',
    f'mutation {{ resendInvitation(id: "{NOBODY}") {{ errors {{ code }} }} }}',
    f'mutation {{ revokeInvitation(id: "{NOBODY}") {{ errors {{ code }} }} }}',
    f'mutation {{ changeMemberRole(id: "{NOBODY}", role: VIEWER) {{ errors {{ code }} }} }}',
    f'mutation {{ removeMember(id: "{NOBODY}") {{ errors {{ code }} }} }}',
    "mutation { requireSecondFactor(required: false) { errors { code } } }",
    "mutation { startSecondFactor { errors { code } } }",
    "mutation { startPasskey { errors { code } } }",
    "mutation { createExport(input: {kind: CLAIMS_XLSX, includePhi: true}) { errors { code } } }",
]


def let_pass(actor: Actor, time: timedelta = CONFIRMED_FOR + timedelta(seconds=1)) -> None:
    Session.unscoped.filter(pk=actor.session_id).update(confirmed_at=clock.now() - time)


def codes(answer: dict[str, Any]) -> list[str]:
    return [error["code"] for error in next(iter(answer["data"].values()))["errors"]]


@pytest.mark.parametrize("mutation", GUARDED)
def test_it_is_asked_for_once_five_minutes_have_passed(owner: Actor, graphql: Any, mutation: str) -> None:
    ask = graphql(owner)
    assert codes(ask(mutation)) in ([], ["NOT_FOUND"])
    let_pass(owner)
    assert codes(ask(mutation)) == ["STEP_UP_REQUIRED"]
    assert codes(ask(CONFIRM, {"password": PASSWORD})) == []
    assert codes(ask(mutation)) != ["STEP_UP_REQUIRED"]


def test_exports_without_patients_and_exports_again_of_those_ask_for_nothing(care_team: Actor, graphql: Any) -> None:
    ask = graphql(care_team)
    assert codes(ask(EXPORT, {"phi": True})) == []
    with_phi = Export.unscoped.get()
    let_pass(care_team)
    assert codes(ask(EXPORT, {"phi": False})) == []
    again = f'mutation {{ retryExport(id: "{with_phi.pk}") {{ errors {{ code }} }} }}'
    assert codes(ask(again)) == ["STEP_UP_REQUIRED"]
    assert codes(ask(CONFIRM, {"password": PASSWORD})) == []
    assert codes(ask(again)) == ["CONFLICT"]


def test_with_a_second_factor_it_takes_a_code_as_well(organization: Organization, owner: Actor, graphql: Any) -> None:
    secret = enrolment.start(actor=owner).secret
    recovery = enrolment.confirm(actor=owner, code=pyotp.TOTP(secret).at(clock.now()))
    let_pass(owner)
    ask = graphql(owner)
    for given, problem in (
        ({"password": "wrong", "code": recovery[0]}, {"code": "INVALID", "field": "password"}),
        ({"password": PASSWORD}, {"code": "SECOND_FACTOR_REQUIRED", "field": "code"}),
        ({"password": PASSWORD, "code": "000000"}, {"code": "INVALID", "field": "code"}),
    ):
        answer = ask(CONFIRM, given)["data"]["confirmIdentity"]
        assert answer == {"confirmedUntil": None, "errors": [problem]}
    assert codes(ask(GUARDED[0])) == ["STEP_UP_REQUIRED"]
    assert ask(CONFIRM, {"password": PASSWORD, "code": recovery[0]})["data"]["confirmIdentity"]["errors"] == []
    assert codes(ask(GUARDED[0])) == []
    event = AuditEvent.objects.for_organization(organization).get(action="session.confirmed")
    assert (event.actor_id, event.target_id) == (owner.user_id, str(owner.session_id))


def test_guesses_are_counted_together_with_those_at_signing_in(owner: Actor, graphql: Any) -> None:
    ask = graphql(owner)
    for _ in range(10):
        assert codes(ask(CONFIRM, {"password": "guess"})) == ["INVALID"]
    assert codes(ask(CONFIRM, {"password": PASSWORD})) == ["RATE_LIMITED"]
    with pytest.raises(ServiceError) as refused:
        email = User.objects.get(pk=owner.user_id).email
        sessions.sign_in(email=email, password=PASSWORD, client=ClientKind.BROWSER)
    assert refused.value.code == ErrorCode.RATE_LIMITED


def test_it_counts_in_the_session_where_it_was_given_alone(owner: Actor, graphql: Any) -> None:
    email = User.objects.get(pk=owner.user_id).email
    other = sessions.actor_of(sessions.sign_in(email=email, password=PASSWORD, client=ClientKind.BROWSER).session)
    let_pass(owner)
    let_pass(other)
    graphql(owner)(CONFIRM, {"password": PASSWORD})
    assert codes(graphql(other)(GUARDED[0])) == ["STEP_UP_REQUIRED"]


def test_neither_renewing_nor_switching_counts_as_it(
    owner: Actor, other_organization: Organization, graphql: Any
) -> None:
    user = User.objects.get(pk=owner.user_id)
    system = system_actor(other_organization.pk)
    add_member(organization=other_organization, user=user, role=Role.OWNER, actor=system)
    issued = sessions.sign_in(
        email=user.email, password=PASSWORD, client=ClientKind.BEARER, organization_id=owner.organization_id
    )
    let_pass(sessions.actor_of(issued.session))
    renewed = sessions.actor_of(sessions.refresh(refresh_token=issued.refresh_token).session)
    assert codes(graphql(renewed)(GUARDED[0])) == ["STEP_UP_REQUIRED"]
    switched = sessions.switch_organization(actor=renewed, organization_id=other_organization.pk)
    assert codes(graphql(sessions.actor_of(switched.session))(GUARDED[0])) == ["STEP_UP_REQUIRED"]


@pytest.mark.parametrize("kind", [ActorKind.SERVICE_KEY, ActorKind.WEBHOOK])
def test_machines_cannot_confirm_and_export_no_patients(
    organization: Organization, owner: Actor, kind: ActorKind
) -> None:
    machine = Actor(organization.pk, None, owner.permissions, kind=kind, confirmed_at=clock.now())
    for act in (
        lambda: exports.create_export(actor=machine, kind="CLAIMS_XLSX", include_phi=True),
        lambda: members.remove(actor=machine, user_id=owner.user_id),
        lambda: policy.require_second_factor(actor=machine, required=False),
        lambda: enrolment.confirm_identity(actor=machine, password=PASSWORD),
    ):
        with pytest.raises(ServiceError) as refused:
            act()
        assert refused.value.code == ErrorCode.FORBIDDEN


def test_a_session_from_before_is_asked(owner: Actor, member: Callable[..., Actor], graphql: Any) -> None:
    Session.unscoped.update(confirmed_at=None)
    assert codes(graphql(owner)(GUARDED[0])) == ["STEP_UP_REQUIRED"]
