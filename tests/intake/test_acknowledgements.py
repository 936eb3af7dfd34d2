"""Acknowledgements and what they acknowledge find each other in any order, and never across organizations."""

from collections.abc import Callable
from typing import Any

import pytest
from intake.acknowledging import (
    ACCEPTED,
    REJECTED,
    STATUS,
    acknowledgement,
    claim_acknowledgement,
    claim_status,
)
from intake.readers import CLAIM, CLAIMS_HEAD, TODAY, claims, remittance
from intake.writing import FreeRun, take_in, the_claim

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.claims.models import Claim, ClaimAcknowledgement, Submission, SubmissionAcknowledgement
from upstream.core.models import JobState
from upstream.intake import selectors
from upstream.intake.models import Upload, UploadKind
from upstream.intake.writer.writer import Writer
from upstream.intake.x12.acknowledgement import read_277ca
from upstream.intake.x12.submission import read_837

STATUS_REJECTED = "STC*A7:562:85*20250120*U*100******A8:21~"

CLAIM_QUERY = """query($id: ID!) { claim(id: $id) { acknowledgements { standing acknowledgedDate source amount
  payerClaimNumber controlNumber claimId uploadId statuses { category categoryLabel code label procedureCode } } } }"""
UPLOAD_QUERY = """query($id: ID!) { upload(id: $id) { acknowledged { sets setsAccepted setsRejected claims
  claimsAccepted claimsRejected claimsPending rejected { controlNumber claimId standing }
  acknowledgements { kind standing code setNumber groupNumber batchReference accepted rejected uploadId
    statuses { category label } errors { code label segment position loop element component controlNumber } } } } }"""

Ask = Callable[[str, str], Any]


@pytest.fixture
def ask(graphql: Any, owner: Any) -> Ask:
    client = graphql(owner)

    def asked(query: str, row_id: object) -> Any:
        answer = client(query, {"id": str(row_id)})
        assert "errors" not in answer, answer
        (found,) = answer["data"].values()
        return found

    return asked


def two_claims() -> bytes:
    return claims(CLAIM + CLAIM.replace("CLAIM1", "CLAIM2"))


def both_statuses() -> bytes:
    return claim_acknowledgement(claim_status() + claim_status(STATUS_REJECTED, "CLAIM2"))


def later(data: bytes, day: str = "20250201") -> bytes:
    """The same file made on a later day."""
    return data.replace(b"*20250116*", f"*{day}*".encode())


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
def test_in_whatever_order_they_come_claim_and_upload_show_what_was_acknowledged(
    organization: Organization, ask: Ask, order: tuple[int, ...]
) -> None:
    files = (two_claims(), acknowledgement(), both_statuses())
    uploads = {place: take_in(organization, files[place], f"{place}.x12") for place in order}
    assert {upload.job.state for upload in uploads.values() if upload.job} == {JobState.SUCCEEDED}
    assert [uploads[place].kind for place in range(3)] == [
        UploadKind.X12_837P, UploadKind.X12_999, UploadKind.X12_277CA,
    ]  # fmt: skip
    first, second = the_claim(organization, "CLAIM1"), the_claim(organization, "CLAIM2")
    assert ask(CLAIM_QUERY, first.pk)["acknowledgements"] == [
        {
            "standing": "ACCEPTED",
            "acknowledgedDate": "2025-01-18",
            "source": "Northwind Health",
            "amount": "100.00",
            "payerClaimNumber": "ICN1",
            "controlNumber": "CLAIM1",
            "claimId": str(first.pk),
            "uploadId": str(uploads[2].pk),
            "statuses": [
                {
                    "category": "A2",
                    "categoryLabel": "Accepted for adjudication",
                    "code": "20",
                    "label": "Accepted for processing (payer)",
                    "procedureCode": "",
                }
            ],
        }
    ]
    (refused,) = ask(CLAIM_QUERY, second.pk)["acknowledgements"]
    assert refused["standing"] == "REJECTED"
    assert [(status["category"], status["label"]) for status in refused["statuses"]] == [
        ("A7", "NPI (billing provider)"),
        ("A8", "Information missing or invalid"),
    ]
    told = ask(UPLOAD_QUERY, uploads[0].pk)["acknowledged"]
    assert (told["sets"], told["setsAccepted"], told["setsRejected"]) == (1, 1, 0)
    assert (told["claims"], told["claimsAccepted"], told["claimsRejected"], told["claimsPending"]) == (2, 1, 1, 0)
    assert told["rejected"] == [{"controlNumber": "CLAIM2", "claimId": str(second.pk), "standing": "REJECTED"}]
    # That its one set was accepted is told by the counts.
    assert {(row["kind"], row["uploadId"]) for row in told["acknowledgements"]} == {
        ("X12_999", str(uploads[1].pk)), ("X12_277CA", str(uploads[2].pk)),
    }  # fmt: skip


def test_a_rejected_set_is_told_with_its_errors(organization: Organization, ask: Ask) -> None:
    sent = take_in(organization, claims())
    take_in(organization, acknowledgement(REJECTED, "AK9*R*1*1*0~"))
    told = ask(UPLOAD_QUERY, sent.pk)["acknowledged"]
    assert (told["setsAccepted"], told["setsRejected"]) == (0, 1)
    of_group, of_set = told["acknowledgements"]
    assert (of_group["setNumber"], of_group["accepted"], of_group["rejected"]) == ("", 0, 1)
    assert (of_set["setNumber"], of_set["standing"], of_set["code"]) == ("0001", "REJECTED", "R")
    assert of_set["errors"][1] == {
        "code": "1",
        "label": "Required element missing",
        "segment": "SV1",
        "position": 19,
        "loop": "2400",
        "element": 1,
        "component": 2,
        "controlNumber": "CLAIM1",
    }
    assert [error["label"] for error in of_set["errors"][3:]] == [
        "Required segment missing", "Segments break the implementation guide", "Segments have errors",
    ]  # fmt: skip


def test_a_group_that_is_answered_as_a_whole_answers_its_sets(organization: Organization, ask: Ask) -> None:
    sent = take_in(organization, claims())
    take_in(organization, acknowledgement("", "AK9*R*1*1*0~"))
    assert ask(UPLOAD_QUERY, sent.pk)["acknowledged"]["setsRejected"] == 1


def test_of_several_acknowledgements_the_newest_stands_and_all_are_kept(organization: Organization, ask: Ask) -> None:
    sent = take_in(organization, two_claims())
    received = "STC*A1:19:AY*20250117*WQ*100~"
    newest = claim_acknowledgement(claim_status() + claim_status("STC*A2:20*20250121*WQ~", "CLAIM2"), day="20250121")
    take_in(organization, newest)
    take_in(organization, both_statuses())
    take_in(organization, claim_acknowledgement(claim_status(received) + claim_status(received, "CLAIM2")))
    second = the_claim(organization, "CLAIM2")
    assert [row["standing"] for row in ask(CLAIM_QUERY, second.pk)["acknowledgements"]] == [
        "ACCEPTED", "REJECTED", "PENDING",
    ]  # fmt: skip
    told = ask(UPLOAD_QUERY, sent.pk)["acknowledged"]
    assert (told["claimsAccepted"], told["claimsRejected"], told["claimsPending"], told["rejected"]) == (2, 0, 0, [])
    take_in(organization, acknowledgement(REJECTED, "AK9*R*1*1*0~"))
    take_in(organization, acknowledgement(day="20250119"))
    told = ask(UPLOAD_QUERY, sent.pk)["acknowledged"]
    assert (told["setsAccepted"], told["setsRejected"]) == (1, 0)


def test_numbers_that_come_again_mean_the_latest_submission_up_to_that_day(
    organization: Organization, ask: Ask
) -> None:
    """Some senders give every file the number 1."""
    january = take_in(organization, claims())
    february = take_in(organization, later(claims(CLAIM.replace("CLAIM1", "CLAIM2"))))
    take_in(organization, acknowledgement(REJECTED, "AK9*R*1*1*0~", day="20250202"))
    of_batch = "STC*A1:19:PR*20250202*WQ*100~"
    take_in(organization, claim_acknowledgement(claim_status(STATUS, "CLAIM2"), status=of_batch))
    assert ask(UPLOAD_QUERY, january.pk)["acknowledged"] is None
    told = ask(UPLOAD_QUERY, february.pk)["acknowledged"]
    assert (told["setsRejected"], told["claimsAccepted"]) == (1, 1)
    take_in(organization, acknowledgement(day="20250131"))
    assert ask(UPLOAD_QUERY, january.pk)["acknowledged"]["setsAccepted"] == 1
    assert ask(UPLOAD_QUERY, february.pk)["acknowledged"]["setsAccepted"] == 0


def test_an_acknowledgement_of_another_sender_group_or_batch_is_not_the_uploads(
    organization: Organization, ask: Ask
) -> None:
    sent = take_in(organization, claims())
    take_in(organization, acknowledgement(sender="OTHER"))
    take_in(organization, acknowledgement(group="2"))
    take_in(organization, claim_acknowledgement(batch="2"))
    take_in(organization, claim_acknowledgement(submitter="2"))
    take_in(organization, acknowledgement(day="20250115"))
    assert ask(UPLOAD_QUERY, sent.pk)["acknowledged"] is None


def test_another_organizations_acknowledgements_never_attach(
    organization: Organization, other_organization: Organization, ask: Ask, graphql: Any, member: Any
) -> None:
    sent = take_in(organization, two_claims())
    take_in(other_organization, acknowledgement(REJECTED, "AK9*R*1*1*0~"))
    take_in(other_organization, both_statuses())
    assert ask(UPLOAD_QUERY, sent.pk)["acknowledged"] is None
    assert ask(CLAIM_QUERY, the_claim(organization, "CLAIM2").pk)["acknowledgements"] == []
    theirs = take_in(other_organization, two_claims())
    take_in(organization, both_statuses())
    them = graphql(member(Role.OWNER, other_organization))
    told = them(UPLOAD_QUERY, {"id": str(theirs.pk)})["data"]["upload"]["acknowledged"]
    assert told["rejected"] == [
        {
            "controlNumber": "CLAIM2",
            "claimId": str(the_claim(other_organization, "CLAIM2").pk),
            "standing": "REJECTED",
        }
    ]
    assert len(told["acknowledgements"]) == 3


def test_the_same_files_again_change_nothing(organization: Organization) -> None:
    def tables() -> list[list[tuple[Any, ...]]]:
        models = (Submission, SubmissionAcknowledgement, ClaimAcknowledgement, Claim)
        return [list(model.objects.for_organization(organization).order_by("pk").values_list()) for model in models]

    files = (two_claims(), acknowledgement(), both_statuses())
    first = [take_in(organization, content) for content in files]
    before = tables()
    assert [len(rows) for rows in before] == [1, 3, 2, 2]
    again = [take_in(organization, content + b"\n") for content in files]
    assert tables() == before
    assert [upload.rows_read for upload in again] == [upload.rows_read for upload in first] == [2, 2, 3]


def test_a_rejected_claim_stays_undecided(organization: Organization) -> None:
    take_in(organization, claims())
    before = list(Claim.objects.for_organization(organization).values_list())
    take_in(organization, claim_acknowledgement(claim_status(STATUS_REJECTED)))
    assert list(Claim.objects.for_organization(organization).values_list()) == before


def test_claims_are_found_whatever_the_case_and_spacing_of_their_number(organization: Organization, ask: Ask) -> None:
    take_in(organization, claims(CLAIM.replace("CLAIM1", "Claim  1")))
    take_in(organization, claim_acknowledgement(claim_status(control_number="CLAIM 1")))
    claim = Claim.objects.for_organization(organization).get()
    assert len(ask(CLAIM_QUERY, claim.pk)["acknowledgements"]) == 1


def test_a_claim_known_from_its_remittance_shows_what_was_acknowledged_before(
    organization: Organization, ask: Ask
) -> None:
    take_in(organization, claim_acknowledgement())
    take_in(organization, remittance())
    assert len(ask(CLAIM_QUERY, the_claim(organization, "CLAIM1").pk)["acknowledgements"]) == 1


@pytest.mark.parametrize("batch_records", [1, 2, 3])
@pytest.mark.parametrize("committed", [1, 2])
@pytest.mark.parametrize(("content", "reader"), [(both_statuses(), read_277ca), (two_claims(), read_837)])
def test_a_run_that_was_cut_off_goes_on_without_doubles(
    organization: Organization, content: bytes, reader: Callable[..., Any], committed: int, batch_records: int
) -> None:
    class Cut(Exception):
        pass

    upload = Upload(organization=organization, file_name="made", stored_name="made", size_bytes=1, sha256="0" * 64)
    upload.save(force_insert=True)
    batches = 0

    def die_after_some() -> None:
        nonlocal batches
        batches += 1
        if batches == committed:
            raise Cut

    def written() -> list[int]:
        models = (Submission, SubmissionAcknowledgement, ClaimAcknowledgement)
        return [model.objects.for_organization(organization).count() for model in models]

    records = list(reader([content], today=TODAY))
    with pytest.raises(Cut):
        Writer(upload, FreeRun(), batch_records=batch_records).write(records, die_after_some)
    upload = Upload.unscoped.get(pk=upload.pk)
    Writer(upload, FreeRun(), batch_records=batch_records).write(records, lambda: None)
    upload.refresh_from_db()
    assert written() == ([0, 1, 2] if reader is read_277ca else [1, 0, 0])
    assert upload.rows_read == (3 if reader is read_277ca else 2)


def test_what_nothing_was_acknowledged_of_costs_one_query(
    organization: Organization, count_queries: Callable[..., Any]
) -> None:
    upload = take_in(organization, remittance())
    with count_queries() as queries:
        assert selectors.acknowledged(organization, upload) is None
    assert len(queries) == 1


def test_files_whose_sets_are_numbered_alike_count_each(organization: Organization, ask: Ask) -> None:
    head = CLAIMS_HEAD.replace("BHT*0019*00*1*", "BHT*0019*00*2*")
    one, two = claims(), claims(CLAIM.replace("CLAIM1", "CLAIM2"), head)
    first_set, second_set = (data[data.index(b"ST*") : data.index(b"GE*")] for data in (one, two))
    upload = take_in(organization, one.replace(first_set + b"GE*1", first_set + second_set + b"GE*2"))
    take_in(organization, acknowledgement(ACCEPTED + ACCEPTED, "AK9*A*2*2*2~"))
    told = ask(UPLOAD_QUERY, upload.pk)["acknowledged"]
    assert (told["sets"], told["setsAccepted"], told["claims"]) == (2, 2, 2)
