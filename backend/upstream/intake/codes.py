"""Code values of claims: outcome words, denial and remark codes, procedures, modifiers, diagnoses, NPI."""

import re
from dataclasses import dataclass, field

from upstream.intake.records import CODE_LIMITS, TEXT_LIMITS, Outcome

OUTCOME_WORDS: dict[Outcome, tuple[str, ...]] = {
    "paid": ("paid", "pay", "payment", "paid in full", "fully paid", "approved", "settled", "p"),
    "denied": ("denied", "deny", "denial", "rejected", "reject", "declined", "refused", "not covered", "d"),
    "partial": (
        "partial", "partially paid", "partial payment", "partial paid", "partially denied", "partial denial",
        "short paid",
    ),
    "pending": (
        "pending", "pend", "pended", "open", "in process", "in progress", "processing", "submitted", "sent", "accepted",
        "acknowledged", "received", "in review", "under review", "review", "outstanding", "awaiting decision",
        "awaiting", "waiting", "on hold", "hold", "new", "no response", "undecided",
    ),
}  # fmt: skip
_OUTCOME_BY_WORD: dict[str, Outcome] = {word: outcome for outcome, words in OUTCOME_WORDS.items() for word in words}

#: CARCs that are no refusal: deductible, coinsurance, copayment, contracted price, sequestration (X12 code list 139).
ORDINARY_REDUCTIONS = frozenset(("1", "2", "3", "45", "253"))

_SEPARATOR = re.compile(r"[\s,;|/]+")
_CARC = re.compile(r"(?:(CO|PR|OA|PI|CR)[\s:_-]*)?([ABDPWY]\d{1,2}|0*\d{1,3})(?![A-Z0-9.])", re.ASCII)
_RARC = re.compile(r"(MA?\d{1,3}|N\d{1,4})(?![A-Z0-9.])", re.ASCII)
_OWN_CODE = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,9}", re.ASCII)
_PROCEDURE = re.compile(r"([A-Z0-9]{3,7})(?:[-: ]([A-Z0-9]{2}(?:[-:, ][A-Z0-9]{2}){0,3}))?(?:\.0)?", re.ASCII)
_DIAGNOSIS = re.compile(r"[A-Z0-9]{3,8}", re.ASCII)
_MODIFIER = re.compile(r"[A-Z0-9]{2}", re.ASCII)
_REMARK = re.compile(r"[A-Z0-9][A-Z0-9-]{0,9}", re.ASCII)


def parse_outcome(word: str) -> Outcome:
    """Outcome a status word stands for. Raises ValueError for an unknown word."""
    key = " ".join(re.split(r"[^a-z]+", word.lower())).strip()
    try:
        return _OUTCOME_BY_WORD[key]
    except KeyError:
        raise ValueError("not an outcome") from None


@dataclass(frozen=True, slots=True)
class DenialCodes:
    """What a denial cell holds: the CARC that refused, its group where told, and remark codes."""

    code: str = ""
    group: str = ""
    remarks: tuple[str, ...] = ()
    only: bool = True
    """No other CARC stood beside it."""
    not_understood: bool = False
    """It holds text without any code."""


@dataclass(slots=True)
class _Tokens:
    reductions: list[tuple[str, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def parse_denial(text: str) -> DenialCodes:
    """`CO-197`, `CO197`, `197`, `CO-45, CO-197 N290`, `197 Precertification absent`; a payer's own short code stays.

    Of several CARCs the first that is no ordinary reduction counts. A description behind a code is passed over.
    """
    upper = text.strip().upper()
    if not upper:
        return DenialCodes()
    tokens, at = _Tokens(), 0
    while at < len(upper):
        if found := _CARC.match(upper, at):
            tokens.reductions.append((found[1] or "", found[2].lstrip("0") or "0"))
        elif found := _RARC.match(upper, at):
            tokens.remarks.append(found[1])
            if len(tokens.remarks) == CODE_LIMITS["remark_codes"]:
                break
        else:
            break
        at = found.end()
        if behind := re.match(r"[\s,;|/+:-]+", upper[at : at + 40]):
            at += behind.end()
    if tokens.reductions:
        refusals = [pair for pair in tokens.reductions if pair[1] not in ORDINARY_REDUCTIONS]
        group, code = (refusals or tokens.reductions)[0]
        return DenialCodes(code, group, tuple(tokens.remarks), only=len(tokens.reductions) == 1)
    if tokens.remarks:
        return DenialCodes(remarks=tuple(tokens.remarks))
    if _OWN_CODE.fullmatch(upper):
        return DenialCodes(upper)
    return DenialCodes(not_understood=True)


def parse_procedure(text: str) -> tuple[str, tuple[str, ...]]:
    """Procedure code and the modifiers written behind it (`99213-25`). Raises ValueError for what is no code."""
    found = _PROCEDURE.fullmatch(text.strip().upper())
    if found is None:
        raise ValueError("not a procedure code")
    return found[1], tuple(re.split(r"[-:, ]", found[2])) if found[2] else ()


def parse_codes(text: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    """Codes parted by spaces, commas, semicolons, bars or slashes, in order, each once. Raises ValueError otherwise."""
    codes = dict.fromkeys(part for part in _SEPARATOR.split(text.strip().upper()) if part)
    if any(not pattern.fullmatch(code) for code in codes):
        raise ValueError("not a list of codes")
    return tuple(codes)


def parse_modifiers(text: str) -> tuple[str, ...]:
    """Two-character modifiers, also run together (`25LT`). Raises ValueError."""
    bare = text.strip().upper()
    if len(bare) in (4, 6, 8) and bare.isalnum():
        bare = " ".join(bare[at : at + 2] for at in range(0, len(bare), 2))
    return parse_codes(bare, _MODIFIER)


def parse_remarks(text: str) -> tuple[str, ...]:
    """Remark codes (RARC). Raises ValueError."""
    return parse_codes(text, _REMARK)


def parse_diagnoses(text: str) -> tuple[str, ...]:
    """ICD codes the way X12 writes them: capitals, no point. Raises ValueError."""
    return parse_codes(text.replace(".", ""), _DIAGNOSIS)


def parse_npi(text: str) -> tuple[str, bool]:
    """The NPI as it stands, and whether it is ten digits with a true check digit.

    The check is Luhn's over 80840 and the NPI (45 CFR 162.406). A text too long to keep comes back empty.
    """
    npi = text.strip().removesuffix(".0")
    if len(npi) > TEXT_LIMITS["provider_npi"]:
        return "", False
    if len(npi) != 10 or not (npi.isascii() and npi.isdigit()):
        return npi, False
    total = 24  # what the prefix 80840 adds
    for place, digit in enumerate(reversed(npi)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return npi, total % 10 == 0
