"""The envelopes around X12 transaction sets: interchange, group and set, with counts that are true."""

from collections.abc import Iterable, Iterator
from datetime import date

ELEMENT, COMPONENT, TERMINATOR = "*", ":", "~\n"

#: A functional group: the day it was made, and the segments (without ST and SE) of its transaction sets.
Group = tuple[date, Iterable[list[str]]]


def interchange(
    *,
    sender: str,
    receiver: str,
    on: date,
    control: int,
    function: str,
    code: str,
    version: str,
    groups: Iterable[Group],
) -> Iterator[bytes]:
    """The file's bytes, one piece per transaction set.

    control: ISA13, up to nine digits. function: GS01 (HC claims, HP remittances); code: ST01; version: GS08.
    """
    isa = [
        "ISA", "00", " " * 10, "00", " " * 10, "ZZ", f"{sender:<15.15}", "ZZ", f"{receiver:<15.15}", f"{on:%y%m%d}",
        "0600", "^", "00501", f"{control:09d}", "0", "T", COMPONENT,
    ]  # fmt: skip
    yield joined([ELEMENT.join(isa)])
    number = 0
    for number, (day, sets) in enumerate(groups, 1):
        opening = ["GS", function, sender, receiver, f"{day:%Y%m%d}", "0600", str(number), "X", version]
        yield joined([ELEMENT.join(opening)])
        count = 0
        for count, segments in enumerate(sets, 1):
            trailer = f"SE*{len(segments) + 2}*{count:04d}"
            # ST03 belongs to the 837; the 835 tells its version in GS08 alone.
            header = f"ST*{code}*{count:04d}" + (f"*{version}" if code == "837" else "")
            yield joined([header, *segments, trailer])
        yield joined([f"GE*{count}*{number}"])
    yield joined([f"IEA*{number}*{control:09d}"])


def joined(segments: list[str]) -> bytes:
    return "".join(segment + TERMINATOR for segment in segments).encode()


def amount(cents: int) -> str:
    """USD the way X12 writes decimals: no trailing zeros, no point without digits behind it."""
    whole, part = divmod(abs(cents), 100)
    text = f"{whole}.{part:02d}".rstrip("0").rstrip(".")
    return f"-{text}" if cents < 0 else text
