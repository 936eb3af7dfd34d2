"""What Upstream would have told, day by day, over days gone by.

A replay sees on each day only what had happened by then: the detectors are causal, every signal's evidence is gathered
from the facts as they stood on the day of its alarm, and alerts are opened from what was known on each day, within the
budget of that day's week. Days before the first one asked for count too: what was found then is no news later.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Set
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any

from upstream.alerts.root_causes import RootCauses, candidates_of
from upstream.alerts.selection import select_alerts
from upstream.claims.daily_facts import DailyFacts
from upstream.detection.detecting import Detected, DetectorSettings, detector_settings, run_detectors, signals_of
from upstream.detection.detectors.common import Alarm
from upstream.detection.models import Direction, SignalKind
from upstream.detection.panels import Panel


class Reason(StrEnum):
    """Why a signal was told as an alert, or was not."""

    ALERT = "ALERT"
    EXPLAINED = "EXPLAINED"
    BELOW_BUDGET = "BELOW_BUDGET"
    IMPROVEMENT = "IMPROVEMENT"


AlarmKey = tuple[SignalKind, int, int]
"""Kind of an alarm, its stream and its day."""

_IDENTITY = ("kind", "direction", "payer_id", "service_group_id", "denial_category", "location", "alarmed_on")
_SAME = ("kind", "level", "denial_category", "location", "direction", "before", "after")
_DAYS = ("alarmed_on", "change_date", "change_date_low", "change_date_high")
# exp() of more would not fit a float.
_LARGEST_LOG = 700.0


def replay(
    facts: DailyFacts,
    *,
    first: date,
    last: date,
    weekly_alert_budget: int,
    smallest_odds: float,
    group_names: Mapping[Hashable, str],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[dict[str, Any]]:
    """One record for each signal alarmed from `first` to `last`, both included, in that order; ready for JSON.

    smallest_odds: changes within this odds ratio are too small to matter. group_names: names of the service groups, by
    their ids in the facts. A record's payer and service_group are those ids as text; alerted_on is the day its alert
    would have been opened, None without one. reason: whether it is an alert, is EXPLAINED by another signal, found no
    place in the budget of any week, or is a change for the better; as it stands at the end of the replay.
    explained_by: place among these records of the signal that explains it; None for what nothing explains or what was
    found before `first` does. progress is called with how many days with alarms have been gone through, and of how
    many.
    """
    last_day = min((last - facts.first_day).days, facts.days - 1)
    if last_day < 0:
        return []
    panel = Panel(facts.through(last_day))
    settings = detector_settings(smallest_odds)
    detected = run_detectors(panel, settings)
    found = _as_they_were(panel, detected, settings, group_names, progress)
    candidates = candidates_of(dict(enumerate(found)))
    alerts = select_alerts(
        candidates,
        weekly_budget=weekly_alert_budget,
        streams_watched=detected.streams_watched,
        through=panel.data_through,
    )
    roots = RootCauses(candidates).roots(through=panel.data_through)
    told = [number for number, values in enumerate(found) if first <= values["alarmed_on"] <= last]
    places = {number: place for place, number in enumerate(told)}
    return [_record(found[number], alerts.get(number), number, roots.get(number), places) for number in told]


def _as_they_were(
    panel: Panel,
    detected: Detected,
    settings: DetectorSettings,
    group_names: Mapping[Hashable, str],
    progress: Callable[[int, int], None],
) -> list[dict[str, Any]]:
    """Values of Signal fields as of the day of each alarm, with the evidence of the days since, each as known on it."""
    later = {
        tuple(values[name] for name in _IDENTITY): values["parameters"].get("evidence_by_day")
        for values in signals_of(panel, detected, settings, group_names)
    }
    found: list[dict[str, Any]] = []
    told_on: dict[int, set[AlarmKey]] = {}
    for kind, alarm in detected.alarms:
        told_on.setdefault(alarm.alarmed_on, set()).add((kind, alarm.stream, alarm.alarmed_on))
    days = sorted(told_on)
    for done, day in enumerate(days):
        progress(done, len(days))
        known = signals_of(
            panel.as_of(day), detected.through(day), settings, group_names, partial(_is_among, told_on[day])
        )
        for values in known:
            if evidence := later.get(tuple(values[name] for name in _IDENTITY)):
                values["parameters"]["evidence_by_day"] = evidence
            found.append(values)
    return found


def _is_among(told: Set[AlarmKey], kind: SignalKind, alarm: Alarm) -> bool:
    return (kind, alarm.stream, alarm.alarmed_on) in told


def _record(
    values: dict[str, Any], alerted_on: date | None, number: int, root: int | None, places: Mapping[int, int]
) -> dict[str, Any]:
    """root: number of the signal that explains this one, or its own; None for what is no candidate for an alert."""
    group = values["service_group_id"]
    explained = root is not None and root != number
    if alerted_on is not None:
        reason = Reason.ALERT
    elif values["direction"] == Direction.BETTER:
        reason = Reason.IMPROVEMENT
    else:
        reason = Reason.EXPLAINED if explained else Reason.BELOW_BUDGET
    return (
        {name: values[name] for name in _SAME}
        | {name: values[name].isoformat() for name in _DAYS}
        | {
            "kind": str(values["kind"]),
            "level": str(values["level"]),
            "direction": str(values["direction"]),
            "payer": str(values["payer_id"]),
            "service_group": str(group) if group is not None else None,
            "alerted_on": alerted_on.isoformat() if alerted_on else None,
            "e_value": math.exp(min(values["log_evidence"], _LARGEST_LOG)),
            "dollars_per_week": float(values["dollars_per_week"]),
            "is_alert": alerted_on is not None,
            "reason": str(reason),
            "explained_by": places.get(root) if explained and root is not None else None,
        }
    )
