"""Reading saved queries: one's own and those that others share."""

from uuid import UUID

from django.db.models import Q, QuerySet

from upstream.core.actor import Actor
from upstream.core.errors import not_found
from upstream.queries.models import QuerySchedule, SavedQuery


def saved_queries(actor: Actor) -> QuerySet[SavedQuery]:
    rows = SavedQuery.objects.for_organization(actor.organization_id)
    return rows.filter(Q(owner_id=actor.user_id) | Q(shared=True))


def saved_query(actor: Actor, query_id: UUID) -> SavedQuery:
    """Raises NOT_FOUND for an unknown id, another organization's and what another person keeps private alike."""
    found: SavedQuery | None = saved_queries(actor).filter(pk=query_id).first()
    if found is None:
        raise not_found("saved query")
    return found


def schedules(organization_id: UUID, query_ids: list[UUID]) -> dict[UUID, list[QuerySchedule]]:
    """The schedules of queries, the first made before others."""
    found: dict[UUID, list[QuerySchedule]] = {query_id: [] for query_id in query_ids}
    rows = QuerySchedule.objects.for_organization(organization_id).filter(query_id__in=query_ids)
    for schedule in rows.select_related("last_export__job").order_by("id"):
        found[schedule.query_id].append(schedule)
    return found
