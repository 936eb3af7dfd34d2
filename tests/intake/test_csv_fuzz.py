"""Whatever bytes come, the CSV reader answers with records, problems and findings, or refuses the file."""

from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from intake.readers import CSV_HEADER, TODAY, cut_at, table

from upstream.intake import text
from upstream.intake.csv_header import FIELDS
from upstream.intake.csv_reader import read_claims_csv
from upstream.intake.recognition import Recognition, recognise
from upstream.intake.records import MAX_AMOUNT, TEXT_LIMITS, ClaimRecord, Finding, Problem, UnreadableFile

cells = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "2025-01-05", "01/05/2025", "13/01/2025", "$1,200.50", "(3)", "-", '"', '""', "=1", "paid", "denied",
         "99213", "CO-197", "1", "\0", "\r", "\n", "é", "\ufeff", "9" * 30, "1234567893", "C1"]
    ),
)  # fmt: skip
rows = st.lists(st.lists(cells, max_size=len(FIELDS) + 2), max_size=12)
good_row = "C1,Northwind,99213,2025-01-02,2025-01-05,2025-02-01,2025-02-03,paid,120.00,90,80,CO-45"


def read(chunks: list[bytes]) -> list[object]:
    try:
        return list(read_claims_csv(chunks, today=TODAY))
    except UnreadableFile as refusal:
        return [(refusal.code, refusal.message, refusal.position)]


def check(records: list[object]) -> None:
    for record in records:
        assert isinstance(record, ClaimRecord | Problem | Finding | tuple)
        if isinstance(record, Problem):
            assert record.position > 1 and record.message and len(record.raw) <= 4_000 and "\0" not in record.raw
            assert len(record.message) <= 500
        elif isinstance(record, ClaimRecord):
            check_claim(record)


def check_claim(claim: ClaimRecord) -> None:
    assert claim.payer_name and claim.submitted_date and claim.lines and claim.outcome
    assert claim.outcome == "pending" or claim.decided_date
    assert claim.service_date is None or claim.service_date <= claim.submitted_date
    assert date(1990, 1, 1) <= claim.submitted_date <= date(2026, 6, 2)
    assert 0 <= claim.billed_amount <= MAX_AMOUNT
    assert len(claim.control_number) <= TEXT_LIMITS["control_number"]
    for text_value in (claim.control_number, claim.payer_name, claim.location, claim.lines[0].procedure_code):
        assert "\0" not in text_value
    assert all(line.procedure_code for line in claim.lines)


@given(st.binary(max_size=2_000))
def test_any_bytes_are_answered(data: bytes) -> None:
    check(read([data]))
    assert isinstance(recognise(data), Recognition)


@given(st.binary(max_size=600))
def test_any_bytes_behind_a_header_are_answered(data: bytes) -> None:
    check(read([table(good_row) + data]))


@settings(max_examples=300)
@given(
    rows,
    st.sampled_from(",;\t|"),
    st.sampled_from(["utf-8", "utf-16", "cp1252"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_rows_are_answered(body: list[list[str]], delimiter: str, encoding: str, end: str) -> None:
    text_rows = [delimiter.join(FIELDS), *(delimiter.join(row) for row in body)]
    check(read([end.join(text_rows).encode(encoding, errors="replace")]))


@given(
    st.lists(
        st.sampled_from([good_row, good_row.replace("North", '"North'), '"a\n"', "x,\xe9", "\r", "", '"', "C1,,,"]),
        max_size=9,
    ),
    st.lists(st.integers(0, 5_000), max_size=8),
    st.sampled_from(["utf-8", "utf-16", "cp1252"]),
)
@example([good_row] * 3, list(range(0, 600, 7)), "utf-16")
def test_where_chunks_end_changes_nothing(body: list[str], places: list[int], encoding: str) -> None:
    data = "\r\n".join([CSV_HEADER, *body, good_row]).encode(encoding)
    whole = read([data])
    assert read(cut_at(data, places)) == whole
    assert read([data[at : at + 1] for at in range(len(data))]) == whole


@given(
    st.lists(st.sampled_from([good_row, good_row.replace("North", '"North'), "x,\xe9", "", '"']), max_size=9),
    st.integers(150, 400),
)
def test_where_blocks_end_changes_nothing(body: list[str], block: int) -> None:
    data = "\r\n".join([CSV_HEADER, *body, good_row]).encode("cp1252")
    whole = read([data])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "BLOCK_SIZE", block)
        assert read([data]) == whole


@given(st.integers(0, len(good_row)), st.binary(min_size=1, max_size=4))
def test_damage_to_one_row_never_reaches_the_next(place: int, damage: bytes) -> None:
    damaged = good_row.encode()[:place] + damage.replace(b"\n", b"").replace(b"\r", b"") + good_row.encode()[place:]
    last = good_row.replace("C1", "LAST")
    records = read([table(good_row) + damaged + b"\n" + last.encode()])
    check(records)
    assert [record.control_number for record in records if isinstance(record, ClaimRecord)][-1] == "LAST"
