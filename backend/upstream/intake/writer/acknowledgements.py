"""Submissions and what acknowledges them, as rows: they find each other by key when they are read, in any order.

Each is known again by a digest of all it says, so that the same file again adds nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from upstream.claims import bulk
from upstream.claims.acknowledgements import claim_standing, syntax_standing
from upstream.claims.claim_keys import control_number_key, digest
from upstream.claims.models import ClaimAcknowledgement, Submission, SubmissionAcknowledgement
from upstream.intake.records import (
    ClaimAcknowledgementRecord,
    StatusRecord,
    SubmissionAcknowledgementRecord,
    SubmissionRecord,
)
from upstream.intake.writer.contents import Contents

_BASE = ("id", "created_at", "updated_at", "organization_id", "upload_id", "fingerprint")
_COLUMNS: dict[type, tuple[str, ...]] = {
    Submission: ("sender", "group_number", "set_number", "submitter", "batch_reference", "submitted_date", "claims"),
    SubmissionAcknowledgement: (
        "kind", "sender", "acknowledged_date", "group_number", "set_number", "batch_reference", "provider_npi", "code",
        "standing", "errors", "statuses", "accepted", "rejected", "accepted_amount", "rejected_amount",
    ),
    ClaimAcknowledgement: (
        "claim_key", "source", "batch", "acknowledged_date", "standing", "amount", "statuses", "payer_claim_number",
        "bill_type", "service_date",
    ),
}  # fmt: skip

Acknowledging = SubmissionRecord | SubmissionAcknowledgementRecord | ClaimAcknowledgementRecord


def write_acknowledging(
    organization_id: UUID, upload_id: UUID, records: Sequence[Acknowledging], contents: Contents, now: datetime
) -> int:
    """Write what is new among the records, in a transaction that holds `one_writer`; how many are acknowledgements."""
    rows: dict[type, dict[str, tuple[Any, ...]]] = {model: {} for model in _COLUMNS}
    for record in records:
        if isinstance(record, SubmissionRecord):
            # Its place counts too: some senders number all sets of a file alike.
            rows[Submission][digest(*astuple(record))] = (
                record.sender, record.group_number, record.set_number, record.submitter, record.batch_reference,
                record.submitted_date, record.claims,
            )  # fmt: skip
        elif isinstance(record, SubmissionAcknowledgementRecord):
            rows[SubmissionAcknowledgement][_fingerprint_of(record)] = _of_submission(record)
        else:
            batch = _fingerprint_of(record.batch) if record.batch.batch_reference else ""
            values = _of_claim(record, batch)
            rows[ClaimAcknowledgement][digest(*values)] = values
    stamp = (bulk.stored(now), bulk.stored(now), bulk.stored(organization_id), bulk.stored(upload_id))
    new_id = bulk.ordered_ids()
    for model, told in rows.items():
        known = dict(bulk.select(model, ("fingerprint", "id"), organization_id, "fingerprint", told))
        contents.seen += [(row_id, 0) for row_id in known.values()]
        new = [(new_id(), *stamp, key, *values) for key, values in told.items() if key not in known]
        contents.rows += [row[0] for row in new]
        bulk.insert(model, (*_BASE, *_COLUMNS[model]), new)
    return sum(not isinstance(record, SubmissionRecord) for record in records)


def _fingerprint_of(record: SubmissionAcknowledgementRecord) -> str:
    return digest(*astuple(record)[1:])


def _of_submission(record: SubmissionAcknowledgementRecord) -> tuple[Any, ...]:
    standing = (
        claim_standing(_categories(record.statuses), record.code)
        if record.kind == "X12_277CA"
        else syntax_standing(record.code)
    )
    return (
        record.kind, record.sender, record.acknowledged_date, record.group_number, record.set_number,
        record.batch_reference, record.provider_npi, record.code, str(standing), _json(record.errors),
        _json(record.statuses), record.accepted, record.rejected, record.accepted_amount, record.rejected_amount,
    )  # fmt: skip


def _of_claim(record: ClaimAcknowledgementRecord, batch: str) -> tuple[Any, ...]:
    return (
        control_number_key(record.control_number), record.source, batch, record.acknowledged_date,
        str(claim_standing(_categories(record.statuses), record.action_code)), record.amount, _json(record.statuses),
        record.payer_claim_number, record.bill_type, record.service_date,
    )  # fmt: skip


def _categories(statuses: Iterable[StatusRecord]) -> list[str]:
    """Those of the claim as a whole; lines are told besides."""
    return [status.category for status in statuses if not status.procedure_code]


def _json(records: Iterable[Any]) -> str:
    return orjson.dumps([astuple(record) for record in records]).decode()
