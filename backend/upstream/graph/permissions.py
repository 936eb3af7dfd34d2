"""The one list of permissions. Every GraphQL field names one; roles map to sets of them as data (`accounts.roles`)."""

from enum import StrEnum

import strawberry


@strawberry.enum(description="What a role may allow. PUBLIC needs no sign-in; SIGNED_IN needs only that.")
class Permission(StrEnum):
    PUBLIC = "PUBLIC"
    SIGNED_IN = "SIGNED_IN"
    CLAIMS_READ = "CLAIMS_READ"
    PHI_READ = "PHI_READ"
    PAYERS_READ = "PAYERS_READ"
    PAYERS_WRITE = "PAYERS_WRITE"
    UPLOADS_READ = "UPLOADS_READ"
    UPLOADS_WRITE = "UPLOADS_WRITE"
    QUARANTINE_READ = "QUARANTINE_READ"
    SIGNALS_READ = "SIGNALS_READ"
    DETECTION_RUN = "DETECTION_RUN"
    DETECTION_WRITE = "DETECTION_WRITE"
    KNOWN_EVENTS_WRITE = "KNOWN_EVENTS_WRITE"
    ALERTS_READ = "ALERTS_READ"
    ALERTS_WRITE = "ALERTS_WRITE"
    EXPORTS_READ = "EXPORTS_READ"
    EXPORTS_WRITE = "EXPORTS_WRITE"
    EXPORTS_PHI = "EXPORTS_PHI"
    JOBS_READ = "JOBS_READ"
    MEMBERS_READ = "MEMBERS_READ"
    MEMBERS_WRITE = "MEMBERS_WRITE"
    SERVICE_KEYS_WRITE = "SERVICE_KEYS_WRITE"
    ORGANIZATION_WRITE = "ORGANIZATION_WRITE"
    AUDIT_READ = "AUDIT_READ"
