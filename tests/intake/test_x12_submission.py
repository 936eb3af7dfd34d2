"""An 837 gives each claim as it was sent to one payer, whatever levels, loops and other payers stand around it."""

from datetime import date
from decimal import Decimal

import pytest
from intake.readers import (
    CLAIM,
    CLAIMS_HEAD,
    DENTAL_CLAIM,
    DENTAL_GUIDE,
    INSTITUTIONAL_CLAIM,
    INSTITUTIONAL_GUIDE,
    claims,
    codes_of,
    of,
    only,
    read_claims,
    remittance,
)

from upstream.intake.records import ClaimRecord, Finding, PatientRecord, Problem, SubmissionRecord, UnreadableFile

DEPENDENT = "HL*3*2*23*0~PAT*19~NM1*QC*1*DOE*TIM~DMG*D8*20150704*M~"


def claim(body: str = CLAIM, head: str = CLAIMS_HEAD) -> ClaimRecord:
    return only(ClaimRecord, read_claims(claims(body, head)))


def test_a_true_claim_is_read_whole_and_without_findings() -> None:
    found, sent = read_claims(claims())
    assert isinstance(found, ClaimRecord) and isinstance(sent, SubmissionRecord)
    (line,) = found.lines
    assert (found.position, found.control_number, found.frequency_code) == (14, "CLAIM1", "1")
    assert (found.payer_name, found.payer_identifier, found.plan) == ("Northwind Health", "NW837", "Gold PPO")
    assert (found.submitted_date, found.service_date) == (date(2025, 1, 15), date(2025, 1, 2))
    assert (found.outcome, found.decided_date, found.paid_amount) == (None, None, None)
    assert (found.billed_amount, found.authorization_number) == (Decimal("100.00"), "AUTH1")
    assert (found.provider_npi, found.location) == ("1003000126", "Riverside Clinic")
    assert found.diagnosis_codes == ["E119", "I10"]
    assert found.patient == PatientRecord("", "DOE, JANE", date(1980, 1, 31), "M100")
    assert (line.number, line.procedure_code, line.modifiers, line.units) == (1, "99213", ("25",), Decimal(1))
    assert (line.billed_amount, line.service_date, line.control_number) == (Decimal(100), date(2025, 1, 2), "L1")
    assert found.line_keyed is False


def test_the_billing_provider_stands_in_for_an_untold_rendering_provider() -> None:
    assert claim(CLAIM.replace("NM1*82*1*ROE*RICHARD****XX*1003000126~", "")).provider_npi == "1234567893"


def test_the_service_location_goes_before_the_billing_providers_name() -> None:
    assert claim(CLAIM.replace("LX*1~", "NM1*77*2*Hillside Annex~LX*1~")).location == "Hillside Annex"


def test_a_dependent_is_the_patient_under_the_subscribers_member_number() -> None:
    found = claim(head=CLAIMS_HEAD + DEPENDENT)
    assert found.patient == PatientRecord("", "DOE, TIM", date(2015, 7, 4), "M100")


def test_the_next_subscriber_is_nobodys_dependent() -> None:
    other = "HL*4*1*22*0~SBR*P*18*******CI~NM1*IL*1*ROE*ANN****MI*M200~NM1*PR*2*Southwind*****PI*SW1~"
    first, second = of(ClaimRecord, read_claims(claims(DEPENDENT + CLAIM + other + CLAIM.replace("CLAIM1", "CLAIM2"))))
    assert first.patient == PatientRecord("", "DOE, TIM", date(2015, 7, 4), "M100")
    assert second.patient == PatientRecord("", "ROE, ANN", None, "M200")
    assert (second.payer_name, second.plan) == ("Southwind", "")


def test_several_claims_of_one_patient_do_not_share_a_record() -> None:
    first, second = of(ClaimRecord, read_claims(claims(CLAIM + CLAIM.replace("CLAIM1", "CLAIM2"))))
    assert first.patient == second.patient and first.patient is not second.patient
    assert len(first.lines) == len(second.lines) == 1


def test_other_payers_leave_no_trace_on_the_claim() -> None:
    other_payer = (
        "SBR*S*01**Other Plan*****12~CAS*PR*1*21.89~AMT*D*39.15~OI***Y*P**Y~NM1*IL*1*ROE*ANN****MI*X9~"
        "DMG*D8*19500101*F~"
        "NM1*PR*2*Other Payer*****PI*OTHER~REF*G1*THEIRS~NM1*82*1*OTHER*DOC****XX*1999999984~NM1*77*2*Elsewhere~"
    )
    adjudication = "SVD*OTHER*40*HC:99213**1~CAS*CO*42*3~DTP*573*D8*20250120~"
    assert claim(CLAIM.replace("LX*1~", f"{other_payer}LX*1~") + adjudication) == claim()


def test_a_second_claim_to_another_payer_is_that_payers() -> None:
    head = CLAIMS_HEAD.replace("SBR*P*18", "SBR*S*18").replace("Northwind Health*****PI*NW837", "Southwind*****PI*SW1")
    assert claim(head=head).payer_name == "Southwind"


def test_providers_and_references_of_a_line_are_not_the_claims() -> None:
    in_line = "NM1*82*1*LINE*DOC****XX*1999999984~NM1*77*2*Line Place~"
    found = claim(CLAIM + in_line)
    assert (found.provider_npi, found.location) == ("1003000126", "Riverside Clinic")


def test_an_authorization_told_on_a_line_only_is_the_claims() -> None:
    body = CLAIM.replace("REF*G1*AUTH1~", "").replace("REF*6R*L1~", "REF*G1*AUTH2~REF*6R*L1~")
    assert claim(body).authorization_number == "AUTH2"


def test_lines_number_from_one_within_their_claim_whatever_lx_says() -> None:
    second = "LX*9~SV1*HC:36415*20*UN*2***1~DTP*472*RD8*20250101-20250103~"
    found = claim(CLAIM.replace("CLM*CLAIM1*100*", "CLM*CLAIM1*120*") + second)
    assert [(line.number, line.procedure_code) for line in found.lines] == [(1, "99213"), (2, "36415")]
    assert found.lines[1].units == 2
    assert found.service_date == found.lines[1].service_date == date(2025, 1, 1)


def test_the_frequency_tells_replacements_whatever_cuts_the_composite() -> None:
    assert claim(CLAIM.replace("11:B:1", "11:B:7")).frequency_code == "7"
    assert claim(CLAIM.replace("11:B:1", "11>B>8")).frequency_code == "8"
    assert claim(CLAIM.replace("11:B:1", "11::1")).frequency_code == "1"
    assert claim(CLAIM.replace("11:B:1", "")).frequency_code == "1"


def test_diagnoses_are_told_from_other_codes_of_hi() -> None:
    hi = "HI*ABK:E11.9*ABF:I10*BG:09~HI*BP:00100~"
    assert claim(CLAIM.replace("HI*ABK:E119*ABF:I10~", hi)).diagnosis_codes == ["E119", "I10"]


def test_qualifiers_in_elements_of_their_own_are_followed() -> None:
    assert claim(CLAIM.replace("HI*ABK:E119*ABF:I10~", "HI*BK*8901*BF*87200*BF:5559~")).diagnosis_codes == [
        "8901", "87200", "5559",
    ]  # fmt: skip


def test_the_groups_date_stands_in_for_an_unreadable_submission_date() -> None:
    records = read_claims(claims(head=CLAIMS_HEAD.replace("20250115", "TODAY")))
    assert only(ClaimRecord, records).submitted_date == date(2025, 1, 16)
    assert codes_of(records) == ["date"]


def test_lines_that_do_not_add_up_to_the_claim_are_noted() -> None:
    records = read_claims(claims(CLAIM.replace("CLAIM1*100", "CLAIM1*101")))
    assert codes_of(records) == ["claim_total_differs"]
    assert only(ClaimRecord, records).billed_amount == 101


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("CLM*CLAIM1*100", "CLM**100", "CLM01"),
        ("CLM*CLAIM1*100", "CLM*CLAIM1*", "CLM02"),
        ("CLM*CLAIM1*100", "CLM*CLAIM1*A LOT", "CLM02"),
        ("CLM*CLAIM1*100", "CLM*CLAIM1*-100", "CLM02"),
        ("HC:99213:25*100", "HC:99213:25*MUCH", "SV102"),
        ("HC:99213:25*100", "HC:99213:25*", "SV102"),
        ("HC:99213:25*100", "HC*100", "SV101"),
        ("SV1*HC:99213:25*100*UN*1***1~", "", "SV1"),
        ("SV1*HC:99213:25*100*UN*1***1~", "SV2*0301*HC:99213*100~", "SV2"),
        ("SV1*HC:99213:25*100*UN*1***1~", "SV3*AD:D0120*100~", "SV3"),
        ("REF*G1*AUTH1", f"REF*G1*{'A' * 51}", "authorization_number"),
    ],
)
def test_a_claim_that_cannot_be_taken_costs_only_itself(old: str, new: str, field: str) -> None:
    assert old in CLAIM
    bad = CLAIM.replace(old, new)
    records = read_claims(claims(bad + CLAIM.replace("CLAIM1", "CLAIM2")))
    problem = only(Problem, records)
    assert (problem.position, problem.field, problem.raw) == (14, field, bad)
    assert "DOE" not in problem.message and "CLAIM1" not in problem.message
    assert only(ClaimRecord, records).control_number == "CLAIM2"


def test_claims_without_payer_or_submission_date_are_problems() -> None:
    no_payer = CLAIMS_HEAD.replace("NM1*PR*2*Northwind Health*****PI*NW837~", "")
    assert only(Problem, read_claims(claims(head=no_payer))).code == "payer"
    undated = claims(head=CLAIMS_HEAD.replace("*20250115*", "**")).replace(b"*20250116*", b"**")
    assert only(Problem, read_claims(undated)).code == "submitted_date"


def test_levels_that_are_none_are_noted() -> None:
    records = read_claims(claims(head=CLAIMS_HEAD + "HL*3*2*99*0~"))
    assert codes_of(records) == ["hierarchy_level"]
    assert only(ClaimRecord, records).control_number == "CLAIM1"


# Professional, institutional and dental claims

SETS = [(CLAIM, "005010X222A1"), (INSTITUTIONAL_CLAIM, INSTITUTIONAL_GUIDE), (DENTAL_CLAIM, DENTAL_GUIDE)]


def test_transaction_sets_of_every_kind_are_read_one_after_the_other() -> None:
    records = read_claims(b"".join(claims(body, guide=guide) for body, guide in SETS * 2))
    assert not of(Problem, records) and not codes_of(records)
    told = [(found.control_number, [line.procedure_code for line in found.lines]) for found in of(ClaimRecord, records)]
    kinds = [("CLAIM1", ["99213"]), ("STAY1", ["0120", "85025"]), ("TOOTH1", ["D2150", "D0120"])]
    assert told == kinds * 2


def test_where_no_guide_is_named_each_claim_is_of_the_kind_of_its_lines() -> None:
    by_guide = [claim for body, guide in SETS for claim in of(ClaimRecord, read_claims(claims(body, guide=guide)))]
    by_lines = of(ClaimRecord, read_claims(claims("".join(body for body, _ in SETS), guide="005010")))
    for found in [*by_guide, *by_lines]:
        found.position = 0
    assert by_lines == by_guide


@pytest.mark.parametrize("guide", [guide for _, guide in SETS])
def test_a_claim_of_another_kind_than_its_guide_names_is_a_problem_that_says_so(guide: str) -> None:
    fitting = next(body for body, own in SETS if own == guide)
    others = [body for body, own in SETS if own != guide]
    records = read_claims(claims("".join([*others, fitting]), guide=guide))
    problems = of(Problem, records)
    assert [(problem.code, problem.raw) for problem in problems] == [("other_claim_kind", body) for body in others]
    assert all("transaction sets of its own" in problem.message for problem in problems)
    assert only(ClaimRecord, records).control_number == fitting.split("*")[1]


@pytest.mark.parametrize("line", ["SV2*0301*HC:99214*100*UN*1~", "SV3*AD:D0120*100~"])
def test_lines_of_two_kinds_in_one_claim_are_a_problem_also_where_no_guide_is_named(line: str) -> None:
    problem = only(Problem, read_claims(claims(f"{CLAIM}LX*2~{line}", guide="005010")))
    assert (problem.field, problem.code) == (line[:3], "other_claim_kind")
    assert "SV1" in problem.message and line[:3] in problem.message


@pytest.mark.parametrize("guide", ["005010X298", "004010X096A1"])
def test_sets_of_other_guides_are_passed_over_and_those_of_claims_read(guide: str) -> None:
    records = read_claims(claims(guide=guide) + claims())
    assert codes_of(records) == ["other_transaction_set"]
    assert only(ClaimRecord, records).control_number == "CLAIM1"


def test_a_file_without_claims_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="no claim set"):
        read_claims(remittance())


@pytest.mark.parametrize("line", ["SV1*HC:99213*1~", "SV2*0120**1~", "SV3*AD:D0120*1~"])
def test_a_line_outside_any_claim_is_noted_by_its_name(line: str) -> None:
    (finding,) = of(Finding, read_claims(claims(line)))
    assert finding.code == "line_outside_claim" and line[:3] in finding.message


def test_a_set_ends_with_the_numbers_by_which_it_is_acknowledged() -> None:
    bad = CLAIM.replace("CLM*CLAIM1*100", "CLM**100")
    *_, sent = read_claims(claims(CLAIM + bad))
    assert sent == SubmissionRecord(3, "000000001", "S", "1", "0001", "1", "1", date(2025, 1, 16), 2)


def test_every_set_of_a_file_tells_its_own_numbers() -> None:
    other = claims(CLAIM.replace("CLAIM1", "CLAIM2"), CLAIMS_HEAD.replace("BHT*0019*00*1*", "BHT*0019*00*B2*"))
    sent = of(SubmissionRecord, read_claims(claims() + other.replace(b"*0001", b"*0002")))
    assert [(record.position, record.set_number, record.batch_reference) for record in sent] == [
        (3, "0001", "1"), (27, "0002", "B2"),
    ]  # fmt: skip


def test_a_set_without_any_date_cannot_be_placed_and_is_not_told() -> None:
    undated = claims(head=CLAIMS_HEAD.replace("*20250115*", "**")).replace(b"*20250116*", b"**")
    assert of(SubmissionRecord, read_claims(undated)) == []
