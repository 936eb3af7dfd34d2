"""Segments are cut by the separators each interchange names, wherever lines break and files are joined."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake.readers import CLAIM, DECISION, DENTAL_CLAIM, INSTITUTIONAL_CLAIM, ISA, claims, remittance

from upstream.intake import text
from upstream.intake.records import UnreadableFile
from upstream.intake.x12 import segments
from upstream.intake.x12.segments import SegmentReader, Separators, interchange_separators


def cut(data: bytes) -> list[list[str]]:
    return list(SegmentReader([data]))


PLAIN = cut(remittance())


def with_separators(data: bytes, element: str, component: str, segment: str) -> bytes:
    marks = str.maketrans({"*": element, ":": component, "~": segment})
    return data.decode().translate(marks).encode("latin-1")


@pytest.mark.parametrize(
    ("element", "component", "segment"),
    [("*", ":", "~"), ("~", "^", "_"), ("|", ">", "\n"), ("\x1d", "\x1f", "\x1e"), ("*", "<", "'"), ("*", "!", "\x85")],
)
def test_any_separators_are_followed(element: str, component: str, segment: str) -> None:
    found = cut(with_separators(remittance().replace(b"*^*", b"*{*"), element, component, segment))
    assert [[part.replace(component, ":").replace("{", "^") for part in parts] for parts in found] == PLAIN


@pytest.mark.parametrize("between", [b"\r\n", b"\n", b"\r", b" \n ", b"\x00", b"\n\n\n"])
def test_line_breaks_and_padding_between_segments_mean_nothing(between: bytes) -> None:
    assert cut(remittance().replace(b"~", b"~" + between)) == PLAIN


def test_lines_wrapped_anywhere_are_joined() -> None:
    data = remittance()
    wrapped = b"\r\n".join(data[at : at + 80] for at in range(0, len(data), 80))
    assert cut(wrapped) == PLAIN


def test_newlines_may_be_the_terminator_with_or_without_return() -> None:
    assert cut(remittance().replace(b"~", b"\n")) == PLAIN
    assert cut(remittance().replace(b"~", b"\r\n")) == PLAIN


def test_a_byte_order_mark_and_text_before_the_interchange_are_passed_over() -> None:
    assert cut(b"\xef\xbb\xbf" + remittance()) == PLAIN
    assert cut(b"From: clearinghouse\r\n\r\n" + remittance()) == PLAIN


def test_files_joined_keep_their_own_separators() -> None:
    other = with_separators(remittance(), "|", ">", "!")
    assert len(cut(remittance() + other + b"\xef\xbb\xbf" + remittance())) == 3 * len(PLAIN)
    assert cut(remittance() + other)[len(PLAIN) + 10][1] == PLAIN[10][1]


def test_an_interchange_glued_to_a_cut_off_file_is_found() -> None:
    cut_off = remittance()[: remittance().index(b"CAS*")] + b"CAS*CO*4"
    found = cut(cut_off + remittance())
    assert found[-len(PLAIN) :] == PLAIN
    assert found[-len(PLAIN) - 1] == ["CAS", "CO", "4"]


def test_a_payer_called_isa_begins_no_interchange() -> None:
    data = remittance(DECISION.replace("DOE*JANE", "ISA*LISA"))
    assert [parts[3:5] for parts in cut(data) if parts[:2] == ["NM1", "QC"]] == [["ISA", "LISA"]]


@pytest.mark.parametrize("start", [b"GS*", b"ST*"])
@pytest.mark.parametrize("body", ["", CLAIM, INSTITUTIONAL_CLAIM, DENTAL_CLAIM], ids=["835", "837P", "837I", "837D"])
def test_fragments_without_interchange_show_their_separators(start: bytes, body: str) -> None:
    data = with_separators(claims(body) if body else remittance(), "|", ">", "!")
    reader = SegmentReader([data[data.index(start.replace(b"*", b"|")) :]])
    assert next(iter(reader))[0] == start[:2].decode()
    assert reader.separators == Separators("|", ">", "!")


def test_an_interchange_header_of_wrong_width_is_read_by_its_elements() -> None:
    narrow = remittance().replace(b"          ", b"").replace(b"SENDER         ", b"SENDER")
    assert cut(narrow)[1:] == PLAIN[1:]
    assert interchange_separators(ISA.replace("SENDER         ", "S").encode()) == Separators("*", ":", "~", "^")


def test_an_old_standard_identifier_is_no_repetition_separator() -> None:
    assert interchange_separators(ISA.replace("*^*", "*U*").encode()).repetition == ""


@pytest.mark.parametrize(
    "header",
    [
        ISA.replace("*:~", "*:*"),
        ISA.replace("*:~", "*~~"),
        ISA.replace("*:~", "*A~"),
        ISA[:50],
        ISA.replace("*", "A"),
        ISA.replace("*", " "),
    ],
)
def test_separators_that_cannot_separate_are_refused(header: str) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        cut(header.encode() + b"GS*HP*S*R~")
    assert refusal.value.code in ("separators", "not_x12")
    assert refusal.value.position == 1


@pytest.mark.parametrize("data", [b"", b"\n\n", b"payer,procedure_code\n", b"\x00" * 500, b"ISABELLA", b"STATUS,CPT"])
def test_what_is_no_x12_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(UnreadableFile, match="not an X12 file"):
        cut(data)


def test_a_segment_that_never_ends_is_given_up_early() -> None:
    read = 0

    def endless():
        nonlocal read
        yield ISA.encode()
        while True:
            read += 1
            assert read < 10, "more than ten megabytes were read"
            yield b"A" * 1_000_000

    with pytest.raises(UnreadableFile) as refusal:
        list(SegmentReader(endless()))
    assert refusal.value.code == "segment_too_long"


@given(block=st.integers(1, 700))
def test_blocks_of_any_size_give_the_same_segments(block: int) -> None:
    """Blocks end everywhere inside headers, segments and line ends."""
    data = b"\r\n" + remittance().replace(b"~", b"~\r\n") + with_separators(remittance(), "~", "^", "|") + remittance()
    whole = cut(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "BLOCK_SIZE", block)
        patch.setattr(segments, "HEAD_BYTES", 500)
        assert cut(data) == whole
