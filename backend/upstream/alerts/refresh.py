"""From signals to alerts, after each detection run.

A run opens alerts, adds what an alert explains, and ranks. What people decided stays: state, assignee, judgements.

**Which, and when.** All changes for the worse, those that are over as well, go through `selection` day by day, so that
places of a week's budget are taken as they would have been by a run on each of those days. Of what finds a place, that
gets an alert which still matters today. What still matters and finds none waits, and is listed.

Two things follow from a root that is found after its parts:

- The alert of a part (a group, a category, a location) whose payer turns out to have changed as well becomes the
  payer's alert, with all its history (activity WIDENED): to people it is the same matter, grown.
- Alerts of further parts of that payer that nobody has touched yet are resolved as explained by it, and so are alerts
  of another kind that the root explains. Touched ones stay.

**No longer seen.** A signal that a run looked for and did not find (a file came late, the data were corrected) takes
its alert along: one that nobody has touched is resolved, one that somebody works on stays and says so, once. When the
signal is found again and still matters, what the refresh itself resolved is opened again, unless somebody has called it
noise since; what somebody works on says that too. Meanwhile an alert resolved for that reason explains nothing.

**Taken back.** Where a signal rested on an upload that was taken back, the first run without it decides: what it still
finds stands and says so; what it does not is resolved with that reason, also where somebody works on it, for a person
took the evidence away. Judgement and assignee stay, and seen again it comes back as people had left it.

Alerts once opened are never removed, and an alert that a person resolved stays resolved however often its signal is
found again; only a new change opens a new alert.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from upstream.accounts.models import Organization
from upstream.accounts.services import system_actor
from upstream.alerts import taken_back, webhooks, words
from upstream.alerts.models import Alert, AlertActivity, AlertSignal, AlertState, Judgement, Verdict, WaitingSignal
from upstream.alerts.ranking import deserves_alert, rank_score
from upstream.alerts.root_causes import DENIALS, Candidate, RootCauses, candidates_of
from upstream.alerts.selection import select_alerts
from upstream.audit import services as audit
from upstream.core import clock
from upstream.detection.models import DetectionRun, Signal, StreamLevel
from upstream.detection.settings import detection_settings


def refresh_alerts(*, organization_id: UUID, run: DetectionRun) -> list[Alert]:
    """Open, widen and rank the organization's alerts after `run`; returns those newly opened."""
    with transaction.atomic():
        # One refresh of an organization at a time, as for detection runs.
        Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
        refresh = _Refresh(organization_id, run)
        opened = refresh.open_and_widen()
        refresh.rank()
        webhooks.tell_of(organization_id, opened)
        if refresh.told:
            audit.record(
                actor=system_actor(organization_id),
                action="alerts.refreshed",
                target_type="detection_run",
                target_id=run.pk,
                detail=dict(refresh.told),
            )
    return opened


# How activity rows of these actions, written by nobody, begin; the latest says whether the signal was seen last time.
NO_LONGER_SEEN, SEEN_AGAIN = "No longer seen", "Seen again"
STANDS = "Still seen without what was taken back,"
EVIDENCE_TAKEN_BACK = "its evidence was taken back"
PART_OF_PAYER = "Part of a change across the payer, which has its own alert"
EXPLAINED = "Explained by another change at this payer, which has its own alert"
ACROSS_PAYER = "It shows across the payer, not in a part of it only"
FOUND_ELSEWHERE = "It was found in other figures of the same claims before"


def _alike(part: Signal, root: Signal) -> bool:
    """Whether two signals say of the same kind of thing, so that one's alert may become the other's."""
    return part.kind == root.kind or {part.kind, root.kind} <= set(DENIALS)


class _Refresh:
    """The organization's signals and alerts, read once and locked."""

    def __init__(self, organization_id: UUID, run: DetectionRun) -> None:
        self.organization_id, self.run, self.told = organization_id, run, Counter[str]()
        self.through = f"with data through {words.full_day(run.data_through)}"
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
        self._read_sightings()
        self.due = taken_back.due(run)
        self.rested: set[UUID] = {mark.signal_id for mark in self.due}
        related = AlertSignal.objects.for_organization(organization_id)
        self.related: set[UUID] = set(related.values_list("signal_id", flat=True))
        self.activity: list[AlertActivity] = []
        self.changed: dict[UUID, Alert] = {}

    def _read_sightings(self) -> None:
        """Which alerts were last said to be no longer seen, and which of them are resolved for that reason alone."""
        self.unseen: set[UUID] = set()
        self.resolved_unseen: set[UUID] = set()
        rows = AlertActivity.objects.for_organization(self.organization_id).filter(
            Q(action="RESOLVED") | Q(detail__startswith=NO_LONGER_SEEN) | Q(detail__startswith=SEEN_AGAIN)
        )
        for alert_id, action, detail in rows.order_by("at", "id").values_list("alert_id", "action", "detail"):
            if detail.startswith(SEEN_AGAIN):
                self.unseen.discard(alert_id)
            elif detail.startswith(NO_LONGER_SEEN):
                self.unseen.add(alert_id)
            if action == "RESOLVED":
                by_refresh = detail.startswith(NO_LONGER_SEEN)
                (self.resolved_unseen.add if by_refresh else self.resolved_unseen.discard)(alert_id)
        self.resolved_unseen &= {alert.pk for alert in self.alerts if alert.state == AlertState.RESOLVED}

    def open_and_widen(self) -> list[Alert]:
        """Alerts for every root that finds a place; those seen again opened again; and what they explain."""
        self._follow_sightings()
        explaining = {alert.signal_id for alert in self.alerts if alert.pk not in self.resolved_unseen}
        candidates = candidates_of(
            {pk: vars(signal) for pk, signal in self.signals.items() if signal.found or pk in explaining}
        )
        places = self._places(candidates)
        deserving = {pk for pk, signal in self.signals.items() if deserves_alert(signal)}
        roots = RootCauses(candidates).roots(able=deserving | explaining)
        explained: dict[UUID, list[Signal]] = {}
        for pk, root_id in roots.items():
            if root_id != pk:
                explained.setdefault(root_id, []).append(self.signals[pk])
        opened: list[Alert] = []
        waiting: set[UUID] = set()
        for root in (self.signals[pk] for pk, root_id in roots.items() if pk == root_id and pk in deserving):
            if known := self.by_signal.get(root.pk):
                if known.pk in self.resolved_unseen and self.verdicts.get(known.pk) != Verdict.NOISE:
                    self._reopen(known)
            elif not self._widen(root, explained.get(root.pk, ())):
                if day := places.get(root.pk):
                    opened.append(self._open(root, day))
                else:
                    waiting.add(root.pk)
        for root_id, signals in explained.items():
            if root_id in self.by_signal and self.by_signal[root_id].state != AlertState.RESOLVED:
                self._fold_into(self.by_signal[root_id], signals)
        self.alerts += opened
        self._rank(opened)
        Alert.unscoped.bulk_create(opened)
        self.told.update({"opened": len(opened)} if opened else {})
        self._write_explained(explained)
        self._write_waiting(waiting)
        return opened

    def _places(self, candidates: list[Candidate]) -> dict[UUID, date]:
        """The day on which its matter found a place in the weekly budget, for every signal whose matter did."""
        latest = max((candidate.alarmed_on for candidate in candidates), default=self.run.data_through)
        opened = {alert.signal_id: alert.opened_on for alert in self.alerts}
        selected = select_alerts(
            candidates,
            weekly_budget=detection_settings(self.organization_id).weekly_alert_budget,
            streams_watched=self.run.streams_watched,
            through=max(latest, self.run.data_through),
            opened=opened,
        )
        matter = RootCauses(candidates).roots()
        days = {matter[pk]: day for pk, day in opened.items() if pk in matter} | selected
        return {pk: days[root_id] for pk, root_id in matter.items() if root_id in days}

    def _open(self, root: Signal, opened_on: date) -> Alert:
        alert = Alert(organization_id=self.organization_id, signal=root, payer_id=root.payer_id, opened_on=opened_on)
        self.by_signal[root.pk] = alert
        self._tell(alert, "OPENED", f"Found in data through {words.full_day(self.run.data_through)}")
        return alert

    def _write_explained(self, explained: dict[UUID, list[Signal]]) -> None:
        rows = [
            AlertSignal(organization_id=self.organization_id, alert=self.by_signal[root_id], signal=signal)
            for root_id, signals in explained.items()
            if root_id in self.by_signal
            for signal in signals
            if signal.pk not in self.related
        ]
        AlertSignal.unscoped.bulk_create(rows)
        self.told.update({"explained": len(rows)} if rows else {})

    def _write_waiting(self, waiting: set[UUID]) -> None:
        rows = WaitingSignal.objects.for_organization(self.organization_id)
        known = set(rows.values_list("signal_id", flat=True))
        rows.filter(signal_id__in=known - waiting).delete()
        new = [
            WaitingSignal(organization_id=self.organization_id, signal_id=pk) for pk in sorted(waiting - known, key=str)
        ]
        WaitingSignal.unscoped.bulk_create(new)
        self.told.update({"waiting": len(new)} if new else {})

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
        taken_back.settle(self.due, self.run)

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

    def _follow_sightings(self) -> None:
        """Resolve alerts whose signals are not found any more; where somebody works on them, say so, once.

        Those whose evidence was taken back are resolved in any case; those that are found without it say so.
        """
        for alert in self.alerts:
            found = self.signals[alert.signal_id].found
            if alert.state == AlertState.RESOLVED:
                continue
            rested = alert.signal_id in self.rested
            if found == (alert.pk not in self.unseen):
                if found and rested:
                    self._tell(alert, "STANDS", f"{STANDS} {self.through}")
                    self.told["stands"] += 1
                continue
            if found:
                self._tell(alert, "SEEN_AGAIN", f"{SEEN_AGAIN} {self.through}")
            elif rested:
                self._resolve(alert, f"{NO_LONGER_SEEN} {self.through}: {EVIDENCE_TAKEN_BACK}")
                self.resolved_unseen.add(alert.pk)
            elif self._is_touched(alert):
                self._tell(alert, "NO_LONGER_SEEN", f"{NO_LONGER_SEEN} {self.through}")
            else:
                self._resolve(alert, f"{NO_LONGER_SEEN} {self.through}")
                self.resolved_unseen.add(alert.pk)
            self.told["seen_again" if found else "no_longer_seen"] += 1

    def _reopen(self, alert: Alert) -> None:
        """Bring back what the refresh resolved, as people had left it."""
        snoozed = alert.snoozed_until is not None and alert.snoozed_until > clock.today()
        left = AlertState.SNOOZED if snoozed else AlertState.ACKNOWLEDGED if alert.acknowledged_at else AlertState.OPEN
        alert.state, alert.resolved_at = left, None
        self.changed[alert.pk] = alert
        self._tell(alert, "REOPENED", f"{SEEN_AGAIN} {self.through}")
        self.told["reopened"] += 1

    def _widen(self, root: Signal, parts: Iterable[Signal]) -> bool:
        """Hand an alert of one of the root's parts over to the root; False when there is none to hand over."""
        found = [self.by_signal[part.pk] for part in parts if part.pk in self.by_signal and _alike(part, root)]
        waiting = sorted((alert for alert in found if alert.state != AlertState.RESOLVED), key=lambda alert: alert.pk)
        if not waiting:
            return False
        kept = next((alert for alert in waiting if self._is_touched(alert)), waiting[0])
        del self.by_signal[kept.signal_id]
        kept.signal = root
        self.by_signal[root.pk] = kept
        self.changed[kept.pk] = kept
        self._tell(kept, "WIDENED", ACROSS_PAYER if root.level == StreamLevel.PAYER else FOUND_ELSEWHERE)
        self.told["widened"] += 1
        return True

    def _fold_into(self, root: Alert, parts: Iterable[Signal]) -> None:
        """Resolve the alerts of what the root explains, as far as nobody has touched them."""
        for part in parts:
            alert = self.by_signal.get(part.pk)
            if alert is None or alert.state == AlertState.RESOLVED or self._is_touched(alert):
                continue
            cause = self.signals[root.signal_id]
            of_payer = cause.level == StreamLevel.PAYER and _alike(part, cause)
            self._resolve(alert, PART_OF_PAYER if of_payer else EXPLAINED)
            self.told["folded"] += 1

    def _resolve(self, alert: Alert, detail: str) -> None:
        alert.state, alert.resolved_at = AlertState.RESOLVED, clock.now()
        self.changed[alert.pk] = alert
        self._tell(alert, "RESOLVED", detail)

    def _is_touched(self, alert: Alert) -> bool:
        return alert.state != AlertState.OPEN or alert.assignee_id is not None or alert.pk in self.touched

    def _tell(self, alert: Alert, action: str, detail: str) -> None:
        self.activity.append(
            AlertActivity(organization_id=self.organization_id, alert=alert, action=action, detail=detail)
        )
