"""What a clinic sent to its payers and what came back."""

from upstream.claims.models.claims import Adjustment, BatchContent, Claim, ClaimLine, ClaimStatement, Outcome, Patient
from upstream.claims.models.names import (
    CodeText,
    LocationAlias,
    LocationsApart,
    Payer,
    PayerAlias,
    PayersApart,
    ReasonKind,
    ServiceGroup,
    ServiceGroupEdit,
)
from upstream.claims.models.remittances import ClaimDecision, Remittance, RemittanceTelling
from upstream.claims.models.rollup import FirstSeen, RollupChanges, RollupDay, RollupFold, RollupSlice
from upstream.claims.models.submissions import (
    Authorization,
    ClaimAcknowledgement,
    Submission,
    SubmissionAcknowledgement,
)

__all__ = [
    "Adjustment",
    "Authorization",
    "BatchContent",
    "Claim",
    "ClaimAcknowledgement",
    "ClaimDecision",
    "ClaimLine",
    "ClaimStatement",
    "CodeText",
    "FirstSeen",
    "LocationAlias",
    "LocationsApart",
    "Outcome",
    "Patient",
    "Payer",
    "PayerAlias",
    "PayersApart",
    "ReasonKind",
    "Remittance",
    "RemittanceTelling",
    "RollupChanges",
    "RollupDay",
    "RollupFold",
    "RollupSlice",
    "ServiceGroup",
    "ServiceGroupEdit",
    "Submission",
    "SubmissionAcknowledgement",
]
