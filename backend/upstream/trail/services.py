"""Reading and checking the trail stand in it as well."""

from dataclasses import asdict
from typing import Any

from upstream.audit import services as audit
from upstream.audit.selectors import AuditFilter, is_id
from upstream.audit.services import Checked
from upstream.audit.words import TARGETS
from upstream.core import rates
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, TooOften
from upstream.graph.permissions import Permission

# So that no request is long; longer chains are checked stretch by stretch.
EVENTS_PER_CHECK = 20_000
CHECKS_A_MINUTE = 60


def record_reading(*, actor: Actor, narrowed: AuditFilter) -> None:
    """Once for each list that is opened, not for its further pages. What was looked for is told by ids and names."""
    given = {name: value for name, value in asdict(narrowed).items() if value is not None}
    told: dict[str, Any] = {"filters": sorted(given)}
    # Another text could be anything, the name of a patient too.
    if narrowed.target_type in {*TARGETS, "claim"} and narrowed.target_id and is_id(narrowed.target_id):
        told["target_type"], told["target_id"] = narrowed.target_type, narrowed.target_id
    audit.record(actor=actor, action="audit.read", target_type="audit_event", detail=told)


def check_chain(*, actor: Actor, first: int) -> Checked:
    """Check the chain from event `first` on, at most `EVENTS_PER_CHECK` events.

    Raises FORBIDDEN without AUDIT_READ, INVALID for `first` below 1, RATE_LIMITED when asked too often.
    """
    actor.require(Permission.AUDIT_READ)
    if first < 1:
        raise ServiceError(ErrorCode.INVALID, "Events are counted from 1.", field="start")
    used = rates.use(f"audit-check:{actor.organization_id}")
    if used.amount > CHECKS_A_MINUTE:
        message = (
            f"The trail was checked {CHECKS_A_MINUTE} times within a minute. Go on in {used.seconds_left} seconds."
        )
        raise TooOften(message, seconds=used.seconds_left)
    checked = audit.check(actor.organization_id, first=first, most=EVENTS_PER_CHECK)
    detail = {"first": checked.first, "last": checked.through, "breaks": len(checked.breaks)}
    audit.record(actor=actor, action="audit.checked", target_type="audit_event", detail=detail)
    return checked
