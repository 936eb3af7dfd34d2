"""An organization's own texts for reason and remark codes, for those that license X12's lists."""

from dataclasses import dataclass

from django.db import transaction

from upstream.accounts.models import Organization
from upstream.audit import services as audit
from upstream.claims.code_text_file import read_code_texts
from upstream.claims.models import CodeText, ReasonKind
from upstream.core.actor import Actor
from upstream.graph.permissions import Permission


@dataclass(frozen=True, slots=True)
class Replaced:
    """Codes that had no text before, that have another one now, that have it still, and that have none any more."""

    new: int
    changed: int
    unchanged: int
    removed: int

    @property
    def loaded(self) -> int:
        return self.new + self.changed + self.unchanged


def load_code_texts(*, actor: Actor, kind: ReasonKind, content: bytes) -> Replaced:
    """Replace the organization's texts of this kind by those of a file (see `code_text_file`).

    Raises FORBIDDEN, and what reading raises; then nothing is changed.
    """
    actor.require(Permission.ORGANIZATION_WRITE)
    return _replace(actor, kind, read_code_texts(kind, content), "code_texts.loaded")


def remove_code_texts(*, actor: Actor, kind: ReasonKind) -> Replaced:
    """Take the organization's texts of this kind away. Raises FORBIDDEN."""
    actor.require(Permission.ORGANIZATION_WRITE)
    return _replace(actor, kind, {}, "code_texts.removed")


@transaction.atomic
def _replace(actor: Actor, kind: ReasonKind, texts: dict[str, str], action: str) -> Replaced:
    # One at a time: of two at once, each would add the codes that the other adds.
    Organization.objects.select_for_update(no_key=True).get(pk=actor.organization_id)
    rows = CodeText.objects.for_organization(actor.organization_id).filter(kind=kind)
    before = dict(rows.values_list("code", "text"))
    kept = [code for code in texts if code in before]
    unchanged = sum(before[code] == texts[code] for code in kept)
    replaced = Replaced(
        new=len(texts) - len(kept),
        changed=len(kept) - unchanged,
        unchanged=unchanged,
        removed=len(before) - len(kept),
    )
    rows.delete()
    CodeText.unscoped.bulk_create(
        CodeText(organization_id=actor.organization_id, kind=kind, code=code, text=text) for code, text in texts.items()
    )
    audit.record(
        actor=actor,
        action=action,
        target_type="code_texts",
        target_id=kind.value,
        detail={
            "new": replaced.new,
            "changed": replaced.changed,
            "unchanged": replaced.unchanged,
            "removed": replaced.removed,
        },
    )
    return replaced
