"""Every action that is recorded: the one group it belongs to, and what it is called."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices


class ActionGroup(TextChoices):
    SIGN_INS = "SIGN_INS", "Sign-ins"
    PHI = "PHI", "Reads of patients"
    EXPORTS = "EXPORTS", "Exports"
    QUERIES = "QUERIES", "Saved queries"
    ALERTS = "ALERTS", "Alerts and judgements"
    INTAKE = "INTAKE", "Files taken in"
    MEMBERS_AND_KEYS = "MEMBERS_AND_KEYS", "Members and keys"
    SETTINGS = "SETTINGS", "Settings"
    AUDIT = "AUDIT", "Audit trail"


@dataclass(frozen=True, slots=True)
class Action:
    group: ActionGroup
    label: str


_BY_GROUP: Mapping[ActionGroup, Mapping[str, str]] = {
    ActionGroup.SIGN_INS: {
        "session.opened": "Signed in",
        "session.closed": "Signed out",
        "session.switched": "Switched to this organization",
        "session.ended": "Ended a session",
        "session.confirmed": "Confirmed who they are",
        "session.reuse": "Session ended: its secret was used twice",
        "second_factor.refused": "Sign-in refused: wrong code",
        "second_factor.started": "Began to set up an authenticator app",
        "second_factor.turned_on": "Connected an authenticator app",
        "second_factor.turned_off": "Turned the authenticator app off",
        "second_factor.removed": "Second factor was removed",
        "second_factor.recovery_codes_renewed": "Made new recovery codes",
        "single_sign_on.linked": "Linked the account with single sign-on",
        "single_sign_on.unlinked": "Link with single sign-on was removed",
        "single_sign_on.refused": "Single sign-on refused: linked otherwise",
        "passkey.refused": "Sign-in refused: passkey did not count",
        "passkey.added": "Added a passkey",
        "passkey.renamed": "Renamed a passkey",
        "passkey.removed": "Removed a passkey",
    },
    ActionGroup.PHI: {
        "phi.read": "Read patient information",
        "phi.searched": "Searched for a patient",
        "quarantine.downloaded": "Downloaded rejected rows",
    },
    ActionGroup.EXPORTS: {
        "export.created": "Asked for an export",
        "export.retried": "Asked for an export again",
        "export.made": "Export was made",
        "export.downloaded": "Downloaded an export",
        "export.expired": "Export expired",
    },
    ActionGroup.QUERIES: {
        "saved_query.created": "Saved a query",
        "saved_query.changed": "Changed a saved query",
        "saved_query.deleted": "Deleted a saved query",
        "saved_query.scheduled": "Scheduled a query",
        "saved_query.unscheduled": "Ended the schedule of a query",
        "saved_query.schedule_stopped": "Schedule of a query stopped",
    },
    ActionGroup.ALERTS: {
        "alert.acknowledged": "Acknowledged an alert",
        "alert.snoozed": "Snoozed an alert",
        "alert.resolved": "Resolved an alert",
        "alert.reopened": "Reopened an alert",
        "alert.assigned": "Assigned an alert",
        "alert.judged": "Judged an alert",
        "alerts.refreshed": "Alerts were brought up to date",
        "detection.requested": "Asked for detection",
        "backtest.requested": "Asked for a backtest",
    },
    ActionGroup.INTAKE: {
        "upload.received": "File received",
        "upload.retried": "Took a file in again",
        "upload.undo_requested": "Asked to take an upload back",
        "upload.undone": "Upload was taken back",
        "rejected_row.edited": "Edited a rejected row",
        "rejected_row.mended": "Mended a rejected row",
        "rejected_row.dismissed": "Dismissed a rejected row",
        "rejected_row.reopened": "Reopened a rejected row",
        "records.disposed": "Disposed of old claims and files",
        "source.mapped": "Confirmed how a file's columns are read",
        "source.forgotten": "Forgot how a file's columns are read",
        "source.restored": "Restored how a file's columns are read",
    },
    ActionGroup.MEMBERS_AND_KEYS: {
        "organization.created": "Organization was created",
        "organization.second_factor_policy": "Changed who needs a second factor",
        "member.added": "Added a member",
        "member.invited": "Invited somebody",
        "member.joined": "Joined by an invitation",
        "member.role_changed": "Changed a member's role",
        "member.removed": "Removed a member",
        "invitation.sent_again": "Sent an invitation again",
        "invitation.revoked": "Revoked an invitation",
        "service_key.created": "Created a service key",
        "service_key.revoked": "Revoked a service key",
        "alert_webhook.created": "Added an alert address",
        "alert_webhook.rotated": "Changed the secret for an alert address",
        "alert_webhook.removed": "Removed an alert address",
        "alert_webhook.tested": "Sent a test to an alert address",
        "webhook.created": "Created a webhook",
        "webhook.rotated": "Changed a webhook's secret",
        "webhook.revoked": "Revoked a webhook",
    },
    ActionGroup.SETTINGS: {
        "detection_settings.changed": "Changed the detection settings",
        "known_event.created": "Added a known event",
        "known_event.changed": "Changed a known event",
        "known_event.deleted": "Deleted a known event",
        "payer.renamed": "Renamed a payer",
        "payer.alias_added": "Added a name of a payer",
        "payer.kept_apart": "Kept two payers apart",
        "location.merged": "Took two locations as one",
        "location.parted": "Parted two locations",
        "location.kept_apart": "Kept two locations apart",
        "service_group.added": "Added a service group",
        "service_group.changed": "Changed a service group",
        "service_group.removed": "Removed a service group",
        "service_groups.restored": "Restored the service groups",
        "code_texts.loaded": "Loaded texts of codes",
        "code_texts.removed": "Removed texts of codes",
    },
    ActionGroup.AUDIT: {
        "audit.read": "Read the audit trail",
        "audit.checked": "Checked the audit trail",
        "audit.disposed": "Disposed of old audit events",
    },
}
ACTIONS: Mapping[str, Action] = {
    action: Action(group, label) for group, labels in _BY_GROUP.items() for action, label in labels.items()
}


def actions_of(group: str) -> list[str]:
    return list(_BY_GROUP[ActionGroup(group)])
