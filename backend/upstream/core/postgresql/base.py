"""Django's PostgreSQL backend, each of whose statements says for whom it is made.

The setting travels in front of the statement in the same message, so that it costs no round trip, and holds for one
transaction only (the message is one where none is open): nothing is left on a connection that others use next.
Policies are chosen by role, so that the planner compares organizations as constants and no plan changes.
"""

import select
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.backends.base.base import NO_DB_ALIAS
from django_prometheus.db import errors_total, execute_total, query_duration_seconds
from django_prometheus.db.backends.postgresql import base
from psycopg import ServerCursor
from psycopg.adapt import AdaptersMap, Buffer, Loader, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.types.string import TextLoader

from upstream.core import scope

# The roles that statements are made in (`core.row_security` makes them), and what names the organization.
ONE_ORGANIZATION = "upstream_one_organization"
ALL_ORGANIZATIONS = "upstream_all_organizations"
SETTING = "upstream.organization"

#: A connection that was looked at so lately is asked nothing while its socket has nothing to say.
FRESH_SECONDS = 1.0

_UNTOLD = object()


class MomentLoader(Loader):
    """A moment in UTC, which the connection speaks. psycopg's own reader takes more than ten times as long."""

    timezone = UTC

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(bytes(data).decode())


class _Texts:
    """A connection for reading ids, dates and decimals as texts."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.adapters = AdaptersMap(connection.adapters)
        _load_texts(self.adapters)


def _load_texts(adapters: AdaptersMap) -> None:
    for name in ("uuid", "date", "numeric"):
        adapters.register_loader(name, TextLoader)


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]
    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # Databases are made and dropped, and tables altered, as whoever signed in.
        self.owner = self.alias == NO_DB_ALIAS
        self._told: object = _UNTOLD
        self._looked_at = float("-inf")
        self._executed = execute_total.labels(self.alias, self.vendor)
        self._seconds = query_duration_seconds.labels(self.alias, self.vendor)
        self.execute_wrappers.append(self._with_scope)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.adapters.register_loader("timestamptz", MomentLoader)
        self._texts = _Texts(connection)
        return connection

    def init_connection_state(self) -> None:
        super().init_connection_state()
        self._told = _UNTOLD
        if not self.owner:
            self._be(ONE_ORGANIZATION)

    def is_usable(self) -> bool:
        """Whether the connection still stands, which each request asks before its first statement.

        What PostgreSQL says when it ends one, and the end itself, lie in the socket to be read: while there is nothing,
        and the network had no time to lose the connection, the round trip is saved.
        """
        now = time.monotonic()
        fresh, self._looked_at = now - self._looked_at < FRESH_SECONDS, now
        return (fresh and not self.errors_occurred and self._is_silent()) or super().is_usable()

    def _is_silent(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        socket = select.poll()
        socket.register(self.connection.pgconn.socket, select.POLLIN)
        return not socket.poll(0)

    @contextmanager
    def as_owner(self) -> Iterator[None]:
        """The tables' owner, on this connection: for migrations."""
        self.owner, self._told = True, _UNTOLD
        if self.connection is not None:
            self._be("none")
        try:
            yield
        finally:
            self.owner, self._told = False, _UNTOLD
            if not self.in_atomic_block:
                # Who owns the tables need not be able to become anything else.
                self.close()
            elif self.connection.info.transaction_status != TransactionStatus.INERROR:
                # What a failed transaction set is taken back with it.
                self._be(ONE_ORGANIZATION)

    def call(self, function: str, *arguments: str) -> str | None:
        """What a function of the database returns, its arguments and that as PostgreSQL writes them as text.

        For what is called thousands of times a second: of a statement through a cursor, Django and psycopg take more
        time than PostgreSQL does. Raises what a cursor would.
        """
        with transaction.atomic(self.alias) if self.get_autocommit() else nullcontext():
            self.validate_no_broken_transaction()
            wanted = scope.current()
            if self.owner or wanted != self._told:
                # The transaction begins with a statement of psycopg's.
                with self.cursor() as cursor:
                    cursor.execute("SELECT")
            places = ", ".join(f"${number}" for number in range(1, len(arguments) + 1))
            statement = f"SELECT {function}({places})"
            if self.queries_logged:
                self.queries_log.append({"sql": statement, "time": ""})
            with self.wrap_database_errors:
                result = self.connection.pgconn.exec_params(statement.encode(), [each.encode() for each in arguments])
                if result.status != ExecStatus.TUPLES_OK:
                    raise error_from_result(result)
            value = result.get_value(0, 0)
            return None if value is None else value.decode()

    def rows_of(self, sql: str, parameters: Sequence[Any], *, texts: bool = False) -> list[tuple[Any, ...]]:
        """All rows that a statement finds, as a cursor would fetch them. Raises what that would.

        texts: ids, dates and decimals as PostgreSQL writes them. For what each request asks: where the statement is one
        alone and nobody listens to statements, there is no cursor.
        """
        self.close_if_health_check_failed()
        alone = self.get_autocommit()
        listened_to = self.queries_logged or len(self.execute_wrappers) > 1
        if alone and not (self.owner or listened_to or self.connection.pgconn.pipeline_status):
            return self._rows_of_one_alone(sql, parameters, texts)
        with self.cursor() as cursor:
            if texts:
                _load_texts(cursor.adapters)
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    def _rows_of_one_alone(self, sql: str, parameters: Sequence[Any], texts: bool) -> list[tuple[Any, ...]]:
        self.validate_thread_sharing()
        self.validate_no_broken_transaction()
        connection = self.connection
        loading = Transformer(self._texts if texts else connection)
        statement = sql % tuple([loading.as_literal(parameter).decode() for parameter in parameters])
        wanted = scope.current()
        if wanted is not None:
            # Of both statements the result is that of the second.
            statement = f"{_setting(wanted)}; {statement}"
        # Counted as those of cursors are.
        self._executed.inc()
        started = time.perf_counter()
        with self.wrap_database_errors:
            try:
                result = connection.pgconn.exec_(statement.encode())
                if result.status != ExecStatus.TUPLES_OK:
                    raise error_from_result(result)
                loading.set_pgresult(result)
                return loading.load_rows(0, result.ntuples, tuple)
            except Exception as error:
                errors_total.labels(self.alias, self.vendor, type(error).__name__).inc()
                raise
            finally:
                self._seconds.observe(time.perf_counter() - started)

    def _be(self, role: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {role}")

    def _with_scope(
        self, execute: Callable[..., Any], sql: Any, parameters: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        wanted = scope.current()
        alone = self.get_autocommit()
        if self.owner or (wanted is None if alone else wanted == self._told):
            return execute(sql, parameters, many, context)
        cursor = context["cursor"]
        # Neither takes two statements in one message.
        single = isinstance(cursor.cursor, ServerCursor) or self.connection.pgconn.pipeline_status
        if many or single or not isinstance(sql, str):
            with transaction.atomic(self.alias) if alone else nullcontext():
                with self.connection.cursor() as other:
                    other.execute(_setting(wanted))
                self._told = wanted
                return execute(sql, parameters, many, context)
        result = execute(f"{_setting(wanted)}; {sql}", parameters, many, context)
        cursor.nextset()
        if not alone:
            self._told = wanted
        return result

    # Each of these ends, or takes back, what a transaction was told.
    def _commit(self) -> None:
        self._told = _UNTOLD
        super()._commit()

    def _rollback(self) -> None:
        self._told = _UNTOLD
        super()._rollback()

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)
        self._told = _UNTOLD

    def _set_autocommit(self, autocommit: bool) -> None:
        self._told = _UNTOLD
        super()._set_autocommit(autocommit)


def _setting(wanted: scope.Scope) -> str:
    """The statement that tells PostgreSQL; an organization's id is a UUID and needs no quoting."""
    role = ALL_ORGANIZATIONS if wanted == scope.ALL else ONE_ORGANIZATION
    organization_id = "" if wanted in {None, scope.ALL} else wanted
    return f"SELECT set_config('role', '{role}', true), set_config('{SETTING}', '{organization_id}', true)"
