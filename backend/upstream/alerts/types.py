"""Alerts as clients see them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import strawberry

from upstream.accounts.types import MemberType, member
from upstream.alerts import selectors, words
from upstream.alerts.models import Alert, AlertActivity, AlertState, Judgement, Verdict
from upstream.claims.models import Payer
from upstream.claims.types import PayerType
from upstream.detection.types import SignalType
from upstream.graph.context import Info
from upstream.graph.gates import extends, gated_model
from upstream.graph.permissions import Permission

for _enum in (AlertState, Verdict):
    strawberry.enum(_enum)


@extends(PayerType, Permission.ALERTS_READ)
def open_alerts(root: PayerType, info: Info) -> int | None:
    """Alerts of this payer that are neither resolved nor snoozed."""
    cache = info.context.cache
    if "open_alerts" not in cache:
        cache["open_alerts"] = selectors.open_alerts_by_payer(info.context.organization_id)
    return cast(dict[UUID, int], cache["open_alerts"]).get(cast(Payer, root).pk, 0)


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
