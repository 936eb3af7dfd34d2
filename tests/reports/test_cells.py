"""Cells: what a spreadsheet may be given, and that nothing in it is ever evaluated."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upstream.reports.excel.cells import CUT_MARK, TEXT_LIMIT, Kind, RowWriter, clean, fitted

STYLES = {kind: number for number, kind in enumerate(Kind)}


def cell(kind: Kind, value: Any) -> ElementTree.Element | None:
    row = ElementTree.fromstring(RowWriter([kind], STYLES).row(1, [value]))
    return row.find("c")


def text_of(value: str) -> str:
    found = cell(Kind.TEXT, value)
    assert found is not None
    return found.findtext("is/t") or ""


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "  ="])
def test_what_begins_like_a_formula_is_marked_text(start: str) -> None:
    found = cell(Kind.TEXT, f"{start}cmd|' /C calc'!A0")
    assert found is not None
    assert found.get("t") == "inlineStr"
    assert found.get("s") == str(STYLES[Kind.LITERAL])
    assert found.find("f") is None


@given(st.text(max_size=300))
def test_any_text_makes_well_formed_xml_without_a_formula(text: str) -> None:
    row = ElementTree.fromstring(RowWriter([Kind.TEXT], STYLES).row(1, [text]))
    assert row.find(".//f") is None
    assert {element.get("t") for element in row.iter("c")} <= {"inlineStr"}


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1))
def test_plain_text_arrives_as_it_is(text: str) -> None:
    # Excel itself turns _x0041_ into A; the escape for that is tried below.
    if "_x" not in text:
        assert text_of(text) == text


def test_excels_own_escapes_are_escaped() -> None:
    assert text_of("a_x003D_1+1") == "a_x005F_x003D_1+1"
    assert text_of("max_xray") == "max_xray"


def test_characters_no_workbook_can_hold_are_left_out() -> None:
    assert clean("a\x00b\x0bc\x1fd\x7fe\ud800f\ufffeg") == "abcdefg"
    assert clean("one\r\ntwo\rthree\tfour") == "one\ntwo\nthree\tfour"


@pytest.mark.parametrize("character", ["a", "é", "\U0001f600"])
def test_text_longer_than_a_cell_is_cut_and_says_so(character: str) -> None:
    writer = RowWriter([Kind.TEXT], STYLES)
    row = ElementTree.fromstring(writer.row(1, [character * 40_000]))
    text = row.findtext("c/is/t")
    assert text is not None
    assert text.endswith(CUT_MARK)
    assert len(text.encode("utf-16-le")) // 2 <= TEXT_LIMIT
    assert len(text.encode("utf-16-le")) // 2 >= TEXT_LIMIT - 2
    assert writer.cut == 1


def test_text_that_just_fits_is_not_cut() -> None:
    assert fitted("a" * TEXT_LIMIT) == ("a" * TEXT_LIMIT, False)
    assert fitted("a" * (TEXT_LIMIT + 1))[1]


@given(st.decimals(min_value=Decimal("-999999999999.99"), max_value=Decimal("999999999999.99"), places=2))
def test_money_is_exact_to_the_cent(amount: Decimal) -> None:
    found = cell(Kind.MONEY, amount)
    assert found is not None
    assert Decimal(found.findtext("v") or "") == amount
    # What Excel keeps is a double: it still rounds to the same cents.
    assert Decimal(float(found.findtext("v") or "")).quantize(Decimal("0.01")) == amount


def test_a_decimal_with_an_exponent_is_written_out() -> None:
    found = cell(Kind.MONEY, Decimal("1E+3"))
    assert found is not None and found.findtext("v") == "1000"


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (date(1900, 3, 1), "61"),
        (date(2026, 3, 14), "46095"),
        (datetime(2026, 3, 14, 12, 0, tzinfo=UTC), "46095.5"),
        (date(9999, 12, 31), "2958465"),
    ],
)
def test_dates_are_excels_days(value: date, number: str) -> None:
    found = cell(Kind.DATE, value)
    assert found is not None and found.findtext("v") == number


def test_a_date_before_excels_calendar_is_text() -> None:
    assert cell(Kind.DATE, date(1898, 5, 6)).findtext("is/t") == "1898-05-06"  # type: ignore[union-attr]


@pytest.mark.parametrize("value", [None, "", "\x00"])
def test_nothing_is_an_empty_cell(value: str | None) -> None:
    assert cell(Kind.TEXT, value) is None


@pytest.mark.parametrize("value", [object(), b"bytes", float("nan"), float("inf"), [1]])
def test_what_no_cell_can_hold_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        cell(Kind.NUMBER, value)
