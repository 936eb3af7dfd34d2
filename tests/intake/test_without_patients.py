"""Where real data have no place: whatever is handed in, nothing that tells who a patient is gets stored."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import models
from django.test import override_settings
from intake.writing import take_in
from pytest_django import Settings
from security.canary import files
from security.canary.patient import PATIENT, found_in

from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.claims.models import Claim, Patient
from upstream.core import clock
from upstream.core.models import JobState, OrganizationModel
from upstream.intake import without_patients
from upstream.intake.models import RowError, Upload, UploadReading
from upstream.intake.services import retry_upload
from upstream.phi import files as stored_files


@pytest.fixture
def _not_for_real_data(settings: Settings) -> None:
    settings.PATIENTS_KEPT = False


def everything_stored(organization: Organization) -> bytes:
    """All values of all rows of an organization, decrypted, and all files, opened."""
    told: list[bytes] = []
    for model in apps.get_models():
        if not issubclass(model, OrganizationModel):
            continue
        for row in model.unscoped.filter(organization=organization):
            for field in model._meta.concrete_fields:
                value = getattr(row, field.attname)
                told.append(bytes(value) if isinstance(field, models.BinaryField) else str(value).encode())
                if field.name == "stored_name" and value and default_storage.exists(value):
                    told += stored_files.read(value)
    return b"\n".join(told)


@pytest.mark.usefixtures("_not_for_real_data")
def test_nothing_of_a_patient_is_kept_of_any_kind_of_file(organization: Organization, run_jobs: Callable) -> None:
    for name, content in files.uploads().items():
        upload = take_in(organization, content, f"{PATIENT.name} {name}")
        upload.refresh_from_db()
        assert PATIENT.family not in upload.file_name
    run_jobs()
    read = Upload.objects.for_organization(organization).filter(job__state=JobState.SUCCEEDED)
    kinds = {"CLAIMS_CSV", "X12_835", "X12_837P", "FHIR"}
    assert kinds <= set(read.values_list("kind", flat=True))
    assert Claim.objects.for_organization(organization).exists() and rollup.recompute(organization.pk) == []
    assert RowError.objects.for_organization(organization).exists()
    assert not Patient.objects.for_organization(organization).exists()
    assert not UploadReading.objects.for_organization(organization).exists()
    told = [upload.findings[0] for upload in read.exclude(kind="ARCHIVE").filter(duplicate_of=None)]
    assert {finding["code"] for finding in told} == {"not_for_real_data"} and "left out" in told[0]["message"]
    assert not [upload for upload in read.exclude(kind="ARCHIVE") if upload.stored_name]
    # Files that could not be read, and archives, wait a day to be tried again, sealed.
    Upload.unscoped.filter(organization=organization).update(created_at=clock.now() - timedelta(days=2))
    assert without_patients.expire() > 0 and without_patients.expire() == 0
    assert found_in(everything_stored(organization)) == []


@pytest.mark.usefixtures("_not_for_real_data")
def test_the_search_finds_what_is_kept_in_the_demo(organization: Organization) -> None:
    Organization.objects.filter(pk=organization.pk).update(is_demo=True)
    take_in(organization, files.written(files.rows({}, prefix="D")))
    assert Patient.objects.for_organization(organization).get().name == PATIENT.name
    assert found_in(everything_stored(organization)) != []
    Upload.unscoped.update(created_at=clock.now() - timedelta(days=2))
    assert without_patients.expire() == 0


def test_where_real_data_are_patients_are_kept(organization: Organization) -> None:
    upload = take_in(organization, files.written(files.rows({}, prefix="D")))
    assert Patient.objects.for_organization(organization).exists() and default_storage.exists(upload.stored_name)
    assert all(finding["code"] != "not_for_real_data" for finding in upload.findings)


@pytest.mark.usefixtures("_not_for_real_data")
def test_the_same_file_again_changes_nothing_and_a_run_cut_off_at_its_end_is_done(organization: Organization) -> None:
    content = files.written(files.rows({}, prefix="D"))
    upload = take_in(organization, content)
    assert upload.stored_name == "" and upload.job is not None
    again = take_in(organization, content)
    assert again.duplicate_of == upload and Claim.objects.for_organization(organization).count() == 1
    upload.job.state = JobState.FAILED
    upload.job.save()
    from upstream.accounts.services import system_actor
    from upstream.core import worker

    retried = retry_upload(actor=system_actor(organization.pk), upload_id=upload.pk)
    assert retried.job is not None and worker.carry_out(retried.job.pk)
    retried.job.refresh_from_db()
    assert retried.job.state == JobState.SUCCEEDED


@override_settings(PATIENTS_KEPT=False)
def test_a_stream_of_bytes_is_taken_without_patients_over_graphql(
    organization: Organization, care_team: object, graphql: Callable, run_jobs: Callable
) -> None:
    answer = graphql(care_team).upload(
        "mutation($file: Upload!) { uploadFile(file: $file) { upload { id } errors { message } } }",
        {"file": None},
        {"variables.file": _named(files.written(files.rows({}, prefix="G")), f"{PATIENT.name}.csv")},
    )
    assert answer.get("data", {}).get("uploadFile", {}).get("errors") == [], answer
    run_jobs()
    assert found_in(everything_stored(organization)) == []


def _named(content: bytes, name: str) -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file
