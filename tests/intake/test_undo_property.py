"""An upload that is taken back leaves everything as if it had never come, whatever came before and after it."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake.test_rollup_property import DAYS, amounts, decisions, statements
from intake.writing import FreeRun, picture, remittance, write

from upstream.accounts import services as accounts
from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.claims.models import (
    Authorization,
    Claim,
    ClaimAcknowledgement,
    ClaimDecision,
    FirstSeen,
    Patient,
    Remittance,
    Submission,
)
from upstream.core.ids import uuid7
from upstream.intake.models import Upload
from upstream.intake.records import ClaimRecord
from upstream.intake.writer.undo import Undo
from upstream.intake.writer.writer import Record

#: Hypothesis makes a failing example small for up to five minutes.
pytestmark = [pytest.mark.timeout(900), pytest.mark.once]


def undo(upload: Upload) -> None:
    Undo(upload, FreeRun()).carry_out(lambda done, total: None)
    assert rollup.recompute(upload.organization_id) == []
    rollup.fold(upload.organization_id)
    assert rollup.recompute(upload.organization_id) == []


def people(organization: Organization, *, named: bool = False) -> set[str]:
    """Member numbers of all, or of those whom something shown names.

    Not of those a later row of the same file takes the place of: they are kept or not, as other files came between.
    """
    rows = Patient.objects.for_organization(organization)
    if named:
        naming = (Claim, ClaimDecision, Authorization)
        rows = rows.filter(pk__in={pk for model in naming for pk in _patients(model, organization)})
    return set(rows.values_list("member_number", flat=True))


def _patients(model: Any, organization: Organization) -> set[UUID]:
    rows = model.objects.for_organization(organization).exclude(patient=None)
    return set(rows.values_list("patient", flat=True))


def everything(organization: Organization) -> dict[str, Any]:
    """All that files made, without ids; claims without a number by what they say, for their key is a digest of ids."""
    claims = picture(organization)
    for claim in claims.values():
        # Payers stay, with the spelling met first.
        claim["payer"] = claim["payer"].upper()
    return {
        "claims": {key: claim for key, claim in claims.items() if not key.startswith("content:")},
        "nameless": sorted(
            str({name: value for name, value in claim.items() if name != "claim_key"})
            for key, claim in claims.items()
            if key.startswith("content:")
        ),
        "remittances": sorted(
            Remittance.objects.for_organization(organization).values_list(
                "payer__name", "trace_number", "payment_date", "payment_amount", "payment_method", "claims_paid_total",
                "balanced",
            )
        ),
        "recouped": sorted(
            map(str, Remittance.objects.for_organization(organization).values_list("provider_adjustments", flat=True))
        ),
        "first": sorted(FirstSeen.objects.for_organization(organization).values_list("kind", "value", "first_on")),
        "named": sorted(people(organization, named=True)),
        "rows": [
            sorted(model.objects.for_organization(organization).values_list("fingerprint", flat=True))
            for model in (Submission, ClaimAcknowledgement, Authorization)
        ],
    }  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> list[Record]:
    kind = draw(st.sampled_from(["csv", "lines", "837", "answers", "835", "835"]))
    if kind != "835":
        made: list[ClaimRecord] = draw(
            st.lists(statements("csv" if kind == "answers" else kind), min_size=1, max_size=4)
        )
        for record in made:
            record.answer = kind == "answers"
        return list(made)
    decided = draw(st.lists(decisions(), min_size=1, max_size=4))
    for record in decided:
        record.patient = None
    adjustments = draw(st.lists(st.tuples(st.sampled_from(["WO", "72", "FB"]), amounts), max_size=2))
    return remittance(
        *decided, trace=draw(st.sampled_from(["T1", "T2"])), on=draw(st.sampled_from(DAYS[:2])), adjustments=adjustments
    )


@st.composite
def sequences(draw: st.DrawFn) -> list[list[Record]]:
    """Files in an order, some of which come again, whole or in part."""
    made = draw(st.lists(files(), min_size=1, max_size=4))
    sequence = list(made)
    for _ in range(draw(st.integers(0, 3))):
        again = draw(st.sampled_from(made))
        if isinstance(again[0], ClaimRecord):
            again = again[draw(st.integers(0, len(again) - 1)) :]
        sequence.insert(draw(st.integers(0, len(sequence))), again)
    return sequence


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=sequences(), data=st.data(), batch_records=st.sampled_from([1, 2, 5_000]), folded=st.booleans())
def test_an_upload_taken_back_never_came(
    sequence: list[list[Record]], data: st.DataObject, batch_records: int, folded: bool
) -> None:
    one, other = (accounts.create_organization(name="Made", slug=uuid7().hex) for _ in range(2))
    gone = data.draw(st.sets(st.sampled_from(range(len(sequence))), min_size=1, max_size=2))
    # Those that come after the undoing show that it left nothing behind.
    after = data.draw(st.integers(max(gone) + 1, len(sequence)))
    uploads = [write(one, records, folded=folded, batch_records=batch_records) for records in sequence[:after]]
    for number in data.draw(st.permutations(sorted(gone))):
        undo(uploads[number])
    for records in sequence[after:]:
        write(one, records, folded=folded, batch_records=batch_records)
    for number, records in enumerate(sequence):
        if number not in gone:
            write(other, records, folded=folded, batch_records=batch_records)
    assert everything(one) == everything(other)
    assert people(one) <= people(other)
