"""The facts that detection reads: what the claims come to, on an axis that ends with the data."""

import random
from datetime import date, timedelta

import pytest
from claims.facts_oracle import expected, told_by
from intake.writing import APRIL_10, MARCH_2, MARCH_20, claim, decision, denied, line, money, paid, remittance, write

from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.claims.daily_facts import DailyFacts, Slice
from upstream.claims.denial_reasons import CATEGORIES
from upstream.claims.models import Claim, RollupSlice
from upstream.core import clock

LATE = date(2026, 9, 30)
REASONS = ["197", "27", "16", "50"]


def facts_of(organization: Organization, through: date = LATE, after: date | None = None) -> DailyFacts:
    facts = rollup.load_facts(organization.pk, through, after=after)
    assert facts is not None
    return facts


def many(count: int, seed: int = 5) -> list[object]:
    """Claims of some payers, groups and locations over four months, with every kind of date and outcome."""
    dice, records = random.Random(seed), []
    for number in range(count):
        submitted = MARCH_2 + timedelta(days=dice.randrange(120))
        decided = submitted + timedelta(days=dice.choice([0, 3, 8, 8, 21, 40]))
        values = {
            "payer_name": dice.choice(["Aster", "Birch"]),
            "lines": [line(code=dice.choice(["99213", "J1100"]))],
            "location": dice.choice(["", "North", "South"]),
            "submitted_date": submitted,
            "service_date": None,
            "billed_amount": money(dice.choice(["10.10", "99999.99", "80", "33.33"])),
        }
        kind = dice.choice(["pending", "paid", "paid", "later", "undated", "denied"])
        if kind == "pending":
            records.append(claim(f"C{number}", **values))
        elif kind == "denied":
            records.append(denied(f"C{number}", decided_date=decided, denial_code=dice.choice(REASONS), **values))
        else:
            paid_on = {"paid": decided, "later": decided + timedelta(days=5), "undated": None}[kind]
            records.append(paid(f"C{number}", decided_date=decided, paid_date=paid_on, **values))
    return records


def test_the_facts_are_what_the_claims_come_to(organization: Organization) -> None:
    write(organization, many(400))
    write(organization, remittance(*(decision(f"R{n}", n) for n in range(40)), on=APRIL_10))
    write(
        organization, remittance(*(decision(f"R{n}", -n, status="22", lines=[]) for n in range(9)), trace="T2", on=LATE)
    )
    facts = facts_of(organization)
    assert facts.first_day == MARCH_2
    assert facts.date_of(facts.days - 1) == LATE
    assert told_by(facts) == expected(organization, MARCH_2, LATE)
    assert not facts.cut
    assert facts.categories == tuple(CATEGORIES)
    assert Slice(facts.slices[0].payer, None, "North") in facts.slices


def test_as_of_a_day_nothing_later_has_happened(organization: Organization) -> None:
    write(organization, many(200))
    facts = facts_of(organization, through=APRIL_10)
    assert facts.date_of(facts.days - 1) == APRIL_10
    assert told_by(facts) == expected(organization, MARCH_2, APRIL_10)
    whole = facts_of(organization)
    assert told_by(whole.through((APRIL_10 - whole.first_day).days)) == told_by(facts)


def test_only_later_days_are_read_when_asked(organization: Organization) -> None:
    write(organization, many(200))
    whole, later = facts_of(organization), facts_of(organization, after=APRIL_10)
    assert (later.first_day, later.days, later.slices, later.cut) == (
        whole.first_day, whole.days, whole.slices, whole.cut,
    )  # fmt: skip
    earlier = whole.through((APRIL_10 - whole.first_day).days)
    assert later.ends.whole().day.min() == earlier.days
    together = {name: earlier_counts + told_by(later)[name] for name, earlier_counts in told_by(earlier).items()}
    assert together == told_by(whole)
    nothing = facts_of(organization, after=LATE)
    assert told_by(nothing) == told_by(None)


def test_before_the_first_claim_there_are_none(organization: Organization) -> None:
    assert rollup.load_facts(organization.pk, LATE) is None
    write(organization, [claim("C1", submitted_date=MARCH_20)])
    assert rollup.load_facts(organization.pk, MARCH_2) is None


def test_the_axis_begins_on_a_monday_and_ends_with_the_data(organization: Organization) -> None:
    write(organization, [paid("C1", submitted_date=date(2026, 3, 4), service_date=None)])
    facts = facts_of(organization)
    assert (facts.first_day, facts.days, facts.cut) == (MARCH_2, 19, False)
    assert facts.submissions.day.tolist() == [2]


def test_days_mistyped_into_the_future_end_no_axis(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    write(organization, [paid("C1"), paid("C2", decided_date=date(2062, 3, 20), paid_date=date(2062, 3, 20))])
    monkeypatch.setattr(clock, "today", lambda: APRIL_10)
    facts = facts_of(organization, through=date(2099, 1, 1))
    assert facts.date_of(facts.days - 1) == MARCH_20
    assert (facts.submissions.claims.sum(), facts.ends.whole().claims.sum()) == (2, 1)


def test_what_lies_more_than_two_years_back_is_cut(organization: Organization) -> None:
    old = date(2023, 12, 28)
    early = {"submitted_date": old, "service_date": None}
    write(
        organization,
        [
            paid("C1", **early, decided_date=date(2024, 2, 1)),
            paid("C2", **early, decided_date=date(2024, 2, 1)),
            paid("C3"),
        ],
    )
    facts = facts_of(organization)
    assert (facts.first_day, facts.cut) == (date(2024, 1, 1), True)
    # Decided within the axis, but not among those that are seen waiting.
    assert (facts.decisions.whole().claims.sum(), facts.submissions.claims.sum(), facts.ends.whole().claims.sum()) == (
        3,
        1,
        1,
    )
    assert told_by(facts) == expected(organization, facts.first_day, LATE)


def test_claims_without_waiting_time_are_not_among_submissions(organization: Organization) -> None:
    write(
        organization,
        [
            paid("C1", submitted_date=MARCH_20, service_date=None),
            paid("C2", paid_date=MARCH_2, submitted_date=date(2026, 3, 10), service_date=None),
            denied("C3", decided_date=MARCH_2, submitted_date=MARCH_20, service_date=None),
        ],
    )
    write(organization, remittance(decision("C4")))
    facts = facts_of(organization)
    assert (len(facts.submissions.day), len(facts.ends.whole().day)) == (0, 0)
    assert facts.decisions.whole().claims.sum() == 4


def test_squares_of_large_amounts_are_exact(organization: Organization) -> None:
    large = {"billed_amount": money("9999999999.99")}
    write(organization, [denied(f"C{n}", **large) for n in range(3)] + [denied("C9", billed_amount=money("0.01"))])
    (row,) = facts_of(organization).decisions.whole().billed_squares
    assert row == float(3 * money("9999999999.99") ** 2 + money("0.01") ** 2)
    write(organization, [claim("C8", submitted_date=MARCH_20)])
    for number in range(3):
        record = denied(f"C{number}", decided_date=APRIL_10, denial_code="27", **large)
        write(organization, [record])
    facts = facts_of(organization)
    assert sorted(facts.decisions.whole().billed_squares) == [0.0001, float(3 * money("9999999999.99") ** 2)]


def test_slices_of_other_organizations_stay_theirs(
    organization: Organization, other_organization: Organization
) -> None:
    write(organization, [paid("C1")])
    write(other_organization, [paid("C1"), paid("C2", payer_name="Birch")])
    assert len(facts_of(organization).slices) == 1
    assert facts_of(organization).decisions.whole().claims.tolist() == [1]
    assert RollupSlice.objects.for_organization(other_organization).count() == 2
    assert Claim.objects.for_organization(other_organization).count() == 2
