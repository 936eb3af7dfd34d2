"""Rejected rows mended in their download: the file that brings them closes them, and taken back opens them again."""

import csv
import io
from collections.abc import Callable

import openpyxl
import pytest
from intake.test_mending import CSV, HEADER, MENDED, row_of, standing, take_back
from intake.test_undo_property import everything
from intake.writing import counts, picture, take_in, the_claim

from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.core import worker
from upstream.core.actor import Actor
from upstream.intake import mending, services
from upstream.intake.csv_header import TableMapping
from upstream.intake.models import RowError, RowState, Upload
from upstream.intake.selectors import mended_by, quarantine_csv, sources
from upstream.intake.writer.writer import Writer

Rows = list[list[str]]


def downloaded(upload: Upload) -> Rows:
    text = b"".join(quarantine_csv(upload.organization_id, upload)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=","))


def as_csv(rows: Rows, delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode()


def set_cell(rows: Rows, line: int, name: str, text: str) -> None:
    for row in rows[1:]:
        if row[0].startswith(f"{line}."):
            row[rows[0].index(name)] = text


def mended_rows(upload: Upload) -> Rows:
    """Everything mended but the total, which is no claim."""
    rows = downloaded(upload)
    set_cell(rows, 3, "Payer", "Aster Health")
    for line in (4, 5, 6):
        set_cell(rows, line, "Outcome", "paid")
    set_cell(rows, 6, "Submitted Date", "3/3/2026")
    return rows


def finding(upload: Upload) -> str:
    return next(found["message"] for found in upload.findings if found["code"] == "rows_mended")


def test_a_mended_file_closes_its_rows_and_those_still_wrong_stay_with_their_new_reason(
    organization: Organization, other_organization: Organization
) -> None:
    first = take_in(organization, CSV)
    rows = mended_rows(first)
    set_cell(rows, 7, "Payer", "Aster Health")
    second = take_in(organization, as_csv(rows), "mended.csv")
    assert standing(first) == (1, 4, 0)
    assert (counts(second), second.rows_read, second.rows_quarantined) == ((4, 0, 0), 4, 0)
    assert mended_by(organization, first) == [(second, 4)]
    assert mended_by(organization, first)[0][0].file_name == "mended.csv"
    assert "4 rejected rows" in finding(second) and "1 still" in finding(second)
    total = row_of(first, 7)
    assert (total.state, total.code, total.tried_by_id) == (RowState.OPEN, "missing", second.pk)
    assert total.field == "procedure_code" and total.first_reason[:2] == ["payer", "missing"]
    assert row_of(first, 3).mended_by_id == second.pk
    # Read with the habits of the first file, which few rows would not show.
    take_in(other_organization, MENDED)
    assert picture(organization) == picture(other_organization)
    assert [len(source.uploads) for source in sources(organization)] == [1]


def test_taking_the_mending_file_back_opens_its_rows_again(organization: Organization, care_team: Actor) -> None:
    first = take_in(organization, CSV)
    before = (everything(organization), downloaded(first), first.reasons_since)
    rows = mended_rows(first)
    set_cell(rows, 7, "Payer", "Aster Health")
    second = take_in(organization, as_csv(rows))
    take_back(care_team, second)
    assert standing(first) == (5, 0, 0)
    assert (everything(organization), downloaded(first)) == before[:2]
    assert not any(first.reasons_since.values())
    assert rollup.recompute(organization.pk) == []
    take_in(organization, as_csv(rows))
    assert standing(first) == (1, 4, 0)


def test_the_same_rows_again_change_nothing(organization: Organization, care_team: Actor) -> None:
    first = take_in(organization, CSV)
    rows = mended_rows(first)
    second = take_in(organization, as_csv(rows))
    before = everything(organization)
    third = take_in(organization, as_csv([rows[0], *reversed(rows[1:])]))
    assert (everything(organization), standing(first)) == (before, (1, 4, 0))
    assert counts(third) == (0, 0, 4)
    assert mended_by(organization, first)[0][0] == second
    # What is taken back later opens only what it closed.
    take_back(care_team, third)
    assert standing(first) == (1, 4, 0)


@pytest.mark.parametrize("change", ["moved", "deleted", "semicolons", "workbook", "sorted"])
def test_what_excel_does_to_a_file_does_no_harm(organization: Organization, change: str) -> None:
    first = take_in(organization, CSV)
    rows = mended_rows(first)
    content = {
        "moved": lambda: as_csv([[*row[4:], *row[:4]] for row in rows]),
        "deleted": lambda: as_csv([[row[0], *row[4:]] for row in rows]),
        "semicolons": lambda: as_csv(rows, ";"),
        "workbook": lambda: workbook(rows),
        "sorted": lambda: as_csv([rows[0], *sorted(rows[1:], key=lambda row: row[-1])]),
    }[change]()
    take_in(organization, content)
    assert standing(first) == (1, 4, 0)
    assert str(the_claim(organization, "C3").submitted_date) == "2026-03-02"


def workbook(rows: Rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def forged(rows: Rows, change: Callable[[str], str]) -> bytes:
    return as_csv([rows[0], *([change(row[0]), *row[1:]] for row in rows[1:])])


def test_rows_of_another_organization_and_forged_ones_stay_as_they_are(
    organization: Organization, other_organization: Organization
) -> None:
    first = take_in(organization, CSV)
    rows = mended_rows(first)
    take_in(other_organization, CSV)
    take_in(other_organization, as_csv(rows))
    for change in (
        lambda token: token.split(".")[0],
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: "9" + token,
        lambda token: "é" + token,
        lambda token: "",
    ):
        take_in(organization, forged(rows, change))
    assert standing(first) == (5, 0, 0)


def test_rows_of_two_uploads_in_one_file_each_go_home(organization: Organization) -> None:
    first = take_in(organization, CSV)
    other = take_in(organization, CSV.replace(b"C3", b"D3").replace(b"C4", b"D4"))
    take_in(organization, as_csv([*mended_rows(first), *mended_rows(other)[1:]]))
    assert (standing(first), standing(other)) == ((1, 4, 0), (1, 4, 0))


def test_what_was_closed_meanwhile_stays_closed_as_it_was(organization: Organization, care_team: Actor) -> None:
    first = take_in(organization, CSV)
    rows = mended_rows(first)
    mending.dismiss_row(actor=care_team, row_id=row_of(first, 3).pk)
    mending.dismiss_row(actor=care_team, row_id=row_of(first, 7).pk)
    second = take_in(organization, as_csv(rows))
    assert standing(first) == (0, 3, 2)
    # The total is nowhere open: it is a rejected row of the file it came with.
    assert (second.rows_quarantined, row_of(first, 3).mended_by_id) == (1, None)


def test_rows_of_an_upload_that_was_taken_back_are_rows_of_their_own(
    organization: Organization, care_team: Actor
) -> None:
    first = take_in(organization, CSV)
    rows = mended_rows(first)
    take_back(care_team, first)
    second = take_in(organization, as_csv(rows))
    assert not RowError.objects.for_organization(organization).filter(upload=first).exists()
    assert second.rows_quarantined >= 1


def test_a_mapped_table_is_read_as_it_was_mapped(organization: Organization, care_team: Actor) -> None:
    content = b"Ref,Firm,Act,Sent,State\nM1,Aster,99213,2026-03-02,Closed\nM2,,99213,2026-03-02,Closed\n"
    first = take_in(organization, content)
    columns = ("claim_id", "payer", "procedure_code", "submitted_date", "outcome")
    mapping = TableMapping("", columns, outcome_words={"closed": "pending"})
    services.map_upload(actor=care_team, upload_id=first.pk, mapping=mapping)
    first = take_in(organization, content + b"M3,,99213,2026-03-02,Closed\n")
    rows = downloaded(first)
    for line in (3, 4):
        set_cell(rows, line, "Firm", "Birch")
    second = take_in(organization, as_csv(rows))
    assert (standing(first), second.claims_created) == ((0, 2, 0), 2)
    assert the_claim(organization, "M3").payer.name == "Birch"


def test_cells_that_were_made_harmless_come_back_as_they_were(organization: Organization) -> None:
    header = "claim_id,payer,procedure_code,submitted_date,outcome,reason,patient_name\n"
    first = take_in(organization, (header + '=C1,,99213,2026-03-02,pending,why,"\'=x"\n').encode())
    rows = downloaded(first)
    assert rows[1][4] == "'=C1"
    rows[1][5] = "Aster"
    take_in(organization, as_csv(rows))
    assert the_claim(organization, "=C1").payer.name == "Aster"


def test_a_run_that_was_cut_off_closes_each_row_once(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = take_in(organization, CSV)
    rows = mended_rows(first)
    monkeypatch.setattr(Writer.__init__, "__kwdefaults__", {"batch_records": 1})
    second = take_in(organization, as_csv(rows))
    assert (standing(first), second.rows_read) == ((1, 4, 0), 4)
    second.job.state = "FAILED"
    second.job.save()
    services.retry_upload(actor=services.system_actor(organization.pk), upload_id=second.pk)
    worker.carry_out(second.job.pk)
    second.refresh_from_db()
    assert (standing(first), second.rows_read, second.rows_quarantined) == ((1, 4, 0), 4, 0)


def test_rows_mended_here_are_not_handed_out_again(organization: Organization, care_team: Actor) -> None:
    first = take_in(organization, CSV)
    take_in(organization, as_csv(mended_rows(first)))
    assert [row[0].split(".")[0] for row in downloaded(first)[1:]] == ["7"]
    assert HEADER.startswith(downloaded(first)[0][4])
