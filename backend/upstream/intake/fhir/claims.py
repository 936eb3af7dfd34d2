"""Claims, and the answers to them, as records: what a Claim, a ClaimResponse and an ExplanationOfBenefit tell."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from upstream.intake.amounts import CENT
from upstream.intake.codes import parse_npi
from upstream.intake.dates import EARLIEST_BIRTH_DATE, EARLIEST_DATE
from upstream.intake.fhir.decisions import Adjudication, adjudication_of, denial_code_of, outcome_of
from upstream.intake.fhir.mentions import (
    Coverage,
    Mentioned,
    Party,
    Person,
    Sent,
    control_number_of,
    first_identifier,
    insurance_of,
    pointer_of,
)
from upstream.intake.fhir.resources import Json, Resource
from upstream.intake.fhir.values import (
    DIAGNOSIS_SYSTEMS,
    PROCEDURE_SYSTEMS,
    Fault,
    cleaned,
    code_of,
    codes,
    day_of,
    element,
    elements,
    kinds,
    money,
    number,
    text,
    texts,
)
from upstream.intake.notes import Notes
from upstream.intake.records import (
    CODE_LIMITS,
    MAX_AMOUNT,
    TEXT_LIMITS,
    ZERO,
    ClaimRecord,
    LineRecord,
    PatientRecord,
)

#: Care team roles of who gave the service.
_RENDERING = frozenset(("rendering", "performing", "primary"))
_MAX_LINE_NUMBER = 100_000
#: What an item may be divided into, and that again.
_PARTS = ("detail", "subDetail")


class _Item(NamedTuple):
    """A line of a claim or an answer: its number in the claim, its element, and what was decided on it."""

    number: int
    content: Json
    adjudications: list[Json]


class ClaimReader:
    """Makes the record of one resource after the other; raises Fault for one that cannot be taken.

    Claims and answers meet by the claim's number: `Claim.identifier`, else its id. An answer names it by the identifier
    of its reference, or by a reference to a Claim of its file; else the account number the practice gave, the id
    referred to, and for an ExplanationOfBenefit its own number stand for it.
    """

    def __init__(self, mentioned: Mentioned, today: date, notes: Notes) -> None:
        self._mentioned = mentioned
        self._today = today
        self._notes = notes
        self._position = 0

    def claim(self, resource: Resource) -> ClaimRecord:
        """A Claim, of which nothing is decided yet; a cancelled one is a void (frequency 8)."""
        self._position, content = resource.position, resource.content
        told = elements(content, "item")
        items = [_Item(at, item, []) for at, item in zip(_numbers(told, "sequence"), told, strict=True)]
        record = self._record(content, control_number_of(content), items, money(content, "total"))
        if not record.control_number:
            raise Fault("identifier", "control_number", "has neither an identifier nor an id, so no answer can name it")
        record.submitted_date = self._day(content, "created")
        if record.submitted_date is None:
            raise Fault("created", "submitted_date", "has no day of submission (created); write it as YYYY-MM-DD")
        if not record.lines:
            raise Fault("item", "no_lines", "has no service line (item)")
        if not all(line.procedure_code for line in record.lines):
            raise Fault("productOrService", "procedure_code", "has a line without a code (item.productOrService)")
        if content.get("status") == "cancelled":
            record.frequency_code = "8"
        elif any("prior" in kinds(element(each, "relationship")) for each in elements(content, "related")):
            record.frequency_code = "7"
        return record

    def answer(self, resource: Resource) -> ClaimRecord:
        """A ClaimResponse, which numbers the claim's lines, or an ExplanationOfBenefit, which repeats them."""
        self._position, content = resource.position, resource.content
        explains = resource.type == "ExplanationOfBenefit"
        own_number = first_identifier(content) or text(content, "id")
        request = pointer_of(element(content, "claim" if explains else "request"))
        sent = self._mentioned.find(request, Sent, content)
        control_number = (
            request.identifier
            or (sent.control_number if sent else "")
            or _account_number(content)
            or request.identity
            or (own_number if explains else "")
        )
        if not control_number:
            raise Fault("request", "control_number", "names no claim (request), so it answers none of yours")
        items = _answered(content, "sequence" if explains else "itemSequence")
        lines = [adjudication_of(item.adjudications) for item in items]
        claim = _whole_claim(content, lines)
        record = self._record(content, control_number, items, claim.submitted, sent)
        record.answer = True
        record.payer_claim_number = cleaned(own_number, "payer_claim_number")
        record.submitted_date = self._received(content)
        for line, told in zip(record.lines, lines, strict=True):
            _decide_line(line, told)
        self._decide(record, content, claim, lines)
        return record

    # What claims and answers have in common

    def _record(
        self,
        content: Json,
        control_number: str,
        items: Sequence[_Item],
        total: Decimal | None,
        sent: Sent | None = None,
    ) -> ClaimRecord:
        insurance = insurance_of(content)
        coverage = self._mentioned.find(pointer_of(element(insurance, "coverage")), Coverage, content)
        if coverage is None and sent is not None:
            coverage = self._mentioned.find(sent.coverage, Coverage, content)
        payer_name, payer_identifier = self._payer(content, coverage)
        lines = [_line(item, self._serviced(item.content)) for item in items]
        billed = sum((line.billed_amount for line in lines), ZERO)
        if total is not None and lines and billed not in (total, ZERO):
            message = (
                f"The lines of resource {self._position} do not add up: its total says {total}, the lines come to "
                f"{billed}."
            )
            self._notes.add(self._position, "warning", "claim_total_differs", message)
        days = [line.service_date for line in lines if line.service_date]
        record = ClaimRecord(
            self._position,
            cleaned(control_number, "control_number"),
            cleaned(payer_name, "payer_name"),
            cleaned(payer_identifier, "payer_identifier"),
            service_date=min(days) if days else self._day(element(content, "billablePeriod"), "start"),
            billed_amount=billed if total is None else total,
            authorization_number=_authorization(content, insurance),
            provider_npi=self._npi(content),
            location=cleaned(self._location(content), "location"),
            plan=cleaned(coverage.plan if coverage else "", "plan"),
            diagnosis_codes=_diagnoses(content),
            patient=self._patient(content, coverage),
            lines=lines,
        )
        if record.billed_amount > MAX_AMOUNT:
            raise Fault("item", "amount", "bills an amount of more than twelve digits")
        if record.billed_amount < 0 or any(line.billed_amount < 0 for line in lines):
            raise Fault("total", "negative_amount", "bills less than nothing (total, item.net)")
        return record

    def _payer(self, content: Json, coverage: Coverage | None) -> tuple[str, str]:
        """Name and identifier of the insurer, else of whoever pays under the coverage."""
        pointers = [pointer_of(element(content, "insurer"))]
        if coverage is not None:
            pointers.append(coverage.payor)
        # Who pays for themselves is no payer, and must not appear among them.
        pointers = [
            pointer
            for pointer in pointers
            if not pointer.is_person and self._mentioned.find(pointer, Person, content) is None
        ]
        for pointer in pointers:
            party = self._mentioned.find(pointer, Party, content) or Party("", "", "")
            name, identifier = party.name or pointer.display, party.identifier or pointer.identifier
            if name or identifier:
                return name, identifier
        outside = next((pointer.outside for pointer in pointers if pointer.outside), "")
        if not outside:
            raise Fault("insurer", "payer", "names no payer (insurer, or payor of its coverage)")
        return "", outside

    def _patient(self, content: Json, coverage: Coverage | None) -> PatientRecord | None:
        """Who was treated. Of somebody who is not in the file only the reference is known."""
        pointer = pointer_of(element(content, "patient"))
        person = self._mentioned.find(pointer, Person, content)
        # The end of a reference that is too long is its id.
        reference = (pointer.outside if person is None else person.reference)[-TEXT_LIMITS["patient_reference"] :]
        if person is None:
            return PatientRecord(reference) if reference else None
        number_of_coverage = coverage.member_number if coverage is not None else ""
        return PatientRecord(
            reference,
            cleaned(person.name, "patient_name"),
            self._day_within(person.birth_date, "birthDate", EARLIEST_BIRTH_DATE, self._today),
            cleaned(number_of_coverage or person.member_number, "member_number"),
        )

    def _npi(self, content: Json) -> str:
        """Of who gave the service, else of anybody of the care team, else of who bills."""
        team = sorted(elements(content, "careTeam"), key=lambda each: not kinds(element(each, "role")) & _RENDERING)
        for value in (*(element(each, "provider") for each in team), element(content, "provider")):
            pointer = pointer_of(value)
            party = self._mentioned.find(pointer, Party, content)
            if npi := parse_npi((party.npi if party is not None else "") or pointer.npi)[0]:
                return npi
        return ""

    def _location(self, content: Json) -> str:
        """Where the service was given, else who bills: by name, else as the file refers to it."""
        for name in ("facility", "provider"):
            pointer = pointer_of(element(content, name))
            party = self._mentioned.find(pointer, Party, content)
            if found := (party.name if party is not None else "") or pointer.display or pointer.identifier:
                return found
            if pointer.outside:
                return pointer.outside
        return ""

    def _serviced(self, item: Json) -> date | None:
        if "servicedDate" in item:
            return self._day(item, "servicedDate")
        return self._day(element(item, "servicedPeriod"), "start")

    def _received(self, content: Json) -> date | None:
        """The day the payer had the claim, where it tells."""
        for each in elements(content, "supportingInfo"):
            if "clmrecvddate" in kinds(element(each, "category")):
                return self._day(each, "timingDate")
        return None

    def _day(self, of: Json, name: str) -> date | None:
        return self._day_within(text(of, name), name, EARLIEST_DATE, self._today + timedelta(days=366))

    def _day_within(self, written: str, name: str, earliest: date, latest: date) -> date | None:
        if not written:
            return None
        try:
            return day_of(written, earliest, latest)
        except ValueError:
            message = f"Resource {self._position}: {name} is no day in the expected range and was left out."
            self._notes.add(self._position, "warning", "date", message)
            return None

    # What an answer decides

    def _decide(self, record: ClaimRecord, content: Json, claim: Adjudication, lines: Sequence[Adjudication]) -> None:
        payment = element(content, "payment")
        record.paid_amount = _sum_of(line.paid for line in lines) if claim.paid is None else claim.paid
        if record.paid_amount is None:
            record.paid_amount = money(payment, "amount")
        if record.paid_amount is not None and record.paid_amount < 0:
            remedy = "a takeback comes through the payer's 835"
            raise Fault("total", "negative_amount", f"pays less than nothing (total, payment.amount): {remedy}")
        record.allowed_amount = claim.allowed
        if claim.allowed is None and all(line.allowed is not None for line in lines):
            record.allowed_amount = _sum_of(line.allowed for line in lines)
        record.adjustments = claim.adjustments
        record.remark_codes = codes(claim.remarks, "remark_codes")
        record.outcome = outcome_of(content, record.paid_amount, claim, lines)
        if record.outcome is None:
            message = f"Resource {self._position} tells no amounts and no reasons, so what was decided is not known."
            self._notes.add(self._position, "warning", "decision_untold", message)
        elif record.outcome != "pending":
            record.decided_date = self._day(content, "created")
        if record.outcome in ("denied", "partial"):
            record.denial_code = denial_code_of([claim, *lines])
        if record.outcome in ("paid", "partial"):
            record.paid_date = self._day(payment, "date")
            record.decided_date = record.decided_date or record.paid_date


def _numbers(items: Sequence[Json], name: str) -> list[int]:
    """The numbers of lines as told, or their places where those are not all told once."""
    told = [value for item in items if (value := number(item, name)) is not None]
    usable = {int(value) for value in told if value == int(value) and 0 < value <= _MAX_LINE_NUMBER}
    return [int(value) for value in told] if len(usable) == len(items) else list(range(1, len(items) + 1))


def _answered(content: Json, name: str) -> list[_Item]:
    """Lines of an answer. What the payer added in the place of one line counts with it, other additions are lines."""
    told = elements(content, "item")
    items = {
        at: _Item(at, item, _adjudications(item)) for at, item in zip(_numbers(told, name), told, strict=True)
    }  # fmt: skip
    for added in elements(content, "addItem"):
        replaced = added.get("itemSequence")
        at = max(items, default=0) + 1
        if isinstance(replaced, list) and len(replaced) == 1 and isinstance(replaced[0], Decimal):
            at = int(replaced[0]) if 0 < replaced[0] <= _MAX_LINE_NUMBER else at
        items.setdefault(at, _Item(at, added, [])).adjudications.extend(_adjudications(added))
    return [items[at] for at in sorted(items)]


def _adjudications(item: Json, parts: Sequence[str] = _PARTS) -> list[Json]:
    """An item's own adjudications, else those of its parts."""
    own = list(elements(item, "adjudication"))
    if own or not parts:
        return own
    return [each for part in elements(item, parts[0]) for each in _adjudications(part, parts[1:])]


def _line(item: _Item, service_date: date | None) -> LineRecord:
    content = item.content
    procedure = code_of(element(content, "productOrService"), PROCEDURE_SYSTEMS)
    revenue = code_of(element(content, "revenue"), ())
    units = number(element(content, "quantity"), "value")
    modifiers = [code_of(each, PROCEDURE_SYSTEMS)[:4].upper() for each in elements(content, "modifier")]
    return LineRecord(
        item.number,
        # Revenue codes have four digits, whether or not their leading zero is written.
        cleaned(procedure or (revenue and revenue.zfill(4)), "procedure_code").upper(),
        tuple(filter(None, modifiers))[: CODE_LIMITS["modifiers"]],
        None if units is None else units.quantize(Decimal("0.001"), ROUND_HALF_UP),
        service_date,
        _net(content) or ZERO,
    )


def _net(item: Json, parts: Sequence[str] = _PARTS) -> Decimal | None:
    """USD of an item: as told, else price times quantity and factor, else its parts together."""
    if (net := money(item, "net")) is not None:
        return net
    if (price := money(item, "unitPrice")) is not None:
        quantity, factor = number(element(item, "quantity"), "value"), number(item, "factor")
        for by in (quantity, factor):
            price *= Decimal(1) if by is None else by
        if abs(price) > MAX_AMOUNT:
            raise Fault("unitPrice", "amount", "has a line of more than twelve digits (item.unitPrice, quantity)")
        return price.quantize(CENT, ROUND_HALF_UP)
    return _sum_of(_net(part, parts[1:]) for part in elements(item, parts[0])) if parts else None


def _sum_of(amounts: Iterable[Decimal | None]) -> Decimal | None:
    told = [amount for amount in amounts if amount is not None]
    return sum(told, ZERO) if told else None


def _whole_claim(content: Json, lines: Sequence[Adjudication]) -> Adjudication:
    """What is told of the claim as a whole: totals before adjudications, which may repeat them."""
    totals, whole = adjudication_of(elements(content, "total")), adjudication_of(elements(content, "adjudication"))
    for name in ("submitted", "allowed", "to_provider", "benefit", "patient"):
        told = getattr(totals, name)
        setattr(whole, name, getattr(whole, name) if told is None else told)
    if not whole.adjustments and not any(line.adjustments for line in lines):
        whole.adjustments = totals.adjustments
    return whole


def _decide_line(line: LineRecord, told: Adjudication) -> None:
    line.billed_amount = line.billed_amount or told.submitted or ZERO
    line.allowed_amount, line.paid_amount = told.allowed, told.paid
    line.adjustments, line.remark_codes = told.adjustments, codes(told.remarks, "remark_codes")
    if not told.paid:
        line.denial_code = denial_code_of([told])


def _account_number(content: Json) -> str:
    """The number the practice gave its claim, as a payer repeats it."""
    for each in elements(content, "supportingInfo"):
        if "patientaccountnumber" in kinds(element(each, "category")) and (found := text(each, "valueString")):
            return found
    return ""


def _authorization(content: Json, insurance: Json) -> str:
    """preAuthRef is one text in a ClaimResponse, a list in an ExplanationOfBenefit and in the insurance of a Claim."""
    for of in (insurance, content):
        told = of.get("preAuthRef")
        found = text(of, "preAuthRef") if isinstance(told, str) else next(iter(texts(of, "preAuthRef")), "")
        if found:
            return cleaned(found, "authorization_number")
    return ""


def _diagnoses(content: Json) -> list[str]:
    told = (element(each, "diagnosisCodeableConcept") for each in elements(content, "diagnosis"))
    # The way X12 writes them: no point.
    return codes((code_of(concept, DIAGNOSIS_SYSTEMS).replace(".", "") for concept in told), "diagnosis_codes")
