"""FHIR that is broken, cut off or meant to do harm costs its own resource, or is refused with place and remedy."""

import json
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intake.fhir_files import (
    bundle,
    claim,
    claims_of,
    coverage,
    dumped,
    explanation,
    ndjson,
    patient,
    problem_of,
    read,
    refused,
    response,
)
from intake.readers import TODAY, cut_at, of, only

from upstream.intake.fhir.mentions import Mentioned
from upstream.intake.fhir.pieces import MAX_PIECE_BYTES
from upstream.intake.fhir.reader import read_fhir
from upstream.intake.recognition import Recognition, recognise
from upstream.intake.records import MAX_RAW_LENGTH, TEXT_LIMITS, ClaimRecord, Finding, Problem, UnreadableFile

WHOLE = bundle(claim("C1"), patient(), response("C1"), coverage(), explanation("C2"))
LINES = ndjson(claim("C1"), patient(), response("C1"), coverage(), explanation("C2"))


def answered(data: bytes, chunks: Iterable[bytes] | None = None) -> list[object]:
    """What is read, with the refusal that ended it."""
    records: list[object] = []
    try:
        records += read_fhir(chunks or [data], today=TODAY, mentioned=Mentioned.in_file([data]))
    except UnreadableFile as refusal:
        records.append((refusal.code, refusal.message, refusal.position))
    return records


def numbers(records: list[object]) -> list[str]:
    return [record.control_number for record in of(ClaimRecord, records)]


# One broken resource among others


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (b'{"resourceType": "Claim",}', "broken_json"),
        (b'{"resourceType": "Claim", "x": NaN}', "broken_json"),
        (b'{"resourceType": "Claim", "x": 1e99999999999999999999}', "broken_json"),
        (b'{"resourceType": "Claim", "x": "\xff"}', "encoding"),
        (b'{"resourceType": "Claim", "x": "\xed\xa0\x80"}', "encoding"),
        (b'{"resourceType": "Claim", "status": "active", "status": "draft"}', "repeated_field"),
        (b'{"resourceType": "Claim", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested_too_deep"),
        (b'{"resourceType": "Claim", "x": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001, "nested_too_deep"),
        (b'{"resourceType": "Claim", "x": "' + b"x" * MAX_PIECE_BYTES + b'"}', "resource_too_large"),
        (b'{"id": "x"}', "no_resource_type"),
        (b'{"resourceType": ["Claim"]}', "no_resource_type"),
    ],
)
def test_a_broken_resource_costs_no_other(broken: bytes, code: str) -> None:
    before, behind = dumped(claim("C1")), dumped(claim("C2"))
    entries = b",".join(b'{"resource": %b}' % each for each in (before, broken, behind))
    for data in (b"\n".join((before, broken, behind)), b'{"resourceType": "Bundle", "entry": [%b]}' % entries):
        records = answered(data)
        problem = only(Problem, records)
        assert (numbers(records), problem.position, problem.code) == (["C1", "C2"], 2, code)
        assert 0 < len(problem.raw) <= MAX_RAW_LENGTH and "\0" not in problem.raw


@pytest.mark.parametrize(
    "line", [b'{"resourceType": "Claim", "item": [', b'{"resourceType": "Claim"}}', b"x", b"[1]", b'"', b"null", b"{}"]
)
def test_a_broken_line_of_ndjson_costs_itself_alone(line: bytes) -> None:
    records = answered(ndjson(claim("C1")) + line + b"\r\n" + ndjson(claim("C2")))
    assert (only(Problem, records).position, numbers(records)) == (2, ["C1", "C2"])


@pytest.mark.parametrize("line", [b'{"resourceType": "Claim"', b'{"resourceType": "Claim"}}', b'{"resourceType": "Cla'])
def test_the_first_line_of_ndjson_may_be_the_broken_one(line: bytes) -> None:
    records = answered(line + b"\n" + LINES)
    assert (only(Problem, records).position, numbers(records)) == (1, ["C1", "C1", "C2"])


def test_blank_lines_of_ndjson_count_but_say_nothing() -> None:
    records = claims_of(b"\n  \r\n" + ndjson(claim("C1")) + b"\n\n" + ndjson(claim("C2")))
    assert [record.position for record in records] == [3, 6]


# Files that end or break off


def test_a_bundle_that_is_cut_off_gives_what_stands_before() -> None:
    cut = WHOLE[: WHOLE.index(b"ICN-C1")]
    *records, refusal = answered(cut)
    assert (numbers(records), refusal[0], refusal[2]) == (["C1"], "cut_off", 3)  # type: ignore[index]
    assert "resource 3" in refusal[1]  # type: ignore[index]


@pytest.mark.parametrize(
    ("before", "instead"),
    [(b'"fullUrl"', b'fullUrl"'), (b'"use": "claim"', b'"use": "claim\n"'), (b"}, {", b"} {"), (b"}]}", b"},]}")],
)
def test_a_bundle_whose_entries_cannot_be_told_apart_is_refused_with_the_place(before: bytes, instead: bytes) -> None:
    refusal = answered(WHOLE.replace(before, instead, 1) if before != b"}]}" else WHOLE[:-3] + instead)[-1]
    assert isinstance(refusal, tuple) and refusal[0] in ("broken_json", "cut_off") and refusal[2] >= 1


@pytest.mark.parametrize("behind", [b"}", b"\x1a", b"-- \nSent from my phone", b'"x"', b"[]"])
def test_text_behind_a_bundle_is_told_and_passed_over(behind: bytes) -> None:
    records = answered(WHOLE + behind)
    assert only(Problem, records).code == "text_behind"
    assert numbers(records) == ["C1", "C1", "C2"]


@pytest.mark.parametrize("data", [b"[" + dumped(claim()) + b"]", b"", b"  \n ", b"x" + WHOLE])
def test_what_does_not_begin_with_a_resource_is_refused(data: bytes) -> None:
    assert answered(data)[-1][0] in ("no_resource", "nothing_to_read")  # type: ignore[index]


def test_resources_one_behind_the_other_are_read_as_if_in_a_bundle() -> None:
    joined = b"\n".join(json.dumps(each, indent=1).encode() for each in (claim("C1"), claim("C2")))
    assert [(record.control_number, record.position) for record in claims_of(joined)] == [("C1", 1), ("C2", 2)]


@pytest.mark.parametrize("order", [1, -1])
def test_a_bundle_may_stand_in_one_line_or_many_with_its_type_behind_its_entries(order: int) -> None:
    made = json.loads(WHOLE)
    turned = dict(list(made.items())[::order])
    for data in (json.dumps(turned).encode(), json.dumps(turned, indent=2).encode(), b"\xef\xbb\xbf" + dumped(turned)):
        assert claims_of(data) == claims_of(WHOLE)
        assert recognise(data).kind == "fhir"


def test_bundles_in_bundles_and_in_lines_are_unfolded() -> None:
    inner = json.loads(bundle(claim("C2"), {"resourceType": "Bundle"}))
    assert numbers(answered(bundle(claim("C1"), inner, claim("C3")))) == ["C1", "C2", "C3"]
    assert numbers(answered(bundle(claim("C1")) + b"\n" + bundle(claim("C2")))) == ["C1", "C2"]


def test_entries_without_a_resource_say_nothing() -> None:
    made = {"resourceType": "Bundle", "type": "transaction-response", "entry": [{"response": {"status": "200"}}]}
    made["entry"].append({"resource": claim()})  # type: ignore[attr-defined]
    assert numbers(answered(dumped(made))) == ["C1"]


# Memory and time


def peak_memory(chunks: list[bytes]) -> tuple[int, int]:
    tracemalloc.start()
    try:
        mentioned = Mentioned.in_file(iter(chunks))
        count = sum(1 for _ in read_fhir(iter(chunks), today=TODAY, mentioned=mentioned))
        return count, tracemalloc.get_traced_memory()[1] // 1_000_000
    finally:
        tracemalloc.stop()


def in_lines(count: int) -> Iterator[bytes]:
    yield from (ndjson(explanation()) for _ in range(count))


def in_a_bundle(count: int) -> Iterator[bytes]:
    yield b'{"resourceType": "Bundle", "entry": ['
    for at in range(count):
        yield b'%b{"resource": %b}' % (b"," if at else b"", dumped(explanation()))
    yield b"]}"


@pytest.mark.parametrize("made", [in_lines, in_a_bundle])
def test_memory_does_not_grow_with_the_file(
    made: Callable[[int], Iterator[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As much of a file is looked at before anything is read.
    monkeypatch.setattr("upstream.intake.fhir.pieces.MAX_PIECE_BYTES", 50_000)
    small, large = (peak_memory(list(made(count))) for count in (300, 1_500))
    assert (small[0], large[0]) == (300, 1_500)
    assert large[1] <= small[1] + 1


@pytest.mark.parametrize(
    "body",
    [
        b'"' + b"x" * (5 << 20),
        b'"' + b"\\" * (5 << 20),
        b"[" * (5 << 20),
        b'{"a":' * (1 << 18),
        b"9" * (5 << 20),
        b'"entry":[' * (1 << 18),
        b"{}," * (1 << 17),
        b" " * (5 << 20),
    ],
    ids=["text", "escapes", "depth", "objects", "number", "entries", "empty", "blanks"],
)
@pytest.mark.parametrize("head", [b'{"resourceType": "Claim", "x": ', b'{"resourceType": "Bundle", "entry": ['])
def test_floods_are_answered_in_seconds(head: bytes, body: bytes) -> None:
    started = time.process_time()
    answered(head + body)
    assert time.process_time() - started < 20


# Anything at all


def check(records: list[object]) -> None:
    for record in records:
        assert isinstance(record, ClaimRecord | Problem | Finding | tuple)
        if isinstance(record, Problem):
            assert record.position > 0 and record.message and len(record.raw) <= MAX_RAW_LENGTH
        elif isinstance(record, ClaimRecord):
            assert 0 < len(record.control_number) <= TEXT_LIMITS["control_number"]
            assert record.payer_name or record.payer_identifier
            assert len({line.number for line in record.lines}) == len(record.lines)
            f"{record}".encode()


@settings(deadline=None)
@given(st.binary(max_size=2_000))
def test_any_bytes_are_answered(data: bytes) -> None:
    for tried in (data, b"{" + data, b'{"resourceType": "Bundle", "entry": [' + data, ndjson(claim()) + data):
        check(answered(tried))
        assert isinstance(recognise(tried), Recognition)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([WHOLE, LINES]),
    st.lists(st.tuples(st.integers(0, 4_000), st.binary(max_size=3), st.integers(0, 8)), max_size=4),
)
def test_damage_anywhere_is_answered(data: bytes, damages: list[tuple[int, bytes, int]]) -> None:
    for place, inserted, removed in damages:
        data = data[:place] + inserted + data[place + removed :]
    check(answered(data))
    assert isinstance(recognise(data), Recognition)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a resource."""
    if path:
        yield path
    for name, inner in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from places_of(inner, (*path, name))


MADE = [claim(), response(), refused(), explanation(), patient(), coverage()]
PLACES = [(at, path) for at, each in enumerate(MADE) for path in places_of(each)]


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), ANYTHING), min_size=1, max_size=4))
def test_any_value_in_the_place_of_another_is_answered(changes: list[tuple[tuple[int, tuple[Any, ...]], Any]]) -> None:
    made = json.loads(json.dumps(MADE))
    for (at, path), value in changes:
        inner = made[at]
        for name in path[:-1]:
            inner = inner[name] if isinstance(inner, dict | list) and _has(inner, name) else None
        if isinstance(inner, dict | list) and _has(inner, path[-1]):
            inner[path[-1]] = value
    check(answered(bundle(*[each for each in made if isinstance(each.get("resourceType"), str)])))


def _has(inner: dict[str, Any] | list[Any], name: Any) -> bool:
    return name in inner if isinstance(inner, dict) else isinstance(name, int) and name < len(inner)


@settings(deadline=None)
@given(st.sampled_from([WHOLE, LINES]), st.lists(st.integers(0, 4_000), max_size=10))
def test_where_chunks_end_changes_nothing(data: bytes, places: list[int]) -> None:
    assert answered(data, cut_at(data, places)) == answered(data)
    assert answered(data, [data[at : at + 1] for at in range(len(data))]) == answered(data)


@pytest.mark.parametrize("block", [1, 2, 3, 7, 64])
@pytest.mark.parametrize(
    "data", [WHOLE, LINES, json.dumps(json.loads(WHOLE), indent=1).replace("Doe", '\\"D\\\\').encode()]
)
def test_where_blocks_end_changes_nothing(block: int, data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = answered(data)
    monkeypatch.setattr("upstream.intake.text.BLOCK_SIZE", block)
    assert answered(data) == whole


def test_a_resource_that_has_two_faults_tells_the_first() -> None:
    assert problem_of(claim(item=None, created=None)).code == "submitted_date"
    assert not read(dumped(claim()))[1:]
