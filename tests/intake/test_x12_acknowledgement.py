"""A 999 tells which sets were taken and where the others are wrong, a 277CA what becomes of each claim."""

from datetime import date
from decimal import Decimal

import pytest
from intake.acknowledging import (
    ACCEPTED,
    REJECTED,
    STATUS,
    acknowledgement,
    claim_acknowledgement,
    claim_status,
    read_statuses,
    read_syntax,
)
from intake.readers import SAMPLES, codes_of, needs_samples, of, only, remittance

from upstream.intake.records import (
    ClaimAcknowledgementRecord,
    Problem,
    StatusRecord,
    SubmissionAcknowledgementRecord,
    SyntaxErrorRecord,
    UnreadableFile,
)

JANUARY_17 = date(2025, 1, 17)


def test_an_accepted_set_and_its_group_are_told() -> None:
    taken, group = read_syntax(acknowledgement())
    assert isinstance(taken, SubmissionAcknowledgementRecord) and isinstance(group, SubmissionAcknowledgementRecord)
    assert (taken.kind, taken.sender, taken.group_number, taken.set_number) == ("X12_999", "S", "1", "0001")
    assert (taken.code, taken.errors, taken.acknowledged_date) == ("A", [], JANUARY_17)
    assert (group.set_number, group.code, group.accepted, group.rejected) == ("", "A", 1, 0)


def test_errors_stand_with_segment_element_and_claim_and_without_the_value() -> None:
    records = read_syntax(acknowledgement(REJECTED, "AK9*R*1*1*0*5~"))
    refused, group = of(SubmissionAcknowledgementRecord, records)
    assert refused.code == "R"
    assert refused.errors == [
        SyntaxErrorRecord("7", "NM1", 8, "2010", 9, 1),
        SyntaxErrorRecord("1", "SV1", 19, "2400", 1, 2, "CLAIM1"),
        SyntaxErrorRecord("6", "SV1", 19, "2400", 2, 0, "CLAIM1"),
        SyntaxErrorRecord("3", "HI", 15, "2300"),
        SyntaxErrorRecord("I5"),
        SyntaxErrorRecord("5"),
    ]
    assert (group.code, group.accepted, group.rejected, group.errors) == ("R", 0, 1, [SyntaxErrorRecord("5")])
    assert "SECRET" not in str(records)


def test_a_997_is_read_like_a_999() -> None:
    ours, theirs = (
        of(SubmissionAcknowledgementRecord, read_syntax(acknowledgement(REJECTED, set_code=code, guide=guide)))
        for code, guide in (("999", "005010X231A1"), ("997", "004010"))
    )
    assert [record.kind for record in theirs] == ["X12_997"] * 2
    assert [(record.code, record.errors) for record in ours] == [(record.code, record.errors) for record in theirs]


def test_a_group_without_sets_is_told_by_its_end_alone() -> None:
    group = only(SubmissionAcknowledgementRecord, read_syntax(acknowledgement("", "AK9*P*3*3*2~")))
    assert (group.set_number, group.code, group.accepted, group.rejected) == ("", "P", 2, 1)


def test_group_numbers_with_zeros_in_front_are_the_same() -> None:
    assert [record.group_number for record in of(SubmissionAcknowledgementRecord, read_syntax(
        acknowledgement(group="000017")
    ))] == ["17", "17"]  # fmt: skip


def test_groups_of_other_transactions_are_passed_over() -> None:
    records = read_syntax(acknowledgement(function="HS"))
    assert (codes_of(records), len(records)) == (["other_group"], 1)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (b"AK2*837*0001*", b"AK2*837**", "AK202"),
        (b"IK5*A~", b"", "IK501"),
        (b"IK5*A~", b"IK5*Q~", "IK501"),
        (b"AK1*HC*1*", b"AK1*HC**", "AK102"),
        (b"GS*FA*PAYER*S*", b"GS*FA*PAYER**", "AK102"),
        (b"*20250117*", b"*TODAY*", "GS04"),
        (b"AK9*A*", b"AK9**", "AK901"),
    ],
)
def test_what_belongs_nowhere_is_set_aside(old: bytes, new: bytes, field: str) -> None:
    data = acknowledgement()
    assert old in data
    problems = of(Problem, read_syntax(data.replace(old, new)))
    assert problems and {problem.field for problem in problems} == {field}
    assert all(problem.message.startswith("The acknowledgement at segment") for problem in problems)


def test_no_more_errors_are_kept_than_anybody_reads() -> None:
    records = read_syntax(acknowledgement("AK2*837*0001~" + "IK3*HI*15*2300*3~" * 150 + "IK5*R~"))
    assert len(of(SubmissionAcknowledgementRecord, records)[0].errors) == 100
    assert set(codes_of(records)) == {"too_many_errors"}


def test_a_claim_is_told_with_its_statuses_and_the_payers_number() -> None:
    batch, claim = read_statuses(claim_acknowledgement())
    assert isinstance(batch, SubmissionAcknowledgementRecord) and isinstance(claim, ClaimAcknowledgementRecord)
    assert (batch.kind, batch.sender, batch.batch_reference) == ("X12_277CA", "1", "1")
    assert (batch.statuses, batch.code) == ([StatusRecord("A1", "19", "PR")], "WQ")
    assert (batch.accepted, batch.accepted_amount, batch.rejected) == (1, Decimal("100.00"), None)
    assert batch.acknowledged_date == JANUARY_17
    assert (claim.control_number, claim.source, claim.action_code) == ("CLAIM1", "Northwind Health", "WQ")
    assert claim.statuses == [StatusRecord("A2", "20", "PR")]
    assert (claim.acknowledged_date, claim.amount) == (date(2025, 1, 18), Decimal("100.00"))
    assert (claim.payer_claim_number, claim.bill_type, claim.service_date) == ("ICN1", "111", date(2025, 1, 2))
    assert claim.batch is batch


def test_all_statuses_of_a_claim_and_those_of_its_lines_are_told() -> None:
    status = "STC*A7:562:85*20250118*U*100******A7:500:85*A8:21~STC*A6:21*20250118*U~"
    line = "SVC*HC:99213*100~STC*A7:454*20250118*U~REF*FJ*1~DTP*472*D8*20250103~"
    claim = only(ClaimAcknowledgementRecord, read_statuses(claim_acknowledgement(claim_status(status) + line)))
    assert claim.statuses == [
        StatusRecord("A7", "562", "85"),
        StatusRecord("A7", "500", "85"),
        StatusRecord("A8", "21"),
        StatusRecord("A6", "21"),
        StatusRecord("A7", "454", "", "99213"),
    ]
    assert (claim.action_code, claim.service_date) == ("U", date(2025, 1, 2))


def test_several_claims_of_one_patient_and_of_several_are_told_apart() -> None:
    second = f"TRN*2*CLAIM2~{STATUS.replace('A2', 'A7')}"
    claims = of(
        ClaimAcknowledgementRecord,
        read_statuses(claim_acknowledgement(claim_status() + second + claim_status("STC*A3:23*20250118*U~", "CLAIM3"))),
    )
    assert [(claim.control_number, claim.statuses[0].category, claim.payer_claim_number) for claim in claims] == [
        ("CLAIM1", "A2", "ICN1"), ("CLAIM2", "A7", ""), ("CLAIM3", "A3", "ICN1"),
    ]  # fmt: skip


def test_what_is_said_of_one_providers_claims_as_a_whole_is_told() -> None:
    provider = "STC*A8:562:85*20250118*U*100~QTY*QC*1~AMT*YY*100~"
    batch, of_provider = of(
        SubmissionAcknowledgementRecord, read_statuses(claim_acknowledgement("", provider=provider))
    )
    assert (batch.provider_npi, of_provider.provider_npi) == ("", "1234567893")
    assert (of_provider.batch_reference, of_provider.code, of_provider.accepted) == ("1", "U", None)
    assert (of_provider.rejected, of_provider.rejected_amount) == (1, Decimal("100.00"))


@pytest.mark.parametrize("number", ["", "0"])
def test_a_claim_without_its_number_is_set_aside(number: str) -> None:
    records = read_statuses(claim_acknowledgement(claim_status(control_number=number) + claim_status()))
    problem = only(Problem, records)
    assert (problem.field, problem.code) == ("TRN02", "control_number")
    assert "DOE" not in problem.message
    assert only(ClaimAcknowledgementRecord, records).control_number == "CLAIM1"


@pytest.mark.parametrize(
    ("status", "field"), [("", "STC01"), ("STC*A2:20*20250118*WQ*MUCH~", "STC04"), ("STC**20250118*WQ~", "STC01")]
)
def test_a_claim_without_a_readable_status_is_set_aside(status: str, field: str) -> None:
    assert only(Problem, read_statuses(claim_acknowledgement(claim_status(status)))).field == field


def test_a_status_without_date_is_of_the_day_the_file_was_made() -> None:
    claim = only(ClaimAcknowledgementRecord, read_statuses(claim_acknowledgement(claim_status("STC*A2:20**WQ~"))))
    assert claim.acknowledged_date == JANUARY_17


def test_a_batch_without_its_reference_costs_only_the_way_to_its_upload() -> None:
    records = read_statuses(claim_acknowledgement(batch=""))
    assert codes_of(records) == ["batch_reference"]
    assert only(ClaimAcknowledgementRecord, records).control_number == "CLAIM1"


def test_files_of_other_kinds_are_refused() -> None:
    for read in (read_syntax, read_statuses):
        with pytest.raises(UnreadableFile, match="holds no"):
            read(remittance())


@needs_samples
def test_the_public_samples_are_read() -> None:
    def sample(name: str) -> bytes:
        return (SAMPLES / "x12" / name).read_bytes()

    taken, group = of(SubmissionAcknowledgementRecord, read_syntax(sample("imsweb_x12_999_accepted.999")))
    assert (taken.sender, taken.group_number, taken.set_number, taken.code) == ("SNDR12345", "17456", "0001", "A")
    assert (group.accepted, group.rejected) == (1, 0)
    for name, number, told in (
        ("accepted", "5781", [StatusRecord("A2", "20")]),
        ("rejected", "3920394930203", [StatusRecord("A7", "562", "85")]),
    ):
        records = read_statuses(sample(f"imsweb_x12_277CA_{name}.277"))
        claim = only(ClaimAcknowledgementRecord, records)
        assert (claim.control_number, claim.statuses, claim.source) == (number, told, "NYSDOH")
        assert only(SubmissionAcknowledgementRecord, records).accepted == 1
        assert not of(Problem, records)


def test_every_set_of_a_group_has_its_own_answer() -> None:
    sets = ACCEPTED + REJECTED.replace("*0001*", "*0002*")
    told = of(SubmissionAcknowledgementRecord, read_syntax(acknowledgement(sets, "AK9*P*2*2*1~")))
    assert [(record.set_number, record.code, len(record.errors)) for record in told] == [
        ("0001", "A", 0), ("0002", "R", 6), ("", "P", 0),
    ]  # fmt: skip
