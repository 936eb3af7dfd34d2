"""What each upload told of a claim, as pieces from which the claim of any day is put together again.

Of the line or segment a file said it in nothing is kept; a remittance's decision knows its place among the remittance's
claims. What an upload told that was taken back is gone, here too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

from django.db import models

from upstream.claims import bulk, rollup
from upstream.claims.bulk import Id
from upstream.claims.models import Claim, Remittance, ServiceGroup
from upstream.claims.service_groups import GroupIndex
from upstream.core import clock
from upstream.intake import selectors
from upstream.intake.models import Upload
from upstream.intake.writer.contents import Contents
from upstream.intake.writer.kept_statements import fold
from upstream.intake.writer.state import PENDING, ClaimState, Decision, Statement, View
from upstream.intake.writer.store import Store


class Basis(models.TextChoices):
    """By which days a claim is put together again.

    TAKEN_IN: by when files came in, so it is what was known that day. DATED: by the files' own days, so that a year
    read in one morning has a past; a remittance counts from the day of its payment, whenever it came.
    """

    TAKEN_IN = "TAKEN_IN"
    DATED = "DATED"


@dataclass(slots=True, eq=False)
class Piece:
    """One upload's statement of a claim, or one decision; upload: None where it is not known any more."""

    told: Statement | Decision
    known_at: datetime
    upload: Upload | None


@dataclass(slots=True)
class Pieces:
    """All that is known of a claim, in the order in which its files came in.

    In `told` statements and decisions stand as the writer keeps them, which is the order in which they count.
    """

    claim: Claim
    told: list[Piece]
    remittances: dict[Id, Remittance]

    @property
    def known(self) -> list[Piece]:
        return sorted(self.told, key=lambda piece: piece.known_at)

    def stating_uploads(self) -> dict[UUID, Upload]:
        return {
            piece.upload.pk: piece.upload
            for piece in self.told
            if isinstance(piece.told, Statement) and piece.upload is not None
        }


def pieces_of(claim: Claim) -> Pieces:
    """Eight queries, however much is known of the claim."""
    organization_id = claim.organization_id
    state = _state(claim)
    wanted = [UUID(decision.remittance_id) for decision in state.decisions if decision.remittance_id]
    remittances = {
        bulk.stored(row.pk): row for row in Remittance.objects.for_organization(organization_id).filter(pk__in=wanted)
    }
    told = list(_told(claim, state, remittances))
    named = {upload_id for _, upload_id in told if upload_id is not None}
    rows = selectors.uploads(organization_id).select_related(*selectors.RELATED).filter(pk__in=named)
    uploads = {row.pk: row for row in rows}
    return Pieces(
        claim,
        [_piece(claim, part, uploads.get(upload_id) if upload_id else None) for part, upload_id in told],
        remittances,
    )


def _state(claim: Claim) -> ClaimState:
    """The claim as the writer puts it together; nothing is written, so no service group is looked up."""
    no_groups = GroupIndex([ServiceGroup()])
    # The upload is whom writes are for.
    store = Store(claim.organization_id, claim.pk, no_groups, rollup.Changes(), Contents(), clock.now())
    keys = [claim.claim_key]
    store.load(keys, whole=True)
    store.load_decisions(keys)
    store.restore(keys)
    return store.entries[claim.claim_key].state


def _told(
    claim: Claim, state: ClaimState, remittances: dict[Id, Remittance]
) -> Iterable[tuple[Statement | Decision, UUID | None]]:
    if state.statements:
        for statement in state.statements:
            yield statement, _uuid(statement.upload_id)
    elif state.facts is not None:
        only = Statement(state.facts, state.lines, state.told, False, False, state.fingerprint)
        yield only, _uuid(state.stated_by) or (None if state.decisions else claim.upload_id)
    for decision in state.decisions:
        # Decisions kept before they named their upload came with their remittance.
        remittance = remittances.get(decision.remittance_id or "")
        yield decision, _uuid(decision.upload_id) or (remittance.upload_id if remittance else None)


def _piece(claim: Claim, told: Statement | Decision, upload: Upload | None) -> Piece:
    return Piece(told, claim.created_at if upload is None else upload.created_at, upload)


def state_of(claim: Claim, parts: Iterable[Statement | Decision]) -> ClaimState | None:
    """What these statements and decisions, in the order in which they count, come to; None for none."""
    state = ClaimState(str(claim.pk), claim.claim_key)
    for part in parts:
        (state.statements if isinstance(part, Statement) else state.decisions).append(part)  # type: ignore[arg-type]
    fold(state)
    return state if state.facts is not None or state.decisions else None


def view_on(pieces: Pieces, day: date, basis: Basis) -> View | None:
    """The claim as of the end of `day`; None where nothing was known of it."""
    state = state_of(pieces.claim, _until(pieces.told, day, basis))
    return None if state is None else state.view()


def _until(told: Sequence[Piece], day: date, basis: Basis) -> Iterable[Statement | Decision]:
    for piece in told:
        part: Statement | Decision | None = piece.told
        if basis == Basis.TAKEN_IN:
            part = piece.told if piece.known_at.astimezone(UTC).date() <= day else None
        elif isinstance(piece.told, Statement):
            part = _dated(piece.told, day)
        elif piece.told.decided_date is not None and piece.told.decided_date > day:
            part = None
        if part is not None:
            yield part


def _dated(statement: Statement, day: date) -> Statement | None:
    """What of a statement had happened by `day`, by the days it tells."""
    decided = statement.told.decided_date if statement.told is not None else None
    later = decided is not None and decided > day
    if statement.answer:
        return None if later else statement
    submitted = statement.facts.submitted_date or statement.facts.service_date
    if submitted is not None and submitted > day:
        return None
    return undecided(statement) if later else statement


def undecided(statement: Statement) -> Statement:
    """The statement without what it told of a decision."""
    lines = [replace(line.undecided(), outcome=PENDING if line.outcome else "") for line in statement.lines]
    return replace(statement, lines=lines, told=None, fingerprint=f"{statement.fingerprint} undecided")


def _uuid(row_id: Id | None) -> UUID | None:
    return UUID(row_id) if row_id else None
