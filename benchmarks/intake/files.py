"""Seeded files: claims as a CSV, and the remittance that decides them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

PAYERS = [f"Payer {letter} Health Plan" for letter in "ABCDEFGHIJKLMNOPQRST"]
PROCEDURES = [
    ("99213", 150),
    ("99214", 210),
    ("85025", 32),
    ("71046", 95),
    ("97110", 64),
    ("J1100", 18),
    ("90837", 190),
]
LOCATIONS = ["North", "South", "East", "West", "Harbor"]
REASONS = ["197", "50", "16", "29", "27", "97"]
FIRST_DAY = date(2025, 1, 6)
_HEADER = (
    "claim_id,payer,procedure_code,modifiers,units,diagnosis_codes,service_date,submitted_date,decided_date,paid_date,"
    "outcome,billed_amount,allowed_amount,paid_amount,denial_code,location,provider_npi"
)
_PEOPLE = ",patient_id,patient_name,patient_dob,member_id"
_ROWS_AT_ONCE = 2_000


@dataclass(slots=True)
class Claim:
    number: int
    payer: str
    procedure: str
    billed: int
    service: date
    submitted: date
    days_to_decision: int
    denied: bool
    reason: str
    location: str
    patient: int


def claims(count: int, patients: int, seed: int) -> Iterator[Claim]:
    """`count` claims over a year for `patients` people; one in ten is denied."""
    dice = random.Random(seed)
    for number in range(count):
        procedure, billed = dice.choice(PROCEDURES)
        service = FIRST_DAY + timedelta(days=dice.randrange(365))
        yield Claim(
            number, dice.choice(PAYERS), procedure, billed, service, service + timedelta(days=dice.randrange(1, 5)),
            dice.randrange(5, 45), dice.random() < 0.1, dice.choice(REASONS), dice.choice(LOCATIONS),
            dice.randrange(patients),
        )  # fmt: skip


def claims_csv(count: int, patients: int, seed: int) -> Iterator[bytes]:
    """One row a claim, some thousands at once; three in four are decided. Without patients no column tells any."""
    pieces = [_HEADER + (_PEOPLE if patients else "")]
    for claim in claims(count, max(patients, 1), seed):
        decided = claim.submitted + timedelta(days=claim.days_to_decision)
        pending = claim.number % 4 == 0
        allowed = claim.billed * 0.8
        outcome = "pending" if pending else "denied" if claim.denied else "paid"
        paid = outcome == "paid"
        person = (
            f',P{claim.patient},"Family{claim.patient}, Given{claim.patient % 97}",'
            f"{1940 + claim.patient % 80}-03-{1 + claim.patient % 28:02d},M{claim.patient:08d}"
        )
        pieces.append(
            f"C{claim.number:07d},{claim.payer},{claim.procedure},25,1,E119 I10,{claim.service},{claim.submitted},"
            f"{'' if pending else decided},{decided if paid else ''},{outcome},{claim.billed}.00,"
            f"{f'{allowed:.2f}' if paid else ''},{f'{allowed * 0.9:.2f}' if paid else ''},"
            f"{claim.reason if outcome == 'denied' else ''},{claim.location},1234567893{person if patients else ''}"
        )
        if len(pieces) == _ROWS_AT_ONCE:
            yield "\n".join(pieces).encode() + b"\n"
            pieces = []
    yield "\n".join(pieces).encode()


def remittance_835(count: int, patients: int, seed: int) -> bytes:
    """The decisions on the same claims: a payment per payer and week, two adjustments a claim."""
    by_payment: dict[tuple[str, date], list[Claim]] = {}
    for claim in claims(count, patients, seed):
        decided = claim.submitted + timedelta(days=claim.days_to_decision)
        by_payment.setdefault((claim.payer, decided - timedelta(days=decided.weekday())), []).append(claim)
    day = FIRST_DAY + timedelta(days=400)
    segments = [
        f"ISA*00*{'':10}*00*{'':10}*ZZ*{'BENCHPAYER':15}*ZZ*{'BENCHCLINIC':15}*{day:%y%m%d}*0600*^*00501*000000001*0*T*:",
        f"GS*HP*BENCHPAYER*BENCHCLINIC*{day:%Y%m%d}*0600*1*X*005010X221A1",
    ]
    for number, ((payer, paid_on), decided_claims) in enumerate(sorted(by_payment.items()), 1):
        body: list[str] = []
        total = 0.0
        for claim in decided_claims:
            allowed = 0.0 if claim.denied else claim.billed * 0.8
            share = allowed * 0.1
            paid = allowed - share
            total += paid
            body += [
                f"CLP*C{claim.number:07d}*{4 if claim.denied else 1}*{claim.billed}*{paid:.2f}*{share:.2f}*12"
                f"*ICN{claim.number}*11*1",
                f"NM1*QC*1*FAMILY{claim.patient}*GIVEN{claim.patient % 97}****MI*M{claim.patient:08d}",
                f"DTM*232*{claim.service:%Y%m%d}",
                f"SVC*HC:{claim.procedure}:25*{claim.billed}*{paid:.2f}**1",
            ]
            if claim.denied:
                body.append(f"CAS*CO*{claim.reason}*{claim.billed}")
            else:
                body += [f"CAS*CO*45*{claim.billed - allowed:.2f}", f"CAS*PR*2*{share:.2f}", f"AMT*B6*{allowed:.2f}"]
        header = [
            f"ST*835*{number:04d}",
            f"BPR*I*{total:.2f}*C*ACH*CCP*01*999999992*DA*1*1512345678**01*999988880*DA*2*{paid_on:%Y%m%d}",
            f"TRN*1*T{number:06d}*1512345678",
            f"N1*PR*{payer}",
            "N1*PE*BENCH CLINIC*XX*1234567893",
            "LX*1",
        ]
        segments += [*header, *body, f"SE*{len(header) + len(body) + 1}*{number:04d}"]
    segments += [f"GE*{len(by_payment)}*1", "IEA*1*000000001"]
    return "~\n".join(segments).encode() + b"~"
