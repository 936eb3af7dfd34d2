"""The table in an upload, and how it is read, as clients see it."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import cast

import strawberry

from upstream.accounts.types import MemberType, member
from upstream.claims.models import Outcome
from upstream.core.errors import ErrorCode, ServiceError
from upstream.graph.context import Info
from upstream.graph.gates import gated, gated_model, requires
from upstream.graph.permissions import Permission
from upstream.intake.amounts import DecimalMark
from upstream.intake.csv_header import TableMapping
from upstream.intake.models import SourceMapping
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


@gated(Permission.UPLOADS_READ, description="A column of the tables that a remembered mapping is for.")
class SourceMappingColumn:
    field: str = strawberry.field(description="What it is read as; empty where it is left alone.")
    mapping: strawberry.Private[SourceMapping]
    place: strawberry.Private[int]

    @strawberry.field(
        directives=requires(Permission.PHI_READ),
        description="As the file writes it; null where the mapping was confirmed before names were kept.",
    )
    def name(self) -> str | None:
        names = self.mapping.column_names
        return json.loads(names)[self.place] if names is not None else None


@gated_model(
    SourceMapping,
    Permission.UPLOADS_READ,
    name="SourceMapping",
    description="How files with one header are read, as a person said.",
)
class SourceMappingType:
    id: strawberry.ID
    day_first: bool | None = strawberry.field(description="Slashed dates; null: as the file shows.")
    payer: str = strawberry.field(description="The payer of every row; empty where a column tells it.")
    confirmed_at: datetime
    uploads: int = strawberry.field(description="How many were read with it.")
    last_used_at: datetime | None = strawberry.field(description="When one last was.")

    @strawberry.field
    def columns(self) -> list[SourceMappingColumn]:
        mapping = cast(SourceMapping, self)
        return [
            SourceMappingColumn(field=field, mapping=mapping, place=place)
            for place, field in enumerate(mapping.columns)
        ]

    @strawberry.field(description="A point or a comma; null: as the file shows.")
    def decimal_mark(self) -> str | None:
        return cast(SourceMapping, self).decimal_mark or None

    @strawberry.field(directives=requires(Permission.PHI_READ), description="What words of the outcome column mean.")
    def outcome_words(self) -> list[OutcomeWord] | None:
        words = cast(SourceMapping, self).outcome_words
        return [OutcomeWord(word=word, outcome=Outcome(outcome.upper())) for word, outcome in words.items()]

    @strawberry.field(description="Null where that person has left, or was not kept yet.")
    def confirmed_by(self, info: Info) -> MemberType | None:
        return member(info, cast(SourceMapping, self).confirmed_by_id)
