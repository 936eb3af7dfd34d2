"""What a clinic sent to its payers and what came back."""

from django.db import models

from upstream.claims.acknowledgements import AcknowledgementKind, Standing
from upstream.claims.takebacks import REVERSAL
from upstream.core.models import OrganizationForeignKey, OrganizationModel
from upstream.core.money import MoneyField
from upstream.phi.blind_index import LENGTH as INDEX_LENGTH
from upstream.phi.fields import PhiDateField, PhiTextField


class _Kept(OrganizationModel):
    """Rows by the million: no index that another one covers, no check that another one makes.

    Every index of these tables begins with the organization, and their ties to parents of the same organization prove
    that the organization exists.
    """

    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )

    class Meta(OrganizationModel.Meta):
        abstract = True


class Payer(OrganizationModel):
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "name_key"], name="payer_name_once")]

    def __str__(self) -> str:
        return str(self.pk)


class PayerAlias(OrganizationModel):
    """Another name, or an identifier used in files, under which a payer appears."""

    payer = OrganizationForeignKey(Payer, on_delete=models.CASCADE, related_name="aliases")
    alias = models.CharField(max_length=200)
    alias_key = models.CharField(max_length=200)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "alias_key"], name="payer_alias_once")]


class PayersApart(OrganizationModel):
    """Two payers of like names that a person has said to be two."""

    payer = OrganizationForeignKey(Payer, on_delete=models.CASCADE, related_name="+")
    other = OrganizationForeignKey(Payer, on_delete=models.CASCADE, related_name="+")


class LocationAlias(OrganizationModel):
    """A name of a location in files that a person has said to mean the location called `name`, under which it counts.

    That one may itself be an alias of a third: the last of them counts.
    """

    alias = models.CharField(max_length=100)
    name = models.CharField(max_length=100)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "alias"], name="location_alias_once")]


class LocationsApart(OrganizationModel):
    """Two locations of like names that a person has said to be two."""

    name = models.CharField(max_length=100)
    other = models.CharField(max_length=100)


class ServiceGroup(OrganizationModel):
    """Procedure codes watched together. `ranges` holds [first, last] pairs; the group with none takes the rest."""

    name = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField()
    ranges = models.JSONField(default=list)
    # Removed by a person: it gets no claims any more, and stays for the changes that were found in it.
    retired_at = models.DateTimeField(null=True)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="service_group_name_once")]
        ordering = ["position"]

    def __str__(self) -> str:
        return str(self.pk)


class ServiceGroupEdit(OrganizationModel):
    """One change of a person to the service groups, with all groups as they stood before it."""

    # {"id", "name", "position", "ranges"} of each group in force.
    before = models.JSONField()
    # What was done, in words that name the group.
    summary = models.CharField(max_length=300)
    edited_by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")


class ReasonKind(models.TextChoices):
    CARC = "CARC"
    RARC = "RARC"


class CodeText(OrganizationModel):
    """What a reason or remark code says in full, in words that the organization has a licence for."""

    kind = models.CharField(max_length=4, choices=ReasonKind)
    code = models.CharField(max_length=5)
    text = models.TextField()

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "kind", "code"], name="code_text_once")]


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


class Claim(_Kept):
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


class ClaimStatement(_Kept):
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


class BatchContent(_Kept):
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


class ClaimLine(_Kept):
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


class Adjustment(_Kept):
    """What a payer took off: at a line, or at the claim where `line` is null."""

    claim = OrganizationForeignKey(Claim, on_delete=models.CASCADE, related_name="adjustments", db_index=False)
    line = OrganizationForeignKey(ClaimLine, null=True, on_delete=models.CASCADE, related_name="adjustments")
    group_code = models.CharField(max_length=2)
    reason_code = models.CharField(max_length=10)
    amount = MoneyField()
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True)

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["organization", "claim"], name="adjustment_of_claim")]


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


class RemittanceTelling(_Kept):
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


class ClaimDecision(_Kept):
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


class Submission(_Kept):
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


class SubmissionAcknowledgement(_Kept):
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


class ClaimAcknowledgement(_Kept):
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


class Authorization(_Kept):
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


class RollupSlice(_Kept):
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


class RollupDay(_Kept):
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
        constraints = [models.UniqueConstraint(fields=["organization", "slice", "day"], name="rollup_day_once")]
        indexes = [models.Index(fields=["organization", "day"], name="rollup_by_day")]


class RollupChanges(_Kept):
    """Claims that a batch of the intake moved in or out of the roll-up, until a fold merges them into the days.

    slices: [payer, service group or null, location] of each slice named by its place; claims and takebacks: rows of
    numbers (`rollup.changes`).
    """

    slices = models.JSONField(default=list)
    claims = models.BinaryField(default=bytes)
    takebacks = models.BinaryField(default=bytes)

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["organization", "id"], name="rollup_changes_in_order")]


class RollupFold(_Kept):
    """A merge of changes into the days that touched what detection reads, and the earliest day it touched."""

    number = models.PositiveIntegerField()
    changed_from = models.DateField()

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "number"], name="rollup_fold_once")]


class FirstSeen(_Kept):
    """The first submission day of claims of a location, or of a rendering provider (by NPI)."""

    class Kind(models.TextChoices):
        LOCATION = "LOCATION"
        PROVIDER = "PROVIDER"

    kind = models.CharField(max_length=8, choices=Kind)
    value = models.CharField(max_length=100)
    first_on = models.DateField()

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "kind", "value"], name="first_seen_once")]
