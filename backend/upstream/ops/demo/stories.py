"""The two clinics of the demo: who pays them, how, and what changed."""

from dataclasses import dataclass
from datetime import date, timedelta

from upstream.ops.demo.catalogue import (
    BEHAVIORAL,
    IMAGING,
    LABORATORY,
    PREVENTIVE,
    SURGERY,
    THERAPY,
    VACCINES,
    VISITS,
)
from upstream.ops.demo.spec import Clinic, DenialChange, Payer, PaymentStall

FAMILY_CLINIC = Clinic(
    name="Harbor Lantern Pediatrics & Family Medicine",
    prefix="HL",
    payers=(
        Payer(
            "Quillback Health Plan",
            "QHP41",
            "Quillback Open Choice",
            "12",
            share=0.32,
            denial_rate=0.085,
            emphasis={THERAPY.name: 3.2},
        ),
        Payer(
            "Merrowdale Mutual",
            "MDM22",
            "Merrowdale Select",
            "14",
            share=0.20,
            denial_rate=0.055,
            denial_days=9,
            payment_days=16,
        ),
        Payer(
            "Copperfern Health Cooperative",
            "CFC17",
            "Copperfern Community",
            "HM",
            share=0.15,
            denial_rate=0.075,
            denial_days=8,
            payment_days=15,
            pays_on=(2,),
            batch_spread=0.3,
        ),
        Payer(
            "Ironwhistle State Assistance",
            "IWS63",
            "Ironwhistle Family",
            "MC",
            share=0.17,
            denial_rate=0.12,
            denial_days=7,
            payment_days=14,
            pays_on=(3,),
            batch_spread=0.2,
            season=0.3,
            allowed=0.45,
            emphasis={PREVENTIVE.name: 1.6, VACCINES.name: 1.4},
        ),
        Payer(
            "Saltmarsh Benefit Trust",
            "SBT08",
            "Saltmarsh Trades",
            "12",
            share=0.10,
            denial_rate=0.06,
            payment_days=18,
            allowed=0.72,
        ),
        Payer(
            "Farrowgate Health",
            "FGH55",
            "Farrowgate Basic",
            "13",
            share=0.06,
            denial_rate=0.10,
            denial_days=11,
            payment_days=18,
        ),
    ),
    services=(
        (VISITS, 0.37, 0.8),
        (PREVENTIVE, 0.16, 0.6),
        (LABORATORY, 0.10, 0.9),
        (VACCINES, 0.10, 0.8),
        (THERAPY, 0.16, 1.6),
        (IMAGING, 0.06, 1.7),
        (BEHAVIORAL, 0.05, 1.4),
    ),
    locations=(
        ("Harbor Lantern Main Street", 0.5, 5),
        ("Harbor Lantern Northside", 0.3, 3),
        ("Harbor Lantern Lakeview", 0.2, 2),
    ),
    youngest_share=0.55,
)

ORTHOPEDIC_CLINIC = Clinic(
    name="Stonecrop Orthopedics & Therapy",
    prefix="SC",
    payers=(
        Payer("Thistledown Community Plan", "TCP30", "Thistledown Gold", "12", share=0.42, denial_rate=0.10),
        Payer(
            "Saltmarsh Benefit Trust",
            "SBT08",
            "Saltmarsh Trades",
            "12",
            share=0.26,
            denial_rate=0.07,
            payment_days=18,
            allowed=0.72,
        ),
        Payer(
            "Barrowmere Work Comp Fund",
            "BWC72",
            "Barrowmere Injury",
            "WC",
            share=0.18,
            denial_rate=0.09,
            payment_days=19,
            spread=0.45,
        ),
        Payer(
            "Copperfern Health Cooperative",
            "CFC17",
            "Copperfern Community",
            "HM",
            share=0.14,
            denial_rate=0.08,
            denial_days=8,
            payment_days=15,
            pays_on=(2,),
            batch_spread=0.3,
        ),
    ),
    services=((VISITS, 0.34, 0.8), (THERAPY, 0.40, 1.2), (IMAGING, 0.16, 1.1), (SURGERY, 0.10, 1.4)),
    locations=(("Stonecrop Ridge Road", 0.65, 4), ("Stonecrop Riverside", 0.35, 2)),
    youngest_share=0.12,
    visits=6.0,
)


@dataclass(frozen=True, slots=True)
class Story:
    """An organization of the demo: its clinic with the changes planted, its claims of a year, and how they come in.

    remittance_weeks: of the end, told by 837P and 835 files instead of CSV exports.
    """

    slug: str
    clinic: Clinic
    claims: int
    seed: int
    end: date
    remittance_weeks: int


def last_friday(today: date) -> date:
    """The Friday of this week, or of last week until it has come: where the demo's data end.

    Every demo ends on the same weekday, so that it tells the same story whenever it is set up.
    """
    return today - timedelta(days=(today.weekday() - 4) % 7)


def stories(end: date) -> tuple[Story, Story]:
    """Both organizations as they stand at the end of `end`, the last day of their data."""
    family = FAMILY_CLINIC.with_changes(
        DenialChange("Quillback Health Plan", end - timedelta(days=42), 2.2, THERAPY.name, "197"),
        PaymentStall("Merrowdale Mutual", end - timedelta(days=28), 30 / 17),
    )
    orthopedic = ORTHOPEDIC_CLINIC.with_changes(
        DenialChange("Thistledown Community Plan", end - timedelta(days=56), 2.2, None, "4"),
    )
    return (
        Story("harbor-lantern", family, 17_500, 22, end, remittance_weeks=3),
        Story("stonecrop", orthopedic, 5_200, 45, end, remittance_weeks=0),
    )


#: What people get wrong in exports: each spoils one further row, so that the quarantine has something to show.
MISTAKES: tuple[dict[str, str], ...] = (
    {"claim_id": "TYPED-1", "submitted_date": "last Tuesday"},
    {"claim_id": "TYPED-2", "payer": ""},
    {"claim_id": "TYPED-3", "billed_amount": "twelve dollars"},
    {"claim_id": "TYPED-4", "procedure_code": ""},
    {"claim_id": "TYPED-5", "outcome": "ask Monday"},
)
