"""Values of X12 elements: amounts, quantities, dates and composites, remembered because files repeat them."""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

from upstream.intake.records import MAX_AMOUNT

#: Distinct texts a cache holds before it starts over: enough for the amounts of a busy day, little enough for constant
#: memory.
CACHE_SIZE = 50_000
Value = TypeVar("Value")
CENT = Decimal("0.01")
EARLIEST_SERVICE = date(1990, 1, 1)
EARLIEST_BIRTH = date(1880, 1, 1)

_REVENUE_CODE = re.compile(r"\d{1,4}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,10})?|\.\d{1,10})", re.ASCII)


class Amounts(dict[str, Decimal]):
    """Text of an element to USD with two places (`amounts["12.5"]`). Raises ValueError for what is no amount."""

    def __missing__(self, text: str) -> Decimal:
        if not _NUMBER.fullmatch(text.strip()):
            raise ValueError("not a number")
        amount = Decimal(text.strip()).quantize(CENT, ROUND_HALF_UP)
        if abs(amount) > MAX_AMOUNT:
            raise ValueError("more than twelve digits")
        return remember(self, text, amount)


class Quantities(dict[str, Decimal]):
    """Text of an element to a number of units with up to three places. Raises ValueError for what is no number."""

    def __missing__(self, text: str) -> Decimal:
        if not _NUMBER.fullmatch(text.strip()):
            raise ValueError("not a number")
        quantity = Decimal(text.strip()).quantize(Decimal("0.001"), ROUND_HALF_UP)
        if abs(quantity) > 9_999_999:
            raise ValueError("more than seven digits")
        return remember(self, text, quantity)


class Dates(dict[str, date]):
    """CCYYMMDD, or the first day of CCYYMMDD-CCYYMMDD, to a date between `earliest` and `latest`; else ValueError."""

    def __init__(self, earliest: date, latest: date) -> None:
        super().__init__()
        self._earliest = earliest
        self._latest = latest

    def __missing__(self, text: str) -> date:
        digits = text.strip()[:8]
        if len(digits) < 8 or not (digits.isascii() and digits.isdigit()):
            raise ValueError("not a date")
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        if not self._earliest <= day <= self._latest:
            raise ValueError("a date out of range")
        return remember(self, text, day)


def remember(cache: dict[str, Value], text: str, value: Value) -> Value:
    """Keep a parsed value, starting over when the cache is full: a billion distinct texts must not fill memory."""
    if len(cache) >= CACHE_SIZE:
        cache.clear()
    cache[text] = value
    return value


def service_code(procedure: list[str], revenue: str) -> str:
    """What a service line is known by, in claims and remittances alike: its procedure code, else its revenue code.

    procedure: components of the qualified composite, padded; revenue: SV201 or SVC04. A revenue code has four digits. A
    HIPPS rate code (HP) gives way to one: it says how a stay is paid, not what was done, and may look like HCPCS. Empty
    where neither is told.
    """
    qualifier, code = procedure[0].strip(), procedure[1].strip()
    if code and qualifier not in ("NU", "HP"):
        return code
    revenue = code if qualifier == "NU" else revenue.strip()
    return revenue.zfill(4) if _REVENUE_CODE.fullmatch(revenue) else code


def parts_of(composite: str, component: str) -> tuple[list[str], bool]:
    """Components of a composite that begins with a two-letter qualifier (HC, ABK …).

    Some senders cut composites by another character than their ISA names; the character behind the qualifier then shows
    it, and the second value is True.
    """
    if component in composite:
        return composite.split(component), False
    found = _QUALIFIED.match(composite)
    return (composite.split(found[1]), True) if found else ([composite], False)


_QUALIFIED = re.compile(r"[A-Z][A-Z0-9]{1,2}([^A-Za-z0-9\s.\-])[A-Z0-9]")
