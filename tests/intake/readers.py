"""Short ways for tests to read bytes, and to write the X12 and CSV they read."""

import csv
import io
import os
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import openpyxl
import pytest

from upstream.intake.csv_header import TableMapping
from upstream.intake.csv_reader import read_claims_csv
from upstream.intake.records import ClaimRecord, Finding, Problem
from upstream.intake.x12.remittance import read_835
from upstream.intake.x12.submission import read_837

TODAY = date(2025, 6, 1)
SAMPLES = Path(os.environ.get("UPSTREAM_SAMPLES") or Path(__file__).parents[3] / "shared" / "samples")
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason=f"no sample files at {SAMPLES}; set UPSTREAM_SAMPLES")

Kind = TypeVar("Kind")

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *250101*1200*^*00501*000000001*0*P*:~"
REMITTANCE_HEAD = (
    "ST*835*0001~BPR*I*80*C*ACH*CCP*01*1*DA*1*1512345678**01*2*DA*2*20250210~TRN*1*TRACE1*1512345678~"
    "DTM*405*20250209~N1*PR*Northwind Health*XV*NW001~REF*2U*NW837~N1*PE*Riverside Clinic*XX*1234567893~LX*1~"
)
DECISION = (
    "CLP*CLAIM1*1*100*80*5*12*ICN1*11*1~NM1*QC*1*DOE*JANE****MI*M100~DTM*232*20250102~DTM*050*20250110~"
    "SVC*HC:99213:25*100*80**1~DTM*472*20250102~CAS*CO*45*15~CAS*PR*2*5~REF*6R*L1~AMT*B6*85~"
)
CLAIMS_HEAD = (
    "BHT*0019*00*1*20250115*1200*CH~NM1*41*2*Sender*****46*1~NM1*40*2*Receiver*****46*2~"
    "HL*1**20*1~NM1*85*2*Riverside Clinic*****XX*1234567893~"
    "HL*2*1*22*0~SBR*P*18**Gold PPO*****CI~NM1*IL*1*DOE*JANE****MI*M100~DMG*D8*19800131*F~"
    "NM1*PR*2*Northwind Health*****PI*NW837~"
)
CLAIM = (
    "CLM*CLAIM1*100***11:B:1*Y*A*Y*Y~REF*G1*AUTH1~HI*ABK:E119*ABF:I10~NM1*82*1*ROE*RICHARD****XX*1003000126~"
    "LX*1~SV1*HC:99213:25*100*UN*1***1~DTP*472*D8*20250102~REF*6R*L1~"
)
INSTITUTIONAL_GUIDE, DENTAL_GUIDE = "005010X223A3", "005010X224A2"
INSTITUTIONAL_CLAIM = (
    "CLM*STAY1*1600***11:A:1**A*Y*Y~DTP*096*TM*1130~DTP*434*RD8*20250103-20250106~DTP*435*DT*202501030840~CL1*1*7*01~"
    "REF*G1*AUTH7~HI*ABK:I2510:::::::Y~HI*ABJ:R079~HI*APR:R079~HI*DR:287~HI*ABF:E119:::::::Y*ABF:I10:::::::N~"
    "HI*BBR:4A023N7:D8:20250104~HI*BI:74:RD8:20250105-20250105~HI*BH:11:D8:20250102~HI*BE:80:::3~HI*BG:09~"
    "NM1*71*1*MOSS*ADA****XX*1003000126~NM1*72*1*FERN*BEA****XX*1999999984~"
    "LX*1~SV2*0120**1200*DA*3~LX*2~SV2*0305*HC:85025:91*400*UN*2~DTP*472*D8*20250104~REF*6R*L2~"
)
DENTAL_CLAIM = (
    "CLM*TOOTH1*310***11:B:1*Y*A*Y*Y~DTP*472*D8*20250108~DN1*24~DN2*8*M****JP~NM1*82*1*ASH*KIM****XX*1003000126~"
    "LX*1~SV3*AD:D2150:LT*250**10:20**1~TOO*JP*12*L:O~REF*6R*L1~LX*2~SV3*AD:D0120*60****2~DTP*472*D8*20250107~"
)
CSV_HEADER = (
    "claim_id,payer,procedure_code,service_date,submitted_date,decided_date,paid_date,outcome,"
    "billed_amount,allowed_amount,paid_amount,denial_code"
)


def enclosed(sets: str, guide: str) -> bytes:
    """Transaction sets in one interchange and group with true counts."""
    count = sets.count("SE*")
    function = "HP" if "X221" in guide else "HC"
    return f"{ISA}GS*{function}*S*R*20250116*1200*1*X*{guide}~{sets}GE*{count}*1~IEA*1*000000001~".encode()


def remittance(body: str = DECISION, head: str = REMITTANCE_HEAD) -> bytes:
    """An 835 of one transaction set."""
    text = head + body
    return enclosed(f"{text}SE*{text.count('~') + 1}*0001~", "005010X221A1")


def claims(body: str = CLAIM, head: str = CLAIMS_HEAD, guide: str = "005010X222A1") -> bytes:
    """An 837 of one transaction set."""
    text = f"ST*837*0001*{guide}~{head}{body}"
    return enclosed(f"{text}SE*{text.count('~') + 1}*0001~", guide)


def table(*rows: str, header: str = CSV_HEADER, end: str = "\n") -> bytes:
    return end.join([header, *rows, ""]).encode()


def read_csv(data: bytes, mapping: TableMapping | None = None) -> list[object]:
    return list(read_claims_csv([data], today=TODAY, mapping=mapping))


def read_remittance(data: bytes) -> list[object]:
    return list(read_835([data], today=TODAY))


def read_claims(data: bytes) -> list[object]:
    return list(read_837([data], today=TODAY))


def of(kind: type[Kind], records: Iterable[object]) -> list[Kind]:
    return [record for record in records if isinstance(record, kind)]


def only(kind: type[Kind], records: Iterable[object]) -> Kind:
    found = of(kind, records)
    assert len(found) == 1, found
    return found[0]


def claims_of(data: bytes) -> list[ClaimRecord]:
    """The claims of a CSV that has nothing wrong with it."""
    records = read_csv(data)
    assert not of(Problem, records)
    return of(ClaimRecord, records)


def problem_of(data: bytes) -> Problem:
    """The one problem of a CSV whose other rows are taken."""
    return only(Problem, read_csv(data))


def codes_of(records: Iterable[object]) -> list[str]:
    return [finding.code for finding in of(Finding, records)]


def cut_at(data: bytes, places: Iterable[int]) -> list[bytes]:
    """The same bytes in chunks that end at the given places."""
    bounds = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[start:end] for start, end in pairwise(bounds)]


def cells_of(content: bytes) -> list[list[Any]]:
    """The rows of a CSV with dates and numbers as a spreadsheet has them."""

    def cell(text: str) -> Any:
        for kind in (date.fromisoformat, float):
            try:
                return kind(text)
            except ValueError:
                continue
        return text or None

    return [[cell(text) for text in row] for row in csv.reader(io.StringIO(content.decode()))]


def workbook(*sheets: list[list[Any]], hidden: tuple[int, ...] = ()) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet {number + 1}")
        sheet.sheet_state = "hidden" if number in hidden else "visible"
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
