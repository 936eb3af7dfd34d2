"""Reads what payers answer to requests for authorization: X12 278 response, version 005010X217."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from upstream.claims.authorizations import rejection_label
from upstream.intake.records import (
    CODE_LIMITS,
    AuthorizationRecord,
    AuthorizedServiceRecord,
    Finding,
    PatientRecord,
    Problem,
)
from upstream.intake.x12.transactions import PADDING, Handler, TransactionReader

AUTHORIZATION_GUIDE = "005010X217"
#: BHT02 of an answer; others ask, change or cancel.
ANSWER = "11"
_LEVELS = {"20": "payer", "21": "requester", "22": "subscriber", "23": "dependent", "EV": "request", "SS": "service"}


def read_278(chunks: Iterable[bytes], *, today: date) -> Iterator[AuthorizationRecord | Problem | Finding]:
    """For every request (loop 2000E) that an answer decides an AuthorizationRecord, or a Problem in its place.

    A service with a number of its own is an AuthorizationRecord of its own, behind its request's. Rejections (AAA) and
    sets that only ask are Findings. Raises UnreadableFile where no 278 of this version can be found.
    """
    return AuthorizationReader(chunks, today).records()


_Days = tuple[date | None, date | None]


@dataclass(slots=True)
class _Decided:
    """What a request (EV) or a service (SS) of it is told."""

    number: str = ""
    earlier_number: str = ""
    action_code: str = ""
    reason_codes: list[str] = field(default_factory=list)
    procedure_code: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    certified: _Days = (None, None)
    expires: date | None = None
    served: _Days = (None, None)

    def days(self) -> _Days:
        """What is certified; where that is not told, when it is to be done."""
        first, last = self.certified
        if first is None:
            first, last = self.served[0], self.served[1] or self.served[0]
        return first, self.expires or last


class AuthorizationReader(TransactionReader[AuthorizationRecord]):
    """HL segments open payer, subscriber, dependent, request and service; segments add to the innermost."""

    kind = "authorization answer (278)"
    unit = "authorization"
    claim_closing_tags = frozenset(("HL",))

    def __init__(self, chunks: Iterable[bytes], today: date) -> None:
        super().__init__(chunks, today)
        self._answered: date | None = None
        self._begin()

    def handlers(self) -> dict[str, Handler]:
        return {
            "BHT": self._beginning,
            "HL": self._hierarchy_level,
            "NM1": self._party,
            "DMG": self._demographics,
            "AAA": self._rejection,
            "TRN": self._trace,
            "HCR": self._decision,
            "REF": self._reference,
            "DTP": self._dated,
            "SV1": self._professional_service,
            "SV2": self._institutional_service,
            "SV3": self._dental_service,
            "HSD": self._delivery,
        }

    def reads(self, set_code: str, version: str) -> bool:
        return set_code == "278" and version.startswith(AUTHORIZATION_GUIDE)

    def begin_set(self, st: list[str]) -> None:
        self._begin()
        self._answered = self.day(self.envelope.group_date, "GS04")

    def end_set(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._level = ""
        self._is_answer = False
        self._payer_name = self._payer_identifier = ""
        self._subscriber: PatientRecord | None = None
        self._dependent: PatientRecord | None = None
        self._request: AuthorizationRecord | None = None
        self._decided: list[_Decided] = []

    # What stands above the requests

    def _beginning(self, segment: list[str]) -> None:
        if not self.inside:
            return
        bht = segment + PADDING
        self._is_answer = bht[2].strip() == ANSWER
        self._answered = self.day(bht[4].strip(), "BHT04") or self._answered
        if not self._is_answer:
            message = (
                f"Segment {self.position} begins a request for authorization, not an answer (BHT02); it was passed "
                "over. Upload what the payer answers."
            )
            self.notes.add(self.position, "warning", "authorization_request", message)

    def _hierarchy_level(self, segment: list[str]) -> None:
        if not self._is_answer:
            return
        self._level = (segment + PADDING)[3].strip()
        if self._level == "SS" and self._request is not None:
            self._begin_service(segment)
            return
        self.close_claim()
        if self._level == "20":
            self._payer_name = self._payer_identifier = ""
        if self._level in ("20", "21", "22"):
            self._subscriber = None
        if self._level in ("20", "21", "22", "23"):
            self._dependent = None
        elif self._level == "EV":
            self.open_claim(segment)
            self._decided = [_Decided()]
            self._request = AuthorizationRecord(self.position, self._payer_name, self._payer_identifier)
        else:
            message = f"Segment {self.position}: HL03 names no level of a 278; it was passed over."
            self.notes.add(self.position, "warning", "hierarchy_level", message)

    def _begin_service(self, segment: list[str]) -> None:
        if self._claim_segments is not None:
            self._claim_segments.append(segment)
        if len(self._decided) > CODE_LIMITS["services"]:
            message = f"Segment {self.position}: more than {CODE_LIMITS['services']} services; the last was replaced."
            self.notes.add(self.position, "warning", "too_many_services", message)
            self._decided.pop()
        self._decided.append(_Decided())

    def _party(self, segment: list[str]) -> None:
        if not self._is_answer or self._request is not None:
            return
        nm1 = segment + PADDING
        role = nm1[1].strip()
        if role == "X3" and self._level == "20":
            self._payer_name = self.text(nm1[3], "payer_name")
            self._payer_identifier = self.text(nm1[9], "payer_identifier")
        elif role == "IL" and self._level == "22":
            self._subscriber = self.person(nm1)
        elif role == "QC" and self._level == "23":
            self._dependent = self.person(nm1)

    def _demographics(self, segment: list[str]) -> None:
        who = self._dependent if self._level == "23" else self._subscriber if self._level == "22" else None
        if who is not None and len(segment) > 2:
            who.birth_date = self.birth_day(segment[2].strip(), "DMG02")

    def _rejection(self, segment: list[str]) -> None:
        if not self._is_answer:
            return
        reason = self.text((segment + PADDING)[3], "reason_code")
        message = (
            f"Segment {self.position}: the payer rejected the request at its {_LEVELS.get(self._level, 'beginning')}: "
            f"{rejection_label(reason)}. Mend that and ask again."
        )
        self.notes.add(self.position, "warning", "request_rejected", message)

    # The request and its services

    def _trace(self, segment: list[str]) -> None:
        request = self._request
        if request is None or self._level != "EV":
            return
        trn = segment + PADDING
        # 2 is the number of who asked, 1 the payer's own.
        if trn[1] == "2" or not request.trace_number:
            request.trace_number = self.text(trn[2], "trace_number")

    def _decision(self, segment: list[str]) -> None:
        if self._request is None:
            return
        hcr, decided = segment + PADDING, self._decided[-1]
        decided.action_code = self.text(hcr[1], "action_code").upper()
        decided.number = self.text(hcr[2], "authorization_number")
        repetition = self._segments.separators.repetition
        reasons = hcr[3].split(repetition) if repetition else [hcr[3]]
        self.add_codes(decided.reason_codes, filter(str.strip, reasons), "reason_codes")

    def _reference(self, segment: list[str]) -> None:
        if self._request is not None and len(segment) > 2 and segment[1] == "BB":
            self._decided[-1].earlier_number = self.text(segment[2], "authorization_number")

    def _dated(self, segment: list[str]) -> None:
        if self._request is None or len(segment) < 4:
            return
        decided, qualifier = self._decided[-1], segment[1]
        if qualifier not in ("007", "036", "472", "AAH", "435"):
            return
        first_text, _, last_text = segment[3].strip().partition("-")
        element = f"DTP*{qualifier}"
        days = self.day(first_text, element), self.day(last_text, element)
        if qualifier == "007":
            decided.certified = days
        elif qualifier == "036":
            decided.expires = days[0]
        elif qualifier == "472" or decided.served[0] is None:
            decided.served = days

    def _professional_service(self, segment: list[str]) -> None:
        sv1 = segment + PADDING
        self._service(sv1[1], sv1[4], sv1[3])

    def _institutional_service(self, segment: list[str]) -> None:
        sv2 = segment + PADDING
        self._service(sv2[2] or sv2[1], sv2[5], sv2[4])

    def _dental_service(self, segment: list[str]) -> None:
        sv3 = segment + PADDING
        self._service(sv3[1], sv3[6], "UN" if sv3[6] else "")

    def _service(self, procedure: str, quantity: str, unit: str) -> None:
        if self._request is None:
            return
        decided = self._decided[-1]
        parts = self.composite(procedure)
        # A revenue code stands without a qualifier.
        decided.procedure_code = self.text(parts[1] or parts[0], "procedure_code").upper()
        if decided.quantity is None and quantity.strip():
            decided.quantity = self.quantity(quantity.strip(), "the quantity of a service")
            decided.unit = self.text(unit, "unit").upper()

    def _delivery(self, segment: list[str]) -> None:
        if self._request is None:
            return
        hsd = segment + PADDING
        quantity = self.quantity(hsd[2].strip(), "HSD02")
        if quantity is not None:
            self._decided[-1].quantity, self._decided[-1].unit = quantity, self.text(hsd[1], "unit").upper()

    def close_claim(self) -> None:
        request = self._request
        if request is None:
            return
        self._request = None
        whole, *services = self._decided
        decided = [each for each in (whole, *services) if each.action_code]
        if not decided:
            self._pass_over(request)
            return
        request.patient = self._patient()
        request.answered_date = self._answered
        if not request.payer_name:
            self.fault("NM1*X3", "payer", "names no payer (NM1*X3)")
        if request.answered_date is None:
            self.fault("BHT04", "answered_date", "has no readable date (BHT04 or GS04)")
        first = decided[0]
        request.authorization_number = whole.number or first.number or whole.earlier_number or first.earlier_number
        request.action_code, request.reason_codes = first.action_code, first.reason_codes
        request.quantity, request.unit = whole.quantity, whole.unit
        if whole.quantity is None and len(services) == 1:
            request.quantity, request.unit = services[0].quantity, services[0].unit
        request.valid_from, request.valid_through = whole.days() if any(whole.days()) else first.days()
        own: dict[str, list[_Decided]] = {}
        for service in services:
            if service.number in ("", request.authorization_number):
                request.services.append(_service_of(service))
            else:
                own.setdefault(service.number, []).append(service)
        if self.deliver(request):
            for number, numbered in own.items():
                self.emit(_of_its_own(request, number, numbered))

    def _pass_over(self, request: AuthorizationRecord) -> None:
        self._claim_segments = self._fault = None
        message = f"The request at segment {request.position} is not decided (no HCR); nothing was taken of it."
        self.notes.add(request.position, "info", "not_decided", message)

    def _patient(self) -> PatientRecord | None:
        """A copy of who it is for: the dependent, with the subscriber's member number, else the subscriber."""
        who = self._dependent or self._subscriber
        if who is None:
            return None
        member_number = who.member_number or (self._subscriber.member_number if self._subscriber else "")
        return PatientRecord(who.reference, who.name, who.birth_date, member_number)


def _service_of(decided: _Decided) -> AuthorizedServiceRecord:
    return AuthorizedServiceRecord(
        decided.procedure_code,
        decided.action_code,
        decided.reason_codes,
        decided.quantity,
        decided.unit,
        *decided.days(),
    )


def _of_its_own(request: AuthorizationRecord, number: str, services: list[_Decided]) -> AuthorizationRecord:
    """Services that were given another number than their request; days they do not tell are the request's."""
    service = services[0]
    first, last = service.days() if any(service.days()) else (request.valid_from, request.valid_through)
    return AuthorizationRecord(
        request.position,
        request.payer_name,
        request.payer_identifier,
        request.patient,
        number,
        service.action_code or request.action_code,
        service.reason_codes,
        request.trace_number,
        request.answered_date,
        service.quantity,
        service.unit,
        first,
        last,
        [_service_of(each) for each in services],
    )
