"""What became of what was sent, before a decision: sets, batches and their acknowledgements, and authorizations."""

from django.db import models

from upstream.claims.acknowledgements import AcknowledgementKind, Standing
from upstream.claims.models.claims import Claim, Patient
from upstream.claims.models.kept import KeptModel
from upstream.claims.models.names import Payer
from upstream.core.models import OrganizationForeignKey, OrganizationModel
from upstream.core.money import MoneyField


class Submission(KeptModel):
    """One transaction set of claims (an ST*837), by the numbers under which acknowledgements name it."""

    upload = OrganizationForeignKey(
        "intake.Upload", on_delete=models.CASCADE, related_name="submissions", db_index=False
    )
    # GS02, GS06 and ST02, by which a 999 or 997 names it.
    sender = models.CharField(max_length=35)
    group_number = models.CharField(max_length=20)
    set_number = models.CharField(max_length=35)
    # NM1*41 and BHT03, by which a 277CA names it.
    submitter = models.CharField(max_length=80)
    batch_reference = models.CharField(max_length=50)
    submitted_date = models.DateField()
    claims = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=32)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "fingerprint"], name="submission_once")]
        indexes = [
            models.Index(fields=["organization", "upload"], name="submission_of_upload"),
            # Up to the id, so that the latest under a number is one step, however often the number was used.
            models.Index(
                fields=["organization", "sender", "group_number", "submitted_date", "id"], name="submission_by_group"
            ),
            models.Index(
                fields=["organization", "submitter", "batch_reference", "submitted_date", "id"],
                name="submission_by_batch",
            ),
        ]


class SubmissionAcknowledgement(KeptModel):
    """What came back on submissions: on a transaction set, its whole group, or a batch of claims.

    A 999 or 997 names a set by its sender, group and number, the group without one; a 277CA a batch by its submitter
    (`sender`) and reference, with an NPI one provider's claims of it. They come before or after what they speak of, so
    nothing but these numbers ties the two.
    """

    upload = OrganizationForeignKey("intake.Upload", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=AcknowledgementKind)
    sender = models.CharField(max_length=80)
    group_number = models.CharField(max_length=20)
    set_number = models.CharField(max_length=35)
    batch_reference = models.CharField(max_length=50)
    provider_npi = models.CharField(max_length=10)
    standing = models.CharField(max_length=8, choices=Standing)
    code = models.CharField(max_length=10)
    acknowledged_date = models.DateField()
    # Rows of what `SyntaxErrorRecord` and `StatusRecord` hold; numbers and codes, no PHI.
    errors = models.JSONField(default=list)
    statuses = models.JSONField(default=list)
    # Sets of a group, claims of a batch.
    accepted = models.PositiveIntegerField(null=True)
    rejected = models.PositiveIntegerField(null=True)
    accepted_amount = MoneyField(null=True)
    rejected_amount = MoneyField(null=True)
    fingerprint = models.CharField(max_length=32)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "fingerprint"], name="submission_acknowledgement_once")
        ]
        indexes = [
            models.Index(fields=["organization", "sender", "group_number"], name="acknowledgement_by_group"),
            models.Index(fields=["organization", "batch_reference"], name="acknowledgement_by_batch"),
        ]


class ClaimAcknowledgement(KeptModel):
    """What a payer or a clearinghouse said of a claim before deciding it (277CA); the newest stands.

    It finds its claim by key, and may come before it.
    """

    upload = OrganizationForeignKey("intake.Upload", on_delete=models.CASCADE, related_name="+")
    claim_key = models.CharField(max_length=80)
    claim = models.ForeignObject(
        Claim,
        on_delete=models.DO_NOTHING,
        from_fields=["organization", "claim_key"],
        to_fields=["organization", "claim_key"],
        related_name="acknowledgements",
        null=True,
    )
    # Fingerprint of the batch's SubmissionAcknowledgement; empty where the file names no batch.
    batch = models.CharField(max_length=32)
    source = models.CharField(max_length=200)
    standing = models.CharField(max_length=8, choices=Standing)
    acknowledged_date = models.DateField()
    amount = MoneyField(null=True)
    # Rows of what `StatusRecord` holds.
    statuses = models.JSONField(default=list)
    payer_claim_number = models.CharField(max_length=50)
    bill_type = models.CharField(max_length=10)
    service_date = models.DateField(null=True)
    fingerprint = models.CharField(max_length=32)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization", "fingerprint"], name="claim_acknowledgement_once")
        ]
        indexes = [
            models.Index(fields=["organization", "claim_key"], name="acknowledgement_of_claim"),
            models.Index(fields=["organization", "batch"], name="acknowledgement_in_batch"),
        ]


class Authorization(KeptModel):
    """What a payer answered to a request for authorization (278). Of one number the newest answer stands.

    Claims find it by payer and number, whichever came first; an answer without a number is found by none.
    """

    upload = OrganizationForeignKey("intake.Upload", on_delete=models.CASCADE, related_name="+")
    payer = OrganizationForeignKey(Payer, on_delete=models.PROTECT, related_name="authorizations")
    patient = OrganizationForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="authorizations")
    authorization_number = models.CharField(max_length=50)
    # HCR01 and HCR03.
    action_code = models.CharField(max_length=2)
    reason_codes = models.CharField(max_length=100)
    trace_number = models.CharField(max_length=80)
    answered_date = models.DateField()
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    unit = models.CharField(max_length=2)
    valid_from = models.DateField(null=True)
    valid_through = models.DateField(null=True)
    # Rows of what `AuthorizedServiceRecord` holds.
    services = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=32)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "fingerprint"], name="authorization_once")]
        indexes = [models.Index(fields=["organization", "authorization_number"], name="authorization_by_number")]
