"""Figures by what the roll-up does not know, beside the claims themselves."""

from collections.abc import Callable, Iterable
from datetime import date
from itertools import product
from typing import Any

import pytest
from claims.test_metrics import ASK, FIRST, LAST, MARCH, TOLD, many, recomputed, rows
from intake.writing import claim, denied, line, money, paid, write

from upstream.accounts.models import Organization
from upstream.claims.metrics.estimates import Wait, wait
from upstream.claims.metrics.measures import DEFINITIONS, Event
from upstream.claims.metrics.question import Dimension, Question
from upstream.claims.metrics.reading import figures
from upstream.claims.models import Claim, ClaimLine, Outcome
from upstream.core.actor import Actor

FROM_CLAIMS = frozenset(each for each in TOLD if DEFINITIONS[each].event != Event.TAKEBACK)
OF_CLAIM: dict[Dimension, Callable[[Claim], Any]] = {
    Dimension.PAYER: lambda each: each.payer_id,
    Dimension.SERVICE_GROUP: lambda each: each.service_group_id,
    Dimension.LOCATION: lambda each: each.location,
    Dimension.PROCEDURE: lambda each: each.procedure_code,
    Dimension.PROVIDER: lambda each: each.provider_npi,
    Dimension.PLAN: lambda each: each.plan,
    Dimension.CARC: lambda each: each.denial_code if each.outcome == Outcome.DENIED else "",
}


@pytest.fixture
def ask(graphql: Any, analyst: Actor) -> Callable[..., dict[str, Any]]:
    """Asks as an analyst for groups by one dimension, and for the values named of each."""

    def asked(values: str, by: str, part: str, **variables: Any) -> dict[str, Any]:
        query = ASK.replace("VALUES", values).replace("period", f"period {part} {{ id label }}")
        return graphql(analyst)(query, {"by": [by], "filter": MARCH, **variables})

    return asked


def grouped(claims: Iterable[Claim], by: tuple[Dimension, ...]) -> dict[Any, list[Claim]]:
    groups: dict[Any, list[Claim]] = {}
    for each in claims:
        groups.setdefault(tuple(OF_CLAIM[dimension](each) or None for dimension in by), []).append(each)
    return groups


@pytest.mark.django_db
@pytest.mark.parametrize(
    "by",
    [
        (Dimension.SERVICE_GROUP, Dimension.LOCATION),
        (Dimension.PROCEDURE,),
        (Dimension.PROVIDER, Dimension.PAYER),
        (Dimension.PLAN,),
    ],
)
def test_every_measure_is_what_the_claims_come_to(organization: Organization, by: tuple[Dimension, ...]) -> None:
    write(organization, many(4))
    found = figures(organization.pk, Question(FROM_CLAIMS, FIRST, LAST, by))
    groups = grouped(Claim.objects.for_organization(organization), by)
    assert {tuple(getattr(key, each.value) for each in by) for key in found} == set(groups)
    for (key, of), measure in product(found.items(), FROM_CLAIMS):
        expected = recomputed(groups[tuple(getattr(key, each.value) for each in by)], measure)
        value = DEFINITIONS[measure].value(of)
        same = value == pytest.approx(expected) if isinstance(expected, float) else value == expected
        assert same, (key, measure, value, expected)


@pytest.mark.django_db
def test_chosen_claims_come_to_the_same_from_the_claims_and_from_the_roll_up(organization: Organization) -> None:
    write(organization, many(5))
    whole = figures(organization.pk, Question(FROM_CLAIMS, FIRST, LAST, (Dimension.LOCATION,)))
    everything = {Dimension.PROCEDURE: frozenset({"99213", "J1100"})}
    chosen = figures(organization.pk, Question(FROM_CLAIMS, FIRST, LAST, (Dimension.LOCATION,), only=everything))
    assert len(whole) == 3 and set(chosen) == set(whole)
    for key, measure in product(whole, FROM_CLAIMS):
        value = DEFINITIONS[measure].value
        assert value(chosen[key]) == value(whole[key]), measure


@pytest.mark.django_db
def test_a_claim_counts_in_each_modifier_of_its_first_line(organization: Organization, ask: Any) -> None:
    write(
        organization,
        [
            paid("P1", lines=[line(modifiers=("25", "59")), line(2, "J1100", modifiers=("LT",))]),
            denied("D1", lines=[line(modifiers=("25",))]),
            claim("W1"),
        ],
    )
    assert set(ClaimLine.objects.for_organization(organization).values_list("number", flat=True)) == {1, 2}
    assert rows(ask("claims denied", "MODIFIER", "modifier"), "modifier") == [
        ("25", {"claims": 2, "denied": 1}),
        ("59", {"claims": 1, "denied": 0}),
        (None, {"claims": 1, "denied": 0}),
    ]


@pytest.mark.django_db
def test_denials_have_a_code_and_a_share_of_all_denials(organization: Organization, ask: Any) -> None:
    records = [denied(f"D{number}", denial_code="197") for number in range(3)]
    write(organization, [*records, denied("E1", denial_code="27", billed_amount=money(50)), paid("P1")])
    values = "denied deniedAmount deniedShare"
    eligibility = {"denied": 1, "deniedAmount": "50.00", "deniedShare": 0.25}
    assert rows(ask(values, "CARC", "carc"), "carc") == [
        ("197 No prior authorization", {"denied": 3, "deniedAmount": "300.00", "deniedShare": 0.75}),
        ("27 Service after coverage ended", eligibility),
    ]
    one = ask(values, "CARC", "carc", filter=MARCH | {"carcs": ["27"]})
    assert rows(one, "carc") == [("27 Service after coverage ended", eligibility)]
    category = ask(values, "DENIAL_CATEGORY", "carc", filter=MARCH | {"denialCategories": ["eligibility"]})
    assert rows(category, "denialCategory") == [("Eligibility", eligibility)]
    assert rows(ask("denied deniedShare", "PAYER", "carc"), "payer") == [
        ("Aster Health", {"denied": 4, "deniedShare": None})
    ]
    # Chosen by a reason, but not told apart by it.
    assert rows(ask(values, "PAYER", "carc", filter=MARCH | {"carcs": ["27"]}), "payer") == [
        ("Aster Health", eligibility)
    ]


@pytest.mark.django_db
def test_open_claims_are_told_by_age_and_waits_by_who_still_waits(organization: Organization, ask: Any) -> None:
    submitted = [date(2026, 1, 20), date(2026, 2, 20), date(2026, 3, 2), date(2026, 3, 10)]
    waiting = [claim(f"W{number}", submitted_date=day) for number, day in enumerate(submitted)]
    write(organization, [*waiting, paid("P1"), denied("D1"), paid("P2", decided_date=date(2026, 4, 2))])
    # As known now: P2 was still open at the end of March.
    values = "openClaims openClaimsOver30Days openClaimsOver60Days openClaimsOver90Days openBilledAmount"
    assert rows(ask(values, "PAYER", "carc"), "payer") == [
        (
            "Aster Health",
            {
                "openClaims": 5, "openClaimsOver30Days": 2, "openClaimsOver60Days": 1, "openClaimsOver90Days": 0,
                "openBilledAmount": "500.00",
            },
        )
    ]  # fmt: skip
    parts = "{ claims ended median low high p90 }"
    ((_, told),) = rows(ask(f"waitForDecision {parts} waitForPayment {parts}", "PAYER", "carc"), "payer")
    assert told == {
        "waitForDecision": {"claims": 5, "ended": 3, "median": 31, "low": 18, "high": None, "p90": None},
        "waitForPayment": {"claims": 5, "ended": 2, "median": None, "low": 18, "high": None, "p90": None},
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "by", "variables", "message"),
    [
        ("takebacks", "PROVIDER", {}, "TAKEBACKS cannot be told by PROVIDER"),
        ("claims", "CARC", {}, "CLAIMS cannot be told by denial category or CARC"),
        ("openClaims", "PAYER", {"grain": "MONTH"}, "leave out `timeGrain`"),
    ],
)
def test_what_cannot_be_told_is_refused(
    organization: Organization, ask: Any, values: str, by: str, variables: dict[str, Any], message: str
) -> None:
    (error,) = ask(values, by, "carc", **variables)["errors"]
    assert message in error["message"]


def test_a_wait_of_nobody_is_none_and_ends_are_never_estimated_past_what_was_seen() -> None:
    assert wait({}, {}) is None
    assert wait({}, {5: 2}) == Wait(2, 0, None, None, None, None)
    assert wait({3: 4}, {}) == Wait(4, 4, 3, 3, 3, 3)
