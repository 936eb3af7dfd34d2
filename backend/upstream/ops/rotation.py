"""Puts everything that is stored encrypted under the newest key, while Upstream runs.

What is under that key already is left alone, so that a run that was cut off goes on where it stopped.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models, transaction

from upstream.claims import bulk, rollup
from upstream.claims.models import Patient
from upstream.core.models import OrganizationModel
from upstream.intake.writer.people import ALL_INDEXES, Told, indexes_renewed
from upstream.phi import files
from upstream.phi.fields import PhiField
from upstream.phi.keys import UnreadableValue

#: Rows of one transaction, which intake of their organizations waits for.
ROWS_AT_ONCE = 1_000
_STORED_NAME = "stored_name"


@dataclass(slots=True)
class Tally:
    """What was looked at; older: rows and files that stood (or, where nothing was changed, stand) under older keys."""

    looked_at: int = 0
    older: int = 0
    unreadable: list[str] = field(default_factory=list)
    """Rows and files that no key opens, by their ids."""


Progress = Callable[[str, Tally, int], None]
"""What is gone through, how far, and how many there are."""


def rotate(told: Progress, *, change: bool) -> Tally:
    """Go through every encrypted column and every stored file; without `change` only count."""
    whole = Tally()
    for tally in [
        *(_columns(model, told, change=change) for model in encrypted_models()),
        *(_files(model, told, change=change) for model in _holders()),
    ]:
        whole.looked_at += tally.looked_at
        whole.older += tally.older
        whole.unreadable += tally.unreadable
    return whole


def encrypted_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if _fields(model)]


def _fields(model: type[models.Model]) -> list[PhiField]:
    return [each for each in model._meta.concrete_fields if isinstance(each, PhiField)]


def _holders() -> list[type[models.Model]]:
    """Models whose rows each name a stored file."""
    return [model for model in apps.get_models() if _has(model, _STORED_NAME)]


def _has(model: type[models.Model], name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


# Columns


def _owner(model: type[models.Model]) -> list[str]:
    """The column that names a row's organization; none for what belongs to a person."""
    return ["organization_id"] if issubclass(model, OrganizationModel) else []


def _columns(model: type[models.Model], told: Progress, *, change: bool) -> Tally:
    tally, label = Tally(), str(model._meta.verbose_name_plural).capitalize()
    rows = model._base_manager.order_by("pk")
    total = rows.count()
    told(label, tally, total)
    owner = _owner(model)
    last: UUID | None = None
    while True:
        later = rows if last is None else rows.filter(pk__gt=last)
        batch = list(later.values_list("pk", *owner)[:ROWS_AT_ONCE])
        if not batch:
            return tally
        last = batch[-1][0]
        with transaction.atomic():
            if change:
                # Nobody else writes these people meanwhile: intake writes back what it has read before.
                for organization_id in sorted({organization_id for _, *of in batch for organization_id in of}):
                    rollup.one_writer(organization_id)
            _renew(model, [pk for pk, *_ in batch], tally, change=change)
        tally.looked_at += len(batch)
        told(label, tally, total)


def _renew(model: type[models.Model], ids: Sequence[UUID], tally: Tally, *, change: bool) -> None:
    fields, indexed = _fields(model), model is Patient
    owner = _owner(model)
    columns = ["id", *owner, *(each.column for each in fields), *(ALL_INDEXES if indexed else ())]
    table = connection.ops.quote_name(model._meta.db_table)
    listed = ", ".join(map(connection.ops.quote_name, columns))
    assigned = ", ".join(f"{connection.ops.quote_name(name)} = %s" for name in columns[1 + len(owner) :])
    locked = " FOR UPDATE" if change and connection.features.has_select_for_update else ""
    changed: list[list[Any]] = []
    with connection.cursor() as cursor:
        places = ", ".join(["%s"] * len(ids))
        cursor.execute(
            f"SELECT {listed} FROM {table} WHERE id IN ({places}){locked}",  # noqa: S608 - names of our own models
            [bulk.stored(each) for each in ids],
        )
        for pk, *rest in cursor.fetchall():
            of, values = rest[: len(owner)], rest[len(owner) :]
            tokens, digests = values[: len(fields)], values[len(fields) :]
            try:
                renewed = [
                    token if token is None else each.renewed(token) or token
                    for each, token in zip(fields, tokens, strict=True)
                ]
                fresh = _indexes(UUID(str(of[0])), fields, renewed, digests[0]) if indexed else []
            except (UnreadableValue, ValueError):
                tally.unreadable.append(f"{model._meta.label} {UUID(str(pk))}")
                continue
            if renewed != tokens or fresh != digests:
                tally.older += 1
                changed.append([*renewed, *fresh, pk])
        if change and changed:
            cursor.executemany(f"UPDATE {table} SET {assigned} WHERE id = %s", changed)  # noqa: S608


def _indexes(
    organization_id: UUID, fields: Sequence[PhiField], tokens: Sequence[str | None], identity_index: str
) -> list[str]:
    """A patient's blind indexes, in the order of ALL_INDEXES."""
    plain = {
        each.name: None if token is None else each.to_python(each.decrypt(token))
        for each, token in zip(fields, tokens, strict=True)
    }
    told = Told(plain["reference"] or "", plain["name"] or "", plain["birth_date"], plain["member_number"] or "")
    return indexes_renewed(organization_id, told, identity_index)


# Files


def _files(model: type[models.Model], told: Progress, *, change: bool) -> Tally:
    tally, label = Tally(), f"Files of {model._meta.verbose_name_plural}"
    names = model._base_manager.exclude(**{_STORED_NAME: ""}).order_by(_STORED_NAME)
    wanted = list(names.values_list(_STORED_NAME, flat=True).distinct())
    told(label, tally, len(wanted))
    for name in wanted:
        tally.looked_at += 1
        try:
            if not files.is_under_newest_key(name):
                tally.older += 1
                if change:
                    _replace(model, name, files.save(name, files.read(name))[0])
        except FileNotFoundError:
            # Its row is being deleted, or names what was disposed of.
            continue
        except UnreadableValue:
            tally.unreadable.append(name)
        told(label, tally, len(wanted))
    return tally


def _replace(model: type[models.Model], name: str, fresh: str) -> None:
    moved = model._base_manager.filter(**{_STORED_NAME: name}).update(**{_STORED_NAME: fresh})
    files.delete(name if moved else fresh)
