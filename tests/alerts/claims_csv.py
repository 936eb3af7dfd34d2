"""A seeded claims CSV of a practice with eight payers, in which payers change on purpose."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

HEADER = (
    "claim_id payer procedure_code submitted_date decided_date paid_date outcome billed_amount paid_amount "
    "denial_code location"
).split()
FIRST, LAST = date(2024, 1, 1), date(2025, 6, 20)
PAYERS = {f"Payer {letter}": volume for letter, volume in zip("ABCDEFGH", (22, 14, 10, 8, 6, 5, 4, 3), strict=True)}
CODES, REASONS = ("99213", "97110", "80053", "72148"), ("27", "16", "18", "29")


@dataclass(frozen=True)
class Change:
    """From a day of decision on: denied so many times as often, for want of authorization; or paid so much later."""

    on: date
    denial_factor: float = 1.0
    extra_days: int = 0


def rows(changes: Mapping[str, Change], seed: int = 3) -> list[list[str]]:
    """Claims in the order of their submission; what is known of each on the last day of all."""
    random = np.random.default_rng(seed)
    made: list[list[str]] = []
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        if day.weekday() >= 5:
            continue
        for payer, volume in PAYERS.items():
            change = changes.get(payer, Change(date.max))
            for _ in range(random.poisson(volume * 1.4)):
                chance, reason, place, denied_after, paid_after = random.random(5)
                decided = day + timedelta(days=1 + int(10 * np.exp(0.5 * (denied_after * 4 - 2))))
                paid = day + timedelta(days=1 + int(18 * np.exp(0.4 * (paid_after * 4 - 2))))
                rate = 0.09 * (change.denial_factor if decided >= change.on else 1)
                code, location = CODES[int(random.integers(4))], "North" if place < 0.6 else "South"
                claim = [f"C{len(made)}", payer, code, day.isoformat()]
                if chance < rate:
                    carc = "197" if chance >= 0.09 else REASONS[int(reason * 4)]
                    made.append([*claim, decided.isoformat(), "", "denied", "200.00", "", carc, location])
                else:
                    if paid >= change.on:
                        paid += timedelta(days=change.extra_days)
                    made.append([*claim, paid.isoformat(), paid.isoformat(), "paid", "200.00", "120.00", "", location])
    return made


def write(path: Path, claims: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(claims)
    return path


def as_known_on(claims: list[list[str]], day: date) -> list[list[str]]:
    """The same claims as a file of that day tells them: later submissions gone, later decisions still pending."""
    text = day.isoformat()
    pending = ["", "", "pending", "200.00", "", ""]
    return [claim if claim[4] <= text else [*claim[:4], *pending, claim[-1]] for claim in claims if claim[3] <= text]
