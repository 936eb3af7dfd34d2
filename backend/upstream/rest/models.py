"""What requests made, by the keys they came with."""

from django.db import models

from upstream.core.models import OrganizationModel


class IdempotencyKey(OrganizationModel):
    """A key of a caller's request: held while the request is at work, then the id of what it made, and of which body.

    Callers write what they like into a key, so its digest is kept instead.
    """

    key_digest = models.CharField(max_length=64)
    holder = models.UUIDField(null=True)
    held_until = models.DateTimeField()
    made_id = models.UUIDField(null=True)
    body_digest = models.CharField(max_length=64, default="", blank=True)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "key_digest"], name="idempotency_key_once")]
