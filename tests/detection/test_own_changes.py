"""What the practice itself changed, beside the changes of its payers."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from alerts.made_signals import CHANGED, payer, service_group, signal

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.claims.models import FirstSeen
from upstream.claims.services import add_payer_alias, rename_payer
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.detection.own_changes import OwnChangeKind, changes_near, own_changes


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the day on which people act."""
    return lambda day: monkeypatch.setattr(clock, "now", lambda: datetime.combine(day, time(15), tzinfo=UTC))


def test_payers_renamed_aliased_and_merged_are_changes_of_theirs(
    organization: Organization, other_organization: Organization, owner: Actor, member: Any, today: Any
) -> None:
    northwind, meridian = payer(organization), payer(organization, "Meridian Health Plan")
    payer(organization, "Merid")
    today(CHANGED)
    rename_payer(actor=owner, payer_id=northwind.pk, name="Northwind Plan")
    today(CHANGED + timedelta(days=1))
    add_payer_alias(actor=owner, payer_id=meridian.pk, alias="Meridian of Ohio")
    today(CHANGED + timedelta(days=2))
    add_payer_alias(actor=owner, payer_id=meridian.pk, alias="Merid")
    rename_payer(actor=member(Role.OWNER, other_organization), payer_id=payer(other_organization).pk, name="Theirs")
    assert [(change.kind, change.day, change.payer_id) for change in own_changes(organization)] == [
        (OwnChangeKind.PAYER_RENAMED, CHANGED, northwind.pk),
        (OwnChangeKind.PAYER_ALIAS_ADDED, CHANGED + timedelta(days=1), meridian.pk),
        (OwnChangeKind.PAYER_MERGED, CHANGED + timedelta(days=2), meridian.pk),
    ]
    of_northwind, of_meridian = (signal(organization, of=name) for name in ("Northwind Plan", "Meridian Health Plan"))
    near = [changes_near(row, own_changes(organization)) for row in (of_northwind, of_meridian)]
    assert [[change.payer_id for change in changes] for changes in near] == [[northwind.pk], [meridian.pk] * 2]


def test_codes_of_a_service_group_edited_are_a_change_and_its_name_is_none(
    organization: Organization, other_organization: Organization
) -> None:
    for home in (organization, other_organization):
        group = service_group(home)
        group.ranges = [["70010", "77092"]]
        group.save()
    group.name = "Pictures"
    group.save()
    (change,) = own_changes(organization)
    assert (change.kind, change.what, change.day) == (
        OwnChangeKind.SERVICE_GROUP_EDITED, "Imaging", clock.now().date(),
    )  # fmt: skip
    assert [change.what for change in own_changes(other_organization)] == ["Pictures"]


def test_locations_and_providers_seen_first_once_the_data_have_settled(
    organization: Organization, other_organization: Organization
) -> None:
    start = CHANGED - timedelta(days=80)
    for home, kind, value, after in (
        (organization, FirstSeen.Kind.LOCATION, "Main Street", 0),
        (organization, FirstSeen.Kind.PROVIDER, "1234567893", 59),
        (organization, FirstSeen.Kind.PROVIDER, "1234567885", 60),
        (organization, FirstSeen.Kind.LOCATION, "Downtown", 75),
        (other_organization, FirstSeen.Kind.LOCATION, "Theirs", 0),
        (other_organization, FirstSeen.Kind.LOCATION, "Theirs too", 75),
    ):
        FirstSeen.unscoped.create(organization=home, kind=kind, value=value, first_on=start + timedelta(days=after))
    near = changes_near(signal(organization), own_changes(organization))
    assert [(change.kind, change.what, change.day) for change in near] == [
        (OwnChangeKind.NEW_PROVIDER, "1234567885", start + timedelta(days=60)),
        (OwnChangeKind.NEW_LOCATION, "Downtown", start + timedelta(days=75)),
    ]


@pytest.mark.parametrize(("after", "near"), [(-33, True), (-34, False), (9, True), (10, False)])
def test_changes_are_near_for_a_month_before_and_a_week_after(
    organization: Organization, owner: Actor, today: Any, after: int, near: bool
) -> None:
    """The signal's change lies between three days before and two days after the day."""
    northwind = payer(organization)
    made = signal(organization)
    today(CHANGED + timedelta(days=after))
    rename_payer(actor=owner, payer_id=northwind.pk, name="Northwind Plan")
    assert bool(changes_near(made, own_changes(organization))) is near


def test_signals_show_them_in_as_many_queries_for_many_as_for_one(
    organization: Organization, graphql: Any, owner: Actor, count_queries: Any, today: Any
) -> None:
    made = signal(organization)
    today(CHANGED)
    add_payer_alias(actor=owner, payer_id=made.payer_id, alias="Northwind of Ohio")
    today(datetime.now(UTC).date())
    numbers = []
    for _ in range(2):
        with count_queries() as queries:
            answer = graphql(owner)("{ signals { items { ownChanges { kind day what } } } }")
        numbers.append(len(queries))
        assert all(
            item["ownChanges"] == [{"kind": "PAYER_ALIAS_ADDED", "day": CHANGED.isoformat(), "what": ""}]
            for item in answer["data"]["signals"]["items"]
        )
        signal(organization)
    assert numbers[0] == numbers[1]
