"""Changes to the payer directory made by people."""

from typing import Any
from uuid import UUID

from django.db import models, transaction

from upstream.audit import services as audit
from upstream.claims import bulk, rollup
from upstream.claims.models import ClaimDecision, Payer, PayerAlias, PayersApart, Remittance
from upstream.claims.payers import NAME_LENGTH, payer_key
from upstream.claims.takebacks import recouped
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.graph.permissions import Permission


@transaction.atomic
def rename_payer(*, actor: Actor, payer_id: UUID, name: str) -> Payer:
    """Give a payer another name; files that say the old one go on meaning this payer.

    Raises FORBIDDEN, NOT_FOUND, INVALID for a name that is none, CONFLICT for a name another payer has.
    """
    actor.require(Permission.PAYERS_WRITE)
    rollup.one_writer(actor.organization_id)
    payer = _payer(actor, payer_id)
    name = _text(name, "name")
    key = payer_key(name)
    holder = _holder(actor.organization_id, key)
    if holder is not None and holder != payer.pk:
        raise ServiceError(
            ErrorCode.CONFLICT,
            "Another payer has this name. To make the two one, add this name as an alias instead.",
            field="name",
        )
    old_name, old_key = payer.name, payer.name_key
    if name == old_name:
        return payer
    aliases = PayerAlias.objects.for_organization(actor.organization_id)
    if key != old_key:
        for alias in aliases.filter(alias_key=key):
            alias.delete()
        PayerAlias(organization_id=actor.organization_id, payer=payer, alias=old_name, alias_key=old_key).save(
            force_insert=True
        )
    payer.name, payer.name_key = name, key
    payer.save(update_fields=["name", "name_key", "updated_at"])
    audit.record(actor=actor, action="payer.renamed", target_type="payer", target_id=payer.pk)
    return payer


@transaction.atomic
def add_payer_alias(*, actor: Actor, payer_id: UUID, alias: str) -> Payer:
    """From now on files that say `alias` mean this payer; a payer of that name is merged into it.

    Raises FORBIDDEN, NOT_FOUND, INVALID for an alias that is none, CONFLICT where it is the payer's own name or only
    an alias of another payer (whose claims under it cannot be told apart any more).
    """
    actor.require(Permission.PAYERS_WRITE)
    rollup.one_writer(actor.organization_id)
    payer = _payer(actor, payer_id)
    alias = _text(alias, "alias")
    key = payer_key(alias)
    if key == payer.name_key:
        raise ServiceError(ErrorCode.CONFLICT, "This is the payer's own name.", field="alias")
    holder = _holder(actor.organization_id, key)
    if holder == payer.pk:
        return payer
    merged: dict[str, int] = {}
    if holder is not None:
        other = Payer.objects.for_organization(actor.organization_id).get(pk=holder)
        if other.name_key != key:
            raise ServiceError(
                ErrorCode.CONFLICT,
                "Files of this name are taken as another payer's already. Add that payer's own name to merge the two.",
                field="alias",
            )
        merged = _merge(payer, other)
    PayerAlias(organization_id=actor.organization_id, payer=payer, alias=alias, alias_key=key).save(force_insert=True)
    detail: dict[str, Any] = {"merged": str(holder), "moved": merged} if holder else {}
    audit.record(actor=actor, action="payer.alias_added", target_type="payer", target_id=payer.pk, detail=detail)
    return payer


@transaction.atomic
def keep_payers_apart(*, actor: Actor, payer_id: UUID, other_id: UUID) -> Payer:
    """Suggest no more that the two are one; returns the first. Raises FORBIDDEN, NOT_FOUND."""
    actor.require(Permission.PAYERS_WRITE)
    payer, other = _payer(actor, payer_id), _payer(actor, other_id)
    PayersApart(organization_id=actor.organization_id, payer=payer, other=other).save(force_insert=True)
    detail = {"other": str(other.pk)}
    audit.record(actor=actor, action="payer.kept_apart", target_type="payer", target_id=payer.pk, detail=detail)
    return payer


def _merge(target: Payer, source: Payer) -> dict[str, int]:
    """Hand everything of `source` over to `target` and remove it; returns rows moved by model.

    What hangs on a payer is found through the models themselves, so that rooms further right need not be known here.
    """
    organization_id = target.organization_id
    rollup.move_payer(organization_id, source.pk, target.pk)
    _join_remittances(organization_id, source.pk, target.pk)
    moved: dict[str, int] = {}
    for relation in Payer._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        rows = relation.related_model._base_manager.filter(
            organization_id=organization_id, **{relation.field.name: source}
        )
        count = rows.update(**{relation.field.name: target})
        if count:
            moved[relation.related_model._meta.label] = count
    source.delete()
    return moved


def _join_remittances(organization_id: UUID, source_id: UUID, target_id: UUID) -> None:
    """A remittance that came in under both names is one: its decisions, and what they took back, count once."""
    remittances = Remittance.objects.for_organization(organization_id)
    kept = {
        (trace, day): pk
        for pk, trace, day in remittances.filter(payer_id=target_id).values_list("pk", "trace_number", "payment_date")
    }
    changes = rollup.Changes()
    for double in remittances.filter(payer_id=source_id):
        same = kept.get((double.trace_number, double.payment_date))
        if same is None:
            continue
        decisions = ClaimDecision.objects.for_organization(organization_id)
        known = decisions.filter(remittance_id=same).values_list("fingerprint", flat=True)
        decisions.filter(remittance=double).exclude(fingerprint__in=list(known)).update(remittance_id=same)
        for reversal in rollup.reversals(decisions.filter(remittance=double), {source_id: target_id}):
            changes.reversed(*reversal, sign=-1)
        taken = recouped(double.provider_adjustments)
        changes.recouped(bulk.stored(target_id), double.payment_date, taken, sign=-1)
        double.delete()
    changes.append(organization_id)
    rollup.fold(organization_id)


def _payer(actor: Actor, payer_id: UUID) -> Payer:
    payer = Payer.objects.for_organization(actor.organization_id).filter(pk=payer_id).first()
    if payer is None:
        raise not_found("payer")
    return payer


def _holder(organization_id: UUID, key: str) -> UUID | None:
    """The payer that a name, alias or identifier of this key means today."""
    named = Payer.objects.for_organization(organization_id).filter(name_key=key).values_list("pk", flat=True).first()
    aliases = PayerAlias.objects.for_organization(organization_id).filter(alias_key=key)
    return named or aliases.values_list("payer_id", flat=True).first()


def _text(text: str, field: str) -> str:
    text = " ".join(text.split())
    if not text or not text.isprintable():
        raise ServiceError(ErrorCode.INVALID, "Write the payer's name as it stands in your files.", field=field)
    if len(text) > NAME_LENGTH:
        raise ServiceError(ErrorCode.INVALID, f"A name has at most {NAME_LENGTH} characters.", field=field)
    return text
