"""What a claims file or an 837 says of a claim, and what it changes of what was known.

A later statement replaces the earlier one's lines and decision, and every fact it tells; what it leaves blank stays, so
that an 837, which has no plan or contract, takes nothing away from a CSV. A pending row or an 837 never erases a
decision, not even as a replacement or void (frequency 7, 8): what the payer makes of that comes as a reversal or a new
decision. Rows that are lines of a claim replace the lines of their numbers only. A payer's answer in FHIR decides, and
of the claim adds only what no file has stated, whichever comes first; of several answers the latest decision counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from hashlib import blake2b

from upstream.claims.bulk import Id
from upstream.claims.claim_keys import SEPARATOR, digest_begun
from upstream.claims.denial_reasons import is_denial
from upstream.core.money import ZERO
from upstream.intake.records import AdjustmentRecord, ClaimRecord, LineRecord, combined_outcome
from upstream.intake.records import Outcome as RecordOutcome
from upstream.intake.writer.state import (
    DENIED,
    PAID,
    PARTIAL,
    PENDING,
    Adjustment,
    ClaimState,
    Decision,
    Facts,
    Line,
    Statement,
)

_RECORD_OUTCOMES: dict[str, RecordOutcome] = {PENDING: "pending", PAID: "paid", DENIED: "denied", PARTIAL: "partial"}
_OUTCOMES = {told: stored for stored, told in _RECORD_OUTCOMES.items()}
_CODES_LENGTH = 200


def codes(values: Sequence[str]) -> str:
    """Codes as one text, cut by spaces, each once, as many as the column holds."""
    if not values:
        return ""
    text = " ".join(dict.fromkeys(values))
    return text if len(text) <= _CODES_LENGTH else text[: _CODES_LENGTH + 1].rsplit(" ", 1)[0]


def adjustments_of(records: Sequence[AdjustmentRecord]) -> tuple[Adjustment, ...]:
    return tuple((record.group_code, record.reason_code, record.amount, record.quantity) for record in records)


def line_of(record: LineRecord, *, stated: bool = True) -> Line:
    return Line(
        record.number,
        record.control_number,
        record.procedure_code,
        " ".join(record.modifiers),
        record.units,
        record.service_date,
        record.billed_amount,
        stated,
        record.allowed_amount,
        record.paid_amount,
        "",
        record.denial_code,
        codes(record.remark_codes),
        None,
        None,
        adjustments_of(record.adjustments) if record.adjustments else (),
        record.submitted_procedure_code,
    )


def contents_of(record: ClaimRecord) -> blake2b:
    """A digest of all a statement says but its place in the file and whom it is of; `fingerprint_of` ends it."""
    texts = [
        record.control_number, record.payer_name, record.payer_identifier, record.frequency_code,
        str(record.service_date), str(record.submitted_date), str(record.decided_date), str(record.paid_date),
        str(record.outcome), str(record.billed_amount), str(record.allowed_amount), str(record.paid_amount),
        record.denial_code, " ".join(record.remark_codes), record.authorization_number, record.provider_npi,
        record.location, record.contract, record.plan, " ".join(record.diagnosis_codes), str(record.line_keyed),
    ]  # fmt: skip
    for line in record.lines:
        texts += (
            str(line.number), line.control_number, line.procedure_code, " ".join(line.modifiers), str(line.units),
            str(line.service_date), str(line.billed_amount), str(line.allowed_amount), str(line.paid_amount),
            line.denial_code, " ".join(line.remark_codes),
        )  # fmt: skip
        if record.line_keyed:
            texts += (str(line.decided_date), str(line.paid_date))
        for adjustment in line.adjustments:
            texts += (adjustment.group_code, adjustment.reason_code, str(adjustment.amount), str(adjustment.quantity))
    for adjustment in record.adjustments:
        texts += (adjustment.group_code, adjustment.reason_code, str(adjustment.amount), str(adjustment.quantity))
    if record.answer:
        texts += ("answer", record.payer_claim_number)
    return digest_begun(texts)


def fingerprint_of(contents: blake2b, patient_id: Id | None) -> str:
    """Digest of all a statement says; the person is named by id, for it stays in clear. `contents` is used up."""
    contents.update(f"{SEPARATOR}{patient_id}".encode())
    return contents.hexdigest()


def statement_of(record: ClaimRecord) -> Statement:
    """What a record states, apart from any claim; payer, patient and fingerprint are to be filled in."""
    facts = Facts(
        "",
        record.control_number,
        record.frequency_code,
        record.service_date,
        record.submitted_date,
        record.billed_amount,
        record.authorization_number,
        record.provider_npi,
        record.location,
        record.plan,
        record.contract,
        codes(record.diagnosis_codes),
    )
    lines: Sequence[Line] = [line_of(line, stated=not record.answer) for line in record.lines]
    told = None if record.outcome is None else _told(record, _OUTCOMES[record.outcome], lines)
    if record.line_keyed:
        outcomes = line_outcomes(lines, told.outcome if told else PENDING)
        for line, outcome, row in zip(lines, outcomes, record.lines, strict=True):
            line.outcome = outcome
            if outcome != PENDING:
                line.decided_date = row.decided_date or record.decided_date
                line.paid_date = row.paid_date or record.paid_date
    return Statement(facts, lines, told, record.line_keyed, record.answer, "")


def apply_statement(state: ClaimState, statement: Statement) -> None:
    """Change `state` to what it is after this statement."""
    lines, facts, told = statement.lines, statement.facts, statement.told
    merged = statement.line_keyed and bool(state.lines)
    if merged:
        lines, facts, told = _merged(state, lines, facts)
    state.fingerprint = statement.fingerprint
    if state.facts is None:
        state.facts = facts
    else:
        state.facts = state.facts.over(facts) if statement.answer else facts.over(state.facts)
    if lines and not statement.answer:
        state.lines = lines
    decided_before = state.told is not None and state.told.outcome != PENDING
    if statement.answer and told is not None and _decided_later(state.told, told):
        told = None
    # Lines that are told one by one have kept their decisions already, each by itself.
    if told is not None and (told.outcome != PENDING or not decided_before or merged):
        state.told = None if told.is_blank() else told


def _decided_later(known: Decision | None, told: Decision) -> bool:
    return known is not None and (known.decided_date or date.min) > (told.decided_date or date.max)


def _told(record: ClaimRecord, outcome: str, lines: Sequence[Line]) -> Decision:
    return Decision(
        outcome,
        record.decided_date,
        record.paid_date,
        record.allowed_amount,
        record.paid_amount,
        record.denial_code,
        codes(record.remark_codes),
        adjustments_of(record.adjustments) if record.adjustments else (),
        lines,
        payer_claim_number=record.payer_claim_number,
    )


def line_outcomes(lines: Sequence[Line], outcome: str) -> list[str]:
    """Outcomes of lines whose file tells one for the claim only: what their own amounts and reasons say.

    Together they come to the claim's outcome; where what the lines say does not, each has the claim's.
    """
    told = [_line_outcome(line, outcome) for line in lines]
    together = combined_outcome(_RECORD_OUTCOMES[each] for each in told)
    return told if _OUTCOMES[together] == outcome else [outcome] * len(told)


def _line_outcome(line: Line, outcome: str) -> str:
    refused = line.denial_code != "" and is_denial(line.denial_code)
    if line.paid_amount:
        return PARTIAL if refused else PAID
    if refused:
        return DENIED
    return PENDING if outcome == PENDING else PAID


def _merged(state: ClaimState, new: Sequence[Line], facts: Facts) -> tuple[Sequence[Line], Facts, Decision]:
    """Numbered lines put among those known: a line that was decided stays so when the new row says pending.

    What a claim has of its lines is then told by all of them: amounts summed, the earliest days of service and
    submission, the latest of decision and payment, the first denial code.
    """
    known = {line.number: line for line in decided_lines(state)}
    complete = {line.number for line in new} >= set(known)
    for line in new:
        older = known.get(line.number)
        keep = older is not None and line.outcome == PENDING and older.outcome not in ("", PENDING)
        known[line.number] = line.decided_as(older) if keep and older is not None else line
    lines = [known[number] for number in sorted(known)]
    before, older_facts = state.told, state.facts
    facts = replace(facts, billed_amount=sum((line.billed_amount for line in lines), ZERO))
    if not complete and older_facts is not None:
        facts = replace(
            facts,
            service_date=_earliest(facts.service_date, older_facts.service_date),
            submitted_date=_earliest(facts.submitted_date, older_facts.submitted_date),
        )
    outcome = _OUTCOMES[combined_outcome(_RECORD_OUTCOMES[line.outcome or PENDING] for line in lines)]
    allowed = [line.allowed_amount for line in lines if line.allowed_amount is not None]
    paid = [line.paid_amount for line in lines if line.paid_amount is not None]
    return (
        lines,
        facts,
        Decision(
            outcome,
            _latest(line.decided_date for line in lines) if outcome != PENDING else None,
            _latest(line.paid_date for line in lines) if outcome != PENDING else None,
            sum(allowed, ZERO) if len(allowed) == len(lines) else None,
            sum(paid, ZERO) if paid else None,
            next((line.denial_code for line in lines if line.denial_code), ""),
            codes([code for line in lines for code in line.remark_codes.split()]),
            before.adjustments if before is not None else (),
            lines,
        ),
    )


def decided_lines(state: ClaimState) -> list[Line]:
    """The stated lines with what files told of each, every one with an outcome, and with its days once decided."""
    told = state.told
    if told is None:
        return [replace(line.undecided(), outcome=PENDING) for line in state.lines]
    results = {line.number: line for line in told.lines}
    lines = [
        line.decided_as(results[line.number]) if line.number in results else line.undecided() for line in state.lines
    ]
    outcomes = line_outcomes(lines, told.outcome)
    return [_settled(line, line.outcome or outcome, told) for line, outcome in zip(lines, outcomes, strict=True)]


def _settled(line: Line, outcome: str, told: Decision) -> Line:
    """A line with an outcome, on the claim's days where it has none of its own."""
    if outcome == PENDING or line.decided_date is not None:
        return replace(line, outcome=outcome)
    return replace(line, outcome=outcome, decided_date=told.decided_date, paid_date=told.paid_date)


def _latest(days: Iterable[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)


def _earliest(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)
