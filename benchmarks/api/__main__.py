"""`make bench-api`: on a database made anew each time in the PostgreSQL of `DATABASE_URL` or the local one."""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psutil

from benchmarks.api import metrics

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("DATABASE_URL") or "postgresql://127.0.0.1:5432/postgres"
NAME = "upstream_bench_api"
CLAIMS = 50_000
ROUNDS = 15

INBOX = """query { alerts(filter: {state: [OPEN]}, first: 25) { totalCount pageInfo { endCursor hasNextPage } items {
  id state headline rankScore assignee { id name } payer { id name } judgement { verdict }
  signal { id kind direction changeDate certainty dollarsPerWeek serviceGroup { id name } } } } }"""
FIELDS = """id controlNumber procedureCode outcome submittedDate decidedDate billedAmount paidAmount denialCode
  payer { id name }"""
PAGE = f"query {{ claims(first: 100) {{ pageInfo {{ endCursor hasNextPage }} items {{ {FIELDS} }} }} }}"
PEER_PAGE = f"query {{ claims(first: 100) {{ {FIELDS} }} }}"
PAGE_WITH_LINES = f"""query {{ claims(first: 100) {{ totalCount items {{ {FIELDS} patient(reason: QUALITY) {{ name }}
  lines {{ number procedureCode billedAmount adjustments {{ groupCode reasonCode amount }} }}
  adjustments {{ amount }} }} }} }}"""


def fresh_database() -> str:
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{NAME}"')
    parts = urlsplit(SERVER)
    return urlunsplit(parts._replace(path=f"/{NAME}"))


def median_cpu(work: Callable[[], Any]) -> float:
    """Milliseconds of this process's CPU, the median of some rounds after two to warm up."""
    figures = []
    for _ in range(ROUNDS + 2):
        started = time.process_time()
        work()
        figures.append((time.process_time() - started) * 1000)
    return statistics.median(figures[2:])


def upload_to_alerts(environment: dict[str, str]) -> tuple[float, float, dict[str, Any]]:
    """Seconds and peak MB of a worker process from the upload to its alerts, and what it found."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "claims.csv"
        subprocess.run(
            [
                sys.executable,
                "backend/manage.py",
                "write_claims",
                "--claims",
                str(CLAIMS),
                "--seed",
                "7",
                "--out",
                str(file),
            ],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        worker = subprocess.Popen(
            [sys.executable, "backend/manage.py", "worker"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return _follow(file, psutil.Process(worker.pid))
        finally:
            worker.terminate()
            worker.wait()


def _follow(file: Path, worker: psutil.Process) -> tuple[float, float, dict[str, Any]]:
    from upstream.accounts import services as accounts
    from upstream.accounts import sessions
    from upstream.accounts.models import ClientKind, User
    from upstream.accounts.roles import Role
    from upstream.alerts.models import Alert
    from upstream.claims.models import Claim
    from upstream.core.models import Job, JobState
    from upstream.detection.models import DetectionRun
    from upstream.intake import services as intake

    organization = accounts.create_organization(name="Bench Clinic", slug="bench", is_demo=True)
    user = User.objects.create_user(email="bench@example.com", password="a long bench passphrase", name="Bench")
    accounts.add_member(
        organization=organization, user=user, role=Role.OWNER, actor=accounts.system_actor(organization.pk)
    )
    issued = sessions.sign_in(email="bench@example.com", password="a long bench passphrase", client=ClientKind.BEARER)
    actor = sessions.actor_of(issued.session)
    started, peak = time.monotonic(), 0.0
    with file.open("rb") as source:
        intake.receive_upload(actor=actor, file_name="claims.csv", chunks=iter(lambda: source.read(1 << 20), b""))
    while True:
        peak = max(peak, worker.memory_info().rss / 1e6)
        runs = Job.unscoped.filter(kind="detection.run", state=JobState.SUCCEEDED).count()
        failed = Job.unscoped.filter(state=JobState.FAILED).first()
        if failed:
            raise SystemExit(f"the job {failed.kind} failed: {failed.error_message}")
        if runs:
            break
        time.sleep(0.02)
    seconds = time.monotonic() - started
    found = {
        "token": issued.access_token,
        "organization": organization,
        "claims": Claim.objects.for_organization(organization).count(),
        "alerts": Alert.objects.for_organization(organization).count(),
        "detection": DetectionRun.objects.for_organization(organization).order_by("-id")[0].seconds,
    }
    return seconds, peak, found


def in_turns(ways: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Milliseconds of this process's CPU of each way, the median of rounds in which each has its turn."""
    figures: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS + 2):
        for name, work in ways.items():
            started = time.process_time()
            work()
            figures[name].append((time.process_time() - started) * 1000)
    return {name: statistics.median(each[2:]) for name, each in figures.items()}


def main() -> int:
    url = fresh_database()
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "upstream.settings.dev",
        "DEBUG": "False",
        "PYTHONPATH": str(ROOT / "backend"),
    }
    environment.pop("REDIS_URL", None)
    with tempfile.TemporaryDirectory() as media:
        environment["MEDIA_ROOT"] = media
        os.environ.update(environment)
        os.environ.pop("REDIS_URL", None)
        sys.path.insert(0, str(ROOT / "backend"))
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection
        from django.test import Client
        from django.test.utils import CaptureQueriesContext, override_settings

        from upstream.core import scope

        scope.enter(scope.ALL)
        call_command("migrate", verbosity=0)
        seconds, peak, found = upload_to_alerts(environment)
        client = Client(headers={"Authorization": f"Bearer {found['token']}", "Host": "localhost"})

        def ask(query: str, address: str = "/graphql/") -> dict[str, Any]:
            response = client.post(address, json.dumps({"query": query}), content_type="application/json")
            answer = json.loads(response.content)
            if "errors" in answer:
                raise SystemExit(str(answer["errors"]))
            return answer

        started = time.process_time()
        ask(INBOX)
        first_inbox = (time.process_time() - started) * 1000
        with CaptureQueriesContext(connection) as queries:
            ask(PAGE_WITH_LINES)
        # Knowing who asks, and writing down that patients were read, is not the page's.
        page_queries = [
            query["sql"]
            for query in queries.captured_queries
            if query["sql"].startswith("SELECT") and not re.search("accounts_session|audit_", query["sql"])
        ]
        figures = {
            "upload to alerts, s": (seconds, 20.0),
            "worker peak, MB": (peak, 300.0),
            "detection, s": (found["detection"], 1.0),
            "first inbox request (cold), CPU ms": (first_inbox, None),
            "inbox, CPU ms": (median_cpu(lambda: ask(INBOX)), 60.0),
            "100 claims with lines, CPU ms": (
                median_cpu(lambda: ask(PAGE_WITH_LINES)),
                None,
            ),
            "100 claims with lines, queries": (float(len(page_queries)), 5.0),
        }
        with override_settings(ROOT_URLCONF="benchmarks.api.peers"):
            pages = in_turns(
                {
                    "Upstream": lambda: ask(PAGE),
                    "REST framework": lambda: client.get("/peers/rest/").json()["results"][99],
                    "strawberry-django": lambda: ask(PEER_PAGE, "/peers/strawberry/")["data"]["claims"][99],
                }
            )
        for name, target in (("REST framework", 0.7), ("strawberry-django", 0.25)):
            figures[f"100 claims x 10, {name}, CPU ms"] = pages[name], None
            figures[f"100 claims x 10, times {name}"] = pages["Upstream"] / pages[name], target
        figures["100 claims x 10, CPU ms"] = pages["Upstream"], None
        counted = metrics.fill(found["organization"])
        for name, values, target in (("sums", metrics.SUMS, 100.0), ("all but cohorts", metrics.ALL, None)):
            asked = metrics.query(values)
            assert ask(asked)["data"]["metrics"]["totalCount"] >= metrics.SIZE[0] * metrics.SIZE[1]
            figures[f"metrics of 1,000,000 claims, {name}, ms"] = (
                metrics.median_ms(lambda asked=asked: ask(asked)),
                target,
            )
        figures["the sums with pandas, ms"] = metrics.median_ms(counted), None
        connection.close()
    print(f"{found['claims']:,} claims, {found['alerts']} alerts, {CLAIMS / seconds:,.0f} claims/s up to the alerts\n")
    result = {}
    for name, (value, target) in figures.items():
        holds = target is None or value <= target
        result[name] = {"value": round(value, 3), "target": target, "holds": holds}
        print(f"{name:<50} {value:>10.2f}   {'' if target is None else f'≤ {target:g}':<8} {'' if holds else 'MISSED'}")
    print(json.dumps(result))
    return 0 if all(figure["holds"] for figure in result.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
