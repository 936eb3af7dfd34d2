"""Pieces of a file as resources: parsed strictly, Bundles unfolded."""

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from upstream.intake.fhir.pieces import Piece, pieces, problem_of
from upstream.intake.records import Problem

Json = dict[str, Any]

_NOTHING: Json = {}


class Resource(NamedTuple):
    """A resource and what its entry calls it. raw: the piece it stood in, for its quarantine."""

    position: int
    full_url: str
    content: Json
    raw: bytes

    @property
    def type(self) -> str:
        name = self.content.get("resourceType")
        return name if isinstance(name, str) else ""


class _RepeatedName(ValueError):
    pass


_NO_JSON = "broken_json", "is no JSON: a comma, a quotation mark or a number is not as it must be. Export it again."
#: What parsing raises, the particular before the general: code, and what is wrong and what to do.
_BROKEN: dict[type[Exception], tuple[str, str]] = {
    _RepeatedName: (
        "repeated_field",
        "names a field twice, so what it says is not certain. Have its sender correct it.",
    ),
    UnicodeDecodeError: ("encoding", "is not UTF-8 text. Save the file as UTF-8 and upload it again."),
    RecursionError: ("nested_too_deep", "is nested deeper than any FHIR resource. Have its sender correct it."),
    ValueError: _NO_JSON,
    ArithmeticError: _NO_JSON,
}


def resources(chunks: Iterable[bytes], types: re.Pattern[bytes] | None = None) -> Iterator[Resource | Problem]:
    """The resources of a file, with a Problem for each piece that is none. Numbers are Decimals.

    types: what a piece must hold to be parsed at all. Raises UnreadableFile as `pieces` does.
    """
    for piece in pieces(chunks):
        if isinstance(piece, Problem):
            yield piece
        elif types is None or types.search(piece.raw):
            yield from _unfolded(piece)


def _unfolded(piece: Piece) -> Iterator[Resource | Problem]:
    try:
        value = _DECODER.decode(piece.raw.decode("utf-8"))
    except tuple(_BROKEN) as error:
        code, complaint = next(told for kind, told in _BROKEN.items() if isinstance(error, kind))
        yield problem_of(piece.position, code, complaint, piece.raw)
        return
    waiting = [_entry(value) if piece.is_entry else ("", value)]
    while waiting:
        full_url, content = waiting.pop()
        if content is _NOTHING:
            continue
        if not isinstance(content, dict) or not isinstance(content.get("resourceType"), str):
            complaint = "has no resourceType, so it is no FHIR resource. Have its sender correct it."
            yield problem_of(piece.position, "no_resource_type", complaint, piece.raw)
        elif content["resourceType"] == "Bundle":
            entries = content.get("entry")
            waiting += [_entry(entry) for entry in reversed(entries)] if isinstance(entries, list) else []
        else:
            yield Resource(piece.position, full_url, content, piece.raw)


def _entry(value: Any) -> tuple[str, Any]:
    """Address and resource of an entry; one without a resource, which tells of a request or an answer, is empty."""
    if not isinstance(value, dict):
        return "", value
    full_url = value.get("fullUrl")
    return full_url if isinstance(full_url, str) else "", value.get("resource", _NOTHING)


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedName
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


# The standard library's, because amounts must stay decimals and repeated names must show.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_constant
)
