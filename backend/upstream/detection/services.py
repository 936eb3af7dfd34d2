"""Running detection: from the roll-up to signals, the same signals for the same data.

**Matching.** An alarm is an earlier run's signal when kind, direction and stream agree and the change dates lie within
`SAME_CHANGE_DAYS`, fewer than a stream rests after an alarm, or their intervals meet. A matched signal gets the new
evidence, and only if something of it differs: a run on the same data writes nothing but the run itself. A signal that a
run looked for and did not find (the data were corrected) stays, with `found` false: people may have decided on it.

**History.** The first run over a year of data finds the changes of that year; all are kept as signals. Which of them
become alerts is for the alerts room.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from upstream.accounts.models import Organization
from upstream.claims.models import ServiceGroup
from upstream.core import clock
from upstream.detection.delay_evidence import delay_episodes, delay_evidence
from upstream.detection.denial_evidence import denial_episodes, denial_evidence
from upstream.detection.detectors.denial_rate import DenialSettings, detect_denial_rate
from upstream.detection.detectors.payment_delay import DelaySettings, detect_payment_delay
from upstream.detection.evidence import Episode, rounded
from upstream.detection.models import DetectionRun, Direction, Signal, SignalKind, StreamLevel
from upstream.detection.panels import Panel, load_panel

SAME_CHANGE_DAYS = 21
# Alarms this close to an axis that was cut may have had other baselines before it was: their signals are left alone.
UNSETTLED_DAYS = 365

_IDENTITY = ("kind", "level", "direction", "payer_id", "service_group_id")
_EVIDENCE = (
    "alarmed_on",
    "change_date",
    "change_date_low",
    "change_date_high",
    "before",
    "before_low",
    "before_high",
    "after",
    "after_low",
    "after_high",
    "log_evidence",
    "certainty",
    "dollars_per_week",
    "claims_affected",
    "carried_by",
    "data_through",
    "in_force",
    "found",
    "series",
    "categories",
    "parameters",
)


@dataclass(frozen=True, slots=True)
class Findings:
    """What the detectors say of a panel: values of Signal fields, one dictionary per alarm."""

    signals: list[dict[str, Any]]
    streams_watched: int


def run_detection(*, organization_id: UUID, through: date | None = None) -> DetectionRun | None:
    """Look at every stream of the organization and write what changed; None while there is no data at all.

    through: watch as of that day (it changes no signal that already rests on later data); today when None.
    """
    started = time.monotonic()
    panel = load_panel(organization_id, through)
    if panel is None:
        return None
    findings = detect(panel, dict(ServiceGroup.objects.for_organization(organization_id).values_list("pk", "name")))
    with transaction.atomic():
        # Runs of one organization write one after the other; NO KEY leaves everybody else's inserts alone.
        Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
        run = DetectionRun(
            organization_id=organization_id,
            data_through=panel.data_through,
            streams_watched=findings.streams_watched,
            signals_found=len(findings.signals),
        )
        run.save(force_insert=True)
        _write_signals(run, panel, findings.signals)
        run.seconds = round(time.monotonic() - started, 3)
        run.save(update_fields=["seconds", "updated_at"])
    return run


def detect(panel: Panel, group_names: dict[UUID, str]) -> Findings:
    """Both detectors over one panel, with the evidence of every alarm."""
    denial_settings, delay_settings = DenialSettings(), DelaySettings()
    denial = detect_denial_rate(panel.decided, panel.denied, panel.parent, denial_settings)
    cells = panel.cells
    delay = detect_payment_delay(
        cells.stream,
        cells.submitted_day,
        cells.end_day,
        cells.paid,
        cells.count,
        panel.parent,
        panel.outcome_days,
        delay_settings,
        panel.known_through,
    )
    signals = [
        _values(
            panel,
            SignalKind.DENIAL_RATE,
            episode,
            denial_evidence(panel, denial, episode, denial_settings, group_names),
        )
        for episode in denial_episodes(panel, denial, denial_settings)
    ] + [
        _values(panel, SignalKind.PAYMENT_DELAY, episode, delay_evidence(panel, delay, episode, delay_settings))
        for episode in delay_episodes(panel, delay, delay_settings)
    ]
    watched = denial.watched[:, -1] | delay.watched[:, -1]
    return Findings(signals=signals, streams_watched=int(watched.sum()))


def _values(panel: Panel, kind: SignalKind, episode: Episode, evidence: dict[str, Any]) -> dict[str, Any]:
    alarm = episode.alarm
    stream = panel.streams[alarm.stream]
    reversed_on = panel.date_of(episode.reversed_on).isoformat() if episode.reversed_on is not None else None
    return evidence | {
        "kind": kind,
        "level": StreamLevel.PAYER_SERVICE_GROUP if stream.service_group_id else StreamLevel.PAYER,
        "direction": Direction.WORSE if alarm.direction == "worse" else Direction.BETTER,
        "payer_id": stream.payer_id,
        "service_group_id": stream.service_group_id,
        "alarmed_on": panel.date_of(alarm.alarmed_on),
        "change_date": panel.date_of(alarm.change_on),
        "change_date_low": panel.date_of(alarm.change_low),
        "change_date_high": panel.date_of(alarm.change_high),
        "log_evidence": rounded(alarm.log_evidence),
        "data_through": panel.data_through,
        "found": True,
        "parameters": {
            "panel_from": panel.first_day.isoformat(),
            "outcomes_through": panel.date_of(int(panel.known_through[alarm.stream])).isoformat(),
            "before_from": panel.date_of(episode.before_start).isoformat(),
            "after_through": panel.date_of(episode.after_end).isoformat(),
            "reversed_on": reversed_on,
            **evidence["parameters"],
        },
    }


def _write_signals(run: DetectionRun, panel: Panel, found: list[dict[str, Any]]) -> None:
    since = panel.first_day + timedelta(days=UNSETTLED_DAYS if panel.cut else 0)
    known = list(
        Signal.objects.for_organization(run.organization_id).filter(alarmed_on__gte=panel.first_day).order_by("pk")
    )
    matches, new, lost = match(known, found)
    changed = []
    for signal, values in matches:
        if signal.data_through <= panel.data_through and any(
            getattr(signal, name) != values[name] for name in _EVIDENCE
        ):
            for name in _EVIDENCE:
                setattr(signal, name, values[name])
            changed.append(signal)
    for signal in lost:
        if signal.found and signal.data_through <= panel.data_through and signal.alarmed_on >= since:
            signal.found = False
            changed.append(signal)
    for signal in changed:
        signal.run, signal.updated_at = run, clock.now()
    changed += [Signal(organization_id=run.organization_id, run=run, **values) for values in new]
    Signal.unscoped.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*_EVIDENCE, "run", "updated_at"],
        batch_size=500,
    )


def match(
    known: Iterable[Signal], found: Iterable[dict[str, Any]]
) -> tuple[list[tuple[Signal, dict[str, Any]]], list[dict[str, Any]], list[Signal]]:
    """(pairs, found but not known, known but not found): each at most once, nearest change dates first."""
    known, found = list(known), list(found)
    by_stream: dict[tuple[Any, ...], list[int]] = {}
    for position, signal in enumerate(known):
        by_stream.setdefault(tuple(getattr(signal, name) for name in _IDENTITY), []).append(position)
    candidates = []
    for position, values in enumerate(found):
        for other in by_stream.get(tuple(values[name] for name in _IDENTITY), ()):
            signal = known[other]
            apart = abs((signal.change_date - values["change_date"]).days)
            meet = (
                signal.change_date_low <= values["change_date_high"]
                and values["change_date_low"] <= signal.change_date_high
            )
            if apart <= SAME_CHANGE_DAYS or meet:
                candidates.append((apart, position, other))
    taken_found: dict[int, int] = {}
    taken_known: set[int] = set()
    for _, position, other in sorted(candidates):
        if position not in taken_found and other not in taken_known:
            taken_found[position] = other
            taken_known.add(other)
    pairs = [(known[other], found[position]) for position, other in sorted(taken_found.items())]
    new = [values for position, values in enumerate(found) if position not in taken_found]
    return pairs, new, [signal for position, signal in enumerate(known) if position not in taken_known]
