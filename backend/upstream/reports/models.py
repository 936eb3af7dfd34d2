"""Exports: files people asked for."""

from django.db import models

from upstream.core.models import Job, OrganizationForeignKey, OrganizationModel


class ExportKind(models.TextChoices):
    ALERT_PDF = "ALERT_PDF"
    CLAIMS_XLSX = "CLAIMS_XLSX"
    ALERTS_XLSX = "ALERTS_XLSX"
    AUDIT_XLSX = "AUDIT_XLSX"
    QUERY_XLSX = "QUERY_XLSX"
    QUERY_CSV = "QUERY_CSV"


# What a query is answered with: for the person whose permissions it was carried out with, and nobody else.
OF_QUERIES = frozenset({ExportKind.QUERY_XLSX, ExportKind.QUERY_CSV})


class Export(OrganizationModel):
    kind = models.CharField(max_length=12, choices=ExportKind)
    title = models.CharField(max_length=200)
    file_name = models.CharField(max_length=200)
    parameters = models.JSONField(default=dict)
    includes_phi = models.BooleanField(default=False)
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    job = OrganizationForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+")
    stored_name = models.CharField(max_length=255, default="", blank=True)
    sha256 = models.CharField(max_length=64, default="", blank=True)
    size_bytes = models.BigIntegerField(null=True)
    rows = models.BigIntegerField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["organization", "-id"], name="export_newest")]
