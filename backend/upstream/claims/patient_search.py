"""Finding a person by what is known of them: equal but for capitals, blanks, punctuation and which name comes first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Count, QuerySet

from upstream.audit import services as audit
from upstream.claims.models import Patient
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.permissions import Permission
from upstream.phi import blind_index

#: What the blind indexes of people are made for.
NAME, BIRTH_DATE, MEMBER_NUMBER, REFERENCE = (
    "patient name",
    "patient birth date",
    "patient member number",
    "patient reference",
)
MOST = 20
# Names have few words; each more is another order to look for.
_LONGEST = 200
_MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Found:
    """People with their number of `claims`, those with most first; `more`: whether others fit as well."""

    patients: list[Patient]
    more: bool


@transaction.atomic
def find_patients(
    *, actor: Actor, reason: str, name: str = "", birth_date: date | None = None, member_number: str = ""
) -> Found:
    """The people of whom all that is given is true, at most `MOST`; the search is written down with whom it found.

    Raises FORBIDDEN without PHI_READ, REQUIRED where nothing is given, INVALID for what is too long.
    """
    actor.require(Permission.PHI_READ)
    for field, text in (("name", name), ("memberNumber", member_number)):
        if len(text) > _LONGEST:
            raise ServiceError(ErrorCode.INVALID, f"Write at most {_LONGEST} characters.", field=field)
    searched = {
        "name": bool(blind_index.normalised(name)),
        "birthDate": birth_date is not None,
        "memberNumber": bool(blind_index.normalised(member_number)),
    }
    if not any(searched.values()):
        raise ServiceError(ErrorCode.REQUIRED, "Give a member number, a name or a date of birth.", field="memberNumber")

    def fitting(purpose: str, *values: str) -> list[str]:
        candidates = blind_index.finder(actor.organization_id, purpose)
        return [index for each in values for index in candidates(each)]

    rows: QuerySet[Patient] = Patient.objects.for_organization(actor.organization_id)
    if searched["name"]:
        rows = rows.filter(name_index__in=fitting(NAME, *_orders(name)))
    if birth_date is not None:
        rows = rows.filter(birth_date_index__in=fitting(BIRTH_DATE, birth_date.isoformat()))
    if searched["memberNumber"]:
        rows = rows.filter(member_number_index__in=fitting(MEMBER_NUMBER, member_number))
    found: list[Patient] = list(rows.annotate(claim_count=Count("claims")).order_by("-claim_count", "id")[: MOST + 1])
    shown = found[:MOST]
    audit.record(
        actor=actor,
        action="phi.searched",
        target_type="patient",
        detail={
            "fields": sorted(field for field, given in searched.items() if given),
            "patients": sorted(str(patient.pk) for patient in shown),
            "reasons": [reason],
        },
    )
    return Found(shown, len(found) > MOST)


def _orders(name: str) -> Iterator[str]:
    """The name as it is written, and with its last words first: Anna Lee Smith, Smith Anna Lee, Lee Smith Anna."""
    words = name.split()
    yield name
    if len(words) <= _MOST_WORDS:
        for last in range(1, len(words)):
            yield "".join(words[-last:] + words[:-last])
