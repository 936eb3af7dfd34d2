"""The audit trail of an organization: each event carries the digest of the one before it."""

from django.db import models

from upstream.core import clock
from upstream.core.models import OrganizationModel


class AuditEvent(OrganizationModel):
    append_only = True

    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=clock.now)
    actor_id = models.UUIDField(null=True)
    actor_kind = models.CharField(max_length=20)
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60, default="", blank=True)
    target_id = models.CharField(max_length=64, default="", blank=True)
    detail = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, default="", blank=True)
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "sequence"], name="audit_sequence_once")]
        indexes = [
            models.Index(fields=["organization", "action", "-at"], name="audit_by_action"),
            models.Index(fields=["organization", "actor_id", "-sequence"], name="audit_by_actor"),
            models.Index(fields=["organization", "target_type", "target_id", "-sequence"], name="audit_by_target"),
            models.Index(fields=["organization", "-at"], name="audit_by_day"),
        ]


class AuditHead(OrganizationModel):
    """The last link of an organization's chain; locked while a link is added, so that numbers follow the chain."""

    sequence = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="0" * 64)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization"], name="audit_head_once")]
