"""Candidates made by hand, and e-detectors simulated."""

from datetime import date, timedelta
from itertools import count
from typing import Any

import numpy as np

from upstream.alerts.root_causes import Candidate
from upstream.detection.models import SignalKind, StreamLevel

MONDAY = date(2024, 1, 1)
_numbers = count(1)


def day(number: int) -> date:
    """A day counted from a Monday."""
    return MONDAY + timedelta(days=number)


def candidate(alarmed: int = 0, *evidence: float, **values: Any) -> Candidate:
    """A denial rate of a payer of its own that changed on the day of its alarm, unless told otherwise."""
    number = next(_numbers)
    level = StreamLevel.PAYER
    for name, of in (
        ("service_group", StreamLevel.PAYER_SERVICE_GROUP),
        ("denial_category", StreamLevel.PAYER_DENIAL_CATEGORY),
        ("location", StreamLevel.PAYER_LOCATION),
    ):
        level = of if values.get(name) else level
    changed = values.pop("changed", alarmed)
    return Candidate(
        **{
            "key": number,
            "kind": SignalKind.DENIAL_RATE.value,
            "level": level.value,
            "payer": f"payer {number}",
            "service_group": None,
            "denial_category": "",
            "location": "",
            "alarmed_on": day(alarmed),
            "change_date": day(changed),
            "change_low": day(changed - 2),
            "change_high": day(changed + 2),
            "evidence": evidence or (1.0,),
            "ended_on": None,
            "before": 0.1,
            "after": 0.2,
            "payments": None,
            "open_denials": (30.0, 15.0),
            **values,
        }
    )


def delay(alarmed: int = 0, *evidence: float, **values: Any) -> Candidate:
    figures = {"before": 17.0, "after": 30.0, "payments": (10, 40.0), "open_denials": None}
    return candidate(alarmed, *evidence, **{"kind": SignalKind.PAYMENT_DELAY.value, **figures, **values})


def watched(
    streams: int, days: int, *, seed: int, changed: int = 0, change_on: int = 0, shift: float = 0.5, after: int = 60
) -> list[Candidate]:
    """Alarms of Shiryaev–Roberts e-detectors, each over a stream of normal days; keys are (stream, day of the alarm).

    A detector looks for means moved by `shift`; those of the first `changed` streams are from `change_on` on. It alarms
    at 3,650, its evidence is followed for `after` days, then it begins anew.
    """
    rng = np.random.default_rng(seed)
    threshold = np.log(3650.0)
    log_r = np.full(streams, -np.inf)
    followed: dict[int, tuple[int, list[float]]] = {}
    alarms: list[tuple[int, int, list[float]]] = []
    for today in range(days):
        values = rng.standard_normal(streams)
        if today >= change_on:
            values[:changed] += shift
        log_r = np.logaddexp(0.0, log_r) + shift * values - shift**2 / 2
        for stream in np.flatnonzero(log_r >= threshold).tolist():
            if stream not in followed:
                followed[stream] = (today, [])
                alarms.append((stream, today, followed[stream][1]))
        for stream, (since, evidence) in list(followed.items()):
            evidence.append(float(log_r[stream] - threshold))
            if today - since >= after:
                del followed[stream]
                log_r[stream] = -np.inf
    return [
        candidate(on, *evidence, key=(stream, on), payer=f"stream {stream}", changed=on)
        for stream, on, evidence in alarms
    ]
