"""Rows of a claims CSV to claims: what a row decides, whether its dates can be true, and which rows are one claim."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from upstream.intake.codes import ORDINARY_REDUCTIONS, DenialCodes
from upstream.intake.csv_columns import CellFault, CellParser, ColumnParsers
from upstream.intake.csv_header import FIELDS, Header
from upstream.intake.records import (
    CODE_LIMITS,
    MAX_RAW_LENGTH,
    ZERO,
    AdjustmentRecord,
    ClaimRecord,
    LineRecord,
    Outcome,
    PatientRecord,
    Problem,
    combined_outcome,
)

#: Lines gathered into one claim before it is handed on; the rest of it follows as a claim of the same number.
MAX_GATHERED_LINES = 1_000


class RowParser:
    """Turns the cells of one row into a claim of one line."""

    def __init__(self, header: Header, columns: ColumnParsers) -> None:
        self._header = header
        self._columns = columns
        # A field without a column reads the empty cell that is appended to every row.
        nowhere = len(header.names)
        self._plan: list[tuple[CellParser, int]] = [
            (columns.parsers[name], header.columns.get(name, nowhere)) for name in FIELDS
        ]

    def parse(self, line_number: int, cells: list[str]) -> ClaimRecord:
        """The row as a claim. cells has one more cell than the header, the last one empty. Raises CellFault.

        A row with a payment date and no decision date was decided by the day it was paid; no payment date is made up.
        """
        self._columns.position = line_number
        (
            claim_id, number, payer, (procedure, own_modifiers), submitted, outcome, service, decided, paid_on,
            billed, allowed, paid, denial, remarks, modifiers, diagnoses, units, authorization, npi, location,
            patient_id, patient_name, birth_date, member_id, contract, plan,
        ) = [parser[cells[column]] for parser, column in self._plan]  # fmt: skip
        self._check_dates(service, submitted, decided, paid_on)
        outcome = self._outcome(outcome, decided, paid_on, paid, denial)
        denial_code = denial.code
        adjustments = []
        if denial.group and outcome == "denied" and denial.only and billed:
            # Only here is the amount behind a reason known: one reason refused the whole.
            adjustments.append(AdjustmentRecord(denial.group, denial_code, billed))
        all_remarks = list(dict.fromkeys((*remarks, *denial.remarks)) if denial.remarks else remarks)
        line = LineRecord(
            number or 1,
            procedure,
            (own_modifiers + modifiers)[: CODE_LIMITS["modifiers"]] if own_modifiers else modifiers,
            units,
            service,
            billed if billed is not None else ZERO,
            allowed,
            paid,
            "",
            "",
            denial_code,
            adjustments,
            all_remarks,
            decided or paid_on,
            paid_on,
        )
        patient = None
        if patient_id or patient_name or birth_date or member_id:
            patient = PatientRecord(patient_id, patient_name, birth_date, member_id)
        return ClaimRecord(
            line_number,
            claim_id,
            payer,
            "",
            "1",
            service,
            submitted,
            decided or paid_on,
            paid_on,
            outcome,
            line.billed_amount,
            allowed,
            paid,
            denial_code,
            list(all_remarks),
            authorization,
            npi,
            location,
            contract,
            plan,
            list(diagnoses),
            patient,
            [line],
            [],
            number is not None and claim_id != "",
        )

    def _check_dates(self, service: date | None, submitted: date, decided: date | None, paid: date | None) -> None:
        if service is not None and submitted < service:
            raise self._reversed("submitted_date", "service_date")
        if decided is not None and decided < submitted:
            raise self._reversed("decided_date", "submitted_date")
        if paid is not None and paid < submitted:
            raise self._reversed("paid_date", "submitted_date")

    def _reversed(self, later: str, earlier: str) -> CellFault:
        called = self._columns.called
        message = f"{called(later)} lies before the day in {called(earlier)}; correct one of the two."
        return CellFault(later, "dates_reversed", message)

    def _outcome(
        self,
        told: Outcome | None,
        decided: date | None,
        paid_on: date | None,
        paid: Decimal | None,
        denial: DenialCodes,
    ) -> Outcome:
        """The outcome told, where the rest of the row does not contradict it; else the one dates and amounts tell."""
        complain = self._columns.complain
        dated = decided is not None or paid_on is not None
        if told is None:
            told = self._untold_outcome(dated, paid_on, paid, denial)
        elif told == "denied" and paid:
            complaint = "says denied, but a paid amount stands beside it; write partial, or clear the amount."
            raise complain("outcome", "contradiction", complaint)
        elif told == "pending" and (dated or paid):
            complaint = "says pending, but a decision date, payment date or paid amount stands beside it; correct one."
            raise complain("outcome", "contradiction", complaint)
        if told != "pending" and not dated:
            complaint = (
                "is empty, as is the payment date: a decision without a date cannot be placed in time. Fill in one."
            )
            raise complain("decided_date", "missing", complaint)
        return told

    def _untold_outcome(self, dated: bool, paid_on: date | None, paid: Decimal | None, denial: DenialCodes) -> Outcome:
        refused = denial.code != "" and denial.code not in ORDINARY_REDUCTIONS
        if paid:
            return "partial" if refused else "paid"
        if refused or (paid is not None and dated):
            # Nothing paid: a refusal, unless the reason told is the patient's share or the contract's price.
            return "paid" if denial.code and not refused else "denied"
        if paid_on is not None or (denial.code and dated):
            return "paid"
        if dated:
            complaint = (
                "is not told, and no paid amount, payment date or denial code says how it was decided; fill in one."
            )
            raise self._columns.complain("outcome", "missing", complaint)
        return "pending"

    def problem(self, line_number: int, cells: list[str], raw: str, first: CellFault) -> Problem:
        """The row with everything that is wrong with its cells, not only what was met first."""
        message = " ".join(fault.message for fault in self.faults(cells, first))
        return Problem(line_number, first.field, first.code, message[:500], raw[:MAX_RAW_LENGTH])

    def faults(self, cells: list[str], first: CellFault) -> list[CellFault]:
        """What `parse` met first, and what is wrong with each other cell by itself."""
        faults = {first.message: first}
        for parser, column in self._plan:
            try:
                parser[cells[column]]
            except CellFault as fault:
                faults[fault.message] = fault
        return list(faults.values())


class LineGatherer:
    """Puts neighbouring rows of one numbered claim together; rows without a line number are claims by themselves."""

    def __init__(self) -> None:
        self._open: list[ClaimRecord] = []

    def add(self, claim: ClaimRecord) -> Iterator[ClaimRecord]:
        """Take the next row's claim and yield what it closes."""
        if not claim.line_keyed:
            yield from self.close()
            yield claim
            return
        if self._open:
            first = self._open[0]
            another = claim.control_number != first.control_number or claim.payer_name != first.payer_name
            if another or len(self._open) >= MAX_GATHERED_LINES:
                yield from self.close()
        self._open.append(claim)

    def close(self) -> Iterator[ClaimRecord]:
        """Yield the claim being gathered, if there is one."""
        gathered, self._open = self._open, []
        if gathered:
            yield gathered[0] if len(gathered) == 1 else _gathered(gathered)


def _gathered(rows: list[ClaimRecord]) -> ClaimRecord:
    """One claim of the rows of its lines: a line told twice counts as last told; texts are the first that is told.

    Dates: earliest service and submission, latest decision and payment. Amounts are sums over the lines; the allowed
    amount only where every line tells one. Outcome: see `combined_outcome`.
    """
    by_number = {row.lines[0].number: row for row in rows}
    claim, told = rows[0], list(by_number.values())
    lines = [row.lines[0] for row in told]
    claim.service_date = min((row.service_date for row in told if row.service_date), default=None)
    claim.submitted_date = min((row.submitted_date for row in told if row.submitted_date), default=None)
    claim.decided_date = max((row.decided_date for row in told if row.decided_date), default=None)
    claim.paid_date = max((row.paid_date for row in told if row.paid_date), default=None)
    claim.outcome = combined_outcome(row.outcome for row in told if row.outcome)
    claim.billed_amount = sum((line.billed_amount for line in lines), ZERO)
    allowed = [line.allowed_amount for line in lines if line.allowed_amount is not None]
    claim.allowed_amount = sum(allowed, ZERO) if len(allowed) == len(lines) else None
    paid = [line.paid_amount for line in lines if line.paid_amount is not None]
    claim.paid_amount = sum(paid, ZERO) if paid else None
    for name in ("denial_code", "authorization_number", "provider_npi", "location", "contract", "plan", "patient"):
        setattr(claim, name, next((getattr(row, name) for row in told if getattr(row, name)), getattr(claim, name)))
    for name in ("remark_codes", "diagnosis_codes"):
        codes = dict.fromkeys(code for row in told for code in getattr(row, name))
        setattr(claim, name, list(codes)[: CODE_LIMITS[name]])
    claim.lines = lines
    claim.rows = len(rows)
    claim.mends = tuple(token for row in rows for token in row.mends)
    return claim
