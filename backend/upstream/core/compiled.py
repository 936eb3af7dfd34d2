"""A query that every request makes, compiled once: Django takes longer to write its SQL than to carry it out."""

from collections.abc import Callable
from threading import local
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.query import get_related_populators

Model = TypeVar("Model", bound=models.Model)


class RowById(Generic[Model]):
    """A row of a model by its id, with what `rows` names beside it (`select_related`)."""

    def __init__(self, rows: Callable[[], models.QuerySet[Model]]) -> None:
        self._rows = rows
        # A compiler belongs to the connection of its thread.
        self._of_thread = local()

    def get(self, pk: UUID) -> Model | None:
        if not hasattr(self._of_thread, "compiled"):
            self._of_thread.compiled = self._compile()
        sql, parameters, place, compiler = self._of_thread.compiled
        with connection.cursor() as cursor:
            cursor.execute(sql, [*parameters[:place], _written(compiler, pk), *parameters[place + 1 :]])
            found = cursor.fetchone()
        return None if found is None else _instance(compiler, found)

    def _compile(self) -> tuple[str, tuple[Any, ...], int, Any]:
        mark = uuid4()
        compiler = self._rows().order_by().filter(pk=mark).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        return sql, tuple(parameters), list(parameters).index(_written(compiler, mark)), compiler


def _written(compiler: Any, pk: UUID) -> Any:
    """The id as the database is given it."""
    return compiler.query.model._meta.pk.get_db_prep_value(pk, connection)


def _instance(compiler: Any, found: tuple[Any, ...]) -> Any:
    """As `django.db.models.query.ModelIterable` makes it."""
    [row] = compiler.results_iter([[found]])
    columns = compiler.klass_info["select_fields"]
    names = [compiler.select[column][0].target.attname for column in columns]
    instance = compiler.klass_info["model"].from_db(DEFAULT_DB_ALIAS, names, [row[column] for column in columns])
    populators = get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
    for related in populators:
        related.populate(row, instance)
    return instance
