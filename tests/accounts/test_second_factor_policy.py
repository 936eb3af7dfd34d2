"""An organization asks owners, admins and auditors for a second factor: without one they can only set it up."""

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from api.rest import UPLOADS
from conftest import PASSWORD
from django.conf import LazySettings
from django.test import Client

from upstream.accounts import enrolment, policy, sessions
from upstream.accounts.models import ClientKind, Membership, Organization, SecondFactor, User
from upstream.accounts.roles import EVERYBODY, ROLE_PERMISSIONS, Role
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.reports import access

VIEWER = "{ viewer { permissions mustSetUpSecondFactor organization { secondFactorRequired } } }"
REQUIRE = """mutation($on: Boolean!) { requireSecondFactor(required: $on) {
  organization { secondFactorRequired } errors { code field } } }"""
CONCERNED = [Role.OWNER, Role.ADMIN, Role.AUDITOR]
OTHERS = [role for role in Role if role not in CONCERNED]


def decide(organization: Organization, required: bool | None) -> None:
    Organization.objects.filter(pk=organization.pk).update(second_factor_required=required)


def set_up(actor: Actor) -> None:
    secret = enrolment.start(actor=actor).secret
    enrolment.confirm(actor=actor, code=pyotp.TOTP(secret).at(clock.now()))


@pytest.mark.parametrize("role", CONCERNED)
def test_who_falls_under_it_can_do_nothing_until_it_is_set_up(
    organization: Organization, member: Callable[..., Actor], graphql: Any, role: Role
) -> None:
    decide(organization, True)
    actor = member(role)
    assert actor.permissions == EVERYBODY
    ask = graphql(actor)
    assert ask(VIEWER)["data"]["viewer"] == {
        "permissions": ["PUBLIC", "SIGNED_IN"],
        "mustSetUpSecondFactor": True,
        "organization": {"secondFactorRequired": True},
    }
    refused = ask("{ members { id } }")
    assert refused["data"]["members"] is None and refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    set_up(actor)
    viewer = ask(VIEWER)["data"]["viewer"]
    assert set(viewer["permissions"]) == ROLE_PERMISSIONS[role] and not viewer["mustSetUpSecondFactor"]
    assert ask("{ members { id } }")["data"]["members"]


@pytest.mark.parametrize("role", OTHERS)
def test_other_roles_are_not_asked(organization: Organization, member: Callable[..., Actor], role: Role) -> None:
    decide(organization, True)
    assert member(role).permissions == ROLE_PERMISSIONS[role]


def test_undecided_it_is_on_where_real_data_are(
    organization: Organization, member: Callable[..., Actor], settings: LazySettings
) -> None:
    assert member(Role.OWNER).permissions == ROLE_PERMISSIONS[Role.OWNER]
    settings.REAL_DATA_MODE = True
    assert member(Role.OWNER).permissions == EVERYBODY
    decide(organization, False)
    assert member(Role.OWNER).permissions == ROLE_PERMISSIONS[Role.OWNER]


def test_it_counts_for_sessions_that_are_open_already(organization: Organization, admin: Actor, graphql: Any) -> None:
    ask = graphql(admin)
    assert ask("{ members { id } }")["data"]["members"]
    decide(organization, True)
    assert ask("{ members { id } }")["data"]["members"] is None
    assert access.current_actor(organization.pk, admin.user_id).permissions == EVERYBODY


def test_it_counts_over_rest(organization: Organization, member: Callable[..., Actor]) -> None:
    decide(organization, True)
    email = User.objects.get(pk=member(Role.ADMIN).user_id).email
    access_token = sessions.sign_in(email=email, password=PASSWORD, client=ClientKind.BEARER).access_token
    answer = Client(headers={"Authorization": f"Bearer {access_token}"}).get(UPLOADS)
    assert answer.status_code == 403 and answer.json()["code"] == "FORBIDDEN"


def test_losing_the_factor_leads_back_to_setting_it_up(organization: Organization, admin: Actor) -> None:
    set_up(admin)
    decide(organization, True)
    membership = Membership.objects.for_organization(organization).get(user_id=admin.user_id)
    assert policy.permissions_outside_sessions(membership) == ROLE_PERMISSIONS[Role.ADMIN]
    enrolment.remove_all(membership.user)
    membership.user.refresh_from_db()
    assert policy.permissions_outside_sessions(membership) == EVERYBODY


def test_the_only_factor_is_not_turned_off_by_who_needs_one(organization: Organization, admin: Actor) -> None:
    set_up(admin)
    decide(organization, True)
    with pytest.raises(ServiceError, match="this is the only one") as refused:
        enrolment.turn_off(actor=admin)
    assert refused.value.code == ErrorCode.CONFLICT and SecondFactor.objects.filter(user_id=admin.user_id).exists()
    decide(organization, False)
    enrolment.turn_off(actor=admin)
    assert not SecondFactor.objects.filter(user_id=admin.user_id).exists()


def test_it_is_of_one_organization(
    organization: Organization, other_organization: Organization, member: Callable[..., Actor]
) -> None:
    decide(other_organization, True)
    assert member(Role.OWNER).permissions == ROLE_PERMISSIONS[Role.OWNER]
    assert member(Role.OWNER, other_organization).permissions == EVERYBODY


def test_an_owner_decides_after_setting_up_their_own(organization: Organization, owner: Actor, graphql: Any) -> None:
    ask = graphql(owner)
    first = ask(REQUIRE, {"on": True})["data"]["requireSecondFactor"]
    assert first == {"organization": None, "errors": [{"code": "CONFLICT", "field": "required"}]}
    set_up(owner)
    for on in (True, True, False):
        answer = ask(REQUIRE, {"on": on})["data"]["requireSecondFactor"]
        assert answer == {"organization": {"secondFactorRequired": on}, "errors": []}
    trail = AuditEvent.objects.for_organization(organization).filter(action="organization.second_factor_policy")
    assert [event.detail for event in trail.order_by("sequence")] == [{"required": True}, {"required": False}]


def test_only_owners_decide(organization: Organization, admin: Actor) -> None:
    with pytest.raises(ServiceError, match="ORGANIZATION_WRITE"):
        policy.require_second_factor(actor=admin, required=True)
    organization.refresh_from_db()
    assert organization.second_factor_required is None
