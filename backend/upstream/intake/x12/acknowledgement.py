"""Reads what comes back on submissions before any decision: X12 999 and 997 on their syntax, 277CA on their claims."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Literal

from upstream.intake.records import (
    CODE_LIMITS,
    ClaimAcknowledgementRecord,
    Finding,
    Problem,
    StatusRecord,
    SubmissionAcknowledgementRecord,
    SyntaxErrorRecord,
)
from upstream.intake.x12.envelope import control_number
from upstream.intake.x12.transactions import PADDING, Handler, TransactionReader

Record = SubmissionAcknowledgementRecord | ClaimAcknowledgementRecord

CLAIM_ACKNOWLEDGEMENT_GUIDE = "005010X214"
#: GS01 of groups of claims, as an acknowledgement names it.
CLAIMS_GROUP = "HC"
SET_CODES = frozenset(("A", "E", "M", "R", "W", "X"))
GROUP_CODES = SET_CODES | {"P"}


def read_999(chunks: Iterable[bytes], *, today: date) -> Iterator[Record | Problem | Finding]:
    """For every AK2 and every AK9 about claims a SubmissionAcknowledgementRecord, or a Problem in a set's place.

    Sets come before their group. Copies of erroneous values (IK404) are not kept. Raises UnreadableFile where neither a
    999 nor a 997 can be found.
    """
    return SyntaxAcknowledgementReader(chunks, today).records()


def read_277ca(chunks: Iterable[bytes], *, today: date) -> Iterator[Record | Problem | Finding]:
    """For every claim (loop 2200D) a ClaimAcknowledgementRecord, or a Problem in its place.

    A batch, and one provider's claims in it where something is said of them as a whole, come before their claims as
    SubmissionAcknowledgementRecords. Raises UnreadableFile where no 277CA can be found.
    """
    return ClaimAcknowledgementReader(chunks, today).records()


class SyntaxAcknowledgementReader(TransactionReader[Record]):
    """One group and one set are open at a time; errors add to the set."""

    kind = "acknowledgement (999 or 997)"
    unit = "acknowledgement"
    claim_closing_tags = frozenset(("AK2", "AK9"))

    def __init__(self, chunks: Iterable[bytes], today: date) -> None:
        super().__init__(chunks, today)
        self._kind: Literal["X12_999", "X12_997"] = "X12_999"
        self._group: SubmissionAcknowledgementRecord | None = None
        self._set: SubmissionAcknowledgementRecord | None = None
        self._error: SyntaxErrorRecord | None = None

    def handlers(self) -> dict[str, Handler]:
        return {
            "AK1": self._begin_group,
            "AK2": self._begin_response,
            "AK3": self._segment_error,
            "IK3": self._segment_error,
            "AK4": self._element_error,
            "IK4": self._element_error,
            "CTX": self._context,
            "AK5": self._response,
            "IK5": self._response,
            "AK9": self._group_response,
        }

    def reads(self, set_code: str, version: str) -> bool:
        return set_code in ("999", "997")

    def begin_set(self, st: list[str]) -> None:
        self._kind = "X12_997" if st[1].strip() == "997" else "X12_999"
        self._group = None

    def end_set(self) -> None:
        self._group = None

    def _begin_group(self, segment: list[str]) -> None:
        if not self.inside:
            return
        self.close_claim()
        ak1 = segment + PADDING
        if ak1[1].strip() != CLAIMS_GROUP:
            self._group = None
            message = f"Segment {self.position} acknowledges a group of something else than claims; it was passed over."
            self.notes.add(self.position, "info", "other_group", message)
            return
        self._group = SubmissionAcknowledgementRecord(
            self.position,
            self._kind,
            self.text(self.envelope.group_receiver, "group_sender"),
            self.day(self.envelope.group_date, "GS04"),
            self.text(control_number(ak1[2]), "group_number"),
        )

    def _begin_response(self, segment: list[str]) -> None:
        if self._group is None:
            return
        self.close_claim()
        self.open_claim(segment)
        self._error = None
        self._set = replace(
            self._group,
            position=self.position,
            set_number=self.text((segment + PADDING)[2], "set_number"),
            errors=[],
        )
        if not self._set.set_number:
            self.fault("AK202", "set_number", "names no transaction set in AK202")
        self._check_placed(self._set)

    def _check_placed(self, record: SubmissionAcknowledgementRecord) -> None:
        if not record.group_number or not record.sender:
            self.fault("AK102", "group_number", "names no group in AK102, or no sender of it in GS03")
        if record.acknowledged_date is None:
            self.fault("GS04", "acknowledged_date", "has no readable date (GS04)")

    def _segment_error(self, segment: list[str]) -> None:
        if self._set is None:
            return
        ik3 = segment + PADDING
        self._error = SyntaxErrorRecord(
            self.text(ik3[4], "error_code"),
            self.text(ik3[1], "segment"),
            _place(ik3[2]),
            self.text(ik3[3], "loop"),
        )
        self._keep(self._error)

    def _element_error(self, segment: list[str]) -> None:
        error = self._error
        if error is None or self._set is None:
            return
        ik4 = segment + PADDING
        places = ik4[1].split(self._segments.separators.component) + PADDING
        element, component = _place(places[0]), _place(places[1])
        code = self.text(ik4[3], "error_code")
        if error.element or error is not self._set.errors[-1]:
            self._error = replace(error, code=code, element=element, component=component)
            self._keep(self._error)
        else:
            # The segment's own error only says that its elements have some.
            error.code, error.element, error.component = code, element, component

    def _context(self, segment: list[str]) -> None:
        if self._error is None:
            return
        name, _, value = (segment + PADDING)[1].partition(self._segments.separators.component)
        if name.strip() == "CLM01":
            self._error.control_number = self.text(value, "control_number")

    def _keep(self, error: SyntaxErrorRecord) -> None:
        if self._set is None:
            return
        if len(self._set.errors) < CODE_LIMITS["errors"]:
            self._set.errors.append(error)
            return
        message = (
            f"The acknowledgement at segment {self._set.position} tells more than {CODE_LIMITS['errors']} errors; "
            "the first were kept."
        )
        self.notes.add(self.position, "warning", "too_many_errors", message)

    def _response(self, segment: list[str]) -> None:
        if self._set is None:
            return
        ik5 = segment + PADDING
        self._set.code = ik5[1].strip()
        self._error = None
        for code in ik5[2:7]:
            if code.strip():
                self._keep(SyntaxErrorRecord(self.text(code, "error_code")))

    def close_claim(self) -> None:
        response = self._set
        if response is None:
            return
        self._set = self._error = None
        if response.code not in SET_CODES:
            self.fault("IK501", "code", "does not tell whether the transaction set was accepted (IK501, AK501)")
        self.deliver(response)

    def _group_response(self, segment: list[str]) -> None:
        group = self._group
        if group is None:
            return
        self.close_claim()
        self._group = None
        self.open_claim(segment)
        ak9 = segment + PADDING
        included, accepted = self.count(ak9[2], "AK902"), self.count(ak9[4], "AK904")
        rejected = None if included is None or accepted is None else max(included - accepted, 0)
        errors = [SyntaxErrorRecord(self.text(code, "error_code")) for code in ak9[5:10] if code.strip()]
        group = replace(
            group,
            position=self.position,
            code=ak9[1].strip(),
            accepted=accepted,
            rejected=rejected,
            errors=errors,
        )
        self._check_placed(group)
        if group.code not in GROUP_CODES:
            self.fault("AK901", "code", "does not tell whether the group was accepted (AK901)")
        self.deliver(group)


class ClaimAcknowledgementReader(TransactionReader[Record]):
    """HL segments open the levels: source (20), receiver (21), provider (19), patient (PT); TRN opens a claim."""

    kind = "claim acknowledgement (277CA)"
    claim_closing_tags = frozenset(("HL", "TRN"))

    def __init__(self, chunks: Iterable[bytes], today: date) -> None:
        super().__init__(chunks, today)
        self._claim: ClaimAcknowledgementRecord | None = None
        self._level: SubmissionAcknowledgementRecord | None = None
        self._reset("")

    def handlers(self) -> dict[str, Handler]:
        return {
            "BHT": self._beginning,
            "HL": self._hierarchy_level,
            "NM1": self._party,
            "TRN": self._trace,
            "STC": self._status,
            "QTY": self._quantity,
            "AMT": self._total,
            "REF": self._reference,
            "SVC": self._service,
            "DTP": self._dated,
        }

    def reads(self, set_code: str, version: str) -> bool:
        return set_code == "277" and version.startswith(CLAIM_ACKNOWLEDGEMENT_GUIDE)

    def begin_set(self, st: list[str]) -> None:
        self._told = self.day(self.envelope.group_date, "GS04")
        self._reset("")

    def end_set(self) -> None:
        self._close_level()
        self._reset("")

    def _reset(self, level_code: str) -> None:
        self._level_code = level_code
        if level_code in ("", "20"):
            self._source = ""
        if level_code in ("", "20", "21"):
            self._batch = SubmissionAcknowledgementRecord(0, "X12_277CA", "", None)

    def _beginning(self, segment: list[str]) -> None:
        if self.inside:
            self._told = self.day((segment + PADDING)[4].strip(), "BHT04") or self._told

    def _hierarchy_level(self, segment: list[str]) -> None:
        if not self.inside:
            return
        self.close_claim()
        self._close_level()
        self._reset((segment + PADDING)[3].strip() or "none")
        if self._level_code == "21":
            self._batch.position = self.position
            self._batch.acknowledged_date = self._told
            self._level = self._batch
        elif self._level_code == "19":
            self._level = replace(
                self._batch,
                position=self.position,
                code="",
                statuses=[],
                accepted=None,
                rejected=None,
                accepted_amount=None,
                rejected_amount=None,
            )
        elif self._level_code not in ("20", "PT"):
            message = f"Segment {self.position}: HL03 names no level of a 277CA; it was passed over."
            self.notes.add(self.position, "warning", "hierarchy_level", message)

    def _close_level(self) -> None:
        """Yield what was said of the batch, or of one provider's claims as a whole."""
        level, self._level = self._level, None
        if level is None or (level is not self._batch and not level.statuses and level.accepted is None):
            return
        if not level.batch_reference:
            message = (
                f"The batch at segment {level.position} is not named in TRN02: its claims are found all the same, but "
                "not the upload they came in."
            )
            self.notes.add(level.position, "warning", "batch_reference", message)
        elif level.acknowledged_date is None:
            message = f"The batch at segment {level.position} has no readable date (STC02, BHT04 or GS04); left out."
            self.notes.add(level.position, "warning", "acknowledged_date", message)
        else:
            self.emit(level)

    def _party(self, segment: list[str]) -> None:
        if not self.inside or self._claim is not None:
            return
        nm1 = segment + PADDING
        role = nm1[1].strip()
        if role in ("PR", "AY") and self._level_code == "20":
            self._source = self.text(nm1[3], "payer_name")
        elif role == "41" and self._level_code == "21":
            self._batch.sender = self.text(nm1[9], "submitter")
        elif role == "85" and self._level is not None and nm1[8] == "XX":
            self._level.provider_npi = self.text(nm1[9], "provider_npi")

    def _trace(self, segment: list[str]) -> None:
        if not self.inside:
            return
        self.close_claim()
        trn = segment + PADDING
        if self._level_code == "21":
            self._batch.batch_reference = self.text(trn[2], "batch_reference")
        elif self._level_code == "PT":
            self.open_claim(segment)
            self._procedure_code = ""
            self._claim = ClaimAcknowledgementRecord(
                self.position, self.text(trn[2], "control_number"), self._source, self._batch
            )
            if not self._claim.control_number.strip("0 "):
                self.fault(
                    "TRN02", "control_number", "has no claim number in TRN02, so it belongs to no claim of yours"
                )

    def _status(self, segment: list[str]) -> None:
        stc = segment + PADDING
        claim, level = self._claim, self._level
        if claim is not None:
            self._add_statuses(claim.statuses, stc, self._procedure_code)
            if not self._procedure_code and not claim.action_code:
                claim.action_code = stc[3].strip()[:2]
                claim.amount = self.optional_amount(stc[4].strip(), "STC04")
                claim.acknowledged_date = self.day(stc[2].strip(), "STC02")
        elif level is not None:
            self._add_statuses(level.statuses, stc, "")
            level.code = level.code or stc[3].strip()[:2]
            level.acknowledged_date = self.day(stc[2].strip(), "STC02") or level.acknowledged_date

    def _add_statuses(self, kept: list[StatusRecord], stc: list[str], procedure_code: str) -> None:
        for element in (stc[1], stc[10], stc[11]):
            parts = element.split(self._segments.separators.component) + PADDING
            if not parts[0].strip():
                continue
            if len(kept) >= CODE_LIMITS["statuses"]:
                message = f"Segment {self.position}: more than {CODE_LIMITS['statuses']} statuses; the first were kept."
                self.notes.add(self.position, "warning", "too_many_codes", message)
                return
            category, code, entity = (self.text(part, "status_code") for part in parts[:3])
            kept.append(StatusRecord(category, code, entity, procedure_code))

    def _quantity(self, segment: list[str]) -> None:
        level = self._level
        if level is None or len(segment) < 3:
            return
        if segment[1] in ("90", "QA"):
            level.accepted = self.count(segment[2], "QTY02")
        elif segment[1] in ("AA", "QC"):
            level.rejected = self.count(segment[2], "QTY02")

    def _total(self, segment: list[str]) -> None:
        level = self._level
        if level is None or len(segment) < 3:
            return
        if segment[1] == "YU":
            level.accepted_amount = self._readable(segment[2])
        elif segment[1] == "YY":
            level.rejected_amount = self._readable(segment[2])

    def _readable(self, text: str) -> Decimal | None:
        try:
            return self.amounts[text]
        except ValueError:
            message = f"Segment {self.position}: AMT02 is no amount and was left out."
            self.notes.add(self.position, "warning", "amount", message)
            return None

    def _reference(self, segment: list[str]) -> None:
        claim = self._claim
        if claim is None or self._procedure_code or len(segment) < 3:
            return
        if segment[1] == "1K":
            claim.payer_claim_number = self.text(segment[2], "payer_claim_number")
        elif segment[1] == "BLT":
            claim.bill_type = self.text(segment[2], "bill_type")

    def _service(self, segment: list[str]) -> None:
        if self._claim is not None:
            parts = self.composite((segment + PADDING)[1])
            # Statuses behind a line are the line's, also where its code is missing.
            self._procedure_code = self.text(parts[1], "procedure_code").upper() or "?"

    def _dated(self, segment: list[str]) -> None:
        if self._claim is not None and not self._procedure_code and len(segment) > 3 and segment[1] == "472":
            self._claim.service_date = self.day(segment[3].strip(), "DTP*472")

    def close_claim(self) -> None:
        claim = self._claim
        if claim is None:
            return
        self._claim = None
        claim.acknowledged_date = claim.acknowledged_date or self._told
        if not claim.statuses:
            self.fault("STC01", "status", "has no status (STC01)")
        if claim.acknowledged_date is None:
            self.fault("STC02", "acknowledged_date", "has no readable date (STC02, BHT04 or GS04)")
        self.deliver(claim)


def _place(text: str) -> int:
    """A place that is counted from 1, or 0 where the element tells none."""
    text = text.strip()
    return int(text) if len(text) <= 7 and text.isascii() and text.isdigit() else 0
