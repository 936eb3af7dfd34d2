"""Answers to requests for authorization as payers write them (278)."""

from intake.readers import ISA, TODAY

from upstream.intake.x12.authorization import read_278

REQUEST = (
    "HL*4*3*EV*1~TRN*2*TRACE1*9876543210~TRN*1*THEIRS*1512345678~UM*HS*I*1*11:B~HCR*A1*AUTH1~"
    "DTP*AAH*RD8*20250101-20250131~DTP*007*D8*20250105~DTP*036*D8*20250331~HSD*VS*12~NM1*SJ*1*ROE*RICHARD****XX*1003000126~"
)
SERVICE = "HL*5*4*SS*0~SV1*HC:99213*100*UN*3~HSD*VS*6~"
DEPENDENT = "HL*9*3*23*1~NM1*QC*1*DOE*TIM~DMG*D8*20150704*M~"
PAYER = "HL*1**20*1~NM1*X3*2*Northwind Health*****PI*NW837~"
SUBSCRIBER = "HL*3*2*22*1~NM1*IL*1*DOE*JANE****MI*M100~DMG*D8*19800131*F~"


def authorization(
    body: str = REQUEST, *, payer: str = PAYER, subscriber: str = SUBSCRIBER, purpose: str = "11", day: str = "20250110"
) -> bytes:
    """A 278 of one transaction set; purpose 13 asks."""
    text = (
        f"ST*278*0001*005010X217~BHT*0007*{purpose}*1*{day}*1200*18~{payer}"
        f"HL*2*1*21*1~NM1*1P*2*Riverside Clinic*****XX*1234567893~{subscriber}{body}"
    )
    head = f"{ISA}GS*HI*PAYER*S*20250111*1200*9*X*005010X217~"
    return f"{head}{text}SE*{text.count('~') + 1}*0001~GE*1*9~IEA*1*000000001~".encode()


def read_authorizations(data: bytes) -> list[object]:
    return list(read_278([data], today=TODAY))
