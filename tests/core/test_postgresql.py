"""What our PostgreSQL backend does otherwise than Django's."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import DataError, ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError
from django_prometheus.db.backends.postgresql import base
from prometheus_client import REGISTRY

from upstream.accounts.models import Organization
from upstream.core import scope
from upstream.core.actor import Actor
from upstream.core.postgresql.base import FRESH_SECONDS

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]


def call(function: str, *arguments: str) -> str | None:
    returned: str | None = connection.call(function, *arguments)  # type: ignore[attr-defined]
    return returned


@pytest.mark.parametrize(
    "text",
    ["2026-03-02 10:20:30.5+00", "2026-03-02 10:20:30.000001+00", "2026-03-02 00:00:00+00", "0001-01-01 00:00:00+00"],
)
def test_moments_are_read_as_django_reads_them(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [text])
        (moment,) = cursor.fetchone()
    assert moment == datetime.fromisoformat(text) and moment.tzinfo is UTC


def test_a_moment_that_python_has_not_is_an_error() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'infinity'::timestamptz")
        with pytest.raises((DataError, ValueError)):
            cursor.fetchone()


def test_a_function_is_called_in_the_scope_and_transaction_of_whoever_asks(organization: Organization) -> None:
    with scope.of_organization(organization.pk), transaction.atomic():
        assert call("current_setting", "upstream.organization") == str(organization.pk)
        assert call("pg_current_xact_id") == call("pg_current_xact_id")
    with scope.of_nobody(), transaction.atomic():
        assert call("current_setting", "upstream.organization") == ""
        assert call("nullif", "same", "same") is None


@pytest.mark.django_db(transaction=True)
def test_a_function_is_called_in_a_transaction_of_its_own_where_there_is_none() -> None:
    assert call("pg_current_xact_id") != call("pg_current_xact_id")


def test_a_call_is_counted_among_the_queries(count_queries: Callable[[], AbstractContextManager[Any]]) -> None:
    with transaction.atomic(), count_queries() as queries:
        call("pg_current_xact_id")
    assert "SELECT pg_current_xact_id()" in [query["sql"] for query in queries.captured_queries]


def test_what_a_function_raises_is_raised_and_ends_the_transaction() -> None:
    with pytest.raises(DataError, match="20260230"), transaction.atomic():
        call("to_date", "20260230", "YYYYMMDD")
    with pytest.raises(TransactionManagementError), transaction.atomic():
        with pytest.raises(DataError), transaction.atomic(savepoint=False):
            call("upstream_append_event", "no id", "", "")
        call("pg_current_xact_id")


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_just_looked_at_is_asked_nothing_while_it_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection.ensure_connection()
    assert connection.is_usable()
    asked: list[bool] = []
    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", lambda self: asked.append(True) or True)
    assert connection.is_usable() and not asked
    connection.errors_occurred = True
    assert connection.is_usable() and len(asked) == 1
    connection.errors_occurred = False
    later = time.monotonic() + FRESH_SECONDS
    monkeypatch.setattr("upstream.core.postgresql.base.time.monotonic", lambda: later)
    assert connection.is_usable() and len(asked) == 2


@pytest.mark.django_db(transaction=True)
def test_an_ended_connection_is_found_out_however_lately_it_was_looked_at() -> None:
    connection.ensure_connection()
    assert connection.is_usable()
    process = connection.connection.info.backend_pid
    with connection.connection.__class__.connect(connection.connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
    assert connection.is_usable() is False
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


FOUND = """SELECT %s::uuid, %s::date, %s::numeric(14, 2), %s::text, 5 %% 3, NULL::date, '2026-03-02'::timestamptz,
    current_setting('upstream.organization', true), current_setting('role')"""


def asked(*, texts: bool) -> list[list[str]]:
    """What `rows_of` finds without a cursor, with one, and in a transaction, as texts."""
    wrapper: Any = connection
    given = [UUID(int=7), date(2026, 3, 2), Decimal("12.00"), "O'Hara \\ 100% é"]
    alone = wrapper.rows_of(FOUND, given, texts=texts)
    with connection.execute_wrapper(lambda execute, *arguments: execute(*arguments)):
        by_cursor = wrapper.rows_of(FOUND, given, texts=texts)
    with transaction.atomic():
        within = wrapper.rows_of(FOUND, given, texts=texts)
    assert alone == by_cursor == within and [*map(type, alone[0])] == [*map(type, within[0])]
    assert (alone[0][0].__class__ is str) == texts
    return [[str(value) for value in row] for row in alone]


@pytest.mark.django_db(transaction=True)
def test_rows_are_the_same_with_and_without_a_cursor_and_of_the_scope(organization: Organization) -> None:
    with scope.of_organization(organization.pk):
        [found] = asked(texts=False)
        assert [found] == asked(texts=True)
    assert found[:6] == [str(UUID(int=7)), "2026-03-02", "12.00", "O'Hara \\ 100% é", "2", "None"]
    assert found[7:] == [str(organization.pk), "upstream_one_organization"]
    with scope.of_all_organizations():
        assert asked(texts=False)[0][7:] == ["", "upstream_all_organizations"]
    with scope.of_nobody():
        assert asked(texts=False)[0][8] == "upstream_one_organization"


@pytest.mark.django_db(transaction=True)
def test_rows_without_a_cursor_are_those_of_the_organization_and_nothing_stays_on_the_connection(
    owner: Actor, member: Callable[..., Actor], organization: Organization, other_organization: Organization
) -> None:
    member(of=other_organization)
    wrapper: Any = connection
    sql = "SELECT count(*) FROM accounts_membership WHERE organization_id = %s"
    with scope.of_organization(organization.pk):
        assert wrapper.rows_of(sql, [organization.pk]) == [(1,)]
        assert wrapper.rows_of(sql, [other_organization.pk]) == [(0,)]
    with scope.of_all_organizations():
        assert wrapper.rows_of(sql, [other_organization.pk]) == [(1,)]
    with scope.of_nobody():
        assert wrapper.rows_of(sql, [organization.pk]) == [(0,)]
        assert wrapper.rows_of("SELECT current_setting('upstream.organization', true)", []) in ([("",)], [(None,)])


@pytest.mark.django_db(transaction=True)
def test_what_goes_wrong_without_a_cursor_is_raised_and_counted() -> None:
    def counted() -> float:
        labels = {"alias": "default", "vendor": "postgresql", "type": "UndefinedTable"}
        return REGISTRY.get_sample_value("django_db_errors_total", labels) or 0.0

    wrapper: Any = connection
    before = counted()
    with pytest.raises(ProgrammingError):
        wrapper.rows_of("SELECT 1 FROM nowhere", [])
    assert counted() == before + 1 and wrapper.rows_of("SELECT 1", []) == [(1,)]
