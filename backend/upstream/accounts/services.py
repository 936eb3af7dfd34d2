"""Making organizations and people."""

from uuid import UUID

from django.db import transaction

from upstream.accounts.models import Membership, Organization, User
from upstream.accounts.roles import ALL_PERMISSIONS, Role
from upstream.audit import services as audit
from upstream.core import scope
from upstream.core.actor import Actor, ActorKind


def system_actor(organization_id: UUID) -> Actor:
    """Upstream itself, working in one organization (jobs, commands)."""
    return Actor(organization_id=organization_id, user_id=None, permissions=ALL_PERMISSIONS, kind=ActorKind.SYSTEM)


@scope.of_all_organizations()
def record_of(user: User, action: str, *, by: User | None = None) -> None:
    """Tell the trail of each organization of a person what became of their account; `by` nobody: by Upstream itself."""
    for organization_id in Membership.unscoped.filter(user=user).values_list("organization_id", flat=True):
        actor = Actor(organization_id, by.pk, frozenset()) if by else system_actor(organization_id)
        audit.record(actor=actor, action=action, target_type="user", target_id=user.pk)


@transaction.atomic
def create_organization(*, name: str, slug: str, is_demo: bool = False) -> Organization:
    organization = Organization(name=name, slug=slug, is_demo=is_demo)
    organization.save(force_insert=True)
    audit.record(
        actor=system_actor(organization.pk),
        action="organization.created",
        target_type="organization",
        target_id=organization.pk,
    )
    return organization


@transaction.atomic
def add_member(*, organization: Organization, user: User, role: Role, actor: Actor) -> Membership:
    membership = Membership(organization=organization, user=user, role=role)
    membership.save(force_insert=True)
    audit.record(
        actor=actor, action="member.added", target_type="membership", target_id=membership.pk, detail={"role": role}
    )
    return membership
