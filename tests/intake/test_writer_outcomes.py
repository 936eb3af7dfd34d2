"""What a status, a payment and its reasons come to: outcome, reason and allowed amount; and which decision stands."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake.writing import decision, line, money, reason

from upstream.intake.records import AdjustmentRecord, LineRecord
from upstream.intake.writer.remittance import decision_of, denial_code_of, detail_of, restored
from upstream.intake.writer.state import (
    DENIED,
    PAID,
    PARTIAL,
    PENDING,
    Decision,
    Line,
    overlaid,
    standing,
)
from upstream.intake.writer.statement import adjustments_of, line_outcomes

DAYS = [date(2026, 3, day) for day in range(1, 29)]


def made(
    status: str, paid: object, lines: list[LineRecord] | None = None, adjustments: list[AdjustmentRecord] | None = None,
    **values: object,
) -> Decision:  # fmt: skip
    record = decision("C1", paid, status=status, lines=lines or [], adjustments=adjustments or [], **values)
    return decision_of(
        record, remittance_id="r", payer_id="p", patient_id=None, payment_date=DAYS[4], sequence=1, fingerprint="f"
    )


def lines(*of: tuple[object, list[AdjustmentRecord]]) -> list[LineRecord]:
    return [line(n, paid_amount=money(paid), adjustments=reasons) for n, (paid, reasons) in enumerate(of, 1)]


CO45, CO197, CO50, PR1, PR2 = (
    reason("CO-45", 20), reason("CO-197", 100), reason("CO-50", 100), reason("PR-1", 80), reason("PR-2", 16),
)  # fmt: skip


@pytest.mark.parametrize("status", ["1", "2", "3", "19", "20", "21"])
@pytest.mark.parametrize(
    ("paid", "of_lines", "of_claim", "outcome", "code"),
    [
        (80, [(80, [CO45])], [], PAID, ""),
        (64, [(64, [CO45, PR2])], [], PAID, ""),
        (80, [(80, [CO45]), (0, [CO197])], [], PARTIAL, "197"),
        (80, [(80, [CO45, reason("CO-151", 5)])], [], PAID, ""),
        (80, [], [CO45], PAID, ""),
        (80, [], [CO45, CO197], PARTIAL, "197"),
        (0, [(0, [CO197])], [], DENIED, "197"),
        (0, [], [CO197], DENIED, "197"),
        (0, [(0, [reason("PR-96", 100)])], [], DENIED, "96"),
        (0, [(0, [reason("OA-18", 100)])], [], DENIED, "18"),
        (0, [(0, [reason("PI-204", 100)])], [], DENIED, "204"),
        (0, [(0, [CO45, PR1])], [], PAID, ""),
        (0, [(0, [reason("OA-23", 100)])], [], PAID, ""),
        (0, [], [], PAID, ""),
        (0, [(0, [CO45, PR1]), (0, [CO197])], [], PARTIAL, "197"),
        (0, [(0, [reason("CO-45", 30), CO197]), (0, [CO45])], [], DENIED, "197"),
    ],
)
def test_outcomes_of_processed_claims(
    status: str,
    paid: int,
    of_lines: list[tuple[object, list[AdjustmentRecord]]],
    of_claim: list[AdjustmentRecord],
    outcome: str,
    code: str,
) -> None:
    found = made(status, paid, lines(*of_lines), of_claim)
    assert (found.outcome, found.denial_code) == (outcome, code)
    assert (found.decided_date, found.paid_date) == (DAYS[4], None if outcome == DENIED else DAYS[4])


def test_a_denied_status_is_a_denial_whatever_its_reasons() -> None:
    found = made("4", 0, lines((0, [reason("CO-45", 100)])))
    assert (found.outcome, found.denial_code) == (DENIED, "45")
    assert made("4", 0).denial_code == ""


@pytest.mark.parametrize("status", ["22", "23", "5", ""])
def test_other_statuses_decide_nothing(status: str) -> None:
    found = made(status, -80, lines((-80, [CO45])))
    assert (found.outcome, found.denial_code, found.allowed_amount, found.paid_date) == (PENDING, "", None, None)


def test_the_reason_with_the_most_refused_money_is_the_denials() -> None:
    reasons = [reason("CO-45", 500), reason("CO-16", 40), reason("CO-50", 30), reason("CO-50", 30), reason("PR-1", 90)]
    assert denial_code_of(adjustments_of(reasons)) == "50"
    assert denial_code_of(adjustments_of([reason("CO-45", 5), reason("PR-1", 90)])) == "1"
    assert denial_code_of(()) == ""


@pytest.mark.parametrize(
    ("paid", "share", "told", "allowed"),
    [(80, 5, None, 85), (80, None, None, 80), (80, 5, 90, 90), (0, 100, None, 100)],
)
def test_allowed_is_what_is_told_or_what_was_paid_and_left_to_the_patient(
    paid: int, share: int | None, told: int | None, allowed: int
) -> None:
    of_line = line(paid_amount=money(paid), allowed_amount=told and money(told), adjustments=[PR1])
    found = made("1", paid, [of_line], patient_responsibility=None if share is None else money(share))
    assert found.allowed_amount == money(allowed)


def test_nothing_is_allowed_of_a_denial() -> None:
    assert made("1", 0, lines((0, [CO50])), patient_responsibility=money(100)).allowed_amount == money(0)


def test_a_decision_comes_back_from_its_row_as_it_was() -> None:
    of_line = line(
        3, "J1100", 100, paid_amount=money(64), adjustments=[CO45, PR2], modifiers=("25",), units=Decimal("2.5"),
        remark_codes=["N30"], control_number="L3", service_date=DAYS[0], submitted_procedure_code="J1101",
    )  # fmt: skip
    found = made(
        "1", 64, [of_line], [reason("CO-253", 1)], patient_responsibility=money(16), received_date=DAYS[1],
        service_date=DAYS[0], provider_npi="1234567893", remark_codes=["MA01"], frequency_code="1",
    )  # fmt: skip
    columns = {
        name: getattr(found, name)
        for name in (
            "remittance_id", "sequence", "status_code", "outcome", "decided_date", "billed_amount", "paid_amount",
            "patient_responsibility", "payer_claim_number", "fingerprint",
        )
    }  # fmt: skip
    assert restored(Decision(**columns), detail_of(found), payer_id="p", patient_id=None) == found


# Which decision stands


def told(outcome: str = PAID, paid: object = 80, day: int = 1, **values: object) -> Decision:
    return Decision(outcome, DAYS[day], paid_amount=money(paid), **values)


def from_remittance(paid: object, day: int, status: str = "1", **values: object) -> Decision:
    outcome = PENDING if status == "22" else DENIED if not paid else PAID
    return Decision(
        outcome, DAYS[day], paid_amount=money(paid), status_code=status, remittance_id=f"r{day}", fingerprint=f"f{day}",
        **values,
    )  # fmt: skip


def test_without_decisions_what_a_file_told_stands() -> None:
    assert standing(None, []) is None
    assert standing(file := told(), []) is file


def test_the_latest_decision_stands() -> None:
    first, second = from_remittance(0, 1), from_remittance(80, 5)
    assert standing(None, [first, second]) is second
    assert standing(None, [second, first]) is second


def test_what_a_file_told_stands_by_its_date() -> None:
    era = from_remittance(80, 5)
    assert standing(told(DENIED, 0, day=1), [era]) is era
    later = told(DENIED, 0, day=9)
    assert standing(later, [era]) is later


def test_a_pending_row_stands_only_where_nothing_else_does() -> None:
    pending = told(PENDING, 0)
    assert standing(pending, [era := from_remittance(80, 5)]) is era
    assert standing(pending, [from_remittance(80, 5), from_remittance(-80, 6, "22")]) is pending


@pytest.mark.parametrize(
    ("history", "stands"),
    [
        ([(80, "1"), (-80, "22")], None),
        ([(0, "1"), (80, "1"), (-80, "22")], 0),
        ([(80, "1"), (-80, "22"), (60, "1")], 2),
        ([(80, "1"), (60, "1"), (-80, "22")], 1),
        ([(80, "1"), (-80, "22"), (60, "1"), (-60, "22")], None),
        # Of what it does not name exactly, the latest payment is taken back; a refusal is left alone.
        ([(0, "1"), (80, "1"), (-75, "22")], 0),
        ([(0, "1"), (0, "22")], None),
        ([(-80, "22")], None),
        ([(80, "1"), (20, "2")], 0),
        ([(20, "2")], 0),
        ([(80, "1"), (20, "2"), (-80, "22")], 1),
    ],
)
def test_reversals_take_back_what_they_name(history: list[tuple[int, str]], stands: int | None) -> None:
    decisions = [from_remittance(paid, day, status) for day, (paid, status) in enumerate(history)]
    found = standing(None, decisions)
    assert found is (None if stands is None else decisions[stands])


amounts = st.sampled_from([0, 20, 80])


@given(st.lists(st.tuples(amounts, st.sampled_from(["1", "2", "4", "22"])), max_size=6), st.randoms())
def test_the_order_in_which_decisions_come_to_be_known_does_not_matter(
    history: list[tuple[int, str]], dice: object
) -> None:
    decisions = [
        from_remittance(-paid if status == "22" else paid, day, status) for day, (paid, status) in enumerate(history)
    ]
    expected = standing(None, decisions)
    dice.shuffle(decisions)  # type: ignore[attr-defined]
    assert standing(None, decisions) is expected


# Lines


def test_each_decided_line_is_used_once_and_none_is_lost() -> None:
    stated = [Line(1, procedure_code="A", billed_amount=money(5)), Line(2, procedure_code="A", billed_amount=money(5))]
    decided = [Line(n, procedure_code="A", billed_amount=money(5), paid_amount=money(n)) for n in (1, 2, 3)]
    found = overlaid(stated, decided, keep_unknown=True)
    assert [(row.number, row.paid_amount, row.stated) for row in found] == [
        (1, money(1), True),
        (2, money(2), True),
        (3, money(3), False),
    ]
    assert len(overlaid(stated, decided, keep_unknown=False)) == 2


def test_a_line_that_no_file_stated_is_kept_with_its_number() -> None:
    stated = [Line(1, procedure_code="A"), Line(3, procedure_code="B")]
    decided = [Line(n, paid_amount=money(n), stated=False) for n in (1, 2)]
    decided += [Line(3, procedure_code="C", paid_amount=money(3), stated=False)]
    found = overlaid(stated, decided, keep_unknown=False)
    assert [(row.number, row.procedure_code, row.paid_amount, row.stated) for row in found] == [
        (1, "A", money(1), True),
        (3, "B", None, True),
        (2, "", money(2), False),
        (4, "C", money(3), False),
    ]


@pytest.mark.parametrize(
    ("outcome", "of", "expected"),
    [
        (PAID, [(0, ""), (80, "")], [PAID, PAID]),
        (DENIED, [(0, "197"), (0, "")], [DENIED, DENIED]),
        (PARTIAL, [(80, ""), (0, "197")], [PAID, DENIED]),
        (PARTIAL, [(80, ""), (60, "")], [PARTIAL, PARTIAL]),
        (PENDING, [(80, ""), (None, ""), (None, "197")], [PAID, PENDING, DENIED]),
        (PENDING, [(80, "")], [PENDING]),
    ],
)
def test_outcomes_of_lines_come_to_the_claims(
    outcome: str, of: list[tuple[int | None, str]], expected: list[str]
) -> None:
    rows = [
        Line(n, paid_amount=paid if paid is None else money(paid), denial_code=code)
        for n, (paid, code) in enumerate(of)
    ]
    assert line_outcomes(rows, outcome) == expected
