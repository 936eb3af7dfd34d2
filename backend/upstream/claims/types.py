"""Payers, claims and patients as clients see them."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

import strawberry

from upstream.accounts.types import OrganizationType
from upstream.claims import remark_codes, selectors
from upstream.claims.acknowledgements import Standing, category_label, status_label
from upstream.claims.authorizations import action_label
from upstream.claims.denial_reasons import CATEGORIES, label_of
from upstream.claims.models import (
    Adjustment,
    Authorization,
    Claim,
    ClaimAcknowledgement,
    ClaimLine,
    Outcome,
    Patient,
    Payer,
    ReasonKind,
    ServiceGroup,
)
from upstream.claims.service_group_codes import written
from upstream.graph.context import Info
from upstream.graph.gates import extends, gated, gated_model, requires
from upstream.graph.permissions import Permission

strawberry.enum(Outcome)
strawberry.enum(Standing, name="Standing")


@extends(OrganizationType, Permission.SIGNED_IN)
def data_through(info: Info) -> date | None:
    """The last day the organization's data reach; null before the first upload."""
    cache = info.context.cache
    if "data_through" not in cache:
        cache["data_through"] = selectors.data_through(info.context.organization_id)
    return cast(date | None, cache["data_through"])


@gated(Permission.PAYERS_READ)
class WeekPoint:
    week: date = strawberry.field(description="The Monday of the week.")
    decided: int
    denied: int
    denial_rate: float | None


@gated(Permission.PAYERS_READ, description="The last 90 days of data.")
class PayerSummary:
    claims: int = strawberry.field(description="Claims submitted.")
    decided: int
    denied: int
    denial_rate: float | None = strawberry.field(
        description="Denied of decided, by decision date; null when none was decided."
    )
    pending: int = strawberry.field(description="Claims without a decision yet, however old.")
    billed_amount: Decimal
    paid_amount: Decimal
    median_days_to_payment: float | None
    weekly: list[WeekPoint]


@gated_model(Payer, Permission.PAYERS_READ, name="Payer")
class PayerType:
    id: strawberry.ID
    name: str

    @strawberry.field(description="Other names and identifiers under which this payer appears in files.")
    def aliases(self) -> list[str]:
        return [alias.alias for alias in cast(Payer, self).aliases.all()]

    @strawberry.field
    def summary(self, info: Info) -> PayerSummary:
        return summaries_of(info, [cast(Payer, self).pk])[cast(Payer, self).pk]


def summaries_of(info: Info, payer_ids: list[UUID]) -> dict[UUID, PayerSummary]:
    """Summaries of payers, read together once per request by whoever lists them."""
    known: dict[UUID, PayerSummary] = info.context.cache.setdefault("payer_summaries", {})
    missing = [payer_id for payer_id in payer_ids if payer_id not in known]
    if missing:
        through = data_through(info)
        found = selectors.payer_summaries(info.context.organization_id, missing, through)
        for payer_id, summary in found.items():
            known[payer_id] = PayerSummary(
                claims=summary.claims,
                decided=summary.decided,
                denied=summary.denied,
                denial_rate=summary.denial_rate,
                pending=summary.pending,
                billed_amount=summary.billed_amount,
                paid_amount=summary.paid_amount,
                median_days_to_payment=summary.median_days_to_payment,
                weekly=[
                    WeekPoint(week=w.week, decided=w.decided, denied=w.denied, denial_rate=w.denial_rate)
                    for w in summary.weekly
                ],
            )
    return known


@gated_model(ServiceGroup, Permission.PAYERS_READ, name="ServiceGroup", description="Procedure codes watched together.")
class ServiceGroupType:
    id: strawberry.ID
    name: str

    @strawberry.field(
        description="Ranges of procedure codes, like 99202-99215; empty for the group that takes the rest."
    )
    def codes(self) -> list[str]:
        return written(cast(ServiceGroup, self).ranges)


@strawberry.enum(description="Why a patient's identity is read. It stands in the audit trail.")
class ReadingReason(StrEnum):
    PAYMENT = "PAYMENT"
    APPEAL = "APPEAL"
    CORRECTION = "CORRECTION"
    PATIENT_ASKED = "PATIENT_ASKED"
    QUALITY = "QUALITY"
    OTHER = "OTHER"


@gated_model(
    Patient,
    Permission.PHI_READ,
    name="Patient",
    description="Who a claim is for. Reading it is written to the audit trail: whose, what of it, by whom and why.",
)
class PatientType:
    id: strawberry.ID
    name: str | None
    birth_date: date | None
    member_number: str | None
    reference: str | None = strawberry.field(description="The practice's own number for the patient.")


TEXT = "What the code says in full, in the organization's own (licensed) words; null where it has none."
DENIAL_TEXT = "What the denial code says in full, in the organization's own (licensed) words; null where it has none."


def code_text(info: Info, kind: ReasonKind, code: str) -> str | None:
    """The organization's own text; all of them are read once per request, when the first is asked for."""
    cache = info.context.cache
    if "code_texts" not in cache:
        cache["code_texts"] = selectors.code_texts(info.context.organization_id)
    return cast(dict[tuple[str, str], str], cache["code_texts"]).get((kind, code))


@gated_model(Adjustment, Permission.CLAIMS_READ, name="Adjustment")
class AdjustmentType:
    id: strawberry.ID
    group_code: str
    reason_code: str
    amount: Decimal

    @strawberry.field
    def label(self) -> str:
        return label_of(cast(Adjustment, self).reason_code)

    @strawberry.field(description=TEXT)
    def text(self, info: Info) -> str | None:
        return code_text(info, ReasonKind.CARC, cast(Adjustment, self).reason_code)


@gated(Permission.CLAIMS_READ, description="A remark code with its label.")
class ClaimRemark:
    code: str
    label: str

    @strawberry.field(description=TEXT)
    def text(self, info: Info) -> str | None:
        return code_text(info, ReasonKind.RARC, self.code)


def codes(text: str) -> list[str]:
    return text.split() if text else []


def remarks_of(text: str) -> list[ClaimRemark]:
    """Remark codes as they are stored, with their labels."""
    return [ClaimRemark(code=code, label=remark_codes.label_of(code)) for code in codes(text)]


@gated_model(ClaimLine, Permission.CLAIMS_READ, name="ClaimLine")
class ClaimLineType:
    id: strawberry.ID
    number: int
    procedure_code: str
    units: Decimal | None
    service_date: date | None
    billed_amount: Decimal
    allowed_amount: Decimal | None
    paid_amount: Decimal | None
    denial_code: str
    decided_date: date | None = strawberry.field(description="Null where decisions are told of the whole claim only.")
    paid_date: date | None
    adjustments: list[AdjustmentType]

    @strawberry.field
    def modifiers(self) -> list[str]:
        return codes(cast(ClaimLine, self).modifiers)

    @strawberry.field
    def remark_codes(self) -> list[str]:
        return codes(cast(ClaimLine, self).remark_codes)

    @strawberry.field
    def remarks(self) -> list[ClaimRemark]:
        return remarks_of(cast(ClaimLine, self).remark_codes)


@gated(Permission.SIGNED_IN, description="A status of a 277CA in codes and short words.")
class AcknowledgedStatus:
    category: str = strawberry.field(description="X12 list 507: A0 to A8.")
    category_label: str
    code: str = strawberry.field(description="X12 list 508.")
    label: str
    procedure_code: str = strawberry.field(description="Of the line it is about; empty for all of it.")


def acknowledged_statuses(rows: list[list[str]]) -> list[AcknowledgedStatus]:
    """Statuses as they are stored, with their labels."""
    return [
        AcknowledgedStatus(
            category=category,
            category_label=category_label(category),
            code=code,
            label=status_label(code, entity),
            procedure_code=procedure_code,
        )
        for category, code, entity, procedure_code in rows
    ]


@gated_model(
    ClaimAcknowledgement,
    Permission.CLAIMS_READ,
    name="ClaimAcknowledgement",
    description="What a payer or a clearinghouse said of a claim before deciding it (277CA).",
)
class ClaimAcknowledgementType:
    id: strawberry.ID
    standing: Standing
    acknowledged_date: date
    source: str = strawberry.field(description="Who said it: the payer, or a clearinghouse.")
    amount: Decimal | None
    payer_claim_number: str
    bill_type: str
    service_date: date | None

    @strawberry.field(description="In capitals, as claims are compared.")
    def control_number(self) -> str:
        return cast(ClaimAcknowledgement, self).claim_key

    @strawberry.field(description="Null while no file has told of the claim.")
    def claim_id(self) -> strawberry.ID | None:
        claim = cast(ClaimAcknowledgement, self).claim
        return None if claim is None else strawberry.ID(str(claim.pk))

    @strawberry.field
    def statuses(self) -> list[AcknowledgedStatus]:
        return acknowledged_statuses(cast(ClaimAcknowledgement, self).statuses)

    @strawberry.field
    def upload_id(self) -> strawberry.ID:
        return strawberry.ID(str(cast(ClaimAcknowledgement, self).upload_id))


@gated(Permission.CLAIMS_READ)
class AuthorizedService:
    procedure_code: str
    action_code: str = strawberry.field(description="Of its own decision; empty where only the request has one.")
    action: str
    reason_codes: list[str]
    quantity: Decimal | None
    unit: str = strawberry.field(description="VS visits, DY days, HS hours, MN months, UN units.")
    valid_from: date | None
    valid_through: date | None


@gated_model(
    Authorization,
    Permission.CLAIMS_READ,
    name="Authorization",
    description="What a payer answered to a request for authorization (278).",
)
class AuthorizationType:
    id: strawberry.ID
    authorization_number: str
    action_code: str
    trace_number: str
    answered_date: date
    quantity: Decimal | None
    unit: str = strawberry.field(description="VS visits, DY days, HS hours, MN months, UN units.")
    valid_from: date | None
    valid_through: date | None

    @strawberry.field(description="The action in words.")
    def action(self) -> str:
        return action_label(cast(Authorization, self).action_code)

    @strawberry.field
    def reason_codes(self) -> list[str]:
        return codes(cast(Authorization, self).reason_codes)

    @strawberry.field
    def services(self) -> list[AuthorizedService]:
        return [
            AuthorizedService(
                procedure_code=procedure_code,
                action_code=action_code,
                action=action_label(action_code),
                reason_codes=reason_codes,
                quantity=None if quantity is None else Decimal(quantity),
                unit=unit,
                valid_from=None if valid_from is None else date.fromisoformat(valid_from),
                valid_through=None if valid_through is None else date.fromisoformat(valid_through),
            )
            for (
                procedure_code, action_code, reason_codes, quantity, unit, valid_from, valid_through,
            ) in cast(Authorization, self).services
        ]  # fmt: skip

    @strawberry.field
    def upload_id(self) -> strawberry.ID:
        return strawberry.ID(str(cast(Authorization, self).upload_id))


def authorizations_of(info: Info, claims: list[Claim]) -> dict[tuple[UUID, str], Authorization]:
    """Authorizations by payer and number, read together once per request by whoever lists claims."""
    known: dict[tuple[UUID, str], Authorization] = info.context.cache.setdefault("authorizations", {})
    asked: set[str] = info.context.cache.setdefault("authorization_numbers", {""})
    missing = {claim.authorization_number for claim in claims} - asked
    if missing:
        asked |= missing
        known |= selectors.authorizations(info.context.organization_id, missing)
    return known


@gated_model(Claim, Permission.CLAIMS_READ, name="Claim")
class ClaimType:
    id: strawberry.ID
    control_number: str
    payer_claim_number: str
    payer: PayerType
    service_group: ServiceGroupType | None
    procedure_code: str
    outcome: Outcome
    service_date: date | None
    submitted_date: date | None
    decided_date: date | None
    paid_date: date | None
    billed_amount: Decimal
    allowed_amount: Decimal | None
    paid_amount: Decimal | None
    denial_code: str
    denial_category: str
    location: str
    provider_npi: str
    authorization_number: str
    plan: str
    contract: str
    lines: list[ClaimLineType]
    acknowledgements: list[ClaimAcknowledgementType] = strawberry.field(description="The newest first; it stands.")

    @strawberry.field(directives=requires(Permission.PHI_READ), description="Who it is for, to be read for a reason.")
    def patient(self, reason: ReadingReason) -> PatientType | None:
        return cast(Any, cast(Claim, self).patient)

    @strawberry.field(description="Adjustments of the claim as a whole; those of its lines stand with the lines.")
    def adjustments(self) -> list[AdjustmentType]:
        return cast(
            Any, [adjustment for adjustment in cast(Claim, self).adjustments.all() if adjustment.line_id is None]
        )

    @strawberry.field(description="The denial category in words; empty when nothing was denied.")
    def denial_label(self) -> str:
        category = cast(Claim, self).denial_category
        return CATEGORIES.get(category, category)

    @strawberry.field(description=DENIAL_TEXT)
    def denial_text(self, info: Info) -> str | None:
        return code_text(info, ReasonKind.CARC, cast(Claim, self).denial_code)

    @strawberry.field
    def diagnosis_codes(self) -> list[str]:
        return codes(cast(Claim, self).diagnosis_codes)

    @strawberry.field
    def remark_codes(self) -> list[str]:
        return codes(cast(Claim, self).remark_codes)

    @strawberry.field(description="Remarks on the claim as a whole; those on its lines stand with the lines.")
    def remarks(self) -> list[ClaimRemark]:
        return remarks_of(cast(Claim, self).remark_codes)

    @strawberry.field(description="What its payer answered last under its authorization number.")
    def authorization(self, info: Info) -> AuthorizationType | None:
        claim = cast(Claim, self)
        return cast(Any, authorizations_of(info, [claim]).get((claim.payer_id, claim.authorization_number)))

    @strawberry.field
    def days_to_decision(self) -> int | None:
        claim = cast(Claim, self)
        if claim.decided_date is None or claim.submitted_date is None:
            return None
        return (claim.decided_date - claim.submitted_date).days
