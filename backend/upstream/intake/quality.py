"""How good an upload's data are: a score with its parts, and what the data lack and what that costs detection.

Everything here is a function of an upload's counts and its report; `docs/data-quality.md` tells the rules in words.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from upstream.intake.models import Upload


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the score: `share` of `of` claims (or rows) are as they should be, weighed with `weight`."""

    key: str
    label: str
    weight: int
    share: float
    of: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Lack:
    """What `lacking` of `of` claims do not tell; `cost` is empty where no detector asks for it."""

    field: str
    label: str
    lacking: int
    of: int
    cost: str


@dataclass(frozen=True, slots=True)
class Quality:
    """score: 0 to 100, rounded down, so that 100 says that nothing is lacking."""

    score: int
    parts: list[Part]
    lacks: list[Lack]


#: Points of each part, 100 together. A part that nothing in the file is asked about is left out, and the others share
#: its points in proportion.
ROWS_WEIGHT = 30
FIELD_WEIGHTS = {
    "denial_code": 20,
    "submitted_date": 15,
    "decided_date": 15,
    "paid_date": 5,
    "billed_amount": 5,
    "control_number": 5,
    "location": 5,
}

#: Per field: its name, of which claims it is asked, and what detection loses where it is lacking.
_FIELDS: dict[str, tuple[str, str, str]] = {
    "denial_code": (
        "Denial reason",
        "denied or partly paid claims",
        "they count for the payer, but among denial categories only as “Other reason”",
    ),
    "submitted_date": (
        "Submission day",
        "claims",
        "they are watched for denials by the day of decision, but neither for payment delay nor by the day of "
        "submission, until an 837 or a table of claims tells it",
    ),
    "decided_date": (
        "Decision day",
        "decided claims",
        "they cannot be placed in time and count for no denial rate",
    ),
    "paid_date": (
        "Payment day",
        "paid claims",
        "for payment delay they count as paid on the day of their decision",
    ),
    "billed_amount": (
        "Billed amount",
        "claims",
        "they weigh nothing when denied dollars are watched",
    ),
    "control_number": (
        "Claim number",
        "claims",
        "a remittance cannot find them, and a corrected row is taken for another claim",
    ),
    "location": (
        "Location",
        "claims",
        "they count for the payer and the service group, but for no location",
    ),
    "provider_npi": (
        "Rendering provider",
        "claims",
        "a provider who is new with them is not offered as a reason of your own for a change",
    ),
    "procedure_code": (
        "Procedure",
        "claims",
        "they count under no service group of their own, but under the one that takes the rest",
    ),
    "line_control_number": (
        "Line number",
        "claims sent",
        "",
    ),
    "service_date": ("Day of service", "claims", ""),
    "patient": ("Patient", "claims", ""),
    "paid_amount": ("Paid amount", "paid claims", ""),
    "allowed_amount": ("Allowed amount", "paid claims", ""),
}


def quality_of(upload: Upload) -> Quality | None:
    """None for an upload of which nothing was counted: acknowledgements, authorizations, files read long ago."""
    fields: dict[str, list[int]] = upload.report.get("fields", {})
    if not fields and not (upload.report and upload.rows_open):
        return None
    parts = []
    # A row that is no claim is asked about nothing.
    rows = upload.rows_read - upload.rows_dismissed
    if rows:
        parts.append(_rows_part(rows, upload.rows_open))
    parts += [_field_part(name, *fields[name]) for name in FIELD_WEIGHTS if name in fields]
    lacks = [_lack(name, *fields[name]) for name in _FIELDS if name in fields and fields[name][0]]
    return Quality(_score(parts), parts, lacks)


def _score(parts: Sequence[Part]) -> int:
    points = sum(part.weight * part.share for part in parts)
    # A sum of shares that are all 1 must not fall short of 100 by a rounding.
    return math.floor(round(100 * points / sum(part.weight for part in parts), 6))


def _rows_part(read: int, rejected: int) -> Part:
    if rejected:
        sentence = f"{rejected:,} of {read:,} rows were set aside; their claims count nowhere until they are mended."
    else:
        sentence = f"All of {read:,} rows were taken." if read > 1 else "The row was taken."
    return Part("rows", "Rows taken", ROWS_WEIGHT, (read - rejected) / read, read, sentence)


def _field_part(name: str, lacking: int, of: int) -> Part:
    label, asked, cost = _FIELDS[name]
    thing = label[0].lower() + label[1:]
    if lacking:
        sentence = f"{lacking:,} of {of:,} {asked} tell no {thing}: {cost}."
    else:
        whose = f"Every one of {of:,} {asked}" if of > 1 else f"The {asked.removesuffix('s')}"
        sentence = f"{whose} tells its {thing}."
    return Part(name, label, FIELD_WEIGHTS[name], (of - lacking) / of, of, sentence)


def _lack(name: str, lacking: int, of: int) -> Lack:
    label, _, cost = _FIELDS[name]
    return Lack(name, label, lacking, of, cost[:1].upper() + cost[1:] + "." if cost else "")
