"""Locations made one by a person: in the past and in later files, and parted again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from intake.writing import APRIL_10, claim, decision, denied, paid, picture, remittance, write

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.claims import regrouping, rollup
from upstream.claims.location_services import (
    keep_locations_apart,
    locations,
    merge_locations,
    part_location,
    suggested_locations,
)
from upstream.claims.models import Claim, FirstSeen
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.models import Job
from upstream.detection.own_changes import OwnChangeKind, own_changes

MAIN, CLINIC, NORTH = "Main St", "MAIN STREET CLINIC", "North"
RECORDS = [
    denied("A1", location=MAIN),
    paid("A2", location=MAIN),
    claim("B1", location=CLINIC),
    claim("N1", location=NORTH),
]


def located(organization: Organization) -> dict[str, str]:
    rows = Claim.objects.for_organization(organization).order_by("control_number")
    return dict(rows.values_list("control_number", "location"))


def listed(organization: Organization) -> list[tuple[str, int, list[str]]]:
    return [(each.name, each.claims, [other.alias for other in each.names]) for each in locations(organization.pk)]


def refusal(act: Callable[[], Any]) -> tuple[ErrorCode, str | None]:
    with pytest.raises(ServiceError) as refused:
        act()
    return refused.value.code, refused.value.field


def test_two_names_become_one_place_in_the_past_and_in_later_files(
    organization: Organization, admin: Actor, run_jobs: Callable[[], int]
) -> None:
    write(organization, RECORDS)
    taken_back = decision("A2", -80, status="22", billed=-100)
    write(organization, [*remittance(decision("A2", 80)), *remittance(taken_back, trace="T2", on=APRIL_10)])
    merge_locations(actor=admin, name=MAIN, into=CLINIC)
    assert listed(organization) == [(CLINIC, 3, [MAIN]), (NORTH, 1, [])]
    run_jobs()
    assert located(organization) == {"A1": CLINIC, "A2": CLINIC, "B1": CLINIC, "N1": NORTH}
    assert rollup.recompute(organization.pk) == []
    seen = FirstSeen.objects.for_organization(organization).filter(kind=FirstSeen.Kind.LOCATION)
    assert sorted(seen.values_list("value", flat=True)) == [CLINIC, NORTH]
    write(organization, [claim("A3", location=MAIN), *RECORDS])
    assert located(organization)["A3"] == CLINIC
    assert OwnChangeKind.LOCATIONS_MERGED in {change.kind for change in own_changes(organization)}
    assert "detection.run" in Job.objects.for_organization(organization).values_list("kind", flat=True)


def test_parting_makes_everything_as_if_it_had_never_been_said(
    organization: Organization, other_organization: Organization, admin: Actor, run_jobs: Callable[[], int]
) -> None:
    later = [replace(RECORDS[0], billed_amount=RECORDS[0].billed_amount + 1), claim("A4", location=MAIN)]
    for home in (organization, other_organization):
        write(home, RECORDS)
    merge_locations(actor=admin, name=MAIN, into=CLINIC)
    run_jobs()
    # What was merged is stated again, differently, and decided on.
    for home in (organization, other_organization):
        write(home, [*later, *remittance(decision("A2", 60))])
    assert located(organization)["A1"] == CLINIC
    part_location(actor=admin, alias=MAIN)
    run_jobs()
    assert picture(organization) == picture(other_organization)
    assert rollup.recompute(organization.pk) == []
    assert listed(organization) == listed(other_organization)


def test_merges_of_merges_are_undone_one_by_one(
    organization: Organization, admin: Actor, run_jobs: Callable[[], int]
) -> None:
    write(organization, RECORDS)
    merge_locations(actor=admin, name=MAIN, into=CLINIC)
    merge_locations(actor=admin, name=CLINIC, into=NORTH)
    run_jobs()
    assert listed(organization) == [(NORTH, 4, [CLINIC, MAIN])]
    part_location(actor=admin, alias=CLINIC)
    run_jobs()
    assert listed(organization) == [(CLINIC, 3, [MAIN]), (NORTH, 1, [])]
    part_location(actor=admin, alias=MAIN)
    run_jobs()
    assert located(organization) == {"A1": MAIN, "A2": MAIN, "B1": CLINIC, "N1": NORTH}
    assert rollup.recompute(organization.pk) == []


def test_likely_pairs_are_suggested_until_somebody_says_they_are_two(organization: Organization, admin: Actor) -> None:
    write(
        organization,
        [claim("A1", location="Main St"), claim("A2", location="MAIN STREET"), claim("A3", location="2nd Ave")],
    )
    ((one, other),) = suggested_locations(organization.pk)
    assert {one.name, other.name} == {"Main St", "MAIN STREET"}
    keep_locations_apart(actor=admin, name=one.name, other=other.name)
    assert suggested_locations(organization.pk) == []


def test_what_cannot_be_is_refused_and_changes_nothing(
    organization: Organization, other_organization: Organization, admin: Actor, care_team: Actor, member: Any
) -> None:
    write(organization, RECORDS)
    stranger = member(Role.OWNER, other_organization)
    for actor, code in ((care_team, ErrorCode.FORBIDDEN), (stranger, ErrorCode.NOT_FOUND)):
        for act in (
            lambda who=actor: merge_locations(actor=who, name=MAIN, into=CLINIC),
            lambda who=actor: part_location(actor=who, alias=MAIN),
            lambda who=actor: keep_locations_apart(actor=who, name=MAIN, other=CLINIC),
        ):
            assert refusal(act)[0] == code
    merge_locations(actor=admin, name=MAIN, into=CLINIC)
    assert refusal(lambda: merge_locations(actor=admin, name=MAIN, into=NORTH)) == (ErrorCode.CONFLICT, "name")
    assert refusal(lambda: merge_locations(actor=admin, name=CLINIC, into=MAIN)) == (ErrorCode.CONFLICT, "into")
    assert refusal(lambda: merge_locations(actor=admin, name=NORTH, into=NORTH)) == (ErrorCode.CONFLICT, "into")
    assert refusal(lambda: merge_locations(actor=admin, name="Nowhere", into=NORTH)) == (ErrorCode.NOT_FOUND, "name")
    assert refusal(lambda: part_location(actor=admin, alias=NORTH)) == (ErrorCode.NOT_FOUND, "alias")
    assert Job.objects.for_organization(organization).filter(kind=regrouping.REGROUP_JOB).count() == 1


def test_the_graph_lists_merges_and_parts(
    organization: Organization, admin: Actor, graphql: Callable[..., Any], run_jobs: Callable[[], int]
) -> None:
    write(organization, RECORDS)
    ask = graphql(admin)
    merge = 'mutation { mergeLocations(name: "Main St", into: "MAIN STREET CLINIC") { name errors { message } } }'
    assert ask(merge)["data"]["mergeLocations"] == {"name": MAIN, "errors": []}
    run_jobs()
    listing = "{ locations { name claims names { alias means } } }"
    assert ask(listing)["data"]["locations"] == [
        {"name": CLINIC, "claims": 3, "names": [{"alias": MAIN, "means": CLINIC}]},
        {"name": NORTH, "claims": 1, "names": []},
    ]
    part = 'mutation { partLocation(alias: "Main St") { name errors { message } } }'
    assert ask(part)["data"]["partLocation"] == {"name": MAIN, "errors": []}
    run_jobs()
    assert [each["name"] for each in ask(listing)["data"]["locations"]] == [MAIN, CLINIC, NORTH]
