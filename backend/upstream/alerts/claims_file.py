"""A claims CSV without a database: every claim as the file leaves it, counted by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from uuid import UUID, uuid5

from upstream.claims import rollup
from upstream.claims.claim_keys import control_number_key
from upstream.claims.daily_facts import DailyFacts
from upstream.claims.denial_reasons import category_of
from upstream.claims.denied_amounts import denied_amount
from upstream.claims.models import ServiceGroup
from upstream.claims.payers import payer_key
from upstream.claims.service_groups import DEFAULT_SERVICE_GROUPS, GroupIndex
from upstream.intake.csv_reader import read_claims_csv
from upstream.intake.records import ClaimRecord, Problem
from upstream.intake.writer.batch import content_key
from upstream.intake.writer.state import DENIED, PARTIAL, ClaimState
from upstream.intake.writer.statement import apply_statement, statement_of

_CHUNK = 1 << 20
_GROUPS = UUID("5d1f3c1e-6c53-4a0f-9a38-0a8a3a4a7c11")


@dataclass(slots=True)
class ClaimsFile:
    """facts: None where the file holds no claim with a date. problems: rows that could not be taken, in their order."""

    facts: DailyFacts | None
    claims: int
    problems: list[Problem] = field(default_factory=list)


def read_claims_file(path: Path, *, today: date) -> ClaimsFile:
    """Read a file as intake would: rows of one claim put together, later ones over earlier ones.

    Payers and service groups are known by name, a payer by the spelling met first; services are grouped as by default.
    Raises OSError, and UnreadableFile where nothing can be read.
    """
    states: dict[str, ClaimState] = {}
    payers: dict[str, str] = {}
    alike: Counter[str] = Counter()
    problems: list[Problem] = []
    with path.open("rb") as file:
        for record in read_claims_csv(iter(lambda: file.read(_CHUNK), b""), today=today):
            if isinstance(record, Problem):
                problems.append(record)
            if not isinstance(record, ClaimRecord):
                continue
            key = control_number_key(record.control_number) or _content_key(record, alike)
            state = states.setdefault(key, ClaimState(id=key, claim_key=key))
            payer = payers.setdefault(payer_key(record.payer_name or record.payer_identifier), record.payer_name)
            stated = statement_of(record)
            stated.facts.payer_id = payer
            apply_statement(state, stated)
    return ClaimsFile(_counted(states.values().__iter__()), len(states), problems)


def _content_key(record: ClaimRecord, alike: Counter[str]) -> str:
    """As intake tells rows without a claim number apart: by content and person, or as so-manieth of their like."""
    person = record.patient
    if person is not None and (known := person.reference or person.member_number or person.name):
        return content_key(record, f"{known} {person.birth_date}", 0)
    first = content_key(record, None, 0)
    alike[first] += 1
    return content_key(record, None, alike[first] - 1)


def _counted(states: Iterator[ClaimState]) -> DailyFacts | None:
    names = {uuid5(_GROUPS, name): name for name, _ in DEFAULT_SERVICE_GROUPS}
    index = GroupIndex(
        ServiceGroup(pk=pk, name=name, ranges=[list(pair) for pair in ranges])
        for pk, (name, ranges) in zip(names, DEFAULT_SERVICE_GROUPS, strict=True)
    )
    changes = rollup.Changes()
    for state in states:
        view = state.view()
        facts = view.facts
        category = category_of(view.denial_code) if view.outcome in (DENIED, PARTIAL) else ""
        changes.enter(
            (
                facts.payer_id, names[index.group_of(view.procedure_code)], facts.location, view.outcome, category,
                facts.submitted_date, view.decided_date, view.paid_date,
                facts.billed_amount, view.allowed_amount, view.paid_amount,
                denied_amount(view.outcome, facts.billed_amount, view.lines),
            )
        )  # fmt: skip
    return rollup.facts_of(changes)
