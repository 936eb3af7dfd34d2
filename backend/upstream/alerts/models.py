"""Alerts and what people decided about them."""

from django.db import models

from upstream.claims.models import Payer
from upstream.core import clock
from upstream.core.models import OrganizationForeignKey, OrganizationModel
from upstream.core.money import MoneyField
from upstream.detection.models import Signal
from upstream.phi.fields import PhiTextField


class AlertState(models.TextChoices):
    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    SNOOZED = "SNOOZED"
    RESOLVED = "RESOLVED"


class Verdict(models.TextChoices):
    REAL = "REAL"
    NOISE = "NOISE"
    FOLLOW_UP = "FOLLOW_UP"


class Alert(OrganizationModel):
    """One root cause. A run may refresh its ranking and its related signals; everything else belongs to people."""

    signal = OrganizationForeignKey(Signal, on_delete=models.PROTECT, related_name="alerts")
    payer = OrganizationForeignKey(Payer, on_delete=models.PROTECT, related_name="alerts")
    rank_score = models.FloatField(default=0)
    # The day of data it was opened on, by which the weekly budget counts.
    opened_on = models.DateField()
    state = models.CharField(max_length=12, choices=AlertState, default=AlertState.OPEN)
    assignee = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    snoozed_until = models.DateField(null=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "signal"], name="alert_once_per_signal")]
        indexes = [models.Index(fields=["organization", "state", "-rank_score", "-id"], name="alert_inbox")]


class AlertSignal(OrganizationModel):
    """A signal that an alert's root explains."""

    alert = OrganizationForeignKey(Alert, on_delete=models.CASCADE, related_name="related")
    signal = OrganizationForeignKey(Signal, on_delete=models.CASCADE, related_name="+")

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "signal"], name="signal_explained_once")]


class WaitingSignal(OrganizationModel):
    """A signal that would be an alert, had the weekly budget room for it; each run writes them anew."""

    signal = OrganizationForeignKey(Signal, on_delete=models.CASCADE, related_name="+")

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "signal"], name="signal_waits_once")]


class TakenBackEvidence(OrganizationModel):
    """That a signal rested in part on an upload that was taken back: `claims` of the `of_claims` that proved it.

    run: the first that looked again without them; null until then.
    """

    signal = OrganizationForeignKey(Signal, on_delete=models.CASCADE, related_name="+")
    upload = OrganizationForeignKey("intake.Upload", on_delete=models.CASCADE, related_name="+")
    claims = models.PositiveIntegerField()
    of_claims = models.PositiveIntegerField()
    run = OrganizationForeignKey("detection.DetectionRun", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "signal", "upload"], name="taken_back_evidence_once")
        ]


class Judgement(OrganizationModel):
    alert = OrganizationForeignKey(Alert, on_delete=models.CASCADE, related_name="judgements")
    verdict = models.CharField(max_length=10, choices=Verdict)
    note = models.TextField(default="", blank=True)
    recovered_amount = MoneyField(null=True)
    judged_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    judged_at = models.DateTimeField(default=clock.now)


class AlertActivity(OrganizationModel):
    """What happened to an alert, for its page."""

    alert = OrganizationForeignKey(Alert, on_delete=models.CASCADE, related_name="activity")
    action = models.CharField(max_length=20)
    detail = models.CharField(max_length=300, default="", blank=True)
    by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=clock.now)


class AlertWebhook(OrganizationModel):
    """An address that is told of new alerts, each message signed with the secret. Removed ones get nothing."""

    name = models.CharField(max_length=80)
    # Encrypted as well: addresses of many systems hold a secret of their own.
    url = PhiTextField()
    secret = PhiTextField()
    created_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    rotated_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    # When a message was last taken, and since when none was, though one was sent.
    told_at = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["organization", "-id"], name="alert_webhook_newest")]


class AlertDelivery(OrganizationModel):
    """One message to one address, and what came of it so far."""

    webhook = OrganizationForeignKey(AlertWebhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=20)
    # Null: a test.
    alert = OrganizationForeignKey(Alert, null=True, on_delete=models.CASCADE, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    # Of the last attempt: the answer's status, and what was wrong.
    status = models.PositiveSmallIntegerField(null=True)
    problem = models.CharField(max_length=200, default="", blank=True)
    delivered_at = models.DateTimeField(null=True)
    given_up = models.BooleanField(default=False)
    next_attempt_at = models.DateTimeField(null=True)

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["organization", "webhook", "-id"], name="alert_delivery_newest")]
