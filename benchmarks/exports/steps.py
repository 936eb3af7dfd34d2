"""Steps of the exports benchmark, each a process of its own whose last line is JSON."""

import json
import random
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import django

django.setup()

from django.core.management import call_command  # noqa: E402

from upstream.accounts.models import Organization, User  # noqa: E402
from upstream.accounts.roles import Role  # noqa: E402
from upstream.accounts.services import add_member, create_organization, system_actor  # noqa: E402
from upstream.alerts.models import Alert, AlertActivity, AlertSignal, Judgement, Verdict  # noqa: E402
from upstream.claims.denial_reasons import CATEGORIES  # noqa: E402
from upstream.claims.models import Claim, Outcome, Patient, Payer, ServiceGroup  # noqa: E402
from upstream.core import scope, worker  # noqa: E402
from upstream.core.models import Job, JobState  # noqa: E402
from upstream.detection.models import DetectionRun, Direction, Signal, SignalKind, StreamLevel  # noqa: E402
from upstream.reports import filters, selectors, services  # noqa: E402
from upstream.reports.access import current_actor  # noqa: E402
from upstream.reports.excel import claims as sheet  # noqa: E402
from upstream.reports.excel.cells import Kind  # noqa: E402
from upstream.reports.models import Export, ExportKind  # noqa: E402

scope.enter(scope.ALL)

SEED, PATIENTS = 5, 5_000
CHANGE, THROUGH = date(2026, 3, 3), date(2026, 4, 2)


def megabytes(who: int = resource.RUSAGE_SELF) -> float:
    return resource.getrusage(who).ru_maxrss / 1024


def own(organization: Organization, model: type[Any], **fields: Any) -> Any:
    return model.unscoped.create(organization=organization, **fields)


def prepare(*sizes: str) -> dict[str, float]:
    """An organization with one payer for each number of claims, the first with an alert."""
    call_command("migrate", verbosity=0)
    dice = random.Random(SEED)
    organization = create_organization(name="Riverside Family Clinic", slug="riverside", is_demo=True)
    person = User.objects.create_user(email="biller@example.org", password=uuid4().hex, name="Dana Whitfield")
    add_member(organization=organization, user=person, role=Role.CARE_TEAM, actor=system_actor(organization.pk))
    groups = [own(organization, ServiceGroup, name=f"Service group {i}", position=i) for i in range(8)]
    patients = Patient.unscoped.bulk_create(
        [
            Patient(
                organization=organization,
                name=f"Patient Number {i}",
                birth_date=date(1940, 1, 1) + timedelta(days=dice.randrange(25_000)),
                member_number=f"NW{dice.randrange(10**9):09}",
                identity_index=uuid4().hex,
            )
            for i in range(PATIENTS)
        ]
    )
    for number, size in enumerate(map(int, sizes)):
        payer = own(organization, Payer, name=f"Payer of {size} claims", name_key=f"payer {size}")
        Claim.unscoped.bulk_create(
            (claim(dice, organization, payer, groups, patients, f"{number}-{i}") for i in range(size)), batch_size=2000
        )
        if number == 0:
            make_alert(organization, person, payer, groups)
    return {"claims": Claim.unscoped.count()}


def claim(
    dice: random.Random,
    organization: Organization,
    payer: Payer,
    groups: list[ServiceGroup],
    patients: list[Patient],
    number: str,
) -> Claim:
    submitted = THROUGH - timedelta(days=dice.randrange(365))
    decided = submitted + timedelta(days=dice.randrange(5, 30))
    denied = dice.random() < 0.15
    billed = Decimal(dice.randrange(5_000, 200_000)) / 100
    return Claim(
        organization=organization,
        claim_key=number,
        control_number=f"RVS-{number}",
        payer_claim_number=f"{dice.randrange(10**12):012}",
        payer=payer,
        service_group=dice.choice(groups),
        patient=dice.choice(patients),
        procedure_code=dice.choice(["97110", "97140", "99213", "99214"]),
        outcome=Outcome.DENIED if denied else Outcome.PAID,
        service_date=submitted - timedelta(days=3),
        submitted_date=submitted,
        decided_date=decided,
        paid_date=None if denied else decided,
        billed_amount=billed,
        allowed_amount=None if denied else billed / 2,
        paid_amount=Decimal(0) if denied else billed / 2,
        denial_code=dice.choice(["197", "50", "16"]) if denied else "",
        denial_category=dice.choice(list(CATEGORIES)) if denied else "",
        remark_codes="N706 M127" if denied else "",
        location="Main street",
        provider_npi="1234567893",
        plan="PPO",
        diagnosis_codes="M54.5 M25.561",
        fingerprint="0" * 32,
    )


def make_alert(organization: Organization, person: User, payer: Payer, groups: list[ServiceGroup]) -> None:
    run = own(organization, DetectionRun, data_through=THROUGH)
    days = [THROUGH - timedelta(days=back) for back in range(210, -1, -1)]
    dice = random.Random(SEED)
    fields = {
        "run": run,
        "kind": SignalKind.DENIAL_RATE,
        "direction": Direction.WORSE,
        "payer": payer,
        "alarmed_on": date(2026, 3, 14),
        "change_date": CHANGE,
        "change_date_low": date(2026, 2, 27),
        "change_date_high": date(2026, 3, 6),
        "before": 0.112,
        "before_low": 0.101,
        "before_high": 0.12,
        "after": 0.241,
        "after_low": 0.198,
        "after_high": 0.289,
        "log_evidence": 14.0,
        "certainty": 0.9973,
        "dollars_per_week": Decimal("12403.17"),
        "claims_affected": 51,
        "data_through": THROUGH,
        "series": [
            {
                "day": day.isoformat(),
                "count": 40,
                "events": 6,
                "expected": 4.4,
                "rate": dice.uniform(0.05, 0.3),
                "baseline": 0.11,
                "statistic": dice.uniform(0, 14),
                "threshold": 8.2,
            }
            for day in days
        ],
        "categories": [
            {"category": category, "before": 0.01, "after": 0.02, "claims": 20, "share": 1 / len(CATEGORIES)}
            for category in CATEGORIES
        ],
        "parameters": {
            "settings": {"arl0_days": 3650, "odds": [1.3, 2], "null_odds": 1.1, "baseline_days": 365, "gap_days": 7},
            "after_through": THROUGH.isoformat(),
            "events_after": 96,
            "count_after": 398,
            "service_groups": [
                {"service_group": str(group.pk), "name": group.name, "claims": 12, "share": 0.125} for group in groups
            ],
        },
    }
    root = own(organization, Signal, level=StreamLevel.PAYER, **fields)
    alert = own(organization, Alert, signal=root, payer=payer, rank_score=5, assignee=person, opened_on=root.alarmed_on)
    for group in groups:
        part = own(organization, Signal, level=StreamLevel.PAYER_SERVICE_GROUP, service_group=group, **fields)
        own(organization, AlertSignal, alert=alert, signal=part)
    own(organization, Judgement, alert=alert, verdict=Verdict.REAL, note="Called them. " * 20, judged_by=person)
    for day in range(20):
        at = datetime(2026, 3, 1 + day, 9, tzinfo=UTC)
        own(organization, AlertActivity, alert=alert, action="ASSIGNED", by=person, at=at)


def export(kind: str, **wanted: Any) -> tuple[Export, float]:
    """Ask for an export and carry out its job, as the worker does; the export and the job's seconds."""
    organization = Organization.objects.get()
    actor = current_actor(organization.pk, User.objects.get().pk)
    assert actor is not None
    asked = services.create_export(actor=actor, kind=kind, **wanted)
    started = time.perf_counter()
    worker.carry_out(asked.job_id)
    seconds = time.perf_counter() - started
    assert Job.unscoped.get(pk=asked.job_id).state == JobState.SUCCEEDED
    asked.refresh_from_db()
    return asked, seconds


def pdf(include_phi: str) -> dict[str, float]:
    made, seconds = export(ExportKind.ALERT_PDF, alert_id=Alert.unscoped.get().pk, include_phi=include_phi == "phi")
    return {"seconds": seconds, "rows": made.rows or 0, "megabytes": megabytes(resource.RUSAGE_CHILDREN)}


def workbook(size: str, include_phi: str) -> dict[str, float]:
    payer = Payer.unscoped.get(name_key=f"payer {size}")
    made, seconds = export(
        ExportKind.CLAIMS_XLSX, claim_filter={"payer_id": payer.pk}, include_phi=include_phi == "phi"
    )
    assert made.rows == int(size)
    return {"seconds": seconds, "rows": made.rows, "megabytes": megabytes(), "bytes": made.size_bytes or 0}


def peer(size: str) -> dict[str, float]:
    """The same rows and columns through openpyxl's own write-only sheet."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    formats = {Kind.DATE: "yyyy-mm-dd", Kind.MONEY: "#,##0.00"}
    payer = Payer.unscoped.get(name_key=f"payer {size}")
    kept = filters.keep_claim_filter(payer.organization_id, {"payer_id": payer.pk})
    columns = sheet.columns(include_phi=False, texts={})
    started = time.perf_counter()
    book = Workbook(write_only=True)
    target = book.create_sheet("Claims")
    target.append([column.heading for column in columns])
    rows = selectors.claims_of(payer.organization_id, kept).order_by("-submitted_date", "-pk")
    read = rows.values_list(*(column.source for column in columns)).iterator(chunk_size=2000)
    for row in sheet.shown(read, columns):
        cells = []
        for column, value in zip(columns, row, strict=True):
            cell = WriteOnlyCell(target, value)
            if column.kind in formats:
                cell.number_format = formats[column.kind]
            cells.append(cell)
        target.append(cells)
    out = BytesIO()
    book.save(out)
    return {"seconds": time.perf_counter() - started, "rows": int(size), "megabytes": megabytes()}


STEPS: dict[str, Callable[..., dict[str, float]]] = {
    "prepare": prepare,
    "pdf": pdf,
    "workbook": workbook,
    "peer": peer,
}

if __name__ == "__main__":
    assert Path.cwd().joinpath("benchmarks").is_dir()
    print(json.dumps(STEPS[sys.argv[1]](*sys.argv[2:])))
