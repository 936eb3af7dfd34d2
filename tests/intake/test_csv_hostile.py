"""Files made to do harm are refused early, or read in bounded memory and time."""

import time
import tracemalloc
from collections.abc import Iterable, Iterator

import pytest
from intake.readers import CSV_HEADER, TODAY, of, read_csv, table

from upstream.intake.csv_reader import read_claims_csv
from upstream.intake.csv_rows import MAX_LINE_BYTES
from upstream.intake.notes import FULL_FINDINGS_PER_CODE
from upstream.intake.records import ClaimRecord, Finding, Problem, UnreadableFile

ROW = "C1,Northwind,99213,2025-01-02,2025-01-05,2025-02-01,2025-02-03,paid,120.00,90,80,"


def chunks_of(header: bytes, body: bytes, megabytes: float) -> Iterator[bytes]:
    yield header
    for _ in range(int(megabytes * 1_000_000) // len(body)):
        yield body


def peak_memory(chunks: Iterable[bytes]) -> tuple[int, int]:
    """Records read, and the megabytes the reading held at most."""
    tracemalloc.start()
    try:
        count = sum(1 for _ in read_claims_csv(chunks, today=TODAY))
        return count, tracemalloc.get_traced_memory()[1] // 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("start", [table(), table(ROW), b""])
def test_a_line_without_end_is_given_up_within_a_few_megabytes(start: bytes) -> None:
    read = 0

    def endless() -> Iterator[bytes]:
        nonlocal read
        yield start
        while True:
            read += 65_536
            assert read < 4 * MAX_LINE_BYTES
            yield b"A" * 65_536

    with pytest.raises(UnreadableFile) as refusal:
        list(read_claims_csv(endless(), today=TODAY))
    assert refusal.value.code in ("line_too_long", "no_header")


def test_memory_does_not_grow_with_the_file() -> None:
    distinct = "\n".join(
        ROW.replace("C1", f"C{number}").replace("Northwind", f"Payer {number}").replace("120.00", f"{number}.25")
        for number in range(1_000)
    ).encode()
    small = peak_memory(chunks_of(table(), distinct + b"\n", 0.6))
    large = peak_memory(chunks_of(table(), distinct + b"\n", 4))
    assert large[0] > 5 * small[0]
    assert large[1] <= small[1] + 3


@pytest.mark.parametrize(
    "row",
    [
        'x",y,"\n' * 100,
        '"\n' * 300,
        '"a"b"\n' * 100,
        '"' + "x" * 30_000 + "\n",
        ",".join(["x" * 2_000] * 12) + "\n",
        "C1," + "p" * 190 + ",99213,,2025-01-05,,,open,,,," + "N30 " * 2_000 + "\n",
        "x" + "," * 30_000 + "\n",
        "\0" * 500 + "\n",
        ";".join(str(number) for number in range(5_000)) + "\n",
    ],
)
def test_any_bad_rows_take_seconds_a_megabyte_and_little_memory(row: str) -> None:
    started = time.process_time()
    count, megabytes = peak_memory(chunks_of(table(), row.encode(), 0.4 if len(row) > 5_000 else 0.1))
    assert count > 10
    assert megabytes < 40
    # Tracing memory makes everything several times slower.
    assert time.process_time() - started < 25


def test_fifty_thousand_bad_rows_are_each_told_at_a_steady_pace() -> None:
    data = table() + (ROW.replace("2025-01-05", "soon") + "\n").encode() * 50_000
    started = time.process_time()
    problems = of(Problem, read_csv(data))
    assert [problem.position for problem in (problems[0], problems[-1])] == [2, 50_001]
    assert time.process_time() - started < 20


def test_long_rows_are_problems_and_the_next_is_read() -> None:
    records = read_csv(table(ROW.replace("Northwind", "x" * 40_000), ROW))
    (problem,) = of(Problem, records)
    assert (problem.position, problem.code, len(problem.raw)) == (2, "row_too_long", 4_000)
    assert of(ClaimRecord, records)[0].position == 3


def test_findings_do_not_grow_with_the_file() -> None:
    header = CSV_HEADER + ",npi,diagnosis_codes"
    records = read_csv(table(*[f"{ROW},1,not a code!"] * 500, header=header))
    assert len(of(ClaimRecord, records)) == 500
    assert len(of(Finding, records)) <= FULL_FINDINGS_PER_CODE


def test_a_table_with_thousands_of_columns_is_read_by_those_it_knows() -> None:
    header = CSV_HEADER + "," + ",".join(f"extra{number}" for number in range(3_000))
    records = read_csv(table(ROW + "," + "," * 2_999, header=header))
    assert len(of(ClaimRecord, records)) == 1
    assert all(len(finding.message) < 1_000 for finding in of(Finding, records))


def test_a_header_missing_columns_among_thousands_is_told_shortly() -> None:
    header = "payer,cpt,charge," + ",".join(f"extra{number}" for number in range(3_000))
    with pytest.raises(UnreadableFile) as refusal:
        read_csv(header.encode() + b"\n")
    assert len(refusal.value.message) < 600
