"""Values of FHIR elements: texts, codes, amounts and days, strictly of the type FHIR gives them."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from upstream.intake.amounts import CENT
from upstream.intake.fhir.resources import Json
from upstream.intake.records import CODE_LIMITS, MAX_AMOUNT, TEXT_LIMITS
from upstream.intake.text import CONTROL_CHARACTERS

#: Parts of the addresses of code systems, the preferred one first: senders write one system in many ways.
PROCEDURE_SYSTEMS = ("/cpt", "hcpcs", "cdt", "ada.org", "/cd2")
DIAGNOSIS_SYSTEMS = ("icd-10", "icd10", "icd-9", "icd9")
REASON_SYSTEMS = ("claim-adjustment-reason-codes",)
GROUP_SYSTEMS = ("claim-adjustment-group-codes",)
REMARK_SYSTEMS = ("remittance-advice-remark-codes",)
NPI_SYSTEMS = ("sid/us-npi", "2.16.840.1.113883.4.6")

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)?", re.ASCII)
_MAX_QUANTITY = 9_999_999
#: No text that counts is longer: what is kept of one that has no limit of its own.
_LONGEST = 300


class Fault(Exception):
    """What makes it impossible to take a resource; `complaint` names the element, never what it holds."""

    def __init__(self, field: str, code: str, complaint: str) -> None:
        super().__init__(complaint)
        self.field, self.code, self.complaint = field, code, complaint


def element(of: Json, name: str) -> Json:
    """The object at `name`, empty where there is none. Raises Fault for anything else."""
    return _typed(of, name, dict, {})


def elements(of: Json, name: str) -> list[Json]:
    """The objects of the list at `name`, empty where there is none. Raises Fault for anything else."""
    found: list[Any] = _typed(of, name, list, [])
    if not all(isinstance(each, dict) for each in found):
        raise _wrong_type(name)
    return found


def text(of: Json, name: str, field: str = "") -> str:
    """The string at `name` without padding and control characters, empty where there is none.

    field: whose limit of TEXT_LIMITS holds. Raises Fault for a longer text and for anything else.
    """
    return cleaned(_typed(of, name, str, ""), field)


def texts(of: Json, name: str) -> list[str]:
    """The strings of the list at `name` that are not empty. Raises Fault for anything else."""
    told = (text({name: each}, name) for each in _typed(of, name, list, []))
    return [each for each in told if each]


def cleaned(value: str, field: str = "") -> str:
    """A text as it may be kept. Raises Fault for one beyond the limit of `field`."""
    value = value.strip()
    if not (value.isascii() and value.isprintable()):
        # JSON can escape what is no text: controls, and halves of characters.
        value = CONTROL_CHARACTERS.sub(" ", value).encode("utf-8", "replace").decode().strip()
    if field and len(value) > TEXT_LIMITS[field]:
        shown = field.replace("_", " ")
        raise Fault(field, "too_long", f"has a {shown} of more than {TEXT_LIMITS[field]} characters")
    return value[:_LONGEST]


def _typed(of: Json, name: str, kind: type, nothing: Any) -> Any:
    value = of.get(name)
    if value is None:
        return nothing
    if not isinstance(value, kind):
        raise _wrong_type(name)
    return value


def _wrong_type(name: str) -> Fault:
    return Fault(name, "wrong_type", f"has a {name} of another type than FHIR gives it")


def codings(concept: Json) -> list[tuple[str, str]]:
    """System in small letters and code of the codings of a CodeableConcept, but of those that say why there is none."""
    if not concept:
        return []
    found = [(text(each, "system").lower(), text(each, "code")) for each in elements(concept, "coding")]
    return [(system, code) for system, code in found if code and not system.endswith("data-absent-reason")]


def coded(found: list[tuple[str, str]], systems: Iterable[str]) -> str:
    """Of codings the code of the first of these systems that has one; empty where none has."""
    return next((code for part in systems for system, code in found if part in system), "")


def code_of(concept: Json, systems: Iterable[str]) -> str:
    """The code of the first of these systems that has one, else the first code."""
    found = codings(concept)
    return coded(found, systems) or (found[0][1] if found else "")


def kinds(concept: Json) -> set[str]:
    """The codes of a CodeableConcept in small letters, whatever their systems."""
    return {code.lower() for _, code in codings(concept)}


def money(of: Json, name: str) -> Decimal | None:
    """USD with two places of the Money at `name`; None where there is none. Raises Fault for other currencies."""
    value = element(of, name)
    if not value:
        return None
    if text(value, "currency").upper() not in ("", "USD"):
        raise Fault(name, "currency", f"has an amount ({name}) in another currency than USD, which is not read")
    amount = value.get("value")
    if not isinstance(amount, Decimal) or abs(amount) > MAX_AMOUNT:
        raise Fault(name, "amount", f"has no readable amount in {name}: it must be a number of at most twelve digits")
    return amount.quantize(CENT, ROUND_HALF_UP)


def number(of: Json, name: str) -> Decimal | None:
    """The number at `name` (a quantity or factor), None where there is none or one that cannot be meant."""
    value = of.get(name)
    return value if isinstance(value, Decimal) and abs(value) <= _MAX_QUANTITY else None


def day_of(written: str, earliest: date, latest: date) -> date:
    """The day of a FHIR date or dateTime, as written, whatever its time zone.

    Raises ValueError for what is none, for a year or month alone, and outside earliest..latest.
    """
    found = _DATE.fullmatch(written)
    if found is None or found[3] is None:
        raise ValueError("not a day")
    day = date(int(found[1]), int(found[2]), int(found[3]))
    if not earliest <= day <= latest:
        raise ValueError("a date out of range")
    return day


def codes(values: Iterable[str], kind: str) -> list[str]:
    """Codes of a kind (CODE_LIMITS, TEXT_LIMITS) in capitals, each once, as many as are kept. Raises Fault."""
    found = dict.fromkeys(cleaned(value, kind.removesuffix("s")).upper() for value in values if value)
    return list(found)[: CODE_LIMITS[kind]]
