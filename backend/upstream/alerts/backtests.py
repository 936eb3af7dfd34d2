"""Backtests: what Upstream would have told over days gone by, had it watched with other settings.

The work is a job; its result holds one record for each signal, and is read together with the rows it speaks of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from upstream.accounts.models import Organization
from upstream.alerts.models import Alert
from upstream.alerts.replay import Reason, replay
from upstream.audit import services as audit
from upstream.claims import rollup
from upstream.claims.models import Payer, ServiceGroup
from upstream.core import clock, jobs
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.core.models import Job, JobState
from upstream.detection.models import Signal
from upstream.detection.services import match
from upstream.detection.settings import checked_budget, checked_odds, detection_settings
from upstream.graph.permissions import Permission

BACKTEST_JOB = "detection.backtest"
LONGEST_BACKTEST = timedelta(days=3 * 366)

_DATES = ("alarmed_on", "alerted_on", "change_date", "change_date_low", "change_date_high")


@dataclass(frozen=True, slots=True)
class BacktestSettings:
    """first, last: the days replayed, both included. weekly_alert_budget, smallest_odds: as `DetectionSettings`."""

    first: date
    last: date
    weekly_alert_budget: int
    smallest_odds: float

    def as_parameters(self) -> dict[str, Any]:
        return {
            "from": self.first.isoformat(),
            "to": self.last.isoformat(),
            "weekly_alert_budget": self.weekly_alert_budget,
            "smallest_odds": self.smallest_odds,
        }

    @classmethod
    def of(cls, job: Job) -> BacktestSettings:
        given = job.parameters
        return cls(
            first=date.fromisoformat(given["from"]),
            last=date.fromisoformat(given["to"]),
            weekly_alert_budget=given["weekly_alert_budget"],
            smallest_odds=given["smallest_odds"],
        )


@dataclass(frozen=True, slots=True)
class BacktestSignal:
    """A record of the replay and the rows it speaks of. payer None: merged into another since.

    signal: as the record says it, not written; known_id, alert_id: the stored signal of the same change, if there is
    one, and its alert. alerted_on None: no alert. explained_by: None, too, where that was found before the first day.
    """

    signal: Signal
    payer: Payer | None
    alerted_on: date | None
    reason: Reason
    explained_by: BacktestSignal | None
    e_value: float
    known_id: UUID | None
    alert_id: UUID | None


def request_backtest(
    *,
    actor: Actor,
    first: date,
    last: date,
    weekly_alert_budget: int | None = None,
    smallest_odds: float | None = None,
) -> Job:
    """Replay `first` to `last`; what is not given is as the organization has set it.

    The same request, while it is under way, is answered with the job there is. Raises FORBIDDEN, INVALID for days or
    values out of range.
    """
    actor.require(Permission.DETECTION_RUN)
    if not first <= last <= clock.today():
        raise ServiceError(ErrorCode.INVALID, "Choose a first day, then a last one up to today.", field="to")
    if last - first > LONGEST_BACKTEST:
        raise ServiceError(ErrorCode.INVALID, "Choose three years at most.", field="from")
    own = detection_settings(actor.organization_id)
    settings = BacktestSettings(
        first=first,
        last=last,
        weekly_alert_budget=checked_budget(
            own.weekly_alert_budget if weekly_alert_budget is None else weekly_alert_budget
        ),
        smallest_odds=checked_odds(own.smallest_odds if smallest_odds is None else smallest_odds),
    )
    with transaction.atomic():
        under_way = Job.objects.for_organization(actor.organization_id).filter(
            kind=BACKTEST_JOB,
            state__in=[JobState.QUEUED, JobState.RUNNING],
            parameters=settings.as_parameters(),
        )
        job: Job | None = under_way.order_by("id").first()
        if job is None:
            job = jobs.enqueue(
                organization_id=actor.organization_id,
                kind=BACKTEST_JOB,
                parameters=settings.as_parameters(),
                created_by_id=actor.user_id,
            )
            audit.record(actor=actor, action="backtest.requested", target_type="job", target_id=job.pk)
    return job


def run_backtest(
    organization_id: UUID, settings: BacktestSettings, progress: Callable[[int, int], None]
) -> list[dict[str, Any]]:
    """The records of a replay of the organization's days; progress as in `replay`."""
    rollup.fold(organization_id)
    facts = rollup.load_facts(organization_id, settings.last)
    if facts is None:
        return []
    return replay(
        facts,
        first=settings.first,
        last=settings.last,
        weekly_alert_budget=settings.weekly_alert_budget,
        smallest_odds=settings.smallest_odds,
        group_names=dict(ServiceGroup.objects.for_organization(organization_id).values_list("pk", "name")),
        progress=progress,
    )


def backtest_job(organization: Organization | UUID, job_id: UUID) -> Job | None:
    """The job of a backtest; None for any other id."""
    job: Job | None = Job.objects.for_organization(organization).filter(kind=BACKTEST_JOB, pk=job_id).first()
    return job


def backtest_signals(organization: Organization | UUID, job: Job) -> list[BacktestSignal] | None:
    """What the replay found, newest alarm first; None while it has not succeeded. Four queries whatever the number."""
    if job.state != JobState.SUCCEEDED or not job.result:
        return None
    records = [record | {name: _day(record[name]) for name in _DATES} for record in job.result["signals"]]
    settings = BacktestSettings.of(job)
    payers = Payer.objects.for_organization(organization).in_bulk({record["payer"] for record in records})
    groups = ServiceGroup.objects.for_organization(organization).in_bulk(
        {record["service_group"] for record in records if record["service_group"]}
    )
    found = [_values(record, settings.last) for record in records]
    known = Signal.objects.for_organization(organization).filter(alarmed_on__range=(settings.first, settings.last))
    pairs = match(known.defer("series", "categories", "parameters").order_by("pk"), found)[0]
    known_ids = {id(values): signal.pk for signal, values in pairs}
    alerts = dict(
        Alert.objects.for_organization(organization)
        .filter(signal_id__in=list(known_ids.values()))
        .values_list("signal_id", "pk")
    )
    told: list[BacktestSignal] = []
    for record, values in zip(records, found, strict=True):
        payer = payers.get(values["payer_id"])
        signal = Signal(**values)
        signal.payer = payer or Payer(name="A payer since merged into another")
        signal.service_group = groups.get(values["service_group_id"])
        known_id = known_ids.get(id(values))
        told.append(
            BacktestSignal(
                signal=signal,
                payer=payer,
                alerted_on=record["alerted_on"],
                reason=Reason(record["reason"]),
                explained_by=None,
                e_value=record["e_value"],
                known_id=known_id,
                alert_id=alerts.get(known_id) if known_id else None,
            )
        )
    places = [record["explained_by"] for record in records]
    told = [
        each if place is None else replace(each, explained_by=told[place])
        for each, place in zip(told, places, strict=True)
    ]
    return sorted(told, key=lambda each: each.signal.alarmed_on, reverse=True)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _values(record: dict[str, Any], data_through: date) -> dict[str, Any]:
    """A record as values of a signal's fields."""
    same = ("kind", "level", "direction", "denial_category", "location", "before", "after", "dollars_per_week")
    days = ("alarmed_on", "change_date", "change_date_low", "change_date_high")
    return {name: record[name] for name in (*same, *days)} | {
        "payer_id": UUID(record["payer"]),
        "service_group_id": UUID(record["service_group"]) if record["service_group"] else None,
        "data_through": data_through,
    }
