"""The steps of the intake benchmark, each in a process of its own: prepare, upload, peer. The last line is JSON."""

import csv
import io
import json
import resource
import sys
import time
from datetime import date
from decimal import Decimal
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from benchmarks.intake.files import PAYERS, claims_csv, remittance_835  # noqa: E402
from upstream.accounts import services as accounts  # noqa: E402
from upstream.accounts.models import Organization  # noqa: E402
from upstream.claims import rollup  # noqa: E402
from upstream.claims.models import Claim, ClaimLine, Patient, Payer, RollupDay, RollupSlice  # noqa: E402
from upstream.claims.service_groups import GroupIndex, ensure_service_groups  # noqa: E402
from upstream.core.models import JobState  # noqa: E402
from upstream.core.worker import carry_out  # noqa: E402
from upstream.intake.services import receive_upload  # noqa: E402


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def prepare() -> dict[str, float]:
    call_command("migrate", verbosity=0)
    for slug in ("bench", "peer"):
        accounts.create_organization(name=slug, slug=slug)
    return {}


def upload(kind: str, count: int, patients: int, seed: int) -> dict[str, float]:
    """From the file's bytes to the last committed row, as a web process and a worker would do it."""
    made = remittance_835(count, patients, seed) if kind == "835" else claims_csv(count, patients, seed)
    if kind == "csv-again":
        made += b"\n"
    organization = Organization.objects.get(slug="bench")
    pieces = [made[at : at + 65_536] for at in range(0, len(made), 65_536)]
    del made
    started = time.perf_counter()
    received = receive_upload(actor=accounts.system_actor(organization.pk), file_name=f"bench.{kind}", chunks=pieces)
    assert received.job is not None
    carry_out(received.job.pk)
    seconds = time.perf_counter() - started
    received.refresh_from_db()
    received.job.refresh_from_db()
    assert received.job.state == JobState.SUCCEEDED, received.job.error_message
    told = received.claims_created + received.claims_updated + received.claims_unchanged
    assert told == count, (told, count)
    assert rollup.recompute(organization.pk) == []
    return {"seconds": seconds, "megabytes": megabytes()}


def peer(count: int, patients: int, seed: int) -> dict[str, float]:
    """The plain way: read with csv.DictReader, create the same rows with bulk_create, one transaction, no checks."""
    text = claims_csv(count, patients, seed).decode()
    organization = Organization.objects.get(slug="peer")
    started = time.perf_counter()
    with transaction.atomic():
        _bulk_create(organization, csv.DictReader(io.StringIO(text)))
    return {"seconds": time.perf_counter() - started, "megabytes": megabytes()}


def _bulk_create(organization: Organization, rows: Any) -> None:
    own = {"organization": organization}
    groups = GroupIndex(ensure_service_groups(organization.pk))
    payers = {name: Payer(name=name, name_key=name.lower(), **own) for name in PAYERS}
    Payer.unscoped.bulk_create(payers.values())
    people: dict[str, Patient] = {}
    made: list[Claim] = []
    lines: list[ClaimLine] = []
    slices: dict[tuple[Any, ...], RollupSlice] = {}
    days: dict[tuple[Any, ...], RollupDay] = {}

    def day(cell: str) -> date | None:
        return date.fromisoformat(cell) if cell else None

    def money(cell: str) -> Decimal | None:
        return Decimal(cell) if cell else None

    for row in rows:
        person = people.get(row["member_id"])
        if person is None:
            person = people[row["member_id"]] = Patient(
                reference=row["patient_id"], name=row["patient_name"], birth_date=day(row["patient_dob"]),
                member_number=row["member_id"], identity_index=row["member_id"], **own,
            )  # fmt: skip
        facts = {
            "procedure_code": row["procedure_code"], "service_date": day(row["service_date"]),
            "billed_amount": Decimal(row["billed_amount"]), "allowed_amount": money(row["allowed_amount"]),
            "paid_amount": money(row["paid_amount"]), "denial_code": row["denial_code"],
        }  # fmt: skip
        claim = Claim(
            claim_key=row["claim_id"], control_number=row["claim_id"], payer=payers[row["payer"]], patient=person,
            service_group_id=groups.group_of(row["procedure_code"]), outcome=row["outcome"].upper(),
            submitted_date=day(row["submitted_date"]), decided_date=day(row["decided_date"]),
            paid_date=day(row["paid_date"]), location=row["location"], provider_npi=row["provider_npi"],
            diagnosis_codes=row["diagnosis_codes"], **facts, **own,
        )  # fmt: skip
        made.append(claim)
        line = ClaimLine(claim=claim, number=1, modifiers=row["modifiers"], units=Decimal(row["units"]), **facts, **own)
        lines.append(line)
        for key in ((claim.payer_id, claim.service_group_id, ""), (claim.payer_id, None, claim.location)):
            if key not in slices:
                names = ("payer_id", "service_group_id", "location")
                slices[key] = RollupSlice(**dict(zip(names, key, strict=True)), **own)
            for on in {claim.submitted_date, claim.decided_date, claim.paid_date} - {None}:
                entry = days.setdefault((*key, on), RollupDay(slice=slices[key], day=on, **own))
                entry.submitted += on == claim.submitted_date
                entry.decided += on == claim.decided_date
    Patient.unscoped.bulk_create(people.values(), batch_size=2_000)
    Claim.unscoped.bulk_create(made, batch_size=2_000)
    ClaimLine.unscoped.bulk_create(lines, batch_size=2_000)
    RollupSlice.unscoped.bulk_create(slices.values(), batch_size=2_000)
    RollupDay.unscoped.bulk_create(days.values(), batch_size=2_000)


if __name__ == "__main__":
    name, *rest = sys.argv[1:]
    if name == "prepare":
        result = prepare()
    elif name == "upload":
        result = upload(rest[0], *map(int, rest[1:]))
    else:
        result = peer(*map(int, rest))
    print(json.dumps(result))
