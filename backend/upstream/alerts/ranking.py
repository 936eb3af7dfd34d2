"""Which signals still matter, and in which order people see their alerts.

**Who may get an alert.** Signals for the worse that the last run found and that still matter: in force, or alarmed
within the last `RECENT_DAYS` of data and not reversed since. So the first run over a year of history alerts to what
goes on, and keeps the rest as signals. Improvements are no alerts: an inbox is for what needs a person, and the payer's
page shows them. Which of them get one, and when, is in `root_causes` and `selection`.

**Rank.** rank_score = certainty x (dollars a week + claims a week) x trust, a tenth of it once the change is over. A
claim a week weighs like a dollar, so that alerts are in order even where files hold no amounts. trust is
(real + 2) / (real + noise + 2) over what people judged of this payer's alerts of the same kind: a payer whose alarms
proved to be noise sinks, and needs more money to rise again.
"""

from __future__ import annotations

from datetime import date, timedelta

from upstream.detection.models import Direction, Signal

RECENT_DAYS = 60
OVER = 0.1
PRIOR_JUDGEMENTS = 2


def deserves_alert(signal: Signal) -> bool:
    """Whether a signal without an alert of its own should get one (unless another explains it)."""
    if signal.direction != Direction.WORSE or not signal.found:
        return False
    recent = signal.alarmed_on >= signal.data_through - timedelta(days=RECENT_DAYS)
    return signal.in_force or (recent and signal.parameters["reversed_on"] is None)


def rank_score(signal: Signal, *, real: int, noise: int) -> float:
    """See the module; real, noise: alerts of this payer and kind that people last judged so."""
    after_through = date.fromisoformat(signal.parameters["after_through"])
    weeks = max(((after_through - signal.change_date).days + 1) / 7, 1)
    weight = max(float(signal.dollars_per_week), 0.0) + signal.claims_affected / weeks
    trust = (real + PRIOR_JUDGEMENTS) / (real + noise + PRIOR_JUDGEMENTS)
    standing = 1.0 if signal.in_force and signal.found else OVER
    return round(signal.certainty * weight * trust * standing, 4)
