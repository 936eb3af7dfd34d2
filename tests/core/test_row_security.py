"""Row-level security on PostgreSQL: raw SQL sees the organization it is asked for, and without one nothing."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.checks import Error
from django.core.management import call_command
from django.db import ProgrammingError, connection, connections, transaction
from django.http import HttpRequest, JsonResponse
from django.test import Client, override_settings
from django.urls import path
from support import Process, database_url, wait_until

from upstream.accounts import tokens
from upstream.accounts.models import Organization, Session
from upstream.accounts.schema import authenticate
from upstream.audit.models import AuditEvent
from upstream.claims.models import Payer, PayerAlias
from upstream.core import checks, jobs, row_security, scope, worker
from upstream.core.models import Job

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

MANAGE = str(Path(__file__).resolve().parents[2] / "backend" / "manage.py")
PAYERS = "SELECT name FROM claims_payer ORDER BY name"


def payers() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(PAYERS)
        return [name for (name,) in cursor.fetchall()]


def payer_of(organization: Organization, name: str) -> Payer:
    return Payer.unscoped.create(organization=organization, name=name, name_key=name.lower())


@pytest.fixture
def two_payers(organization: Organization, other_organization: Organization) -> tuple[Payer, Payer]:
    return payer_of(organization, "Northwind"), payer_of(other_organization, "Southwind")


def answer(request: HttpRequest) -> JsonResponse:
    """What raw SQL sees in a request, before and after it is known who asks."""
    return JsonResponse({"before": payers(), "signed in": authenticate(request) is not None, "after": payers()})


urlpatterns = [path("payers/", answer)]


def test_raw_sql_sees_the_organization_it_is_asked_for_and_without_one_nothing(
    two_payers: tuple[Payer, Payer], organization: Organization, other_organization: Organization
) -> None:
    with scope.of_nobody():
        assert payers() == []
    with scope.of_organization(organization.pk):
        assert payers() == ["Northwind"]
        with scope.of_organization(other_organization.pk):
            assert payers() == ["Southwind"]
        assert payers() == ["Northwind"]
    with scope.of_all_organizations():
        assert payers() == ["Northwind", "Southwind"]


def test_no_table_with_an_organization_shows_a_row_to_nobody(
    two_payers: tuple[Payer, Payer], owner: object, organization: Organization
) -> None:
    shown = 0
    for model in row_security.tenant_models():
        count = f'SELECT count(*) FROM "{model._meta.db_table}" WHERE organization_id <> %s'
        with connection.cursor() as cursor:
            for of, asked in ((scope.of_nobody(), None), (scope.of_organization(organization.pk), organization.pk)):
                with of:
                    cursor.execute(count, [asked or two_payers[0].pk])
                    assert cursor.fetchone() == (0,), model
            cursor.execute(count, [organization.pk])
            shown += cursor.fetchone()[0]
    # The other organization has rows: its payer and its trail.
    assert shown >= 2


def test_rows_of_another_organization_are_neither_written_changed_nor_removed(
    two_payers: tuple[Payer, Payer], organization: Organization, other_organization: Organization
) -> None:
    _, southwind = two_payers
    with scope.of_organization(organization.pk):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            payer_of(other_organization, "Planted")
        assert Payer.unscoped.filter(pk=southwind.pk).update(name="Changed") == 0
        assert Payer.unscoped.filter(pk=southwind.pk).delete() == (0, {})
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Payer.unscoped.filter(name="Northwind").update(organization=other_organization)
    assert payers() == ["Northwind", "Southwind"]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_on_the_connection_after_a_statement_or_a_transaction(
    two_payers: tuple[Payer, Payer], organization: Organization
) -> None:
    def left() -> tuple[str, str]:
        # Straight at the driver: nothing is said for this statement.
        return (
            connections["default"]
            .connection.execute("SELECT current_user, COALESCE(current_setting('upstream.organization', true), '')")
            .fetchone()
        )

    for of in (scope.of_organization(organization.pk), scope.of_all_organizations()):
        with of:
            payers()
            assert left() == ("upstream_one_organization", "")
    with scope.of_organization(organization.pk), transaction.atomic():
        assert payers() == ["Northwind"]
        assert left() == ("upstream_one_organization", str(organization.pk))
    assert left() == ("upstream_one_organization", "")


@pytest.mark.django_db(transaction=True)
def test_what_a_failed_part_of_a_transaction_was_told_is_told_again(
    two_payers: tuple[Payer, Payer], organization: Organization
) -> None:
    with scope.of_nobody(), transaction.atomic():
        with scope.of_organization(organization.pk):
            with pytest.raises(ZeroDivisionError), transaction.atomic():
                assert payers() == ["Northwind"]
                raise ZeroDivisionError
            assert payers() == ["Northwind"]
        assert payers() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a transaction"])
def test_reading_in_pieces_and_writing_many_at_once_keep_to_the_organization(
    two_payers: tuple[Payer, Payer], organization: Organization, inside: bool
) -> None:
    def work() -> None:
        assert [payer.name for payer in Payer.unscoped.order_by("name").iterator(chunk_size=1)] == ["Northwind"]
        with connection.cursor() as cursor:
            cursor.executemany("UPDATE claims_payer SET name = name || %s", [["!"], ["?"]])

    with scope.of_organization(organization.pk):
        if inside:
            with transaction.atomic():
                work()
        else:
            work()
    assert payers() == ["Northwind!?", "Southwind"]


def test_a_request_sees_nothing_until_it_is_known_who_asks(two_payers: tuple[Payer, Payer], owner) -> None:
    session = Session.unscoped.get(pk=owner.session_id)
    token = tokens.access_token(session)[0]
    with override_settings(ROOT_URLCONF=__name__):
        stranger = Client().get("/payers/").json()
        signed_in = Client(headers={"Authorization": f"Bearer {token}"}).get("/payers/").json()
    assert stranger == {"before": [], "signed in": False, "after": []}
    assert signed_in == {"before": [], "signed in": True, "after": ["Northwind"]}


@pytest.fixture
def seen_by_a_job() -> Iterator[list[list[str]]]:
    seen: list[list[str]] = []

    @jobs.handles("test.raw_sql")
    def look(job: Job, run: worker.JobRun) -> None:
        seen.append(payers())
        with scope.of_nobody():
            seen.append(payers())

    yield seen
    del jobs.handlers["test.raw_sql"]


def test_a_job_sees_its_own_organization(
    two_payers: tuple[Payer, Payer], other_organization: Organization, seen_by_a_job: list[list[str]]
) -> None:
    with scope.of_organization(other_organization.pk):
        jobs.enqueue(organization_id=other_organization.pk, kind="test.raw_sql", parameters={})
    with scope.of_nobody():
        assert worker.carry_out_waiting() == 1
    assert seen_by_a_job == [["Southwind"], []]


@pytest.mark.django_db(transaction=True)
def test_processes_see_nothing_where_nobody_is_named(two_payers: tuple[Payer, Payer], tmp_path: Path) -> None:
    """A command, and what a worker process runs outside any job."""
    program = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        "cursor = connection.cursor()\n"
        f"cursor.execute({PAYERS!r})\n"
        "print('seen', cursor.fetchall(), flush=True)\n"
    )
    command = Process([MANAGE, "shell", "-c", program], output=tmp_path / "command.log")
    wait_until(lambda: "seen" in command.output.read_text(), seconds=30, what="the command's answer")
    assert "seen []" in command.output.read_text()
    assert command.popen.wait(20) == 0

    patched = program.replace("print", "from upstream.core import jobs; print") + (
        "jobs.sweep = lambda: (cursor.execute('" + PAYERS + "'), print('sweeping', cursor.fetchall(), flush=True))\n"
        "from django.core.management import call_command\n"
        "call_command('worker')\n"
    )
    polling = Process(["-c", patched], output=tmp_path / "worker.log", REDIS_URL="")
    try:
        wait_until(lambda: polling.said("sweeping"), seconds=30, what="the worker's sweep")
        assert "sweeping []" in polling.output.read_text()
    finally:
        polling.stop()


def test_the_trail_cannot_be_edited_by_anybody_and_removed_by_no_organization(organization: Organization) -> None:
    events = AuditEvent.objects.for_organization(organization)
    with scope.of_all_organizations(), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        events.update(action="edited")
    with scope.of_organization(organization.pk), pytest.raises(ProgrammingError, match="denied"), transaction.atomic():
        events.delete()
    assert events.count() == 1


def test_the_system_check_finds_nothing_to_say_of_a_migrated_database() -> None:
    assert [found for found in checks.row_security(databases=["default"]) if isinstance(found, Error)] == []


def test_the_system_check_names_a_role_above_row_security_and_tables_without_it() -> None:
    wrapper = connections["default"]
    with wrapper.as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE claims_payer NO FORCE ROW LEVEL SECURITY")
        cursor.execute("CREATE POLICY everything ON claims_payeralias USING (true)")
        assert "above row-level security" in row_security.faults(connection)[0]
    found = [message.msg for message in checks.row_security(databases=["default"]) if isinstance(message, Error)]
    assert found == [
        "Row-level security is off for claims_payer: run `manage.py migrate`.",
        "The policies of claims_payeralias are not those of Upstream: all_organizations, everything, own_organization.",
    ]


@pytest.mark.django_db(transaction=True)
def test_migrating_again_mends_what_was_switched_off() -> None:
    wrapper = connections["default"]
    with wrapper.as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE claims_payer NO FORCE ROW LEVEL SECURITY")
        cursor.execute("DROP POLICY own_organization ON claims_payeralias")
    assert len(row_security.faults(connection)) == 2
    call_command("migrate", verbosity=0)
    assert row_security.faults(connection) == []
    assert PayerAlias.unscoped.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_login_that_owns_nothing_is_enough_for_everything_but_migrating(
    two_payers: tuple[Payer, Payer], tmp_path: Path
) -> None:
    wrapper = connections["default"]
    name = connection.settings_dict["NAME"]
    with wrapper.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE ROLE upstream_test_login LOGIN NOINHERIT PASSWORD 'as-in-the-documents' "
            "IN ROLE upstream_one_organization, upstream_all_organizations"
        )
    try:
        url = database_url().replace("//", "//upstream_test_login:as-in-the-documents@").replace("@root@", "@")

        def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, MANAGE, *arguments],
                env={"DJANGO_SETTINGS_MODULE": "upstream.settings.test", "DATABASE_URL": url, "PATH": ""},
                capture_output=True,
                text=True,
                check=False,
            )

        checked = manage("check", "--database", "default", "--fail-level", "WARNING")
        assert checked.returncode == 0, checked.stderr
        migrated = manage("migrate")
        assert migrated.returncode == 1 and "Traceback" not in migrated.stderr
        assert "with the DATABASE_URL of the login that owns them" in migrated.stderr
        assert name in url
    finally:
        with wrapper.as_owner(), connection.cursor() as cursor:
            cursor.execute("DROP ROLE upstream_test_login")
