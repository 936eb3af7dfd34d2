"""What detection found, with its evidence."""

from django.db import models

from upstream.claims.models import Payer, ServiceGroup
from upstream.core.models import OrganizationForeignKey, OrganizationModel
from upstream.core.money import MoneyField


class SignalKind(models.TextChoices):
    # Share of decided claims denied, by decision date.
    DENIAL_RATE = "DENIAL_RATE"
    # Denials of open claims against those their ages let expect: the same change by submission date.
    DENIAL_COHORT = "DENIAL_COHORT"
    # Share of billed dollars denied, by decision date.
    DENIAL_DOLLARS = "DENIAL_DOLLARS"
    PAYMENT_DELAY = "PAYMENT_DELAY"
    # Payments taken back, per claim decided.
    TAKEBACK = "TAKEBACK"


class StreamLevel(models.TextChoices):
    PAYER = "PAYER"
    PAYER_SERVICE_GROUP = "PAYER_SERVICE_GROUP"
    PAYER_DENIAL_CATEGORY = "PAYER_DENIAL_CATEGORY"
    PAYER_LOCATION = "PAYER_LOCATION"


class Scope(models.TextChoices):
    """Whether the other payers show the same change: theirs, or ours."""

    THIS_PAYER = "THIS_PAYER"
    EVERYWHERE = "EVERYWHERE"
    UNCLEAR = "UNCLEAR"


class Direction(models.TextChoices):
    WORSE = "WORSE"
    BETTER = "BETTER"


class DetectionRun(OrganizationModel):
    """One run over an organization's roll-up, as of the last day its data reach."""

    data_through = models.DateField()
    streams_watched = models.PositiveIntegerField(default=0)
    signals_found = models.PositiveIntegerField(default=0)
    # The last so many days of the data; what earlier runs kept stands for those before.
    days_walked = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)

    class Meta(OrganizationModel.Meta):
        indexes = [models.Index(fields=["organization", "-id"], name="run_newest")]


class DetectionState(OrganizationModel):
    """Up to four weeks that runs have walked over, as `detection.states` keeps them: counts by day, and no claims.

    days: what happened, and what the detectors said of it; walks: where they stood after the last day, or nothing.
    fits: a digest of what both rest on besides the roll-up as the fold of that number left it.
    """

    first_day = models.DateField()
    last_day = models.DateField()
    fits = models.CharField(max_length=64)
    fold = models.BigIntegerField()
    days = models.BinaryField()
    walks = models.BinaryField(default=bytes)

    class Meta(OrganizationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organization", "first_day"], name="detection_state_once")]


class Signal(OrganizationModel):
    """A stream that changed. A later run that finds the same change updates this row's evidence."""

    run = OrganizationForeignKey(DetectionRun, on_delete=models.PROTECT, related_name="signals")
    kind = models.CharField(max_length=16, choices=SignalKind)
    level = models.CharField(max_length=24, choices=StreamLevel)
    direction = models.CharField(max_length=6, choices=Direction)
    payer = OrganizationForeignKey(Payer, on_delete=models.PROTECT, related_name="signals")
    service_group = OrganizationForeignKey(ServiceGroup, null=True, on_delete=models.PROTECT, related_name="+")
    denial_category = models.CharField(max_length=30, default="", blank=True)
    location = models.CharField(max_length=100, default="", blank=True)
    alarmed_on = models.DateField()
    change_date = models.DateField()
    change_date_low = models.DateField()
    change_date_high = models.DateField()
    # DENIAL_RATE: share of decided claims; DENIAL_COHORT: share of submitted claims; DENIAL_DOLLARS: share of billed
    # dollars; TAKEBACK: takebacks per claim decided; PAYMENT_DELAY: median days to payment (null while more than half
    # are unpaid; before_high is at most the oldest age watched).
    before = models.FloatField()
    before_low = models.FloatField()
    before_high = models.FloatField()
    after = models.FloatField(null=True)
    after_low = models.FloatField(null=True)
    after_high = models.FloatField(null=True)
    # Natural logarithm of the evidence against "nothing changed".
    log_evidence = models.FloatField()
    certainty = models.FloatField()
    # Negative for an improvement.
    dollars_per_week = MoneyField(default=0)
    claims_affected = models.PositiveIntegerField(default=0)
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.UNCLEAR)
    # Name of the service group most of a payer's changed denial rate lies in, while its other groups show no change.
    carried_by = models.CharField(max_length=120, default="", blank=True)
    data_through = models.DateField()
    # Whether the stream's last weeks still lie nearer to the level after the change than to the one before.
    in_force = models.BooleanField(default=True)
    # False once a later run no longer finds the change (the data were corrected); people may have decided on the row.
    found = models.BooleanField(default=True)
    series = models.JSONField(default=list)
    categories = models.JSONField(default=list)
    parameters = models.JSONField(default=dict)

    class Meta(OrganizationModel.Meta):
        indexes = [
            models.Index(fields=["organization", "-alarmed_on", "-id"], name="signal_newest"),
            models.Index(fields=["organization", "payer", "kind"], name="signal_of_payer"),
        ]


class DetectionSettings(OrganizationModel):
    """What an organization asks of detection: one row, or none while it is content with the defaults below."""

    # New alerts in any seven days, at most.
    weekly_alert_budget = models.PositiveSmallIntegerField(default=3)
    # A change within this odds ratio is too small to matter.
    smallest_odds = models.FloatField(default=1.05)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organization"], name="detection_settings_once"),
            models.CheckConstraint(
                condition=models.Q(weekly_alert_budget__range=(1, 50), smallest_odds__range=(1.0, 1.5)),
                name="detection_settings_in_range",
            ),
        ]


class KnownEventKind(models.TextChoices):
    CONTRACT = "CONTRACT"
    RULE_CHANGE = "RULE_CHANGE"
    SYSTEM = "SYSTEM"
    HOLIDAY = "HOLIDAY"
    OTHER = "OTHER"


class KnownEvent(OrganizationModel):
    """Something the practice knew of, and when: it annotates a change that falls into its days and silences none."""

    # Null: all payers, all services.
    payer = OrganizationForeignKey(Payer, null=True, on_delete=models.CASCADE, related_name="known_events")
    service_group = OrganizationForeignKey(ServiceGroup, null=True, on_delete=models.CASCADE, related_name="+")
    first_day = models.DateField()
    # Null: the first day alone.
    last_day = models.DateField(null=True)
    kind = models.CharField(max_length=12, choices=KnownEventKind)
    title = models.CharField(max_length=120)
    note = models.TextField(default="", blank=True)

    class Meta(OrganizationModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_day=None) | models.Q(last_day__gte=models.F("first_day")),
                name="known_event_ends_after_it_begins",
            )
        ]
        indexes = [models.Index(fields=["organization", "-first_day", "-id"], name="known_event_newest")]
