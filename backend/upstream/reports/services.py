"""Asking for exports, keeping them and letting them expire. How they are made is `rendering`'s."""

import logging
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction

from upstream.accounts.services import system_actor
from upstream.alerts.selectors import AlertFilter
from upstream.alerts.words import headline
from upstream.audit import services as audit
from upstream.audit.selectors import AuditFilter
from upstream.claims.selectors import ClaimFilter
from upstream.core import clock, jobs
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.graph.permissions import Permission
from upstream.intake.models import Upload
from upstream.phi import files
from upstream.reports import access, filters, links, naming, selectors
from upstream.reports.models import OF_QUERIES, Export, ExportKind

JOB_KIND = "reports.export"
# A tick takes a bounded time; the next one goes on.
EXPIRED_PER_RUN = 500
_SUBJECTS = {
    ExportKind.CLAIMS_XLSX: "Claims",
    ExportKind.ALERTS_XLSX: "Alerts",
    ExportKind.AUDIT_XLSX: "Audit trail",
}

log = logging.getLogger(__name__)


def create_export(
    *,
    actor: Actor,
    kind: str,
    alert_id: UUID | None = None,
    claim_filter: ClaimFilter | Mapping[str, Any] | None = None,
    alert_filter: AlertFilter | Mapping[str, Any] | None = None,
    audit_filter: AuditFilter | Mapping[str, Any] | None = None,
    include_phi: bool = False,
) -> Export:
    """Ask for a file; a job makes it.

    ALERT_PDF is of `alert_id`. CLAIMS_XLSX holds the claims of `claim_filter` (names of the claims' selector, and
    `signal_id` for the claims that prove a signal), of them with `alert_id` those that prove the alert. ALERTS_XLSX
    holds the alerts of `alert_filter`, AUDIT_XLSX the events of `audit_filter`. Raises FORBIDDEN without EXPORTS_WRITE,
    without what seeing the content needs, or with `include_phi` without EXPORTS_PHI and PHI_READ, and STEP_UP_REQUIRED
    when the person has not just confirmed who they are; NOT_FOUND for ids unknown and foreign alike; REQUIRED for a
    missing alert; INVALID for filters that cannot be read.
    """
    actor.require(Permission.EXPORTS_WRITE)
    _require_fit(kind, alert_id, claim_filter, alert_filter, audit_filter, include_phi)
    for permission in sorted(access.content_permissions(kind, include_phi)):
        actor.require(permission)
    if include_phi:
        actor.require_confirmed()
    alert = selectors.alert(actor.organization_id, alert_id) if alert_id else None
    claims = filters.keep_claim_filter(actor.organization_id, claim_filter)
    if alert and kind == ExportKind.CLAIMS_XLSX:
        claims["signal_id"] = str(alert.signal_id)
    alerts = filters.keep_alert_filter(actor.organization_id, alert_filter)
    events = filters.keep_audit_filter(actor.organization_id, audit_filter)
    payer = alert.payer.name if alert else filters.payer_name(actor.organization_id, claims or alerts)
    if alert and kind == ExportKind.ALERT_PDF:
        title = naming.title(headline(alert), [])
    else:
        title = naming.title(
            _SUBJECTS[ExportKind(kind)],
            # What a person searched for may be a patient's: it is told in the file, not in lists of files.
            filters.in_words(
                actor.organization_id, claims or alerts or events, leave_out=("control_number", "search", "target_id")
            ),
        )
    export = Export(
        organization_id=actor.organization_id,
        kind=kind,
        title=title,
        file_name=naming.file_name(kind, payer, clock.today(), include_phi),
        parameters={
            "alert_id": str(alert_id) if alert_id else None,
            "claim_filter": claims,
            "alert_filter": alerts,
            "audit_filter": events,
        },
        includes_phi=include_phi,
        created_by_id=actor.user_id,
    )
    _ask_for(export, actor, {"alert_id": export.parameters["alert_id"], "filters": sorted(claims | alerts | events)})
    return export


def create_query_export(
    *,
    actor: Actor,
    kind: str,
    name: str,
    text: str,
    variables: Mapping[str, Any],
    needs: Collection[str],
) -> Export:
    """Ask for the file of what a query is answered with: QUERY_XLSX or QUERY_CSV, without patients, for this person.

    `text` was checked; `needs` are the permissions of its fields. Raises FORBIDDEN without one of them, EXPORTS_WRITE
    or AD_HOC_QUERIES.
    """
    actor.require(Permission.EXPORTS_WRITE)
    for permission in sorted(access.content_permissions(kind, False) | frozenset(needs)):
        actor.require(permission)
    export = Export(
        organization_id=actor.organization_id,
        kind=kind,
        title=naming.title(name, []),
        file_name=naming.file_name(kind, name, clock.today(), False),
        parameters={"query": text, "variables": dict(variables), "permissions": sorted(needs)},
        created_by_id=actor.user_id,
    )
    _ask_for(export, actor, {})
    return export


@transaction.atomic
def _ask_for(export: Export, actor: Actor, detail: dict[str, Any]) -> None:
    """Write the export with the job that makes it."""
    export.job = jobs.enqueue(
        organization_id=actor.organization_id,
        kind=JOB_KIND,
        parameters={"export_id": str(export.pk)},
        created_by_id=actor.user_id,
    )
    export.save(force_insert=True)
    audit.record(
        actor=actor,
        action="export.created",
        target_type="export",
        target_id=export.pk,
        detail={"kind": export.kind, "phi": export.includes_phi} | detail,
    )


def _require_fit(
    kind: str,
    alert_id: UUID | None,
    claim_filter: object,
    alert_filter: object,
    audit_filter: object,
    include_phi: bool,
) -> None:
    """Raise for a request whose parts do not belong together."""
    if kind not in ExportKind.values:
        raise ServiceError(ErrorCode.INVALID, f"Ask for one of {', '.join(ExportKind.values)}.", field="kind")
    if kind in OF_QUERIES:
        raise ServiceError(ErrorCode.INVALID, "Save the query, and ask for an export of the saved query.", field="kind")
    if kind == ExportKind.ALERT_PDF and alert_id is None:
        raise ServiceError(ErrorCode.REQUIRED, "Say which alert the report is about.", field="alertId")
    if kind == ExportKind.AUDIT_XLSX and (alert_id is not None or include_phi):
        field = "includePhi" if include_phi else "alertId"
        raise ServiceError(ErrorCode.INVALID, "The audit workbook takes a filter of events alone.", field=field)
    if kind != ExportKind.AUDIT_XLSX and audit_filter is not None:
        raise ServiceError(ErrorCode.INVALID, "Only the audit workbook takes a filter of events.", field="auditFilter")
    if kind == ExportKind.ALERTS_XLSX and alert_id is not None:
        raise ServiceError(ErrorCode.INVALID, "The alerts workbook takes a filter, not one alert.", field="alertId")
    if kind == ExportKind.ALERTS_XLSX and include_phi:
        raise ServiceError(ErrorCode.INVALID, "The alerts workbook has no patients to include.", field="includePhi")
    if kind != ExportKind.CLAIMS_XLSX and claim_filter is not None:
        raise ServiceError(ErrorCode.INVALID, "Only the claims workbook takes a filter of claims.", field="claimFilter")
    if kind != ExportKind.ALERTS_XLSX and alert_filter is not None:
        raise ServiceError(ErrorCode.INVALID, "Only the alerts workbook takes a filter of alerts.", field="alertFilter")


def retry_export(*, actor: Actor, export_id: UUID) -> Export:
    """Make a failed or cancelled export again.

    Raises NOT_FOUND, FORBIDDEN, STEP_UP_REQUIRED where it holds patients, and CONFLICT when it did not fail.
    """
    actor.require(Permission.EXPORTS_WRITE)
    export = selectors.export(actor.organization_id, export_id)
    if export.kind in OF_QUERIES and export.created_by_id != actor.user_id:
        raise not_found("export")
    for permission in sorted(access.needed_by(export)):
        actor.require(permission)
    if export.includes_phi:
        actor.require_confirmed()
    with transaction.atomic():
        jobs.retry(selectors.job_of(export))
        audit.record(actor=actor, action="export.retried", target_type="export", target_id=export.pk)
    return export


def download_url(export: Export, actor: Actor) -> str | None:
    """A link of a few minutes for this person; None while there is no file, once it expired, and where they may not.

    Raises STEP_UP_REQUIRED where it holds patients and the person has not just confirmed who they are.
    """
    ready = export.stored_name and export.expires_at and export.expires_at > clock.now()
    if not ready or actor.user_id is None or not access.may_download(export, actor):
        return None
    if export.includes_phi:
        actor.require_confirmed()
    return links.sign(links.LinkKind.EXPORT, export.pk, actor)


def quarantine_url(upload: Upload, actor: Actor) -> str | None:
    """A link of a few minutes to an upload's open rejected rows; None when there are none, and where they may not.

    Raises STEP_UP_REQUIRED: rows as they were sent are full of patients.
    """
    if not upload.rows_open or actor.user_id is None or not access.may_download_rejected_rows(actor):
        return None
    actor.require_confirmed()
    return links.sign(links.LinkKind.QUARANTINE, upload.pk, actor)


def folder_of(export: Export) -> str:
    """Where an export's file is stored: a place of its own, so that what a lost worker left there is found."""
    return f"exports/{export.pk.hex}"


def clear_folder(export: Export, *, keep: str = "") -> None:
    """Delete every file of the export but `keep`."""
    folder = folder_of(export)
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        if f"{folder}/{name}" != keep:
            files.delete(f"{folder}/{name}")
    if not keep:
        # On a disk an empty folder stays behind; where folders are part of names this is nothing.
        default_storage.delete(folder)


def expire_exports() -> int:
    """Delete the files of expired exports, their rows stay; returns how many. Safe to run twice, and at once."""
    expired = Export.unscoped.filter(expires_at__lte=clock.now()).exclude(stored_name="")
    count = 0
    for export in expired.order_by("expires_at")[:EXPIRED_PER_RUN]:
        try:
            # The file goes first: stopped in between, the next run finds the row again.
            files.delete(export.stored_name)
            clear_folder(export)
        except Exception:
            log.exception("the file of export %s could not be deleted", export.pk)
            continue
        with transaction.atomic():
            if Export.unscoped.filter(pk=export.pk).exclude(stored_name="").update(stored_name=""):
                count += 1
                audit.record(
                    actor=system_actor(export.organization_id),
                    action="export.expired",
                    target_type="export",
                    target_id=export.pk,
                )
    return count
