"""What remittances and claims share: transaction sets one after the other, values of elements, faults of one claim."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Generic, TypeVar

from upstream.intake.notes import Notes
from upstream.intake.records import (
    CODE_LIMITS,
    MAX_RAW_LENGTH,
    TEXT_LIMITS,
    ZERO,
    Finding,
    PatientRecord,
    Problem,
    UnreadableFile,
)
from upstream.intake.text import CONTROL_CHARACTERS, repaired
from upstream.intake.x12.envelope import Envelope
from upstream.intake.x12.segments import SegmentReader
from upstream.intake.x12.values import EARLIEST_BIRTH, EARLIEST_SERVICE, Amounts, Dates, Quantities, parts_of

#: A claim with more segments is not believed; without a cap one endless claim would fill memory.
MAX_CLAIM_SEGMENTS = 10_000
#: Segments kept of the claim being read, for its quarantine: enough to fill MAX_RAW_LENGTH.
KEPT_SEGMENTS = 400
#: Empty elements appended before a segment is read by index: X12 leaves off trailing empty elements.
PADDING = [""] * 24

ENVELOPE_TAGS = frozenset(("ISA", "GS", "ST", "SE", "GE", "IEA"))

Record = TypeVar("Record")
Handler = Callable[[list[str]], None]


class TransactionReader(ABC, Generic[Record]):
    """Leads the segments of a file through the handlers of a kind of transaction set and yields what they make of them.

    A fault in a claim (`fault`) turns that claim into a Problem; everything else goes on.
    """

    unit = "claim"
    """What a Problem is about, for messages."""
    claim_closing_tags: frozenset[str]
    """Tags that end a claim, besides those of the envelope: they belong to what follows it."""

    def __init__(self, chunks: Iterable[bytes], today: date) -> None:
        self._segments = SegmentReader(chunks)
        self._ready: list[Record | Problem] = []
        self._claim_segments: list[list[str]] | None = None
        self._claim_position = 0
        self._fault: tuple[str, str, str] | None = None
        self._inside = False
        self._sets_read = 0
        self.notes = Notes()
        self.envelope = Envelope(self.notes)
        self.position = 0
        self.amounts = Amounts()
        self.quantities = Quantities()
        self.dates = Dates(EARLIEST_SERVICE, today + timedelta(days=366))
        self.birth_dates = Dates(EARLIEST_BIRTH, today)

    @property
    @abstractmethod
    def kind(self) -> str:
        """What the transaction sets are, for messages."""

    @abstractmethod
    def handlers(self) -> dict[str, Handler]:
        """Handler by segment tag, for segments inside a transaction set of this kind."""

    @abstractmethod
    def reads(self, set_code: str, version: str) -> bool:
        """Whether a transaction set (ST01; ST03 or GS08) is of this kind."""

    @abstractmethod
    def begin_set(self, st: list[str]) -> None:
        """Start a transaction set of this kind."""

    @abstractmethod
    def close_claim(self) -> None:
        """Finish the claim being read, if there is one, by calling `deliver`."""

    @abstractmethod
    def end_set(self) -> None:
        """Finish the transaction set; its last claim is closed already."""

    def records(self) -> Iterator[Record | Problem | Finding]:
        """Everything the file tells, in its order. Raises UnreadableFile where nothing of this kind is in it."""
        try:
            yield from self._read()
        except UnreadableFile as error:
            if not self._sets_read:
                raise
            self._leave_set()
            yield from self._ready
            yield Problem(error.position, "interchange", error.code, error.message, "")
        yield from self.notes.close(self.position)
        if not self._sets_read:
            raise UnreadableFile("nothing_to_read", f"The file holds no {self.kind}.", self.position)

    def _read(self) -> Iterator[Record | Problem | Finding]:
        handlers = self.handlers() | dict.fromkeys(ENVELOPE_TAGS, self._envelope_segment)
        closing = self.claim_closing_tags | ENVELOPE_TAGS
        ready = self._ready
        for position, segment in enumerate(self._segments, 1):
            self.position = position
            handler = handlers.get(segment[0])
            if self._claim_segments is not None and segment[0] not in closing:
                if position - self._claim_position < KEPT_SEGMENTS:
                    self._claim_segments.append(segment)
                elif position - self._claim_position >= MAX_CLAIM_SEGMENTS:
                    self.fault("claim", "claim_too_long", f"has more than {MAX_CLAIM_SEGMENTS} segments")
                    continue
            if handler is not None:
                handler(segment)
                if ready:
                    yield from self.notes.drain()
                    yield from ready
                    ready.clear()
        self._leave_set()
        self.envelope.end(self.position)
        if self._segments.skipped_bytes:
            self.notes.add(1, "warning", "text_before_isa", "Text before the first ISA segment was passed over.")
        yield from ready
        ready.clear()

    def _envelope_segment(self, segment: list[str]) -> None:
        position, tag, padded = self.position, segment[0], segment + PADDING
        if tag == "SE":
            if self._inside:
                self._leave_set()
            self.envelope.set_trailer(position, padded)
            return
        self._leave_set()
        if tag == "ST":
            self.envelope.begin_set(position, padded)
            if self.reads(segment[1].strip() if len(segment) > 1 else "", self.envelope.version):
                self._inside = True
                self._sets_read += 1
                self.begin_set(padded)
            else:
                message = (
                    f"The transaction set that begins at segment {position} is no {self.kind} and was passed over."
                )
                self.notes.add(position, "warning", "other_transaction_set", message)
        elif tag == "ISA":
            self.envelope.interchange(position, padded)
        elif tag == "GS":
            self.envelope.group(position, padded)
        elif tag == "GE":
            self.envelope.group_trailer(position, padded)
        else:
            self.envelope.interchange_trailer(position, padded)

    def _leave_set(self) -> None:
        if self._inside:
            self.close_claim()
            self.end_set()
            self._inside = False

    @property
    def inside(self) -> bool:
        """Whether the segment stands in a transaction set that is read."""
        return self._inside

    def open_claim(self, segment: list[str]) -> None:
        """Begin to keep the segments of a claim, for its quarantine should it have a fault."""
        self._claim_segments, self._claim_position, self._fault = [segment], self.position, None

    def fault(self, field: str, code: str, complaint: str) -> None:
        """Say what makes it impossible to take the claim being read; the first fault counts."""
        if self._fault is None:
            message = f"The {self.unit} at segment {self._claim_position} {complaint} (segment {self.position})."
            self._fault = field, code, message

    def drop_claim(self) -> None:
        """Leave out the claim being read, as what is none."""
        self._claim_segments = None

    @property
    def dropped(self) -> bool:
        """Whether the claim being read is left out."""
        return self._claim_segments is None

    def deliver(self, record: Record) -> bool:
        """Yield the claim that was read, or the Problem it has; True where it was taken."""
        segments, fault = self._claim_segments or [], self._fault
        self._claim_segments = self._fault = None
        if fault is None:
            self._ready.append(record)
            return True
        marks = self._segments.separators
        raw, length = [], 0
        for segment in segments:
            raw.append(repaired(marks.element.join(segment)) + marks.segment)
            length += len(raw[-1])
            if length > MAX_RAW_LENGTH:
                break
        self._ready.append(Problem(self._claim_position, *fault, "".join(raw)[:MAX_RAW_LENGTH]))
        return False

    def emit(self, record: Record) -> None:
        """Yield a record that is no claim."""
        self._ready.append(record)

    def amount(self, text: str, element: str) -> Decimal:
        """USD of an element; empty is zero; what is no amount is a fault of the claim."""
        if not text:
            return ZERO
        try:
            return self.amounts[text]
        except ValueError:
            self.fault(
                element, "amount", f"has no readable amount in {element}: correct it to digits and a decimal point"
            )
            return ZERO

    def optional_amount(self, text: str, element: str) -> Decimal | None:
        """USD of an element, None where it is empty; what is no amount is a fault of the claim."""
        return self.amount(text, element) if text else None

    def quantity(self, text: str, element: str) -> Decimal | None:
        """Units of an element; what is no number is noted and left out."""
        if not text:
            return None
        try:
            return self.quantities[text]
        except ValueError:
            self.notes.add(
                self.position,
                "warning",
                "quantity",
                f"Segment {self.position}: {element} is no number and was left out.",
            )
            return None

    def count(self, text: str, element: str) -> int | None:
        """A count of an element; what is none is noted and left out."""
        counted = self.quantity(text.strip(), element)
        return None if counted is None or counted < 0 else int(counted)

    def day(self, text: str, element: str) -> date | None:
        """A day of service, receipt or payment; what is none (or before 1990, or far ahead) is noted and left out."""
        return self._day_within(self.dates, text, element)

    def birth_day(self, text: str, element: str) -> date | None:
        """A day of birth; what is none is noted and left out."""
        return self._day_within(self.birth_dates, text, element)

    def _day_within(self, dates: Dates, text: str, element: str) -> date | None:
        if not text:
            return None
        try:
            return dates[text]
        except ValueError:
            message = f"Segment {self.position}: {element} is no date in the expected range and was left out."
            self.notes.add(self.position, "warning", "date", message)
            return None

    def text(self, value: str, field: str) -> str:
        """Free text without its padding, in its own letters.

        Too long for the field is a fault of the claim; outside claims it is noted and cut.
        """
        value = value.strip()
        if not (value.isascii() and value.isprintable()):
            # Separators may be control characters, and then stay in texts that are not cut by them.
            value = CONTROL_CHARACTERS.sub(" ", repaired(value)).strip()
        limit = TEXT_LIMITS[field]
        if len(value) <= limit:
            return value
        complaint = f"has a {field.replace('_', ' ')} of more than {limit} characters"
        if self._claim_segments is not None:
            self.fault(field, "too_long", complaint)
        else:
            self.notes.add(self.position, "warning", "too_long", f"Segment {self.position} {complaint}; it was cut.")
        return value[:limit]

    def person(self, nm1: list[str]) -> PatientRecord:
        """Name (`Last, First Middle Suffix`) and member number of a padded NM1 segment."""
        given = " ".join(part for part in (nm1[4].strip(), nm1[5].strip(), nm1[7].strip()) if part)
        name = f"{nm1[3].strip()}, {given}" if given else nm1[3]
        return PatientRecord("", self.text(name, "patient_name"), None, self.text(nm1[9], "member_number"))

    def add_codes(self, kept: list[str], codes: Iterable[str], kind: str) -> None:
        """Append codes of a kind (CODE_LIMITS, TEXT_LIMITS), in capitals; more than its limit is noted and left out."""
        limit = CODE_LIMITS[kind]
        for code in codes:
            if len(kept) >= limit:
                message = f"Segment {self.position}: more than {limit} {kind.replace('_', ' ')}; the first were kept."
                self.notes.add(self.position, "warning", "too_many_codes", message)
                return
            kept.append(self.text(code, kind.removesuffix("s")).upper())

    def composite(self, value: str) -> list[str]:
        """Components of a qualified composite, padded; a separator other than the ISA's is noted once and obeyed."""
        parts, other = parts_of(value, self._segments.separators.component)
        if other:
            message = (
                f"Segment {self.position}: composites are cut by another character than the ISA names; it was followed."
            )
            self.notes.once(self.position, "warning", "component_separator", message)
        return parts + PADDING
