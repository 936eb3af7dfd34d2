"""The roll-up's cells: where a claim counts, how they change, and the command that proves them."""

from collections.abc import Callable
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from intake.writing import MARCH_2, MARCH_20, claim, denied, money, paid, write

from upstream.accounts.models import Organization
from upstream.claims import bulk, rollup
from upstream.claims.models import OPEN_DATE, Claim, DailyRollup
from upstream.core.money import ZERO


def test_days_not_yet_come_are_open() -> None:
    assert rollup.cell_of("p", "g", "PENDING", "", "", MARCH_2, None, None)[5:] == (MARCH_2, OPEN_DATE, OPEN_DATE)


def test_without_a_submission_the_decisions_day_stands_for_it() -> None:
    assert rollup.cell_of("p", "g", "PAID", "", "", None, MARCH_20, MARCH_20)[5:] == (MARCH_20, MARCH_20, MARCH_20)
    assert rollup.cell_of("p", "g", "PENDING", "", "", None, None, None)[5:] == (OPEN_DATE,) * 3


def test_what_comes_to_nothing_is_no_delta() -> None:
    deltas = rollup.Deltas()
    here = rollup.cell_of("p", "g", "PAID", "", "", MARCH_2, MARCH_20, MARCH_20)
    there = rollup.cell_of("p", "g", "DENIED", "coding", "", MARCH_2, MARCH_20, None)
    deltas.take(here, money(100), money(90), money(80))
    deltas.add(here, money(100), money(90), money(80))
    deltas.add(there, money(100), None, None)
    assert deltas.sums() == {there: (1, money(100), ZERO, ZERO)}


def test_a_cell_the_last_claim_leaves_goes_away(organization: Organization) -> None:
    write(organization, [claim("C1"), claim("C2")])
    (cell,) = DailyRollup.objects.for_organization(organization)
    assert (cell.outcome, cell.claims, cell.billed_amount) == ("PENDING", 2, money(200))
    write(organization, [paid("C1"), denied("C2")])
    outcomes = DailyRollup.objects.for_organization(organization).values_list("outcome", "denial_category", "claims")
    assert sorted(outcomes) == [("DENIED", "authorization", 1), ("PAID", "", 1)]


def test_claims_alike_share_a_cell(organization: Organization) -> None:
    write(organization, [paid(f"C{n}") for n in range(5)])
    (cell,) = DailyRollup.objects.for_organization(organization)
    assert (cell.claims, cell.paid_amount, cell.allowed_amount) == (5, money(400), money(0))


def test_deltas_of_one_organization_leave_others_alone(
    organization: Organization, other_organization: Organization
) -> None:
    write(organization, [paid("C1")])
    write(other_organization, [paid("C1")])
    cell = DailyRollup.objects.for_organization(organization).get()
    values = [getattr(cell, name) for name in rollup.KEY]
    key = (bulk.stored(cell.payer_id), bulk.stored(cell.service_group_id), *values[2:])
    rollup.apply_deltas(organization.pk, {key: (-1, money(-100), ZERO, money(-80))})
    assert not DailyRollup.objects.for_organization(organization).exists()
    assert DailyRollup.objects.for_organization(other_organization).get().claims == 1


def verify() -> str:
    output = StringIO()
    call_command("rollup_verify", stdout=output)
    return output.getvalue()


def test_the_command_says_that_all_is_exact(organization: Organization) -> None:
    write(organization, [paid("C1"), claim("C2")])
    assert f"{organization.slug}: exact" in verify()


@pytest.mark.parametrize(
    "harm",
    [
        lambda rows: rows.filter(outcome="PAID").update(billed_amount=money(1)),
        lambda rows: rows.filter(outcome="PAID").delete(),
        lambda rows: rows.filter(outcome="PAID").update(decided_date=date(2026, 3, 21)),
        lambda rows: rows.filter(outcome="PENDING").update(claims=2),
    ],
    ids=["money", "missing", "day", "count"],
)
def test_the_command_fails_on_any_difference(organization: Organization, harm: Callable[..., object]) -> None:
    write(organization, [paid("C1"), claim("C2")])
    harm(DailyRollup.objects.for_organization(organization))
    with pytest.raises(CommandError, match="differ from the claims"):
        verify()


def test_a_claim_changed_behind_its_back_is_found(organization: Organization) -> None:
    write(organization, [paid("C1")])
    Claim.objects.for_organization(organization).update(outcome="DENIED")
    assert len(rollup.recompute(organization.pk)) == 2
