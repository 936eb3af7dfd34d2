"""Codes of a service group as people write them, and which ranges may stand beside each other.

A code belongs to the narrowest range it lies in, and to the group without codes where it lies in none. That decides
every code as long as of two ranges one lies within the other or both lie apart, which is what is asked of them here.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from upstream.claims.service_groups import Shape, place_of

Range = tuple[str, str]
"""First and last code; the same one twice for a single code."""

#: Codes and ranges in one group, and characters of a code.
MOST_RANGES, LONGEST_CODE = 500, 20

_PARTS = re.compile(r"[,;\s]+")
_DASHES = re.compile(r"\s*[-\u2010-\u2015]\s*")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two ranges that share codes, the wider first (the first in order where none is); each with its group's name."""

    outer: Range
    outer_group: str
    inner: Range
    inner_group: str
    nested: bool
    """Whether the second lies within the first, which decides whose the codes are. Of the same range twice: not."""


def ranges_of(text: str) -> list[Range]:
    """Ranges in a text of codes and ranges apart by commas, spaces or lines; empty for an empty text.

    Raises ValueError with a sentence for a person that names the part it is about and what to write.
    """
    parts = [part for part in _PARTS.split(_DASHES.sub("-", text.upper())) if part]
    if len(parts) > MOST_RANGES:
        raise ValueError(f"{len(parts)} codes and ranges are too many for one group: write at most {MOST_RANGES}.")
    return list(dict.fromkeys(_range(part) for part in parts))


def _range(part: str) -> Range:
    first, dash, last = part.partition("-")
    last = last if dash else first
    longest = max(len(first), len(last))
    start, end = (place_of(first), place_of(last)) if longest <= LONGEST_CODE else (None, None)
    if start is None or end is None:
        shown = part if len(part) <= 2 * LONGEST_CODE else f"{part[: 2 * LONGEST_CODE]}…"
        raise ValueError(
            f"{shown} is no procedure code and no range of them. Write codes like 99213, J1885 or 0450, and ranges "
            "like 99202-99215."
        )
    if start[0] != end[0]:
        raise ValueError(
            f"{first} and {last} are codes of two forms, so nothing says what lies between them. Write a range for "
            "each form, like 99202-99215 and G0438-G0439."
        )
    if start[1] > end[1]:
        raise ValueError(f"{part} ends before it begins. Write {last}-{first}.")
    return first, last


def written(ranges: Iterable[Sequence[str]]) -> list[str]:
    """Ranges as people write them: `99202-99215`, a single code as `G0402`."""
    return [first if first == last else f"{first}-{last}" for first, last in ranges]


def overlaps(groups: Iterable[tuple[str, Iterable[Sequence[str]]]]) -> list[Overlap]:
    """Every two ranges of these groups (name and ranges) that share codes, each range beside the next wider one."""
    spans: dict[Shape, list[tuple[int, int, Range, str]]] = {}
    for name, ranges in groups:
        for first, last in ranges:
            begins, ends = place_of(first), place_of(last)
            if begins is None or ends is None:
                raise ValueError(f"{first}-{last} is no range of procedure codes.")
            spans.setdefault(begins[0], []).append((begins[1], ends[1], (first, last), name))
    found: list[Overlap] = []
    for of_shape in spans.values():
        # Those that the range at hand may lie in, each within the one before it.
        around: list[tuple[int, int, Range, str]] = []
        for span in sorted(of_shape, key=lambda each: (each[0], -each[1])):
            start, end, inner, name = span
            around = [each for each in around if each[1] >= start]
            if around:
                narrowest = min(around, key=lambda each: (each[1], -each[0]))
                nested = end <= narrowest[1] and (start, end) != narrowest[:2]
                found.append(Overlap(narrowest[2], narrowest[3], inner, name, nested))
            around.append(span)
    return found
