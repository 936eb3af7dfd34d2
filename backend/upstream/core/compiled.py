"""Queries that are made again and again, compiled once: Django takes longer to write SQL than to carry it out."""

import secrets
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from threading import local
from typing import Any, cast
from uuid import UUID, uuid4

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, models

from upstream.core.models import OrganizationModel

#: Values of these classes go to PostgreSQL as they are, whatever they are; and what makes one to mark places with.
_MARKS: dict[type, Callable[[], Any]] = {
    UUID: uuid4,
    str: lambda: uuid4().hex,
    date: lambda: date.fromordinal(1 + secrets.randbelow(date.max.toordinal())),
    Decimal: lambda: Decimal(secrets.randbelow(10**12)).scaleb(-2),
}


def _rows_of(sql: str, parameters: Sequence[Any], *, texts: bool = False) -> list[tuple[Any, ...]]:
    if connection.vendor == "postgresql":
        return cast(Any, connection).rows_of(sql, parameters, texts=texts)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _converters(compiler: Any) -> Any:
    """What has to be made of the columns that the database answers with."""
    return compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])


@dataclass(frozen=True, slots=True)
class Conditions:
    """Rows of an organization by lookups: those of `values` ask with one value each, those of `shape` otherwise."""

    model: type[OrganizationModel]
    organization_id: UUID
    values: Mapping[str, Any]
    shape: Mapping[str, Hashable]

    def rows(self) -> models.QuerySet[Any]:
        return self.model.objects.for_organization(self.organization_id).filter(**self.values, **self.shape)

    @property
    def key(self) -> Hashable:
        """What all conditions share that differ in values alone."""
        return self.model, tuple(self.values), tuple(self.shape.items())

    @property
    def given(self) -> list[Any]:
        return [self.organization_id, *self.values.values()]

    def having(self, given: Sequence[Any]) -> "Conditions":
        """The same conditions with other values."""
        return Conditions(self.model, given[0], dict(zip(self.values, given[1:], strict=True)), self.shape)


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    parameters: tuple[Any, ...]
    places: list[tuple[int, int]]
    """Where in the parameters which value goes."""
    compiler: Any
    converters: Any

    def fetch(self, values: Sequence[Any], texts: bool) -> list[tuple[Any, ...]]:
        parameters = list(self.parameters)
        for place, number in self.places:
            parameters[place] = values[number]
        rows = _rows_of(self.sql, parameters, texts=texts and not self.converters)
        if self.converters:
            return [tuple(row) for row in self.compiler.apply_converters(rows, self.converters)]
        return rows


class CompiledTuples:
    """What querysets of tuples find, of which those with one key differ in values alone."""

    def __init__(self, most: int) -> None:
        self._most = most
        # A compiler belongs to the connection of its thread.
        self._of_thread = local()

    def fetch(
        self,
        key: Hashable,
        values: Sequence[Any],
        make: Callable[[Sequence[Any]], models.QuerySet[Any, Any]],
        *,
        texts: bool,
    ) -> list[tuple[Any, ...]]:
        """What `make(values)` finds. texts: ids, dates and decimals may be the texts that PostgreSQL writes."""
        known: dict[Hashable, _Compiled | None] = self._of_thread.__dict__.setdefault("known", {})
        whole = key, tuple(map(type, values))
        if whole not in known:
            if len(known) >= self._most:
                known.clear()
            known[whole] = _compiled(values, make)
        compiled = known[whole]
        return list(make(values)) if compiled is None else compiled.fetch(values, texts)


def _compiled(values: Sequence[Any], make: Callable[[Sequence[Any]], models.QuerySet[Any, Any]]) -> _Compiled | None:
    """The SQL of `make`, and where the values (but for None) stand in it, found by asking with two sets of others.

    None where a value does not go into the SQL as it is.
    """
    if connection.vendor != "postgresql" or not all(value is None or value.__class__ in _MARKS for value in values):
        return None
    one, other = ([None if value is None else _MARKS[value.__class__]() for value in values] for _ in range(2))
    try:
        compiler = make(one).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        other_sql, other_parameters = make(other).query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
    except EmptyResultSet:
        return None
    pairs = list(zip(one, other, strict=True))
    places = [
        (place, pairs.index(pair))
        for place, pair in enumerate(zip(parameters, other_parameters, strict=True))
        if pair in pairs
    ]
    constant = set(range(len(parameters))) - {place for place, _ in places}
    if (
        sql != other_sql
        or any(parameters[place] != other_parameters[place] for place in constant)
        or {number for _, number in places} != {number for number, value in enumerate(values) if value is not None}
    ):
        return None
    return _Compiled(sql, tuple(parameters), places, compiler, _converters(compiler))
