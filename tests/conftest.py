"""Fixtures for the tests of every room: organizations, people of every role, GraphQL over HTTP, jobs, workers."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from copy import copy
from itertools import count
from os import environ
from pathlib import Path

import hypothesis
import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from executors import compare_executors
from pytest_django import DjangoDbBlocker
from support import GraphQL, Process, start_celery_worker

from upstream.accounts import services as accounts
from upstream.accounts import sessions
from upstream.accounts.models import ClientKind, Organization, User
from upstream.accounts.roles import Role
from upstream.core import scope, worker
from upstream.core.actor import Actor
from upstream.core.postgresql.base import ALL_ORGANIZATIONS, ONE_ORGANIZATION, DatabaseWrapper
from upstream.graph.documents import trusted

PASSWORD = "a long and harmless passphrase"
_numbers = count(1)

# The same examples every time, so that what a run says is said of the change; `make explore` looks for others.
hypothesis.settings.register_profile("suite", derandomize=True)
hypothesis.settings.register_profile("explore", derandomize=False, print_blob=True)
hypothesis.settings.load_profile(environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, and count as deselected, what the database at hand cannot show; `make test` runs on both.

    Tests that use a database get the mark `database`, so that `-m database` repeats those alone on another one. Those
    that say `once` take long for what SQLite would add to it, and are tried on PostgreSQL alone.
    """
    from django.conf import settings

    postgresql = connection.vendor == "postgresql"
    kept, left_out = [], []
    for item in items:
        if item.get_closest_marker("django_db") or {"db", "django_db_setup"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")
        on_redis = item.get_closest_marker("redis") is not None
        if on_redis:
            # One test process for all of them: each starts workers that share its broker.
            item.add_marker(pytest.mark.xdist_group("redis"))
        needs_postgresql = on_redis or item.get_closest_marker("postgresql") is not None
        if item.get_closest_marker("once") and item.get_closest_marker("database"):
            needs_postgresql = True
        at_hand = (postgresql or not needs_postgresql) and (settings.REDIS_URL or not on_redis)
        (kept if at_hand else left_out).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept


def pytest_report_header() -> str:
    from django.conf import settings

    return f"database: {connection.vendor}, Redis: {'yes' if settings.REDIS_URL else 'no'}"


@pytest.fixture(scope="session", autouse=True)
def _of_all_organizations() -> None:
    """Tests look at and arrange rows of any organization; requests, jobs and commands say for whom they work."""
    scope.enter(scope.ALL)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Between tests that commit, tables are emptied, which nothing but tests has the right to do."""
    wrapper = connections["default"]
    if isinstance(wrapper, DatabaseWrapper):
        with django_db_blocker.unblock(), wrapper.as_owner(), wrapper.cursor() as cursor:
            cursor.execute(f"GRANT TRUNCATE ON ALL TABLES IN SCHEMA public TO {ONE_ORGANIZATION}, {ALL_ORGANIZATIONS}")


@pytest.fixture(autouse=True)
def _both_executors(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """On the database of production; where queries are counted only as it is."""
    once = connection.vendor != "postgresql" or "count_queries" in request.fixturenames
    differences = [] if once else compare_executors(monkeypatch)
    yield
    assert differences == []


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Attempt counters and the like must not reach from one test into the next."""
    cache.clear()


@pytest.fixture(autouse=True)
def _registered_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is forgotten with it."""
    for name in ("_by_identifier", "_texts"):
        monkeypatch.setattr(trusted, name, copy(getattr(trusted, name)))


@pytest.fixture
def organization(db: None) -> Organization:
    return accounts.create_organization(name="Riverside Clinic", slug=f"riverside-{next(_numbers)}")


@pytest.fixture
def other_organization(db: None) -> Organization:
    """A second tenant, for everything that must not be seen from the first."""
    return accounts.create_organization(name="Hillside Clinic", slug=f"hillside-{next(_numbers)}")


@pytest.fixture
def member(organization: Organization) -> Callable[..., Actor]:
    """Makes a signed-in person of a role: `member(Role.ANALYST)`, `member(Role.OWNER, other_organization)`."""

    def make(role: Role = Role.CARE_TEAM, of: Organization | None = None) -> Actor:
        home = of or organization
        email = f"{role.lower()}-{next(_numbers)}@example.org"
        user = User.objects.create_user(email=email, password=PASSWORD, name=f"{role.label} Person")
        accounts.add_member(organization=home, user=user, role=role, actor=accounts.system_actor(home.pk))
        issued = sessions.sign_in(email=email, password=PASSWORD, client=ClientKind.BEARER)
        return sessions.actor_of(issued.session)

    return make


@pytest.fixture
def owner(member: Callable[..., Actor]) -> Actor:
    return member(Role.OWNER)


@pytest.fixture
def admin(member: Callable[..., Actor]) -> Actor:
    return member(Role.ADMIN)


@pytest.fixture
def care_team(member: Callable[..., Actor]) -> Actor:
    return member(Role.CARE_TEAM)


@pytest.fixture
def analyst(member: Callable[..., Actor]) -> Actor:
    return member(Role.ANALYST)


@pytest.fixture
def auditor(member: Callable[..., Actor]) -> Actor:
    return member(Role.AUDITOR)


@pytest.fixture
def viewer(member: Callable[..., Actor]) -> Actor:
    return member(Role.VIEWER)


@pytest.fixture
def integration(member: Callable[..., Actor]) -> Actor:
    return member(Role.INTEGRATION)


@pytest.fixture
def graphql(db: None) -> type[GraphQL]:
    """`graphql(actor)(query, variables)` posts to /graphql/ with a real access token and returns the answer."""
    return GraphQL


@pytest.fixture
def run_jobs(db: None) -> Callable[[], int]:
    """Carries out, in this process, every job that waits and every job those enqueue; returns how many ran."""

    def run() -> int:
        ran = 0
        while done := worker.carry_out_waiting():
            ran += done
        return ran

    return run


@pytest.fixture
def count_queries() -> Callable[[], AbstractContextManager[CaptureQueriesContext]]:
    """`with count_queries() as queries: …`, then `len(queries)`; each has its `sql`."""
    return lambda: CaptureQueriesContext(connection)


@pytest.fixture
def celery_worker(transactional_db: None, tmp_path: Path) -> Iterator[Process]:
    """A real Celery worker process on this test's database and Redis; for tests marked `redis`."""
    process = start_celery_worker(tmp_path / "celery.log")
    yield process
    process.stop()
