"""Which column of a claims CSV tells what: delimiter, header row, aliases, and the columns a file must have."""

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from upstream.intake.csv_rows import encoding_of, read_rows
from upstream.intake.records import Problem, UnreadableFile
from upstream.intake.text import decoded

#: The header is looked for in the first rows only: reports may carry a title above their table.
HEADER_ROWS = 20
HEAD_BYTES = 64 * 1024
DELIMITERS = ",;\t|"
#: A row is believed to be a header when at least so many of its cells are known names.
FEWEST_KNOWN_NAMES = 2

#: Names a column may have besides its own, compared by letters and digits only; # stands for number.
ALIASES: dict[str, tuple[str, ...]] = {
    "claim_id": (
        "claim number", "claim no", "claim #", "claim", "claim num", "claim ref", "claim reference", "claim identifier",
        "claim control number", "patient control number", "pcn", "internal claim id", "encounter id",
        "encounter number",
    ),
    "line_number": (
        "line", "line no", "line #", "line id", "line item", "service line", "service line number", "claim line",
    ),
    "payer": (
        "payer name", "payor", "payor name", "insurance", "insurance name", "insurance company", "insurer", "carrier",
        "carrier name", "primary insurance", "primary payer", "health plan", "billed to",
    ),
    "procedure_code": (
        "procedure", "proc code", "proc", "cpt", "cpt code", "hcpcs", "hcpcs code", "cpt hcpcs", "cpt hcpcs code",
        "service code", "hcpcs cpt", "hcpcs cpt code",
    ),
    "submitted_date": (
        "submitted", "submission date", "submit date", "date submitted", "claim date", "billed date", "date billed",
        "bill date", "billing date", "filed date", "date filed", "sent date", "date sent", "claim submission date",
    ),
    "outcome": ("status", "claim status", "result", "decision", "disposition", "claim outcome", "adjudication status"),
    "service_date": (
        "date of service", "dos", "service from", "service date from", "from date", "service start date",
        "date of service from", "dos from", "treatment date", "visit date",
    ),
    "decided_date": (
        "decision date", "date decided", "adjudication date", "adjudicated date", "date adjudicated", "denial date",
        "denied date", "processed date", "date processed", "remit date", "remittance date", "era date", "eob date",
        "response date",
    ),
    "paid_date": ("payment date", "date paid", "pay date", "check date", "deposit date", "date of payment"),
    "billed_amount": (
        "billed", "billed amt", "charge", "charges", "charge amount", "charged amount", "total charge", "total charges",
        "amount billed", "bill amount", "claim amount", "charge amt", "gross charges",
    ),
    "allowed_amount": (
        "allowed", "allowed amt", "allowable", "amount allowed", "contracted amount", "allowable amount",
    ),
    "paid_amount": (
        "paid", "paid amt", "payment", "payment amount", "amount paid", "insurance paid", "insurance payment",
        "payer paid", "paid by insurance", "ins paid",
    ),
    "denial_code": (
        "denial reason code", "denial reason", "denial", "carc", "carc code", "reason code", "adjustment reason code",
        "adjustment code", "denial codes", "rejection code", "claim adjustment reason code",
    ),
    "remark_codes": ("remark code", "remarks code", "rarc", "rarc code", "rarc codes", "remittance remark codes"),
    "modifiers": (
        "modifier", "mod", "mods", "cpt modifier", "procedure modifier", "modifier codes", "modifier 1", "mod 1",
    ),
    "diagnosis_codes": (
        "diagnosis", "diagnosis code", "dx", "dx code", "dx codes", "diagnoses", "icd", "icd 10", "icd code",
        "icd codes", "icd 10 code", "icd 10 codes", "primary diagnosis", "icd10",
    ),
    "units": ("unit", "quantity", "qty", "service units", "units billed", "billed units", "days or units"),
    "authorization_number": (
        "authorization", "auth", "auth number", "auth no", "auth #", "prior auth", "prior authorization",
        "authorization no", "prior auth number", "prior authorization number", "pa number", "authorization id",
    ),
    "provider_npi": (
        "npi", "rendering npi", "rendering provider npi", "billing npi", "billing provider npi", "npi number",
        "individual npi",
    ),
    "location": (
        "facility", "facility name", "site", "clinic", "clinic name", "office", "practice location", "service location",
        "location name", "branch",
    ),
    "patient_id": (
        "patient number", "patient no", "patient #", "mrn", "medical record number", "chart", "chart number",
        "chart no", "account number", "patient account", "patient account number", "pt id",
    ),
    "patient_name": ("patient", "patient full name", "pt name", "name", "client name", "patient last first"),
    "patient_dob": (
        "dob", "date of birth", "birth date", "birthdate", "patient birth date", "patient date of birth", "birthday",
        "pt dob",
    ),
    "member_id": (
        "member", "member number", "member no", "member #", "subscriber id", "subscriber number", "policy number",
        "policy id", "insurance id", "policy no",
    ),
    "contract": ("contract name", "contract id", "contract number", "fee schedule"),
    "plan": ("plan name", "insurance plan", "product", "plan type", "benefit plan"),
}  # fmt: skip

#: In the order in which `csv_claims` takes the values of a row.
FIELDS = tuple(ALIASES)
REQUIRED_FIELDS = ("payer", "procedure_code", "submitted_date")
#: A file tells decisions through one of these, or not at all.
DECISION_FIELDS = ("outcome", "decided_date", "paid_date")


def _key(name: str) -> str:
    return "".join(letter for letter in name.casefold().replace("#", "number") if letter.isalnum())


_FIELD_BY_KEY: dict[str, str] = {_key(alias): name for name, aliases in ALIASES.items() for alias in aliases}
_FIELD_BY_KEY |= {_key(name): name for name in FIELDS}


@dataclass(frozen=True, slots=True)
class Header:
    """Header row of a claims CSV: where it stands, and which column (from 0) tells which field."""

    line_number: int
    delimiter: str
    names: tuple[str, ...]
    """Every column's name as the file writes it, without unnamed columns at the end."""
    widths: range
    """Cells a row may have: with and without the unnamed columns at the end."""
    columns: Mapping[str, int]
    """Field name to column."""
    unused: tuple[str, ...]
    """Names of columns that are not read: unknown, or second to a better-named one."""

    def name_of(self, field: str) -> str:
        """What the file calls a field, for messages; the field's own name where the file has no such column."""
        return self.names[self.columns[field]].strip() if field in self.columns else field


def match_names(names: list[str], mapping: Mapping[str, str] | None = None) -> tuple[dict[str, int], tuple[str, ...]]:
    """Columns by field, and the names left over.

    mapping (a file's name for a column to a field, or to "" for a column to leave alone) comes first, then a field's
    own name, then its aliases in their order, compared without case, spaces, underscores and hyphens. Raises ValueError
    for a mapping to a field there is not.
    """
    wanted = {_key(name): field for name, field in (mapping or {}).items()}
    if unknown := sorted(set(wanted.values()) - set(FIELDS) - {""}):
        raise ValueError(f"unknown fields in the mapping: {', '.join(unknown)}")
    best: dict[str, tuple[int, int]] = {}
    for column, name in enumerate(names):
        key = _key(name)
        if key in wanted:
            field, rank = wanted[key], -1
        else:
            field = _FIELD_BY_KEY.get(key, "")
            rank = _rank(field, key)
        if field and (field not in best or rank < best[field][0]):
            best[field] = rank, column
    columns = {field: column for field, (_, column) in best.items()}
    used = set(columns.values())
    return columns, tuple(name.strip() for column, name in enumerate(names) if column not in used and name.strip())


def _rank(field: str, key: str) -> int:
    if not field or key == _key(field):
        return 0
    return 1 + [_key(alias) for alias in ALIASES[field]].index(key)


def find_header(head: bytes, mapping: Mapping[str, str] | None = None) -> Header | None:
    """The header row in the first bytes of a file, whatever its encoding and delimiter; None where there is none.

    It is the row, among the first HEADER_ROWS, with most known names (at least FEWEST_KNOWN_NAMES).
    Raises UnreadableFile("encoding") for UTF-32.
    """
    found: Header | None = None
    lines = _head_lines(head)
    for delimiter in DELIMITERS:
        for row in islice(read_rows(lines, delimiter), HEADER_ROWS):
            if isinstance(row, Problem):
                continue
            number, cells, _ = row
            width = len(cells)
            while cells and not cells[-1].strip():
                cells.pop()
            columns, unused = match_names(cells, mapping)
            if len(columns) >= FEWEST_KNOWN_NAMES and (found is None or len(columns) > len(found.columns)):
                found = Header(number, delimiter, tuple(cells), range(len(cells), width + 1), columns, unused)
    return found


def require_columns(header: Header) -> None:
    """Raise UnreadableFile naming what is missing, what was found, and the remedy, unless claims can be read."""
    missing = [name for name in REQUIRED_FIELDS if name not in header.columns]
    if not any(name in header.columns for name in DECISION_FIELDS):
        missing.append("outcome (or decided_date or paid_date)")
    if not missing:
        return
    found = f"Columns found: {_shown_names(header)}. " if _surely_header(header) else ""
    raise UnreadableFile(
        "missing_columns",
        f"The header in line {header.line_number} has no column for {' and '.join(missing)}. {found}"
        "Rename a column, or map one of them.",
        header.line_number,
    )


def _surely_header(header: Header) -> bool:
    """Whether its names may be repeated: a row that happens to hold two known words could be a patient's."""
    return len(header.columns) > FEWEST_KNOWN_NAMES and any(name in header.columns for name in REQUIRED_FIELDS)


def _shown_names(header: Header) -> str:
    names = ", ".join(name.strip()[:40] or "(unnamed)" for name in header.names)
    return names if len(names) <= 300 else names[:300].rstrip(", ") + " …"


def _head_lines(head: bytes) -> list[str]:
    head = head[:HEAD_BYTES]
    encoding = encoding_of(head)
    if encoding == "utf-8":
        # Line by line, as the rows are read: a row in Windows-1252 must not spoil the header above it.
        text = "\n".join(decoded(line)[0] for line in head.removeprefix(codecs.BOM_UTF8).split(b"\n"))
    else:
        text = head.decode(encoding, errors="replace")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if "\n" not in text:
        text = text.replace("\r", "\n")
    return text.split("\n")[: HEADER_ROWS * 4]
