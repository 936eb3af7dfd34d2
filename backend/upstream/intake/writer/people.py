"""Patients: each person once per organization, encrypted once, found again through a blind index."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from hashlib import blake2b
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson

from upstream.claims import bulk
from upstream.claims.bulk import Id
from upstream.claims.models import Patient
from upstream.claims.patient_search import BIRTH_DATE, MEMBER_NUMBER, NAME, REFERENCE
from upstream.intake.records import PatientRecord
from upstream.phi import blind_index
from upstream.phi.fields import PhiDateField, PhiTextField

IDENTITY = "patient identity"

_FIELDS = ("reference", "name", "birth_date", "member_number")
_INDEXES = ("name_index", "birth_date_index", "member_number_index", "reference_index")
ALL_INDEXES = ("identity_index", *_INDEXES)
_COLUMNS = ("id", "identity_index", *_FIELDS, *_INDEXES)
#: Tellings of persons that an upload remembers, about 140 bytes each.
_MEMORY = 300_000


_Indexes = tuple[str, ...]
"""Blind indexes of a person, in the order of _INDEXES."""


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
    indexes: _Indexes
    """Of name, birth date, member number and reference."""


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


def indexes_renewed(organization_id: UUID, told: Told, identity_index: str) -> list[str]:
    """All blind indexes of a stored person under the newest key: in the order of ALL_INDEXES.

    The identity stays what it was when the person was first met, though more may have become known since. Raises
    ValueError where none of what is known of the person makes that identity under any key of the ring.
    """
    person, by_reference = person_of(organization_id), told._replace(member_number="")
    by_name = by_reference._replace(reference="")
    for known in (told, by_reference, by_name, by_name._replace(birth_date=None)):
        met = person(known)
        if met is not None and identity_index in met.identities:
            whole = person(told)
            return [met.identities[0], *(whole or met).indexes]
    raise ValueError("nothing known of the person makes this identity")


def person_of(organization_id: UUID) -> Callable[[Told], Person | None]:
    """Blind indexes of persons, under the newest key; None for one who cannot be known again."""
    name_of = blind_index.indexer(organization_id, NAME)
    birth_date_of = blind_index.indexer(organization_id, BIRTH_DATE)
    member_number_of = blind_index.indexer(organization_id, MEMBER_NUMBER)
    reference_of = blind_index.indexer(organization_id, REFERENCE)
    identities_of = blind_index.finder(organization_id, IDENTITY)

    def person(told: Told) -> Person | None:
        identity = identity_text(told)
        if not identity:
            return None
        return Person(
            tuple(identities_of(identity)),
            (
                name_of(blind_index.normalised(told.name)) if told.name else "",
                birth_date_of(told.birth_date.strftime("%Y%m%d")) if told.birth_date else "",
                member_number_of(blind_index.normalised(told.member_number)) if told.member_number else "",
                reference_of(blind_index.normalised(told.reference)) if told.reference else "",
            ),
        )

    return person


class People:
    """The persons of an organization's files, for one upload. Called inside transactions that hold `one_writer`."""

    def __init__(self, organization_id: UUID) -> None:
        self._organization_id = organization_id
        self._person = person_of(organization_id)
        # Whom a telling was of that says nothing beyond what is stored: files name the same people over and over, and
        # to digest a person for the blind indexes costs as much as the rest of a row.
        self._known: dict[bytes, Id] = {}
        self._expected: dict[Told, tuple[bytes, Person | None]] = {}
        # What is stored of persons who are expected, too, while most of those met are new.
        self._sealed: dict[Told, list[str | None]] = {}
        self._mostly_new = False
        self.written: list[Id] = []
        """New persons, until a batch notes them as its own."""

    def expect(self, tellings: Iterable[Told | None]) -> None:
        """Digest and encrypt whom the next call of `resolve` will ask for, which takes no database."""
        self._expected = {told: self._digested(told) for told in set(tellings) if told is not None}
        if self._mostly_new:
            self._sealed = {told: _sealed(told) for told, (_, person) in self._expected.items() if person is not None}

    def _digested(self, told: Told) -> tuple[bytes, Person | None]:
        """The digest of what is told, and the person where that is not known."""
        telling = _telling(told)
        return telling, None if telling in self._known else self._person(told)

    def resolve(
        self, tellings: Iterable[Told | None], now: datetime, *, later: list[str] | None = None
    ) -> dict[Told, Id]:
        """Ids of everybody who can be known again, new persons written, known ones brought up to date.

        What a file leaves blank stays. Only what is new or changed is encrypted. One query for those not met before.
        later: as in `bulk.insert`; who lies ready there is written first, to be found.
        """
        found: dict[Told, Id] = {}
        persons: dict[Told, Person] = {}
        digests: dict[Told, bytes] = {}
        expected, self._expected = self._expected, {}
        for told in dict.fromkeys(tellings):
            if told is None:
                continue
            digests[told], person = expected.get(told) or self._digested(told)
            if (patient_id := self._known.get(digests[told])) is not None:
                found[told] = patient_id
            elif person is not None:
                persons[told] = person
        if persons and later:
            bulk.write_now(later)
        stored = self._look_up(persons.values())
        new: dict[str, Told] = {}
        changed: dict[Id, dict[str, object]] = {}
        differing: set[Id] = set()
        new_id = bulk.ordered_ids()
        for told, person in persons.items():
            identity = person.identities[0]
            if identity not in stored:
                stored[identity] = new_id(), person.indexes
                new[identity] = told
                found[told] = stored[identity][0]
                continue
            patient_id, indexes = stored[identity]
            found[told] = patient_id
            fields = _changed_fields(person.indexes, indexes)
            if not fields:
                continue
            differing.add(patient_id)
            stored[identity] = patient_id, _over(person.indexes, indexes)
            if identity in new:
                new[identity] = Told(*_over(told, new[identity]))
            else:
                changed.setdefault(patient_id, {}).update({name: getattr(told, name) for name in fields})
        self._insert([(*stored[identity], identity, told) for identity, told in new.items()], now, later)
        if persons:
            self._mostly_new = 2 * len(new) > len(persons)
        self._update(changed, dict(stored.values()), now)
        self._remember({digests[told]: patient_id for told, patient_id in found.items()}, differing)
        return found

    def _remember(self, known: dict[bytes, Id], differing: set[Id]) -> None:
        """Who is told of anew is not known by any earlier telling: that one would change the person back."""
        if len(self._known) > _MEMORY:
            self._known.clear()
        self._known |= known
        if differing:
            self._known = {telling: each for telling, each in self._known.items() if each not in differing}

    def _look_up(self, persons: Iterable[Person]) -> dict[str, tuple[Id, _Indexes]]:
        """Id and indexes of those that are stored, by their identity under the newest key."""
        newest = {identity: person.identities[0] for person in persons for identity in person.identities}
        columns = ("id", "identity_index", *_INDEXES)
        rows = bulk.select(Patient, columns, self._organization_id, "identity_index", newest)
        return {newest[identity]: (patient_id, tuple(indexes)) for patient_id, identity, *indexes in rows}

    def _insert(self, new: Sequence[tuple[Id, _Indexes, str, Told]], now: datetime, later: list[str] | None) -> None:
        """Persons by id, indexes, identity and what is told."""
        sealed, self._sealed = self._sealed, {}
        rows = (
            (patient_id, identity, *(sealed.get(told) or _sealed(told)), *indexes)
            for patient_id, indexes, identity, told in new
        )
        bulk.insert(Patient, _COLUMNS, rows, shared=bulk.shared(self._organization_id, now), later=later)
        self.written += [patient_id for patient_id, *_ in new]

    def _update(self, changed: dict[Id, dict[str, object]], indexes_of: dict[Id, _Indexes], now: datetime) -> None:
        """The ciphertext of what did not change is written back as it is."""
        sealers = dict(zip(_FIELDS, _SEALERS, strict=True))
        columns = ("id", "identity_index", *_FIELDS)
        rows = []
        for patient_id, identity, *sealed in bulk.select(Patient, columns, self._organization_id, "id", changed):
            values = dict(zip(_FIELDS, sealed, strict=True))
            values |= {name: sealers[name](value) for name, value in changed[patient_id].items()}
            rows.append((patient_id, identity, *values.values(), *indexes_of[patient_id]))
        replaced, shared = ("updated_at", *_FIELDS, *_INDEXES), bulk.shared(self._organization_id, now)
        bulk.upsert(Patient, _COLUMNS, rows, key=("id",), replaced=replaced, shared=shared)


def _telling(told: Told) -> bytes:
    """A digest of what is told: 16 bytes, where the texts would take some hundred."""
    return blake2b(orjson.dumps(tuple(told)), digest_size=16).digest()


#: The encryption of each of _FIELDS.
_SEALERS: list[Callable[[object], str | None]] = [
    cast(PhiTextField | PhiDateField, Patient._meta.get_field(name)).encrypt for name in _FIELDS
]


def _sealed(told: Told) -> list[str | None]:
    """What is stored of _FIELDS."""
    return [seal(value or None) for seal, value in zip(_SEALERS, told, strict=True)]


def told_of(record: PatientRecord | None) -> Told | None:
    return None if record is None else Told(record.reference, record.name, record.birth_date, record.member_number)


def _changed_fields(told: _Indexes, stored: _Indexes) -> list[str]:
    """Fields that are told and not what is stored."""
    return [
        name.removesuffix("_index")
        for name, new, old in zip(_INDEXES, told, stored, strict=True)
        if new and new != old
    ]  # fmt: skip


def _over(later: Sequence[Any], earlier: Sequence[Any]) -> tuple[Any, ...]:
    """The later values; where one is blank, the earlier one."""
    return tuple(new or old for new, old in zip(later, earlier, strict=True))
