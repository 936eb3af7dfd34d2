"""An 837I gives stays and visits as an institution bills them: by statement, revenue code and attending provider."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from intake.readers import (
    CLAIMS_HEAD,
    INSTITUTIONAL_CLAIM,
    INSTITUTIONAL_GUIDE,
    claims,
    codes_of,
    of,
    only,
    read_claims,
    read_remittance,
    remittance,
)

from upstream.intake.records import ClaimRecord, DecisionRecord, LineRecord, PatientRecord, Problem, SubmissionRecord

ROOM = "SV2*0120**1200*DA*3~"
STATEMENT = "DTP*434*RD8*20250103-20250106~"


def institutional(body: str = INSTITUTIONAL_CLAIM, head: str = CLAIMS_HEAD) -> bytes:
    return claims(body, head, INSTITUTIONAL_GUIDE)


def claim(body: str = INSTITUTIONAL_CLAIM) -> ClaimRecord:
    return only(ClaimRecord, read_claims(institutional(body)))


def decided_line(svc: str) -> LineRecord:
    body = f"CLP*STAY1*1*1200*900**MC*ICN1*11*1~{svc}CAS*CO*45*300~"
    return only(DecisionRecord, read_remittance(remittance(body))).lines[0]


def test_a_true_claim_is_read_whole_and_without_findings() -> None:
    found, sent = read_claims(institutional())
    assert isinstance(found, ClaimRecord) and isinstance(sent, SubmissionRecord)
    assert (found.control_number, found.frequency_code, found.billed_amount) == ("STAY1", "1", Decimal("1600.00"))
    assert (found.payer_name, found.submitted_date, found.outcome) == ("Northwind Health", date(2025, 1, 15), None)
    assert (found.service_date, found.authorization_number) == (date(2025, 1, 3), "AUTH7")
    assert (found.provider_npi, found.location) == ("1003000126", "Riverside Clinic")
    assert found.patient == PatientRecord("", "DOE, JANE", date(1980, 1, 31), "M100")
    room, laboratory = found.lines
    assert (room.number, room.procedure_code, room.modifiers, room.units) == (1, "0120", (), Decimal(3))
    assert (room.billed_amount, room.service_date) == (Decimal("1200.00"), None)
    assert (laboratory.procedure_code, laboratory.modifiers, laboratory.units) == ("85025", ("91",), Decimal(2))
    assert (laboratory.billed_amount, laboratory.service_date) == (Decimal("400.00"), date(2025, 1, 4))
    assert laboratory.control_number == "L2"


def test_only_principal_and_other_diagnoses_are_diagnoses() -> None:
    """Not the admitting one, the patient's reasons, groups, procedures, occurrences, values and conditions of HI."""
    assert claim().diagnosis_codes == ["I2510", "E119", "I10"]
    older = INSTITUTIONAL_CLAIM.replace("ABK:I2510", "BK:41401").replace("ABF:E119", "BF:25000")
    assert claim(older).diagnosis_codes == ["41401", "25000", "I10"]


def test_all_diagnoses_an_institution_may_tell_are_kept() -> None:
    more = "".join(f"HI{''.join(f'*ABF:Z{ten + one}' for one in range(11))}~" for ten in (100, 200))
    records = read_claims(institutional(INSTITUTIONAL_CLAIM.replace("HI*DR", f"{more}HI*DR")))
    assert len(only(ClaimRecord, records).diagnosis_codes) == 3 + 22
    assert codes_of(records) == []


# Days


def test_the_statement_begins_the_service_whatever_days_its_lines_have() -> None:
    assert claim(INSTITUTIONAL_CLAIM.replace(STATEMENT, "DTP*434*D8*20250102~")).service_date == date(2025, 1, 2)


def test_without_a_statement_the_earliest_line_tells_the_day_and_admission_does_not() -> None:
    assert claim(INSTITUTIONAL_CLAIM.replace(STATEMENT, "")).service_date == date(2025, 1, 4)
    undated = INSTITUTIONAL_CLAIM.replace(STATEMENT, "").replace("DTP*472*D8*20250104~", "")
    assert claim(undated).service_date is None


def test_a_statement_is_its_own_claims_only() -> None:
    second = INSTITUTIONAL_CLAIM.replace("STAY1", "STAY2").replace(STATEMENT, "")
    days = [found.service_date for found in of(ClaimRecord, read_claims(institutional(INSTITUTIONAL_CLAIM + second)))]
    assert days == [date(2025, 1, 3), date(2025, 1, 4)]


def test_a_day_told_before_its_line_does_not_stand_in_for_the_statement() -> None:
    assert claim(INSTITUTIONAL_CLAIM.replace(ROOM, f"DTP*472*D8*20250105~{ROOM}")).service_date == date(2025, 1, 3)


def test_an_unreadable_statement_is_noted_and_left_out() -> None:
    records = read_claims(institutional(INSTITUTIONAL_CLAIM.replace("20250103-20250106", "LAST WEEK")))
    assert codes_of(records) == ["date"]
    assert only(ClaimRecord, records).service_date == date(2025, 1, 4)


# Bill type and providers


@pytest.mark.parametrize("frequency", ["2", "3", "4", "7", "8", "0"])
def test_the_last_digit_of_the_type_of_bill_is_the_frequency(frequency: str) -> None:
    assert claim(INSTITUTIONAL_CLAIM.replace("11:A:1", f"13:A:{frequency}")).frequency_code == frequency
    assert claim(INSTITUTIONAL_CLAIM.replace("11:A:1", f"13>A>{frequency}")).frequency_code == frequency


def test_the_attending_provider_stands_in_for_an_untold_rendering_one() -> None:
    rendering = "NM1*82*1*ROE*ANN****XX*1111111112~"
    operating = "NM1*72*1*FERN*BEA****XX*1999999984~"
    assert claim().provider_npi == "1003000126"
    assert claim(INSTITUTIONAL_CLAIM.replace(operating, operating + rendering)).provider_npi == "1111111112"
    assert claim(INSTITUTIONAL_CLAIM.replace("NM1*71", f"{rendering}NM1*71")).provider_npi == "1111111112"
    assert claim(INSTITUTIONAL_CLAIM.replace("****XX*1003000126", "")).provider_npi == "1234567893"


def test_an_attending_provider_is_its_own_claims_only() -> None:
    second = INSTITUTIONAL_CLAIM.replace("STAY1", "STAY2").replace("NM1*71*1*MOSS*ADA****XX*1003000126~", "")
    first, other = of(ClaimRecord, read_claims(institutional(INSTITUTIONAL_CLAIM + second)))
    assert (first.provider_npi, other.provider_npi) == ("1003000126", "1234567893")


def test_the_service_facility_goes_before_the_billing_providers_name() -> None:
    assert claim(INSTITUTIONAL_CLAIM.replace("LX*1~", "NM1*77*2*North Campus~LX*1~")).location == "North Campus"


def test_other_payers_leave_no_trace_on_the_claim() -> None:
    other_payer = (
        "SBR*S*01**Other Plan*****12~CAS*PR*1*21.89~AMT*D*39.15~OI***Y***Y~MIA*1***100~NM1*IL*1*ROE*ANN****MI*X9~"
        "NM1*PR*2*Other Payer*****PI*OTHER~DTP*573*D8*20250120~REF*G1*THEIRS~NM1*71*1~NM1*82*1~NM1*77*2*Elsewhere~"
    )
    adjudication = "SVD*OTHER*40**0305*1~CAS*CO*42*3~DTP*573*D8*20250120~"
    assert claim(INSTITUTIONAL_CLAIM.replace("LX*1~", f"{other_payer}LX*1~") + adjudication) == claim()


# Lines


@pytest.mark.parametrize(
    ("sv2", "svc", "code"),
    [
        ("SV2*0120**1200*DA*3~", "SVC*NU:0120*1200*900**3~", "0120"),
        ("SV2*120**1200*DA*3~", "SVC*NU:120*1200*900**3~", "0120"),
        ("SV2*0305*HC:85025:91*1200*UN*3~", "SVC*HC:85025:91*1200*900*0305*3~", "85025"),
        ("SV2*0305*HC>85025*1200*UN*3~", "SVC*HC>85025*1200*900*0305*3~", "85025"),
        ("SV2*0024*HP:A0101*1200*UN*3~", "SVC*HP:A0102*1200*900*0024*3~", "0024"),
        ("SV2*0120*HC*1200*DA*3~", "SVC*NU:0120*1200*900**3~", "0120"),
    ],
)
def test_a_line_is_known_by_the_same_code_in_the_claim_and_in_its_remittance(sv2: str, svc: str, code: str) -> None:
    assert claim(INSTITUTIONAL_CLAIM.replace(ROOM, sv2)).lines[0].procedure_code == code
    assert decided_line(svc).procedure_code == code


@pytest.mark.parametrize(
    ("svc", "submitted"),
    [
        ("SVC*NU:0305*1200*900**1*HC:85025~", "85025"),
        ("SVC*HC:85027*1200*900*0305*1*HC:85025~", "85025"),
        ("SVC*HC:85025*1200*900*0305*1*NU:0305~", "0305"),
        ("SVC*HP:A0102*1200*900*0024*1*HP:A0101~", "0024"),
        ("SVC*HC:85025*1200*900*0305*1~", ""),
    ],
)
def test_what_was_billed_is_told_where_another_code_was_decided_on(svc: str, submitted: str) -> None:
    assert decided_line(svc).submitted_procedure_code == submitted


def test_a_rate_code_without_its_revenue_code_is_all_that_is_known_of_a_line() -> None:
    assert decided_line("SVC*HP:A0102*1200*900~").procedure_code == "A0102"


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda text: text.replace(ROOM, "SV2***1200*DA*3~"), "SV201"),
        (lambda text: text.replace(ROOM, "SV2*0120***DA*3~"), "SV203"),
        (lambda text: text.replace(ROOM, "SV2*0120**MUCH*DA*3~"), "SV203"),
        (lambda text: text[: text.index("LX*1~")], "SV2"),
        (lambda text: text.replace("1003000126", "100300012600"), "provider_npi"),
    ],
)
def test_a_claim_that_cannot_be_taken_costs_only_itself(spoil: Callable[[str], str], field: str) -> None:
    bad = spoil(INSTITUTIONAL_CLAIM)
    records = read_claims(institutional(bad + INSTITUTIONAL_CLAIM.replace("STAY1", "STAY2")))
    problem = only(Problem, records)
    assert (problem.field, problem.raw) == (field, bad)
    assert "STAY1" not in problem.message and "MUCH" not in problem.message
    assert only(ClaimRecord, records).control_number == "STAY2"


def test_an_unreadable_quantity_is_noted_and_left_out() -> None:
    records = read_claims(institutional(INSTITUTIONAL_CLAIM.replace("DA*3~", "DA*SOME~")))
    assert codes_of(records) == ["quantity"]
    assert only(ClaimRecord, records).lines[0].units is None
