"""Finding patients in the graph: a mutation, because each search is written down."""

from datetime import date
from typing import Any, cast

import strawberry

from upstream.claims.patient_search import find_patients
from upstream.claims.types import PatientType, ReadingReason
from upstream.graph.context import Info
from upstream.graph.gates import gated, requires, shown
from upstream.graph.mutations import Problem, payload
from upstream.graph.permissions import Permission


@strawberry.input
class FindPatientsInput:
    reason: ReadingReason
    name: str | None = strawberry.field(default=None, description="In full, in any order of first and last names.")
    birth_date: date | None = None
    member_number: str | None = None


@gated(Permission.PHI_READ)
class FoundPatient:
    patient: PatientType
    claim_count: int


@gated(Permission.PHI_READ)
class FindPatientsPayload:
    found: list[FoundPatient] = strawberry.field(
        default_factory=list, description="Those with most claims first; 20 at most."
    )
    more: bool = strawberry.field(default=False, description="Whether others fit as well: then tell more of them.")
    errors: list[Problem] = strawberry.field(default_factory=list)


@strawberry.type
class PatientsMutation:
    @strawberry.field(
        directives=requires(Permission.PHI_READ),
        description="People of whom all that is given is true. The search stands in the audit trail: by whom, why, by "
        "what and whom it found.",
    )
    @payload(FindPatientsPayload)
    def find_patients(self, info: Info, input: FindPatientsInput) -> FindPatientsPayload | None:
        found = find_patients(
            actor=info.context.signed_in(),
            reason=input.reason.value,
            name=input.name or "",
            birth_date=input.birth_date,
            member_number=input.member_number or "",
        )
        patients = [
            FoundPatient(patient=shown(patient), claim_count=cast(Any, patient).claim_count)
            for patient in found.patients
        ]
        return FindPatientsPayload(found=patients, more=found.more)
