"""Running detection: from the roll-up to signals, the same signals for the same data.

**Days.** A run walks over the days that no run before it has walked over (see `states`), and gathers the evidence of
all alarms anew.

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
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.claims.models import ServiceGroup
from upstream.core import clock
from upstream.detection import states
from upstream.detection.detecting import detector_settings, signals_of
from upstream.detection.models import DetectionRun, Signal
from upstream.detection.panels import Panel
from upstream.detection.settings import detection_settings

SAME_CHANGE_DAYS = 21
# Alarms this close to an axis that was cut may have had other baselines before it was: their signals are left alone.
UNSETTLED_DAYS = 365

_IDENTITY = ("kind", "level", "direction", "payer_id", "service_group_id", "denial_category", "location")
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
    "scope",
    "carried_by",
    "data_through",
    "in_force",
    "found",
    "series",
    "categories",
    "parameters",
)


def run_detection(*, organization_id: UUID, through: date | None = None) -> DetectionRun | None:
    """Look at every stream of the organization and write what changed; None while there is no data at all.

    through: watch as of that day (it changes no signal that already rests on later data); today when None. Where
    no data are left, what rested on them is found no more.
    """
    started = time.monotonic()
    rollup.fold(organization_id)
    settings = detector_settings(detection_settings(organization_id).smallest_odds)
    watched = states.watch(organization_id, through or clock.today(), settings)
    if watched is None:
        return None if through else _nothing_left(organization_id)
    panel, detected = watched.panel, watched.detected
    group_names = dict(ServiceGroup.objects.for_organization(organization_id).values_list("pk", "name"))
    signals = signals_of(panel, detected, settings, group_names)
    with transaction.atomic():
        # Runs of one organization write one after the other; NO KEY leaves everybody else's inserts alone.
        Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
        run = DetectionRun(
            organization_id=organization_id,
            data_through=panel.data_through,
            streams_watched=detected.streams_watched,
            signals_found=len(signals),
            days_walked=watched.days_walked,
        )
        run.save(force_insert=True)
        _write_signals(run, panel, signals, as_of=through is not None)
        watched.keep()
        run.seconds = round(time.monotonic() - started, 3)
        run.save(update_fields=["seconds", "updated_at"])
    return run


def _nothing_left(organization_id: UUID) -> DetectionRun | None:
    """A run over no data, where signals rest on data that were taken back; None where there are none."""
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
        signals = Signal.objects.for_organization(organization_id).filter(found=True)
        if not signals.exists():
            return None
        run = DetectionRun(organization_id=organization_id, data_through=clock.today())
        run.save(force_insert=True)
        signals.update(found=False, run=run, updated_at=clock.now())
    return run


def _write_signals(run: DetectionRun, panel: Panel, found: list[dict[str, Any]], *, as_of: bool) -> None:
    """as_of: the run knows of fewer days than there are data for; else what reaches beyond its data was taken back."""
    known_signals = Signal.objects.for_organization(run.organization_id)
    if panel.facts.cut or as_of:
        known_signals = known_signals.filter(alarmed_on__gte=panel.first_day)
    # Without data before the first day nothing can be seen there any more.
    since = panel.first_day + timedelta(days=UNSETTLED_DAYS) if panel.facts.cut else date.min
    known = list(known_signals.order_by("pk"))
    ours = {signal.pk for signal in known if not as_of or signal.data_through <= panel.data_through}
    matches, new, lost = match(known, found)
    changed = []
    for signal, values in matches:
        if signal.pk in ours and any(getattr(signal, name) != values[name] for name in _EVIDENCE):
            for name in _EVIDENCE:
                setattr(signal, name, values[name])
            changed.append(signal)
    for signal in lost:
        if signal.found and signal.pk in ours and signal.alarmed_on >= since:
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
