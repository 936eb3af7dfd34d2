"""A 278 answer gives what was authorized, for whom, for how long and how much, service by service."""

from datetime import date
from decimal import Decimal

import pytest
from intake.authorizing import DEPENDENT, PAYER, REQUEST, SERVICE, authorization, read_authorizations
from intake.readers import codes_of, of, only, remittance

from upstream.intake.records import (
    AuthorizationRecord,
    AuthorizedServiceRecord,
    Finding,
    PatientRecord,
    Problem,
    UnreadableFile,
)


def answer(body: str = REQUEST) -> AuthorizationRecord:
    return only(AuthorizationRecord, read_authorizations(authorization(body)))


def test_a_certified_request_is_read_whole_and_without_findings() -> None:
    (found,) = read_authorizations(authorization())
    assert found == AuthorizationRecord(
        12,
        "Northwind Health",
        "NW837",
        PatientRecord("", "DOE, JANE", date(1980, 1, 31), "M100"),
        "AUTH1",
        "A1",
        [],
        "TRACE1",
        date(2025, 1, 10),
        Decimal(12),
        "VS",
        date(2025, 1, 5),
        date(2025, 3, 31),
        [],
    )


def test_services_without_a_number_are_those_of_the_request() -> None:
    refused = "HL*6*4*SS*0~HCR*A3**0V^0X~SV2*0420*HC:97110*50*UN*4~DTP*472*RD8*20250201-20250210~"
    assert answer(REQUEST + SERVICE + refused).services == [
        AuthorizedServiceRecord("99213", "", [], Decimal(6), "VS"),
        AuthorizedServiceRecord(
            "97110", "A3", ["0V", "0X"], Decimal(4), "UN", date(2025, 2, 1), date(2025, 2, 10)
        ),
    ]  # fmt: skip


def test_a_service_with_a_number_of_its_own_is_an_authorization_of_its_own() -> None:
    own = "HL*6*4*SS*0~HCR*A6*AUTH2~SV3*AD:D0120*50****2~"
    first, second = of(AuthorizationRecord, read_authorizations(authorization(REQUEST + SERVICE + own)))
    assert (first.authorization_number, [service.procedure_code for service in first.services]) == ("AUTH1", ["99213"])
    assert (second.authorization_number, second.action_code) == ("AUTH2", "A6")
    assert (second.services[0].procedure_code, second.quantity, second.trace_number) == ("D0120", 2, "TRACE1")
    assert (second.valid_from, second.valid_through) == (date(2025, 1, 5), date(2025, 3, 31))
    assert second.patient == first.patient


def test_where_only_services_are_decided_the_first_gives_the_number() -> None:
    undecided = REQUEST.replace("HCR*A1*AUTH1~", "").replace("HSD*VS*12~", "")
    found = answer(undecided + SERVICE.replace("SV1", "HCR*A2*AUTH9~SV1"))
    assert (found.authorization_number, found.action_code, found.quantity, found.unit) == ("AUTH9", "A2", 6, "VS")


def test_an_earlier_number_stands_in_for_one_that_is_not_told() -> None:
    assert answer(REQUEST.replace("HCR*A1*AUTH1~", "HCR*A6~REF*BB*AUTH0~")).authorization_number == "AUTH0"


@pytest.mark.parametrize("action", ["A3", "A4", "CT"])
def test_an_answer_without_a_number_is_told_all_the_same(action: str) -> None:
    found = answer(REQUEST.replace("HCR*A1*AUTH1~", f"HCR*{action}~"))
    assert (found.authorization_number, found.action_code) == ("", action)


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        ("DTP*007*RD8*20250105-20250205~", (date(2025, 1, 5), date(2025, 2, 5))),
        ("DTP*472*D8*20250120~", (date(2025, 1, 20), date(2025, 1, 20))),
        ("DTP*AAH*D8*20250119~DTP*472*RD8*20250120-20250125~", (date(2025, 1, 20), date(2025, 1, 25))),
        ("DTP*036*D8*20250331~", (None, date(2025, 3, 31))),
        ("DTP*007*D8*20250105~DTP*472*D8*20250120~", (date(2025, 1, 5), None)),
        ("", (None, None)),
    ],
)
def test_certified_days_go_before_those_of_the_service(dates: str, days: tuple[date | None, date | None]) -> None:
    told = "DTP*AAH*RD8*20250101-20250131~DTP*007*D8*20250105~DTP*036*D8*20250331~"
    found = answer(REQUEST.replace(told, dates))
    assert (found.valid_from, found.valid_through) == days


def test_a_dependent_is_the_patient_under_the_subscribers_member_number() -> None:
    found = answer(DEPENDENT + REQUEST)
    assert found.patient == PatientRecord("", "DOE, TIM", date(2015, 7, 4), "M100")


def test_the_next_subscriber_is_nobodys_dependent() -> None:
    other = "HL*7*2*22*1~NM1*IL*1*ROE*ANN****MI*M200~" + REQUEST.replace("AUTH1", "AUTH2")
    first, second = of(AuthorizationRecord, read_authorizations(authorization(DEPENDENT + REQUEST + other)))
    assert second.patient == PatientRecord("", "ROE, ANN", None, "M200")
    assert (first.authorization_number, second.authorization_number) == ("AUTH1", "AUTH2")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("AAA*N**75*C~", "at its subscriber: subscriber not found"),
        (DEPENDENT + "AAA*N**67*C~", "at its dependent: patient not found"),
        ("HL*4*3*EV*1~AAA*N**AG*C~", "at its request: procedure missing or invalid"),
        ("AAA*N**ZZ*C~", "reason ZZ"),
        ("AAA*N~", "no reason told"),
    ],
)
def test_a_rejected_request_is_a_finding_that_names_place_reason_and_remedy(body: str, told: str) -> None:
    records = read_authorizations(authorization(body))
    assert not of(AuthorizationRecord, records)
    finding = next(finding for finding in of(Finding, records) if finding.code == "request_rejected")
    assert told in finding.message and "ask again" in finding.message
    assert "DOE" not in str(records)


def test_a_request_that_is_not_decided_is_noted() -> None:
    assert codes_of(read_authorizations(authorization(REQUEST.replace("HCR*A1*AUTH1~", "")))) == ["not_decided"]


def test_a_file_that_asks_is_told_from_one_that_answers() -> None:
    records = read_authorizations(authorization(purpose="13"))
    assert (codes_of(records), len(records)) == (["authorization_request"], 1)


def test_the_groups_date_stands_in_for_an_unreadable_one() -> None:
    records = read_authorizations(authorization(day="SOON"))
    assert only(AuthorizationRecord, records).answered_date == date(2025, 1, 11)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (authorization(payer=PAYER.replace("Northwind Health", "")), "NM1*X3"),
        (authorization(day="SOON").replace(b"*20250111*", b"*SOON*"), "BHT04"),
        (authorization(REQUEST.replace("AUTH1", "A" * 51)), "authorization_number"),
        (authorization(REQUEST.replace("HCR*A1", "HCR*CERTIFIED")), "action_code"),
    ],
)
def test_what_cannot_be_taken_is_set_aside_with_its_segments(data: bytes, field: str) -> None:
    problem = only(Problem, read_authorizations(data))
    assert problem.field == field
    assert problem.message.startswith("The authorization at segment 12 ")
    assert problem.raw.startswith("HL*4*3*EV*1~TRN*2*TRACE1") and problem.raw.endswith("1003000126~")


def test_more_services_than_anybody_reads_are_noted() -> None:
    records = read_authorizations(authorization(REQUEST + SERVICE * 150))
    assert len(only(AuthorizationRecord, records).services) == 100
    assert set(codes_of(records)) == {"too_many_services"}


def test_files_of_other_kinds_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="authorization answer"):
        read_authorizations(remittance())
