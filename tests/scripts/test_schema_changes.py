"""What breaks clients of the released schema is told with what to write where, and passes once it is written."""

import pytest
from support import ROOT

RELEASED = """
directive @requires(permission: Permission!) on FIELD_DEFINITION
enum Permission { CLAIMS_READ PHI_READ }
enum Outcome { PAID DENIED PENDING }
type Claim { id: ID! @requires(permission: CLAIMS_READ) paidOn: String outcome: Outcome! }
type Query { claims(first: Int, after: String, outcome: Outcome): [Claim!]! }
"""


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import schema_changes

    return schema_changes


def test_nothing_is_said_of_what_only_adds(changes) -> None:
    more = RELEASED.replace("paidOn: String", "paidOn: String paidThrough: String").replace("PENDING", "PENDING VOIDED")
    assert changes.complaints(RELEASED, more, "") == changes.complaints(RELEASED, RELEASED, "") == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("paidOn: String ", "", "Claim.paidOn was removed."),
        ("first: Int", "first: Int!", "Query.claims(first:) has changed type from Int to Int!."),
        ("after: String", "after: Int", "Query.claims(after:) has changed type from String to Int."),
        ("after: String, ", "", "Query.claims(after:) was removed."),
        (" PENDING", "", "Outcome.PENDING was removed."),
        ("outcome: Outcome!", "outcome: Outcome", "Claim.outcome changed type from Outcome! to Outcome."),
        ("(permission: CLAIMS_READ)", "(permission: PHI_READ)", "Claim.id needs PHI_READ instead of CLAIMS_READ."),
    ],
)
def test_what_breaks_clients_needs_a_note(changes, old: str, new: str, told: str) -> None:
    now = RELEASED.replace(old, new)
    assert now != RELEASED
    (complaint,) = changes.complaints(RELEASED, now, "")
    assert told in complaint and "docs/schema-changes.md" in complaint
    written = complaint.rsplit("\n", 1)[1].strip().replace("…", "Ask for something else.")
    assert changes.complaints(RELEASED, now, f"## Next\n\n{written}\n") == []


@pytest.mark.parametrize("place", ["Claim.paidOn", "Query.claims(after:)", "Outcome.PENDING"])
def test_what_is_deprecated_says_until_when_it_stays(changes, place: str) -> None:
    old = {"Claim.paidOn": "paidOn: String", "Query.claims(after:)": "after: String", "Outcome.PENDING": "PENDING"}[
        place
    ]
    without, dated = (
        RELEASED.replace(old, f'{old} @deprecated(reason: "Use another.{stays}")')
        for stays in ("", " Stays until 2027-06-30.")
    )
    (complaint,) = changes.complaints(RELEASED, without, "")
    assert complaint.startswith(f"{place} is deprecated without a day")
    assert changes.complaints(RELEASED, dated, "") == []
