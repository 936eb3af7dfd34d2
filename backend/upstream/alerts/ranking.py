"""Which signals become alerts, what explains what, and in which order people see them.

**Who gets an alert.** Signals for the worse that the last run found and that still matter: in force, or alarmed within
the last `RECENT_DAYS` of data and not reversed since. So the first run over a year of history alerts to what goes on,
and keeps the rest as signals. Improvements are no alerts: an inbox is for what needs a person, and the payer's page
shows them.

**One alert per root.** A payer's signal explains those of its service groups of the same kind whose change falls into
the same days; a group alone is its own root. A payment delay is explained by a rise in denials of the same stream when
payments came about as fast as claims left undenied would let expect: what is denied cannot be paid. The other way
round, a risen share of denials is explained by a payment delay when the claims still open brought no more denials than
usual: while payments fail to come, what is decided are the denials.

**Rank.** rank_score = certainty x (dollars a week + claims a week) x trust, a tenth of it once the change is over. A
claim a week weighs like a dollar, so that alerts are in order even where files hold no amounts. trust is
(real + 2) / (real + noise + 2) over what people judged of this payer's alerts of the same kind: a payer whose alarms
proved to be noise sinks, and needs more money to rise again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from upstream.detection.models import Direction, Signal, SignalKind, StreamLevel

RECENT_DAYS = 60
# Change dates of a payer and of its groups may be told apart by so many days and still be one change.
SAME_TIME = timedelta(days=14)
OVER = 0.1
PRIOR_JUDGEMENTS = 2
# A delay is explained by denials when at least this part of the payments those leave to be expected came.
EXPLAINED_PAYMENTS = 0.9
NORMAL_95 = 1.96


def deserves_alert(signal: Signal) -> bool:
    """Whether a signal without an alert of its own should get one (unless another explains it)."""
    if signal.direction != Direction.WORSE or not signal.found:
        return False
    recent = signal.alarmed_on >= signal.data_through - timedelta(days=RECENT_DAYS)
    return signal.in_force or (recent and signal.parameters["reversed_on"] is None)


def explanations(signals: Iterable[Signal], alerted: set[object]) -> dict[Signal, Signal]:
    """What each signal is explained by, followed to its root; signals that are their own root are left out.

    Only signals that deserve an alert, or have one (`alerted` holds their ids), explain others.
    """
    worse = sorted((s for s in signals if s.direction == Direction.WORSE), key=lambda s: (s.change_date, str(s.pk)))
    able = [signal for signal in worse if signal.pk in alerted or deserves_alert(signal)]
    by_payer: dict[object, list[Signal]] = {}
    for signal in able:
        by_payer.setdefault(signal.payer_id, []).append(signal)
    parents: dict[Signal, Signal] = {}
    for signal in worse:
        causes = [other for other in by_payer.get(signal.payer_id, ()) if _explains(other, signal)]
        if causes:
            # A wider stream first, then the nearest change.
            parents[signal] = min(
                causes,
                key=lambda other: (
                    other.level != StreamLevel.PAYER,
                    other.kind != signal.kind,
                    abs((other.change_date - signal.change_date).days),
                    str(other.pk),
                ),
            )
    return {signal: _root(signal, parents) for signal in parents}


def _explains(cause: Signal, signal: Signal) -> bool:
    if cause.change_date_low - SAME_TIME > signal.change_date_high:
        return False
    wider = cause.level == StreamLevel.PAYER and signal.level == StreamLevel.PAYER_SERVICE_GROUP
    same_stream = cause.service_group_id == signal.service_group_id
    if cause.kind == SignalKind.PAYMENT_DELAY and signal.kind == SignalKind.DENIAL_RATE:
        # A delay that goes on may raise the share of denials at any time.
        return (wider or same_stream) and _left_by_delay(signal) and not _left_by_denials(signal, cause)
    if signal.change_date_low - SAME_TIME > cause.change_date_high:
        return False
    return wider if cause.kind == signal.kind else same_stream and _left_by_denials(cause, signal)


def _left_by_denials(denials: Signal, delay: Signal) -> bool:
    """Whether the payments missing are those of the claims that are denied now."""
    if denials.after is None or denials.before >= 1:
        return False
    left = delay.parameters["expected_after"] * (1 - denials.after) / (1 - denials.before)
    return bool(delay.parameters["events_after"] >= EXPLAINED_PAYMENTS * left)


def _left_by_delay(denials: Signal) -> bool:
    """Whether the claims open since the change brought no more denials than usual, within what chance allows (95 %)."""
    seen, expected = (denials.parameters[name] for name in ("denials_of_open_claims", "expected_of_open_claims"))
    return bool(seen <= expected + NORMAL_95 * math.sqrt(expected))


def _root(signal: Signal, parents: Mapping[Signal, Signal]) -> Signal:
    while signal in parents:
        signal = parents[signal]
    return signal


def rank_score(signal: Signal, *, real: int, noise: int) -> float:
    """See the module; real, noise: alerts of this payer and kind that people last judged so."""
    after_through = date.fromisoformat(signal.parameters["after_through"])
    weeks = max(((after_through - signal.change_date).days + 1) / 7, 1)
    weight = max(float(signal.dollars_per_week), 0.0) + signal.claims_affected / weeks
    trust = (real + PRIOR_JUDGEMENTS) / (real + noise + PRIOR_JUDGEMENTS)
    standing = 1.0 if signal.in_force and signal.found else OVER
    return round(signal.certainty * weight * trust * standing, 4)
