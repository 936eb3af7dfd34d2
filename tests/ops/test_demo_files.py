"""The demo's files: the same bytes every time, read back without a complaint, every count and cent as in the world."""

import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
import pyx12.params
import pyx12.x12n_document

from upstream.intake.csv_reader import read_claims_csv
from upstream.intake.recognition import recognise
from upstream.intake.records import (
    ClaimRecord,
    DecisionRecord,
    Finding,
    Problem,
    RemittanceEnd,
    RemittanceRecord,
    SubmissionRecord,
)
from upstream.intake.x12.remittance import read_835
from upstream.intake.x12.submission import read_837
from upstream.ops.demo.catalogue import REASONS, THERAPY
from upstream.ops.demo.csv_file import claims_csv
from upstream.ops.demo.handover import handovers
from upstream.ops.demo.remittance_file import remittance_days, remittances_835
from upstream.ops.demo.simulate import simulate
from upstream.ops.demo.spec import DenialChange
from upstream.ops.demo.stories import FAMILY_CLINIC, MISTAKES, Story
from upstream.ops.demo.submission_file import submissions_837p
from upstream.ops.demo.world import DENIED, PAID, PARTIAL, PENDING, World

END = date(2026, 6, 26)
PAYERS = range(len(FAMILY_CLINIC.payers))
OUTCOMES = {PENDING: "pending", PAID: "paid", DENIED: "denied", PARTIAL: "partial"}


def small_world(seed: int = 3) -> World:
    clinic = FAMILY_CLINIC.with_changes(DenialChange("Quillback Health Plan", date(2026, 5, 1), 2.2, THERAPY.name))
    return simulate(clinic, claims=3_000, end=END, seed=seed)


@pytest.fixture(scope="module")
def world() -> World:
    return small_world()


def csv(world: World) -> bytes:
    return b"".join(claims_csv(world, range(len(world)), world.end))


def x837(world: World) -> bytes:
    return b"".join(submissions_837p(world, world.start, world.end))


def x835(world: World) -> bytes:
    return b"".join(remittances_835(world, PAYERS, world.start, world.end))


def dollars(cents: int) -> Decimal:
    return Decimal(int(cents)) / 100


def of_kind(records: Iterable[object], kind: type) -> list:
    return [record for record in records if isinstance(record, kind)]


@pytest.mark.parametrize("write", [csv, x837, x835])
def test_the_same_world_makes_the_same_bytes(write: Callable[[World], bytes], world: World) -> None:
    assert write(world) == write(small_world())
    assert write(world) != write(small_world(seed=4))


@pytest.mark.parametrize(("write", "kind"), [(csv, "claims_csv"), (x837, "x12_837p"), (x835, "x12_835")])
def test_intake_recognises_what_they_are(write: Callable[[World], bytes], kind: str, world: World) -> None:
    assert recognise(write(world)[:65_536]).kind == kind


def test_the_csv_is_read_back_as_it_was_meant(world: World) -> None:
    records = list(read_claims_csv([csv(world)], today=END))
    assert Counter(type(record).__name__ for record in records) == {"ClaimRecord": len(world)}
    outcome = world.outcome_on(364)
    lines = world.lines
    for claim, record in enumerate(records):
        rows = world.lines_of(claim)
        assert record.control_number == world.number(claim)
        assert record.outcome == OUTCOMES[outcome[claim]]
        assert record.submitted_date == world.date_of(world.submitted[claim])
        assert len(record.lines) == len(rows)
        assert record.billed_amount == sum(dollars(lines.billed[row]) for row in rows)
        if record.outcome != "pending":
            assert record.decided_date == world.date_of(world.decided[claim])
            assert record.paid_amount == sum(dollars(lines.paid[row]) for row in rows)
            assert (record.paid_date is None) == (record.outcome == "denied")
        if record.outcome == "denied":
            assert record.denial_code == list(REASONS)[lines.reason[rows[0]]]
        assert record.patient is not None
        assert record.patient.member_number == world.patients[world.patient[claim]].member


def test_a_csv_tells_nothing_of_the_days_after_it(world: World) -> None:
    as_of = END - timedelta(days=100)
    sent = world.sent(world.start, as_of)
    records = of_kind(read_claims_csv(claims_csv(world, sent.tolist(), as_of), today=END), ClaimRecord)
    assert len(records) == len(sent) < len(world)
    told = [day for r in records for day in (r.submitted_date, r.decided_date, r.paid_date) if day]
    assert max(told) <= as_of
    assert 0.04 < np.mean([record.outcome == "pending" for record in records]) < 0.12


def test_each_mistake_is_one_row_in_quarantine(world: World) -> None:
    records = list(read_claims_csv(claims_csv(world, range(50), world.end, MISTAKES), today=END))
    assert len(of_kind(records, ClaimRecord)) == 50
    fields = [problem.field for problem in of_kind(records, Problem)]
    assert fields == ["submitted_date", "payer", "billed_amount", "procedure_code", "outcome"]


def test_the_837_is_read_back_as_it_was_meant(world: World) -> None:
    records = list(read_837([x837(world)], today=END))
    sent = of_kind(records, SubmissionRecord)
    assert sum(each.claims for each in sent) == len(world) == len(records) - len(sent)
    told = {record.control_number: record for record in of_kind(read_claims_csv([csv(world)], today=END), ClaimRecord)}
    for claim in of_kind(records, ClaimRecord):
        twin = told[claim.control_number]
        for name in (
            "payer_name", "submitted_date", "service_date", "billed_amount", "provider_npi", "location", "plan",
            "diagnosis_codes", "authorization_number",
        ):  # fmt: skip
            assert getattr(claim, name) == getattr(twin, name), name
        assert [(line.procedure_code, line.modifiers, line.units, line.billed_amount) for line in claim.lines] == [
            (line.procedure_code, line.modifiers, line.units, line.billed_amount) for line in twin.lines
        ]
        assert claim.patient is not None
        assert twin.patient is not None
        assert (claim.patient.name, claim.patient.birth_date) == (twin.patient.name, twin.patient.birth_date)
        assert claim.patient.member_number == twin.patient.member_number
        assert claim.outcome is None


def test_the_835_balances_and_agrees_with_the_csv(world: World) -> None:
    records = list(read_835([x835(world)], today=END))
    assert not of_kind(records, Finding)
    assert not of_kind(records, Problem)
    ends = of_kind(records, RemittanceEnd)
    assert all(end.balanced for end in ends)
    assert len(ends) == sum(len(remittance_days(world, payer, world.start, END)) for payer in PAYERS)
    adjustments = Counter(a.reason_code for end in ends for a in end.provider_adjustments)
    assert set(adjustments) == {"WO", "L6"}

    told = {record.control_number: record for record in of_kind(read_claims_csv([csv(world)], today=END), ClaimRecord)}
    decided = {number for number, record in told.items() if record.outcome != "pending"}
    decisions = of_kind(records, DecisionRecord)
    assert {decision.control_number for decision in decisions} == decided
    assert len(decisions) == len(decided)
    for decision in decisions:
        twin = told[decision.control_number]
        assert (decision.status_code == "4") == (twin.outcome == "denied")
        assert decision.billed_amount == twin.billed_amount
        assert decision.paid_amount == twin.paid_amount
        assert decision.service_date == twin.service_date
        assert decision.received_date == twin.submitted_date
        assert [line.allowed_amount for line in decision.lines] == [line.allowed_amount for line in twin.lines]
        for line, of_twin in zip(decision.lines, twin.lines, strict=True):
            carcs = {adjustment.reason_code for adjustment in line.adjustments}
            assert (of_twin.denial_code in carcs) if of_twin.denial_code else carcs <= {"45", "1", "2", "3"}
            assert line.remark_codes == of_twin.remark_codes


def test_a_remittance_is_one_payers_and_one_days(world: World) -> None:
    records = read_835(remittances_835(world, [2], world.start, END), today=END)
    headers = of_kind(records, RemittanceRecord)
    assert {header.payer_name for header in headers} == {FAMILY_CLINIC.payers[2].name}
    assert {header.payer_identifier for header in headers} == {FAMILY_CLINIC.payers[2].identifier}
    assert [header.payment_date for header in headers] == remittance_days(world, 2, world.start, END)
    assert len({header.trace_number for header in headers}) == len(headers)
    assert {header.payment_method for header in headers} <= {"ACH", "NON"}


@pytest.mark.parametrize("write", [x837, x835])
def test_another_reader_finds_the_x12_valid(write: Callable[[World], bytes], tmp_path: Path) -> None:
    """pyx12 checks every segment against the implementation guides' maps."""
    small = simulate(FAMILY_CLINIC, claims=60, end=END, seed=8)
    file = tmp_path / "file.x12"
    file.write_bytes(write(small))
    acknowledgement = io.StringIO()
    assert pyx12.x12n_document.x12n_document(pyx12.params.params(), str(file), acknowledgement, None, None)


def unpacked(files: Iterator[list]) -> list[tuple[str, bytes]]:
    return [(file.name, b"".join(file.chunks())) for batch in files for file in batch]


def test_the_handed_in_files_together_tell_the_whole_world() -> None:
    """Four exports of what moved, then weeks of 837P and 835: each claim's last word is the world's on the last day."""
    story = Story("test", FAMILY_CLINIC, 3_000, 3, END, remittance_weeks=3)
    world = simulate(story.clinic, claims=story.claims, end=END, seed=story.seed)
    files = unpacked(handovers(story, world))
    assert len({name for name, _ in files}) == len(files)
    kinds = Counter(recognise(content[:65_536]).kind for _, content in files)
    assert kinds["claims_csv"] == 4
    assert kinds["x12_837p"] == 3
    assert kinds["x12_835"] >= 15
    known: dict[str, str] = {}
    problems = 0
    for _, content in files:
        kind = recognise(content[:65_536]).kind
        if kind == "claims_csv":
            for record in read_claims_csv([content], today=END):
                if isinstance(record, ClaimRecord):
                    assert record.outcome is not None
                    known[record.control_number] = record.outcome
                problems += isinstance(record, Problem)
        elif kind == "x12_837p":
            for claim in of_kind(read_837([content], today=END), ClaimRecord):
                assert claim.control_number not in known
                known[claim.control_number] = "pending"
        else:
            for decision in of_kind(read_835([content], today=END), DecisionRecord):
                assert known[decision.control_number] == "pending"
                denied = decision.status_code == "4"
                partly = not denied and any(line.paid_amount == 0 for line in decision.lines)
                known[decision.control_number] = "denied" if denied else "partial" if partly else "paid"
    assert problems == len(MISTAKES)
    outcome = world.outcome_on(364)
    assert known == {world.number(claim): OUTCOMES[outcome[claim]] for claim in range(len(world))}
