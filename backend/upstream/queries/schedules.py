"""Having a saved query carried out again and again, as an export of the person who asked for it.

Each run is made with what that person may do at its time. Where they have left, or may no longer see a part of it, the
schedule stops and keeps why.
"""

import logging
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from graphql import GraphQLSchema

from upstream.accounts.services import system_actor
from upstream.core import clock, scope
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.graph.checking import Checked
from upstream.graph.permissions import Permission
from upstream.graph.schema import served
from upstream.queries import selectors, services
from upstream.queries.models import Frequency, QuerySchedule, SavedQuery
from upstream.reports import access
from upstream.reports.models import OF_QUERIES, Export, ExportKind
from upstream.reports.query_tables import tables_of
from upstream.reports.querying import OF_PATIENTS
from upstream.reports.services import create_query_export

MOST_SCHEDULES = 50
# A tick takes a bounded time; the next one goes on.
STARTED_PER_TICK = 200

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Times:
    """weekday: 1 (Monday) to 7, of what is weekly; day_of_month: 1 to 31, of what is monthly; hour: 0 to 23, in the
    time zone, which has a name of the IANA database.
    """

    frequency: str
    hour: int
    time_zone: str
    weekday: int | None = None
    day_of_month: int | None = None

    def fits(self) -> "Times":
        """The same without what does not belong to the frequency. Raises REQUIRED and INVALID."""
        if not 0 <= self.hour <= 23:
            raise ServiceError(ErrorCode.INVALID, "Give an hour from 0 to 23.", field="hour")
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            message = "There is no such time zone: give one like America/Chicago."
            raise ServiceError(ErrorCode.INVALID, message, field="timeZone") from None
        weekday = day_of_month = None
        if self.frequency == Frequency.WEEKLY:
            weekday = _between(self.weekday, 7, "weekday", "a day of the week, from 1 for Monday to 7")
        if self.frequency == Frequency.MONTHLY:
            day_of_month = _between(self.day_of_month, 31, "dayOfMonth", "a day of the month, from 1 to 31")
        return Times(self.frequency, self.hour, self.time_zone, weekday, day_of_month)

    def next_after(self, moment: datetime) -> datetime:
        """The first of these moments after `moment`, in UTC. An hour that a clock leaves out is the one after it."""
        zone = ZoneInfo(self.time_zone)
        day = moment.astimezone(zone).date()
        while True:
            last = monthrange(day.year, day.month)[1]
            if (self.weekday is None or day.isoweekday() == self.weekday) and (
                self.day_of_month is None or day.day == min(self.day_of_month, last)
            ):
                found = datetime.combine(day, time(self.hour), zone).astimezone(UTC)
                if found > moment:
                    return found
            day += timedelta(days=1)


def _between(value: int | None, most: int, field: str, what: str) -> int:
    if value is None:
        raise ServiceError(ErrorCode.REQUIRED, f"Give {what}.", field=field)
    if not 1 <= value <= most:
        raise ServiceError(ErrorCode.INVALID, f"Give {what}.", field=field)
    return value


@transaction.atomic
def schedule_saved_query(*, actor: Actor, query_id: UUID, kind: str, times: Times) -> QuerySchedule:
    """Have a query carried out for this person from now on, instead of when they said before.

    Raises NOT_FOUND; FORBIDDEN without EXPORTS_WRITE or what a field of it needs; INVALID for a query of patients, for
    one that fits no table and for times that are none; CONFLICT where there are too many.
    """
    query, _ = _exportable(actor, query_id, kind)
    times = times.fits()
    own = QuerySchedule.objects.for_organization(actor.organization_id)
    schedule = own.filter(query=query, scheduled_by_id=actor.user_id).first()
    if schedule is None:
        if own.count() >= MOST_SCHEDULES:
            message = f"{MOST_SCHEDULES} queries are scheduled already. End one first."
            raise ServiceError(ErrorCode.CONFLICT, message)
        schedule = QuerySchedule(
            organization_id=actor.organization_id, query=query, scheduled_by_id=services.person(actor)
        )
    schedule.kind, schedule.frequency, schedule.hour, schedule.time_zone = (
        kind, times.frequency, times.hour, times.time_zone
    )  # fmt: skip
    schedule.weekday, schedule.day_of_month = times.weekday, times.day_of_month
    schedule.next_run_at = times.next_after(clock.now())
    schedule.stopped_at, schedule.stopped_because = None, ""
    schedule.save()
    services.record_of(actor, "saved_query.scheduled", query, {"kind": kind, "frequency": times.frequency})
    return schedule


@transaction.atomic
def unschedule_saved_query(*, actor: Actor, query_id: UUID) -> SavedQuery:
    """Carry a query out for this person no more. Raises NOT_FOUND, also where it was not."""
    actor.require(Permission.AD_HOC_QUERIES)
    query = selectors.saved_query(actor, query_id)
    ended, _ = query.schedules.filter(scheduled_by_id=actor.user_id).delete()
    if not ended:
        raise not_found("schedule")
    services.record_of(actor, "saved_query.unscheduled", query, {})
    return query


@transaction.atomic
def export_saved_query(*, actor: Actor, query_id: UUID, kind: str) -> Export:
    """Have a query carried out once, now. Raises as `schedule_saved_query`."""
    query, found = _exportable(actor, query_id, kind)
    return create_query_export(
        actor=actor, kind=kind, name=query.name, text=query.text, variables=query.variables, needs=found.permissions
    )


def _exportable(actor: Actor, query_id: UUID, kind: str) -> tuple[SavedQuery, Checked]:
    actor.require(Permission.AD_HOC_QUERIES)
    actor.require(Permission.EXPORTS_WRITE)
    query = selectors.saved_query(actor, query_id)
    found = services.checked(query.text, query.variables)
    _require_export(served()._schema, found, kind)
    for permission in sorted(found.permissions):
        actor.require(permission)
    return query, found


def _require_export(core: GraphQLSchema, found: Checked, kind: str) -> None:
    """Raise INVALID for what cannot be written into a file of this kind where nobody is present."""
    if kind not in OF_QUERIES:
        raise ServiceError(ErrorCode.INVALID, f"Choose one of {', '.join(sorted(OF_QUERIES))}.", field="kind")
    if of_patients := sorted(found.permissions & OF_PATIENTS):
        raise ServiceError(
            ErrorCode.INVALID,
            f"The query asks for what tells of patients ({', '.join(of_patients)}). That is for a person who gives a "
            "reason or confirms who they are: leave it out.",
            field="kind",
        )
    if found.document is None or found.operation is None:
        return
    tables = tables_of(core, found.document, found.operation)
    if not tables:
        raise ServiceError(ErrorCode.INVALID, "The query asks for nothing that fills a table.", field="kind")
    if kind == ExportKind.QUERY_CSV and len(tables) > 1:
        raise ServiceError(
            ErrorCode.INVALID,
            f"A CSV holds one table, and the query asks for {len(tables)}. Choose Excel, or ask for one thing.",
            field="kind",
        )


@scope.of_all_organizations()
def start_due() -> int:
    """Ask for the exports that are due; returns how many. Safe to run twice, and at once."""
    due = QuerySchedule.unscoped.filter(stopped_at=None, next_run_at__lte=clock.now()).order_by("next_run_at")
    started = 0
    for schedule_id in list(due.values_list("pk", flat=True)[:STARTED_PER_TICK]):
        try:
            started += _start(schedule_id)
        except Exception:
            log.exception("schedule %s could not be started", schedule_id)
    return started


@transaction.atomic
def _start(schedule_id: UUID) -> bool:
    locked = QuerySchedule.unscoped.select_for_update(skip_locked=True, of=("self",))
    now = clock.now()
    schedule = locked.filter(pk=schedule_id, stopped_at=None, next_run_at__lte=now).select_related("query").first()
    if schedule is None:
        return False
    actor = access.current_actor(schedule.organization_id, schedule.scheduled_by_id)
    try:
        if actor is None:
            raise ServiceError(ErrorCode.FORBIDDEN, "Whoever scheduled it is no longer a member.")
        with transaction.atomic():
            schedule.last_export = export_saved_query(actor=actor, query_id=schedule.query_id, kind=schedule.kind)
    except ServiceError as error:
        _stop(schedule, error.message)
        return False
    schedule.last_run_at = now
    schedule.next_run_at = times_of(schedule).next_after(now)
    schedule.save(update_fields=["last_export", "last_run_at", "next_run_at", "updated_at"])
    return True


def _stop(schedule: QuerySchedule, because: str) -> None:
    schedule.stopped_at, schedule.stopped_because = clock.now(), because[:500]
    schedule.save(update_fields=["stopped_at", "stopped_because", "updated_at"])
    by = system_actor(schedule.organization_id)
    services.record_of(by, "saved_query.schedule_stopped", schedule.query, {"member": str(schedule.scheduled_by_id)})


def times_of(schedule: QuerySchedule) -> Times:
    return Times(schedule.frequency, schedule.hour, schedule.time_zone, schedule.weekday, schedule.day_of_month)
