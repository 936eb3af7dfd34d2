"""Claims of the past moved to where today's rules put them: service group by procedure code, location by its name.

What is wrong is found anew by each run, so that a run that broke off is simply begun again, and one too many does
nothing. Each batch moves its claims and says so to the roll-up in one transaction.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from upstream.claims import bulk, rollup
from upstream.claims.bulk import Id
from upstream.claims.first_seen import FirstDays
from upstream.claims.location_names import Locations
from upstream.claims.models import Claim, ClaimDecision
from upstream.claims.service_groups import GroupIndex, groups_in_force
from upstream.claims.takebacks import REVERSAL
from upstream.core import clock, jobs
from upstream.core.actor import Actor
from upstream.core.models import Job
from upstream.core.worker import JobRun
from upstream.graph.permissions import Permission

REGROUP_JOB = "claims.regroup"
#: Claims moved in one transaction: others who write claims wait for no longer than that.
_AT_ONCE = 2_000

_GROUP, _LOCATION, _SUBMITTED, _DECIDED = map(
    rollup.COUNTED.index, ("service_group_id", "location", "submitted_date", "decided_date")
)
_COLUMNS = ("id", "procedure_code", "provider_npi", "location_told", *rollup.COUNTED)


def ask(actor: Actor) -> Job:
    """Have the claims moved, in the transaction that changed the rules. Raises FORBIDDEN."""
    actor.require(Permission.PAYERS_WRITE)
    return jobs.enqueue_unless_waiting(
        organization_id=actor.organization_id, kind=REGROUP_JOB, parameters={}, created_by_id=actor.user_id
    )


def carry_out(run: JobRun) -> dict[str, Any]:
    """Move every claim that stands elsewhere than the rules say; returns how many."""
    organization_id = run.job.organization_id
    ids = _misplaced(organization_id)
    try:
        for start in range(0, len(ids), _AT_ONCE):
            run.progress(start, len(ids), "Moving claims")
            with transaction.atomic(), bulk.uncollected():
                rollup.one_writer(organization_id)
                run.fence()
                _move(organization_id, ids[start : start + _AT_ONCE])
    finally:
        rollup.fold(organization_id)
    return {"claims": len(ids)}


def _misplaced(organization_id: UUID) -> list[Id]:
    wrong = [*_wrong_groups(organization_id), *_wrong_locations(organization_id)]
    if not wrong:
        return []
    claims = Claim.objects.for_organization(organization_id).filter(reduce(or_, wrong)).order_by()
    return [row_id for (row_id,) in bulk.fetch(claims.values_list("id"))]


def _wrong_groups(organization_id: UUID) -> Iterator[Q]:
    claims = Claim.objects.for_organization(organization_id).order_by()
    pairs = list(claims.values_list("service_group_id", "procedure_code").distinct())
    if not pairs:
        return
    index = GroupIndex(groups_in_force(organization_id))
    codes: dict[UUID, list[str]] = defaultdict(list)
    for group_id, code in pairs:
        if index.group_of(code) != group_id:
            codes[group_id].append(code)
    for group_id, wrong in codes.items():
        yield Q(service_group_id=group_id, procedure_code__in=wrong)


def _wrong_locations(organization_id: UUID) -> Iterator[Q]:
    claims = Claim.objects.for_organization(organization_id).order_by()
    locations = Locations(organization_id)
    for location, told in claims.values_list("location", "location_told").distinct():
        if locations.place(told or location) != (location, told):
            yield Q(location=location, location_told=told)


def _move(organization_id: UUID, ids: Sequence[Id]) -> None:
    """Put these claims where they belong, in the caller's transaction, which holds `one_writer`."""
    index = GroupIndex(groups_in_force(organization_id))
    locations = Locations(organization_id)
    changes, first_days = rollup.Changes(), FirstDays()
    moved: dict[Id, tuple[Any, Any]] = {}
    goals: dict[tuple[Id, str, str], list[Id]] = defaultdict(list)
    for claim_id, code, npi, old_told, *counted in bulk.select(Claim, _COLUMNS, organization_id, "id", ids):
        before, after = tuple(counted), list(counted)
        after[_GROUP] = bulk.stored(index.group_of(code))
        after[_LOCATION], told = locations.place(old_told or before[_LOCATION])
        if (tuple(after), told) == (before, old_told):
            continue
        moved[claim_id] = (before, tuple(after))
        changes.leave(before)
        changes.enter(tuple(after))
        day = before[_SUBMITTED] or before[_DECIDED]
        first_days.moved((before[_LOCATION], npi, day), (after[_LOCATION], npi, day))
        goals[after[_GROUP], after[_LOCATION], told].append(claim_id)
    columns = ("claim_id", "status_code", "decided_date", "paid_amount")
    for claim_id, status, on, paid in bulk.select(ClaimDecision, columns, organization_id, "claim_id", moved):
        if status == REVERSAL:
            before, after = moved[claim_id]
            changes.reversed(before[:3], on, paid, sign=-1)
            changes.reversed(after[:3], on, paid)
    claims, now = Claim.objects.for_organization(organization_id), clock.now()
    for (group_id, location, told), members in goals.items():
        claims.filter(pk__in=members).update(
            service_group_id=group_id, location=location, location_told=told, updated_at=now
        )
    first_days.save(organization_id)
    changes.append(organization_id)
