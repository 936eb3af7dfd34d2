"""The shared fixtures themselves."""

from collections.abc import Callable

from upstream.accounts import sessions, tokens
from upstream.accounts.models import Membership, Organization, Session
from upstream.accounts.roles import ROLE_PERMISSIONS, Role
from upstream.core.actor import Actor


def test_a_member_is_signed_in_with_exactly_the_roles_permissions(
    member: Callable[..., Actor], other_organization: Organization
) -> None:
    actor = member(Role.ANALYST, other_organization)
    session = Session.unscoped.get(pk=actor.session_id)
    access, _ = tokens.access_token(session)
    assert sessions.authenticate(access) == actor
    assert actor.permissions == ROLE_PERMISSIONS[Role.ANALYST]
    assert Membership.objects.for_organization(other_organization).get().user_id == actor.user_id
