"""Queries that are carried out at fixed times: with what the person may do then, without patients, once each."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook
from world import World, make_world

from upstream.accounts.models import Membership, Organization
from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent
from upstream.claims.models import Adjustment, Payer
from upstream.core import clock, jobs
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.phi import files
from upstream.queries import schedules, services, tasks
from upstream.queries.models import Frequency, QuerySchedule, SavedQuery
from upstream.queries.schedules import Times
from upstream.reports.models import Export, ExportKind

CLAIMS = """query Claims($n: Int) {
  claims(first: $n) {
    items { controlNumber submittedDate billedAmount outcome payer { name } adjustments { reasonCode amount } }
    totalCount
  }
}"""
DAILY = Times(Frequency.DAILY, 6, "America/Chicago")
START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """`at(moment)`: from then on it is that moment."""

    def set_to(moment: datetime) -> None:
        class Pinned(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:
                return moment

        monkeypatch.setattr(clock, "datetime", Pinned)

    return set_to


@pytest.fixture
def world(organization: Organization) -> World:
    made = make_world(organization, canary="Own")
    Adjustment.unscoped.create(
        organization=organization, claim=made.claim, group_code="CO", reason_code="197", amount=Decimal("119.00")
    )
    return made


def saved(actor: Actor, text: str = CLAIMS, **given: object) -> SavedQuery:
    values: dict = {"name": "Claims of the month", "text": text, **given}
    return services.create_saved_query(actor=actor, **values)


def scheduled(actor: Actor, query: SavedQuery, kind: str = ExportKind.QUERY_CSV, times: Times = DAILY) -> QuerySchedule:
    return schedules.schedule_saved_query(actor=actor, query_id=query.pk, kind=kind, times=times)


def table(export: Export) -> list[list[str]]:
    text = b"".join(files.read(export.stored_name)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("times", "after", "expected"),
    [
        # Chicago is six hours behind in winter, five in summer.
        (DAILY, "2026-03-02T09:30", "2026-03-02T12:00"),
        (DAILY, "2026-03-02T12:00", "2026-03-03T12:00"),
        (DAILY, "2026-03-07T12:00", "2026-03-08T11:00"),
        (Times(Frequency.DAILY, 2, "America/Chicago"), "2026-03-07T12:00", "2026-03-08T08:00"),
        (Times(Frequency.WEEKLY, 6, "America/Chicago", weekday=1), "2026-03-02T12:00", "2026-03-09T11:00"),
        (Times(Frequency.MONTHLY, 6, "UTC", day_of_month=31), "2026-01-31T06:00", "2026-02-28T06:00"),
        (Times(Frequency.MONTHLY, 6, "UTC", day_of_month=31), "2026-02-28T06:00", "2026-03-31T06:00"),
        (Times(Frequency.DAILY, 23, "Asia/Tokyo"), "2026-03-02T15:00", "2026-03-03T14:00"),
    ],
)
def test_the_next_time_is_an_hour_of_the_time_zone(times: Times, after: str, expected: str) -> None:
    found = times.fits().next_after(datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("times", "code", "field"),
    [
        (Times(Frequency.DAILY, 24, "UTC"), ErrorCode.INVALID, "hour"),
        (Times(Frequency.DAILY, 1, "Mars/Olympus"), ErrorCode.INVALID, "timeZone"),
        (Times(Frequency.DAILY, 1, "../../etc/passwd"), ErrorCode.INVALID, "timeZone"),
        (Times(Frequency.DAILY, 1, ""), ErrorCode.INVALID, "timeZone"),
        (Times(Frequency.WEEKLY, 1, "UTC"), ErrorCode.REQUIRED, "weekday"),
        (Times(Frequency.WEEKLY, 1, "UTC", weekday=8), ErrorCode.INVALID, "weekday"),
        (Times(Frequency.MONTHLY, 1, "UTC", day_of_month=0), ErrorCode.INVALID, "dayOfMonth"),
    ],
)
def test_times_that_are_none_are_refused(times: Times, code: ErrorCode, field: str) -> None:
    with pytest.raises(ServiceError) as refused:
        times.fits()
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_scheduled_query_becomes_an_export_each_time_and_once(world: World, analyst: Actor, run_jobs, at) -> None:
    at(START)
    schedule = scheduled(analyst, saved(analyst, variables={"n": 100}))
    assert schedules.start_due() == 0
    at(START + timedelta(hours=3))
    assert (schedules.start_due(), schedules.start_due()) == (1, 0)
    run_jobs()
    schedule.refresh_from_db()
    assert schedule.next_run_at == datetime(2026, 3, 3, 12, tzinfo=UTC)
    export = schedule.last_export
    assert (export.title, export.kind, export.created_by_id) == ("Claims of the month", "QUERY_CSV", analyst.user_id)
    assert export.file_name == "upstream-query-claims-of-the-month-2026-03-02.csv"
    assert export.rows == 2
    assert table(export) == [
        "controlNumber submittedDate billedAmount outcome payer.name adjustments.reasonCode adjustments.amount".split(),
        ["Own-1", "2026-03-02", "120.00", "DENIED", "Own Health", "45", "1.00"],
        ["Own-1", "2026-03-02", "120.00", "DENIED", "Own Health", "197", "119.00"],
    ]  # fmt: skip
    # A worker that was away for days carries it out once, not for each of them.
    at(START + timedelta(days=9))
    assert schedules.start_due() == 1
    schedule.refresh_from_db()
    assert schedule.next_run_at == datetime(2026, 3, 11, 11, tzinfo=UTC)
    assert Export.objects.for_organization(analyst.organization_id).filter(kind="QUERY_CSV").count() == 2


def test_a_workbook_has_typed_cells_and_tells_the_query(world: World, analyst: Actor, run_jobs) -> None:
    query = saved(analyst, variables={"n": 100})
    export = schedules.export_saved_query(actor=analyst, query_id=query.pk, kind=ExportKind.QUERY_XLSX)
    run_jobs()
    export.refresh_from_db()
    book = load_workbook(BytesIO(b"".join(files.read(export.stored_name))))
    assert book.sheetnames == ["claims", "About"]
    heading, first, second = book["claims"].iter_rows(values_only=True)
    assert heading[:3] == ("controlNumber", "submittedDate", "billedAmount")
    assert first[:3] == ("Own-1", datetime(2026, 3, 2), 120) and second[5:] == ("197", 119)
    about = dict(book["About"].iter_rows(values_only=True))
    assert about["Query"] == CLAIMS and about["Filters"] == "n: 100" and about["Patient information"] == "None."


def test_every_page_of_a_query_with_a_cursor_is_written(organization, analyst: Actor, run_jobs) -> None:
    for number in range(7):
        name = f"Payer {number}"
        Payer.unscoped.create(organization=organization, name=name, name_key=name.lower())
    page = "items { name } pageInfo { hasNextPage endCursor }"
    query = saved(analyst, f"query($after: String) {{ payers(first: 3, after: $after) {{ {page} }} }}")
    export = schedules.export_saved_query(actor=analyst, query_id=query.pk, kind=ExportKind.QUERY_CSV)
    run_jobs()
    export.refresh_from_db()
    assert export.rows == 7
    assert sorted(row[0] for row in table(export)[1:]) == [f"Payer {number}" for number in range(7)]


def test_cells_that_look_like_formulas_are_none(organization, analyst: Actor, run_jobs) -> None:
    Payer.unscoped.create(organization=organization, name="=HYPERLINK()", name_key="x")
    query = saved(analyst, "{ payers { items { name } } }")
    export = schedules.export_saved_query(actor=analyst, query_id=query.pk, kind=ExportKind.QUERY_CSV)
    run_jobs()
    export.refresh_from_db()
    assert table(export) == [["name"], ["'=HYPERLINK()"]]


def test_an_answer_without_rows_still_has_its_columns(analyst: Actor, run_jobs) -> None:
    query = saved(analyst, "{ claims { items { controlNumber payer { name } lines { procedureCode } } } }")
    export = schedules.export_saved_query(actor=analyst, query_id=query.pk, kind=ExportKind.QUERY_CSV)
    run_jobs()
    export.refresh_from_db()
    assert (export.rows, table(export)) == (0, [["controlNumber", "payer.name", "lines.procedureCode"]])


@pytest.mark.parametrize("left", [True, False])
def test_a_schedule_stops_and_says_so_when_the_person_has_left_or_may_no_longer(
    world: World, analyst: Actor, at, left: bool
) -> None:
    at(START)
    schedule = scheduled(analyst, saved(analyst))
    membership = Membership.objects.for_organization(analyst.organization_id).get(user_id=analyst.user_id)
    if left:
        membership.delete()
    else:
        membership.role = Role.VIEWER
        membership.save()
    at(START + timedelta(days=1))
    assert (schedules.start_due(), schedules.start_due()) == (0, 0)
    schedule.refresh_from_db()
    assert schedule.stopped_at == START + timedelta(days=1)
    expected = "no longer a member" if left else "needs the permission AD_HOC_QUERIES"
    assert expected in schedule.stopped_because
    assert not Export.objects.for_organization(analyst.organization_id).filter(kind="QUERY_CSV").exists()
    event = AuditEvent.objects.for_organization(analyst.organization_id).order_by("-sequence").first()
    assert (event.action, event.actor_kind) == ("saved_query.schedule_stopped", "system")


def test_a_schedule_of_an_owner_stops_when_they_become_an_analyst_who_may_not_see_a_field(
    world: World, owner: Actor, at
) -> None:
    at(START)
    schedule = scheduled(owner, saved(owner, "{ auditEvents { items { action } } }"))
    Membership.objects.for_organization(owner.organization_id).filter(user_id=owner.user_id).update(role=Role.ANALYST)
    at(START + timedelta(days=1))
    assert schedules.start_due() == 0
    schedule.refresh_from_db()
    assert "AUDIT_READ" in schedule.stopped_because


@pytest.mark.parametrize(
    "text",
    [
        "{ claims { items { patient(reason: PAYMENT) { name } } } }",
        "{ uploads { items { rowErrors { items { message } } } } }",
    ],
)
def test_what_tells_of_patients_is_neither_scheduled_nor_exported(world: World, owner: Actor, text: str) -> None:
    query = saved(owner, text)
    for attempt in (
        lambda: scheduled(owner, query),
        lambda: schedules.export_saved_query(actor=owner, query_id=query.pk, kind=ExportKind.QUERY_XLSX),
    ):
        with pytest.raises(ServiceError, match="tells of patients") as refused:
            attempt()
        assert refused.value.code == ErrorCode.INVALID


def test_names_of_files_are_told_without_patients(world: World, owner: Actor, run_jobs) -> None:
    query = saved(owner, "{ uploads { items { fileName } } }")
    export = schedules.export_saved_query(actor=owner, query_id=query.pk, kind=ExportKind.QUERY_CSV)
    run_jobs()
    export.refresh_from_db()
    assert export.rows and "Own.csv" not in str(table(export))


def test_a_csv_of_several_tables_is_refused_and_a_workbook_holds_them(world: World, analyst: Actor, run_jobs) -> None:
    query = saved(analyst, "{ payers { items { name } } claims { items { outcome } } }")
    with pytest.raises(ServiceError, match="holds one table"):
        scheduled(analyst, query)
    export = schedules.export_saved_query(actor=analyst, query_id=query.pk, kind=ExportKind.QUERY_XLSX)
    run_jobs()
    export.refresh_from_db()
    book = load_workbook(BytesIO(b"".join(files.read(export.stored_name))))
    assert book.sheetnames == ["payers", "claims", "About"]
    assert list(book["claims"].iter_rows(values_only=True)) == [("outcome",), ("DENIED",)]


def test_the_export_is_for_whom_it_was_made_and_nobody_else(
    world: World, graphql, analyst: Actor, owner: Actor, run_jobs
) -> None:
    query = saved(owner, "{ auditEvents { items { action } } }", shared=True)
    export = schedules.export_saved_query(actor=owner, query_id=query.pk, kind=ExportKind.QUERY_CSV)
    run_jobs()
    one = "query($id: ID!) { export(id: $id) { title downloadUrl } }"
    mine = graphql(owner)(one, {"id": str(export.pk)})["data"]["export"]
    assert mine["downloadUrl"].startswith("/downloads/")
    retry = "mutation($id: ID!) { retryExport(id: $id) { errors { code } } }"
    ask = graphql(analyst)
    assert ask(one, {"id": str(export.pk)})["data"]["export"] is None
    assert ask("{ exports { items { id } } }")["data"]["exports"]["items"] == [{"id": world.ids()["export"]}]
    assert ask(retry, {"id": str(export.pk)})["data"]["retryExport"]["errors"] == [{"code": "NOT_FOUND"}]
    with pytest.raises(ServiceError) as refused:
        schedules.export_saved_query(actor=analyst, query_id=query.pk, kind=ExportKind.QUERY_CSV)
    assert refused.value.code == ErrorCode.FORBIDDEN and "AUDIT_READ" in refused.value.message


def test_a_schedule_is_one_persons_and_another_time_takes_its_place(graphql, analyst: Actor, admin: Actor) -> None:
    query = saved(analyst, "{ payers { items { name } } }", shared=True)
    schedule = (
        "mutation($id: ID!, $input: ScheduleSavedQueryInput!) { scheduleSavedQuery(id: $id, input: $input) "
        "{ savedQuery { schedules { frequency weekday dayOfMonth hour timeZone kind stoppedAt scheduledBy { name } } } "
        "errors { code field } } }"
    )
    times = {"kind": "QUERY_XLSX", "frequency": "WEEKLY", "weekday": 5, "hour": 7, "timeZone": "America/Denver"}
    told = {**times, "dayOfMonth": None, "stoppedAt": None}
    for actor in (analyst, admin):
        graphql(actor)(schedule, {"id": str(query.pk), "input": {**times, "weekday": 1}})
    answer = graphql(admin)(schedule, {"id": str(query.pk), "input": times})["data"]["scheduleSavedQuery"]
    assert answer == {
        "savedQuery": {
            "schedules": [
                {**told, "weekday": 1, "scheduledBy": {"name": "Analyst Person"}},
                {**told, "scheduledBy": {"name": "Admin Person"}},
            ]
        },
        "errors": [],
    }
    unschedule = "mutation($id: ID!) { unscheduleSavedQuery(id: $id) { errors { code } } }"
    assert graphql(admin)(unschedule, {"id": str(query.pk)})["data"]["unscheduleSavedQuery"]["errors"] == []
    assert graphql(admin)(unschedule, {"id": str(query.pk)})["data"]["unscheduleSavedQuery"]["errors"] == [
        {"code": "NOT_FOUND"}
    ]
    # What is not shared any more is carried out for its owner alone.
    scheduled(admin, query, times=DAILY, kind=ExportKind.QUERY_XLSX)
    services.change_saved_query(actor=analyst, query_id=query.pk, shared=False)
    assert [each.scheduled_by_id for each in query.schedules.all()] == [analyst.user_id]
    services.delete_saved_query(actor=analyst, query_id=query.pk)
    assert not QuerySchedule.objects.for_organization(analyst.organization_id).exists()


def test_what_is_due_is_looked_at_by_every_tick() -> None:
    assert tasks.start_due in jobs.tickers


def test_another_organizations_query_is_not_scheduled(analyst: Actor, member, other_organization) -> None:
    theirs = saved(member(Role.ANALYST, other_organization), shared=True)
    with pytest.raises(ServiceError) as refused:
        scheduled(analyst, theirs)
    assert refused.value.code == ErrorCode.NOT_FOUND


def test_an_export_of_a_query_is_asked_for_by_its_saved_query(graphql, analyst: Actor) -> None:
    create = "mutation($input: CreateExportInput!) { createExport(input: $input) { errors { code field } } }"
    answer = graphql(analyst)(create, {"input": {"kind": "QUERY_CSV"}})
    assert answer["data"]["createExport"]["errors"] == [{"code": "INVALID", "field": "kind"}]
