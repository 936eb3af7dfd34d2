"""Claims of a batch from their rows and back: one query per table, whatever the number of claims."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db.models import Model

from upstream.claims import bulk, rollup
from upstream.claims.bulk import Id
from upstream.claims.denial_reasons import category_of
from upstream.claims.denied_amounts import denied_amount
from upstream.claims.first_seen import FirstDays, Sight
from upstream.claims.location_names import Locations
from upstream.claims.models import Adjustment as AdjustmentRow
from upstream.claims.models import Claim, ClaimDecision, ClaimLine, ClaimStatement, Remittance
from upstream.claims.service_groups import GroupIndex
from upstream.claims.takebacks import REVERSAL
from upstream.intake.writer.contents import Contents
from upstream.intake.writer.kept_statements import COLUMNS as STATEMENT_COLUMNS
from upstream.intake.writer.kept_statements import fold, statement_detail, statement_restored
from upstream.intake.writer.remittance import detail_of, restored
from upstream.intake.writer.state import DENIED, PARTIAL, Adjustment, ClaimState, Decision, Facts, Line, View

_FACTS = (
    "payer_id", "control_number", "frequency_code", "service_date", "submitted_date", "billed_amount",
    "authorization_number", "provider_npi", "location", "plan", "contract", "diagnosis_codes", "patient_id",
)  # fmt: skip
_SHOWN = (
    "procedure_code", "outcome", "decided_date", "paid_date", "allowed_amount", "paid_amount", "denial_code",
    "remark_codes", "payer_claim_number",
)  # fmt: skip
_DERIVED = (
    "service_group_id", "denial_category", "denied_amount", "location_told", "upload_id", "stated_by_id", "fingerprint",
)  # fmt: skip
_CLAIM_VALUES = (*_FACTS, *_SHOWN, *_DERIVED)
_CLAIM_COLUMNS = ("id", "claim_key", *_CLAIM_VALUES)
_counted = itemgetter(*map(_CLAIM_VALUES.index, rollup.COUNTED))
_place = itemgetter(*map(_CLAIM_VALUES.index, rollup.COUNTED[:3]))
_seen = itemgetter(*map(_CLAIM_VALUES.index, ("location", "provider_npi", "submitted_date", "decided_date")))
_PATIENT, _UPLOAD, _STATED_BY = map(_CLAIM_VALUES.index, ("patient_id", "upload_id", "stated_by_id"))
_LOCATION_TOLD = _CLAIM_VALUES.index("location_told")

_LINE_VALUES = (
    "number", "control_number", "procedure_code", "modifiers", "units", "service_date", "billed_amount", "stated",
    "allowed_amount", "paid_amount", "outcome", "denial_code", "remark_codes", "decided_date", "paid_date",
)  # fmt: skip
_LINE_COLUMNS = ("id", "claim_id", *_LINE_VALUES)
_ADJUSTMENT_VALUES = ("group_code", "reason_code", "amount", "quantity")
_ADJUSTMENT_COLUMNS = ("id", "claim_id", "line_id", *_ADJUSTMENT_VALUES)
_DECISION_VALUES = (
    "remittance_id", "sequence", "status_code", "outcome", "decided_date", "billed_amount", "paid_amount",
    "patient_responsibility", "payer_claim_number", "fingerprint", "upload_id",
)  # fmt: skip
_DECISION_COLUMNS = ("id", "claim_id", *_DECISION_VALUES, "patient_id", "detail")
# Of a stored decision, which begins with its id.
_STATUS, _DECIDED, _PAID, _DIGEST, _BROUGHT_BY = (
    1 + _DECISION_VALUES.index(name)
    for name in ("status_code", "decided_date", "paid_amount", "fingerprint", "upload_id")
)


@dataclass(slots=True)
class Entry:
    """One claim of a batch: its state, and how it stood in the database."""

    state: ClaimState
    new: bool
    values: Sequence[Any] = ()
    """_CLAIM_VALUES as stored, once something new is said of the claim."""
    lines: list[Line] = field(default_factory=list)
    decisions: list[tuple[Any, ...]] = field(default_factory=list)
    known: dict[tuple[Id | None, str], Id | None] = field(default_factory=dict)
    """Every decision's row by remittance and fingerprint; None for one not written yet."""
    kept: dict[Id, Id] = field(default_factory=dict)
    """Uploads of the statements as stored."""
    has_adjustments: bool = False
    shown: View | None = None
    changed: bool = False
    repeated: bool = False
    """Whether the upload has said in this batch what the claim's last statement says."""
    gone: bool = False
    """Nothing is left of it: the upload that told of it is taken back."""
    brought_by: Id | None = None
    """The upload that the claim stands by where it is not the one being written."""

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
        self,
        organization_id: UUID,
        upload_id: UUID,
        groups: GroupIndex,
        changes: rollup.Changes,
        contents: Contents,
        now: datetime,
        later: list[str] | None = None,
    ) -> None:
        """later: where statements are put that write the rows known to be new (`bulk.insert`)."""
        self._later = later
        self._organization_id = organization_id
        self._changes = changes
        self._contents = contents
        self._upload_id = bulk.stored(upload_id)
        self._groups = groups
        self._group_ids: dict[str, Id] = {}
        self._locations = Locations(organization_id)
        self._shared = bulk.shared(organization_id, now)
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
        columns = ("claim_id", "id", *_DECISION_VALUES, "patient_id", "detail")
        for claim_id, *row in bulk.select(
            ClaimDecision, columns, self._organization_id, "claim_id", entries, order=("id",)
        ):
            entries[claim_id].decisions.append(tuple(row))
            entries[claim_id].known[row[1], row[_DIGEST]] = row[0]

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
        self._load_statements(entries)
        for claim_id, entry in entries.items():
            adjustments = tuple(on_claim.get(claim_id, ()))
            entry.has_adjustments = bool(adjustments) or any(line.adjustments for line in entry.lines)
            _restore(entry, adjustments, payers)

    def _load_statements(self, entries: dict[Id, Entry]) -> None:
        told_apart = [
            claim_id
            for claim_id, entry in entries.items()
            if entry.state.fingerprint and entry.values[_STATED_BY] is None
        ]
        columns = ("claim_id", "id", "upload_id", "payer_id", "patient_id", "detail", "fingerprint")
        for claim_id, statement_id, upload_id, payer_id, patient_id, detail, fingerprint in bulk.select(
            ClaimStatement, columns, self._organization_id, "claim_id", told_apart, order=("id",)
        ):
            entry = entries[claim_id]
            entry.kept[statement_id] = upload_id
            entry.state.statements.append(
                statement_restored(
                    detail,
                    statement_id=statement_id,
                    upload_id=upload_id,
                    payer_id=payer_id,
                    patient_id=patient_id,
                    fingerprint=fingerprint,
                )
            )

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
        for entry in changed:
            _keep_apart(entry)
        new = [entry for entry in changed if entry.new]
        old = [entry for entry in changed if not entry.new]
        first_days = FirstDays()
        gone = [entry for entry in self.entries.values() if entry.gone]
        for entry in gone:
            self._leave(entry)
            first_days.moved(_sight(entry.values), None)
        self._delete([entry.state.id for entry in gone])
        self._locations.look_up()
        old_claims = list(self._claim_rows(old, first_days))
        if old_claims and self._later:
            # They may be tied to persons who lie ready.
            bulk.write_now(self._later)
        self._upsert(Claim, _CLAIM_COLUMNS, old_claims, _CLAIM_VALUES)
        self._insert(Claim, _CLAIM_COLUMNS, self._claim_rows(new, first_days))
        self._save_lines(old, new)
        self._save_statements(changed)
        self._save_decisions(changed)
        first_days.save(self._organization_id)
        self._contents.claims += [entry.state.id for entry in changed]

    def _insert(self, model: type[Model], columns: Sequence[str], rows: bulk.Rows) -> None:
        bulk.insert(model, columns, rows, shared=self._shared, later=self._later)

    def _upsert(
        self, model: type[Model], columns: Sequence[str], rows: Sequence[tuple[Any, ...]], replaced: Sequence[str]
    ) -> None:
        bulk.upsert(model, columns, rows, key=("id",), replaced=("updated_at", *replaced), shared=self._shared)

    def _claim_rows(self, entries: Iterable[Entry], first_days: FirstDays) -> Iterator[tuple[Any, ...]]:
        """Rows of claims, counted as they are made, without asking the database."""
        for entry in entries:
            values = self._claim_values(entry)
            self._leave(entry)
            self._enter(entry, values)
            first_days.moved(None if entry.new else _sight(entry.values), _sight(values))
            yield (entry.state.id, entry.state.claim_key, *values)

    def _save_statements(self, changed: Sequence[Entry]) -> None:
        new: list[tuple[Any, ...]] = []
        moved: list[tuple[Any, ...]] = []
        gone: list[Id] = []
        for entry in changed:
            if not (entry.kept or entry.state.statements):
                continue
            left = dict(entry.kept)
            for statement in entry.state.statements:
                known = left.pop(statement.id, None) if statement.id else None
                if known == statement.upload_id:
                    continue
                row = (
                    statement.id or self._new_id(), entry.state.id, statement.upload_id,
                    statement.facts.payer_id, statement.facts.patient_id, statement_detail(statement),
                    statement.fingerprint,
                )  # fmt: skip
                (new if known is None else moved).append(row)
            gone += left
        bulk.delete(ClaimStatement, self._organization_id, "id", gone)
        self._insert(ClaimStatement, STATEMENT_COLUMNS, new)
        self._upsert(ClaimStatement, STATEMENT_COLUMNS, moved, ("upload_id",))

    def _leave(self, entry: Entry) -> None:
        """Take the claim out of the roll-up as it stood."""
        if entry.new:
            return
        self._changes.leave(_counted(entry.values))
        for row in entry.decisions:
            if row[_STATUS] == REVERSAL:
                self._changes.reversed(_place(entry.values), row[_DECIDED], row[_PAID], sign=-1)

    def _enter(self, entry: Entry, values: Sequence[Any]) -> None:
        """Put it in as it stands."""
        self._changes.enter(_counted(values))
        for decision in entry.state.decisions:
            if decision.status_code == REVERSAL:
                self._changes.reversed(_place(values), decision.decided_date, decision.paid_amount)

    def _delete(self, ids: Sequence[Id]) -> None:
        for model in (AdjustmentRow, ClaimLine, ClaimDecision, ClaimStatement):
            bulk.delete(model, self._organization_id, "claim_id", ids)
        bulk.delete(Claim, self._organization_id, "id", ids)

    def _claim_values(self, entry: Entry) -> tuple[Any, ...]:
        view = entry.view
        facts = view.facts
        category = category_of(view.denial_code) if view.outcome in (DENIED, PARTIAL) else ""
        denied = denied_amount(view.outcome, facts.billed_amount, view.lines)
        location, location_told = self._locations.place(facts.location)
        return (
            facts.payer_id, facts.control_number, facts.frequency_code, facts.service_date, facts.submitted_date,
            facts.billed_amount, facts.authorization_number, facts.provider_npi, location, facts.plan,
            facts.contract, facts.diagnosis_codes, facts.patient_id,
            view.procedure_code, view.outcome, view.decided_date, view.paid_date, view.allowed_amount, view.paid_amount,
            view.denial_code, view.remark_codes, view.payer_claim_number,
            self._group_of(view.procedure_code), category, denied, location_told,
            entry.brought_by or self._upload_id, entry.state.stated_by, entry.state.fingerprint,
        )  # fmt: skip

    def _group_of(self, procedure_code: str) -> Id:
        group_id = self._group_ids.get(procedure_code)
        if group_id is None:
            group_id = self._group_ids[procedure_code] = bulk.stored(self._groups.group_of(procedure_code))
        return group_id

    def _save_lines(self, old: Sequence[Entry], new: Sequence[Entry]) -> None:
        """Lines keep their ids by number; adjustments are written anew with their claim."""
        new_lines: list[tuple[Any, ...]] = []
        old_lines: list[tuple[Any, ...]] = []
        adjustments: list[tuple[Any, ...]] = []
        gone: list[Id] = []
        for entry in old:
            stored = {line.number: line for line in entry.lines}
            for line in entry.view.lines:
                older = stored.pop(line.number, None)
                line_id = self._new_id() if older is None or older.id is None else older.id
                if older is None or older != line:
                    (new_lines if older is None else old_lines).append(self._line_row(line_id, entry.state.id, line))
                adjustments += self._adjustment_rows(entry.state.id, line_id, line.adjustments)
            gone += [line.id for line in stored.values() if line.id is not None]
            adjustments += self._adjustment_rows(entry.state.id, None, entry.view.adjustments)
        adjusted = [entry.state.id for entry in old if entry.has_adjustments]
        bulk.delete(AdjustmentRow, self._organization_id, "claim_id", adjusted)
        bulk.delete(ClaimLine, self._organization_id, "id", gone)
        self._upsert(ClaimLine, _LINE_COLUMNS, old_lines, _LINE_VALUES[1:])
        self._insert(ClaimLine, _LINE_COLUMNS, chain(new_lines, self._first_lines(new, adjustments)))
        self._insert(AdjustmentRow, _ADJUSTMENT_COLUMNS, adjustments)

    def _first_lines(self, new: Iterable[Entry], adjustments: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """Lines of new claims, with what was taken off put among `adjustments`; without asking the database."""
        for entry in new:
            claim_id, view = entry.state.id, entry.view
            for line in view.lines:
                line_id = self._new_id()
                yield self._line_row(line_id, claim_id, line)
                if line.adjustments:
                    adjustments += self._adjustment_rows(claim_id, line_id, line.adjustments)
            if view.adjustments:
                adjustments += self._adjustment_rows(claim_id, None, view.adjustments)

    def _line_row(self, line_id: Id, claim_id: Id, line: Line) -> tuple[Any, ...]:
        return (
            line_id, claim_id, line.number, line.control_number, line.procedure_code, line.modifiers,
            line.units, line.service_date, line.billed_amount, line.stated, line.allowed_amount, line.paid_amount,
            line.outcome, line.denial_code, line.remark_codes, line.decided_date, line.paid_date,
        )  # fmt: skip

    def _adjustment_rows(
        self, claim_id: Id, line_id: Id | None, adjustments: Sequence[Adjustment]
    ) -> list[tuple[Any, ...]]:
        return [(self._new_id(), claim_id, line_id, *adjustment) for adjustment in adjustments]

    def _save_decisions(self, changed: Sequence[Entry]) -> None:
        """Decisions are written once; what a file told of one stands beside those of remittances, where it counts."""
        new: list[tuple[Any, ...]] = []
        moved: list[tuple[Any, ...]] = []
        superseded: list[Id] = []
        for entry in changed:
            state = entry.state
            if not (state.decisions or entry.decisions):
                continue
            told = state.told_in_force if state.decisions else None
            held = [*state.decisions, *([told] if told is not None else ())]
            stored = {row[0]: row[_BROUGHT_BY] for row in entry.decisions}
            for decision in held:
                if decision.id is None:
                    new.append(self._decision_row(self._new_id(), state.id, decision))
                elif decision.upload_id != stored[decision.id]:
                    moved.append(self._decision_row(decision.id, state.id, decision))
            kept = {decision.id for decision in held}
            superseded += [row_id for row_id in stored if row_id not in kept]
        self._contents.rows += [row[0] for row in new]
        bulk.delete(ClaimDecision, self._organization_id, "id", superseded)
        self._insert(ClaimDecision, _DECISION_COLUMNS, new)
        self._upsert(ClaimDecision, _DECISION_COLUMNS, moved, ("upload_id", "sequence"))

    def _decision_row(self, decision_id: Id, claim_id: Id, decision: Decision) -> tuple[Any, ...]:
        return (
            decision_id, claim_id, decision.remittance_id, decision.sequence, decision.status_code,
            decision.outcome, decision.decided_date, decision.billed_amount, decision.paid_amount,
            decision.patient_responsibility, decision.payer_claim_number, decision.fingerprint, decision.upload_id,
            None if decision.facts is None else decision.facts.patient_id, detail_of(decision),
        )  # fmt: skip


def _keep_apart(entry: Entry) -> None:
    """Keep what was stated where decisions hide it: what files told of one, or what remittances add to the facts."""
    state = entry.state
    if state.stated_by is None or not state.decisions:
        return
    if state.told is not None or entry.view.facts != state.facts or any(line.outcome for line in state.lines):
        state.keep()


def _sight(values: Sequence[Any]) -> Sight:
    location, npi, submitted, decided = _seen(values)
    return location, npi, submitted or decided


def _restore(entry: Entry, adjustments: tuple[Adjustment, ...], payers: dict[Id, Id]) -> None:
    """The statement and the decisions a stored claim was made from."""
    state, values = entry.state, entry.values
    told: Decision | None = None
    for decision_id, *columns, patient_id, detail in entry.decisions:
        decision = Decision(id=decision_id, **dict(zip(_DECISION_VALUES, columns, strict=True)))
        payer_id = None if decision.remittance_id is None else payers[decision.remittance_id]
        restored(decision, detail, payer_id=payer_id, patient_id=patient_id)
        if decision.remittance_id is None:
            told = decision
        else:
            state.decisions.append(decision)
    if not state.fingerprint:
        return
    if state.statements:
        fold(state)
        if told is not None and told == state.told:
            # Its row stands as it is.
            state.told = told
        return
    state.stated_by, state.told = values[_STATED_BY], told
    state.facts = Facts(*values[: len(_FACTS)])
    state.facts.location = values[_LOCATION_TOLD] or state.facts.location
    state.lines = [line for line in entry.lines if line.stated]
    if state.decisions:
        # What remittances decided on them is theirs.
        state.lines = [line.undecided() for line in state.lines]
        return
    # All the row shows comes from files: that is what they told.
    shown = dict(zip(_SHOWN[1:], values[len(_FACTS) + 1 :], strict=False))
    lines = state.lines if len(state.lines) == len(entry.lines) else entry.lines
    told = Decision(**shown, adjustments=adjustments, lines=lines)
    state.told = None if told.is_blank() else told
