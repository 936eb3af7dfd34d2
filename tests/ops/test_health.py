from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from support import as_owner

from upstream.ops import health

pytestmark = pytest.mark.urls("upstream.ops.urls")


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    health._unapplied.cache_clear()


@pytest.mark.django_db
def test_a_working_installation_is_ready() -> None:
    response = Client().get("/health/ready")
    assert response.status_code == 200
    body = response.json()
    assert body["status"] == "ok"
    assert {"database", "migrations", "row_security", "storage"} <= set(body["checks"])
    assert set(body["checks"].values()) == {"ok"}
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.postgresql
@pytest.mark.django_db
def test_a_table_without_row_security_is_a_reason() -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE claims_claim DISABLE ROW LEVEL SECURITY")
    response = Client().get("/health/ready")
    assert response.status_code == 503
    assert "manage.py check --database default" in response.json()["checks"]["row_security"]


def test_live_asks_nothing_of_the_database() -> None:
    # Without the database fixture any query fails this test.
    response = Client().get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_an_unapplied_migration_is_a_reason_and_its_application_the_end_of_it() -> None:
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("core", "0001_initial")
    response = Client().get("/health/ready")
    assert response.status_code == 503
    assert "manage.py migrate" in response.json()["checks"]["migrations"]
    recorder.record_applied("core", "0001_initial")
    assert Client().get("/health/ready").status_code == 200


@pytest.mark.django_db
def test_an_unreachable_redis_is_a_reason_that_names_no_address(settings: LazySettings) -> None:
    settings.REDIS_URL = "redis://:secret-word@127.0.0.1:1/0"
    response = Client().get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["redis"] == "unreachable (ConnectionError)"
    assert "secret-word" not in response.content.decode()
    assert "127.0.0.1" not in response.content.decode()


@pytest.mark.django_db
def test_a_storage_that_takes_nothing_is_a_reason(settings: LazySettings, tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("in the way")
    settings.MEDIA_ROOT = str(tmp_path / "a-file")
    response = Client().get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["storage"].startswith("unreachable (")
    assert str(tmp_path) not in response.content.decode()


@pytest.mark.django_db
def test_the_storage_check_leaves_nothing_behind(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    assert Client().get("/health/ready").status_code == 200
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_unreachable_database_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def refuse() -> None:
        raise OperationalError("connection to server at 10.0.0.7 failed for user upstream")

    monkeypatch.setattr(connection, "ensure_connection", refuse)
    response = Client().get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["database"] == "unreachable (OperationalError)"
    assert "10.0.0.7" not in response.content.decode()


def test_only_reading_is_answered() -> None:
    assert Client().post("/health/live").status_code == 405
