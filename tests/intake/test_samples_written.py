"""Every public X12 sample, written: counts and money are the file's, and a second time changes nothing."""

from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from intake.readers import SAMPLES, needs_samples
from intake.writing import counts, picture, take_in

from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.claims.models import (
    Claim,
    ClaimAcknowledgement,
    ClaimDecision,
    Patient,
    Payer,
    Remittance,
    Submission,
    SubmissionAcknowledgement,
)
from upstream.core.models import JobState
from upstream.intake.models import Upload, UploadKind

pytestmark = needs_samples

FOLDER = SAMPLES / "x12"
KINDS = {".835": UploadKind.X12_835, ".837": UploadKind.X12_837P, ".837i": UploadKind.X12_837I}
REMITTANCES = sorted(FOLDER.glob("*.835"))
SUBMISSIONS = sorted(FOLDER.glob("*.837*"))
ACKNOWLEDGEMENTS = {
    "imsweb_x12_999_accepted.999": (2, 0),
    "imsweb_x12_277CA_accepted.277": (1, 1),
    "imsweb_x12_277CA_rejected.277": (1, 1),
}


class Told(NamedTuple):
    claims: int
    lines: int
    billed: Decimal
    paid: Decimal


def told_by(path: Path) -> Told:
    """What the segments come to, counted without any reader of ours: an ISA's separators stand at fixed places."""
    text = path.read_text()
    # One sample is a bare transaction set.
    element, terminator = (text[3], text[105]) if text.startswith("ISA") else ("*", "~")
    segments = [piece.strip().split(element) for piece in text.split(terminator)]
    if path.suffix == ".835":
        claims = [segment for segment in segments if segment[0] == "CLP"]
        billed, paid = (sum((Decimal(claim[at]) for claim in claims), Decimal(0)) for at in (3, 4))
        return Told(len(claims), sum(segment[0] == "SVC" for segment in segments), billed, paid)
    claims = [segment for segment in segments if segment[0] == "CLM"]
    billed = sum((Decimal(claim[2]) for claim in claims), Decimal(0))
    return Told(len(claims), sum(segment[0] in ("SV1", "SV2") for segment in segments), billed, Decimal(0))


def written(upload: Upload) -> Told:
    claims = upload.claims_created + upload.claims_updated + upload.claims_unchanged
    return Told(claims, upload.lines_read, upload.billed_total, upload.paid_total)


@pytest.mark.parametrize("path", REMITTANCES + SUBMISSIONS, ids=lambda path: path.name)
def test_counts_and_money_of_a_sample_are_the_files(organization: Organization, path: Path) -> None:
    upload = take_in(organization, path.read_bytes(), path.name)
    assert upload.job is not None
    assert upload.job.state == JobState.SUCCEEDED
    assert upload.kind == KINDS[path.suffix]
    assert written(upload) == told_by(path)
    assert upload.rows_quarantined == 0
    assert rollup.recompute(organization.pk) == []
    again = take_in(organization, path.read_bytes() + b"\n", path.name)
    assert (again.duplicate_of_id, again.claims_created, written(again)) == (None, 0, told_by(path))


@pytest.mark.parametrize("path", REMITTANCES, ids=lambda path: path.name)
def test_payments_of_a_sample_are_on_its_decisions(organization: Organization, path: Path) -> None:
    take_in(organization, path.read_bytes(), path.name)
    decisions = ClaimDecision.objects.for_organization(organization)
    assert decisions.count() == told_by(path).claims
    assert sum(decision.paid_amount or 0 for decision in decisions) == told_by(path).paid
    totals = Remittance.objects.for_organization(organization).values_list("claims_paid_total", flat=True)
    assert sum(totals) == told_by(path).paid


@pytest.mark.parametrize("name", ACKNOWLEDGEMENTS)
def test_acknowledgements_are_kept_and_claims_left_alone(organization: Organization, name: str) -> None:
    upload = take_in(organization, (FOLDER / name).read_bytes(), name)
    assert upload.job is not None
    assert (upload.job.state, upload.rows_quarantined) == (JobState.SUCCEEDED, 0)
    models = (SubmissionAcknowledgement, ClaimAcknowledgement)
    assert tuple(model.objects.for_organization(organization).count() for model in models) == ACKNOWLEDGEMENTS[name]
    assert not Claim.objects.for_organization(organization).exists()


def test_the_whole_folder_twice_is_the_whole_folder_once(organization: Organization) -> None:
    def everything() -> list[Upload]:
        return [take_in(organization, path.read_bytes(), path.name) for path in sorted(FOLDER.glob("*"))]

    def tables() -> dict[str, int]:
        models = (
            Claim, ClaimDecision, Patient, Payer, Remittance, Submission, SubmissionAcknowledgement,
            ClaimAcknowledgement,
        )  # fmt: skip
        return {model.__name__: model.objects.for_organization(organization).count() for model in models}

    everything()
    before, rows = picture(organization), tables()
    for upload in everything():
        assert upload.job is not None
        assert upload.duplicate_of_id is not None or upload.job.state == JobState.FAILED
        assert counts(upload) == (0, 0, 0)
    assert (picture(organization), tables()) == (before, rows)
    assert rollup.recompute(organization.pk) == []
