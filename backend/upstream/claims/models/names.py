"""What a clinic calls things: payers, locations and service groups under their names, and the texts of codes."""

from django.db import models

from upstream.core.models import OrganizationForeignKey, OrganizationModel


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
