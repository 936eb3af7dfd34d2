"""Reads FHIR R4 claims and the payers' answers to them."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from upstream.intake.fhir.claims import ClaimReader
from upstream.intake.fhir.mentions import MENTIONED_TYPES, MOST_OF_A_TYPE, Mentioned
from upstream.intake.fhir.pieces import problem_of
from upstream.intake.fhir.resources import Resource, resources
from upstream.intake.fhir.values import Fault
from upstream.intake.notes import Notes
from upstream.intake.records import ClaimRecord, Finding, Problem, UnreadableFile

#: Types that are told by name where they are passed over; of a file with more of them the rest is told as others.
_MOST_TYPES = 30
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,40}", re.ASCII)
_ANSWERS = ("ClaimResponse", "ExplanationOfBenefit")


def read_fhir(
    chunks: Iterable[bytes], *, today: date, mentioned: Mentioned
) -> Iterator[ClaimRecord | Problem | Finding]:
    """For every Claim, ClaimResponse and ExplanationOfBenefit a ClaimRecord, or a Problem in its place.

    A single resource, a Bundle of any type, or ndjson, read in constant memory. Positions are entries of the Bundle, or
    lines. mentioned: whom and what the file's claims refer to (`Mentioned.in_file`). What asks before there is a claim,
    is not in force, or is of another type is passed over with one Finding of each kind. Dates more than a year after
    `today` are not believed. Raises UnreadableFile where no such resource can be found, or the file breaks off.
    """
    notes = Notes()
    reader = ClaimReader(mentioned, today, notes)
    passed_over: Counter[str] = Counter()
    found, position = 0, 0
    for resource in resources(chunks):
        position = resource.position
        if isinstance(resource, Problem):
            yield resource
            continue
        if resource.type not in ("Claim", *_ANSWERS):
            if resource.type not in MENTIONED_TYPES:
                passed_over[_type_of(resource, passed_over)] += 1
            continue
        found += 1
        if reason := _not_read(resource):
            passed_over[reason] += 1
            continue
        try:
            yield reader.claim(resource) if resource.type == "Claim" else reader.answer(resource)
        except Fault as fault:
            problem = problem_of(position, fault.code, f"({resource.type}) {fault.complaint}.", resource.raw)
            problem.field = fault.field
            yield problem
        yield from notes.drain()
    if mentioned.beyond:
        message = (
            f"The file holds more than {MOST_OF_A_TYPE:,} resources of one type that claims refer to; names and "
            "numbers of the rest are not known to its claims. Split the file and upload the parts."
        )
        notes.add(0, "warning", "references_beyond", message)
    for reason, count in passed_over.items():
        notes.add(0, "info", "passed_over", f"Passed over: {_REASONS.get(reason, reason)} ({count:,}).")
    yield from notes.close(position)
    if not found:
        raise UnreadableFile(
            "nothing_to_read",
            "The file holds FHIR, but no Claim, ClaimResponse or ExplanationOfBenefit. Upload those.",
        )


def _not_read(resource: Resource) -> str:
    """Why a claim or an answer is not read, a key of _REASONS; empty where it is."""
    content = resource.content
    if content.get("use") not in (None, "claim"):
        return "use"
    status = content.get("status")
    if status == "cancelled" and resource.type in _ANSWERS:
        return "cancelled"
    return "" if status in (None, "active", "cancelled") else "status"


_REASONS = {
    "use": "preauthorizations and predeterminations, which bill nothing",
    "status": "drafts and resources entered in error (status)",
    "cancelled": "answers that were cancelled; those that replace them count",
    "": "resources of other types",
}


def _type_of(resource: Resource, passed_over: Counter[str]) -> str:
    known = resource.type in passed_over or len(passed_over) < _MOST_TYPES
    return resource.type if known and _TYPE.fullmatch(resource.type) else ""
