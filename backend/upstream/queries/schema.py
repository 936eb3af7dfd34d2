"""Saved queries in the graph, and what a query would cost."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

import strawberry
from strawberry.scalars import JSON

from upstream.accounts.types import MemberType, member
from upstream.graph import limits
from upstream.graph.checking import check
from upstream.graph.context import Info
from upstream.graph.gates import gated, gated_model, requires, shown
from upstream.graph.mutations import Problem, payload, row_id, uuid_of
from upstream.graph.pages import Page, ascending, page
from upstream.graph.permissions import Permission
from upstream.graph.schema import served
from upstream.queries import schedules, selectors, services
from upstream.queries.models import Frequency, QuerySchedule, SavedQuery
from upstream.reports.models import ExportKind
from upstream.reports.schema import ExportPayload
from upstream.reports.types import ExportType

_WRITE = Permission.AD_HOC_QUERIES

strawberry.enum(Frequency, name="QueryFrequency")


@gated_model(QuerySchedule, _WRITE, name="QuerySchedule", description="When a query is carried out, and for whom.")
class QueryScheduleType:
    id: strawberry.ID
    kind: ExportKind
    frequency: Frequency
    weekday: int | None = strawberry.field(description="1 is Monday; null where it is not weekly.")
    day_of_month: int | None = strawberry.field(description="Null where it is not monthly.")
    hour: int
    time_zone: str
    next_run_at: datetime
    last_run_at: datetime | None
    stopped_at: datetime | None = strawberry.field(description="It is not carried out since.")
    stopped_because: str

    @strawberry.field(description="Null once they have left.")
    def scheduled_by(self, info: Info) -> MemberType | None:
        return member(info, cast(QuerySchedule, self).scheduled_by_id)

    @strawberry.field(
        directives=requires(Permission.EXPORTS_READ), description="Of the last time; told to whom it was made for."
    )
    def last_export(self, info: Info) -> ExportType | None:
        schedule = cast(QuerySchedule, self)
        own = schedule.scheduled_by_id == info.context.signed_in().user_id
        return shown(schedule.last_export) if own else None


@gated_model(
    SavedQuery, _WRITE, name="SavedQuery", description="A query that somebody keeps, with values for its variables."
)
class SavedQueryType:
    id: strawberry.ID
    name: str
    description: str
    text: str
    shared: bool = strawberry.field(description="With all of the organization who may write queries.")
    created_at: datetime
    updated_at: datetime

    @strawberry.field
    def variables(self) -> JSON:
        return cast(JSON, cast(SavedQuery, self).variables)

    @strawberry.field(description="Null once they have left.")
    def owner(self, info: Info) -> MemberType | None:
        return member(info, cast(SavedQuery, self).owner_id)

    @strawberry.field(description="Whether it belongs to the person who asks.")
    def own(self, info: Info) -> bool:
        return cast(SavedQuery, self).owner_id == info.context.signed_in().user_id

    @strawberry.field(description="One for each person who has it carried out.")
    def schedules(self, info: Info) -> list[QueryScheduleType]:
        query, cache = cast(SavedQuery, self), info.context.cache
        known = cache.setdefault("query_schedules", {})
        if query.pk not in known:
            visible = list(selectors.saved_queries(info.context.signed_in()).values_list("pk", flat=True))
            known |= selectors.schedules(info.context.organization_id, [*visible, query.pk])
        return cast(Any, known[query.pk])


@gated(_WRITE, description="What is wrong with a query; the place counts from 1.")
class QueryFault:
    message: str
    line: int | None
    column: int | None


@gated(_WRITE, description="What a query would be, were it carried out now.")
class QueryCost:
    faults: list[QueryFault] = strawberry.field(description="It is not carried out where there are any.")
    values: int = strawberry.field(description="Values it could return, by the sizes of lists and pages in it.")
    most_values: int
    depth: int
    most_depth: int
    missing: list[Permission] = strawberry.field(description="What its fields need and the person who asks lacks.")
    left: int = strawberry.field(description="Values that may still be asked for within this minute.")
    most_left: int = strawberry.field(description="Those of a whole minute.")
    seconds_left: int = strawberry.field(description="Until the next minute begins.")


@gated(_WRITE)
class SavedQueryPayload:
    saved_query: SavedQueryType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@strawberry.input
class CreateSavedQueryInput:
    name: str
    text: str = strawberry.field(description="One query, with its fragments.")
    description: str = ""
    variables: JSON | None = strawberry.field(default=None, description="Values for its variables, by their names.")
    shared: bool = False


@strawberry.input(description="What is null stays as it is.")
class ChangeSavedQueryInput:
    name: str | None = None
    text: str | None = None
    description: str | None = None
    variables: JSON | None = None
    shared: bool | None = None


@strawberry.input
class ScheduleSavedQueryInput:
    kind: ExportKind = strawberry.field(description="QUERY_XLSX or QUERY_CSV.")
    frequency: Frequency
    hour: int = strawberry.field(description="0 to 23.")
    time_zone: str = strawberry.field(description="Of the IANA database, such as America/Chicago.")
    weekday: int | None = strawberry.field(default=None, description="1 (Monday) to 7, where it is weekly.")
    day_of_month: int | None = strawberry.field(
        default=None, description="1 to 31, where it is monthly; the last day where a month is shorter."
    )


@strawberry.type
class QueriesQuery:
    @strawberry.field(directives=requires(_WRITE), description="One's own and those that others share, by name.")
    def saved_queries(self, info: Info, first: int = 50, after: str | None = None) -> Page[SavedQueryType] | None:
        return page(
            selectors.saved_queries(info.context.signed_in()),
            organization_id=info.context.organization_id,
            order=(ascending("name", str), ascending("id", UUID)),
            first=first,
            after=after,
        )

    @strawberry.field(directives=requires(_WRITE))
    def saved_query(self, info: Info, id: strawberry.ID) -> SavedQueryType | None:
        return shown(selectors.saved_queries(info.context.signed_in()).filter(pk=row_id(id)).first())

    @strawberry.field(directives=requires(_WRITE), description="What is wrong with a query or what it would cost.")
    def query_cost(
        self, info: Info, text: str, variables: JSON | None = None, operation_name: str | None = None
    ) -> QueryCost | None:
        given = cast(Any, variables)
        found = check(served(), text, given if isinstance(given, dict) else {}, operation_name)
        budget = limits.used(info.context, 0)
        return QueryCost(
            faults=[QueryFault(message=each.message, line=each.line, column=each.column) for each in found.faults],
            values=found.size.values,
            most_values=limits.MAX_COST,
            depth=found.size.depth,
            most_depth=limits.MAX_DEPTH,
            missing=sorted(found.permissions - info.context.signed_in().permissions),
            left=max(budget.left, 0),
            most_left=budget.most,
            seconds_left=budget.seconds_left,
        )


@strawberry.type
class QueriesMutation:
    @strawberry.field(directives=requires(_WRITE), description="Keep a query; it is checked as if it were carried out.")
    @payload(SavedQueryPayload)
    def create_saved_query(self, info: Info, input: CreateSavedQueryInput) -> SavedQueryPayload | None:
        query = services.create_saved_query(
            actor=info.context.signed_in(),
            name=input.name,
            text=input.text,
            description=input.description,
            variables=input.variables,
            shared=input.shared,
        )
        return SavedQueryPayload(saved_query=shown(query))

    @strawberry.field(directives=requires(_WRITE), description="Whoever it belongs to may change it.")
    @payload(SavedQueryPayload)
    def change_saved_query(
        self, info: Info, id: strawberry.ID, input: ChangeSavedQueryInput
    ) -> SavedQueryPayload | None:
        query = services.change_saved_query(
            actor=info.context.signed_in(),
            query_id=uuid_of(id, "saved query"),
            name=input.name,
            text=input.text,
            description=input.description,
            variables=input.variables,
            shared=input.shared,
        )
        return SavedQueryPayload(saved_query=shown(query))

    @strawberry.field(
        directives=requires(_WRITE),
        description="Its schedules end as well, its exports stay. Of what others share it takes MEMBERS_WRITE.",
    )
    @payload(SavedQueryPayload)
    def delete_saved_query(self, info: Info, id: strawberry.ID) -> SavedQueryPayload | None:
        query = services.delete_saved_query(actor=info.context.signed_in(), query_id=uuid_of(id, "saved query"))
        return SavedQueryPayload(saved_query=shown(query))

    @strawberry.field(
        directives=requires(_WRITE),
        description=(
            "Have it carried out as an export of one's own, again and again, with what one may do at each time; instead"
            " of when one said before. Needs EXPORTS_WRITE; what tells of patients is refused."
        ),
    )
    @payload(SavedQueryPayload)
    def schedule_saved_query(
        self, info: Info, id: strawberry.ID, input: ScheduleSavedQueryInput
    ) -> SavedQueryPayload | None:
        schedule = schedules.schedule_saved_query(
            actor=info.context.signed_in(),
            query_id=uuid_of(id, "saved query"),
            kind=input.kind,
            times=schedules.Times(
                frequency=input.frequency,
                hour=input.hour,
                time_zone=input.time_zone,
                weekday=input.weekday,
                day_of_month=input.day_of_month,
            ),
        )
        return SavedQueryPayload(saved_query=shown(schedule.query))

    @strawberry.field(directives=requires(_WRITE), description="Carry it out for the person who asks no more.")
    @payload(SavedQueryPayload)
    def unschedule_saved_query(self, info: Info, id: strawberry.ID) -> SavedQueryPayload | None:
        query = schedules.unschedule_saved_query(actor=info.context.signed_in(), query_id=uuid_of(id, "saved query"))
        return SavedQueryPayload(saved_query=shown(query))

    @strawberry.field(
        directives=requires(Permission.EXPORTS_WRITE),
        description="Have it carried out once, now. Needs AD_HOC_QUERIES as well; what tells of patients is refused.",
    )
    @payload(ExportPayload)
    def export_saved_query(self, info: Info, id: strawberry.ID, kind: ExportKind) -> ExportPayload | None:
        export = schedules.export_saved_query(
            actor=info.context.signed_in(), query_id=uuid_of(id, "saved query"), kind=kind
        )
        return ExportPayload(export=shown(export))
