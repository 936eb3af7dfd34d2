"""Changing what members may do, and removing them: at once, for sessions that are open as well."""

from collections.abc import Callable
from uuid import UUID

from django.db import transaction

from upstream.accounts import invitations
from upstream.accounts.models import Membership, Organization, Session
from upstream.accounts.roles import ROLE_PERMISSIONS, Role, may_give
from upstream.audit import services as audit
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.graph.permissions import Permission

# What rooms further right take from somebody who is about to be removed, in the same transaction.
before_removal: list[Callable[[Actor, Membership], None]] = []


@transaction.atomic
def change_role(*, actor: Actor, user_id: UUID, role: str) -> Membership:
    """Give a member another role; where it allows less in anything, the person's sessions here end.

    Raises NOT_FOUND, STEP_UP_REQUIRED; FORBIDDEN, also for a role above one's own, before or after; CONFLICT for
    oneself and for the last owner.
    """
    membership = _changeable(actor, user_id)
    if not may_give(actor.permissions, role):
        raise _above(field="role")
    before = membership.role
    if role == before:
        return membership
    if before == Role.OWNER:
        _require_another_owner(membership)
    membership.role = role
    membership.save(update_fields=["role", "updated_at"])
    audit.record(
        actor=actor,
        action="member.role_changed",
        target_type="membership",
        target_id=membership.pk,
        detail={"from": before, "to": role},
    )
    if not ROLE_PERMISSIONS[before] <= ROLE_PERMISSIONS[role]:
        Session.objects.for_organization(actor.organization_id).filter(membership=membership, revoked_at=None).update(
            revoked_at=clock.now(), revoked_because="role changed"
        )
        invitations.revoke_those_of(actor=actor, inviter_id=user_id)
    return membership


@transaction.atomic
def remove(*, actor: Actor, user_id: UUID) -> None:
    """End a membership, and its sessions with it; the person's account and what they did stay. Raises as above."""
    membership = _changeable(actor, user_id)
    if membership.role == Role.OWNER:
        _require_another_owner(membership)
    audit.record(
        actor=actor,
        action="member.removed",
        target_type="membership",
        target_id=membership.pk,
        detail={"role": membership.role, "user": str(user_id)},
    )
    invitations.revoke_those_of(actor=actor, inviter_id=user_id)
    for take in before_removal:
        take(actor, membership)
    membership.delete()


def _changeable(actor: Actor, user_id: UUID) -> Membership:
    actor.require(Permission.MEMBERS_WRITE)
    actor.require_confirmed()
    # One change of an organization's members at a time: else two owners could remove each other.
    Organization.objects.select_for_update().get(pk=actor.organization_id)
    memberships = Membership.objects.for_organization(actor.organization_id).select_related("user")
    membership: Membership | None = memberships.filter(user_id=user_id).first()
    if membership is None:
        raise not_found("member")
    if user_id == actor.user_id:
        raise ServiceError(ErrorCode.CONFLICT, "Ask another owner or admin: nobody changes their own membership.")
    if not may_give(actor.permissions, membership.role):
        raise _above()
    return membership


def _above(field: str | None = None) -> ServiceError:
    return ServiceError(
        ErrorCode.FORBIDDEN, "This role is above your own. Ask an owner of your organization.", field=field
    )


def _require_another_owner(membership: Membership) -> None:
    owners = Membership.objects.for_organization(membership.organization_id).filter(role=Role.OWNER)
    if not owners.exclude(pk=membership.pk).exists():
        raise ServiceError(ErrorCode.CONFLICT, "An organization needs an owner: make somebody else one first.")
