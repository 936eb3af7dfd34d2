"""The table in an upload, and how it is read, as clients see it."""

from datetime import date
from decimal import Decimal
from typing import cast

import strawberry

from upstream.claims.models import Outcome
from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.gates import gated
from upstream.graph.permissions import Permission
from upstream.intake.amounts import DecimalMark
from upstream.intake.csv_header import TableMapping
from upstream.intake.records import ClaimRecord, Finding, Problem
from upstream.intake.records import Outcome as RecordOutcome
from upstream.intake.source_mappings import UploadTable
from upstream.intake.types import Finding as FindingType


@strawberry.input(description="What a word of the outcome column stands for.")
class OutcomeWordInput:
    word: str
    outcome: Outcome


@strawberry.input(description="How tables with one header are read.")
class SourceMappingInput:
    columns: list[str] = strawberry.field(description="The field of each column, in order; empty: leave it alone.")
    day_first: bool | None = strawberry.field(default=None, description="Slashed dates; null: as the file shows.")
    decimal_mark: str | None = strawberry.field(default=None, description="A point or a comma; null: as it shows.")
    outcome_words: list[OutcomeWordInput] = strawberry.field(default_factory=list)
    payer: str = strawberry.field(default="", description="The payer of every row, where no column tells it.")

    def mapping(self) -> TableMapping:
        """For whatever header the upload has. Raises ServiceError INVALID for a mark that is none."""
        if self.decimal_mark not in (None, ".", ","):
            raise ServiceError(ErrorCode.INVALID, "A decimal mark is a point or a comma.", field="decimalMark")
        return TableMapping(
            "",
            tuple(self.columns),
            self.day_first,
            cast("DecimalMark | None", self.decimal_mark),
            {each.word: cast(RecordOutcome, each.outcome.value.lower()) for each in self.outcome_words},
            self.payer,
        )


@gated(Permission.PHI_READ, description="A column of an upload's table.")
class TableColumn:
    name: str
    field: str = strawberry.field(description="What it is read as; empty where it is left alone.")
    samples: list[str]


@gated(Permission.PHI_READ)
class OutcomeWord:
    word: str
    outcome: Outcome | None = strawberry.field(description="Null while nobody said what it stands for.")


@gated(Permission.PHI_READ, description="A row as it is read, or why it is not; rows of one claim are one.")
class TableRow:
    line_number: int
    problem: str | None
    claim_id: str = ""
    payer: str = ""
    procedure_codes: list[str] = strawberry.field(default_factory=list)
    service_date: date | None = None
    submitted_date: date | None = None
    decided_date: date | None = None
    outcome: Outcome | None = None
    billed_amount: Decimal | None = None
    paid_amount: Decimal | None = None
    denial_code: str = ""
    location: str = ""


@gated(Permission.PHI_READ, name="UploadTable", description="The table in an upload, and how it is read.")
class UploadTableType:
    header_line: int
    columns: list[TableColumn]
    remembered: bool = strawberry.field(description="A person has mapped this header so.")
    day_first: bool | None
    decimal_mark: str | None
    outcome_words: list[OutcomeWord] = strawberry.field(description="Words that are mapped, or known to nobody yet.")
    payer: str
    missing: list[str] = strawberry.field(description="What no column tells and claims cannot be read without.")
    rows: list[TableRow] = strawberry.field(description="The first 20, as they will be read.")
    findings: list[FindingType]


def table_type(table: UploadTable) -> UploadTableType:
    field_of = {column: name for name, column in table.header.columns.items()}
    words = table.mapping.outcome_words
    return UploadTableType(
        header_line=table.header.line_number,
        columns=[
            TableColumn(name=name.strip(), field=field_of.get(column, ""), samples=table.samples[column])
            for column, name in enumerate(table.header.names)
        ],
        remembered=table.remembered,
        day_first=table.mapping.day_first,
        decimal_mark=table.mapping.decimal_mark,
        outcome_words=[
            OutcomeWord(word=word, outcome=Outcome(words[word].upper()) if word in words else None)
            for word in table.unknown_outcomes
        ],
        payer=table.mapping.payer,
        missing=table.missing,
        rows=[_row(row) for row in table.rows],
        findings=[_finding(finding) for finding in table.findings],
    )


def _row(row: ClaimRecord | Problem) -> TableRow:
    if isinstance(row, Problem):
        return TableRow(line_number=row.position, problem=row.message)
    return TableRow(
        line_number=row.position,
        problem=None,
        claim_id=row.control_number,
        payer=row.payer_name,
        procedure_codes=[line.procedure_code for line in row.lines],
        service_date=row.service_date,
        submitted_date=row.submitted_date,
        decided_date=row.decided_date,
        outcome=Outcome(row.outcome.upper()) if row.outcome else None,
        billed_amount=row.billed_amount,
        paid_amount=row.paid_amount,
        denial_code=row.denial_code,
        location=row.location,
    )


def _finding(finding: Finding) -> FindingType:
    return FindingType(position=finding.position, severity=finding.severity, code=finding.code, message=finding.message)
