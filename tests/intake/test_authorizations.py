"""A claim finds what its payer answered under its authorization number, whichever came first."""

from typing import Any

import pytest
from intake.authorizing import PAYER, REQUEST, SERVICE, authorization
from intake.readers import CLAIM, claims
from intake.writing import take_in, the_claim

from upstream.accounts.models import Organization
from upstream.claims.models import Authorization, Patient, Payer
from upstream.claims.services import add_payer_alias
from upstream.core.models import JobState
from upstream.intake.models import UploadKind

QUERY = """query($id: ID!) { claim(id: $id) { authorization { authorizationNumber actionCode action reasonCodes
  traceNumber answeredDate quantity unit validFrom validThrough uploadId
  services { procedureCode actionCode action reasonCodes quantity unit validFrom validThrough } } } }"""


@pytest.fixture
def shown(graphql: Any, owner: Any, organization: Organization) -> Any:
    client = graphql(owner)

    def ask(control_number: str = "CLAIM1") -> Any:
        answer = client(QUERY, {"id": str(the_claim(organization, control_number).pk)})
        assert "errors" not in answer, answer
        return answer["data"]["claim"]["authorization"]

    return ask


@pytest.mark.parametrize("first", ["claim", "authorization"])
def test_in_whatever_order_they_come_the_claim_shows_the_answer(
    organization: Organization, shown: Any, first: str
) -> None:
    contents = [claims(), authorization(REQUEST + SERVICE)]
    uploads = [take_in(organization, content) for content in (contents if first == "claim" else contents[::-1])]
    upload = next(upload for upload in uploads if upload.kind == UploadKind.X12_278)
    assert upload.job is not None and upload.job.state == JobState.SUCCEEDED
    assert shown() == {
        "authorizationNumber": "AUTH1",
        "actionCode": "A1",
        "action": "Certified in total",
        "reasonCodes": [],
        "traceNumber": "TRACE1",
        "answeredDate": "2025-01-10",
        "quantity": "12.000",
        "unit": "VS",
        "validFrom": "2025-01-05",
        "validThrough": "2025-03-31",
        "uploadId": str(upload.pk),
        "services": [
            {
                "procedureCode": "99213",
                "actionCode": "",
                "action": "",
                "reasonCodes": [],
                "quantity": "6.000",
                "unit": "VS",
                "validFrom": None,
                "validThrough": None,
            }
        ],
    }
    # One person and one payer, whichever file told of them.
    assert Patient.objects.for_organization(organization).count() == 1
    assert Payer.objects.for_organization(organization).count() == 1
    answer = Authorization.objects.for_organization(organization).get()
    assert answer.patient_id == the_claim(organization, "CLAIM1").patient_id


def test_of_several_answers_under_one_number_the_newest_stands_and_all_are_kept(
    organization: Organization, shown: Any
) -> None:
    take_in(organization, claims())
    take_in(organization, authorization(REQUEST.replace("HCR*A1", "HCR*C"), day="20250120"))
    take_in(organization, authorization())
    assert shown()["action"] == "Cancelled"
    assert Authorization.objects.for_organization(organization).count() == 2


def test_another_payers_number_is_not_the_claims(organization: Organization, shown: Any, owner: Any) -> None:
    take_in(organization, claims())
    take_in(organization, authorization(payer=PAYER.replace("Northwind Health", "Southwind").replace("NW837", "SW1")))
    assert shown() is None
    payer = Payer.objects.for_organization(organization).get(name="Northwind Health")
    add_payer_alias(actor=owner, payer_id=payer.pk, alias="Southwind")
    assert shown()["action"] == "Certified in total"


def test_a_claim_without_a_number_finds_no_answer_without_one(organization: Organization, shown: Any) -> None:
    take_in(organization, claims(CLAIM.replace("REF*G1*AUTH1~", "")))
    take_in(organization, authorization(REQUEST.replace("HCR*A1*AUTH1~", "HCR*A4~")))
    assert Authorization.objects.for_organization(organization).get().action_code == "A4"
    assert shown() is None


def test_another_organizations_answer_is_never_shown(
    organization: Organization, other_organization: Organization, shown: Any
) -> None:
    take_in(organization, claims())
    take_in(other_organization, authorization())
    assert shown() is None


def test_the_same_answer_again_changes_nothing(organization: Organization) -> None:
    first = take_in(organization, authorization(REQUEST + SERVICE))
    before = list(Authorization.objects.for_organization(organization).values_list())
    again = take_in(organization, authorization(REQUEST + SERVICE) + b"\n")
    assert list(Authorization.objects.for_organization(organization).values_list()) == before
    assert (first.rows_read, again.rows_read) == (1, 1)
    assert again.duplicate_of_id is None


def test_a_rejected_request_stands_among_the_findings_of_its_upload(organization: Organization) -> None:
    upload = take_in(organization, authorization("AAA*N**75*C~"))
    assert upload.job is not None and upload.job.state == JobState.SUCCEEDED
    assert [finding["code"] for finding in upload.findings] == ["request_rejected"]
