"""Claims of a batch from their rows and back: one query per table, whatever the number of claims."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from upstream.claims import bulk, rollup
from upstream.claims.bulk import Id
from upstream.claims.denial_reasons import category_of
from upstream.claims.denied_amounts import denied_amount
from upstream.claims.first_seen import FirstDays, Sight
from upstream.claims.models import Adjustment as AdjustmentRow
from upstream.claims.models import Claim, ClaimDecision, ClaimLine, Remittance
from upstream.claims.service_groups import GroupIndex
from upstream.claims.takebacks import REVERSAL
from upstream.intake.writer.remittance import detail_of, restored
from upstream.intake.writer.state import DENIED, PARTIAL, Adjustment, ClaimState, Decision, Facts, Line, View

_BASE = ("id", "created_at", "updated_at", "organization_id")
_FACTS = (
    "payer_id", "control_number", "frequency_code", "service_date", "submitted_date", "billed_amount",
    "authorization_number", "provider_npi", "location", "plan", "contract", "diagnosis_codes", "patient_id",
)  # fmt: skip
_SHOWN = (
    "procedure_code", "outcome", "decided_date", "paid_date", "allowed_amount", "paid_amount", "denial_code",
    "remark_codes", "payer_claim_number",
)  # fmt: skip
_DERIVED = ("service_group_id", "denial_category", "denied_amount", "upload_id", "fingerprint")
_CLAIM_VALUES = (*_FACTS, *_SHOWN, *_DERIVED)
_CLAIM_COLUMNS = (*_BASE, "claim_key", *_CLAIM_VALUES)
_counted = itemgetter(*map(_CLAIM_VALUES.index, rollup.COUNTED))
_place = itemgetter(*map(_CLAIM_VALUES.index, rollup.COUNTED[:3]))
_seen = itemgetter(*map(_CLAIM_VALUES.index, ("location", "provider_npi", "submitted_date", "decided_date")))
_PATIENT, _UPLOAD = _CLAIM_VALUES.index("patient_id"), _CLAIM_VALUES.index("upload_id")

_LINE_VALUES = (
    "number", "control_number", "procedure_code", "modifiers", "units", "service_date", "billed_amount", "stated",
    "allowed_amount", "paid_amount", "outcome", "denial_code", "remark_codes",
)  # fmt: skip
_LINE_COLUMNS = (*_BASE, "claim_id", *_LINE_VALUES)
_ADJUSTMENT_VALUES = ("group_code", "reason_code", "amount", "quantity")
_ADJUSTMENT_COLUMNS = (*_BASE, "claim_id", "line_id", *_ADJUSTMENT_VALUES)
_DECISION_VALUES = (
    "remittance_id", "sequence", "status_code", "outcome", "decided_date", "billed_amount", "paid_amount",
    "patient_responsibility", "payer_claim_number", "fingerprint",
)  # fmt: skip
_DECISION_COLUMNS = (*_BASE, "claim_id", *_DECISION_VALUES, "detail")
# Of a stored decision, which begins with its id.
_STATUS, _DECIDED, _PAID = (1 + _DECISION_VALUES.index(name) for name in ("status_code", "decided_date", "paid_amount"))


@dataclass(slots=True)
class Entry:
    """One claim of a batch: its state, and how it stood in the database."""

    state: ClaimState
    new: bool
    values: Sequence[Any] = ()
    """_CLAIM_VALUES as stored, once something new is said of the claim."""
    lines: list[Line] = field(default_factory=list)
    decisions: list[tuple[Any, ...]] = field(default_factory=list)
    known: set[tuple[Id | None, str]] = field(default_factory=set)
    """Remittance and fingerprint of every decision."""
    has_adjustments: bool = False
    shown: View | None = None
    changed: bool = False

    @property
    def view(self) -> View:
        if self.shown is None:
            self.shown = self.state.view()
        return self.shown

    @property
    def patient_id(self) -> Id | None:
        """Whom the claim was for, as it is stored."""
        return self.values[_PATIENT] if self.values else None

    @property
    def upload_id(self) -> Id | None:
        """The upload that changed it last, as it is stored."""
        return self.values[_UPLOAD] if self.values else None


class Store:
    """Reads and writes the claims of one batch, in a transaction that holds `one_writer`."""

    def __init__(
        self, organization_id: UUID, upload_id: UUID, groups: GroupIndex, changes: rollup.Changes, now: datetime
    ) -> None:
        self._organization_id = organization_id
        self._changes = changes
        self._upload_id = bulk.stored(upload_id)
        self._groups = groups
        self._group_ids: dict[str, Id] = {}
        self._stamp = (bulk.stored(now), bulk.stored(now), bulk.stored(organization_id))
        self._new_id = bulk.ordered_ids()
        self.entries: dict[str, Entry] = {}

    # Reading

    def load(self, keys: Iterable[str], *, whole: bool) -> None:
        """Which of these claims are stored, and what each said last; `whole` where more of most will be asked for."""
        columns = ("id", "claim_key", *(_CLAIM_VALUES if whole else ("fingerprint",)))
        for claim_id, key, *values in bulk.select(Claim, columns, self._organization_id, "claim_key", keys):
            self.entries[key] = Entry(ClaimState(claim_id, key, values[-1]), new=False, values=values if whole else ())

    def new(self, key: str) -> Entry:
        """A claim nothing is known of yet."""
        entry = self.entries[key] = Entry(ClaimState(self._new_id(), key), new=True, changed=True)
        return entry

    def load_decisions(self, keys: Iterable[str]) -> None:
        """Which decisions these claims have. Not to be called twice for one claim."""
        entries = {self.entries[key].state.id: self.entries[key] for key in keys}
        columns = ("claim_id", "id", *_DECISION_VALUES, "detail")
        for claim_id, *row in bulk.select(
            ClaimDecision, columns, self._organization_id, "claim_id", entries, order=("id",)
        ):
            entries[claim_id].decisions.append(tuple(row))
            entries[claim_id].known.add((row[1], row[10]))

    def restore(self, keys: Iterable[str]) -> None:
        """All of these claims, whose decisions are loaded: what files stated of them and what was decided."""
        entries = {self.entries[key].state.id: self.entries[key] for key in keys}
        organization_id = self._organization_id
        partial = [claim_id for claim_id, entry in entries.items() if not entry.values]
        for claim_id, *values in bulk.select(Claim, ("id", *_CLAIM_VALUES), organization_id, "id", partial):
            entries[claim_id].values = values
        on_claim, on_line = self._load_adjustments(entries)
        columns = ("claim_id", "id", *_LINE_VALUES)
        for claim_id, line_id, *values in bulk.select(
            ClaimLine, columns, organization_id, "claim_id", entries, order=("claim_id", "number")
        ):
            line = Line(*values)
            line.id, line.adjustments = line_id, tuple(on_line.get(line_id, ()))
            entries[claim_id].lines.append(line)
        remittances = {row[1] for entry in entries.values() for row in entry.decisions if row[1] is not None}
        payers = dict(bulk.select(Remittance, ("id", "payer_id"), organization_id, "id", remittances))
        for claim_id, entry in entries.items():
            adjustments = tuple(on_claim.get(claim_id, ()))
            entry.has_adjustments = bool(adjustments) or any(line.adjustments for line in entry.lines)
            _restore(entry, adjustments, payers)

    def _load_adjustments(self, ids: Iterable[Id]) -> tuple[dict[Id, list[Adjustment]], dict[Id, list[Adjustment]]]:
        on_claim: dict[Id, list[Adjustment]] = defaultdict(list)
        on_line: dict[Id, list[Adjustment]] = defaultdict(list)
        columns = ("claim_id", "line_id", *_ADJUSTMENT_VALUES)
        for claim_id, line_id, *values in bulk.select(
            AdjustmentRow, columns, self._organization_id, "claim_id", ids, order=("id",)
        ):
            adjustment: Adjustment = (values[0], values[1], values[2], values[3])
            (on_claim[claim_id] if line_id is None else on_line[line_id]).append(adjustment)
        return on_claim, on_line

    # Writing

    def save(self) -> None:
        """Write what is new or changed, and count it for the roll-up."""
        changed = [entry for entry in self.entries.values() if entry.changed]
        first_days = FirstDays()
        new_claims: list[tuple[Any, ...]] = []
        old_claims: list[tuple[Any, ...]] = []
        for entry in changed:
            values = self._claim_values(entry)
            row = (entry.state.id, *self._stamp, entry.state.claim_key, *values)
            (new_claims if entry.new else old_claims).append(row)
            self._count(entry, values)
            first_days.moved(None if entry.new else _sight(entry.values), _sight(values))
        bulk.insert(Claim, _CLAIM_COLUMNS, new_claims)
        bulk.upsert(Claim, _CLAIM_COLUMNS, old_claims, key=("id",), replaced=("updated_at", *_CLAIM_VALUES))
        self._save_lines(changed)
        self._save_decisions(changed)
        first_days.save(self._organization_id)

    def _count(self, entry: Entry, values: Sequence[Any]) -> None:
        """Take the claim out of the roll-up as it stood, and put it in as it stands."""
        changes = self._changes
        if not entry.new:
            changes.leave(_counted(entry.values))
            for row in entry.decisions:
                if row[_STATUS] == REVERSAL:
                    changes.reversed(_place(entry.values), row[_DECIDED], row[_PAID], sign=-1)
        changes.enter(_counted(values))
        for decision in entry.state.decisions:
            if decision.status_code == REVERSAL:
                changes.reversed(_place(values), decision.decided_date, decision.paid_amount)

    def _claim_values(self, entry: Entry) -> tuple[Any, ...]:
        view = entry.view
        facts = view.facts
        category = category_of(view.denial_code) if view.outcome in (DENIED, PARTIAL) else ""
        denied = denied_amount(view.outcome, facts.billed_amount, view.lines)
        return (
            facts.payer_id, facts.control_number, facts.frequency_code, facts.service_date, facts.submitted_date,
            facts.billed_amount, facts.authorization_number, facts.provider_npi, facts.location, facts.plan,
            facts.contract, facts.diagnosis_codes, facts.patient_id,
            view.procedure_code, view.outcome, view.decided_date, view.paid_date, view.allowed_amount, view.paid_amount,
            view.denial_code, view.remark_codes, view.payer_claim_number,
            self._group_of(view.procedure_code), category, denied, self._upload_id, entry.state.fingerprint,
        )  # fmt: skip

    def _group_of(self, procedure_code: str) -> Id:
        group_id = self._group_ids.get(procedure_code)
        if group_id is None:
            group_id = self._group_ids[procedure_code] = bulk.stored(self._groups.group_of(procedure_code))
        return group_id

    def _save_lines(self, changed: Sequence[Entry]) -> None:
        """Lines keep their ids by number; adjustments are written anew with their claim."""
        stamp, new_id = self._stamp, self._new_id
        new_lines: list[tuple[Any, ...]] = []
        old_lines: list[tuple[Any, ...]] = []
        adjustments: list[tuple[Any, ...]] = []
        gone: list[Id] = []
        for entry in changed:
            claim_id = entry.state.id
            stored = {line.number: line for line in entry.lines}
            for line in entry.view.lines:
                older = stored.pop(line.number, None)
                line_id = new_id() if older is None or older.id is None else older.id
                if older is None or older != line:
                    row = (
                        line_id, *stamp, claim_id, line.number, line.control_number, line.procedure_code,
                        line.modifiers, line.units, line.service_date, line.billed_amount, line.stated,
                        line.allowed_amount, line.paid_amount, line.outcome, line.denial_code, line.remark_codes,
                    )  # fmt: skip
                    (new_lines if older is None else old_lines).append(row)
                for adjustment in line.adjustments:
                    adjustments.append((new_id(), *stamp, claim_id, line_id, *adjustment))
            gone += [line.id for line in stored.values() if line.id is not None]
            for adjustment in entry.view.adjustments:
                adjustments.append((new_id(), *stamp, claim_id, None, *adjustment))
        bulk.delete(AdjustmentRow, "claim_id", [entry.state.id for entry in changed if entry.has_adjustments])
        bulk.delete(ClaimLine, "id", gone)
        bulk.insert(ClaimLine, _LINE_COLUMNS, new_lines)
        bulk.upsert(ClaimLine, _LINE_COLUMNS, old_lines, key=("id",), replaced=("updated_at", *_LINE_VALUES[1:]))
        bulk.insert(AdjustmentRow, _ADJUSTMENT_COLUMNS, adjustments)

    def _save_decisions(self, changed: Sequence[Entry]) -> None:
        """Decisions are written once; what a file told of one stands beside those of remittances, where it counts."""
        new: list[tuple[Any, ...]] = []
        superseded: list[Id] = []
        for entry in changed:
            state = entry.state
            if not state.decisions:
                continue
            held = [*state.decisions, *([state.told] if state.told is not None else ())]
            new += [self._decision_row(state.id, decision) for decision in held if decision.id is None]
            kept = {decision.id for decision in held}
            superseded += [row[0] for row in entry.decisions if row[0] not in kept]
        bulk.delete(ClaimDecision, "id", superseded)
        bulk.insert(ClaimDecision, _DECISION_COLUMNS, new)

    def _decision_row(self, claim_id: Id, decision: Decision) -> tuple[Any, ...]:
        return (
            self._new_id(), *self._stamp, claim_id, decision.remittance_id, decision.sequence, decision.status_code,
            decision.outcome, decision.decided_date, decision.billed_amount, decision.paid_amount,
            decision.patient_responsibility, decision.payer_claim_number, decision.fingerprint, detail_of(decision),
        )  # fmt: skip


def _sight(values: Sequence[Any]) -> Sight:
    location, npi, submitted, decided = _seen(values)
    return location, npi, submitted or decided


def _restore(entry: Entry, adjustments: tuple[Adjustment, ...], payers: dict[Id, Id]) -> None:
    """The statement and the decisions a stored claim was made from."""
    state, values = entry.state, entry.values
    for decision_id, *columns, detail in entry.decisions:
        decision = Decision(id=decision_id, **dict(zip(_DECISION_VALUES, columns, strict=True)))
        payer_id = None if decision.remittance_id is None else payers[decision.remittance_id]
        restored(decision, detail, payer_id=payer_id, patient_id=entry.patient_id)
        if decision.remittance_id is None:
            state.told = decision
        else:
            state.decisions.append(decision)
    if not state.fingerprint:
        return
    state.facts = Facts(*values[: len(_FACTS)])
    state.lines = [line for line in entry.lines if line.stated]
    if not state.decisions:
        # All the row shows comes from files: that is what they told.
        shown = dict(zip(_SHOWN[1:], values[len(_FACTS) + 1 :], strict=False))
        lines = state.lines if len(state.lines) == len(entry.lines) else entry.lines
        told = Decision(**shown, adjustments=adjustments, lines=lines)
        state.told = None if told.is_blank() else told
