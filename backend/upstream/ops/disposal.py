"""Disposing of what need not be kept any longer: files, claims with all that hangs on them, people nobody names, the
oldest part of the audit trail; or everything of an organization.

Each batch is a transaction of its own and leaves everything as if the rest had never been there: the roll-up equals the
claims that stay, the audit trail proves what is left of it. A run that was cut off is begun again and goes on.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from graphlib import TopologicalSorter
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Exists, ManyToOneRel, Min, Model, OuterRef, Q, QuerySet

from upstream.accounts.models import Organization, User
from upstream.accounts.services import system_actor
from upstream.audit import services as audit
from upstream.audit.models import AuditEvent, ConfigurationChange
from upstream.claims import bulk, rollup
from upstream.claims.first_seen import FirstDays
from upstream.claims.models import (
    Adjustment,
    Authorization,
    BatchContent,
    Claim,
    ClaimAcknowledgement,
    ClaimDecision,
    ClaimLine,
    ClaimStatement,
    Patient,
    Remittance,
    RemittanceTelling,
    Submission,
    SubmissionAcknowledgement,
)
from upstream.claims.takebacks import recouped
from upstream.core import clock
from upstream.core.models import Job, JobState, OrganizationModel
from upstream.intake.models import RowError, Upload, UploadReading, nameless
from upstream.phi import files
from upstream.reports.models import Export
from upstream.reports.services import clear_folder

# 45 CFR 164.316(b)(2)(i) for the trail, 164.528(a) for what accounts for disclosures.
YEARS_OF_THE_TRAIL = 6
ROWS_AT_ONCE = 1000
EVENTS_AT_ONCE = 20_000

Progress = Callable[[str, int], None]
"""Called with what was disposed of and how many of it so far, after each batch."""


def latest_for_the_trail() -> date:
    """The day before which the trail need not be kept any longer."""
    today = clock.today()
    # The 28th stands for the 29th of February.
    return today.replace(year=today.year - YEARS_OF_THE_TRAIL, day=min(today.day, 28))


@dataclass(frozen=True, slots=True)
class Kept:
    """How many of something an organization keeps, how many of them from before a day, and since when."""

    what: str
    count: int
    old: int
    oldest: date | None


def kept(organization: Organization, before: date) -> Iterator[Kept]:
    """What disposal would find; changes nothing."""
    own: dict[str, tuple[QuerySet[Any], QuerySet[Any], str]] = {
        "files": (
            _rows(Upload, organization).exclude(stored_name=""),
            _old_uploads(organization, before),
            "created_at",
        ),
        "claims": (_rows(Claim, organization), old_claims(organization, before), "submitted_date"),
        "remittances": (
            _rows(Remittance, organization),
            _rows(Remittance, organization).filter(payment_date__lt=before),
            "payment_date",
        ),
        "patients": (_rows(Patient, organization), _only_of_old_claims(organization, before), "created_at"),
        "exports": (_rows(Export, organization), _created_before(Export, organization, before), "created_at"),
        "audit events": (
            _rows(AuditEvent, organization),
            _rows(AuditEvent, organization).filter(at__lt=_midnight(before)),
            "at",
        ),
    }
    for what, (everything, old, day) in own.items():
        oldest = everything.aggregate(oldest=Min(day))["oldest"]
        yield Kept(what, everything.count(), old.count(), oldest.date() if isinstance(oldest, datetime) else oldest)


def old_claims(organization: Organization, before: date) -> QuerySet[Claim]:
    """Claims of which nothing happened on that day or later, as far as their files tell."""
    days = ("service_date", "submitted_date", "decided_date", "paid_date")
    later = Q(created_at__gte=_midnight(before), **dict.fromkeys(days, None))
    for day in days:
        later |= Q(**{f"{day}__gte": before})
    decided_later = ClaimDecision.objects.for_organization(organization).filter(
        claim_id=OuterRef("pk"), decided_date__gte=before
    )
    return _rows(Claim, organization).exclude(later).exclude(Exists(decided_later))


def dispose(organization: Organization, before: date, told: Progress) -> dict[str, int]:
    """Dispose of an organization's files, claims and what hangs on them, people nobody names, and exports' files.

    Returns how many of each; leaves an event in the audit trail, also where a run is cut off and begun again.
    """
    counts = {
        "files": _dispose_of_files(organization, before, told),
        "claims": _dispose_of_claims(organization, before, told),
        "remittances": _dispose_of_remittances(organization, before, told),
        "acknowledgements": _dispose_of_answers(organization, before, told),
        "patients": _dispose_of_strangers(organization, told),
        "exports": _dispose_of_exports(organization, before, told),
    }
    rollup.fold(organization.pk)
    audit.record(
        actor=system_actor(organization.pk),
        action="records.disposed",
        target_type="organization",
        target_id=organization.pk,
        detail={"before_day": before.isoformat()} | counts,
    )
    return counts


def dispose_of_trail(organization: Organization, before: date, told: Progress) -> int:
    """Dispose of audit events, changes of the configuration and exports' rows. Raises ValueError for young ones."""
    if before > latest_for_the_trail():
        raise ValueError(f"The trail is kept for {YEARS_OF_THE_TRAIL} years.")
    count = 0
    while done := audit.dispose(actor=system_actor(organization.pk), before=_midnight(before), most=EVENTS_AT_ONCE):
        count += done
        told("audit events", count)
    _rows(ConfigurationChange, organization).filter(at__lt=_midnight(before)).delete()
    _created_before(Export, organization, before).filter(stored_name="").delete()
    return count


# Of an organization that stays


def _dispose_of_files(organization: Organization, before: date, told: Progress) -> int:
    count = 0
    young = _rows(Upload, organization).filter(created_at__gte=_midnight(before))
    for upload in _old_uploads(organization, before).order_by("-id").iterator(ROWS_AT_ONCE):
        # The file goes first: cut off in between, the next run finds the row again. Later uploads of the same share it.
        if not young.filter(stored_name=upload.stored_name).exists():
            files.delete(upload.stored_name)
        with transaction.atomic():
            for model in (RowError, UploadReading, BatchContent):
                _rows(model, organization).filter(upload=upload).delete()
            upload.stored_name, upload.file_name = "", nameless(upload.kind, upload.created_at)
            upload.save(update_fields=["stored_name", "file_name", "updated_at"])
        count += 1
        told("files", count)
    return count


def _dispose_of_claims(organization: Organization, before: date, told: Progress) -> int:
    count = 0
    last: UUID | None = None
    while True:
        with transaction.atomic():
            rollup.one_writer(organization.pk)
            later = old_claims(organization, before).order_by("pk")
            ids = list((later.filter(pk__gt=last) if last else later).values_list("pk", flat=True)[:ROWS_AT_ONCE])
            if not ids:
                return count
            _remove_claims(organization.pk, ids)
        last = ids[-1]
        count += len(ids)
        told("claims", count)


def _remove_claims(organization_id: UUID, ids: list[UUID]) -> None:
    changes, first_days = rollup.Changes(), FirstDays()
    claims = Claim.objects.for_organization(organization_id).filter(pk__in=ids)
    for payer_id, group_id, *values in claims.values_list(*rollup.COUNTED):
        changes.leave((bulk.stored(payer_id), bulk.stored(group_id), *values))
    for location, npi, submitted, decided in claims.values_list(
        "location", "provider_npi", "submitted_date", "decided_date"
    ):
        first_days.moved((location, npi, submitted or decided), None)
    decisions = ClaimDecision.objects.for_organization(organization_id).filter(claim_id__in=ids)
    for reversal in rollup.reversals(decisions):
        changes.reversed(*reversal, sign=-1)
    stored = [bulk.stored(each) for each in ids]
    for model in (Adjustment, ClaimLine, ClaimDecision, ClaimStatement):
        bulk.delete(model, organization_id, "claim_id", stored)
    bulk.delete(Claim, organization_id, "id", stored)
    changes.append(organization_id)
    first_days.save(organization_id)


def _dispose_of_remittances(organization: Organization, before: date, told: Progress) -> int:
    """Those that no claim which stays was decided by."""
    count = 0
    decisions = ClaimDecision.objects.for_organization(organization).filter(remittance_id=OuterRef("pk"))
    while True:
        with transaction.atomic():
            rollup.one_writer(organization.pk)
            old = _rows(Remittance, organization).filter(payment_date__lt=before).exclude(Exists(decisions))
            rows = list(old.order_by("pk")[:ROWS_AT_ONCE])
            if not rows:
                return count
            changes = rollup.Changes()
            for row in rows:
                taken = recouped(row.provider_adjustments)
                changes.recouped(bulk.stored(row.payer_id), row.payment_date, taken, sign=-1)
            ids = [bulk.stored(row.pk) for row in rows]
            bulk.delete(RemittanceTelling, organization.pk, "remittance_id", ids)
            bulk.delete(Remittance, organization.pk, "id", ids)
            changes.append(organization.pk)
        count += len(rows)
        told("remittances", count)


def _dispose_of_answers(organization: Organization, before: date, told: Progress) -> int:
    count = 0
    for model, day in (
        (Submission, "submitted_date"),
        (SubmissionAcknowledgement, "acknowledged_date"),
        (ClaimAcknowledgement, "acknowledged_date"),
        (Authorization, "answered_date"),
    ):
        with transaction.atomic():
            rollup.one_writer(organization.pk)
            count += _rows(model, organization).filter(**{f"{day}__lt": before}).delete()[0]
        told("acknowledgements", count)
    return count


def _dispose_of_strangers(organization: Organization, told: Progress) -> int:
    """People whom nothing names any more."""
    count = 0
    while True:
        with transaction.atomic():
            rollup.one_writer(organization.pk)
            strangers = _rows(Patient, organization)
            for model, name in _naming(Patient):
                named = model._base_manager.filter(organization_id=organization.pk, **{name: OuterRef("pk")})
                strangers = strangers.exclude(Exists(named))
            ids = [bulk.stored(each) for each in strangers.values_list("pk", flat=True)[:ROWS_AT_ONCE]]
            bulk.delete(Patient, organization.pk, "id", ids)
        if not ids:
            return count
        count += len(ids)
        told("patients", count)


def _dispose_of_exports(organization: Organization, before: date, told: Progress) -> int:
    """Their files: that they were made, and for whom, is told as long as the trail."""
    count = 0
    for export in _created_before(Export, organization, before).exclude(stored_name=""):
        files.delete(export.stored_name)
        clear_folder(export)
        _rows(Export, organization).filter(pk=export.pk).update(stored_name="")
        count += 1
        told("exports", count)
    return count


# Everything


def dispose_of_everything(organization: Organization, told: Progress) -> None:
    """Remove an organization with all rows and files, and people who belong to no other; nobody gets in from the first
    step on. Not to be taken back.
    """
    people = list(User.objects.filter(memberships__organization=organization).values_list("pk", flat=True))
    _shut(organization)
    stored = {
        name
        for model in apps.get_models()
        if issubclass(model, OrganizationModel) and _has(model, "stored_name")
        for name in _rows(model, organization).exclude(stored_name="").values_list("stored_name", flat=True)
    }
    for count, name in enumerate(sorted(stored), 1):
        files.delete(name)
        told("files", count)
    for model in children_first():
        count = 0
        while ids := list(_rows(model, organization).order_by("-pk").values_list("pk", flat=True)[:EVENTS_AT_ONCE]):
            rows = model.unscoped.filter(organization_id=organization.pk, pk__in=ids)
            # Without loading them: what points to them is gone already.
            count += rows._raw_delete(rows.db)
            told(str(model._meta.verbose_name_plural), count)
    with transaction.atomic():
        Organization.objects.filter(pk=organization.pk)._raw_delete(DEFAULT_DB_ALIAS)
        User.objects.filter(pk__in=people, memberships=None).delete()


def _shut(organization: Organization) -> None:
    """Nobody is signed in, and no work begins or goes on."""
    now = clock.now()
    with transaction.atomic():
        for model in apps.get_models():
            if issubclass(model, OrganizationModel) and _has(model, "revoked_at"):
                _rows(model, organization).filter(revoked_at=None).update(revoked_at=now)
        running = _rows(Job, organization).filter(state__in=[JobState.QUEUED, JobState.RUNNING])
        running.update(state=JobState.CANCELLED, finished_at=now, lease_token=None)


def children_first() -> list[type[OrganizationModel]]:
    """Tenant models, each before those it points to, so that nothing protected is deleted under its children."""
    models = {model for model in apps.get_models() if issubclass(model, OrganizationModel)}
    sorter: TopologicalSorter[type[OrganizationModel]] = TopologicalSorter()
    for model in models:
        targets = {field.related_model for field in model._meta.concrete_fields if field.is_relation}
        sorter.add(model, *(parent for parent in models - {model} if parent in targets))
    return list(sorter.static_order())[::-1]


# What is old


def _has(model: type[Model], name: str) -> bool:
    return any(field.name == name for field in model._meta.concrete_fields)


def _rows(model: type[Any], organization: Organization) -> QuerySet[Any]:
    return model.objects.for_organization(organization)


def _created_before(model: type[Any], organization: Organization, before: date) -> QuerySet[Any]:
    return _rows(model, organization).filter(created_at__lt=_midnight(before))


def _old_uploads(organization: Organization, before: date) -> QuerySet[Upload]:
    """With a file, and neither being read nor taken back."""
    under_way = [JobState.QUEUED, JobState.RUNNING]
    old = _created_before(Upload, organization, before).exclude(stored_name="")
    return old.exclude(job__state__in=under_way).exclude(undo_job__state__in=under_way)


def _only_of_old_claims(organization: Organization, before: date) -> QuerySet[Patient]:
    young = _rows(Claim, organization).exclude(pk__in=old_claims(organization, before).values("pk"))
    answered = Authorization.objects.for_organization(organization).filter(answered_date__gte=before)
    people = _rows(Patient, organization)
    for naming in (young, answered):
        people = people.exclude(Exists(naming.filter(patient_id=OuterRef("pk"))))
    return people


def _naming(model: type[Model]) -> list[tuple[type[Model], str]]:
    """Every model that points to this one, and the name of its field."""
    relations = model._meta.get_fields(include_hidden=True)
    return [(each.related_model, each.field.name) for each in relations if isinstance(each, ManyToOneRel)]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
