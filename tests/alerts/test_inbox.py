"""Reading the inbox: filters, order and the number of queries."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from alerts.made_signals import alert, delay, payer, signal
from django.test.utils import CaptureQueriesContext

from upstream.accounts.models import Organization
from upstream.alerts import services
from upstream.alerts.models import AlertState
from upstream.alerts.selectors import AlertFilter, inbox, open_alerts_by_payer
from upstream.alerts.words import headline
from upstream.core.actor import Actor
from upstream.detection.models import SignalKind


def test_filters_narrow_and_ranks_order(
    organization: Organization, other_organization: Organization, care_team: Actor
) -> None:
    denials = alert(organization, signal(organization, "Imaging"), rank_score=5, assignee_id=care_team.user_id)
    slow = alert(organization, delay(organization), rank_score=50, state=AlertState.SNOOZED)
    meridian = alert(organization, signal(organization, of="Meridian Health Plan", carried_by="Labs"), rank_score=20)
    alert(other_organization, rank_score=99)
    services.judge(actor=care_team, alert_id=denials.pk, verdict="NOISE")
    services.judge(actor=care_team, alert_id=denials.pk, verdict="REAL")

    def found(**values: object) -> list[object]:
        return list(inbox(organization, AlertFilter(**values)))  # type: ignore[arg-type]

    assert found() == list(inbox(organization.pk)) == [slow, meridian, denials]
    assert found(state=("OPEN", "SNOOZED")) == [slow, meridian, denials]
    assert found(state=("SNOOZED",)) == [slow]
    assert found(payer_id=meridian.payer_id) == [meridian]
    assert found(kind=SignalKind.PAYMENT_DELAY) == [slow]
    assert found(assignee_id=care_team.user_id) == [denials]
    # The verdict is that of the latest judgement.
    assert found(verdict="REAL") == [denials] and found(verdict="NOISE") == []
    assert found(search=" meridian ") == [meridian]
    assert found(search="imag") == [denials]
    assert found(search="labs") == [meridian]
    assert found(search="care team") == [denials]
    assert found(search="100%") == []
    assert found(search="northwind", kind=SignalKind.DENIAL_RATE) == [denials]
    downtown = alert(organization, signal(organization, level="PAYER_LOCATION", location="Downtown"), rank_score=1)
    assert found(search="downt") == [downtown]


def test_a_page_costs_one_query(
    organization: Organization, count_queries: Callable[[], AbstractContextManager[CaptureQueriesContext]]
) -> None:
    for number in range(6):
        alert(organization, signal(organization, "Imaging", of=f"Payer {number}"))
    with count_queries() as queries:
        texts = [(headline(row), row.payer.name, row.assignee) for row in inbox(organization)[:25]]
    assert len(texts) == 6 and len(queries) == 1


def test_open_alerts_are_counted_per_payer(organization: Organization, other_organization: Organization) -> None:
    for state in (AlertState.OPEN, AlertState.ACKNOWLEDGED, AlertState.SNOOZED, AlertState.RESOLVED):
        alert(organization, state=state)
    alert(organization, signal(organization, of="Meridian Health Plan"), state=AlertState.RESOLVED)
    alert(other_organization)
    assert open_alerts_by_payer(organization) == {payer(organization).pk: 2}
