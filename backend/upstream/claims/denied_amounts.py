"""How much of what was billed a payer denied."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from upstream.claims.denial_reasons import is_denial
from upstream.claims.models import Outcome
from upstream.core.money import ZERO


class DecidedLine(Protocol):
    """A service line with what was decided on it; outcome is empty where only a remittance tells of the decision."""

    @property
    def billed_amount(self) -> Decimal: ...
    @property
    def paid_amount(self) -> Decimal | None: ...
    @property
    def outcome(self) -> str: ...
    @property
    def denial_code(self) -> str: ...


def denied_amount(outcome: str, billed_amount: Decimal, lines: Iterable[DecidedLine]) -> Decimal:
    """Of a claim's billed USD: all where it was denied as a whole, its denied lines where it was paid in part, else 0.

    Lines of a claim paid in part may tell more than the claim billed, or less than nothing: the claim bounds them.
    """
    if outcome == Outcome.DENIED:
        return billed_amount
    if outcome != Outcome.PARTIAL:
        return ZERO
    denied = sum((line.billed_amount for line in lines if _is_denied(line)), ZERO)
    return max(ZERO, min(denied, billed_amount))


def _is_denied(line: DecidedLine) -> bool:
    """A line is denied where a file says so, or where a payer paid nothing for it and gave a denial as the reason."""
    if line.outcome:
        return line.outcome == Outcome.DENIED
    return line.paid_amount == ZERO and line.denial_code != "" and is_denial(line.denial_code)
