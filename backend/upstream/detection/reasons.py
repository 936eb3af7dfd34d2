"""Which reason and remark codes the claims behind a changed denial rate were denied with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q

from upstream.accounts.models import Organization
from upstream.claims import denial_reasons, remark_codes
from upstream.claims.models import Outcome, ReasonKind
from upstream.detection.models import Signal, SignalKind
from upstream.detection.selectors import stream_claims

OF_DENIALS = (SignalKind.DENIAL_RATE, SignalKind.DENIAL_COHORT, SignalKind.DENIAL_DOLLARS)
# What weighs least is left out; files with remarks of their own making hold thousands of them.
MOST_REASONS = 50


@dataclass(frozen=True, slots=True)
class ReasonShare:
    """A code's part: before, after, shares (0..1) of the stream's decided claims that were denied with it, in the
    period before the change and in the one since; claims: how many since. A claim with several remarks counts for each.
    """

    kind: ReasonKind
    code: str
    label: str
    before: float
    after: float
    claims: int


def reasons_of(organization: Organization | UUID, signal: Signal) -> list[ReasonShare]:
    """What carries a signal of denials, by code: the largest shifts in its direction first; empty for other kinds.

    Two queries over the claims that the stream's payer decided in the signal's two periods.
    """
    if signal.kind not in OF_DENIALS:
        return []
    days = (date.fromisoformat(signal.parameters[name]) for name in ("before_from", "after_through"))
    decided = stream_claims(organization, signal).filter(decided_date__range=tuple(days))
    decided = decided.exclude(outcome=Outcome.PENDING).order_by()
    earlier = Q(decided_date__lt=signal.change_date)
    counts = {"before": Count("pk", filter=earlier), "after": Count("pk", filter=~earlier)}
    total = decided.aggregate(**counts)
    denied = decided.filter(outcome=Outcome.DENIED)
    if signal.denial_category:
        denied = denied.filter(denial_category=signal.denial_category)
    before: Counter[tuple[ReasonKind, str]] = Counter()
    after: Counter[tuple[ReasonKind, str]] = Counter()
    for carc, remarks, was, since in denied.values_list("denial_code", "remark_codes").annotate(**counts):
        codes = {(ReasonKind.RARC, rarc) for rarc in remarks.split()}
        if carc:
            codes.add((ReasonKind.CARC, carc))
        for code in codes:
            before[code] += was
            after[code] += since
    shares = [
        ReasonShare(
            kind=kind,
            code=code,
            label=(denial_reasons if kind == ReasonKind.CARC else remark_codes).label_of(code),
            before=before[kind, code] / max(total["before"], 1),
            after=after[kind, code] / max(total["after"], 1),
            claims=after[kind, code],
        )
        for kind, code in before.keys() | after.keys()
    ]
    sign = 1 if signal.direction == "WORSE" else -1
    shares.sort(key=lambda share: (-sign * (share.after - share.before), -share.claims, share.kind.value, share.code))
    return shares[:MOST_REASONS]
