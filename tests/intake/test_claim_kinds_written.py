"""Institutional and dental claims and their remittances, from files to rows, whichever comes first."""

from decimal import Decimal

import pytest
from intake.readers import (
    CLAIM,
    CLAIMS_HEAD,
    DENTAL_CLAIM,
    DENTAL_GUIDE,
    INSTITUTIONAL_CLAIM,
    INSTITUTIONAL_GUIDE,
    claims,
    remittance,
)
from intake.writing import counts, picture, take_in, the_claim

from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.claims.models import Claim
from upstream.core import worker
from upstream.core.models import Job, JobState
from upstream.intake.models import RowError, UploadKind
from upstream.intake.writer import store
from upstream.intake.writer.writer import Writer

# The payer gives each line no number of its own and the laboratory first.
STAY_DECIDED = (
    "CLP*STAY1*1*1600*950*100*MC*ICN7*11*1~CAS*PR*1*100~NM1*QC*1*DOE*JANE****MI*M100~NM1*82*2*OTHER*****XX*1999999984~"
    "MIA*3***900~DTM*232*20250103~DTM*233*20250106~DTM*050*20250116~"
    "SVC*HC:85025:91*400*0*0305*2~DTM*472*20250104~CAS*CO*97*400~LQ*HE*N19~"
    "SVC*NU:0120*1200*1050**3~CAS*CO*45*150~"
)
TEETH_DECIDED = (
    "CLP*TOOTH1*1*310*200*50*12*ICN8*11*1~NM1*QC*1*DOE*JANE****MI*M100~"
    "SVC*AD:D0120*60*60**2~DTM*472*20250107~SVC*AD:D2150:LT*250*140**1~DTM*472*20250108~CAS*CO*45*60~CAS*PR*2*50~"
)
STAY = claims(INSTITUTIONAL_CLAIM, guide=INSTITUTIONAL_GUIDE)
TEETH = claims(DENTAL_CLAIM, guide=DENTAL_GUIDE)


def mixed_claims(count: int) -> bytes:
    """Transaction sets of the three kinds in turn, a claim in each: two records of the intake."""
    kinds = [
        (CLAIM, "CLAIM1", "005010X222A1"),
        (INSTITUTIONAL_CLAIM, "STAY1", INSTITUTIONAL_GUIDE),
        (DENTAL_CLAIM, "TOOTH1", DENTAL_GUIDE),
    ]
    turns = ((n, *kinds[n % 3]) for n in range(count))
    return b"".join(claims(body.replace(number, f"C{n}"), guide=guide) for n, body, number, guide in turns)


@pytest.mark.parametrize(
    ("submitted", "decided"), [(STAY, STAY_DECIDED), (TEETH, TEETH_DECIDED)], ids=["institutional", "dental"]
)
def test_which_of_submission_and_remittance_comes_first_makes_no_difference(
    organization: Organization, other_organization: Organization, submitted: bytes, decided: str
) -> None:
    take_in(organization, submitted)
    assert counts(take_in(organization, remittance(decided))) == (0, 1, 0)
    take_in(other_organization, remittance(decided))
    assert counts(take_in(other_organization, submitted)) == (0, 1, 0)
    assert picture(organization) == picture(other_organization)
    assert rollup.recompute(organization.pk) == rollup.recompute(other_organization.pk) == []


def test_lines_of_a_stay_meet_their_decisions_by_procedure_or_revenue_code(organization: Organization) -> None:
    upload = take_in(organization, STAY)
    assert (upload.kind, upload.lines_read, upload.billed_total) == (UploadKind.X12_837I, 2, Decimal("1600.00"))
    take_in(organization, remittance(STAY_DECIDED))
    stored = the_claim(organization, "STAY1")
    assert (stored.outcome, stored.paid_amount, stored.denial_code) == ("PARTIAL", Decimal("950.00"), "97")
    assert (stored.procedure_code, stored.service_group.name) == ("0120", "Inpatient stays")
    assert (stored.provider_npi, stored.diagnosis_codes) == ("1003000126", "I2510 E119 I10")
    lines = stored.lines.order_by("number")
    assert [(row.procedure_code, row.paid_amount, row.denial_code, row.stated) for row in lines] == [
        ("0120", Decimal("1050.00"), "", True),
        ("85025", Decimal("0.00"), "97", True),
    ]


def test_dental_lines_meet_their_decisions_by_cdt_code(organization: Organization) -> None:
    assert take_in(organization, TEETH).kind == UploadKind.X12_837D
    take_in(organization, remittance(TEETH_DECIDED))
    stored = the_claim(organization, "TOOTH1")
    assert (stored.outcome, stored.paid_amount, stored.service_group.name) == ("PAID", Decimal("200.00"), "Dental")
    lines = stored.lines.order_by("number")
    assert [(row.procedure_code, row.paid_amount, row.stated) for row in lines] == [
        ("D2150", Decimal("140.00"), True),
        ("D0120", Decimal("60.00"), True),
    ]


def test_a_price_asked_for_and_told_beforehand_leaves_no_claim(organization: Organization) -> None:
    asked = DENTAL_CLAIM.replace("*Y*A*Y*Y~", "*Y*A*Y*Y**********PB~")
    upload = take_in(organization, claims(asked, guide=DENTAL_GUIDE))
    assert upload.job is not None
    assert (upload.job.state, counts(upload), upload.rows_quarantined) == (JobState.SUCCEEDED, (0, 0, 0), 0)
    assert [finding["code"] for finding in upload.findings] == ["predetermination"]
    take_in(organization, remittance(TEETH_DECIDED.replace("CLP*TOOTH1*1*", "CLP*TOOTH1*25*")))
    assert not Claim.objects.for_organization(organization).exists()


def test_a_replacement_stands_in_the_first_claims_place(organization: Organization) -> None:
    take_in(organization, STAY)
    replacement = INSTITUTIONAL_CLAIM.replace("11:A:1", "11:A:7").replace("*1200*DA*3", "*800*DA*2")
    replacement = replacement.replace("STAY1*1600", "STAY1*1200")
    assert counts(take_in(organization, claims(replacement, guide=INSTITUTIONAL_GUIDE))) == (0, 1, 0)
    stored = the_claim(organization, "STAY1")
    assert (stored.frequency_code, stored.billed_amount, stored.lines.count()) == ("7", Decimal("1200.00"), 2)


def test_claims_of_another_kind_than_their_set_go_to_quarantine_and_the_rest_is_taken(
    organization: Organization,
) -> None:
    upload = take_in(organization, claims(CLAIM + INSTITUTIONAL_CLAIM, CLAIMS_HEAD, INSTITUTIONAL_GUIDE))
    assert (counts(upload), upload.rows_quarantined) == ((1, 0, 0), 1)
    assert the_claim(organization, "STAY1").billed_amount == Decimal("1600.00")
    error = RowError.objects.for_organization(organization).get()
    assert (error.line_number, error.field, error.code, error.raw) == (14, "SV1", "other_claim_kind", CLAIM)


class Cut(Exception):
    """The worker died here."""


def test_a_file_of_every_kind_is_carried_on_where_a_worker_broke(
    organization: Organization, other_organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = mixed_claims(10)
    whole = take_in(other_organization, content)
    monkeypatch.setattr(Writer.__init__, "__kwdefaults__", {"batch_records": 4})
    save, calls = store.Store.save, []

    def break_in_second(self: store.Store) -> None:
        save(self)
        calls.append(1)
        if len(calls) == 2:
            raise Cut

    monkeypatch.setattr(store.Store, "save", break_in_second)
    upload = take_in(organization, content)
    assert upload.job is not None
    assert (upload.job.state, upload.records_committed, counts(upload)) == (JobState.QUEUED, 4, (2, 0, 0))
    Job.unscoped.filter(pk=upload.job.pk).update(run_after=upload.job.created_at)
    worker.carry_out(upload.job.pk)
    upload.refresh_from_db()
    assert (upload.kind, counts(upload)) == (UploadKind.X12_837P, (10, 0, 0))
    assert (
        (upload.lines_read, upload.billed_total) == (whole.lines_read, whole.billed_total) == (16, Decimal("6130.00"))
    )
    assert picture(organization) == picture(other_organization)
    assert rollup.recompute(organization.pk) == []
