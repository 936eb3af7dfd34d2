"""Claims and payers in the graph."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from django.db.models import Prefetch, QuerySet

from upstream.audit import services as audit
from upstream.claims import selectors, services
from upstream.claims.models import (
    Adjustment,
    Claim,
    ClaimAcknowledgement,
    ClaimLine,
    Outcome,
    Payer,
    PayerAlias,
)
from upstream.claims.payer_suggestions import suggested_pairs
from upstream.claims.types import (
    ClaimType,
    PayerType,
    authorizations_of,
    data_through,
    summaries_of,
)
from upstream.core.actor import Actor
from upstream.core.compiled import Conditions
from upstream.graph.context import Info
from upstream.graph.gates import gated, requires, shown
from upstream.graph.mutations import Problem, payload, row_id, row_id_or_none, uuid_of
from upstream.graph.pages import Column, Page, ascending, descending, page, to_date
from upstream.graph.permissions import Permission
from upstream.graph.selection import arguments, fields, selects


@strawberry.enum
class ClaimOrder(Enum):
    SUBMITTED_DESC = "submitted_desc"
    SUBMITTED_ASC = "submitted_asc"
    DECIDED_DESC = "decided_desc"
    BILLED_DESC = "billed_desc"


CLAIM_ORDERS: dict[ClaimOrder, tuple[Column, ...]] = {
    ClaimOrder.SUBMITTED_DESC: (descending("submitted_date", to_date), descending("id", UUID)),
    ClaimOrder.SUBMITTED_ASC: (ascending("submitted_date", to_date), ascending("id", UUID)),
    ClaimOrder.DECIDED_DESC: (descending("decided_date", to_date), descending("id", UUID)),
    ClaimOrder.BILLED_DESC: (descending("billed_amount", Decimal), descending("id", UUID)),
}


@strawberry.enum
class PayerOrder(Enum):
    NAME = "name"
    CLAIMS_DESC = "claims_desc"
    DENIAL_RATE_DESC = "denial_rate_desc"


PAYER_ORDERS: dict[PayerOrder, tuple[Column, ...]] = {
    PayerOrder.NAME: (ascending("name", str), ascending("id", UUID)),
    PayerOrder.CLAIMS_DESC: (descending("recent_claims", int), descending("id", UUID)),
    PayerOrder.DENIAL_RATE_DESC: (descending("recent_denial_rate", float), descending("id", UUID)),
}


@strawberry.input
class ClaimFilter:
    payer_id: strawberry.ID | None = None
    service_group_id: strawberry.ID | None = None
    outcome: list[Outcome] | None = None
    denial_category: str | None = None
    denial_code: str | None = None
    procedure_code: str | None = None
    location: str | None = None
    submitted_from: date | None = None
    submitted_to: date | None = None
    decided_from: date | None = None
    decided_to: date | None = None
    control_number: str | None = None
    upload_id: strawberry.ID | None = None
    signal_id: strawberry.ID | None = strawberry.field(default=None, description="The claims that prove a signal.")
    patient_id: strawberry.ID | None = strawberry.field(
        default=None, description="The claims of one patient; needs the permission PHI_READ."
    )

    def narrowed(self, actor: Actor) -> selectors.ClaimFilter:
        """The selector's filter; an id that is none finds nothing, like an unknown one. Raises FORBIDDEN."""
        if self.patient_id:
            actor.require(Permission.PHI_READ)
        return selectors.ClaimFilter(
            payer_id=row_id_or_none(self.payer_id),
            service_group_id=row_id_or_none(self.service_group_id),
            outcome=tuple(self.outcome or ()),
            denial_category=self.denial_category or None,
            denial_code=self.denial_code or None,
            procedure_code=self.procedure_code or None,
            location=self.location or None,
            submitted_from=self.submitted_from,
            submitted_to=self.submitted_to,
            decided_from=self.decided_from,
            decided_to=self.decided_to,
            control_number=self.control_number or None,
            upload_id=row_id_or_none(self.upload_id),
            signal_id=row_id_or_none(self.signal_id),
            patient_id=row_id_or_none(self.patient_id),
        )


@strawberry.input
class PayerFilter:
    search: str | None = None


@gated(Permission.PAYERS_READ, description="Two payers that are probably one under two names.")
class PayerSuggestion:
    payer: PayerType
    other: PayerType


@gated(Permission.PAYERS_READ)
class PayerPayload:
    payer: PayerType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


def with_relations(rows: QuerySet[Claim], info: Info, *path: str) -> QuerySet[Claim]:
    """Fetch along with claims what the query selects of them below `path`: six queries a page at most."""
    organization_id = info.context.organization_id
    if selects(info, *path, "payer"):
        rows = rows.select_related("payer")
    if selects(info, *path, "serviceGroup"):
        rows = rows.select_related("service_group")
    if selects(info, *path, "patient") and info.context.signed_in().may(Permission.PHI_READ):
        rows = rows.select_related("patient")
    if selects(info, *path, "lines"):
        lines = ClaimLine.objects.for_organization(organization_id).order_by("number")
        if selects(info, *path, "lines", "adjustments"):
            lines = lines.prefetch_related(
                Prefetch("adjustments", Adjustment.objects.for_organization(organization_id).order_by("id"))
            )
        rows = rows.prefetch_related(Prefetch("lines", lines))
    if selects(info, *path, "adjustments"):
        adjustments = Adjustment.objects.for_organization(organization_id).filter(line=None).order_by("id")
        rows = rows.prefetch_related(Prefetch("adjustments", adjustments))
    if selects(info, *path, "acknowledgements"):
        acknowledgements = ClaimAcknowledgement.objects.for_organization(organization_id)
        newest_first = acknowledgements.order_by("-acknowledged_date", "-id")
        rows = rows.prefetch_related(Prefetch("acknowledgements", newest_first))
    return rows


def claim_page(
    info: Info, rows: QuerySet[Claim] | Conditions, *, order: ClaimOrder, first: int, after: str | None
) -> Page[ClaimType]:
    """A page of claims with what the query selects of them; reading patients is written to the audit trail."""
    organization_id = info.context.organization_id
    found = page(
        rows,
        organization_id=organization_id,
        order=CLAIM_ORDERS[order],
        first=first,
        after=after,
        related=lambda rows: with_relations(rows, info, "items"),
    )
    if selects(info, "items", "authorization"):
        authorizations_of(info, found.rows.models())
    if selects(info, "items", "patient"):
        _record_reading(info, found.rows.models(), "items", "patient")
    return found


def _record_reading(info: Info, claims: list[Any], *path: str) -> None:
    actor = info.context.signed_in()
    if not actor.may(Permission.PHI_READ):
        return
    patients = sorted({str(claim.patient_id) for claim in claims if claim.patient_id})
    if patients:
        read = {
            "fields": sorted(fields(info, *path)),
            "reasons": sorted({str(each) for each in arguments(info, "reason", *path)}),
        }
        audit.record(actor=actor, action="phi.read", target_type="patient", detail={"patients": patients} | read)


@strawberry.type
class ClaimsQuery:
    @strawberry.field(directives=requires(Permission.CLAIMS_READ))
    def claims(
        self,
        info: Info,
        filter: ClaimFilter | None = None,
        order_by: ClaimOrder = ClaimOrder.SUBMITTED_DESC,
        first: int = 50,
        after: str | None = None,
    ) -> Page[ClaimType] | None:
        wanted = filter.narrowed(info.context.signed_in()) if filter else selectors.ClaimFilter()
        claims = selectors.claims if wanted.signal_id else selectors.conditions
        rows = claims(info.context.organization_id, wanted)
        return claim_page(info, rows, order=order_by, first=first, after=after)

    @strawberry.field(directives=requires(Permission.CLAIMS_READ))
    def claim(self, info: Info, id: strawberry.ID) -> ClaimType | None:
        rows = with_relations(Claim.objects.for_organization(info.context.organization_id).filter(pk=row_id(id)), info)
        claim = rows.first()
        if claim is not None and selects(info, "patient"):
            _record_reading(info, [claim], "patient")
        return shown(claim)

    @strawberry.field(directives=requires(Permission.PAYERS_READ))
    def payers(
        self,
        info: Info,
        filter: PayerFilter | None = None,
        order_by: PayerOrder = PayerOrder.NAME,
        first: int = 50,
        after: str | None = None,
    ) -> Page[PayerType] | None:
        organization_id = info.context.organization_id
        rows = _payers(organization_id)
        if filter and filter.search:
            rows = rows.filter(name__icontains=filter.search)
        if order_by != PayerOrder.NAME:
            rows = selectors.with_recent_figures(rows, organization_id, data_through(info))
        found = page(rows, organization_id=organization_id, order=PAYER_ORDERS[order_by], first=first, after=after)
        if selects(info, "items", "summary"):
            summaries_of(info, [payer.pk for payer in found.rows])
        return found

    @strawberry.field(directives=requires(Permission.PAYERS_READ))
    def payer(self, info: Info, id: strawberry.ID) -> PayerType | None:
        return shown(_payers(info.context.organization_id).filter(pk=row_id(id)).first())

    @strawberry.field(
        directives=requires(Permission.PAYERS_READ),
        description="Payers whose names say the same; `addPayerAlias` makes two one, `keepPayersApart` drops a pair.",
    )
    def payer_suggestions(self, info: Info) -> list[PayerSuggestion] | None:
        organization_id = info.context.organization_id
        pairs = suggested_pairs(organization_id)
        payers = {
            payer.pk: payer for payer in _payers(organization_id).filter(pk__in={pk for pair in pairs for pk in pair})
        }
        if selects(info, "payer", "summary") or selects(info, "other", "summary"):
            summaries_of(info, list(payers))
        return [PayerSuggestion(payer=shown(payers[one]), other=shown(payers[other])) for one, other in pairs]


def _payers(organization_id: UUID) -> QuerySet[Payer]:
    aliases = PayerAlias.objects.for_organization(organization_id).order_by("alias")
    return Payer.objects.for_organization(organization_id).prefetch_related(Prefetch("aliases", aliases))


@strawberry.type
class ClaimsMutation:
    @strawberry.field(directives=requires(Permission.PAYERS_WRITE))
    @payload(PayerPayload)
    def rename_payer(self, info: Info, id: strawberry.ID, name: str) -> PayerPayload | None:
        payer = services.rename_payer(actor=info.context.signed_in(), payer_id=uuid_of(id, "payer"), name=name)
        return PayerPayload(payer=shown(payer))

    @strawberry.field(
        directives=requires(Permission.PAYERS_WRITE),
        description="From now on files that say `alias` mean this payer; a payer of that name is merged into it.",
    )
    @payload(PayerPayload)
    def add_payer_alias(self, info: Info, id: strawberry.ID, alias: str) -> PayerPayload | None:
        payer = services.add_payer_alias(actor=info.context.signed_in(), payer_id=uuid_of(id, "payer"), alias=alias)
        return PayerPayload(payer=shown(payer))

    @strawberry.field(
        directives=requires(Permission.PAYERS_WRITE), description="Suggest no more that these two payers are one."
    )
    @payload(PayerPayload)
    def keep_payers_apart(self, info: Info, payer_id: strawberry.ID, other_id: strawberry.ID) -> PayerPayload | None:
        payer = services.keep_payers_apart(
            actor=info.context.signed_in(), payer_id=uuid_of(payer_id, "payer"), other_id=uuid_of(other_id, "payer")
        )
        return PayerPayload(payer=shown(payer))
