"""Claims of a batch from their rows and back: one query per table, whatever the number of claims."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson

from upstream.claims import bulk, rollup
from upstream.claims.denial_reasons import category_of
from upstream.claims.models import Adjustment as AdjustmentRow
from upstream.claims.models import Claim, ClaimDecision, ClaimLine
from upstream.claims.service_groups import GroupIndex
from upstream.intake.writer.ordered_ids import ordered_ids
from upstream.intake.writer.remittance import detail_of, restore_detail
from upstream.intake.writer.state import (
    DENIED,
    PARTIAL,
    Adjustment,
    ClaimState,
    Decision,
    Facts,
    Line,
    View,
)

_BASE = ("id", "created_at", "updated_at", "organization_id")
_FACTS = (
    "payer_id", "control_number", "frequency_code", "service_date", "submitted_date", "billed_amount",
    "authorization_number", "provider_npi", "location", "plan", "contract", "diagnosis_codes", "patient_id",
)  # fmt: skip
_SHOWN = (
    "procedure_code", "outcome", "decided_date", "paid_date", "allowed_amount", "paid_amount", "denial_code",
    "remark_codes", "payer_claim_number",
)  # fmt: skip
_DERIVED = ("service_group_id", "denial_category", "upload_id", "fingerprint")
_CLAIM_CHANGING = ("updated_at", *_FACTS, *_SHOWN, *_DERIVED)
CLAIM_COLUMNS = (*_BASE, "claim_key", *_FACTS, *_SHOWN, *_DERIVED)

_LINE_VALUES = (
    "number", "control_number", "procedure_code", "modifiers", "units", "service_date", "billed_amount", "stated",
    "allowed_amount", "paid_amount", "outcome", "denial_code", "remark_codes",
)  # fmt: skip
LINE_COLUMNS = (*_BASE, "claim_id", *_LINE_VALUES)
_ADJUSTMENT_VALUES = ("group_code", "reason_code", "amount", "quantity")
ADJUSTMENT_COLUMNS = (*_BASE, "claim_id", "line_id", *_ADJUSTMENT_VALUES)
_DECISION_VALUES = (
    "remittance_id", "sequence", "status_code", "outcome", "decided_date", "billed_amount", "paid_amount",
    "patient_responsibility", "payer_claim_number", "fingerprint", "detail",
)  # fmt: skip
DECISION_COLUMNS = (*_BASE, "claim_id", *_DECISION_VALUES)


@dataclass(slots=True)
class Entry:
    """One claim of a batch: its state, and how it stood in the database (`row` is None for a new one)."""

    state: ClaimState
    row: dict[str, Any] | None = None
    stored_lines: list[Line] = field(default_factory=list)
    stored_decisions: set[UUID] = field(default_factory=set)
    has_adjustments: bool = False
    shown: View | None = None
    changed: bool = False

    @property
    def view(self) -> View:
        if self.shown is None:
            self.shown = self.state.view()
        return self.shown


class Store:
    """Reads and writes the claims of one batch, in a transaction that holds `one_writer`."""

    def __init__(self, organization_id: UUID, upload_id: UUID, groups: GroupIndex, now: datetime) -> None:
        self._organization_id = organization_id
        self._upload_id = upload_id
        self._groups = groups
        self._now = now
        self._new_id = ordered_ids()
        self.entries: dict[str, Entry] = {}

    # Reading

    def load(self, keys: Collection[str]) -> None:
        """Claims of these keys, without their lines and decisions."""
        names = ("id", "claim_key", *_FACTS, *_SHOWN, *_DERIVED)
        rows = (
            Claim.objects.for_organization(self._organization_id).filter(claim_key__in=list(keys)).values_list(*names)
        )
        for values in rows:
            row = dict(zip(names, values, strict=True))
            self.entries[row["claim_key"]] = Entry(ClaimState(row["id"], row["claim_key"], row["fingerprint"]), row)

    def new(self, key: str) -> Entry:
        """A claim nothing is known of yet."""
        entry = self.entries[key] = Entry(ClaimState(self._new_id(), key), changed=True)
        return entry

    def patient_of(self, key: str) -> UUID | None:
        """Whom the claim was for, as it is stored."""
        entry = self.entries.get(key)
        return entry.row["patient_id"] if entry is not None and entry.row is not None else None

    def load_decisions(self, keys: Iterable[str]) -> None:
        """Decisions of stored claims; not to be called twice for one."""
        entries = self._stored(keys)
        if not entries:
            return
        rows = ClaimDecision.objects.for_organization(self._organization_id).filter(claim_id__in=list(entries))
        names = ("claim_id", "id", "remittance__payer_id", *_DECISION_VALUES)
        for claim_id, decision_id, payer_id, *values in rows.order_by("id").values_list(*names):
            entry = entries[claim_id]
            row = dict(zip(_DECISION_VALUES, values, strict=True))
            detail = row.pop("detail")
            decision = Decision(id=decision_id, **row)
            restore_detail(decision, detail, payer_id=payer_id, patient_id=entry.row and entry.row["patient_id"])
            entry.stored_decisions.add(decision_id)
            if decision.remittance_id is None:
                entry.state.told = decision
            else:
                entry.state.decisions.append(decision)

    def load_statements(self, keys: Iterable[str]) -> None:
        """Lines, adjustments and stated facts of stored claims whose decisions are loaded."""
        entries = self._stored(keys)
        if not entries:
            return
        ids = list(entries)
        on_claim, on_line = self._load_adjustments(ids)
        rows = ClaimLine.objects.for_organization(self._organization_id).filter(claim_id__in=ids)
        for claim_id, line_id, *values in rows.order_by("claim_id", "number").values_list(
            "claim_id", "id", *_LINE_VALUES
        ):
            line = Line(*values, adjustments=tuple(on_line.get(line_id, ())), id=line_id)
            entries[claim_id].stored_lines.append(line)
        for claim_id, entry in entries.items():
            adjustments = tuple(on_claim.get(claim_id, ()))
            entry.has_adjustments = bool(adjustments) or any(line.adjustments for line in entry.stored_lines)
            _restore_statement(entry, adjustments)

    def _load_adjustments(self, ids: list[UUID]) -> tuple[dict[UUID, list[Adjustment]], dict[UUID, list[Adjustment]]]:
        on_claim: dict[UUID, list[Adjustment]] = defaultdict(list)
        on_line: dict[UUID, list[Adjustment]] = defaultdict(list)
        rows = AdjustmentRow.objects.for_organization(self._organization_id).filter(claim_id__in=ids).order_by("id")
        for claim_id, line_id, *values in rows.values_list("claim_id", "line_id", *_ADJUSTMENT_VALUES):
            adjustment: Adjustment = (values[0], values[1], values[2], values[3])
            (on_claim[claim_id] if line_id is None else on_line[line_id]).append(adjustment)
        return on_claim, on_line

    def _stored(self, keys: Iterable[str]) -> dict[UUID, Entry]:
        found = (self.entries[key] for key in keys if key in self.entries)
        return {entry.state.id: entry for entry in found if entry.row is not None}

    # Writing

    def save(self) -> None:
        """Write what is new or changed, and move the claims between the cells of the roll-up."""
        changed = [entry for entry in self.entries.values() if entry.changed]
        deltas = rollup.Deltas()
        new_claims: list[tuple[Any, ...]] = []
        old_claims: list[tuple[Any, ...]] = []
        for entry in changed:
            values = self._claim_values(entry)
            (new_claims if entry.row is None else old_claims).append(values)
            if entry.row is not None:
                _count(deltas.take, entry.row)
            _count(deltas.add, dict(zip(CLAIM_COLUMNS, values, strict=True)))
        bulk.insert(Claim, CLAIM_COLUMNS, new_claims)
        bulk.upsert(Claim, CLAIM_COLUMNS, old_claims, key=("id",), replaced=_CLAIM_CHANGING)
        self._save_lines(changed)
        self._save_decisions(changed)
        rollup.apply_deltas(self._organization_id, deltas.sums())

    def _claim_values(self, entry: Entry) -> tuple[Any, ...]:
        state, view = entry.state, entry.view
        facts = view.facts
        category = category_of(view.denial_code) if view.outcome in (DENIED, PARTIAL) else ""
        return (
            state.id, self._now, self._now, self._organization_id, state.claim_key,
            facts.payer_id, facts.control_number, facts.frequency_code, facts.service_date, facts.submitted_date,
            facts.billed_amount, facts.authorization_number, facts.provider_npi, facts.location, facts.plan,
            facts.contract, facts.diagnosis_codes, facts.patient_id,
            view.procedure_code, view.outcome, view.decided_date, view.paid_date, view.allowed_amount, view.paid_amount,
            view.denial_code, view.remark_codes, view.payer_claim_number,
            self._groups.group_of(view.procedure_code), category, self._upload_id, state.fingerprint,
        )  # fmt: skip

    def _save_lines(self, changed: Sequence[Entry]) -> None:
        """Lines keep their ids by number; adjustments are written anew with their claim."""
        now, organization_id, new_id = self._now, self._organization_id, self._new_id
        new_lines: list[tuple[Any, ...]] = []
        old_lines: list[tuple[Any, ...]] = []
        adjustments: list[tuple[Any, ...]] = []
        gone: list[UUID] = []
        for entry in changed:
            claim_id = entry.state.id
            stored = {line.number: line for line in entry.stored_lines}
            for line in entry.view.lines:
                older = stored.pop(line.number, None)
                line_id = new_id() if older is None or older.id is None else older.id
                if older != line:
                    (new_lines if older is None else old_lines).append(
                        (
                            line_id,
                            now,
                            now,
                            organization_id,
                            claim_id,
                            line.number,
                            line.control_number,
                            line.procedure_code,
                            line.modifiers,
                            line.units,
                            line.service_date,
                            line.billed_amount,
                            line.stated,
                            line.allowed_amount,
                            line.paid_amount,
                            line.outcome,
                            line.denial_code,
                            line.remark_codes,
                        )  # fmt: skip
                    )
                for adjustment in line.adjustments:
                    adjustments.append((new_id(), now, now, organization_id, claim_id, line_id, *adjustment))
            gone += [line.id for line in stored.values() if line.id is not None]
            for adjustment in entry.view.adjustments:
                adjustments.append((new_id(), now, now, organization_id, claim_id, None, *adjustment))
        bulk.delete(AdjustmentRow, "claim_id", [entry.state.id for entry in changed if entry.has_adjustments])
        bulk.delete(ClaimLine, "id", gone)
        bulk.insert(ClaimLine, LINE_COLUMNS, new_lines)
        bulk.upsert(ClaimLine, LINE_COLUMNS, old_lines, key=("id",), replaced=("updated_at", *_LINE_VALUES[1:]))
        bulk.insert(AdjustmentRow, ADJUSTMENT_COLUMNS, adjustments)

    def _save_decisions(self, changed: Sequence[Entry]) -> None:
        """Decisions of remittances are written once; what a file told stands beside them where there are any."""
        new: list[tuple[Any, ...]] = []
        told: list[tuple[Any, ...]] = []
        superseded: list[UUID] = []
        for entry in changed:
            state = entry.state
            if not state.decisions:
                continue
            new += [self._decision_values(state.id, d) for d in state.decisions if d.id not in entry.stored_decisions]
            kept = {decision.id for decision in state.decisions}
            if state.told is not None:
                kept.add(state.told.id)
                if state.told.id not in entry.stored_decisions:
                    told.append(self._decision_values(state.id, state.told))
            superseded += [decision_id for decision_id in entry.stored_decisions if decision_id not in kept]
        bulk.delete(ClaimDecision, "id", superseded)
        bulk.insert(ClaimDecision, DECISION_COLUMNS, new + told)

    def _decision_values(self, claim_id: UUID, decision: Decision) -> tuple[Any, ...]:
        return (
            decision.id, self._now, self._now, self._organization_id, claim_id, decision.remittance_id,
            decision.sequence, decision.status_code, decision.outcome, decision.decided_date, decision.billed_amount,
            decision.paid_amount, decision.patient_responsibility, decision.payer_claim_number, decision.fingerprint,
            orjson.dumps(detail_of(decision)).decode(),
        )  # fmt: skip


def _restore_statement(entry: Entry, adjustments: tuple[Adjustment, ...]) -> None:
    """The statement a stored claim was made from: all of its row, unless only remittances know it."""
    row, state = entry.row, entry.state
    if row is None or not state.fingerprint:
        return
    state.facts = Facts(*(row[name] for name in _FACTS))
    state.lines = [line for line in entry.stored_lines if line.stated]
    if state.decisions or state.told is not None:
        return
    shown = {name: row[name] for name in _SHOWN[1:-1]}
    told = Decision(adjustments=adjustments, lines=state.lines, **shown)
    if not told.is_blank():
        state.told = told


def _count(count: Any, row: dict[str, Any]) -> None:
    cell = rollup.cell_of(*(row[name] for name in rollup.KEY))
    amounts: tuple[Decimal, Decimal | None, Decimal | None] = (
        row["billed_amount"],
        row["allowed_amount"],
        row["paid_amount"],
    )
    count(cell, *amounts)
