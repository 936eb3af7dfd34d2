"""Exports in the graph."""

import strawberry
from django.db.models import QuerySet

from upstream.alerts.schema import AlertFilter
from upstream.claims.schema import ClaimFilter
from upstream.graph.context import Info
from upstream.graph.gates import gated, requires, shown
from upstream.graph.mutations import Problem, payload, row_id, uuid_of
from upstream.graph.pages import NEWEST_FIRST, Page, page
from upstream.graph.permissions import Permission
from upstream.reports import access, selectors, services
from upstream.reports.models import Export, ExportKind
from upstream.reports.types import ExportType
from upstream.trail.schema import AuditFilter


@gated(Permission.EXPORTS_READ)
class ExportPayload:
    export: ExportType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@strawberry.input
class CreateExportInput:
    kind: ExportKind
    alert_id: strawberry.ID | None = strawberry.field(
        default=None, description="ALERT_PDF: the alert; CLAIMS_XLSX: only the claims that prove it."
    )
    claim_filter: ClaimFilter | None = None
    alert_filter: AlertFilter | None = None
    audit_filter: AuditFilter | None = None
    include_phi: bool = False


def _exports(info: Info) -> QuerySet[Export]:
    seen = access.seen(info.context.signed_in())
    return selectors.exports(info.context.organization_id).filter(seen).select_related("job")


@strawberry.type
class ReportsQuery:
    @strawberry.field(directives=requires(Permission.EXPORTS_READ))
    def exports(self, info: Info, first: int = 25, after: str | None = None) -> Page[ExportType] | None:
        organization_id = info.context.organization_id
        return page(_exports(info), organization_id=organization_id, order=NEWEST_FIRST, first=first, after=after)

    @strawberry.field(directives=requires(Permission.EXPORTS_READ))
    def export(self, info: Info, id: strawberry.ID) -> ExportType | None:
        return shown(_exports(info).filter(pk=row_id(id)).first())


@strawberry.type
class ReportsMutation:
    @strawberry.field(directives=requires(Permission.EXPORTS_WRITE))
    @payload(ExportPayload)
    def create_export(self, info: Info, input: CreateExportInput) -> ExportPayload | None:
        actor = info.context.signed_in()
        export = services.create_export(
            actor=actor,
            kind=input.kind,
            alert_id=uuid_of(input.alert_id, "alert", field="alertId") if input.alert_id else None,
            claim_filter=input.claim_filter.narrowed(actor) if input.claim_filter else None,
            alert_filter=input.alert_filter.narrowed() if input.alert_filter else None,
            audit_filter=input.audit_filter.narrowed() if input.audit_filter else None,
            include_phi=input.include_phi,
        )
        return ExportPayload(export=shown(export))

    @strawberry.field(directives=requires(Permission.EXPORTS_WRITE), description="Start a failed export again.")
    @payload(ExportPayload)
    def retry_export(self, info: Info, id: strawberry.ID) -> ExportPayload | None:
        export = services.retry_export(actor=info.context.signed_in(), export_id=uuid_of(id, "export"))
        return ExportPayload(export=shown(export))
