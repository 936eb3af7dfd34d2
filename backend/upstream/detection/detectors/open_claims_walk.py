"""One walk over the days for both detectors of open claims: claims at risk by age are what costs, and they share them.

The walk goes day by day and keeps nothing of the past but its state, arrays whose size depends on streams and ages
alone. So a state that was kept, and the new day's claims, give what a walk from the first day gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from upstream.detection.detectors.common import Floats, Integers
from upstream.detection.detectors.day_walk import Arrays
from upstream.detection.detectors.denial_cohort import CohortResult, CohortSettings, DenialWatch, cohort_alarm
from upstream.detection.detectors.open_claims import Ended, OpenClaims, StreamClaims
from upstream.detection.detectors.payment_delay import DelayResult, DelaySettings, PaymentWatch, delay_alarm
from upstream.detection.detectors.watch import WEEK, Crossing, Singles, Watch

# Claims of so many days are held at once.
DAYS_AT_ONCE = 28


@dataclass
class OpenClaimsWalk:
    """The state between two days; `day` is the next one.

    open, submitted: (ages + 6, streams) claims still waiting, and all submitted, of the days from Sunday back to
    `ages` - 1 before Monday; still_open: (streams,) claims waiting that are young enough for the next day; payments,
    denials: the watches' states.
    """

    parent: Integers
    delay_settings: DelaySettings
    cohort_settings: CohortSettings
    day: int = field(init=False, default=0)
    open: Singles = field(init=False)
    submitted: Singles = field(init=False)
    still_open: Floats = field(init=False)
    payments: PaymentWatch = field(init=False)
    denials: DenialWatch = field(init=False)

    def __post_init__(self) -> None:
        if self.cohort_settings.max_age_days != self.delay_settings.max_age_days:
            raise ValueError("payments and denials are watched on the same open claims: give both one max_age_days")
        width = self.delay_settings.max_age_days + WEEK
        self.open, self.submitted = (np.zeros((width, len(self.parent)), np.float32) for _ in range(2))
        self.still_open = np.zeros(len(self.parent))
        self.payments = PaymentWatch(self.parent, self.delay_settings)
        self.denials = DenialWatch(self.parent, self.cohort_settings)

    def advance(
        self, claims: Callable[[int, int], OpenClaims], through: int, known_through: Integers | None = None
    ) -> tuple[DelayResult, CohortResult]:
        """What the watches over payments and denials say of the days from `day` to `through`, without alarms yet.

        claims: gives those of a first to a last day at least, as `OpenClaims.checked` does. known_through: (streams,
        days) the last day that was known of each stream on each of these days; without it every day was known at once.
        Raises ValueError where more claims end than were submitted.
        """
        begin, days, streams = self.day, through + 1 - self.day, len(self.parent)
        paying, denying = DelayResult.of(days, streams), CohortResult.of(days, streams)
        for first in range(begin, through + 1, DAYS_AT_ONCE):
            last = min(first + DAYS_AT_ONCE - 1, through)
            for column, today in enumerate(self._by_day(claims(first, last), first, last), first - begin):
                known = np.full(streams, self.day) if known_through is None else known_through[:, column]
                self._step(today, column, paying, denying, known)
        self._check()
        return paying, denying

    def _by_day(self, claims: OpenClaims, first: int, last: int) -> Iterator[OpenClaims]:
        """The claims of each of these days; ends of claims older than those watched are left out."""
        oldest = self.delay_settings.max_age_days
        submitted, paid, denied = claims.submitted, claims.paid, claims.denied
        for rows in zip(*(each.days(first, last) for each in (submitted, paid, denied)), strict=True):
            ended = paid.of(rows[1]).up_to_age(oldest), denied.of(rows[2]).up_to_age(oldest)
            yield OpenClaims(submitted.of(rows[0]), *ended)

    def _step(
        self, today: OpenClaims, column: int, paying: DelayResult, denying: CohortResult, known: Integers
    ) -> None:
        """Go over one day, and note in `column` what the watches say of it."""
        streams, oldest = len(self.parent), self.delay_settings.max_age_days
        week, weekday = divmod(self.day, WEEK)
        if weekday == 0:
            self._begin_week(week)
        arrived, payments, denials = (each.totals(streams) for each in (today.submitted, today.paid, today.denied))
        youngest = WEEK - 1 - weekday
        self.open[youngest] = self.submitted[youngest] = arrived
        # By age, without the ages that nobody has reached since the first day.
        seen = slice(youngest, youngest + min(self.day, oldest) + 1)
        self.payments.step(self.day, arrived, self.open[seen], payments, payments + denials > 0)
        self.denials.step(self.day, arrived, self.submitted[seen], denials, payments + denials)
        open_claims = (self.still_open + arrived).astype(np.float32)
        paying.note(column, self.payments.told(), open_claims)
        denying.note(column, self.denials.told(), open_claims)
        self._let_go(self.payments, today.paid)
        self._let_go(self.denials, today.denied)
        # Whose last day this was at an age that counts.
        self.still_open = open_claims - payments - denials - self.open[youngest + oldest]
        for watch, noted in ((self.payments, paying), (self.denials, denying)):
            watch.cross(self.day)
            noted.raised.extend(watch.alarms(self.day, known))
        if weekday == WEEK - 1:
            self.payments.end_week(week)
            self.denials.take_submitted(week, self.submitted)
            self.denials.end_week(week)
        self.day += 1

    def state(self) -> Arrays:
        """What stands between two days, but for the crossings of `payments` and `denials`."""
        of_watches = {
            f"{watch}.{name}": values
            for watch in ("payments", "denials")
            for name, values in getattr(self, watch).state().items()
        }
        return {"open": self.open, "submitted": self.submitted} | of_watches

    def resume(self, day: int, state: Arrays, of_payments: list[Crossing], of_denials: list[Crossing]) -> None:
        """Go on with `day` from what `state` gave, and from the crossings of both watches."""
        self.day, self.open, self.submitted = day, state["open"].copy(), state["submitted"].copy()
        yesterday = WEEK - (day % WEEK or WEEK)
        still_open = self.open[yesterday : yesterday + self.delay_settings.max_age_days]
        self.still_open = still_open.sum(axis=0, dtype=np.float64)
        for name, crossings in (("payments", of_payments), ("denials", of_denials)):
            own = {key.removeprefix(f"{name}."): values for key, values in state.items() if key.startswith(f"{name}.")}
            getattr(self, name).resume(own, crossings)

    def _let_go(self, watch: Watch, ended: Ended) -> None:
        """Claims that end today wait no longer."""
        (week, weekday), claims = divmod(self.day, WEEK), ended.claims.astype(np.float32)
        position = ended.age * len(self.parent)
        position += ended.stream
        np.subtract.at(self.open[WEEK - 1 - weekday :].reshape(-1), position, claims)
        watch.add_events(week, position, claims)

    def _begin_week(self, week: int) -> None:
        self._check()
        for days in (self.open, self.submitted):
            days[WEEK:] = days[:-WEEK].copy()
            days[:WEEK] = 0
        self.payments.begin_week(week)
        self.denials.begin_week(week)

    def _check(self) -> None:
        if self.open.min(initial=0) < 0:
            stream = int((self.open < 0).any(axis=0).argmax())
            raise ValueError(f"stream {stream}: by day {self.day - 1} more claims have ended than were submitted")


def detect_open_claims(
    claims: OpenClaims,
    parent: Integers,
    days: int,
    delay_settings: DelaySettings | None = None,
    cohort_settings: CohortSettings | None = None,
    known_through: Integers | None = None,
) -> tuple[DelayResult, CohortResult]:
    """Watch days to payment and denials by cohort of all streams over days 0..days-1.

    parent: (streams,) row of the stream each is shrunk to, -1 for a payer's own row, which is shrunk to all such rows.
    known_through: (streams, days) the last day that was known of each stream on each day, as `known_outcomes` tells; an
    alarm is raised on the day that made it known, so that a run over fewer days gives the alarms raised in them and no
    others. Raises ValueError for claims that cannot be.
    """
    delay_settings, cohort_settings = delay_settings or DelaySettings(), cohort_settings or CohortSettings()
    parent = np.asarray(parent, dtype=np.int64)
    claims = claims.checked(len(parent))
    walk = OpenClaimsWalk(parent, delay_settings, cohort_settings)
    payments, denials = walk.advance(claims.between, days - 1, known_through)
    # Each alarm asks for the claims of its stream: of few streams these are found soonest.
    alarmed = np.zeros(len(parent), dtype=bool)
    alarmed[[crossing.stream for crossing in payments.raised + denials.raised]] = True
    of_alarmed = claims.of_streams(alarmed)

    def claims_of(stream: int, days: int) -> StreamClaims:
        return of_alarmed.of_stream(stream, days, delay_settings.max_age_days)

    return with_alarms(payments, denials, claims_of, delay_settings, cohort_settings)


def with_alarms(
    payments: DelayResult,
    denials: CohortResult,
    claims_of: Callable[[int, int], StreamClaims],
    delay_settings: DelaySettings,
    cohort_settings: CohortSettings,
) -> tuple[DelayResult, CohortResult]:
    """What a walk says, with the alarms of the crossings it raised.

    claims_of: gives a stream's claims over the first so many days, by age.
    """

    def own(crossing: Crossing) -> StreamClaims:
        return claims_of(crossing.stream, crossing.crossed_on + 1)

    return (
        replace(
            payments, alarms=[delay_alarm(crossing, own(crossing), delay_settings) for crossing in payments.raised]
        ),
        replace(
            denials, alarms=[cohort_alarm(crossing, own(crossing), cohort_settings) for crossing in denials.raised]
        ),
    )
