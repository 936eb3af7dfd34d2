"""Keeping, changing and deleting queries. When they are carried out is `schedules`'."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from upstream.audit import services as audit
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.checking import Checked, check
from upstream.graph.permissions import Permission
from upstream.graph.schema import served
from upstream.queries import selectors
from upstream.queries.models import SavedQuery

LONGEST_NAME, LONGEST_DESCRIPTION = 80, 500
MOST_QUERIES = 200
MOST_VARIABLE_BYTES = 10_000


def checked(text: str, variables: Mapping[str, Any]) -> Checked:
    """A text that was looked at. Raises INVALID, naming line and column, where it is not one query within limits."""
    found = check(served(), text, variables)
    if found.faults:
        raise ServiceError(ErrorCode.INVALID, str(found.faults[0]), field="text")
    return found


@transaction.atomic
def create_saved_query(
    *, actor: Actor, name: str, text: str, description: str = "", variables: Any = None, shared: bool = False
) -> SavedQuery:
    """Keep a query. Raises FORBIDDEN; REQUIRED and INVALID; DUPLICATE for a name that one's own has; CONFLICT where
    there are too many.
    """
    actor.require(Permission.AD_HOC_QUERIES)
    query = SavedQuery(organization_id=actor.organization_id, owner_id=person(actor))
    _write(query, name=name, description=description, text=text, variables=variables, shared=shared)
    own = SavedQuery.objects.for_organization(actor.organization_id).filter(owner_id=actor.user_id)
    if own.count() >= MOST_QUERIES:
        raise ServiceError(ErrorCode.CONFLICT, f"You keep {MOST_QUERIES} queries already. Delete one first.")
    _refuse_duplicate(query)
    query.save(force_insert=True)
    record_of(actor, "saved_query.created", query, {"shared": query.shared})
    return query


@transaction.atomic
def change_saved_query(
    *,
    actor: Actor,
    query_id: UUID,
    name: str | None = None,
    text: str | None = None,
    description: str | None = None,
    variables: Any = None,
    shared: bool | None = None,
) -> SavedQuery:
    """Change what is given. Raises as `create_saved_query`, NOT_FOUND, and FORBIDDEN for what others share."""
    query = _own(actor, query_id, "changed")
    before = {field: getattr(query, field) for field in ("name", "description", "text", "variables", "shared")}
    _write(
        query,
        name=query.name if name is None else name,
        description=query.description if description is None else description,
        text=query.text if text is None else text,
        variables=query.variables if variables is None else variables,
        shared=query.shared if shared is None else shared,
    )
    changed = sorted(field for field, value in before.items() if value != getattr(query, field))
    if changed:
        _refuse_duplicate(query)
        if before["shared"] and not query.shared:
            # Others cannot see it any more, so it is not carried out for them either.
            query.schedules.exclude(scheduled_by_id=query.owner_id).delete()
        query.save(update_fields=[*changed, "updated_at"])
        record_of(actor, "saved_query.changed", query, {"fields": changed})
    return query


@transaction.atomic
def delete_saved_query(*, actor: Actor, query_id: UUID) -> SavedQuery:
    """Delete a query and all its schedules; files that were made stay. Raises FORBIDDEN and NOT_FOUND.

    What is shared may also be deleted by who looks after members, for people leave.
    """
    query = _own(actor, query_id, "deleted", or_shared_with=Permission.MEMBERS_WRITE)
    record_of(actor, "saved_query.deleted", query, {"schedules": query.schedules.count()})
    deleted_id = query.pk
    query.delete()
    # What it was is still told.
    query.pk = deleted_id
    return query


def _own(actor: Actor, query_id: UUID, done: str, *, or_shared_with: Permission | None = None) -> SavedQuery:
    actor.require(Permission.AD_HOC_QUERIES)
    query = selectors.saved_query(actor, query_id)
    if query.owner_id != actor.user_id and not (or_shared_with and actor.may(or_shared_with)):
        raise ServiceError(
            ErrorCode.FORBIDDEN,
            f"A query is {done} by whose it is. Save a copy as your own.",
            field="id",
        )
    return query


def person(actor: Actor) -> UUID:
    """Who keeps the query. Raises FORBIDDEN for machines."""
    if actor.user_id is None:
        raise ServiceError(ErrorCode.FORBIDDEN, "Only people keep queries. Sign in as one.")
    return actor.user_id


def _write(query: SavedQuery, *, name: str, description: str, text: str, variables: Any, shared: bool) -> None:
    query.name, query.description, query.shared = " ".join(name.split()), description.strip(), shared
    if not query.name:
        raise ServiceError(ErrorCode.REQUIRED, "Give the query a name that says what it answers.", field="name")
    if len(query.name) > LONGEST_NAME or not query.name.isprintable():
        message = f"A name holds up to {LONGEST_NAME} characters that can be seen."
        raise ServiceError(ErrorCode.INVALID, message, field="name")
    if len(query.description) > LONGEST_DESCRIPTION or "\0" in query.description:
        message = f"A description holds up to {LONGEST_DESCRIPTION} characters."
        raise ServiceError(ErrorCode.INVALID, message, field="description")
    query.variables = {} if variables is None else variables
    if not isinstance(query.variables, dict) or len(orjson.dumps(query.variables)) > MOST_VARIABLE_BYTES:
        message = f"Give the variables as a JSON object of at most {MOST_VARIABLE_BYTES:,} bytes."
        raise ServiceError(ErrorCode.INVALID, message, field="variables")
    query.text = text
    checked(query.text, query.variables)


def _refuse_duplicate(query: SavedQuery) -> None:
    namesakes = SavedQuery.objects.for_organization(query.organization_id).filter(
        owner_id=query.owner_id, name=query.name
    )
    if namesakes.exclude(pk=query.pk).exists():
        raise ServiceError(ErrorCode.DUPLICATE, "You have a query of that name. Choose another.", field="name")


def record_of(actor: Actor, action: str, query: SavedQuery, detail: dict[str, Any]) -> None:
    audit.record(actor=actor, action=action, target_type="saved_query", target_id=query.pk, detail=detail)
