"""What comes back on a claim before it is decided: standings, and codes in words of our own.

Codes are facts (X12 lists 507 and 508, data elements 716 to 723); the labels are short descriptions written for this
project, not X12's texts.
"""

from collections.abc import Iterable

from django.db import models


class Standing(models.TextChoices):
    """PENDING: received or passed on, not yet accepted. PARTIAL: some sets of a group were accepted, others not."""

    ACCEPTED = "ACCEPTED"
    PARTIAL = "PARTIAL"
    REJECTED = "REJECTED"
    PENDING = "PENDING"


class AcknowledgementKind(models.TextChoices):
    X12_999 = "X12_999"
    X12_997 = "X12_997"
    X12_277CA = "X12_277CA"


#: IK501, AK501 and AK901: A accepted, E accepted although errors were noted, P partly; M, R, W and X are rejections.
_SYNTAX_STANDINGS = {"A": Standing.ACCEPTED, "E": Standing.ACCEPTED, "P": Standing.PARTIAL}
#: Categories of list 507; A0 and A1 only tell that a claim has arrived, or was passed on.
_CATEGORY_STANDINGS = {
    "A0": Standing.PENDING,
    "A1": Standing.PENDING,
    "A2": Standing.ACCEPTED,
    "A3": Standing.REJECTED,
    "A4": Standing.REJECTED,
    "A5": Standing.ACCEPTED,
    "A6": Standing.REJECTED,
    "A7": Standing.REJECTED,
    "A8": Standing.REJECTED,
}
_ACTION_STANDINGS = {"WQ": Standing.ACCEPTED, "U": Standing.REJECTED}


def syntax_standing(code: str) -> Standing:
    """Of a transaction set or group, from IK501, AK501 or AK901."""
    return _SYNTAX_STANDINGS.get(code, Standing.REJECTED)


def claim_standing(categories: Iterable[str], action_code: str) -> Standing:
    """Of a claim or batch, from the categories of its statuses; any rejection rejects it.

    The action (STC03) counts only where no category is known: senders write WQ beside rejections.
    """
    told = {_CATEGORY_STANDINGS[category] for category in categories if category in _CATEGORY_STANDINGS}
    for standing in (Standing.REJECTED, Standing.ACCEPTED, Standing.PENDING):
        if standing in told:
            return standing
    return _ACTION_STANDINGS.get(action_code, Standing.PENDING)


_CATEGORIES: dict[str, str] = {
    "A0": "Forwarded to another party",
    "A1": "Received",
    "A2": "Accepted for adjudication",
    "A3": "Returned, cannot be processed",
    "A4": "Not found",
    "A5": "Accepted and split",
    "A6": "Rejected, information missing",
    "A7": "Rejected, information invalid",
    "A8": "Rejected, details do not fit together",
}

_STATUSES: dict[str, str] = {
    "0": "No further status can be told",
    "1": "See the remittance",
    "16": "Forwarded",
    "17": "Forwarded by a third party",
    "18": "Received, but returned as invalid",
    "19": "Receipt acknowledged",
    "20": "Accepted for processing",
    "21": "Information missing or invalid",
    "23": "Returned",
    "24": "Not approved to submit electronically",
    "25": "Not approved",
    "26": "Not found",
    "27": "Policy cancelled",
    "29": "Subscriber and policy number do not match",
    "30": "Subscriber and member number do not match",
    "31": "Subscriber and policyholder's name do not match",
    "32": "Subscriber and policy number not found",
    "33": "Subscriber and member number not found",
    "34": "Subscriber and policyholder's name not found",
    "35": "Claim not found",
    "54": "Duplicate of a processed claim",
    "78": "Duplicate of a claim in process",
    "88": "Not eligible on the days of service",
    "91": "Not eligible or approved on the days of service",
    "97": "Patient's eligibility not found",
    "109": "Not eligible",
    "116": "Sent to the wrong payer",
    "122": "Missing or invalid data keep the claim from being processed",
    "124": "Name, address, phone and number",
    "125": "Name",
    "126": "Address",
    "128": "Tax number",
    "145": "Specialty or taxonomy code",
    "153": "Identification number",
    "156": "Patient's relationship to the subscriber",
    "157": "Sex",
    "158": "Date of birth",
    "164": "Contract or member number",
    "171": "Other insurance",
    "178": "Submitted charges",
    "187": "Dates of service",
    "188": "Statement dates",
    "189": "Admission date",
    "218": "NDC number",
    "228": "Type of bill",
    "247": "Line information",
    "249": "Place of service",
    "252": "Authorization number",
    "254": "Principal diagnosis",
    "255": "Diagnosis",
    "453": "Procedure modifiers",
    "454": "Procedure code",
    "455": "Revenue code",
    "464": "Payer's claim number",
    "476": "Units of service",
    "478": "Patient control number",
    "481": "Format invalid",
    "488": "Diagnosis for the services",
    "500": "ZIP code",
    "501": "State",
    "502": "City",
    "503": "Street address",
    "504": "Last name",
    "505": "First name",
    "507": "HCPCS code",
    "535": "Claim frequency code",
    "562": "NPI",
    "684": "Rejected for a syntax error; see the 999",
    "718": "Filed too late",
    "746": "Duplicate submission",
}

_ENTITIES: dict[str, str] = {
    "03": "dependent",
    "1P": "provider",
    "36": "employer",
    "40": "receiver",
    "41": "submitter",
    "71": "attending provider",
    "72": "operating provider",
    "77": "service location",
    "82": "rendering provider",
    "85": "billing provider",
    "87": "pay-to provider",
    "AY": "clearinghouse",
    "DK": "ordering provider",
    "DN": "referring provider",
    "DQ": "supervising provider",
    "GB": "other insured",
    "IL": "subscriber",
    "PR": "payer",
    "QC": "patient",
}

_SET_ERRORS: dict[str, str] = {
    "1": "Kind of transaction not supported",
    "2": "Trailer (SE) missing",
    "3": "Control numbers of ST and SE differ",
    "4": "Number of segments differs from SE01",
    "5": "Segments have errors",
    "6": "Transaction set code missing or invalid",
    "7": "Control number missing or invalid",
    "23": "Control number used twice in the group",
    "I5": "Segments break the implementation guide",
    "I6": "Implementation guide not supported",
}
_SEGMENT_ERRORS: dict[str, str] = {
    "1": "Segment not known",
    "2": "Segment not expected here",
    "3": "Required segment missing",
    "4": "Loop occurs too often",
    "5": "Segment occurs too often",
    "6": "Segment not in this transaction set",
    "7": "Segment out of sequence",
    "8": "Elements have errors",
    "I4": "Segment not used by the guide",
    "I6": "Segment missing that others call for",
    "I7": "Loop occurs too seldom",
    "I8": "Segment occurs too seldom",
    "I9": "Segment that others rule out",
}
_ELEMENT_ERRORS: dict[str, str] = {
    "1": "Required element missing",
    "2": "Element missing that others call for",
    "3": "Too many elements",
    "4": "Too short",
    "5": "Too long",
    "6": "Invalid character",
    "7": "Invalid code",
    "8": "Invalid date",
    "9": "Invalid time",
    "10": "Element that others rule out",
    "12": "Too many repetitions",
    "13": "Too many components",
    "I6": "Code not used by the guide",
    "I9": "Element missing that others call for",
    "I10": "Element not used by the guide",
    "I11": "Too few repetitions",
    "I12": "Not of the expected form",
    "I13": "Element that others rule out",
}


def category_label(category: str) -> str:
    """Short words for a category of list 507."""
    return _CATEGORIES.get(category, f"Category {category}")


def status_label(code: str, entity: str) -> str:
    """Short words for a status of list 508, with the kind of entity (NM101) it is about."""
    label = _STATUSES.get(code, f"Status {code}")
    return f"{label} ({_ENTITIES.get(entity, entity)})" if entity else label


def error_label(code: str, segment: str, element: int) -> str:
    """Short words for an error: of an element (723), else of a segment (720), else of a set (718)."""
    labels = _ELEMENT_ERRORS if element else _SEGMENT_ERRORS if segment else _SET_ERRORS
    return labels.get(code, f"Error {code}")
