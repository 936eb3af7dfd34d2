"""Reading accounts."""

from datetime import datetime
from uuid import UUID

from django.db.models import Max, QuerySet

from upstream.accounts.models import Membership, Organization, ServiceKey, Session, User
from upstream.core import scope


def members(organization_id: UUID) -> QuerySet[Membership]:
    """The organization's memberships with their people, by name."""
    return Membership.objects.for_organization(organization_id).select_related("user").order_by("user__name", "id")


def last_seen(organization_id: UUID) -> dict[UUID, datetime]:
    """When each person was last heard of in the organization; who never signed in is left out."""
    sessions = Session.objects.for_organization(organization_id).order_by()
    return dict(sessions.values_list("user_id").annotate(Max("rotated_at")))


def person(user_id: UUID) -> User:
    """The person behind an id that a session carries."""
    return User.objects.get(pk=user_id)


@scope.of_all_organizations()
def organizations_of(user_id: UUID) -> list[Organization]:
    """The organizations a person belongs to, by name."""
    of = Membership.unscoped.filter(user_id=user_id).values("organization_id")
    return list(Organization.objects.filter(pk__in=of).order_by("name"))


def service_keys(organization_id: UUID) -> QuerySet[ServiceKey]:
    """The organization's keys, those that no longer count included."""
    return ServiceKey.objects.for_organization(organization_id)
