"""Patients: one row a person, encrypted, found again by blind index, never mixed up."""

from datetime import date
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from django.conf import LazySettings
from django.db import connection
from intake.writing import claim, decision, paid, person, remittance, submission, the_claim, write

from upstream.accounts.models import Organization
from upstream.claims.models import Claim, Patient
from upstream.intake.records import PatientRecord
from upstream.intake.writer.people import BIRTH_DATE, MEMBER_NUMBER, NAME, REFERENCE
from upstream.phi import blind_index, keys


def patients(organization: Organization) -> list[Patient]:
    return list(Patient.objects.for_organization(organization).order_by("id"))


def stored_texts(organization: Organization) -> list[tuple[str, ...]]:
    """The columns as they stand in the database, in the order of the ids."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, birth_date, member_number, reference FROM claims_patient ORDER BY id")
        return cursor.fetchall()


def test_a_person_of_many_claims_is_stored_once(organization: Organization) -> None:
    write(organization, [claim(f"C{n}", patient=person(birth_date=date(1980, 5, 4))) for n in range(5)])
    write(organization, [claim("C9", patient=person("FERN IRIS", "m-1", birth_date=date(1980, 5, 4)))])
    assert len(patients(organization)) == 1
    assert {row.patient_id for row in Claim.objects.for_organization(organization)} == {patients(organization)[0].pk}


def test_persons_of_many_batches_are_stored_as_they_are_told(organization: Organization) -> None:
    told = {f"M{n}": f"Fern, Iris{n}" for n in range(12)}
    claims = [claim(f"C{number}", patient=person(name, number)) for number, name in told.items()]
    # One of the last batch is told of twice in it, with more the second time.
    claims.append(claim("C99", patient=person(told["M11"], "M11", birth_date=date(1980, 5, 4))))
    write(organization, claims, batch_records=3)
    stored = {row.member_number: row for row in patients(organization)}
    assert {number: row.name for number, row in stored.items()} == told
    assert stored["M11"].birth_date == date(1980, 5, 4)


def test_a_claim_and_a_remittance_of_one_batch_may_name_the_same_person(organization: Organization) -> None:
    iris, moss = person("Fern, Iris", "M1"), person("Fern, Moss", "M2")
    unknown = remittance(decision("C8", patient=iris), decision("C9", patient=moss))
    write(organization, [submission("C1", patient=iris), submission("C2", patient=iris), *unknown])
    assert {row.name for row in patients(organization)} == {"Fern, Iris", "Fern, Moss"}
    assert len(patients(organization)) == 2
    assert the_claim(organization, "C8").patient_id == the_claim(organization, "C1").patient_id


def test_a_known_claim_may_turn_out_to_be_a_new_persons(organization: Organization) -> None:
    write(organization, [claim("C1"), claim("C2")])
    write(
        organization, [claim("C1", patient=person("Fern, Iris", "M1")), claim("C2", patient=person("Fern, Moss", "M2"))]
    )
    assert [the_claim(organization, each).patient.name for each in ("C1", "C2")] == ["Fern, Iris", "Fern, Moss"]


def test_nothing_of_a_person_stands_in_clear(organization: Organization) -> None:
    write(
        organization, [claim(patient=person("Fern, Iris", "M100200", birth_date=date(1980, 5, 4), reference="CHART77"))]
    )
    (row,) = stored_texts(organization)
    assert all(text and text.startswith("gAAAA") for text in row)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM claims_claim")
        (stored,) = cursor.fetchall()
    assert not any(word in str(stored) for word in ("Fern", "Iris", "M100200", "CHART77", "1980"))


def test_people_are_found_by_blind_index(organization: Organization) -> None:
    write(organization, [claim(patient=person("Fern, Iris", "M-100", birth_date=date(1980, 5, 4), reference="CH 7"))])
    found = Patient.objects.for_organization(organization)
    for column, purpose, asked in (
        ("name_index", NAME, "fern iris"),
        ("birth_date_index", BIRTH_DATE, "19800504"),
        ("member_number_index", MEMBER_NUMBER, "m100"),
        ("reference_index", REFERENCE, "ch7"),
    ):
        candidates = blind_index.finder(organization.pk, purpose)(asked)
        assert found.filter(**{f"{column}__in": candidates}).count() == 1, column


def test_a_family_that_shares_a_member_number_stays_apart(organization: Organization) -> None:
    write(organization, [claim("C1", patient=person("Fern, Iris")), claim("C2", patient=person("Fern, Moss"))])
    assert [row.name for row in patients(organization)] == ["Fern, Iris", "Fern, Moss"]


def test_references_tell_people_apart_where_there_is_no_member_number(organization: Organization) -> None:
    def of(reference: str) -> PatientRecord:
        return PatientRecord(reference=reference, name="Fern, Iris")

    write(organization, [claim("C1", patient=of("P1")), claim("C2", patient=of("P2")), claim("C3", patient=of("p 1"))])
    assert len(patients(organization)) == 2


def test_name_and_birth_date_tell_people_apart_where_there_is_nothing_else(organization: Organization) -> None:
    one, other = date(1980, 5, 4), date(1981, 5, 4)
    records = [PatientRecord(name="Fern, Iris", birth_date=day) for day in (one, other, one)]
    write(organization, [claim(f"C{n}", patient=record) for n, record in enumerate(records)])
    assert len(patients(organization)) == 2


@pytest.mark.parametrize(
    "nobody", [None, PatientRecord(), PatientRecord(name=" - "), PatientRecord(birth_date=date(1980, 1, 1))]
)
def test_a_claim_may_name_nobody(organization: Organization, nobody: PatientRecord | None) -> None:
    write(organization, [claim(patient=nobody)])
    assert patients(organization) == []
    assert the_claim(organization).patient_id is None


def test_what_is_learned_later_is_added_and_nothing_else_is_encrypted_again(organization: Organization) -> None:
    write(organization, [claim("C1", patient=person()), claim("C2", patient=person("Moss, Teal", "M2"))])
    before = stored_texts(organization)
    write(organization, [claim("C3", patient=person(birth_date=date(1980, 5, 4)))])
    iris, teal = stored_texts(organization)
    assert teal == before[1]
    assert (iris[0], iris[2]) == (before[0][0], before[0][2])
    assert [row.birth_date for row in patients(organization)] == [date(1980, 5, 4), None]


def test_what_a_later_file_leaves_blank_stays(organization: Organization) -> None:
    write(organization, [claim("C1", patient=person(birth_date=date(1980, 5, 4), reference="P1"))])
    before = stored_texts(organization)
    write(organization, [claim("C2", patient=person())])
    assert stored_texts(organization) == before


def test_a_person_met_in_several_ways_in_one_file_is_put_together(organization: Organization) -> None:
    mentions = [person(), person(birth_date=date(1980, 5, 4)), person(reference="P1"), person("FERN, IRIS")]
    write(organization, [claim(f"C{n}", patient=mention) for n, mention in enumerate(mentions)])
    (row,) = patients(organization)
    assert (row.birth_date, row.reference) == (date(1980, 5, 4), "P1")


def test_organizations_have_their_own_rows_of_the_same_person(
    organization: Organization, other_organization: Organization
) -> None:
    for home in (organization, other_organization):
        write(home, [claim(patient=person())])
    (one,), (other,) = patients(organization), patients(other_organization)
    assert one.identity_index != other.identity_index


def test_people_are_known_again_while_keys_rotate(organization: Organization, settings: LazySettings) -> None:
    records = [paid("", patient=person()), paid("C1", patient=person())]
    write(organization, records)
    settings.FIELD_ENCRYPTION_KEY = [Fernet.generate_key().decode(), *settings.FIELD_ENCRYPTION_KEY]
    assert len(keys.ring()) == 2
    upload = write(organization, records)
    assert upload.claims_unchanged == 2
    (row,) = patients(organization)
    assert isinstance(row.pk, UUID)
    # From then on the indexes are those of the new key.
    assert row.name_index == blind_index.indexer(organization.pk, NAME)("FERNIRIS")


def test_what_is_told_last_of_a_person_counts_in_whatever_batch(organization: Organization) -> None:
    one, other = (person(birth_date=date(1980, 5, day)) for day in (4, 5))
    mentions = [one, other, one, one, other, other, one]
    for size in (1, 2, 3):
        write(organization, [claim(f"C{n}", patient=each) for n, each in enumerate(mentions)], batch_records=size)
        (row,) = patients(organization)
        assert row.birth_date == date(1980, 5, 4), size
        write(organization, [claim("C9", patient=other)])
