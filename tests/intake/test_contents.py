"""Archives and workbooks: what is in them is read as if it had come alone; what cannot be is told with its remedy."""

import csv
import gzip
import io
import struct
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import LazySettings
from hypothesis import example, given, settings
from hypothesis import strategies as st
from intake.archives import locked, zipped
from intake.readers import cells_of, claims, remittance, workbook
from intake.writing import counts, picture, take_in

from upstream.accounts.models import Organization
from upstream.core.models import JobState
from upstream.intake import contents, workbooks
from upstream.intake.contents import Contents, contents_of
from upstream.intake.models import Upload, UploadKind
from upstream.intake.records import UnreadableFile
from upstream.intake.selectors import quarantine_csv
from upstream.phi import files
from upstream.phi.keys import UnreadableValue

CSV = b"""claim_id,payer,procedure_code,service_date,submitted_date,decided_date,outcome,billed_amount,paid_amount
C1,Aster Health,99213,2026-03-01,2026-03-02,2026-03-20,paid,100.00,80.50
C2,Aster Health,99214,2026-03-01,2026-03-02,,pending,150,
C3,,99214,2026-03-01,2026-03-02,,pending,150,
"""


def stored(content: bytes) -> str:
    return files.save("uploads/contents", [content])[0]


def unpacked(content: bytes) -> bytes:
    with contents_of(stored(content)) as found:
        assert isinstance(found, Contents)
        return b"".join(found.chunks)


def refused(content: bytes) -> UnreadableFile:
    with pytest.raises(UnreadableFile) as refusal:
        unpacked(content)
    return refusal.value


PACKED: list[Callable[[bytes], bytes]] = [
    gzip.compress,
    lambda content: gzip.compress(content[:40]) + gzip.compress(content[40:]) + bytes(512),
    lambda content: zipped({"march/claims.csv": content}),
    lambda content: zipped({"claims.csv": content}, zipfile.ZIP_STORED),
    lambda content: zipped({"__MACOSX/._a.csv": b"x", "a/": b"", "a/a.csv": content, "a/.DS_Store": b"x"}),
]


@pytest.mark.parametrize("pack", PACKED)
@pytest.mark.parametrize("content", [CSV, remittance(), claims()], ids=["csv", "835", "837P"])
def test_the_file_in_an_archive_comes_out_as_it_was(content: bytes, pack: Callable[[bytes], bytes]) -> None:
    assert unpacked(pack(content)) == content


@given(parts=st.lists(st.binary(max_size=300), max_size=5), chunk=st.integers(1, 64))
def test_any_members_of_a_gzip_come_out_one_after_the_other(parts: list[bytes], chunk: int) -> None:
    packed = b"".join(gzip.compress(part) for part in parts)
    pieces = (packed[start : start + chunk] for start in range(0, len(packed), chunk))
    assert b"".join(contents._gunzipped(pieces)) == b"".join(parts)


@given(
    packed=st.sampled_from([gzip.compress(CSV), *(zipped({"a.csv": CSV}, way) for way in (0, 8, 12, 14))]),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=4),
    length=st.integers(0, 10_000),
)
@example(packed=zipped({"a.csv": CSV}, zipfile.ZIP_BZIP2), changes=[], length=10_000)
@settings(max_examples=300)
def test_whatever_is_changed_in_an_archive_is_told_or_makes_no_difference(
    packed: bytes, changes: list[tuple[int, int]], length: int
) -> None:
    broken = bytearray(packed)
    for place, value in changes:
        broken[place % len(broken)] = value
    try:
        unpacked(bytes(broken[:length]))
    except UnreadableFile as refusal:
        assert refusal.message.endswith(".")


@pytest.mark.parametrize("pack", [*PACKED, lambda content: workbook(cells_of(content))])
def test_claims_are_those_of_the_csv_alone(
    organization: Organization, other_organization: Organization, pack: Callable[[bytes], bytes]
) -> None:
    alone, packed = take_in(organization, CSV), take_in(other_organization, pack(CSV))
    assert packed.job is not None and packed.job.state == JobState.SUCCEEDED
    assert (packed.kind, counts(packed), packed.rows_quarantined) == (UploadKind.CLAIMS_CSV, counts(alone), 1)
    assert packed.job.progress_done == packed.job.progress_total == packed.size_bytes
    assert picture(other_organization) == picture(organization)
    # Each row behind its own token.
    rejected = b"".join(quarantine_csv(other_organization, packed)).splitlines()[1].partition(b",")
    assert rejected[2] == b"".join(quarantine_csv(organization, alone)).splitlines()[1].partition(b",")[2]


def test_a_remittance_in_a_gzip_is_recognised(organization: Organization) -> None:
    assert take_in(organization, gzip.compress(remittance())).kind == UploadKind.X12_835


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        (gzip.compress(CSV)[:-9], "archive_cut_off", "cut off"),
        (gzip.compress(CSV)[:-8] + bytes(8), "archive_damaged", "damaged"),
        (gzip.compress(CSV) + b"more", "archive_damaged", "damaged"),
        (zipped({"a.csv": CSV})[:-30], "archive_cut_off", "cut off"),
        (zipped({"a.csv": CSV}, zipfile.ZIP_STORED).replace(b"80.50", b"90.50"), "archive_damaged", "damaged"),
        (zipped({}), "archive_files", "empty"),
        (zipped({"[Content_Types].xml": b"", "word/document.xml": b""}), "other_office_file", "no Excel workbook"),
        (zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "other_office_file", "no Excel"),
        (zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b"<"}), "workbook_damaged", "damaged"),
        (workbook([["a", "b"], [1, 2]]), "no_header", "No sheet"),
        (workbook([]), "no_header", "No sheet"),
    ],
)
def test_what_cannot_be_unpacked_is_told_with_its_remedy(content: bytes, code: str, told: str) -> None:
    refusal = refused(content)
    assert refusal.code == code and told in refusal.message and "." in refusal.message


def test_an_archive_with_a_password_is_told(organization: Organization) -> None:
    assert refused(locked(zipped({"a.csv": CSV}))).code == "password"


def test_a_file_in_an_archive_is_no_larger_than_an_upload_may_be(settings: LazySettings) -> None:
    settings.UPLOAD_MAX_BYTES = 2 << 20
    for content in (gzip.compress(bytes(5 << 20)), zipped({"a.csv": bytes(5 << 20)})):
        refusal = refused(content)
        assert refusal.code == "archive_size" and "2 MB" in refusal.message


def test_a_zip_that_lies_of_its_size_gives_no_more_than_it_told(settings: LazySettings) -> None:
    content = bytearray(zipped({"a.csv": bytes(5 << 20)}))
    at = content.index(b"PK\x01\x02") + 24
    assert struct.unpack_from("<I", content, at) == (5 << 20,)
    struct.pack_into("<I", content, at, 100)
    assert refused(bytes(content)).code == "archive_damaged"


def test_a_zip_with_a_long_list_of_files_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    content = zipped({f"{number}.csv": b"" for number in range(9)})
    monkeypatch.setattr(contents, "MOST_DIRECTORY_BYTES", 200)
    monkeypatch.setattr(contents.zipfile, "ZipFile", lambda *_: pytest.fail("the list was read"))
    assert refused(content).code == "archive_files"


def test_a_title_above_the_table_keeps_the_numbers_of_the_rows(organization: Organization) -> None:
    upload = take_in(organization, workbook([["Claims of March"], [], *cells_of(CSV)]))
    assert counts(upload) == (2, 0, 0)
    assert upload.row_errors.get().line_number == 6


def test_cells_are_read_as_a_person_would_type_them() -> None:
    given_rows = [["Payer", "CPT", "Status"], ["Aster\nHealth", 99213, True], [' x,"y" ', 12.25, date(2026, 3, 2)]]
    rows = list(csv.reader(io.StringIO(unpacked(workbook(given_rows)).decode())))
    assert rows == [["Payer", "CPT", "Status"], ["Aster Health", "99213", "True"], [' x,"y" ', "12.25", "2026-03-02"]]


def test_other_sheets_with_claims_are_told_of_and_hidden_ones_are_not(organization: Organization) -> None:
    rows = cells_of(CSV)
    upload = take_in(organization, workbook([["Read me"]], rows, rows, rows, hidden=(3,)))
    assert counts(upload) == (2, 0, 0)
    told = [finding["message"] for finding in Upload.objects.for_organization(organization).get().findings]
    assert [message.split(" names")[0] for message in told if "Sheet" in message] == ["Sheet 3"]


@pytest.mark.parametrize(
    ("cells", "strings"),
    [
        # A cell in the last corner: the rectangle up to it has seventeen thousand million.
        ('<c r="A1" t="s"><v>0</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c>', ["payer"]),
        # Many cells that point at one long text.
        ('<c t="s"><v>0</v></c>' * 20_000, ["x" * 1_000_000]),
    ],
)
def test_a_workbook_that_unfolds_beyond_its_memory_is_refused(
    cells: str, strings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = forged(cells, "", strings)
    assert len(content) < 100_000
    assert refused(content).code == "workbook_size"


def forged(cells: str, document_type: str, strings: list[str]) -> bytes:
    """A workbook of one row whose cells, and whose shared texts, stand as given."""
    book = io.BytesIO(workbook([["payer", "cpt"], ["Aster", 1]]))
    with zipfile.ZipFile(book) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{main}"><sheetData><row r="1">{cells}</row></sheetData></worksheet>'
    texts = "".join(f"<si><t>{text}</t></si>" for text in strings)
    members["xl/worksheets/sheet1.xml"] = sheet.encode()
    members["xl/sharedStrings.xml"] = f'{document_type}<sst xmlns="{main}">{texts}</sst>'.encode()
    return zipped(members)


@pytest.mark.parametrize(
    "entities",
    [
        '<!ENTITY text SYSTEM "file:///etc/passwd">',
        '<!ENTITY a "' + "x" * 1000 + '">'
        + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8))
        + '<!ENTITY text "&i;">',
    ],
    ids=["of another file", "of entities"],
)  # fmt: skip
def test_entities_in_a_workbook_are_never_followed(entities: str) -> None:
    content = forged('<c r="A1" t="s"><v>0</v></c>', f"<!DOCTYPE sst [{entities}]>", ["&text;"])
    assert refused(content).code == "workbook_damaged"


def test_the_process_that_reads_workbooks_is_ended_with_its_reader() -> None:
    rows = cells_of(CSV)
    with contents_of(stored(workbook(rows + rows[1:] * 3000))) as found:
        next(found.chunks)
        process = found.chunks.gi_frame.f_locals["self"]._process
        assert process.poll() is None
    assert process.poll() is not None


def test_the_process_is_ended_where_the_stored_file_breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def noted(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen(*arguments, **options))
        return started[-1]

    def pieces() -> Iterator[bytes]:
        yield workbook(cells_of(CSV))[:100]
        raise UnreadableValue("A stored file was changed or cut off.")

    monkeypatch.setattr(workbooks, "subprocess", SimpleNamespace(Popen=noted, PIPE=subprocess.PIPE, DEVNULL=-3))
    with pytest.raises(UnreadableValue):
        workbooks.Workbook(200, pieces())
    assert [process.poll() for process in started] == [-9]
