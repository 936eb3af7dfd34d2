"""What detection reads: claims counted by day, and what changed since."""

from django.db import models

from upstream.claims.models.kept import KeptModel
from upstream.claims.models.names import Payer, ServiceGroup
from upstream.core.models import OrganizationForeignKey, OrganizationModel


class RollupSlice(KeptModel):
    """Claims that are counted together: a payer's of one service group, or a payer's of one location.

    A claim counts in one of each kind. Takebacks that name no claim stand in the payer's slice with neither.
    """

    payer = OrganizationForeignKey(Payer, on_delete=models.CASCADE, related_name="+", db_index=False)
    service_group = OrganizationForeignKey(
        ServiceGroup, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    location = models.CharField(max_length=100, default="", blank=True)
    # Claims without a decision, however old: not by day, because deciding a claim would then change its old day.
    pending = models.BigIntegerField(default=0)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "payer", "service_group"],
                condition=models.Q(service_group__isnull=False),
                name="rollup_slice_of_group_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "payer", "location"],
                condition=models.Q(service_group__isnull=True),
                name="rollup_slice_of_location_once",
            ),
        ]


class RollupDay(KeptModel):
    """What happened to the claims of one slice on one day; amounts in cents. See `rollup.counting` for the terms.

    Rows exist only where something happened. What lists ask for has columns; the two binary ones are little-endian
    numbers that detection reads by the million: `decisions` by denial category, `ends` by how long claims had waited.
    """

    # Folds write these rows by the hundred thousand; when they did, nobody asks.
    created_at = None  # type: ignore[assignment]
    updated_at = None  # type: ignore[assignment]
    slice = OrganizationForeignKey(RollupSlice, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    submitted = models.BigIntegerField(default=0)
    submitted_cents = models.BigIntegerField(default=0)
    waiting = models.BigIntegerField(default=0)
    decided = models.BigIntegerField(default=0)
    denied = models.BigIntegerField(default=0)
    paid_cents = models.BigIntegerField(default=0)
    takebacks = models.BigIntegerField(default=0)
    takeback_cents = models.BigIntegerField(default=0)
    decisions = models.BinaryField(default=bytes)
    ends = models.BinaryField(default=bytes)

    class Meta(OrganizationModel.Meta):
        # With the sums beside the key on PostgreSQL, by a migration: SQLite knows no such index.
        constraints = [models.UniqueConstraint(fields=["organization", "slice", "day"], name="rollup_day_once")]
        indexes = [models.Index(fields=["organization", "day"], name="rollup_by_day")]


class RollupChanges(KeptModel):
    """Claims that a batch of the intake moved in or out of the roll-up, until a fold merges them into the days.

    slices: [payer, service group or null, location] of each slice named by its place; claims and takebacks: rows of
    numbers (`rollup.changes`).
    """

    slices = models.JSONField(default=list)
    claims = models.BinaryField(default=bytes)
    takebacks = models.BinaryField(default=bytes)

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["organization", "id"], name="rollup_changes_in_order")]


class RollupFold(KeptModel):
    """A merge of changes into the days that touched what detection reads, and the earliest day it touched."""

    number = models.PositiveIntegerField()
    changed_from = models.DateField()

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "number"], name="rollup_fold_once")]


class FirstSeen(KeptModel):
    """The first submission day of claims of a location, or of a rendering provider (by NPI)."""

    class Kind(models.TextChoices):
        LOCATION = "LOCATION"
        PROVIDER = "PROVIDER"

    kind = models.CharField(max_length=8, choices=Kind)
    value = models.CharField(max_length=100)
    first_on = models.DateField()

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "kind", "value"], name="first_seen_once")]
