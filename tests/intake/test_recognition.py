"""Files are told by their content; a wrong one is answered with what it is and what to do."""

import gzip
import io
import zipfile

import pytest
from intake.acknowledging import acknowledgement, claim_acknowledgement
from intake.authorizing import authorization
from intake.readers import (
    DENTAL_CLAIM,
    DENTAL_GUIDE,
    INSTITUTIONAL_CLAIM,
    INSTITUTIONAL_GUIDE,
    SAMPLES,
    claims,
    needs_samples,
    remittance,
    table,
)

from upstream.intake.recognition import recognise


def excel_workbook() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return buffer.getvalue()


def plain_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("claims.csv", table())
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (table(), "claims_csv"),
        (b"\xef\xbb\xbf" + table(), "claims_csv"),
        (table().decode().encode("utf-16"), "claims_csv"),
        (table().decode().encode("utf-16-be"), "claims_csv"),
        (table().replace(b",", b";"), "claims_csv"),
        (table().replace(b",", b"\t"), "claims_csv"),
        (b"Denials of May\n\nInsurance|CPT|DOS|Date Billed|Status\n", "claims_csv"),
        (remittance(), "x12_835"),
        (b"\xef\xbb\xbf\r\n" + remittance(), "x12_835"),
        (remittance()[remittance().index(b"ST*") :], "x12_835"),
        (remittance()[remittance().index(b"GS*") :], "x12_835"),
        (remittance().replace(b"~", b"\n"), "x12_835"),
        (claims(), "x12_837p"),
        (claims().replace(b"005010X222A1", b""), "x12_837p"),
        (claims(guide="005010"), "x12_837p"),
        (claims("", guide="005010"), "x12_837p"),
        (claims(INSTITUTIONAL_CLAIM, guide=INSTITUTIONAL_GUIDE), "x12_837i"),
        (claims(INSTITUTIONAL_CLAIM, guide="005010"), "x12_837i"),
        (claims("", guide="005010X223"), "x12_837i"),
        (claims(DENTAL_CLAIM, guide=DENTAL_GUIDE), "x12_837d"),
        (claims(DENTAL_CLAIM, guide=""), "x12_837d"),
        (b'{"resourceType": "Claim"}', "fhir"),
        (b'\xef\xbb\xbf\n{\n  "id": "1",\n  "resourceType" : "Bundle",\n', "fhir"),
        (acknowledgement(), "x12_999"),
        (acknowledgement(set_code="997", guide="004010"), "x12_999"),
        (claim_acknowledgement(), "x12_277ca"),
        (authorization(), "x12_278"),
    ],
)
def test_readable_files_are_told_by_content(head: bytes, kind: str) -> None:
    assert recognise(head).kind == kind


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"%PDF-1.7\n", "PDF"),
        (excel_workbook(), "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        (plain_zip(), "ZIP"),
        (gzip.compress(table()), "gzip"),
        ('{"resourceType": "Claim"}'.encode("utf-16"), "UTF-16"),
        ('{"resourceType": "Claim"}'.encode("utf-16-be"), "UTF-16"),
        (b'<?xml version="1.0"?>\n<Bundle xmlns="http://hl7.org/fhir"><entry/></Bundle>', "FHIR in XML"),
        (b'[{"claim": 1}]', "JSON"),
        (b"<html><body>payer,procedure_code</body></html>", "HTML"),
        (bytes(range(256)) * 4, "binary"),
        (b"Dear payer,\nwe appeal.\n", "header row"),
        (table().decode().encode("utf-32"), "UTF-32"),
        (claims(guide="004010X098A1"), "004010X098A1"),
        (claims(guide="005010X298"), "005010X298"),
        (remittance().replace(b"ST*835", b"ST*277").replace(b"X221A1", b"X212"), "276/277"),
        (remittance().replace(b"ST*835", b"ST*278").replace(b"X221A1", b"X216"), "278"),
        (remittance().replace(b"ST*835", b"ST*850").replace(b"X221A1", b""), "another X12"),
        (remittance()[:60], "cut off"),
        (remittance().replace(b"*", b"~"), "cannot be read"),
    ],
)
def test_other_files_are_named_and_their_remedy_told(head: bytes, told: str) -> None:
    recognition = recognise(head)
    assert recognition.kind == "unknown"
    assert told in recognition.detail


def test_the_first_set_that_can_be_read_decides_for_a_file_of_several_kinds() -> None:
    assert recognise(claims(guide="004010X098A1") + remittance()).kind == "x12_835"
    assert recognise(claims("", guide=DENTAL_GUIDE) + claims()).kind == "x12_837d"


@needs_samples
def test_every_sample_is_recognised_for_what_it_is() -> None:
    expected = {
        ".835": "x12_835", ".837": "x12_837p", ".837i": "x12_837i", ".999": "x12_999", ".277": "x12_277ca",
        ".json": "fhir", ".LICENSE": "unknown",
    }  # fmt: skip
    files = [path for path in SAMPLES.glob("*/*") if path.suffix in expected]
    assert len(files) >= 60
    for path in files:
        assert recognise(path.read_bytes()).kind == expected[path.suffix], path.name
