"""Writes remittances: X12 835, version 005010X221A1, one set per payer and day of payment, balanced to the cent.

Every line: charge - adjustments = paid; every claim: the sum of its lines; every remittance: BPR02 = sum of CLP04 - sum
of PLB (005010X221, section 1.10.2).
"""

from collections.abc import Iterable, Iterator
from datetime import date

import numpy as np

from upstream.ops.demo.catalogue import REASONS
from upstream.ops.demo.submission_file import CLEARINGHOUSE, SUBMITTER
from upstream.ops.demo.world import DENIED, World
from upstream.ops.demo.x12_envelope import Group, amount, interchange

VERSION = "005010X221A1"
_REASON_CODES = list(REASONS)
#: Of a payer's remittances, one in so many takes back an overpayment of earlier years.
_TAKES_BACK_EVERY = 9
#: Payers owe interest on what they pay later than this, at this rate.
_INTEREST_AFTER_DAYS, _INTEREST_RATE = 45, 0.01


def remittances_835(world: World, payers: Iterable[int], first: date, last: date) -> Iterator[bytes]:
    """What the payers (rows in `clinic.payers`) decided between two dates, both included; a functional group per payer.

    Yields an interchange without groups where nothing was decided.
    """
    rows = list(payers)
    control = 500_000_000 + world.day_of(last) * 100 + rows[0]
    return interchange(
        sender=CLEARINGHOUSE, receiver=SUBMITTER, on=last, control=control, function="HP", code="835", version=VERSION,
        groups=_groups(world, rows, world.day_of(first), world.day_of(last), last),
    )  # fmt: skip


def remittance_days(world: World, payer: int, first: date, last: date) -> list[date]:
    """The days between two dates on which a payer sent a remittance."""
    days = np.unique(world.decided[world.payer == payer])
    return [world.date_of(day) for day in days if world.day_of(first) <= day <= world.day_of(last)]


def _groups(world: World, payers: list[int], first: int, last: int, on: date) -> Iterator[Group]:
    for payer in payers:
        claims = np.flatnonzero((world.payer == payer) & (world.decided >= first) & (world.decided <= last))
        if len(claims):
            days = world.decided[claims]
            yield on, (_set(world, payer, int(day), claims[days == day].tolist()) for day in np.unique(days))


def _set(world: World, payer: int, day: int, claims: list[int]) -> list[str]:
    own, on = world.clinic.payers[payer], world.date_of(day)
    paid = {claim: sum(int(world.lines.paid[line]) for line in world.lines_of(claim)) for claim in claims}
    adjustments = _provider_adjustments(world, payer, day, paid)
    payment = sum(paid.values()) - sum(cents for _, cents in adjustments)
    trace = f"{own.identifier}{on:%Y%m%d}"
    how = f"BPR*I*{amount(payment)}*C*ACH*CCP*01*999999992*DA*0000001*1000000001**01*999988880*DA*0000002*{on:%Y%m%d}"
    nothing = f"BPR*H*0*C*NON************{on:%Y%m%d}"
    segments = [
        how if payment else nothing,
        f"TRN*1*{trace}*1000000001",
        f"DTM*405*{on:%Y%m%d}",
        f"N1*PR*{own.name}",
        "N3*4 EXAMPLE WAY",
        "N4*SAMPLETON*ME*04000",
        f"REF*2U*{own.identifier}",
        "PER*BL*PROVIDER LINE*TE*5550100001",
        f"N1*PE*{world.clinic.name}*XX*{world.providers[-1]}",
        "REF*TJ*000000001",
        "LX*1",
    ]
    for claim in claims:
        segments += _claim(world, claim, paid[claim])
    if adjustments:
        pairs = "*".join(f"{reason}:{trace}*{amount(cents)}" for reason, cents in adjustments)
        segments.append(f"PLB*{world.providers[-1]}*{on:%Y}1231*{pairs}")
    return segments


def _provider_adjustments(world: World, payer: int, day: int, paid: dict[int, int]) -> list[tuple[str, int]]:
    """(reason, cents) of the whole remittance: overpayment taken back (WO, positive), interest owed (L6, negative)."""
    adjustments = []
    takes_back = min(4_200 + 37 * (day % 50), sum(paid.values()) // 2)
    if (day + payer) % _TAKES_BACK_EVERY == 0 and takes_back:
        adjustments.append(("WO", takes_back))
    late = sum(cents for claim, cents in paid.items() if day - int(world.submitted[claim]) > _INTEREST_AFTER_DAYS)
    if interest := round(late * _INTEREST_RATE):
        adjustments.append(("L6", -interest))
    return adjustments


def _claim(world: World, claim: int, paid: int) -> list[str]:
    lines, rows = world.lines, world.lines_of(claim)
    payer, patient = world.clinic.payers[world.payer[claim]], world.patients[world.patient[claim]]
    number = world.number(claim)
    served, received = world.date_of(world.served[claim]), world.date_of(world.submitted[claim])
    of_lines = [_line(world, line, f"{number}-{place}") for place, line in enumerate(rows, 1)]
    owed = sum(cents for _, cents in of_lines)
    status = 4 if world.outcome[claim] == DENIED else 1
    billed = sum(int(lines.billed[line]) for line in rows)
    segments = [
        f"CLP*{number}*{status}*{amount(billed)}*{amount(paid)}*{amount(owed)}*{payer.kind}*{payer.identifier}{claim:08d}*11*1",
        f"NM1*QC*1*{patient.family}*{patient.given}****MI*{patient.member}",
        f"NM1*82*1*CLINICIAN*SAMPLE****XX*{world.providers[world.provider[claim]]}",
        f"DTM*232*{served:%Y%m%d}",
        f"DTM*050*{received:%Y%m%d}",
    ]
    for of_line, _ in of_lines:
        segments += of_line
    return segments


def _line(world: World, line: int, control: str) -> tuple[list[str], int]:
    """(segments, cents the patient owes)."""
    lines = world.lines
    billed, allowed, paid = int(lines.billed[line]), int(lines.allowed[line]), int(lines.paid[line])
    procedure = world.procedures[lines.procedure[line]]
    code = f"HC:{procedure.code}" + (f":{procedure.modifier}" if procedure.modifier else "")
    served = world.date_of(world.served[lines.claim[line]])
    segments = [f"SVC*{code}*{amount(billed)}*{amount(paid)}**{lines.units[line]}", f"DTM*472*{served:%Y%m%d}"]
    reason = int(lines.reason[line])
    if reason >= 0:
        carc = _REASON_CODES[reason]
        group = REASONS[carc].group
        segments += [f"CAS*{group}*{carc}*{amount(billed)}", f"REF*6R*{control}", f"LQ*HE*{REASONS[carc].remark}"]
        return segments, billed if group == "PR" else 0
    owed = int(lines.patient_share[line])
    if billed > allowed:
        segments.append(f"CAS*CO*45*{amount(billed - allowed)}")
    if owed:
        segments.append(f"CAS*PR*{lines.share_reason[line]}*{amount(owed)}")
    segments += [f"REF*6R*{control}", f"AMT*B6*{amount(allowed)}"]
    return segments, owed
