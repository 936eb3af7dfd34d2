"""Who may have which export: what it shows decides what it needs."""

from uuid import UUID

from django.db.models import Q

from upstream.accounts import policy
from upstream.accounts.models import Membership
from upstream.core.actor import Actor
from upstream.graph.permissions import Permission
from upstream.reports.models import OF_QUERIES, Export, ExportKind

_SHOWS: dict[str, frozenset[Permission]] = {
    ExportKind.ALERT_PDF: frozenset({Permission.ALERTS_READ, Permission.SIGNALS_READ, Permission.CLAIMS_READ}),
    ExportKind.CLAIMS_XLSX: frozenset({Permission.CLAIMS_READ}),
    ExportKind.ALERTS_XLSX: frozenset({Permission.ALERTS_READ, Permission.SIGNALS_READ}),
    ExportKind.AUDIT_XLSX: frozenset({Permission.AUDIT_READ}),
    **dict.fromkeys(OF_QUERIES, frozenset({Permission.AD_HOC_QUERIES})),
}
_PHI = frozenset({Permission.EXPORTS_PHI, Permission.PHI_READ})


def content_permissions(kind: str, includes_phi: bool) -> frozenset[Permission]:
    """What seeing the content needs, however it is seen."""
    return _SHOWS[kind] | (_PHI if includes_phi else frozenset())


def needed_by(export: Export) -> frozenset[str]:
    """What seeing this one's content needs: of a query, what the fields it asked for do as well."""
    return content_permissions(export.kind, export.includes_phi) | frozenset(export.parameters.get("permissions", ()))


def seen(actor: Actor) -> Q:
    """The exports whose content, but for patients, this person may see; titles tell of it as well."""
    kinds = [kind for kind, shows in _SHOWS.items() if shows <= actor.permissions]
    return Q(kind__in=kinds) & (~Q(kind__in=OF_QUERIES) | Q(created_by_id=actor.user_id))


def may_download(export: Export, actor: Actor) -> bool:
    own = export.kind not in OF_QUERIES or export.created_by_id == actor.user_id
    needed = needed_by(export) | {Permission.EXPORTS_READ}
    return own and export.organization_id == actor.organization_id and needed <= actor.permissions


def may_download_rejected_rows(actor: Actor) -> bool:
    return {Permission.QUARANTINE_READ, Permission.PHI_READ} <= actor.permissions


def current_actor(organization_id: UUID, user_id: UUID) -> Actor | None:
    """The person with the permissions held at this moment; None when no longer a member or not active."""
    membership = (
        Membership.objects.for_organization(organization_id)
        .filter(user_id=user_id, user__is_active=True)
        .select_related("user", "organization")
        .first()
    )
    if membership is None:
        return None
    held = policy.permissions_outside_sessions(membership)
    return Actor(organization_id=organization_id, user_id=user_id, permissions=held)
