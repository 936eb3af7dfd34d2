"""Rejected rows mended in place, and closed as no claims: read as the file was, written as of its upload."""

import pytest
from django.db import connection, transaction
from intake.test_undo_property import everything
from intake.writing import counts, picture, take_in, the_claim
from support import Thread

from upstream.accounts.models import Organization
from upstream.audit.models import AuditEvent
from upstream.claims import rollup
from upstream.core import worker
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.models import Job, JobState
from upstream.intake import mending, services, undoing
from upstream.intake.csv_header import TableMapping
from upstream.intake.models import RowError, RowState, Upload, UploadReading
from upstream.intake.quality import quality_of

HEADER = "Claim Id;Payer;Procedure_Code;Submitted Date;Decided Date;Outcome;Billed Amount;patient_name\n"
GOOD = "C1;Aster Health;99213;25/03/2026;;pending;100,50;Fern, Iris\n"
CSV = f"""{HEADER}{GOOD}C2;;99214;26/03/2026;;pending;20,00;Moss, Teal
C3;Aster Health;99214;2/3/2026;9/3/2026;PAYED;20,00;Ash, Kim
C4;Aster Health;99214;2/3/2026;9/3/2026;payed;30,00;Ash, Kim
C5;Aster Health;99214;not a day;9/3/2026;PAYED;30,00;Ash, Kim
TOTAL;;;;;;170,50;
""".encode()
MENDED = (
    CSV.replace(b"C2;;", b"C2;Aster Health;")
    .replace(b"PAYED", b"paid")
    .replace(b"payed", b"paid")
    .replace(b"not a day", b"3/3/2026")
    .replace(b"TOTAL;;;;;;170,50;\n", b"")
)


def row_of(upload: Upload, line_number: int) -> RowError:
    return RowError.objects.for_organization(upload.organization_id).get(upload=upload, line_number=line_number)


def cells_of(actor: Actor, row: RowError) -> dict[str, str]:
    return {cell.name: cell.text for cell in mending.rejected_row(actor=actor, row_id=row.pk).cells}


def mend(actor: Actor, row: RowError, *, everywhere: tuple[str, ...] = (), **changed: str) -> mending.Mended:
    """Mend with changed cells, named by field."""
    found = mending.rejected_row(actor=actor, row_id=row.pk)
    cells = [changed.get(cell.field, cell.text) for cell in found.cells]
    columns = [place for place, cell in enumerate(found.cells) if cell.field in everywhere]
    return mending.mend_row(actor=actor, row_id=row.pk, cells=cells, everywhere=columns)


def refusal(act) -> tuple[ErrorCode, str | None]:
    with pytest.raises(ServiceError) as refused:
        act()
    return refused.value.code, refused.value.field


def standing(upload: Upload) -> tuple[int, int, int]:
    """Open, mended and dismissed as counted, which is what the rows themselves say and what the score counts."""
    upload.refresh_from_db()
    rows = RowError.objects.for_organization(upload.organization_id).filter(upload=upload)
    counted = (upload.rows_open, upload.rows_mended, upload.rows_dismissed)
    assert counted == tuple(rows.filter(state=state).count() for state in ("OPEN", "MENDED", "DISMISSED"))
    quality = quality_of(upload)
    assert quality is not None
    (part,) = [part for part in quality.parts if part.key == "rows"]
    assert round(part.of * (1 - part.share)) == upload.rows_open
    return counted


def take_back(actor: Actor, upload: Upload) -> None:
    undone = undoing.undo_upload(actor=actor, upload_id=upload.pk)
    assert undone.undo_job is not None
    worker.carry_out(undone.undo_job.pk)
    upload.refresh_from_db()


def test_a_row_is_shown_with_its_cells_and_what_is_wrong_with_each(
    organization: Organization, care_team: Actor
) -> None:
    upload = take_in(organization, CSV)
    found = mending.rejected_row(actor=care_team, row_id=row_of(upload, 6).pk)
    faulty = {cell.name: (cell.text, cell.alike) for cell in found.cells if cell.faults}
    assert faulty == {"Submitted Date": ("not a day", 1), "Outcome": ("PAYED", 2)}
    assert [cell.name for cell in found.cells] == HEADER.strip().split(";")
    assert all("day first" in fault for cell in found.cells if cell.field == "submitted_date" for fault in cell.faults)
    event = AuditEvent.objects.for_organization(organization).get(action="phi.read")
    assert (event.target_type, event.target_id, event.actor_id) == (
        "row_error",
        str(row_of(upload, 6).pk),
        care_team.user_id,
    )


def test_a_mended_row_is_read_with_the_habits_of_its_file_and_written_as_of_its_upload(
    organization: Organization, care_team: Actor
) -> None:
    upload = take_in(organization, CSV)
    answer = mend(care_team, row_of(upload, 4), outcome="paid")
    assert (answer.mended, answer.faults) == (1, [])
    claim = the_claim(organization, "C3")
    assert (str(claim.submitted_date), str(claim.billed_amount), claim.upload_id) == ("2026-03-02", "20.00", upload.pk)
    assert rollup.recompute(organization.pk) == []
    row = row_of(upload, 4)
    assert (row.state, row.settled_by_id, row.mended_by_id) == (RowState.MENDED, care_team.user_id, None)
    assert row.settled_at is not None
    assert standing(upload) == (4, 1, 0)
    assert (upload.rows_read, counts(upload)) == (6, (2, 0, 0))
    assert Job.objects.for_organization(organization).filter(kind="detection.run", state=JobState.QUEUED).exists()
    assert AuditEvent.objects.for_organization(organization).filter(action="rejected_row.mended").count() == 1


def test_rows_mended_one_by_one_come_to_what_the_mended_file_says(
    organization: Organization, other_organization: Organization, care_team: Actor
) -> None:
    upload = take_in(organization, CSV)
    mend(care_team, row_of(upload, 4), everywhere=("outcome",), outcome="paid")
    mend(care_team, row_of(upload, 5), outcome="paid")
    mend(care_team, row_of(upload, 6), submitted_date="3/3/2026")
    mend(care_team, row_of(upload, 3), payer="Aster Health")
    mending.dismiss_row(actor=care_team, row_id=row_of(upload, 7).pk)
    whole = take_in(other_organization, MENDED)
    assert picture(organization) == picture(other_organization)
    assert standing(upload) == (0, 4, 1)
    assert (upload.rows_read - 1, upload.lines_read, upload.billed_total) == (
        whole.rows_read,
        whole.lines_read,
        whole.billed_total,
    )
    mine, theirs = quality_of(upload), quality_of(whole)
    assert mine is not None and theirs is not None
    assert (mine.score, mine.lacks) == (theirs.score, theirs.lacks)


def test_taking_the_upload_back_takes_mended_rows_back_exactly(organization: Organization, care_team: Actor) -> None:
    take_in(organization, f"{HEADER}C3;Birch Health;99214;1/3/2026;;pending;20,00;Ash, Kim\n".encode())
    before = everything(organization)
    upload = take_in(organization, CSV)
    mend(care_team, row_of(upload, 4), outcome="paid")
    mend(care_team, row_of(upload, 3), payer="Aster Health")
    take_back(care_team, upload)
    assert everything(organization) == before
    assert rollup.recompute(organization.pk) == []


def test_what_is_wrong_still_is_told_by_cell_and_the_edit_is_kept(organization: Organization, care_team: Actor) -> None:
    upload = take_in(organization, CSV)
    row = row_of(upload, 6)
    answer = mend(care_team, row, outcome="paid", submitted_date="99/99/2026")
    assert (answer.mended, [(fault.field, fault.code) for fault in answer.faults]) == (0, [("submitted_date", "date")])
    assert cells_of(care_team, row)["Outcome"] == "paid"
    assert cells_of(care_team, row)["Submitted Date"] == "99/99/2026"
    answer = mend(care_team, row, submitted_date="20/3/2026")
    assert [(fault.field, fault.code) for fault in answer.faults] == [("decided_date", "dates_reversed")]
    assert row_of(upload, 6).code == "dates_reversed"
    assert standing(upload) == (5, 0, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT raw, tried FROM intake_rowerror WHERE line_number = 6")
        assert not any("Ash" in text for text in cursor.fetchone())


def test_one_mistake_in_many_rows_is_mended_at_once(organization: Organization, care_team: Actor) -> None:
    upload = take_in(organization, CSV.replace(b"payed", b"PAYED"))
    row = row_of(upload, 4)
    (outcome,) = [
        cell for cell in mending.rejected_row(actor=care_team, row_id=row.pk).cells if cell.field == "outcome"
    ]
    assert outcome.alike == 3
    answer = mend(care_team, row, everywhere=("outcome",), outcome="paid")
    # The third has another fault besides, and keeps the edit.
    assert (answer.mended, answer.left) == (2, 1)
    assert cells_of(care_team, row_of(upload, 6))["Outcome"] == "paid"
    assert row_of(upload, 6).field == "submitted_date"
    assert standing(upload) == (3, 2, 0)


def test_more_than_can_be_mended_at_once_wait(
    organization: Organization, care_team: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mending, "MOST_AT_ONCE", 2)
    rows = "".join(f"C{n};Aster;99214;26/3/2026;;WAIT;20,00;\n" for n in range(5))
    upload = take_in(organization, (HEADER + GOOD + rows).encode())
    answer = mend(care_team, row_of(upload, 3), everywhere=("outcome",), outcome="pending")
    assert (answer.mended, answer.left) == (2, 3)
    assert standing(upload) == (3, 2, 0)


def test_a_later_mapping_does_not_change_how_the_file_was_read(organization: Organization, care_team: Actor) -> None:
    upload = take_in(organization, CSV)
    columns = ("claim_id", "payer", "procedure_code", "submitted_date", "decided_date", "outcome", "paid_amount", "")
    mapping = TableMapping("", columns, day_first=False, outcome_words={"PAYED": "denied"})
    services.map_upload(actor=care_team, upload_id=upload.pk, mapping=mapping)
    assert mend(care_team, row_of(upload, 5), outcome="PAYED").faults[0].field == "outcome"
    mend(care_team, row_of(upload, 5), outcome="paid")
    claim = the_claim(organization, "C4")
    assert (str(claim.submitted_date), str(claim.billed_amount)) == ("2026-03-02", "30.00")


def test_lines_of_one_claim_mended_together_are_one_claim(organization: Organization, care_team: Actor) -> None:
    header = "claim_id,line,payer,procedure_code,submitted_date,outcome,billed_amount\n"
    rows = "".join(f"L1,{n},Aster,9921{n},2026-03-02,WAIT,10.00\n" for n in (1, 2, 3))
    upload = take_in(organization, (header + "C9,1,Aster,99213,2026-03-02,pending,5.00\n" + rows).encode())
    mend(care_team, row_of(upload, 3), everywhere=("outcome",), outcome="pending")
    claim = the_claim(organization, "L1")
    assert (claim.lines.count(), str(claim.billed_amount)) == (3, "30.00")
    assert (standing(upload), upload.rows_read) == ((0, 3, 0), 4)


def test_a_row_is_dismissed_and_opened_again(organization: Organization, care_team: Actor) -> None:
    upload = take_in(organization, CSV)
    row = row_of(upload, 7)
    mending.dismiss_row(actor=care_team, row_id=row.pk)
    assert (standing(upload), row_of(upload, 7).settled_by_id) == ((4, 0, 1), care_team.user_id)
    assert refusal(lambda: mending.dismiss_row(actor=care_team, row_id=row.pk)) == (ErrorCode.CONFLICT, "id")
    assert refusal(lambda: mend(care_team, row, payer="Aster"))[0] == ErrorCode.CONFLICT
    mending.reopen_row(actor=care_team, row_id=row.pk)
    assert (standing(upload), upload.reasons_since) == ((5, 0, 0), {"payer missing": 0})
    assert refusal(lambda: mending.reopen_row(actor=care_team, row_id=row.pk)) == (ErrorCode.CONFLICT, "id")
    mend(care_team, row_of(upload, 4), outcome="paid")
    assert refusal(lambda: mending.reopen_row(actor=care_team, row_id=row_of(upload, 4).pk))[0] == ErrorCode.CONFLICT
    assert refusal(lambda: mend(care_team, row_of(upload, 4), outcome="paid"))[0] == ErrorCode.CONFLICT


@pytest.mark.parametrize("act", [mending.dismiss_row, mending.reopen_row, mending.rejected_row])
def test_rows_of_another_organization_are_unknown(
    other_organization: Organization, owner: Actor, viewer: Actor, integration: Actor, act
) -> None:
    row = row_of(take_in(other_organization, CSV), 4)
    assert refusal(lambda: act(actor=owner, row_id=row.pk)) == (ErrorCode.NOT_FOUND, "id")
    for actor in (viewer, integration):
        assert refusal(lambda actor=actor: act(actor=actor, row_id=row.pk))[0] == ErrorCode.FORBIDDEN


def test_mending_is_for_those_who_see_patients_and_their_own_rows(
    organization: Organization, other_organization: Organization, owner: Actor, analyst: Actor, integration: Actor
) -> None:
    theirs, own = (row_of(take_in(home, CSV), 4) for home in (other_organization, organization))
    assert refusal(lambda: mending.mend_row(actor=owner, row_id=theirs.pk, cells=["x"])) == (ErrorCode.NOT_FOUND, "id")
    for actor in (analyst, integration):
        assert (
            refusal(lambda actor=actor: mending.mend_row(actor=actor, row_id=own.pk, cells=["x"]))[0]
            == ErrorCode.FORBIDDEN
        )


@pytest.mark.parametrize(
    ("payer", "code"),
    [
        ("Aster\0", "nul_character"),
        ("x" * 201, "too_long"),
        ("Aster\nHealth\n" * 30, "quotation_mark"),
        ("\ud800" * 201, "too_long"),
        ("", "missing"),
        ("#N/A", "missing"),
    ],
)
def test_hostile_cells_are_refused_as_in_a_file(
    organization: Organization, care_team: Actor, payer: str, code: str
) -> None:
    upload = take_in(organization, CSV)
    answer = mend(care_team, row_of(upload, 3), payer=payer)
    assert (answer.mended, answer.faults[0].code) == (0, code)
    assert standing(upload) == (5, 0, 0)
    # It can still be opened, and mended.
    assert mend(care_team, row_of(upload, 3), payer='=Birch; "Wood"').mended == 1
    assert the_claim(organization, "C2").payer.name == '=Birch; "Wood"'


def test_a_row_of_other_lengths_is_told_or_refused(organization: Organization, care_team: Actor) -> None:
    row = row_of(take_in(organization, CSV), 3)
    cells = list(cells_of(care_team, row).values())
    for wrong in (cells[:3], [*cells, "more"], ["C;1"]):
        answer = mending.mend_row(actor=care_team, row_id=row.pk, cells=wrong)
        assert answer.faults[0].code == "cell_count"
    huge = ["x" * 40_000, *cells[1:]]
    assert refusal(lambda: mending.mend_row(actor=care_team, row_id=row.pk, cells=huge)) == (
        ErrorCode.INVALID,
        "cells",
    )
    assert mending.mend_row(actor=care_team, row_id=row.pk, cells=[""] * 9).faults[0].code == "empty_row"
    assert mending.mend_row(actor=care_team, row_id=row.pk, cells=HEADER.strip().split(";")).faults[0].code == (
        "empty_row"
    )
    answer = mending.mend_row(actor=care_team, row_id=row.pk, cells=[*cells[:1], "Aster", *cells[2:], "", ""])
    assert answer.mended == 1


def test_a_row_that_lost_its_shape_can_be_mended(organization: Organization, care_team: Actor) -> None:
    upload = take_in(organization, (HEADER + GOOD + 'C2;Aster;99214;26/3/2026;;pending;20,00;"Moss\n').encode())
    assert row_of(upload, 3).code == "quotation_mark"
    assert mend(care_team, row_of(upload, 3), patient_name="Moss").mended == 1


def test_rows_that_cannot_be_mended_here_say_why(organization: Organization, care_team: Actor) -> None:
    long = take_in(organization, (HEADER + GOOD + "C2;" + "x" * 5_000 + ";1;1;1;1;1;1\n").encode())
    old = take_in(organization, CSV)
    UploadReading.objects.for_organization(organization).filter(upload=old).delete()
    for row, word in ((row_of(long, 3), "too long"), (row_of(old, 4), "Download")):
        found = mending.rejected_row(actor=care_team, row_id=row.pk)
        assert word in found.hindrance and found.cells == []
        with pytest.raises(ServiceError, match=word):
            mending.mend_row(actor=care_team, row_id=row.pk, cells=["x"])


def test_an_upload_that_is_read_or_taken_back_is_left_alone(organization: Organization, care_team: Actor) -> None:
    upload = take_in(organization, CSV)
    row = row_of(upload, 4)
    Job.unscoped.filter(pk=upload.job_id).update(state=JobState.RUNNING)
    assert refusal(lambda: mend(care_team, row, outcome="paid"))[0] == ErrorCode.CONFLICT
    Job.unscoped.filter(pk=upload.job_id).update(state=JobState.SUCCEEDED)
    undoing.undo_upload(actor=care_team, upload_id=upload.pk)
    assert refusal(lambda: mend(care_team, row, outcome="paid"))[0] == ErrorCode.CONFLICT
    assert refusal(lambda: mending.dismiss_row(actor=care_team, row_id=row.pk))[0] == ErrorCode.CONFLICT


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_mends_and_the_other_is_told(organization: Organization, care_team: Actor) -> None:
    upload = take_in(organization, CSV)
    row = row_of(upload, 4)
    cells = [cell.text.replace("PAYED", "paid") for cell in mending.rejected_row(actor=care_team, row_id=row.pk).cells]
    ends: list[object] = []

    def save() -> None:
        try:
            ends.append(mending.mend_row(actor=care_team, row_id=row.pk, cells=cells).mended)
        except ServiceError as error:
            ends.append(error.code)
        finally:
            connection.close()

    with transaction.atomic():
        # Both wait for the row's upload, so that they begin together.
        Upload.objects.for_organization(organization).select_for_update().get(pk=upload.pk)
        savers = [Thread(target=save) for _ in range(2)]
        for saver in savers:
            saver.start()
    for saver in savers:
        saver.join()
    assert sorted(map(str, ends)) == ["1", "CONFLICT"]
    assert standing(upload) == (4, 1, 0)


def test_reasons_stay_those_of_the_open_rows(organization: Organization, care_team: Actor, graphql) -> None:
    upload = take_in(organization, CSV)
    mend(care_team, row_of(upload, 4), outcome="paid")
    mend(care_team, row_of(upload, 5), outcome="payd")
    mending.dismiss_row(actor=care_team, row_id=row_of(upload, 7).pk)
    query = "query($id: ID!) { upload(id: $id) { rowsOpen quality { reasons { reason rows } } } }"
    found = graphql(care_team)(query, {"id": str(upload.pk)})["data"]["upload"]
    assert sum(each["rows"] for each in found["quality"]["reasons"]) == found["rowsOpen"] == 3


def test_the_graph_mends_dismisses_and_tells_faults_by_field(
    organization: Organization, care_team: Actor, graphql
) -> None:
    upload = take_in(organization, CSV)
    ask = graphql(care_team)
    row = row_of(upload, 6)
    shown = ask(
        "query($id: ID!) { rejectedRow(id: $id) { hindrance row { id lineNumber state }"
        " cells { name field text faults alike } } }",
        {"id": str(row.pk)},
    )["data"]["rejectedRow"]
    assert (shown["hindrance"], shown["row"]["state"], len(shown["cells"])) == ("", "OPEN", 8)
    mutation = """mutation($id: ID!, $cells: [String!]!, $everywhere: [Int!]) {
      mendRow(id: $id, cells: $cells, everywhere: $everywhere) { mended left errors { code field message }
        row { state settledBy { name } mendedBy { uploadId } } upload { rowsOpen rowsMended rowsDismissed } } }"""
    cells = [cell["text"].replace("PAYED", "paid") for cell in shown["cells"]]
    answer = ask(mutation, {"id": str(row.pk), "cells": cells, "everywhere": [5, 99, -1]})["data"]["mendRow"]
    assert [(error["code"], error["field"]) for error in answer["errors"]] == [("INVALID", "submitted_date")]
    cells[3] = "3/3/2026"
    answer = ask(mutation, {"id": str(row.pk), "cells": cells})["data"]["mendRow"]
    assert (answer["errors"], answer["mended"], answer["row"]["state"]) == ([], 1, "MENDED")
    assert answer["row"]["settledBy"]["name"] == "Care Team Person"
    assert answer["upload"] == {"rowsOpen": 4, "rowsMended": 1, "rowsDismissed": 0}
    dismiss = "mutation($id: ID!) { %s(id: $id) { row { state } upload { rowsDismissed } errors { code field } } }"
    for name, state in (("dismissRow", "DISMISSED"), ("reopenRow", "OPEN")):
        answer = ask(dismiss % name, {"id": str(row_of(upload, 7).pk)})["data"][name]
        assert (answer["errors"], answer["row"]["state"]) == ([], state)
    again = ask(dismiss % "dismissRow", {"id": str(row.pk)})["data"]["dismissRow"]
    assert again["errors"] == [{"code": "CONFLICT", "field": "id"}]
    rows = ask(
        "query($id: ID!) { upload(id: $id) { rowErrors(state: MENDED) { totalCount items { lineNumber } } } }",
        {"id": str(upload.pk)},
    )["data"]["upload"]["rowErrors"]
    assert rows == {"totalCount": 1, "items": [{"lineNumber": 6}]}


def test_rows_of_other_files_are_dismissed_too(organization: Organization, care_team: Actor) -> None:
    upload = take_in(organization, CSV)
    x12 = RowError.unscoped.create(
        organization=organization, upload=upload, line_number=9, field="CLP03", code="amount", message="No amount."
    )
    Upload.unscoped.filter(pk=upload.pk).update(kind="X12_835", rows_quarantined=6, rows_read=7)
    mending.dismiss_row(actor=care_team, row_id=x12.pk)
    assert standing(upload) == (5, 0, 1)
