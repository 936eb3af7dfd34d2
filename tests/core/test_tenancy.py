"""Tenancy: no query without an organization, and no row that points into another one."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from upstream.accounts.models import Organization
from upstream.claims.models import Claim, ClaimLine, Payer, PayerAlias, ServiceGroup
from upstream.core.models import Job, OrganizationManager, OrganizationModel, OrganizationRequired
from upstream.core.postgresql.ties import KEY_STAYS, SUFFIXES
from upstream.core.tenancy import ties


def payer_of(organization: Organization, name: str) -> Payer:
    return Payer.unscoped.create(organization=organization, name=name, name_key=name.lower())


@pytest.mark.parametrize(
    "use",
    [
        lambda: list(Payer.objects.all()),
        lambda: Payer.objects.filter(name="Northwind").exists(),
        lambda: Payer.objects.count(),
        lambda: Payer.objects.get(),
        lambda: Payer.objects.update(name="x"),
        lambda: Payer.objects.create(name="x"),
    ],
)
def test_a_query_without_an_organization_raises(use) -> None:
    with pytest.raises(OrganizationRequired, match="for_organization"):
        use()


def test_every_tenant_model_uses_the_manager_that_raises() -> None:
    from django.apps import apps

    tenants = [model for model in apps.get_models() if issubclass(model, OrganizationModel)]
    assert len(tenants) > 15
    for model in tenants:
        assert isinstance(model._default_manager, OrganizationManager), model


def test_a_scoped_query_sees_only_its_organization(
    organization: Organization, other_organization: Organization
) -> None:
    mine, theirs = payer_of(organization, "Northwind"), payer_of(other_organization, "Southwind")
    assert list(Payer.objects.for_organization(organization)) == [mine]
    assert list(Payer.objects.for_organization(other_organization.pk)) == [theirs]


def test_children_of_a_row_are_scoped_by_the_row(organization: Organization, other_organization: Organization) -> None:
    payer = payer_of(organization, "Northwind")
    PayerAlias.unscoped.create(organization=organization, payer=payer, alias="NW", alias_key="nw")
    assert [alias.alias for alias in payer.aliases.all()] == ["NW"]
    assert [
        p.aliases.all()[0].alias for p in Payer.objects.for_organization(organization).prefetch_related("aliases")
    ] == ["NW"]


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_a_parent_of_another_organization(
    organization: Organization, other_organization: Organization
) -> None:
    theirs = payer_of(other_organization, "Southwind")
    with pytest.raises(IntegrityError), transaction.atomic():
        PayerAlias.unscoped.create(organization=organization, payer=theirs, alias="SW", alias_key="sw")
    own = payer_of(organization, "Northwind")
    alias = PayerAlias.unscoped.create(organization=organization, payer=own, alias="NW", alias_key="nw")
    with pytest.raises(IntegrityError), transaction.atomic():
        PayerAlias.unscoped.filter(pk=alias.pk).update(payer=theirs)
    with pytest.raises(IntegrityError), transaction.atomic():
        PayerAlias.unscoped.bulk_create([PayerAlias(organization=organization, payer=theirs, alias="S", alias_key="s")])


def test_every_tie_between_tenant_tables_is_laid_in_the_database(db: None) -> None:
    assert {tie.column for tie in ties() if tie.child == ClaimLine._meta.db_table} == {"claim_id"}
    assert {"payer_id", "patient_id", "service_group_id", "stated_by_id", "upload_id"} == {
        tie.column for tie in ties() if tie.child == Claim._meta.db_table
    }
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            by_statement = {f"{tie.name}_{suffix}" for tie in ties() if tie.by_statement for suffix in SUFFIXES}
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'same_org_%'")
            assert {row[0] for row in cursor.fetchall()} == by_statement | {KEY_STAYS}
            cursor.execute("SELECT conname FROM pg_constraint WHERE conname LIKE 'same_org_%'")
            names = {tie.name for tie in ties() if not tie.by_statement}
            assert {row[0] for row in cursor.fetchall()} == names
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'same_org_%'")
            assert {row[0] for row in cursor.fetchall()} == {
                f"{tie.name}_{suffix}" for tie in ties() for suffix in "iu"
            }


def test_a_payer_with_claims_is_not_deleted(organization: Organization) -> None:
    payer = payer_of(organization, "Northwind")
    group = ServiceGroup.unscoped.create(organization=organization, name="All", position=1)
    Claim.unscoped.create(organization=organization, claim_key="1", payer=payer, service_group=group, fingerprint="f")
    with pytest.raises(ProtectedError):
        payer.delete()


def test_jobs_are_tenant_rows_too(organization: Organization) -> None:
    Job.unscoped.create(organization=organization, kind="x")
    with pytest.raises(OrganizationRequired):
        Job.objects.first()
