"""What a payer's answer comes to: adjudications summed up, and the outcome they make.

`outcome` of a ClaimResponse or ExplanationOfBenefit says how far processing went (`complete` is no payment): what was
decided stands in amounts and reasons.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from upstream.claims.denial_reasons import category_of, is_denial
from upstream.intake.codes import parse_denial, parse_outcome
from upstream.intake.fhir.resources import Json
from upstream.intake.fhir.values import (
    GROUP_SYSTEMS,
    REASON_SYSTEMS,
    REMARK_SYSTEMS,
    coded,
    codings,
    element,
    kinds,
    money,
)
from upstream.intake.records import ZERO, AdjustmentRecord, Outcome

SUBMITTED, ALLOWED = frozenset(("submitted",)), frozenset(("eligible", "allowed"))
#: What a payer pays: to the practice where that is told, else the benefit whoever receives it.
TO_PROVIDER, BENEFIT = frozenset(("paidtoprovider",)), frozenset(("benefit",))
#: What these categories tell is what reasons 1 to 3 of X12's list mean.
PATIENT_SHARES = {"deductible": "1", "unallocdeduct": "1", "coinsurance": "2", "copay": "3"}
PATIENT = frozenset((*PATIENT_SHARES, "memberliability", "paidbypatient"))
#: Amounts that say what was billed or paid, and so nothing of what a reason beside them took off.
_TOTALS = SUBMITTED | ALLOWED | TO_PROVIDER | BENEFIT | PATIENT

_PAYMENTS: dict[str, Outcome] = {"paid": "paid", "denied": "denied", "partiallypaid": "partial"}


@dataclass(slots=True)
class Adjudication:
    """Amounts in USD by what they are, None where not told; reasons: CARCs that refuse without saying how much."""

    submitted: Decimal | None = None
    allowed: Decimal | None = None
    to_provider: Decimal | None = None
    benefit: Decimal | None = None
    patient: Decimal | None = None
    adjustments: list[AdjustmentRecord] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def paid(self) -> Decimal | None:
        return self.benefit if self.to_provider is None else self.to_provider

    def refusals(self) -> dict[str, Decimal]:
        """Reasons of denial with the USD they took off, zero where that is not told."""
        found: dict[str, Decimal] = {reason: ZERO for reason in self.reasons if is_denial(reason)}
        for adjustment in self.adjustments:
            if adjustment.amount > 0 and is_denial(adjustment.reason_code):
                found[adjustment.reason_code] = found.get(adjustment.reason_code, ZERO) + adjustment.amount
        return found

    def left_to_patient(self) -> bool:
        by_reason = (
            adjustment.amount > 0 and category_of(adjustment.reason_code) == "patient_responsibility"
            for adjustment in self.adjustments
        )  # fmt: skip
        return bool(self.patient) or any(by_reason)


def adjudication_of(told: Iterable[Json]) -> Adjudication:
    """The adjudications (or totals) of one item or claim together. Raises Fault for amounts that cannot be read."""
    found = Adjudication()
    shares: list[AdjustmentRecord] = []
    for each in told:
        categories, reasons = codings(element(each, "category")), codings(element(each, "reason"))
        amount, of = money(each, "amount"), {code.lower() for _, code in categories}
        if amount is not None:
            for name, words in (
                ("submitted", SUBMITTED),
                ("allowed", ALLOWED),
                ("to_provider", TO_PROVIDER),
                ("benefit", BENEFIT),
                ("patient", PATIENT),
            ):
                if of & words:
                    setattr(found, name, (getattr(found, name) or ZERO) + amount)
            shares += [AdjustmentRecord("PR", code, amount) for kind, code in PATIENT_SHARES.items() if kind in of]
        denial = parse_denial(coded(reasons, REASON_SYSTEMS))
        if denial.code:
            group = coded(reasons, GROUP_SYSTEMS) or coded(categories, GROUP_SYSTEMS)
            if amount is None or of & _TOTALS:
                found.reasons.append(denial.code)
            else:
                found.adjustments.append(AdjustmentRecord((group or denial.group).upper()[:2], denial.code, amount))
        found.remarks += [code for system, code in reasons if any(part in system for part in REMARK_SYSTEMS)]
    # A share that stands as an adjustment too is told twice.
    told_as_reasons = {adjustment.reason_code for adjustment in found.adjustments}
    found.adjustments += [share for share in shares if share.reason_code not in told_as_reasons and share.amount]
    return found


def denial_code_of(parts: Iterable[Adjudication]) -> str:
    """The refusal that carries the most money; empty where nothing was refused."""
    amounts: dict[str, Decimal] = {}
    for part in parts:
        for reason, amount in part.refusals().items():
            amounts[reason] = amounts.get(reason, ZERO) + amount
    return max(amounts, key=lambda reason: amounts[reason], default="")


def outcome_of(
    content: Json, paid: Decimal | None, claim: Adjudication, lines: Sequence[Adjudication]
) -> Outcome | None:
    """What was decided; None where the answer does not tell.

    Queued is pending; an error, or a payment called denied, is a denial. Something paid: partial where a line was
    refused, or, without lines, part of the claim. Nothing paid: denied where something was refused, partial where
    another line was left to the patient; paid where all of it was left to the patient or is the contract's price;
    denied where nothing was allowed and no reason says why. Without any amount the reasons decide, then what the
    payment or the disposition is called.
    """
    processed = content.get("outcome")
    called = kinds(element(element(content, "payment"), "type"))
    if processed == "queued":
        return "pending"
    if processed == "error" or "denied" in called:
        return "denied"
    refused = [bool(line.refusals()) and not line.paid for line in lines]
    if paid:
        return "partial" if any(refused) or (not lines and claim.refusals()) else "paid"
    everything = [claim, *lines]
    if any(part.refusals() for part in everything):
        shared = any(line.left_to_patient() for line, no in zip(lines, refused, strict=True) if not no)
        return "partial" if shared else "denied"
    if paid is not None:
        explained = any(part.allowed or part.patient or part.adjustments for part in everything)
        return "paid" if explained or claim.submitted == ZERO else "denied"
    for word, outcome in _PAYMENTS.items():
        if word in called:
            return outcome
    try:
        return parse_outcome(str(content.get("disposition") or ""))
    except ValueError:
        return None
