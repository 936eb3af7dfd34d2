"""Remittances as rows: known again by payer, trace number and payment date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from upstream.claims import bulk, rollup
from upstream.claims.bulk import Id
from upstream.claims.models import Remittance, RemittanceTelling
from upstream.claims.payers import PayerDirectory
from upstream.claims.takebacks import recouped
from upstream.core.money import ZERO
from upstream.intake.records import RemittanceEnd, RemittanceRecord
from upstream.intake.writer.contents import Contents

_COLUMNS = (
    "id", "created_at", "updated_at", "organization_id", "upload_id", "payer_id", "trace_number", "payment_amount",
    "payment_method", "payment_date", "claims_paid_total", "provider_adjustments", "balanced",
)  # fmt: skip


TELLING_COLUMNS = (
    "id", "created_at", "updated_at", "organization_id", "remittance_id", "upload_id", "payment_amount",
    "payment_method", "claims_paid_total", "provider_adjustments", "balanced", "ended_at",
)  # fmt: skip


@dataclass(slots=True, eq=False)
class OpenRemittance:
    """A remittance being read; it may reach over several batches. `RemittanceRows.open` fills in its ids."""

    record: RemittanceRecord
    payment_date: date
    id: Id = ""
    payer_id: Id = ""


RemittanceSpan = tuple[OpenRemittance, RemittanceEnd | None]
"""A remittance that stands in a batch, and its end where that stands there too."""

_Key = tuple[Id, str, date]


class RemittanceRows:
    """Finds and writes the remittances of one batch."""

    def __init__(
        self, organization_id: UUID, upload_id: UUID, changes: rollup.Changes, contents: Contents, now: datetime
    ) -> None:
        self._organization_id = organization_id
        self._changes = changes
        self._contents = contents
        self._upload_id = bulk.stored(upload_id)
        self._now = bulk.stored(now)
        self._new_id = bulk.ordered_ids()
        self._rows: dict[Id, dict[str, Any]] = {}
        self._new: list[Id] = []
        self._changed: dict[Id, None] = {}
        self._tellings: dict[Id, dict[str, Any]] = {}
        """This upload's own account of remittances that another one tells of too."""

    def open(self, remittances: Sequence[OpenRemittance], payers: PayerDirectory) -> None:
        """Give each the id of the row it is known by, or a new row's; one query."""
        traces = {remittance.record.trace_number for remittance in remittances}
        known: dict[_Key, Id] = {}
        for values in bulk.select(Remittance, _COLUMNS, self._organization_id, "trace_number", traces):
            row = dict(zip(_COLUMNS, values, strict=True))
            row["provider_adjustments"] = _json(orjson.loads(row["provider_adjustments"]))
            self._rows[row["id"]] = row
            known[row["payer_id"], row["trace_number"], row["payment_date"]] = row["id"]
        for remittance in remittances:
            record = remittance.record
            remittance.payer_id = bulk.stored(payers.resolve(record.payer_name, record.payer_identifier))
            key = (remittance.payer_id, record.trace_number, remittance.payment_date)
            if key not in known:
                known[key] = self._new_id()
                self._rows[known[key]] = self._row(known[key], remittance)
                self._new.append(known[key])
            remittance.id = known[key]
        self._tell({remittance.id: remittance for remittance in remittances})

    def _tell(self, remittances: dict[Id, OpenRemittance]) -> None:
        """Keep apart what each upload tells of a remittance, once there are two of them."""
        met = [each for each in remittances if each not in self._new]
        told: dict[Id, list[dict[str, Any]]] = {each: [] for each in met}
        for values in bulk.select(RemittanceTelling, TELLING_COLUMNS, self._organization_id, "remittance_id", met):
            telling = dict(zip(TELLING_COLUMNS, values, strict=True))
            telling["provider_adjustments"] = _json(orjson.loads(telling["provider_adjustments"]))
            told[telling["remittance_id"]].append(telling)
        new: list[dict[str, Any]] = []
        for remittance_id in met:
            row, own = self._rows[remittance_id], self._upload_id
            if not told[remittance_id]:
                if row["upload_id"] in (own, None):
                    continue
                new.append(first_telling(row, self._new_id()))
            mine = next((each for each in told[remittance_id] if each["upload_id"] == own), None)
            if mine is None:
                record = remittances[remittance_id].record
                mine = dict.fromkeys(TELLING_COLUMNS) | {
                    "id": self._new_id(), "created_at": self._now, "updated_at": self._now,
                    "organization_id": row["organization_id"], "remittance_id": remittance_id, "upload_id": own,
                    "payment_amount": record.payment_amount, "payment_method": record.payment_method,
                    "provider_adjustments": "[]", "balanced": False,
                }  # fmt: skip
                new.append(mine)
                self._contents.rows.append(remittance_id)
            self._tellings[remittance_id] = mine
        bulk.insert(RemittanceTelling, TELLING_COLUMNS, [tuple(each[name] for name in TELLING_COLUMNS) for each in new])

    def _row(self, remittance_id: Id, remittance: OpenRemittance) -> dict[str, Any]:
        record = remittance.record
        return {
            "id": remittance_id,
            "created_at": self._now,
            "organization_id": bulk.stored(self._organization_id),
            "upload_id": self._upload_id,
            "payer_id": remittance.payer_id,
            "trace_number": record.trace_number,
            "payment_amount": record.payment_amount,
            "payment_method": record.payment_method,
            "payment_date": remittance.payment_date,
            "claims_paid_total": ZERO,
            "provider_adjustments": "[]",
            "balanced": False,
        }

    def close(self, remittance: OpenRemittance, end: RemittanceEnd) -> None:
        """What the whole remittance came to."""
        row = self._rows[remittance.id]
        pairs = [[entry.reason_code, entry.reference, str(entry.amount)] for entry in end.provider_adjustments]
        told = {
            "claims_paid_total": end.paid_total,
            "provider_adjustments": _json(pairs),
            "balanced": end.balanced,
        }
        if remittance.id in self._tellings:
            self._tellings[remittance.id].update(told, ended_at=self._now)
        if any(row[name] != value for name, value in told.items()):
            at = (row["payer_id"], row["payment_date"])
            self._changes.recouped(*at, recouped(orjson.loads(row["provider_adjustments"])), sign=-1)
            self._changes.recouped(*at, recouped(pairs))
            row.update(told)
            self._changed[remittance.id] = None

    def save(self) -> None:
        """Write new remittances and those whose end was met."""
        new = set(self._new)
        bulk.insert(Remittance, _COLUMNS, [self._values(remittance_id) for remittance_id in self._new])
        changed = [self._values(remittance_id) for remittance_id in self._changed if remittance_id not in new]
        replaced = ("updated_at", "claims_paid_total", "provider_adjustments", "balanced")
        bulk.upsert(Remittance, _COLUMNS, changed, key=("id",), replaced=replaced)
        tellings = [tuple(each[name] for name in TELLING_COLUMNS) for each in self._tellings.values()]
        bulk.upsert(RemittanceTelling, TELLING_COLUMNS, tellings, key=("id",), replaced=TELLING_COLUMNS[6:])
        self._contents.rows += self._new

    def _values(self, remittance_id: Id) -> tuple[Any, ...]:
        row = self._rows[remittance_id] | {"updated_at": self._now}
        return tuple(row[name] for name in _COLUMNS)


def first_telling(row: dict[str, Any], telling_id: Id) -> dict[str, Any]:
    """What the only upload told that has told of a remittance so far, from the remittance's own row."""
    return {name: row[name] for name in TELLING_COLUMNS if name in row} | {
        "id": telling_id, "updated_at": row["created_at"], "remittance_id": row["id"], "ended_at": row["created_at"],
    }  # fmt: skip


def _json(value: object) -> str:
    return orjson.dumps(value).decode()
