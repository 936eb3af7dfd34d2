"""Patients: each person once per organization, encrypted once, found again through a blind index."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from upstream.claims import bulk
from upstream.claims.models import Patient
from upstream.core.ids import uuid7
from upstream.intake.records import PatientRecord
from upstream.phi import blind_index

#: What the blind indexes are made for; a search asks `blind_index.candidates` with the same words.
NAME, BIRTH_DATE, MEMBER_NUMBER, REFERENCE = (
    "patient name",
    "patient birth date",
    "patient member number",
    "patient reference",
)
IDENTITY = "patient identity"

_FIELDS = ("reference", "name", "birth_date", "member_number")
_INDEXES = ("name_index", "birth_date_index", "member_number_index", "reference_index")
_COLUMNS = ("id", "created_at", "updated_at", "organization_id", "identity_index", *_FIELDS, *_INDEXES)
_MEMORY = 50_000


class Told(NamedTuple):
    """A person as a file tells of one: what `PatientRecord` holds, hashable."""

    reference: str
    name: str
    birth_date: date | None
    member_number: str


class Person(NamedTuple):
    """The blind indexes of a person; empty ones for what is not told."""

    identities: tuple[str, ...]
    """One per key of the ring, the newest first, so that persons are found while keys rotate."""
    name: str
    birth_date: str
    member_number: str
    reference: str


def identity_text(told: Told) -> str:
    """What makes two mentions one person, normalised; empty where nothing does.

    The member number, with the name beside it because a family shares one; else the practice's own reference; else the
    name with the birth date, or alone.
    """
    name = blind_index.normalised(told.name)
    if number := blind_index.normalised(told.member_number):
        return f"MEMBER {len(number)} OF {number} {name}"
    if reference := blind_index.normalised(told.reference):
        return f"REFERENCE {reference}"
    return f"NAME {name} {told.birth_date or ''}" if name else ""


def _person_of(organization_id: UUID) -> Callable[[Told], Person | None]:
    """Remembers what it has digested: the same people stand in file after file, and digests are not cheap."""
    name_of = blind_index.indexer(organization_id, NAME)
    birth_date_of = blind_index.indexer(organization_id, BIRTH_DATE)
    member_number_of = blind_index.indexer(organization_id, MEMBER_NUMBER)
    reference_of = blind_index.indexer(organization_id, REFERENCE)

    @lru_cache(maxsize=_MEMORY)
    def person(told: Told) -> Person | None:
        identity = identity_text(told)
        if not identity:
            return None
        return Person(
            tuple(blind_index.candidates(organization_id, IDENTITY, identity)),
            name_of(blind_index.normalised(told.name)) if told.name else "",
            birth_date_of(told.birth_date.strftime("%Y%m%d")) if told.birth_date else "",
            member_number_of(blind_index.normalised(told.member_number)) if told.member_number else "",
            reference_of(blind_index.normalised(told.reference)) if told.reference else "",
        )

    return person


class People:
    """The persons of an organization's files, for one upload. Called inside transactions that hold `one_writer`."""

    def __init__(self, organization_id: UUID) -> None:
        self._organization_id = organization_id
        self._person = _person_of(organization_id)

    def resolve(self, records: Iterable[PatientRecord], now: datetime) -> dict[Told, UUID]:
        """Ids of everybody who can be known again, new persons written, known ones brought up to date; one query.

        What a file leaves blank stays. Only what is new or changed is encrypted.
        """
        told = {entry: person for record in records if (person := self._person(entry := told_of(record))) is not None}
        wanted = {identity for person in told.values() for identity in person.identities}
        known = {
            row[1]: row
            for row in Patient.objects.for_organization(self._organization_id)
            .filter(identity_index__in=list(wanted))
            .values_list("pk", "identity_index", *_INDEXES)
        } if wanted else {}  # fmt: skip
        found: dict[Told, UUID] = {}
        new: dict[str, tuple[UUID, Told, Person]] = {}
        changed: dict[UUID, dict[str, tuple[object, str]]] = {}
        for entry, person in told.items():
            row = next((known[identity] for identity in person.identities if identity in known), None)
            if row is None:
                patient_id, first, indexes = new.get(person.identities[0], (uuid7(), entry, person))
                new[person.identities[0]] = patient_id, *_together(first, indexes, entry, person)
                found[entry] = patient_id
                continue
            found[entry] = row[0]
            if changes := _changes(entry, person, row[2:]):
                changed.setdefault(row[0], {}).update(changes)
        self._insert(new, now)
        self._update(changed, now)
        return found

    def _insert(self, new: dict[str, tuple[UUID, Told, Person]], now: datetime) -> None:
        encrypt = [Patient._meta.get_field(name).encrypt for name in _FIELDS]  # type: ignore[union-attr]
        rows = [
            (
                patient_id, now, now, self._organization_id, identity,
                *(seal(value or None) for seal, value in zip(encrypt, told, strict=True)),
                person.name, person.birth_date, person.member_number, person.reference,
            )
            for identity, (patient_id, told, person) in new.items()
        ]  # fmt: skip
        bulk.insert(Patient, _COLUMNS, rows)

    def _update(self, changed: dict[UUID, dict[str, tuple[object, str]]], now: datetime) -> None:
        if not changed:
            return
        patients = list(Patient.objects.for_organization(self._organization_id).filter(pk__in=list(changed)))
        for patient in patients:
            for name, (value, index) in changed[patient.pk].items():
                setattr(patient, name, value)
                setattr(patient, f"{name}_index", index)
            patient.updated_at = now
        Patient.unscoped.bulk_update(patients, [*_FIELDS, *_INDEXES, "updated_at"], batch_size=500)


def told_of(record: PatientRecord) -> Told:
    return Told(record.reference, record.name, record.birth_date, record.member_number)


def _changes(told: Told, person: Person, indexes: tuple[str, ...]) -> dict[str, tuple[object, str]]:
    """New value and index, by field, of what is told and not what is stored."""
    name, birth_date, member_number, reference = indexes
    stored = {"name": name, "birth_date": birth_date, "member_number": member_number, "reference": reference}
    return {
        field: (getattr(told, field), getattr(person, field))
        for field, index in stored.items()
        if getattr(person, field) and getattr(person, field) != index
    }


def _together(first: Told, first_person: Person, then: Told, person: Person) -> tuple[Told, Person]:
    """Two mentions of a new person: the later one, and what it leaves blank from the earlier."""
    return (
        Told(*(late or early for late, early in zip(then, first, strict=True))),
        Person(person.identities, *(late or early for late, early in zip(person[1:], first_person[1:], strict=True))),
    )
