"""What payers answer when they are asked to authorize (278), in words of our own.

Codes are facts (X12 data elements 306 and 901); the labels are short descriptions written for this project, not X12's
texts.
"""

_ACTIONS: dict[str, str] = {
    "A1": "Certified in total",
    "A2": "Certified in part",
    "A3": "Not certified",
    "A4": "Pended",
    "A6": "Modified",
    "C": "Cancelled",
    "CT": "Contact the payer",
    "NA": "No action required",
}

_REJECTIONS: dict[str, str] = {
    "04": "authorized quantity exceeded",
    "15": "required information missing",
    "33": "input errors",
    "35": "out of network",
    "41": "access restrictions",
    "42": "the payer's system could not answer",
    "43": "provider's identification missing or invalid",
    "44": "provider's name missing or invalid",
    "45": "provider's specialty missing or invalid",
    "49": "provider is not the primary care physician",
    "50": "provider may not ask",
    "51": "provider not on file",
    "52": "days of service outside the provider's enrolment",
    "56": "date not suitable",
    "57": "days of service missing or invalid",
    "58": "date of birth missing or invalid",
    "60": "date of birth after the days of service",
    "61": "date of death before the days of service",
    "62": "days of service outside the period that may be asked for",
    "64": "patient's number missing or invalid",
    "65": "patient's name missing or invalid",
    "66": "patient's sex missing or invalid",
    "67": "patient not found",
    "68": "patient's number used twice",
    "71": "date of birth does not match",
    "72": "member number missing or invalid",
    "73": "subscriber's name missing or invalid",
    "74": "subscriber's sex missing or invalid",
    "75": "subscriber not found",
    "76": "member number used twice",
    "77": "subscriber found, patient not",
    "78": "subscriber not in the plan named",
    "79": "participant's identification invalid",
    "80": "no response was received",
    "95": "patient not eligible",
    "AA": "authorization number not found",
    "AF": "diagnosis missing or invalid",
    "AG": "procedure missing or invalid",
    "E8": "medical review required",
    "T4": "payer's name or identifier missing",
    "T5": "certification information missing",
}


def action_label(code: str) -> str:
    """Short words for an action (HCR01)."""
    return _ACTIONS.get(code, f"Action {code}") if code else ""


def rejection_label(code: str) -> str:
    """Short words for why a request was rejected (AAA03), to stand within a sentence."""
    return _REJECTIONS.get(code) or (f"reason {code}" if code else "no reason told")
