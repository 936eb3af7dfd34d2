"""All kinds of change over one panel: what the detectors find in it, and the evidence of every alarm.

No database: a live run and a replay of days gone by ask the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from upstream.detection.cohort_evidence import cohort_episodes, cohort_evidence
from upstream.detection.delay_evidence import delay_episodes, delay_evidence
from upstream.detection.denial_evidence import denial_episodes, denial_evidence
from upstream.detection.detectors.common import Alarm
from upstream.detection.detectors.denial_cohort import CohortResult, CohortSettings
from upstream.detection.detectors.denial_dollars import DollarResult, DollarSettings, DollarWalk
from upstream.detection.detectors.denial_rate import DenialResult, DenialSettings, DenialWalk
from upstream.detection.detectors.open_claims import StreamClaims
from upstream.detection.detectors.open_claims_walk import OpenClaimsWalk, with_alarms
from upstream.detection.detectors.payment_delay import DelayResult, DelaySettings
from upstream.detection.detectors.takebacks import TAKEBACK_SETTINGS, TakebackResult, TakebackWalk
from upstream.detection.dollars_evidence import dollar_episodes, dollar_evidence
from upstream.detection.evidence import Episode, rounded, through
from upstream.detection.models import Direction, SignalKind
from upstream.detection.panels import Panel
from upstream.detection.takeback_evidence import takeback_episodes, takeback_evidence

GroupNames = Mapping[Hashable, str]
"""Names of the service groups, by their ids in the panel."""


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """Settings of every detector."""

    denial_rate: DenialSettings
    denial_cohort: CohortSettings
    denial_dollars: DollarSettings
    payment_delay: DelaySettings
    takebacks: DenialSettings


def detector_settings(smallest_odds: float) -> DetectorSettings:
    """The detectors as they are set, with an organization's band of changes too small to matter (an odds ratio)."""
    return DetectorSettings(
        denial_rate=DenialSettings(null_odds=smallest_odds),
        # By submission less can be told apart: what is too small to matter is never less than usual.
        denial_cohort=CohortSettings(null_ratio=max(smallest_odds, CohortSettings().null_ratio)),
        # Dollars vary more than claims: what is too small to matter is never less than usual.
        denial_dollars=DollarSettings(null_odds=max(smallest_odds, DollarSettings().null_odds)),
        payment_delay=DelaySettings(),
        takebacks=TAKEBACK_SETTINGS,
    )


@dataclass(frozen=True, slots=True)
class Detected:
    """What the detectors found in a panel, before any evidence is gathered."""

    denial_rate: DenialResult
    denial_cohort: CohortResult
    denial_dollars: DollarResult
    payment_delay: DelayResult
    takebacks: TakebackResult

    def through(self, day: int) -> Detected:
        """As it stood at the end of `day`."""
        return Detected(
            denial_rate=through(self.denial_rate, day),
            denial_cohort=through(self.denial_cohort, day),
            denial_dollars=through(self.denial_dollars, day),
            payment_delay=through(self.payment_delay, day),
            takebacks=through(self.takebacks, day),
        )

    @property
    def results(self) -> dict[SignalKind, Any]:
        return {
            SignalKind.DENIAL_RATE: self.denial_rate,
            SignalKind.DENIAL_COHORT: self.denial_cohort,
            SignalKind.DENIAL_DOLLARS: self.denial_dollars,
            SignalKind.PAYMENT_DELAY: self.payment_delay,
            SignalKind.TAKEBACK: self.takebacks,
        }

    @property
    def alarms(self) -> list[tuple[SignalKind, Alarm]]:
        return [(kind, alarm) for kind, result in self.results.items() for alarm in result.alarms]

    @property
    def streams_watched(self) -> int:
        """On the last day; a stream once for each kind of change it is watched for."""
        return sum(int(result.watched[:, -1].sum()) for result in self.results.values())


class Walks:
    """The walks of all detectors over one panel's streams: what they say so far, and their state between two days.

    Denial categories, which are no sets of claims, are watched for their denial rate only. day: the next one.
    """

    def __init__(self, panel: Panel, settings: DetectorSettings) -> None:
        parent = panel.parent[: panel.claim_streams]
        self.settings = settings
        self.denial_rate = DenialWalk(panel.parent, settings.denial_rate, panel.pool)
        self.denial_dollars = DollarWalk(parent, settings.denial_dollars)
        self.takebacks = TakebackWalk(parent, settings.takebacks)
        self.open_claims = OpenClaimsWalk(parent, settings.payment_delay, settings.denial_cohort)
        self.payment_delay = DelayResult.of(0, len(parent))
        self.denial_cohort = CohortResult.of(0, len(parent))

    @property
    def day(self) -> int:
        return self.open_claims.day

    def advance(self, panel: Panel, last_day: int) -> None:
        """Walk on to `last_day`; panel: the same streams, at least so far."""
        claims, days, first = slice(0, panel.claim_streams), slice(0, last_day + 1), self.day
        self.denial_rate.advance(panel.decided[:, days], panel.denied[:, days])
        self.denial_dollars.advance(
            panel.billed[claims, days],
            panel.denied_dollars[claims, days],
            panel.billed_squares[claims, days],
            panel.decided[claims, days],
        )
        self.takebacks.advance(panel.decided_with_takebacks[claims, days], panel.takebacks[claims, days])
        delays, cohorts = self.open_claims.advance(panel.open_claims, last_day, panel.known_on[:, first : last_day + 1])
        of = self.settings.payment_delay, self.settings.denial_cohort

        def claims_of(stream: int, days: int) -> StreamClaims:
            return panel.claims_of([stream], days, self.settings.payment_delay.max_age_days)

        delays, cohorts = with_alarms(delays, cohorts, claims_of, *of)
        self.payment_delay = self.payment_delay.followed_by(delays)
        self.denial_cohort = self.denial_cohort.followed_by(cohorts)

    @property
    def detected(self) -> Detected:
        """What they say of all days before `day`."""
        return Detected(
            denial_rate=self.denial_rate.result,
            denial_cohort=self.denial_cohort,
            denial_dollars=self.denial_dollars.result,
            payment_delay=self.payment_delay,
            takebacks=self.takebacks.result,
        )


def run_detectors(panel: Panel, settings: DetectorSettings) -> Detected:
    """What all detectors find in the days of a panel."""
    walks = Walks(panel, settings)
    walks.advance(panel, panel.days - 1)
    return walks.detected


def signals_of(
    panel: Panel,
    detected: Detected,
    settings: DetectorSettings,
    group_names: GroupNames,
    told: Callable[[SignalKind, Alarm], bool] = lambda kind, alarm: True,
) -> list[dict[str, Any]]:
    """Values of Signal fields, one dictionary per alarm that is `told`."""
    rate, cohort, dollars, delay, takebacks = (
        settings.denial_rate,
        settings.denial_cohort,
        settings.denial_dollars,
        settings.payment_delay,
        settings.takebacks,
    )
    found: list[tuple[SignalKind, list[Episode], Callable[[Episode], dict[str, Any]]]] = [
        (
            SignalKind.DENIAL_RATE,
            denial_episodes(panel, detected.denial_rate, rate),
            lambda episode: denial_evidence(panel, detected.denial_rate, episode, rate, group_names),
        ),
        (
            SignalKind.DENIAL_COHORT,
            cohort_episodes(panel, detected.denial_cohort, cohort),
            lambda episode: cohort_evidence(panel, detected.denial_cohort, episode, cohort, group_names),
        ),
        (
            SignalKind.DENIAL_DOLLARS,
            dollar_episodes(panel, detected.denial_dollars, dollars),
            lambda episode: dollar_evidence(panel, detected.denial_dollars, episode, dollars, group_names),
        ),
        (
            SignalKind.PAYMENT_DELAY,
            delay_episodes(panel, detected.payment_delay, delay),
            lambda episode: delay_evidence(panel, detected.payment_delay, episode, delay),
        ),
        (
            SignalKind.TAKEBACK,
            takeback_episodes(panel, detected.takebacks, takebacks),
            lambda episode: takeback_evidence(panel, detected.takebacks, episode, takebacks),
        ),
    ]
    return [
        _values(panel, kind, episode, evidence(episode))
        for kind, episodes, evidence in found
        for episode in episodes
        if told(kind, episode.alarm)
    ]


def _values(panel: Panel, kind: SignalKind, episode: Episode, evidence: dict[str, Any]) -> dict[str, Any]:
    alarm = episode.alarm
    stream = panel.streams[alarm.stream]
    reversed_on = panel.date_of(episode.reversed_on).isoformat() if episode.reversed_on is not None else None
    outcomes_through = int(panel.known_through[panel.payer_row[alarm.stream]])
    return evidence | {
        "kind": kind,
        "level": stream.level,
        "direction": Direction.WORSE if alarm.direction == "worse" else Direction.BETTER,
        "payer_id": stream.payer,
        "service_group_id": stream.service_group,
        "denial_category": stream.denial_category,
        "location": stream.location,
        "alarmed_on": panel.date_of(alarm.alarmed_on),
        "change_date": panel.date_of(alarm.change_on),
        "change_date_low": panel.date_of(alarm.change_low),
        "change_date_high": panel.date_of(alarm.change_high),
        "log_evidence": rounded(alarm.log_evidence),
        "data_through": panel.data_through,
        "found": True,
        "parameters": {
            "panel_from": panel.first_day.isoformat(),
            "outcomes_through": panel.date_of(outcomes_through).isoformat(),
            "before_from": panel.date_of(episode.before_start).isoformat(),
            "after_through": panel.date_of(episode.after_end).isoformat(),
            "reversed_on": reversed_on,
            **evidence["parameters"],
        },
    }
