"""Takes an upload back: claims, decisions and whatever else it brought become what the other uploads make of them.

Batch by batch, the last one first, each in a transaction that also removes its `BatchContent`, so that a run goes on
where one broke off. What another upload told as well stays, as that upload's. Payers and service groups stay, and so
does what the file told of persons whom others name too.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from upstream.claims import bulk, rollup
from upstream.claims.bulk import Id
from upstream.claims.models import (
    Authorization,
    BatchContent,
    Claim,
    ClaimAcknowledgement,
    ClaimDecision,
    ClaimStatement,
    Patient,
    Remittance,
    RemittanceTelling,
    Submission,
    SubmissionAcknowledgement,
)
from upstream.claims.service_groups import GroupIndex, ensure_service_groups
from upstream.claims.takebacks import recouped
from upstream.core import clock
from upstream.core.money import ZERO
from upstream.core.worker import JobRun
from upstream.intake.models import Upload
from upstream.intake.writer.contents import Contents, ids_in, raw_id, seen_in
from upstream.intake.writer.kept_statements import fold
from upstream.intake.writer.remittance_rows import TELLING_COLUMNS
from upstream.intake.writer.store import Entry, Store

_SINGLE_ROWS = (Submission, SubmissionAcknowledgement, ClaimAcknowledgement, Authorization)
_LAST = "~"
"""Sorts behind every id."""

Seen = tuple[Id, Id, int]
"""Content that noted it, its upload, and the place there."""


class Undo:
    """One upload's taking back; a run may be repeated."""

    def __init__(self, upload: Upload, run: JobRun) -> None:
        self._upload = upload
        self._organization_id = upload.organization_id
        self._own = bulk.stored(upload.pk)
        self._run = run
        self._wanted: set[bytes] = set()
        self._seen: dict[bytes, list[Seen]] = defaultdict(list)
        self._scanned: UUID | None = None

    def carry_out(self, after_batch: Callable[[int, int], None]) -> None:
        """Undo every batch; `after_batch` is told how many are done, of how many, whenever one is committed."""
        own = BatchContent.objects.for_organization(self._organization_id).filter(upload=self._upload)
        left = list(own.order_by("-id").values_list("pk", flat=True))
        for claims, rows in own.values_list("claims", "rows").iterator(1):
            self._wanted.update(raw_id(each) for each in (*ids_in(bytes(claims)), *ids_in(bytes(rows))))
        self._scanned = left[-1] if left else None
        for done, content_id in enumerate(left, 1):
            with transaction.atomic(), bulk.uncollected():
                rollup.one_writer(self._organization_id, self._run.waiting())
                self._run.fence()
                self._scan()
                _Batch(self._upload, self._own, self._seen, clock.now()).undo(own.get(pk=content_id))
            after_batch(done, len(left))

    def _scan(self) -> None:
        """Who else told what this upload brought: also uploads that are being read meanwhile."""
        contents = BatchContent.objects.for_organization(self._organization_id).exclude(upload=self._upload)
        later = contents.filter(id__gt=self._scanned).exclude(seen=b"").order_by("id")
        for content_id, upload_id, seen in later.values_list("pk", "upload_id", "seen").iterator(1):
            for row_id, place in seen_in(bytes(seen)):
                if row_id in self._wanted:
                    self._seen[row_id].append((bulk.stored(content_id), bulk.stored(upload_id), place))
            self._scanned = content_id


class _Batch:
    """What one batch brought, in a transaction that holds `one_writer`."""

    def __init__(self, upload: Upload, own: Id, seen: dict[bytes, list[Seen]], now: datetime) -> None:
        self._organization_id = upload.organization_id
        self._own, self._seen, self._now = own, seen, now
        self._changes = rollup.Changes()
        groups = GroupIndex(ensure_service_groups(self._organization_id))
        self._store = Store(self._organization_id, upload.pk, groups, self._changes, Contents(), now)
        self._heirs: dict[Id, Contents] = defaultdict(Contents)
        self._patients: set[Id] = set()

    def undo(self, content: BatchContent) -> None:
        rows = ids_in(bytes(content.rows))
        self._take_claims(ids_in(bytes(content.claims)))
        for model in _SINGLE_ROWS:
            self._take_rows(model, rows)
        self._take_remittances(rows)
        self._changes.append(self._organization_id)
        self._patients.update(rows)
        self._remove_strangers()
        for upload_id, contents in self._heirs.items():
            contents.save(self._organization_id, UUID(upload_id), self._now)
        content.delete()

    def _heir(self, row_id: Id, after: Id = "", before: Id = _LAST) -> tuple[Id, int] | None:
        """The first other upload that told the same between these two, and the place there."""
        for content_id, upload_id, place in self._seen.get(raw_id(row_id), ()):
            if after < content_id < before:
                return upload_id, place
        return None

    # Claims

    def _take_claims(self, ids: Sequence[Id]) -> None:
        store = self._store
        keys = [key for (key,) in bulk.select(Claim, ("claim_key",), self._organization_id, "id", ids)]
        store.load(keys, whole=True)
        store.load_decisions(keys)
        store.restore(keys)
        for entry in store.entries.values():
            self._take(entry)
        store.save()

    def _take(self, entry: Entry) -> None:
        state = entry.state
        self._meet(entry.patient_id)
        self._take_decisions(entry)
        if state.statements:
            self._take_statements(entry)
        elif state.stated_by == self._own:
            heir = self._heir(state.id)
            state.stated_by = None
            if heir is not None:
                state.stated_by = heir[0]
                self._heirs[heir[0]].claims.append(state.id)
            else:
                fold(state)
        entry.shown = None
        entry.gone = state.facts is None and not state.decisions
        entry.changed = not entry.gone
        uploads = [
            state.stated_by,
            *(statement.upload_id for statement in state.statements),
            *(decision.upload_id for decision in state.decisions),
        ]
        entry.brought_by = max((each for each in uploads if each is not None), default=None)

    def _take_decisions(self, entry: Entry) -> None:
        left = []
        for decision in entry.state.decisions:
            if decision.upload_id == self._own:
                heir = self._heir(decision.id or "")
                if heir is None:
                    self._meet(None if decision.facts is None else decision.facts.patient_id)
                    continue
                decision.upload_id, decision.sequence = heir
                self._heirs[heir[0]].claims.append(entry.state.id)
                self._heirs[heir[0]].rows.append(decision.id or "")
            left.append(decision)
        entry.state.decisions = left

    def _take_statements(self, entry: Entry) -> None:
        state, left = entry.state, []
        # The first was kept apart only when the second came; whoever repeated it may have come before.
        bounds = ["", *(statement.id or "" for statement in state.statements[1:]), _LAST]
        for statement, (after, before) in zip(state.statements, pairwise(bounds), strict=True):
            if statement.upload_id == self._own:
                heir = self._heir(state.id, after, before)
                if heir is None:
                    self._meet(statement.facts.patient_id)
                    continue
                statement.upload_id = heir[0]
                self._heirs[heir[0]].claims.append(state.id)
            left.append(statement)
        state.statements = left
        fold(state)

    # What stands by itself

    def _take_rows(self, model: type[Any], ids: Sequence[Id]) -> None:
        found = model.objects.for_organization(self._organization_id).filter(upload_id=UUID(self._own))
        columns = ("id", "upload_id", *(("patient_id",) if model is Authorization else ()))
        gone = []
        for row_id, upload_id, *patient in bulk.select(model, columns, self._organization_id, "id", ids):
            if upload_id != self._own:
                continue
            heir = self._heir(row_id)
            if heir is None:
                gone.append(row_id)
                self._meet(*(patient or [None]))
                continue
            found.filter(pk=row_id).update(upload_id=UUID(heir[0]))
            self._heirs[heir[0]].rows.append(row_id)
        bulk.delete(model, self._organization_id, "id", gone)

    def _take_remittances(self, ids: Sequence[Id]) -> None:
        remittances = Remittance.objects.for_organization(self._organization_id)
        tellings: dict[Id, list[dict[str, Any]]] = defaultdict(list)
        for values in bulk.select(
            RemittanceTelling, TELLING_COLUMNS, self._organization_id, "remittance_id", ids, order=("id",)
        ):
            telling = dict(zip(TELLING_COLUMNS, values, strict=True))
            tellings[telling["remittance_id"]].append(telling)
        for row in remittances.filter(pk__in=ids):
            told = tellings[bulk.stored(row.pk)]
            left = [telling for telling in told if telling["upload_id"] != self._own]
            if len(left) == len(told) and bulk.stored(row.upload_id) != self._own:
                continue
            bulk.delete(
                RemittanceTelling,
                self._organization_id,
                "id",
                [each["id"] for each in told if each["upload_id"] == self._own],
            )
            at = (bulk.stored(row.payer_id), row.payment_date)
            self._changes.recouped(*at, recouped(row.provider_adjustments), sign=-1)
            if not left:
                self._let_go(row)
                continue
            ends = [telling for telling in left if telling["claims_paid_total"] is not None]
            end = max(ends, key=lambda telling: (telling["ended_at"], telling["id"]), default=None)
            row.upload_id = UUID(left[0]["upload_id"])
            row.payment_amount, row.payment_method = left[0]["payment_amount"], left[0]["payment_method"]
            row.claims_paid_total = end["claims_paid_total"] if end else ZERO
            row.provider_adjustments = orjson.loads(end["provider_adjustments"]) if end else []
            row.balanced = bool(end and end["balanced"])
            row.save()
            self._changes.recouped(*at, recouped(row.provider_adjustments))

    def _let_go(self, row: Remittance) -> None:
        """Remove a remittance that no upload tells of; after a merge of payers another's decisions may stand in it."""
        decisions = ClaimDecision.objects.for_organization(self._organization_id).filter(remittance=row)
        holder = decisions.exclude(upload=None).order_by("id").values_list("upload_id", flat=True).first()
        if holder is None:
            row.delete()
            return
        row.upload_id = holder
        row.save(update_fields=["upload", "updated_at"])
        self._changes.recouped(bulk.stored(row.payer_id), row.payment_date, recouped(row.provider_adjustments))
        theirs = self._heirs[bulk.stored(holder)]
        theirs.rows.append(bulk.stored(row.pk))
        # Its decisions go before it.
        claims = decisions.filter(upload_id=holder).values_list("claim_id", flat=True)
        theirs.claims += map(bulk.stored, claims)

    # Persons

    def _meet(self, patient_id: Id | None) -> None:
        if patient_id is not None:
            self._patients.add(patient_id)

    def _remove_strangers(self) -> None:
        """Persons whom nothing names any more."""
        named: set[Id] = set()
        for model in (Claim, ClaimStatement, ClaimDecision, Authorization):
            rows = bulk.select(model, ("patient_id",), self._organization_id, "patient_id", self._patients)
            named.update(patient_id for (patient_id,) in rows)
        known = bulk.select(Patient, ("id",), self._organization_id, "id", self._patients - named)
        bulk.delete(Patient, self._organization_id, "id", [patient_id for (patient_id,) in known])
