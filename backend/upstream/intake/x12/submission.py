"""Reads submitted professional claims: X12 837, version 005010X222 and its errata."""

from collections.abc import Iterable, Iterator
from datetime import date

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

Record = ClaimRecord | SubmissionRecord

PROFESSIONAL_GUIDE = "005010X222"
#: HI qualifiers of diagnoses, ICD-10 and ICD-9: principal and others. The rest of HI tells conditions and procedures.
DIAGNOSIS_QUALIFIERS = frozenset(("ABK", "ABF", "BK", "BF"))


def read_837p(chunks: Iterable[bytes], *, today: date) -> Iterator[Record | Problem | Finding]:
    """For every CLM of a professional 837 a ClaimRecord for the payer it is sent to, or a Problem in its place.

    Behind the claims of a transaction set stands its SubmissionRecord, unless it tells no day.

    The claim says nothing of decisions (outcome None). Amounts and adjustments of other payers (loops 2320, 2430) are
    not this payer's and are left out. Dates more than a year after `today` are not believed. Raises UnreadableFile
    where no professional claim can be found.
    """
    return SubmissionReader(chunks, today).records()


class SubmissionReader(TransactionReader[Record]):
    """Keeps billing provider, subscriber, patient and payer, as HL segments open them, for the claims below them."""

    kind = "professional claim set (837P)"
    claim_closing_tags = frozenset(("CLM", "HL"))

    def __init__(self, chunks: Iterable[bytes], today: date) -> None:
        super().__init__(chunks, today)
        self._claim: ClaimRecord | None = None
        self._line: LineRecord | None = None
        self._in_lines = self._in_other_payer = False
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
            "SV1": self._service,
            "SV2": self._other_service,
            "SV3": self._other_service,
            "DTP": self._dated,
        }

    def reads(self, set_code: str, version: str) -> bool:
        # Without a guide named the lines decide: one of another kind (SV2, SV3) makes its claim a Problem.
        return set_code == "837" and (version.startswith(PROFESSIONAL_GUIDE) or not names_guide(version))

    def begin_set(self, st: list[str]) -> None:
        self._submitted = None
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
            message = f"Segment {self.position}: HL03 names no level of a professional claim; it was passed over."
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
        """Rendering provider and service location of the claim; those of lines and other payers are left out."""
        if self._in_lines or self._in_other_payer:
            return
        nm1 = segment + PADDING
        if role == "82" and nm1[8] == "XX" and nm1[9]:
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
        clm = segment + PADDING
        # CLM05 is facility code, its qualifier and the frequency; its qualifier is one letter, so the mark around it
        # shows.
        facility = self._facility_parts(clm[5])
        self._claim = ClaimRecord(
            self.position,
            self.text(clm[1], "control_number"),
            self._payer_name,
            self._payer_identifier,
            facility[2].strip()[:1] or "1",
            submitted_date=self._submitted or self._group_day(),
            billed_amount=self.amount(clm[2], "CLM02"),
            provider_npi=self._billing_npi,
            location=self._billing_name,
            plan=self._plan,
            patient=self._patient(),
        )
        self._check_claim_header(self._claim, clm)

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
        claim = self._claim
        if claim is None:
            if self.inside:
                message = f"Segment {self.position}: a service line (SV1) stands outside any claim and was passed over."
                self.notes.add(self.position, "warning", "line_outside_claim", message)
            return
        self._line_counter(segment)
        sv1 = segment + PADDING
        procedure = self.composite(sv1[1])
        if not procedure[1].strip():
            self.fault("SV101", "procedure_code", "has a service line without a procedure code (SV101)")
        if not sv1[2]:
            self.fault("SV102", "amount", "has a service line without a billed amount (SV102)")
        self._line = LineRecord(
            len(claim.lines) + 1,
            self.text(procedure[1], "procedure_code").upper(),
            tuple(modifier.strip()[:4] for modifier in procedure[2:6] if modifier.strip()),
            self.quantity(sv1[4], "SV104"),
            None,
            self.amount(sv1[2], "SV102"),
        )
        claim.lines.append(self._line)

    def _other_service(self, segment: list[str]) -> None:
        if self._claim is not None:
            self.fault("SV1", "other_claim_kind", "has institutional or dental service lines, which are not read yet")

    def _dated(self, segment: list[str]) -> None:
        if self._claim is None or len(segment) < 4 or segment[1] != "472":
            return
        day = self.day(segment[3].strip(), "DTP*472")
        if self._line is not None:
            self._line.service_date = day
        elif not self._in_other_payer:
            self._claim.service_date = day

    def close_claim(self) -> None:
        claim = self._claim
        if claim is None:
            return
        self._claim = self._line = None
        if not claim.lines:
            self.fault("SV1", "no_lines", "has no service line (SV1)")
        days = [line.service_date for line in claim.lines if line.service_date]
        if days:
            claim.service_date = min(days)
        billed = sum((line.billed_amount for line in claim.lines), ZERO)
        if billed != claim.billed_amount and claim.lines:
            message = (
                f"The lines of the claim at segment {claim.position} do not add up: "
                f"CLM02 says {claim.billed_amount}, the lines come to {billed}."
            )
            self.notes.add(claim.position, "warning", "claim_total_differs", message)
        self.deliver(claim)
