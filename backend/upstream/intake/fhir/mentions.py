"""Whom and what claims refer to: patients, coverages, organizations and providers of the same file, by their addresses.

A reference may point forward, so the file is gone through once for these before its claims are read. Of each only what
claims say of it is kept.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple, TypeVar

from upstream.intake.fhir.resources import Json, resources
from upstream.intake.fhir.values import NPI_SYSTEMS, Fault, element, elements, kinds, text, texts
from upstream.intake.records import Problem, UnreadableFile

#: Resources of one type that are remembered: some fifty megabytes.
MOST_OF_A_TYPE = 100_000

_TAIL = re.compile(r"(?:^|/)([A-Z][A-Za-z]{1,40})/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?$", re.ASCII)
_PEOPLE = ("Patient/", "RelatedPerson/")


class Pointer(NamedTuple):
    """A Reference: where it points, and what it says of that itself."""

    reference: str
    identifier: str
    npi: str
    display: str

    @property
    def outside(self) -> str:
        """`Type/id` where the reference means something beyond its file, else its identifier, else nothing."""
        found = _TAIL.search(self.reference)
        return f"{found[1]}/{found[2]}" if found else self.identifier

    @property
    def identity(self) -> str:
        """The id referred to, whatever its type is called; empty for what means nothing beyond its file."""
        found = _TAIL.search(self.reference)
        return found[2] if found else self.reference.rpartition("/")[2] if "/" in self.reference else ""

    @property
    def is_person(self) -> bool:
        return self.outside.startswith(_PEOPLE)


class Person(NamedTuple):
    """A Patient or RelatedPerson. name: `Last, First Middle`; birth_date as written."""

    reference: str
    name: str
    birth_date: str
    member_number: str


class Party(NamedTuple):
    """An Organization, Practitioner, PractitionerRole or Location."""

    name: str
    identifier: str
    npi: str


class Coverage(NamedTuple):
    member_number: str
    plan: str
    payor: Pointer


class Sent(NamedTuple):
    """A Claim, for the answers to it."""

    control_number: str
    coverage: Pointer


_Any = Person | Party | Coverage | Sent
Mention = TypeVar("Mention", Person, Party, Coverage, Sent)


def pointer_of(value: Json) -> Pointer:
    """Raises Fault for what is no Reference."""
    identifier = element(value, "identifier")
    return Pointer(
        text(value, "reference"),
        text(identifier, "value"),
        text(identifier, "value") if _is_npi(identifier) else "",
        text(value, "display"),
    )


def control_number_of(content: Json) -> str:
    """What a Claim is known by: its first identifier, which is the practice's number, else its id."""
    return first_identifier(content) or text(content, "id")


def first_identifier(content: Json) -> str:
    return next((found for each in elements(content, "identifier") if (found := text(each, "value"))), "")


def insurance_of(content: Json) -> Json:
    """The insurance a claim is sent to: the focal one, else the first."""
    told = elements(content, "insurance")
    return next((each for each in told if each.get("focal") is True), told[0] if told else {})


class Mentioned:
    """What the resources of one file may refer to; at most MOST_OF_A_TYPE of each type."""

    def __init__(self) -> None:
        self._by_url: dict[str, _Any] = {}
        self._by_type_and_id: dict[str, _Any] = {}
        self.beyond = False
        """Whether there were more."""

    @classmethod
    def in_file(cls, chunks: Iterable[bytes]) -> "Mentioned":
        """Gathered from a whole file, as far as it can be read; reading its claims tells where it cannot."""
        mentioned, of_type = cls(), Counter[str]()
        with suppress(UnreadableFile):
            for found in resources(chunks, _MENTIONED):
                if isinstance(found, Problem) or found.type not in _READERS:
                    continue
                of_type[found.type] += 1
                if of_type[found.type] > MOST_OF_A_TYPE:
                    mentioned.beyond = True
                    continue
                with suppress(Fault):
                    mentioned._add(found.full_url, found.content)
        return mentioned

    def _add(self, full_url: str, content: Json) -> None:
        mention = _READERS[content["resourceType"]](content)
        if full_url:
            self._by_url[full_url] = mention
        if identity := text(content, "id"):
            self._by_type_and_id[f"{content['resourceType']}/{identity}"] = mention

    def find(self, pointer: Pointer, kind: type[Mention], within: Json) -> Mention | None:
        """What a reference of the resource `within` points to, where that is of this kind and in the file."""
        if pointer.reference.startswith("#"):
            found = _contained(within, pointer.reference[1:])
        else:
            found = self._by_url.get(pointer.reference)
            # A relative reference names type and id; so does an absolute one where no entry has an address.
            if found is None and (":" not in pointer.reference or not self._by_url):
                found = self._by_type_and_id.get(pointer.outside)
        return found if isinstance(found, kind) else None


def _contained(within: Json, identity: str) -> _Any | None:
    for content in elements(within, "contained"):
        if content.get("id") == identity and content.get("resourceType") in _READERS:
            mention = _READERS[content["resourceType"]](content)
            # Its id means nothing outside the resource.
            return mention._replace(reference="") if isinstance(mention, Person) else mention
    return None


def _person(content: Json) -> Person:
    identity = text(content, "id")
    member = next((text(each, "value") for each in elements(content, "identifier") if _is_member_number(each)), "")
    reference = f"{content['resourceType']}/{identity}" if identity else ""
    return Person(reference, _name(content), text(content, "birthDate"), member)


def _name(content: Json) -> str:
    """`Last, First Middle` of a person's official name, else of the usual one, else of the first."""
    names = elements(content, "name")
    ranked = sorted(names, key=lambda each: {"official": 0, "usual": 1}.get(str(each.get("use")), 2))
    for name in ranked:
        given = " ".join([*texts(name, "given"), *texts(name, "suffix")])
        family = text(name, "family")
        if family or given:
            return f"{family}, {given}" if family and given else family or given
        if whole := text(name, "text"):
            return whole
    return ""


def _party(content: Json) -> Party:
    name = content.get("name")
    identifiers = elements(content, "identifier")
    npi = next((text(each, "value") for each in identifiers if _is_npi(each)), "")
    other = next((found for each in identifiers if not _is_npi(each) and (found := text(each, "value"))), npi)
    return Party(_name(content) if isinstance(name, list) else text(content, "name"), other, npi)


def _coverage(content: Json) -> Coverage:
    plan = next((each for each in elements(content, "class") if "plan" in kinds(element(each, "type"))), {})
    payors = elements(content, "payor")
    return Coverage(
        text(content, "subscriberId") or first_identifier(content),
        text(plan, "name") or text(plan, "value"),
        pointer_of(payors[0] if payors else {}),
    )


def _sent(content: Json) -> Sent:
    return Sent(control_number_of(content), pointer_of(element(insurance_of(content), "coverage")))


def _is_npi(identifier: Json) -> bool:
    system = text(identifier, "system").lower()
    return any(part in system for part in NPI_SYSTEMS) or "npi" in kinds(element(identifier, "type"))


def _is_member_number(identifier: Json) -> bool:
    return bool(kinds(element(identifier, "type")) & {"mb", "mc"})


_READERS: dict[str, Callable[[Json], _Any]] = {
    "Patient": _person,
    "RelatedPerson": _person,
    "Coverage": _coverage,
    "Organization": _party,
    "Practitioner": _party,
    "PractitionerRole": _party,
    "Location": _party,
    "Claim": _sent,
}
#: Their types, for the file and for those who count what is left.
MENTIONED_TYPES = frozenset(_READERS)
_MENTIONED = re.compile(rb'"resourceType"\s*:\s*"(?:' + "|".join(_READERS).encode() + rb')"')
