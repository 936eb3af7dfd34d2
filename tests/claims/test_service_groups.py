"""Service groups: every procedure code falls into exactly one."""

from itertools import pairwise

import pytest

from upstream.accounts.models import Organization
from upstream.claims.models import ServiceGroup
from upstream.claims.service_groups import DEFAULT_SERVICE_GROUPS, GroupIndex, ensure_service_groups


def defaults() -> list[ServiceGroup]:
    return [
        ServiceGroup(name=name, position=n, ranges=ranges) for n, (name, ranges) in enumerate(DEFAULT_SERVICE_GROUPS)
    ]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("99213", "Office visits"),
        ("99202", "Office visits"),
        ("99215", "Office visits"),
        ("99216", "Other services"),
        ("99396", "Preventive visits"),
        ("99283", "Hospital and emergency visits"),
        ("90837", "Behavioral health"),
        ("97153", "Behavioral health"),
        ("97110", "Physical, occupational and speech therapy"),
        ("90471", "Vaccines"),
        ("85025", "Laboratory"),
        ("0001U", "Laboratory"),
        ("71046", "Imaging"),
        ("77385", "Radiation oncology"),
        ("93000", "Heart and vessel tests"),
        ("27447", "Surgery"),
        ("00810", "Anesthesia"),
        ("0100T", "Other services"),
        ("J1100", "Drugs"),
        ("j1100 ", "Drugs"),
        ("E0601", "Equipment and supplies"),
        ("A0429", "Ambulance"),
        ("A4253", "Equipment and supplies"),
        ("D0120", "Dental"),
        ("D9999", "Dental"),
        ("0120", "Inpatient stays"),
        ("0024", "Inpatient stays"),
        ("0023", "Home health and hospice"),
        ("0551", "Home health and hospice"),
        ("0651", "Home health and hospice"),
        ("0250", "Other facility services"),
        ("0450", "Other facility services"),
        ("0999", "Other facility services"),
        ("0001", "Other services"),
        ("250", "Other services"),
        ("", "Other services"),
        ("A-1", "Other services"),
    ],
)
def test_codes_fall_into_the_groups_people_expect(code: str, name: str) -> None:
    groups = defaults()
    found = GroupIndex(groups).group_of(code)
    assert next(group.name for group in groups if group.pk == found) == name


def test_no_code_stands_in_two_of_the_default_groups() -> None:
    ranges = sorted((first, last, name) for name, of in DEFAULT_SERVICE_GROUPS for first, last in of)
    for (first, last, name), (following, _, other) in pairwise(ranges):
        assert first <= last
        same_kind = [sign.isdigit() for sign in first] == [sign.isdigit() for sign in following]
        assert not same_kind or last < following, (name, other)


def test_where_ranges_overlap_the_one_that_begins_last_counts() -> None:
    wide = ServiceGroup(name="Wide", position=1, ranges=[["10000", "20000"]])
    narrow = ServiceGroup(name="Narrow", position=2, ranges=[["15000", "15010"]])
    index = GroupIndex([wide, narrow, ServiceGroup(name="Rest", position=3)])
    assert [index.group_of(code) for code in ("15005", "15011", "10000")] == [narrow.pk, wide.pk, wide.pk]


@pytest.mark.parametrize("wrong", [["99215", "99202"], ["A0001", "B0002"], ["x", "y"], ["0001", "00002"]])
def test_a_range_that_is_none_is_refused(wrong: list[str]) -> None:
    rest = ServiceGroup(name="Rest", position=2)
    with pytest.raises(ValueError, match="no range of procedure codes"):
        GroupIndex([ServiceGroup(name="Wrong", position=1, ranges=[wrong]), rest])


def test_one_group_must_take_the_rest() -> None:
    with pytest.raises(ValueError, match="takes the codes of no other"):
        GroupIndex([ServiceGroup(name="Visits", position=1, ranges=[["99202", "99215"]])])


def test_every_organization_gets_the_defaults_once(
    organization: Organization, other_organization: Organization
) -> None:
    first = ensure_service_groups(organization.pk)
    assert [group.name for group in first] == [name for name, _ in DEFAULT_SERVICE_GROUPS]
    assert [group.pk for group in ensure_service_groups(organization.pk)] == [group.pk for group in first]
    assert not ServiceGroup.objects.for_organization(other_organization).exists()


def test_an_organizations_own_groups_are_left_alone(organization: Organization) -> None:
    own = ServiceGroup(organization=organization, name="Everything", position=1)
    own.save()
    assert ensure_service_groups(organization.pk) == [own]
