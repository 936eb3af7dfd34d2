"""Payers of like names are suggested to be one; only a person makes them one, or says they are two."""

from collections.abc import Callable
from typing import Any

import pytest
from intake.writing import claim, write

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.claims import rollup
from upstream.claims.models import Claim, Payer
from upstream.claims.payer_suggestions import suggested_pairs
from upstream.claims.services import add_payer_alias, keep_payers_apart
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError


def payers(organization: Organization, *names: str) -> list[Payer]:
    write(organization, [claim(f"C{number}", payer_name=name) for number, name in enumerate(names)])
    return [Payer.objects.for_organization(organization).get(name=name) for name in names]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Aster", "Aster Health Plan, Inc."),
        ("BCBS of Ohio", "Blue Cross Blue Shield Ohio"),
        ("Ohio Blue Cross & Blue Shield", "BCBS Ohio"),
        ("Northwind Mutual", "Nortwind Mut."),
        ("Médica", "Medica Insurance Company"),
    ],
)
def test_names_that_say_the_same_are_suggested(organization: Organization, name: str, other: str) -> None:
    found = {payer.pk for payer in payers(organization, name, other)}
    assert [set(pair) for pair in suggested_pairs(organization.pk)] == [found]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("BCBS of Texas", "BCBS of Florida"),
        ("Aster", "Aster Medicaid"),
        ("Region 1 Health", "Region 2 Health"),
        ("Health Plan", "Insurance Company"),
        ("Aster", "Birch"),
    ],
)
def test_names_that_tell_payers_apart_are_not(organization: Organization, name: str, other: str) -> None:
    payers(organization, name, other)
    assert suggested_pairs(organization.pk) == []


def test_a_suggestion_becomes_one_payer_or_goes_by_what_a_person_says(
    organization: Organization, other_organization: Organization, admin: Actor, graphql: Callable[..., Any]
) -> None:
    aster, aster_plan, birch, birch_plan = payers(organization, "Aster", "Aster Health Plan", "Birch", "Birch Inc")
    payers(other_organization, "Aster", "Aster Inc")
    query = "{ payerSuggestions { payer { name summary { claims } } other { name summary { claims } } } }"
    told = graphql(admin)(query)["data"]["payerSuggestions"]
    assert [(pair["payer"]["name"], pair["other"]["name"]) for pair in told] == [
        ("Aster", "Aster Health Plan"),
        ("Birch", "Birch Inc"),
    ]
    assert {pair["payer"]["summary"]["claims"] for pair in told} == {1}
    add_payer_alias(actor=admin, payer_id=aster.pk, alias=aster_plan.name)
    keep_payers_apart(actor=admin, payer_id=birch_plan.pk, other_id=birch.pk)
    assert suggested_pairs(organization.pk) == []
    assert Claim.objects.for_organization(organization).filter(payer=aster).count() == 2
    assert rollup.recompute(organization.pk) == []
    assert len(suggested_pairs(other_organization.pk)) == 1


def test_only_who_writes_payers_keeps_two_apart_and_only_their_own(
    organization: Organization, other_organization: Organization, care_team: Actor, member: Callable[..., Actor]
) -> None:
    aster, plan = payers(organization, "Aster", "Aster Plan")
    stranger = member(Role.OWNER, other_organization)
    for actor, code in ((care_team, ErrorCode.FORBIDDEN), (stranger, ErrorCode.NOT_FOUND)):
        with pytest.raises(ServiceError) as refused:
            keep_payers_apart(actor=actor, payer_id=aster.pk, other_id=plan.pk)
        assert refused.value.code == code
    assert len(suggested_pairs(organization.pk)) == 1
