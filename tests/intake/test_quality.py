"""What an upload lacks is counted exactly, costed where a detector asks for it, and scored by parts that add up."""

from datetime import date

import pytest
from intake.writing import MARCH_20, claim, decision, denied, paid, person, remittance, submission, take_in, write

from upstream.accounts.models import Organization
from upstream.intake import report
from upstream.intake.models import Upload
from upstream.intake.quality import FIELD_WEIGHTS, ROWS_WEIGHT, Quality, quality_of
from upstream.intake.records import Problem


def found(upload: Upload) -> Quality:
    quality = quality_of(upload)
    assert quality is not None
    return quality


def told(upload: Upload, field: str) -> list[int]:
    return upload.report["fields"][field]


def test_points_come_to_a_hundred() -> None:
    assert ROWS_WEIGHT + sum(FIELD_WEIGHTS.values()) == 100


def test_what_claims_lack_is_counted_among_those_it_is_asked_of(organization: Organization) -> None:
    upload = write(
        organization,
        [
            claim("C1", location="East", patient=person()),
            paid("C2", paid_date=None, allowed_amount=None),
            denied("C3", denial_code=""),
            denied("C4", service_date=date(2026, 2, 27)),
            Problem(9, "payer", "missing", "Empty.", "row"),
        ],
    )
    assert upload.report["outcomes"] == {"PENDING": 1, "PAID": 1, "DENIED": 2}
    assert (told(upload, "location"), told(upload, "patient")) == ([3, 4], [3, 4])
    assert (told(upload, "denial_code"), told(upload, "decided_date")) == ([1, 2], [0, 3])
    assert (told(upload, "paid_date"), told(upload, "allowed_amount")) == ([1, 1], [1, 1])
    assert upload.report["payers"] == {"Aster Health": 4}
    assert upload.report["reasons"] == {"payer missing": 1}
    assert upload.report["days"] == {
        "service": ["2026-02-27", "2026-03-01"],
        "submitted": ["2026-03-02", "2026-03-02"],
        "decided": ["2026-03-20", "2026-03-20"],
    }


def test_a_cost_is_told_with_the_figures_of_the_file(organization: Organization) -> None:
    quality = found(write(organization, [denied("C1", denial_code=""), denied("C2", location="East")]))
    costs = {lack.field: (lack.lacking, lack.of, lack.cost) for lack in quality.lacks}
    lacking, of, cost = costs["denial_code"]
    assert (lacking, of) == (1, 2)
    assert "Other reason" in cost
    assert costs["patient"] == (2, 2, "")
    sentences = {part.key: part.sentence for part in quality.parts}
    assert sentences["denial_code"].startswith("1 of 2 denied or partly paid claims tell no denial reason: ")


def test_the_score_is_the_sum_of_its_parts(organization: Organization) -> None:
    upload = write(organization, [denied("C1", denial_code=""), denied("C2", location="East")])
    # Rows 30, reason half of 20, both days 30, amount 5, number 5, location half of 5; no payment day is asked for.
    assert found(upload).score == int(100 * (30 + 10 + 30 + 5 + 5 + 2.5) / 95)


def test_only_a_file_that_lacks_nothing_scores_a_hundred(organization: Organization) -> None:
    whole = [denied(f"C{n}", location="East") for n in range(999)]
    assert found(write(organization, whole)).score == 100
    assert found(write(organization, [*whole, denied("D", location="")])).score == 99


def test_rows_set_aside_cost_points(organization: Organization) -> None:
    problems = [Problem(n, "payer", "missing", "Empty.", "row") for n in range(3)]
    rows = found(write(organization, [paid("C1"), *problems])).parts[0]
    assert (rows.key, rows.share) == ("rows", 0.25)
    assert rows.sentence.startswith("3 of 4 rows were set aside")


def test_a_submission_is_not_asked_for_decisions(organization: Organization) -> None:
    upload = write(organization, [submission("C1")])
    assert upload.report["outcomes"] == {"": 1}
    assert not {"denial_code", "decided_date", "paid_date"} & set(upload.report["fields"])
    assert told(upload, "line_control_number") == [1, 1]


def test_a_remittance_lacks_submission_days_only_of_claims_no_file_has_told(organization: Organization) -> None:
    write(organization, [submission("C1")])
    upload = write(organization, remittance(decision("C1"), decision("C2", 0, status="4")))
    assert told(upload, "submitted_date") == [1, 2]
    assert upload.report["outcomes"] == {"PAID": 1, "DENIED": 1}
    assert "location" not in upload.report["fields"]
    assert upload.report["days"]["decided"] == [MARCH_20.isoformat()] * 2
    assert any("payment delay" in lack.cost for lack in found(upload).lacks if lack.field == "submitted_date")


def test_decisions_known_already_are_not_counted_again(organization: Organization) -> None:
    write(organization, remittance(decision("C1")))
    again = write(organization, remittance(decision("C1"), decision("C2")))
    assert (again.claims_unchanged, again.report["outcomes"]) == (1, {"PAID": 1})


def test_the_report_stays_bounded(organization: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "MOST_PAYERS", 3)
    claims = [claim(f"C{n}", payer_name=f"Payer {n % 5}") for n in range(20)]
    upload = write(organization, claims, batch_records=6)
    assert upload.report["payers"] == {"Payer 0": 4, "Payer 1": 4, "Payer 2": 4, "": 8}


def test_what_tells_of_no_claims_has_no_score(organization: Organization) -> None:
    assert quality_of(write(organization, [])) is None


def test_a_table_that_was_taken_in_tells_its_quality(organization: Organization, graphql, owner) -> None:
    header = "claim_id,payer,procedure_code,submitted_date,decided_date,outcome,billed_amount\n"
    rows = "C1,Aster Health,99213,2026-03-02,2026-03-20,denied,100\nC2,,99213,2026-03-02,,pending,100\n"
    upload = take_in(organization, (header + rows).encode())
    query = """query($id: ID!) { upload(id: $id) { quality { score lacks { field lacking of }
      reasons { reason rows } outcomes { outcome claims } payers { name claims } spans { days first last } } } }"""
    quality = graphql(owner)(query, {"id": str(upload.pk)})["data"]["upload"]["quality"]
    assert quality["reasons"] == [{"reason": "payer missing", "rows": 1}]
    assert quality["payers"] == [{"name": "Aster Health", "claims": 1}]
    assert {"field": "denial_code", "lacking": 1, "of": 1} in quality["lacks"]
    assert {"days": "decided", "first": "2026-03-20", "last": "2026-03-20"} in quality["spans"]
    assert quality["score"] < 70
