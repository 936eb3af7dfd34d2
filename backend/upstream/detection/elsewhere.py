"""Is it them or us? The same claims at the other payers, over the same days, are the control of every alarm.

A change that only one payer shows is that payer's doing. What shows at the others as well is one's own: coding or
registration that went wrong, a new location or provider, a mapping edited. Half of the alarm's own shift, in log-odds,
divides the two: the others show the change when they have moved at least so far, and more than chance allows (95 %);
they do not when chance allows only less. Between lies what cannot be told yet.
"""

from __future__ import annotations

import math
from typing import Any

from upstream.detection.detectors.common import Integers, Share
from upstream.detection.detectors.common import share as exact_share
from upstream.detection.evidence import Episode, rounded
from upstream.detection.models import Scope
from upstream.detection.panels import Panel

# Rates are kept this far from 0 and 1, where log-odds end.
_NEAREST = 1e-4


def share_elsewhere(panel: Panel, episode: Episode, events: Integers, count: Integers) -> dict[str, Any]:
    """Shares of `events` in `count`, (streams, days) each, before and after, at all other payers together.

    Of the same service group, location or denial category as the alarm's stream; of all claims for a payer's own.
    """
    rows = others(panel, episode.alarm.stream)
    change = episode.alarm.change_on
    before, after = (
        exact_share(int(events[rows, period].sum()), int(count[rows, period].sum()))
        for period in (slice(episode.before_start, change), slice(change, episode.after_end + 1))
    )
    return {
        "before": rounded(before.rate) if before.rate is not None else None,
        "after": rounded(after.rate) if after.rate is not None else None,
        "after_low": rounded(after.low),
        "after_high": rounded(after.high),
        "claims": after.count,
    }


def others(panel: Panel, row: int) -> list[int]:
    """Rows of the streams of the same level, service group, location and denial category at other payers."""
    own = panel.streams[row]
    same = (own.level, own.service_group, own.location, own.denial_category)
    return [
        number
        for number, other in enumerate(panel.streams)
        if other.payer != own.payer
        and (other.level, other.service_group, other.location, other.denial_category) == same
    ]


def scope_of_shares(before: Share, after: Share, elsewhere: dict[str, Any]) -> Scope:
    """before, after: the alarm's own; elsewhere: as `share_elsewhere` tells it."""
    if before.rate is None or after.rate is None or elsewhere["before"] is None or elsewhere["after"] is None:
        return Scope.UNCLEAR
    start = _log_odds(elsewhere["before"])
    return scope_of(
        _log_odds(after.rate) - _log_odds(before.rate),
        *(_log_odds(elsewhere[name]) - start for name in ("after", "after_low", "after_high")),
    )


def scope_of(own: float, others: float, others_low: float, others_high: float) -> Scope:
    """own, others: logarithms of the shift at this payer and at the others, theirs with its 95 % interval."""
    if own < 0:
        own, others, others_low, others_high = -own, -others, -others_high, -others_low
    if others_high < own / 2:
        return Scope.THIS_PAYER
    return Scope.EVERYWHERE if others >= own / 2 and others_low > 0 else Scope.UNCLEAR


def _log_odds(rate: float) -> float:
    inside = min(max(rate, _NEAREST), 1 - _NEAREST)
    return math.log(inside / (1 - inside))
