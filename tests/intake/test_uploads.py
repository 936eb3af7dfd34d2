"""Uploads: stored encrypted, known by content, read once, told when nothing can be read of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from intake.writing import counts, picture, take_in

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.accounts.services import system_actor
from upstream.audit.models import AuditEvent
from upstream.claims import rollup
from upstream.claims.models import Claim
from upstream.core import worker
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.models import Job, JobState
from upstream.intake import services
from upstream.intake.models import RowError, Upload, UploadKind
from upstream.intake.selectors import row_errors, uploads

CSV = b"""claim_id,payer,procedure_code,submitted_date,decided_date,outcome,billed_amount,paid_amount
C1,Aster Health,99213,2026-03-02,2026-03-20,paid,100.00,80.00
C2,Aster Health,99214,2026-03-02,,pending,150.00,
,,,2026-03-02,,pending,1.00,
"""


def test_a_claims_file_becomes_claims(organization: Organization) -> None:
    upload = take_in(organization, CSV)
    assert upload.job is not None
    assert (upload.job.state, upload.kind) == (JobState.SUCCEEDED, UploadKind.CLAIMS_CSV)
    assert (counts(upload), upload.rows_quarantined) == ((2, 0, 0), 1)
    assert upload.job.result == {
        "claims_created": 2,
        "claims_updated": 0,
        "claims_unchanged": 0,
        "rows_quarantined": 1,
    }
    assert (upload.job.progress_done, upload.job.progress_total) == (len(CSV), len(CSV))
    assert upload.job.progress_label == "Reading claims"


def test_detection_is_queued_when_a_file_was_read(organization: Organization) -> None:
    take_in(organization, CSV)
    job = Job.objects.for_organization(organization).get(kind="detection.run")
    assert job.parameters == {"because": "upload"}


def test_the_stored_file_is_encrypted_and_the_upload_audited(organization: Organization, care_team: Actor) -> None:
    upload = services.receive_upload(actor=care_team, file_name="march.csv", chunks=[CSV])
    with default_storage.open(upload.stored_name) as stored:
        content = stored.read()
    assert b"Aster" not in content
    assert (upload.size_bytes, upload.uploaded_by_id) == (len(CSV), care_team.user_id)
    event = AuditEvent.objects.for_organization(organization).get(action="upload.received")
    assert (event.target_id, event.actor_id) == (str(upload.pk), care_team.user_id)
    assert "march" not in str(event.detail)


@pytest.mark.parametrize("role", [Role.ANALYST, Role.AUDITOR, Role.VIEWER])
def test_who_may_not_upload_leaves_nothing_behind(
    organization: Organization, member: Callable[..., Actor], role: Role
) -> None:
    def pieces() -> Iterator[bytes]:
        pytest.fail("the file was read")
        yield b""

    with pytest.raises(ServiceError) as refusal:
        services.receive_upload(actor=member(role), file_name="a.csv", chunks=pieces())
    assert refusal.value.code == ErrorCode.FORBIDDEN
    assert not uploads(organization).exists()


def stored_files(settings: LazySettings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_file_beyond_the_limit_is_refused_while_it_arrives(
    organization: Organization, settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.UPLOAD_MAX_BYTES = 2 * 1024**2
    taken = []

    def pieces() -> Iterator[bytes]:
        for number in range(1000):
            taken.append(number)
            yield b"x" * 2**20

    with pytest.raises(ServiceError) as refusal:
        services.receive_upload(actor=system_actor(organization.pk), file_name="big.csv", chunks=pieces())
    assert refusal.value.code == ErrorCode.TOO_LARGE
    assert "2 MB" in refusal.value.message
    assert len(taken) == 3
    assert not uploads(organization).exists()
    assert stored_files(settings) == []


def test_an_empty_file_is_refused(organization: Organization, settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    with pytest.raises(ServiceError) as refusal:
        services.receive_upload(actor=system_actor(organization.pk), file_name="a.csv", chunks=[b""])
    assert (refusal.value.code, refusal.value.field) == (ErrorCode.INVALID, "file")
    assert stored_files(settings) == []


# The same file again


def test_the_identical_file_is_not_read_again(
    organization: Organization, settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    first = take_in(organization, CSV)
    again = take_in(organization, CSV, "renamed.csv")
    assert again.job is not None
    assert (again.duplicate_of_id, again.job.state) == (first.pk, JobState.SUCCEEDED)
    assert again.job.result == {"duplicate_of": str(first.pk)}
    assert (again.kind, again.rows_read, again.sha256) == (first.kind, 0, first.sha256)
    assert len(stored_files(settings)) == 1


def test_a_duplicate_of_a_duplicate_names_the_file_that_was_read(organization: Organization) -> None:
    first, _, third = (take_in(organization, CSV) for _ in range(3))
    assert third.duplicate_of_id == first.pk


def test_a_file_whose_reading_failed_is_read_again(organization: Organization) -> None:
    first = take_in(organization, b"%PDF-1.7 nothing")
    again = take_in(organization, b"%PDF-1.7 nothing")
    assert first.job is not None
    assert (first.job.state, again.duplicate_of_id) == (JobState.FAILED, None)


def test_another_organizations_file_is_no_duplicate(
    organization: Organization, other_organization: Organization
) -> None:
    take_in(organization, CSV)
    upload = take_in(other_organization, CSV)
    assert (upload.duplicate_of_id, upload.claims_created) == (None, 2)


def test_a_file_that_is_still_waiting_is_a_duplicate_too(organization: Organization) -> None:
    actor = system_actor(organization.pk)
    first = services.receive_upload(actor=actor, file_name="a.csv", chunks=[CSV])
    again = services.receive_upload(actor=actor, file_name="b.csv", chunks=[CSV])
    assert again.duplicate_of_id == first.pk


def test_two_readings_of_one_file_at_the_same_moment_do_no_harm(organization: Organization) -> None:
    """Both were received before either could see the other."""
    first = take_in(organization, CSV)
    before = picture(organization)
    Upload.objects.for_organization(organization).filter(pk=first.pk).update(sha256="f" * 64)
    second = take_in(organization, CSV)
    assert counts(second) == (0, 0, 2)
    assert picture(organization) == before


# What cannot be read


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7\n1 0 obj", "PDF"),
        (b"one two three\nfour five", ""),
        (b"payer,amount\nAster,1\n", "procedure_code"),
    ],
    ids=["pdf", "prose", "columns"],
)
def test_a_file_that_cannot_be_read_fails_with_its_remedy(
    organization: Organization, content: bytes, words: str
) -> None:
    upload = take_in(organization, content)
    assert upload.job is not None
    assert (upload.job.state, upload.job.error_code) == (JobState.FAILED, "INVALID")
    assert words in upload.job.error_message
    assert not Job.objects.for_organization(organization).filter(kind="detection.run").exists()


def test_what_was_read_before_a_file_breaks_off_is_kept(organization: Organization) -> None:
    header, row, *_ = CSV.splitlines(keepends=True)
    rows = b"".join(row.replace(b"C1", b"N%d" % number) for number in range(6_000))
    upload = take_in(organization, header + rows + b"x" * (2 * 1024 * 1024))
    assert upload.job is not None
    assert upload.job.state == JobState.FAILED
    assert "Line 6002" in upload.job.error_message
    assert Claim.objects.for_organization(organization).count() == upload.claims_created > 5_000
    assert rollup.recompute(organization.pk) == []


# Again, after a failure


def test_a_failed_upload_can_be_started_again(organization: Organization, care_team: Actor) -> None:
    upload = take_in(organization, CSV)
    with pytest.raises(ServiceError) as refusal:
        services.retry_upload(actor=care_team, upload_id=upload.pk)
    assert refusal.value.code == ErrorCode.CONFLICT
    Job.unscoped.filter(pk=upload.job_id).update(state=JobState.FAILED)
    again = services.retry_upload(actor=care_team, upload_id=upload.pk)
    assert again.job is not None
    assert again.job.state == JobState.QUEUED
    worker.carry_out(again.job.pk)
    upload.refresh_from_db()
    # Everything was committed before: nothing is counted twice.
    assert (counts(upload), upload.rows_read, upload.rows_quarantined) == ((2, 0, 0), 3, 1)
    assert RowError.objects.for_organization(organization).count() == 1


def test_an_upload_of_another_organization_is_unknown(
    organization: Organization, other_organization: Organization, care_team: Actor
) -> None:
    upload = take_in(other_organization, CSV)
    with pytest.raises(ServiceError) as refusal:
        services.retry_upload(actor=care_team, upload_id=upload.pk)
    assert refusal.value.code == ErrorCode.NOT_FOUND
    assert not uploads(organization).exists()
    assert not row_errors(organization, upload).exists()
    assert row_errors(other_organization, upload).count() == 1


# Names


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("claims.csv", "claims.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\march 2026.csv", "march 2026.csv"),
        ("a\x00b\nc\u202ecsv.exe", "a b c csv.exe"),
        ("", "upload"),
        ("...", "upload"),
        ("dir/", "upload"),
        ("é" * 300 + ".csv", "é" * 251 + ".csv"),
        ("x" * 300, "x" * 255),
    ],
)
def test_file_names_are_kept_without_what_could_harm(given: str, kept: str) -> None:
    assert services.clean_file_name(given) == kept
