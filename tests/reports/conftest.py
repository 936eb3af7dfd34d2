"""What reports are made of: a payer that changed, the alert of it, the claims that prove it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from upstream.accounts.models import Organization
from upstream.alerts.models import Alert, AlertActivity, AlertSignal, Judgement, Verdict
from upstream.claims.models import Claim, Outcome, Patient, Payer, ServiceGroup
from upstream.core.actor import Actor
from upstream.detection.models import DetectionRun, Direction, Signal, SignalKind, StreamLevel
from upstream.phi import files
from upstream.reports import services
from upstream.reports.models import Export

CHANGE, ALARM, THROUGH = date(2026, 3, 3), date(2026, 3, 14), date(2026, 4, 2)
PATIENT, MEMBER = "Quentin Canary", "CANARY-000777"
_numbers = count(1)


def series(days: int = 120, rate: float = 0.24) -> list[dict[str, Any]]:
    points = []
    for number in range(days):
        day = THROUGH - timedelta(days=days - 1 - number)
        changed = day >= CHANGE
        points.append(
            {
                "day": day.isoformat(),
                "count": 10,
                "events": 2 if changed else 1,
                "expected": 1.1,
                "rate": None if day.weekday() == 6 else (rate if changed else 0.11),
                "baseline": 0.11,
                "statistic": max(0.0, (day - CHANGE).days * 0.6),
                "threshold": 8.2,
            }
        )
    return points


@dataclass(frozen=True)
class Scene:
    """One organization's payer, service group, patient and alert."""

    organization: Organization
    payer: Payer
    group: ServiceGroup
    patient: Patient
    signal: Signal
    alert: Alert

    def claims(self, number: int, **fields: Any) -> list[Claim]:
        """That many claims denied since the change, one dollar apart."""
        base = next(_numbers) * 1_000_000
        values = {
            "payer": self.payer,
            "service_group": self.group,
            "patient": self.patient,
            "procedure_code": "97110",
            "outcome": Outcome.DENIED,
            "service_date": date(2026, 2, 20),
            "submitted_date": date(2026, 2, 24),
            "decided_date": date(2026, 3, 10),
            "paid_amount": Decimal("0.00"),
            "denial_code": "197",
            "denial_category": "authorization",
        } | fields
        return Claim.unscoped.bulk_create(
            [
                Claim(
                    organization=self.organization,
                    claim_key=f"K{base + i}",
                    control_number=f"RVS-{base + i}",
                    fingerprint="0" * 32,
                    **{"billed_amount": Decimal(i) + Decimal("100.50"), **values},
                )
                for i in range(number)
            ]
        )


@pytest.fixture
def make_scene(organization: Organization) -> Callable[..., Scene]:
    """`make_scene(payer_name="…", after=None)`: other arguments are fields of the signal; `of` another organization."""

    def make(payer_name: str = "Northwind Health Plan", of: Organization | None = None, **fields: Any) -> Scene:
        home, number = of or organization, next(_numbers)
        payer = Payer.unscoped.create(organization=home, name=payer_name, name_key=f"payer{number}")
        group = ServiceGroup.unscoped.create(organization=home, name=f"Physical therapy {number}", position=number)
        patient = Patient.unscoped.create(
            organization=home,
            name=PATIENT,
            birth_date=date(1956, 4, 12),
            member_number=MEMBER,
            identity_index=uuid4().hex,
        )
        run = DetectionRun.unscoped.create(organization=home, data_through=THROUGH)
        values = {
            "organization": home,
            "run": run,
            "payer": payer,
            "kind": SignalKind.DENIAL_RATE,
            "level": StreamLevel.PAYER,
            "direction": Direction.WORSE,
            "alarmed_on": ALARM,
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
            "series": series(),
            "categories": [
                {"category": "authorization", "before": 0.018, "after": 0.11, "claims": 44, "share": 0.8},
                {"category": "coding", "before": 0.03, "after": 0.05, "claims": 16, "share": 0.2},
            ],
            "parameters": {
                "settings": {
                    "arl0_days": 3650,
                    "odds": [1.3, 1.6, 2, 3, 5],
                    "null_odds": 1.1,
                    "baseline_days": 365,
                    "gap_days": 7,
                    "max_age_days": 120,
                },
                "after_through": THROUGH.isoformat(),
                "events_after": 96,
                "count_after": 398,
                "elsewhere": {"before": 0.103, "after": 0.107, "after_low": 0.096, "after_high": 0.119, "claims": 2911},
                "service_groups": [
                    {"service_group": str(group.pk), "name": group.name, "claims": 61, "share": 0.7},
                    {"service_group": "", "name": "", "claims": 12, "share": 0.3},
                ],
            },
        }
        signal = Signal.unscoped.create(**(values | fields))
        part = {
            **values,
            "level": StreamLevel.PAYER_SERVICE_GROUP,
            "service_group": group,
            "before": 0.09,
            "after": 0.31,
        }
        alert = Alert.unscoped.create(
            organization=home, signal=signal, payer=payer, rank_score=3.5, opened_on=signal.alarmed_on
        )
        AlertSignal.unscoped.create(organization=home, alert=alert, signal=Signal.unscoped.create(**part))
        return Scene(home, payer, group, patient, signal, alert)

    return make


@pytest.fixture
def scene(make_scene: Callable[..., Scene]) -> Scene:
    return make_scene()


@pytest.fixture
def judged(scene: Scene, care_team: Actor) -> Scene:
    """The scene with two judgements and its activity."""
    for day, verdict, note, amount in (
        (20, Verdict.FOLLOW_UP, "First look", None),
        (25, Verdict.REAL, "Bulletin 2026-04 asks for authorization", Decimal("8210.55")),
    ):
        Judgement.unscoped.create(
            organization=scene.organization,
            alert=scene.alert,
            verdict=verdict,
            note=note,
            recovered_amount=amount,
            judged_by_id=care_team.user_id,
            judged_at=datetime(2026, 3, day, 15, 4, tzinfo=UTC),
        )
    AlertActivity.unscoped.create(organization=scene.organization, alert=scene.alert, action="OPENED")
    return scene


@pytest.fixture
def make_export(run_jobs: Callable[[], int]) -> Callable[..., tuple[Export, bytes]]:
    """Asks for an export, has its job carried out, and returns it with the plain bytes of its file (empty if none)."""

    def make(actor: Actor, kind: str, **options: Any) -> tuple[Export, bytes]:
        export = services.create_export(actor=actor, kind=kind, **options)
        run_jobs()
        export.refresh_from_db()
        return export, b"".join(files.read(export.stored_name)) if export.stored_name else b""

    return make
