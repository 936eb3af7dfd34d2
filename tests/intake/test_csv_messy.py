"""Files as practices have them: each kind of mess is read, or told with its line, its column and what to do."""

from datetime import date
from decimal import Decimal

import pytest
from intake.readers import CSV_HEADER, claims_of, codes_of, of, only, problem_of, read_csv, table

from upstream.intake.csv_rows import MAX_ROW_LINES
from upstream.intake.records import ClaimRecord, Finding, Problem

ROW = "C1,Northwind,99213,2025-01-02,2025-01-05,2025-02-01,2025-02-03,paid,120.00,90,80,"
PATIENTS = CSV_HEADER + ",patient_name,patient_dob,member_id"
PATIENT_ROW = ROW + ",Jane Canary,1980-01-31,CANARY77"


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert claims_of(b"\xef\xbb\xbf" + table(ROW))[0].control_number == "C1"


def test_a_later_row_in_windows_1252_does_not_spoil_the_header() -> None:
    header = CSV_HEADER + ",Médico"
    body = f"{header}\n".encode() + f"{ROW},\n{ROW.replace('C1', 'C2')},José\n".encode("cp1252")
    records = read_csv(b"\xef\xbb\xbf" + body)
    assert [claim.control_number for claim in of(ClaimRecord, records)] == ["C1", "C2"]
    assert "Columns that were not read: Médico." in [finding.message for finding in of(Finding, records)]


def test_amounts_with_currency_and_thousands_are_read() -> None:
    assert claims_of(table(ROW.replace("120.00", '"$1,200.50"')))[0].billed_amount == Decimal("1200.50")


def test_a_reversed_date_names_both_columns() -> None:
    problem = problem_of(table(ROW.replace("2025-02-01", "2025-01-01")))
    assert (problem.field, problem.code) == ("decided_date", "dates_reversed")
    assert "decided_date" in problem.message and "submitted_date" in problem.message


@pytest.mark.parametrize(
    ("old", "new", "fields"),
    [
        ("2025-01-02", "2025-01-06", ("submitted_date", "service_date")),
        ("2025-02-03", "2025-01-04", ("paid_date", "submitted_date")),
    ],
)
def test_every_pair_of_dates_that_cannot_be_is_told(old: str, new: str, fields: tuple[str, str]) -> None:
    problem = problem_of(table(ROW.replace(old, new)))
    assert problem.code == "dates_reversed"
    assert all(name in problem.message for name in fields)


@pytest.mark.parametrize(
    ("old", "column"), [("120.00", "billed_amount"), ("90", "allowed_amount"), ("80", "paid_amount")]
)
@pytest.mark.parametrize("sign", ["-5.00", "(5.00)"])
def test_a_negative_amount_is_a_problem_of_its_column(old: str, column: str, sign: str) -> None:
    problem = problem_of(table(ROW.replace(f",{old},", f",{sign},")))
    assert (problem.field, problem.code) == (column, "negative_amount")


def test_a_takeback_is_pointed_to_the_remittance() -> None:
    assert "835" in problem_of(table(ROW.replace(",80,", ",-80,"))).message


def test_a_pending_claim_needs_no_decision() -> None:
    claim = claims_of(table("C1,Northwind,99213,,2025-01-05,,,Open,100,,,"))[0]
    assert (claim.outcome, claim.decided_date, claim.paid_amount, claim.service_date) == ("pending", None, None, None)


def test_a_duplicate_row_is_the_same_claim_again() -> None:
    first, second = claims_of(table(ROW, ROW))
    second.position = first.position
    assert first == second


def test_a_latin_1_name_keeps_its_letters() -> None:
    data = table(PATIENT_ROW.replace("Jane Canary", "Zoë Muñoz"), header=PATIENTS).decode().encode("latin-1")
    patient = only(ClaimRecord, read_csv(data)).patient
    assert patient is not None and patient.name == "Zoë Muñoz"


def test_people_called_null_and_na_keep_their_names() -> None:
    for name in ("Null", "Na"):
        patient = claims_of(table(PATIENT_ROW.replace("Jane Canary", name), header=PATIENTS))[0].patient
        assert patient is not None and patient.name == name


def test_words_for_nothing_are_nothing() -> None:
    claim = claims_of(table("N/A,Northwind,99213,null,2025-01-05,-,NaT,pending,,n/a,None,NULL"))[0]
    assert (claim.control_number, claim.service_date, claim.allowed_amount, claim.denial_code) == ("", None, None, "")


@pytest.mark.parametrize(("old", "new"), [("paid,", "paid"), ("C1,", "C1,,"), ("Northwind", "North,wind")])
def test_rows_of_another_width_are_problems(old: str, new: str) -> None:
    bad = ROW.replace(old, new, 1)
    records = read_csv(table(bad, ROW))
    problem = only(Problem, records)
    assert (problem.position, problem.code, problem.raw) == (2, "cell_count", bad)
    assert only(ClaimRecord, records).position == 3


def test_unnamed_columns_at_the_end_may_be_there_or_not() -> None:
    for row in (ROW, ROW + ",", ROW + ",,"):
        assert claims_of(table(row, header=CSV_HEADER + ",,"))[0].control_number == "C1"


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("Northwind", "", "payer"),
        ("Northwind", "N" * 201, "payer"),
        ("99213", "", "procedure_code"),
        ("99213", "office visit", "procedure_code"),
        ("2025-01-05", "", "submitted_date"),
        ("2025-01-05", "2025-13-05", "submitted_date"),
        ("2025-01-05", "1925-01-05", "submitted_date"),
        ("2025-01-02", "2035-01-02", "service_date"),
        ("120.00", "a lot", "billed_amount"),
        ("120.00", "12 EUR", "billed_amount"),
        ("C1", "C" * 51, "claim_id"),
    ],
)
def test_a_cell_that_cannot_be_taken_names_its_column(old: str, new: str, field: str) -> None:
    problem = problem_of(table(ROW.replace(old, new)))
    assert (problem.field, problem.position) == (field, 2)
    assert field in problem.message


def test_the_column_is_called_what_the_file_calls_it() -> None:
    data = table(ROW.replace("2025-01-05", "soon"), header=CSV_HEADER.replace("submitted_date", "Date Billed"))
    assert problem_of(data).message.startswith("Column “Date Billed” (submitted_date) ")


def test_everything_wrong_with_a_row_is_told_at_once() -> None:
    message = problem_of(table("C1,,99213,2025-01-02,soon,2025-02-01,,paid,lots,90,80,")).message
    assert all(name in message for name in ("payer", "submitted_date", "billed_amount"))


@pytest.mark.parametrize(
    "bad",
    [
        PATIENT_ROW.replace("1980-01-31", "CANARY"),
        PATIENT_ROW.replace("CANARY77", "CANARY" * 20),
        PATIENT_ROW.replace("Jane Canary", "CANARY" * 50),
        PATIENT_ROW.replace("paid,", "CANARY,"),
        PATIENT_ROW.replace("99213", "CANARY CANARY"),
        PATIENT_ROW + ",CANARY",
        PATIENT_ROW.replace("Jane Canary", '"CANARY'),
        PATIENT_ROW.replace("80,", "CANARY,"),
        PATIENT_ROW.replace("2025-01-05", "CANARY"),
    ],
)
def test_no_message_repeats_a_value_and_the_row_is_kept_for_repair(bad: str) -> None:
    records = read_csv(table(bad, header=PATIENTS))
    problem = only(Problem, records)
    assert "CANARY" not in problem.message.upper()
    assert "CANARY" in problem.raw and problem.raw == bad


def test_a_quotation_mark_that_never_closes_costs_one_row() -> None:
    records = read_csv(table(ROW, ROW.replace("Northwind", '"Northwind'), *[ROW] * 3))
    problem = only(Problem, records)
    assert (problem.position, problem.code) == (3, "quotation_mark")
    assert [claim.position for claim in of(ClaimRecord, records)] == [2, 4, 5, 6]


def test_a_stray_quotation_mark_closed_by_another_far_below_costs_two_rows() -> None:
    stray = ROW.replace("Northwind", '"Northwind')
    records = read_csv(table(stray, *[ROW] * (MAX_ROW_LINES + 5), stray, ROW))
    assert [problem.position for problem in of(Problem, records)] == [2, MAX_ROW_LINES + 8]
    assert len(of(ClaimRecord, records)) == MAX_ROW_LINES + 6


def test_two_stray_quotation_marks_close_together_swallow_no_rows_between() -> None:
    stray = ROW.replace("Northwind", '"Northwind')
    records = read_csv(table(stray, ROW, ROW, stray, ROW))
    assert [problem.position for problem in of(Problem, records)] == [2, 5]
    assert [claim.position for claim in of(ClaimRecord, records)] == [3, 4, 6]


def test_a_mark_for_inches_inside_a_cell_is_only_a_letter() -> None:
    assert claims_of(table(ROW.replace("Northwind", 'North 5" wind')))[0].payer_name == 'North 5" wind'


def test_a_row_with_nul_characters_is_refused_and_the_others_read() -> None:
    records = read_csv(table(ROW, ROW.replace("North", "No\0th"), ROW))
    assert (only(Problem, records).position, only(Problem, records).code) == (3, "nul_character")
    assert "\0" not in only(Problem, records).raw
    assert len(of(ClaimRecord, records)) == 2


def test_other_control_characters_become_spaces() -> None:
    assert claims_of(table(ROW.replace("Northwind", "North\x0bwind\x1f")))[0].payer_name == "North wind"


def test_formula_cells_are_text_or_problems_and_never_anything_else() -> None:
    assert claims_of(table(ROW.replace("Northwind", "=HYPERLINK(1)")))[0].payer_name == "=HYPERLINK(1)"
    assert problem_of(table(ROW.replace("120.00", "=1+1"))).field == "billed_amount"
    assert problem_of(table(ROW.replace("2025-01-05", "@SUM(1)"))).field == "submitted_date"


def test_optional_texts_that_cannot_be_read_are_left_out_and_told_once() -> None:
    header = CSV_HEADER + ",remark_codes,diagnosis_codes,npi"
    bad = ROW.replace("2025-02-03,paid,120.00,90,80,", "2025-02-03,paid,120.00,90,80,see the letter from May")
    records = read_csv(table(*[f"{bad},call them!,diabetes & more,1234567890"] * 3, header=header))
    assert sorted(codes_of(records)) == ["denial_text", "diagnosis_codes", "npi", "remark_codes"]
    claims = of(ClaimRecord, records)
    assert len(claims) == 3 and all(not claim.denial_code and not claim.diagnosis_codes for claim in claims)
    assert claims[0].provider_npi == "1234567890"
    assert "letter" not in " ".join(finding.message for finding in of(Finding, records))


def test_codes_that_lost_their_zeros_are_noted_and_kept() -> None:
    records = read_csv(table(ROW.replace("99213", "100")))
    assert only(ClaimRecord, records).lines[0].procedure_code == "100"
    assert codes_of(records) == ["short_procedure_code"]


def test_two_digit_years_of_birth_lie_in_the_past() -> None:
    patient = claims_of(table(PATIENT_ROW.replace("1980-01-31", "1/31/50"), header=PATIENTS))[0].patient
    assert patient is not None and patient.birth_date == date(1950, 1, 31)
