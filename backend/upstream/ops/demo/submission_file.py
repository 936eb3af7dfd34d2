"""Writes submitted claims: X12 837 professional, version 005010X222A1, one group per day on which claims were sent."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from upstream.ops.demo.world import World
from upstream.ops.demo.x12_envelope import Group, amount, interchange

VERSION = "005010X222A1"
SUBMITTER, CLEARINGHOUSE = "DEMOCLINIC", "DEMOCLEARING"
_CLAIMS_PER_SET = 2_000


def submissions_837p(world: World, first: date, last: date) -> Iterator[bytes]:
    """The claims sent between two dates, both included."""
    return interchange(
        sender=SUBMITTER, receiver=CLEARINGHOUSE, on=last, control=world.day_of(last) % 1_000_000_000, function="HC",
        code="837", version=VERSION, groups=_groups(world, first, last),
    )  # fmt: skip


def _groups(world: World, first: date, last: date) -> Iterator[Group]:
    for day in range(world.day_of(first), world.day_of(last) + 1):
        claims = np.flatnonzero(world.submitted == day).tolist()
        if claims:
            on = world.start + timedelta(days=day)
            sets = [claims[at : at + _CLAIMS_PER_SET] for at in range(0, len(claims), _CLAIMS_PER_SET)]
            yield on, (_set(world, of_set, on, number) for number, of_set in enumerate(sets, 1))


def _set(world: World, claims: list[int], on: date, number: int) -> list[str]:
    clinic = world.clinic.name
    segments = [
        f"BHT*0019*00*{world.clinic.prefix}{on:%Y%m%d}{number:02d}*{on:%Y%m%d}*0600*CH",
        f"NM1*41*2*{clinic}*****46*{SUBMITTER}",
        "PER*IC*BILLING OFFICE*TE*5550100000",
        f"NM1*40*2*DEMO CLEARING*****46*{CLEARINGHOUSE}",
        "HL*1**20*1",
        f"NM1*85*2*{clinic}*****XX*{world.providers[-1]}",
        "N3*1 EXAMPLE WAY",
        "N4*SAMPLETON*ME*040009998",
        "REF*EI*000000001",
    ]
    for level, claim in enumerate(claims, 2):
        segments += _claim(world, claim, level)
    return segments


def _claim(world: World, claim: int, level: int) -> list[str]:
    payer = world.clinic.payers[world.payer[claim]]
    patient = world.patients[world.patient[claim]]
    number, lines = world.number(claim), world.lines_of(claim)
    billed = world.lines.billed
    codes = [code.replace(".", "") for code in world.diagnoses(claim)]
    diagnoses = "*".join(f"{'ABK' if place == 0 else 'ABF'}:{code}" for place, code in enumerate(codes))
    authorization = int(world.authorization[claim])
    segments = [
        f"HL*{level}*1*22*0",
        f"SBR*P*18**{payer.plan}*****{payer.kind}",
        f"NM1*IL*1*{patient.family}*{patient.given}****MI*{patient.member}",
        "N3*2 EXAMPLE WAY",
        "N4*SAMPLETON*ME*04000",
        f"DMG*D8*{patient.birth_date:%Y%m%d}*{patient.gender}",
        f"NM1*PR*2*{payer.name}*****PI*{payer.identifier}",
        f"CLM*{number}*{amount(sum(int(billed[line]) for line in lines))}***11:B:1*Y*A*Y*Y",
        *([f"REF*G1*A{authorization}"] if authorization else []),
        f"HI*{diagnoses}",
        f"NM1*82*1*CLINICIAN*SAMPLE****XX*{world.providers[world.provider[claim]]}",
        f"NM1*77*2*{world.clinic.locations[world.location[claim]][0]}",
        "N3*3 EXAMPLE WAY",
        "N4*SAMPLETON*ME*040009998",
    ]
    served = world.date_of(world.served[claim])
    for place, line in enumerate(lines, 1):
        procedure = world.procedures[world.lines.procedure[line]]
        code = f"HC:{procedure.code}" + (f":{procedure.modifier}" if procedure.modifier else "")
        segments += [
            f"LX*{place}",
            f"SV1*{code}*{amount(int(billed[line]))}*UN*{world.lines.units[line]}***1",
            f"DTP*472*D8*{served:%Y%m%d}",
            f"REF*6R*{number}-{place}",
        ]
    return segments
