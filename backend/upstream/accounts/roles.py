"""Roles and what each may do, as data."""

from django.db.models import TextChoices

from upstream.graph.permissions import Permission as P


class Role(TextChoices):
    OWNER = "OWNER"
    ADMIN = "ADMIN"
    CARE_TEAM = "CARE_TEAM"
    ANALYST = "ANALYST"
    AUDITOR = "AUDITOR"
    VIEWER = "VIEWER"
    INTEGRATION = "INTEGRATION"


EVERYBODY = frozenset({P.PUBLIC, P.SIGNED_IN})
_READ = frozenset({P.CLAIMS_READ, P.PAYERS_READ, P.SIGNALS_READ, P.ALERTS_READ, P.MEMBERS_READ})
_CARE_TEAM = _READ | {
    P.PHI_READ,
    P.UPLOADS_READ,
    P.UPLOADS_WRITE,
    P.QUARANTINE_READ,
    P.ALERTS_WRITE,
    P.DETECTION_RUN,
    P.KNOWN_EVENTS_WRITE,
    P.EXPORTS_READ,
    P.EXPORTS_WRITE,
    P.EXPORTS_PHI,
    P.JOBS_READ,
}
_ADMIN = _CARE_TEAM | {
    P.PAYERS_WRITE,
    P.DETECTION_WRITE,
    P.MEMBERS_WRITE,
    P.SERVICE_KEYS_WRITE,
    P.AUDIT_READ,
    P.SCHEMA_READ,
    P.AD_HOC_QUERIES,
}
_ANALYST = _READ | {
    P.UPLOADS_READ,
    P.EXPORTS_READ,
    P.EXPORTS_WRITE,
    P.JOBS_READ,
    P.SCHEMA_READ,
    P.AD_HOC_QUERIES,
}

ROLE_PERMISSIONS: dict[str, frozenset[P]] = {
    Role.OWNER: EVERYBODY | _ADMIN | {P.ORGANIZATION_WRITE},
    Role.ADMIN: EVERYBODY | _ADMIN,
    Role.CARE_TEAM: EVERYBODY | _CARE_TEAM,
    Role.ANALYST: EVERYBODY | _ANALYST,
    Role.AUDITOR: EVERYBODY | {P.AUDIT_READ, P.MEMBERS_READ, P.EXPORTS_READ, P.EXPORTS_WRITE},
    Role.VIEWER: EVERYBODY | _READ,
    Role.INTEGRATION: EVERYBODY | {P.UPLOADS_READ, P.UPLOADS_WRITE, P.JOBS_READ},
}
ALL_PERMISSIONS: frozenset[P] = frozenset(P)


def may_give(permissions: frozenset[str], role: str) -> bool:
    """Whether who holds `permissions` may give or take `role`: nobody deals out more than they hold."""
    return ROLE_PERMISSIONS[role] <= permissions


class Scope(TextChoices):
    """What a service key may be given of the integration role."""

    UPLOADS_READ = "uploads:read"
    UPLOADS_WRITE = "uploads:write"


SCOPE_PERMISSIONS: dict[str, frozenset[P]] = {
    Scope.UPLOADS_READ: frozenset({P.UPLOADS_READ}),
    Scope.UPLOADS_WRITE: frozenset({P.UPLOADS_WRITE}),
}
