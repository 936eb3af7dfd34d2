"""A claims CSV gives its claims: by any header, delimiter and encoding, decided by what its rows tell."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from intake.readers import CSV_HEADER, TODAY, claims_of, codes_of, of, only, problem_of, read_csv, table

from upstream.intake.csv_header import (
    ALIASES,
    FIELDS,
    TableMapping,
    find_header,
    header_digest,
    likely_header,
    match_names,
)
from upstream.intake.csv_reader import read_claims_csv
from upstream.intake.records import (
    AdjustmentRecord,
    ClaimRecord,
    Finding,
    LineRecord,
    PatientRecord,
    Problem,
    UnreadableFile,
)

PAID = "C1,Northwind,99213,2025-01-02,2025-01-05,2025-02-01,2025-02-03,paid,120.00,90,80,"
DENIED = "C2,Northwind,99214,2025-01-02,2025-01-05,2025-02-01,,denied,150,,0,CO-197"
PENDING = "C3,Southwind,90837,2025-05-02,2025-05-05,,,pending,200,,,"


def test_a_row_with_everything_gives_a_whole_claim() -> None:
    header = ",".join(FIELDS)
    row = (
        "C1,,Northwind Health,99213,2025-01-05,partial,2025-01-02,2025-02-01,2025-02-03,$120.00,100,80,CO-197,"
        '"N30,MA130","25,LT","E11.9,I10",2,AUTH1,1234567893,Riverside,P1,"Doe, Jane",1980-01-31,M1,'
        "Standard 2025,Gold PPO"
    )
    (claim,) = claims_of(table(row, header=header))
    assert claim == ClaimRecord(
        position=2,
        control_number="C1",
        payer_name="Northwind Health",
        service_date=date(2025, 1, 2),
        submitted_date=date(2025, 1, 5),
        decided_date=date(2025, 2, 1),
        paid_date=date(2025, 2, 3),
        outcome="partial",
        billed_amount=Decimal(120),
        allowed_amount=Decimal(100),
        paid_amount=Decimal(80),
        denial_code="197",
        remark_codes=["N30", "MA130"],
        authorization_number="AUTH1",
        provider_npi="1234567893",
        location="Riverside",
        contract="Standard 2025",
        plan="Gold PPO",
        diagnosis_codes=["E119", "I10"],
        patient=PatientRecord("P1", "Doe, Jane", date(1980, 1, 31), "M1"),
        lines=[
            LineRecord(
                1,
                "99213",
                ("25", "LT"),
                Decimal(2),
                date(2025, 1, 2),
                Decimal(120),
                Decimal(100),
                Decimal(80),
                denial_code="197",
                remark_codes=["N30", "MA130"],
                decided_date=date(2025, 2, 1),
                paid_date=date(2025, 2, 3),
            )
        ],
    )


def test_rows_come_in_order_with_the_line_they_stand_on() -> None:
    claims = claims_of(table(PAID, DENIED, PENDING))
    assert [(claim.position, claim.control_number, claim.outcome) for claim in claims] == [
        (2, "C1", "paid"), (3, "C2", "denied"), (4, "C3", "pending"),
    ]  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_delimiter_is_found(delimiter: str) -> None:
    assert claims_of(table(PAID, DENIED).replace(b",", delimiter.encode())) == claims_of(table(PAID, DENIED))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_is_found(encoding: str) -> None:
    data = table(PAID.replace("Northwind", "Santé Über"), DENIED).decode().encode(encoding)
    claims = claims_of(data)
    assert [claim.payer_name for claim in claims] == ["Santé Über", "Northwind"]


def test_utf16_with_a_byte_order_mark_is_read_in_both_orders() -> None:
    text = table(PAID).decode()
    for data in (b"\xff\xfe" + text.encode("utf-16-le"), b"\xfe\xff" + text.encode("utf-16-be")):
        assert claims_of(data)[0].control_number == "C1"


def test_lines_of_both_encodings_in_one_file_are_each_read_right() -> None:
    data = (
        table()
        + PAID.replace("Northwind", "Café").encode()
        + b"\n"
        + DENIED.replace("Northwind", "Café").encode("cp1252")
    )
    records = read_csv(data)
    assert [claim.payer_name for claim in of(ClaimRecord, records)] == ["Café", "Café"]
    assert codes_of(records) == ["windows_1252"]
    assert "line 3" in only(Finding, records).message


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(end: str) -> None:
    assert claims_of(table(PAID, DENIED, end=end)) == claims_of(table(PAID, DENIED))


@pytest.mark.parametrize(
    "name",
    [
        "Payer",
        "PAYER ",
        " payer",
        "Payer Name",
        "payer_name",
        "PayerName",
        "payer-name",
        "Insurance",
        "Carrier",
        "Payor",
    ],
)
def test_headers_are_matched_without_case_spaces_and_marks(name: str) -> None:
    assert claims_of(table(PAID, header=CSV_HEADER.replace("payer", name)))[0].payer_name == "Northwind"


def test_a_practice_systems_own_names_are_understood() -> None:
    header = (
        "Claim #,Insurance,CPT,DOS,Date Billed,Decision Date,Payment Date,Claim Status,"
        "Charges,Allowed,Paid,Denial Reason"
    )
    assert claims_of(table(PAID, header=header)) == claims_of(table(PAID))


@pytest.mark.parametrize("field", FIELDS)
def test_every_alias_stands_for_its_field_alone(field: str) -> None:
    for alias in (field, *ALIASES[field]):
        assert match_names([alias.upper()]) == {field: 0}, alias


def mapped(header: str, fields: str, **told: Any) -> TableMapping:
    return TableMapping(header_digest(header.split(",")), tuple(fields.split(",")), **told)


FOREIGN_HEADER = "Ref,Company,What,Out,Back,State,Sum,Got"
FOREIGN_FIELDS = "claim_id,payer,procedure_code,submitted_date,decided_date,outcome,billed_amount,paid_amount"


def test_a_mapping_tells_every_column_and_may_leave_one_alone() -> None:
    fields = FOREIGN_FIELDS.replace("claim_id", "")
    data = table("C1,Northwind,99213,2026-01-05,2026-01-20,paid,100.00,80.00", header=FOREIGN_HEADER)
    records = read_csv(data, mapped(FOREIGN_HEADER, fields))
    claim = only(ClaimRecord, records)
    assert (claim.payer_name, claim.control_number, claim.paid_amount) == ("Northwind", "", Decimal("80.00"))
    assert [finding.code for finding in of(Finding, records)] == ["mapped_columns", "unused_columns"]


def test_a_mapping_finds_its_header_under_a_title_and_whatever_its_case() -> None:
    data = table("Report of May", FOREIGN_HEADER, "C1,Northwind,99213,2026-01-05,,open,1.00,", header="Example Clinic")
    mapping = mapped(FOREIGN_HEADER.upper(), FOREIGN_FIELDS)
    assert only(ClaimRecord, read_csv(data, mapping)).payer_name == "Northwind"


def test_a_mapping_of_another_header_counts_for_nothing() -> None:
    mapping = mapped(FOREIGN_HEADER, FOREIGN_FIELDS)
    assert find_header(table(PAID), mapping) == find_header(table(PAID))


def test_a_mapping_tells_habits_words_and_the_payer() -> None:
    header, fields = FOREIGN_HEADER.replace("Company,", ""), FOREIGN_FIELDS.replace("payer,", "")
    data = table(
        "C1,99213,03/02/2026,05/02/2026,Closed  OK,1.200,80",
        "C2,99213,03/02/2026,,closed,1.200,",
        header=header,
    )
    told = {"day_first": True, "decimal_mark": ".", "outcome_words": {"closed ok": "paid"}, "payer": "Northwind"}
    records = read_csv(data, mapped(header, fields, **told))
    claim = only(ClaimRecord, records)
    assert (claim.payer_name, claim.outcome, claim.billed_amount) == ("Northwind", "paid", Decimal("1.20"))
    assert (claim.submitted_date, claim.decided_date) == (date(2026, 2, 3), date(2026, 2, 5))
    assert only(Problem, records).field == "outcome"
    comma = read_csv(data, mapped(header, fields, **told | {"decimal_mark": ",", "day_first": False}))
    assert only(ClaimRecord, comma).billed_amount == Decimal("1200.00")
    assert only(ClaimRecord, comma).submitted_date == date(2026, 3, 2)


def test_a_likely_header_is_the_first_of_the_widest_rows() -> None:
    data = b"Example Clinic\nMay,2026\na,b,c,d,\n1,2,3,4,5\n6,7,8,9,0\n"
    header = likely_header(data)
    assert header is not None
    assert (header.line_number, header.names, dict(header.columns)) == (3, ("a", "b", "c", "d"), {})
    assert likely_header(b"Dear payer,\nwe appeal, once, more.\n") is None


def test_a_row_of_data_with_two_known_words_is_not_taken_for_the_header_above_it() -> None:
    header = likely_header(b"ref,state,who,day\n1,paid,clinic,2026-01-02\n2,denied,clinic,2026-01-02\n")
    assert header is not None and header.line_number == 1


def test_of_two_columns_for_one_field_the_better_named_is_read_and_the_other_told() -> None:
    records = read_csv(table("Elsewhere," + PAID, header="Insurance," + CSV_HEADER))
    assert only(ClaimRecord, records).payer_name == "Northwind"
    assert "Insurance" in only(Finding, records).message


def test_a_title_above_the_header_is_passed_over() -> None:
    data = b"Claims of May\nRiverside Clinic,,\n\n" + table(PAID)
    assert claims_of(data)[0].position == 5


def test_a_spreadsheets_line_that_names_the_delimiter_is_passed_over() -> None:
    assert claims_of(b"sep=;\r\n" + table(PAID).replace(b",", b";"))[0].position == 3


def test_a_header_repeated_in_the_middle_is_passed_over() -> None:
    assert len(claims_of(table(PAID, CSV_HEADER, DENIED))) == 2


def test_blank_lines_and_rows_of_empty_cells_are_passed_over_and_counted() -> None:
    claims = claims_of(table("", PAID, "", ",,,,,,,,,,,", "   ", DENIED))
    assert [claim.position for claim in claims] == [3, 7]


def test_line_breaks_in_quoted_cells_keep_physical_line_numbers() -> None:
    claims = claims_of(table(PAID.replace("Northwind", '"North\nwind, ""Inc"""'), DENIED))
    assert [claim.position for claim in claims] == [2, 4]
    assert claims[0].payer_name == 'North\nwind, "Inc"'


def test_a_text_forced_by_a_spreadsheet_is_unwrapped() -> None:
    row = PAID.replace("C1", '="000123"').replace("99213", '="00100"')
    claim = claims_of(table(row))[0]
    assert (claim.control_number, claim.lines[0].procedure_code) == ("000123", "00100")


@pytest.mark.parametrize(
    ("missing", "message"),
    [("payer", "payer"), ("procedure_code", "procedure_code"), ("submitted_date", "submitted_date")],
)
def test_a_missing_required_column_is_told_with_the_columns_found(missing: str, message: str) -> None:
    header = CSV_HEADER.replace(missing, "something_else")
    with pytest.raises(UnreadableFile, match=f"no column for {message}") as refusal:
        read_csv(table(PAID, header=header))
    assert refusal.value.code == "missing_columns"
    assert "something_else, " in refusal.value.message and "billed_amount" in refusal.value.message


def test_a_file_that_tells_no_decisions_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="outcome"):
        read_csv(b"payer,cpt,submitted_date,billed\nNorthwind,99213,2025-01-02,100\n")


def test_a_file_without_header_is_refused_without_repeating_its_first_row() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read_csv(b"Jane Doe,Northwind,99213,2025-01-02\n")
    assert refusal.value.code == "no_header"
    assert "Doe" not in refusal.value.message


def test_a_first_row_that_only_resembles_a_header_is_not_repeated() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read_csv(b"Jane Doe,Claim,Paid,1980-01-31\nJohn Roe,Claim,Paid,1980-01-31\n")
    assert "Doe" not in refusal.value.message


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_said_to_be_empty(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match="empty"):
        read_csv(data)


def test_a_header_alone_gives_nothing() -> None:
    assert read_csv(table()) == []


def row(outcome: str = "", decided: str = "", paid_on: str = "", paid: str = "", denial: str = "") -> bytes:
    return table(f"C1,Northwind,99213,2025-01-02,2025-01-05,{decided},{paid_on},{outcome},100,,{paid},{denial}")


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ({}, "pending"),
        ({"paid": "0"}, "pending"),
        ({"decided": "2025-02-01", "paid": "80"}, "paid"),
        ({"paid_on": "2025-02-01"}, "paid"),
        ({"paid_on": "2025-02-01", "paid": "80"}, "paid"),
        ({"decided": "2025-02-01", "paid": "80", "denial": "CO-197"}, "partial"),
        ({"decided": "2025-02-01", "paid": "80", "denial": "CO-45"}, "paid"),
        ({"decided": "2025-02-01", "paid": "0"}, "denied"),
        ({"decided": "2025-02-01", "denial": "CO-197"}, "denied"),
        ({"decided": "2025-02-01", "paid": "0", "denial": "PR-1"}, "paid"),
        ({"outcome": "open"}, "pending"),
        ({"outcome": "paid", "paid_on": "2025-02-01"}, "paid"),
        ({"outcome": "paid", "decided": "2025-02-01", "paid": "0"}, "paid"),
        ({"outcome": "rejected", "decided": "2025-02-01"}, "denied"),
        ({"outcome": "partial", "paid_on": "2025-02-01", "paid": "10"}, "partial"),
    ],
)
def test_the_outcome_is_what_is_told_or_what_dates_and_amounts_tell(told: dict[str, str], outcome: str) -> None:
    assert claims_of(row(**told))[0].outcome == outcome


@pytest.mark.parametrize(
    ("told", "field", "code"),
    [
        ({"outcome": "maybe"}, "outcome", "outcome"),
        ({"outcome": "paid", "paid": "80"}, "decided_date", "missing"),
        ({"outcome": "denied"}, "decided_date", "missing"),
        ({"denial": "CO-197"}, "decided_date", "missing"),
        ({"outcome": "denied", "decided": "2025-02-01", "paid": "80"}, "outcome", "contradiction"),
        ({"outcome": "pending", "decided": "2025-02-01"}, "outcome", "contradiction"),
        ({"outcome": "pending", "paid": "80"}, "outcome", "contradiction"),
        ({"decided": "2025-02-01"}, "outcome", "missing"),
    ],
)
def test_decisions_that_contradict_themselves_are_problems(told: dict[str, str], field: str, code: str) -> None:
    problem = problem_of(row(**told))
    assert (problem.field, problem.code, problem.position) == (field, code, 2)


def test_an_unknown_outcome_is_answered_with_the_words_that_are_known() -> None:
    message = problem_of(row(outcome="maybe")).message
    assert all(word in message for word in ("paid", "denied", "partial", "pending", "in process"))


def test_a_payment_date_dates_the_decision_and_never_the_other_way_round() -> None:
    paid = claims_of(row(paid_on="2025-02-01"))[0]
    decided = claims_of(row(outcome="paid", decided="2025-02-01"))[0]
    assert (paid.decided_date, paid.paid_date) == (date(2025, 2, 1), date(2025, 2, 1))
    assert (decided.decided_date, decided.paid_date) == (date(2025, 2, 1), None)


def test_a_refusal_for_one_grouped_reason_is_an_adjustment_of_the_whole() -> None:
    grouped = claims_of(row(outcome="denied", decided="2025-02-01", denial="CO-197"))[0]
    assert grouped.lines[0].adjustments == [AdjustmentRecord("CO", "197", Decimal(100))]
    for denial in ("197", "CO-197 CO-16"):
        claim = claims_of(row(outcome="denied", decided="2025-02-01", denial=denial))[0]
        assert (claim.denial_code, claim.lines[0].adjustments) == ("197", [])


LINES_HEADER = (
    "claim_id,line_number,payer,cpt,submitted_date,service_date,decided_date,paid_date,outcome,billed,allowed,paid"
)
FIRST_LINE = "C1,1,Northwind,99213,2025-01-05,2025-01-02,2025-02-01,2025-02-02,paid,100,90,80"
SECOND_LINE = "C1,2,Northwind,36415,2025-01-05,2025-01-01,2025-02-03,,denied,20,0,0"


def test_neighbouring_lines_of_one_claim_are_one_claim() -> None:
    (claim,) = claims_of(table(FIRST_LINE, SECOND_LINE, header=LINES_HEADER))
    assert (claim.position, claim.rows, claim.line_keyed, claim.outcome) == (2, 2, True, "partial")
    assert [(line.number, line.procedure_code) for line in claim.lines] == [(1, "99213"), (2, "36415")]
    assert (claim.billed_amount, claim.allowed_amount, claim.paid_amount) == (120, 90, 80)
    assert (claim.service_date, claim.decided_date) == (date(2025, 1, 1), date(2025, 2, 3))
    assert claim.paid_date == date(2025, 2, 2)


def test_an_allowed_amount_missing_on_one_line_makes_no_sum() -> None:
    (claim,) = claims_of(table(FIRST_LINE, SECOND_LINE.replace(",20,0,0", ",20,,0"), header=LINES_HEADER))
    assert (claim.allowed_amount, claim.paid_amount) == (None, 80)


def test_a_pending_line_keeps_its_claim_pending() -> None:
    pending = "C1,2,Northwind,36415,2025-01-05,2025-01-01,,,pending,20,,"
    assert claims_of(table(FIRST_LINE, pending, header=LINES_HEADER))[0].outcome == "pending"


def test_a_line_told_twice_in_a_row_counts_as_last_told() -> None:
    again = FIRST_LINE.replace("100,90,80", "110,95,85")
    (claim,) = claims_of(table(FIRST_LINE, SECOND_LINE, again, header=LINES_HEADER))
    assert (claim.billed_amount, claim.rows, len(claim.lines)) == (130, 3, 2)


def test_lines_apart_and_claims_of_another_payer_come_by_themselves() -> None:
    other = FIRST_LINE.replace("C1", "C9")
    secondary = FIRST_LINE.replace("Northwind", "Southwind")
    claims = claims_of(table(FIRST_LINE, other, SECOND_LINE, secondary, header=LINES_HEADER))
    assert [(claim.control_number, claim.payer_name, len(claim.lines)) for claim in claims] == [
        ("C1", "Northwind", 1), ("C9", "Northwind", 1), ("C1", "Northwind", 1), ("C1", "Southwind", 1),
    ]  # fmt: skip
    assert all(claim.line_keyed for claim in claims)


def test_a_line_that_cannot_be_taken_leaves_the_others_of_its_claim() -> None:
    records = read_csv(table(FIRST_LINE, SECOND_LINE.replace("2025-01-05", "someday"), header=LINES_HEADER))
    assert only(Problem, records).position == 3
    assert only(ClaimRecord, records).rows == 1


def test_rows_without_line_numbers_are_each_a_claim_even_with_the_same_number() -> None:
    claims = claims_of(table(PAID, PAID.replace("120.00", "130.00")))
    assert [(claim.billed_amount, claim.line_keyed) for claim in claims] == [(120, False), (130, False)]


def test_the_clock_is_the_callers() -> None:
    data = table(PAID.replace("2025-02-03", "2026-07-01").replace("2025-02-01", "2026-07-01"))
    assert problem_of(data).code == "date"
    assert only(ClaimRecord, read_claims_csv([data], today=TODAY.replace(year=2026))).paid_date == date(2026, 7, 1)


def test_the_day_first_habit_is_learned_from_the_file_and_told() -> None:
    later = PENDING.replace("2025-05-02", "13/05/2025").replace("2025-05-05", "04/06/2025")
    records = read_csv(table(later))
    assert only(ClaimRecord, records).submitted_date == date(2025, 6, 4)
    assert codes_of(records) == ["date_habit"]


def test_a_file_of_both_habits_is_read_month_first_and_the_rest_refused() -> None:
    first, second = PENDING.replace("2025-05-05", "13/05/2025"), PENDING.replace("2025-05-05", "05/13/2025")
    records = read_csv(table(first, second))
    assert only(Problem, records).field == "submitted_date"
    assert only(ClaimRecord, records).submitted_date == date(2025, 5, 13)
    assert codes_of(records) == ["date_habit"]


def test_the_comma_habit_is_learned_from_the_file() -> None:
    data = (
        table(PAID.replace("120.00", "1.200,50"))
        .replace(b"1.200,50", b"1.200#50")
        .replace(b",", b";")
        .replace(b"#", b",")
    )
    assert claims_of(data)[0].billed_amount == Decimal("1200.50")
