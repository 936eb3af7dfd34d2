"""Alerts in the graph."""

from datetime import date
from decimal import Decimal
from enum import Enum
from uuid import UUID

import strawberry
from django.db.models import Prefetch, QuerySet

from upstream.alerts import backtests, selectors, services
from upstream.alerts.models import Alert, AlertActivity, AlertSignal, AlertState, Judgement, Verdict
from upstream.alerts.types import AlertType, BacktestType, backtest_of
from upstream.detection.models import SignalKind
from upstream.detection.schema import unread_evidence
from upstream.graph.context import Info
from upstream.graph.gates import gated, requires, shown
from upstream.graph.jobs import JobPayload
from upstream.graph.mutations import Problem, payload, row_id, row_id_or_none, uuid_of
from upstream.graph.pages import Column, Page, descending, page
from upstream.graph.permissions import Permission
from upstream.graph.selection import selects


@strawberry.enum
class AlertOrder(Enum):
    RANK = "rank_score"
    NEWEST = "newest"
    MONEY = "money"


ORDERS: dict[AlertOrder, tuple[Column, ...]] = {
    AlertOrder.RANK: (descending("rank_score", float), descending("id", UUID)),
    AlertOrder.NEWEST: (descending("id", UUID),),
    AlertOrder.MONEY: (descending("signal__dollars_per_week", Decimal), descending("id", UUID)),
}


@strawberry.input
class AlertFilter:
    state: list[AlertState] | None = None
    payer_id: strawberry.ID | None = None
    kind: SignalKind | None = None
    verdict: Verdict | None = None
    assignee_id: strawberry.ID | None = None
    search: str | None = None

    def narrowed(self) -> selectors.AlertFilter:
        """The selector's filter; an id that is none finds nothing, like an unknown one."""
        return selectors.AlertFilter(
            state=tuple(self.state or ()),
            payer_id=row_id_or_none(self.payer_id),
            kind=self.kind,
            verdict=self.verdict,
            assignee_id=row_id_or_none(self.assignee_id),
            search=self.search or "",
        )


@gated(Permission.ALERTS_READ)
class AlertPayload:
    alert: AlertType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@strawberry.input
class JudgeAlertInput:
    alert_id: strawberry.ID
    verdict: Verdict
    note: str = ""
    recovered_amount: Decimal | None = None


@strawberry.input
class RequestBacktestInput:
    from_: date = strawberry.field(name="from")
    to: date
    weekly_alert_budget: int | None = strawberry.field(default=None, description="Left out: as it is set.")
    smallest_odds: float | None = strawberry.field(default=None, description="Left out: as it is set.")


def with_relations(rows: QuerySet[Alert], info: Info, *path: str) -> QuerySet[Alert]:
    """Fetch along with alerts what the query selects of them below `path`."""
    organization_id = info.context.organization_id
    # The headline tells of the signal, the payer and the service group, so these always come along.
    rows = rows.select_related("payer", "signal__payer", "signal__service_group").defer(
        *(f"signal__{column}" for column in unread_evidence(info, *path, "signal") if column != "categories")
    )
    if selects(info, *path, "relatedSignals"):
        related = AlertSignal.objects.for_organization(organization_id).select_related(
            "signal__payer", "signal__service_group"
        )
        related = related.defer(*(f"signal__{column}" for column in unread_evidence(info, *path, "relatedSignals")))
        rows = rows.prefetch_related(Prefetch("related", related.order_by("-signal__log_evidence", "id")))
    if selects(info, *path, "judgement") or selects(info, *path, "judgements"):
        rows = rows.prefetch_related(Prefetch("judgements", Judgement.objects.for_organization(organization_id)))
    if selects(info, *path, "activity"):
        rows = rows.prefetch_related(Prefetch("activity", AlertActivity.objects.for_organization(organization_id)))
    return rows


@strawberry.type
class AlertsQuery:
    @strawberry.field(directives=requires(Permission.ALERTS_READ))
    def alerts(
        self,
        info: Info,
        filter: AlertFilter | None = None,
        order_by: AlertOrder = AlertOrder.RANK,
        first: int = 25,
        after: str | None = None,
    ) -> Page[AlertType] | None:
        organization_id = info.context.organization_id
        rows = selectors.inbox(organization_id, (filter or AlertFilter()).narrowed())
        rows = with_relations(rows, info, "items")
        return page(rows, organization_id=organization_id, order=ORDERS[order_by], first=first, after=after)

    @strawberry.field(directives=requires(Permission.ALERTS_READ))
    def alert(self, info: Info, id: strawberry.ID) -> AlertType | None:
        rows = Alert.objects.for_organization(info.context.organization_id).filter(pk=row_id(id))
        return shown(with_relations(rows, info).first())

    @strawberry.field(
        directives=requires(Permission.ALERTS_READ),
        description="How many changes would be alerts, had the week's budget room: `SignalFilter.withoutAlert`.",
    )
    def signals_waiting(self, info: Info) -> int | None:
        return selectors.waiting_signals(info.context.organization_id).count()

    @strawberry.field(
        directives=requires(Permission.SIGNALS_READ), description="By the id of the job that `requestBacktest` gave."
    )
    def backtest(self, info: Info, job_id: strawberry.ID) -> BacktestType | None:
        job = backtests.backtest_job(info.context.organization_id, row_id(job_id))
        return backtest_of(info, job) if job else None


def _answer(info: Info, alert: Alert) -> AlertPayload:
    """The alert after a change, with what the mutation selects of it."""
    rows = Alert.objects.for_organization(info.context.organization_id).filter(pk=alert.pk)
    return AlertPayload(alert=shown(with_relations(rows, info, "alert").get()))


_WRITE = requires(Permission.ALERTS_WRITE)


@strawberry.type
class AlertsMutation:
    @strawberry.field(directives=_WRITE)
    @payload(AlertPayload)
    def acknowledge_alert(self, info: Info, id: strawberry.ID) -> AlertPayload | None:
        return _answer(info, services.acknowledge(actor=info.context.signed_in(), alert_id=uuid_of(id, "alert")))

    @strawberry.field(directives=_WRITE)
    @payload(AlertPayload)
    def snooze_alert(self, info: Info, id: strawberry.ID, until: date) -> AlertPayload | None:
        return _answer(
            info, services.snooze(actor=info.context.signed_in(), alert_id=uuid_of(id, "alert"), until=until)
        )

    @strawberry.field(directives=_WRITE)
    @payload(AlertPayload)
    def resolve_alert(self, info: Info, id: strawberry.ID) -> AlertPayload | None:
        return _answer(info, services.resolve(actor=info.context.signed_in(), alert_id=uuid_of(id, "alert")))

    @strawberry.field(directives=_WRITE, description="Back to open, from whatever state: also the undo of the others.")
    @payload(AlertPayload)
    def reopen_alert(self, info: Info, id: strawberry.ID) -> AlertPayload | None:
        return _answer(info, services.reopen(actor=info.context.signed_in(), alert_id=uuid_of(id, "alert")))

    @strawberry.field(directives=_WRITE, description="Without an assignee: to nobody.")
    @payload(AlertPayload)
    def assign_alert(
        self, info: Info, id: strawberry.ID, assignee_id: strawberry.ID | None = None
    ) -> AlertPayload | None:
        assignee = uuid_of(assignee_id, "member", field="assigneeId") if assignee_id else None
        return _answer(
            info, services.assign(actor=info.context.signed_in(), alert_id=uuid_of(id, "alert"), assignee_id=assignee)
        )

    @strawberry.field(directives=_WRITE)
    @payload(AlertPayload)
    def judge_alert(self, info: Info, input: JudgeAlertInput) -> AlertPayload | None:
        alert = services.judge(
            actor=info.context.signed_in(),
            alert_id=uuid_of(input.alert_id, "alert", field="alertId"),
            verdict=input.verdict,
            note=input.note,
            recovered_amount=input.recovered_amount,
        )
        return _answer(info, alert)

    @strawberry.field(directives=requires(Permission.DETECTION_RUN), description="Look for changes now.")
    @payload(JobPayload)
    def run_detection(self, info: Info) -> JobPayload | None:
        return JobPayload(job=shown(services.request_detection(actor=info.context.signed_in())))

    @strawberry.field(
        directives=requires(Permission.DETECTION_RUN),
        description="Replay days gone by, with settings that need not be saved. `backtest` shows what comes of it.",
    )
    @payload(JobPayload)
    def request_backtest(self, info: Info, input: RequestBacktestInput) -> JobPayload | None:
        job = backtests.request_backtest(
            actor=info.context.signed_in(),
            first=input.from_,
            last=input.to,
            weekly_alert_budget=input.weekly_alert_budget,
            smallest_odds=input.smallest_odds,
        )
        return JobPayload(job=shown(job))
