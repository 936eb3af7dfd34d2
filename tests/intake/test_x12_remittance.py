"""An 835 gives payments and decisions; what is wrong with a claim costs that claim, what is odd is noted."""

from datetime import date
from decimal import Decimal

import pytest
from intake.readers import (
    DECISION,
    REMITTANCE_HEAD,
    TODAY,
    claims,
    codes_of,
    enclosed,
    of,
    only,
    read_remittance,
    remittance,
)

from upstream.intake.records import (
    AdjustmentRecord,
    DecisionRecord,
    Finding,
    PatientRecord,
    Problem,
    ProviderAdjustmentRecord,
    RemittanceEnd,
    RemittanceRecord,
    UnreadableFile,
)
from upstream.intake.x12.remittance import read_835


def decision(body: str) -> DecisionRecord:
    return only(DecisionRecord, read_remittance(remittance(body)))


def test_a_true_remittance_is_read_whole_and_without_findings() -> None:
    header, claim, end = read_remittance(remittance())
    assert header == RemittanceRecord(
        3, "TRACE1", "Northwind Health", "NW837", Decimal("80.00"), "ACH", date(2025, 2, 10)
    )
    assert isinstance(claim, DecisionRecord)
    (line,) = claim.lines
    assert (claim.position, claim.control_number, claim.status_code) == (11, "CLAIM1", "1")
    assert (claim.billed_amount, claim.paid_amount) == (Decimal("100.00"), Decimal("80.00"))
    assert (claim.patient_responsibility, claim.payer_claim_number) == (Decimal("5.00"), "ICN1")
    assert (claim.frequency_code, claim.provider_npi) == ("1", "1234567893")
    assert (claim.received_date, claim.service_date) == (date(2025, 1, 10), date(2025, 1, 2))
    assert claim.patient == PatientRecord("", "DOE, JANE", None, "M100")
    assert (line.number, line.procedure_code, line.modifiers, line.units) == (1, "99213", ("25",), Decimal(1))
    assert (line.billed_amount, line.allowed_amount, line.paid_amount) == (Decimal(100), Decimal(85), Decimal(80))
    assert (line.service_date, line.control_number) == (date(2025, 1, 2), "L1")
    assert line.adjustments == [AdjustmentRecord("CO", "45", Decimal(15)), AdjustmentRecord("PR", "2", Decimal(5))]
    assert end == RemittanceEnd(21, 1, Decimal("80.00"), [], True)


def test_the_header_comes_before_the_decisions_and_the_end_behind_them() -> None:
    kinds = [type(record) for record in read_remittance(remittance(DECISION * 3))]
    assert [kind for kind in kinds if kind is not Finding] == [RemittanceRecord, *[DecisionRecord] * 3, RemittanceEnd]


@pytest.mark.parametrize(
    ("head", "identifier"),
    [
        (REMITTANCE_HEAD, "NW837"),
        (REMITTANCE_HEAD.replace("REF*2U*NW837~", ""), "NW001"),
        (REMITTANCE_HEAD.replace("REF*2U*NW837~", "").replace("*XV*NW001", ""), "1512345678"),
    ],
)
def test_the_payers_number_is_the_one_claims_are_sent_to_where_it_is_told(head: str, identifier: str) -> None:
    assert only(RemittanceRecord, read_remittance(remittance(head=head))).payer_identifier == identifier


def test_the_production_date_stands_in_for_an_unreadable_payment_date() -> None:
    records = read_remittance(remittance(head=REMITTANCE_HEAD.replace("*20250210~", "*20251345~")))
    assert only(RemittanceRecord, records).payment_date == date(2025, 2, 9)
    assert codes_of(records) == ["date"]


def test_all_six_adjustments_of_a_segment_are_read_with_their_quantities() -> None:
    cas = "CAS*CO*45*1**96*2*1*97*3**16*4**18*5**204*6*2~"
    claim = decision(f"CLP*C*4*21*0**12*I~{cas}NM1*QC*1*DOE*JANE~")
    assert [(adjustment.reason_code, int(adjustment.amount)) for adjustment in claim.adjustments] == [
        ("45", 1), ("96", 2), ("97", 3), ("16", 4), ("18", 5), ("204", 6),
    ]  # fmt: skip
    assert [adjustment.quantity for adjustment in claim.adjustments] == [None, 1, None, None, None, 2]


def test_adjustments_before_the_first_line_are_the_claims_and_later_ones_the_lines() -> None:
    claim = decision("CLP*C*1*100*70**12*I~CAS*CO*A2*10~SVC*HC:99213*100*80~CAS*PR*1*20~")
    assert [adjustment.reason_code for adjustment in claim.adjustments] == ["A2"]
    assert [adjustment.reason_code for adjustment in claim.lines[0].adjustments] == ["1"]


def test_a_recoded_line_tells_what_was_submitted() -> None:
    (line,) = decision("CLP*C*1*100*100**12*I~SVC*HC:99212*100*100**1*HC:99214:25~").lines
    assert (line.procedure_code, line.submitted_procedure_code) == ("99212", "99214")


def test_remark_codes_come_from_lines_and_from_inpatient_and_outpatient_segments() -> None:
    mia = "MIA*0***138*MA01***************N1*N2~"
    claim = decision(f"CLP*C*1*100*100**12*I~{mia}MOA***MA02*N3~SVC*HC:99213*100*100~LQ*HE*N30~LQ*RX*75~")
    assert claim.remark_codes == ["MA01", "N1", "N2", "MA02", "N3"]
    assert claim.lines[0].remark_codes == ["N30"]


def test_the_rendering_provider_goes_before_the_payee() -> None:
    assert decision("CLP*C*1*1*1~NM1*82*1*ROE*R****XX*1003000126~").provider_npi == "1003000126"


def test_a_corrected_member_number_replaces_the_submitted_one_and_the_name_stays() -> None:
    claim = decision("CLP*C*1*1*1~NM1*QC*1*DOE*JANE****MI*OLD~NM1*74*1*DOUGH*JANET****C*NEW~")
    assert claim.patient == PatientRecord("", "DOE, JANE", None, "NEW")


def test_the_subscribers_number_serves_a_patient_without_one() -> None:
    claim = decision("CLP*C*1*1*1~NM1*QC*1*DOE*TIM~NM1*IL*1*DOE*JANE****MI*M100~")
    assert claim.patient == PatientRecord("", "DOE, TIM", None, "M100")


def test_the_first_day_of_a_line_dates_a_claim_that_tells_none() -> None:
    lines = "SVC*HC:99213*50*50~DTM*472*20250105~SVC*HC:99214*50*50~DTM*150*20250103~DTM*151*20250104~"
    claim = decision(f"CLP*C*1*100*100~{lines}")
    assert claim.service_date == date(2025, 1, 3)


def test_provider_adjustments_enter_the_balance_with_their_sign() -> None:
    plb = "PLB*1234567893*20251231*WO:ICN0*12.5*L6*-2.5~"
    records = read_remittance(remittance(DECISION + plb, REMITTANCE_HEAD.replace("BPR*I*80", "BPR*I*70")))
    end = only(RemittanceEnd, records)
    assert end.provider_adjustments == [
        ProviderAdjustmentRecord("WO", "ICN0", Decimal("12.50")),
        ProviderAdjustmentRecord("L6", "", Decimal("-2.50")),
    ]
    assert end.balanced and codes_of(records) == []


def test_a_payment_that_differs_from_its_claims_is_unbalanced() -> None:
    records = read_remittance(remittance(head=REMITTANCE_HEAD.replace("BPR*I*80", "BPR*I*81")))
    assert not only(RemittanceEnd, records).balanced
    assert codes_of(records) == ["remittance_unbalanced"]


def test_claims_and_lines_that_do_not_balance_are_noted_and_taken() -> None:
    records = read_remittance(remittance(DECISION.replace("CAS*CO*45*15~", "CAS*CO*45*14~")))
    assert codes_of(records) == ["line_unbalanced", "claim_unbalanced"]
    assert only(DecisionRecord, records).paid_amount == 80


def test_a_reversal_keeps_its_signs_and_balances() -> None:
    body = "CLP*C*22*-100*-80**12*I~SVC*HC:99213*-100*-80~CAS*CO*45*-20~" + DECISION
    records = read_remittance(remittance(body, REMITTANCE_HEAD.replace("BPR*I*80", "BPR*I*0")))
    assert [claim.paid_amount for claim in of(DecisionRecord, records)] == [-80, 80]
    assert codes_of(records) == []


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("CLP*CLAIM1*1*100*80", "CLP*CLAIM1*1*AMOUNT*80", "CLP03"),
        ("CLP*CLAIM1*1*100*80", "CLP*CLAIM1*1*100*1E2", "CLP04"),
        ("CLP*CLAIM1*1*100*80", "CLP*CLAIM1*1**80", "CLP03"),
        ("CLP*CLAIM1*1*100*80", "CLP**1*100*80", "CLP01"),
        ("CLP*CLAIM1*1*100*80", "CLP*CLAIM1*1*99999999999*80", "CLP03"),
        ("CLP*CLAIM1*1*100*80", "CLP*CLAIM1*1*-100*80", "CLP03"),
        ("CAS*CO*45*15", "CAS*CO*45*FIFTEEN", "CAS03"),
        ("*100*80**1~", "*100*PAID**1~", "SVC03"),
        ("CLP*CLAIM1*1*", f"CLP*{'9' * 51}*1*", "control_number"),
    ],
)
def test_a_claim_that_cannot_be_taken_costs_only_itself(old: str, new: str, field: str) -> None:
    assert old in DECISION
    good = DECISION.replace("CLAIM1", "CLAIM2")
    records = read_remittance(remittance(DECISION.replace(old, new) + good))
    problem = only(Problem, records)
    assert (problem.position, problem.field) == (11, field)
    assert problem.raw == DECISION.replace(old, new)
    assert "JANE" not in problem.message and "DOE" not in problem.message
    assert only(DecisionRecord, records).control_number == "CLAIM2"
    assert not only(RemittanceEnd, records).balanced


def test_unreadable_days_and_units_are_left_out_and_noted() -> None:
    body = DECISION.replace("DTM*472*20250102", "DTM*472*20250199").replace("*100*80**1~", "*100*80**ONE~")
    records = read_remittance(remittance(body))
    (line,) = only(DecisionRecord, records).lines
    assert (line.service_date, line.units) == (None, None)
    assert sorted(codes_of(records)) == ["date", "quantity"]


def test_days_far_from_now_are_not_believed() -> None:
    records = read_remittance(remittance(DECISION.replace("DTM*232*2025", "DTM*232*2525")))
    assert only(DecisionRecord, records).service_date == date(2025, 1, 2)
    assert codes_of(records) == ["date"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("SE*19*0001", "SE*99*0001", "count_differs"),
        ("SE*19*0001", "SE*19*0002", "control_number_differs"),
        ("SE*19*0001~", "", "trailer_missing"),
        ("GE*1*1", "GE*7*1", "count_differs"),
        ("GE*1*1", "GE*1*9", "control_number_differs"),
        ("GE*1*1~", "", "trailer_missing"),
        ("IEA*1*", "IEA*3*", "count_differs"),
        ("IEA*1*", "IEA*one*", "count_differs"),
        ("IEA*1*000000001~", "", "trailer_missing"),
    ],
)
def test_counts_and_trailers_that_lie_are_noted_and_stop_nothing(old: str, new: str, code: str) -> None:
    data = remittance().decode()
    assert old in data
    records = read_remittance(data.replace(old, new).encode())
    assert codes_of(records) == [code]
    assert only(DecisionRecord, records).control_number == "CLAIM1"
    assert only(RemittanceEnd, records).balanced


def test_a_remittance_cut_off_anywhere_gives_what_it_holds_and_says_so() -> None:
    data = remittance(DECISION * 2)
    first_claim = data.index(b"CLP*")
    for end in range(first_claim + 60, len(data), 7):
        records = read_remittance(data[:end])
        assert of(DecisionRecord, records) or of(Problem, records)
        assert only(RemittanceEnd, records)
        if end < data.index(b"IEA*"):
            assert "trailer_missing" in codes_of(records)


def test_every_set_of_every_interchange_is_read() -> None:
    one_set = REMITTANCE_HEAD + DECISION + "SE*19*0001~"
    records = read_remittance(enclosed(one_set * 2, "005010X221A1") + remittance())
    assert len(of(RemittanceRecord, records)) == len(of(RemittanceEnd, records)) == 3
    assert len(of(DecisionRecord, records)) == 3
    assert codes_of(records) == []


def test_other_transaction_sets_are_passed_over_with_a_note() -> None:
    records = read_remittance(claims() + remittance())
    assert codes_of(records) == ["other_transaction_set"]
    assert only(DecisionRecord, records).control_number == "CLAIM1"


def test_a_file_without_remittances_is_refused() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read_remittance(claims())
    assert refusal.value.code == "nothing_to_read"


def test_lines_outside_any_claim_are_noted() -> None:
    records = read_remittance(remittance("SVC*HC:99213*1*1~" + DECISION))
    assert codes_of(records) == ["line_outside_claim"]
    assert len(only(DecisionRecord, records).lines) == 1


@pytest.mark.parametrize(
    ("removed", "told"), [("TRN*1*TRACE1*1512345678~", "TRN02"), ("N1*PR*Northwind Health*XV*NW001~", "N1*PR")]
)
def test_a_header_that_lacks_something_says_what(removed: str, told: str) -> None:
    records = read_remittance(remittance(head=REMITTANCE_HEAD.replace(removed, "")))
    assert told in only(Finding, records).message
    assert only(DecisionRecord, records).control_number == "CLAIM1"


def test_letters_of_names_survive_utf8_and_windows_files() -> None:
    for encoding in ("utf-8", "cp1252"):
        data = remittance(DECISION.replace("DOE*JANE", "MUÑOZ*RENÉE")).decode().encode(encoding)
        patient = only(DecisionRecord, read_remittance(data)).patient
        assert patient is not None and patient.name == "MUÑOZ, RENÉE"


def test_a_broken_interchange_behind_a_good_one_is_told_and_loses_nothing_before_it() -> None:
    records = read_remittance(remittance() + b"ISA*00*broken")
    assert only(DecisionRecord, records).control_number == "CLAIM1"
    problem = only(Problem, records)
    assert (problem.code, problem.position) == ("separators", 24)


def test_findings_of_one_kind_are_counted_beyond_the_first_hundred() -> None:
    odd = DECISION.replace("CAS*CO*45*15~", "")
    records = read_remittance(remittance(odd * 250))
    assert codes_of(records).count("line_unbalanced") == 101
    assert any("150 more" in finding.message for finding in of(Finding, records))


def test_the_clock_is_the_callers() -> None:
    data = [remittance(DECISION.replace("DTM*050*20250110", "DTM*050*20300101"))]
    (claim,) = of(DecisionRecord, read_835(data, today=TODAY.replace(year=2031)))
    assert claim.received_date == date(2030, 1, 1)
