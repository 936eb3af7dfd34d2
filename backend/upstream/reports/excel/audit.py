"""The audit workbook: one row an event."""

from collections.abc import Iterator, Sequence
from typing import Any

from upstream.audit.actions import ACTIONS
from upstream.audit.models import AuditEvent
from upstream.audit.words import details, target_label
from upstream.reports.excel.cells import Column, Kind
from upstream.trail.actors import Names

COLUMNS: tuple[Column, ...] = (
    Column("Event", Kind.COUNT, 10),
    Column("At (UTC)", Kind.MOMENT, 17),
    Column("Who", Kind.TEXT, 26),
    Column("Kind of actor", Kind.TEXT, 14),
    Column("Id of the actor", Kind.TEXT, 38),
    Column("What", Kind.TEXT, 36),
    Column("Group", Kind.TEXT, 22),
    Column("Record", Kind.TEXT, 18),
    Column("Id of the record", Kind.TEXT, 38),
    Column("Details", Kind.LONG_TEXT, 70),
    Column("Request", Kind.TEXT, 38),
    Column("Digest", Kind.TEXT, 66),
)


def rows(events: Iterator[AuditEvent], names: Names) -> Iterator[Sequence[Any]]:
    for event in events:
        action = ACTIONS.get(event.action)
        yield (
            event.sequence,
            event.at,
            names.of(event),
            event.actor_kind.replace("_", " "),
            str(event.actor_id) if event.actor_id else None,
            action.label if action else event.action,
            action.group.label if action else None,
            target_label(event.target_type) if event.target_type else None,
            event.target_id,
            "; ".join(f"{name}: {value}" for name, value in details(event.detail)),
            event.request_id,
            event.digest,
        )
