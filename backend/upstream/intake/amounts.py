"""Amounts of money as people type them: `$1,200.50`, `(12.00)`, `USD 12`, and `1.200,50` where that is the habit."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from upstream.intake.records import MAX_AMOUNT

DecimalMark = Literal[".", ","]

CENT = Decimal("0.01")

_CURRENCY = re.compile(r"USD|US\$|\$", re.IGNORECASE)
_SPACE = re.compile(r"[\s\u00a0\u202f]+")
_POINT_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+", re.ASCII)
_COMMA_NUMBER = re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d*)?|,\d+", re.ASCII)
#: Nothing but a decimal mark is followed by one or two digits at the end.
_POINT_EVIDENCE = re.compile(r"\d\.\d{1,2}\)?-?$|\d,\d{3}\.\d", re.ASCII)
_COMMA_EVIDENCE = re.compile(r"\d,\d{1,2}\)?-?$|\d\.\d{3},\d", re.ASCII)
#: One point and three digits: a thousand to some, a whole number with three decimals to others.
_AMBIGUOUS_POINT = re.compile(r"\d{1,3}\.\d{3}", re.ASCII)
_AMBIGUOUS_COMMA = re.compile(r"\d{1,3},\d{3}", re.ASCII)


class AmountHabit:
    """Which mark stands before the cents, as far as a sample of the file shows it."""

    def __init__(self) -> None:
        self._point_seen = False
        self._comma_seen = False

    def see(self, texts: Iterable[str]) -> None:
        """Take a sample of an amount column."""
        for text in map(str.strip, texts):
            self._point_seen = self._point_seen or _POINT_EVIDENCE.search(text) is not None
            self._comma_seen = self._comma_seen or _COMMA_EVIDENCE.search(text) is not None

    @property
    def decimal_mark(self) -> DecimalMark | None:
        """A comma only where the sample shows commas and no points; None where it shows neither."""
        if self._point_seen:
            return "."
        return "," if self._comma_seen else None


def parse_amount(text: str, decimal_mark: DecimalMark | None) -> Decimal:
    """USD, rounded half up to cents; negative where in parentheses or with a minus on either side.

    Without a known decimal mark a point or comma is read the US way, except `1.200`, which could be either. Raises
    ValueError for that, for other currencies, for anything that is no number and for more than twelve digits.
    """
    bare = _SPACE.sub("", _CURRENCY.sub("", text, count=1))
    negative = False
    if bare.startswith("(") and bare.endswith(")"):
        bare, negative = bare[1:-1], True
    elif bare.startswith("-"):
        bare, negative = bare[1:], True
    elif bare.endswith("-"):
        bare, negative = bare[:-1], True
    if decimal_mark == ",":
        if not _COMMA_NUMBER.fullmatch(bare) or _AMBIGUOUS_COMMA.fullmatch(bare):
            raise ValueError("not an amount")
        bare = bare.replace(".", "").replace(",", ".")
    else:
        if not _POINT_NUMBER.fullmatch(bare) or (decimal_mark is None and _AMBIGUOUS_POINT.fullmatch(bare)):
            raise ValueError("not an amount")
        bare = bare.replace(",", "")
    amount = Decimal(bare)
    # More digits than a Decimal works with cannot be rounded.
    if amount > MAX_AMOUNT or (amount := amount.quantize(CENT, ROUND_HALF_UP)) > MAX_AMOUNT:
        raise ValueError("more than twelve digits")
    return -amount if negative and amount else amount
