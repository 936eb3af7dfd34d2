"""What was acted on and the details of an event, in words."""

from collections.abc import Mapping
from typing import Any

TARGETS: Mapping[str, str] = {
    "alert": "Alert",
    "alert_webhook": "Alert address",
    "audit_event": "Audit trail",
    "code_texts": "Texts of codes",
    "detection_run": "Detection run",
    "detection_settings": "Detection settings",
    "export": "Export",
    "invitation": "Invitation",
    "job": "Job",
    "known_event": "Known event",
    "location": "Location",
    "membership": "Member",
    "organization": "Organization",
    "passkey": "Passkey",
    "patient": "Patient",
    "payer": "Payer",
    "row_error": "Rejected row",
    "saved_query": "Saved query",
    "service_group": "Service group",
    "service_key": "Service key",
    "session": "Session",
    "source_mapping": "Column mapping",
    "upload": "Upload",
    "user": "Account",
    "webhook": "Webhook",
}
# Names of details that do not read well by themselves.
_DETAILS: Mapping[str, str] = {
    "alert_id": "Alert",
    "breaks": "Breaks found",
    "expires_at": "Expires",
    "first": "First event",
    "from": "Before",
    "last": "Last event",
    "merged": "Merged payer",
    "phi": "With patients",
    "sha256": "SHA-256",
    "target_id": "Record looked for",
    "target_type": "Kind looked for",
    "to": "After",
}
# Details whose values are names themselves.
_OF_NAMES = frozenset({"fields", "filters"})


def target_label(target_type: str) -> str:
    return TARGETS.get(target_type) or _plain(target_type)


def details(detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The detail of an event as pairs of name and value, in words; what is empty is left out."""
    pairs = [
        (_DETAILS.get(name) or _plain(name), _value([*map(_plain, value)] if name in _OF_NAMES else value))
        for name, value in detail.items()
    ]
    return [(name, value) for name, value in pairs if value]


def differences(changes: Mapping[str, Any]) -> list[tuple[str, str | None, str | None]]:
    """Fields by name, in words, with what they were before and after; None for nothing."""
    return [
        (_DETAILS.get(name) or _plain(name), _value(before) or None, _value(after) or None)
        for name, (before, after) in sorted(changes.items())
    ]


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _value(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "Yes" if value else "No"
        case dict():
            return "; ".join(f"{_plain(name)}: {text}" for name, each in value.items() if (text := _value(each)))
        case list():
            return ", ".join(filter(None, map(_value, value)))
        case _:
            return str(value)
