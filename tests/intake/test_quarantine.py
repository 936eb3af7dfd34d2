"""Quarantine: what was not taken comes back as a table to repair, harmless in a spreadsheet."""

import csv
import io

import pytest
from django.db import connection
from intake.writing import remittance, take_in, the_claim, write

from upstream.accounts.models import Organization
from upstream.intake import quarantine
from upstream.intake.models import RowError, Upload
from upstream.intake.records import Problem
from upstream.intake.selectors import quarantine_csv, row_errors

CSV = b"""Claim Id;Payer;Procedure_Code;Submitted Date;Outcome;Billed Amount;patient_name
C1;Aster Health;99213;2026-03-02;pending;100.00;Fern, Iris
C2;;99214;2026-03-02;pending;-20.00;=1+2
C3;Aster Health;99214;not a day;pending;20.00;"+cmd|' /C calc'!A0"
"""


def table(organization: Organization, upload: Upload) -> list[list[str]]:
    content = b"".join(quarantine_csv(organization, upload))
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_rejected_rows_come_back_under_their_own_header(organization: Organization) -> None:
    upload = take_in(organization, CSV)
    header, second, third = table(organization, upload)
    assert header == [
        "rejected line", "column", "code", "reason", "Claim Id", "Payer", "Procedure_Code", "Submitted Date", "Outcome",
        "Billed Amount", "patient_name",
    ]  # fmt: skip
    assert (second[0].split(".")[0], *second[1:3]) == ("3", "payer", "missing")
    assert "Payer" in second[3]
    assert second[4:7] == ["C2", "", "99214"]
    assert (third[0].split(".")[0], third[1]) == ("4", "submitted_date")


def test_a_mended_table_of_rejected_rows_brings_its_claims(organization: Organization) -> None:
    first = take_in(organization, CSV)
    mended = b"".join(quarantine_csv(organization, first)).replace(b"not a day", b"2026-03-02")
    second = take_in(organization, mended)
    # The other is still wrong, and stays a row of the first.
    assert (second.claims_created, second.rows_quarantined) == (1, 0)
    # The line of the file is no service line of the claim.
    assert the_claim(organization, "C3").lines.get().number == 1


def test_cells_a_spreadsheet_would_run_are_made_text_and_numbers_left_alone(organization: Organization) -> None:
    _, second, third = table(organization, take_in(organization, CSV))
    assert second[-1] == "'=1+2"
    assert third[-1] == "'+cmd|' /C calc'!A0"
    assert (second[-2], third[-2]) == ("-20.00", "20.00")


def test_rejected_claims_of_x12_come_back_as_they_stood(organization: Organization) -> None:
    upload = write(organization, [Problem(12, "CLP03", "amount", "The claim has no amount.", "CLP*C1*1*x~")])
    assert table(organization, upload) == [
        ["rejected line", "column", "code", "reason", "row"],
        ["12", "CLP03", "amount", "The claim has no amount.", "CLP*C1*1*x~"],
    ]


def test_without_rejected_rows_there_is_a_header_only(organization: Organization) -> None:
    assert len(table(organization, write(organization, remittance()))) == 1


def test_rows_are_kept_encrypted(organization: Organization) -> None:
    take_in(organization, CSV)
    with connection.cursor() as cursor:
        cursor.execute("SELECT raw, message FROM intake_rowerror")
        stored = cursor.fetchall()
    assert len(stored) == 2
    assert not any("Aster" in raw or "cmd|" in raw or "cmd|" in message for raw, message in stored)


def test_beyond_the_limit_rows_are_counted_only(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "MOST_ROWS", 5)
    problems = [Problem(n, "payer", "missing", "Empty.", f"row {n}") for n in range(12)]
    upload = write(organization, problems, batch_records=4)
    assert (upload.rows_quarantined, upload.rows_read, upload.quarantine_truncated) == (12, 12, True)
    assert row_errors(organization, upload).count() == 5


def test_at_the_limit_nothing_is_missing(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "MOST_ROWS", 5)
    upload = write(organization, [Problem(n, "", "cell_count", "Cells.", "r") for n in range(5)])
    assert (upload.rows_quarantined, upload.quarantine_truncated) == (5, False)


def test_a_long_quarantine_is_handed_out_in_pieces(organization: Organization) -> None:
    upload = write(organization, [Problem(n, "", "cell_count", "Cells.", "x" * 3_000) for n in range(100)])
    pieces = list(quarantine_csv(organization, upload))
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 100_000
    assert RowError.objects.for_organization(organization).count() == 100


def test_another_organization_gets_no_rows(organization: Organization, other_organization: Organization) -> None:
    upload = take_in(organization, CSV)
    assert len(table(other_organization, upload)) == 1
