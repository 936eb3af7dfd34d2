"""Takebacks: reversals and recoupments, by the day of their payment, each counted once whatever files come again."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from intake.writing import APRIL_10, MARCH_20, claim, decision, line, money, paid, remittance, write

from upstream.accounts.models import Organization
from upstream.accounts.services import system_actor
from upstream.claims import rollup
from upstream.claims.models import Payer, RollupDay
from upstream.claims.services import add_payer_alias
from upstream.claims.takebacks import RECOUPMENTS, recouped, takebacks
from upstream.intake.records import DecisionRecord

MAY_4 = date(2026, 5, 4)


def reversal(amount: object, control_number: str = "C1") -> DecisionRecord:
    return decision(control_number, -money(amount), status="22", billed=-100, lines=[])


def taken(organization: Organization) -> dict[tuple[str, str, date], tuple[int, Decimal]]:
    """Takebacks and dollars by payer, kind of slice ("group", the location, or "" for the payer alone) and day."""
    rows = RollupDay.objects.for_organization(organization).exclude(takebacks=0, takeback_cents=0)
    return {
        (row.slice.payer.name, "group" if row.slice.service_group_id else row.slice.location, row.day): (
            row.takebacks,
            money(row.takeback_cents) / 100,
        )
        for row in rows.select_related("slice__payer")
    }


def test_what_is_given_back_is_taken_off() -> None:
    assert takebacks([]) == (0, Decimal("0.00"))
    assert takebacks([money(80), money(-30), money(0), money(20)]) == (1, money(70))


def test_only_recoveries_of_payments_are_recoupments() -> None:
    told = [["WO", "ICN1", "12.50"], ["FB", "", "40.00"], ["L6", "", "-2.00"], ["WU", "", "7.50"], ["CS", "", "3.00"]]
    assert recouped(told) == (2, money(20))
    assert set(RECOUPMENTS) == {"WO", "WU", "OB", "72"}


def test_money_the_practice_sent_back_itself_is_no_takeback() -> None:
    assert recouped([["WO", "ICN1", "50.00"], ["72", "ICN1", "-50.00"]]) == (0, money(0))


def test_a_reversal_counts_where_its_claim_does_on_the_day_of_its_payment(organization: Organization) -> None:
    write(organization, [claim("C1", location="North")])
    write(organization, remittance(decision("C1", 80)))
    write(organization, remittance(reversal(80), trace="T2", on=APRIL_10))
    assert taken(organization) == {
        ("Aster Health", "group", APRIL_10): (1, money(80)),
        ("Aster Health", "North", APRIL_10): (1, money(80)),
    }


def test_a_reversal_of_nothing_takes_nothing(organization: Organization) -> None:
    write(organization, remittance(decision("C1", 0, status="4"), reversal(0)))
    assert taken(organization) == {}


def test_a_reversal_moves_with_its_claim(organization: Organization) -> None:
    write(organization, remittance(decision("C1", 80), reversal(80)))
    write(organization, [claim("C1", payer_name="Birch Mutual", location="South", lines=[line(code="J1100")])])
    assert taken(organization) == {
        ("Birch Mutual", "group", MARCH_20): (1, money(80)),
        ("Birch Mutual", "South", MARCH_20): (1, money(80)),
    }


def test_a_recoupment_counts_at_the_payer(organization: Organization) -> None:
    era = remittance(decision("C1"), adjustments=[("WO", 30), ("L6", -2), ("WO", 12)], on=APRIL_10)
    write(organization, era)
    assert taken(organization) == {("Aster Health", "", APRIL_10): (2, money(42))}


def test_a_reversal_that_is_put_off_and_recouped_later_is_one_takeback(organization: Organization) -> None:
    write(organization, remittance(decision("C1", 80)))
    write(organization, remittance(reversal(80), trace="T2", on=APRIL_10, adjustments=[("WO", -80)]))
    write(organization, remittance(decision("C2", 90), trace="T3", on=MAY_4, adjustments=[("WO", 80)]))
    found = taken(organization)
    assert found == {
        ("Aster Health", "group", APRIL_10): (1, money(80)),
        ("Aster Health", "", APRIL_10): (-1, money(-80)),
        ("Aster Health", "", MAY_4): (1, money(80)),
    }
    assert Counter(count for count, _ in found.values()).total() == 3
    assert sum(amount for _, amount in found.values()) == 80


def test_the_same_remittance_again_takes_nothing_twice(organization: Organization) -> None:
    era = remittance(decision("C1", 80), reversal(80), decision("C1", 55), adjustments=[("WO", 25)])
    write(organization, era)
    before = taken(organization)
    write(organization, era)
    write(organization, [paid("C1", location="North"), claim("C2")])
    write(organization, era, batch_records=1)
    after = taken(organization)
    assert after == before | {("Aster Health", "North", MARCH_20): (1, money(80))}


def test_a_corrected_remittance_counts_with_what_it_says_last(organization: Organization) -> None:
    write(organization, remittance(decision("C1"), adjustments=[("WO", 30)]))
    write(organization, remittance(decision("C1"), adjustments=[("WO", 10)]))
    assert taken(organization) == {("Aster Health", "", MARCH_20): (1, money(10))}
    write(organization, remittance(decision("C1"), adjustments=[("FB", 10)]))
    assert taken(organization) == {}


@pytest.mark.parametrize("other_first", [True, False])
def test_takebacks_follow_a_payer_into_another(organization: Organization, other_first: bool) -> None:
    """A remittance that came in under both names took back once."""
    eras = [
        remittance(decision("C1", 80), reversal(80), adjustments=[("WO", 30)]),
        remittance(decision("C1", 80), reversal(80), adjustments=[("WO", 30)], payer="Birch Mutual"),
        remittance(reversal(20, "C2"), adjustments=[("WO", 5)], payer="Birch Mutual", trace="T9", on=APRIL_10),
    ]
    for era in eras[::-1] if other_first else eras:
        write(organization, era)
    aster = Payer.objects.for_organization(organization).get(name="Aster Health")
    add_payer_alias(actor=system_actor(organization.pk), payer_id=aster.pk, alias="Birch Mutual")
    assert rollup.recompute(organization.pk) == []
    assert taken(organization) == {
        ("Aster Health", "", MARCH_20): (1, money(30)),
        ("Aster Health", "group", MARCH_20): (1, money(80)),
        ("Aster Health", "", APRIL_10): (1, money(5)),
        ("Aster Health", "group", APRIL_10): (1, money(20)),
    }
