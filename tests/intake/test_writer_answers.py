"""A payer's answer decides on a claim and takes nothing away from what was stated of it, in any order of files."""

import json
from datetime import date
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake.fhir_files import (
    bundle,
    claim,
    coverage,
    dumped,
    explanation,
    item,
    ndjson,
    patient,
    refused,
    response,
    told,
)
from intake.readers import CSV_HEADER, claims, remittance, table
from intake.writing import counts, picture, take_in, the_claim

from upstream.accounts import services as accounts
from upstream.accounts.models import Organization
from upstream.claims import rollup
from upstream.claims.models import Claim, Patient, Payer
from upstream.core import worker
from upstream.core.ids import uuid7
from upstream.core.models import Job, JobState
from upstream.intake.models import RowError, Upload
from upstream.intake.writer import store
from upstream.intake.writer.writer import Writer

TWO_LINES = [item(1, "99213", 100), item(2, "85025", 20)]
PARTLY = [
    {"itemSequence": 1, "adjudication": [told("eligible", 85), told("benefit", 80)]},
    {"itemSequence": 2, "adjudication": [told("benefit", 0), told("noncovered", 20, "197")]},
]


def test_a_response_decides_on_the_lines_of_its_claim(organization: Organization) -> None:
    take_in(organization, bundle(claim(item=TWO_LINES), patient(), coverage()))
    upload = take_in(organization, dumped(response(item=PARTLY, insurer={"display": "NWH Claims Dept"})))
    assert counts(upload) == (0, 1, 0)
    shown = the_claim(organization)
    assert (shown.outcome, shown.denial_code, shown.denied_amount) == ("PARTIAL", "197", Decimal(20))
    assert (shown.billed_amount, shown.paid_amount) == (Decimal(120), Decimal(80))
    assert (shown.decided_date, shown.paid_date) == (date(2025, 2, 9), date(2025, 2, 10))
    assert (shown.payer.name, shown.payer_claim_number) == ("Northwind Health", "ICN-C1")
    assert shown.patient is not None and shown.patient.name == "Doe, Jane Q"
    lines = shown.lines.order_by("number").values_list("procedure_code", "billed_amount", "paid_amount", "denial_code")
    assert list(lines) == [("99213", 100, 80, ""), ("85025", 20, 0, "197")]


FILES: dict[str, bytes] = {
    "claim": bundle(claim(item=TWO_LINES), patient(), coverage()),
    "response": dumped(response(item=PARTLY)),
    "explanation": bundle(explanation(created="2025-03-01"), patient(), coverage()),
    "refusal": dumped(refused(created="2025-01-20")),
}


@pytest.mark.parametrize(
    "names", [("claim", "response"), ("claim", "explanation"), ("claim", "refusal"), ("claim", "response", "refusal")]
)
def test_claim_and_answers_come_to_the_same_in_any_order(organization: Organization, names: tuple[str, ...]) -> None:
    pictures = []
    for order in permutations(names):
        home = accounts.create_organization(name="Made", slug=uuid7().hex)
        for name in order:
            take_in(home, FILES[name])
            assert rollup.recompute(home.pk) == []
        pictures.append(picture(home))
    assert all(shown == pictures[0] for shown in pictures)
    take_in(organization, ndjson(*[each["resource"] for name in names for each in entries_of(FILES[name])]))
    assert picture(organization) == pictures[0]


def entries_of(data: bytes) -> list[dict[str, Any]]:
    made = json.loads(data)
    return made["entry"] if made["resourceType"] == "Bundle" else [{"resource": made}]


def test_the_latest_decided_answer_counts_whatever_comes_last(organization: Organization) -> None:
    for name in ("response", "refusal"):
        take_in(organization, FILES[name])
    assert (the_claim(organization).outcome, the_claim(organization).decided_date) == ("PARTIAL", date(2025, 2, 9))
    take_in(organization, dumped(refused(created="2025-04-01")))
    assert (the_claim(organization).outcome, the_claim(organization).decided_date) == ("DENIED", date(2025, 4, 1))
    take_in(organization, dumped(response(outcome="queued", item=None, payment=None, created="2025-05-01")))
    assert the_claim(organization).outcome == "DENIED"


def test_an_answer_that_comes_first_is_a_claim_of_its_own(organization: Organization) -> None:
    take_in(organization, dumped(explanation()))
    shown = the_claim(organization)
    assert (shown.outcome, shown.submitted_date, shown.billed_amount) == ("PAID", None, Decimal(100))
    assert (shown.procedure_code, shown.payer.name) == ("99213", "Northwind Health")


def test_an_answer_meets_a_claim_of_an_837_and_of_a_csv(organization: Organization) -> None:
    row = "CLAIM2,Northwind Health,99213,2025-01-02,2025-01-15,,,pending,100.00,,,"
    for data in (claims(), table(row, header=CSV_HEADER)):
        take_in(organization, data)
    upload = take_in(organization, ndjson(response("CLAIM1"), refused("CLAIM2")))
    assert counts(upload) == (0, 2, 0)
    outcomes = Claim.objects.for_organization(organization).order_by("control_number").values_list("outcome", flat=True)
    assert list(outcomes) == ["PAID", "DENIED"]
    paid = the_claim(organization, "CLAIM1")
    assert (paid.lines.get().control_number, paid.lines.get().paid_amount) == ("L1", Decimal(80))
    assert Payer.objects.for_organization(organization).count() == 1


@pytest.mark.parametrize("first", ["remittance", "answer"])
def test_a_remittance_that_says_the_same_speaks_for_the_answer(organization: Organization, first: str) -> None:
    files = [remittance(), dumped(response("CLAIM1"))]
    for data in files if first == "remittance" else reversed(files):
        take_in(organization, data)
    shown = the_claim(organization, "CLAIM1")
    assert (shown.outcome, shown.paid_amount, shown.payer_claim_number) == ("PAID", Decimal(80), "ICN1")
    assert shown.decided_date == date(2025, 2, 10)
    assert rollup.recompute(organization.pk) == []


@pytest.mark.parametrize("together", [True, False])
def test_the_same_again_changes_nothing(organization: Organization, together: bool) -> None:
    made = [claim(item=TWO_LINES), patient(), coverage(), response(item=PARTLY), refused("C2"), explanation("C3")]
    files = [bundle(*made)] if together else [bundle(*made[:3]), ndjson(*made[3:])]
    for data in files:
        take_in(organization, data)
    before = picture(organization)
    people = Patient.objects.for_organization(organization).count()
    for data in files:
        created, updated, _ = counts(take_in(organization, data + b"\n"))
        assert (created, updated) == (0, 0)
    assert picture(organization) == before
    assert Patient.objects.for_organization(organization).count() == people
    assert rollup.recompute(organization.pk) == []


def test_a_claim_and_its_answer_in_one_file_are_no_repetition(organization: Organization) -> None:
    assert take_in(organization, bundle(claim(), response())).findings == []


# Through the job


def many(count: int) -> bytes:
    """People behind the claims that name them, a broken one, and answers in front of half of the claims."""
    made = [
        each
        for at in range(count)
        for each in (
            (response(f"C{at}"), claim(f"C{at}", patient={"reference": f"Patient/p{at % 7}"})) if at % 2
            else (claim(f"C{at}", item=None if at == 10 else [item()]), refused(f"C{at}"))
        )
    ]  # fmt: skip
    return ndjson(*made, *[patient(f"p{at}", f"Doe{at}") for at in range(7)])


def test_a_job_whose_worker_broke_is_carried_on_by_the_next_attempt(
    organization: Organization, other_organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_in(other_organization, many(30))
    monkeypatch.setattr(Writer.__init__, "__kwdefaults__", {"batch_records": 10})
    save, calls = store.Store.save, []

    def break_in_third(self: store.Store) -> None:
        save(self)
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("The worker died here.")

    monkeypatch.setattr(store.Store, "save", break_in_third)
    upload = take_in(organization, many(30))
    assert upload.job is not None
    assert (upload.job.state, upload.records_committed) == (JobState.QUEUED, 20)
    Job.unscoped.filter(pk=upload.job.pk).update(run_after=upload.job.created_at)
    worker.carry_out(upload.job.pk)
    upload.refresh_from_db()
    upload.job.refresh_from_db()
    assert (upload.job.state, upload.rows_read, upload.rows_quarantined) == (JobState.SUCCEEDED, 60, 1)
    assert RowError.objects.for_organization(organization).get().line_number == 21
    assert picture(organization) == picture(other_organization)
    assert rollup.recompute(organization.pk) == []


def test_what_stands_before_a_bundle_breaks_off_is_kept(organization: Organization) -> None:
    whole = bundle(claim("C1"), claim("C2"), patient())
    upload: Upload = take_in(organization, whole[: whole.index(b"id-C2")])
    assert upload.job is not None
    assert upload.job.state == JobState.FAILED and "cut off in resource 2" in upload.job.error_message
    assert the_claim(organization, "C1").outcome == "PENDING"


# Any answers


days = st.sampled_from(["2025-02-09", "2025-03-01", "2025-03-15"])
answers = st.builds(
    lambda made, number, day, lines: made(number, created=day, item=lines or None),
    st.sampled_from([response, refused]),
    st.sampled_from(["C1", "C2"]),
    days,
    st.lists(st.sampled_from(PARTLY), max_size=2, unique_by=lambda each: each["itemSequence"]),
)
sent = st.builds(
    lambda number, lines: claim(number, item=lines),
    st.sampled_from(["C1", "C2"]),
    st.sampled_from([TWO_LINES, [item()]]),
)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=st.lists(
        answers, max_size=4, unique_by=lambda each: (each["request"]["identifier"]["value"], each["created"])
    ),
    stated=st.lists(sent, min_size=1, max_size=2, unique_by=lambda each: each["id"]),
    order=st.randoms(use_true_random=False),
)
def test_answers_and_claims_come_to_the_same_in_any_order(made: list[Any], stated: list[Any], order: Any) -> None:
    one, other = (accounts.create_organization(name="Made", slug=uuid7().hex) for _ in range(2))
    files = [*stated, *made]
    take_in(one, ndjson(*files))
    shuffled = list(files)
    order.shuffle(shuffled)
    for each in shuffled:
        take_in(other, dumped(each))
        assert rollup.recompute(other.pk) == []
    assert rollup.recompute(one.pk) == []
    named = {each["identifier"][0]["value"] for each in stated}
    shown, as_shown = (
        {key: value for key, value in picture(home).items() if value["control_number"] in named}
        for home in (one, other)
    )
    assert shown == as_shown
