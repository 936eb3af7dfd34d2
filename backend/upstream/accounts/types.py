"""People, organizations and service keys as clients see them."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import strawberry
from django.conf import settings

from upstream.accounts import policy, selectors
from upstream.accounts.models import Membership, Organization, ServiceKey, Session, User
from upstream.accounts.roles import Role, Scope
from upstream.graph.context import Info
from upstream.graph.gates import gated, gated_model, requires
from upstream.graph.mutations import Problem
from upstream.graph.permissions import Permission

strawberry.enum(Role)
strawberry.enum(Scope, name="ServiceKeyScope", description="What a service key may do.")


@gated_model(Organization, Permission.SIGNED_IN, name="Organization", description="The clinic or group of clinics.")
class OrganizationType:
    id: strawberry.ID
    name: str
    slug: str
    is_demo: bool

    @strawberry.field(description="Whether owners, administrators and auditors need a second factor.")
    def second_factor_required(self) -> bool:
        return policy.is_required(cast(Organization, self).second_factor_required)


@gated(Permission.SIGNED_IN, name="Member", description="A person of the organization; `id` is the person's.")
class MemberType:
    id: strawberry.ID
    name: str
    email: str
    role: Role
    has_second_factor: bool | None = strawberry.field(directives=requires(Permission.MEMBERS_WRITE))
    user_id: strawberry.Private[UUID]

    @strawberry.field(
        directives=requires(Permission.MEMBERS_WRITE),
        description="When a session here was last renewed, which happens every ten minutes; null for who never came.",
    )
    def last_seen_at(self, info: Info) -> datetime | None:
        cache = info.context.cache
        if "last_seen" not in cache:
            cache["last_seen"] = selectors.last_seen(info.context.organization_id)
        return cast(datetime | None, cache["last_seen"].get(self.user_id))


def member_of(membership: Membership) -> MemberType:
    user = membership.user
    return MemberType(
        id=strawberry.ID(str(user.pk)),
        name=user.name,
        email=user.email,
        role=Role(membership.role),
        has_second_factor=user.second_factor_since is not None,
        user_id=user.pk,
    )


def members_by_user(info: Info) -> dict[UUID, MemberType]:
    """The organization's members by person, read once per request."""
    cache = info.context.cache
    if "members" not in cache:
        cache["members"] = {m.user_id: member_of(m) for m in selectors.members(info.context.organization_id)}
    return cast(dict[UUID, MemberType], cache["members"])


def member(info: Info, user_id: UUID | None) -> MemberType | None:
    """A person by id, or None for nobody and for people who have left."""
    return members_by_user(info).get(user_id) if user_id else None


@gated(
    Permission.SIGNED_IN, name="Viewer", description="The person who asks, in the organization they are signed in to."
)
class ViewerType:
    id: strawberry.ID
    email: str
    name: str
    role: Role
    organization: OrganizationType
    permissions: list[Permission]
    must_set_up_second_factor: bool = strawberry.field(
        description="The organization asks a second factor of this role: until there is one, nothing else is allowed."
    )
    idle_limit_seconds: int = strawberry.field(
        description="A browser's session ends so long after its person last touched a page."
    )
    user: strawberry.Private[User]

    @strawberry.field(description="Organizations this person may switch to, this one included.")
    def organizations(self) -> list[OrganizationType]:
        return cast(Any, selectors.organizations_of(self.user.pk))


def viewer_of(session: Session, permissions: frozenset[str]) -> ViewerType:
    user, membership, organization = session.user, session.membership, session.organization
    has_one = session.provided_second_factor or user.second_factor_since is not None
    return ViewerType(
        id=strawberry.ID(str(user.pk)),
        email=user.email,
        name=user.name,
        role=Role(membership.role),
        organization=cast(Any, organization),
        permissions=sorted((Permission(p) for p in permissions), key=lambda p: p.value),
        must_set_up_second_factor=policy.must_set_up(
            membership.role, has_one=has_one, decided=organization.second_factor_required
        ),
        idle_limit_seconds=int(settings.SESSION_IDLE_LIFETIME.total_seconds()),
        user=user,
    )


@gated(Permission.PUBLIC)
class PasskeyOptionsPayload:
    options: str | None = strawberry.field(
        default=None,
        description="For five minutes: JSON, as `navigator.credentials` and the credential managers of phones take it.",
    )
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated_model(
    ServiceKey,
    Permission.SERVICE_KEYS_WRITE,
    name="ServiceKey",
    description="A machine's way to the REST surface. Its secret is told once, when it is created.",
)
class ServiceKeyType:
    id: strawberry.ID
    name: str
    prefix: str = strawberry.field(description="How the key begins.")
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None = strawberry.field(description="To the minute.")

    @strawberry.field
    def scopes(self) -> list[Scope]:
        return [Scope(scope) for scope in cast(ServiceKey, self).scopes]

    @strawberry.field
    def created_by(self, info: Info) -> MemberType | None:
        return member(info, cast(ServiceKey, self).created_by_id)
