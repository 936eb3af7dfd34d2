"""Which column of a claims CSV tells what: delimiter, header row, aliases, mappings, and what a file must have."""

import codecs
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from itertools import groupby, islice

from upstream.intake.amounts import DecimalMark
from upstream.intake.csv_rows import encoding_of, read_rows
from upstream.intake.records import Outcome, Problem, UnreadableFile
from upstream.intake.text import decoded

#: The header is looked for in the first rows only: reports may carry a title above their table.
HEADER_ROWS = 20
HEAD_BYTES = 64 * 1024
DELIMITERS = ",;\t|"
#: A row is believed to be a header when at least so many of its cells are known names.
FEWEST_KNOWN_NAMES = 2
#: A row no name of which is known may still head a table, of so many columns at least.
FEWEST_COLUMNS = 3

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
    """What columns are called that are not read: unknown, or second to a better-named one."""

    def name_of(self, field: str) -> str:
        """What the file calls a field, for messages; the field's own name where the file has no such column."""
        return _shown(self.names, self.columns[field]) if field in self.columns else field


@dataclass(frozen=True, slots=True)
class Mending:
    """How a table of downloaded rejected rows lies to the table they were rejected from."""

    token_column: int
    places: tuple[int | None, ...]
    """For each column that of the other table; None for what the download added."""
    width: int
    delimiter: str


@dataclass(frozen=True, slots=True)
class TableMapping:
    """What a person has said of tables with one header; None and empty where the file itself shows it."""

    header_digest: str
    columns: tuple[str, ...]
    """The field each column tells, in their order; "" for a column to leave alone."""
    day_first: bool | None = None
    decimal_mark: DecimalMark | None = None
    outcome_words: Mapping[str, Outcome] = field(default_factory=dict)
    """Outcomes by what the source calls them, as `outcome_word` gives it."""
    payer: str = ""
    """The payer of every row, where no column tells it."""
    mending: Mending | None = None
    """Of a table of downloaded rejected rows only, and never remembered."""


def header_digest(names: Sequence[str]) -> str:
    """By what a source is known: SHA-256 of its column names in order, without case, spaces and punctuation."""
    return sha256("\x1f".join(map(_key, names)).encode()).hexdigest()


def outcome_word(cell: str) -> str:
    """A cell of the outcome column as it is compared: without case and double spaces."""
    return " ".join(cell.split()).casefold()


def match_names(names: Sequence[str]) -> dict[str, int]:
    """Columns by field: a field's own name first, then its aliases in their order.

    Names are compared without case, spaces, underscores and hyphens.
    """
    best: dict[str, tuple[int, int]] = {}
    for column, name in enumerate(names):
        key = _key(name)
        field_name = _FIELD_BY_KEY.get(key, "")
        rank = _rank(field_name, key)
        if field_name and (field_name not in best or rank < best[field_name][0]):
            best[field_name] = rank, column
    return {field_name: column for field_name, (_, column) in best.items()}


def _rank(field: str, key: str) -> int:
    if not field or key == _key(field):
        return 0
    return 1 + [_key(alias) for alias in ALIASES[field]].index(key)


def find_header(head: bytes, mapping: TableMapping | None = None) -> Header | None:
    """The header row in the first bytes of a file, whatever its encoding and delimiter; None where there is none.

    It is the row that `mapping` was made for, else the row, among the first HEADER_ROWS, with most known names (at
    least FEWEST_KNOWN_NAMES). Raises UnreadableFile("encoding") for UTF-32.
    """
    found: Header | None = None
    for line_number, delimiter, cells, width in head_rows(head):
        if mapping is not None and header_digest(cells) == mapping.header_digest:
            columns = {name: column for column, name in enumerate(mapping.columns) if name}
            return _header(line_number, delimiter, cells, width, columns)
        columns = match_names(cells)
        if len(columns) >= FEWEST_KNOWN_NAMES and (found is None or len(columns) > len(found.columns)):
            found = _header(line_number, delimiter, cells, width, columns)
    return found


def likely_header(head: bytes) -> Header | None:
    """The header of what looks like a table, to be mapped by a person: names that are not known stay unused.

    It is the first of the widest rows that at least half are as wide as, unless one below it surely names columns of
    claims. Raises UnreadableFile("encoding") for UTF-32.
    """
    likely: Header | None = None
    for delimiter, group in groupby(head_rows(head), key=lambda row: row[1]):
        rows = list(group)
        widths = [width for _, _, _, width in rows]
        for line_number, _, cells, width in rows[:-1]:
            usual = widths.count(width) * 2 >= len(widths)
            wider = likely is None or width > likely.widths[-1]
            if usual and wider and sum(bool(name.strip()) for name in cells) >= FEWEST_COLUMNS:
                likely = _header(line_number, delimiter, cells, width, match_names(cells))
    found = find_header(head)
    if found is None or (
        likely is not None and not _surely_names(found.names) and likely.line_number < found.line_number
    ):
        return likely
    return found


def header_digests(head: bytes) -> set[str]:
    """Digests of all rows that may be a file's header. Raises UnreadableFile("encoding") for UTF-32."""
    return {header_digest(cells) for _, _, cells, _ in head_rows(head)}


def head_rows(head: bytes) -> Iterator[tuple[int, str, list[str], int]]:
    """Line, delimiter, cells without empty ones at the end, and width of each row that may be a header."""
    lines = head_lines(head)[: HEADER_ROWS * 4]
    for delimiter in DELIMITERS:
        for row in islice(read_rows(lines, delimiter), HEADER_ROWS):
            if isinstance(row, Problem):
                continue
            line_number, cells, _ = row
            width = len(cells)
            while cells and not cells[-1].strip():
                cells.pop()
            yield line_number, delimiter, cells, width


def _header(line_number: int, delimiter: str, cells: list[str], width: int, columns: dict[str, int]) -> Header:
    used = set(columns.values())
    names = tuple(cells)
    unused = tuple(_shown(names, column) for column, name in enumerate(cells) if column not in used and name.strip())
    return Header(line_number, delimiter, names, range(len(cells), width + 1), columns, unused)


def missing_columns(columns: Mapping[str, int], mapping: TableMapping | None = None) -> list[str]:
    """What claims cannot be read without and no column tells, nor the mapping."""
    missing = [name for name in REQUIRED_FIELDS if name not in columns]
    if mapping is not None and mapping.payer and "payer" in missing:
        missing.remove("payer")
    if not any(name in columns for name in DECISION_FIELDS):
        missing.append("outcome (or decided_date or paid_date)")
    return missing


def require_columns(header: Header, mapping: TableMapping | None = None) -> None:
    """Raise UnreadableFile naming what is missing, what was found, and the remedy, unless claims can be read."""
    missing = missing_columns(header.columns, mapping)
    if not missing:
        return
    found = f"Columns found: {_shown_names(header)}. " if _surely_names(header.names) else ""
    raise UnreadableFile(
        "missing_columns",
        f"The header in line {header.line_number} has no column for {' and '.join(missing)}. {found}"
        "Rename a column, or map one of them.",
        header.line_number,
    )


def _shown(names: tuple[str, ...], column: int) -> str:
    """A column's name for messages; its number, from 1, where the row of names may be a patient's."""
    return names[column].strip() if _surely_names(names) else str(column + 1)


@lru_cache(maxsize=16)
def _surely_names(cells: tuple[str, ...]) -> bool:
    """Whether they may be repeated: a row that happens to hold two known words could be a patient's."""
    known = match_names(cells)
    return len(known) > FEWEST_KNOWN_NAMES and any(name in known for name in REQUIRED_FIELDS)


def _shown_names(header: Header) -> str:
    names = ", ".join(name.strip()[:40] or "(unnamed)" for name in header.names)
    return names if len(names) <= 300 else names[:300].rstrip(", ") + " …"


def head_lines(head: bytes) -> list[str]:
    """The lines of the first HEAD_BYTES, the last one perhaps cut off. Raises UnreadableFile for UTF-32."""
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
    return text.split("\n")
