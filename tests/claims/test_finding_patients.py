"""Finding a patient by what is known of them, through the blind indexes, written down each time."""

from datetime import date
from typing import Any

import pytest
from intake.writing import claim, person, write

from upstream.accounts.models import Organization
from upstream.audit.models import AuditEvent
from upstream.claims import patient_search

FIND = """
mutation($input: FindPatientsInput!) {
  findPatients(input: $input) {
    found { claimCount patient { id name birthDate memberNumber } } more errors { code field message }
  }
}
"""


@pytest.fixture
def people(organization: Organization) -> None:
    iris = person("Fern, Iris", "M-100", birth_date=date(1980, 5, 4))
    write(organization, [claim(f"C{number}", patient=iris) for number in range(3)])
    write(organization, [claim("C8", patient=person("IRIS FERN", "M-200", birth_date=date(1991, 1, 2)))])
    write(organization, [claim("C9", patient=person("Lee Moss, Anna", "M-300", birth_date=date(1980, 5, 4)))])


def find(ask: Any, **known: Any) -> list[tuple[str, int]]:
    answer = ask(FIND, {"input": {"reason": "APPEAL", **known}})["data"]["findPatients"]
    assert answer["errors"] == []
    return [(each["patient"]["memberNumber"], each["claimCount"]) for each in answer["found"]]


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ({"memberNumber": "m 100"}, [("M-100", 3)]),
        ({"name": "iris fern"}, [("M-100", 3), ("M-200", 1)]),
        ({"name": "Fern, Iris", "birthDate": "1991-01-02"}, [("M-200", 1)]),
        ({"name": "Anna Lee Moss"}, [("M-300", 1)]),
        ({"birthDate": "1980-05-04"}, [("M-100", 3), ("M-300", 1)]),
        ({"memberNumber": "M-100", "name": "Anna Lee Moss"}, []),
        ({"name": "Fern"}, []),
    ],
)
def test_people_are_found_by_what_is_known_of_them(
    people: None, graphql: Any, care_team: Any, known: dict[str, str], found: list[tuple[str, int]]
) -> None:
    assert find(graphql(care_team), **known) == found


def test_another_organization_finds_nobody(
    people: None, graphql: Any, member: Any, other_organization: Organization
) -> None:
    assert find(graphql(member(of=other_organization)), memberNumber="M-100") == []


def test_a_search_is_written_down_with_whom_it_found_and_none_of_its_words(
    people: None, organization: Organization, graphql: Any, care_team: Any
) -> None:
    find(graphql(care_team), name="Iris Fern", birthDate="1980-05-04")
    find(graphql(care_team), memberNumber="nobody's")
    searches = AuditEvent.objects.for_organization(organization).filter(action="phi.searched").order_by("sequence")
    found, nobody = [event.detail for event in searches]
    assert len(found["patients"]) == 1
    assert (found["fields"], found["reasons"]) == (["birthDate", "name"], ["APPEAL"])
    assert nobody == {"fields": ["memberNumber"], "patients": [], "reasons": ["APPEAL"]}
    assert "ris" not in str(searches.values()) and "1980" not in str([found, nobody])


def test_an_empty_search_says_what_to_give(people: None, graphql: Any, care_team: Any) -> None:
    for known in ({}, {"name": " , "}, {"memberNumber": "--"}):
        answer = graphql(care_team)(FIND, {"input": {"reason": "OTHER", **known}})["data"]["findPatients"]
        assert answer["found"] == []
        assert answer["errors"] == [
            {
                "code": "REQUIRED",
                "field": "memberNumber",
                "message": "Give a member number, a name or a date of birth.",
            }
        ]


def test_more_than_are_shown_are_told_of(
    people: None, graphql: Any, care_team: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patient_search, "MOST", 1)
    answer = graphql(care_team)(FIND, {"input": {"reason": "OTHER", "name": "Iris Fern"}})["data"]["findPatients"]
    assert (len(answer["found"]), answer["more"]) == (1, True)


def test_claims_of_one_patient_are_listed_for_who_may_read_patients(
    people: None, graphql: Any, care_team: Any, analyst: Any
) -> None:
    answer = graphql(care_team)(FIND, {"input": {"reason": "PAYMENT", "memberNumber": "M-100"}})
    patient = answer["data"]["findPatients"]["found"][0]["patient"]["id"]
    query = "query($f: ClaimFilter) { claims(filter: $f) { totalCount items { controlNumber } } }"
    listed = graphql(care_team)(query, {"f": {"patientId": patient}})["data"]["claims"]
    assert listed["totalCount"] == 3
    refused = graphql(analyst)(query, {"f": {"patientId": patient}})
    assert refused["data"]["claims"] is None and refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
