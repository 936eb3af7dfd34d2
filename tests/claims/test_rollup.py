"""The roll-up: what is appended comes to the same once it is folded, and the command that proves it."""

from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from intake.writing import (
    APRIL_10,
    MARCH_2,
    MARCH_20,
    claim,
    decision,
    denied,
    line,
    money,
    paid,
    reason,
    remittance,
    write,
)

from upstream.accounts.models import Organization
from upstream.claims import bulk, rollup
from upstream.claims.models import Claim, FirstSeen, RollupChanges, RollupDay, RollupFold, RollupSlice
from upstream.claims.rollup import days as stored_days


def days(organization: Organization) -> dict[tuple[str, date], RollupDay]:
    """Rows by location ("" for the service group's) and day, of one payer with one service group."""
    rows = RollupDay.objects.for_organization(organization).select_related("slice")
    return {(row.slice.location, row.day): row for row in rows}


def counted(organization: Organization, **wanted: object) -> tuple[Any, ...]:
    """A stored claim as the roll-up counts it."""
    row = Claim.objects.for_organization(organization).filter(**wanted).values_list(*rollup.COUNTED).get()
    return (bulk.stored(row[0]), bulk.stored(row[1]), *row[2:])


def test_a_claim_counts_on_each_of_its_days(organization: Organization) -> None:
    write(organization, [paid("C1", paid_date=APRIL_10, location="North"), claim("C2")])
    found = days(organization)
    assert set(found) == {(place, day) for place in ("", "North") for day in (MARCH_2, MARCH_20, APRIL_10)}
    first, second, third = (found["", day] for day in (MARCH_2, MARCH_20, APRIL_10))
    assert (first.submitted, first.submitted_cents, first.waiting, first.decided) == (2, 20_000, 2, 0)
    assert (second.submitted, second.decided, second.denied, second.paid_cents) == (0, 1, 0, 0)
    assert (third.decided, third.paid_cents) == (0, 8_000)
    assert (found["North", MARCH_2].submitted, found["North", APRIL_10].paid_cents) == (1, 8_000)
    pending = RollupSlice.objects.for_organization(organization).values_list("location", "pending")
    assert sorted(pending) == [("", 1), ("North", 0)]


def test_rows_that_come_to_nothing_go_away_and_their_slices_with_them(organization: Organization) -> None:
    write(organization, [claim("C1", location="North"), claim("C2")])
    assert set(days(organization)) == {("", MARCH_2), ("North", MARCH_2)}
    write(organization, [denied("C1", location="South", submitted_date=MARCH_2 + timedelta(days=1))])
    assert set(days(organization)) == {
        ("", MARCH_2), ("", date(2026, 3, 3)), ("", MARCH_20), ("South", date(2026, 3, 3)), ("South", MARCH_20),
    }  # fmt: skip
    locations = RollupSlice.objects.for_organization(organization).values_list("location", flat=True)
    assert sorted(locations) == ["", "South"]


def test_what_changed_back_leaves_no_trace(organization: Organization) -> None:
    write(organization, [claim("C1", location="North")])
    before, folds = days(organization), rollup.last_fold(organization.pk)
    changes, here = rollup.Changes(), counted(organization)
    elsewhere = (*here[:2], "West", *here[3:])
    changes.leave(here)
    changes.enter(elsewhere)
    changes.enter(here)
    changes.leave(elsewhere)
    changes.append(organization.pk)
    rollup.fold(organization.pk)
    assert days(organization) == before
    assert RollupSlice.objects.for_organization(organization).count() == 2
    assert rollup.last_fold(organization.pk) == folds
    assert not RollupChanges.objects.for_organization(organization).exists()


def test_a_fold_without_changes_changes_nothing(organization: Organization) -> None:
    write(organization, [paid("C1")])
    before = list(RollupDay.objects.for_organization(organization).order_by("id").values())
    rollup.fold(organization.pk)
    assert list(RollupDay.objects.for_organization(organization).order_by("id").values()) == before


def test_folding_part_by_part_comes_to_the_same(
    organization: Organization, other_organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [
        (paid, denied, claim)[n % 3](
            f"C{n}", submitted_date=MARCH_2 - timedelta(days=n % 7), location=("", "North")[n % 2], service_date=None
        )
        for n in range(60)
    ]
    write(organization, records)
    monkeypatch.setattr(stored_days, "_MOST_AT_ONCE", 3)
    monkeypatch.setattr("upstream.claims.rollup.counting._CLAIMS_AT_ONCE", 4)
    monkeypatch.setattr("upstream.claims.rollup.stretches.DAYS", 2)
    write(other_organization, records, batch_records=7)
    names = ("slice__location", "day", "submitted", "waiting", "decided", "denied", "paid_cents", "decisions", "ends")
    one, other = (
        sorted(RollupDay.objects.for_organization(home).values_list(*names))
        for home in (organization, other_organization)
    )
    assert len(one) > 10
    assert one == other


def test_a_slice_that_loses_its_days_in_one_stretch_and_gets_others_in_the_next_stays(
    organization: Organization,
) -> None:
    write(organization, [claim("C1", location="North")])
    write(organization, [claim("C1", location="South")], folded=False)
    far = MARCH_2 + timedelta(days=200)
    # `write` compares the roll-up with the claims behind its fold.
    write(organization, [denied("C2", location="North", submitted_date=far, decided_date=far, service_date=None)])
    assert {key for key in days(organization) if key[0] == "North"} == {("North", far)}


# What changed since


def test_the_earliest_day_changed_since_a_fold_is_told(organization: Organization) -> None:
    assert (rollup.last_fold(organization.pk), rollup.changed_since(organization.pk, 0)) == (0, None)
    write(organization, [claim("C1"), claim("C2", submitted_date=APRIL_10)])
    first = rollup.last_fold(organization.pk)
    assert rollup.changed_since(organization.pk, 0) == MARCH_2
    assert rollup.changed_since(organization.pk, first) is None
    # The submission day knew of the waiting claim already: only the day of the decision changes.
    write(organization, remittance(decision("C1"), on=APRIL_10))
    assert rollup.changed_since(organization.pk, first) == APRIL_10
    write(organization, [paid("C3")])
    assert rollup.changed_since(organization.pk, first) == MARCH_2
    assert rollup.changed_since(organization.pk, rollup.last_fold(organization.pk)) is None


def test_what_detection_does_not_read_is_no_change(organization: Organization) -> None:
    write(organization, [claim("C1")])
    last = rollup.last_fold(organization.pk)
    write(organization, [claim("C1", billed_amount=money(120), lines=[line(billed=120)])])
    assert days(organization)["", MARCH_2].submitted_cents == 12_000
    assert rollup.last_fold(organization.pk) == last


def test_folds_of_one_organization_leave_others_alone(
    organization: Organization, other_organization: Organization
) -> None:
    write(organization, [paid("C1")])
    write(other_organization, [claim("C1")])
    write(organization, [denied("C1")])
    assert set(days(other_organization)) == {("", MARCH_2)}
    assert RollupFold.objects.for_organization(other_organization).count() == 1


# The command


def verify() -> str:
    output = StringIO()
    call_command("rollup_verify", stdout=output)
    return output.getvalue()


def test_the_command_says_that_all_is_exact(organization: Organization) -> None:
    write(organization, [paid("C1"), claim("C2")])
    assert f"{organization.slug}: exact" in verify()


def spoil_ends(organization: Organization) -> None:
    row = days(organization)["", MARCH_20]
    entries = stored_days.end_entries(bytes(row.ends)).copy()
    entries[0, 0] += 4
    RollupDay.objects.for_organization(organization).filter(pk=row.pk).update(ends=entries.tobytes())


def rows(organization: Organization, day: date = MARCH_20):
    return RollupDay.objects.for_organization(organization).filter(day=day)


HARM: dict[str, Callable[[Organization], object]] = {
    "missing": lambda home: rows(home).delete(),
    "day": lambda home: rows(home).update(day=date(2026, 3, 21)),
    "count": lambda home: rows(home).update(decided=2),
    "money": lambda home: rows(home).update(paid_cents=1),
    "decisions": lambda home: rows(home).update(decisions=b""),
    "ends": spoil_ends,
    "pending": lambda home: RollupSlice.objects.for_organization(home).update(pending=2),
    "takebacks": lambda home: rows(home).update(takebacks=1, takeback_cents=1),
    "first day": lambda home: FirstSeen.objects.for_organization(home).update(first_on=MARCH_20),
    "unseen": lambda home: FirstSeen.objects.for_organization(home).delete(),
    "denied": lambda home: Claim.objects.for_organization(home).filter(outcome="DENIED").update(denied_amount=1),
    "outcome": lambda home: Claim.objects.for_organization(home).filter(outcome="PAID").update(outcome="PENDING"),
}


@pytest.mark.parametrize("harm", HARM)
def test_the_command_fails_on_any_difference(organization: Organization, harm: str) -> None:
    write(organization, [paid("C1", location="North"), denied("C2"), claim("C3")])
    HARM[harm](organization)
    with pytest.raises(CommandError, match="differ from the claims"):
        verify()


def test_lost_changes_are_missed(organization: Organization) -> None:
    write(organization, [paid("C1"), denied("C2")])
    changes = rollup.Changes()
    changes.leave(counted(organization, outcome="PAID"))
    changes.append(organization.pk)
    Claim.objects.for_organization(organization).filter(outcome="PAID").delete()
    assert rollup.recompute(organization.pk) == []
    RollupChanges.objects.for_organization(organization).delete()
    assert rollup.recompute(organization.pk) != []


def test_a_claim_changed_behind_its_back_is_found_where_it_counts(organization: Organization) -> None:
    write(organization, [paid("C1")])
    Claim.objects.for_organization(organization).update(paid_amount=money(79))
    differences = rollup.recompute(organization.pk)
    assert len(differences) == 2
    assert "2026-03-20: beyond the roll-up the claims come to -100 paid_cents" in differences[0]
    assert "2026-03-20, decided: beyond the roll-up the claims come to -100 paid" in differences[1]


# Made anew


def test_it_is_made_anew_from_claims_that_were_there_before_it(organization: Organization) -> None:
    split = [
        line(1, "99213", 70, paid_amount=money(60)),
        line(2, "J1100", 30, paid_amount=money(0), adjustments=[reason("CO-197", 30)]),
    ]
    write(organization, [paid("C1", location="North", provider_npi="1234567893"), denied("C2"), claim("C3")])
    write(organization, remittance(decision("C3", 60, lines=split), decision("C1", -80, status="22", lines=[])))
    home = {"organization": organization}
    kept = list(Claim.unscoped.filter(**home).order_by("pk").values())
    assert sorted(row["denied_amount"] for row in kept) == [0, 30, 100]
    for model in (RollupSlice, RollupDay, RollupChanges, FirstSeen):
        model.unscoped.filter(**home).delete()
    Claim.unscoped.filter(**home).update(denied_amount=0)
    assert rollup.recompute(organization.pk) != []
    import_module("upstream.claims.migrations.0005_count_claims_anew").count(apps, None)
    assert list(Claim.unscoped.filter(**home).order_by("pk").values()) == kept
    assert rollup.recompute(organization.pk) == []
