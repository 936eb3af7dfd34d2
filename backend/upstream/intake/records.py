"""What the readers yield: claims, remittances, problems and findings, before anything touches the database.

Money is a Decimal in USD with two places; dates are `datetime.date`. Readers yield these records one by one and keep
nothing, so a file of any length is read in constant memory.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

Outcome = Literal["pending", "paid", "denied", "partial"]
Severity = Literal["info", "warning", "error"]

ZERO = Decimal("0.00")
#: Amounts have at most twelve digits, two of them after the point.
MAX_AMOUNT = Decimal("9999999999.99")
#: Characters of a quarantined row or claim that are kept for the person who repairs it.
MAX_RAW_LENGTH = 4_000

#: Longest text a reader lets through, in characters, by field. A longer one makes the row or claim a Problem.
TEXT_LIMITS: dict[str, int] = {
    "control_number": 50,
    "payer_name": 200,
    "payer_identifier": 80,
    "procedure_code": 16,
    "modifier": 4,
    "denial_code": 10,
    "remark_code": 10,
    "diagnosis_code": 10,
    "authorization_number": 50,
    "provider_npi": 10,
    "location": 100,
    "contract": 100,
    "plan": 100,
    "patient_reference": 64,
    "patient_name": 200,
    "member_number": 80,
    "trace_number": 80,
    "payer_claim_number": 50,
    "line_control_number": 50,
    "group_sender": 35,
    "group_number": 20,
    "set_number": 35,
    "submitter": 80,
    "batch_reference": 50,
    "segment": 10,
    "loop": 10,
    "error_code": 10,
    "status_code": 10,
    "bill_type": 10,
    "reason_code": 10,
    "action_code": 2,
    "unit": 2,
}

#: Most codes of one kind a claim or line keeps; 837 and 835 themselves allow no more (diagnoses: 25 in the 837I). Of
#: answers as many as a person would read.
CODE_LIMITS: dict[str, int] = {
    "modifiers": 4,
    "diagnosis_codes": 25,
    "remark_codes": 20,
    "statuses": 50,
    "errors": 100,
    "services": 100,
    "reason_codes": 5,
}


@dataclass(slots=True)
class AdjustmentRecord:
    """One reason for a difference between billed and paid: CAS group (CO, PR, OA, PI, CR), CARC, amount in USD."""

    group_code: str
    reason_code: str
    amount: Decimal
    quantity: Decimal | None = None


@dataclass(slots=True)
class LineRecord:
    """One service line. `number` counts from 1 within its claim (in a CSV: the row's line_number, if it has one)."""

    number: int
    procedure_code: str
    modifiers: tuple[str, ...] = ()
    units: Decimal | None = None
    service_date: date | None = None
    billed_amount: Decimal = ZERO
    allowed_amount: Decimal | None = None
    paid_amount: Decimal | None = None
    control_number: str = ""
    """REF*6R: the practice's own number for the line."""
    submitted_procedure_code: str = ""
    """SVC06: what was billed, where the payer decided on another code."""
    denial_code: str = ""
    adjustments: list[AdjustmentRecord] = field(default_factory=list)
    remark_codes: list[str] = field(default_factory=list)
    decided_date: date | None = None
    """Of a line with an outcome of its own: a CSV's row with a line_number."""
    paid_date: date | None = None


@dataclass(slots=True)
class PatientRecord:
    """Who was treated. Every field is PHI; names are written `Last, First Middle` where the file has the parts."""

    reference: str = ""
    name: str = ""
    birth_date: date | None = None
    member_number: str = ""


@dataclass(slots=True)
class ClaimRecord:
    """A claim as a CSV, an 837 or FHIR tells it."""

    position: int
    """CSV: 1-based physical line on which the claim's first row starts; X12: segment number of its CLM; FHIR: line of
    ndjson, or entry of the Bundle."""
    control_number: str
    """The practice's number of the claim; empty where a CSV has no claim_id."""
    payer_name: str
    payer_identifier: str = ""
    frequency_code: str = "1"
    service_date: date | None = None
    submitted_date: date | None = None
    decided_date: date | None = None
    paid_date: date | None = None
    outcome: Outcome | None = None
    """None: the file does not speak of decisions (an 837, a Claim); what is known already stays."""
    billed_amount: Decimal = ZERO
    allowed_amount: Decimal | None = None
    paid_amount: Decimal | None = None
    denial_code: str = ""
    """CARC without its group, for example `197`."""
    remark_codes: list[str] = field(default_factory=list)
    authorization_number: str = ""
    provider_npi: str = ""
    location: str = ""
    contract: str = ""
    plan: str = ""
    diagnosis_codes: list[str] = field(default_factory=list)
    patient: PatientRecord | None = None
    lines: list[LineRecord] = field(default_factory=list)
    adjustments: list[AdjustmentRecord] = field(default_factory=list)
    line_keyed: bool = False
    """The CSV numbers its lines: rows of one claim are lines of it, merged by number, wherever they stand."""
    answer: bool = False
    """The payer tells it (ClaimResponse, ExplanationOfBenefit): it decides; what files stated of the claim stays."""
    payer_claim_number: str = ""
    """The payer's own number, told in an answer only."""
    rows: int = 1
    mends: tuple[str, ...] = ()
    """Tokens of the rejected rows of an earlier upload it was made of: see `rejected.token_of`."""


@dataclass(slots=True)
class RemittanceRecord:
    """One payment advice (ST*835), yielded before the decisions it carries."""

    position: int
    trace_number: str = ""
    payer_name: str = ""
    payer_identifier: str = ""
    payment_amount: Decimal | None = None
    """BPR02; None where it cannot be read (a Finding says so)."""
    payment_method: str = ""
    payment_date: date | None = None


@dataclass(slots=True)
class DecisionRecord:
    """The payer's decision on one claim (CLP loop of an 835)."""

    position: int
    control_number: str
    status_code: str
    """CLP02: 1-3 processed as primary, secondary, tertiary; 4 denied; 19-21 forwarded; 22 reversal; 23 not ours."""
    billed_amount: Decimal
    paid_amount: Decimal
    patient_responsibility: Decimal | None = None
    payer_claim_number: str = ""
    frequency_code: str = ""
    received_date: date | None = None
    service_date: date | None = None
    patient: PatientRecord | None = None
    adjustments: list[AdjustmentRecord] = field(default_factory=list)
    """Claim-level adjustments only; those of a line are on the line."""
    lines: list[LineRecord] = field(default_factory=list)
    remark_codes: list[str] = field(default_factory=list)
    provider_npi: str = ""
    rows: int = 1


@dataclass(slots=True)
class ProviderAdjustmentRecord:
    """One pair of a PLB segment. A positive amount lowers the payment."""

    reason_code: str
    reference: str
    amount: Decimal


@dataclass(slots=True)
class RemittanceEnd:
    """Closes a RemittanceRecord: what its decisions came to, those that became Problems included.

    balanced: BPR02 = sum of CLP04 - sum of PLB amounts (ASC X12 005010X221, section 1.10.2.1.3), every amount readable.
    """

    position: int
    claims: int
    paid_total: Decimal
    provider_adjustments: list[ProviderAdjustmentRecord] = field(default_factory=list)
    balanced: bool = False


@dataclass(slots=True)
class SubmissionRecord:
    """One transaction set of claims (ST*837), yielded behind them: the numbers by which acknowledgements name it."""

    position: int
    """Segment number of its ST."""
    interchange_number: str
    """ISA13."""
    sender: str
    """GS02."""
    group_number: str
    """GS06, without zeros in front."""
    set_number: str
    """ST02."""
    submitter: str
    """NM109 of NM1*41."""
    batch_reference: str
    """BHT03."""
    submitted_date: date
    """GS04, else BHT04."""
    claims: int
    """CLM segments, those that became Problems included."""


@dataclass(slots=True)
class SyntaxErrorRecord:
    """One error a 999 or 997 tells of; no copy of the value it is about."""

    code: str
    """Of the data element (IK403), else of the segment (IK304), else of the set or group (IK502, AK905)."""
    segment: str = ""
    """Tag of the segment (IK301); empty for an error of the set or group."""
    position: int = 0
    """The segment's place in its transaction set, ST being 1 (IK302); 0 where it is not told."""
    loop: str = ""
    element: int = 0
    """Place of the data element (IK401-1); 0 for an error of the whole segment."""
    component: int = 0
    """Place in a composite (IK401-2); 0 where the element is none."""
    control_number: str = ""
    """The claim it lies in (CTX*CLM01)."""


@dataclass(slots=True)
class StatusRecord:
    """One status of a 277CA (STC01, STC10, STC11): category, status code, and the kind of entity it is about."""

    category: str
    code: str
    entity: str = ""
    procedure_code: str = ""
    """Of the line it is about; empty for the whole claim."""


@dataclass(slots=True)
class SubmissionAcknowledgementRecord:
    """What a 999 or 997 says of a transaction set (AK2) or of all of its group (AK9), or a 277CA of a batch.

    A set is named by the sender of its group, GS06 and ST02, a group without set_number; a batch by its submitter and
    BHT03, and with provider_npi only one provider's claims of it are meant.
    """

    position: int
    kind: Literal["X12_999", "X12_997", "X12_277CA"]
    sender: str
    acknowledged_date: date | None
    group_number: str = ""
    set_number: str = ""
    batch_reference: str = ""
    provider_npi: str = ""
    code: str = ""
    """IK501 or AK901 (A, E, M, P, R, W, X); for a batch STC03 (WQ accepted, U rejected)."""
    errors: list[SyntaxErrorRecord] = field(default_factory=list)
    statuses: list[StatusRecord] = field(default_factory=list)
    accepted: int | None = None
    """Sets of the group (AK904), claims of the batch (QTY*90, QTY*QA)."""
    rejected: int | None = None
    """Sets of the group (AK902 - AK904), claims of the batch (QTY*AA, QTY*QC)."""
    accepted_amount: Decimal | None = None
    rejected_amount: Decimal | None = None


@dataclass(slots=True)
class ClaimAcknowledgementRecord:
    """What a 277CA says of one claim (loop 2200D)."""

    position: int
    control_number: str
    source: str
    """Who says it: a payer or a clearinghouse (NM1*PR, NM1*AY)."""
    batch: SubmissionAcknowledgementRecord
    """The batch it stands in."""
    acknowledged_date: date | None = None
    action_code: str = ""
    """STC03: WQ accepted, U rejected."""
    amount: Decimal | None = None
    """STC04, the claim's charge."""
    statuses: list[StatusRecord] = field(default_factory=list)
    payer_claim_number: str = ""
    bill_type: str = ""
    service_date: date | None = None


@dataclass(slots=True)
class AuthorizedServiceRecord:
    """One service of a 278 answer (loop 2000F), with its own decision where it has one (HCR)."""

    procedure_code: str = ""
    action_code: str = ""
    reason_codes: list[str] = field(default_factory=list)
    quantity: Decimal | None = None
    unit: str = ""
    """Of the quantity (HSD01): VS visits, DY days, HS hours, MN months, UN units."""
    valid_from: date | None = None
    valid_through: date | None = None


@dataclass(slots=True)
class AuthorizationRecord:
    """What a payer answers to a request for authorization (loop 2000E of a 278), or to one service of it."""

    position: int
    """Segment number of its HL."""
    payer_name: str
    payer_identifier: str
    patient: PatientRecord | None = None
    authorization_number: str = ""
    """HCR02, else REF*BB; empty where nothing is authorized yet."""
    action_code: str = ""
    """HCR01: A1 certified in total, A2 in part, A3 not, A4 pended, A6 modified, C cancelled, CT, NA."""
    reason_codes: list[str] = field(default_factory=list)
    trace_number: str = ""
    """TRN02, the number the request was given."""
    answered_date: date | None = None
    quantity: Decimal | None = None
    unit: str = ""
    valid_from: date | None = None
    valid_through: date | None = None
    services: list[AuthorizedServiceRecord] = field(default_factory=list)


@dataclass(slots=True)
class Problem:
    """A row or claim that cannot be taken and goes to quarantine; everything else goes on.

    message names place and remedy and never repeats a value of the file. raw is the row or the segments as they stood,
    at most MAX_RAW_LENGTH characters: it holds PHI and is stored encrypted.
    """

    position: int
    field: str
    code: str
    message: str
    raw: str
    mends: str = ""
    """Token of the rejected row of an earlier upload that it is another try of."""
    tried: str = ""
    """The row as it would stand in that upload."""


@dataclass(slots=True)
class Finding:
    """A note on the file that stops nothing. message never repeats a value of the file that could be a patient's."""

    position: int
    severity: Severity
    code: str
    message: str


class UnreadableFile(Exception):
    """Nothing (more) can be read: code for machines, message with the remedy for people, position in the file."""

    def __init__(self, code: str, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.position = position


def combined_outcome(outcomes: Iterable[Outcome]) -> Outcome:
    """Outcome of a claim from the outcomes of its lines.

    Any line pending: the claim is pending. All paid, or all denied: that. Anything else: partial. Order and grouping do
    not matter, so lines that arrive apart can be folded in one after the other. Raises ValueError without any outcome.
    """
    told = set(outcomes)
    if not told:
        raise ValueError("a claim without lines has no outcome to combine")
    if "pending" in told:
        return "pending"
    return told.pop() if len(told) == 1 else "partial"
