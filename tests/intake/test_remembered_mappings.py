"""Mappings that are remembered can be seen, forgotten and restored; nothing that was read changes with that."""

import json
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection
from intake.test_source_mappings import HEADER, MAPPING, csv, refusal
from intake.writing import counts, picture, take_in

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode
from upstream.core.models import JobState
from upstream.intake import selectors, services
from upstream.intake.models import SourceMapping, Upload
from upstream.intake.quarantine import quarantine_csv
from upstream.intake.remembered_mappings import forget_source_mapping, restore_source_mapping

NEXT = ("C3,99213,2026-04-02,2026-04-20,Closed,10.00,8.00,Lee Ann", "C4,99213,2026-04-03,2026-04-20,closed,9.00,8.00,")


@pytest.fixture
def mapped(organization: Organization, care_team: Actor, run_jobs: Callable[[], int]) -> SourceMapping:
    """Confirmed by the care team for an upload that was read with it."""
    upload = take_in(organization, csv())
    services.map_upload(actor=care_team, upload_id=upload.pk, mapping=MAPPING)
    run_jobs()
    return SourceMapping.objects.for_organization(organization).get()


def actions(organization: Organization) -> list[str]:
    events = AuditEvent.objects.for_organization(organization).filter(target_type="source_mapping")
    return list(events.order_by("sequence").values_list("action", flat=True))


def listed(organization: Organization) -> tuple[int, Any]:
    mapping = selectors.source_mappings(organization).get()
    return mapping.uploads, mapping.last_used_at


def test_a_mapping_tells_who_confirmed_it_and_which_files_were_read_with_it(
    organization: Organization, care_team: Actor, mapped: SourceMapping
) -> None:
    assert mapped.confirmed_by_id == care_team.user_id
    assert json.loads(mapped.column_names or "") == HEADER.split(",")
    first = Upload.objects.for_organization(organization).get()
    assert first.job is not None
    assert listed(organization) == (1, first.job.finished_at)
    following = take_in(organization, csv(NEXT[0]))
    assert following.job is not None
    assert listed(organization) == (2, following.job.finished_at)
    # Neither the same file again nor a table of other names is read with it.
    take_in(organization, csv(NEXT[0]))
    take_in(organization, b"payer,procedure_code,submitted_date,outcome\nAster,99213,2026-03-02,paid\n")
    assert listed(organization)[0] == 2


def test_names_of_columns_are_stored_encrypted(mapped: SourceMapping) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT column_names FROM intake_sourcemapping")
        assert "Out" not in cursor.fetchone()[0]


def test_a_forgotten_mapping_reads_no_further_file_and_changes_none_that_was_read(
    organization: Organization, care_team: Actor, mapped: SourceMapping
) -> None:
    rejected = take_in(organization, csv("C9,,2026-03-02,,open,1.00,,", NEXT[1]))
    before, table = picture(organization), b"".join(quarantine_csv(organization, rejected))
    forget_source_mapping(actor=care_team, mapping_id=mapped.pk)
    assert picture(organization) == before
    assert b"".join(quarantine_csv(organization, rejected)) == table
    assert listed(organization)[0] == 2
    following = take_in(organization, csv(NEXT[0]))
    assert following.job is not None
    assert (following.job.state, following.source_mapping_id) == (JobState.FAILED, None)
    assert actions(organization) == ["source.mapped", "source.forgotten"]


def test_a_restored_mapping_reads_files_as_before(
    organization: Organization, care_team: Actor, mapped: SourceMapping
) -> None:
    forget_source_mapping(actor=care_team, mapping_id=mapped.pk)
    restore_source_mapping(actor=care_team, mapping_id=mapped.pk)
    assert counts(take_in(organization, csv(NEXT[0]))) == (1, 0, 0)
    assert actions(organization) == ["source.mapped", "source.forgotten", "source.restored"]
    # Restored already: nothing is done, and nothing said to be.
    restore_source_mapping(actor=care_team, mapping_id=mapped.pk)
    assert actions(organization)[-1] == "source.restored" and len(actions(organization)) == 3


def test_a_header_that_was_forgotten_can_be_mapped_anew_and_an_undo_leaves_that(
    organization: Organization, owner: Actor, mapped: SourceMapping, run_jobs: Callable[[], int]
) -> None:
    forget_source_mapping(actor=owner, mapping_id=mapped.pk)
    upload = take_in(organization, csv(NEXT[0]))
    services.map_upload(actor=owner, upload_id=upload.pk, mapping=replace(MAPPING, payer="Birch"))
    run_jobs()
    restore_source_mapping(actor=owner, mapping_id=mapped.pk)
    anew = SourceMapping.objects.for_organization(organization).get()
    assert (anew.payer, anew.forgotten_at, anew.confirmed_by_id) == ("Birch", None, owner.user_id)
    upload.refresh_from_db()
    assert (counts(upload), upload.source_mapping_id) == ((1, 0, 0), anew.pk)


def test_a_mapping_is_forgotten_once(care_team: Actor, mapped: SourceMapping) -> None:
    forget_source_mapping(actor=care_team, mapping_id=mapped.pk)
    act = lambda: forget_source_mapping(actor=care_team, mapping_id=mapped.pk)  # noqa: E731
    assert refusal(act)[0] == ErrorCode.NOT_FOUND


@pytest.mark.parametrize("act", [forget_source_mapping, restore_source_mapping])
def test_a_mapping_of_another_organization_is_not_found(
    act: Callable[..., None],
    organization: Organization,
    other_organization: Organization,
    mapped: SourceMapping,
    member: Callable[..., Actor],
    analyst: Actor,
) -> None:
    stranger = member(Role.OWNER, other_organization)
    if act is restore_source_mapping:
        forget_source_mapping(actor=member(Role.OWNER), mapping_id=mapped.pk)
    before = SourceMapping.unscoped.values().get()
    said = [refusal(lambda pk=pk: act(actor=stranger, mapping_id=pk)) for pk in (mapped.pk, uuid4())]
    assert said == [(ErrorCode.NOT_FOUND, "id")] * 2
    assert refusal(lambda: act(actor=analyst, mapping_id=mapped.pk))[0] == ErrorCode.FORBIDDEN
    assert SourceMapping.unscoped.values().get() == before
    assert not AuditEvent.objects.for_organization(other_organization).filter(target_type="source_mapping").exists()


LIST = """
  query($names: Boolean!) {
    sourceMappings {
      totalCount
      items {
        id payer dayFirst decimalMark uploads lastUsedAt confirmedAt
        confirmedBy { name }
        columns { field name @include(if: $names) }
        outcomeWords @include(if: $names) { word outcome }
      }
    }
  }
"""
CHANGE = """
  mutation($id: ID!) {
    forgetSourceMapping(id: $id) { sourceMapping { id uploads } errors { code field message } }
  }
"""


def test_mappings_over_graphql(
    organization: Organization, care_team: Actor, mapped: SourceMapping, graphql: Any
) -> None:
    ask = graphql(care_team)
    found = ask(LIST, {"names": True})["data"]["sourceMappings"]
    assert found["totalCount"] == 1
    (item,) = found["items"]
    assert item["columns"][0] == {"field": "claim_id", "name": "Ref"}
    assert item["columns"][-1] == {"field": "", "name": "Who"}
    assert item["outcomeWords"] == [{"word": "closed", "outcome": "PAID"}]
    assert (item["payer"], item["dayFirst"], item["decimalMark"], item["uploads"]) == ("Aster Health", None, None, 1)
    assert item["confirmedBy"] == {"name": "Care Team Person"}
    changed = CHANGE.replace("forget", "restore")
    for query in (CHANGE, changed):
        (answer,) = ask(query, {"id": item["id"]})["data"].values()
        assert answer == {"sourceMapping": {"id": item["id"], "uploads": 1}, "errors": []}
        assert len(ask(LIST, {"names": False})["data"]["sourceMappings"]["items"]) == (query == changed)
    (answer,) = ask(CHANGE, {"id": "nothing"})["data"].values()
    assert [error["code"] for error in answer["errors"]] == ["NOT_FOUND"]


def test_names_are_shown_to_those_who_may_see_patients_and_reading_them_is_written_down(
    organization: Organization, care_team: Actor, analyst: Actor, mapped: SourceMapping, graphql: Any
) -> None:
    reads = AuditEvent.objects.for_organization(organization).filter(action="phi.read")
    answer = graphql(analyst)(LIST, {"names": True})
    (item,) = answer["data"]["sourceMappings"]["items"]
    assert item["columns"][0] == {"field": "claim_id", "name": None} and item["outcomeWords"] is None
    refused = {error["extensions"]["field"] for error in answer["errors"]}
    assert refused == {"SourceMappingColumn.name", "SourceMapping.outcomeWords"}
    for actor in (analyst, care_team):
        assert "errors" not in graphql(actor)(LIST, {"names": False})
        skipped = "{ sourceMappings { items { columns { ... @skip(if: true) { name } } } } }"
        assert "errors" not in graphql(actor)(skipped)
    assert not reads.exists()
    graphql(care_team)(LIST, {"names": True})
    read = reads.get()
    assert (read.target_type, read.detail) == ("source_mapping", {"source_mappings": [str(mapped.pk)]})


def test_an_upload_tells_the_mapping_it_was_read_with(
    organization: Organization, care_team: Actor, mapped: SourceMapping, graphql: Any
) -> None:
    query = "query($id: ID!) { upload(id: $id) { sourceMappingId } }"
    for upload, expected in (
        (take_in(organization, csv(NEXT[0])), str(mapped.pk)),
        (take_in(organization, b"payer,procedure_code,submitted_date,outcome\nA,99213,2026-03-02,paid\n"), None),
    ):
        assert graphql(care_team)(query, {"id": upload.pk})["data"]["upload"] == {"sourceMappingId": expected}


def test_uses_before_they_were_kept_are_found_again(organization: Organization, mapped: SourceMapping) -> None:
    migration = import_module("upstream.intake.migrations.0009_remembered_mappings")
    other = take_in(organization, b"payer,procedure_code,submitted_date,outcome\nA,99213,2026-03-02,paid\n")
    before = listed(organization)
    Upload.unscoped.update(source_mapping=None)
    migration.tell_earlier_uses(apps, None)
    assert listed(organization) == before
    other.refresh_from_db()
    assert other.source_mapping_id is None
    again = SourceMapping.unscoped.get()
    assert again.confirmed_at == again.updated_at
