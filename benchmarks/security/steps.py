"""One step of the benchmark, in a process of its own: `python -m benchmarks.security.steps NAME …`."""

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "backend"))

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402

from benchmarks.security.attacks import ATTACKS  # noqa: E402
from upstream.accounts import services as accounts  # noqa: E402
from upstream.accounts import sessions  # noqa: E402
from upstream.accounts.models import ClientKind, Organization, User  # noqa: E402
from upstream.accounts.roles import Role  # noqa: E402
from upstream.audit import services as audit  # noqa: E402
from upstream.audit.models import AuditEvent, AuditHead  # noqa: E402
from upstream.claims.models import Claim, Outcome, Patient, Payer, ServiceGroup  # noqa: E402
from upstream.core import clock, scope  # noqa: E402
from upstream.core.ids import uuid7  # noqa: E402
from upstream.graph import schema as graph_schema  # noqa: E402
from upstream.graph.documents import trusted  # noqa: E402
from upstream.graph.executor import GatedExecutor  # noqa: E402
from upstream.intake.writer.people import Told, person_of  # noqa: E402

scope.enter(scope.ALL)

SLUG, PASSWORD, DAY = "riverside", uuid4().hex, date(2026, 3, 2)
CLAIMS = 5_000
#: Times that so many events are written, so many to a transaction.
WRITES, EVENTS, EVENTS_AT_ONCE = 7, 3_000, 100
WARM, AT_ONCE, DEPTHS = 30, 8, 40
PAGE = (
    "{ claims(first: 100) { items { id controlNumber procedureCode outcome submittedDate decidedDate billedAmount "
    "paidAmount location payer { id name } } } }"
)


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def prepare(people: str) -> dict[str, float]:
    """An organization with a member, a page of claims, and `people` patients of four encrypted values each."""
    call_command("migrate", verbosity=0)
    organization = accounts.create_organization(name="Riverside Clinic", slug=SLUG)
    payer = Payer.unscoped.create(organization=organization, name="Northwind", name_key="northwind")
    group = ServiceGroup.unscoped.create(organization=organization, name="Visits", position=1)
    of = person_of(organization.pk)
    for start in range(0, int(people), 5_000):
        rows = []
        for number in range(start, min(start + 5_000, int(people))):
            told = Told(f"R{number}", f"Person {number}", DAY - timedelta(days=number % 20_000), f"M{number}")
            known = of(told)
            names = ("name_index", "birth_date_index", "member_number_index", "reference_index")
            rows.append(
                Patient(
                    organization=organization,
                    identity_index=known.identities[0],
                    **told._asdict(),
                    **dict(zip(names, known.indexes, strict=True)),
                )
            )
        Patient.unscoped.bulk_create(rows)
    Claim.unscoped.bulk_create(
        Claim(
            organization=organization,
            claim_key=f"C{number}",
            control_number=f"C{number}",
            payer=payer,
            service_group=group,
            procedure_code="99213",
            outcome=Outcome.PAID,
            submitted_date=DAY + timedelta(days=number % 90),
            billed_amount=100,
        )
        for number in range(CLAIMS)
    )
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE claims_claim")
    return {"people": Patient.unscoped.count(), "claims": Claim.unscoped.count()}


def _client(role: Role) -> Client:
    organization = Organization.objects.get(slug=SLUG)
    user = User.objects.create_user(email=f"{uuid4().hex}@example.org", password=PASSWORD, name="Dana Whitfield")
    accounts.add_member(organization=organization, user=user, role=role, actor=accounts.system_actor(organization.pk))
    issued = sessions.sign_in(email=user.email, password=PASSWORD, client=ClientKind.BEARER)
    return Client(headers={"Authorization": f"Bearer {issued.access_token}"})


def _cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


def attacks() -> dict[str, Any]:
    """Milliseconds of CPU and megabytes of each attack, by an analyst who is signed in."""
    client = _client(Role.ANALYST)
    client.post("/graphql/", json.dumps({"query": PAGE}), "application/json")
    told: dict[str, Any] = {}
    for name, (body, content_type) in ATTACKS.items():
        before = megabytes()
        milliseconds = [_cpu(lambda: client.post("/graphql/", body, content_type)) for _ in range(3)]  # noqa: B023
        status = client.post("/graphql/", body, content_type).status_code
        told[name] = {"ms": statistics.median(milliseconds), "mb": megabytes() - before, "status": status}
    return told


class _Unasked(GatedExecutor):
    """The executor without its gates."""

    def _denied(self, parent_type: Any, fields: Any) -> Any:
        return []


def page(way: str) -> dict[str, float]:
    """CPU of a page of 100 claims: with all checks, "unasked" for permissions, or "unheld" by row-level security.

    Each way is a process: Python adapts its code to the classes it meets, and what is exchanged while it runs is slow.
    For each line that it is told it weighs some pages, and answers with the milliseconds of one.
    """
    client, body = _client(Role.VIEWER), json.dumps({"query": PAGE})
    trusted.register(PAGE)

    def ask() -> None:
        answer = client.post("/graphql/", body, "application/json")
        assert len(answer.json()["data"]["claims"]["items"]) == 100

    if way == "unasked":
        graph_schema.GatedExecutor = _Unasked
    with connection.as_owner() if way == "unheld" else nullcontext():
        for _ in range(WARM):
            ask()
        for number, _ in enumerate(sys.stdin):
            # CPython gives its stack out in chunks, and where a page happens to cross the end of one, each call costs
            # many times as much: from depth to depth that hits the one way or the other.
            depths = (partial(_deeper, (number * AT_ONCE + page) % DEPTHS, ask) for page in range(AT_ONCE))
            sys.stdout.write(f"{statistics.median(map(_cpu, depths))}\n")
            sys.stdout.flush()
    return {}


def _deeper(calls: int, work: Callable[[], object]) -> None:
    if calls:
        _deeper(calls - 1, work)
    else:
        work()


def trail(count: str) -> dict[str, float]:
    """Events a second that are written, a hundred to a transaction, and seconds to verify `count` of them."""
    organization = Organization.objects.get(slug=SLUG)
    actor = accounts.system_actor(organization.pk)
    rates = []
    for _ in range(WRITES):
        started = time.perf_counter()
        # Events are written in the transactions of what they tell of; how soon the disk confirms one is not theirs.
        for _ in range(EVENTS // EVENTS_AT_ONCE):
            with transaction.atomic():
                for number in range(EVENTS_AT_ONCE):
                    told = {"patients": [str(number)]}
                    audit.record(actor=actor, action="phi.read", target_type="patient", detail=told)
        rates.append(EVENTS / (time.perf_counter() - started))
    head = AuditHead.objects.for_organization(organization).get()
    sequence, digest = head.sequence, head.digest
    for start in range(0, int(count), 10_000):
        events = []
        for _ in range(min(10_000, int(count) - start)):
            sequence += 1
            event = AuditEvent(
                id=uuid7(),
                organization=organization,
                sequence=sequence,
                at=clock.now(),
                actor_kind=actor.kind,
                action="phi.read",
                target_type="patient",
                detail={"patients": ["1"]},
                previous_digest=digest,
            )
            digest = event.digest = audit.digest_of(event)
            events.append(event)
        AuditEvent.unscoped.bulk_create(events)
    AuditHead.unscoped.filter(pk=head.pk).update(sequence=sequence, digest=digest)
    started = time.perf_counter()
    assert audit.verify(organization.pk) == []
    return {"rate": statistics.median(rates), "seconds": time.perf_counter() - started, "megabytes": megabytes()}


def readable() -> dict[str, int]:
    """Values of a sample of people that a key of the list opens; raises where none does."""
    rows = Patient.unscoped.order_by("member_number_index")[:2_000]
    return {"values": sum(len([row.name, row.birth_date, row.member_number, row.reference]) for row in rows)}


if __name__ == "__main__":
    name, *given = sys.argv[1:]
    sys.stdout.write(json.dumps(globals()[name](*given)) + "\n")
