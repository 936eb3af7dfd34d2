"""What detection keeps of the days gone by, so that a run reads the new days alone and walks over no others.

**Blocks.** Four weeks of the axis each, the newest as far as it goes: the facts of these days, and what the walks said
of them. Neither changes unless what happened on one of these days does. With the newest block, and with the two whole
ones before it, stands the state of the walks at its end: a file that tells of days up to four weeks ago takes the next
run back to one of them.

**Fitting.** Kept days stand for what a run over all days would say as long as the roll-up of these days, the first day
of the axis, the streams watched, the settings, this code (`STATE_VERSION`) and numpy are the same. Otherwise the run
walks over all days, and keeps them anew. The sums are the same to the last bit either way: rows lie in one order
(`load_facts`), and running sums go on from day to day.

Only counts and dollars by day are kept, as in the roll-up; arrays as numpy writes them, without pickles.
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models.functions import Length

from upstream.claims import bulk, rollup
from upstream.claims.daily_facts import (
    BLOCK_DAYS,
    Blocks,
    Columns,
    DailyFacts,
    Decisions,
    Ends,
    Slice,
    Submissions,
    Takebacks,
)
from upstream.claims.denial_reasons import CATEGORIES
from upstream.core import clock
from upstream.core.ids import uuid7
from upstream.detection.detecting import Detected, DetectorSettings, Walks
from upstream.detection.detectors.common import Alarm
from upstream.detection.detectors.day_walk import Arrays, DayWalk
from upstream.detection.detectors.watch import Crossing, OpenClaimsAlarm, WatchResult
from upstream.detection.models import DetectionState
from upstream.detection.panels import Panel

# To be raised with every change of what a detector says of the same facts, or of what is kept.
STATE_VERSION = 5
# Whole blocks before the newest whose end a run may go back to.
EARLIER_STATES = 2

_Facts = TypeVar("_Facts", bound=Columns)
_DAY_WALKS = ("denial_rate", "denial_dollars", "takebacks")
_WATCHES = {"payment_delay": "payments", "denial_cohort": "denials"}


@dataclass
class Watched:
    """A run over an organization's days, not kept yet. days_walked: the last so many; the others were kept before."""

    panel: Panel
    detected: Detected
    days_walked: int
    _organization_id: UUID
    _walks: Walks
    _fits: str
    _fold: int
    #: The newest block when this run read.
    _began_with: UUID | None
    #: States of the walks by the day they stand after.
    _states: dict[int, bytes]
    _keeps: bool

    def keep(self) -> None:
        """Keep the days walked for the next run, in the caller's transaction, where runs come one after the other.

        Nothing is kept where another run has kept something since this one read: blocks follow from one another.
        """
        if not self._keeps or _newest(self._organization_id) != self._began_with:
            return
        days, of_organization = self.panel.days, DetectionState.objects.for_organization(self._organization_id)
        first = (days - self.days_walked) // BLOCK_DAYS * BLOCK_DAYS if self.days_walked else days
        again = of_organization.filter(first_day__gte=self.panel.date_of(first)) if first else of_organization
        again.delete()
        columns = ("id", "created_at", "updated_at", "organization_id", "first_day", "last_day", "fits", "fold")
        now, organization = bulk.stored(clock.now()), bulk.stored(self._organization_id)
        for start, end in _blocks(first, days):
            row = (
                bulk.stored(uuid7()), now, now, organization, self.panel.date_of(start), self.panel.date_of(end - 1),
                self._fits, self._fold, _days_of(self.panel, self._walks, start, end),
                self._states.get(end - 1, b""),
            )  # fmt: skip
            bulk.insert(DetectionState, (*columns, "days", "walks"), [row])
        too_old = self.panel.date_of(_oldest_state(days)) if days > BLOCK_DAYS else self.panel.first_day
        of_organization.filter(last_day__lt=too_old).exclude(walks=b"").update(walks=b"")


def watch(organization_id: UUID, through: date, settings: DetectorSettings) -> Watched | None:
    """Walk over the days up to `through` that no earlier run has walked over; None where nothing happened yet."""
    fits = _fits(settings)
    with transaction.atomic():
        # What is read of the roll-up belongs to one fold.
        rollup.no_writer(organization_id)
        fold = rollup.last_fold(organization_id)
        began_with, kept = _newest(organization_id), _kept(organization_id, fits)
        usable = [row for row in kept if row.walks and row.last_day <= through]
        facts, base = None, usable[-1] if usable else None
        if base is not None:
            later = rollup.load_facts(organization_id, through, after=base.last_day)
            if later is not None and later.first_day == kept[0].first_day:
                facts, blocks = _read(organization_id, base.last_day, later)
        if facts is None:
            base, facts = None, rollup.load_facts(organization_id, through)
        if facts is None:
            return None
    panel = Panel(facts)
    walks = Walks(panel, settings)
    if base is not None and blocks.days[-1][1]["streams"] == _streams(panel):
        _resume(walks, blocks)
    first, states = walks.day, {}
    ends = [end for _, end in _blocks(first, panel.days) if end - 1 >= _oldest_state(panel.days)]
    for end in ends or [panel.days]:
        walks.advance(panel, end - 1)
        states[end - 1] = _state_of(walks)
    return Watched(
        panel=panel,
        detected=walks.detected,
        days_walked=panel.days - first,
        _organization_id=organization_id,
        _walks=walks,
        _fits=fits,
        _fold=fold,
        _began_with=began_with,
        _states=states,
        # A look at a past day leaves what was kept of later ones.
        _keeps=not kept or kept[-1].last_day <= panel.data_through,
    )


def _blocks(first: int, days: int) -> Iterator[tuple[int, int]]:
    """Days [start, end) of the blocks that the days first..days-1 lie in, beginning with `first`."""
    while first < days:
        end = min((first // BLOCK_DAYS + 1) * BLOCK_DAYS, days)
        yield first, end
        first = end


def _oldest_state(days: int) -> int:
    """The first day after which a state is worth keeping."""
    return ((days - 1) // BLOCK_DAYS - EARLIER_STATES + 1) * BLOCK_DAYS - 1


def _newest(organization_id: UUID) -> UUID | None:
    """The newest block kept, whether it fits or not: every run that keeps anything puts another in its place."""
    rows = DetectionState.objects.for_organization(organization_id).order_by("first_day")
    return rows.values_list("pk", flat=True).last()


def _kept(organization_id: UUID, fits: str) -> list[_Row]:
    """The blocks that fit, and whose days nothing has touched since, without gaps from the first day on."""
    rows = DetectionState.objects.for_organization(organization_id).order_by("first_day")
    found = [
        _Row(*values)
        for values in rows.annotate(size=Length("walks")).values_list("first_day", "last_day", "fits", "fold", "size")
    ]
    if not found:
        return []
    changed = rollup.changed_since(organization_id, found[-1].fold)
    kept: list[_Row] = []
    for row in found:
        follows = not kept or row.first_day == kept[-1].last_day + timedelta(days=1)
        if not follows or row.fits != fits or (changed is not None and changed <= row.last_day):
            break
        kept.append(row)
    return kept


class _Row(NamedTuple):
    """A block without what it holds; walks: the size of their state."""

    first_day: date
    last_day: date
    fits: str
    fold: int
    walks: int


def _fits(settings: DetectorSettings) -> str:
    """A digest of what kept days rest on besides facts and streams."""
    rests_on = [STATE_VERSION, np.__version__, asdict(settings), CATEGORIES]
    return sha256(json.dumps(rests_on).encode()).hexdigest()


def _streams(panel: Panel) -> list[list[str]]:
    return [[str(each.payer), str(each.service_group), each.location, each.denial_category] for each in panel.streams]


# Arrays and what else there is, as bytes.


def _packed(arrays: Mapping[str, Any], more: Any) -> bytes:
    written = io.BytesIO()
    np.savez(written, more=np.frombuffer(json.dumps(more).encode(), np.uint8), **arrays)
    return written.getvalue()


def _unpacked(packed: bytes) -> tuple[Arrays, Any]:
    with np.load(io.BytesIO(packed), allow_pickle=False) as file:
        arrays = dict(file)
    return arrays, json.loads(arrays.pop("more").tobytes())


@dataclass(frozen=True)
class _Kept:
    """What was kept: the arrays of each block and what else it holds, and the state of the walks after the last."""

    days: list[tuple[Arrays, Any]]
    state: tuple[Arrays, Any]


def _read(organization_id: UUID, last_day: date, later: DailyFacts) -> tuple[DailyFacts | None, _Kept]:
    """The facts kept through `last_day` and the later ones, and what else was kept.

    No facts where a slice that was kept is no more.
    """
    rows = DetectionState.objects.for_organization(organization_id).filter(last_day__lte=last_day).order_by("first_day")
    state = _unpacked(rows.filter(last_day=last_day).values_list("walks", flat=True).get())
    number_of = {_key(each): number for number, each in enumerate(later.slices)}
    submissions, takebacks = [], []
    decisions, ends = Blocks(Decisions, len(number_of)), Blocks(Ends, len(number_of))
    days: list[tuple[Arrays, Any]] = []
    for packed in rows.values_list("days", flat=True).iterator(chunk_size=1):
        arrays, more = _unpacked(zlib.decompress(packed))
        numbers = np.array([number_of.get(tuple(key), -1) for key in more["slices"]], np.int64)
        if numbers.min(initial=0) < 0:
            return None, _Kept(days, state)
        submissions.append(_facts_in(arrays, Submissions, numbers))
        decisions.add(_facts_in(arrays, Decisions, numbers))
        ends.add(_facts_in(arrays, Ends, numbers))
        takebacks.append(_facts_in(arrays, Takebacks, numbers))
        days.append((arrays, more))
    decisions.extend(later.decisions)
    ends.extend(later.ends)
    facts = replace(
        later,
        submissions=Submissions.joined([*submissions, later.submissions]),
        decisions=decisions,
        ends=ends,
        takebacks=Takebacks.joined([*takebacks, later.takebacks]),
    )
    return facts, _Kept(days, state)


def _facts_in(arrays: Arrays, of: type[_Facts], numbers: Any) -> _Facts:
    """The columns of one kind, which are taken from `arrays`; numbers: (slices of the block,) those of today."""
    columns = {field.name: arrays.pop(f"facts.{of.__name__}.{field.name}") for field in fields(of)}
    return of(**columns | {"slice": numbers[columns["slice"]]})


# The days of a block: facts, and what the walks said.


def _days_of(panel: Panel, walks: Walks, start: int, end: int) -> bytes:
    arrays: Arrays = {}
    facts = panel.facts
    for each in (facts.submissions, facts.decisions, facts.ends, facts.takebacks):
        columns = each.between(start, end - 1)
        for field in fields(columns):
            arrays[f"facts.{type(columns).__name__}.{field.name}"] = _small(getattr(columns, field.name))
    for name in _DAY_WALKS:
        walk: DayWalk = getattr(walks, name)
        arrays |= {f"{name}.{key}": values[..., : end - start, :] for key, values in walk.told(start).items()}
    for name in _WATCHES:
        result: WatchResult = getattr(walks, name)
        arrays |= {f"{name}.{key}": getattr(result, key).T[start:end] for key in result.daily()}
    more = {
        "slices": [_key(each) for each in panel.facts.slices],
        "streams": _streams(panel),
        "alarms": {
            name: [asdict(alarm) for alarm in getattr(walks, name).alarms if start <= alarm.alarmed_on < end]
            for name in (*_DAY_WALKS, *_WATCHES)
        },
        "raised": {
            name: [_written(each) for each in getattr(walks, name).raised if start <= each.alarmed_on < end]
            for name in _WATCHES
        },
    }
    # What is small is mostly small counts and the zeros of thin streams: a third is left.
    return zlib.compress(_packed(arrays, more), 1)


def _small(values: Any) -> Any:
    """Whole numbers in as few bytes as they fit in."""
    if values.dtype.kind != "i":
        return values
    least, most = values.min(initial=0), values.max(initial=0)
    return values.astype(np.result_type(np.min_scalar_type(least), np.min_scalar_type(most)))


def _key(each: Slice) -> tuple[str, str | None, str]:
    return str(each.payer), None if each.service_group is None else str(each.service_group), each.location


# The state of the walks.


def _state_of(walks: Walks) -> bytes:
    arrays = {f"open_claims.{key}": values for key, values in walks.open_claims.state().items()}
    for name in _DAY_WALKS:
        arrays |= {f"{name}.{key}": values for key, values in getattr(walks, name).state().items()}
    waiting = {
        watch: [_written(each) for each in getattr(walks.open_claims, watch).crossings] for watch in _WATCHES.values()
    }
    return _packed(arrays, waiting)


def _resume(walks: Walks, kept: _Kept) -> None:
    """Let fresh walks go on after the days that were kept."""
    state, waiting = kept.state
    alarms, raised = (
        {name: [each for _, more in kept.days for each in more[what][name]] for name in names}
        for what, names in (("alarms", (*_DAY_WALKS, *_WATCHES)), ("raised", _WATCHES))
    )

    def told(name: str) -> Arrays:
        keys = [key for key in kept.days[0][0] if key.startswith(f"{name}.")]
        return {key: np.concatenate([arrays[key] for arrays, _ in kept.days], axis=-2) for key in keys}

    def own(name: str, arrays: Arrays) -> Arrays:
        return {key.removeprefix(f"{name}."): values for key, values in arrays.items() if key.startswith(f"{name}.")}

    for name in _WATCHES:
        of_days = own(name, told(name))
        days, streams = of_days["watched"].shape
        result = type(getattr(walks, name)).of(days, streams)
        for key, values in of_days.items():
            getattr(result, key)[:] = values.T
        result.raised.extend(_read_crossing(each) for each in raised[name])
        result.alarms.extend(OpenClaimsAlarm(**each) for each in alarms[name])
        setattr(walks, name, result)
    crossings = ([_read_crossing(each) for each in waiting[watch]] for watch in _WATCHES.values())
    walks.open_claims.resume(days, own("open_claims", state), *crossings)
    for name in _DAY_WALKS:
        getattr(walks, name).resume(
            days, own(name, told(name)), own(name, state), [Alarm(**each) for each in alarms[name]]
        )


def _written(crossing: Crossing) -> dict[str, Any]:
    return asdict(crossing) | {"hazard": crossing.hazard.tolist(), "weekday": crossing.weekday.tolist()}


def _read_crossing(written: Mapping[str, Any]) -> Crossing:
    arrays = {name: np.array(written[name]) for name in ("hazard", "weekday")}
    return Crossing(**{**written, **arrays})
