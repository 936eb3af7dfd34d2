"""Claims of CSVs and 837s as rows: known again, superseded, never counted twice."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal

import pytest
from django.test.utils import CaptureQueriesContext
from intake.writing import (
    APRIL_10,
    MARCH_2,
    MARCH_20,
    claim,
    counts,
    denied,
    line,
    money,
    paid,
    person,
    picture,
    reason,
    submission,
    the_claim,
    write,
)

from upstream.accounts.models import Organization
from upstream.claims.models import Claim, ClaimDecision, Payer, RollupDay
from upstream.intake.models import RowError
from upstream.intake.records import Finding, Problem
from upstream.intake.writer import writer

Counting = Callable[[], AbstractContextManager[CaptureQueriesContext]]


def test_a_claim_is_written_with_everything_the_file_says(organization: Organization) -> None:
    record = denied(
        "A-17",
        payer_identifier="AST01",
        location="North",
        plan="Gold",
        contract="2026",
        authorization_number="AUTH9",
        provider_npi="1234567893",
        diagnosis_codes=["E119", "I10"],
        remark_codes=["N30"],
        allowed_amount=money(0),
        patient=person(birth_date=date(1980, 5, 4), reference="P7"),
        lines=[
            line(1, "J1100", 100, modifiers=("25", "59"), units=Decimal(2), denial_code="197", remark_codes=["N30"])
        ],
    )
    record.lines[0].adjustments.append(reason("CO-197", 100))
    upload = write(organization, [record])

    stored = the_claim(organization, "A-17")
    assert (stored.claim_key, stored.outcome, stored.denial_code) == ("A-17", "DENIED", "197")
    assert (stored.denial_category, stored.decided_date, stored.paid_date) == ("authorization", MARCH_20, None)
    assert (stored.payer.name, stored.service_group.name, stored.procedure_code) == ("Aster Health", "Drugs", "J1100")
    assert (stored.location, stored.plan, stored.contract) == ("North", "Gold", "2026")
    assert (stored.authorization_number, stored.provider_npi) == ("AUTH9", "1234567893")
    assert (stored.diagnosis_codes, stored.remark_codes, stored.upload_id) == ("E119 I10", "N30", upload.pk)
    assert stored.patient is not None
    assert (stored.patient.name, stored.patient.birth_date) == ("Fern, Iris", date(1980, 5, 4))
    assert (stored.patient.member_number, stored.patient.reference) == ("M1", "P7")
    stored_line = stored.lines.get()
    assert (stored_line.modifiers, stored_line.units, stored_line.stated) == ("25 59", Decimal("2.000"), True)
    assert [(a.group_code, a.reason_code, a.amount) for a in stored_line.adjustments.all()] == [
        ("CO", "197", money(100))
    ]
    assert list(stored.payer.aliases.values_list("alias", flat=True)) == ["AST01"]


def test_uploads_count_what_the_file_says(organization: Organization) -> None:
    records = [
        paid("C1", lines=[line(1, billed=60), line(2, billed=40)], rows=2),
        denied("C2"),
        Problem(7, "payer", "missing", "Column “payer” is empty.", "x,y"),
        Finding(1, "info", "unused_columns", "Columns that were not read: x."),
    ]
    upload = write(organization, records)
    assert counts(upload) == (2, 0, 0)
    assert (upload.rows_read, upload.lines_read, upload.rows_quarantined) == (4, 3, 1)
    assert (upload.billed_total, upload.paid_total) == (money(200), money(80))
    assert (upload.records_committed, [finding["code"] for finding in upload.findings]) == (4, ["unused_columns"])
    error = RowError.objects.for_organization(organization).get()
    assert (error.line_number, error.code, error.raw) == (7, "missing", "x,y")


def test_the_same_claims_again_change_nothing(organization: Organization) -> None:
    records = [paid("C1", patient=person()), denied("C2"), claim("C3")]
    write(organization, records)
    before = picture(organization)
    again = write(organization, records)
    assert counts(again) == (0, 0, 3)
    assert picture(organization) == before
    assert (again.billed_total, again.paid_total) == (money(300), money(80))


def test_a_row_that_stands_twice_in_a_file_is_counted_once(organization: Organization) -> None:
    assert counts(write(organization, [paid(), paid(position=3)])) == (1, 0, 1)


def test_a_later_version_supersedes_the_earlier_one(organization: Organization) -> None:
    write(organization, [claim("C1", plan="Silver")])
    upload = write(organization, [paid("C1", billed_amount=money(120), lines=[line(code="99214", billed=120)])])
    assert counts(upload) == (0, 1, 0)
    stored = the_claim(organization)
    assert (stored.outcome, stored.paid_amount, stored.billed_amount) == ("PAID", money(80), money(120))
    assert [row.procedure_code for row in stored.lines.all()] == ["99214"]
    # What the later row leaves blank stays.
    assert (stored.plan, stored.upload_id) == ("Silver", upload.pk)
    first, last = RollupDay.objects.for_organization(organization).order_by("day")
    assert (first.day, first.submitted, first.submitted_cents) == (MARCH_2, 1, 12_000)
    assert (last.day, last.decided, last.denied, last.paid_cents) == (MARCH_20, 1, 0, 8_000)


def test_control_numbers_are_known_again_whatever_their_case_and_spacing(organization: Organization) -> None:
    upload = write(organization, [paid("ab 1"), paid(" AB  1 ", position=3)])
    assert Claim.objects.for_organization(organization).count() == 1
    assert upload.claims_created == 1


def test_a_pending_row_never_erases_a_decision(organization: Organization) -> None:
    write(organization, [paid("C1")])
    before = picture(organization)
    upload = write(organization, [claim("C1", position=4)])
    assert counts(upload) == (0, 0, 1)
    assert picture(organization) == before
    assert [(finding["position"], finding["code"]) for finding in upload.findings] == [(4, "decision_kept")]


def test_facts_of_a_pending_row_are_taken_without_its_silence_on_the_decision(organization: Organization) -> None:
    write(organization, [paid("C1")])
    upload = write(organization, [claim("C1", location="South")])
    assert counts(upload) == (0, 1, 0)
    stored = the_claim(organization)
    assert (stored.location, stored.outcome, stored.paid_amount) == ("South", "PAID", money(80))
    assert stored.lines.get().procedure_code == "99213"


def test_a_denial_that_was_overturned_shows_the_payment(organization: Organization) -> None:
    write(organization, [denied("C1")])
    write(organization, [paid("C1", decided_date=APRIL_10, paid_date=APRIL_10)])
    stored = the_claim(organization)
    assert (stored.outcome, stored.denial_code, stored.denial_category) == ("PAID", "", "")
    assert stored.decided_date == APRIL_10


def test_an_837_changes_no_decision_and_brings_its_lines(organization: Organization) -> None:
    write(organization, [denied("C1", location="North")])
    record = submission("C1", lines=[line(1, "99213", 60), line(2, "85025", 40)], diagnosis_codes=["E119"])
    upload = write(organization, [record])
    assert counts(upload) == (0, 1, 0)
    stored = the_claim(organization)
    assert (stored.outcome, stored.denial_code, stored.location) == ("DENIED", "197", "North")
    assert [row.procedure_code for row in stored.lines.order_by("number")] == ["99213", "85025"]
    assert stored.diagnosis_codes == "E119"


def test_an_interim_bill_in_place_of_an_earlier_one_is_told(organization: Organization) -> None:
    write(organization, [submission(frequency_code="2")])
    replacing = write(organization, [submission(frequency_code="7", billed_amount=money(90), lines=[line(billed=90)])])
    assert replacing.findings == []
    upload = write(organization, [submission(frequency_code="3", billed_amount=money(60), lines=[line(billed=60)])])
    assert [(finding["code"], finding["position"]) for finding in upload.findings] == [("interim_bill", 2)]
    assert "CLM05-3 is 3" in upload.findings[0]["message"]


def test_a_claim_of_an_837_waits_for_its_decision(organization: Organization) -> None:
    write(organization, [submission("C1")])
    stored = the_claim(organization)
    assert (stored.outcome, stored.decided_date, stored.paid_amount) == ("PENDING", None, None)


def test_a_claim_that_comes_twice_in_a_file_differently_is_told(organization: Organization) -> None:
    upload = write(organization, [paid("C1"), paid("C1", position=9, lines=[line(code="85025")])])
    assert counts(upload) == (1, 1, 0)
    assert [(finding["position"], finding["code"]) for finding in upload.findings] == [(9, "claim_repeated")]


def test_how_a_file_is_cut_into_batches_changes_nothing(
    organization: Organization, other_organization: Organization
) -> None:
    records = [
        paid("C1"), claim("C2"), denied("C1", decided_date=APRIL_10), claim("C3", patient=person()), claim("C2"),
        paid("C3", patient=person()), Problem(9, "", "cell_count", "The row has 3 cells.", "a"), claim(""), claim(""),
    ]  # fmt: skip
    whole = write(organization, records)
    pieces = write(other_organization, records, batch_records=1)
    assert counts(whole) == counts(pieces)
    assert picture(organization) == picture(other_organization)


# Claims without a control number


def test_a_row_without_a_number_is_known_again_by_its_content(organization: Organization) -> None:
    first = claim("", patient=person())
    write(organization, [first])
    upload = write(organization, [paid("", patient=person())])
    assert counts(upload) == (0, 1, 0)
    stored = Claim.objects.for_organization(organization).get()
    assert (stored.outcome, stored.control_number) == ("PAID", "")


def test_an_identical_row_of_a_known_person_is_a_duplicate(organization: Organization) -> None:
    upload = write(organization, [paid("", patient=person()), paid("", position=3, patient=person())])
    assert counts(upload) == (1, 0, 1)


@pytest.mark.parametrize(
    "other",
    [
        {"patient": person("Moss, Teal", "M2")},
        {"service_date": date(2026, 2, 20), "patient": person()},
        {"submitted_date": date(2026, 3, 5), "patient": person()},
        {"billed_amount": money(99), "patient": person()},
        {"payer_name": "Birch Mutual", "patient": person()},
        {"lines": [line(code="99214")], "patient": person()},
    ],
    ids=["person", "service", "submission", "amount", "payer", "procedure"],
)
def test_rows_without_a_number_differ_by_who_what_when_and_how_much(
    organization: Organization, other: dict[str, object]
) -> None:
    upload = write(organization, [claim("", patient=person()), claim("", **other)])
    assert counts(upload) == (2, 0, 0)


def test_rows_that_name_neither_claim_nor_person_are_each_a_claim(organization: Organization) -> None:
    records = [paid(""), paid("", position=3), denied("", position=4)]
    upload = write(organization, records)
    assert counts(upload) == (3, 0, 0)
    assert [finding["code"] for finding in upload.findings] == ["anonymous_rows"]
    assert counts(write(organization, records)) == (0, 0, 3)
    # A later export knows how the third was decided in the end.
    later = [*records[:2], paid("", position=4)]
    assert counts(write(organization, later)) == (0, 1, 2)
    assert Claim.objects.for_organization(organization).filter(outcome="PAID").count() == 3


# Rows that are lines


def numbered(number: int, outcome: str, **values: object) -> object:
    made = {"pending": claim, "paid": paid, "denied": denied}[outcome]
    amounts = {"paid_amount": money(80)} if outcome == "paid" else {}
    code = {"denial_code": "197"} if outcome == "denied" else {}
    return made("C1", lines=[line(number, f"9921{number}", 100, **amounts, **code)], line_keyed=True, **values)


def test_lines_of_a_claim_are_put_together_over_rows_that_stand_apart(organization: Organization) -> None:
    upload = write(organization, [numbered(2, "paid"), claim("C9"), numbered(1, "denied", position=4)])
    assert counts(upload) == (2, 1, 0)
    stored = the_claim(organization)
    assert (stored.outcome, stored.billed_amount, stored.paid_amount) == ("PARTIAL", money(200), money(80))
    assert (stored.denial_code, stored.procedure_code) == ("197", "99211")
    assert [(row.number, row.outcome) for row in stored.lines.order_by("number")] == [(1, "DENIED"), (2, "PAID")]


def test_a_line_told_again_replaces_only_that_line(organization: Organization) -> None:
    write(organization, [numbered(1, "pending"), numbered(2, "paid", position=3)])
    assert the_claim(organization).outcome == "PENDING"
    upload = write(organization, [numbered(1, "paid", decided_date=APRIL_10, paid_date=APRIL_10)])
    assert counts(upload) == (0, 1, 0)
    stored = the_claim(organization)
    assert (stored.outcome, stored.paid_amount, stored.decided_date) == ("PAID", money(160), APRIL_10)


def test_a_pending_line_keeps_the_decision_it_had(organization: Organization) -> None:
    records = [numbered(1, "paid"), numbered(2, "denied", position=3)]
    write(organization, records)
    before = picture(organization)
    upload = write(organization, [numbered(2, "pending")])
    assert counts(upload) == (0, 0, 1)
    assert picture(organization) == before


def test_decided_lines_keep_their_days_while_another_is_pending(organization: Organization) -> None:
    write(organization, [numbered(1, "paid"), numbered(2, "denied", decided_date=APRIL_10), numbered(3, "pending")])
    pending = the_claim(organization)
    assert (pending.outcome, pending.decided_date) == ("PENDING", None)
    days = [(row.decided_date, row.paid_date) for row in pending.lines.order_by("number")]
    assert days == [(MARCH_20, MARCH_20), (APRIL_10, None), (None, None)]
    write(organization, [numbered(3, "paid")])
    decided = the_claim(organization)
    assert (decided.outcome, decided.decided_date, decided.paid_date) == ("PARTIAL", APRIL_10, MARCH_20)


def test_the_order_of_lines_does_not_matter(organization: Organization, other_organization: Organization) -> None:
    rows = [numbered(1, "paid"), numbered(2, "denied"), numbered(3, "pending")]
    write(organization, rows)
    write(other_organization, rows[::-1])
    assert picture(organization) == picture(other_organization)


# Bounds


def test_organizations_do_not_touch_each_other(organization: Organization, other_organization: Organization) -> None:
    write(organization, [paid("C1", patient=person())])
    before = picture(organization)
    assert counts(write(other_organization, [denied("C1", patient=person())])) == (1, 0, 0)
    assert picture(organization) == before
    assert Payer.objects.for_organization(other_organization).count() == 1


def test_the_number_of_queries_does_not_grow_with_the_claims(
    organization: Organization, count_queries: Counting
) -> None:
    def batch(first: int, size: int) -> list[object]:
        return [paid(f"Q{first + n}", patient=person(member_number=f"M{first + n}")) for n in range(size)]

    def changed(first: int, size: int) -> list[object]:
        return [denied(f"Q{first + n}", decided_date=APRIL_10, location="East") for n in range(size)]

    write(organization, batch(0, 5))
    write(organization, changed(0, 3))
    few, many = [], []
    for made in (batch(100, 10), batch(100, 10), changed(100, 10)):
        with count_queries() as queries:
            write(organization, made)
        few.append(len(queries))
    for made in (batch(1000, 300), batch(1000, 300), changed(1000, 300)):
        with count_queries() as queries:
            write(organization, made)
        many.append(len(queries))
    assert many == few
    assert max(few) <= 70


def test_findings_are_kept_to_a_readable_number(organization: Organization) -> None:
    findings = [Finding(n, "warning", f"code{n % 7}", "Something.") for n in range(2_000)]
    upload = write(organization, findings, batch_records=150)
    assert len(upload.findings) == writer.MOST_FINDINGS
    assert max(sum(f["code"] == f"code{n}" for f in upload.findings) for n in range(7)) <= 100


def test_codes_beyond_the_columns_width_are_left_out_whole(organization: Organization) -> None:
    codes = [f"REMARK{n:04d}" for n in range(20)]
    write(organization, [denied("C1", remark_codes=codes)])
    stored = the_claim(organization).remark_codes
    assert len(stored) <= 200
    assert stored.split() == codes[: len(stored.split())]
    assert not ClaimDecision.objects.for_organization(organization).exists()


def test_dates_of_submission_and_decision_place_the_claim_in_the_rollup(organization: Organization) -> None:
    write(organization, [paid("C1"), claim("C2")])
    rows = RollupDay.objects.for_organization(organization).order_by("day")
    assert [(row.day, row.submitted, row.waiting, row.decided) for row in rows] == [
        (MARCH_2, 2, 2, 0), (MARCH_20, 0, 0, 1),
    ]  # fmt: skip
