"""Service groups: sets of procedure codes watched together, and which group a code falls into.

Ranges are numbers of CPT, letters of HCPCS Level II and CDT, and four digits of revenue codes; the names are ours.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from uuid import UUID

from upstream.claims.models import ServiceGroup

#: Name and [first, last] code pairs, in the order they are shown. The one without ranges takes what no other does.
DEFAULT_SERVICE_GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Office visits", (("99202", "99215"), ("99242", "99245"), ("G0402", "G0402"), ("G0438", "G0439"))),
    ("Preventive visits", (("99381", "99412"), ("99429", "99429"))),
    ("Hospital and emergency visits", (("99217", "99239"), ("99252", "99255"), ("99281", "99292"), ("99460", "99480"))),
    ("Home and facility visits", (("99304", "99350"),)),
    (
        "Remote visits and care management",
        (("98000", "98016"), ("98966", "98981"), ("99421", "99427"), ("99437", "99458"), ("99483", "99498")),
    ),
    ("Behavioral health", (("90785", "90899"), ("96105", "96171"), ("97151", "97158"), ("H0001", "H2041"))),
    ("Physical, occupational and speech therapy", (("92507", "92526"), ("97010", "97150"), ("97161", "97799"))),
    ("Chiropractic and acupuncture", (("97810", "97814"), ("98925", "98943"))),
    ("Vaccines", (("90460", "90759"), ("91300", "91322"))),
    ("Injections and infusions", (("96360", "96549"),)),
    ("Drugs", (("J0000", "J9999"), ("Q5101", "Q5199"))),
    ("Laboratory", (("80047", "89398"), ("0001U", "0999U"), ("P0000", "P9999"), ("G0480", "G0483"))),
    ("Imaging", (("70010", "77092"), ("78012", "78999"))),
    ("Radiation oncology", (("77261", "77799"),)),
    ("Heart and vessel tests", (("92920", "93998"),)),
    ("Eye care", (("92002", "92499"), ("V2020", "V2799"))),
    ("Ear, nose and hearing tests", (("92502", "92506"), ("92531", "92700"), ("V5000", "V5364"))),
    ("Nerve and sleep tests", (("95782", "96004"),)),
    ("Allergy", (("95004", "95199"),)),
    ("Dialysis", (("90935", "90999"),)),
    ("Anesthesia", (("00100", "01999"), ("99100", "99140"))),
    ("Surgery", (("10004", "69990"),)),
    ("Ambulance", (("A0021", "A0999"),)),
    (
        "Equipment and supplies",
        (("A4206", "A9999"), ("B4034", "B9999"), ("E0100", "E9999"), ("K0001", "K1399"), ("L0112", "L9900")),
    ),
    ("Dental", (("D0100", "D9999"),)),
    # What institutions bill by revenue code alone; lines with a procedure are told by that.
    ("Inpatient stays", (("0022", "0022"), ("0024", "0024"), ("0100", "0219"), ("1000", "1006"))),
    ("Home health and hospice", (("0023", "0023"), ("0550", "0609"), ("0640", "0669"))),
    (
        "Other facility services",
        (("0220", "0549"), ("0610", "0639"), ("0670", "0999"), ("2100", "2109"), ("3101", "3109")),
    ),
    ("Other services", ()),
)

_CODE = re.compile(r"([A-Z]*)([0-9]+)([A-Z]*)")

Shape = tuple[int, str, str]
"""Length of a code, and the letters before and behind its digits."""


def place_of(code: str) -> tuple[Shape, int] | None:
    """A code as the kind it is of (length and letters) and its number within that kind: `0100T` is no anesthesia."""
    match = _CODE.fullmatch(code)
    if match is None:
        return None
    before, digits, after = match.groups()
    return (len(code), before, after), int(digits)


class GroupIndex:
    """Finds the group of a procedure code among an organization's groups."""

    def __init__(self, groups: Iterable[ServiceGroup]) -> None:
        """Raises ValueError without a group that takes the rest, or for a range whose ends are not of one kind."""
        self._starts: dict[Shape, list[int]] = {}
        self._ends: dict[Shape, list[tuple[int, UUID]]] = {}
        self._known: dict[str, UUID] = {}
        rest: UUID | None = None
        spans: dict[Shape, list[tuple[int, int, UUID]]] = {}
        for group in groups:
            if not group.ranges:
                rest = group.pk
            for first, last in group.ranges:
                start, end = place_of(first), place_of(last)
                if start is None or end is None or start[0] != end[0] or start[1] > end[1]:
                    raise ValueError(f"{first}-{last} is no range of procedure codes.")
                spans.setdefault(start[0], []).append((start[1], end[1], group.pk))
        if rest is None:
            raise ValueError("One service group must have no ranges: it takes the codes of no other.")
        self._rest = rest
        for shape, ranges in spans.items():
            # Of ranges within one another the narrowest stands last: it begins last, or there ends first.
            ranges.sort(key=lambda span: (span[0], -span[1]))
            self._starts[shape] = [start for start, _, _ in ranges]
            self._ends[shape] = [(end, group_id) for _, end, group_id in ranges]

    def group_of(self, procedure_code: str) -> UUID:
        """Id of the code's group; the group without ranges for codes of no other and for no code."""
        group_id = self._known.get(procedure_code)
        if group_id is None:
            group_id = self._known[procedure_code] = self._find(procedure_code.strip().upper())
        return group_id

    def _find(self, code: str) -> UUID:
        place = place_of(code)
        if place is None or place[0] not in self._starts:
            return self._rest
        shape, number = place
        # Where one range lies within another, the narrower one counts.
        for at in range(bisect_right(self._starts[shape], number) - 1, -1, -1):
            end, group_id = self._ends[shape][at]
            if number <= end:
                return group_id
        return self._rest


def groups_in_force(organization_id: UUID) -> list[ServiceGroup]:
    """The organization's groups in order, without those that were removed; none before its first claims."""
    return list(ServiceGroup.objects.for_organization(organization_id).filter(retired_at=None))


def ensure_service_groups(organization_id: UUID) -> list[ServiceGroup]:
    """The organization's groups in order, the defaults made for it if it has none. In the caller's transaction."""
    groups = groups_in_force(organization_id)
    if not groups:
        ServiceGroup.unscoped.bulk_create(
            (
                ServiceGroup(
                    organization_id=organization_id, name=name, position=position, ranges=[list(r) for r in ranges]
                )
                for position, (name, ranges) in enumerate(DEFAULT_SERVICE_GROUPS, 1)
            ),
            ignore_conflicts=True,
        )
        groups = groups_in_force(organization_id)
    return groups
