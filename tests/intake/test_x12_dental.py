"""An 837D gives a dentist's claims: CDT codes, days told once for all lines, and no prices asked for beforehand."""

from datetime import date
from decimal import Decimal

import pytest
from intake.readers import (
    CLAIMS_HEAD,
    DENTAL_CLAIM,
    DENTAL_GUIDE,
    claims,
    codes_of,
    of,
    only,
    read_claims,
    read_remittance,
    remittance,
)

from upstream.intake.records import ClaimRecord, DecisionRecord, Finding, PatientRecord, Problem, SubmissionRecord

FILLING = "SV3*AD:D2150:LT*250**10:20**1~"


def dental(body: str = DENTAL_CLAIM) -> bytes:
    return claims(body, CLAIMS_HEAD, DENTAL_GUIDE)


def claim(body: str = DENTAL_CLAIM) -> ClaimRecord:
    return only(ClaimRecord, read_claims(dental(body)))


def test_a_true_claim_is_read_whole_and_without_findings() -> None:
    found, sent = read_claims(dental())
    assert isinstance(found, ClaimRecord) and isinstance(sent, SubmissionRecord)
    assert (found.control_number, found.frequency_code, found.billed_amount) == ("TOOTH1", "1", Decimal("310.00"))
    assert (found.payer_name, found.submitted_date, found.outcome) == ("Northwind Health", date(2025, 1, 15), None)
    assert (found.service_date, found.diagnosis_codes) == (date(2025, 1, 7), [])
    assert (found.provider_npi, found.location) == ("1003000126", "Riverside Clinic")
    assert found.patient == PatientRecord("", "DOE, JANE", date(1980, 1, 31), "M100")
    filling, visit = found.lines
    assert (filling.number, filling.procedure_code, filling.modifiers) == (1, "D2150", ("LT",))
    assert (filling.units, filling.billed_amount, filling.service_date) == (Decimal(1), Decimal("250.00"), None)
    assert filling.control_number == "L1"
    assert (visit.procedure_code, visit.units, visit.service_date) == ("D0120", Decimal(2), date(2025, 1, 7))


def test_a_line_without_a_day_has_the_claims() -> None:
    later = DENTAL_CLAIM.replace("DTP*472*D8*20250107", "DTP*472*D8*20250110")
    assert claim(later).service_date == date(2025, 1, 8)
    assert claim(later.replace("DTP*472*D8*20250110~", "")).service_date == date(2025, 1, 8)


def test_days_told_by_the_lines_alone_are_enough() -> None:
    assert claim(DENTAL_CLAIM.replace("DTP*472*D8*20250108~", "")).service_date == date(2025, 1, 7)


def test_diagnoses_and_an_authorization_may_be_told() -> None:
    found = claim(DENTAL_CLAIM.replace("NM1*82", "REF*G1*AUTH9~HI*ABK:K0262*ABF:K051~NM1*82"))
    assert (found.diagnosis_codes, found.authorization_number) == (["K0262", "K051"], "AUTH9")


def test_a_line_is_known_by_the_same_code_in_the_claim_and_in_its_remittance() -> None:
    body = "CLP*TOOTH1*1*250*200**12*ICN1*11*1~SVC*AD:D2150:LT*250*200**1~CAS*CO*45*50~"
    decided = only(DecisionRecord, read_remittance(remittance(body))).lines[0]
    billed = claim().lines[0]
    assert (decided.procedure_code, decided.modifiers) == (billed.procedure_code, billed.modifiers)


def test_a_price_asked_for_beforehand_is_no_claim() -> None:
    asked = DENTAL_CLAIM.replace("*Y*A*Y*Y~", "*Y*A*Y*Y**********PB~").replace("DTP*472*D8*20250108~", "")
    records = read_claims(dental(asked + DENTAL_CLAIM.replace("TOOTH1", "TOOTH2")))
    assert only(ClaimRecord, records).control_number == "TOOTH2"
    finding = only(Finding, records)
    assert (finding.position, finding.severity, finding.code) == (14, "info", "predetermination")
    assert not of(Problem, records)


def test_what_is_wrong_with_a_price_asked_for_is_nobodys_problem() -> None:
    asked = DENTAL_CLAIM.replace("*Y*A*Y*Y~", "*Y*A*Y*Y**********PB~").replace("*250*", "*MUCH*")
    records = read_claims(dental(asked + DENTAL_CLAIM))
    assert codes_of(records) == ["predetermination"]
    assert only(ClaimRecord, records).lines == claim().lines


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("SV3*AD*250~", "SV301"),
        ("SV3*AD:D2150~", "SV302"),
        ("SV3*AD:D2150*MUCH~", "SV302"),
        ("SV1*AD:D2150*250*UN*1~", "SV1"),
    ],
)
def test_a_claim_that_cannot_be_taken_costs_only_itself(line: str, field: str) -> None:
    bad = DENTAL_CLAIM.replace(FILLING, line)
    records = read_claims(dental(bad + DENTAL_CLAIM.replace("TOOTH1", "TOOTH2")))
    problem = only(Problem, records)
    assert (problem.field, problem.raw) == (field, bad)
    assert "TOOTH1" not in problem.message and "MUCH" not in problem.message
    assert only(ClaimRecord, records).control_number == "TOOTH2"
