"""Remittances as rows: decisions of claims, whichever file comes first, however often, and taken back."""

from datetime import date
from decimal import Decimal

import pytest
from intake.writing import (
    APRIL_10,
    MARCH_2,
    MARCH_20,
    claim,
    counts,
    decision,
    denied,
    line,
    money,
    paid,
    person,
    picture,
    reason,
    remittance,
    submission,
    the_claim,
    write,
)

from upstream.accounts.models import Organization
from upstream.claims.models import Adjustment, Claim, ClaimDecision, Patient, Payer, Remittance, RollupDay, RollupSlice
from upstream.intake.models import RowError
from upstream.intake.records import DecisionRecord, LineRecord, ProviderAdjustmentRecord, RemittanceEnd

MAY_4 = date(2026, 5, 4)


def two_lines() -> list[LineRecord]:
    """What an 835 says of a claim of two lines, the second one refused."""
    return [
        line(
            1, "99213", 100, paid_amount=money(70), allowed_amount=money(90), control_number="L1",
            adjustments=[reason("CO-45", 10), reason("PR-2", 20)], modifiers=("25",), units=Decimal(1),
        ),
        line(
            2, "85025", 50, paid_amount=money(0), control_number="L2", adjustments=[reason("CO-97", 50)],
            remark_codes=["M15"],
        ),
    ]  # fmt: skip


def the_837() -> list[object]:
    lines = [
        line(1, "99213", 100, modifiers=("25",), units=Decimal(1), control_number="L1", service_date=MARCH_2),
        line(2, "85025", 50, control_number="L2", service_date=MARCH_2),
    ]
    return [
        submission(billed_amount=money(150), lines=lines, patient=person(birth_date=date(1980, 5, 4)), location="North")
    ]


def the_835(**values: object) -> list[object]:
    made = decision(
        paid_amount=70, billed=150, lines=two_lines(), patient_responsibility=money(20), payer_claim_number="ICN1",
        received_date=date(2026, 3, 4), service_date=MARCH_2, patient=person(), provider_npi="1234567893",
        remark_codes=["MA01"], **values,
    )  # fmt: skip
    return remittance(made)


def test_a_decision_is_put_on_the_claim_that_waits_for_it(organization: Organization) -> None:
    write(organization, the_837())
    upload = write(organization, the_835())
    assert counts(upload) == (0, 1, 0)
    assert (upload.rows_read, upload.lines_read) == (1, 2)
    assert (upload.billed_total, upload.paid_total) == (money(150), money(70))

    stored = the_claim(organization)
    assert (stored.outcome, stored.paid_amount, stored.allowed_amount) == ("PARTIAL", money(70), money(90))
    assert (stored.decided_date, stored.paid_date, stored.submitted_date) == (MARCH_20, MARCH_20, MARCH_2)
    assert (stored.denial_code, stored.denial_category, stored.remark_codes) == ("97", "coding", "MA01")
    assert (stored.payer_claim_number, stored.location, stored.upload_id) == ("ICN1", "North", upload.pk)
    first, second = stored.lines.order_by("number")
    assert (first.paid_amount, first.allowed_amount, first.denial_code, first.modifiers) == (
        money(70),
        money(90),
        "",
        "25",
    )
    assert (second.paid_amount, second.denial_code, second.remark_codes) == (money(0), "97", "M15")
    assert sorted(first.adjustments.values_list("group_code", "reason_code", "amount")) == [
        ("CO", "45", money(10)),
        ("PR", "2", money(20)),
    ]
    kept = ClaimDecision.objects.for_organization(organization).get()
    assert (kept.status_code, kept.outcome, kept.patient_responsibility) == ("1", "PARTIAL", money(20))
    row = Remittance.objects.for_organization(organization).get()
    assert (row.trace_number, row.payment_amount, row.claims_paid_total) == ("T1", money(70), money(70))
    assert (row.payment_date, row.payment_method, row.balanced, row.upload_id) == (MARCH_20, "ACH", True, upload.pk)


def test_a_claim_unknown_so_far_is_made_from_its_remittance(organization: Organization) -> None:
    upload = write(organization, the_835())
    assert counts(upload) == (1, 0, 0)
    stored = the_claim(organization)
    assert (stored.outcome, stored.submitted_date, stored.service_date) == ("PARTIAL", date(2026, 3, 4), MARCH_2)
    assert (stored.billed_amount, stored.payer.name, stored.provider_npi) == (money(150), "Aster Health", "1234567893")
    assert stored.fingerprint == ""
    assert [(row.number, row.stated) for row in stored.lines.order_by("number")] == [(1, False), (2, False)]
    assert stored.patient is not None
    assert stored.patient.name == "Fern, Iris"


def test_which_of_submission_and_remittance_comes_first_makes_no_difference(
    organization: Organization, other_organization: Organization
) -> None:
    write(organization, the_837())
    write(organization, the_835())
    write(other_organization, the_835())
    filled_in = write(other_organization, the_837())
    assert counts(filled_in) == (0, 1, 0)
    assert picture(organization) == picture(other_organization)
    assert Patient.objects.for_organization(organization).count() == 1
    assert Patient.objects.for_organization(other_organization).count() == 1


@pytest.mark.parametrize("stated", [claim, paid, denied], ids=["pending", "paid", "denied"])
def test_neither_does_it_for_a_csv(
    organization: Organization, other_organization: Organization, stated: object
) -> None:
    csv, era = [stated("C1", location="East")], remittance(decision(), on=APRIL_10)
    write(organization, csv)
    write(organization, era)
    write(other_organization, era)
    write(other_organization, csv)
    assert picture(organization) == picture(other_organization)
    assert the_claim(organization).decided_date == APRIL_10


def test_a_claim_without_a_day_of_submission_stands_in_the_rollup_as_submitted_when_decided(
    organization: Organization,
) -> None:
    write(organization, remittance(decision()))
    assert the_claim(organization).submitted_date is None
    row = RollupDay.objects.for_organization(organization).get()
    assert (row.day, row.submitted, row.decided, row.waiting) == (MARCH_20, 1, 1, 0)


def test_the_same_remittance_again_changes_nothing(organization: Organization) -> None:
    era = remittance(
        decision("C1"), decision("C2", 0, lines=[line(adjustments=[reason("CO-50", 100)])]), decision("C1", 5)
    )
    write(organization, era)
    before = picture(organization)
    again = write(organization, era)
    assert counts(again) == (0, 0, 3)
    assert picture(organization) == before
    assert Remittance.objects.for_organization(organization).count() == 1
    assert ClaimDecision.objects.for_organization(organization).count() == 3


def test_decisions_that_say_the_very_same_are_each_kept(organization: Organization) -> None:
    era = remittance(decision("C1", 10), decision("C1", 10))
    upload = write(organization, era)
    assert counts(upload) == (1, 1, 0)
    assert counts(write(organization, era)) == (0, 0, 2)
    assert ClaimDecision.objects.for_organization(organization).count() == 2


def test_remittances_differ_by_payer_trace_number_and_day(organization: Organization) -> None:
    same = decision("C1")
    for era in (
        remittance(same),
        remittance(same, trace="T2"),
        remittance(same, on=APRIL_10),
        remittance(same, payer="Birch Mutual"),
    ):
        assert write(organization, era).claims_unchanged == 0
    assert Remittance.objects.for_organization(organization).count() == 4


def test_a_remittance_cut_off_in_its_middle_is_completed_later(organization: Organization) -> None:
    era = remittance(decision("C1"), decision("C2"), decision("C3"))
    write(organization, era[:2])
    upload = write(organization, era)
    assert counts(upload) == (2, 0, 1)
    row = Remittance.objects.for_organization(organization).get()
    assert (row.claims_paid_total, row.balanced) == (money(240), True)


def test_a_remittance_may_reach_over_batches(organization: Organization, other_organization: Organization) -> None:
    era = [*remittance(*(decision(f"C{n}") for n in range(7))), *remittance(decision("C8"), trace="T2")]
    whole = write(organization, era)
    pieces = write(other_organization, era, batch_records=2)
    assert counts(whole) == counts(pieces) == (8, 0, 0)
    assert picture(organization) == picture(other_organization)
    totals = Remittance.objects.for_organization(other_organization).order_by("trace_number")
    assert [row.claims_paid_total for row in totals] == [money(560), money(80)]


def test_provider_adjustments_and_balance_are_kept(organization: Organization) -> None:
    header, made, _ = remittance(decision())
    end = RemittanceEnd(9, 1, money(80), [ProviderAdjustmentRecord("WO", "C0", money(30))], False)
    write(organization, [header, made, end])
    row = Remittance.objects.for_organization(organization).get()
    assert (row.provider_adjustments, row.balanced) == ([["WO", "C0", "30.00"]], False)


def test_decisions_without_a_day_go_to_quarantine(organization: Organization) -> None:
    upload = write(organization, [*remittance(decision(position=12), on=None), *remittance(decision("C2"), trace="T2")])
    assert counts(upload) == (1, 0, 0)
    assert (upload.rows_quarantined, upload.rows_read, upload.paid_total) == (1, 2, money(80))
    error = RowError.objects.for_organization(organization).get()
    assert (error.line_number, error.field, error.code) == (12, "BPR16", "payment_date")


# Several decisions on one claim


def test_a_claim_shows_its_latest_decision(organization: Organization) -> None:
    refused = decision("C1", 0, lines=[line(paid_amount=money(0), adjustments=[reason("CO-197", 100)])])
    write(organization, remittance(refused))
    assert the_claim(organization).outcome == "DENIED"
    upload = write(organization, remittance(decision("C1", 80), trace="T2", on=APRIL_10))
    assert counts(upload) == (0, 1, 0)
    stored = the_claim(organization)
    assert (stored.outcome, stored.paid_amount, stored.denial_code, stored.decided_date) == (
        "PAID",
        money(80),
        "",
        APRIL_10,
    )
    assert ClaimDecision.objects.for_organization(organization).count() == 2
    assert [a.reason_code for a in Adjustment.objects.for_organization(organization)] == ["45"]


def test_remittances_may_come_in_any_order(organization: Organization, other_organization: Organization) -> None:
    refused = decision("C1", 0, lines=[line(paid_amount=money(0), adjustments=[reason("CO-197", 100)])])
    eras = [remittance(refused), remittance(decision("C1", 80), trace="T2", on=APRIL_10)]
    for era in eras:
        write(organization, era)
    for era in eras[::-1]:
        write(other_organization, era)
    assert picture(organization) == picture(other_organization)


def test_within_a_remittance_the_later_decision_counts(organization: Organization) -> None:
    write(organization, remittance(decision("C1", 30), decision("C1", 60)))
    assert the_claim(organization).paid_amount == money(60)


def test_a_second_payers_decision_does_not_cover_the_first_payers(organization: Organization) -> None:
    refused = decision("C1", 0, lines=[line(paid_amount=money(0), adjustments=[reason("CO-197", 100)])])
    write(organization, remittance(refused))
    write(organization, remittance(decision("C1", 20, status="2"), trace="S1", on=APRIL_10, payer="Birch Mutual"))
    stored = the_claim(organization)
    assert (stored.outcome, stored.payer.name) == ("DENIED", "Aster Health")


# Reversals


def reversal(amount: object, control_number: str = "C1") -> DecisionRecord:
    return decision(control_number, -money(amount), status="22", billed=-100, lines=[])


def test_a_reversal_takes_the_payment_back(organization: Organization) -> None:
    write(organization, the_837())
    before = picture(organization)["C1"]
    write(organization, remittance(decision("C1", 80)))
    upload = write(organization, remittance(reversal(80), trace="T2", on=APRIL_10))
    assert counts(upload) == (0, 1, 0)
    after = picture(organization)["C1"]
    assert len(after.pop("decisions")) == 2
    assert before.pop("decisions") == []
    assert after == before
    of_group = RollupSlice.objects.for_organization(organization).get(service_group__isnull=False)
    assert of_group.pending == 1
    rows = RollupDay.objects.for_organization(organization).filter(slice=of_group, day__gt=MARCH_2)
    assert [(row.decided, row.paid_cents, row.takeback_cents) for row in rows] == [(0, 0, 8_000)]
    total = sum(d.paid_amount or 0 for d in ClaimDecision.objects.for_organization(organization))
    assert total == 0


def test_a_correction_stands_in_the_reversed_decisions_place(organization: Organization) -> None:
    write(organization, remittance(decision("C1", 80)))
    write(organization, remittance(reversal(80), decision("C1", 55), trace="T2", on=APRIL_10))
    stored = the_claim(organization)
    assert (stored.outcome, stored.paid_amount, stored.decided_date) == ("PAID", money(55), APRIL_10)


def test_a_correction_may_stand_before_its_reversal(organization: Organization) -> None:
    write(organization, remittance(decision("C1", 80)))
    write(organization, remittance(decision("C1", 55), reversal(80), trace="T2", on=APRIL_10))
    assert the_claim(organization).paid_amount == money(55)


def test_a_reversal_gives_back_the_decision_before(organization: Organization) -> None:
    refused = decision(
        "C1", 0, lines=[line(paid_amount=money(0), adjustments=[reason("CO-197", 100)], remark_codes=["N54"])]
    )
    write(organization, the_837())
    write(organization, remittance(refused))
    before = picture(organization)["C1"]
    write(organization, remittance(decision("C1", 80), trace="T2", on=APRIL_10))
    write(organization, remittance(reversal(80), trace="T3", on=MAY_4))
    after = picture(organization)["C1"]
    assert (len(before.pop("decisions")), len(after.pop("decisions"))) == (1, 3)
    assert after == before


def test_a_reversal_of_what_was_never_seen_leaves_the_claim_pending(organization: Organization) -> None:
    write(organization, remittance(reversal(80)))
    stored = the_claim(organization)
    assert (stored.outcome, stored.paid_amount, stored.billed_amount) == ("PENDING", None, money(100))


def test_a_reversal_gives_back_what_a_csv_had_told(organization: Organization) -> None:
    write(organization, [denied("C1")])
    write(organization, remittance(decision("C1", 80), on=APRIL_10))
    assert the_claim(organization).outcome == "PAID"
    write(organization, remittance(reversal(80), trace="T2", on=MAY_4))
    stored = the_claim(organization)
    assert (stored.outcome, stored.denial_code, stored.decided_date) == ("DENIED", "197", MARCH_20)


def test_a_csv_and_a_remittance_that_say_the_same_are_one_decision(organization: Organization) -> None:
    write(organization, [paid("C1")])
    write(organization, remittance(decision("C1", 80)))
    write(organization, remittance(reversal(80), trace="T2", on=APRIL_10))
    assert the_claim(organization).outcome == "PENDING"


def test_a_later_csv_tells_a_later_decision(organization: Organization) -> None:
    write(organization, remittance(decision("C1", 80)))
    upload = write(organization, [denied("C1", decided_date=APRIL_10)])
    assert counts(upload) == (0, 1, 0)
    assert the_claim(organization).outcome == "DENIED"
    write(organization, [denied("C1", decided_date=date(2026, 3, 10), denial_code="50")])
    assert (the_claim(organization).outcome, the_claim(organization).paid_amount) == ("PAID", money(80))


# Statuses that decide nothing, and claims without a number


@pytest.mark.parametrize("status", ["23", "5"])
def test_a_claim_passed_on_is_known_and_pending(organization: Organization, status: str) -> None:
    write(organization, remittance(decision("C1", 0, status=status)))
    assert the_claim(organization).outcome == "PENDING"


def test_a_price_told_beforehand_is_no_claim(organization: Organization) -> None:
    upload = write(organization, remittance(decision("C1", 0, status="25")))
    assert counts(upload) == (0, 0, 1)
    assert not Claim.objects.for_organization(organization).exists()


def test_decisions_without_the_practices_number_are_told_apart_by_the_payers(organization: Organization) -> None:
    era = remittance(decision("0", payer_claim_number="ICN1"), decision("0", payer_claim_number="ICN2"))
    upload = write(organization, era)
    assert counts(upload) == (2, 0, 0)
    later = remittance(decision("0", 70, payer_claim_number="ICN2"), trace="T2", on=APRIL_10)
    assert counts(write(organization, later)) == (0, 1, 0)


def test_lines_find_each_other_by_number_then_by_procedure(organization: Organization) -> None:
    stated = [line(1, "99213", 60), line(2, "85025", 40), line(3, "99213", 60)]
    write(organization, [submission(billed_amount=money(160), lines=stated)])
    decided = [
        line(1, "85025", 40, paid_amount=money(30)),
        line(2, "99213", 60, paid_amount=money(50), control_number="3"),
        line(3, "99214", 60, paid_amount=money(45), submitted_procedure_code="99213"),
        line(4, "36415", 5, paid_amount=money(5)),
    ]
    write(organization, remittance(decision("C1", 130, billed=160, lines=decided)))
    lines = the_claim(organization).lines.order_by("number")
    assert [(row.number, row.procedure_code, row.paid_amount, row.stated) for row in lines] == [
        (1, "99213", money(45), True),
        (2, "85025", money(30), True),
        (3, "99213", money(50), True),
        (4, "36415", money(5), False),
    ]


def test_a_remittance_makes_its_payer_known_by_identifier(organization: Organization) -> None:
    header, made, end = remittance(decision())
    header.payer_identifier = "60054"
    write(organization, [header, made, end])
    write(organization, [claim("C2", payer_name="60054"), claim("C3", payer_name="ASTER-HEALTH")])
    assert Payer.objects.for_organization(organization).count() == 1
