"""What a clinic sent to its payers: patients, claims, their lines and what was taken off."""

from django.db import models

from upstream.claims.models.kept import KeptModel
from upstream.claims.models.names import Payer, ServiceGroup
from upstream.core.models import OrganizationForeignKey, OrganizationModel
from upstream.core.money import MoneyField
from upstream.phi.blind_index import LENGTH as INDEX_LENGTH
from upstream.phi.fields import PhiDateField, PhiTextField


class Patient(OrganizationModel):
    """A person. Everything that could identify one lives here, encrypted, and nowhere else."""

    reference = PhiTextField(null=True)
    name = PhiTextField(null=True)
    birth_date = PhiDateField(null=True)
    member_number = PhiTextField(null=True)
    # Blind indexes; identity_index is what makes two rows of a file the same person.
    identity_index = models.CharField(max_length=INDEX_LENGTH)
    name_index = models.CharField(max_length=INDEX_LENGTH, default="", blank=True)
    birth_date_index = models.CharField(max_length=INDEX_LENGTH, default="", blank=True)
    member_number_index = models.CharField(max_length=INDEX_LENGTH, default="", blank=True)
    reference_index = models.CharField(max_length=INDEX_LENGTH, default="", blank=True)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "identity_index"], name="patient_once")]
        indexes = [
            models.Index(fields=["organization", "member_number_index"], name="patient_by_member"),
            models.Index(fields=["organization", "name_index", "birth_date_index"], name="patient_by_name"),
        ]


class Outcome(models.TextChoices):
    PENDING = "PENDING"
    PAID = "PAID"
    DENIED = "DENIED"
    PARTIAL = "PARTIAL"


class Claim(KeptModel):
    """The claim as it stands now. `claim_key` is its control number, or where a file has none a digest of content."""

    claim_key = models.CharField(max_length=80)
    control_number = models.CharField(max_length=50, default="", blank=True)
    payer_claim_number = models.CharField(max_length=50, default="", blank=True)
    payer = OrganizationForeignKey(Payer, on_delete=models.PROTECT, related_name="claims", db_index=False)
    service_group = OrganizationForeignKey(
        ServiceGroup, on_delete=models.PROTECT, related_name="claims", db_index=False
    )
    patient = OrganizationForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="claims")
    upload = OrganizationForeignKey("intake.Upload", null=True, on_delete=models.SET_NULL, related_name="+")
    procedure_code = models.CharField(max_length=20, default="", blank=True)
    frequency_code = models.CharField(max_length=2, default="1", blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.PENDING)
    service_date = models.DateField(null=True)
    # Null only for a claim known from a remittance that does not say when it was received.
    submitted_date = models.DateField(null=True)
    decided_date = models.DateField(null=True)
    paid_date = models.DateField(null=True)
    billed_amount = MoneyField(default=0)
    allowed_amount = MoneyField(null=True)
    paid_amount = MoneyField(null=True)
    # Of what was billed: all of a claim denied as a whole, the denied lines of one paid in part.
    denied_amount = MoneyField(default=0)
    denial_code = models.CharField(max_length=10, default="", blank=True)
    denial_category = models.CharField(max_length=30, default="", blank=True)
    remark_codes = models.CharField(max_length=200, default="", blank=True)
    location = models.CharField(max_length=100, default="", blank=True)
    # What files call the location, where a person has said that this is another name of `location`; else empty.
    location_told = models.CharField(max_length=100, default="", blank=True)
    provider_npi = models.CharField(max_length=10, default="", blank=True)
    authorization_number = models.CharField(max_length=50, default="", blank=True)
    plan = models.CharField(max_length=100, default="", blank=True)
    contract = models.CharField(max_length=100, default="", blank=True)
    diagnosis_codes = models.CharField(max_length=200, default="", blank=True)
    # The upload that stated it, while its rows show all that was stated; null once `ClaimStatement` keeps that, and
    # while the claim is known from remittances only.
    stated_by = OrganizationForeignKey(
        "intake.Upload", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    # Digest of everything the last file said of it as a claim: a row that says the same again changes nothing. Empty
    # while the claim is known from remittances only.
    fingerprint = models.CharField(max_length=32, default="", blank=True)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "claim_key"], name="claim_once")]
        indexes = [
            models.Index(fields=["organization", "-submitted_date", "-id"], name="claim_by_submission"),
            models.Index(fields=["organization", "payer", "decided_date"], name="claim_by_payer_decision"),
        ]


class ClaimStatement(KeptModel):
    """What one upload stated of a claim, kept once the claim's rows show more than that: in the order of their ids.

    The claim shows them folded together, and what was decided: see `intake.writer.state`.
    """

    claim = OrganizationForeignKey(Claim, on_delete=models.CASCADE, related_name="statements", db_index=False)
    upload = OrganizationForeignKey("intake.Upload", on_delete=models.PROTECT, related_name="+", db_index=False)
    payer = OrganizationForeignKey(Payer, on_delete=models.PROTECT, related_name="+", db_index=False)
    patient = OrganizationForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="+")
    # Facts, lines and decision as they were told; ids and codes, no PHI.
    detail = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=32)

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["organization", "claim"], name="statement_of_claim")]


class BatchContent(KeptModel):
    """What one batch of an upload brought, by which the upload is taken back: ids, 16 bytes each.

    claims: those it stated or decided on anew; rows: decisions, remittances, acknowledgements and the like that it
    wrote; seen: claims and rows that stood already and were told again, each id followed by its place (4 bytes).
    """

    upload = OrganizationForeignKey("intake.Upload", on_delete=models.CASCADE, related_name="+", db_index=False)
    claims = models.BinaryField(default=bytes)
    rows = models.BinaryField(default=bytes)
    seen = models.BinaryField(default=bytes)

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["organization", "upload"], name="content_of_upload")]


class ClaimLine(KeptModel):
    claim = OrganizationForeignKey(Claim, on_delete=models.CASCADE, related_name="lines", db_index=False)
    number = models.PositiveIntegerField()
    # The practice's own number of the line (REF*6R), by which a remittance names it.
    control_number = models.CharField(max_length=50, default="", blank=True)
    procedure_code = models.CharField(max_length=20, default="", blank=True)
    modifiers = models.CharField(max_length=20, default="", blank=True)
    units = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    service_date = models.DateField(null=True)
    billed_amount = MoneyField(default=0)
    allowed_amount = MoneyField(null=True)
    paid_amount = MoneyField(null=True)
    # Told only by files whose rows are lines; a claim's outcome is then that of its lines together.
    outcome = models.CharField(max_length=8, choices=Outcome, default="", blank=True)
    denial_code = models.CharField(max_length=10, default="", blank=True)
    remark_codes = models.CharField(max_length=200, default="", blank=True)
    # With an outcome of the line's own.
    decided_date = models.DateField(null=True)
    paid_date = models.DateField(null=True)
    # False for a line that only a remittance knows: the payer split, bundled or added it.
    stated = models.BooleanField(default=True)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "claim", "number"], name="claim_line_once")]


class Adjustment(KeptModel):
    """What a payer took off: at a line, or at the claim where `line` is null."""

    claim = OrganizationForeignKey(Claim, on_delete=models.CASCADE, related_name="adjustments", db_index=False)
    line = OrganizationForeignKey(ClaimLine, null=True, on_delete=models.CASCADE, related_name="adjustments")
    group_code = models.CharField(max_length=2)
    reason_code = models.CharField(max_length=10)
    amount = MoneyField()
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True)

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["organization", "claim"], name="adjustment_of_claim")]
