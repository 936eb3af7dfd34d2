"""Alerts as clients see them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import strawberry

from upstream.accounts.types import MemberType, member
from upstream.alerts import selectors, words
from upstream.alerts.backtests import BacktestSettings, BacktestSignal, backtest_signals
from upstream.alerts.models import Alert, AlertActivity, AlertState, Judgement, Verdict
from upstream.alerts.replay import Reason
from upstream.alerts.taken_back import marks_by_signal
from upstream.claims.denial_reasons import CATEGORIES
from upstream.claims.models import Payer
from upstream.claims.types import PayerType, ServiceGroupType
from upstream.core.models import Job
from upstream.core.money import cents
from upstream.detection.models import Direction, Signal, SignalKind, StreamLevel
from upstream.detection.types import SignalType
from upstream.graph.context import Info
from upstream.graph.gates import extends, gated, gated_model, requires, shown
from upstream.graph.jobs import JobType
from upstream.graph.permissions import Permission
from upstream.intake.types import UploadType

for _enum in (AlertState, Verdict):
    strawberry.enum(_enum)
strawberry.enum(
    Reason,
    name="BacktestReason",
    description="ALERT; EXPLAINED by another signal; BELOW_BUDGET: no week had a place for it; IMPROVEMENT.",
)


@extends(PayerType, Permission.ALERTS_READ)
def open_alerts(root: PayerType, info: Info) -> int | None:
    """Alerts of this payer that are neither resolved nor snoozed."""
    cache = info.context.cache
    if "open_alerts" not in cache:
        cache["open_alerts"] = selectors.open_alerts_by_payer(info.context.organization_id)
    return cast(dict[UUID, int], cache["open_alerts"]).get(cast(Payer, root).pk, 0)


@extends(SignalType, Permission.SIGNALS_READ)
def headline(root: SignalType) -> str:
    """One sentence: what changed, since when, by how much."""
    return words.signal_headline(cast(Signal, root))


@extends(SignalType, Permission.SIGNALS_READ)
def scope_sentence(root: SignalType) -> str:
    """Whether it is them or us, in a sentence; empty while that cannot be told."""
    return words.scope_sentence(cast(Signal, root).scope)


@gated(Permission.SIGNALS_READ, description="That a signal rested in part on an upload that was taken back.")
class TakenBackEvidence:
    upload: UploadType | None = strawberry.field(directives=requires(Permission.UPLOADS_READ))
    taken_back_at: datetime | None = strawberry.field(description="Null while it is being taken back.")
    taken_back_by: MemberType | None
    claims: int = strawberry.field(description="Of the claims that proved the signal, those the upload told of.")
    of_claims: int
    looked_again_at: datetime | None = strawberry.field(description="When detection ran without them; null until then.")


@extends(SignalType, Permission.SIGNALS_READ)
def taken_back(root: SignalType, info: Info) -> list[TakenBackEvidence]:
    """Uploads taken back that it rested on, the newest first."""
    return _taken_back(info, cast(Signal, root).pk)


def _taken_back(info: Info, signal_id: UUID) -> list[TakenBackEvidence]:
    cache = info.context.cache
    if "taken_back" not in cache:
        cache["taken_back"] = marks_by_signal(info.context.organization_id)
    return [
        TakenBackEvidence(
            upload=shown(mark.upload),
            taken_back_at=mark.upload.undone_at,
            taken_back_by=member(info, mark.upload.undone_by_id),
            claims=mark.claims,
            of_claims=mark.of_claims,
            looked_again_at=mark.run.created_at if mark.run else None,
        )
        for mark in cache["taken_back"].get(signal_id, ())
    ]


@gated_model(Judgement, Permission.ALERTS_READ, name="Judgement")
class JudgementType:
    id: strawberry.ID
    verdict: Verdict
    note: str
    recovered_amount: Decimal | None
    judged_at: datetime

    @strawberry.field
    def judged_by(self, info: Info) -> MemberType | None:
        return member(info, cast(Judgement, self).judged_by_id)


@gated_model(AlertActivity, Permission.ALERTS_READ, name="AlertActivity")
class AlertActivityType:
    id: strawberry.ID
    action: str
    at: datetime
    detail: str

    @strawberry.field
    def by(self, info: Info) -> MemberType | None:
        return member(info, cast(AlertActivity, self).by_id)


@gated_model(Alert, Permission.ALERTS_READ, name="Alert", description="One root cause that a person should look at.")
class AlertType:
    id: strawberry.ID
    state: AlertState
    rank_score: float
    opened_on: date = strawberry.field(description="The day of data it was opened on; the weekly budget counts by it.")
    created_at: datetime
    updated_at: datetime
    signal: SignalType
    payer: PayerType
    acknowledged_at: datetime | None
    snoozed_until: date | None
    resolved_at: datetime | None

    @strawberry.field(description="One sentence: what changed, since when, by how much.")
    def headline(self) -> str:
        return words.headline(cast(Alert, self))

    @strawberry.field(description="Signals that this one explains: the payer's service groups.")
    def related_signals(self) -> list[SignalType]:
        return cast(Any, [related.signal for related in cast(Alert, self).related.all()])

    @strawberry.field(description="Uploads taken back that its signal rested on, the newest first.")
    def taken_back(self, info: Info) -> list[TakenBackEvidence]:
        return _taken_back(info, cast(Alert, self).signal_id)

    @strawberry.field
    def assignee(self, info: Info) -> MemberType | None:
        return member(info, cast(Alert, self).assignee_id)

    @strawberry.field(description="The latest judgement.")
    def judgement(self) -> JudgementType | None:
        return next(iter(cast(Any, _judgements(self))), None)

    @strawberry.field(description="Newest first.")
    def judgements(self) -> list[JudgementType]:
        return cast(Any, _judgements(self))

    @strawberry.field(description="Newest first.")
    def activity(self) -> list[AlertActivityType]:
        rows = cast(Alert, self).activity.all()
        return cast(Any, sorted(rows, key=lambda row: (row.at, row.pk), reverse=True))


def _judgements(alert: Any) -> list[Judgement]:
    return sorted(alert.judgements.all(), key=lambda judgement: (judgement.judged_at, judgement.pk), reverse=True)


@gated(Permission.SIGNALS_READ, name="BacktestSignal", description="A change that would have been seen.")
class BacktestSignalType:
    kind: SignalKind
    level: StreamLevel
    direction: Direction
    payer: PayerType | None = strawberry.field(description="Null when it was merged into another payer since.")
    service_group: ServiceGroupType | None
    denial_category: str
    denial_label: str
    location: str
    alarmed_on: date
    alerted_on: date | None = strawberry.field(description="The day an alert would have been opened; null: none.")
    is_alert: bool
    reason: Reason = strawberry.field(description="Why it would have been an alert or not, by the end of the days.")
    explained_by: "BacktestSignalType | None" = strawberry.field(
        description="Of EXPLAINED: the signal that explains it; null when that was found before the first day."
    )
    change_date: date
    change_date_low: date
    change_date_high: date
    before: float
    after: float | None
    e_value: float
    dollars_per_week: Decimal
    headline: str
    signal_id: strawberry.ID | None = strawberry.field(description="The signal of this change, if there is one.")
    alert_id: strawberry.ID | None = strawberry.field(description="That signal's own alert, if it has one.")


@gated(
    Permission.SIGNALS_READ,
    name="Backtest",
    description="What Upstream would have told over days gone by, each day knowing only what was known then.",
)
class BacktestType:
    job: JobType
    from_: date = strawberry.field(name="from")
    to: date
    weekly_alert_budget: int
    smallest_odds: float
    signals: list[BacktestSignalType] | None = strawberry.field(
        description="Newest alarm first; null until the job has succeeded."
    )


def backtest_of(info: Info, job: Job) -> BacktestType:
    """The backtest that `job` carries out, with its signals where it has done so."""
    settings = BacktestSettings.of(job)
    found = backtest_signals(info.context.organization_id, job)
    return BacktestType(
        job=shown(job),
        from_=settings.first,
        to=settings.last,
        weekly_alert_budget=settings.weekly_alert_budget,
        smallest_odds=settings.smallest_odds,
        signals=None if found is None else [_backtest_signal(each) for each in found],
    )


def _backtest_signal(each: BacktestSignal) -> BacktestSignalType:
    signal = each.signal
    return BacktestSignalType(
        kind=SignalKind(signal.kind),
        level=StreamLevel(signal.level),
        direction=Direction(signal.direction),
        payer=shown(each.payer),
        service_group=shown(signal.service_group),
        denial_category=signal.denial_category,
        denial_label=CATEGORIES.get(signal.denial_category, signal.denial_category),
        location=signal.location,
        alarmed_on=signal.alarmed_on,
        alerted_on=each.alerted_on,
        is_alert=each.alerted_on is not None,
        reason=each.reason,
        explained_by=_backtest_signal(each.explained_by) if each.explained_by else None,
        change_date=signal.change_date,
        change_date_low=signal.change_date_low,
        change_date_high=signal.change_date_high,
        before=signal.before,
        after=signal.after,
        e_value=each.e_value,
        dollars_per_week=cents(signal.dollars_per_week),
        headline=words.signal_headline(signal),
        signal_id=_id(each.known_id),
        alert_id=_id(each.alert_id),
    )


def _id(key: UUID | None) -> strawberry.ID | None:
    return strawberry.ID(str(key)) if key else None
