"""A patient whose values stand nowhere by chance, and every way in which one of them may be written."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from urllib.parse import quote


@dataclass(frozen=True)
class Patient:
    family: str
    given: str
    birth_date: str
    member_number: str
    reference: str
    street: str
    note: str

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"

    @property
    def backwards(self) -> str:
        return f"{self.family}, {self.given}"

    @property
    def born(self) -> date:
        return date.fromisoformat(self.birth_date)


PATIENT = Patient(
    family="Quillfeatherstone",
    given="Zephyrinella",
    birth_date="1931-07-23",
    member_number="ZQX7781349960",
    reference="PTREF-88231-KW",
    street="4417 Wobblethicket Crescent",
    note="narcolepsquint since childhood",
)
DATES = (
    "1931-07-23", "19310723", "07/23/1931", "7/23/1931", "07/23/31", "23.07.1931", "23/07/1931", "July 23, 1931",
    "Jul 23, 1931", "23 July 1931", "23 Jul 1931", "1931, 7, 23",
)  # fmt: skip


def written() -> dict[str, tuple[str, ...]]:
    """What is looked for, by what it tells. The names stand alone, so that no order of them hides one."""
    return {
        "family name": (PATIENT.family,),
        "given name": (PATIENT.given,),
        "birth date": DATES,
        "member number": (PATIENT.member_number,),
        "patient number": (PATIENT.reference,),
        "address": ("Wobblethicket",),
        "free text": ("narcolepsquint",),
    }


def found_in(data: bytes) -> list[str]:
    """What the bytes tell of the patient: kinds of values, never the values."""
    lowered = data.lower()
    return [
        kind
        for kind, (in_lower_case, as_it_is) in _needles().items()
        if any(needle in lowered for needle in in_lower_case) or any(needle in data for needle in as_it_is)
    ]


@cache
def _needles() -> dict[str, tuple[list[bytes], list[bytes]]]:
    """By kind: those to look for in lower case, and base64, where case tells."""
    return {kind: (sorted(_plain(values)), sorted(_in_base64(values))) for kind, values in written().items()}


def _plain(values: Iterable[str]) -> set[bytes]:
    found: set[bytes] = set()
    for text in values:
        for raw in _cases(text):
            found |= {raw.hex().encode(), raw.lower()}
        found |= {quote(text, safe="").lower().encode(), text[::-1].lower().encode()}
        found.add(text.replace("/", "\\/").lower().encode())
    return found


def _cases(text: str) -> Iterator[bytes]:
    for each in {text, text.upper(), text.lower()}:
        yield each.encode()
        yield each.encode("utf-16-le")


def _in_base64(values: Iterable[str]) -> set[bytes]:
    """The letters that tell of the text alone, at each of the three places where base64 may have begun before it."""
    found = set()
    for text in values:
        for raw in _cases(text):
            for before in range(3):
                letters = b64encode(b"\0" * before + raw)[(0, 2, 3)[before] : (before + len(raw)) * 8 // 6]
                found |= {letters, letters.translate(bytes.maketrans(b"+/", b"-_"))}
    return found
