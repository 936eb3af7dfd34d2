"""Ties of rows that come many at once: they promise on PostgreSQL what a foreign key does."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from upstream.accounts.models import Organization
from upstream.claims.models import Claim, ClaimLine, Patient, Payer, ServiceGroup
from upstream.core import scope
from upstream.core.postgresql import ties as by_statement
from upstream.core.postgresql.base import DatabaseWrapper
from upstream.core.tenancy import lay_ties, ties

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


def payer_of(organization: Organization) -> Payer:
    return Payer.unscoped.create(organization=organization, name="Northwind", name_key=uuid4().hex)


@pytest.fixture
def group(organization: Organization) -> ServiceGroup:
    return ServiceGroup.unscoped.create(organization=organization, name="All", position=1)


@pytest.fixture
def claim_to(organization: Organization, group: ServiceGroup) -> Callable[..., Claim]:
    """A claim of the organization that is not written yet: `claim_to(payer)`."""
    return lambda payer, **told: Claim(
        organization=organization, claim_key=uuid4().hex, payer=payer, service_group=group, **told
    )


def remove(payer: Payer) -> None:
    """Without Django's look for what depends on it."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM claims_payer WHERE id = %s", [payer.pk])


def test_one_row_among_many_with_a_parent_elsewhere_is_enough_to_refuse_them(
    organization: Organization, other_organization: Organization, claim_to: Callable[..., Claim]
) -> None:
    own, theirs = payer_of(organization), payer_of(other_organization)
    for unknown in ({"payer_id": theirs.pk}, {"payer_id": uuid4()}, {"payer": own, "patient_id": uuid4()}):
        claims = [claim_to(own) for _ in range(50)]
        for name, value in unknown.items():
            setattr(claims[30], name, value)
        with pytest.raises(IntegrityError, match="that its organization does not have") as refused:
            Claim.unscoped.bulk_create(claims)
        assert str(theirs.pk) not in str(refused.value)
    assert not Claim.unscoped.exists()


def test_a_row_that_is_there_is_not_moved_to_a_parent_elsewhere(
    organization: Organization, other_organization: Organization, claim_to: Callable[..., Claim]
) -> None:
    claim = claim_to(payer_of(organization))
    claim.save()
    for change in ({"payer": payer_of(other_organization)}, {"payer_id": uuid4()}, {"patient_id": uuid4()}):
        with pytest.raises(IntegrityError):
            Claim.unscoped.filter(pk=claim.pk).update(**change)
    elsewhere = payer_of(organization)
    assert Claim.unscoped.filter(pk=claim.pk).update(payer=elsewhere) == 1
    assert Claim.unscoped.get().payer == elsewhere


def test_parents_written_by_the_same_transaction_are_known(
    organization: Organization, claim_to: Callable[..., Claim]
) -> None:
    with transaction.atomic():
        payer, told = payer_of(organization), {"identity_index": "a", "organization": organization}
        with transaction.atomic():
            patient = Patient.unscoped.create(**told)
        claims = [claim_to(payer, patient=patient), claim_to(payer)]
        Claim.unscoped.bulk_create(claims)
        ClaimLine.unscoped.bulk_create(
            [ClaimLine(organization=organization, claim=claim, number=1) for claim in claims]
        )
    assert ClaimLine.unscoped.count() == 2


def test_a_parent_is_found_by_its_id_however_many_the_organization_has(
    organization: Organization, claim_to: Callable[..., Claim]
) -> None:
    def fetched() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'claims_claim'")
            return cursor.fetchone()[0]

    payer = payer_of(organization)
    with scope.of_organization(organization.pk), transaction.atomic():
        claims = [claim_to(payer) for _ in range(300)]
        for claim in claims:
            claim.save(force_insert=True)
            ClaimLine.unscoped.create(organization=organization, claim=claim, number=1)
        before = fetched()
        for claim in claims:
            ClaimLine.unscoped.create(organization=organization, claim=claim, number=2)
        assert fetched() - before <= 3 * len(claims)


def test_a_parent_that_rows_name_is_not_removed_until_they_are(
    organization: Organization, claim_to: Callable[..., Claim]
) -> None:
    payer, unused = payer_of(organization), payer_of(organization)
    claim_to(payer).save()
    with pytest.raises(IntegrityError, match="that rows of claims_claim name"):
        remove(payer)
    remove(unused)
    Claim.unscoped.all().delete()
    remove(payer)
    assert not Payer.unscoped.exists()


def test_the_id_of_a_parent_stays(organization: Organization, other_organization: Organization) -> None:
    payer = payer_of(organization)
    for change in ({"id": uuid4()}, {"organization": other_organization}):
        with pytest.raises(IntegrityError, match="do not change"):
            Payer.unscoped.filter(pk=payer.pk).update(**change)
    payer.save()


@pytest.fixture
def elsewhere() -> Iterator[Callable[[Callable[[], object]], Future[object]]]:
    """Does something on a connection of its own, in a thread of its own."""

    def alone(work: Callable[[], object]) -> object:
        scope.enter(scope.ALL)
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        yield lambda work: pool.submit(alone, work)


def _soon(work: Callable[[], object]) -> Callable[[], object]:
    """Work that gives up after a while instead of waiting for what this test does not let go."""

    def run() -> object:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '300ms'")
            return work()

    return run


def test_who_removes_a_parent_waits_for_who_names_it(
    organization: Organization, claim_to: Callable[..., Claim], elsewhere: Callable[..., Future[object]]
) -> None:
    payer = payer_of(organization)
    with transaction.atomic():
        Claim.unscoped.bulk_create([claim_to(payer)])
        with pytest.raises(OperationalError, match="lock timeout"):
            elsewhere(_soon(lambda: remove(payer))).result(30)
    with pytest.raises(IntegrityError):
        elsewhere(lambda: remove(payer)).result(30)


def test_who_names_a_parent_waits_for_who_removes_it_and_is_refused(
    organization: Organization, claim_to: Callable[..., Claim], elsewhere: Callable[..., Future[object]]
) -> None:
    payer, begun = payer_of(organization), Event()

    def write() -> None:
        begun.set()
        Claim.unscoped.bulk_create([claim_to(payer)])

    with transaction.atomic():
        remove(payer)
        with pytest.raises(OperationalError, match="lock timeout"):
            elsewhere(_soon(lambda: Claim.unscoped.bulk_create([claim_to(payer)]))).result(30)
        written = elsewhere(write)
        assert begun.wait(30)
    with pytest.raises(IntegrityError):
        written.result(30)
    assert not Claim.unscoped.exists()


def test_the_foreign_keys_and_indexes_of_an_older_database_make_way() -> None:
    tie = next(tie for tie in ties() if (tie.child, tie.column) == ("claims_claimline", "claim_id"))
    wrapper = connections["default"]
    assert isinstance(wrapper, DatabaseWrapper)
    try:
        with wrapper.as_owner(), wrapper.cursor() as cursor:
            for suffix, table in zip(by_statement.SUFFIXES, (tie.child, tie.child, tie.parent), strict=True):
                cursor.execute(f"DROP TRIGGER {tie.name}_{suffix} ON {table}")
            cursor.execute(f"CREATE UNIQUE INDEX {tie.parent}_org_id ON {tie.parent} (organization_id, id)")
            cursor.execute(
                f"ALTER TABLE {tie.child} ADD CONSTRAINT {tie.name} FOREIGN KEY (organization_id, claim_id) "
                f"REFERENCES {tie.parent} (organization_id, id) DEFERRABLE INITIALLY DEFERRED"
            )
    finally:
        with wrapper.as_owner():
            lay_ties(wrapper)
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conname = %s", [tie.name])
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT to_regclass(%s)", [f"{tie.parent}_org_id"])
        assert cursor.fetchone() == (None,)
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname LIKE %s", [f"{tie.name}%"])
        assert cursor.fetchone() == (3,)


def test_every_parent_can_be_held_by_who_writes_its_children() -> None:
    from upstream.core.tenancy import tenant_models

    append_only = {model._meta.db_table for model in tenant_models() if model.append_only}
    assert append_only.isdisjoint(tie.parent for tie in ties() if tie.by_statement)
