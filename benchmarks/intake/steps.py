"""The steps of the intake benchmark, each in a process of its own. The last line is JSON."""

import csv
import io
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import chain, islice, pairwise
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from benchmarks.intake.files import PAYERS, claims_csv, remittance_835  # noqa: E402
from upstream.accounts import services as accounts  # noqa: E402
from upstream.accounts.models import Organization  # noqa: E402
from upstream.claims import rollup  # noqa: E402
from upstream.claims.denial_reasons import category_of  # noqa: E402
from upstream.claims.models import Claim, ClaimLine, FirstSeen, Patient, Payer  # noqa: E402
from upstream.claims.payers import payer_key  # noqa: E402
from upstream.claims.service_groups import GroupIndex, ensure_service_groups  # noqa: E402
from upstream.core import scope  # noqa: E402
from upstream.core.models import JobState  # noqa: E402
from upstream.core.worker import JobRun, carry_out  # noqa: E402
from upstream.intake.models import Upload  # noqa: E402
from upstream.intake.records import DecisionRecord  # noqa: E402
from upstream.intake.services import receive_upload  # noqa: E402
from upstream.intake.writer.people import (  # noqa: E402
    ALL_INDEXES,
    BIRTH_DATE,
    IDENTITY,
    MEMBER_NUMBER,
    NAME,
    REFERENCE,
    Told,
    identity_text,
)
from upstream.intake.x12.remittance import read_835  # noqa: E402
from upstream.phi import blind_index  # noqa: E402

scope.enter(scope.ALL)

ORGANIZATIONS = ("bare", "people", "peer", "small")
PURPOSES = (IDENTITY, NAME, BIRTH_DATE, MEMBER_NUMBER, REFERENCE)
TODAY = date(2026, 6, 1)


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def prepare() -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    for slug in ORGANIZATIONS:
        accounts.create_organization(name=slug, slug=slug, is_demo=True)
    return {}


def receive(slug: str, kind: str, count: int, patients: int, seed: int) -> dict[str, Any]:
    """A file as a web process takes it in: encrypted, hashed, stored."""
    organization = Organization.objects.get(slug=slug)
    chunks: Iterable[bytes] = claims_csv(count, patients, seed)
    if kind == "835":
        chunks = [remittance_835(count, patients, seed)]
    if kind == "csv-again":
        chunks = chain(chunks, [b"\n"])
    actor = accounts.system_actor(organization.pk)
    return {"upload": str(receive_upload(actor=actor, file_name=f"bench.{kind}", chunks=chunks).pk)}


def carry(upload_id: str) -> dict[str, Any]:
    """The upload's job from its start to the last committed row; quiet: most seconds without progress being written."""
    upload = Upload.unscoped.get(pk=upload_id)
    moments: list[float] = []
    progress, extend = JobRun.progress, JobRun.extend

    def noted_progress(run: JobRun, *told: Any) -> None:
        before = run._reported
        progress(run, *told)
        if run._reported != before:
            moments.append(time.perf_counter())

    def noted_beat(run: JobRun, **told: Any) -> bool:
        extended = extend(run, **told)
        if told:
            moments.append(time.perf_counter())
        return extended

    JobRun.progress, JobRun.extend = noted_progress, noted_beat  # type: ignore[method-assign]
    before, started = megabytes(), time.perf_counter()
    assert upload.job is not None
    carry_out(upload.job.pk)
    ended = time.perf_counter()
    upload.refresh_from_db()
    upload.job.refresh_from_db()
    assert upload.job.state == JobState.SUCCEEDED, upload.job.error_message
    told = upload.claims_created + upload.claims_updated + upload.claims_unchanged
    quiet = max(later - earlier for earlier, later in pairwise(sorted([started, *moments, ended])))
    return {"seconds": ended - started, "claims": told, "megabytes": megabytes(), "quiet": quiet, "before": before}


def verify(slug: str) -> dict[str, Any]:
    """Whether the roll-up is what the claims come to."""
    assert rollup.recompute(Organization.objects.get(slug=slug).pk) == []
    return {}


def copy(slug: str) -> dict[str, Any]:
    """The claims and lines of an organization, which stands alone in them, by COPY into the same tables, emptied."""
    organization = Organization.objects.get(slug=slug)
    assert not Claim.unscoped.exclude(organization=organization).exists()
    tables = [model._meta.db_table for model in (Claim, ClaimLine)]
    seconds = 0.0
    # As the tables' owner, who may empty them, and for whom COPY goes into tables with row-level security.
    with tempfile.TemporaryDirectory() as folder, connection.as_owner(), connection.cursor() as cursor:
        for table in tables:
            with open(f"{folder}/{table}", "wb") as file, cursor.copy(f"COPY {table} TO STDOUT") as rows:
                for row in rows:
                    file.write(row)
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        started = time.perf_counter()
        with transaction.atomic():
            for table in tables:
                with open(f"{folder}/{table}", "rb") as file, cursor.copy(f"COPY {table} FROM STDIN") as rows:
                    while piece := file.read(1 << 20):
                        rows.write(piece)
        seconds = time.perf_counter() - started
    return {"seconds": seconds, "claims": Claim.unscoped.count()}


def read(count: int, patients: int, seed: int) -> dict[str, Any]:
    """An 835 read from memory, nothing written; megabytes: by which the process grows."""
    made = remittance_835(count, patients, seed)
    pieces = [made[at : at + 65_536] for at in range(0, len(made), 65_536)]
    del made
    for _ in read_835(pieces[:1], today=TODAY):
        pass
    before, started = megabytes(), time.perf_counter()
    decisions = sum(isinstance(record, DecisionRecord) for record in read_835(pieces, today=TODAY))
    seconds = time.perf_counter() - started
    assert decisions == count, decisions
    return {"seconds": seconds, "claims": count, "megabytes": megabytes() - before}


def peer(count: int, patients: int, seed: int) -> dict[str, Any]:
    """The plain way to the same rows: csv.DictReader, models, bulk_create some thousands at once, one transaction.

    It checks nothing, looks nothing up and cannot go on half-way, but ends with the same claims, lines, people with
    their blind indexes, first days and roll-up, for which it counts the claims once they are there.
    """
    text = io.StringIO(b"".join(claims_csv(count, patients, seed)).decode())
    organization = Organization.objects.get(slug="peer")
    started = time.perf_counter()
    with transaction.atomic():
        _bulk_create(organization, csv.DictReader(text))
        rollup.rebuild(organization.pk)
    return {"seconds": time.perf_counter() - started, "claims": count, "megabytes": megabytes()}


def _bulk_create(organization: Organization, rows: Iterator[dict[str, str]]) -> None:
    own = {"organization": organization}
    groups = GroupIndex(ensure_service_groups(organization.pk))
    payers = {name: Payer(name=name, name_key=payer_key(name), **own) for name in PAYERS}
    Payer.unscoped.bulk_create(payers.values())
    identity_of, *index_of = (blind_index.indexer(organization.pk, purpose) for purpose in PURPOSES)
    people: dict[str, Patient] = {}
    first: dict[tuple[str, str], date] = {}

    def day(cell: str) -> date | None:
        return date.fromisoformat(cell) if cell else None

    def money(cell: str) -> Decimal | None:
        return Decimal(cell) if cell else None

    def patient(row: dict[str, str]) -> Patient:
        told = Told(row["patient_id"], row["patient_name"], day(row["patient_dob"]), row["member_id"])
        texts = (told.name, f"{told.birth_date:%Y%m%d}", told.member_number, told.reference)
        indexes = [index(blind_index.normalised(text)) for index, text in zip(index_of, texts, strict=True)]
        return Patient(
            **told._asdict(), identity_index=identity_of(identity_text(told)),
            **dict(zip(ALL_INDEXES[1:], indexes, strict=True)), **own,
        )  # fmt: skip

    while part := list(islice(rows, 5_000)):
        met: list[Patient] = []
        made: list[Claim] = []
        lines: list[ClaimLine] = []
        for row in part:
            person = people.get(row["member_id"])
            if person is None:
                person = people[row["member_id"]] = patient(row)
                met.append(person)
            denied = row["outcome"] == "denied"
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
                diagnosis_codes=row["diagnosis_codes"], denied_amount=facts["billed_amount"] if denied else 0,
                denial_category=category_of(row["denial_code"]) if denied else "", **facts, **own,
            )  # fmt: skip
            made.append(claim)
            lines.append(
                ClaimLine(
                    claim=claim, number=1, modifiers=row["modifiers"], units=Decimal(row["units"]), **facts, **own
                )
            )
            for seen in ((FirstSeen.Kind.LOCATION, claim.location), (FirstSeen.Kind.PROVIDER, claim.provider_npi)):
                first[seen] = min(first.get(seen, claim.submitted_date), claim.submitted_date)
        Patient.unscoped.bulk_create(met)
        Claim.unscoped.bulk_create(made)
        ClaimLine.unscoped.bulk_create(lines)
    seen_first = (FirstSeen(kind=kind, value=value, first_on=on, **own) for (kind, value), on in first.items())
    FirstSeen.unscoped.bulk_create(seen_first)


def same(*slugs: str) -> dict[str, Any]:
    """Whether two organizations have the same claims, lines and people; what only the intake keeps is left aside."""
    one, other = (Organization.objects.get(slug=slug).pk for slug in slugs)
    kept = {
        "id",
        "created_at",
        "updated_at",
        "organization",
        "payer",
        "service_group",
        "patient",
        "upload",
        "stated_by",
    }
    kept |= {"fingerprint", "claim", *ALL_INDEXES}
    for model, order, more in (
        (Claim, "claim_key", ("payer__name", "service_group__name", "patient__member_number")),
        (ClaimLine, "claim__claim_key", ("claim__claim_key",)),
        (Patient, "id", ()),
    ):
        names = [field.name for field in model._meta.concrete_fields if field.name not in kept]
        of_one, of_other = (
            model.objects.for_organization(home).order_by(order).values_list(*names, *more).iterator(10_000)
            for home in (one, other)
        )
        if model is Patient:
            of_one, of_other = (iter(sorted(rows, key=str)) for rows in (of_one, of_other))
        assert all(left == right for left, right in zip(of_one, of_other, strict=True)), model
    return {}


STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    "prepare": prepare,
    "receive": receive,
    "carry": carry,
    "verify": verify,
    "copy": copy,
    "read": read,
    "peer": peer,
    "same": same,
}

if __name__ == "__main__":
    name, *rest = sys.argv[1:]
    print(json.dumps(STEPS[name](*(int(each) if each.isdigit() else each for each in rest))))
