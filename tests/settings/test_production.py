"""Production starts with everything set and strong, or not at all; the message names the variable and the remedy."""

import secrets
import subprocess
import sys

import pytest
from support import ROOT

DEVELOPMENT_KEY = "ZGV2ZWxvcG1lbnQta2V5LXByb3RlY3RzLW5vdGhpbmc="
RANDOM_KEY = "YlV-Uyds9cGdCCnKtpy-GG6yefXVYPjIbgp58e6ppEw="


def complete() -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "upstream.settings.prod",
        "PYTHONPATH": str(ROOT / "backend"),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "FIELD_ENCRYPTION_KEY": RANDOM_KEY,
        "ALLOWED_HOSTS": "api.example.org",
        "DATABASE_URL": "postgresql://upstream:word@db:5432/upstream",
        "REDIS_URL": "redis://redis:6379/0",
        "PORTAL_BASE_URL": "https://portal.example.org",
        "REAL_DATA_MODE": "True",
    }


def python(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False)


def start(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return python(["-c", "from django.conf import settings; settings.DEBUG"], environment)


def test_a_complete_environment_starts_and_passes_djangos_deployment_check() -> None:
    checked = python(["backend/manage.py", "check", "--deploy", "--fail-level", "WARNING"], complete())
    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout


def test_a_server_waits_for_no_statement_longer_than_it_may_and_a_worker_does() -> None:
    options = "from django.db import connections; print(connections.settings['default']['OPTIONS'].get('options'))"

    def told(imported: str, **more: str) -> str:
        return python(["-c", f"import django\n{imported}\n{options}"], complete() | more).stdout.strip()

    assert told("import upstream.wsgi") == "-c statement_timeout=20s"
    assert told("import upstream.wsgi", DATABASE_STATEMENT_SECONDS="45") == "-c statement_timeout=45s"
    assert told("import upstream.celery") == "None"


@pytest.mark.parametrize(
    ("variable", "value", "remedy"),
    [
        ("SECRET_KEY", "", "Make one with: python -c"),
        ("SECRET_KEY", "short", "Make one with: python -c"),
        ("SECRET_KEY", "ab" * 40, "Make one with: python -c"),
        ("SECRET_KEY", "test-only-key-that-protects-nothing-real-at-all-0123456789", "Make one with: python -c"),
        ("FIELD_ENCRYPTION_KEY", "", "Make one with: python -c"),
        ("FIELD_ENCRYPTION_KEY", "not a key", "Make one with: python -c"),
        ("FIELD_ENCRYPTION_KEY", DEVELOPMENT_KEY, "Make one with: python -c"),
        ("FIELD_ENCRYPTION_KEY", "A" * 43 + "=", "Make one with: python -c"),
        ("FIELD_ENCRYPTION_KEY", f"{RANDOM_KEY},{DEVELOPMENT_KEY}", "key 2"),
        ("ALLOWED_HOSTS", "", "host names"),
        ("ALLOWED_HOSTS", "*", "host names"),
        ("DATABASE_URL", "", "postgresql://"),
        ("DATABASE_URL", "mysql://db/upstream", "postgresql://"),
        ("DATABASE_URL", "sqlite:////srv/upstream.sqlite3", "postgresql://"),
        ("REDIS_URL", "", "redis://"),
        ("REDIS_URL", "localhost:6379", "redis://"),
        ("PORTAL_BASE_URL", "", "https://"),
        ("PORTAL_BASE_URL", "http://portal.example.org", "https://"),
        ("DEBUG", "True", "set DEBUG=False"),
        ("DEBUG", "perhaps", "True or False"),
        ("METRICS_TOKEN", "metrics", "Make one with: python -c"),
        ("SENTRY_DSN", "sentry.example.org", "https://key@host/project"),
        ("UPLOAD_MAX_BYTES", "2 GB", "whole number"),
        ("REAL_DATA_MODE", "", "are left out"),
        ("REAL_DATA_MODE", "perhaps", "True or False"),
        ("SECURE_SSL_REDIRECT", "False", "TLS_ENDS_IN_FRONT=True"),
        ("CORS_ALLOWED_ORIGINS", "*", "https://system.example.org"),
    ],
)
def test_a_missing_or_weak_variable_refuses_to_start(variable: str, value: str, remedy: str) -> None:
    started = start({**complete(), variable: value})
    assert started.returncode != 0
    message = started.stderr.strip().splitlines()[-1]
    assert variable in message
    assert remedy in message
    if len(value) > 8 and remedy not in value:
        assert value not in started.stderr, "the value itself must not be printed"


def test_the_counterpart_of_every_refusal_is_a_start() -> None:
    started = start(complete())
    assert started.returncode == 0, started.stderr


def test_without_a_service_for_mail_none_is_sent() -> None:
    asked = ["-c", "from django.conf import settings; print(repr(settings.EMAIL_BACKEND))"]
    assert python(asked, complete()).stdout.strip() == "''"
    assert "anymail" in python(asked, complete() | {"MAILGUN_API_KEY": "key"}).stdout


def test_without_redirection_patients_data_need_tls_in_front_and_a_trial_does_not() -> None:
    plain = complete() | {"SECURE_SSL_REDIRECT": "False"}
    for more in ({"TLS_ENDS_IN_FRONT": "True"}, {"REAL_DATA_MODE": "False"}):
        started = start(plain | more)
        assert started.returncode == 0, started.stderr


def test_patients_are_kept_where_real_data_are_alone_and_the_trail_is_always_there() -> None:
    asked = (
        "from django.conf import settings; "
        "print(settings.PATIENTS_KEPT, {'auditlog', 'upstream.audit'} <= set(settings.INSTALLED_APPS), "
        "settings.DATABASES['default']['ENGINE'])"
    )
    for real in ("True", "False"):
        told = python(["-c", asked], complete() | {"REAL_DATA_MODE": real}).stdout.strip()
        assert told == f"{real} True upstream.core.postgresql"


def test_servers_and_workers_start_behind_the_check_of_row_level_security() -> None:
    script = (ROOT / "deploy" / "start.sh").read_text()
    assert "checked() {\n    python backend/manage.py check --database default\n}" in script
    for process in ("web)", "worker)"):
        part = script[script.index(f"\n{process}") :].split("exec ")[0]
        assert "    checked\n" in part
