"""Files of every kind that Upstream reads, good ones and faulty ones, all of one patient."""

import gzip
import json
from typing import Any

from intake import fhir_files as fhir
from intake.acknowledging import REJECTED, acknowledgement, claim_acknowledgement, claim_status
from intake.archives import zipped
from intake.authorizing import SUBSCRIBER, authorization
from intake.readers import CLAIM, CLAIMS_HEAD, DECISION, REMITTANCE_HEAD, claims, remittance, workbook
from security.canary.patient import PATIENT

NAME, BACKWARDS, MEMBER = PATIENT.name, PATIENT.backwards, PATIENT.member_number
COLUMNS = (
    "claim_id", "payer", "procedure_code", "service_date", "submitted_date", "decided_date", "outcome", "billed_amount",
    "paid_amount", "denial_code", "patient_id", "patient_name", "patient_dob", "member_id", "street", "remark",
)  # fmt: skip
GOOD = {
    "payer": "Northwind Health", "procedure_code": "99213", "service_date": "2026-02-02",
    "submitted_date": "2026-02-04", "decided_date": "2026-02-20", "outcome": "denied", "billed_amount": "120.00",
    "paid_amount": "0.00", "denial_code": "CO-197", "patient_id": PATIENT.reference, "patient_name": NAME,
    "patient_dob": PATIENT.birth_date, "member_id": MEMBER, "street": PATIENT.street, "remark": PATIENT.note,
}  # fmt: skip


def rows(*changes: dict[str, str], prefix: str) -> list[list[str]]:
    return [
        [{"claim_id": f"{prefix}-{number}", **GOOD, **change}[column] for column in COLUMNS]
        for number, change in enumerate(changes, 1)
    ]


def written(table: list[list[str]], header: tuple[str, ...] | None = COLUMNS) -> bytes:
    lines = [list(header)] if header else []
    return "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in [*lines, *table]).encode()


NOTATIONS = [
    {"patient_name": BACKWARDS}, {"patient_dob": "07/23/1931"},
    {"patient_dob": "7/23/1931", "patient_name": NAME.upper()},
    {"patient_dob": "19310723"}, {"patient_dob": "23-Jul-1931"}, {},
]  # fmt: skip
# The patient's values where something else belongs: each has to be told without being repeated.
MISPLACED = [
    *({column: value} for column in COLUMNS[3:10] for value in (NAME, MEMBER)),
    {"payer": ""}, {"patient_dob": NAME}, {"member_id": NAME * 20}, {"patient_name": NAME * 40},
    {"billed_amount": PATIENT.birth_date}, {"submitted_date": f"{PATIENT.birth_date} {NAME}"},
    {"service_date": PATIENT.birth_date, "submitted_date": ""}, {"procedure_code": NAME * 3},
]  # fmt: skip


def x12(data: bytes) -> bytes:
    text = data.decode().replace("DOE*JANE", f"{PATIENT.family.upper()}*{PATIENT.given.upper()}")
    return text.replace("M100", MEMBER).replace("19800131", "19310723").replace("SECRET", BACKWARDS).encode()


def resource(made: Any, prefix: str) -> Any:
    text = json.dumps(made).replace("Jane", PATIENT.given).replace('"Doe"', json.dumps(PATIENT.family))
    text = text.replace("1980-01-31", PATIENT.birth_date).replace("M100", MEMBER)
    return json.loads(text.replace('"C1"', json.dumps(prefix)))


def bundle(prefix: str, *more: Any) -> bytes:
    who = fhir.patient() | {
        "address": [{"line": [PATIENT.street], "text": PATIENT.note}],
        "telecom": [{"value": MEMBER}],
    }
    brought = [who, fhir.coverage(), fhir.claim(), fhir.refused(), *more]
    made = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in brought]}
    return json.dumps(resource(made, prefix)).encode()


def faulty_fhir() -> bytes:
    return bundle(
        "FB",
        fhir.claim("X1", created=NAME),
        fhir.claim("X2", item=[fhir.item(net={"value": BACKWARDS, "currency": NAME})]),
        fhir.claim("X3", insurer=NAME),
        fhir.claim("X4", use=NAME, status=NAME),
        fhir.claim(NAME * 10),
        fhir.claim("X5", item=[fhir.item(code=NAME * 5)]),
        fhir.claim("X6", patient={"display": NAME}, insurance=NAME),
        {"resourceType": f"{NAME} {MEMBER}", "id": MEMBER},
        fhir.explanation("X7", item=[fhir.item(adjudication=[fhir.told(NAME, 5, MEMBER)])]),
    )


def uploads() -> dict[str, bytes]:
    """By what they are called; two tell of the patient in their names."""
    header = workbook([list(COLUMNS), *rows(*NOTATIONS, *MISPLACED[:6], prefix="WB")])
    faulty_claim = CLAIM.replace("CLAIM1", "P2").replace("*100*", f"*{NAME}*") + CLAIM.replace("CLAIM1", "P3").replace(
        "20250102", NAME
    )
    chart = f"REF*EA*{PATIENT.reference}~"
    misplaced = DECISION.replace("*100*80*", f"*{NAME}*{MEMBER}*")
    misplaced += DECISION.replace("CAS*CO*45*15", f"CAS*{NAME}*{MEMBER}*{NAME}")
    free = f"STC*A7:562:85*20250118*U*100********{NAME} {PATIENT.note}~"
    several = {
        f"{BACKWARDS}.csv": written(rows({}, prefix="Z1")),
        f"{NAME}/x.csv": written(rows({"payer": ""}, prefix="Z2")),
        f"{NAME}.txt": NAME.encode(),
    }
    notes = f"NTE*ADD*{NAME} {PATIENT.note}~REF*EA*{PATIENT.reference}~"
    told = f"NM1*IL*1*DOE*JANE****MI*M100~N3*{PATIENT.street}~"
    return {
        "good.csv": written(rows(*NOTATIONS, *[{}] * 3, prefix="GC")),
        "faulty.csv": written([*rows(*MISPLACED, prefix="FC"), ["FC-40", NAME], ["FC-41", *[MEMBER] * 30]]),
        "headerless.csv": written(rows(*NOTATIONS, prefix="HL"), header=None),
        "unknown_names.csv": written(rows(*NOTATIONS, prefix="UN"), header=tuple(f"{NAME} {c}" for c in COLUMNS)),
        "unused.csv": written(rows(*NOTATIONS, prefix="UU"), header=(*COLUMNS[:12], "b", "c", "d", "e")),
        "book.xlsx": header,
        "claims.837": x12(
            claims(CLAIM.replace("HI*", f"{notes}HI*", 1), CLAIMS_HEAD.replace("NM1*IL*1*DOE*JANE****MI*M100~", told))
        ),
        "faulty.837": x12(claims(CLAIM.replace("CLAIM1", "P1") + faulty_claim)),
        "odd.837": x12(claims(CLAIM.replace("CLAIM1", "P4"), CLAIMS_HEAD.replace("19800131", NAME))),
        "paid.835": x12(
            remittance(DECISION + DECISION.replace("CLAIM1", "P9").replace("DTM*232", f"{chart}DTM*232"))
        ),
        "faulty.835": x12(remittance(misplaced, REMITTANCE_HEAD.replace("TRACE1", "T2"))),
        "came_back.277": x12(claim_acknowledgement(claim_status(free))),
        "faulty.277": x12(claim_acknowledgement(claim_status(f"STC*{NAME}:{MEMBER}*{NAME}*U*{NAME}~"))),
        "came_back.999": x12(acknowledgement(REJECTED, "AK9*R*1*1*0*5~")),
        "asked.278": x12(authorization(subscriber=SUBSCRIBER + f"N3*{PATIENT.street}~")),
        "bundle.json": bundle("FH"),
        "faulty.json": faulty_fhir(),
        "cut_off.json": faulty_fhir()[:-300],
        "letter.txt": f"Dear {NAME}, born {PATIENT.birth_date}, {PATIENT.street}: {PATIENT.note}".encode(),
        "what.edi": x12(claims().replace(b"005010X222A1", f"{PATIENT.family} {MEMBER}".encode())),
        "broken.zip": zipped({f"{NAME}.csv": written(rows({}, prefix="BZ"))})[:-40],
        "several.zip": zipped(several),
        "packed.csv.gz": gzip.compress(written(rows({}, {"payer": ""}, prefix="GZ"))),
        f"{NAME} {PATIENT.birth_date}.csv": written(rows({}, prefix="NA")),
        f"{MEMBER}_{PATIENT.family.upper()}.txt": f"{NAME}\n".encode(),
    }  # fmt: skip
