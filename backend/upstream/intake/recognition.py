"""What a file is, told by its first bytes and never by its name."""

import re
from dataclasses import dataclass
from typing import Literal

from upstream.intake.csv_header import likely_header
from upstream.intake.records import UnreadableFile
from upstream.intake.x12.acknowledgement import CLAIM_ACKNOWLEDGEMENT_GUIDE
from upstream.intake.x12.authorization import AUTHORIZATION_GUIDE
from upstream.intake.x12.envelope import names_guide
from upstream.intake.x12.segments import SegmentReader, opening
from upstream.intake.x12.submission import CLAIM_KINDS, line_tag_of

FileKind = Literal[
    "claims_csv", "x12_835", "x12_837p", "x12_837i", "x12_837d", "x12_999", "x12_277ca", "x12_278", "fhir", "unknown"
]

#: First bytes of a file that are enough to tell it.
HEAD_BYTES = 64 * 1024

_SAVE_AS_CSV = "Save the sheet with the claims as CSV and upload that."
#: Marks at the very beginning of formats that are told apart to say what to do instead.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "This is a PDF. Ask the payer or the clearinghouse for the 835, or export the claims as CSV."),
    (b"\x1f\x8b", "This is a gzip archive. Unpack it and upload the files in it."),
    (b"BZh", "This is a bzip2 archive. Unpack it and upload the files in it."),
    (b"7z\xbc\xaf\x27\x1c", "This is a 7z archive. Unpack it and upload the files in it."),
    (b"Rar!", "This is a RAR archive. Unpack it and upload the files in it."),
    (b"\xfd7zXZ", "This is an xz archive. Unpack it and upload the files in it."),
    (
        b"\xd0\xcf\x11\xe0",
        f"This is an Excel workbook of before 2007 or with a password, or another Office file. {_SAVE_AS_CSV}",
    ),
    (b"{\\rtf", "This is a word processor's file. Export the claims as CSV."),
    (b"\x89PNG", "This is an image. Export the claims as CSV, or upload the 835."),
    (b"\xff\xd8\xff", "This is an image. Export the claims as CSV, or upload the 835."),
    (b"II*\x00", "This is an image. Export the claims as CSV, or upload the 835."),
    (b"MM\x00*", "This is an image. Export the claims as CSV, or upload the 835."),
)

#: Implementation guides by the beginning of ST03 or GS08.
_GUIDES: tuple[tuple[str, str], ...] = (
    ("005010X212", "a claim status request or answer (276/277)"),
    ("005010X279", "an eligibility request or answer (270/271)"),
    ("005010X220", "an enrolment file (834)"),
    ("005010X218", "a premium payment file (820)"),
)
_SETS = {
    "277": "a claim status answer or an acknowledgement of an older version (277)",
    "276": "a claim status request (276)",
    "270": "an eligibility request (270)",
    "271": "an eligibility answer (271)",
    "278": "an authorization request or answer of another version (278)",
    "834": "an enrolment file (834)",
    "820": "a premium payment file (820)",
    "824": "an application advice (824)",
}

_JSON_START = re.compile(rb"\s*[\[{]\s*(?:[\"\]}{\[]|$)")
_XML_START = re.compile(rb"\s*<(?:\?xml|!doctype|html|[A-Za-z])", re.IGNORECASE)
_FHIR = re.compile(rb'"resourceType"\s*:')
_FHIR_XML = re.compile(rb"""xmlns\s*=\s*["']http://hl7\.org/fhir["']""")


@dataclass(frozen=True, slots=True)
class Recognition:
    """kind, and for an unknown file a sentence on what it is and what to do; for a known one, what it is called."""

    kind: FileKind
    detail: str


#: Claims by the segment of their service lines.
_CLAIMS = {
    "SV1": Recognition("x12_837p", "Professional claims (X12 837P)."),
    "SV2": Recognition("x12_837i", "Institutional claims (X12 837I)."),
    "SV3": Recognition("x12_837d", "Dental claims (X12 837D)."),
}


def recognise(head: bytes) -> Recognition:
    """What a file is, from its first HEAD_BYTES (fewer only where the file is shorter). Raises nothing."""
    head = head[:HEAD_BYTES]
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\x1a"):
        return _unknown("The file is empty.")
    for signature, detail in _SIGNATURES:
        if head.startswith(signature):
            return _unknown(detail)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _unknown(_zip_detail(head))
    try:
        opening(head)
    except UnreadableFile as error:
        if error.code != "not_x12":
            return _unknown(error.message)
    else:
        return _recognised_x12(head)
    return _recognised_text(head)


def _unknown(detail: str) -> Recognition:
    return Recognition("unknown", detail)


def _zip_detail(head: bytes) -> str:
    if b"xl/" in head or b"[Content_Types].xml" in head[:400]:
        return f"This is an Excel workbook or another Office file. {_SAVE_AS_CSV}"
    return "This is a ZIP archive. Unpack it and upload the files in it."


def _recognised_text(head: bytes) -> Recognition:
    bare = head.removeprefix(b"\xef\xbb\xbf")
    if _JSON_START.match(bare):
        if _FHIR.search(bare):
            return Recognition("fhir", "Claims and answers to them (FHIR).")
        return _unknown("This is JSON. Export the claims as CSV, or upload the 837 and 835 files.")
    if b"\0" in bare and _FHIR.search(bare.replace(b"\0", b"")):
        return _unknown("This is FHIR in UTF-16. Save it as UTF-8 and upload it again.")
    if _XML_START.match(bare):
        if _FHIR_XML.search(bare):
            return _unknown("This is FHIR in XML. Export it as JSON and upload that.")
        return _unknown("This is XML or HTML. Export the claims as CSV, or upload the 837 and 835 files.")
    try:
        header = likely_header(head)
    except UnreadableFile as error:
        return _unknown(error.message)
    if header is not None and header.columns:
        return Recognition("claims_csv", "A table of claims (CSV).")
    if bare.count(b"\x00") or sum(byte < 9 or 13 < byte < 32 for byte in bare[:4096]) > len(bare[:4096]) // 20:
        return _unknown("This is a binary file. Upload a CSV of claims, or 837 and 835 files.")
    if header is not None:
        return Recognition("claims_csv", "A table whose columns have to be mapped (CSV).")
    return _unknown(
        "This is text without a header row that names columns of claims. A CSV needs at least payer, procedure_code, "
        "submitted_date and outcome in its first row; X12 files begin with ISA."
    )


_VERSION = re.compile(r"\d{6}([A-Z]\d{3}([A-Z]\d{1,2})?)?", re.ASCII)


def _recognised_x12(head: bytes) -> Recognition:
    """Kind of the first transaction set that is read, else of the first; by ST01 and by ST03 or GS08.

    Where these name no guide, the first service line of the set tells professional, institutional and dental claims.
    """
    found: list[tuple[str, str, str]] = []
    group_version = ""
    try:
        for segment in SegmentReader([head]):
            tag = segment[0]
            if tag == "GS":
                group_version = segment[8].strip() if len(segment) > 8 else ""
            elif tag == "ST" and len(segment) > 1:
                version = segment[3].strip() if len(segment) > 3 else ""
                found.append((segment[1].strip(), version or group_version, ""))
            elif tag in CLAIM_KINDS and found and not found[-1][2]:
                found[-1] = (*found[-1][:2], tag)
    except UnreadableFile as error:
        if not found:
            return _unknown(error.message)
    kinds = [_x12_kind(*transaction_set) for transaction_set in found] or [_x12_kind("", "", "")]
    return next((recognition for recognition in kinds if recognition.kind != "unknown"), kinds[0])


def _x12_kind(set_code: str, version: str, line_tag: str) -> Recognition:
    if set_code == "835":
        return Recognition("x12_835", "A remittance (X12 835).")
    if set_code in ("999", "997"):
        return Recognition("x12_999", "An acknowledgement of submissions (X12 999 or 997).")
    if set_code == "277" and version.startswith(CLAIM_ACKNOWLEDGEMENT_GUIDE):
        return Recognition("x12_277ca", "An acknowledgement of claims (X12 277CA).")
    if set_code == "278" and version.startswith(AUTHORIZATION_GUIDE):
        return Recognition("x12_278", "Answers to requests for authorization (X12 278).")
    if set_code == "837":
        told = line_tag_of(version) if names_guide(version) else line_tag or "SV1"
        if told:
            return _CLAIMS[told]
        # What is not written like a version may be anything.
        shown = f"version {version}" if _VERSION.fullmatch(version) else "another version"
        return _unknown(
            f"This is a claim file (837) of {shown}; claims of version 005010 (X222, X223, X224) are read. Upload "
            "those."
        )
    for guide, name in _GUIDES:
        if version.startswith(guide):
            return _unknown(f"This is {name}, X12 {guide}, which is not read yet. Upload 835 and 837 files.")
    name = _SETS.get(set_code, "another X12 file" if set_code else "an X12 file without a transaction set")
    return _unknown(f"This is {name}. Upload remittances (835) and claims (837).")
