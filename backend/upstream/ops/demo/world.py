"""A simulated clinic's claims, as columns: what was sent, and what the payers will have answered."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from upstream.ops.demo.catalogue import Procedure
from upstream.ops.demo.spec import Clinic

Integers = NDArray[np.int64]

PENDING, PAID, DENIED, PARTIAL = range(4)
#: The day of a decision that never comes.
NEVER = 1_000_000


@dataclass(frozen=True, slots=True)
class Patient:
    number: str
    family: str
    given: str
    birth_date: date
    member: str
    gender: str


@dataclass(frozen=True)
class Lines:
    """Service lines in the order of their claims; money in cents.

    claim: row of the claim. reason: position in REASONS, -1 where the line is not denied. share_reason: CARC of what
    the patient owes (1 deductible, 2 coinsurance, 3 copayment), 0 for nothing.
    """

    claim: Integers
    number: Integers
    procedure: Integers
    units: Integers
    billed: Integers
    allowed: Integers
    patient_share: Integers
    share_reason: Integers
    reason: Integers

    @cached_property
    def paid(self) -> Integers:
        """(lines,) cents; read once every denial is written."""
        return np.where(self.reason >= 0, 0, self.allowed - self.patient_share)


@dataclass(frozen=True, slots=True)
class World:
    """Claims in the order they were sent. Days count from `start`; decisions beyond `end` are yet to come.

    Money comes on the day of the decision: clinics learn of both from the remittance.
    """

    clinic: Clinic
    start: date
    end: date
    payer: Integers
    service: Integers
    location: Integers
    provider: Integers
    patient: Integers
    served: Integers
    submitted: Integers
    decided: Integers
    outcome: Integers
    diagnosis: Integers
    authorization: Integers
    lines: Lines
    first_line: Integers
    """(claims + 1,) row of each claim's first line."""
    patients: list[Patient]
    providers: list[str]
    """Identifiers of the people who treat; the last one is the clinic's own."""
    procedures: list[Procedure]

    def __len__(self) -> int:
        return len(self.payer)

    def day_of(self, on: date) -> int:
        return (on - self.start).days

    def date_of(self, day: int) -> date:
        return self.start + timedelta(days=int(day))

    def lines_of(self, claim: int) -> range:
        return range(self.first_line[claim], self.first_line[claim + 1])

    def diagnoses(self, claim: int) -> list[str]:
        """One or two codes fitting the service, the same for the claim wherever it is written."""
        codes = self.clinic.services[self.service[claim]][0].diagnoses
        first, rest = int(self.diagnosis[claim]) % len(codes), int(self.diagnosis[claim]) // len(codes)
        second = rest % len(codes)
        return [codes[first]] if rest % 3 or second == first else [codes[first], codes[second]]

    def number(self, claim: int) -> str:
        """The claim's control number."""
        return f"{self.clinic.prefix}{self.start:%y}{claim + 1:06d}"

    def outcome_on(self, day: int) -> Integers:
        """(claims,) what was known of each claim at the end of `day`."""
        return np.where(self.decided <= day, self.outcome, PENDING)

    def sent(self, first: date, last: date) -> Integers:
        """Rows of the claims sent between two dates, both included."""
        return np.flatnonzero((self.submitted >= self.day_of(first)) & (self.submitted <= self.day_of(last)))
