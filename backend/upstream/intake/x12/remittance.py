"""Reads remittances: X12 835, version 005010X221 and its errata, into payments and decisions."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from upstream.claims.takebacks import REVERSAL
from upstream.intake.records import (
    ZERO,
    AdjustmentRecord,
    DecisionRecord,
    Finding,
    LineRecord,
    Problem,
    ProviderAdjustmentRecord,
    RemittanceEnd,
    RemittanceRecord,
)
from upstream.intake.x12.transactions import PADDING, Handler, TransactionReader
from upstream.intake.x12.values import service_code

Record = RemittanceRecord | DecisionRecord | RemittanceEnd

#: Tag, group code and six triplets.
CAS_ELEMENTS = 20
#: Provider adjustments kept of one remittance; more are noted, and the remittance is then not balanced.
MAX_PROVIDER_ADJUSTMENTS = 10_000
STATUS_CODES = frozenset(("1", "2", "3", "4", "19", "20", "21", "22", "23", "25"))


def read_835(chunks: Iterable[bytes], *, today: date) -> Iterator[Record | Problem | Finding]:
    """For every ST*835 a RemittanceRecord, its DecisionRecords (or a Problem in one's place), and a RemittanceEnd.

    Findings stand near what they speak of. Dates more than a year after `today` are not believed.
    Raises UnreadableFile where no remittance can be found.
    """
    return RemittanceReader(chunks, today).records()


class RemittanceReader(TransactionReader[Record]):
    """One claim, one line and one remittance are open at a time; each segment adds to the innermost that takes it."""

    kind = "remittance (835)"
    claim_closing_tags = frozenset(("CLP", "PLB"))

    def __init__(self, chunks: Iterable[bytes], today: date) -> None:
        super().__init__(chunks, today)
        self._remittance: RemittanceRecord | None = None
        self._header_told = False
        self._claim: DecisionRecord | None = None
        self._line: LineRecord | None = None
        self._payee_npi = ""
        self._originator = ""
        self._in_payer_loop = False

    def handlers(self) -> dict[str, Handler]:
        return {
            "BPR": self._payment,
            "TRN": self._trace,
            "N1": self._party,
            "REF": self._reference,
            "DTM": self._dated,
            "LX": self._header_number,
            "CLP": self._decision,
            "NM1": self._person,
            "CAS": self._adjustments,
            "SVC": self._service,
            "AMT": self._amount,
            "LQ": self._remark,
            "MIA": self._inpatient_remarks,
            "MOA": self._outpatient_remarks,
            "PLB": self._provider_adjustments,
        }

    def reads(self, set_code: str, version: str) -> bool:
        return set_code == "835"

    # The transaction set

    def begin_set(self, st: list[str]) -> None:
        self._remittance = RemittanceRecord(self.position)
        self._header_told = False
        self._payee_npi = self._originator = ""
        self._in_payer_loop = False
        self._decisions = 0
        self._paid_total = ZERO
        self._all_readable = True
        self._provider_adjustment_list: list[ProviderAdjustmentRecord] = []

    def end_set(self) -> None:
        remittance = self._remittance
        if remittance is None:
            return
        self._tell_header()
        withheld = sum((adjustment.amount for adjustment in self._provider_adjustment_list), ZERO)
        due = self._paid_total - withheld
        balanced = self._all_readable and remittance.payment_amount == due
        if not balanced:
            message = (
                f"The remittance at segment {remittance.position} does not balance: payment (BPR02) "
                f"{_shown(remittance.payment_amount)}, claims and provider adjustments come to {due}."
            )
            self.notes.add(remittance.position, "warning", "remittance_unbalanced", message)
        self.emit(
            RemittanceEnd(self.position, self._decisions, self._paid_total, self._provider_adjustment_list, balanced)
        )
        self._remittance = None

    def _tell_header(self) -> None:
        """Yield the header as soon as the first thing behind it is met."""
        remittance = self._remittance
        if self._header_told or remittance is None:
            return
        self._header_told = True
        self._in_payer_loop = False
        remittance.payer_identifier = remittance.payer_identifier or self._originator
        for value, what in (
            (remittance.payer_name, "the payer's name (N1*PR)"),
            (remittance.trace_number, "the trace number (TRN02)"),
            (remittance.payment_amount, "the payment amount (BPR02)"),
            (remittance.payment_date, "the payment date (BPR16 or DTM*405)"),
        ):
            if value is None or value == "":
                message = f"The remittance at segment {remittance.position} lacks {what}."
                self.notes.add(remittance.position, "warning", "header_incomplete", message)
        self.emit(remittance)

    def _payment(self, segment: list[str]) -> None:
        if self._remittance is None or not self.inside:
            return
        bpr = segment + PADDING
        try:
            self._remittance.payment_amount = self.amounts[bpr[2]]
        except ValueError:
            self._remittance.payment_amount = None
        self._remittance.payment_method = bpr[4].strip()[:10]
        self._remittance.payment_date = self.day(bpr[16].strip(), "BPR16")

    def _trace(self, segment: list[str]) -> None:
        if self._remittance is None or self._header_told:
            return
        trn = segment + PADDING
        self._remittance.trace_number = self.text(trn[2], "trace_number")
        self._originator = self.text(trn[3], "payer_identifier")

    def _party(self, segment: list[str]) -> None:
        if self._remittance is None or self._claim is not None:
            return
        n1 = segment + PADDING
        self._in_payer_loop = n1[1] == "PR" and not self._header_told
        if self._in_payer_loop:
            self._remittance.payer_name = self.text(n1[2], "payer_name")
            self._remittance.payer_identifier = self.text(n1[4], "payer_identifier")
        elif n1[1] == "PE" and n1[3] == "XX":
            self._payee_npi = self.text(n1[4], "provider_npi")

    def _reference(self, segment: list[str]) -> None:
        if self._line is not None:
            if len(segment) > 2 and segment[1] == "6R":
                self._line.control_number = self.text(segment[2], "line_control_number")
        elif self._in_payer_loop and self._remittance is not None and len(segment) > 2 and segment[1] == "2U":
            # The number claims are sent to (837 NM1*PR); N104 and TRN03 name the company, often by its tax number.
            self._remittance.payer_identifier = self.text(segment[2], "payer_identifier")

    def _header_number(self, segment: list[str]) -> None:
        if self.inside:
            self._tell_header()

    def _provider_adjustments(self, segment: list[str]) -> None:
        if not self.inside:
            return
        self.close_claim()
        self._tell_header()
        for index in range(3, len(segment), 2):
            reason, _, reference = segment[index].partition(self._segments.separators.component)
            if not reason and index + 1 >= len(segment):
                continue
            if len(self._provider_adjustment_list) >= MAX_PROVIDER_ADJUSTMENTS:
                self._all_readable = False
                message = f"The remittance has more than {MAX_PROVIDER_ADJUSTMENTS} provider adjustments (PLB)."
                self.notes.once(self.position, "error", "too_many_provider_adjustments", message)
                return
            try:
                amount = self.amounts[segment[index + 1]]
            except (ValueError, IndexError):
                self._all_readable = False
                message = (
                    f"Segment {self.position}: PLB{index + 1:02d} is no amount; this provider adjustment was left out."
                )
                self.notes.add(self.position, "warning", "provider_adjustment", message)
                continue
            self._provider_adjustment_list.append(
                ProviderAdjustmentRecord(reason.strip()[:10], self.text(reference, "payer_claim_number"), amount)
            )

    # The decision on a claim

    def _decision(self, segment: list[str]) -> None:
        if not self.inside:
            return
        self.close_claim()
        self._tell_header()
        self.open_claim(segment)
        clp = segment + PADDING
        self._claim = DecisionRecord(
            self.position,
            self.text(clp[1], "control_number"),
            clp[2].strip()[:2],
            self.amount(clp[3], "CLP03"),
            self.amount(clp[4], "CLP04"),
            self.optional_amount(clp[5], "CLP05"),
            self.text(clp[7], "payer_claim_number"),
            clp[9].strip()[:1],
        )
        if not self._claim.control_number:
            self.fault("CLP01", "control_number", "has no claim number in CLP01, so it belongs to no claim of yours")
        if not clp[3] or not clp[4]:
            self.fault("CLP03" if not clp[3] else "CLP04", "amount", "lacks its billed or paid amount (CLP03, CLP04)")
        if self._claim.billed_amount < 0 and self._claim.status_code != REVERSAL:
            self.fault("CLP03", "negative_amount", "is billed at less than nothing in CLP03, as only a reversal may be")
        if self._claim.status_code not in STATUS_CODES:
            message = f"Segment {self.position}: CLP02 holds no claim status of the 835."
            self.notes.add(self.position, "warning", "claim_status", message)

    def close_claim(self) -> None:
        claim = self._claim
        if claim is None:
            return
        self._claim = self._line = None
        if claim.service_date is None:
            days = [line.service_date for line in claim.lines if line.service_date]
            claim.service_date = min(days) if days else None
        claim.provider_npi = claim.provider_npi or self._payee_npi
        self._check_balance(claim)
        self._decisions += 1
        self._paid_total += claim.paid_amount
        if not self.deliver(claim):
            self._all_readable = False

    def _check_balance(self, claim: DecisionRecord) -> None:
        """Billed - adjustments = paid, for every line, and for the claim with those of its lines (X221 1.10.2.1)."""
        adjusted = ZERO
        for adjustment in claim.adjustments:
            adjusted += adjustment.amount
        for line in claim.lines:
            on_line = ZERO
            for adjustment in line.adjustments:
                on_line += adjustment.amount
            adjusted += on_line
            if line.billed_amount - on_line != line.paid_amount:
                message = (
                    f"Line {line.number} of the claim at segment {claim.position} does not balance: "
                    f"billed {line.billed_amount}, adjusted {on_line}, paid {line.paid_amount}."
                )
                self.notes.add(claim.position, "warning", "line_unbalanced", message)
        if claim.billed_amount - adjusted != claim.paid_amount:
            message = (
                f"The claim at segment {claim.position} does not balance: "
                f"billed {claim.billed_amount}, adjusted {adjusted}, paid {claim.paid_amount}."
            )
            self.notes.add(claim.position, "warning", "claim_unbalanced", message)

    def _person(self, segment: list[str]) -> None:
        claim = self._claim
        if claim is None or len(segment) < 2:
            return
        role = segment[1]
        if role == "QC":
            patient = self.person(segment + PADDING)
            if claim.patient is not None:
                patient.member_number = patient.member_number or claim.patient.member_number
            claim.patient = patient
        elif role == "IL":
            # The subscriber: whose member number it is when the patient's own is not told.
            subscriber = self.person(segment + PADDING)
            if claim.patient is None:
                claim.patient = subscriber
            else:
                claim.patient.member_number = claim.patient.member_number or subscriber.member_number
        elif role == "74":
            corrected = self.person(segment + PADDING)
            if claim.patient is None:
                claim.patient = corrected
            elif corrected.member_number:
                claim.patient.member_number = corrected.member_number
        elif role == "82" and len(segment) > 9 and segment[8] == "XX":
            claim.provider_npi = self.text(segment[9], "provider_npi")

    def _dated(self, segment: list[str]) -> None:
        if len(segment) < 3:
            return
        qualifier, text = segment[1], segment[2].strip()
        if self._line is not None:
            # 150 and 151 bound the days of a line that has no single day (472).
            if qualifier == "472" or (qualifier == "150" and self._line.service_date is None):
                self._line.service_date = self.day(text, f"DTM*{qualifier}")
        elif self._claim is not None:
            if qualifier == "232" or (qualifier == "472" and self._claim.service_date is None):
                self._claim.service_date = self.day(text, f"DTM*{qualifier}")
            elif qualifier == "050":
                self._claim.received_date = self.day(text, "DTM*050")
            elif qualifier == "233":
                self.day(text, "DTM*233")
        elif qualifier == "405" and self._remittance is not None and self._remittance.payment_date is None:
            self._remittance.payment_date = self.day(text, "DTM*405")

    def _adjustments(self, segment: list[str]) -> None:
        if self._line is not None:
            kept = self._line.adjustments
        elif self._claim is not None:
            kept = self._claim.adjustments
        else:
            return
        count = len(segment)
        group = segment[1].strip()[:2] if count > 1 else ""
        if count > CAS_ELEMENTS:
            message = f"Segment {self.position}: a CAS holds six adjustments at most; the first six were kept."
            self.notes.add(self.position, "warning", "too_many_adjustments", message)
            count = CAS_ELEMENTS
        for index in range(2, count, 3):
            reason = segment[index].strip()
            text = segment[index + 1] if index + 1 < count else ""
            if not reason and not text:
                continue
            quantity = segment[index + 2] if index + 2 < count else ""
            kept.append(
                AdjustmentRecord(
                    group,
                    reason[:10],
                    self.amount(text, f"CAS{index + 1:02d}"),
                    self.quantity(quantity, f"CAS{index + 2:02d}") if quantity else None,
                )
            )

    def _service(self, segment: list[str]) -> None:
        claim = self._claim
        if claim is None:
            if self.inside:
                message = f"Segment {self.position}: a service line (SVC) stands outside any claim and was passed over."
                self.notes.add(self.position, "warning", "line_outside_claim", message)
            return
        svc = segment + PADDING
        procedure = self.composite(svc[1])
        code = service_code(procedure, svc[4])
        submitted = service_code(self.composite(svc[6]), svc[4]) if svc[6] else ""
        if not code or not svc[2]:
            message = (
                f"Segment {self.position}: a service line lacks its procedure code or billed amount (SVC01, SVC02)."
            )
            self.notes.add(self.position, "warning", "line_incomplete", message)
        self._line = LineRecord(
            len(claim.lines) + 1,
            self.text(code, "procedure_code").upper(),
            tuple(modifier.strip()[:4] for modifier in procedure[2:6] if modifier),
            # An SVC05 left out stands for one unit (X221, SVC05).
            self.quantity(svc[5], "SVC05") if svc[5] else _ONE_UNIT,
            None,
            self.amount(svc[2], "SVC02"),
            None,
            self.amount(svc[3], "SVC03"),
            "",
            self.text(submitted, "procedure_code").upper() if submitted else "",
        )
        claim.lines.append(self._line)

    def _amount(self, segment: list[str]) -> None:
        if self._line is not None and len(segment) > 2 and segment[1] == "B6":
            self._line.allowed_amount = self.optional_amount(segment[2], "AMT02")

    def _remark(self, segment: list[str]) -> None:
        if len(segment) < 3 or segment[1] != "HE" or self._claim is None:
            return
        kept = self._line.remark_codes if self._line is not None else self._claim.remark_codes
        self.add_codes(kept, segment[2:3], "remark_codes")

    def _inpatient_remarks(self, segment: list[str]) -> None:
        mia = segment + PADDING
        self._claim_remarks([mia[5], *mia[20:24]])

    def _outpatient_remarks(self, segment: list[str]) -> None:
        self._claim_remarks(segment[3:8])

    def _claim_remarks(self, codes: list[str]) -> None:
        if self._claim is not None:
            self.add_codes(self._claim.remark_codes, filter(str.strip, codes), "remark_codes")


_ONE_UNIT = Decimal("1.000")


def _shown(amount: Decimal | None) -> str:
    return "not readable" if amount is None else str(amount)
