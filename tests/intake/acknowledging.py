"""Acknowledgements as payers and clearinghouses write them: 999 and 997 of a group, 277CA of a batch."""

from intake.readers import ISA, TODAY

from upstream.intake.x12.acknowledgement import read_277ca, read_999

ACCEPTED = "AK2*837*0001*005010X222A1~IK5*A~"
REJECTED = (
    "AK2*837*0001*005010X222A1~IK3*NM1*8*2010*8~CTX*SITUATIONAL TRIGGER*CLM*14~IK4*9:1*67*7*SECRET~"
    "IK3*SV1*19*2400*8~CTX*CLM01:CLAIM1~IK4*1:2*234*1~IK4*2*782*6*SECRET~IK3*HI*15*2300*3~IK5*R*I5*5~"
)
STATUS = "STC*A2:20:PR*20250118*WQ*100~"
CLAIM_STATUS = (
    "HL*4*3*PT~NM1*QC*1*DOE*JANE****MI*M100~TRN*2*CLAIM1~{status}REF*1K*ICN1~REF*BLT*111~DTP*472*D8*20250102~"
)


def acknowledgement(
    sets: str = ACCEPTED,
    end: str = "AK9*A*1*1*1~",
    *,
    set_code: str = "999",
    guide: str = "005010X231A1",
    sender: str = "S",
    group: str = "1",
    day: str = "20250117",
    function: str = "HC",
) -> bytes:
    """A 999 of one group of claims sent by `sender`; with set_code 997 an acknowledgement of that kind."""
    if set_code == "997":
        sets = sets.replace("IK", "AK")
    body = f"ST*{set_code}*0001*{guide}~AK1*{function}*{group}*005010X222A1~{sets}{end}"
    head = f"{ISA}GS*FA*PAYER*{sender}*{day}*1200*7*X*{guide}~"
    return f"{head}{body}SE*{body.count('~') + 1}*0001~GE*1*7~IEA*1*000000001~".encode()


def claim_status(status: str = STATUS, control_number: str = "CLAIM1") -> str:
    """The loops of one patient with one claim."""
    return CLAIM_STATUS.format(status=status).replace("CLAIM1", control_number)


def claim_acknowledgement(
    claims: str = CLAIM_STATUS.format(status=STATUS),
    *,
    batch: str = "1",
    submitter: str = "1",
    status: str = "STC*A1:19:PR*20250117*WQ*100~QTY*90*1~AMT*YU*100~",
    provider: str = "",
    day: str = "20250117",
) -> bytes:
    """A 277CA of one batch and one provider."""
    body = (
        f"ST*277*0001*005010X214~BHT*0085*08*7*{day}*1200*TH~HL*1**20*1~NM1*PR*2*Northwind Health*****PI*NW837~"
        "TRN*1*7~DTP*050*D8*20250116~DTP*009*D8*20250117~"
        f"HL*2*1*21*1~NM1*41*2*Riverside Clinic*****46*{submitter}~TRN*2*{batch}~{status}"
        f"HL*3*2*19*1~NM1*85*2*Riverside Clinic*****XX*1234567893~TRN*1*0~{provider}{claims}"
    )
    head = f"{ISA}GS*HN*PAYER*S*{day}*1200*8*X*005010X214~"
    return f"{head}{body}SE*{body.count('~') + 1}*0001~GE*1*8~IEA*1*000000001~".encode()


def read_syntax(data: bytes) -> list[object]:
    return list(read_999([data], today=TODAY))


def read_statuses(data: bytes) -> list[object]:
    return list(read_277ca([data], today=TODAY))
