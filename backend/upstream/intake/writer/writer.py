"""Cuts what a reader yields into batches and commits each with its counts: a run goes on where one broke off."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field

from django.db import transaction

from upstream.claims import bulk, rollup
from upstream.claims.claim_keys import control_number_key, digest
from upstream.core import clock
from upstream.core.worker import JobRun
from upstream.intake import quarantine, rejected, report
from upstream.intake.models import Upload
from upstream.intake.records import (
    AuthorizationRecord,
    ClaimAcknowledgementRecord,
    ClaimRecord,
    DecisionRecord,
    Finding,
    Problem,
    RemittanceEnd,
    RemittanceRecord,
    SubmissionAcknowledgementRecord,
    SubmissionRecord,
    UnreadableFile,
)
from upstream.intake.writer import remittance as remittances
from upstream.intake.writer.acknowledgements import Acknowledging, write_acknowledging
from upstream.intake.writer.authorizations import write_authorizations
from upstream.intake.writer.batch import Announced, Batch, Counts, Statement, content_key
from upstream.intake.writer.people import People, Told, identity_text, told_of
from upstream.intake.writer.remittance_rows import OpenRemittance, RemittanceSpan

Record = (
    ClaimRecord
    | DecisionRecord
    | RemittanceRecord
    | RemittanceEnd
    | Acknowledging
    | AuthorizationRecord
    | Problem
    | Finding
)

#: A batch holds its job's row until it is committed: no progress is written for as long.
BATCH_RECORDS = 4_000
#: Findings kept of one file, and of one kind among them.
MOST_FINDINGS, MOST_FINDINGS_OF_A_KIND = 500, 100


_ANONYMOUS = "anonymous_rows"
_ANONYMOUS_MESSAGE = (
    "From this line on there are rows that name neither a claim nor a patient. Each is counted as a claim of its own; "
    "a later file finds them again only in the same order. A column claim_id makes that safe."
)


@dataclass(slots=True)
class _Gathered:
    """Records of a batch, in the order of the file."""

    number: int = 0
    records: list[Statement | Announced] = field(default_factory=list)
    remittances: list[RemittanceSpan] = field(default_factory=list)
    acknowledging: list[Acknowledging] = field(default_factory=list)
    authorizations: list[AuthorizationRecord] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class Writer:
    """Writes one upload. Everything is a function of the file and of what is stored, so a run may be repeated."""

    def __init__(self, upload: Upload, run: JobRun, *, batch_records: int = BATCH_RECORDS) -> None:
        self._upload = upload
        self._run = run
        self._batch_records = batch_records
        self._people = People(upload.organization_id)
        self._remittance: OpenRemittance | None = None
        self._sequence = 0
        self._alike: Counter[str] = Counter()
        self._anonymous_told = any(finding["code"] == _ANONYMOUS for finding in upload.findings)
        self._gathered = _Gathered()

    def write(self, records: Iterable[Record], after_batch: Callable[[], None]) -> None:
        """Write all records but those committed by an earlier run; `after_batch` is called when a batch is committed.

        Raises UnreadableFile where the reader does, with everything before that place committed.
        """
        with bulk.uncollected():
            ahead = _Ahead(self._batches(records))
            ahead.read()
            while (gathered := ahead.take()) is not None:
                self._commit(gathered, ahead)
                after_batch()
        after_batch()

    def _batches(self, records: Iterable[Record]) -> Iterator[_Gathered]:
        """Full batches, and what is left of the records at their end or where the reader gives up."""
        skipped = self._upload.records_committed
        try:
            for number, record in enumerate(records, 1):
                self._gather(record)
                if number <= skipped:
                    self._gathered = self._fresh()
                    continue
                self._gathered.number += 1
                if self._gathered.number >= self._batch_records:
                    yield self._prepared()
                    self._gathered = self._fresh()
        except UnreadableFile:
            if self._gathered.number:
                yield self._prepared()
            raise
        if self._gathered.number:
            yield self._prepared()

    def _prepared(self) -> _Gathered:
        """The gathered batch, with what takes no database done."""
        self._people.expect(item.told for item in self._gathered.records if isinstance(item, Statement))
        return self._gathered

    def _fresh(self) -> _Gathered:
        """An empty batch; a remittance that is open reaches into it."""
        return _Gathered(remittances=[(self._remittance, None)] if self._remittance is not None else [])

    def _gather(self, record: Record) -> None:
        """Put a record into the batch, numbered so that each can be told from others that say the same."""
        gathered = self._gathered
        if isinstance(record, ClaimRecord):
            told = told_of(record.patient)
            gathered.records.append(Statement(record, told, self._occurrence(record, told)))
        elif isinstance(record, DecisionRecord):
            if self._remittance is None:
                gathered.problems.append(_unplaceable(record))
            else:
                gathered.records.append(self._announced(record, self._remittance))
        elif isinstance(record, RemittanceRecord):
            self._alike.clear()
            self._sequence = 0
            self._remittance = OpenRemittance(record, record.payment_date) if record.payment_date is not None else None
            if self._remittance is not None:
                gathered.remittances.append((self._remittance, None))
        elif isinstance(record, RemittanceEnd):
            if self._remittance is not None:
                gathered.remittances[-1] = (self._remittance, record)
            self._remittance = None
        elif isinstance(record, SubmissionRecord | SubmissionAcknowledgementRecord | ClaimAcknowledgementRecord):
            gathered.acknowledging.append(record)
        elif isinstance(record, AuthorizationRecord):
            gathered.authorizations.append(record)
        elif isinstance(record, Problem):
            gathered.problems.append(record)
        else:
            gathered.findings.append(record)

    def _occurrence(self, record: ClaimRecord, told: Told | None) -> int:
        """Rows that name neither claim nor person are claims of their own, however alike: the first, the second, …"""
        if control_number_key(record.control_number):
            return 0
        if told is not None and identity_text(told):
            return 0
        if not self._anonymous_told:
            self._anonymous_told = True
            self._gathered.findings.append(Finding(record.position, "info", _ANONYMOUS, _ANONYMOUS_MESSAGE))
        return self._count_alike(content_key(record, None, 0))

    def _announced(self, record: DecisionRecord, remittance: OpenRemittance) -> Announced:
        self._sequence += 1
        fingerprint = remittances.fingerprint_of(record)
        occurrence = self._count_alike(fingerprint)
        return Announced(
            record, remittance, self._sequence, digest(fingerprint, occurrence) if occurrence else fingerprint
        )

    def _count_alike(self, digest_of_record: str) -> int:
        self._alike[digest_of_record] += 1
        return self._alike[digest_of_record] - 1

    def _commit(self, gathered: _Gathered, ahead: "_Ahead") -> None:
        upload = self._upload
        with transaction.atomic():
            rollup.one_writer(upload.organization_id, self._run.waiting())
            self._run.fence()
            # How far the run has come stands in the same transaction, and its end waits for all of them.
            bulk.commit_without_waiting()
            now = clock.now()
            batch = Batch(upload.organization_id, upload.pk, self._people, now)
            batch.write(gathered.records, gathered.remittances)
            home, contents = upload.organization_id, batch.contents
            if gathered.acknowledging or gathered.authorizations:
                # They look for the claims that they are of, and for persons.
                bulk.write_now(batch.later)
            upload.rows_read += write_acknowledging(home, upload.pk, gathered.acknowledging, contents, now)
            write_authorizations(home, upload.pk, gathered.authorizations, self._people, contents, now)
            upload.rows_read += len(gathered.authorizations)
            contents.rows += self._people.written
            self._people.written = []
            contents.save(home, upload.pk, now, later=batch.later)
            claims = [item.record for item in gathered.records if isinstance(item, Statement)]
            problems = rejected.settle_by(upload, claims, gathered.problems, now)
            quarantine.keep(upload, problems)
            self._add(batch.counts, len(problems))
            report.count(upload.report, claims, batch.decided(), problems)
            self._tell(gathered.findings + batch.findings)
            upload.records_committed += gathered.number
            upload.save(update_fields=_WRITTEN)
            with bulk.written_meanwhile(batch.later), self._run.within_transaction():
                # What is done goes first: it is as much again as what is read.
                gathered.records.clear()
                del batch, claims, problems, contents
                ahead.read()

    def _add(self, counts: Counts, problems: int) -> None:
        upload = self._upload
        for name, value in asdict(counts).items():
            setattr(upload, name, getattr(upload, name) + value)
        upload.rows_read += problems

    def _tell(self, findings: list[Finding]) -> None:
        kept = self._upload.findings
        of_kind = Counter(finding["code"] for finding in kept)
        for finding in findings:
            if len(kept) >= MOST_FINDINGS:
                return
            of_kind[finding.code] += 1
            if of_kind[finding.code] <= MOST_FINDINGS_OF_A_KIND:
                kept.append(asdict(finding))


class _Ahead:
    """Reads the next batch while the database is busy with the one before."""

    def __init__(self, batches: Iterator[_Gathered]) -> None:
        self._batches = batches
        self._next: _Gathered | None = None
        self._error: Exception | None = None

    def read(self) -> None:
        """Read it without raising anything, for what was written before is to be committed."""
        try:
            self._next = next(self._batches, None)
        except Exception as error:
            self._next, self._error = None, error

    def take(self) -> _Gathered | None:
        """The batch that was read; None behind the last. Raises what stopped the reader."""
        if self._error is not None:
            raise self._error
        return self._next


_WRITTEN = [
    "rows_read", "lines_read", "claims_created", "claims_updated", "claims_unchanged", "rows_quarantined",
    "quarantine_truncated", "billed_total", "paid_total", "findings", "report", "records_committed", "updated_at",
]  # fmt: skip


def _unplaceable(record: DecisionRecord) -> Problem:
    return Problem(
        record.position,
        "BPR16",
        "payment_date",
        f"The claim at segment {record.position} stands in a remittance without a payment date (BPR16 or DTM*405), "
        "so its decision cannot be placed in time. Ask the payer for a corrected file.",
        "",
    )
