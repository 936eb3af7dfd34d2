"""Reading the trail, of claims as well: what is recorded of a claim is recorded of its patient."""

from dataclasses import replace
from uuid import UUID

from django.db.models import QuerySet

from upstream.audit import selectors as audit
from upstream.audit.models import AuditEvent, ConfigurationChange
from upstream.audit.selectors import AuditFilter
from upstream.claims.models import Claim


def events(organization_id: UUID, narrowed: AuditFilter | None = None) -> QuerySet[AuditEvent]:
    """As `audit.selectors.events`; of the target type `claim` those about the claim's patient. None for unknown ids."""
    if narrowed is None or narrowed.target_type != "claim" or narrowed.target_id is None:
        return audit.events(organization_id, narrowed)
    claims = Claim.objects.for_organization(organization_id)
    try:
        patient_id = claims.filter(pk=UUID(narrowed.target_id)).values_list("patient_id", flat=True).first()
    except ValueError:
        patient_id = None
    if patient_id is None:
        return audit.events(organization_id).none()
    return audit.events(organization_id, replace(narrowed, target_type="patient", target_id=str(patient_id)))


def configuration_changes(organization_id: UUID, target_type: str, target_id: str) -> QuerySet[ConfigurationChange]:
    """How one record of the configuration was changed; of others, and of unknown ids, none."""
    changes = ConfigurationChange.objects.for_organization(organization_id)
    return changes.filter(target_type=target_type, target_id=target_id)
