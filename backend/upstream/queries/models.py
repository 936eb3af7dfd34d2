"""Queries that people keep, and when they are to be carried out."""

from django.db import models

from upstream.core.models import OrganizationForeignKey, OrganizationModel
from upstream.reports.models import Export, ExportKind


class SavedQuery(OrganizationModel):
    """A text of one query with values for its variables: its owner's, or for all who may write queries."""

    owner = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=500, default="", blank=True)
    text = models.TextField()
    variables = models.JSONField(default=dict)
    shared = models.BooleanField(default=False)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "owner", "name"], name="saved_query_of_owner_once"),
        ]
        indexes = [models.Index(fields=["organization", "name", "id"], name="saved_query_by_name")]


class Frequency(models.TextChoices):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


class QuerySchedule(OrganizationModel):
    """A query is carried out again and again for one person, as far as that person may see what it asks for."""

    query = OrganizationForeignKey(SavedQuery, on_delete=models.CASCADE, related_name="schedules")
    scheduled_by = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=ExportKind)
    frequency = models.CharField(max_length=8, choices=Frequency)
    # 1 is Monday; null where it is not weekly.
    weekday = models.PositiveSmallIntegerField(null=True)
    # The last day of shorter months stands for those they lack; null where it is not monthly.
    day_of_month = models.PositiveSmallIntegerField(null=True)
    hour = models.PositiveSmallIntegerField()
    # Of the IANA database, such as America/Chicago.
    time_zone = models.CharField(max_length=64)
    next_run_at = models.DateTimeField()
    last_run_at = models.DateTimeField(null=True)
    last_export = OrganizationForeignKey(Export, null=True, on_delete=models.SET_NULL, related_name="+")
    stopped_at = models.DateTimeField(null=True)
    stopped_because = models.CharField(max_length=500, default="", blank=True)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "query", "scheduled_by"], name="query_schedule_of_person_once"
            ),
        ]
        indexes = [models.Index(fields=["stopped_at", "next_run_at"], name="query_schedule_due")]
