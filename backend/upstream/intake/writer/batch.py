"""One batch of records: what each does to its claim, counted one by one, and written together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from uuid import UUID

from upstream.claims import bulk, rollup
from upstream.claims.bulk import Id
from upstream.claims.claim_keys import control_number_key, digest
from upstream.claims.payers import PayerDirectory, payer_key
from upstream.claims.service_groups import GroupIndex, ensure_service_groups
from upstream.core.money import ZERO
from upstream.intake.records import ClaimRecord, DecisionRecord, Finding
from upstream.intake.report import DecidedClaim
from upstream.intake.writer import remittance as remittances
from upstream.intake.writer import statement
from upstream.intake.writer.contents import Contents
from upstream.intake.writer.people import People, Told, told_of
from upstream.intake.writer.remittance_rows import OpenRemittance, RemittanceRows, RemittanceSpan
from upstream.intake.writer.state import PENDING, Decision
from upstream.intake.writer.state import Statement as StatedClaim
from upstream.intake.writer.store import Entry, Store


@dataclass(slots=True)
class Counts:
    """What the records of a batch came to; amounts in USD as the file tells them."""

    rows_read: int = 0
    lines_read: int = 0
    claims_created: int = 0
    claims_updated: int = 0
    claims_unchanged: int = 0
    rows_quarantined: int = 0
    billed_total: Decimal = ZERO
    paid_total: Decimal = ZERO


@dataclass(slots=True)
class Statement:
    """A record of a CSV, an 837 or FHIR, with all that is made of it before the database is asked."""

    record: ClaimRecord
    told: Told | None
    """Whom it names."""
    occurrence: int
    """Which of several anonymous rows alike it is."""
    key: str = field(init=False)
    """Of its claim; empty where the record has no control number."""
    contents: blake2b = field(init=False)
    stated: StatedClaim = field(init=False)

    def __post_init__(self) -> None:
        self.key = control_number_key(self.record.control_number)
        self.contents = statement.contents_of(self.record)
        self.stated = statement.statement_of(self.record)


@dataclass(slots=True)
class Announced:
    """A record of an 835 with its place in its remittance, from 1."""

    record: DecisionRecord
    remittance: OpenRemittance
    sequence: int
    fingerprint: str


#: CLM05-3: first, continuing and last bill of a stay, and late charges alone.
INTERIM_BILLS = frozenset("2345")

_Keyed = tuple[str, Statement | Announced, str]
"""Claim key, record, and the record's fingerprint."""


def content_key(record: ClaimRecord, patient_id: Id | None, occurrence: int) -> str:
    """Claim key of a row without a control number: payer, procedures, days, person and amount; never its decision.

    Rows that name no person either are told apart by `occurrence` only.
    """
    procedures = [f"{line.procedure_code} {' '.join(line.modifiers)}" for line in record.lines]
    return "content:" + digest(
        payer_key(record.payer_name or record.payer_identifier),
        *procedures,
        record.service_date,
        record.submitted_date,
        record.billed_amount,
        patient_id or f"{payer_key(record.location)} {occurrence}",
    )


def decision_key(record: DecisionRecord, remittance: OpenRemittance) -> str:
    """Claim key of a decision without a control number: the payer's own number of the claim."""
    payer = payer_key(remittance.record.payer_name or remittance.record.payer_identifier)
    return "content:" + digest(payer, record.payer_claim_number, record.service_date, abs(record.billed_amount))


class Batch:
    """Works on the records of one batch in a transaction that holds `one_writer`."""

    def __init__(self, organization_id: UUID, upload_id: UUID, people: People, now: datetime) -> None:
        self._upload_id = bulk.stored(upload_id)
        self._people = people
        self._now = now
        self._payers = PayerDirectory(organization_id)
        self._organization_id = organization_id
        self._changes = rollup.Changes()
        groups = GroupIndex(ensure_service_groups(organization_id))
        self.contents = Contents()
        self.later: list[str] = []
        """Statements that write the rows which lie ready (`bulk.insert`)."""
        self._store = Store(organization_id, upload_id, groups, self._changes, self.contents, now, self.later)
        self._remittances = RemittanceRows(organization_id, upload_id, self._changes, self.contents, now)
        self._payer_ids: dict[tuple[str, str], Id] = {}
        self._patients: dict[Told, Id] = {}
        self._decided: list[tuple[Entry, Announced, Decision]] = []
        self.counts = Counts()
        self.findings: list[Finding] = []

    def write(self, records: Sequence[Statement | Announced], ends: Sequence[RemittanceSpan]) -> None:
        """Apply the records in their order and write what changed.

        ends: every remittance that stands in the batch, with its end where that stands in it too.
        """
        self._remittances.open([remittance for remittance, _ in ends], self._payers)
        self._meet(record.told for record in records if isinstance(record, Statement))
        keyed = [self._keyed(record) for record in records]
        self._load(keyed)
        for key, record, fingerprint in keyed:
            if isinstance(record, Statement):
                self._state(key, record, fingerprint)
            else:
                self._decide(key, record)
        for remittance, end in ends:
            if end is not None:
                self._remittances.close(remittance, end)
        self._payers.save()
        self._remittances.save()
        self._store.save()
        self.contents.seen += [(entry.state.id, 0) for entry in self._store.entries.values() if entry.repeated]
        self._changes.append(self._organization_id, later=self.later)

    def decided(self) -> list[DecidedClaim]:
        """The decisions that were not known before, once they are written."""
        return [_decided_claim(entry, announced, decision) for entry, announced, decision in self._decided]

    # Which claims, and what is known of them

    def _keyed(self, record: Statement | Announced) -> _Keyed:
        if isinstance(record, Announced):
            key = control_number_key(record.record.control_number) or decision_key(record.record, record.remittance)
            return key, record, record.fingerprint
        patient_id = record.stated.facts.patient_id = self._patient_id(record.told)
        record.stated.fingerprint = statement.fingerprint_of(record.contents, patient_id)
        key = record.key or content_key(record.record, patient_id, record.occurrence)
        return key, record, record.stated.fingerprint

    def _load(self, keyed: Sequence[_Keyed]) -> None:
        """Rows of all claims; lines and decisions only of those about which something new is said."""
        store = self._store
        decided = any(isinstance(record, Announced) for _, record, _ in keyed)
        store.load({key for key, _, _ in keyed}, whole=decided)
        news = [
            (key, record)
            for key, record, fingerprint in keyed
            if key in store.entries
            and (isinstance(record, Announced) or fingerprint != store.entries[key].state.fingerprint)
        ]
        store.load_decisions({key: None for key, _ in news})
        store.restore(
            {
                key: None
                for key, record in news
                if isinstance(record, Statement) or not _knows(store.entries[key], record)
            }
        )
        # A remittance's patient is of interest only where the claim has none.
        self._meet(
            told_of(record.record.patient)
            for key, record, _ in keyed
            if isinstance(record, Announced) and self._stranger(store.entries.get(key), record)
        )

    def _stranger(self, entry: Entry | None, announced: Announced) -> bool:
        if announced.record.status_code == remittances.PREDETERMINATION:
            return False
        return entry is None or (entry.patient_id is None and not _knows(entry, announced))

    def _meet(self, tellings: Iterable[Told | None]) -> None:
        self._patients |= self._people.resolve(tellings, self._now, later=self.later)

    def _patient_id(self, told: Told | None) -> Id | None:
        return None if told is None else self._patients.get(told)

    def _payer_id(self, name: str, identifier: str) -> Id:
        payer_id = self._payer_ids.get((name, identifier))
        if payer_id is None:
            payer_id = self._payer_ids[name, identifier] = bulk.stored(self._payers.resolve(name, identifier))
        return payer_id

    # What a record does

    def _state(self, key: str, named: Statement, fingerprint: str) -> None:
        counts, record = self.counts, named.record
        counts.rows_read += record.rows
        counts.lines_read += len(record.lines)
        counts.billed_total += record.billed_amount
        counts.paid_total += record.paid_amount or ZERO
        entry = self._store.entries.get(key)
        if entry is not None and entry.state.fingerprint == fingerprint:
            counts.claims_unchanged += 1
            entry.repeated = True
            return
        stated_now = named.stated
        stated_now.facts.payer_id = self._payer_id(record.payer_name, record.payer_identifier)
        if entry is None:
            state = self._store.new(key).state
            state.stated_by = self._upload_id
            statement.apply_statement(state, stated_now)
            counts.claims_created += 1
            return
        state, before = entry.state, entry.view
        told, stated = state.told_in_force, state.fingerprint != ""
        if not stated:
            state.stated_by = self._upload_id
        elif state.stated_by == self._upload_id:
            # No single row of another file says the same.
            stated_now.fingerprint = digest(state.fingerprint, fingerprint)
        else:
            self._keep(entry, stated_now)
        statement.apply_statement(state, stated_now)
        entry.shown = None
        if stated:
            self._note(entry, record, before.outcome)
        # Without remittances all that was told of a decision is in view.
        if entry.view == before and (state.told_in_force == told or not state.decisions) and stated:
            counts.claims_unchanged += 1
            return
        entry.changed = True
        counts.claims_updated += 1

    def _keep(self, entry: Entry, stated_now: StatedClaim) -> None:
        """Each upload's statements apart from those of others."""
        state = entry.state
        state.keep()
        if entry.repeated:
            entry.repeated = False
            state.statements.append(replace(state.statements[-1], upload_id=self._upload_id, id=None))
        stated_now.upload_id = self._upload_id
        state.statements.append(stated_now)
        entry.changed = True

    def _decide(self, key: str, announced: Announced) -> None:
        counts, record = self.counts, announced.record
        counts.rows_read += record.rows
        counts.lines_read += len(record.lines)
        counts.billed_total += record.billed_amount
        counts.paid_total += record.paid_amount
        entry = self._store.entries.get(key)
        if record.status_code == remittances.PREDETERMINATION:
            counts.claims_unchanged += 1
            return
        if entry is not None and _knows(entry, announced):
            counts.claims_unchanged += 1
            known = entry.known[announced.remittance.id, announced.fingerprint]
            if known is not None:
                self.contents.seen.append((known, announced.sequence))
            return
        if entry is None:
            entry = self._store.new(key)
            counts.claims_created += 1
        else:
            counts.claims_updated += 1
        entry.known[announced.remittance.id, announced.fingerprint] = None
        decision = remittances.decision_of(
            record,
            remittance_id=announced.remittance.id,
            payer_id=announced.remittance.payer_id,
            patient_id=self._patient_id(told_of(record.patient)),
            payment_date=announced.remittance.payment_date,
            sequence=announced.sequence,
            fingerprint=announced.fingerprint,
        )
        decision.upload_id = self._upload_id
        entry.state.decisions.append(decision)
        self._decided.append((entry, announced, decision))
        entry.shown = None
        entry.changed = True

    def _note(self, entry: Entry, record: ClaimRecord, outcome_before: str) -> None:
        """Tell what a person would want to know of a record that met its claim again."""
        if record.frequency_code in INTERIM_BILLS and record.outcome is None:
            message = (
                f"The claim at segment {record.position} is an interim or late bill (CLM05-3 is "
                f"{record.frequency_code}) under a number that has a bill already, in whose place it stands now. To "
                "have them counted apart, give each bill a number (CLM01) of its own."
            )
            self.findings.append(Finding(record.position, "warning", "interim_bill", message))
        if record.line_keyed or record.answer or record.outcome is None:
            return
        if record.outcome == "pending" and outcome_before != PENDING:
            message = f"Line {record.position} says pending, but the claim was decided before: the decision was kept."
            self.findings.append(Finding(record.position, "info", "decision_kept", message))
        same_file = entry.new or entry.upload_id == self._upload_id
        if same_file and record.control_number:
            message = (
                f"Line {record.position} tells of a claim that stands in this file already, differently: the later row "
                "counts. If the rows are lines of one claim, add a column line_number."
            )
            self.findings.append(Finding(record.position, "warning", "claim_repeated", message))


def _knows(entry: Entry, announced: Announced) -> bool:
    """Whether the claim has this decision of this remittance already."""
    return (announced.remittance.id, announced.fingerprint) in entry.known


def _decided_claim(entry: Entry, announced: Announced, decision: Decision) -> DecidedClaim:
    payment, record = announced.remittance, announced.record
    return DecidedClaim(
        payment.record.payer_name or payment.record.payer_identifier,
        "" if decision.outcome == PENDING else decision.outcome,
        decision.denial_code,
        record.control_number,
        entry.view.procedure_code,
        bool(record.billed_amount),
        decision.allowed_amount is not None,
        entry.view.facts.service_date,
        entry.view.facts.submitted_date,
        payment.payment_date,
    )
