"""What a FHIR Claim tells becomes a claim as an 837 tells it, with whom and what it refers to found in its file."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from intake.fhir_files import (
    CPT,
    NPI,
    bundle,
    claim,
    claims_of,
    concept,
    coverage,
    dumped,
    item,
    ndjson,
    patient,
    problem_of,
    read,
    record_of,
    usd,
)
from intake.readers import codes_of, of, only

from upstream.intake.records import ClaimRecord, Finding, PatientRecord, Problem, UnreadableFile


def test_a_claim_is_read_whole() -> None:
    record = record_of(
        claim(
            created="2025-01-15T23:30:00-05:00",
            facility={"display": "North office"},
            careTeam=[
                {"sequence": 1, "provider": {"identifier": {"system": NPI, "value": "1234567893"}}},
                {"sequence": 2, "provider": {"reference": "Practitioner/d1"}, "role": concept("rendering")},
            ],
            diagnosis=[
                {"sequence": 1, "diagnosisCodeableConcept": concept("E11.9", "http://hl7.org/fhir/sid/icd-10-cm")},
                {"sequence": 2, "diagnosisCodeableConcept": concept("i10")},
            ],
            insurance=[
                {"focal": False, "coverage": {"reference": "Coverage/other"}, "preAuthRef": ["OTHER"]},
                {"focal": True, "coverage": {"reference": "Coverage/c1"}, "preAuthRef": ["AUTH1"]},
            ],
            item=[item(1, modifier=[concept("25")], quantity={"value": 2}), item(2, "85025", 20.5)],
            total=usd(120.5),
        ),
        patient(),
        coverage(),
        {"resourceType": "Practitioner", "id": "d1", "identifier": [{"system": NPI, "value": "1003000126"}]},
    )
    assert (record.control_number, record.payer_name, record.outcome) == ("C1", "Northwind Health", None)
    assert (record.submitted_date, record.service_date) == (date(2025, 1, 15), date(2025, 1, 2))
    assert (record.billed_amount, record.frequency_code) == (Decimal("120.50"), "1")
    assert (record.provider_npi, record.location, record.plan) == ("1003000126", "North office", "Gold PPO")
    assert (record.authorization_number, record.diagnosis_codes) == ("AUTH1", ["E119", "I10"])
    assert record.patient == PatientRecord("Patient/p1", "Doe, Jane Q", date(1980, 1, 31), "M100")
    lines = [(line.number, line.procedure_code, line.modifiers, line.units) for line in record.lines]
    assert lines == [(1, "99213", ("25",), Decimal("2.000")), (2, "85025", (), None)]
    assert [line.billed_amount for line in record.lines] == [Decimal("100.00"), Decimal("20.50")]


# References


@pytest.mark.parametrize(
    ("reference", "full_url"),
    [
        ("Patient/p1", "http://fhir.test/Patient/p1"),
        ("http://fhir.test/Patient/p1", "http://fhir.test/Patient/p1"),
        ("Patient/p1/_history/3", "http://fhir.test/Patient/p1"),
        ("urn:uuid:0f5c", "urn:uuid:0f5c"),
        ("Patient/p1", ""),
        ("http://fhir.test/Patient/p1", ""),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_reference_is_found_wherever_it_points_in_the_file(reference: str, full_url: str, first: bool) -> None:
    entry = {"resource": patient()} | ({"fullUrl": full_url} if full_url else {})
    entries = [{"resource": claim(patient={"reference": reference})}, entry]
    told = only(ClaimRecord, claims_of(bundle(*(reversed(entries) if first else entries))))
    assert told.patient == PatientRecord("Patient/p1", "Doe, Jane Q", date(1980, 1, 31))


def test_a_reference_to_another_server_is_not_taken_for_one_of_the_file() -> None:
    told = record_of(claim(patient={"reference": "http://other.test/Patient/p1"}), patient())
    assert told.patient == PatientRecord("Patient/p1")


def test_what_is_contained_is_found_and_its_id_means_nothing_outside() -> None:
    contained = [patient("x"), {"resourceType": "Organization", "id": "o", "name": "Aster Health"}]
    told = record_of(claim(contained=contained, patient={"reference": "#x"}, insurer={"reference": "#o"}))
    assert told.patient == PatientRecord("", "Doe, Jane Q", date(1980, 1, 31))
    assert told.payer_name == "Aster Health"


@pytest.mark.parametrize(
    ("reference", "kept"),
    [
        ({"reference": "Patient/p9"}, PatientRecord("Patient/p9")),
        ({"identifier": {"value": "MRN9"}}, PatientRecord("MRN9")),
        ({"reference": "Patient/" + "9" * 64}, PatientRecord("9" * 64)),
        ({"reference": "#x"}, None),
        ({"reference": "urn:uuid:0f5c"}, None),
        (None, None),
    ],
)
def test_of_a_patient_who_is_not_in_the_file_the_reference_is_kept(
    reference: dict[str, Any] | None, kept: PatientRecord | None
) -> None:
    assert record_of(claim(patient=reference), coverage()).patient == kept


@pytest.mark.parametrize(
    ("insurer", "payor", "name", "identifier"),
    [
        ({"reference": "Organization/o"}, None, "Aster Health", "60054"),
        ({"display": "Birch"}, None, "Birch", ""),
        ({"identifier": {"value": "60054"}}, None, "", "60054"),
        ({"reference": "Organization/unknown"}, None, "", "Organization/unknown"),
        (None, {"reference": "Organization/o"}, "Aster Health", "60054"),
        ({"reference": "Organization/unknown"}, {"display": "Birch"}, "Birch", ""),
    ],
)
def test_the_payer_is_the_insurer_or_who_pays_under_the_coverage(
    insurer: dict[str, Any] | None, payor: dict[str, Any] | None, name: str, identifier: str
) -> None:
    told = record_of(
        claim(insurer=insurer),
        coverage(payor=[payor] if payor else []),
        {"resourceType": "Organization", "id": "o", "name": "Aster Health", "identifier": [{"value": "60054"}]},
    )
    assert (told.payer_name, told.payer_identifier) == (name, identifier)


@pytest.mark.parametrize("reference", ["Patient/p1", "urn:uuid:r1"])
def test_who_pays_for_themselves_is_no_payer(reference: str) -> None:
    related = {"fullUrl": "urn:uuid:r1", "resource": patient("r1") | {"resourceType": "RelatedPerson"}}
    data = bundle(
        claim(insurer=None), coverage(payor=[{"reference": reference, "display": "Doe, Jane"}]), patient(), related
    )
    problem = only(Problem, read(data))
    assert (problem.field, problem.code) == ("insurer", "payer")


def test_the_number_of_a_claim_without_an_identifier_is_its_id() -> None:
    assert record_of(claim(identifier=None)).control_number == "id-C1"


def test_a_name_is_the_official_one_however_it_is_written() -> None:
    names = [
        {"use": "nickname", "text": "Janie"},
        {"use": "official", "family": "Doe", "given": ["Jane"], "suffix": ["Jr"]},
    ]
    told = record_of(claim(), patient() | {"name": names})
    assert told.patient is not None and told.patient.name == "Doe, Jane Jr"
    told = record_of(claim(), patient() | {"name": [{"text": "Jane Doe"}]})
    assert told.patient is not None and told.patient.name == "Jane Doe"


def test_more_than_can_be_remembered_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("upstream.intake.fhir.mentions.MOST_OF_A_TYPE", 1)
    records = read(bundle(claim(), patient("p0"), patient("p1"), coverage()))
    assert only(ClaimRecord, records).patient == PatientRecord("Patient/p1")
    assert codes_of(records) == ["references_beyond"]


# Lines and money


@pytest.mark.parametrize(
    ("priced", "billed"),
    [
        ({"net": usd(12.345)}, "12.35"),
        ({"net": None, "unitPrice": usd(10), "quantity": {"value": 3}}, "30.00"),
        ({"net": None, "unitPrice": usd(10), "quantity": {"value": 3}, "factor": 0.5}, "15.00"),
        ({"net": None, "detail": [{"net": usd(1)}, {"subDetail": [{"net": usd(2)}, {"unitPrice": usd(3)}]}]}, "6.00"),
        ({"net": usd(7), "detail": [{"net": usd(1)}]}, "7.00"),
    ],
)
def test_a_line_costs_its_net_or_its_price_or_its_parts(priced: dict[str, Any], billed: str) -> None:
    record = record_of(claim(item=[item(**priced)]))
    assert (record.billed_amount, record.lines[0].billed_amount) == (Decimal(billed), Decimal(billed))


def test_the_preferred_code_of_a_line_is_cpt_hcpcs_or_cdt() -> None:
    codings = [{"system": "urn:own", "code": "own"}, {"system": CPT, "code": "99214"}]
    absent = {"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "not-applicable"}
    lines = record_of(
        claim(
            item=[
                item(1, productOrService={"coding": codings}),
                item(2, productOrService={"coding": codings[:1]}),
                item(3, productOrService={"coding": [absent]}, revenue=concept("450")),
            ]
        )
    ).lines
    assert [line.procedure_code for line in lines] == ["99214", "OWN", "0450"]


def test_lines_are_numbered_by_their_place_where_their_numbers_are_not_unique() -> None:
    record = record_of(claim(item=[item(3), item(3), item(1)]))
    assert [line.number for line in record.lines] == [1, 2, 3]
    assert [line.number for line in record_of(claim(item=[item(3), item(1)])).lines] == [3, 1]


def test_a_total_that_is_not_the_sum_of_its_lines_is_told_and_kept() -> None:
    records = read(dumped(claim(total=usd(90))))
    assert only(ClaimRecord, records).billed_amount == Decimal("90.00")
    assert codes_of(records) == ["claim_total_differs"]


def test_a_claim_without_days_on_its_lines_has_those_of_its_period() -> None:
    lines = [item(servicedDate=None), item(2, servicedDate=None, servicedPeriod={"start": "2025-01-04"})]
    assert record_of(claim(item=lines, billablePeriod={"start": "2025-01-03"})).service_date == date(2025, 1, 4)
    assert record_of(claim(item=lines[:1], billablePeriod={"start": "2025-01-03"})).service_date == date(2025, 1, 3)


@pytest.mark.parametrize(
    "written", ["2025", "2025-01", "2025-02-30", "1889-01-01", "2031-01-01", "today", "2025-01-02T"]
)
def test_what_is_no_day_is_told_and_left_out(written: str) -> None:
    records = read(dumped(claim(item=[item(servicedDate=written)])))
    assert only(ClaimRecord, records).service_date is None
    assert codes_of(records) == ["date"]
    assert written not in only(Finding, records).message


# What is no claim in force


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"use": "preauthorization"}, "preauthorizations"),
        ({"use": "predetermination"}, "preauthorizations"),
        ({"status": "draft"}, "drafts"),
        ({"status": "entered-in-error"}, "in error"),
    ],
)
def test_what_bills_nothing_is_passed_over_and_counted(changes: dict[str, Any], words: str) -> None:
    records = read(bundle(claim(**changes), claim(**changes), claim()))
    assert len(of(ClaimRecord, records)) == 1
    finding = only(Finding, records)
    assert finding.code == "passed_over" and words in finding.message and "(2)" in finding.message


def test_a_cancelled_claim_is_a_void_and_one_that_follows_another_a_replacement() -> None:
    assert record_of(claim(status="cancelled")).frequency_code == "8"
    assert record_of(claim(related=[{"relationship": concept("prior")}])).frequency_code == "7"
    assert record_of(claim(related=[{"relationship": concept("associated")}])).frequency_code == "1"


def test_other_resources_are_told_once_for_each_type() -> None:
    records = read(
        bundle(*[{"resourceType": "PaymentReconciliation"}] * 3, {"resourceType": "Task"}, claim(), patient())
    )
    assert [finding.message for finding in of(Finding, records)] == [
        "Passed over: PaymentReconciliation (3).",
        "Passed over: Task (1).",
    ]


def test_a_file_without_claims_and_answers_is_refused_with_its_remedy() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read(bundle(patient(), coverage()))
    assert refusal.value.code == "nothing_to_read"


# What makes a claim impossible to take


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"created": "2025-01"}, "created", "submitted_date"),
        ({"created": None}, "created", "submitted_date"),
        ({"item": None}, "item", "no_lines"),
        ({"item": {"net": usd(1)}}, "item", "wrong_type"),
        ({"item": ["x"]}, "item", "wrong_type"),
        ({"item": [item(productOrService=None)]}, "productOrService", "procedure_code"),
        ({"item": [item(net={"value": 5, "currency": "EUR"})]}, "net", "currency"),
        ({"item": [item(net={"value": "5"})]}, "net", "amount"),
        ({"item": [item(net={"value": True})]}, "net", "amount"),
        ({"item": [item(net={"value": 10**12})]}, "net", "amount"),
        ({"item": [item(net=usd(-5))]}, "total", "negative_amount"),
        ({"total": usd(-5)}, "total", "negative_amount"),
        ({"insurer": None}, "insurer", "payer"),
        ({"insurer": "Northwind"}, "insurer", "wrong_type"),
        ({"insurer": {"display": "N" * 201}}, "payer_name", "too_long"),
        ({"identifier": [{"value": "9" * 51}]}, "control_number", "too_long"),
        ({"identifier": None, "id": None}, "identifier", "control_number"),
        ({"item": [item(code="9" * 17)]}, "procedure_code", "too_long"),
    ],
)
def test_a_claim_that_cannot_be_taken_says_where_and_why(changes: dict[str, Any], field: str, code: str) -> None:
    problem = problem_of(claim(**changes))
    assert (problem.position, problem.field, problem.code) == (1, field, code)
    assert problem.message.startswith("Resource 1 (Claim) ") and problem.message.endswith(".")
    # What it holds is shown to those who may see patients only.
    assert "Riverside" in problem.raw and "Riverside" not in problem.message


def test_texts_of_claims_lose_what_no_database_keeps() -> None:
    record = record_of(claim(insurer={"display": "North\u0000wind\u0007 \ud800 Gesundheit \u00fc"}))
    assert record.payer_name == "North wind  ? Gesundheit ü"


def test_the_lines_of_ndjson_and_the_entries_of_a_bundle_say_the_same() -> None:
    made = [claim("C1"), patient(), claim("C2"), coverage()]
    by_entry, by_line = claims_of(bundle(*made)), claims_of(ndjson(*made))
    assert [record.position for record in by_entry] == [1, 3]
    assert by_entry == by_line
