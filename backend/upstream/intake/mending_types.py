"""Rejected rows and their mending, as clients see them."""

from typing import Any, cast

import strawberry

from upstream.core.errors import ErrorCode
from upstream.graph.context import Info
from upstream.graph.gates import gated, requires, shown
from upstream.graph.mutations import Problem, payload, row_id, uuid_of
from upstream.graph.permissions import Permission
from upstream.intake import mending
from upstream.intake.types import RowErrorType, UploadType


@gated(Permission.PHI_READ, description="A cell of a rejected row.")
class RejectedCell:
    name: str = strawberry.field(description="The heading of its column.")
    field: str = strawberry.field(description="What it is read as; empty where it is left alone.")
    text: str
    faults: list[str] = strawberry.field(description="What is wrong with it, and what is expected.")
    alike: int = strawberry.field(description="Open rows with this text here, this one included; 0: not faulty.")


@gated(Permission.PHI_READ, description="A rejected row with its cells.")
class RejectedRow:
    row: RowErrorType
    cells: list[RejectedCell]
    hindrance: str = strawberry.field(description="Why it cannot be mended here; empty where it can.")


@gated(Permission.UPLOADS_WRITE)
class RowPayload:
    row: RowErrorType | None = strawberry.field(default=None, directives=requires(Permission.QUARANTINE_READ))
    upload: UploadType | None = None
    errors: list[Problem] = strawberry.field(default_factory=list)


@gated(Permission.UPLOADS_WRITE)
class MendPayload:
    row: RowErrorType | None = strawberry.field(default=None, directives=requires(Permission.QUARANTINE_READ))
    upload: UploadType | None = None
    mended: int = strawberry.field(default=0, description="Rows that were mended.")
    left: int = strawberry.field(default=0, description="Rows with the same text that stay open.")
    errors: list[Problem] = strawberry.field(
        default_factory=list, description="`field`: the field of the cell, empty for the row as a whole."
    )


@strawberry.type
class MendingQuery:
    @strawberry.field(directives=requires(Permission.PHI_READ), description="A rejected row, to be mended in place.")
    def rejected_row(self, info: Info, id: strawberry.ID) -> RejectedRow | None:
        found = mending.rejected_row(actor=info.context.signed_in(), row_id=row_id(id))
        return RejectedRow(
            row=cast(Any, found.row),
            cells=[
                RejectedCell(name=each.name, field=each.field, text=each.text, faults=each.faults, alike=each.alike)
                for each in found.cells
            ],
            hindrance=found.hindrance,
        )


@strawberry.type
class MendingMutation:
    @strawberry.field(
        directives=requires(Permission.UPLOADS_WRITE),
        description=(
            "Read a rejected row again with these cells and write its claim as of its upload. `everywhere`: columns, "
            "from 0, whose new text replaces the old one in all open rows of the upload that have it."
        ),
    )
    @payload(MendPayload)
    def mend_row(
        self, info: Info, id: strawberry.ID, cells: list[str], everywhere: list[int] | None = None
    ) -> MendPayload | None:
        found = mending.mend_row(
            actor=info.context.signed_in(), row_id=uuid_of(id, "row"), cells=cells, everywhere=everywhere or ()
        )
        return MendPayload(
            row=shown(found.row),
            upload=shown(found.row.upload),
            mended=found.mended,
            left=found.left,
            errors=[
                Problem(code=ErrorCode.INVALID, field=fault.field, message=fault.message) for fault in found.faults
            ],
        )

    @strawberry.field(directives=requires(Permission.UPLOADS_WRITE), description="Close a rejected row as not a claim.")
    @payload(RowPayload)
    def dismiss_row(self, info: Info, id: strawberry.ID) -> RowPayload | None:
        row = mending.dismiss_row(actor=info.context.signed_in(), row_id=uuid_of(id, "row"))
        return RowPayload(row=shown(row), upload=shown(row.upload))

    @strawberry.field(
        directives=requires(Permission.UPLOADS_WRITE),
        description="Open a row again that was closed as not a claim.",
    )
    @payload(RowPayload)
    def reopen_row(self, info: Info, id: strawberry.ID) -> RowPayload | None:
        row = mending.reopen_row(actor=info.context.signed_in(), row_id=uuid_of(id, "row"))
        return RowPayload(row=shown(row), upload=shown(row.upload))
