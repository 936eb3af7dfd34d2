"""Many rows at once: COPY on PostgreSQL, prepared statements on SQLite, the same calls for both.

Rows are tuples in the order of `columns` (attribute names: `payer_id`), holding what the model's columns store: dates,
Decimals, texts, JSON as text, encrypted fields already encrypted. Ids and moments are texts in the database's own form
(`stored`, `ordered_ids`): turning a million UUIDs there and back costs more than the rows. Nothing is filled in, and
constraints hold as for any other row. Call these inside a transaction.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, models
from psycopg.types.string import TextLoader

from upstream.core.ids import uuid7

Id = str
"""A row's id as text, in the database's own form."""

Rows = Iterable[tuple[Any, ...]]
Shared = Mapping[str, Any]
"""Columns in which all rows of a call have the same, with what that is."""
_NOTHING: Shared = {}

_SQLITE: dict[type, Callable[[Any], Any]] = {Decimal: str, date: date.isoformat}


def stored(value: UUID | datetime) -> str:
    """An id or a moment as the database writes it."""
    if isinstance(value, UUID):
        return str(value) if _on_postgresql() else value.hex
    return value.isoformat() if _on_postgresql() else str(value.astimezone(UTC).replace(tzinfo=None))


def shared(organization_id: UUID, now: datetime) -> Shared:
    """What all rows have in common that an organization gets at one moment."""
    moment = stored(now)
    return {"created_at": moment, "updated_at": moment, "organization_id": stored(organization_id)}


def ordered_ids() -> Callable[[], Id]:
    """A source of version 7 identifiers for one batch, each greater than the last, so that rows keep their order."""
    first = stored(uuid7())
    # The last 48 bits count up; their first one stays free, so that they never overflow.
    prefix, count = first[:-12], int(first[-12:], 16) >> 1

    def new() -> Id:
        nonlocal count
        count += 1
        return f"{prefix}{count:012x}"

    return new


def select(
    model: type[models.Model],
    columns: Sequence[str],
    organization_id: UUID,
    column: str,
    values: Iterable[str],
    *,
    order: Sequence[str] = (),
) -> list[tuple[Any, ...]]:
    """Rows of one organization whose `column` is among `values` (texts, ids as in `stored`); ids and JSON as text."""
    wanted = list(dict.fromkeys(values))
    if not wanted:
        return []
    table, by_id = _quoted(model._meta.db_table), _is_id(model, column)
    order_by = f" ORDER BY {_listed(order)}" if order else ""
    with connection.cursor() as cursor:
        if _on_postgresql():
            # Each value is looked up by itself (`OFFSET` keeps it so): with all of them in one condition, the planner
            # reads all rows of the organization where it does not know yet how many these are. Ids come as such, for to
            # make them of texts is no function that row-level security lets an index be asked by.
            each = "unnest(%s::uuid[])" if by_id else "json_array_elements_text(%s)"
            one = (
                f"SELECT {_listed(dict.fromkeys([*columns, *order]))} FROM {table} "  # noqa: S608 - names of our own models
                f"WHERE organization_id = %s AND {_quoted(column)} = wanted.value OFFSET 0"
            )
            sql = f"SELECT {_listed(columns)} FROM {each} AS wanted (value), LATERAL ({one}) AS found"  # noqa: S608
            cursor.adapters.register_loader("uuid", TextLoader)
            given = _id_array(wanted) if by_id else orjson.dumps(wanted).decode()
            cursor.execute(sql + order_by, [given, organization_id])
            return cursor.fetchall()
        sql = (
            f"SELECT {_listed(columns)} FROM {table} "  # noqa: S608
            f"WHERE organization_id = %s AND {_quoted(column)} IN (SELECT value FROM json_each(%s))"
        )
        cursor.execute(sql + order_by, [stored(organization_id), orjson.dumps(wanted).decode()])
        return _from_sqlite(model, columns, cursor.fetchall())


def fetch(rows: models.QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """The values that `rows` asks for, ids as texts: columns of ids, dates, whole numbers, bytes and texts only."""
    sql, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        if _on_postgresql():
            cursor.adapters.register_loader("uuid", TextLoader)
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def insert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Rows,
    *,
    shared: Shared = _NOTHING,
    later: list[str] | None = None,
) -> None:
    """Write rows known to be new; `shared`: what they have in further columns, all the same.

    Rows that are made one by one, without asking the database, are made while it takes in those before. With `later`
    they only lie ready, on PostgreSQL, and the statements that write them are put there.
    """
    _write(model, columns, rows, shared, later=later)


def upsert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    key: Sequence[str],
    replaced: Sequence[str],
    shared: Shared = _NOTHING,
) -> None:
    """Write rows; where one with the same `key` (the columns of a unique constraint) stands, change that one.

    `replaced` columns then take the new value. No two rows may have the same key. shared: as in `insert`.
    """
    if not rows:
        return
    changes = [f"{_quoted(name)} = excluded.{_quoted(name)}" for name in replaced]
    _write(model, columns, rows, shared, conflict=f" ON CONFLICT ({_listed(key)}) DO UPDATE SET {', '.join(changes)}")


def delete(model: type[models.Model], organization_id: UUID, column: str, ids: Sequence[Id]) -> None:
    """Remove an organization's rows whose `column` is one of `ids`; what depends on them must be gone already."""
    if not ids:
        return
    table, name = _quoted(model._meta.db_table), _quoted(column)
    with connection.cursor() as cursor:
        if _on_postgresql():
            sql = f"DELETE FROM {table} WHERE organization_id = %s AND {name} = ANY(%s::uuid[])"  # noqa: S608
            cursor.execute(sql, [organization_id, _id_array(ids)])
        else:
            owner, sql = stored(organization_id), f"DELETE FROM {table} WHERE organization_id = %s AND {name} = %s"  # noqa: S608
            cursor.executemany(sql, [(owner, one) for one in ids])


def commit_without_waiting() -> None:
    """Have the transaction's end not wait for the disk: for one that others follow, the last of which does wait.

    Where PostgreSQL breaks down meanwhile, the latest of them may be gone, whole ones, and what they say with them.
    """
    if _on_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")


def write_now(later: list[str]) -> None:
    """Write the rows that lie ready."""
    with connection.cursor() as cursor:
        for statement in later:
            cursor.execute(statement)
    later.clear()


@contextmanager
def written_meanwhile(later: list[str]) -> Iterator[None]:
    """Have the rows that lie ready written while the block runs, and the ties of all rows of the transaction checked.

    The block must not use the database. Raises IntegrityError behind it. Where none lie ready, nothing is checked
    before the transaction's end. On SQLite each row was written and checked.
    """
    if not _on_postgresql():
        yield
        return
    # A pipeline does not wait for answers before its end.
    with connection.wrap_database_errors, connection.cursor() as cursor, connection.connection.pipeline():
        checked = ("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED") if later else ()
        for statement in (*later, *checked):
            cursor.execute(statement)
        later.clear()
        # They would else lie here until the end.
        connection.connection.pgconn.flush()
        yield


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the cycle collector, which a third of the time would look through rows that hold no cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _on_postgresql() -> bool:
    return connection.vendor == "postgresql"


def _write(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Rows,
    shared: Shared,
    *,
    conflict: str = "",
    later: list[str] | None = None,
) -> None:
    rows = iter(rows)
    few = list(islice(rows, 2))
    if not few:
        return
    table, names, own = _quoted(model._meta.db_table), _listed([*shared, *columns]), _listed(columns)
    same = tuple(shared.values())
    places = ", ".join(["%s"] * len(shared) + ["%s"] * len(columns))
    insertion = f"INSERT INTO {table} ({names}) VALUES ({places}){conflict}"  # noqa: S608
    with connection.cursor() as cursor:
        if not _on_postgresql():
            cursor.executemany(insertion, _for_sqlite((*same, *row) for row in chain(few, rows)))
            return
        if len(few) == 1 and later is not None:
            # Its turn is behind rows that lie ready, for it may name one of them.
            later.append(cursor.mogrify(insertion, (*same, *few[0])))
            return
        if len(few) == 1:
            cursor.execute(insertion, (*same, *few[0]))
            return
        # COPY does not go into tables with row-level security: the rows pass through one without.
        stage = _quoted(f"{'stage' if later is None else 'later'}_{model._meta.db_table}")
        cursor.execute(f"CREATE TEMPORARY TABLE {stage} ON COMMIT DROP AS SELECT {own} FROM {table} WITH NO DATA")  # noqa: S608
        with connection.wrap_database_errors, cursor.copy(f"COPY {stage} ({own}) FROM STDIN") as copy:
            for row in chain(few, rows):
                copy.write_row(row)
        told = ", ".join(["%s"] * len(shared) + [own])
        moved = cursor.mogrify(f"INSERT INTO {table} ({names}) SELECT {told} FROM {stage}{conflict}", same)  # noqa: S608
        move = moved, f"DROP TABLE {stage}"
        if later is None:
            cursor.execute("; ".join(move))
        else:
            later += move


def _for_sqlite(rows: Rows) -> list[list[Any]]:
    adapted = _SQLITE.get
    return [[convert(value) if (convert := adapted(type(value))) else value for value in row] for row in rows]


def _from_sqlite(
    model: type[models.Model], columns: Sequence[str], rows: list[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    converters = [_converter(model._meta.get_field(name)) for name in columns]
    return [
        tuple(
            value if convert is None or value is None else convert(value)
            for value, convert in zip(row, converters, strict=True)
        )
        for row in rows
    ]


def _converter(field: Any) -> Callable[[Any], Any] | None:
    """How SQLite's number becomes the field's value; None where Django's own converters have made it."""
    if isinstance(field, models.DecimalField):
        places = field.decimal_places
        return lambda value: Decimal(f"{value:.{places}f}")
    return None


def _is_id(model: type[models.Model], column: str) -> bool:
    field = model._meta.get_field(column)
    return isinstance(field, models.UUIDField | models.ForeignKey)


def _id_array(ids: Sequence[Id]) -> str:
    return f"{{{','.join(ids)}}}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(_quoted(name) for name in names)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
