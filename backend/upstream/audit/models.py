"""The audit trail of an organization: each event carries the digest of the one before it."""

from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from upstream.audit import acting
from upstream.audit.configuration import target_of
from upstream.core import clock
from upstream.core.actor import ActorKind
from upstream.core.logs import request_id
from upstream.core.models import OrganizationManager, OrganizationModel

# Before the first event there is none.
NO_DIGEST = "0" * 64


class AuditEvent(OrganizationModel):
    append_only = True

    # Each index below begins with it, and its actor tells whose an event is: without an index and a check of its own it
    # is written faster.
    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
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
    """Both ends of an organization's chain; locked while a link is added, so that numbers follow the chain."""

    sequence = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default=NO_DIGEST)
    # Where the chain begins: the first event that was not disposed of, and the digest of the one before it.
    first = models.PositiveBigIntegerField(default=1)
    anchor = models.CharField(max_length=64, default=NO_DIGEST)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization"], name="audit_head_once")]


class ChangesManager(OrganizationManager):
    """With what auditlog asks of the manager of its entries."""

    def log_create(
        self, instance: models.Model, *, action: int, changes: dict[str, Any] | None, force_log: bool = False
    ) -> "ConfigurationChange":
        actor = acting.current()
        target_type, target_id = target_of(instance)
        # An organization is its own.
        organization_id: UUID = getattr(instance, "organization_id", instance.pk)
        return ConfigurationChange.unscoped.create(
            organization_id=organization_id,
            actor_kind=actor.kind if actor else ActorKind.SYSTEM,
            actor_id=actor.id if actor else None,
            action=action,
            target_type=target_type,
            target_id=target_id,
            changes=changes or {},
            request_id=request_id.get(),
        )


class ConfigurationChange(OrganizationModel):
    """How a record of the configuration was changed, field by field: auditlog writes it in place of its own entry."""

    append_only = True

    class Action(models.IntegerChoices):
        """By auditlog's numbers."""

        CREATE = 0
        UPDATE = 1
        DELETE = 2

    at = models.DateTimeField(default=clock.now)
    actor_kind = models.CharField(max_length=20)
    actor_id = models.UUIDField(null=True)
    action = models.PositiveSmallIntegerField(choices=Action)
    target_type = models.CharField(max_length=60)
    target_id = models.CharField(max_length=64)
    # [before, after] by the name of the field.
    changes = models.JSONField()
    request_id = models.CharField(max_length=64, default="", blank=True)

    objects: ClassVar[ChangesManager] = ChangesManager()

    class Meta(OrganizationModel.Meta):
        indexes = [
            models.Index(fields=["organization", "target_type", "target_id", "-id"], name="change_by_target"),
        ]
