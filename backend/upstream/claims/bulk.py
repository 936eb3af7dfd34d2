"""Many rows at once: COPY on PostgreSQL, prepared statements on SQLite, the same calls for both.

Rows are tuples in the order of `columns` (attribute names: `payer_id`), holding what the model's columns store: UUIDs,
dates, moments, Decimals, texts, JSON as text, encrypted fields already encrypted. Nothing is filled in: ids and times
stand in the rows. Constraints hold as for any other row. Call these inside a transaction.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, models

Rows = Sequence[tuple[Any, ...]]

_SQLITE: dict[type, Callable[[Any], Any]] = {
    UUID: lambda value: value.hex,
    Decimal: str,
    date: date.isoformat,
    datetime: lambda value: str(value.astimezone(UTC).replace(tzinfo=None)),
}


def insert(model: type[models.Model], columns: Sequence[str], rows: Rows) -> None:
    """Write rows known to be new."""
    if not rows:
        return
    table = _quoted(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(cursor, table, columns, rows)
        else:
            cursor.executemany(_insertion(table, columns), _for_sqlite(rows))


def upsert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Rows,
    *,
    key: Sequence[str],
    replaced: Sequence[str] = (),
    added: Sequence[str] = (),
) -> None:
    """Write rows; where one with the same `key` (the columns of a unique constraint) stands, change that one.

    `replaced` columns take the new value, `added` ones (numbers) grow by it. No two rows may have the same key.
    """
    if not rows:
        return
    table = _quoted(model._meta.db_table)
    changes = [f"{_quoted(name)} = excluded.{_quoted(name)}" for name in replaced]
    # Rounded, because SQLite adds money as floating point.
    changes += [f"{_quoted(name)} = ROUND({table}.{_quoted(name)} + excluded.{_quoted(name)}, 2)" for name in added]
    conflict = f" ON CONFLICT ({_listed(key)}) DO UPDATE SET {', '.join(changes)}"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            stage = _quoted(f"stage_{model._meta.db_table}")
            names = _listed(columns)
            cursor.execute(f"CREATE TEMPORARY TABLE {stage} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")  # noqa: S608
            _copy(cursor, stage, columns, rows)
            cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {stage}{conflict}")  # noqa: S608
            cursor.execute(f"DROP TABLE {stage}")
        else:
            cursor.executemany(_insertion(table, columns) + conflict, _for_sqlite(rows))


def delete(model: type[models.Model], column: str, values: Sequence[UUID]) -> None:
    """Remove the rows whose `column` is one of `values`; what depends on them must be gone already."""
    if not values:
        return
    table, name = _quoted(model._meta.db_table), _quoted(column)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"DELETE FROM {table} WHERE {name} = ANY(%s)", [list(values)])  # noqa: S608
        else:
            cursor.executemany(f"DELETE FROM {table} WHERE {name} = %s", [(value.hex,) for value in values])  # noqa: S608


def _copy(cursor: Any, table: str, columns: Sequence[str], rows: Rows) -> None:
    with cursor.copy(f"COPY {table} ({_listed(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _insertion(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({_listed(columns)}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608


def _for_sqlite(rows: Rows) -> list[list[Any]]:
    adapted = _SQLITE.get
    return [[convert(value) if (convert := adapted(type(value))) else value for value in row] for row in rows]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(_quoted(name) for name in names)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
