"""Taking an upload back as people do: asked for, carried out as a job, and shown on the upload."""

import pytest
from intake.acknowledging import acknowledgement
from intake.archives import zipped
from intake.authorizing import authorization
from intake.readers import claims as submission
from intake.test_undo_property import everything
from intake.writing import FreeRun, decision, picture, remittance, take_in, write

from upstream.accounts.models import Organization
from upstream.audit.models import AuditEvent
from upstream.claims import rollup
from upstream.claims.models import (
    Authorization,
    Claim,
    Patient,
    Payer,
    Remittance,
    Submission,
    SubmissionAcknowledgement,
)
from upstream.claims.services import add_payer_alias
from upstream.core import worker
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.models import Job, JobState
from upstream.intake import services, undoing
from upstream.intake.models import RowError, Upload
from upstream.intake.writer import undo
from upstream.intake.writer.writer import Writer

HEADER = "claim_id,payer,procedure_code,submitted_date,decided_date,outcome,billed_amount,paid_amount,patient_name\n"
FIRST = f"""{HEADER}C1,Aster Health,99213,2026-03-02,,pending,100.00,,"Fern, Iris"
C2,Aster Health,99214,2026-03-02,,pending,150.00,,"Moss, Teal"
,,,2026-03-02,,pending,1.00,,
""".encode()
SECOND = f"""{HEADER}C1,Aster Health,99213,2026-03-02,2026-03-20,paid,100.00,80.00,"Fern, Iris"
C2,Aster Health,99214,2026-03-02,,pending,150.00,,"Moss, Teal"
C3,Aster Health,99214,2026-03-09,,pending,150.00,,"Ash, Kim"
""".encode()


def take_back(actor: Actor, upload: Upload) -> Upload:
    undone = undoing.undo_upload(actor=actor, upload_id=upload.pk)
    assert undone.undo_job is not None
    worker.carry_out(undone.undo_job.pk)
    upload.refresh_from_db()
    return upload


def refusal(actor: Actor, upload: Upload) -> ServiceError:
    with pytest.raises(ServiceError) as refused:
        undoing.undo_upload(actor=actor, upload_id=upload.pk)
    return refused.value


def test_an_upload_is_taken_back_and_what_others_told_stays(
    organization: Organization, other_organization: Organization, care_team: Actor
) -> None:
    first = take_in(organization, FIRST)
    take_in(organization, SECOND)
    take_in(other_organization, SECOND)
    take_back(care_team, first)
    assert everything(organization) == everything(other_organization)
    assert rollup.recompute(organization.pk) == []
    assert first.undone_at is not None
    assert (first.undone_by_id, first.claims_created, first.rows_quarantined) == (care_team.user_id, 2, 1)
    assert not RowError.objects.for_organization(organization).exists()
    actions = AuditEvent.objects.for_organization(organization).values_list("action", flat=True)
    assert {"upload.undo_requested", "upload.undone"} <= set(actions)
    assert Job.objects.for_organization(organization).filter(kind="detection.run", state=JobState.QUEUED).exists()


def test_nothing_is_left_of_the_only_upload(organization: Organization, care_team: Actor) -> None:
    take_back(care_team, take_in(organization, FIRST))
    assert picture(organization) == {}
    assert not Patient.objects.for_organization(organization).exists()


def test_the_same_bytes_sent_again_are_read_again(organization: Organization, care_team: Actor) -> None:
    upload = take_in(organization, FIRST)
    before = everything(organization)
    take_back(care_team, upload)
    again = take_in(organization, FIRST)
    assert (again.duplicate_of_id, again.claims_created) == (None, 2)
    assert everything(organization) == before


def test_submissions_acknowledgements_and_authorizations_go_with_their_upload(
    organization: Organization, care_team: Actor
) -> None:
    uploads = [take_in(organization, content) for content in (submission(), acknowledgement(), authorization())]
    models = (Submission, SubmissionAcknowledgement, Authorization)
    assert all(model.objects.for_organization(organization).exists() for model in models)
    for upload in uploads:
        take_back(care_team, upload)
    assert not any(model.objects.for_organization(organization).exists() for model in (*models, Claim, Patient))


def test_what_a_second_file_repeats_stays_as_that_files(organization: Organization, care_team: Actor) -> None:
    one = take_in(organization, authorization())
    # Other bytes that say the same.
    other = take_in(organization, authorization().replace(b"*9*X*", b"*8*X*").replace(b"GE*1*9", b"GE*1*8"))
    assert other.duplicate_of_id is None
    take_back(care_team, one)
    assert Authorization.objects.for_organization(organization).get().upload_id == other.pk
    take_back(care_team, other)
    assert not Authorization.objects.for_organization(organization).exists()


def test_an_archive_is_taken_back_with_its_files(organization: Organization, care_team: Actor) -> None:
    archive = take_in(organization, zipped({"a.csv": FIRST, "b.csv": SECOND}), "both.zip")
    files = Upload.objects.for_organization(organization).filter(container=archive)
    assert "still being read" in refusal(care_team, archive).message
    for file in files.select_related("job"):
        assert file.job is not None
        worker.carry_out(file.job.pk)
    take_back(care_team, archive)
    assert picture(organization) == {}
    assert not files.filter(undone_at=None).exists()


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(
    organization: Organization, care_team: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Writer.__init__, "__kwdefaults__", {"batch_records": 1})
    upload = take_in(organization, SECOND)
    undo_batch, calls = undo._Batch.undo, []

    def break_in_second(self: undo._Batch, content: undo.BatchContent) -> None:
        undo_batch(self, content)
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError

    monkeypatch.setattr(undo._Batch, "undo", break_in_second)
    take_back(care_team, upload)
    assert (upload.undone_at, len(picture(organization))) == (None, 2)
    assert rollup.recompute(organization.pk) == []
    assert upload.undo_job is not None
    Job.unscoped.filter(pk=upload.undo_job.pk).update(run_after=upload.undo_job.created_at)
    worker.carry_out(upload.undo_job.pk)
    upload.refresh_from_db()
    assert upload.undone_at is not None
    assert (picture(organization), len(calls)) == ({}, 4)


def test_an_upload_that_cannot_be_taken_back_says_why(
    organization: Organization, other_organization: Organization, care_team: Actor
) -> None:
    upload = take_in(organization, FIRST)
    assert "Take that one back" in refusal(care_team, take_in(organization, FIRST)).message
    assert refusal(care_team, take_in(other_organization, FIRST)).code == ErrorCode.NOT_FOUND
    Job.unscoped.filter(pk=upload.job_id).update(state=JobState.RUNNING)
    assert "Cancel that or wait" in refusal(care_team, upload).message
    Job.unscoped.filter(pk=upload.job_id).update(state=JobState.FAILED)
    undoing.undo_upload(actor=care_team, upload_id=upload.pk)
    assert "being taken back already" in refusal(care_team, upload).message
    with pytest.raises(ServiceError, match="send it again"):
        services.retry_upload(actor=care_team, upload_id=upload.pk)


def test_after_payers_were_merged_the_decisions_of_another_upload_stay(
    organization: Organization, admin: Actor
) -> None:
    uploads = [write(organization, remittance(decision(f"C{payer}"), payer=payer)) for payer in ("Aster", "Birch")]
    payer = Payer.objects.for_organization(organization).get(name="Aster")
    add_payer_alias(actor=admin, payer_id=payer.pk, alias="Birch")
    for upload, left in zip(uploads, ({"CBIRCH"}, set()), strict=True):
        undo.Undo(upload, FreeRun()).carry_out(lambda done, total: None)
        assert set(picture(organization)) == left
        assert rollup.recompute(organization.pk) == []
    assert not Remittance.objects.for_organization(organization).exists()
