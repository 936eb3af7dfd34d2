"""Encrypted fields: unreadable in the database, loud when something is wrong."""

from datetime import date

import pytest
from cryptography.fernet import Fernet, MultiFernet
from django.core.exceptions import FieldError
from django.db import connection
from encrypted_model_fields import fields as library

from upstream.accounts.models import Organization
from upstream.claims.models import Patient
from upstream.phi.keys import UnreadableValue

NAME, BIRTH = "Amalia Testperson", date(1984, 2, 29)


@pytest.fixture
def patient(organization: Organization) -> Patient:
    return Patient.unscoped.create(
        organization=organization, name=NAME, birth_date=BIRTH, member_number="M-100", identity_index="1" * 32
    )


def raw(column: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM claims_patient")
        return cursor.fetchone()[0]


def overwrite(column: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE claims_patient SET {column} = %s", [value])


def test_what_is_written_comes_back_and_stands_encrypted(patient: Patient) -> None:
    found = Patient.unscoped.get()
    assert (found.name, found.birth_date, found.member_number, found.reference) == (NAME, BIRTH, "M-100", None)
    assert NAME not in raw("name") and "1984" not in raw("birth_date")


def test_plain_text_in_the_column_raises_instead_of_being_returned(patient: Patient) -> None:
    overwrite("name", "Plain Name")
    with pytest.raises(UnreadableValue) as caught:
        Patient.unscoped.get()
    assert "Plain Name" not in str(caught.value)


def test_a_value_of_another_column_raises(patient: Patient) -> None:
    overwrite("name", raw("member_number"))
    with pytest.raises(UnreadableValue, match="another column"):
        Patient.unscoped.get()


def test_a_changed_token_raises(patient: Patient) -> None:
    token = raw("name")
    overwrite("name", token[:-6] + "AAAA==")
    with pytest.raises(UnreadableValue):
        Patient.unscoped.get()


def test_a_wrong_key_raises_and_an_added_key_reads_on(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = library.CRYPTER, Fernet(Fernet.generate_key())
    monkeypatch.setattr(library, "CRYPTER", MultiFernet([new]))
    with pytest.raises(UnreadableValue):
        Patient.unscoped.get()
    monkeypatch.setattr(library, "CRYPTER", MultiFernet([new, *old._fernets]))
    assert Patient.unscoped.get().name == NAME


def test_a_token_given_as_input_stays_text(organization: Organization, patient: Patient) -> None:
    token = raw("name")
    Patient.unscoped.update(name=token)
    assert Patient.unscoped.get().name == token


@pytest.mark.parametrize(
    "lookup", [{"name": NAME}, {"name__icontains": "Ama"}, {"birth_date__year": 1984}, {"member_number__in": ["M-100"]}]
)
def test_filters_on_encrypted_columns_raise(patient: Patient, lookup: dict[str, object]) -> None:
    with pytest.raises(FieldError):
        Patient.unscoped.filter(**lookup).exists()


def test_null_can_be_asked_for(patient: Patient) -> None:
    assert Patient.unscoped.filter(reference__isnull=True, name__isnull=False).exists()


def test_update_and_bulk_writes_encrypt(organization: Organization, patient: Patient) -> None:
    Patient.unscoped.update(name="Berta Testperson")
    assert "Berta" not in raw("name") and Patient.unscoped.get().name == "Berta Testperson"
    Patient.unscoped.all().delete()
    Patient.unscoped.bulk_create([Patient(organization=organization, name="Cara Testperson", identity_index="2" * 32)])
    assert "Cara" not in raw("name") and Patient.unscoped.get().name == "Cara Testperson"
