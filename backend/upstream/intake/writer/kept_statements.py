"""Statements as rows: what each upload said of a claim, so that it can be put together again without one of them."""

from decimal import Decimal
from typing import Any

import orjson

from upstream.claims.bulk import Id
from upstream.intake.writer.remittance import (
    adjustments_restored,
    date_of,
    decimal_of,
    lines_restored,
    lines_told,
)
from upstream.intake.writer.state import ClaimState, Decision, Facts, Statement
from upstream.intake.writer.statement import apply_statement

COLUMNS = ("id", "claim_id", "upload_id", "payer_id", "patient_id", "detail", "fingerprint")


def statement_detail(statement: Statement) -> str:
    """What `statement_restored` puts back: ids and codes, no PHI."""
    facts, told = statement.facts, statement.told
    detail: dict[str, Any] = {
        "facts": (
            facts.control_number, facts.frequency_code, facts.service_date, facts.submitted_date, facts.billed_amount,
            facts.authorization_number, facts.provider_npi, facts.location, facts.plan, facts.contract,
            facts.diagnosis_codes,
        ),
        "lines": lines_told(statement.lines),
        "line_keyed": statement.line_keyed,
        "answer": statement.answer,
    }  # fmt: skip
    if told is not None:
        detail["told"] = (
            told.outcome, told.decided_date, told.paid_date, told.allowed_amount, told.paid_amount, told.denial_code,
            told.remark_codes, told.adjustments, None if told.lines == statement.lines else lines_told(told.lines),
            told.payer_claim_number,
        )  # fmt: skip
    return orjson.dumps(detail, default=str).decode()


def statement_restored(
    text: str, *, statement_id: Id, upload_id: Id, payer_id: Id, patient_id: Id | None, fingerprint: str
) -> Statement:
    """The statement that `statement_detail` took apart."""
    detail = orjson.loads(text)
    control_number, frequency, service, submitted, billed, number, npi, location, plan, contract, codes = detail[
        "facts"
    ]
    facts = Facts(
        payer_id, control_number, frequency, date_of(service), date_of(submitted), Decimal(billed), number, npi,
        location, plan, contract, codes, patient_id,
    )  # fmt: skip
    lines, told = lines_restored(detail["lines"]), None
    if "told" in detail:
        outcome, decided, paid_on, allowed, paid, denial, remarks, adjustments, told_lines, claim_number = detail[
            "told"
        ]
        told = Decision(
            outcome, date_of(decided), date_of(paid_on), decimal_of(allowed), decimal_of(paid), denial, remarks,
            adjustments_restored(adjustments), lines if told_lines is None else lines_restored(told_lines),
            payer_claim_number=claim_number,
        )  # fmt: skip
    return Statement(facts, lines, told, detail["line_keyed"], detail["answer"], fingerprint, upload_id, statement_id)


def fold(state: ClaimState) -> None:
    """What the kept statements come to, one after the other; one that repeats the one before it changes nothing."""
    state.facts, state.lines, state.told, state.fingerprint = None, (), None, ""
    for statement in state.statements:
        if statement.fingerprint != state.fingerprint:
            apply_statement(state, statement)
