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


def is_required(organization: Organization) -> bool:
    """Whether owners, admins and auditors need a second factor; undecided, they do where real data are."""
    decided = organization.second_factor_required
    return settings.REAL_DATA_MODE if decided is None else decided


def must_set_up(membership: Membership, user: User, organization: Organization, *, provided: bool) -> bool:
    """Whether a member has to set a second factor up before anything else; `provided`: an identity provider asked for
    one in this session.
    """
    missing = user.second_factor_since is None and not provided
    return membership.role in CONCERNED and missing and is_required(organization)


@scope.of_all_organizations()
def needs_one(user: User) -> bool:
    """Whether one of a person's organizations asks them for a second factor."""
    memberships = Membership.unscoped.filter(user=user, role__in=CONCERNED).select_related("organization")
    return any(is_required(membership.organization) for membership in memberships)


def permissions_of(membership: Membership, user: User, organization: Organization, *, provided: bool) -> frozenset[str]:
    """What a member may do at this moment: what the role says, and nothing of it while a second factor is missing."""
    if must_set_up(membership, user, organization, provided=provided):
        return EVERYBODY
    return frozenset(ROLE_PERMISSIONS[membership.role])


def permissions_outside_sessions(membership: Membership) -> frozenset[str]:
    """The same for jobs and links, which go on from any session that the person has in the organization."""
    user, organization = membership.user, membership.organization
    provided = user.second_factor_since is None and _provided(user, organization)
    return permissions_of(membership, user, organization, provided=provided)


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
