"""Reads submitted claims: X12 837 professional, institutional and dental, version 005010 and its errata."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from upstream.intake.records import (
    ZERO,
    ClaimRecord,
    Finding,
    LineRecord,
    PatientRecord,
    Problem,
    SubmissionRecord,
)
from upstream.intake.x12.envelope import names_guide
from upstream.intake.x12.transactions import PADDING, Handler, TransactionReader
from upstream.intake.x12.values import service_code

Record = ClaimRecord | SubmissionRecord


class ClaimKind(NamedTuple):
    """A kind of claims, its guide, and where its service line has procedure, billed amount and quantity."""

    name: str
    guide: str
    procedure: int
    amount: int
    amount_element: str
    quantity: int
    quantity_element: str


#: By the segment of their service lines.
CLAIM_KINDS: dict[str, ClaimKind] = {
    "SV1": ClaimKind("professional", "005010X222", 1, 2, "SV102", 4, "SV104"),
    "SV2": ClaimKind("institutional", "005010X223", 2, 3, "SV203", 5, "SV205"),
    "SV3": ClaimKind("dental", "005010X224", 1, 2, "SV302", 6, "SV306"),
}
#: HI qualifiers of diagnoses, ICD-10 and ICD-9: principal and others. The rest of HI tells conditions and procedures.
DIAGNOSIS_QUALIFIERS = frozenset(("ABK", "ABF", "BK", "BF"))
#: CLM19 of a dentist who asks for a price beforehand.
PREDETERMINATION = "PB"


def line_tag_of(version: str) -> str:
    """Tag of the service lines (SV1, SV2, SV3) in the guide that ST03 or GS08 names; empty for a guide of no claims."""
    return next((tag for tag, kind in CLAIM_KINDS.items() if version.startswith(kind.guide)), "")


def read_837(chunks: Iterable[bytes], *, today: date) -> Iterator[Record | Problem | Finding]:
    """For every CLM of an 837 a ClaimRecord for the payer it is sent to, or a Problem in its place.

    Behind the claims of a transaction set stands its SubmissionRecord, unless it tells no day.

    Transaction sets of professional, institutional and dental claims may follow one another; where a set names no
    guide, each claim is of the kind of its first line. The claim says nothing of decisions (outcome None). Amounts and
    adjustments of other payers (loops 2320, 2430) are not this payer's and are left out, as are predeterminations,
    which are no claims yet. Dates more than a year after `today` are not believed. Raises UnreadableFile where no set
    of claims can be found.
    """
    return SubmissionReader(chunks, today).records()


class SubmissionReader(TransactionReader[Record]):
    """Keeps billing provider, subscriber, patient and payer, as HL segments open them, for the claims below them."""

    kind = "claim set of version 005010 (837P, 837I, 837D)"
    claim_closing_tags = frozenset(("CLM", "HL"))

    def __init__(self, chunks: Iterable[bytes], today: date) -> None:
        super().__init__(chunks, today)
        self._claim: ClaimRecord | None = None
        self._line: LineRecord | None = None
        self._in_lines = self._in_other_payer = False
        self._line_tag = self._line_tag_of_set = ""
        self._submitted: date | None = None
        self._reset_billing()

    def handlers(self) -> dict[str, Handler]:
        return {
            "BHT": self._beginning,
            "HL": self._level,
            "SBR": self._subscriber,
            "NM1": self._party,
            "DMG": self._demographics,
            "CLM": self._claim_segment,
            "HI": self._diagnoses,
            "REF": self._reference,
            "LX": self._line_counter,
            **dict.fromkeys(CLAIM_KINDS, self._service),
            "DTP": self._dated,
        }

    def reads(self, set_code: str, version: str) -> bool:
        return set_code == "837" and (line_tag_of(version) != "" or not names_guide(version))

    def begin_set(self, st: list[str]) -> None:
        self._submitted = None
        self._line_tag_of_set = line_tag_of(self.envelope.version)
        self._submitter = self._batch_reference = ""
        self._set_position, self._set_number = self.position, self.text(st[2], "set_number")
        self._claims = 0
        self._reset_billing()

    def end_set(self) -> None:
        self._reset_billing()
        submitted = self._group_day() or self._submitted
        if submitted is None:
            return
        envelope = self.envelope
        self.emit(
            SubmissionRecord(
                self._set_position,
                envelope.interchange_number,
                self.text(envelope.group_sender, "group_sender"),
                self.text(envelope.group_number, "group_number"),
                self._set_number,
                self._submitter,
                self._batch_reference,
                submitted,
                self._claims,
            )
        )

    # What stands above the claims

    def _reset_billing(self) -> None:
        self._billing_npi = self._billing_name = ""
        self._reset_subscriber()

    def _reset_subscriber(self) -> None:
        self._subscriber_person: PatientRecord | None = None
        self._payer_name = self._payer_identifier = self._plan = ""
        self._reset_patient()

    def _reset_patient(self) -> None:
        self._dependent: PatientRecord | None = None
        self._in_dependent_level = False

    def _beginning(self, segment: list[str]) -> None:
        if self.inside:
            bht = segment + PADDING
            self._submitted = self.day(bht[4].strip(), "BHT04")
            self._batch_reference = self.text(bht[3], "batch_reference")

    def _level(self, segment: list[str]) -> None:
        if not self.inside:
            return
        self.close_claim()
        code = segment[3].strip() if len(segment) > 3 else ""
        if code == "20":
            self._reset_billing()
        elif code == "22":
            self._reset_subscriber()
        elif code == "23":
            self._reset_patient()
            self._in_dependent_level = True
        else:
            message = f"Segment {self.position}: HL03 names no level of a claim; it was passed over."
            self.notes.add(self.position, "warning", "hierarchy_level", message)

    def _subscriber(self, segment: list[str]) -> None:
        if self._claim is not None:
            # Loop 2320: from here to the first line everything is about another payer.
            self._in_other_payer = True
        elif self.inside:
            sbr = segment + PADDING
            self._plan = self.text(sbr[4], "plan")

    def _party(self, segment: list[str]) -> None:
        if not self.inside or len(segment) < 2:
            return
        role = segment[1]
        if self._claim is not None:
            self._claim_party(self._claim, role, segment)
            return
        nm1 = segment + PADDING
        if role == "85":
            self._billing_npi = self.text(nm1[9], "provider_npi") if nm1[8] == "XX" else ""
            self._billing_name = self.person(nm1).name
        elif role == "41":
            self._submitter = self.text(nm1[9], "submitter")
        elif role == "IL":
            self._subscriber_person = self.person(nm1)
        elif role == "QC":
            self._dependent = self.person(nm1)
        elif role == "PR":
            self._payer_name = self.text(nm1[3], "payer_name")
            self._payer_identifier = self.text(nm1[9], "payer_identifier")

    def _claim_party(self, claim: ClaimRecord, role: str, segment: list[str]) -> None:
        """Providers and service location of the claim; those of lines and other payers are left out."""
        if self._in_lines or self._in_other_payer:
            return
        nm1 = segment + PADDING
        if role == "82" and nm1[8] == "XX" and nm1[9]:
            claim.provider_npi = self.text(nm1[9], "provider_npi")
        elif role == "71" and nm1[8] == "XX" and not claim.provider_npi:
            # An institution names a rendering provider only where the attending one is another.
            claim.provider_npi = self.text(nm1[9], "provider_npi")
        elif role == "77" and nm1[3].strip():
            claim.location = self.text(nm1[3], "location")

    def _demographics(self, segment: list[str]) -> None:
        if self._claim is not None or len(segment) < 3:
            return
        who = self._dependent if self._in_dependent_level else self._subscriber_person
        if who is not None:
            who.birth_date = self.birth_day(segment[2].strip(), "DMG02")

    # The claim

    def _claim_segment(self, segment: list[str]) -> None:
        if not self.inside:
            return
        self.close_claim()
        self.open_claim(segment)
        self._claims += 1
        self._line = None
        self._in_lines = self._in_other_payer = False
        self._line_tag = self._line_tag_of_set
        clm = segment + PADDING
        # CLM05 is facility code (of an institution: the first two digits of its type of bill), its qualifier and the
        # frequency; its qualifier is one letter, so the mark around it shows.
        facility = self._facility_parts(clm[5])
        self._claim = ClaimRecord(
            self.position,
            self.text(clm[1], "control_number"),
            self._payer_name,
            self._payer_identifier,
            facility[2].strip()[:1] or "1",
            submitted_date=self._submitted or self._group_day(),
            billed_amount=self.amount(clm[2], "CLM02"),
            location=self._billing_name,
            plan=self._plan,
            patient=self._patient(),
        )
        self._check_claim_header(self._claim, clm)
        if clm[19] == PREDETERMINATION:
            message = f"The claim at segment {self.position} asks for a price beforehand (CLM19) and was left out."
            self.notes.add(self.position, "info", "predetermination", message)
            self.drop_claim()

    def _facility_parts(self, text: str) -> list[str]:
        component = self._segments.separators.component
        if component not in text and len(text) >= 5 and not text[2:3].isalnum():
            component = text[2]
        return text.split(component) + PADDING

    def _check_claim_header(self, claim: ClaimRecord, clm: list[str]) -> None:
        if not claim.control_number:
            self.fault("CLM01", "control_number", "has no claim number in CLM01")
        if not clm[2]:
            self.fault("CLM02", "amount", "has no billed amount in CLM02")
        if claim.billed_amount < 0:
            self.fault("CLM02", "negative_amount", "bills less than nothing in CLM02")
        if not claim.payer_name:
            self.fault("NM1*PR", "payer", "names no payer (NM1*PR in loop 2010BB)")
        if claim.submitted_date is None:
            self.fault("BHT04", "submitted_date", "has no readable submission date (BHT04 or GS04)")

    def _group_day(self) -> date | None:
        return self.day(self.envelope.group_date, "GS04")

    def _patient(self) -> PatientRecord | None:
        """A copy of who was treated: the dependent, with the subscriber's member number, else the subscriber."""
        subscriber = self._subscriber_person
        who = self._dependent if self._in_dependent_level and self._dependent else subscriber
        if who is None:
            return None
        member_number = who.member_number or (subscriber.member_number if subscriber else "")
        return PatientRecord(who.reference, who.name, who.birth_date, member_number)

    def _diagnoses(self, segment: list[str]) -> None:
        claim = self._claim
        if claim is None:
            return
        codes = []
        bare = False
        for element in segment[1:]:
            if bare:
                # Some senders put qualifier and code into elements of their own (HI*BK*8901).
                codes.append(element)
                bare = False
                continue
            parts = self.composite(element)
            if parts[0] in DIAGNOSIS_QUALIFIERS:
                bare = not parts[1].strip()
                if not bare:
                    codes.append(parts[1])
        # The way X12 writes them: no point. Some senders leave it in.
        self.add_codes(claim.diagnosis_codes, [code.strip().replace(".", "") for code in codes], "diagnosis_codes")

    def _reference(self, segment: list[str]) -> None:
        claim, line = self._claim, self._line
        if claim is None or len(segment) < 3 or self._in_other_payer:
            return
        if segment[1] == "6R" and line is not None:
            line.control_number = self.text(segment[2], "line_control_number")
        elif segment[1] == "G1" and not claim.authorization_number:
            claim.authorization_number = self.text(segment[2], "authorization_number")

    def _line_counter(self, segment: list[str]) -> None:
        self._in_lines, self._in_other_payer, self._line = True, False, None

    def _service(self, segment: list[str]) -> None:
        claim, tag = self._claim, segment[0]
        if claim is None:
            if self.inside:
                message = (
                    f"Segment {self.position}: a service line ({tag}) stands outside any claim and was passed over."
                )
                self.notes.add(self.position, "warning", "line_outside_claim", message)
            return
        self._line_counter(segment)
        if self.dropped:
            return
        self._line_tag = self._line_tag or tag
        if tag != self._line_tag:
            self._other_kind(tag)
            return
        kind = CLAIM_KINDS[tag]
        service = segment + PADDING
        procedure = self.composite(service[kind.procedure])
        code = service_code(procedure, service[1] if tag == "SV2" else "")
        amount = service[kind.amount]
        if not code:
            what = "revenue code" if tag == "SV2" else "procedure code"
            self.fault(f"{tag}01", "procedure_code", f"has a service line without a {what} ({tag}01)")
        if not amount:
            element = kind.amount_element
            self.fault(element, "amount", f"has a service line without a billed amount ({element})")
        self._line = LineRecord(
            len(claim.lines) + 1,
            self.text(code, "procedure_code").upper(),
            tuple(modifier.strip()[:4] for modifier in procedure[2:6] if modifier.strip()),
            self.quantity(service[kind.quantity], kind.quantity_element),
            None,
            self.amount(amount, kind.amount_element),
        )
        claim.lines.append(self._line)

    def _other_kind(self, tag: str) -> None:
        expected = self._line_tag
        complaint = (
            f"has a line of {CLAIM_KINDS[tag].name} claims ({tag}) where one of {CLAIM_KINDS[expected].name} claims "
            f"({expected}) belongs: export each kind in transaction sets of its own"
        )
        self.fault(tag, "other_claim_kind", complaint)

    def _dated(self, segment: list[str]) -> None:
        if self._claim is None or len(segment) < 4:
            return
        if segment[1] == "434":
            self._claim.service_date = self.day(segment[3].strip(), "DTP*434")
        elif segment[1] == "472":
            day = self.day(segment[3].strip(), "DTP*472")
            if self._line is not None:
                self._line.service_date = day
            elif not self._in_other_payer and self._claim.service_date is None:
                self._claim.service_date = day

    def close_claim(self) -> None:
        claim = self._claim
        if claim is None:
            return
        self._claim = self._line = None
        if self.dropped:
            return
        if not claim.lines:
            told = self._line_tag or "SV1, SV2 or SV3"
            self.fault(self._line_tag or "SV1", "no_lines", f"has no service line ({told})")
        if claim.service_date is None or self._line_tag != "SV2":
            # A line without a day has the claim's. What an institution bills begins with its statement.
            days = [day for line in claim.lines if (day := line.service_date or claim.service_date)]
            claim.service_date = min(days, default=None)
        claim.provider_npi = claim.provider_npi or self._billing_npi
        billed = sum((line.billed_amount for line in claim.lines), ZERO)
        if billed != claim.billed_amount and claim.lines:
            message = (
                f"The lines of the claim at segment {claim.position} do not add up: "
                f"CLM02 says {claim.billed_amount}, the lines come to {billed}."
            )
            self.notes.add(claim.position, "warning", "claim_total_differs", message)
        self.deliver(claim)
