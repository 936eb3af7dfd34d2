"""Whatever bytes come, the X12 readers answer with records, problems and findings, or refuse the file."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake.acknowledging import REJECTED, acknowledgement, claim_acknowledgement, claim_status
from intake.authorizing import REQUEST, authorization
from intake.readers import (
    CLAIM,
    DECISION,
    DENTAL_CLAIM,
    DENTAL_GUIDE,
    INSTITUTIONAL_CLAIM,
    INSTITUTIONAL_GUIDE,
    ISA,
    SAMPLES,
    TODAY,
    claims,
    cut_at,
    needs_samples,
    remittance,
)

from upstream.intake.recognition import Recognition, recognise
from upstream.intake.records import (
    TEXT_LIMITS,
    AuthorizationRecord,
    ClaimAcknowledgementRecord,
    ClaimRecord,
    DecisionRecord,
    Finding,
    Problem,
    RemittanceEnd,
    RemittanceRecord,
    SubmissionAcknowledgementRecord,
    SubmissionRecord,
    UnreadableFile,
)
from upstream.intake.x12.acknowledgement import read_277ca, read_999
from upstream.intake.x12.authorization import read_278
from upstream.intake.x12.remittance import read_835
from upstream.intake.x12.submission import read_837

Reader = Callable[..., Iterator[object]]
FILES: list[tuple[Reader, bytes]] = [
    (read_835, remittance(DECISION * 2)),
    (read_837, claims(CLAIM * 2)),
    (read_837, claims(INSTITUTIONAL_CLAIM * 2, guide=INSTITUTIONAL_GUIDE)),
    (read_837, claims(DENTAL_CLAIM * 2, guide=DENTAL_GUIDE)),
    (read_837, claims(CLAIM + INSTITUTIONAL_CLAIM + DENTAL_CLAIM, guide="")),
    (read_999, acknowledgement(REJECTED * 2)),
    (read_277ca, claim_acknowledgement(claim_status() * 2)),
    (read_278, authorization(REQUEST * 2)),
]
SUFFIXES: dict[str, Reader] = {
    ".835": read_835, ".837": read_837, ".837i": read_837, ".999": read_999, ".277": read_277ca,
}  # fmt: skip
files = st.sampled_from(FILES)
readers = st.sampled_from([read_835, read_837, read_999, read_277ca, read_278])
elements = st.one_of(
    st.text(max_size=6),
    st.sampled_from(["", *"HC:99213 HC>99213 HP:A0101 0120 434 1 -5 1E9 20250101 472 QC PR A7:21:85 PT EV *".split()]),
)
tags = st.sampled_from(
    (
        "ISA GS ST SE GE IEA BPR TRN N1 REF DTM LX CLP NM1 CAS SVC AMT LQ MIA MOA PLB BHT HL SBR DMG CLM HI SV1 SV2 "
        "SV3 TOO DTP AK1 AK2 IK3 IK4 CTX IK5 AK9 STC QTY HCR HSD AAA"
    ).split()
)
segments = st.lists(
    st.tuples(tags, st.lists(elements, max_size=12)).map(lambda pair: "*".join([pair[0], *pair[1]])), max_size=30
)


def read(reader: Reader, chunks: Iterable[bytes]) -> list[object]:
    try:
        return list(reader(chunks, today=TODAY))
    except UnreadableFile as refusal:
        return [(refusal.code, refusal.message, refusal.position)]


def check(records: list[object]) -> None:
    kinds = (
        ClaimRecord, DecisionRecord, RemittanceRecord, RemittanceEnd, SubmissionRecord,
        SubmissionAcknowledgementRecord, ClaimAcknowledgementRecord, AuthorizationRecord, Problem, Finding, tuple,
    )  # fmt: skip
    for record in records:
        assert isinstance(record, kinds)
        if isinstance(record, Problem):
            assert record.position > 0 and record.message and len(record.raw) <= 4_000
        elif isinstance(record, ClaimRecord | DecisionRecord):
            assert 0 < len(record.control_number) <= TEXT_LIMITS["control_number"]
            assert record.service_date is None or record.service_date >= date(1990, 1, 1)
        elif isinstance(record, SubmissionAcknowledgementRecord):
            assert record.acknowledged_date and (record.group_number or record.batch_reference)
            assert (record.accepted or 0) >= 0 and (record.rejected or 0) >= 0
        elif isinstance(record, AuthorizationRecord):
            assert record.payer_name and record.action_code and record.answered_date
            assert len(record.authorization_number) <= TEXT_LIMITS["authorization_number"]
        elif isinstance(record, ClaimAcknowledgementRecord):
            assert record.statuses and record.acknowledged_date
            assert 0 < len(record.control_number) <= TEXT_LIMITS["control_number"]
        elif isinstance(record, RemittanceRecord):
            assert len(record.payer_name) <= TEXT_LIMITS["payer_name"]
    headers = [type(record) for record in records if isinstance(record, RemittanceRecord | RemittanceEnd)]
    assert headers == [RemittanceRecord, RemittanceEnd] * (len(headers) // 2)


@given(readers, st.binary(max_size=2_000))
def test_any_bytes_are_answered(reader: Reader, data: bytes) -> None:
    check(read(reader, [data]))
    assert isinstance(recognise(data), Recognition)


@given(readers, st.binary(max_size=400))
def test_any_bytes_behind_an_interchange_header_are_answered(reader: Reader, data: bytes) -> None:
    check(read(reader, [ISA.encode() + data]))
    assert isinstance(recognise(ISA.encode() + data), Recognition)


@settings(max_examples=300)
@given(files, segments, st.booleans())
def test_any_segments_in_any_order_are_answered(file: tuple[Reader, bytes], body: list[str], enclosed: bool) -> None:
    reader, data = file
    start = data.decode().split("~")[: 14 if enclosed else 3]
    check(read(reader, ["~".join([*start, *body]).encode(errors="replace")]))


@settings(max_examples=200)
@given(files, st.lists(st.tuples(st.integers(0, 1_900), st.binary(max_size=3), st.integers(0, 8)), max_size=5))
def test_damage_anywhere_is_answered(file: tuple[Reader, bytes], damages: list[tuple[int, bytes, int]]) -> None:
    reader, data = file
    for place, inserted, removed in damages:
        data = data[:place] + inserted + data[place + removed :]
    check(read(reader, [data]))
    assert isinstance(recognise(data), Recognition)


@given(files, st.lists(st.integers(0, 4_000), max_size=10))
def test_where_chunks_end_changes_nothing(file: tuple[Reader, bytes], places: list[int]) -> None:
    reader, data = file[0], file[1] + b"\r\n" + file[1]
    assert read(reader, cut_at(data, places)) == read(reader, [data])
    assert read(reader, [data[at : at + 1] for at in range(len(data))]) == read(reader, [data])


@needs_samples
@pytest.mark.parametrize(
    "path",
    [path for path in sorted((SAMPLES / "x12").glob("*")) if path.suffix in SUFFIXES],
    ids=lambda path: path.name,
)
def test_samples_read_alike_whole_and_byte_by_byte(path) -> None:
    reader = SUFFIXES[path.suffix]
    data = path.read_bytes()
    assert read(reader, (data[at : at + 1] for at in range(len(data)))) == read(reader, [data])
