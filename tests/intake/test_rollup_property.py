"""Whatever files come in whatever order: the roll-up equals the claims counted again, and again changes nothing."""

from datetime import date, timedelta

import pytest
from claims.facts_oracle import expected, told_by
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake.writing import decision, line, money, person, picture, reason, remittance, write

from upstream.accounts import services as accounts
from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.claims.models import Claim, ClaimDecision, RollupSlice
from upstream.core.ids import uuid7
from upstream.intake.records import ClaimRecord, DecisionRecord
from upstream.intake.writer.writer import Record

#: Hypothesis makes a failing example small for up to five minutes.
pytestmark = [pytest.mark.timeout(900), pytest.mark.once]

DAYS = [date(2026, 3, 2) + timedelta(days=7 * n) for n in range(4)]
amounts = st.sampled_from([money(0), money("10.10"), money("33.33"), money(80), money("99999.99")])
control_numbers = st.sampled_from(["C1", "C2", "C3", ""])
people = st.sampled_from([None, person(), person("Moss, Teal", "M2")])
CODES = ["99214", "99213", "J1100", "0001U"]
codes = st.sampled_from(CODES)


@st.composite
def statements(draw: st.DrawFn, kind: str) -> ClaimRecord:
    """A claim of a CSV, of a CSV whose rows are lines, or of an 837; a line number always means the same work."""
    outcome = None if kind == "837" else draw(st.sampled_from(["pending", "paid", "denied", "partial"]))
    decided = draw(st.sampled_from(DAYS)) if outcome not in (None, "pending") else None
    numbers = [1] if kind == "csv" else draw(st.lists(st.integers(1, 3), min_size=1, max_size=3, unique=True))
    paid = draw(amounts) if outcome in ("paid", "partial") else None
    # Amounts of a claim whose rows are its lines are sums over them, as the reader gives them.
    lines = [
        line(n, CODES[n], draw(amounts), paid_amount=paid, denial_code="197" if outcome == "denied" else "")
        for n in sorted(numbers)
    ]
    return ClaimRecord(
        position=2, control_number=draw(control_numbers), payer_name=draw(st.sampled_from(["Aster", "ASTER", "Birch"])),
        submitted_date=draw(st.sampled_from(DAYS)), service_date=draw(st.sampled_from([None, DAYS[0]])),
        decided_date=decided, paid_date=decided if paid else None, outcome=outcome,
        billed_amount=sum((each.billed_amount for each in lines), money(0)),
        paid_amount=None if paid is None else paid * len(lines),
        allowed_amount=None if kind == "lines" else draw(st.none() | amounts),
        denial_code="197" if outcome == "denied" else "", location=draw(st.sampled_from(["", "North", "South"])),
        provider_npi=draw(st.sampled_from(["", "1234567893"])),
        patient=draw(people), lines=lines, line_keyed=kind == "lines",
    )  # fmt: skip


@st.composite
def decisions(draw: st.DrawFn) -> DecisionRecord:
    status = draw(st.sampled_from(["1", "1", "2", "4", "22", "22", "23", "25"]))
    paid = draw(amounts)
    adjustments = [reason(draw(st.sampled_from(["CO-45", "CO-197", "PR-1", "OA-23"])), draw(amounts))]
    made = line(1, draw(codes), 100, paid_amount=paid, adjustments=adjustments)
    number = draw(control_numbers)
    return decision(
        number, -paid if status == "22" else paid, status=status, billed=draw(amounts),
        lines=draw(st.sampled_from([[], [made]])), received_date=draw(st.sampled_from([None, DAYS[0]])),
        payer_claim_number=draw(st.sampled_from(["", "ICN1"])),
        patient=draw(st.sampled_from([None, person(member_number=f"M{number}")])),
    )  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> list[Record]:
    kind = draw(st.sampled_from(["csv", "lines", "837", "835"]))
    if kind != "835":
        return list(draw(st.lists(statements(kind), min_size=1, max_size=6)))
    made = draw(st.lists(decisions(), min_size=1, max_size=4))
    adjustments = draw(st.lists(st.tuples(st.sampled_from(["WO", "WO", "72", "FB", "L6"]), amounts), max_size=3))
    off = [(code, amount * draw(st.sampled_from([1, -1]))) for code, amount in adjustments]
    return remittance(*made, trace=draw(st.sampled_from(["T1", "T2"])), on=draw(st.sampled_from(DAYS)), adjustments=off)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    uploads=st.lists(st.tuples(files(), st.booleans()), min_size=1, max_size=5),
    batch_records=st.sampled_from([1, 2, 5_000]),
)
def test_the_rollup_equals_a_recomputation_after_any_files(
    uploads: list[tuple[list[Record], bool]], batch_records: int
) -> None:
    organization = accounts.create_organization(name="Made", slug=uuid7().hex)
    for records, folded in uploads:
        write(organization, records, folded=folded, batch_records=batch_records)  # compares after each
    rollup.fold(organization.pk)
    assert rollup.recompute(organization.pk) == []
    facts = rollup.load_facts(organization.pk, DAYS[-1])
    assert facts is None or not facts.cut
    assert told_by(facts) == expected(organization, DAYS[0], DAYS[-1])
    pending = RollupSlice.objects.for_organization(organization).filter(service_group__isnull=False)
    claims = Claim.objects.for_organization(organization)
    assert sum(row.pending for row in pending) == claims.filter(outcome="PENDING").count()
    _check_settled(organization)

    before = picture(organization)
    again = write(organization, uploads[-1][0], batch_records=batch_records)
    assert (again.claims_created, picture(organization)) == (0, before)
    assert told_by(rollup.load_facts(organization.pk, DAYS[-1])) == told_by(facts)


def _check_settled(organization: Organization) -> None:
    """A claim shows a decision that it has, and pending claims show none."""
    for claim in Claim.objects.for_organization(organization):
        if claim.outcome == "PENDING":
            assert (claim.decided_date, claim.paid_date) == (None, None)
        decided = ClaimDecision.objects.for_organization(organization).filter(claim=claim, outcome=claim.outcome)
        if claim.fingerprint == "" and claim.outcome != "PENDING":
            assert decided.filter(decided_date=claim.decided_date, paid_amount=claim.paid_amount).exists()


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(decisions(), min_size=2, max_size=4), order=st.permutations(range(4)))
def test_remittances_come_to_the_same_in_any_order(made: list[DecisionRecord], order: list[int]) -> None:
    """A remittance each, on days of their own."""
    made = [each for each in made if each.control_number]
    eras = [remittance(each, trace=f"T{n}", on=DAYS[n]) for n, each in enumerate(made)]
    one, other = (accounts.create_organization(name="Made", slug=uuid7().hex) for _ in range(2))
    for era in eras:
        write(one, era)
    for n in order:
        if n < len(eras):
            write(other, eras[n])
    shown, as_shown = picture(one), picture(other)
    assert shown == as_shown
