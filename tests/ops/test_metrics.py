from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client

from upstream.accounts.models import Organization
from upstream.core import clock
from upstream.core.models import Job, JobState

pytestmark = [pytest.mark.urls("upstream.ops.urls"), pytest.mark.django_db]

LIVE = '{method="GET",status="200",view="upstream.ops.health.live"}'
TOKEN = "a-token-of-more-than-twenty-characters"


def figure(text: str, name: str) -> float:
    return next(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name + " "))


def job(organization: Organization, **values: object) -> Job:
    made = Job(organization=organization, kind="tests.nothing", **values)
    made.save(force_insert=True)
    return made


def test_jobs_are_counted_by_state_and_the_oldest_waiting_is_timed(organization: Organization) -> None:
    job(organization, run_after=clock.now() - timedelta(seconds=90))
    job(organization, run_after=clock.now() - timedelta(seconds=30))
    job(organization, run_after=clock.now() + timedelta(hours=1))
    job(organization, state=JobState.FAILED, run_after=clock.now() - timedelta(days=1))
    text = Client().get("/metrics").content.decode()
    assert figure(text, 'upstream_jobs{state="QUEUED"}') == 3
    assert figure(text, 'upstream_jobs{state="FAILED"}') == 1
    assert figure(text, 'upstream_jobs{state="SUCCEEDED"}') == 0
    assert 90 <= figure(text, "upstream_job_oldest_waiting_seconds") < 100


def test_nothing_waits_in_an_empty_queue() -> None:
    text = Client().get("/metrics").content.decode()
    assert figure(text, "upstream_job_oldest_waiting_seconds") == 0


def test_requests_are_counted() -> None:
    name = f"upstream_http_request_seconds_count{LIVE}"
    Client().get("/health/live")
    before = figure(Client().get("/metrics").content.decode(), name)
    Client().get("/health/live")
    assert figure(Client().get("/metrics").content.decode(), name) == before + 1


def test_nothing_that_a_caller_writes_becomes_a_label() -> None:
    assert Client().generic("BREW", "/tea/of/somebody").status_code == 404
    text = Client().get("/metrics").content.decode()
    assert figure(text, 'upstream_http_request_seconds_count{method="(other)",status="404",view="(no route)"}') >= 1
    assert "BREW" not in text and "somebody" not in text


@pytest.mark.parametrize(
    ("authorization", "status"), [(f"Bearer {TOKEN}", 200), ("Bearer wrong", 404), (TOKEN, 404), ("", 404)]
)
def test_with_a_token_set_only_its_bearer_sees_them(settings: LazySettings, authorization: str, status: int) -> None:
    settings.PROMETHEUS_METRICS_TOKEN = TOKEN
    response = Client().get("/metrics", headers={"Authorization": authorization})
    assert response.status_code == status
    assert (b"upstream_jobs" in response.content) == (status == 200)


@pytest.mark.parametrize(
    ("address", "forwarded", "debug", "status"),
    [
        ("127.0.0.1", None, False, 200),
        ("::1", None, False, 200),
        ("203.0.113.7", None, False, 404),
        ("10.1.2.3", None, False, 404),
        ("", None, False, 404),
        ("127.0.0.1", "203.0.113.7", False, 404),
        ("203.0.113.7", None, True, 200),
    ],
)
def test_without_a_token_only_this_machine_and_development_see_them(
    settings: LazySettings, address: str, forwarded: str | None, debug: bool, status: int
) -> None:
    settings.PROMETHEUS_METRICS_TOKEN = ""
    settings.DEBUG = debug
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    response = Client().get("/metrics", headers=headers, REMOTE_ADDR=address)
    assert response.status_code == status
    assert (b"upstream_jobs" in response.content) == (status == 200)


def test_processes_side_by_side_answer_for_one_another(tmp_path: object) -> None:
    """Two processes count one request each; a third, asked for figures, says two."""
    import subprocess
    import sys

    from support import ROOT, database_url

    environment = {
        "PYTHONPATH": str(ROOT / "backend"),
        "DJANGO_SETTINGS_MODULE": "upstream.settings.test",
        "DATABASE_URL": database_url(),
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
    }
    program = (
        "import django; django.setup(); from django.test import Client, override_settings\n"
        "with override_settings(ROOT_URLCONF='upstream.ops.urls'):\n"
        "    response = Client().get('{path}')\n"
        "print(response.content.decode())"
    )

    def ask(path: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", program.format(path=path)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    ask("/health/live")
    ask("/health/live")
    assert figure(ask("/metrics"), f"upstream_http_request_seconds_count{LIVE}") == 2
