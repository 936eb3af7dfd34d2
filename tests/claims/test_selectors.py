"""Claims by filter, and payers in figures."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest
from django.test.utils import CaptureQueriesContext
from intake.writing import claim, decision, denied, line, money, paid, remittance, the_claim, write

from upstream.accounts.models import Organization
from upstream.claims.models import Payer
from upstream.claims.selectors import ClaimFilter, PayerSummary, claims, data_through, payer_summaries
from upstream.core import clock

LAST = date(2026, 3, 31)


@pytest.fixture
def some_claims(organization: Organization) -> Organization:
    write(
        organization,
        [
            paid("A 1", location="North"),
            denied("A2", lines=[line(code="J1100")], payer_name="Birch Mutual", decided_date=date(2026, 3, 25)),
            claim("A3", submitted_date=date(2026, 3, 9)),
        ],
    )
    return organization


def found(organization: Organization, **wanted: object) -> list[str]:
    return sorted(row.control_number for row in claims(organization, ClaimFilter(**wanted)))


def test_without_a_filter_all_of_the_organizations_claims_are_found(
    some_claims: Organization, other_organization: Organization
) -> None:
    assert found(some_claims) == ["A 1", "A2", "A3"]
    assert sorted(row.control_number for row in claims(some_claims.pk)) == ["A 1", "A2", "A3"]
    assert found(other_organization) == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"outcome": ("PAID", "DENIED")}, ["A 1", "A2"]),
        ({"outcome": ()}, ["A 1", "A2", "A3"]),
        ({"denial_category": "authorization"}, ["A2"]),
        ({"denial_code": "197"}, ["A2"]),
        ({"procedure_code": "99213"}, ["A 1", "A3"]),
        ({"location": "North"}, ["A 1"]),
        ({"submitted_from": date(2026, 3, 9)}, ["A3"]),
        ({"submitted_to": date(2026, 3, 2)}, ["A 1", "A2"]),
        ({"decided_from": date(2026, 3, 20), "decided_to": date(2026, 3, 24)}, ["A 1"]),
        ({"control_number": " a  1"}, ["A 1"]),
        ({"control_number": "A"}, []),
        ({"ids": ()}, []),
        ({"outcome": ("PENDING",), "denial_code": "197"}, []),
    ],
)
def test_a_filter_finds_what_has_all_it_asks_for(
    some_claims: Organization, wanted: dict[str, object], expected: list[str]
) -> None:
    assert found(some_claims, **wanted) == expected


def test_claims_are_found_by_what_they_belong_to(some_claims: Organization) -> None:
    one = the_claim(some_claims, "A2")
    for name in ("payer_id", "service_group_id"):
        assert found(some_claims, **{name: getattr(one, name)}) == ["A2"]
    assert found(some_claims, upload_id=one.upload_id) == ["A 1", "A2", "A3"]
    assert found(some_claims, ids=(one.pk,)) == ["A2"]


def test_data_reach_to_the_last_day_that_is_not_in_the_future(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert data_through(organization) is None
    write(organization, [paid("C1"), claim("C2", submitted_date=date(2026, 4, 2))])
    assert data_through(organization) == date(2026, 4, 2)
    monkeypatch.setattr(clock, "today", lambda: date(2026, 3, 31))
    assert data_through(organization.pk) == date(2026, 3, 20)


def summary(organization: Organization, through: date | None = LAST) -> PayerSummary:
    (payer,) = Payer.objects.for_organization(organization)
    return payer_summaries(organization, [payer.pk], through)[payer.pk]


def test_a_summary_counts_each_thing_by_its_own_day(organization: Organization) -> None:
    old = LAST - timedelta(days=90)
    write(
        organization,
        [
            # Submitted before the 90 days, decided within them.
            paid("C1", submitted_date=old, decided_date=LAST, paid_date=LAST, service_date=None),
            denied("C2", submitted_date=old + timedelta(days=1), decided_date=date(2026, 3, 10), service_date=None),
            paid("C3", paid_amount=money(20)),
            paid("C4", outcome="partial", paid_amount=money(30)),
            claim("C5"),
            claim("C6", submitted_date=date(2025, 6, 1), service_date=None),
            # All of it long ago.
            denied("C7", submitted_date=date(2025, 5, 1), decided_date=date(2025, 6, 1), service_date=None),
        ],
    )
    found = summary(organization)
    assert (found.claims, found.billed_amount) == (4, money(400))
    assert (found.decided, found.denied, found.denial_rate) == (4, 1, 0.25)
    assert (found.pending, found.paid_amount) == (2, money(130))
    assert found.median_days_to_payment == 18


def test_weeks_begin_on_mondays_and_end_with_the_data(organization: Organization) -> None:
    write(organization, [paid("C1"), denied("C2"), denied("C3", decided_date=date(2026, 3, 31))])
    weeks = summary(organization).weekly
    assert (len(weeks), weeks[-1].week, weeks[0].week) == (13, date(2026, 3, 30), date(2026, 1, 5))
    told = {week.week: (week.decided, week.denied, week.denial_rate) for week in weeks if week.decided}
    assert told == {date(2026, 3, 16): (2, 1, 0.5), date(2026, 3, 30): (1, 1, 1.0)}
    assert weeks[-2].denial_rate is None


@pytest.mark.parametrize(
    ("waits", "median"), [([5], 5), ([5, 7], 6), ([5, 7, 28], 7), ([5, 5, 5, 40], 5), ([1, 2, 3, 10], 2.5)]
)
def test_the_median_days_to_payment_are_counted_from_submission(
    organization: Organization, waits: list[int], median: float
) -> None:
    day = date(2026, 3, 2)
    records = [
        paid(f"C{n}", submitted_date=day, decided_date=day + timedelta(days=wait), paid_date=day + timedelta(days=wait))
        for n, wait in enumerate(waits)
    ]
    write(organization, records)
    assert summary(organization).median_days_to_payment == median


def test_claims_known_from_their_decision_alone_tell_no_waiting_time(organization: Organization) -> None:
    write(organization, remittance(decision()))
    found = summary(organization)
    assert (found.decided, found.paid_amount, found.median_days_to_payment) == (1, money(80), None)


def test_every_payer_asked_for_has_a_summary(organization: Organization, other_organization: Organization) -> None:
    write(organization, [paid("C1")])
    write(other_organization, [paid("C1")])
    (mine,), (foreign,) = (Payer.objects.for_organization(home) for home in (organization, other_organization))
    found = payer_summaries(organization, [mine.pk, foreign.pk], LAST)
    assert (found[mine.pk].claims, found[foreign.pk].claims, found[foreign.pk].denial_rate) == (1, 0, None)
    assert payer_summaries(organization, [mine.pk], None)[mine.pk] == PayerSummary()
    assert payer_summaries(organization, [], LAST) == {}


def test_summaries_take_three_queries_however_many_payers(
    organization: Organization, count_queries: Callable[[], AbstractContextManager[CaptureQueriesContext]]
) -> None:
    write(organization, [paid(f"C{n}", payer_name=f"Payer {n}") for n in range(30)])
    ids = list(Payer.objects.for_organization(organization).values_list("pk", flat=True))
    with count_queries() as queries:
        found = payer_summaries(organization, ids, LAST)
    assert len(queries) == 3
    assert {each.claims for each in found.values()} == {1}
