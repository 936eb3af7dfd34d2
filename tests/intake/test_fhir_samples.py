"""HL7's own examples: counts and money are the files', counted without any reader of ours."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from intake.fhir_files import dumped, ndjson
from intake.readers import SAMPLES, needs_samples
from intake.writing import counts, picture, take_in

from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.claims.models import Claim
from upstream.core.models import JobState
from upstream.intake.models import Upload, UploadKind

pytestmark = needs_samples

FILES = sorted((SAMPLES / "fhir").glob("*.json"))
BILLING = [path for path in FILES if path.name.startswith(("Claim", "ExplanationOfBenefit"))]
OTHERS = [path for path in FILES if path not in BILLING]
Told = tuple[int, int, Decimal, Decimal]


def parsed(path: Path) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(path.read_bytes(), parse_float=Decimal)
    return made


def total(content: dict[str, Any], category: str) -> Decimal | None:
    for each in content["total"] if isinstance(content.get("total"), list) else []:
        if each["category"]["coding"][0]["code"] == category:
            return Decimal(each["amount"]["value"])
    return None


def told_by(content: dict[str, Any]) -> Told:
    """Claims, lines, billed and paid: totals where the file has them, else its items."""
    if content["use"] != "claim":
        return 0, 0, Decimal(0), Decimal(0)
    items = content.get("item", [])
    nets = sum((Decimal(item["net"]["value"]) for item in items if "net" in item), Decimal(0))
    if content["resourceType"] == "Claim":
        return 1, len(items), Decimal(content.get("total", {"value": nets})["value"]), Decimal(0)
    return 1, len(items), total(content, "submitted") or nets, total(content, "benefit") or Decimal(0)


def written(upload: Upload) -> Told:
    return sum(counts(upload)), upload.lines_read, upload.billed_total, upload.paid_total


@pytest.mark.parametrize("path", BILLING, ids=lambda path: path.name)
def test_counts_and_money_of_a_sample_are_the_files(organization: Organization, path: Path) -> None:
    upload = take_in(organization, path.read_bytes(), path.name)
    assert upload.job is not None
    assert (upload.job.state, upload.kind, upload.rows_quarantined) == (JobState.SUCCEEDED, UploadKind.FHIR, 0)
    assert written(upload) == told_by(parsed(path))
    assert rollup.recompute(organization.pk) == []
    before = picture(organization)
    again = take_in(organization, path.read_bytes() + b"\n", path.name)
    assert (again.duplicate_of_id, counts(again)) == (None, (0, 0, told_by(parsed(path))[0]))
    assert picture(organization) == before


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_samples_that_hold_no_claim_are_told(organization: Organization, path: Path) -> None:
    upload = take_in(organization, path.read_bytes(), path.name)
    assert upload.job is not None
    assert (upload.job.state, upload.kind) == (JobState.FAILED, UploadKind.FHIR)
    assert "no Claim, ClaimResponse or ExplanationOfBenefit" in upload.job.error_message


def test_all_samples_in_one_bundle_or_one_ndjson_come_to_the_same(
    organization: Organization, other_organization: Organization
) -> None:
    everything = [json.loads(path.read_bytes()) for path in FILES]
    sums = [told_by(parsed(path)) for path in BILLING]
    made = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in everything]}
    for home, data in ((organization, dumped(made)), (other_organization, ndjson(*everything))):
        upload = take_in(home, data)
        assert written(upload) == tuple(sum(column) for column in zip(*sums, strict=True))
        assert [finding["message"] for finding in upload.findings if finding["code"] == "passed_over"] == [
            "Passed over: preauthorizations and predeterminations, which bill nothing (2).",
            "Passed over: PaymentNotice (1).",
            "Passed over: PaymentReconciliation (1).",
        ]
        assert rollup.recompute(home.pk) == []
    assert picture(organization) == picture(other_organization)


def test_a_response_meets_the_claim_it_names(organization: Organization) -> None:
    for name in ("Claim-100151.json", "ClaimResponse-R3503.json"):
        take_in(organization, (SAMPLES / "fhir" / name).read_bytes(), name)
    claim = Claim.objects.for_organization(organization).get()
    assert (claim.control_number, claim.outcome, claim.payer_claim_number) == ("12346", "PAID", "R3503")
    assert (claim.billed_amount, claim.paid_amount) == (Decimal("1340.57"), Decimal("1054.47"))
    lines = claim.lines.order_by("number").values_list("procedure_code", "billed_amount", "paid_amount")
    assert list(lines) == [
        ("1200", Decimal("135.57"), Decimal("100.47")),
        ("21211", Decimal("105.00"), Decimal("84.00")),
        ("27211", Decimal("1100.00"), Decimal("870.00")),
    ]
