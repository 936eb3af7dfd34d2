"""The claims behind a signal of every kind and level, and the codes they were denied with."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from alerts.made_signals import CHANGED, THROUGH, payer, service_group, signal

from upstream.accounts.models import Organization
from upstream.claims.models import Claim, ClaimDecision, Outcome, ReasonKind, Remittance
from upstream.core.actor import Actor
from upstream.detection.models import Direction, Signal, SignalKind, StreamLevel
from upstream.detection.reasons import reasons_of
from upstream.detection.selectors import signal_claims

_numbers = count(1)
BEFORE, SINCE = CHANGED - timedelta(days=20), CHANGED + timedelta(days=3)


@pytest.fixture
def claim(organization: Organization) -> Callable[..., Claim]:
    """A claim of Northwind for imaging, submitted ten days before it was denied for coding, unless told otherwise."""

    def make(
        decided: date | None = SINCE, /, of: str = "Northwind Health Plan", group: str = "Imaging", **values: Any
    ) -> Claim:
        number = next(_numbers)
        return Claim.unscoped.create(
            **{
                "organization": organization,
                "claim_key": f"claim-{number}",
                "payer": payer(organization, of),
                "service_group": service_group(organization, group),
                "outcome": Outcome.DENIED if decided else Outcome.PENDING,
                "submitted_date": (decided or SINCE) - timedelta(days=10),
                "decided_date": decided,
                "denial_category": "coding" if decided else "",
                "denial_code": "11" if decided else "",
                **values,
            }
        )

    return make


def behind(made: Signal) -> set[Claim]:
    return set(signal_claims(made.organization_id, made))


def test_denied_claims_of_the_signals_own_cut(organization: Organization, claim: Callable[..., Claim]) -> None:
    plain, visit = claim(), claim(group="Visits")
    elsewhere = claim(location="Downtown")
    authorization = claim(denial_category="authorization", denial_code="197")
    claim(BEFORE), claim(of="Meridian Health Plan"), claim(None), claim(THROUGH + timedelta(days=1))
    claim(outcome=Outcome.PAID, denial_category="")
    assert behind(signal(organization)) == {plain, visit, elsewhere, authorization}
    assert behind(signal(organization, "Visits")) == {visit}
    at = {"level": StreamLevel.PAYER_LOCATION, "location": "Downtown"}
    assert behind(signal(organization, **at)) == {elsewhere}
    of = {"level": StreamLevel.PAYER_DENIAL_CATEGORY, "denial_category": "authorization"}
    assert behind(signal(organization, **of)) == {authorization}


def test_a_cohort_is_of_claims_submitted_since(organization: Organization, claim: Callable[..., Claim]) -> None:
    made = signal(organization, kind=SignalKind.DENIAL_COHORT)
    claim()
    later = claim(CHANGED + timedelta(days=10))
    assert behind(made) == {later}


def test_denied_dollars_are_of_claims_denied_in_part_too(
    organization: Organization, claim: Callable[..., Claim]
) -> None:
    whole = claim(billed_amount=90, denied_amount=90)
    part = claim(outcome=Outcome.PARTIAL, billed_amount=90, denied_amount=30, denial_category="")
    claim(outcome=Outcome.PARTIAL, billed_amount=90), claim(BEFORE, denied_amount=90)
    assert behind(signal(organization, kind=SignalKind.DENIAL_DOLLARS)) == {whole, part}


def test_takebacks_are_of_claims_whose_decision_was_taken_back_since(
    organization: Organization, claim: Callable[..., Claim]
) -> None:
    claims = [claim(outcome=Outcome.PAID) for _ in range(3)]
    claims.append(claim(of="Meridian Health Plan"))
    # Who pays a remittance may go by another name than the claim's payer.
    for number, (on, of, status) in enumerate(
        [(SINCE, "Northwind of Ohio", "22"), (BEFORE, "Northwind Health Plan", "22"),
         (SINCE, "Northwind Health Plan", "1"), (SINCE, "Northwind Health Plan", "22")]
    ):  # fmt: skip
        remittance = Remittance.unscoped.create(
            organization=organization, payer=payer(organization, of), trace_number=f"T{number}", payment_date=on
        )
        ClaimDecision.unscoped.create(
            organization=organization,
            claim=claims[number],
            remittance=remittance,
            sequence=1,
            status_code=status,
            outcome=Outcome.PENDING,
            decided_date=on,
            billed_amount=100,
            fingerprint=f"{number}",
        )
    assert behind(signal(organization, kind=SignalKind.TAKEBACK)) == {claims[0]}
    assert behind(signal(organization, "Visits", kind=SignalKind.TAKEBACK)) == set()


def shares(made: Signal) -> list[tuple[str, str, float, float, int]]:
    found = reasons_of(made.organization_id, made)
    return [(each.kind.value, each.code, round(each.before, 3), round(each.after, 3), each.claims) for each in found]


@pytest.fixture
def decided(claim: Callable[..., Claim]) -> None:
    """Ten claims decided before the change, one denied; eight since, three denied, two of them with remarks."""
    for _ in range(9):
        claim(BEFORE, outcome=Outcome.PAID, denial_category="", denial_code="", remark_codes="N130")
    claim(BEFORE, remark_codes="M51")
    for _ in range(5):
        claim(outcome=Outcome.PAID, denial_category="", denial_code="")
    claim(denial_category="authorization", denial_code="197", remark_codes="M62 N130")
    claim(denial_category="authorization", denial_code="197", remark_codes="M62")
    claim()
    # Neither counts: before the period, after it, not decided, another payer.
    (
        claim(CHANGED - timedelta(days=301)),
        claim(THROUGH + timedelta(days=1)),
        claim(None),
        claim(of="Meridian Health Plan"),
    )


@pytest.mark.parametrize("kind", [SignalKind.DENIAL_RATE, SignalKind.DENIAL_COHORT, SignalKind.DENIAL_DOLLARS])
def test_codes_by_the_shift_they_carry(organization: Organization, decided: None, kind: str) -> None:
    made = signal(organization, kind=kind)
    assert shares(made) == [
        ("CARC", "197", 0.0, 0.25, 2),
        ("RARC", "M62", 0.0, 0.25, 2),
        ("RARC", "N130", 0.0, 0.125, 1),
        ("CARC", "11", 0.1, 0.125, 1),
        ("RARC", "M51", 0.1, 0.0, 0),
    ]
    labels = {each.code: each.label for each in reasons_of(organization, made)}
    assert labels["197"] == "No prior authorization" and labels["M62"] == "Authorization code missing or faulty"


def test_codes_of_a_category_of_an_improvement_and_of_kinds_that_have_none(
    organization: Organization, decided: None
) -> None:
    category = {"level": StreamLevel.PAYER_DENIAL_CATEGORY, "denial_category": "authorization"}
    assert [share[1] for share in shares(signal(organization, **category))] == ["197", "M62", "N130"]
    better = shares(signal(organization, direction=Direction.BETTER))
    assert better[0] == ("RARC", "M51", 0.1, 0.0, 0)
    for kind in (SignalKind.PAYMENT_DELAY, SignalKind.TAKEBACK):
        assert shares(signal(organization, kind=kind)) == []
    assert shares(signal(organization, "Visits")) == []


def test_an_unknown_remark_is_named_by_its_code(organization: Organization, claim: Callable[..., Claim]) -> None:
    claim(remark_codes="N999")
    (_, remark) = reasons_of(organization, signal(organization))
    assert (remark.kind, remark.label) == (ReasonKind.RARC, "Remark N999")


def test_codes_take_two_queries_and_come_in_the_graph(
    organization: Organization, decided: None, graphql: Any, owner: Actor, count_queries: Any
) -> None:
    made = signal(organization)
    with count_queries() as queries:
        reasons_of(organization, made)
    assert len(queries) == 2
    answer = graphql(owner)(
        "query($id: ID!) { signal(id: $id) { reasons { kind code label before after claims } } }", {"id": made.pk}
    )
    assert answer["data"]["signal"]["reasons"][0] == {
        "kind": "CARC", "code": "197", "label": "No prior authorization", "before": 0.0, "after": 0.25, "claims": 2,
    }  # fmt: skip
