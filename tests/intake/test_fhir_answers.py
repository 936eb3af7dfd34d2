"""What a payer's answer decides comes from its amounts and reasons; `complete` only says that it was processed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from intake.fhir_files import (
    CARC,
    RARC,
    bundle,
    claim,
    claims_of,
    concept,
    coverage,
    dumped,
    explanation,
    item,
    patient,
    problem_of,
    read,
    record_of,
    refused,
    response,
    told,
    usd,
)
from intake.readers import codes_of, of, only

from upstream.intake.records import AdjustmentRecord, ClaimRecord, Finding, PatientRecord


def test_a_response_tells_the_decision_and_its_lines_by_number() -> None:
    record = record_of(response(preAuthRef="AUTH1"))
    assert (record.answer, record.control_number, record.payer_claim_number) == (True, "C1", "ICN-C1")
    assert (record.outcome, record.decided_date, record.paid_date) == ("paid", date(2025, 2, 9), date(2025, 2, 10))
    assert (record.allowed_amount, record.paid_amount) == (Decimal("85.00"), Decimal("80.00"))
    assert (record.submitted_date, record.authorization_number) == (None, "AUTH1")
    line = record.lines[0]
    assert (line.number, line.procedure_code, line.allowed_amount, line.paid_amount) == (
        1,
        "",
        Decimal(85),
        Decimal(80),
    )
    assert line.adjustments == [AdjustmentRecord("PR", "3", Decimal("5.00"))]


def test_an_explanation_tells_the_claim_and_the_decision() -> None:
    received = {"category": concept("clmrecvddate"), "timingDate": "2025-01-16"}
    record = record_of(explanation(supportingInfo=[received]), patient(), coverage())
    assert (record.answer, record.control_number, record.payer_claim_number) == (True, "C1", "EOB-C1")
    assert (record.submitted_date, record.decided_date) == (date(2025, 1, 16), date(2025, 2, 9))
    assert (record.billed_amount, record.paid_amount, record.outcome) == (Decimal(100), Decimal(80), "paid")
    assert record.patient == PatientRecord("Patient/p1", "Doe, Jane Q", date(1980, 1, 31), "M100")
    assert (record.lines[0].procedure_code, record.lines[0].paid_amount) == ("99213", Decimal(80))


# Which claim it answers


@pytest.mark.parametrize(
    ("request_of", "number"),
    [
        ({"identifier": {"value": "C7"}}, "C7"),
        ({"reference": "Claim/id-C8"}, "C8"),
        ({"reference": "http://fhir.test/Claim/id-C8"}, "C8"),
        ({"reference": "Claim/id-C8", "identifier": {"value": "C7"}}, "C7"),
        ({"reference": "Claim/elsewhere/_history/2"}, "elsewhere"),
        ({"reference": "http://payer.test/oralclaims/154"}, "154"),
    ],
)
def test_an_answer_names_its_claim_by_number_or_by_reference(request_of: dict[str, Any], number: str) -> None:
    for data in (bundle(response(request=request_of), claim("C8")), bundle(claim("C8"), response(request=request_of))):
        assert {record.control_number for record in claims_of(data)} == {number, "C8"}


def test_an_explanation_may_name_its_claim_by_the_account_number_or_only_itself() -> None:
    account = {"category": concept("patientaccountnumber"), "valueString": "ACCT1"}
    elsewhere = {"reference": "Claim/elsewhere"}
    assert record_of(explanation(claim=elsewhere, supportingInfo=[account])).control_number == "ACCT1"
    assert record_of(explanation(claim=elsewhere)).control_number == "elsewhere"
    assert record_of(explanation(claim=None)).control_number == "EOB-C1"


@pytest.mark.parametrize("request_of", [None, {}, {"reference": "urn:uuid:0f5c"}, {"display": "the claim of May"}])
def test_a_response_that_names_no_claim_is_a_problem(request_of: dict[str, Any] | None) -> None:
    problem = problem_of(response(request=request_of))
    assert (problem.field, problem.code) == ("request", "control_number")


def test_the_patient_of_an_answer_has_the_member_number_of_its_claims_coverage() -> None:
    sent, answered = claims_of(bundle(claim(), response(), patient(), coverage()))
    assert sent.patient is not None and sent.patient.member_number == "M100"
    assert answered.patient is not None and answered.patient.member_number == ""
    by_reference = response(request={"reference": "Claim/id-C1"})
    sent, answered = claims_of(bundle(by_reference, claim(), patient(), coverage()))
    assert sent.patient == answered.patient


# What it decides


def line(number: int, *adjudications: dict[str, Any]) -> dict[str, Any]:
    return {"itemSequence": number, "adjudication": list(adjudications)}


PAID, CO_197 = [told("eligible", 85), told("benefit", 80)], told("denialreason", None, "197")
NOTHING = told("benefit", 0)


@pytest.mark.parametrize(
    ("changes", "outcome", "code"),
    [
        ({}, "paid", ""),
        ({"outcome": "partial"}, "paid", ""),
        ({"outcome": "queued", "item": None, "payment": None}, "pending", ""),
        ({"outcome": "error", "item": None, "payment": None}, "denied", ""),
        ({"item": [line(1, NOTHING, CO_197)]}, "denied", "197"),
        ({"item": [line(1, NOTHING, told("noncovered", 100, "96"))]}, "denied", "96"),
        ({"item": [line(1, NOTHING, told("eligible", 85), told("denialreason", None, "no code"))]}, "paid", ""),
        ({"item": [line(1, NOTHING, told("discount", 100, "45"))]}, "paid", ""),
        ({"item": [line(1, *PAID), line(2, NOTHING, CO_197)]}, "partial", "197"),
        ({"item": [line(1, *PAID), line(2, NOTHING, told("deductible", 40))]}, "paid", ""),
        ({"item": [line(1, NOTHING, told("deductible", 85)), line(2, NOTHING, CO_197)]}, "partial", "197"),
        ({"item": [line(1, NOTHING, told("eligible", 85))]}, "paid", ""),
        ({"item": [line(1, NOTHING, told("memberliability", 85))]}, "paid", ""),
        ({"item": [line(1, NOTHING, told("eligible", 0))], "total": [told("submitted", 100)]}, "denied", ""),
        ({"item": [line(1, NOTHING)], "total": [told("submitted", 0)]}, "paid", ""),
        ({"item": None, "total": [told("benefit", 0)], "adjudication": [CO_197]}, "denied", "197"),
        ({"item": None, "total": [told("benefit", 5)], "adjudication": [told("x", 9, "197")]}, "partial", "197"),
        ({"item": [line(1, told("eligible", 85))]}, "paid", ""),
        ({"item": None, "payment": {"type": concept("denied")}}, "denied", ""),
        ({"item": None, "payment": {"type": concept("partiallypaid")}}, "partial", ""),
        ({"item": None, "payment": None, "disposition": "Denied"}, "denied", ""),
        ({"item": None, "payment": None, "disposition": "Settled as per contract."}, None, ""),
    ],
)
def test_amounts_and_reasons_make_the_outcome(changes: dict[str, Any], outcome: str | None, code: str) -> None:
    record = only(ClaimRecord, read(dumped(response(**changes))))
    assert (record.outcome, record.denial_code) == (outcome, code)
    assert (record.decided_date is None) == (outcome in (None, "pending"))
    assert (record.paid_date is None) == (outcome not in ("paid", "partial") or "payment" in changes)


def test_an_answer_without_amounts_and_reasons_is_told() -> None:
    records = read(dumped(response(item=None, payment=None)))
    assert codes_of(records) == ["decision_untold"]
    assert only(ClaimRecord, records).outcome is None


def test_the_reason_of_a_denial_is_the_one_that_took_off_the_most() -> None:
    reasons = [told("noncovered", 20, "50"), told("noncovered", 80, "CO-197"), told("discount", 90, "45")]
    record = record_of(response(item=[line(1, NOTHING, *reasons)]))
    assert (record.denial_code, record.lines[0].denial_code) == ("197", "197")
    assert [(each.group_code, each.reason_code) for each in record.lines[0].adjustments] == [
        ("", "50"), ("CO", "197"), ("", "45"),
    ]  # fmt: skip


def test_groups_and_remarks_stand_beside_their_reason() -> None:
    group = {"system": "https://x12.org/codes/claim-adjustment-group-codes", "code": "PI"}
    reason = {"coding": [{"system": CARC, "code": "16"}, group, {"system": RARC, "code": "n290"}]}
    record = record_of(response(item=[line(1, NOTHING, told("noncovered", 100) | {"reason": reason})]))
    made = record.lines[0]
    assert [(each.group_code, each.reason_code, each.amount) for each in made.adjustments] == [
        ("PI", "16", Decimal(100))
    ]
    assert made.remark_codes == ["N290"]


def test_a_share_of_the_patient_that_has_a_reason_is_counted_once() -> None:
    record = record_of(response(item=[line(1, *PAID, told("copay", 5), told("adjustment", 5, "PR-3"))]))
    assert record.lines[0].adjustments == [AdjustmentRecord("PR", "3", Decimal("5.00"))]


def test_totals_come_before_what_lines_and_the_payment_say() -> None:
    """The payment may be lowered by what the payer takes back for other claims."""
    totals = [told("submitted", 235.4), told("benefit", 182)]
    paid = record_of(response(total=totals, payment={"date": "2025-02-10", "amount": usd(107), "adjustment": usd(75)}))
    assert (paid.billed_amount, paid.paid_amount) == (Decimal("235.40"), Decimal("182.00"))
    assert record_of(response(item=None)).paid_amount == Decimal("80.00")


def test_totals_and_adjudications_of_the_claim_that_repeat_each_other_count_once() -> None:
    both = [told("paidtoprovider", 60), told("deductible", 40)]
    record = record_of(explanation(item=None, total=both, adjudication=both))
    assert record.paid_amount == Decimal("60.00")
    assert record.adjustments == [AdjustmentRecord("PR", "1", Decimal("40.00"))]


def test_what_the_payer_added_in_the_place_of_a_line_counts_with_it() -> None:
    added = [
        {"itemSequence": [1], "productOrService": concept("D0120"), "adjudication": [told("benefit", 72)]},
        {"itemSequence": [1], "adjudication": [told("benefit", 28.47)]},
        {"productOrService": concept("D0140"), "net": usd(10), "adjudication": [told("benefit", 8)]},
    ]
    record = record_of(response(item=[line(1, NOTHING), line(2, told("benefit", 84))], addItem=added))
    assert [(each.number, each.procedure_code, each.paid_amount) for each in record.lines] == [
        (1, "", Decimal("100.47")), (2, "", Decimal("84.00")), (3, "D0140", Decimal("8.00")),
    ]  # fmt: skip
    assert record.paid_amount == Decimal("192.47")


def test_adjudications_of_parts_count_where_the_line_has_none() -> None:
    parts = [{"adjudication": [told("benefit", 1)]}, {"subDetail": [{"adjudication": [told("benefit", 2)]}]}]
    record = record_of(response(item=[{"itemSequence": 1, "detail": parts}]))
    assert record.lines[0].paid_amount == Decimal("3.00")


def test_an_allowed_amount_is_told_for_all_lines_or_not_at_all() -> None:
    record = record_of(response(item=[line(1, *PAID), line(2, told("benefit", 1))]))
    assert (record.allowed_amount, record.paid_amount) == (None, Decimal("81.00"))


@pytest.mark.parametrize("made", [response, explanation])
def test_answers_that_were_cancelled_are_passed_over(made: Any) -> None:
    records = read(bundle(made(status="cancelled"), claim()))
    assert not only(ClaimRecord, records).answer
    assert "cancelled" in only(Finding, records).message


def test_a_payment_below_nothing_is_a_problem_with_its_remedy() -> None:
    problem = problem_of(response(item=None, total=[told("benefit", -80)]))
    assert problem.code == "negative_amount" and "835" in problem.message


def test_a_decision_without_its_day_is_of_the_day_of_its_payment() -> None:
    records = read(dumped(response(created="2025-02")))
    assert only(ClaimRecord, records).decided_date == date(2025, 2, 10)
    assert codes_of(records) == ["date"]


def test_a_refusal_of_each_kind_of_answer_is_one() -> None:
    refusing = [told("submitted", 100), told("benefit", 0), told("denialreason", None, "50")]
    records = claims_of(bundle(refused(), explanation(item=[item(adjudication=refusing)], total=refusing[:2])))
    assert [(record.outcome, record.denial_code) for record in of(ClaimRecord, records)] == [
        ("denied", "197"), ("denied", "50"),
    ]  # fmt: skip
