"""The events of a claim in the order in which they became known, and what each changed of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import models

from upstream.claims.denied_amounts import denied_amount
from upstream.claims.takebacks import REVERSAL
from upstream.core.money import ZERO
from upstream.intake.history.acknowledged import ClaimAcknowledged, acknowledged
from upstream.intake.history.pieces import Piece, Pieces, state_of, undecided
from upstream.intake.models import Upload
from upstream.intake.writer.state import LATER_PAYERS, PENDING, Decision, Statement, View


class EventKind(models.TextChoices):
    """SUBMITTED: what was first stated of it; RESTATED: stated again, differently; CORRECTED and VOIDED: stated again
    with frequency 7 or 8. DECIDED, DECIDED_AGAIN: by the payer; LATER_PAYER: by a second or third payer in turn;
    REVERSED: a decision taken back; NOTED: a status that decides nothing. ACKNOWLEDGED: the claim (277CA);
    SET_ACKNOWLEDGED: the set or batch it was sent in (999, 997, 277CA).
    """

    SUBMITTED = "SUBMITTED"
    RESTATED = "RESTATED"
    CORRECTED = "CORRECTED"
    VOIDED = "VOIDED"
    DECIDED = "DECIDED"
    DECIDED_AGAIN = "DECIDED_AGAIN"
    LATER_PAYER = "LATER_PAYER"
    REVERSED = "REVERSED"
    NOTED = "NOTED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    SET_ACKNOWLEDGED = "SET_ACKNOWLEDGED"


class ClaimFact(models.TextChoices):
    """What of a claim is watched over time."""

    OUTCOME = "OUTCOME"
    PAYER = "PAYER"
    BILLED = "BILLED"
    ALLOWED = "ALLOWED"
    PAID = "PAID"
    DENIED = "DENIED"
    DENIAL_CODE = "DENIAL_CODE"
    REMARKS = "REMARKS"
    SERVICE_DATE = "SERVICE_DATE"
    SUBMITTED_DATE = "SUBMITTED_DATE"
    DECIDED_DATE = "DECIDED_DATE"
    PAID_DATE = "PAID_DATE"


Fact = str | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Change:
    """A fact before and after; ids of payers stand for payers. None, or an empty text: not told."""

    fact: ClaimFact
    before: Fact
    after: Fact


@dataclass(slots=True)
class Event:
    """told: what was said, None for acknowledgements, which say `acknowledged`. changes: what it changed of the claim.

    trace_number: the remittance that told it, place: which of the remittance's claims it is, from 1 (0: no remittance).
    """

    kind: EventKind
    known_at: datetime
    happened_on: date | None
    upload: Upload | None
    told: Statement | Decision | None = None
    trace_number: str = ""
    place: int = 0
    changes: list[Change] = field(default_factory=list)
    acknowledged: ClaimAcknowledged | None = None


def facts_of(view: View | None) -> dict[ClaimFact, Fact]:
    """What is watched of a claim as it stands; nothing told while it is not known."""
    if view is None:
        return {}
    billed = view.facts.billed_amount
    return {
        ClaimFact.OUTCOME: view.outcome,
        ClaimFact.PAYER: view.facts.payer_id,
        ClaimFact.BILLED: billed,
        ClaimFact.ALLOWED: view.allowed_amount,
        ClaimFact.PAID: view.paid_amount,
        ClaimFact.DENIED: denied_amount(view.outcome, billed, view.lines),
        ClaimFact.DENIAL_CODE: view.denial_code,
        ClaimFact.REMARKS: view.remark_codes,
        ClaimFact.SERVICE_DATE: view.facts.service_date,
        ClaimFact.SUBMITTED_DATE: view.facts.submitted_date,
        ClaimFact.DECIDED_DATE: view.decided_date,
        ClaimFact.PAID_DATE: view.paid_date,
    }


def changes_between(before: View | None, after: View | None) -> list[Change]:
    """Facts that read differently, in the order of `ClaimFact`."""
    old, new = facts_of(before), facts_of(after)
    return [
        Change(fact, old.get(fact), new.get(fact))
        for fact in ClaimFact
        if (old.get(fact) or None) != (new.get(fact) or None) or (fact not in old and new.get(fact) == ZERO)
    ]


def history(pieces: Pieces) -> list[Event]:
    """Everything that is known to have happened to a claim, the first known first; three queries."""
    events = list(_told(pieces))
    events += (_acknowledgement(each) for each in acknowledged(pieces.claim, pieces.stating_uploads()))
    return sorted(events, key=lambda event: event.known_at)


def _told(pieces: Pieces) -> Iterator[Event]:
    known: set[Piece] = set()
    earlier: list[Statement | Decision] = []
    before: View | None = None
    for piece in pieces.known:
        whole = _view(pieces, known | {piece})
        happened = list(_kinds(piece.told, earlier))
        if not happened and isinstance(piece.told, Statement) and changes_between(before, whole):
            happened = [(EventKind.RESTATED, piece.told, piece.told.facts.submitted_date)]
        for place, (kind, part, on) in enumerate(happened, 1):
            # Of a statement that also tells of a decision, what it says of the claim comes first.
            after = whole if place == len(happened) else _view(pieces, known, piece, part)
            event = Event(kind, piece.known_at, on, piece.upload, part, changes=changes_between(before, after))
            if isinstance(part, Decision) and part.remittance_id is not None:
                remittance = pieces.remittances.get(part.remittance_id)
                event.trace_number, event.place = remittance.trace_number if remittance else "", part.sequence
            yield event
            before = after
        known.add(piece)
        earlier.append(piece.told)


def _view(
    pieces: Pieces, known: set[Piece], last: Piece | None = None, part: Statement | Decision | None = None
) -> View | None:
    """The claim by what was known, and by `part` in the place of `last`: in the order in which they count."""
    counted = (
        part if part is not None and piece is last else piece.told
        for piece in pieces.told
        if piece is last or piece in known
    )
    state = state_of(pieces.claim, counted)
    return None if state is None else state.view()


_Kind = tuple[EventKind, Statement | Decision, date | None]


def _kinds(told: Statement | Decision, earlier: Sequence[Statement | Decision]) -> Iterator[_Kind]:
    """What a piece says happened: a statement may tell of the claim, of a decision on it, or of both."""
    if isinstance(told, Decision):
        yield _of_decision(told, earlier), told, told.decided_date
        return
    stated = [each for each in earlier if isinstance(each, Statement)]
    of_claim = _of_statement(told, [each for each in stated if not each.answer])
    if of_claim is not None:
        yield of_claim, undecided(told), told.facts.submitted_date
    decision = told.told
    if decision is None or decision.outcome == PENDING:
        return
    last = next(
        (each.told for each in reversed(stated) if each.told is not None and each.told.outcome != PENDING), None
    )
    if last is None or _said(decision) != _said(last):
        yield _of_decision(decision, earlier), decision, decision.decided_date


def _of_statement(told: Statement, earlier: Sequence[Statement]) -> EventKind | None:
    """None where it says of the claim itself what was said last."""
    if told.answer:
        return None
    last = earlier[-1] if earlier else None
    if last is not None and (told.facts, _lines(told)) == (last.facts, _lines(last)):
        return None
    if told.facts.frequency_code in _FREQUENCIES:
        return _FREQUENCIES[told.facts.frequency_code]
    return EventKind.SUBMITTED if last is None else EventKind.RESTATED


_FREQUENCIES = {"7": EventKind.CORRECTED, "8": EventKind.VOIDED}


def _lines(statement: Statement) -> list[object]:
    return [line.undecided() for line in statement.lines]


def _said(decision: Decision) -> tuple[object, ...]:
    return (
        decision.outcome, decision.decided_date, decision.paid_date, decision.allowed_amount, decision.paid_amount,
        decision.denial_code, decision.remark_codes,
    )  # fmt: skip


def _of_decision(decision: Decision, earlier: Iterable[Statement | Decision]) -> EventKind:
    if decision.status_code == REVERSAL:
        return EventKind.REVERSED
    if decision.outcome == PENDING:
        return EventKind.NOTED
    if decision.status_code in LATER_PAYERS:
        return EventKind.LATER_PAYER
    before = (each.told if isinstance(each, Statement) else each for each in earlier)
    again = any(each is not None and _is_another(each, decision) for each in before)
    return EventKind.DECIDED_AGAIN if again else EventKind.DECIDED


def _is_another(earlier: Decision, decision: Decision) -> bool:
    """Whether the first payer had decided before, rather than a file and a remittance telling of one decision."""
    if earlier.outcome == PENDING or earlier.status_code in LATER_PAYERS:
        return False
    told_by_file = earlier.remittance_id is None or decision.remittance_id is None
    same_amount = None in (earlier.paid_amount, decision.paid_amount) or earlier.paid_amount == decision.paid_amount
    return not (told_by_file and earlier.outcome == decision.outcome and same_amount)


def reasons_of(decision: Decision) -> list[tuple[str, str, Decimal]]:
    """Group, reason code and amount in USD of all a decision took off, the claim's and its lines' together."""
    amounts: dict[tuple[str, str], Decimal] = {}
    for group, code, amount, _ in (
        *decision.adjustments,
        *(adjustment for line in decision.lines for adjustment in line.adjustments),
    ):
        amounts[group, code] = amounts.get((group, code), ZERO) + amount
    return [(group, code, amount) for (group, code), amount in amounts.items()]


def _acknowledgement(each: ClaimAcknowledged) -> Event:
    kind = EventKind.ACKNOWLEDGED if each.set_kind is None else EventKind.SET_ACKNOWLEDGED
    return Event(kind, each.known_at, each.acknowledged_date, each.upload, acknowledged=each)
