"""Where files come from: how a source is known again, and what is unusual in a file beside its earlier ones."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from itertools import islice
from statistics import median

from upstream.core.models import JobState
from upstream.intake.csv_header import TableMapping, find_header, header_digest
from upstream.intake.models import Upload, UploadKind
from upstream.intake.records import Finding, UnreadableFile
from upstream.intake.x12.segments import SegmentReader

#: Earlier uploads a file is compared with, and how many there must be.
MOST_EARLIER, FEWEST_EARLIER = 20, 5
#: Robust standard deviations beyond which a figure is unusual, and the smallest ratio (of counts, of odds, of days)
#: that is worth a word.
UNUSUAL, WORTH_A_WORD = 4.0, 1.5
#: Days by which a file must come later than usual; a payer's share from which on it is missed.
DAYS_WORTH_A_WORD, PAYER_SHARE = 7, 0.05
#: The scale of a normal spread is this many median deviations.
_NORMAL = 1.4826
#: Spread that is granted even to a source that is always the same, on the log scale.
_LEAST_SPREAD = 0.05

_PREFIX = "unusual_"


def source_of(kind: str, head: bytes, mapping: TableMapping | None = None) -> str:
    """What the files of one kind from one source have in common, of at most 64 characters; may be empty.

    A table: the digest of its header, which is told by `mapping` where its columns have names of their own. X12: the
    sender of the interchange and of the group (ISA06, GS02). FHIR says no more than its kind.
    """
    if kind == UploadKind.CLAIMS_CSV:
        header = find_header(head, mapping)
        return header_digest(header.names) if header is not None else ""
    if kind.startswith("X12_"):
        return " ".join(_senders(head))[:64]
    return "FHIR" if kind == UploadKind.FHIR else ""


def _senders(head: bytes) -> list[str]:
    senders: list[str] = []
    try:
        for segment in islice(SegmentReader([head]), 20):
            if segment[0] == "ISA" and len(segment) > 6:
                senders.append(segment[6].strip())
            elif segment[0] == "GS" and len(segment) > 2:
                return [*senders, segment[2].strip()]
    except UnreadableFile:
        # What is wrong with the file is told where it is read.
        pass
    return senders


def compare(upload: Upload) -> None:
    """Put what is unusual in a file that was read among its findings, anew each time; the caller saves them.

    Compared by median and median deviation with up to MOST_EARLIER earlier uploads of its source that were read to the
    end; silent with fewer than FEWEST_EARLIER.
    """
    upload.findings = [found for found in upload.findings if not found["code"].startswith(_PREFIX)]
    if not upload.source:
        return
    earlier = list(
        Upload.objects.for_organization(upload.organization_id)
        .filter(kind=upload.kind, source=upload.source, duplicate_of=None, job__state=JobState.SUCCEEDED)
        .filter(pk__lt=upload.pk)
        .exclude(report={})
        .order_by("-id")[:MOST_EARLIER]
    )
    if len(earlier) < FEWEST_EARLIER:
        return
    told = [*_volume(upload, earlier), *_shares(upload, earlier), *_payers(upload, earlier), *_delay(upload, earlier)]
    upload.findings += [asdict(Finding(0, "warning", _PREFIX + code, message)) for code, message in told]


_Told = Iterable[tuple[str, str]]


def _volume(upload: Upload, earlier: Sequence[Upload]) -> _Told:
    usual = median(row.rows_read for row in earlier)
    logs = [math.log(row.rows_read + 1) for row in earlier]
    if _strange(math.log(upload.rows_read + 1), logs, noise=1 / math.sqrt(usual + 1)):
        message = (
            f"The file has {upload.rows_read:,} rows, {_times(upload.rows_read, usual)} the usual {usual:,.0f} "
            f"(median of the last {len(earlier)} files of this source). Was the export cut off, or its period changed?"
        )
        yield "volume", message


def _shares(upload: Upload, earlier: Sequence[Upload]) -> _Told:
    for code, what, of_what, counted, advice in (
        (
            "denied",
            "denied",
            "decided claims",
            _denied_of,
            "If that is not the payers' doing, look at what the export takes in.",
        ),
        (
            "rejected",
            "set aside",
            "rows",
            _rejected_of,
            "Look at the reasons below: the export may have changed.",
        ),
    ):
        part, whole = counted(upload)
        before = [counted(row) for row in earlier]
        if whole and _strange_share(part, whole, before):
            usual = median(part / whole for part, whole in before if whole)
            message = (
                f"{part:,} of {whole:,} {of_what} are {what} ({part / whole:.1%}); usual in this source is "
                f"{usual:.1%}. {advice}"
            )
            yield code, message


def _denied_of(upload: Upload) -> tuple[int, int]:
    """Claims denied as a whole, and claims decided."""
    outcomes = upload.report.get("outcomes", {})
    denied = outcomes.get("DENIED", 0)
    return denied, denied + outcomes.get("PAID", 0) + outcomes.get("PARTIAL", 0)


def _rejected_of(upload: Upload) -> tuple[int, int]:
    return upload.rows_quarantined, upload.rows_read


def _payers(upload: Upload, earlier: Sequence[Upload]) -> _Told:
    mixes = [row.report.get("payers", {}) for row in earlier]
    mine = upload.report.get("payers", {})
    total = sum(mine.values())
    if not total:
        return
    strange: list[tuple[str, float]] = []
    for name in dict.fromkeys(name for mix in mixes for name in mix if name):
        before = [(mix.get(name, 0), sum(mix.values())) for mix in mixes]
        usual = median(part / whole for part, whole in before if whole)
        if usual >= PAYER_SHARE and _strange_share(mine.get(name, 0), total, before):
            strange.append((name, usual))
    for name, usual in sorted(strange, key=lambda each: -each[1])[:3]:
        message = (
            f"{name} brings {mine.get(name, 0):,} of {total:,} claims ({mine.get(name, 0) / total:.1%}); usual in this "
            f"source is {usual:.1%}. Is a payer left out, or does it go by another name?"
        )
        yield "payers", message


def _delay(upload: Upload, earlier: Sequence[Upload]) -> _Told:
    mine, before = _days_late(upload), [days for row in earlier if (days := _days_late(row)) is not None]
    if mine is None or len(before) < FEWEST_EARLIER:
        return
    usual = median(before)
    if mine >= usual + DAYS_WORTH_A_WORD and _strange(math.log1p(mine), [math.log1p(days) for days in before], noise=0):
        message = (
            f"The last decision in this file is {mine} days old; usual in this source is {usual:.0f}. What payers "
            "changed since then cannot be seen yet: does the export reach up to today?"
        )
        yield "delay", message


def _days_late(upload: Upload) -> int | None:
    span = upload.report.get("days", {}).get("decided")
    return max(0, (upload.created_at.date() - date.fromisoformat(span[1])).days) if span else None


def _strange(value: float, before: Sequence[float], *, noise: float) -> bool:
    """On a log scale: whether a value lies beyond the spread of those before, the chance of its own count granted."""
    usual = median(before)
    spread = max(_NORMAL * median(abs(each - usual) for each in before), _LEAST_SPREAD)
    return abs(value - usual) > max(UNUSUAL * math.hypot(spread, noise), math.log(WORTH_A_WORD))


def _strange_share(part: int, whole: int, before: Sequence[tuple[int, int]]) -> bool:
    odds = [_log_odds(*each) for each in before if each[1]]
    if len(odds) < FEWEST_EARLIER:
        return False
    usual = 1 / (1 + math.exp(-median(odds)))
    # The deviance, not the noise of the odds: that is boundless where a payer is gone or nothing was set aside before.
    deviance = 2 * sum(
        count * math.log(count / (whole * share))
        for count, share in ((part, usual), (whole - part, 1 - usual))
        if count
    )
    return deviance > UNUSUAL**2 and _strange(_log_odds(part, whole), odds, noise=0)


def _log_odds(part: int, whole: int) -> float:
    return math.log((part + 0.5) / (whole - part + 0.5))


def _times(value: float, usual: float) -> str:
    """How a count compares with the usual one, as people say it."""
    if value >= usual:
        return f"about {value / usual:.1f} times" if usual else "beside"
    share = value / usual
    for words, limit in (("a tenth of", 0.15), ("a quarter of", 0.29), ("a third of", 0.4), ("half of", 0.6)):
        if share < limit:
            return f"about {words}" if share >= 0.08 else "less than a tenth of"
    return f"about {share:.0%} of"
