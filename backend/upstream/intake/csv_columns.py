"""Cells of a claims CSV to values: one parser per column that remembers, and complains by the column's name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from upstream.intake.amounts import AmountHabit, DecimalMark, parse_amount
from upstream.intake.codes import (
    OUTCOME_WORDS,
    DenialCodes,
    parse_denial,
    parse_diagnoses,
    parse_modifiers,
    parse_npi,
    parse_outcome,
    parse_procedure,
    parse_remarks,
)
from upstream.intake.csv_header import FIELDS, Header, TableMapping, outcome_word
from upstream.intake.dates import EARLIEST_BIRTH_DATE, EARLIEST_DATE, DateHabit, parse_date
from upstream.intake.notes import Notes
from upstream.intake.records import CODE_LIMITS, TEXT_LIMITS

#: Distinct cells a column remembers before it starts over.
CACHE_SIZE = 50_000
#: Longer cells are parsed anew each time: fifty thousand of them would fill memory.
LONGEST_REMEMBERED = 100
#: What programs write where there is no value.
EMPTY_WORDS = frozenset(
    ("", "-", "--", "n/a", "#n/a", "na", "nan", "nat", "null", "none", "nil", "0000-00-00", "00/00/0000")
)

DATE_FIELDS = ("service_date", "submitted_date", "decided_date", "paid_date")
AMOUNT_FIELDS = ("billed_amount", "allowed_amount", "paid_amount")
#: Patients' texts are kept as written: Null and Na are names.
VERBATIM_FIELDS = frozenset(("patient_name",))
TEXT_FIELDS = {
    "claim_id": "control_number",
    "payer": "payer_name",
    "authorization_number": "authorization_number",
    "location": "location",
    "patient_id": "patient_reference",
    "patient_name": "patient_name",
    "member_id": "member_number",
    "contract": "contract",
    "plan": "plan",
}
"""Columns taken as text, and the limit of TEXT_LIMITS that holds for each."""

ACCEPTED_OUTCOMES = ", ".join(f"{outcome} ({', '.join(words[:6])})" for outcome, words in OUTCOME_WORDS.items())


class CellFault(Exception):
    """A cell that makes its row impossible to take; the message names column and remedy, never the cell's text."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field, self.code, self.message = field, code, message


class CellParser(Protocol):
    """What a column's cells are read with: `parser[cell]`; raises CellFault for a cell that cannot be taken."""

    def __getitem__(self, cell: str, /) -> Any: ...


class Column(dict[str, Any]):
    """Parsed value by cell text; every text is parsed once."""

    def __init__(self, parse: Callable[[str], Any]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, cell: str) -> Any:
        value = self._parse("" if cell.strip().lower() in EMPTY_WORDS else cell.strip())
        if len(cell) <= LONGEST_REMEMBERED:
            if len(self) >= CACHE_SIZE:
                self.clear()
            self[cell] = value
        return value


class TextColumn:
    """The same for texts that hardly repeat: nothing is remembered."""

    __slots__ = ("_fault", "_limit", "_verbatim")

    def __init__(self, limit: int, fault: CellFault, verbatim: bool) -> None:
        self._limit, self._fault, self._verbatim = limit, fault, verbatim

    def __getitem__(self, cell: str) -> str:
        text = cell.strip()
        if len(text) > self._limit:
            raise self._fault
        return "" if not self._verbatim and len(text) < 11 and text.lower() in EMPTY_WORDS else text


@dataclass(slots=True)
class Habits:
    """How this file writes dates and amounts, from a sample of its first rows."""

    day_first: bool = False
    decimal_mark: DecimalMark | None = None
    contradictory_dates: bool = False


def habits_of(rows: Sequence[Sequence[str]], header: Header, mapping: TableMapping | None = None) -> Habits:
    """Habits the mapping tells, else those shown by the date and amount columns of a sample of rows."""
    dates, amounts = DateHabit(), AmountHabit()
    for names, habit in (((*DATE_FIELDS, "patient_dob"), dates), (AMOUNT_FIELDS, amounts)):
        for name in names:
            column = header.columns.get(name)
            if column is not None:
                habit.see(cells[column] for cells in rows if column < len(cells))
    habits = Habits(dates.day_first, amounts.decimal_mark, dates.contradictory)
    if mapping is not None and mapping.day_first is not None:
        habits.day_first, habits.contradictory_dates = mapping.day_first, False
    if mapping is not None and mapping.decimal_mark is not None:
        habits.decimal_mark = mapping.decimal_mark
    return habits


@dataclass(slots=True)
class ColumnParsers:
    """A parser for every field of FIELDS, by name."""

    header: Header
    habits: Habits
    today: date
    notes: Notes
    mapping: TableMapping | None = None
    parsers: dict[str, CellParser] = field(default_factory=dict)
    position: int = 0
    """Line being read, for notes."""

    def __post_init__(self) -> None:
        for name in FIELDS:
            self.parsers[name] = self._parser(name)

    def _parser(self, name: str) -> CellParser:
        if name in TEXT_FIELDS and name not in ("payer", "location", "contract", "plan"):
            return TextColumn(TEXT_LIMITS[TEXT_FIELDS[name]], self._too_long(name), name in VERBATIM_FIELDS)
        if name == "payer" and self.mapping is not None and self.mapping.payer and name not in self.header.columns:
            payer = self.mapping.payer
            return Column(lambda _: payer)
        if name in TEXT_FIELDS:
            return Column(lambda text: self._text(name, text))
        if name in DATE_FIELDS:
            return Column(lambda text: self._date(name, text, EARLIEST_DATE, self.today + timedelta(days=366)))
        if name == "patient_dob":
            return Column(lambda text: self._date(name, text, EARLIEST_BIRTH_DATE, self.today))
        if name in AMOUNT_FIELDS:
            return Column(lambda text: self._amount(name, text))
        return Column(getattr(self, f"_{name}"))

    def complain(self, name: str, code: str, complaint: str) -> CellFault:
        """A fault of a field, told by the name its column has in the file."""
        return CellFault(name, code, f"{self.called(name)} {complaint}")

    def called(self, name: str) -> str:
        """The column's own name, and the field where that differs."""
        shown = self.header.name_of(name)[:60]
        return f"Column “{shown}”" + (f" ({name})" if shown != name else "")

    def _too_long(self, name: str) -> CellFault:
        limit = TEXT_LIMITS[TEXT_FIELDS[name]]
        return self.complain(name, "too_long", f"holds more than {limit} characters; shorten it.")

    def _text(self, name: str, text: str) -> str:
        if len(text) > TEXT_LIMITS[TEXT_FIELDS[name]]:
            raise self._too_long(name)
        if name == "payer" and not text:
            raise self.complain(name, "missing", "is empty; every claim needs its payer.")
        return text

    def _date(self, name: str, text: str, earliest: date, latest: date) -> date | None:
        if not text:
            if name == "submitted_date":
                raise self.complain(name, "missing", "is empty; every claim needs the day it was sent, as YYYY-MM-DD.")
            return None
        try:
            return parse_date(text, day_first=self.habits.day_first, earliest=earliest, latest=latest)
        except ValueError:
            order = "day" if self.habits.day_first else "month"
            complaint = (
                f"holds no date between {earliest.year} and {latest.year} that can be read (slashed dates are read "
                f"{order} first in this file); write it as YYYY-MM-DD."
            )
            raise self.complain(name, "date", complaint) from None

    def _amount(self, name: str, text: str) -> Decimal | None:
        if not text:
            return None
        try:
            amount = parse_amount(text, self.habits.decimal_mark)
        except ValueError:
            raise self.complain(
                name, "amount", "holds no amount in USD that can be read; write it like 1200.50."
            ) from None
        if amount < 0:
            remedy = (
                "a takeback comes through the payer's 835" if name == "paid_amount" else "write what the payer was sent"
            )
            raise self.complain(name, "negative_amount", f"is negative; {remedy}.")
        return amount

    def _procedure_code(self, text: str) -> tuple[str, tuple[str, ...]]:
        if not text:
            raise self.complain("procedure_code", "missing", "is empty; every row needs its CPT or HCPCS code.")
        try:
            code, modifiers = parse_procedure(text)
        except ValueError:
            raise self.complain(
                "procedure_code", "procedure_code", "holds no CPT or HCPCS code; write it like 99213."
            ) from None
        if code.isdigit() and len(code) < 5:
            message = (
                f"{self.called('procedure_code')} holds codes under five digits: a spreadsheet may have cut zeros."
            )
            self.notes.once(self.position, "warning", "short_procedure_code", message)
        return code, modifiers

    def _outcome(self, text: str) -> str | None:
        if not text:
            return None
        if self.mapping is not None and (told := self.mapping.outcome_words.get(outcome_word(text))):
            return told
        try:
            return parse_outcome(text)
        except ValueError:
            raise self.complain(
                "outcome",
                "outcome",
                f"holds an unknown word; accepted are {ACCEPTED_OUTCOMES}; map other words.",
            ) from None

    def _line_number(self, text: str) -> int | None:
        if not text:
            return None
        digits = text.removesuffix(".0")
        if not (digits.isascii() and digits.isdigit()) or not 0 < int(digits[:9]) < 10_000 or len(digits) > 8:
            raise self.complain("line_number", "line_number", "holds no whole number from 1 to 9999.")
        return int(digits)

    def _units(self, text: str) -> Decimal | None:
        if not text:
            return None
        try:
            return _quantity(text, self.habits.decimal_mark)
        except ValueError:
            raise self.complain(
                "units", "units", "holds no number of units that can be read; write it like 1 or 2.5."
            ) from None

    def _denial_code(self, text: str) -> DenialCodes:
        codes = parse_denial(text)
        if codes.not_understood:
            message = (
                f"{self.called('denial_code')} holds text without a code; it was left out. Write it like CO-197 or 197."
            )
            self.notes.once(self.position, "warning", "denial_text", message)
        return codes

    def _modifiers(self, text: str) -> tuple[str, ...]:
        try:
            return self._few("modifiers", parse_modifiers(text))
        except ValueError:
            raise self.complain(
                "modifiers", "modifiers", "holds no two-character modifiers; write them like 25, LT."
            ) from None

    def _remark_codes(self, text: str) -> list[str]:
        try:
            return list(self._few("remark_codes", parse_remarks(text)))
        except ValueError:
            self._left_out("remark_codes", "remark codes; write them like N30, MA130")
            return []

    def _diagnosis_codes(self, text: str) -> list[str]:
        try:
            return list(self._few("diagnosis_codes", parse_diagnoses(text)))
        except ValueError:
            self._left_out("diagnosis_codes", "diagnosis codes; write them like E11.9, I10")
            return []

    def _provider_npi(self, text: str) -> str:
        npi, valid = parse_npi(text)
        if text and not valid:
            message = f"{self.called('provider_npi')} holds values that are no NPI (ten digits with a check digit)."
            self.notes.once(self.position, "warning", "npi", message)
        return npi

    def _left_out(self, name: str, expected: str) -> None:
        message = f"{self.called(name)} holds text that is no list of {expected}. Such text was left out."
        self.notes.once(self.position, "warning", name, message)

    def _few(self, name: str, codes: tuple[str, ...]) -> tuple[str, ...]:
        limit = CODE_LIMITS[name]
        if len(codes) > limit:
            message = f"{self.called(name)} holds more than {limit} codes in a row; the first {limit} were kept."
            self.notes.once(self.position, "warning", "too_many_codes", message)
        return codes[:limit]


def _quantity(text: str, decimal_mark: DecimalMark | None) -> Decimal:
    """Units with up to three places, written like an amount. Raises ValueError also for negative ones."""
    bare = text.replace(",", ".") if decimal_mark == "," else text.replace(",", "")
    if not bare.replace(".", "", 1).isdigit() or not bare.isascii() or len(bare) > 20:
        raise ValueError("not a number of units")
    quantity = Decimal(bare).quantize(Decimal("0.001"), ROUND_HALF_UP)
    if quantity > 9_999_999:
        raise ValueError("too many units")
    return quantity
