"""Base models: a time-ordered id, times, and the organization every tenant row carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.db import models

from upstream.core import clock
from upstream.core.ids import uuid7

if TYPE_CHECKING:
    from upstream.accounts.models import Organization


class BaseModel(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        abstract = True


class OrganizationRequired(RuntimeError):
    """A query on tenant rows that did not say whose rows."""


class OrganizationManager(models.Manager[Any]):
    """The first belt of tenancy: no queryset without an organization.

    `Model.objects.all()` raises; `Model.objects.for_organization(organization)` is scoped; `parent.children` is scoped
    to the parent's organization.
    """

    def get_queryset(self) -> models.QuerySet[Any]:
        instance = getattr(self, "instance", None)
        if instance is None:
            raise OrganizationRequired(
                f"{self.model.__name__}.objects needs an organization: use .objects.for_organization(organization)."
            )
        return super().get_queryset().filter(organization_id=getattr(instance, "organization_id", instance.pk))

    def for_organization(self, organization: Organization | UUID) -> models.QuerySet[Any]:
        """Rows of one organization, given as the object or as its id."""
        organization_id = organization if isinstance(organization, UUID) else organization.pk
        return super().get_queryset().filter(organization_id=organization_id)


class OrganizationForeignKey(models.ForeignKey):
    """A key to another row of the same organization.

    The database checks (organization, id) together: see `core.tenancy`, which puts a check of both in place of Django's
    own.
    """

    def __init__(self, to: Any, on_delete: Any, **options: Any) -> None:
        options["db_constraint"] = False
        super().__init__(to, on_delete, **options)


class OrganizationModel(BaseModel):
    organization = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, related_name="+")

    objects = OrganizationManager()
    # For system work over all organizations: sweepers, migrations, verification. Never for an answer to a request.
    unscoped = models.Manager()  # noqa: DJ012 a manager, whatever its name

    append_only: ClassVar[bool] = False
    """Whether PostgreSQL refuses to change rows, and to remove them but in work over all organizations."""

    many_at_once: ClassVar[bool] = False
    """Whether PostgreSQL checks ties to other rows by the statement (`core.postgresql.ties`) instead of by the row."""

    class Meta:
        abstract = True
        base_manager_name = "unscoped"


class JobState(models.TextChoices):
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Job(OrganizationModel):
    """A piece of work that outlives its request. The row is the truth; a Celery message only wakes a worker for it."""

    kind = models.CharField(max_length=60)
    parameters = models.JSONField(default=dict)
    idempotency_key = models.CharField(max_length=200, null=True)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    run_after = models.DateTimeField(default=clock.now)
    woken_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    lease_token = models.UUIDField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True)
    progress_label = models.CharField(max_length=120, default="", blank=True)
    result = models.JSONField(null=True)
    error_code = models.CharField(max_length=40, default="", blank=True)
    error_message = models.TextField(default="", blank=True)
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "idempotency_key"], name="job_once_per_key"),
        ]
        indexes = [
            models.Index(fields=["state", "run_after"], name="job_waiting"),
            models.Index(fields=["organization", "-id"], name="job_newest"),
        ]

    @property
    def finished(self) -> bool:
        return self.state in {JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}
