"""Keyset pages: every row once, in order, whatever the ties and nulls; cursors of other lists are refused."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db.models.sql.compiler import SQLCompiler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upstream.accounts.models import Organization
from upstream.claims.models import Claim, Payer, ServiceGroup
from upstream.core.compiled import Conditions
from upstream.core.errors import ServiceError
from upstream.graph.pages import Listed, ascending, descending, page, to_date

BY_DAY = (descending("submitted_date", to_date), descending("id", UUID))
BY_DAY_UP = (ascending("submitted_date", to_date), ascending("id", UUID))


def make_claims(organization: Organization, days: list[int | None]) -> list[Claim]:
    payer = Payer.unscoped.create(organization=organization, name="P", name_key=uuid4().hex)
    group = ServiceGroup.unscoped.create(organization=organization, name=uuid4().hex, position=1)
    return Claim.unscoped.bulk_create(
        Claim(
            organization=organization,
            claim_key=uuid4().hex,
            payer=payer,
            service_group=group,
            fingerprint="",
            submitted_date=None if day is None else date(2026, 1, 1) + timedelta(days=day),
        )
        for day in days
    )


def walk(organization: Organization, order, first: int) -> list[Claim]:
    found, after = [], None
    while True:
        got = page(
            Claim.objects.for_organization(organization),
            organization_id=organization.pk,
            order=order,
            first=first,
            after=after,
        )
        found += got.rows
        after = got.rows.cursor(-1)
        if not got.rows.has_next:
            return found


@pytest.mark.parametrize("order", [BY_DAY, BY_DAY_UP])
@given(days=st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=12), first=st.integers(1, 5))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_walking_gives_every_row_once_in_order(organization: Organization, order, days, first) -> None:
    Claim.unscoped.filter(organization=organization).delete()
    claims = make_claims(organization, days)
    found = walk(organization, order, first)
    assert sorted(claim.pk for claim in found) == sorted(claim.pk for claim in claims)
    known = [claim.submitted_date for claim in found if claim.submitted_date]
    assert known == sorted(known, reverse=order is BY_DAY)
    assert all(claim.submitted_date is None for claim in found[len(known) :])


def test_the_last_page_says_so_and_an_empty_list_has_no_cursors(organization: Organization) -> None:
    rows = Claim.objects.for_organization(organization)
    empty = page(rows, organization_id=organization.pk, order=BY_DAY, first=5, after=None)
    assert (list(empty.rows), empty.rows.cursor(-1), empty.rows.has_next) == ([], None, False)
    make_claims(organization, [1, 2])
    full = page(rows, organization_id=organization.pk, order=BY_DAY, first=2, after=None)
    assert len(full.rows) == 2 and not full.rows.has_next and full.count() == 2


def test_a_page_costs_one_query_and_counting_one_more(organization: Organization, count_queries) -> None:
    make_claims(organization, [1, 2, 3])
    rows = Claim.objects.for_organization(organization)
    with count_queries() as queries:
        found = page(rows, organization_id=organization.pk, order=BY_DAY, first=2, after=None)
        assert len(found.rows) == 2 and found.rows.has_next
    assert len(queries) == 1
    with count_queries() as queries:
        assert found.count() == 3
    assert len(queries) == 1


@pytest.mark.parametrize("change", ["other order", "other organization", "tampered", "nonsense"])
def test_a_cursor_of_another_list_is_refused(
    organization: Organization, other_organization: Organization, change: str
) -> None:
    make_claims(organization, [1, 2, 3])
    rows = Claim.objects.for_organization(organization)
    cursor = page(rows, organization_id=organization.pk, order=BY_DAY, first=1, after=None).rows.cursor(-1)
    assert cursor
    order = BY_DAY_UP if change == "other order" else BY_DAY
    asking = other_organization.pk if change == "other organization" else organization.pk
    after = {"tampered": "A" + cursor[1:], "nonsense": "nonsense"}.get(change, cursor)
    with pytest.raises(ServiceError, match="cursor"):
        page(rows, organization_id=asking, order=order, first=1, after=after)


@pytest.mark.parametrize("first", [0, -1, 201, 10_000])
def test_absurd_page_sizes_are_refused(organization: Organization, first: int) -> None:
    with pytest.raises(ServiceError, match="1 to 200"):
        page(
            Claim.objects.for_organization(organization),
            organization_id=organization.pk,
            order=BY_DAY,
            first=first,
            after=None,
        )


@pytest.mark.parametrize("order", [BY_DAY, BY_DAY_UP, (descending("id", UUID),)])
@pytest.mark.parametrize(
    ("values", "shape"),
    [
        ({}, {}),
        ({"submitted_date__gte": date(2026, 1, 2), "submitted_date__lte": date(2026, 1, 9)}, {}),
        ({"procedure_code": "", "billed_amount": Decimal("0.00")}, {"outcome__in": ("PENDING", "PAID")}),
        ({"payer_id": uuid4()}, {}),
        # What does not go into the SQL as it is: Django writes it each time.
        ({"claim_key__icontains": "a"}, {}),
        ({}, {"outcome__in": ()}),
    ],
)
def test_conditions_find_what_their_queryset_finds(organization: Organization, order, values, shape) -> None:
    make_claims(organization, [0, 1, 1, 2, 3, 5, 8, None, None])
    conditions = Conditions(Claim, organization.pk, values, shape)
    columns = ["id", "submitted_date", "outcome", "payer__name", "billed_amount"]
    for first in (1, 2, 20):
        after = None
        while True:
            known = {"organization_id": organization.pk, "order": order, "first": first, "after": after}
            ours, plain = (page(rows, **known) for rows in (conditions, conditions.rows()))
            tuples = ours.rows.values(columns)
            assert tuples == plain.rows.values(columns) and _ends(ours.rows) == _ends(plain.rows)
            models = [tuple(getattr(row, name) for name in columns if "__" not in name) for row in ours.rows.models()]
            assert [(*row[:3], row[4]) for row in tuples] == models
            texts = page(conditions, **known).rows
            written = [tuple(str(value) for value in row) for row in tuples]
            assert [tuple(str(value) for value in row) for row in texts.values(columns, texts=True)] == written
            assert _ends(texts) == _ends(plain.rows)
            assert ours.count() == plain.count()
            after = ours.rows.cursor(-1)
            if not ours.rows.has_next:
                break


def _ends(rows: Listed) -> tuple[Any, ...]:
    return rows.cursor(0), rows.cursor(-1), rows.has_next, rows.has_previous


@pytest.mark.postgresql
def test_the_sql_of_conditions_is_written_once(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    make_claims(organization, [0, 1, 2])
    compiled = []
    write = SQLCompiler.as_sql

    def noted(self, *more, **named):
        compiled.append(self)
        return write(self, *more, **named)

    monkeypatch.setattr(SQLCompiler, "as_sql", noted)
    found = []
    for day in range(4):
        conditions = Conditions(Claim, organization.pk, {"submitted_date": date(2026, 1, 1) + timedelta(days=day)}, {})
        known = {"organization_id": organization.pk, "order": BY_DAY, "first": 1, "after": None}
        found.append(len(page(conditions, **known).rows.values(["id"])))
    # Of each part twice, to see where the values go.
    assert found == [1, 1, 1, 0] and len(compiled) == 4
