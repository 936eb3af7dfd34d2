"""Makes a world from a clinic, a number of claims, a last day and a seed: the same world every time.

Claims fall on workdays by season and weekday. Each gets two days on which it could be decided: a denial's and a
payment's, lognormal after submission and put off to the payer's next remittance. Whether it is denied is drawn with the
rate in force on the denial's day, so a planted change begins sharply by decision date, as when a payer switches a rule
on.
"""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from upstream.ops.demo import people
from upstream.ops.demo.catalogue import REASONS, Procedure
from upstream.ops.demo.spec import Clinic, DenialChange, PaymentStall
from upstream.ops.demo.workdays import Integers, Workdays
from upstream.ops.demo.world import DENIED, NEVER, PAID, PARTIAL, Lines, Patient, World

Floats = NDArray[np.float64]

#: Days kept before the first submission (services rendered earlier) and after the last (decisions yet to come).
_BEFORE, _AFTER = 14, 400
_NEVER_DECIDED = 0.008
_FEWEST_DAYS_TO_DECISION = 3
_PARTLY_DENIED = 0.04
_HIGHEST_RATE = 0.95
_REASONS = list(REASONS)


def simulate(clinic: Clinic, *, claims: int, end: date, seed: int, days: int = 365) -> World:
    """`claims` claims sent over the `days` days ending on `end`.

    Decisions that fall after `end` are in the world too (`World.outcome_on` hides them). Raises ValueError without room
    for a claim.
    """
    if claims < 1 or days < 1:
        raise ValueError("A world needs at least one claim and one day.")
    rng = np.random.default_rng(seed)
    start = end - timedelta(days=days - 1)
    workdays = Workdays(start - timedelta(days=_BEFORE), _BEFORE + days + _AFTER)
    payer, submitted = _arrivals(clinic, workdays, claims, days, rng)
    service = _services(clinic, payer, rng)
    lines, first_line, procedures = _lines(clinic, payer, service, rng)
    decided, denied, reason = _decisions(clinic, workdays, payer, service, submitted, rng)
    partly = _deny(lines, first_line, denied, reason, clinic, service, rng)
    outcome = np.where(denied, DENIED, np.where(partly, PARTIAL, PAID))
    patients, patient, home = _patients(clinic, payer, end, rng)
    location, provider, providers = _places(clinic, home, rng)
    # A service is billed one to five workdays after it was rendered.
    served, workday_before = submitted.copy(), workdays.open_before()
    back = rng.choice(5, claims, p=(0.34, 0.3, 0.18, 0.11, 0.07)) + 1
    for steps in range(1, 6):
        served = np.where(back >= steps, workday_before[served], served)
    return World(
        clinic=clinic, start=start, end=end, payer=payer, service=service, location=location, provider=provider,
        patient=patient, served=served - _BEFORE, submitted=submitted - _BEFORE,
        decided=np.where(decided == NEVER, NEVER, decided - _BEFORE), outcome=outcome,
        diagnosis=rng.integers(0, 1 << 30, claims), authorization=_authorizations(clinic, service, rng),
        lines=lines, first_line=first_line, patients=patients, providers=providers, procedures=procedures,
    )  # fmt: skip


def _arrivals(
    clinic: Clinic, workdays: Workdays, claims: int, days: int, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    """(payer, submitted day) in the order of days: a multinomial; a holiday's claims go out the workday after it."""
    last = _BEFORE + days - 1
    shares = np.array([workdays.wanted(payer.season, last) * payer.share for payer in clinic.payers])
    shares = shares[:, _BEFORE : last + 1].T
    if not workdays.open[_BEFORE : last + 1].any():
        raise ValueError("There is no workday in the days asked for.")
    counts = rng.multinomial(claims, (shares / shares.sum()).ravel())
    cell = np.repeat(np.arange(counts.size), counts)
    wanted, payer = np.divmod(cell, len(clinic.payers))
    day = workdays.next_open()[wanted + _BEFORE]
    day = np.where(day <= last, day, workdays.open_before()[wanted + _BEFORE])
    # Ordered by the day wanted, which puts the same draws on the same claims whatever holidays there are.
    order = np.lexsort((rng.random(claims), wanted))
    return payer[order], day[order]


def _services(clinic: Clinic, payer: Integers, rng: np.random.Generator) -> Integers:
    mix = np.array(
        [[share * p.emphasis.get(service.name, 1.0) for service, share, _ in clinic.services] for p in clinic.payers]
    )
    return _draw(mix / mix.sum(axis=1, keepdims=True), payer, rng)


def _draw(shares: Floats, row: Integers, rng: np.random.Generator) -> Integers:
    """For each entry of `row` a column, drawn by the shares of that row of `shares` (each row adds up to 1)."""
    drawn = (rng.random(len(row))[:, None] > shares.cumsum(axis=1)[row]).sum(axis=1)
    return np.minimum(drawn, shares.shape[1] - 1)


def _decisions(
    clinic: Clinic,
    workdays: Workdays,
    payer: Integers,
    service: Integers,
    submitted: Integers,
    rng: np.random.Generator,
) -> tuple[Integers, NDArray[np.bool_], Integers]:
    """(decided day, denied, reason of a denial)."""
    claims, payers = len(payer), clinic.payers
    spread = np.array([p.spread for p in payers])[payer]
    denial = submitted + np.array([p.denial_days for p in payers])[payer] * np.exp(spread * rng.standard_normal(claims))
    payment = np.array([p.payment_days for p in payers])[payer] * np.exp(spread * rng.standard_normal(claims))
    payment = submitted + _slowed(clinic, workdays, payer, submitted, payment)
    remittance = np.array([workdays.next_open(p.pays_on) for p in payers])
    earliest = submitted + _FEWEST_DAYS_TO_DECISION
    last = workdays.days - 1

    def decided_on(wished: Floats) -> Integers:
        day = np.maximum(np.ceil(wished), earliest).astype(np.int64)
        on = remittance[payer, np.minimum(day, last)]
        return np.where((day > last) | (on > last), NEVER, on)

    denial_day, payment_day = decided_on(denial), decided_on(payment)
    usual, now = _denial_rates(clinic, workdays, payer, service, denial_day, rng)
    luck = rng.random(claims)
    denied = luck < now
    answered = rng.random(claims) >= _NEVER_DECIDED
    decided = np.where(answered, np.where(denied, denial_day, payment_day), NEVER)
    return decided, denied, _reasons(clinic, payer, service, denied & (luck >= usual), denial_day, workdays, rng)


def _slowed(clinic: Clinic, workdays: Workdays, payer: Integers, submitted: Integers, days: Floats) -> Floats:
    """Days to payment with the part that lies behind a stall's date stretched."""
    for change in clinic.changes:
        if isinstance(change, PaymentStall):
            before = np.maximum((change.on - workdays.start).days - submitted, 0)
            slowed = before + (days - before) * change.factor
            days = np.where(_is_payer(clinic, payer, change.payer) & (days > before), slowed, days)
    return days


def _is_payer(clinic: Clinic, payer: Integers, name: str) -> NDArray[np.bool_]:
    return payer == [p.name for p in clinic.payers].index(name)


def _concerned(
    clinic: Clinic, change: DenialChange, payer: Integers, service: Integers, denial_day: Integers, workdays: Workdays
) -> NDArray[np.bool_]:
    """Claims whose denial, if they are denied, is the changed payer's new habit."""
    concerned = _is_payer(clinic, payer, change.payer) & (denial_day >= (change.on - workdays.start).days)
    if change.service is not None:
        concerned &= service == [s.name for s, _, _ in clinic.services].index(change.service)
    return concerned


def _denial_rates(
    clinic: Clinic,
    workdays: Workdays,
    payer: Integers,
    service: Integers,
    denial_day: Integers,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """(usual rate, rate with the planted changes) of each claim, both with the mood of its remittance."""
    moods = np.ones((len(clinic.payers), workdays.days))
    for row, p in enumerate(clinic.payers):
        if p.batch_spread:
            moods[row] = rng.gamma(p.batch_spread**-2, p.batch_spread**2, workdays.days)
    risk = np.array([risk for _, _, risk in clinic.services])[service]
    usual = np.array([p.denial_rate for p in clinic.payers])[payer] * risk
    usual = usual * moods[payer, np.minimum(denial_day, workdays.days - 1)]
    now = usual.copy()
    for change in clinic.changes:
        if isinstance(change, DenialChange):
            now[_concerned(clinic, change, payer, service, denial_day, workdays)] *= change.factor
    return np.minimum(usual, _HIGHEST_RATE), np.minimum(now, _HIGHEST_RATE)


def _reason_shares(clinic: Clinic) -> Floats:
    """(services, reasons), each row adding up to 1."""
    shares = np.array([[service.reasons.get(carc, 0.0) for carc in _REASONS] for service, _, _ in clinic.services])
    return shares / shares.sum(axis=1, keepdims=True)


def _reasons(
    clinic: Clinic, payer: Integers, service: Integers, additional: NDArray[np.bool_], denial_day: Integers,
    workdays: Workdays, rng: np.random.Generator,
) -> Integers:  # fmt: skip
    """Position in REASONS of each claim's denial, should it be denied; `additional` denials are a planted change's."""
    reason = _draw(_reason_shares(clinic), service, rng)
    for change in clinic.changes:
        if isinstance(change, DenialChange) and change.factor > 1:
            concerned = _concerned(clinic, change, payer, service, denial_day, workdays)
            reason = np.where(additional & concerned, _REASONS.index(change.reason), reason)
    return reason


def _lines(
    clinic: Clinic, payer: Integers, service: Integers, rng: np.random.Generator
) -> tuple[Lines, Integers, list[Procedure]]:
    """The service lines of all claims, priced; none denied yet."""
    procedures: list[Procedure] = []
    first, shares = [], np.zeros((2, len(clinic.services), 8))
    for row, (kind, _, _) in enumerate(clinic.services):
        first.append((len(procedures), len(procedures) + len(kind.procedures)))
        for which, chosen in enumerate((kind.procedures, kind.additions)):
            procedures += chosen
            total = sum(procedure.share for procedure in chosen)
            for column, procedure in enumerate(chosen):
                shares[which, row, column] = procedure.share / total
    offsets = np.array(first)
    has_additions = np.array([bool(kind.additions) for kind, _, _ in clinic.services])
    extra = np.where(has_additions[service], rng.choice(3, len(service), p=(0.6, 0.3, 0.1)), 0)
    additions = np.array([len(kind.additions) for kind, _, _ in clinic.services])
    extra = np.minimum(extra, additions[service])
    first_line = np.concatenate(([0], np.cumsum(1 + extra)))
    claim = np.repeat(np.arange(len(service)), 1 + extra)
    number = np.arange(len(claim)) - first_line[claim] + 1
    group = service[claim]
    # A second addition is the one after the first, so no procedure comes twice.
    leading = _draw(shares[0], service, rng)
    added = (_draw(shares[1], service, rng)[claim] + number - 2) % np.maximum(additions[group], 1)
    procedure = np.where(number == 1, offsets[group, 0] + leading[claim], offsets[group, 1] + added)
    most = np.array([p.most_units for p in procedures])[procedure]
    units = 1 + (rng.random(len(claim)) * most).astype(np.int64)
    billed = np.array([p.charge * 100 for p in procedures])[procedure] * units
    allowed = _contract(clinic, procedures, rng)[payer[claim], procedure] * units
    owed, owed_reason = _patient_shares(allowed, claim, number, len(service), rng)
    lines = Lines(claim, number, procedure, units, billed, allowed, owed, owed_reason, np.full(len(claim), -1))
    return lines, first_line, procedures


def _contract(clinic: Clinic, procedures: list[Procedure], rng: np.random.Generator) -> Integers:
    """(payers, procedures) cents the contract allows for one unit: fixed, a little different for every code."""
    charges = np.array([procedure.charge * 100 for procedure in procedures])
    level = np.array([payer.allowed for payer in clinic.payers])[:, None]
    return np.rint(charges * level * rng.uniform(0.92, 1.08, (len(level), len(charges)))).astype(np.int64)


def _patient_shares(
    allowed: Integers, claim: Integers, number: Integers, claims: int, rng: np.random.Generator
) -> tuple[Integers, Integers]:
    """(cents the patient owes, CARC): copayment on the first line, coinsurance or deductible on all; never all."""
    how = rng.choice(4, claims, p=(0.44, 0.08, 0.18, 0.3))[claim]
    copayment = rng.choice((1500, 2000, 2500, 3500), claims)[claim]
    owed = np.select(
        (how == 1, how == 2, how == 3),
        (
            np.rint(allowed * 0.4).astype(np.int64),
            np.rint(allowed * 0.2).astype(np.int64),
            np.where((number == 1) & (allowed >= copayment + 500), copayment, 0),
        ),
        0,
    )
    return owed, np.where(owed > 0, how, 0)


def _deny(
    lines: Lines, first_line: Integers, denied: NDArray[np.bool_], reason: Integers, clinic: Clinic, service: Integers,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:  # fmt: skip
    """Write denials onto the lines; returns the claims of which the last line alone was denied."""
    several = np.diff(first_line) > 1
    partly = several & ~denied & (rng.random(len(denied)) < _PARTLY_DENIED)
    of_line = _draw(_reason_shares(clinic), service, rng)
    lines.reason[:] = np.where(denied[lines.claim], reason[lines.claim], -1)
    last = first_line[1:][partly] - 1
    lines.reason[last] = of_line[partly]
    return partly


def _patients(
    clinic: Clinic, payer: Integers, end: date, rng: np.random.Generator
) -> tuple[list[Patient], Integers, Integers]:
    """(patients, patient of each claim, home location of each claim's patient). A few patients come often."""
    counts = np.bincount(payer, minlength=len(clinic.payers))
    sizes = np.maximum(1, (counts / clinic.visits).astype(np.int64))
    offsets = np.concatenate(([0], np.cumsum(sizes)))
    total = int(offsets[-1])
    young = rng.random(total) < clinic.youngest_share
    ages = np.where(young, rng.uniform(0.1, 18, total), rng.uniform(18, 88, total))
    members = rng.choice(90_000_000, total, replace=False)
    insurer = np.repeat(np.arange(len(sizes)), sizes)
    genders = rng.choice(("F", "M"), total)
    patients = [
        Patient(
            f"{clinic.prefix}-P{row + 1:05d}", family, given, end - timedelta(days=int(ages[row] * 365.25)),
            f"{clinic.payers[insurer[row]].identifier[:3]}{members[row] + 10_000_000}", str(genders[row]),
        )
        for row, (family, given) in enumerate(people.names(total, rng))
    ]  # fmt: skip
    chosen = (sizes[payer] * rng.random(len(payer)) ** 1.5).astype(np.int64)
    patient = offsets[payer] + np.minimum(chosen, sizes[payer] - 1)
    home = rng.choice(len(clinic.locations), total, p=_location_shares(clinic))
    return patients, patient, home[patient]


def _location_shares(clinic: Clinic) -> Floats:
    shares = np.array([share for _, share, _ in clinic.locations])
    return shares / shares.sum()


def _places(clinic: Clinic, home: Integers, rng: np.random.Generator) -> tuple[Integers, Integers, list[str]]:
    """(location, provider, identifiers of the providers): nine visits of ten at the patient's usual place."""
    away = rng.random(len(home)) < 0.1
    location = np.where(away, rng.choice(len(clinic.locations), len(home), p=_location_shares(clinic)), home)
    sizes = np.array([providers for _, _, providers in clinic.locations])
    offsets = np.concatenate(([0], np.cumsum(sizes)))[:-1]
    provider = offsets[location] + (rng.random(len(home)) * sizes[location]).astype(np.int64)
    numbers = rng.choice(100_000_000, int(sizes.sum()) + 1, replace=False)
    return location, provider, [people.npi(int(number)) for number in numbers]


def _authorizations(clinic: Clinic, service: Integers, rng: np.random.Generator) -> Integers:
    """(claims,) authorization number, 0 for none."""
    share = np.array([kind.authorized for kind, _, _ in clinic.services])[service]
    return np.where(rng.random(len(service)) < share, rng.integers(10_000_000, 99_999_999, len(service)), 0)
