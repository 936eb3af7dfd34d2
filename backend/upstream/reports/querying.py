"""Carrying out the query of an export, as the person who asked and without patients."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from graphql import FieldNode, OperationDefinitionNode, VariableNode

from upstream.audit.acting import acting
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.checking import check
from upstream.graph.context import Context
from upstream.graph.permissions import Permission
from upstream.graph.schema import Asked, served
from upstream.reports.models import Export
from upstream.reports.query_tables import Row, Table, rows_of, tables_of

MOST_ROWS = 100_000
# Nobody confirms who they are or gives a reason where a query runs by itself: what tells of patients is left out of it.
# Rejected rows stand as they were sent.
OF_PATIENTS = frozenset({Permission.PHI_READ, Permission.EXPORTS_PHI, Permission.QUARANTINE_READ})


def without_patients(actor: Actor) -> Actor:
    """The same person where they may not see patients: names of files, too, are told without them then."""
    return Actor(
        organization_id=actor.organization_id, user_id=actor.user_id, permissions=actor.permissions - OF_PATIENTS
    )


class Answer:
    """What the query of an export is answered with, a table for each thing it asks for.

    A query of one page that takes its cursor from a variable, and asks for `pageInfo { hasNextPage endCursor }`, is
    carried out page by page to the end. Raises INVALID where the query no longer fits the schema.
    """

    def __init__(self, export: Export, actor: Actor) -> None:
        self._text: str = export.parameters["query"]
        self._variables: dict[str, Any] = export.parameters["variables"]
        self._actor = without_patients(actor)
        checked = check(served(), self._text, self._variables)
        if checked.faults or checked.document is None or checked.operation is None:
            raise ServiceError(ErrorCode.INVALID, f"The query can no longer be carried out. {checked.faults[0]}")
        self.tables = tables_of(served()._schema, checked.document, checked.operation)
        self._cursor = cursor_variable(checked.operation) if len(self.tables) == 1 else None
        self._data = self._asked(self._variables)
        self.count = 0
        self.more = False

    def _asked(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        return carried_out(self._text, variables, self._actor)

    def rows(self, table: Table) -> Iterator[Row]:
        """The table's rows; of further pages as well, `MOST_ROWS` at most."""
        data, written = self._data, 0
        while True:
            for row in rows_of(table, data):
                if written == MOST_ROWS:
                    self.more = True
                    return
                written += 1
                self.count += 1
                yield row
            following = _following(data.get(table.name)) if self._cursor else None
            if following is None:
                return
            data = self._asked({**self._variables, str(self._cursor): following})

    def notes(self) -> list[tuple[str, str]]:
        return [("Cut", f"There are more than {MOST_ROWS:,} rows: these are the first.")] if self.more else []


def cursor_variable(operation: OperationDefinitionNode) -> str | None:
    """The variable that is given as `after` to the one thing that an operation asks for."""
    fields = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    if len(fields) != 1:
        return None
    given = {argument.name.value: argument.value for argument in fields[0].arguments or ()}
    after = given.get("after")
    return after.name.value if isinstance(after, VariableNode) else None


def _following(page: Any) -> str | None:
    info = page.get("pageInfo") if isinstance(page, dict) else None
    if not info or not info.get("hasNextPage"):
        return None
    cursor = info.get("endCursor")
    return str(cursor) if cursor else None


def carried_out(text: str, variables: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """The data that a query is answered with, for a person who is not waiting for it.

    A field they may not see fails it as a whole. Raises `ServiceError` with the first error's sentence, and
    RuntimeError for what broke on our side.
    """
    schema = served()
    context = Context(
        request=HttpRequest(),
        response=HttpResponse(),
        actor=actor,
        denied=schema.denied(actor.permissions),
        counted=False,
    )
    with acting(actor):
        result = schema.answer(Asked(text, dict(variables)), context, only_queries=True)
    for error in result.errors or ():
        code = str((error.extensions or {}).get("code", ErrorCode.INVALID))
        if code == ErrorCode.INTERNAL:
            raise RuntimeError(f"A resolver broke; its reference is {(error.extensions or {}).get('reference')}.")
        known = code in ErrorCode.__members__
        raise ServiceError(ErrorCode(code) if known else ErrorCode.INVALID, error.message)
    return result.data or {}
