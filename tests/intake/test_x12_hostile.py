"""Files made to do harm are refused early, or read in bounded memory and time."""

import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator

import pytest
from intake.acknowledging import REJECTED, claim_status
from intake.authorizing import PAYER, REQUEST, SERVICE
from intake.readers import (
    CLAIM,
    CLAIMS_HEAD,
    DECISION,
    ISA,
    REMITTANCE_HEAD,
    TODAY,
    claims,
    codes_of,
    of,
    only,
    read_claims,
    read_remittance,
    remittance,
)

from upstream.intake.records import MAX_RAW_LENGTH, ClaimRecord, DecisionRecord, Problem, RemittanceEnd
from upstream.intake.x12.acknowledgement import read_277ca, read_999
from upstream.intake.x12.authorization import read_278
from upstream.intake.x12.remittance import MAX_PROVIDER_ADJUSTMENTS, read_835
from upstream.intake.x12.submission import read_837
from upstream.intake.x12.transactions import MAX_CLAIM_SEGMENTS

Reader = Callable[..., Iterator[object]]

FUNCTIONAL_GROUP = "GS*FA*PAYER*S*20250117*1200*7*X*005010X231A1~"


def chunks_of(head: str, body: str, megabytes: float) -> Iterator[bytes]:
    yield f"{ISA}{head}".encode()
    for _ in range(int(megabytes * 1_000_000) // len(body)):
        yield body.encode()


def peak_memory(reader: Reader, chunks: Iterable[bytes]) -> tuple[int, int]:
    """Records read, and the megabytes the reading held at most."""
    tracemalloc.start()
    try:
        count = sum(1 for _ in reader(chunks, today=TODAY))
        return count, tracemalloc.get_traced_memory()[1] // 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("reader", "head", "body"),
    [
        (read_835, REMITTANCE_HEAD, DECISION),
        (read_837, f"ST*837*1*005010X222A1~{CLAIMS_HEAD}", CLAIM),
        (read_999, f"{FUNCTIONAL_GROUP}ST*999*1*005010X231A1~AK1*HC*1~", REJECTED),
        (read_277ca, "ST*277*1*005010X214~BHT*0085*08*7*20250117~HL*1**20*1~", claim_status()),
        (read_278, f"ST*278*1*005010X217~BHT*0007*11*1*20250110~{PAYER}", REQUEST),
    ],
)
def test_memory_does_not_grow_with_the_file(reader: Reader, head: str, body: str) -> None:
    many = "".join(body.replace("CLAIM1", f"C{number}").replace("*100", f"*{number}") for number in range(500))
    small = peak_memory(reader, chunks_of(head, many, 0.6))
    large = peak_memory(reader, chunks_of(head, many, 2.6))
    assert large[0] > 4 * small[0]
    assert large[1] <= small[1] + 2


@pytest.mark.parametrize(
    ("reader", "head", "body"),
    [
        (read_835, REMITTANCE_HEAD + DECISION, "CAS*CO" + "*45*1*1" * 2_000 + "~"),
        (read_835, REMITTANCE_HEAD + DECISION, "MOA***N1*N2*N3*N4*N5~"),
        (read_835, REMITTANCE_HEAD + DECISION, "SVC*HC:99213" + ":25" * 4_000 + "*1*1~"),
        (read_835, REMITTANCE_HEAD, "PLB*1*20251231" + "*L6:A*1" * 2_000 + "~"),
        (read_835, REMITTANCE_HEAD, "N1*PR*" + "P" * 15_000 + "~"),
        (read_835, REMITTANCE_HEAD, DECISION.replace("*100*", "*x*")),
        (read_835, REMITTANCE_HEAD, "ST*835*1~"),
        (read_835, REMITTANCE_HEAD, ISA + "ISA"),
        (read_835, REMITTANCE_HEAD, "*" * 15_000 + "~"),
        (read_837, f"ST*837*1*005010X222A1~{CLAIMS_HEAD}{CLAIM}", "HI*ABK:E119" + "*ABF:I10" * 1_500 + "~"),
        (read_837, f"ST*837*1*005010X222A1~{CLAIMS_HEAD}{CLAIM}", "LX*1~SV1*HC:99213*1*UN*1~"),
        (read_837, f"ST*837*1*005010X222A1~{CLAIMS_HEAD}", "HL*1**22*1~NM1*IL*1*" + "D" * 10_000 + "~" + CLAIM),
        (read_999, f"{FUNCTIONAL_GROUP}ST*999*1*005010X231A1~AK1*HC*1~AK2*837*1~", "IK3*SV1*19*2400*8~IK4*1*2*7~"),
        (read_277ca, f"ST*277*1*005010X214~BHT*0085*08*7*20250117~{claim_status()}", "STC*A7:21*20250118*U~"),
        (read_278, f"ST*278*1*005010X217~BHT*0007*11*1*20250110~{PAYER}{REQUEST}", SERVICE),
    ],
)
def test_floods_of_any_segment_take_seconds_and_little_memory(reader: Reader, head: str, body: str) -> None:
    started = time.process_time()
    _, megabytes = peak_memory(reader, chunks_of(head, body, 0.4))
    assert megabytes < 40
    # Tracing memory makes everything several times slower.
    assert time.process_time() - started < 40


def test_a_claim_without_end_is_one_problem_of_bounded_size() -> None:
    endless = DECISION + "SVC*HC:99213*1*1~" * (MAX_CLAIM_SEGMENTS + 5)
    records = read_remittance(remittance(endless + DECISION.replace("CLAIM1", "CLAIM2")))
    problem = only(Problem, records)
    assert (problem.code, len(problem.raw)) == ("claim_too_long", MAX_RAW_LENGTH)
    assert only(DecisionRecord, records).control_number == "CLAIM2"
    bad_claim = CLAIM + "LX*1~SV1*HC:99213*1*UN*1~" * MAX_CLAIM_SEGMENTS
    records = read_claims(claims(bad_claim + CLAIM.replace("CLAIM1", "CLAIM2")))
    assert only(Problem, records).code == "claim_too_long"
    assert only(ClaimRecord, records).control_number == "CLAIM2"


def test_a_price_asked_for_without_end_takes_little_memory() -> None:
    asked = CLAIM[: CLAIM.index("REF*G1")].replace("*Y*A*Y*Y~", "*Y*A*Y*Y**********PB~")
    head = f"ST*837*1*005010X224A2~{CLAIMS_HEAD}{asked}"
    assert peak_memory(read_837, chunks_of(head, "LX*1~SV3*AD:D0120*1~", 2))[1] < 10


def test_more_adjustments_than_a_segment_may_hold_are_told() -> None:
    records = read_remittance(remittance(DECISION + "CAS*CO" + "*45*1*1" * 7 + "~"))
    assert len(only(DecisionRecord, records).lines[0].adjustments) == 2 + 6
    assert "too_many_adjustments" in codes_of(records)


def test_more_provider_adjustments_than_are_believed_leave_the_remittance_unbalanced() -> None:
    plb = "PLB*1*20251231*L6:A*0*L6:B*0~" * (MAX_PROVIDER_ADJUSTMENTS // 2 + 1)
    records = read_remittance(remittance(DECISION + plb))
    end = only(RemittanceEnd, records)
    assert (len(end.provider_adjustments), end.balanced) == (MAX_PROVIDER_ADJUSTMENTS, False)
    assert "too_many_provider_adjustments" in codes_of(records)


def test_five_thousand_joined_files_take_seconds() -> None:
    started = time.process_time()
    records = read_remittance(remittance() * 5_000)
    assert len(of(DecisionRecord, records)) == 5_000
    assert time.process_time() - started < 20


def test_a_claim_that_tells_too_many_codes_keeps_the_first_and_says_so() -> None:
    records = read_claims(claims(CLAIM + "HI" + "".join(f"*ABF:Z{number}" for number in range(100, 130)) + "~"))
    assert len(only(ClaimRecord, records).diagnosis_codes) == 25
    assert codes_of(records) == ["too_many_codes"]
