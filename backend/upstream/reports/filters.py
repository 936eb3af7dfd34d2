"""What an export is of: filters as they are given, as they are kept with the export (JSON), and in words."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, TextChoices

from upstream.accounts.models import Membership
from upstream.alerts.selectors import AlertFilter
from upstream.audit.actions import ActionGroup
from upstream.audit.selectors import AuditFilter
from upstream.claims.denial_reasons import CATEGORIES
from upstream.claims.models import Outcome, Patient, Payer, ServiceGroup
from upstream.claims.selectors import ClaimFilter
from upstream.core.actor import ActorKind
from upstream.core.errors import ErrorCode, ServiceError, not_found
from upstream.detection.models import Signal
from upstream.intake.models import Upload, nameless
from upstream.reports.kinds import KINDS
from upstream.reports.words import STATE_WORDS, VERDICT_WORDS, day
from upstream.trail.actors import UPSTREAM, Names

LONGEST_TEXT = 100

# A filter as it is kept: names to JSON values, nothing that was left empty.
Kept = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Field:
    """One name of a filter.

    keep: the given value as JSON, raising ValueError with the end of a sentence; use: the kept value as selectors take
    it; say: the kept value in words, None when it names nothing of the organization; title: what precedes the words.
    """

    title: str
    keep: Callable[[Any], Any]
    use: Callable[[Any], Any]
    say: Callable[[UUID, Any], str | None]


def _text(title: str) -> _Field:
    def keep(value: Any) -> str:
        text = str(value).strip()
        if len(text) > LONGEST_TEXT:
            raise ValueError(f"is longer than {LONGEST_TEXT} characters")
        return text

    return _Field(title, keep, str, lambda _, text: text)


def _date(title: str) -> _Field:
    def keep(value: Any) -> str:
        try:
            return (value if isinstance(value, date) else date.fromisoformat(str(value))).isoformat()
        except ValueError:
            raise ValueError("is not a date like 2026-03-14") from None

    return _Field(title, keep, date.fromisoformat, lambda _, text: day(date.fromisoformat(text)))


def _choice(title: str, words: Mapping[str, str]) -> _Field:
    return _Field(title, lambda value: _known(value, words), str, lambda _, kept: words[kept])


def _choices(title: str, words: Mapping[str, str]) -> _Field:
    def keep(values: Any) -> list[str]:
        return sorted({_known(value, words) for value in (values if isinstance(values, list | tuple) else [values])})

    return _Field(title, keep, tuple, lambda _, kept: " or ".join(words[value] for value in kept))


def _known(value: Any, words: Mapping[str, str]) -> str:
    text = str(value.value if isinstance(value, TextChoices) else value)
    if text not in words:
        raise ValueError(f"is none of {', '.join(words)}")
    return text


def _row(title: str, name_of: Callable[[UUID, UUID], str | None]) -> _Field:
    def keep(value: Any) -> str:
        try:
            return str(UUID(str(value)))
        except ValueError:
            raise ValueError("is not an id") from None

    return _Field(title, keep, UUID, lambda organization_id, kept: name_of(organization_id, UUID(kept)))


def _name_in(rows: Callable[[UUID], QuerySet[Any]], key: str, name: str) -> Callable[[UUID, UUID], str | None]:
    return lambda organization_id, pk: rows(organization_id).filter(**{key: pk}).values_list(name, flat=True).first()


def _signal(organization_id: UUID, pk: UUID) -> str | None:
    signal = Signal.objects.for_organization(organization_id).select_related("payer").filter(pk=pk).first()
    return signal and f"{signal.payer.name}, {KINDS[signal.kind].name}, since {day(signal.change_date)}"


def _actor(organization_id: UUID, pk: UUID) -> str:
    known = {actor_id: name for _, actor_id, name in Names(organization_id).all()}
    return known.get(pk, "someone no longer here")


_ACTOR_KINDS: dict[str, str] = {
    ActorKind.PERSON: "people",
    ActorKind.SERVICE_KEY: "service keys",
    ActorKind.WEBHOOK: "webhooks",
    ActorKind.SYSTEM: UPSTREAM,
}


def _upload(organization_id: UUID, pk: UUID) -> str | None:
    found = Upload.objects.for_organization(organization_id).filter(pk=pk).values_list("kind", "created_at").first()
    return found and nameless(*found)


def _patient(organization_id: UUID, pk: UUID) -> str | None:
    return "one patient" if Patient.objects.for_organization(organization_id).filter(pk=pk).exists() else None


_PAYER = _row("payer", _name_in(Payer.objects.for_organization, "pk", "name"))

CLAIM_FIELDS = {
    "signal_id": _row("signal", _signal),
    "payer_id": _PAYER,
    "service_group_id": _row("service group", _name_in(ServiceGroup.objects.for_organization, "pk", "name")),
    "outcome": _choices("outcome", {value: value.lower() for value in Outcome.values}),
    "denial_category": _choice("reason of denial", CATEGORIES),
    "denial_code": _text("denial code"),
    "procedure_code": _text("procedure"),
    "location": _text("location"),
    "submitted_from": _date("submitted from"),
    "submitted_to": _date("submitted to"),
    "decided_from": _date("decided from"),
    "decided_to": _date("decided to"),
    "control_number": _text("claim number"),
    "upload_id": _row("upload", _upload),
    "patient_id": _row("of", _patient),
}
ALERT_FIELDS = {
    "state": _choices("state", STATE_WORDS),
    "payer_id": _PAYER,
    "kind": _choice("kind", {kind: words.name for kind, words in KINDS.items()}),
    "verdict": _choice("judged", VERDICT_WORDS),
    "assignee_id": _row("assignee", _name_in(Membership.objects.for_organization, "user_id", "user__name")),
    "search": _text("search"),
}


AUDIT_FIELDS = {
    "actor_id": _row("by", _actor),
    "actor_kind": _choice("by", _ACTOR_KINDS),
    "group": _choice("what", dict(ActionGroup.choices)),
    "from_day": _date("from"),
    "to_day": _date("to"),
    "target_type": _text("kind of record"),
    "target_id": _text("record"),
}


def keep_claim_filter(organization_id: UUID, given: ClaimFilter | Mapping[str, Any] | None) -> Kept:
    """The filter as it is kept. Raises INVALID for what cannot be read, NOT_FOUND for ids that name nothing here."""
    kept = _keep(organization_id, given, CLAIM_FIELDS, "claimFilter")
    for start, end in (("submitted_from", "submitted_to"), ("decided_from", "decided_to")):
        if kept.get(start, "") > kept.get(end, "9999"):
            raise ServiceError(ErrorCode.INVALID, f"{start} is after {end}: exchange them.", field="claimFilter")
    return kept


def keep_alert_filter(organization_id: UUID, given: AlertFilter | Mapping[str, Any] | None) -> Kept:
    """As `keep_claim_filter`, for alerts."""
    return _keep(organization_id, given, ALERT_FIELDS, "alertFilter")


def keep_audit_filter(organization_id: UUID, given: AuditFilter | Mapping[str, Any] | None) -> Kept:
    """As `keep_claim_filter`, for audit events; people who left can still be asked for."""
    return _keep(organization_id, given, AUDIT_FIELDS, "auditFilter")


def _keep(organization_id: UUID, given: Any, fields: Mapping[str, _Field], place: str) -> Kept:
    if given is None:
        return {}
    kept: Kept = {}
    for name, value in (given if isinstance(given, Mapping) else asdict(given)).items():
        if value is None or value in ("", [], ()):
            continue
        field = fields.get(name)
        if field is None:
            raise ServiceError(ErrorCode.INVALID, "The filter has a name that is not known: leave it out.", field=place)
        try:
            kept[name] = field.keep(value)
        except ValueError as error:
            raise ServiceError(ErrorCode.INVALID, f"The filter {name} {error}.", field=place) from None
        if field.say(organization_id, kept[name]) is None:
            raise not_found(field.title, field=place)
    return kept


def claim_filter(kept: Kept) -> ClaimFilter:
    """The kept filter as the claims' selector takes it; `signal_id`, which is detection's, is left out."""
    return ClaimFilter(**{name: CLAIM_FIELDS[name].use(value) for name, value in kept.items() if name != "signal_id"})


def alert_filter(kept: Kept) -> AlertFilter:
    return AlertFilter(**{name: ALERT_FIELDS[name].use(value) for name, value in kept.items()})


def audit_filter(kept: Kept) -> AuditFilter:
    return AuditFilter(**{name: AUDIT_FIELDS[name].use(value) for name, value in kept.items()})


def in_words(organization_id: UUID, kept: Kept, *, leave_out: Collection[str] = ()) -> list[str]:
    """One phrase a filter, in a fixed order; empty when nothing is filtered."""
    fields = {**CLAIM_FIELDS, **ALERT_FIELDS, **AUDIT_FIELDS}
    return [
        f"{field.title}: {field.say(organization_id, kept[name]) or 'no longer here'}"
        for name, field in fields.items()
        if name in kept and name not in leave_out
    ]


def payer_name(organization_id: UUID, kept: Kept) -> str:
    """The payer a filter is about, by itself or through a signal; empty when it is about several."""
    if "payer_id" in kept:
        return _PAYER.say(organization_id, kept["payer_id"]) or ""
    signals = Signal.objects.for_organization(organization_id).filter(pk=kept.get("signal_id"))
    return signals.values_list("payer__name", flat=True).first() or ""
