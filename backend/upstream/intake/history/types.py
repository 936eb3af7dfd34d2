"""A claim's history in the graph: fields of a claim that this room adds."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, cast
from uuid import UUID

import strawberry

from upstream.claims.acknowledgements import AcknowledgementKind, Standing
from upstream.claims.denial_reasons import label_of
from upstream.claims.models import Claim, Outcome, Payer, ReasonKind
from upstream.claims.types import (
    DENIAL_TEXT,
    TEXT,
    AcknowledgedStatus,
    ClaimRemark,
    ClaimType,
    PayerType,
    acknowledged_statuses,
    code_text,
    codes,
    remarks_of,
)
from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.context import Info
from upstream.graph.gates import extends, gated, requires, shown
from upstream.graph.permissions import Permission
from upstream.intake.history import events, pieces
from upstream.intake.history.events import Change, ClaimFact, Event, EventKind
from upstream.intake.history.pieces import Basis, Pieces
from upstream.intake.types import SubmissionError, UploadType, submission_errors
from upstream.intake.writer.state import Decision, Statement, View

strawberry.enum(
    EventKind,
    name="ClaimEventKind",
    description="SUBMITTED: first stated; RESTATED: stated again, differently; CORRECTED, VOIDED: stated again with "
    "frequency 7, 8. DECIDED, DECIDED_AGAIN; LATER_PAYER: by a second or third payer; REVERSED: a decision taken back; "
    "NOTED: a status that decides nothing. ACKNOWLEDGED: the claim (277CA); SET_ACKNOWLEDGED: its set or batch.",
)
strawberry.enum(ClaimFact)
strawberry.enum(
    Basis,
    name="AsOfBasis",
    description="TAKEN_IN: by what files had come in by that day; DATED: by the days the files tell.",
)

#: Claims whose past one request may put together: each takes queries of its own.
MOST_CLAIMS = 5


@gated(Permission.CLAIMS_READ, description="A fact of a claim that reads differently.")
class ClaimChange:
    fact: ClaimFact
    before: str | None = strawberry.field(description="Null: not told; of PAYER always null, see `payer`.")
    after: str | None


@gated(Permission.CLAIMS_READ, description="What a decision took off, the claim's and its lines' together.")
class ClaimReason:
    group_code: str
    reason_code: str
    label: str
    amount: Decimal

    @strawberry.field(description=TEXT)
    def text(self, info: Info) -> str | None:
        return code_text(info, ReasonKind.CARC, self.reason_code)


@gated(Permission.CLAIMS_READ, description="Something that happened to a claim, as a file told it.")
class ClaimEvent:
    kind: EventKind
    known_at: datetime = strawberry.field(description="When its file came in.")
    happened_on: date | None = strawberry.field(description="The day the file says.")
    upload: UploadType | None = strawberry.field(
        directives=requires(Permission.UPLOADS_READ), description="The file; null where it is not known any more."
    )
    trace_number: str = strawberry.field(description="Of the remittance; empty for other files.")
    place: int = strawberry.field(description="Which of the remittance's claims it is, from 1; 0 for other files.")
    payer: PayerType | None
    changes: list[ClaimChange] = strawberry.field(description="What it changed of the claim.")
    outcome: Outcome | None = strawberry.field(description="Of a decision.")
    status_code: str = strawberry.field(description="Of a remittance's decision (CLP02).")
    billed_amount: Decimal | None
    allowed_amount: Decimal | None
    paid_amount: Decimal | None
    patient_responsibility: Decimal | None
    denial_code: str
    denial_label: str
    reasons: list[ClaimReason]
    remarks: list[ClaimRemark]
    set_kind: AcknowledgementKind | None = strawberry.field(description="Of SET_ACKNOWLEDGED.")
    standing: Standing | None = strawberry.field(description="Of an acknowledgement.")
    certain: bool = strawberry.field(
        description="False where a set of its file is meant, and it is not kept whether that one held the claim."
    )
    source: str = strawberry.field(description="Who acknowledged the claim.")
    statuses: list[AcknowledgedStatus]
    errors: list[SubmissionError] | None = strawberry.field(
        directives=requires(Permission.UPLOADS_READ), description="Of the set, and those of the claim."
    )

    @strawberry.field(description=DENIAL_TEXT)
    def denial_text(self, info: Info) -> str | None:
        return code_text(info, ReasonKind.CARC, self.denial_code)


@gated(Permission.CLAIMS_READ, description="A claim as of a day.")
class ClaimAsOf:
    outcome: Outcome
    payer: PayerType | None
    procedure_code: str
    frequency_code: str
    billed_amount: Decimal
    allowed_amount: Decimal | None
    paid_amount: Decimal | None
    denied_amount: Decimal
    denial_code: str
    denial_label: str
    remark_codes: list[str]
    service_date: date | None
    submitted_date: date | None
    decided_date: date | None
    paid_date: date | None
    changes: list[ClaimChange] = strawberry.field(description="From that day to the claim as it stands.")

    @strawberry.field(description=DENIAL_TEXT)
    def denial_text(self, info: Info) -> str | None:
        return code_text(info, ReasonKind.CARC, self.denial_code)


def _pieces(info: Info, claim: Claim) -> Pieces:
    known: dict[UUID, Pieces] = info.context.cache.setdefault("claim_pieces", {})
    if claim.pk not in known:
        if len(known) == MOST_CLAIMS:
            message = f"The past of {MOST_CLAIMS} claims at once is put together. Ask for fewer claims."
            raise ServiceError(ErrorCode.INVALID, message)
        known[claim.pk] = pieces.pieces_of(claim)
    return known[claim.pk]


def _payers(info: Info, ids: set[UUID]) -> dict[UUID, Payer]:
    known: dict[UUID, Payer] = info.context.cache.setdefault("history_payers", {})
    if missing := ids - set(known):
        known |= Payer.objects.for_organization(info.context.organization_id).in_bulk(missing)
    return known


@extends(ClaimType, Permission.CLAIMS_READ)
def history(root: ClaimType, info: Info) -> list[ClaimEvent] | None:
    """Everything that is known to have happened to it, the first known first."""
    found = events.history(_pieces(info, cast(Claim, root)))
    payers = _payers(info, {payer_id for event in found if (payer_id := _payer_id(event)) is not None})
    return [_event(event, payers) for event in found]


@extends(ClaimType, Permission.CLAIMS_READ)
def as_of(
    root: ClaimType,
    info: Info,
    day: Annotated[date, strawberry.argument(name="date")],
    by: Basis = Basis.TAKEN_IN,
) -> ClaimAsOf | None:
    """The claim as of the end of a day (UTC); null where nothing was known of it."""
    known = _pieces(info, cast(Claim, root))
    view = pieces.view_on(known, day, by)
    if view is None:
        return None
    today = pieces.state_of(known.claim, [piece.told for piece in known.told])
    payer_id = UUID(view.facts.payer_id)
    return _as_of(view, None if today is None else today.view(), _payers(info, {payer_id}).get(payer_id))


def _as_of(view: View, today: View | None, payer: Payer | None) -> ClaimAsOf:
    facts, watched = view.facts, events.facts_of(view)
    return ClaimAsOf(
        outcome=Outcome(view.outcome),
        payer=shown(payer),
        procedure_code=view.procedure_code,
        frequency_code=facts.frequency_code,
        billed_amount=facts.billed_amount,
        allowed_amount=view.allowed_amount,
        paid_amount=view.paid_amount,
        denied_amount=cast(Decimal, watched[ClaimFact.DENIED]),
        denial_code=view.denial_code,
        denial_label=label_of(view.denial_code) if view.denial_code else "",
        remark_codes=codes(view.remark_codes),
        service_date=facts.service_date,
        submitted_date=facts.submitted_date,
        decided_date=view.decided_date,
        paid_date=view.paid_date,
        changes=_changes(events.changes_between(view, today)),
    )


def _payer_id(event: Event) -> UUID | None:
    """Who decided, by the remittance; else whom the claim was stated to be for."""
    facts = event.told.facts if event.told is not None else None
    return None if facts is None else UUID(facts.payer_id)


def _event(event: Event, payers: dict[UUID, Payer]) -> ClaimEvent:
    decision = event.told if isinstance(event.told, Decision) else None
    stated = event.told if isinstance(event.told, Statement) else None
    acknowledged = event.acknowledged
    payer_id = _payer_id(event)
    code = decision.denial_code if decision else ""
    return ClaimEvent(
        kind=event.kind,
        known_at=event.known_at,
        happened_on=event.happened_on,
        upload=shown(event.upload),
        trace_number=event.trace_number,
        place=event.place,
        payer=shown(payers.get(payer_id)) if payer_id else None,
        changes=_changes(event.changes),
        outcome=Outcome(decision.outcome) if decision else None,
        status_code=decision.status_code if decision else "",
        billed_amount=stated.facts.billed_amount if stated else None,
        allowed_amount=decision.allowed_amount if decision else None,
        paid_amount=decision.paid_amount if decision else None,
        patient_responsibility=decision.patient_responsibility if decision else None,
        denial_code=code,
        denial_label=label_of(code) if code else "",
        reasons=[
            ClaimReason(group_code=group, reason_code=reason, label=label_of(reason), amount=amount)
            for group, reason, amount in (events.reasons_of(decision) if decision else ())
        ],
        remarks=remarks_of(decision.remark_codes if decision else ""),
        set_kind=AcknowledgementKind(acknowledged.set_kind) if acknowledged and acknowledged.set_kind else None,
        standing=Standing(acknowledged.standing) if acknowledged else None,
        certain=acknowledged is None or acknowledged.certain,
        source=acknowledged.source if acknowledged else "",
        statuses=acknowledged_statuses(acknowledged.statuses if acknowledged else []),
        errors=submission_errors(acknowledged.errors if acknowledged else []),
    )


def _changes(changes: list[Change]) -> list[ClaimChange]:
    return [
        ClaimChange(fact=change.fact, before=None, after=None)
        if change.fact == ClaimFact.PAYER
        else ClaimChange(fact=change.fact, before=_text(change.before), after=_text(change.after))
        for change in changes
    ]


def _text(fact: events.Fact) -> str | None:
    return None if fact is None or fact == "" else str(fact)
