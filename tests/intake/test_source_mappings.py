"""A person says what a source's columns are; that header is read so from then on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from intake.readers import workbook
from intake.writing import counts, take_in

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent
from upstream.claims import rollup
from upstream.claims.models import Claim
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.models import JobState
from upstream.detection.own_changes import OwnChangeKind, own_changes
from upstream.intake import services
from upstream.intake.csv_header import TableMapping, header_digest
from upstream.intake.models import RowError, SourceMapping, Upload, UploadKind
from upstream.intake.quarantine import quarantine_csv
from upstream.intake.source_mappings import PREVIEW_ROWS, upload_table

HEADER = "Ref,What,Out,Back,State,Sum,Got,Who"
ROWS = ("C1,99213,2026-03-02,2026-03-20,closed,100.00,80.00,Lee Ann", "C2,99214,2026-03-02,,open,50.00,,Roy Doe")
MAPPING = TableMapping(
    "",
    ("claim_id", "procedure_code", "submitted_date", "decided_date", "outcome", "billed_amount", "paid_amount", ""),
    outcome_words={"closed": "paid"},
    payer="Aster Health",
)


def csv(*rows: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *(rows or ROWS), "")).encode()


def refusal(act: Callable[[], Any]) -> tuple[ErrorCode, str | None]:
    with pytest.raises(ServiceError) as refused:
        act()
    return refused.value.code, refused.value.field


def test_a_file_of_unknown_columns_fails_as_a_table_that_can_be_mapped(organization: Organization) -> None:
    upload = take_in(organization, csv())
    assert upload.job is not None
    assert (upload.job.state, upload.kind) == (JobState.FAILED, UploadKind.CLAIMS_CSV)
    assert "map" in upload.job.error_message.lower()
    assert not SourceMapping.objects.for_organization(organization)


def test_a_mapped_upload_is_read_again_and_the_next_file_of_that_header_by_itself(
    organization: Organization, care_team: Actor, run_jobs: Callable[[], int]
) -> None:
    upload = take_in(organization, csv())
    services.map_upload(actor=care_team, upload_id=upload.pk, mapping=MAPPING)
    run_jobs()
    upload.refresh_from_db()
    assert upload.job is not None and upload.job.state == JobState.SUCCEEDED
    assert counts(upload) == (2, 0, 0)
    assert [finding["code"] for finding in upload.findings] == ["mapped_columns", "unused_columns"]
    claims = Claim.objects.for_organization(organization).order_by("control_number")
    assert list(claims.values_list("control_number", "outcome", "payer__name")) == [
        ("C1", "PAID", "Aster Health"),
        ("C2", "PENDING", "Aster Health"),
    ]
    following = csv("C3,99213,2026-04-02,2026-04-20,Closed,10.00,8.00,Lee Ann", header=HEADER.upper())
    assert counts(take_in(organization, following)) == (1, 0, 0)
    assert rollup.recompute(organization.pk) == []
    events = AuditEvent.objects.for_organization(organization).values_list("action", flat=True)
    assert "source.mapped" in events
    assert OwnChangeKind.SOURCE_MAPPED in {change.kind for change in own_changes(organization)}


def test_a_workbook_whose_columns_nobody_knows_is_mapped_like_a_csv(
    organization: Organization, care_team: Actor, run_jobs: Callable[[], int]
) -> None:
    cells = [HEADER.split(","), *(row.split(",") for row in ROWS)]
    upload = take_in(organization, workbook([["Notes"]], cells))
    table = upload_table(actor=care_team, upload_id=upload.pk)
    assert table.header.names == tuple(HEADER.split(","))
    services.map_upload(actor=care_team, upload_id=upload.pk, mapping=MAPPING)
    run_jobs()
    upload.refresh_from_db()
    assert counts(upload) == (2, 0, 0)


def test_the_table_of_an_upload_shows_its_columns_and_what_is_missing(
    organization: Organization, care_team: Actor
) -> None:
    upload = take_in(organization, csv())
    table = upload_table(actor=care_team, upload_id=upload.pk)
    assert (table.header.line_number, table.remembered, table.rows) == (1, False, [])
    assert table.missing == ["payer", "procedure_code", "submitted_date", "outcome (or decided_date or paid_date)"]
    assert table.samples[0] == ["C1", "C2"]
    assert table.samples[3] == ["2026-03-20"]
    read = AuditEvent.objects.for_organization(organization).get(action="phi.read")
    assert (read.target_type, read.target_id, read.actor_id) == ("upload", str(upload.pk), care_team.user_id)


def test_a_preview_reads_the_first_rows_as_the_upload_will_be(organization: Organization, care_team: Actor) -> None:
    rows = [f"C{number},99213,2026-03-02,2026-03-20,closed,100.00,80.00," for number in range(30)]
    upload = take_in(organization, csv("C,,2026-03-02,,open,1,,", *rows))
    table = upload_table(actor=care_team, upload_id=upload.pk, mapping=MAPPING)
    assert len(table.rows) == PREVIEW_ROWS
    assert [getattr(row, "code", "taken") for row in table.rows[:2]] == ["missing", "taken"]
    assert not Claim.objects.for_organization(organization)
    assert not SourceMapping.objects.for_organization(organization)
    without_words = replace(MAPPING, outcome_words={})
    table = upload_table(actor=care_team, upload_id=upload.pk, mapping=without_words)
    assert table.unknown_outcomes == ["closed"]
    assert {getattr(row, "field", "") for row in table.rows} == {"procedure_code", "outcome"}


def test_a_header_mapped_again_is_read_by_the_later_mapping(organization: Organization, care_team: Actor) -> None:
    upload = take_in(organization, csv())
    services.map_upload(actor=care_team, upload_id=upload.pk, mapping=MAPPING)
    upload.job.delete()
    Upload.objects.for_organization(organization).update(job=None)
    other = take_in(organization, csv("C9,99213,2026-03-02,,open,1.00,,"))
    services.map_upload(actor=care_team, upload_id=other.pk, mapping=replace(MAPPING, payer="Birch"))
    assert SourceMapping.objects.for_organization(organization).get().payer == "Birch"
    table = upload_table(actor=care_team, upload_id=other.pk)
    assert (table.remembered, table.mapping.payer) == (True, "Birch")
    # Its claims are in, under the payer of the day: they stay.
    assert counts(other) == (1, 0, 0)
    assert Claim.objects.for_organization(organization).get().payer.name == "Aster Health"


def test_an_upload_all_of_whose_rows_were_rejected_is_read_again(
    organization: Organization, care_team: Actor, run_jobs: Callable[[], int]
) -> None:
    known = "claim_id,procedure_code,submitted_date,decided_date,outcome,billed_amount,paid_amount,payer"
    upload = take_in(organization, csv("C1,99213,2026-03-02,2026-03-20,closed,100,80,Aster", header=known))
    assert (counts(upload), upload.rows_quarantined) == ((0, 0, 0), 1)
    columns = tuple(known.split(","))
    services.map_upload(
        actor=care_team, upload_id=upload.pk, mapping=TableMapping("", columns, outcome_words={"Closed": "paid"})
    )
    run_jobs()
    upload.refresh_from_db()
    assert (counts(upload), upload.rows_quarantined, upload.rows_read) == ((1, 0, 0), 0, 1)
    assert not RowError.objects.for_organization(organization)


def test_rejected_rows_of_a_mapped_source_stand_under_its_own_header(
    organization: Organization, care_team: Actor, run_jobs: Callable[[], int]
) -> None:
    upload = take_in(organization, csv("C1,,2026-03-02,,open,1.00,,", *ROWS))
    services.map_upload(actor=care_team, upload_id=upload.pk, mapping=MAPPING)
    run_jobs()
    upload.refresh_from_db()
    assert upload.source == header_digest(HEADER.split(","))
    text = b"".join(quarantine_csv(organization, upload)).decode("utf-8-sig")
    assert text.splitlines()[0] == f"rejected line,column,code,reason,{HEADER}"


@pytest.mark.parametrize(
    ("mapping", "field"),
    [
        (replace(MAPPING, columns=MAPPING.columns[1:]), "columns"),
        (replace(MAPPING, columns=("colour", *MAPPING.columns[1:])), "columns"),
        (replace(MAPPING, columns=("outcome", *MAPPING.columns[1:])), "columns"),
        (replace(MAPPING, payer=""), "columns"),
        (replace(MAPPING, payer="x" * 300), "payer"),
        (replace(MAPPING, outcome_words={str(number): "paid" for number in range(99)}), "outcomeWords"),
    ],
)
def test_a_mapping_claims_cannot_be_read_with_is_refused(
    organization: Organization, care_team: Actor, mapping: TableMapping, field: str
) -> None:
    upload = take_in(organization, csv())
    act = lambda: services.map_upload(actor=care_team, upload_id=upload.pk, mapping=mapping)  # noqa: E731
    assert refusal(act) == (ErrorCode.INVALID, field)
    assert not SourceMapping.objects.for_organization(organization)


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"ISA*00*", b"Dear payer,\nwe appeal.\n"])
def test_what_is_no_table_has_nothing_to_map(organization: Organization, care_team: Actor, content: bytes) -> None:
    upload = take_in(organization, content)
    assert refusal(lambda: upload_table(actor=care_team, upload_id=upload.pk)) == (ErrorCode.INVALID, "id")
    act = lambda: services.map_upload(actor=care_team, upload_id=upload.pk, mapping=MAPPING)  # noqa: E731
    assert refusal(act) == (ErrorCode.INVALID, "id")


def test_an_upload_is_not_mapped_while_it_is_read_nor_one_that_repeats_another(
    organization: Organization, care_team: Actor
) -> None:
    waiting = services.receive_upload(actor=care_team, file_name="a.csv", chunks=[csv()])
    act = lambda: services.map_upload(actor=care_team, upload_id=waiting.pk, mapping=MAPPING)  # noqa: E731
    assert refusal(act) == (ErrorCode.CONFLICT, "id")
    repeated = services.receive_upload(actor=care_team, file_name="b.csv", chunks=[csv()])
    act = lambda: services.map_upload(actor=care_team, upload_id=repeated.pk, mapping=MAPPING)  # noqa: E731
    assert refusal(act) == (ErrorCode.CONFLICT, "id")


def test_a_mapping_is_its_organizations_own(
    organization: Organization,
    other_organization: Organization,
    care_team: Actor,
    member: Callable[..., Actor],
) -> None:
    upload = take_in(organization, csv())
    services.map_upload(actor=care_team, upload_id=upload.pk, mapping=MAPPING)
    theirs = take_in(other_organization, csv())
    assert theirs.job is not None and theirs.job.state == JobState.FAILED
    stranger = member(Role.OWNER, other_organization)
    assert refusal(lambda: upload_table(actor=stranger, upload_id=upload.pk))[0] == ErrorCode.NOT_FOUND
    act = lambda: services.map_upload(actor=stranger, upload_id=upload.pk, mapping=MAPPING)  # noqa: E731
    assert refusal(act)[0] == ErrorCode.NOT_FOUND


def test_values_are_shown_to_those_who_may_see_patients_only(
    organization: Organization, analyst: Actor, integration: Actor
) -> None:
    upload = take_in(organization, csv())
    for actor in (analyst, integration):
        assert refusal(lambda actor=actor: upload_table(actor=actor, upload_id=upload.pk))[0] == ErrorCode.FORBIDDEN
    assert refusal(lambda: services.map_upload(actor=analyst, upload_id=upload.pk, mapping=MAPPING))[0] == (
        ErrorCode.FORBIDDEN
    )


TABLE_QUERY = """
  query($id: ID!, $mapping: SourceMappingInput) {
    uploadTable(id: $id, mapping: $mapping) {
      headerLine remembered payer dayFirst decimalMark missing
      columns { name field samples }
      outcomeWords { word outcome }
      rows { lineNumber problem claimId payer procedureCodes submittedDate outcome billedAmount }
    }
  }
"""
MAP = """
  mutation($id: ID!, $mapping: SourceMappingInput!) {
    mapUpload(id: $id, mapping: $mapping) { upload { job { state } } errors { code field message } }
  }
"""


def test_mapping_over_graphql(organization: Organization, care_team: Actor, graphql: Any) -> None:
    upload = take_in(organization, csv())
    wanted = {
        "columns": list(MAPPING.columns),
        "outcomeWords": [{"word": "closed", "outcome": "PAID"}],
        "payer": "Aster Health",
    }
    table = graphql(care_team)(TABLE_QUERY, {"id": upload.pk, "mapping": wanted})["data"]["uploadTable"]
    assert table["columns"][7] == {"name": "Who", "field": "", "samples": ["Lee Ann", "Roy Doe"]}
    assert table["outcomeWords"] == [{"word": "closed", "outcome": "PAID"}]
    assert table["rows"][0] == {
        "lineNumber": 2,
        "problem": None,
        "claimId": "C1",
        "payer": "Aster Health",
        "procedureCodes": ["99213"],
        "submittedDate": "2026-03-02",
        "outcome": "PAID",
        "billedAmount": "100.00",
    }
    bad = graphql(care_team)(MAP, {"id": upload.pk, "mapping": wanted | {"decimalMark": "'"}})["data"]["mapUpload"]
    assert [error["field"] for error in bad["errors"]] == ["decimalMark"]
    done = graphql(care_team)(MAP, {"id": upload.pk, "mapping": wanted})["data"]["mapUpload"]
    assert done == {"upload": {"job": {"state": "QUEUED"}}, "errors": []}
