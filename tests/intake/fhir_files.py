"""Short ways for tests to write FHIR, and to read it."""

import json
from typing import Any

from intake.readers import TODAY, of, only

from upstream.intake.fhir.mentions import Mentioned
from upstream.intake.fhir.reader import read_fhir
from upstream.intake.records import ClaimRecord, Problem

Json = dict[str, Any]

CPT = "http://www.ama-assn.org/go/cpt"
CARC = "https://x12.org/codes/claim-adjustment-reason-codes"
RARC = "https://x12.org/codes/remittance-advice-remark-codes"
NPI = "http://hl7.org/fhir/sid/us-npi"


def usd(amount: object) -> Json:
    return {"value": amount, "currency": "USD"}


def concept(code: str, system: str = "") -> Json:
    return {"coding": [{"system": system, "code": code} if system else {"code": code}]}


def item(number: int = 1, code: str = "99213", net: object = 100, **more: Any) -> Json:
    """net: USD, or the element itself."""
    priced = net if net is None or isinstance(net, dict) else usd(net)
    made = {"sequence": number, "productOrService": concept(code, CPT), "servicedDate": "2025-01-02", "net": priced}
    return _without_none(made | more)


def told(category: str, amount: object = None, reason: str = "", **more: Any) -> Json:
    """One adjudication; reason: a CARC."""
    made: Json = {"category": concept(category)}
    if amount is not None:
        made["amount"] = usd(amount)
    return made | ({"reason": concept(reason, CARC)} if reason else {}) | more


def claim(number: str = "C1", **more: Any) -> Json:
    made = {
        "resourceType": "Claim",
        "id": f"id-{number}",
        "identifier": [{"system": "urn:clinic", "value": number}],
        "status": "active",
        "use": "claim",
        "patient": {"reference": "Patient/p1"},
        "created": "2025-01-15",
        "insurer": {"display": "Northwind Health"},
        "provider": {"display": "Riverside Clinic"},
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/c1"}}],
        "item": [item()],
    }
    return _without_none(made | more)


def response(number: str = "C1", **more: Any) -> Json:
    """A payment of 80 out of 100."""
    made = {
        "resourceType": "ClaimResponse",
        "id": f"response-{number}",
        "identifier": [{"system": "urn:payer", "value": f"ICN-{number}"}],
        "status": "active",
        "use": "claim",
        "patient": {"reference": "Patient/p1"},
        "created": "2025-02-09",
        "insurer": {"display": "Northwind Health"},
        "outcome": "complete",
        "request": {"identifier": {"value": number}},
        "item": [{"itemSequence": 1, "adjudication": [told("eligible", 85), told("copay", 5), told("benefit", 80)]}],
        "payment": {"date": "2025-02-10", "amount": usd(80)},
    }
    return _without_none(made | more)


def refused(number: str = "C1", reason: str = "197", **more: Any) -> Json:
    decided = {
        "item": [{"itemSequence": 1, "adjudication": [told("benefit", 0), told("denialreason", None, reason)]}],
        "payment": None,
    }
    return response(number, **(decided | more))


def explanation(number: str = "C1", **more: Any) -> Json:
    """The claim and its payment as a payer tells both."""
    decided = [told("submitted", 100), told("eligible", 85), told("paidtoprovider", 80)]
    made = {
        "resourceType": "ExplanationOfBenefit",
        "id": f"explanation-{number}",
        "identifier": [{"system": "urn:payer", "value": f"EOB-{number}"}],
        "status": "active",
        "use": "claim",
        "patient": {"reference": "Patient/p1"},
        "created": "2025-02-09",
        "insurer": {"display": "Northwind Health"},
        "provider": {"display": "Riverside Clinic"},
        "outcome": "complete",
        "claim": {"identifier": {"value": number}},
        "insurance": [{"focal": True, "coverage": {"reference": "Coverage/c1"}}],
        "item": [item(adjudication=decided)],
        "total": decided,
        "payment": {"date": "2025-02-10", "amount": usd(80)},
    }
    return _without_none(made | more)


def patient(identity: str = "p1", family: str = "Doe", *given: str) -> Json:
    names = [{"use": "official", "family": family, "given": list(given or ("Jane", "Q"))}]
    return {"resourceType": "Patient", "id": identity, "name": names, "birthDate": "1980-01-31"}


def coverage(identity: str = "c1", number: str = "M100", **more: Any) -> Json:
    plan = {"type": concept("plan"), "value": "G", "name": "Gold PPO"}
    return {"resourceType": "Coverage", "id": identity, "subscriberId": number, "class": [plan]} | more


def _without_none(made: Json) -> Json:
    return {name: value for name, value in made.items() if value is not None}


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def bundle(*resources: Json, **more: Any) -> bytes:
    """A Bundle whose entries are known by address; an entry may be given whole."""
    entries = [
        each if "resource" in each else {"fullUrl": f"http://fhir.test/{_address(each)}", "resource": each}
        for each in resources
    ]
    return dumped({"resourceType": "Bundle", "type": "collection", "entry": entries} | more)


def _address(resource: Json) -> str:
    return f"{resource['resourceType']}/{resource.get('id', '')}"


def ndjson(*resources: Json) -> bytes:
    return b"".join(dumped(each) + b"\n" for each in resources)


def read(data: bytes) -> list[object]:
    return list(read_fhir([data], today=TODAY, mentioned=Mentioned.in_file([data])))


def claims_of(data: bytes) -> list[ClaimRecord]:
    """The records of a file that has nothing wrong with it."""
    records = read(data)
    assert not of(Problem, records), records
    return of(ClaimRecord, records)


def record_of(resource: Json, *beside: Json) -> ClaimRecord:
    """The one record of a resource, with others it refers to behind it in the same Bundle."""
    return only(ClaimRecord, claims_of(bundle(resource, *beside)))


def problem_of(resource: Json) -> Problem:
    return only(Problem, read(dumped(resource)))
