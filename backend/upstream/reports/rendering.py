"""Making an export's file, once: rows or evidence in, one encrypted file out, whatever happens to workers."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from upstream.accounts.models import Organization
from upstream.accounts.services import system_actor
from upstream.audit import services as audit
from upstream.audit.selectors import newest_first
from upstream.claims.models import ReasonKind
from upstream.claims.selectors import code_texts, data_through
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.worker import JobRun
from upstream.phi import files
from upstream.reports import access, filters, query_tables, querying, selectors
from upstream.reports.excel import alerts as alert_sheet
from upstream.reports.excel import audit as audit_sheet
from upstream.reports.excel import claims as claim_sheet
from upstream.reports.excel.about import about
from upstream.reports.excel.stream import WorkbookStream
from upstream.reports.models import Export, ExportKind
from upstream.reports.pdf.content import report
from upstream.reports.pdf.renderer import html_of, pdf_of
from upstream.reports.services import clear_folder, folder_of
from upstream.trail import selectors as trail
from upstream.trail.actors import Names


class _Making:
    """One run at one export: for whom, and how many rows it came to."""

    def __init__(self, export: Export, run: JobRun, actor: Actor) -> None:
        self.export, self.run, self.actor = export, run, actor
        self.organization = Organization.objects.get(pk=export.organization_id)
        self.rows = 0

    @property
    def prepared_for(self) -> str:
        return self.export.created_by.name if self.export.created_by else "Upstream"


def render_export(export: Export, run: JobRun) -> dict[str, Any]:
    """Make the file and keep it; returns the job's result. An export that has its file is left as it is.

    Raises FORBIDDEN when the person who asked may no longer see the content, NOT_FOUND when what it is of is gone, and
    `LeaseLost` when another worker has taken over: then nothing of this run stays.
    """
    if not export.stored_name and export.expires_at is None:
        making = _Making(export, run, _asking(export))
        stored_name, size, digest = files.save(f"{folder_of(export)}/{uuid4().hex}", _MAKERS[export.kind](making))
        try:
            _keep(making, stored_name, size, digest)
        except BaseException:
            files.delete(stored_name)
            raise
        clear_folder(export, keep=stored_name)
    return {"export_id": str(export.pk), "rows": export.rows}


def _asking(export: Export) -> Actor:
    """The person who asked, with what they may do now."""
    if export.created_by_id is None:
        return system_actor(export.organization_id)
    actor = access.current_actor(export.organization_id, export.created_by_id)
    if actor is None or not access.needed_by(export) <= actor.permissions:
        raise ServiceError(ErrorCode.FORBIDDEN, "The person who asked for this export may no longer see what it holds.")
    return actor


def _keep(making: _Making, stored_name: str, size: int, digest: str) -> None:
    """Make the file the export's, if the job is still this run's."""
    export = making.export
    with transaction.atomic():
        making.run.fence()
        export.stored_name, export.size_bytes, export.sha256 = stored_name, size, digest
        export.rows = making.rows
        export.expires_at = clock.now() + timedelta(days=settings.EXPORT_DAYS)
        export.save(update_fields=["stored_name", "size_bytes", "sha256", "rows", "expires_at", "updated_at"])
        audit.record(
            actor=making.actor,
            action="export.made",
            target_type="export",
            target_id=export.pk,
            detail={"kind": export.kind, "rows": export.rows, "phi": export.includes_phi, "sha256": digest},
        )


def _alert_pdf(making: _Making) -> Iterator[bytes]:
    export, run = making.export, making.run
    run.progress(0, None, "Gathering the evidence")
    evidence = selectors.alert_evidence(
        export.organization_id, UUID(export.parameters["alert_id"]), include_phi=export.includes_phi
    )
    making.rows = len(evidence.claims)
    html = html_of(
        "reports/alert.html", report(evidence, include_phi=export.includes_phi, prepared_for=making.prepared_for)
    )
    yield pdf_of(html, alive=lambda: run.progress(0, making.rows, "Laying out the pages"))
    run.progress(making.rows, making.rows, "Laying out the pages")


def _claims_workbook(making: _Making) -> Iterator[bytes]:
    export = making.export
    kept = export.parameters["claim_filter"]
    rows = selectors.claims_of(export.organization_id, kept)
    texts = {code: text for (kind, code), text in code_texts(export.organization_id).items() if kind == ReasonKind.CARC}
    columns = claim_sheet.columns(export.includes_phi, texts)
    totals = claim_sheet.Totals(columns)
    read = totals.counted(selectors.claim_rows(rows, [column.source for column in columns]))
    book = WorkbookStream(title=export.title, author=making.organization.name)
    progress = _progress(making, rows.count(), "Writing claims")
    yield from book.table("Claims", columns, claim_sheet.shown(read, columns), progress)
    yield from _about(making, book, "Claims and what became of them", _filters(making, kept), totals.lines())


def _alerts_workbook(making: _Making) -> Iterator[bytes]:
    export = making.export
    kept = export.parameters["alert_filter"]
    rows = selectors.alerts_of(export.organization_id, kept)
    read = map(alert_sheet.row, selectors.alert_rows(export.organization_id, rows))
    book = WorkbookStream(title=export.title, author=making.organization.name)
    yield from book.table("Alerts", alert_sheet.COLUMNS, read, _progress(making, rows.count(), "Writing alerts"))
    yield from _about(making, book, "Alerts with their figures and judgements", _filters(making, kept), [])


def _audit_workbook(making: _Making) -> Iterator[bytes]:
    export = making.export
    kept = export.parameters["audit_filter"]
    events = trail.events(export.organization_id, filters.audit_filter(kept))
    read = audit_sheet.rows(newest_first(events), Names(export.organization_id))
    book = WorkbookStream(title=export.title, author=making.organization.name)
    yield from book.table("Audit trail", audit_sheet.COLUMNS, read, _progress(making, events.count(), "Writing events"))
    yield from _about(making, book, "Who did what, and when", _filters(making, kept), [])


def _query_workbook(making: _Making) -> Iterator[bytes]:
    export = making.export
    answer = querying.Answer(export, making.actor)
    book = WorkbookStream(title=export.title, author=making.organization.name)
    for table in answer.tables:
        progress = _progress(making, 0, "Writing rows")
        rows = (query_tables.values(table, row) for row in answer.rows(table))
        yield from book.table(query_tables.sheet_name(table), table.sheet_columns(), rows, progress)
    given = [f"{name}: {value}" for name, value in export.parameters["variables"].items()]
    told = [("Query", export.parameters["query"]), *answer.notes()]
    yield from _about(making, book, export.title, given, told)


def _query_csv(making: _Making) -> Iterator[bytes]:
    answer = querying.Answer(making.export, making.actor)
    (table,) = answer.tables
    yield from query_tables.csv_pieces(table, answer.rows(table), _progress(making, 0, "Writing rows"))
    making.rows = answer.count


def _progress(making: _Making, total: int, label: str) -> Callable[[int], None]:
    # Rows may come in while they are read: more done than there were in all would look like a mistake.
    return lambda done: making.run.progress(done, max(done, total), label)


def _filters(making: _Making, kept: filters.Kept) -> list[str]:
    return filters.in_words(making.export.organization_id, kept)


def _about(
    making: _Making, book: WorkbookStream, what: str, narrowed: list[str], totals: list[tuple[str, str]]
) -> Iterator[bytes]:
    export = making.export
    making.rows = book.rows
    lines = about(
        what=what,
        organization=making.organization.name,
        filters=narrowed,
        prepared_for=making.prepared_for,
        prepared_at=clock.now(),
        data_through=data_through(export.organization_id),
        includes_phi=export.includes_phi,
        book=book,
        totals=totals,
    )
    yield from book.pairs("About", lines)
    yield from book.finish()


_MAKERS: dict[str, Callable[[_Making], Iterator[bytes]]] = {
    ExportKind.ALERT_PDF: _alert_pdf,
    ExportKind.CLAIMS_XLSX: _claims_workbook,
    ExportKind.ALERTS_XLSX: _alerts_workbook,
    ExportKind.AUDIT_XLSX: _audit_workbook,
    ExportKind.QUERY_XLSX: _query_workbook,
    ExportKind.QUERY_CSV: _query_csv,
}
