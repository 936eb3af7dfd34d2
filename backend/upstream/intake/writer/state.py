"""A claim while it is being worked on: what files stated of it, what payers decided, and what it looks like in sum.

Nothing here touches the database. A claim's rows are a function of its statement and its decisions (`ClaimState.view`),
so the order in which files arrive does not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from upstream.claims.bulk import Id
from upstream.claims.models import Outcome
from upstream.claims.takebacks import REVERSAL
from upstream.core.money import ZERO

Adjustment = tuple[str, str, Decimal, Decimal | None]
"""Group, reason code, amount in USD, quantity."""

PENDING, PAID, DENIED, PARTIAL = (str(outcome) for outcome in Outcome)
#: CLP02 of the second and third payer in turn, with or without forwarding.
LATER_PAYERS = frozenset(("2", "3", "20", "21"))


@dataclass(slots=True)
class Line:
    """A service line: what was billed, then what was decided on it."""

    number: int
    control_number: str = ""
    procedure_code: str = ""
    modifiers: str = ""
    units: Decimal | None = None
    service_date: date | None = None
    billed_amount: Decimal = ZERO
    stated: bool = True
    allowed_amount: Decimal | None = None
    paid_amount: Decimal | None = None
    outcome: str = ""
    denial_code: str = ""
    remark_codes: str = ""
    decided_date: date | None = None
    """Only of lines that a file tells one by one, each with an outcome of its own."""
    paid_date: date | None = None
    adjustments: tuple[Adjustment, ...] = ()
    billed_as: str = ""
    """On a decision's line: the procedure that was billed where another was decided on."""
    id: Id | None = field(default=None, compare=False)

    def is_undecided(self) -> bool:
        return (
            self.outcome in ("", PENDING)
            and self.allowed_amount is None
            and self.paid_amount is None
            and not (self.denial_code or self.remark_codes or self.adjustments)
        )

    def undecided(self) -> "Line":
        return self.decided_as(_NOTHING_DECIDED)

    def decided_as(self, other: "Line") -> "Line":
        """This line with what was decided on `other`."""
        # Not dataclasses.replace, which takes three times as long and is called for every line of every claim.
        return Line(
            self.number, self.control_number, self.procedure_code, self.modifiers, self.units, self.service_date,
            self.billed_amount, self.stated, other.allowed_amount, other.paid_amount, other.outcome, other.denial_code,
            other.remark_codes, other.decided_date, other.paid_date, other.adjustments, self.billed_as, self.id,
        )  # fmt: skip


_NOTHING_DECIDED = Line(0)


@dataclass(slots=True)
class Facts:
    """What a claim is, apart from decisions. Blank values are not told."""

    payer_id: Id
    control_number: str = ""
    frequency_code: str = ""
    service_date: date | None = None
    submitted_date: date | None = None
    billed_amount: Decimal = ZERO
    authorization_number: str = ""
    provider_npi: str = ""
    location: str = ""
    plan: str = ""
    contract: str = ""
    diagnosis_codes: str = ""
    patient_id: Id | None = None

    def over(self, older: "Facts") -> "Facts":
        """These facts; where one is blank, the older one stays."""
        return Facts(
            self.payer_id,
            self.control_number or older.control_number,
            self.frequency_code or older.frequency_code,
            self.service_date or older.service_date,
            self.submitted_date or older.submitted_date,
            self.billed_amount or older.billed_amount,
            self.authorization_number or older.authorization_number,
            self.provider_npi or older.provider_npi,
            self.location or older.location,
            self.plan or older.plan,
            self.contract or older.contract,
            self.diagnosis_codes or older.diagnosis_codes,
            self.patient_id or older.patient_id,
        )


@dataclass(slots=True)
class Decision:
    """One decision: a remittance's, or (without remittance) the one a claims file told of.

    outcome is PENDING for what decides nothing: reversals, and statuses of claims passed on.
    """

    outcome: str
    decided_date: date | None = None
    paid_date: date | None = None
    allowed_amount: Decimal | None = None
    paid_amount: Decimal | None = None
    denial_code: str = ""
    remark_codes: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    lines: Sequence[Line] = ()
    remittance_id: Id | None = None
    sequence: int = 0
    status_code: str = ""
    billed_amount: Decimal = ZERO
    patient_responsibility: Decimal | None = None
    payer_claim_number: str = ""
    fingerprint: str = ""
    facts: Facts | None = None
    """A remittance's own account of the claim, for claims that no file has stated yet."""
    upload_id: Id | None = field(default=None, compare=False)
    id: Id | None = field(default=None, compare=False)
    """Of its row; None for one not written yet."""

    def is_blank(self) -> bool:
        """Whether it tells nothing beyond that there is no decision yet."""
        return (
            self.outcome == PENDING
            and self.allowed_amount is None
            and self.paid_amount is None
            and not (self.denial_code or self.remark_codes or self.adjustments)
            and all(line.stated and line.is_undecided() for line in self.lines)
        )


@dataclass(slots=True)
class Statement:
    """What one record, or an upload's records together, stated of a claim."""

    facts: Facts
    lines: Sequence[Line]
    told: Decision | None
    line_keyed: bool
    answer: bool
    fingerprint: str
    upload_id: Id = ""
    id: Id | None = field(default=None, compare=False)
    """Of its row; None for one not written yet."""


@dataclass(slots=True)
class View:
    """The claim as it is stored and shown."""

    facts: Facts
    procedure_code: str
    outcome: str
    decided_date: date | None
    paid_date: date | None
    allowed_amount: Decimal | None
    paid_amount: Decimal | None
    denial_code: str
    remark_codes: str
    payer_claim_number: str
    adjustments: tuple[Adjustment, ...]
    lines: Sequence[Line]


@dataclass(slots=True)
class ClaimState:
    """One claim: its statement (facts, lines, what was told of a decision) and its remittances' decisions."""

    id: Id
    claim_key: str
    fingerprint: str = ""
    facts: Facts | None = None
    """None while only remittances know the claim."""
    lines: Sequence[Line] = ()
    told: Decision | None = None
    decisions: list[Decision] = field(default_factory=list)
    stated_by: Id | None = None
    """The upload whose statements are all there are and stand in the claim's rows; None once `statements` are kept."""
    statements: list[Statement] = field(default_factory=list)
    """What each upload stated, in its order, once that cannot be read off the claim's rows."""

    @property
    def told_in_force(self) -> Decision | None:
        """What files told, but where a remittance says the same: then the remittance speaks for it."""
        told = self.told
        if told is not None and told.outcome != PENDING and any(_same(told, decision) for decision in self.decisions):
            return None
        return told

    def keep(self) -> None:
        """Keep what the one upload stated apart from the claim's rows, which others are about to change."""
        if self.stated_by is not None and self.facts is not None:
            self.statements.append(
                Statement(self.facts, self.lines, self.told, False, False, self.fingerprint, self.stated_by)
            )
            self.stated_by = None

    def view(self) -> View:
        """Statement and standing decision together. Raises ValueError for a claim nothing is known of."""
        shown = standing(self.told_in_force, self.decisions)
        facts = self.facts
        if self.decisions:
            source = shown.facts if shown is not None and shown.facts is not None else self._last_account()
            facts = source if facts is None else facts.over(source)
            if facts.patient_id is None:
                facts = replace(facts, patient_id=self._anybody())
        if facts is None:
            raise ValueError("a claim needs a statement or a decision")
        if shown is None:
            lines: Sequence[Line] = [line.undecided() for line in self.lines] if self.decisions else self.lines
            shown = _UNDECIDED
        elif shown.lines is self.lines:
            lines = self.lines
        else:
            lines = overlaid(self.lines, shown.lines, keep_unknown=shown.remittance_id is not None)
        return View(
            facts,
            lines[0].procedure_code if lines else "",
            shown.outcome,
            shown.decided_date,
            shown.paid_date,
            shown.allowed_amount,
            shown.paid_amount,
            shown.denial_code,
            shown.remark_codes,
            shown.payer_claim_number,
            shown.adjustments,
            lines,
        )

    def _last_account(self) -> Facts:
        last = max(self.decisions, key=_order)
        if last.facts is None:
            raise ValueError("a remittance's decision must carry the claim's facts")
        return last.facts

    def _anybody(self) -> Id | None:
        """Whom any remittance says the claim was for."""
        told = (decision.facts.patient_id for decision in self.decisions if decision.facts is not None)
        return next((patient_id for patient_id in told if patient_id is not None), None)


_UNDECIDED = Decision(PENDING)


def _order(decision: Decision) -> tuple[bool, date, int, str]:
    """Later decisions count; a further payer's only where the first payer's is not known."""
    first_payer = decision.status_code not in LATER_PAYERS
    return first_payer, decision.decided_date or date.min, decision.sequence, decision.fingerprint


def standing(told: Decision | None, decisions: Sequence[Decision]) -> Decision | None:
    """The decision a claim shows: the latest that was not taken back; None when none stands.

    Decisions stand in the order of their dates, then of their remittance. A reversal takes back the latest standing one
    that paid what it takes, else the latest that paid at all. What a claims file told is one of them by its date.
    """
    if not decisions:
        return told
    dated = [decision for decision in decisions if decision.outcome != PENDING or decision.status_code == REVERSAL]
    if told is not None and told.outcome != PENDING:
        dated.append(told)
    live: list[Decision] = []
    for decision in sorted(dated, key=lambda decision: _order(decision)[1:]):
        if decision.status_code != REVERSAL:
            live.append(decision)
            continue
        taken = _taken_back(live, decision)
        live = [other for other in live if other is not taken]
    if live:
        return max(live, key=_order)
    return told if told is not None and told.outcome == PENDING else None


def _same(told: Decision, decision: Decision) -> bool:
    return decision.outcome == told.outcome and told.paid_amount in (None, decision.paid_amount)


def _taken_back(live: Sequence[Decision], reversal: Decision) -> Decision | None:
    amount = -(reversal.paid_amount or ZERO)
    paid = [decision for decision in reversed(live) if decision.paid_amount]
    exact = [decision for decision in reversed(live) if (decision.paid_amount or ZERO) == amount]
    return next(iter(exact or paid or live[-1:]), None)


def overlaid(stated: Sequence[Line], decided: Sequence[Line], *, keep_unknown: bool) -> list[Line]:
    """Stated lines with what was decided on each; behind them further decided lines that no file stated.

    keep_unknown: all of them, as of a remittance, whose lines take the next numbers.

    A decided line belongs to the stated one of its line control number (without one, the line's number stands for it:
    ASC X12 005010X221, REF*6R), else to the one of its number and, where it tells one, its procedure, else to the next
    of its procedure.
    """
    if len(stated) == len(decided) == 1 and _by_procedure(stated[0], decided[0]):
        return [stated[0].decided_as(decided[0])]
    left = list(decided)
    found: dict[int, Line] = {}
    for test in (_by_control_number, _by_number, _by_price, _by_procedure):
        for position, line in enumerate(stated):
            if not left:
                break
            if position in found:
                continue
            for candidate in left:
                if test(line, candidate):
                    found[position] = candidate
                    # Not by equality: two lines may say the same.
                    left = [other for other in left if other is not candidate]
                    break
    lines = [line.decided_as(found.get(position, _NOTHING_DECIDED)) for position, line in enumerate(stated)]
    numbers = {line.number for line in stated}
    for line in left:
        if keep_unknown or not line.stated:
            own = not line.stated and line.number not in numbers
            number = line.number if own else max(numbers, default=0) + 1
            numbers.add(number)
            lines.append(replace(line, number=number, stated=False, billed_as=""))
    return lines


def _by_control_number(line: Line, decided: Line) -> bool:
    return decided.control_number != "" and decided.control_number == (line.control_number or str(line.number))


def _by_number(line: Line, decided: Line) -> bool:
    # An answer in FHIR may tell of its lines nothing but their numbers.
    return line.number == decided.number and (not decided.procedure_code or _by_procedure(line, decided))


def _by_price(line: Line, decided: Line) -> bool:
    return _by_procedure(line, decided) and line.billed_amount == decided.billed_amount


def _by_procedure(line: Line, decided: Line) -> bool:
    return line.procedure_code == (decided.billed_as or decided.procedure_code)
