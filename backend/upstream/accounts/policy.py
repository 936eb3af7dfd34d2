"""Who must have a second factor: an organization may ask it of those who decide about others and who read the trail."""

from django.conf import settings
from django.db import transaction

from upstream.accounts.models import Membership, Organization, Session, User
from upstream.accounts.roles import EVERYBODY, ROLE_PERMISSIONS, Role
from upstream.audit import services as audit
from upstream.core import clock, scope
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.permissions import Permission

CONCERNED = frozenset({Role.OWNER, Role.ADMIN, Role.AUDITOR})


def is_required(decided: bool | None) -> bool:
    """Whether owners, admins and auditors need a second factor, by what their organization decided; undecided, they do
    where real data are.
    """
    return settings.REAL_DATA_MODE if decided is None else decided


def must_set_up(role: str, *, has_one: bool, decided: bool | None) -> bool:
    """Whether a member has to set a second factor up before anything else. has_one: it is set up, or an identity
    provider asked for one in this session; decided: by the organization, whether it has to be.
    """
    return role in CONCERNED and not has_one and is_required(decided)


@scope.of_all_organizations()
def needs_one(user: User) -> bool:
    """Whether one of a person's organizations asks them for a second factor."""
    memberships = Membership.unscoped.filter(user=user, role__in=CONCERNED).select_related("organization")
    return any(is_required(membership.organization.second_factor_required) for membership in memberships)


def permissions_of(role: str, *, has_one: bool, decided: bool | None) -> frozenset[str]:
    """What a member may do at this moment: what the role says, and nothing of it while a second factor is missing."""
    if must_set_up(role, has_one=has_one, decided=decided):
        return EVERYBODY
    return frozenset(ROLE_PERMISSIONS[role])


def permissions_outside_sessions(membership: Membership) -> frozenset[str]:
    """The same for jobs and links, which go on from any session that the person has in the organization."""
    user, organization = membership.user, membership.organization
    has_one = user.second_factor_since is not None or _provided(user, organization)
    return permissions_of(membership.role, has_one=has_one, decided=organization.second_factor_required)


def _provided(user: User, organization: Organization) -> bool:
    now = clock.now()
    sessions = Session.objects.for_organization(organization).filter(user=user, provided_second_factor=True)
    return sessions.filter(revoked_at=None, expires_at__gt=now, idle_expires_at__gt=now).exists()


@transaction.atomic
def require_second_factor(*, actor: Actor, required: bool) -> Organization:
    """Ask owners, admins and auditors for a second factor, or no more.

    Raises FORBIDDEN; STEP_UP_REQUIRED; CONFLICT for an owner who has none and would be the first to be kept out.
    """
    actor.require(Permission.ORGANIZATION_WRITE)
    actor.require_confirmed()
    user = User.objects.filter(pk=actor.user_id).first() if actor.user_id else None
    organization = Organization.objects.select_for_update().get(pk=actor.organization_id)
    if required and not (user and (user.second_factor_since or _provided(user, organization))):
        raise ServiceError(
            ErrorCode.CONFLICT, "Set up your own second factor first, under Your account.", field="required"
        )
    if organization.second_factor_required != required:
        organization.second_factor_required = required
        organization.save(update_fields=["second_factor_required", "updated_at"])
        audit.record(
            actor=actor,
            action="organization.second_factor_policy",
            target_type="organization",
            target_id=organization.pk,
            detail={"required": required},
        )
    return organization
