"""What the tables that hold rows by the million have in common."""

from django.db import models

from upstream.core.models import OrganizationModel


class KeptModel(OrganizationModel):
    """Rows by the million: no index that another one covers, no check that another one makes.

    Every index of these tables begins with the organization, and their ties to parents of the same organization prove
    that the organization exists.
    """

    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )

    many_at_once = True

    class Meta(OrganizationModel.Meta):
        abstract = True
