"""What a remittance decides on a claim: outcome, money and reason, and how a decision is kept to be shown again."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import orjson

from upstream.claims.bulk import Id
from upstream.claims.claim_keys import digest_begun
from upstream.claims.denial_reasons import category_of, is_denial
from upstream.claims.takebacks import REVERSAL
from upstream.core.money import ZERO
from upstream.intake.records import DecisionRecord
from upstream.intake.writer.state import DENIED, PAID, PARTIAL, PENDING, Adjustment, Decision, Facts, Line
from upstream.intake.writer.statement import adjustments_of, codes, line_of

#: CLP02 of decisions: processed as primary, secondary or tertiary (1-3), denied (4), processed and forwarded (19-21).
#: 22 reverses one; 23 (not ours, passed on) and others decide nothing.
DENIED_STATUS = "4"
DECIDED_STATUSES = frozenset(("1", "2", "3", DENIED_STATUS, "19", "20", "21"))
#: A price told before there is a claim.
PREDETERMINATION = "25"


def fingerprint_of(record: DecisionRecord) -> str:
    """Digest of what was decided."""
    texts = [
        record.control_number, record.status_code, str(record.billed_amount), str(record.paid_amount),
        str(record.patient_responsibility), record.payer_claim_number, record.frequency_code,
        str(record.received_date), str(record.service_date), " ".join(record.remark_codes), record.provider_npi,
    ]  # fmt: skip
    for line in record.lines:
        texts += (
            line.procedure_code, line.submitted_procedure_code, " ".join(line.modifiers), line.control_number,
            str(line.units), str(line.service_date), str(line.billed_amount), str(line.allowed_amount),
            str(line.paid_amount), " ".join(line.remark_codes),
        )  # fmt: skip
        for adjustment in line.adjustments:
            texts += (adjustment.group_code, adjustment.reason_code, str(adjustment.amount))
    for adjustment in record.adjustments:
        texts += (adjustment.group_code, adjustment.reason_code, str(adjustment.amount))
    return digest_begun(texts).hexdigest()


def decision_of(
    record: DecisionRecord,
    *,
    remittance_id: Id,
    payer_id: Id,
    patient_id: Id | None,
    payment_date: date,
    sequence: int,
    fingerprint: str,
) -> Decision:
    """The decision as it is kept, decided and paid on the day of the remittance's payment."""
    lines = [_decided_line(line_of(line)) for line in record.lines]
    claim_level = adjustments_of(record.adjustments)
    outcome = outcome_of(record.status_code, record.paid_amount, claim_level, lines)
    decided = outcome != PENDING
    reasons = [*claim_level, *(adjustment for line in lines for adjustment in line.adjustments)]
    return Decision(
        outcome,
        payment_date,
        payment_date if outcome in (PAID, PARTIAL) else None,
        _allowed(record, lines, outcome) if decided else None,
        record.paid_amount,
        denial_code_of(reasons) if outcome in (DENIED, PARTIAL) else "",
        codes(record.remark_codes),
        claim_level,
        lines,
        remittance_id,
        sequence,
        record.status_code,
        record.billed_amount,
        record.patient_responsibility,
        record.payer_claim_number,
        fingerprint,
        Facts(
            payer_id,
            record.control_number,
            record.frequency_code,
            record.service_date,
            record.received_date,
            # A reversal repeats the charge as a negative amount.
            abs(record.billed_amount) if record.status_code == REVERSAL else record.billed_amount,
            provider_npi=record.provider_npi,
            patient_id=patient_id,
        ),
    )


def outcome_of(status_code: str, paid_amount: Decimal, adjustments: Sequence[Adjustment], lines: Sequence[Line]) -> str:
    """PAID, PARTIAL, DENIED, or PENDING for a status that decides nothing.

    Something paid: partial where a line was refused, or, without lines, part of the claim. Nothing paid: denied where a
    reason is a refusal, partial where another line was left to the patient, else paid (all of it the patient's share or
    the contract's price).
    """
    if status_code not in DECIDED_STATUSES:
        return PENDING
    if status_code == DENIED_STATUS:
        return DENIED
    if not paid_amount:
        if not _refused([*adjustments, *(adjustment for line in lines for adjustment in line.adjustments)]):
            return PAID
        shared = any(_left_to_patient(line.adjustments) for line in lines if not line.denial_code)
        return PARTIAL if shared else DENIED
    refused = any(line.denial_code for line in lines) if lines else _refused(adjustments)
    return PARTIAL if refused else PAID


def denial_code_of(adjustments: Sequence[Adjustment]) -> str:
    """The reason that carries the most refused money; ordinary reductions count only where there is nothing else."""
    amounts: dict[str, Decimal] = {}
    for _, reason, amount, _ in adjustments:
        if is_denial(reason):
            amounts[reason] = amounts.get(reason, ZERO) + amount
    if not amounts:
        for _, reason, amount, _ in adjustments:
            amounts[reason] = amounts.get(reason, ZERO) + amount
    return max(amounts, key=lambda reason: amounts[reason], default="")


def _refused(adjustments: Sequence[Adjustment]) -> bool:
    return any(amount > 0 and is_denial(reason) for _, reason, amount, _ in adjustments)


def _left_to_patient(adjustments: Sequence[Adjustment]) -> bool:
    return any(amount > 0 and category_of(reason) == "patient_responsibility" for _, reason, amount, _ in adjustments)


def _decided_line(line: Line) -> Line:
    """A line with nothing paid and a refusal among its reasons is a denied one."""
    if not line.paid_amount and _refused(line.adjustments):
        line.denial_code = denial_code_of(line.adjustments)
    return line


def _allowed(record: DecisionRecord, lines: Sequence[Line], outcome: str) -> Decimal:
    """What the payer allowed: as told for every line (AMT*B6), else what it paid and left to the patient."""
    told = [line.allowed_amount for line in lines if line.allowed_amount is not None]
    if told and len(told) == len(lines):
        return sum(told, ZERO)
    if outcome == DENIED:
        return ZERO
    return record.paid_amount + (record.patient_responsibility or ZERO)


# What has no column of its own, as JSON: codes, amounts and dates, no ids and no PHI


def detail_of(decision: Decision) -> str:
    """The part of a decision that `restored` puts back."""
    facts = decision.facts
    detail: dict[str, Any] = {
        "paid_date": decision.paid_date,
        "allowed": decision.allowed_amount,
        "denial_code": decision.denial_code,
        "remarks": decision.remark_codes,
        "adjustments": decision.adjustments,
        "lines": lines_told(decision.lines),
    }
    if facts is not None:
        detail["facts"] = (
            facts.control_number, facts.frequency_code, facts.service_date, facts.submitted_date, facts.billed_amount,
            facts.provider_npi,
        )  # fmt: skip
    return orjson.dumps(detail, default=str).decode()


def restored(decision: Decision, text: str, *, payer_id: Id | None, patient_id: Id | None) -> Decision:
    """Put back into `decision`, made from its columns, what `detail_of` took out.

    The payer is its remittance's today: it may have been merged since.
    """
    detail = orjson.loads(text)
    decision.paid_date = date_of(detail["paid_date"])
    decision.allowed_amount = decimal_of(detail["allowed"])
    decision.denial_code = detail["denial_code"]
    decision.remark_codes = detail["remarks"]
    decision.adjustments = adjustments_restored(detail["adjustments"])
    decision.lines = lines_restored(detail["lines"])
    if payer_id is not None:
        control_number, frequency, service, received, billed, npi = detail["facts"]
        decision.facts = Facts(
            payer_id, control_number, frequency, date_of(service), date_of(received), Decimal(billed),
            provider_npi=npi, patient_id=patient_id,
        )  # fmt: skip
    return decision


def lines_told(lines: Sequence[Line]) -> list[tuple[Any, ...]]:
    """Lines as they stand in JSON."""
    return [
        (
            line.number, line.control_number, line.procedure_code, line.modifiers, line.units, line.service_date,
            line.billed_amount, line.stated, line.allowed_amount, line.paid_amount, line.outcome, line.denial_code,
            line.remark_codes, line.adjustments, line.billed_as, line.decided_date, line.paid_date,
        )
        for line in lines
    ]  # fmt: skip


def lines_restored(rows: Sequence[Any]) -> list[Line]:
    return [
        Line(
            number, control_number, procedure, modifiers, decimal_of(units), date_of(day), Decimal(billed), stated,
            decimal_of(allowed), decimal_of(paid), outcome, denial_code, remarks, date_of(decided_on),
            date_of(paid_on), adjustments_restored(adjustments), billed_as,
        )
        for (
            number, control_number, procedure, modifiers, units, day, billed, stated, allowed, paid, outcome,
            denial_code, remarks, adjustments, billed_as, decided_on, paid_on,
        ) in rows
    ]  # fmt: skip


def date_of(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def decimal_of(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def adjustments_restored(rows: list[list[Any]]) -> tuple[Adjustment, ...]:
    return tuple((group, reason, Decimal(amount), decimal_of(quantity)) for group, reason, amount, quantity in rows)
