"""How much of what was billed was denied: whole claims, and the denied lines of claims paid in part."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from intake.writing import MARCH_20, claim, decision, denied, line, money, paid, reason, remittance, the_claim, write

from upstream.accounts.models import Organization
from upstream.claims.denied_amounts import denied_amount


@dataclass
class Line:
    billed_amount: Decimal
    paid_amount: Decimal | None = None
    outcome: str = ""
    denial_code: str = ""


def test_a_claim_denied_as_a_whole_is_denied_with_all_it_billed() -> None:
    assert denied_amount("DENIED", money(100), [Line(money(40), money(40))]) == 100


@pytest.mark.parametrize("outcome", ["PAID", "PENDING"])
def test_claims_paid_or_pending_have_nothing_denied(outcome: str) -> None:
    assert denied_amount(outcome, money(100), [Line(money(100), money(0), "DENIED", "197")]) == 0


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], 0),
        ([Line(money(60), money(50)), Line(money(40), None, "DENIED")], 40),
        ([Line(money(60), money(50)), Line(money(40), money(0), "", "197")], 40),
        # Nothing paid because of the contract, or the patient's share: no denial.
        ([Line(money(40), money(0), "", "45"), Line(money(60), money(0), "", "1")], 0),
        ([Line(money(40), money(0), "", "")], 0),
        # A reason beside a payment, and a row that tells no payment.
        ([Line(money(40), money(10), "", "197"), Line(money(60), None, "", "197")], 0),
        ([Line(money(40), money(0), "PAID", "197")], 0),
        # Never more than the claim billed, nor less than nothing.
        ([Line(money(80), None, "DENIED"), Line(money(70), None, "DENIED")], 100),
        ([Line(money(-10), None, "DENIED")], 0),
    ],
)
def test_of_a_claim_paid_in_part_the_denied_lines_count(lines: list[Line], expected: int) -> None:
    assert denied_amount("PARTIAL", money(100), lines) == expected


def test_a_remittance_tells_which_lines_it_denied(organization: Organization) -> None:
    lines = [
        line(1, "99213", 70, paid_amount=money(60), adjustments=[reason("CO-45", 10)]),
        line(2, "J1100", 30, paid_amount=money(0), adjustments=[reason("CO-197", 30)]),
    ]
    write(organization, [claim("C1", lines=[line(1, "99213", 70), line(2, "J1100", 30)])])
    assert the_claim(organization).denied_amount == 0
    write(organization, remittance(decision("C1", 60, lines=lines)))
    stored = the_claim(organization)
    assert (stored.outcome, stored.denied_amount) == ("PARTIAL", money(30))


def test_a_file_of_lines_tells_which_were_denied(organization: Organization) -> None:
    row = {"line_keyed": True, "decided_date": MARCH_20}
    first = line(1, "99213", 70, paid_amount=money(60))
    second = line(2, "J1100", 30, denial_code="197")
    write(organization, [claim("C1", outcome="paid", billed_amount=money(70), lines=[first], **row)])
    write(organization, [claim("C1", outcome="denied", billed_amount=money(30), lines=[second], **row)])
    stored = the_claim(organization)
    assert (stored.outcome, stored.billed_amount, stored.denied_amount) == ("PARTIAL", money(100), money(30))


def test_a_decision_that_changes_changes_what_is_denied(organization: Organization) -> None:
    write(organization, [denied("C1")])
    assert the_claim(organization).denied_amount == money(100)
    write(organization, [paid("C1")])
    assert the_claim(organization).denied_amount == money(0)
