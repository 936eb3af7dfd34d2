"""The claims workbook: one row a claim."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from upstream.claims.denial_reasons import CATEGORIES, label_of
from upstream.claims.models import Outcome
from upstream.core.money import ZERO
from upstream.reports.excel.cells import Column, Kind

_OUTCOMES = {outcome.value: outcome.label for outcome in Outcome}


def _label(code: str) -> str:
    return label_of(code) if code else ""


_BEFORE = (
    Column("Claim number", Kind.TEXT, 20, "control_number"),
    Column("Payer claim number", Kind.TEXT, 20, "payer_claim_number"),
    Column("Payer", Kind.TEXT, 28, "payer__name"),
    Column("Service group", Kind.TEXT, 26, "service_group__name"),
)
_PATIENT = (
    Column("Patient", Kind.TEXT, 26, "patient__name"),
    Column("Birth date", Kind.DATE, 12, "patient__birth_date"),
    Column("Member number", Kind.TEXT, 18, "patient__member_number"),
)
_DECISION = (
    Column("Outcome", Kind.TEXT, 11, "outcome", _OUTCOMES.get),
    Column("Procedure", Kind.TEXT, 11, "procedure_code"),
    Column("Service date", Kind.DATE, 12, "service_date"),
    Column("Submitted", Kind.DATE, 12, "submitted_date"),
    Column("Decided", Kind.DATE, 12, "decided_date"),
    Column("Paid on", Kind.DATE, 12, "paid_date"),
    Column("Billed", Kind.MONEY, 13, "billed_amount"),
    Column("Allowed", Kind.MONEY, 13, "allowed_amount"),
    Column("Paid", Kind.MONEY, 13, "paid_amount"),
    Column("Denial code", Kind.TEXT, 12, "denial_code"),
    Column("Denial reason", Kind.TEXT, 40, "denial_code", _label),
)
_AFTER = (
    Column("Reason group", Kind.TEXT, 20, "denial_category", lambda category: CATEGORIES.get(category, "")),
    Column("Remark codes", Kind.TEXT, 16, "remark_codes"),
    Column("Diagnosis codes", Kind.TEXT, 18, "diagnosis_codes"),
    Column("Authorization", Kind.TEXT, 18, "authorization_number"),
    Column("Location", Kind.TEXT, 20, "location"),
    Column("Provider NPI", Kind.TEXT, 13, "provider_npi"),
    Column("Plan", Kind.TEXT, 20, "plan"),
    Column("Contract", Kind.TEXT, 20, "contract"),
)


def columns(include_phi: bool, texts: Mapping[str, str]) -> tuple[Column, ...]:
    """Patients' columns only with `include_phi`: without it they are not even read.

    `texts`: the organization's own texts by reason code; without any there is no column of them.
    """
    text = (Column("Denial text", Kind.TEXT, 60, "denial_code", texts.get),) if texts else ()
    return (*_BEFORE, *(_PATIENT if include_phi else ()), *_DECISION, *text, *_AFTER)


class Totals:
    """Money over the rows that went through `counted`."""

    def __init__(self, shown: Sequence[Column]) -> None:
        self._billed = next(place for place, column in enumerate(shown) if column.source == "billed_amount")
        self._paid = next(place for place, column in enumerate(shown) if column.source == "paid_amount")
        self.billed = self.paid = ZERO

    def counted(self, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        for row in rows:
            self.billed += row[self._billed]
            self.paid += row[self._paid] or ZERO
            yield row

    def lines(self) -> list[tuple[str, str]]:
        return [("Billed in all", _dollars(self.billed)), ("Paid in all", _dollars(self.paid))]


def _dollars(amount: Decimal) -> str:
    return f"${amount:,.2f}"


def shown(rows: Iterable[Sequence[Any]], columns: Sequence[Column]) -> Iterator[list[Any]]:
    """Rows as the columns show them."""
    changed: list[tuple[int, Callable[[Any], Any]]] = [
        (place, column.shown) for place, column in enumerate(columns) if column.shown is not None
    ]
    for row in rows:
        values = list(row)
        for place, show in changed:
            values[place] = show(values[place])
        yield values
