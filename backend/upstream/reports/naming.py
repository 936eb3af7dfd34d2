"""Titles and file names of exports: what it is and of when, and nothing about a patient."""

from datetime import date

from django.utils.text import slugify

from upstream.reports.models import ExportKind

LONGEST = 200
_NAMES = {
    ExportKind.ALERT_PDF: ("alert", "pdf"),
    ExportKind.CLAIMS_XLSX: ("claims", "xlsx"),
    ExportKind.ALERTS_XLSX: ("alerts", "xlsx"),
    ExportKind.AUDIT_XLSX: ("audit", "xlsx"),
    ExportKind.QUERY_XLSX: ("query", "xlsx"),
    ExportKind.QUERY_CSV: ("query", "csv"),
}


def file_name(kind: str, name: str, on: date, includes_phi: bool) -> str:
    """`upstream-alert-northwind-2026-03-14.pdf`: ASCII; a name (of a payer or a query) that has none is left out."""
    subject, extension = _NAMES[ExportKind(kind)]
    parts = ["upstream", subject, slugify(name)[:60].strip("-"), "with-patients" if includes_phi else ""]
    return "-".join([*filter(None, parts), on.isoformat()]) + f".{extension}"


def title(subject: str, phrases: list[str]) -> str:
    """`Claims: Northwind; outcome: denied`, cut at a word where it grows too long."""
    text = "; ".join([subject, *phrases])
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 2].rsplit(" ", 1)[0].rstrip() + " \u2026"
