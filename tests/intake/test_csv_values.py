"""Dates, amounts and codes are read as people type them; what could mean two things is refused."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upstream.intake.amounts import AmountHabit, parse_amount
from upstream.intake.codes import (
    DenialCodes,
    parse_denial,
    parse_diagnoses,
    parse_modifiers,
    parse_npi,
    parse_outcome,
    parse_procedure,
)
from upstream.intake.dates import DateHabit, parse_date

EARLIEST, LATEST = date(1990, 1, 1), date(2026, 6, 1)


def day(text: str, day_first: bool = False) -> date:
    return parse_date(text, day_first=day_first, earliest=EARLIEST, latest=LATEST)


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-04", "2024/3/4", "2024.03.04", "20240304", "3/4/2024", "03/04/2024", "3/4/24", "03-04-2024",
        "3.4.2024", "4-Mar-2024", "04-MAR-24", "4 March 2024", "Mar 4, 2024", "March 4 2024", "2024-03-04T23:59:59Z",
        "2024-03-04 00:00:00", "3/4/2024 12:00:00 AM", "2024-03-04T10:00:00.123+05:30", " 2024-03-04 ", "3/4/2024 9:05",
    ],
)  # fmt: skip
def test_a_day_is_read_from_every_common_way_to_write_it(text: str) -> None:
    assert day(text) == date(2024, 3, 4)


def test_dates_begin_with_the_day_only_where_the_file_shows_it() -> None:
    assert day("04/03/2024") == date(2024, 4, 3)
    assert day("04/03/2024", day_first=True) == date(2024, 3, 4)


@pytest.mark.parametrize(
    ("sample", "day_first", "contradictory"),
    [
        ([], False, False),
        (["01/02/2024", "2024-05-30"], False, False),
        (["01/02/2024", "13/02/2024"], True, False),
        (["01/02/2024", "02/13/2024"], False, False),
        (["13/02/2024", "02/13/2024"], False, True),
        (["31.12.2023 10:00"], True, False),
    ],
)
def test_the_habit_of_a_file_is_what_it_shows(sample: list[str], day_first: bool, contradictory: bool) -> None:
    habit = DateHabit()
    habit.see(sample)
    assert (habit.day_first, habit.contradictory) == (day_first, contradictory)


def test_short_years_lie_in_the_last_hundred_years() -> None:
    assert day("3/4/26") == date(2026, 3, 4)
    assert day("3/4/99") == date(1999, 3, 4)


@pytest.mark.parametrize(
    "text",
    [
        "13/13/2024", "2/30/2024", "2024-02-30", "1989-12-31", "2026-06-02", "2/3", "45310", "yesterday", "2024-3/4",
        "4-Mrz-2024", "٣/٤/2024", "3/4/024", "2024-03-04 at noon", "=TODAY()", "0000-00-00", "99999999",
    ],
)  # fmt: skip
def test_what_is_no_day_or_far_away_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        day(text)


@given(st.dates(EARLIEST, LATEST), st.sampled_from(["%Y-%m-%d", "%m/%d/%Y", "%Y%m%d", "%d-%b-%Y", "%B %d, %Y"]))
def test_every_day_survives_being_written(written: date, form: str) -> None:
    assert day(written.strftime(form)) == written


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("$1,200.50", "1200.50"), ("1200", "1200.00"), ("1,200", "1200.00"), ("(12.00)", "-12.00"),
        ("-12.00", "-12.00"), ("12.00-", "-12.00"), ("USD 12", "12.00"),
        ("12 usd", "12.00"), ("$ -5", "-5.00"), ("($1,234.5)", "-1234.50"),
        ("US$7", "7.00"), (".5", "0.50"), ("0", "0.00"), ("-0", "0.00"), ("1\u00a0200.50", "1200.50"),
        ("12.345", "12.35"), ("12.", "12.00"), ("9999999999.99", "9999999999.99"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_type_them(text: str, amount: str) -> None:
    assert parse_amount(text, ".") == Decimal(amount)
    assert str(parse_amount(text, ".")) == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1.200,50", "1200.50"), ("1200,5", "1200.50"), ("1.200", "1200.00"), ("$ 7", "7.00"), ("(1.200,00)", "-1200.00")],
)
def test_a_comma_stands_before_the_cents_where_that_is_the_habit(text: str, amount: str) -> None:
    assert parse_amount(text, ",") == Decimal(amount)


@pytest.mark.parametrize("mark", [".", ",", None])
@pytest.mark.parametrize(
    "text",
    ["", "$", "abc", "12 EUR", "€12", "1e5", "12.3.4", "1,2,3.4", "NaN", "inf", "=1+1", "--5", "12%", "10000000000",
     "9" * 30, "9" * 100, "9999999999.995", "١٢", "5 or 6", "0x10"],
)  # fmt: skip
def test_what_is_no_amount_is_refused_in_every_habit(text: str, mark: str | None) -> None:
    with pytest.raises(ValueError):
        parse_amount(text, mark)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "mark"), [("1.200", None), ("1,200", ","), ("1.200,50", "."), ("1.200,50", None), ("1,200.50", ",")]
)
def test_an_amount_that_could_be_a_thousand_times_another_is_refused(text: str, mark: str | None) -> None:
    with pytest.raises(ValueError):
        parse_amount(text, mark)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sample", "mark"),
    [
        (["100", "1,200", "1.200"], None),
        (["100", "1,200.50"], "."),
        (["1.200,50", "100"], ","),
        (["12,50"], ","),
        (["12,50", "12.50"], "."),
        (["(1.200,50)"], ","),
    ],
)
def test_the_decimal_mark_is_what_the_file_shows(sample: list[str], mark: str | None) -> None:
    habit = AmountHabit()
    habit.see(sample)
    assert habit.decimal_mark == mark


@given(st.decimals("0", "9999999999.99", places=2))
def test_every_amount_survives_being_written(amount: Decimal) -> None:
    assert parse_amount(f"${amount:,.2f}", ".") == amount
    european = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    assert parse_amount(european, ",") == amount


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("Paid", "paid"), ("PAID IN FULL", "paid"), ("Denied", "denied"),
        ("Rejected", "denied"), ("partial", "partial"), ("Partially-Paid", "partial"), ("In Process", "pending"),
        ("in_process", "pending"), ("Open", "pending"),
        ("pending.", "pending"),
    ],
)  # fmt: skip
def test_outcome_words_are_known_by_their_letters(word: str, outcome: str) -> None:
    assert parse_outcome(word) == outcome


@pytest.mark.parametrize("word", ["", "maybe", "paidish", "1", "void"])
def test_unknown_outcome_words_are_refused(word: str) -> None:
    with pytest.raises(ValueError):
        parse_outcome(word)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("CO-197", DenialCodes("197", "CO")),
        ("co197", DenialCodes("197", "CO")),
        ("CO 197", DenialCodes("197", "CO")),
        ("197", DenialCodes("197")),
        ("045", DenialCodes("45")),
        ("B7", DenialCodes("B7")),
        ("PR-204 Not covered by the plan", DenialCodes("204", "PR")),
        ("CO-16, MA130", DenialCodes("16", "CO", ("MA130",))),
        ("CO-45; CO-197 N290", DenialCodes("197", "CO", ("N290",), only=False)),
        ("N30", DenialCodes(remarks=("N30",))),
        ("AUTH-MISS", DenialCodes("AUTH-MISS")),
        ("No authorization on file", DenialCodes(not_understood=True)),
        ("", DenialCodes()),
    ],
)
def test_denial_cells_give_their_code_group_and_remarks(text: str, codes: DenialCodes) -> None:
    assert parse_denial(text) == codes


def test_procedures_may_carry_their_modifiers() -> None:
    assert parse_procedure("99213") == ("99213", ())
    assert parse_procedure("99213-25") == ("99213", ("25",))
    assert parse_procedure("j3301:rt:59") == ("J3301", ("RT", "59"))
    assert parse_procedure("99213.0") == ("99213", ())


@pytest.mark.parametrize("text", ["", "office visit", "99213 and 99214", "=99213", "99", "x" * 40])
def test_what_is_no_procedure_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_procedure(text)


def test_modifiers_and_diagnoses_are_parted_by_what_people_use() -> None:
    assert parse_modifiers("25, LT;59|rt") == ("25", "LT", "59", "RT")
    assert parse_modifiers("25LT") == ("25", "LT")
    assert parse_diagnoses("e11.9; I10") == ("E119", "I10")


@pytest.mark.parametrize(
    ("npi", "valid"), [("1234567893", True), ("1003000126", True), ("1234567890", False), ("12345", False)]
)
def test_the_check_digit_of_an_npi_is_checked(npi: str, valid: bool) -> None:
    assert parse_npi(npi) == (npi, valid)


def test_an_npi_that_went_through_a_spreadsheet_is_mended_and_a_text_too_long_dropped() -> None:
    assert parse_npi("1234567893.0") == ("1234567893", True)
    assert parse_npi("Riverside Clinic") == ("", False)
