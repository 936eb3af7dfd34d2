"""Records made by hand, and files written as jobs write them: what the tests of the writing side share."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from upstream.accounts.models import Organization
from upstream.accounts.services import system_actor
from upstream.claims import rollup
from upstream.claims.models import Claim, ClaimDecision, Patient
from upstream.core import worker
from upstream.core.models import JobState
from upstream.core.worker import JobRun
from upstream.intake.models import Upload
from upstream.intake.records import (
    AdjustmentRecord,
    ClaimRecord,
    DecisionRecord,
    LineRecord,
    PatientRecord,
    ProviderAdjustmentRecord,
    RemittanceEnd,
    RemittanceRecord,
)
from upstream.intake.services import receive_upload
from upstream.intake.writer.writer import Record, Writer

MARCH_2, MARCH_20, APRIL_10 = date(2026, 3, 2), date(2026, 3, 20), date(2026, 4, 10)


def money(amount: object) -> Decimal:
    return Decimal(str(amount)).quantize(Decimal("0.01"))


def reason(group_and_code: str, amount: object) -> AdjustmentRecord:
    """`reason("CO-45", 20)`"""
    group, _, code = group_and_code.partition("-")
    return AdjustmentRecord(group, code, money(amount))


def line(number: int = 1, code: str = "99213", billed: object = 100, **values: Any) -> LineRecord:
    return LineRecord(number, code, billed_amount=money(billed), **values)


def claim(control_number: str = "C1", **values: Any) -> ClaimRecord:
    """A pending claim of one line, as a CSV tells it."""
    defaults: dict[str, Any] = {
        "position": 2,
        "payer_name": "Aster Health",
        "submitted_date": MARCH_2,
        "service_date": date(2026, 3, 1),
        "outcome": "pending",
        "billed_amount": money(100),
        "lines": [line()],
    }
    return ClaimRecord(control_number=control_number, **(defaults | values))


def paid(control_number: str = "C1", **values: Any) -> ClaimRecord:
    decided: dict[str, Any] = {
        "outcome": "paid",
        "decided_date": MARCH_20,
        "paid_date": MARCH_20,
        "paid_amount": money(80),
    }
    return claim(control_number, **(decided | values))


def denied(control_number: str = "C1", **values: Any) -> ClaimRecord:
    decided: dict[str, Any] = {"outcome": "denied", "decided_date": MARCH_20, "denial_code": "197"}
    return claim(control_number, **(decided | values))


def submission(control_number: str = "C1", **values: Any) -> ClaimRecord:
    """The same claim as an 837 tells it: nothing of decisions."""
    return claim(control_number, **({"outcome": None} | values))


def person(name: str = "Fern, Iris", member_number: str = "M1", **values: Any) -> PatientRecord:
    return PatientRecord(name=name, member_number=member_number, **values)


def remittance(
    *decisions: DecisionRecord,
    trace: str = "T1",
    on: date | None = MARCH_20,
    payer: str = "Aster Health",
    adjustments: Iterable[tuple[str, object]] = (),
) -> list[Record]:
    """A remittance with its header and its end; adjustments: of the provider (PLB), as reasons and amounts."""
    total = sum((decision.paid_amount for decision in decisions), money(0))
    header = RemittanceRecord(5, trace, payer, "", total, "ACH", on)
    off = [
        ProviderAdjustmentRecord(code, f"R{place}", money(amount)) for place, (code, amount) in enumerate(adjustments)
    ]
    return [header, *decisions, RemittanceEnd(99, len(decisions), total, off, True)]


def decision(
    control_number: str = "C1", paid_amount: object = 80, *, status: str = "1", billed: object = 100, **values: Any
) -> DecisionRecord:
    """A decision with one line that carries what was not paid as CO-45, unless lines are given."""
    defaults: dict[str, Any] = {"position": 10}
    if "lines" not in values:
        off = money(billed) - money(paid_amount)
        adjustments = [reason("CO-45", off)] if off else []
        defaults["lines"] = [line(billed=billed, paid_amount=money(paid_amount), adjustments=adjustments)]
    return DecisionRecord(
        control_number=control_number, status_code=status, billed_amount=money(billed), paid_amount=money(paid_amount),
        **(defaults | values),
    )  # fmt: skip


class FreeRun(JobRun):
    """A run that nobody else can take away."""

    def __init__(self) -> None:
        pass

    def progress(self, done: int, total: int | None = None, label: str = "") -> None:
        pass

    def fence(self) -> None:
        pass


def write(organization: Organization, records: Iterable[Record], *, folded: bool = True, **options: Any) -> Upload:
    """Write records as an upload of their own, and check the roll-up against the claims before and after its fold."""
    upload = Upload(organization=organization, file_name="made", stored_name="made", size_bytes=1, sha256="0" * 64)
    upload.save(force_insert=True)
    Writer(upload, FreeRun(), **options).write(records, lambda: None)
    assert rollup.recompute(organization.pk) == []
    if folded:
        rollup.fold(organization.pk)
        assert rollup.recompute(organization.pk) == []
    upload.refresh_from_db()
    return upload


def take_in(organization: Organization, content: bytes, name: str = "claims.csv") -> Upload:
    """Receive a file and carry its job out."""
    upload = receive_upload(actor=system_actor(organization.pk), file_name=name, chunks=[content])
    assert upload.job is not None
    if upload.job.state == JobState.QUEUED:
        worker.carry_out(upload.job.pk)
    upload.refresh_from_db()
    upload.job.refresh_from_db()
    return upload


def counts(upload: Upload) -> tuple[int, int, int]:
    """Claims created, updated, unchanged."""
    return upload.claims_created, upload.claims_updated, upload.claims_unchanged


def the_claim(organization: Organization, control_number: str = "C1") -> Claim:
    return Claim.objects.for_organization(organization).get(control_number=control_number)


def picture(organization: Organization) -> dict[str, Any]:
    """All that files made of an organization's claims, without ids, times and who brought it."""
    claims = Claim.objects.for_organization(organization).select_related("payer", "service_group", "patient")
    return {row.claim_key: _pictured(row) for row in claims}


_LEFT_OUT = frozenset(
    "id created_at updated_at organization payer service_group patient upload stated_by fingerprint claim remittance "
    "line".split()
)


def _columns(row: Any) -> dict[str, Any]:
    names = [field.name for field in row._meta.concrete_fields if field.name not in _LEFT_OUT]
    return {name: getattr(row, name) for name in names}


def _pictured(row: Claim) -> dict[str, Any]:
    patient: Patient | None = row.patient
    return _columns(row) | {
        "payer": row.payer.name,
        "group": row.service_group.name,
        "patient": patient and (patient.reference, patient.name, patient.birth_date, patient.member_number),
        "lines": [
            _columns(line) | {"adjustments": [_columns(item) for item in line.adjustments.order_by("id")]}
            for line in row.lines.order_by("number")
        ],
        "adjustments": [_columns(item) for item in row.adjustments.filter(line=None).order_by("id")],
        "decisions": sorted(
            (_columns(item) for item in ClaimDecision.objects.for_organization(row.organization_id).filter(claim=row)),
            key=str,
        ),
    }
