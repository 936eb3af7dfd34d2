"""Writes claims as a practice-management system exports them: one row per service line."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date

from upstream.ops.demo.catalogue import REASONS
from upstream.ops.demo.world import DENIED, PAID, PENDING, World

COLUMNS = (
    "claim_id", "line_number", "payer", "plan", "location", "provider_npi", "patient_id", "patient_name", "patient_dob",
    "member_id", "service_date", "submitted_date", "decided_date", "paid_date", "outcome", "procedure_code",
    "modifiers", "units", "diagnosis_codes", "authorization_number", "billed_amount", "allowed_amount", "paid_amount",
    "denial_code", "remark_codes",
)  # fmt: skip
_CLAIMS_PER_CHUNK = 500
_REASON_CODES = list(REASONS)


def claims_csv(
    world: World, claims: Iterable[int], as_of: date, damaged: Iterable[dict[str, str]] = ()
) -> Iterator[bytes]:
    """The rows of `claims` as they stood at the end of `as_of`: UTF-8, comma, ISO dates, amounts in USD.

    damaged: values that spoil a copy of the last claim's first row, one further row each (see `stories.MISTAKES`).
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    rows = _Rows(world, as_of)
    row: list[str] = []
    for written, claim in enumerate(claims, 1):
        of_claim = rows.of_claim(claim)
        row = of_claim[0]
        writer.writerows(of_claim)
        if written % _CLAIMS_PER_CHUNK == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    for mistakes in damaged if row else ():
        writer.writerow([mistakes.get(column, value) for column, value in zip(COLUMNS, row, strict=True)])
    yield text.getvalue().encode()


class _Rows:
    """Formats the claims of one world as of one day; plain lists, because reading numpy one by one is slow."""

    def __init__(self, world: World, as_of: date) -> None:
        self.world = world
        self.outcome = world.outcome_on(world.day_of(as_of)).tolist()
        latest = max(int(world.submitted.max()), world.day_of(as_of))
        self.dates = {day: world.date_of(day).isoformat() for day in range(int(world.served.min()), latest + 1)}
        lines = world.lines
        self.lines = list(
            zip(lines.number.tolist(), lines.procedure.tolist(), lines.units.tolist(), lines.billed.tolist(),
                lines.allowed.tolist(), lines.paid.tolist(), lines.reason.tolist(), strict=True)
        )  # fmt: skip
        self.people = [
            (patient.number, f"{patient.family}, {patient.given}", patient.birth_date.isoformat(), patient.member)
            for patient in world.patients
        ]

    def of_claim(self, claim: int) -> list[list[str]]:
        world, outcome = self.world, self.outcome[claim]
        payer = world.clinic.payers[world.payer[claim]]
        decided = "" if outcome == PENDING else self.dates[int(world.decided[claim])]
        opening = [
            payer.name, payer.plan, world.clinic.locations[world.location[claim]][0],
            world.providers[world.provider[claim]], *self.people[world.patient[claim]],
            self.dates[int(world.served[claim])], self.dates[int(world.submitted[claim])], decided,
        ]  # fmt: skip
        authorization = int(world.authorization[claim])
        closing = [" ".join(world.diagnoses(claim)), f"A{authorization}" if authorization else ""]
        number, rows = world.number(claim), []
        for line in world.lines_of(claim):
            place, procedure, units, billed, allowed, paid, reason = self.lines[line]
            code = world.procedures[procedure]
            refused = outcome != PENDING and reason >= 0
            settled = outcome != PENDING and not refused
            rows.append([
                number, str(place), *opening, decided if settled else "",
                _OUTCOMES[PENDING if outcome == PENDING else DENIED if refused else PAID],
                code.code, code.modifier, str(units), *closing, money(billed),
                money(allowed) if settled else "", "" if outcome == PENDING else money(paid),
                _REASON_CODES[reason] if refused else "", REASONS[_REASON_CODES[reason]].remark if refused else "",
            ])  # fmt: skip
        return rows


_OUTCOMES = {PENDING: "pending", PAID: "paid", DENIED: "denied"}


def money(cents: int) -> str:
    """USD with two places."""
    return f"{cents // 100}.{cents % 100:02d}"
