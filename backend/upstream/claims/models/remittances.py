"""What came back: payments, and the decisions on claims they tell."""

from django.db import models

from upstream.claims.models.claims import Claim, Outcome, Patient
from upstream.claims.models.kept import KeptModel
from upstream.claims.models.names import Payer
from upstream.claims.takebacks import REVERSAL
from upstream.core.models import OrganizationForeignKey, OrganizationModel
from upstream.core.money import MoneyField


class Remittance(OrganizationModel):
    """One payment (an ST*835): known again by payer and trace number."""

    upload = OrganizationForeignKey("intake.Upload", null=True, on_delete=models.SET_NULL, related_name="remittances")
    payer = OrganizationForeignKey(Payer, on_delete=models.PROTECT, related_name="remittances")
    trace_number = models.CharField(max_length=80)
    # Null where the file's amount cannot be read.
    payment_amount = MoneyField(null=True)
    payment_method = models.CharField(max_length=10, default="", blank=True)
    payment_date = models.DateField()
    claims_paid_total = MoneyField(default=0)
    provider_adjustments = models.JSONField(default=list)
    balanced = models.BooleanField(default=False)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "payer", "trace_number", "payment_date"], name="remittance_once"
            )
        ]


class RemittanceTelling(KeptModel):
    """What one upload told of a remittance, kept once a second one tells of it, in the order of their ids.

    claims_paid_total is null while the upload has not told the remittance's end; of several ends the latest stands.
    """

    remittance = OrganizationForeignKey(Remittance, on_delete=models.CASCADE, related_name="tellings", db_index=False)
    upload = OrganizationForeignKey("intake.Upload", on_delete=models.PROTECT, related_name="+", db_index=False)
    payment_amount = MoneyField(null=True)
    payment_method = models.CharField(max_length=10, default="", blank=True)
    claims_paid_total = MoneyField(null=True)
    provider_adjustments = models.JSONField(default=list)
    balanced = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "remittance", "upload"], name="remittance_told_once")
        ]


class ClaimDecision(KeptModel):
    """One decision on a claim, with all it said, so that the claim can show it again when a later one is taken back.

    Decisions come from remittances. Where a claims file had told of a decision before, that is kept as the one row
    without a remittance. The claim shows the standing decision: see `intake.writer.standing`.
    """

    claim = OrganizationForeignKey(Claim, on_delete=models.CASCADE, related_name="decisions", db_index=False)
    remittance = OrganizationForeignKey(
        Remittance, null=True, on_delete=models.CASCADE, related_name="decisions", db_index=False
    )
    # Null for what claims files told.
    upload = OrganizationForeignKey(
        "intake.Upload", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    # Whom the remittance names, asked where the claim named nobody yet.
    patient = OrganizationForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    sequence = models.PositiveIntegerField()
    status_code = models.CharField(max_length=2, default="", blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome)
    decided_date = models.DateField(null=True)
    billed_amount = MoneyField()
    paid_amount = MoneyField(null=True)
    patient_responsibility = MoneyField(null=True)
    payer_claim_number = models.CharField(max_length=50, default="", blank=True)
    # Adjustments, remarks, lines and dates as they were told; ids and codes, no PHI.
    detail = models.JSONField(default=dict)
    # Digest of what the remittance said: the same remittance again adds nothing.
    fingerprint = models.CharField(max_length=32)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "remittance", "fingerprint"], name="claim_decision_once_per_remittance"
            )
        ]
        indexes = [
            models.Index(fields=["organization", "claim"], name="decision_of_claim"),
            models.Index(fields=["patient"], condition=models.Q(patient__isnull=False), name="decision_of_patient"),
            # The claims behind a takeback signal; few decisions are reversals.
            models.Index(
                fields=["organization", "decided_date"],
                condition=models.Q(status_code=REVERSAL),
                name="reversals_by_day",
            ),
        ]
