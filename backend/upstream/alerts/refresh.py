"""From signals to alerts, after each detection run.

A run opens alerts, adds what an alert explains, and ranks. What people decided stays: state, assignee, judgements. Two
things follow from a root that is found after its parts:

- A group's alert whose payer turns out to have changed as well becomes the payer's alert, with all its history
  (activity WIDENED): to people it is the same matter, grown.
- Alerts of further groups of that payer that nobody has touched yet are resolved as explained by it. Touched ones stay.

Alerts once opened are never removed, and a resolved alert stays resolved however often its signal is found again; only
a new change opens a new alert.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from upstream.accounts.models import Organization
from upstream.accounts.services import system_actor
from upstream.alerts.models import Alert, AlertActivity, AlertSignal, AlertState, Judgement, Verdict
from upstream.alerts.ranking import deserves_alert, explanations, rank_score
from upstream.audit import services as audit
from upstream.core import clock
from upstream.detection.models import DetectionRun, Signal


def refresh_alerts(*, organization_id: UUID, run: DetectionRun) -> list[Alert]:
    """Open, widen and rank the organization's alerts after `run`; returns those newly opened."""
    with transaction.atomic():
        # One refresh of an organization at a time, as for detection runs.
        Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
        refresh = _Refresh(organization_id, run)
        opened = refresh.open_and_widen()
        refresh.rank()
        if refresh.told:
            audit.record(
                actor=system_actor(organization_id),
                action="alerts.refreshed",
                target_type="detection_run",
                target_id=run.pk,
                detail=dict(refresh.told),
            )
    return opened


class _Refresh:
    """The organization's signals and alerts, read once and locked."""

    def __init__(self, organization_id: UUID, run: DetectionRun) -> None:
        self.organization_id, self.run, self.told = organization_id, run, Counter[str]()
        self.signals: dict[UUID, Signal] = (
            Signal.objects.for_organization(organization_id).defer("series", "categories").in_bulk()
        )
        alerts = Alert.objects.for_organization(organization_id).select_for_update().order_by("id")
        self.alerts: list[Alert] = list(alerts)
        self.by_signal = {alert.signal_id: alert for alert in self.alerts}
        judgements = Judgement.objects.for_organization(organization_id).order_by("judged_at", "id")
        self.verdicts: dict[UUID, str] = dict(judgements.values_list("alert_id", "verdict"))
        activity = AlertActivity.objects.for_organization(organization_id).filter(by__isnull=False)
        self.touched = set(activity.values_list("alert_id", flat=True).distinct())
        related = AlertSignal.objects.for_organization(organization_id)
        self.related: set[UUID] = set(related.values_list("signal_id", flat=True))
        self.activity: list[AlertActivity] = []
        self.changed: dict[UUID, Alert] = {}

    def open_and_widen(self) -> list[Alert]:
        """Alerts for every root, new ones written, and what they explain."""
        root_of = explanations(self.signals.values(), set(self.by_signal))
        explained: dict[UUID, list[Signal]] = {}
        for signal, root in root_of.items():
            explained.setdefault(root.pk, []).append(signal)
        roots = [s for s in self.signals.values() if s not in root_of and deserves_alert(s)]
        opened: list[Alert] = []
        for root in sorted(roots, key=lambda signal: (signal.alarmed_on, str(signal.pk))):
            if root.pk in self.by_signal:
                continue
            if not self._widen(root, explained.get(root.pk, ())):
                alert = Alert(organization_id=self.organization_id, signal=root, payer_id=root.payer_id)
                self.by_signal[root.pk] = alert
                opened.append(alert)
                self._tell(alert, "OPENED", f"Found in data through {self.run.data_through.isoformat()}")
        self.alerts += opened
        self._rank(opened)
        Alert.unscoped.bulk_create(opened)
        self.told.update({"opened": len(opened)} if opened else {})
        rows = [
            AlertSignal(organization_id=self.organization_id, alert=self.by_signal[root_id], signal=signal)
            for root_id, signals in explained.items()
            if root_id in self.by_signal
            for signal in signals
            if signal.pk not in self.related
        ]
        AlertSignal.unscoped.bulk_create(rows)
        self.told.update({"explained": len(rows)} if rows else {})
        return opened

    def rank(self) -> None:
        """New rank of every alert that is not resolved, written where it differs."""
        for alert in self._rank(alert for alert in self.alerts if alert.state != AlertState.RESOLVED):
            self.changed[alert.pk] = alert
        for alert in self.changed.values():
            alert.updated_at = clock.now()
        Alert.unscoped.bulk_update(
            self.changed.values(), ["signal", "rank_score", "state", "resolved_at", "updated_at"], batch_size=200
        )
        AlertActivity.unscoped.bulk_create(self.activity)

    def _rank(self, alerts: Iterable[Alert]) -> list[Alert]:
        """Set rank_score; returns the alerts whose score differs now."""
        judged: Counter[tuple[object, ...]] = Counter()
        for alert in self.alerts:
            if verdict := self.verdicts.get(alert.pk):
                judged[alert.payer_id, self.signals[alert.signal_id].kind, verdict] += 1
        differing = []
        for alert in alerts:
            signal = self.signals[alert.signal_id]
            real, noise = (judged[alert.payer_id, signal.kind, verdict] for verdict in (Verdict.REAL, Verdict.NOISE))
            score = rank_score(signal, real=real, noise=noise)
            if score != alert.rank_score:
                alert.rank_score = score
                differing.append(alert)
        return differing

    def _widen(self, root: Signal, parts: Iterable[Signal]) -> bool:
        """Hand an alert of one of the root's parts over to the root; False when there is none to hand over."""
        found = [self.by_signal[part.pk] for part in parts if part.pk in self.by_signal]
        waiting = sorted((alert for alert in found if alert.state != AlertState.RESOLVED), key=lambda alert: alert.pk)
        if not waiting:
            return False
        kept = next((alert for alert in waiting if self._is_touched(alert)), waiting[0])
        del self.by_signal[kept.signal_id]
        kept.signal = root
        self.by_signal[root.pk] = kept
        self.changed[kept.pk] = kept
        self._tell(kept, "WIDENED", "It shows across the payer, not in one service group only")
        self.told["widened"] += 1
        for alert in waiting:
            if alert is not kept and not self._is_touched(alert):
                alert.state, alert.resolved_at = AlertState.RESOLVED, clock.now()
                self.changed[alert.pk] = alert
                self._tell(alert, "RESOLVED", "Part of a change across the payer, which has its own alert")
                self.told["folded"] += 1
        return True

    def _is_touched(self, alert: Alert) -> bool:
        return alert.state != AlertState.OPEN or alert.assignee_id is not None or alert.pk in self.touched

    def _tell(self, alert: Alert, action: str, detail: str) -> None:
        self.activity.append(
            AlertActivity(organization_id=self.organization_id, alert=alert, action=action, detail=detail)
        )
