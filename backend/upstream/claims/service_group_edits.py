"""Service groups as people change them: each change checked, shown beforehand in claims, kept, and undone on request.

A change counts for claims that are written from then on; a job (`regrouping`) moves those of the past.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from upstream.audit import services as audit
from upstream.claims import regrouping, rollup
from upstream.claims.models import Claim, ServiceGroup, ServiceGroupEdit
from upstream.claims.service_group_codes import Overlap, overlaps, ranges_of, written
from upstream.claims.service_groups import GroupIndex, ensure_service_groups, groups_in_force
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.graph.permissions import Permission

#: Groups in force, and characters of a name.
MOST_GROUPS, LONGEST_NAME = 200, 120


@dataclass(frozen=True, slots=True)
class Move:
    """Claims that leave one group for another."""

    from_group: str
    to_group: str
    claims: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do. moves: the largest first; notes: sentences on ranges within ranges of other groups."""

    moves: list[Move]
    notes: list[str]


def preview(*, actor: Actor, group_id: UUID | None, codes: str | None) -> Preview:
    """Claims that move if the group (None: a new one) gets these codes; codes None: if it is removed.

    Raises FORBIDDEN, NOT_FOUND, and INVALID for codes that cannot be saved.
    """
    actor.require(Permission.PAYERS_WRITE)
    groups = groups_in_force(actor.organization_id)
    group = _group_of(groups, group_id) if group_id else ServiceGroup(name="The new group")
    if codes is None:
        _removable(group)
        return Preview(_moves(actor.organization_id, [each for each in groups if each != group]), [])
    group.ranges = _checked(group, codes, groups)
    after = groups if group_id else [*groups, group]
    notes = [_note(each) for each in overlaps(_told(after)) if group.name in (each.outer_group, each.inner_group)]
    return Preview(_moves(actor.organization_id, after), notes)


@transaction.atomic
def save_service_group(*, actor: Actor, group_id: UUID | None, name: str, codes: str) -> ServiceGroupEdit:
    """Give a group its name and codes (None: add one) and have claims of the past moved; returns what undoes it.

    Raises FORBIDDEN, NOT_FOUND, INVALID for a name or codes that cannot be, CONFLICT for a name another group has.
    """
    groups = _begin(actor)
    before = _snapshot(groups)
    name = _name(name)
    group = _new_group(actor, name) if group_id is None else _group_of(groups, group_id)
    _free(actor, name, group)
    ranges = _checked(group, codes, groups)
    summary = _summary(group, name, ranges) if group_id else f"{name} added"
    group.name, group.ranges = name, ranges
    if group_id is None:
        if len(groups) >= MOST_GROUPS:
            raise ServiceError(ErrorCode.INVALID, f"There can be {MOST_GROUPS} groups. Remove one first.", field="name")
        last = max(each.position for each in groups)
        rest = next(each for each in groups if not each.ranges)
        group.position, rest.position = last + 1, last + 2
    _store([*groups, group])
    return _end(actor, before, "service_group.changed" if group_id else "service_group.added", summary, group)


@transaction.atomic
def remove_service_group(*, actor: Actor, group_id: UUID) -> ServiceGroupEdit:
    """Give its claims to the groups that their codes fall into without it; returns what undoes it.

    Raises FORBIDDEN, NOT_FOUND, INVALID for the group that takes the rest.
    """
    groups = _begin(actor)
    before = _snapshot(groups)
    group = _group_of(groups, group_id)
    _removable(group)
    group.retired_at = clock.now()
    group.save(update_fields=["retired_at", "updated_at"])
    return _end(actor, before, "service_group.removed", f"{group.name} removed", group)


@transaction.atomic
def restore_service_groups(*, actor: Actor, edit_id: UUID) -> ServiceGroupEdit:
    """Have all groups again as they stood before a change, later ones undone with it; returns what undoes that.

    Raises FORBIDDEN, NOT_FOUND.
    """
    groups = _begin(actor)
    before = _snapshot(groups)
    edits = ServiceGroupEdit.objects.for_organization(actor.organization_id)
    edit = edits.filter(pk=edit_id).first()
    if edit is None:
        raise not_found("change of service groups", field="editId")
    wanted = {UUID(each["id"]): each for each in edit.before}
    rows = ServiceGroup.objects.for_organization(actor.organization_id).in_bulk()
    # Names swap places among rows that must each have their own.
    for row in rows.values():
        if row.pk in wanted and row.name != wanted[row.pk]["name"]:
            ServiceGroup.objects.for_organization(actor.organization_id).filter(pk=row.pk).update(name=str(row.pk))
    for row in rows.values():
        told = wanted.get(row.pk)
        if told is None:
            row.retired_at = row.retired_at or clock.now()
            if any(row.name == each["name"] for each in edit.before):
                row.name = f"{row.name[:80]} ({row.pk})"
        else:
            row.name, row.position, row.ranges, row.retired_at = told["name"], told["position"], told["ranges"], None
    _store(sorted(rows.values(), key=lambda row: row.pk in wanted))
    return _end(actor, before, "service_groups.restored", f"Groups as before “{edit.summary}”"[:300])


def _begin(actor: Actor) -> list[ServiceGroup]:
    """The groups in force, which nobody else changes and by which nobody writes claims until the transaction ends."""
    actor.require(Permission.PAYERS_WRITE)
    rollup.one_writer(actor.organization_id)
    return ensure_service_groups(actor.organization_id)


def _end(
    actor: Actor, before: list[dict[str, Any]], action: str, summary: str, group: ServiceGroup | None = None
) -> ServiceGroupEdit:
    edit = ServiceGroupEdit(
        organization_id=actor.organization_id, before=before, summary=summary, edited_by_id=actor.user_id
    )
    edit.save(force_insert=True)
    audit.record(
        actor=actor,
        action=action,
        target_type="service_group",
        target_id=group.pk if group else "",
        detail={"edit": str(edit.pk)},
    )
    regrouping.ask(actor)
    return edit


def _store(groups: Sequence[ServiceGroup]) -> None:
    """Save what differs from what is stored, in this order."""
    if not groups:
        return
    fields = ("name", "position", "ranges", "retired_at")
    stored = ServiceGroup.objects.for_organization(groups[0].organization_id).in_bulk()
    for group in groups:
        old = stored.get(group.pk)
        if old is None:
            group.save(force_insert=True)
        elif any(getattr(old, name) != getattr(group, name) for name in fields):
            group.save(update_fields=[*fields, "updated_at"])


def _snapshot(groups: Sequence[ServiceGroup]) -> list[dict[str, Any]]:
    return [{"id": str(g.pk), "name": g.name, "position": g.position, "ranges": g.ranges} for g in groups]


def _group_of(groups: Sequence[ServiceGroup], group_id: UUID) -> ServiceGroup:
    group = next((each for each in groups if each.pk == group_id), None)
    if group is None:
        raise not_found("service group")
    return group


def _new_group(actor: Actor, name: str) -> ServiceGroup:
    """A group that is not in force yet; one that was removed under this name comes back."""
    removed = ServiceGroup.objects.for_organization(actor.organization_id).exclude(retired_at=None)
    group: ServiceGroup = removed.filter(name__iexact=name).first() or ServiceGroup(
        organization_id=actor.organization_id
    )
    group.retired_at, group.name = None, name
    return group


def _summary(group: ServiceGroup, name: str, ranges: list[list[str]]) -> str:
    renamed = f"{group.name} renamed to {name}" if group.name != name else ""
    if group.ranges == ranges:
        return renamed or f"{name} saved as it was"
    return f"{renamed}, its codes changed" if renamed else f"Codes of {name} changed"


def _free(actor: Actor, name: str, group: ServiceGroup) -> None:
    others = ServiceGroup.objects.for_organization(actor.organization_id).exclude(pk=group.pk)
    holder = others.filter(name__iexact=name).first()
    if holder is None:
        return
    message = "Another group has this name. Choose one of its own."
    if holder.retired_at is not None:
        message = "A group that was removed has this name. Choose another, or add that one again under it."
    raise ServiceError(ErrorCode.CONFLICT, message, field="name")


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or not name.isprintable():
        raise ServiceError(ErrorCode.INVALID, "Give the group a name.", field="name")
    if len(name) > LONGEST_NAME:
        raise ServiceError(ErrorCode.INVALID, f"A name has at most {LONGEST_NAME} characters.", field="name")
    return name


def _removable(group: ServiceGroup) -> None:
    if not group.ranges:
        message = f"{group.name} takes the codes of no other group and cannot be removed. Rename it if you like."
        raise ServiceError(ErrorCode.INVALID, message, field="id")


def _checked(group: ServiceGroup, codes: str, groups: Sequence[ServiceGroup]) -> list[list[str]]:
    """The ranges that `codes` says, as they are stored; groups: all in force. Raises ServiceError INVALID."""
    try:
        ranges = ranges_of(codes)
    except ValueError as error:
        raise _invalid(str(error)) from error
    if group in groups and not group.ranges:
        if ranges:
            raise _invalid(f"{group.name} takes the codes of no other group and has none of its own. Add a new group.")
        return []
    if not ranges:
        raise _invalid("Write the codes of the group, like 99202-99215, G0402. To be rid of a group, remove it.")
    told = [*_told(each for each in groups if each != group), (group.name, ranges)]
    for overlap in overlaps(told):
        if group.name in (overlap.outer_group, overlap.inner_group):
            _check(overlap)
    return [list(each) for each in ranges]


def _check(overlap: Overlap) -> None:
    """Raises ServiceError INVALID where the rule does not say whose the shared codes are."""
    outer, inner = written([overlap.outer, overlap.inner])
    if overlap.outer_group == overlap.inner_group:
        raise _invalid(f"{outer} and {inner} of this group share codes. Write them as one range.")
    if not overlap.nested:
        raise _invalid(
            f"{outer} of {overlap.outer_group} and {inner} of {overlap.inner_group} share codes, and neither range "
            "lies within the other. End one where the other begins, or write only the codes that are to move."
        )


def _note(overlap: Overlap) -> str:
    outer, inner = written([overlap.outer, overlap.inner])
    return (
        f"{inner} lies within {outer} of {overlap.outer_group}: the narrower range counts, so these codes belong to "
        f"{overlap.inner_group}."
    )


def _told(groups: Iterable[ServiceGroup]) -> list[tuple[str, Iterable[Sequence[str]]]]:
    return [(group.name, group.ranges) for group in groups]


def _moves(organization_id: UUID, after: Sequence[ServiceGroup]) -> list[Move]:
    """Claims that leave their group once `after` are the groups in force, counted from the claims themselves."""
    claims = Claim.objects.for_organization(organization_id).order_by()
    counts = list(claims.values_list("service_group_id", "procedure_code").annotate(claims=Count("id")))
    if not counts:
        return []
    index = GroupIndex(after)
    names = dict(ServiceGroup.objects.for_organization(organization_id).values_list("pk", "name"))
    names.update((group.pk, group.name) for group in after)
    moving: Counter[tuple[UUID, UUID]] = Counter()
    for group_id, code, number in counts:
        goal = index.group_of(code)
        if goal != group_id:
            moving[group_id, goal] += number
    return [Move(names[one], names[other], number) for (one, other), number in moving.most_common()]


def _invalid(message: str) -> ServiceError:
    return ServiceError(ErrorCode.INVALID, message, field="codes")
