"""`make bench-api`, in the PostgreSQL of `DATABASE_URL` or the local one.

What is asked within the process, on a database made anew each time; then over HTTP, on a million claims (`ROWS`) that
are kept, with the Redis of `REDIS_URL` or the local one. `python -m benchmarks.api load` does the second alone.
README.md says what is compared, and how.
"""

import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from benchmarks.api import load, metrics
from benchmarks.api.filling import upload_to_alerts
from benchmarks.api.questions import ALL, INBOX, PAGE, PAGE_WITH_LINES, PEER_PAGE, SUMS

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("DATABASE_URL") or "postgresql://127.0.0.1:5432/postgres"
NAME = "upstream_bench_api"
CLAIMS = 50_000
ROUNDS = 15


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


def in_turns(ways: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Milliseconds of this process's CPU of each way, the median of rounds in which each has its turn."""
    figures: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS + 2):
        for name, work in ways.items():
            started = time.process_time()
            work()
            figures[name].append((time.process_time() - started) * 1000)
    return {name: statistics.median(each[2:]) for name, each in figures.items()}


def within() -> tuple[load.Figures, str]:
    """What is asked within this process, and what it was asked of."""
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
        seconds, peak, found = upload_to_alerts(environment, CLAIMS)
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
        others = re.compile("accounts_session|audit_|upstream_append_event|SELECT$")
        statements = [query["sql"] for query in queries.captured_queries]
        page_queries = [sql for sql in statements if sql.startswith("SELECT") and not others.search(sql)]
        figures: dict[str, tuple[float, float | None]] = {
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
        for name, values, target in (("sums", SUMS, 100.0), ("all but cohorts", ALL, None)):
            asked = metrics.query(values)
            assert ask(asked)["data"]["metrics"]["totalCount"] >= metrics.SIZE[0] * metrics.SIZE[1]
            figures[f"metrics of 1,000,000 claims, {name}, ms"] = (
                metrics.median_ms(lambda asked=asked: ask(asked)),
                target,
            )
        figures["the sums with pandas, ms"] = metrics.median_ms(counted), None
        connection.close()
    told = f"{found['claims']:,} claims, {found['alerts']} alerts, {CLAIMS / seconds:,.0f} claims/s up to the alerts"
    return {name: (value, target, "most") for name, (value, target) in figures.items()}, told


def main() -> int:
    figures, told = load.measured()
    if sys.argv[1:] != ["load"]:
        more, line = within()
        figures, told = more | figures, [line, "", *told]
    print("\n".join(told), end="\n\n")
    result = {}
    for name, (value, target, sense) in figures.items():
        holds = target is None or (value <= target if sense == "most" else value >= target)
        result[name] = {"value": round(value, 3), "target": target, "holds": holds}
        bar = (
            "" if target is None else f"{'≤' if sense == 'most' else '≥'} {target:<8g} {'holds' if holds else 'MISSED'}"
        )
        print(f"{name:<60} {value:>10.2f}   {bar}".rstrip())
    print(json.dumps(result))
    return 0 if all(figure["holds"] for figure in result.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
