"""Authorizations as rows: every answer is kept, known again by a digest of all it says."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from upstream.claims import bulk
from upstream.claims.claim_keys import digest
from upstream.claims.models import Authorization
from upstream.claims.payers import PayerDirectory
from upstream.intake.records import AuthorizationRecord
from upstream.intake.writer.contents import Contents
from upstream.intake.writer.people import People, told_of

_COLUMNS = (
    "id", "created_at", "updated_at", "organization_id", "upload_id", "fingerprint", "payer_id", "patient_id",
    "authorization_number", "action_code", "reason_codes", "trace_number", "answered_date", "quantity", "unit",
    "valid_from", "valid_through", "services",
)  # fmt: skip


def write_authorizations(
    organization_id: UUID,
    upload_id: UUID,
    records: Sequence[AuthorizationRecord],
    people: People,
    contents: Contents,
    now: datetime,
) -> None:
    """Write what is new among the records, in a transaction that holds `one_writer`."""
    if not records:
        return
    payers = PayerDirectory(organization_id)
    patients = people.resolve((told_of(record.patient) for record in records), now)
    told: dict[str, tuple[Any, ...]] = {}
    for record in records:
        person = told_of(record.patient)
        patient_id = None if person is None else patients.get(person)
        values = (
            bulk.stored(payers.resolve(record.payer_name, record.payer_identifier)), patient_id,
            record.authorization_number, record.action_code, " ".join(record.reason_codes), record.trace_number,
            record.answered_date, record.quantity, record.unit, record.valid_from, record.valid_through,
            orjson.dumps([astuple(service) for service in record.services], default=str).decode(),
        )  # fmt: skip
        # The payer as it was told: rows may be merged since.
        told[digest(record.payer_name, record.payer_identifier, *values[1:])] = values
    payers.save()
    stamp = (bulk.stored(now), bulk.stored(now), bulk.stored(organization_id), bulk.stored(upload_id))
    new_id = bulk.ordered_ids()
    known = dict(bulk.select(Authorization, ("fingerprint", "id"), organization_id, "fingerprint", told))
    new = [(new_id(), *stamp, key, *values) for key, values in told.items() if key not in known]
    contents.seen += [(row_id, 0) for row_id in known.values()]
    contents.rows += [row[0] for row in new]
    bulk.insert(Authorization, _COLUMNS, new)
