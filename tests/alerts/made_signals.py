"""Signals made by hand, as detection would write them."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from upstream.accounts.models import Organization
from upstream.alerts.models import Alert
from upstream.claims.models import Payer, ServiceGroup
from upstream.claims.payers import payer_key
from upstream.detection.models import DetectionRun, Direction, Signal, SignalKind, StreamLevel

THROUGH = date(2024, 6, 28)
CHANGED = date(2024, 5, 14)


def payer(organization: Organization, name: str = "Northwind Health Plan") -> Payer:
    return Payer.objects.for_organization(organization).get_or_create(
        organization=organization, name=name, name_key=payer_key(name)
    )[0]


def service_group(organization: Organization, name: str = "Imaging") -> ServiceGroup:
    groups = ServiceGroup.objects.for_organization(organization)
    return groups.get_or_create(organization=organization, name=name, defaults={"position": groups.count()})[0]


def detection_run(organization: Organization, data_through: date = THROUGH) -> DetectionRun:
    run = DetectionRun(organization=organization, data_through=data_through)
    run.save(force_insert=True)
    return run


def signal(organization: Organization, group: str = "", of: str = "Northwind Health Plan", **values: Any) -> Signal:
    """A denial rate that rose from 8 % to 17 % on 14 May 2024, unless told otherwise; in `group` or the whole payer."""
    changed = values.get("change_date", CHANGED)
    parameters = {
        "reversed_on": None,
        "before_from": (changed - timedelta(days=300)).isoformat(),
        "after_through": THROUGH.isoformat(),
        "events_after": 51,
        "expected_after": 24.0,
        "denials_of_open_claims": 51,
        "expected_of_open_claims": 24.0,
        "settings": {"max_age_days": 120},
    }
    made = Signal(
        **{
            "organization": organization,
            "run": detection_run(organization),
            "kind": SignalKind.DENIAL_RATE,
            "level": StreamLevel.PAYER_SERVICE_GROUP if group else StreamLevel.PAYER,
            "direction": Direction.WORSE,
            "payer": payer(organization, of),
            "service_group": service_group(organization, group) if group else None,
            "alarmed_on": changed + timedelta(days=9),
            "change_date": changed,
            "change_date_low": changed - timedelta(days=3),
            "change_date_high": changed + timedelta(days=2),
            "before": 0.08,
            "before_low": 0.07,
            "before_high": 0.09,
            "after": 0.17,
            "after_low": 0.13,
            "after_high": 0.22,
            "log_evidence": 12.0,
            "certainty": 0.99,
            "dollars_per_week": Decimal("1000.00"),
            "claims_affected": 27,
            "data_through": THROUGH,
            **values,
            "parameters": parameters | values.get("parameters", {}),
        }
    )
    made.save(force_insert=True)
    return made


def delay(organization: Organization, group: str = "", **values: Any) -> Signal:
    """A payer whose median went from 17 to 30 days on 14 May 2024, unless told otherwise."""
    figures = {
        "before": 17.0,
        "before_low": 16.0,
        "before_high": 18.0,
        "after": 30.0,
        "after_low": 27.0,
        "after_high": 34.0,
    }
    parameters = {"events_after": 10, "expected_after": 40.0} | values.pop("parameters", {})
    return signal(
        organization, group, **({"kind": SignalKind.PAYMENT_DELAY, **figures, "parameters": parameters} | values)
    )


def alert(organization: Organization, of: Signal | None = None, **values: Any) -> Alert:
    root = of or signal(organization)
    made = Alert(
        **{
            "organization": organization,
            "signal": root,
            "payer": root.payer,
            "rank_score": 1.0,
            "opened_on": root.alarmed_on,
            **values,
        }
    )
    made.save(force_insert=True)
    return made
