"""A claim over time: what each upload told of it, in the order in which it became known, and the claim of any day."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake.acknowledging import (
    ACCEPTED,
    REJECTED,
    acknowledgement,
    claim_acknowledgement,
    claim_status,
)
from intake.readers import CLAIM, CLAIMS_HEAD, enclosed
from intake.readers import claims as submission_file
from intake.test_undo_property import sequences, undo
from intake.writing import (
    APRIL_10,
    MARCH_2,
    MARCH_20,
    claim,
    decision,
    denied,
    line,
    money,
    paid,
    reason,
    remittance,
    submission,
    take_in,
    the_claim,
    write,
)

from upstream.accounts import services as accounts
from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.claims import bulk
from upstream.claims.models import Claim
from upstream.core.ids import uuid7
from upstream.intake.history.events import Event, facts_of, history, reasons_of
from upstream.intake.history.pieces import Basis, pieces_of, view_on
from upstream.intake.models import Upload
from upstream.intake.writer.writer import Record

FIRST_DAY = date(2026, 5, 1)


def came_in(upload: Upload, day: int) -> Upload:
    """As if the upload had come in on the so many-th day."""
    moment = datetime(2026, 5, 1, 9, tzinfo=UTC) + timedelta(days=day)
    Upload.objects.for_organization(upload.organization_id).filter(pk=upload.pk).update(created_at=moment)
    return upload


def told(organization: Organization, files: Sequence[list[Record]]) -> list[Upload]:
    """The files, one a day."""
    return [came_in(write(organization, records), day) for day, records in enumerate(files)]


def events_of(organization: Organization, control_number: str = "C1") -> list[Event]:
    return history(pieces_of(the_claim(organization, control_number)))


def kinds(organization: Organization) -> list[str]:
    return [str(event.kind) for event in events_of(organization)]


def as_of(organization: Organization, day: int, basis: Basis = Basis.TAKEN_IN) -> dict[str, Any]:
    """The claim's facts after the so many-th day's file; nothing where it was not known."""
    view = view_on(pieces_of(the_claim(organization)), FIRST_DAY + timedelta(days=day), basis)
    return {str(fact): value for fact, value in facts_of(view).items()}


def changed(event: Event) -> dict[str, tuple[Any, Any]]:
    return {str(change.fact): (change.before, change.after) for change in event.changes}


def test_a_claim_submitted_and_paid(organization: Organization) -> None:
    sent, answered = told(organization, [[submission()], remittance(decision("C1", 80), trace="T9")])
    first, second = events_of(organization)
    assert (first.kind, first.happened_on, first.upload, first.place) == ("SUBMITTED", MARCH_2, sent, 0)
    assert (second.kind, second.happened_on, second.upload) == ("DECIDED", MARCH_20, answered)
    assert (second.trace_number, second.place) == ("T9", 1)
    assert changed(second) == {
        "OUTCOME": ("PENDING", "PAID"), "ALLOWED": (None, money(80)), "PAID": (None, money(80)),
        "DECIDED_DATE": (None, MARCH_20), "PAID_DATE": (None, MARCH_20),
    }  # fmt: skip
    assert as_of(organization, -1) == {}
    assert [as_of(organization, day)["OUTCOME"] for day in (0, 1)] == ["PENDING", "PAID"]


def test_a_table_that_tells_both_at_once_tells_of_two_events(organization: Organization) -> None:
    told(organization, [[denied()]])
    stated, refused = events_of(organization)
    assert (stated.kind, refused.kind, refused.happened_on) == ("SUBMITTED", "DECIDED", MARCH_20)
    assert changed(stated)["OUTCOME"] == (None, "PENDING")
    assert changed(refused) == {
        "OUTCOME": ("PENDING", "DENIED"), "DENIED": (money(0), money(100)), "DENIAL_CODE": ("", "197"),
        "DECIDED_DATE": (None, MARCH_20),
    }  # fmt: skip


def test_the_same_table_again_with_the_decision_tells_of_the_decision_only(organization: Organization) -> None:
    told(organization, [[claim()], [paid()], [paid(location="North")]])
    assert kinds(organization) == ["SUBMITTED", "DECIDED", "RESTATED"]


def test_a_correction_and_a_void(organization: Organization) -> None:
    again = {"billed_amount": money(90), "lines": [line(billed=90)]}
    told(
        organization,
        [
            [submission()],
            [submission(frequency_code="7", submitted_date=APRIL_10, **again)],
            [submission(frequency_code="8", submitted_date=APRIL_10, **again)],
        ],
    )
    sent, corrected, voided = events_of(organization)
    assert [sent.kind, corrected.kind, voided.kind] == ["SUBMITTED", "CORRECTED", "VOIDED"]
    assert changed(corrected) == {"BILLED": (money(100), money(90)), "SUBMITTED_DATE": (MARCH_2, APRIL_10)}
    assert changed(voided) == {}
    assert [as_of(organization, day)["BILLED"] for day in range(3)] == [money(100), money(90), money(90)]


def test_a_reversal_and_the_decision_after_it(organization: Organization) -> None:
    told(
        organization,
        [
            [submission()],
            remittance(decision("C1", 80), trace="T1", on=MARCH_20),
            remittance(decision("C1", -80, status="22", billed=-100), trace="T2", on=APRIL_10),
            remittance(decision("C1", 60), trace="T3", on=APRIL_10 + timedelta(days=9)),
        ],
    )
    *_, reversed_, again = events_of(organization)
    assert kinds(organization) == ["SUBMITTED", "DECIDED", "REVERSED", "DECIDED_AGAIN"]
    assert changed(reversed_)["PAID"] == (money(80), None) and changed(again)["PAID"] == (None, money(60))
    assert [as_of(organization, day)["PAID"] for day in range(4)] == [None, money(80), None, money(60)]
    assert [as_of(organization, day)["OUTCOME"] for day in (1, 2, 3)] == ["PAID", "PENDING", "PAID"]


def test_a_second_payer_is_told_and_changes_nothing_of_the_firsts_decision(organization: Organization) -> None:
    told(
        organization,
        [
            [submission()],
            remittance(decision("C1", 80), trace="T1"),
            remittance(decision("C1", 15, status="2"), trace="S1", on=APRIL_10, payer="Birch Mutual"),
        ],
    )
    assert kinds(organization) == ["SUBMITTED", "DECIDED", "LATER_PAYER"]
    assert events_of(organization)[-1].changes == []
    assert as_of(organization, 2) == as_of(organization, 1)


def test_a_remittance_before_its_submission(organization: Organization) -> None:
    told(organization, [remittance(decision("C1", 80)), [submission(location="North")]])
    decided, sent = events_of(organization)
    assert (decided.kind, sent.kind) == ("DECIDED", "SUBMITTED")
    assert changed(decided)["OUTCOME"] == (None, "PAID") and "OUTCOME" not in changed(sent)
    assert changed(sent)["SUBMITTED_DATE"] == (None, MARCH_2)
    assert as_of(organization, 0)["SUBMITTED_DATE"] is None and as_of(organization, 0)["PAID"] == money(80)


def test_a_table_and_a_remittance_that_tell_one_decision_are_no_second_one(organization: Organization) -> None:
    told(
        organization,
        [[paid()], remittance(decision("C1", 80)), remittance(decision("C1", 70), trace="T2", on=APRIL_10)],
    )
    assert kinds(organization) == ["SUBMITTED", "DECIDED", "DECIDED", "DECIDED_AGAIN"]


def test_the_reasons_of_lines_and_claim_are_told_together(organization: Organization) -> None:
    lines = [
        line(1, billed=60, paid_amount=money(50), adjustments=[reason("CO-45", 10)]),
        line(2, billed=40, paid_amount=money(0), adjustments=[reason("CO-45", 5), reason("CO-197", 35)]),
    ]
    told(organization, [remittance(decision("C1", 50, lines=lines))])
    (event,) = events_of(organization)
    assert reasons_of(event.told) == [("CO", "45", money(15)), ("CO", "197", money(35))]  # type: ignore[arg-type]


def test_by_the_files_own_days_a_year_read_in_one_morning_has_a_past(organization: Organization) -> None:
    """All of it comes in on one day; what counts is when it happened."""
    for records in (
        [denied(decided_date=MARCH_20)],
        remittance(decision("C1", 80), trace="T1", on=APRIL_10),
        [submission("C2")],
    ):
        came_in(write(organization, records), 0)
    pieces = pieces_of(the_claim(organization))
    outcomes = [
        facts_of(view_on(pieces, day, Basis.DATED)).get("OUTCOME")  # type: ignore[call-overload]
        for day in (MARCH_2 - timedelta(days=1), MARCH_2, MARCH_20, APRIL_10)
    ]
    assert outcomes == [None, "PENDING", "DENIED", "PAID"]
    assert view_on(pieces, MARCH_20, Basis.TAKEN_IN) is None


def acknowledged(organization: Organization, control_number: str = "CLAIM1") -> list[tuple[Any, ...]]:
    """Kind, standing, whether it is certain, and the codes of errors and statuses of each acknowledgement."""
    return [
        (
            str(event.kind),
            told.standing,
            told.certain,
            [error[0] for error in told.errors],
            [s[1] for s in told.statuses],
        )
        for event in events_of(organization, control_number)
        if (told := event.acknowledged) is not None
    ]


def two_sets() -> bytes:
    """An 837 of two sets with a claim each."""
    sets = (f"ST*837*000{n}*005010X222A1~{CLAIMS_HEAD}{CLAIM.replace('CLAIM1', f'CLAIM{n}')}" for n in (1, 2))
    return enclosed(
        "".join(f"{text}SE*{text.count('~') + 1}*000{n}~" for n, text in enumerate(sets, 1)), "005010X222A1"
    )


def test_what_was_acknowledged_of_the_claim_and_of_the_set_it_was_sent_in(organization: Organization) -> None:
    came_in(take_in(organization, submission_file(), "claims.837"), 0)
    came_in(take_in(organization, acknowledgement(REJECTED, "AK9*R*1*1*0~"), "a.999"), 1)
    came_in(take_in(organization, claim_acknowledgement(claim_status("STC*A7:562:85*20250118*U*100~")), "b.277"), 2)
    # Of the set, not of its group again; of the claim, not of its batch again.
    assert acknowledged(organization) == [
        ("SET_ACKNOWLEDGED", "REJECTED", True, ["7", "1", "6", "3", "I5", "5"], []),
        ("ACKNOWLEDGED", "REJECTED", True, [], ["562"]),
    ]


def test_a_set_of_several_is_a_claims_own_only_where_an_error_names_it(organization: Organization) -> None:
    came_in(take_in(organization, two_sets(), "claims.837"), 0)
    sets = REJECTED + ACCEPTED.replace("0001", "0002")
    came_in(take_in(organization, acknowledgement(sets, "AK9*P*2*2*1~"), "a.999"), 1)
    assert acknowledged(organization) == [("SET_ACKNOWLEDGED", "REJECTED", True, ["7", "1", "6", "3", "I5", "5"], [])]
    # It was in the other set, but that is not kept.
    assert acknowledged(organization, "CLAIM2") == [("SET_ACKNOWLEDGED", "REJECTED", False, [], [])]


def test_a_group_answered_as_a_whole_answers_for_every_claim_in_it(organization: Organization) -> None:
    came_in(take_in(organization, two_sets(), "claims.837"), 0)
    came_in(take_in(organization, acknowledgement("", "AK9*R*2*2*0~"), "a.999"), 1)
    for control_number in ("CLAIM1", "CLAIM2"):
        assert acknowledged(organization, control_number) == [("SET_ACKNOWLEDGED", "REJECTED", True, [], [])]


def test_what_an_upload_told_that_was_taken_back_is_no_longer_history(organization: Organization) -> None:
    _, answered = told(organization, [[submission()], remittance(decision("C1", 80))])
    undo(answered)
    assert kinds(organization) == ["SUBMITTED"] and as_of(organization, 1)["OUTCOME"] == "PENDING"


HISTORY = """query($id: ID!, $day: Date!) { claim(id: $id) {
  history { kind happenedOn upload { id fileName } traceNumber place payer { name } outcome paidAmount denialLabel
    reasons { groupCode reasonCode label amount } remarks { code label } changes { fact before after } }
  asOf(date: $day) { outcome payer { name } paidAmount deniedAmount denialLabel changes { fact before after } }
  dated: asOf(date: $day, by: DATED) { outcome } } }"""


def test_the_graph_tells_the_history_and_the_claim_of_a_day(
    organization: Organization, other_organization: Organization, graphql: Any, member: Any
) -> None:
    refused = decision(
        "C1", 0, lines=[line(paid_amount=money(0), adjustments=[reason("CO-197", 100)])], remark_codes=["N706"]
    )
    sent, _ = told(organization, [[submission()], remittance(refused)])
    ask = graphql(member(Role.OWNER))
    row_id = str(the_claim(organization).pk)
    answer = ask(HISTORY, {"id": row_id, "day": "2026-05-01"})
    assert "errors" not in answer
    first, second = answer["data"]["claim"]["history"]
    assert (first["kind"], first["happenedOn"], first["upload"]["id"]) == ("SUBMITTED", "2026-03-02", str(sent.pk))
    assert (second["kind"], second["outcome"], second["traceNumber"], second["place"]) == ("DECIDED", "DENIED", "T1", 1)
    assert [(each["groupCode"], each["reasonCode"], each["amount"]) for each in second["reasons"]] == [
        ("CO", "197", "100.00")
    ]
    assert second["remarks"] == [{"code": "N706", "label": "Documentation missing"}]
    assert {"fact": "DENIED", "before": "0.00", "after": "100.00"} in second["changes"]
    then = answer["data"]["claim"]["asOf"]
    assert (then["outcome"], then["payer"], then["deniedAmount"]) == ("PENDING", {"name": "Aster Health"}, "0.00")
    assert {"fact": "OUTCOME", "before": "PENDING", "after": "DENIED"} in then["changes"]
    # By the file's own days it was decided in March.
    assert answer["data"]["claim"]["dated"] == {"outcome": "DENIED"}
    assert ask(HISTORY, {"id": row_id, "day": "2026-04-30"})["data"]["claim"]["asOf"] is None
    # Nobody else sees any of it.
    theirs = graphql(member(Role.OWNER, other_organization))
    assert theirs(HISTORY, {"id": row_id, "day": "2026-05-01"})["data"] == {"claim": None}


def test_the_past_of_many_claims_at_once_is_refused(organization: Organization, graphql: Any, member: Any) -> None:
    write(organization, [submission(f"C{n}") for n in range(6)])
    answer = graphql(member(Role.OWNER))("{ claims { items { id history { kind } } } }")
    (refused,) = answer["errors"]
    assert refused["extensions"]["code"] == "INVALID" and "fewer claims" in refused["message"]
    assert sum(item["history"] is not None for item in answer["data"]["claims"]["items"]) == 5


COLUMNS = {
    "OUTCOME": "outcome", "PAYER": "payer_id", "BILLED": "billed_amount", "ALLOWED": "allowed_amount",
    "PAID": "paid_amount", "DENIED": "denied_amount", "DENIAL_CODE": "denial_code", "REMARKS": "remark_codes",
    "SERVICE_DATE": "service_date", "SUBMITTED_DATE": "submitted_date", "DECIDED_DATE": "decided_date",
    "PAID_DATE": "paid_date",
}  # fmt: skip


def stored(organization: Organization) -> dict[UUID, dict[str, Any]]:
    """Every claim's facts as its row has them."""
    return {
        row.pk: {
            fact: bulk.stored(value) if isinstance(value := getattr(row, column), UUID) else value
            for fact, column in COLUMNS.items()
        }
        for row in Claim.objects.for_organization(organization)
    }


def rebuilt(row: Claim, day: int, basis: Basis = Basis.TAKEN_IN) -> dict[str, Any]:
    view = view_on(pieces_of(row), FIRST_DAY + timedelta(days=day), basis)
    return {str(fact): value for fact, value in facts_of(view).items()}


@pytest.mark.once
@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=sequences(), batch_records=st.sampled_from([1, 5_000]))
def test_each_day_is_rebuilt_as_it_was_seen_and_today_is_the_claim_as_it_stands(
    sequence: list[list[Record]], batch_records: int
) -> None:
    organization = accounts.create_organization(name="Made", slug=uuid7().hex)
    seen = []
    for day, records in enumerate(sequence):
        came_in(write(organization, records, batch_records=batch_records), day)
        seen.append(stored(organization))
    for row in Claim.objects.for_organization(organization):
        for day, claims in enumerate(seen):
            assert rebuilt(row, day) == claims.get(row.pk, {}), day
        assert rebuilt(row, len(seen), Basis.DATED) == seen[-1][row.pk]
        # Event by event, the changes come to the claim.
        facts: dict[str, Any] = {}
        for event in history(pieces_of(row)):
            for fact, (before, after) in changed(event).items():
                assert (facts.get(fact) or None) == (before or None)
                facts[fact] = after
        last = {fact: value or None for fact, value in seen[-1][row.pk].items()}
        assert {fact: facts.get(fact) or None for fact in COLUMNS} == last
