"""Archives of several files: each is an upload of its own, and what is wrong with one stops no other."""

import gzip
import zipfile
from collections.abc import Iterable
from typing import Any

import pytest
from django.conf import LazySettings
from intake.archives import locked, zipped
from intake.readers import cells_of, remittance, workbook
from intake.writing import FreeRun, counts, picture, take_in

from upstream.accounts.models import Organization
from upstream.audit.models import AuditEvent
from upstream.core import clock, worker
from upstream.core.models import Job, JobState
from upstream.intake import contents, services
from upstream.intake.models import Upload, UploadKind

FIRST = b"""claim_id,payer,procedure_code,submitted_date,decided_date,outcome,billed_amount,paid_amount
C1,Aster Health,99213,2026-03-02,2026-03-20,paid,100.00,80.00
"""
SECOND = FIRST.replace(b"C1", b"C2")


def members(archive: Upload) -> list[Upload]:
    return list(archive.members.order_by("member_number").select_related("job"))


def taken_in(organization: Organization, content: bytes, name: str = "march.zip") -> tuple[Upload, list[Upload]]:
    """The archive and its files, all jobs carried out."""
    archive = take_in(organization, content, name)
    for upload in members(archive):
        if upload.job is not None and upload.job.state == JobState.QUEUED:
            worker.carry_out(upload.job.pk)
    return archive, members(archive)


def test_each_file_is_an_upload_of_its_own(organization: Organization, other_organization: Organization) -> None:
    content = zipped(
        {
            "2026/claims.csv": FIRST,
            "__MACOSX/2026/._claims.csv": b"x",
            "../remittance.835": remittance(),
            "book.xlsx": workbook(cells_of(SECOND)),
            "more/": b"",
            "more/packed.csv.gz": gzip.compress(SECOND.replace(b"C2", b"C3")),
        }
    )
    archive, files = taken_in(organization, content)
    assert archive.job is not None and archive.job.result == {"files": 4} and archive.findings == []
    assert (archive.kind, archive.container_id, counts(archive)) == (UploadKind.ARCHIVE, None, (0, 0, 0))
    told = [(file.member_number, file.file_name, file.kind) for file in files]
    assert told == [
        (1, "2026 - claims.csv", UploadKind.CLAIMS_CSV),
        (2, "remittance.835", UploadKind.X12_835),
        (3, "book.xlsx", UploadKind.CLAIMS_CSV),
        (4, "more - packed.csv.gz", UploadKind.CLAIMS_CSV),
    ]
    assert {file.job.state for file in files if file.job} == {JobState.SUCCEEDED}
    for part in (FIRST, remittance(), SECOND, SECOND.replace(b"C2", b"C3")):
        take_in(other_organization, part)
    assert picture(organization) == picture(other_organization)


def test_a_workbook_in_a_gzip_is_taken_in_under_the_gzips_name(organization: Organization) -> None:
    archive, (file,) = taken_in(organization, gzip.compress(workbook(cells_of(FIRST))), "claims.xlsx.gz")
    assert (archive.kind, file.file_name, counts(file)) == (UploadKind.ARCHIVE, "claims.xlsx", (1, 0, 0))


def test_a_file_of_an_archive_that_came_before_changes_nothing(organization: Organization) -> None:
    earlier = take_in(organization, FIRST)
    _, (again, new) = taken_in(organization, zipped({"a.csv": FIRST, "b.csv": SECOND}))
    assert (again.duplicate_of, new.duplicate_of) == (earlier, None)
    assert counts(new) == (1, 0, 0)


def test_the_files_belong_to_who_sent_the_archive(organization: Organization, care_team: Any) -> None:
    archive = services.receive_upload(
        actor=care_team, file_name="march.zip", chunks=[zipped({"a.csv": FIRST, "b.csv": SECOND})]
    )
    assert archive.job is not None
    worker.carry_out(archive.job.pk)
    assert {(file.uploaded_by_id, file.job and file.job.created_by_id) for file in members(archive)} == {
        (care_team.user_id, care_team.user_id)
    }
    events = AuditEvent.objects.for_organization(organization).filter(action="upload.received").order_by("pk")
    assert [event.actor_id for event in events] == [care_team.user_id, None, None]


def test_streams_are_looked_at_after_the_files_and_not_after_their_archive(organization: Organization) -> None:
    archive = take_in(organization, zipped({"a.csv": FIRST, "b.csv": SECOND}))
    detections = Job.objects.for_organization(organization).filter(kind=services.DETECTION_JOB)
    assert not detections.exists()
    job = members(archive)[0].job
    assert job is not None
    worker.carry_out(job.pk)
    assert detections.count() == 1


def test_what_is_wrong_with_one_file_stops_no_other(organization: Organization) -> None:
    content = locked(zipped({"secret.csv": FIRST, "empty.csv": b"", "good.csv": SECOND}))
    archive, (file,) = taken_in(organization, content)
    assert (file.member_number, counts(file)) == (3, (1, 0, 0))
    told = [(finding["position"], finding["severity"], finding["code"]) for finding in archive.findings]
    assert told == [(1, "error", "password"), (2, "error", "invalid")]
    assert archive.findings[0]["message"].startswith("File 1 of 3 was not taken. The zip archive is protected")
    assert "secret" not in str(archive.findings)


def test_an_archive_of_which_nothing_can_be_taken_fails(organization: Organization) -> None:
    archive, files = taken_in(organization, zipped({"a.csv": FIRST, "b.csv": FIRST}, zipfile.ZIP_BZIP2))
    assert files == [] and archive.job is not None and archive.job.state == JobState.FAILED
    assert archive.job.error_message.startswith("File 1 of 2 was not taken. The zip archive is packed in an unusual")


def test_an_archive_within_an_archive_is_refused_with_its_remedy(organization: Organization) -> None:
    inner = zipped({"a.csv": FIRST, "b.csv": SECOND})
    _, (nested, plain) = taken_in(organization, zipped({"inner.zip": inner, "c.csv": FIRST}))
    assert nested.job is not None and nested.job.state == JobState.FAILED
    assert nested.job.error_message == "This archive lies in an archive. Unpack it and upload its files."
    assert counts(plain) == (1, 0, 0)


def test_all_files_together_are_no_larger_than_an_upload_may_be(
    organization: Organization, settings: LazySettings
) -> None:
    settings.UPLOAD_MAX_BYTES = 3 << 20
    archive, files = taken_in(organization, zipped({"a.csv": bytes(2 << 20), "b.csv": bytes(2 << 20)}))
    assert files == [] and archive.job is not None and "larger than 3 MB" in archive.job.error_message


def test_too_many_files_are_refused(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MOST_MEMBERS", 2)
    archive, files = taken_in(organization, zipped({f"{n}.csv": FIRST for n in range(3)}))
    assert files == [] and archive.job is not None
    assert archive.job.error_message.startswith("The zip archive holds 3 files; at most 2 are taken.")


def test_a_run_that_was_cut_off_goes_on_with_the_files_that_are_left(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = zipped({"a.csv": FIRST, "b.csv": SECOND, "c.csv": SECOND.replace(b"C2", b"C3")})
    save, saved = services.files.save, []

    def breaking(name: str, chunks: Iterable[bytes]) -> tuple[str, int, str]:
        saved.append(name)
        if len(saved) == 3:
            raise OSError("The disk went away.")
        return save(name, chunks)

    monkeypatch.setattr(services.files, "save", breaking)
    archive, files = taken_in(organization, content)
    assert [file.member_number for file in files] == [1]
    monkeypatch.setattr(services.files, "save", save)
    assert archive.job is not None
    Job.unscoped.filter(pk=archive.job.pk).update(run_after=clock.now())
    worker.carry_out(archive.job.pk)
    again = members(archive)
    assert [file.member_number for file in again] == [1, 2, 3] and again[0].pk == files[0].pk


def test_each_place_in_an_archive_is_taken_once(organization: Organization) -> None:
    archive = take_in(organization, zipped({"a.csv": FIRST, "b.csv": SECOND}))
    assert archive.job is not None
    for _ in range(2):
        services.read_upload(upload_id=archive.pk, run=_Run(archive.job))
    assert [file.member_number for file in members(archive)] == [1, 2]


class _Run(FreeRun):
    def __init__(self, job: Job) -> None:
        self.job = job
