"""What an upload told and what it lacked, counted with its rows into a JSON of bounded size."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from upstream.intake.records import ClaimRecord, Problem

Report = dict[str, Any]
"""Empty until something was counted, then:

outcomes: outcome to claims, "" where the file tells no decision. fields: name to [claims that lack it, claims it is
asked of]. payers: name as the file writes it to claims, those beyond MOST_PAYERS together under "". reasons: "field
code" of rejected rows to rows, likewise. days: service, submitted and decided to [first, last] as YYYY-MM-DD.
"""

#: Names counted one by one; what is met later is counted together.
MOST_PAYERS, MOST_REASONS = 100, 100


@dataclass(frozen=True, slots=True)
class DecidedClaim:
    """A decision of a remittance with what is known of its claim once it is written; outcome "" decides nothing."""

    payer: str
    outcome: str
    denial_code: str
    control_number: str
    procedure_code: str
    billed: bool
    allowed: bool
    service_date: date | None
    submitted_date: date | None
    decided_date: date


def count(
    report: Report, claims: Sequence[ClaimRecord], decisions: Sequence[DecidedClaim], problems: Sequence[Problem]
) -> None:
    """Add the records of a batch to the report."""
    if claims:
        _count_claims(report, claims)
    if decisions:
        _count_decisions(report, decisions)
    if problems:
        _add(report, "reasons", Counter(reason_of(problem.field, problem.code) for problem in problems), MOST_REASONS)


def reason_of(field: str, code: str) -> str:
    """What rejected rows are counted under."""
    return f"{field} {code}".strip()


def open_reasons(report: Report, since: dict[str, int]) -> dict[str, int]:
    """Rows that stand open by reason: as they were counted, with what has changed since."""
    counts: Counter[str] = Counter(report.get("reasons", {}))
    counts.update(since)
    return {reason: rows for reason, rows in counts.items() if rows > 0}


def recount(
    report: Report, since: dict[str, int], left: Iterable[tuple[str, str]], joined: Iterable[tuple[str, str]] = ()
) -> None:
    """Count rows out of their (field, code) into `since`, and others in; beyond MOST_REASONS they stand under ""."""
    for reasons, step in ((left, -1), (joined, 1)):
        for field, code in reasons:
            key = reason_of(field, code)
            known = key in report.get("reasons", {}) or key in since or step > 0
            since[key if known else ""] = since.get(key if known else "", 0) + step


def _count_claims(report: Report, claims: Sequence[ClaimRecord]) -> None:
    outcomes = Counter(claim.outcome for claim in claims)
    _add(report, "outcomes", {(told or "").upper(): number for told, number in outcomes.items()})
    _add(report, "payers", Counter(claim.payer_name or claim.payer_identifier for claim in claims), MOST_PAYERS)
    # A payer's answer says nothing of the claim itself.
    stated = [claim for claim in claims if not claim.answer] if any(claim.answer for claim in claims) else claims
    _lack(report, "submitted_date", len(stated), sum(claim.submitted_date is None for claim in stated))
    _lack(report, "service_date", len(stated), sum(claim.service_date is None for claim in stated))
    _lack(report, "billed_amount", len(stated), sum(not claim.billed_amount for claim in stated))
    _lack(report, "control_number", len(stated), sum(not claim.control_number for claim in stated))
    _lack(report, "location", len(stated), sum(not claim.location for claim in stated))
    _lack(report, "provider_npi", len(stated), sum(not claim.provider_npi for claim in stated))
    _lack(report, "patient", len(stated), sum(claim.patient is None for claim in stated))
    _lack(
        report,
        "procedure_code",
        len(stated),
        sum(not (claim.lines and claim.lines[0].procedure_code) for claim in stated),
    )
    sent = [claim for claim in claims if claim.outcome is None]
    unnumbered = sum(any(not line.control_number for line in claim.lines) for claim in sent)
    _lack(report, "line_control_number", len(sent), unnumbered)
    decided = [claim for claim in claims if claim.outcome is not None and claim.outcome != "pending"]
    _lack(report, "decided_date", len(decided), sum(claim.decided_date is None for claim in decided))
    refused = [claim for claim in decided if claim.outcome != "paid"]
    _lack(report, "denial_code", len(refused), sum(not claim.denial_code for claim in refused))
    paid = [claim for claim in decided if claim.outcome != "denied"]
    _lack(report, "paid_date", len(paid), sum(claim.paid_date is None for claim in paid))
    _lack(report, "paid_amount", len(paid), sum(claim.paid_amount is None for claim in paid))
    _lack(report, "allowed_amount", len(paid), sum(claim.allowed_amount is None for claim in paid))
    _span(report, "service", (claim.service_date for claim in claims))
    _span(report, "submitted", (claim.submitted_date for claim in claims))
    _span(report, "decided", (claim.decided_date for claim in decided))


def _count_decisions(report: Report, decisions: Sequence[DecidedClaim]) -> None:
    _add(report, "outcomes", Counter(decision.outcome for decision in decisions))
    _add(report, "payers", Counter(decision.payer for decision in decisions), MOST_PAYERS)
    decided = [decision for decision in decisions if decision.outcome]
    _lack(report, "submitted_date", len(decided), sum(decision.submitted_date is None for decision in decided))
    _lack(report, "service_date", len(decided), sum(decision.service_date is None for decision in decided))
    _lack(report, "billed_amount", len(decided), sum(not decision.billed for decision in decided))
    _lack(report, "control_number", len(decided), sum(not decision.control_number for decision in decided))
    _lack(report, "procedure_code", len(decided), sum(not decision.procedure_code for decision in decided))
    refused = [decision for decision in decided if decision.outcome != "PAID"]
    _lack(report, "denial_code", len(refused), sum(not decision.denial_code for decision in refused))
    paid = [decision for decision in decided if decision.outcome != "DENIED"]
    _lack(report, "allowed_amount", len(paid), sum(not decision.allowed for decision in paid))
    _span(report, "service", (decision.service_date for decision in decided))
    _span(report, "decided", (decision.decided_date for decision in decided))


def _lack(report: Report, field: str, of: int, lacking: int) -> None:
    if of:
        told = report.setdefault("fields", {}).setdefault(field, [0, 0])
        told[0] += lacking
        told[1] += of


def _add(report: Report, name: str, counts: dict[Any, int], most: int | None = None) -> None:
    kept = report.setdefault(name, {})
    for key, number in counts.items():
        known = most is None or key in kept or len(kept) < most
        kept[key if known else ""] = kept.get(key if known else "", 0) + number


def _span(report: Report, name: str, days: Iterable[date | None]) -> None:
    told = [day for day in days if day is not None]
    if not told:
        return
    first, last = min(told).isoformat(), max(told).isoformat()
    span = report.setdefault("days", {}).setdefault(name, [first, last])
    span[0], span[1] = min(span[0], first), max(span[1], last)
