"""Bulk rows: what is written is read, whatever is in it, and no constraint is stepped around."""

import gc
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upstream.accounts.models import Organization
from upstream.claims import bulk
from upstream.claims.models import Claim, Payer, PayerAlias, RollupDay, RollupSlice
from upstream.claims.service_groups import ensure_service_groups
from upstream.core import clock, scope

COLUMNS = ("id", "created_at", "updated_at", "organization_id", "name", "name_key")


def row(organization: Organization, name: str, key: str, row_id: str | None = None) -> tuple[object, ...]:
    now = bulk.stored(clock.now())
    return (row_id or bulk.ordered_ids()(), now, now, bulk.stored(organization.pk), name, key)


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "tab\there",
        "line\nbreak",
        "carriage\rreturn",
        "back\\slash",
        "\\N",
        "\\.",
        "NULL",
        "quote\"'",
        "",
        "é 漢字 😀",
        "%s",
    ],
)
def test_texts_come_back_as_they_were(organization: Organization, text: str) -> None:
    bulk.insert(Payer, COLUMNS, [row(organization, text, "key")])
    assert Payer.objects.for_organization(organization).get().name == text
    changed = row(organization, text + text, "key")
    bulk.upsert(Payer, COLUMNS, [changed], key=("organization_id", "name_key"), replaced=("name",))
    assert Payer.objects.for_organization(organization).get().name == text + text
    assert bulk.select(Payer, ("name",), organization.pk, "name_key", ["key"]) == [(text + text,)]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200), max_size=5))
def test_any_texts_come_back(organization: Organization, texts: list[str]) -> None:
    Payer.objects.for_organization(organization).delete()
    bulk.insert(Payer, COLUMNS, [row(organization, text, str(n)) for n, text in enumerate(texts)])
    stored = Payer.objects.for_organization(organization).order_by("name_key")
    assert [payer.name for payer in stored] == texts


def test_values_of_every_kind_are_selected_as_the_models_give_them(organization: Organization) -> None:
    payer = Payer(organization=organization, name="Aster", name_key="aster")
    payer.save()
    group = ensure_service_groups(organization.pk)[0]
    made = Claim(
        organization=organization, claim_key="C1", payer=payer, service_group=group, submitted_date=date(2026, 3, 2),
        billed_amount=Decimal("1234567890.12"), paid_amount=Decimal("0.10"),
    )  # fmt: skip
    made.save()
    columns = (
        "id",
        "payer_id",
        "patient_id",
        "submitted_date",
        "decided_date",
        "billed_amount",
        "paid_amount",
        "allowed_amount",
    )
    (found,) = bulk.select(Claim, columns, organization.pk, "claim_key", ["C1", "C2"])
    assert found == (
        bulk.stored(made.pk), bulk.stored(payer.pk), None, date(2026, 3, 2), None, Decimal("1234567890.12"),
        Decimal("0.10"), None,
    )  # fmt: skip
    assert bulk.select(Claim, ("claim_key",), organization.pk, "id", [bulk.stored(made.pk)]) == [("C1",)]
    assert bulk.select(Claim, ("claim_key",), organization.pk, "claim_key", []) == []


def test_only_the_organizations_own_rows_are_selected(
    organization: Organization, other_organization: Organization
) -> None:
    bulk.insert(Payer, COLUMNS, [row(organization, "Ours", "key"), row(other_organization, "Theirs", "key")])
    assert bulk.select(Payer, ("name",), organization.pk, "name_key", ["key"]) == [("Ours",)]


@pytest.mark.postgresql
@pytest.mark.parametrize("column", ["id", "name_key"])
def test_rows_are_looked_up_one_by_one_in_a_table_that_nobody_has_counted(
    organization: Organization, column: str
) -> None:
    new_id = bulk.ordered_ids()
    rows = [row(organization, str(n), str(n), new_id()) for n in range(5_000)]
    bulk.insert(Payer, COLUMNS, rows)
    asked: list[tuple[str, Any]] = []

    def noted(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        asked.append((sql, parameters))
        return execute(sql, parameters, many, context)

    wanted = [str(each[COLUMNS.index(column)]) for each in rows[::5]]
    with scope.of_organization(organization.pk), connection.execute_wrapper(noted):
        found = bulk.select(Payer, ("name",), organization.pk, column, wanted)
    assert len(found) == 1_000
    (statement, parameters), *_ = (each for each in asked if "payer" in each[0])
    with scope.of_organization(organization.pk), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement.rpartition(';')[2]}", parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Scan" in plan and "Seq Scan" not in plan and "Bitmap" not in plan, plan
    assert "= wanted.value" in plan.partition("Index Cond")[2], plan


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_only_a_transaction_that_says_so_does_not_wait_for_the_disk() -> None:
    def waits() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            return str(cursor.fetchone()[0])

    with transaction.atomic():
        bulk.commit_without_waiting()
        assert waits() == "off"
    assert waits() == "on"


def test_rows_of_a_queryset_come_as_the_database_writes_them(
    organization: Organization, other_organization: Organization
) -> None:
    slices = []
    for home in (organization, other_organization):
        payer = Payer.unscoped.create(organization=home, name="Aster", name_key="aster")
        slices.append(RollupSlice.unscoped.create(organization=home, payer=payer, location="North"))
        RollupDay.unscoped.create(
            organization=home, slice=slices[-1], day=date(2026, 3, 2), submitted=3, ends=b"\x00\xff"
        )
    rows = RollupDay.objects.for_organization(organization).filter(day__range=(date(2026, 3, 1), date(2026, 3, 2)))
    found = bulk.fetch(rows.values_list("slice_id", "day", "submitted", "ends"))
    assert found == [(bulk.stored(slices[0].pk), date(2026, 3, 2), 3, b"\x00\xff")]


@pytest.mark.parametrize("collecting", [True, False])
def test_the_collector_is_afterwards_as_it_was(collecting: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if collecting else gc.disable)()
        with pytest.raises(RuntimeError), bulk.uncollected():
            assert not gc.isenabled()
            raise RuntimeError
        assert gc.isenabled() is collecting
    finally:
        (gc.enable if before else gc.disable)()


@pytest.mark.django_db(transaction=True)
def test_a_parent_of_another_organization_is_refused(
    organization: Organization, other_organization: Organization
) -> None:
    foreign = Payer(organization=other_organization, name="Theirs", name_key="theirs")
    foreign.save()
    columns = ("id", "created_at", "updated_at", "organization_id", "payer_id", "alias", "alias_key")
    now = bulk.stored(clock.now())
    alias = (bulk.ordered_ids()(), now, now, bulk.stored(organization.pk), bulk.stored(foreign.pk), "x", "x")
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(PayerAlias, columns, [alias])
    assert not PayerAlias.objects.for_organization(organization).exists()


@pytest.mark.django_db(transaction=True)
def test_a_row_of_a_foreign_parent_is_refused_by_a_check_meanwhile(
    organization: Organization, other_organization: Organization
) -> None:
    foreign = Payer(organization=other_organization, name="Theirs", name_key="theirs")
    foreign.save()
    columns = ("id", "created_at", "updated_at", "organization_id", "payer_id", "alias", "alias_key")
    now = bulk.stored(clock.now())
    new_id, later = bulk.ordered_ids(), []
    aliases = [
        (new_id(), now, now, bulk.stored(organization.pk), bulk.stored(foreign.pk), word, word) for word in ("x", "y")
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(PayerAlias, columns, aliases, later=later)
        with bulk.written_meanwhile(later):
            pass
        pytest.fail("the check came to nothing")
    assert not PayerAlias.objects.for_organization(organization).exists()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_rows_that_lie_ready_are_written_with_what_happens_meanwhile(organization: Organization) -> None:
    later: list[str] = []
    payers = Payer.objects.for_organization(organization)
    with scope.of_organization(organization.pk), transaction.atomic():
        bulk.insert(Payer, COLUMNS, [row(organization, f"Aster {n}", f"key {n}") for n in range(3)], later=later)
        assert payers.count() == 0 and later
        with bulk.written_meanwhile(later):
            assert later == []
        assert payers.count() == 3
    assert payers.count() == 3


def test_rows_may_be_made_while_those_before_are_taken_in(organization: Organization) -> None:
    bulk.insert(Payer, COLUMNS, (row(organization, f"Aster {n}", f"key {n}") for n in range(3)))
    bulk.insert(Payer, COLUMNS, iter([]))
    assert Payer.objects.for_organization(organization).count() == 3


def test_a_row_that_is_there_already_is_refused(organization: Organization) -> None:
    bulk.insert(Payer, COLUMNS, [row(organization, "Aster", "key")])
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(Payer, COLUMNS, [row(organization, "Aster", "key")])


def test_rows_are_removed_by_id(organization: Organization) -> None:
    rows = [row(organization, str(n), str(n)) for n in range(3)]
    bulk.insert(Payer, COLUMNS, rows)
    bulk.delete(Payer, organization.pk, "id", [str(rows[0][0]), str(rows[2][0]), bulk.stored(uuid4())])
    assert [payer.name for payer in Payer.objects.for_organization(organization)] == ["1"]


def test_ids_of_a_batch_are_in_order_and_of_version_7() -> None:
    new_id = bulk.ordered_ids()
    made = [new_id() for _ in range(1_000)]
    assert made == sorted(set(made))
    assert all(UUID(one).version == 7 and UUID(one).variant == UUID(made[0]).variant for one in made)
    assert bulk.stored(UUID(made[0])) == made[0]


def test_nothing_to_write_asks_nothing(
    db: None, count_queries: Callable[[], AbstractContextManager[CaptureQueriesContext]]
) -> None:
    with count_queries() as queries:
        bulk.insert(Payer, COLUMNS, [])
        bulk.upsert(Payer, COLUMNS, [], key=("id",), replaced=("name",))
        bulk.delete(Payer, uuid4(), "id", [])
    assert len(queries) == 0
