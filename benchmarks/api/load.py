"""Pages of claims over HTTP, by a load generator on a core of its own: Upstream beside what one would else run.

Every way is a server of its own that stays up while the others are asked, on one and the same core, and they take
turns at each number of clients, so that the pace of the machine at the moment decides nothing.
"""

import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psutil

from benchmarks.api.questions import INBOX, LIST, PAGE, PEER_PAGE, POSTGRAPHILE_LIST, POSTGRAPHILE_PAGE, metrics

ROOT = Path(__file__).resolve().parents[2]
NODE = Path(__file__).with_name("node")
SERVER = os.environ.get("DATABASE_URL") or "postgresql://127.0.0.1:5432/postgres"
REDIS = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/15"
CLAIMS = int(os.environ.get("ROWS") or 1_000_000)
#: A small number of claims is for a look whether everything works.
ROUNDS, SECONDS = (5, 2) if CLAIMS >= 1_000_000 else (3, 1)
CLIENTS = (1, 4, 8, 64)
INBOX_CLIENTS = 20
OURS, REST, STRAWBERRY, POSTGRAPHILE = "Upstream", "REST framework", "strawberry-django", "PostGraphile"
#: Times the milliseconds of each peer that Upstream may take.
MOST_TIMES = {REST: 0.7, STRAWBERRY: 0.25, POSTGRAPHILE: 1.6}
MOST_P99, MOST_INBOX_P95, MOST_METRICS = 20.0, 300.0, 100.0
#: Requests a second of a core for a list of 50 x 8, on a machine where PostGraphile answers so many.
LEAST_A_CORE, PACE = 1000.0, 1599.0


Figures = dict[str, tuple[float, float | None, str]]
"""Values with their targets and whether these are the "most" or the "least"."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a page: the server's process, and what is sent to it."""

    process: psutil.Process
    url: str
    headers: dict[str, str]
    body: str | None

    def asking(self, query: str) -> "Way":
        return Way(self.process, self.url, self.headers, json.dumps({"query": query}))

    def once(self) -> tuple[float, Any]:
        """Milliseconds of one request, and the answer."""
        request = urllib.request.Request(self.url, self.body.encode() if self.body else None, self.headers)
        started = time.perf_counter()
        with urllib.request.urlopen(request) as response:
            content = response.read()
        milliseconds = (time.perf_counter() - started) * 1000
        answer = json.loads(content)
        if "errors" in answer:
            raise SystemExit(f"{self.url} answers {answer['errors']}")
        return milliseconds, answer

    def cpu_seconds(self) -> float:
        of = [each.cpu_times() for each in (self.process, *self.process.children(recursive=True))]
        return sum(each.user + each.system for each in of)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of the load generator found: requests a second, and milliseconds."""

    rate: float
    p50: float
    p95: float
    p99: float
    cpu: float
    """Of the server alone, for a request."""
    failed: int


def run(way: Way, clients: int, seconds: float = SECONDS) -> Run:
    asked = {"url": way.url, "headers": way.headers, "body": way.body, "clients": clients, "seconds": seconds}
    before = way.cpu_seconds()
    done = subprocess.run(
        [*_on_core(-1), "node", str(NODE / "load.mjs")],
        input=json.dumps(asked), check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    spent = way.cpu_seconds() - before
    told = json.loads(done.stdout)
    if not told["requests"]:
        # On a machine with much else to do.
        return run(way, clients, seconds * 2)
    return Run(
        rate=told["requests"] / told["seconds"],
        **{name: told[name] for name in ("p50", "p95", "p99", "failed")},
        cpu=spent * 1000 / told["requests"],
    )


def _on_core(which: int) -> list[str]:
    """The beginning of a command that keeps to the first (0) or the last (-1) core there is."""
    return ["taskset", "--cpu-list", str(sorted(os.sched_getaffinity(0))[which])]


@contextmanager
def _kept_database() -> Iterator[str]:
    """The address of the database with so many claims; filled once, it stays for the next time."""
    import psycopg

    name = f"upstream_bench_load_{CLAIMS}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        comment = server.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        if comment is None or comment[0] != "filled":
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            server.execute(f'CREATE DATABASE "{name}"')
        yield urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))
        server.execute(f"COMMENT ON DATABASE \"{name}\" IS 'filled'")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _serving(command: list[str], environment: dict[str, str], port: int) -> Iterator[psutil.Process]:
    """A server on the first core, from when it listens."""
    process = subprocess.Popen(
        [*_on_core(0), *command], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{' '.join(command[:3])} … did not start")
            time.sleep(0.1)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def _granian(port: int) -> list[str]:
    """As `deploy/start.sh web`, with one process."""
    return [
        str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--host", "127.0.0.1", "--port",
        str(port), "--workers", "1", "--blocking-threads", "4", "--respawn-failed-workers", "--no-ws",
        "--working-dir", "backend", "upstream.wsgi:application",
    ]  # fmt: skip


def _ways(stack: ExitStack, url: str, environment: dict[str, str], clinic: dict[str, Any]) -> dict[str, Way]:
    asked = {
        OURS: ("graphql/", PAGE),
        REST: ("peers/rest/", None),
        STRAWBERRY: ("peers/strawberry/", PEER_PAGE),
        POSTGRAPHILE: ("graphql", POSTGRAPHILE_PAGE),
    }
    ways = {}
    for name, (address, query) in asked.items():
        port = _free_port()
        if name == POSTGRAPHILE:
            command = ["node", str(NODE / "postgraphile.mjs"), url, str(port), clinic["organization"]]
        else:
            command = _granian(port)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="upstream-bench-"))
        process = stack.enter_context(_serving(command, environment | {"PROMETHEUS_MULTIPROC_DIR": folder}, port))
        headers = {"Authorization": f"Bearer {clinic['token']}"} if name != POSTGRAPHILE else {}
        headers |= {"Content-Type": "application/json"} if query else {}
        ways[name] = Way(
            process, f"http://127.0.0.1:{port}/{address}", headers, json.dumps({"query": query}) if query else None
        )
    return ways


def _rows_of(name: str, answer: Any) -> list[Any]:
    """The rows of an answer as the same values in the same order, to see that all ways give the same page."""
    if name == REST:
        rows, payer = answer["results"], "payer"
    elif name == POSTGRAPHILE:
        rows, payer = answer["data"]["allClaimsClaims"]["nodes"], "claimsPayerByOrganizationIdAndPayerId"
    else:
        rows, payer = answer["data"]["claims"], "payer"
        rows = rows["items"] if name == OURS else rows
    told = []
    for row in rows:
        values = [value for field, value in row.items() if field != payer]
        told.append((*values, row[payer]["id"], row[payer]["name"]))
    return told


def measured() -> tuple[Figures, list[str]]:
    """Figures, and lines for people."""
    if not (NODE / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE, check=True, stdout=subprocess.DEVNULL)
    from cryptography.fernet import Fernet

    with ExitStack() as stack:
        media = stack.enter_context(tempfile.TemporaryDirectory(prefix="upstream-bench-"))
        shared = os.environ | {
            "SECRET_KEY": secrets.token_urlsafe(64),
            "MEDIA_ROOT": media,
            "DEBUG": "False",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'backend'}",
        }
        with _kept_database() as url:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.api.kept", str(CLAIMS)],
                cwd=ROOT,
                env=shared | {"DATABASE_URL": url, "REDIS_URL": "", "DJANGO_SETTINGS_MODULE": "upstream.settings.dev"},
                check=True, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        clinic = json.loads(done.stdout.splitlines()[-1])
        production = shared | {
            "DATABASE_URL": url,
            "REDIS_URL": REDIS,
            "DJANGO_SETTINGS_MODULE": "benchmarks.api.settings",
            "FIELD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
            "ALLOWED_HOSTS": "127.0.0.1",
            "PORTAL_BASE_URL": "https://portal.example.org",
            "REAL_DATA_MODE": "False",
            "SECURE_SSL_REDIRECT": "False",
        }
        ways = _ways(stack, url, production, clinic)
        inbox = ways[OURS].asking(INBOX)
        first_inbox, answer = inbox.once()
        assert answer["data"]["alerts"]["items"]
        pages = {name: _rows_of(name, way.once()[1]) for name, way in ways.items()}
        assert len(pages[OURS]) == 100
        for name, page in pages.items():
            if page != pages[OURS]:
                raise SystemExit(f"{name} gives another page:\n{page[0]}\n{pages[OURS][0]}")
        for way in ways.values():
            run(way, 4)
        runs = {
            (clients, name): found
            for clients in CLIENTS
            for name, found in _in_turns({name: (way, clients) for name, way in ways.items()}).items()
        }
        others = _in_turns(
            {
                "list": (ways[OURS].asking(LIST), 8),
                "PostGraphile's list": (ways[POSTGRAPHILE].asking(POSTGRAPHILE_LIST), 8),
                "inbox": (inbox, INBOX_CLIENTS),
                "metrics": (ways[OURS].asking(metrics(clinic["first_day"], clinic["last_day"])), 1),
            }
        )
    return _figures(runs, others, first_inbox), _lines(clinic, runs)


def _in_turns(asked: dict[str, tuple[Way, int]]) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {name: [] for name in asked}
    for _ in range(ROUNDS):
        for name, (way, clients) in asked.items():
            found[name].append(run(way, clients))
    return found


Runs = dict[tuple[int, str], list[Run]]


def _middle(runs: list[Run], name: str) -> float:
    return statistics.median(getattr(each, name) for each in runs)


def _times(runs: Runs, clients: int, peer: str, name: str) -> float:
    """Times the peer's figure, round by round."""
    pairs = zip(runs[clients, OURS], runs[clients, peer], strict=True)
    return statistics.median(getattr(ours, name) / getattr(theirs, name) for ours, theirs in pairs)


def _figures(runs: Runs, others: dict[str, list[Run]], first_inbox: float) -> Figures:
    figures: Figures = {}
    for peer, most in MOST_TIMES.items():
        figures[f"page over HTTP, p50 of one client, times {peer}"] = _times(runs, 1, peer, "p50"), most, "most"
        figures[f"page over HTTP, p50 of 8 clients, times {peer}"] = _times(runs, 8, peer, "p50"), most, "most"
        figures[f"page over HTTP, CPU of the server, times {peer}"] = _times(runs, 8, peer, "cpu"), None, "most"
    figures["page over HTTP, requests a second of a core"] = 1000 / _middle(runs[8, OURS], "cpu"), None, "least"
    of_core, of_peer = (1000 / _middle(others[name], "cpu") for name in ("list", "PostGraphile's list"))
    figures["50 x 8 over HTTP, requests a second of a core"] = of_core, None, "least"
    figures["50 x 8 over HTTP, PostGraphile's"] = of_peer, None, "least"
    at_pace = of_core / of_peer * PACE
    figures["50 x 8 over HTTP, at the pace of 1,599 of PostGraphile's"] = at_pace, LEAST_A_CORE, "least"
    figures["page over HTTP, p99 of 4 clients, ms"] = _middle(runs[4, OURS], "p99"), MOST_P99, "most"
    figures["first inbox over HTTP (cold), ms"] = first_inbox, None, "most"
    figures["inbox over HTTP, p95 of 20 clients, ms"] = _middle(others["inbox"], "p95"), MOST_INBOX_P95, "most"
    figures["12 months by payer and service group over HTTP, ms"] = (
        _middle(others["metrics"], "p50"), MOST_METRICS, "most",
    )  # fmt: skip
    failed = sum(each.failed for of in (*runs.values(), *others.values()) for each in of)
    figures["requests that failed"] = failed, 0, "most"
    return figures


def _lines(clinic: dict[str, Any], runs: Runs) -> list[str]:
    lines = [
        f"{clinic['claims']:,} claims, {clinic['alerts']} alerts; 100 claims x 10 with payer over HTTP, "
        f"the middle of {ROUNDS} rounds of {SECONDS} s",
        f"{'':20}{'clients':>8}{'req/s':>8}{'p50 ms':>9}{'p95':>8}{'p99':>8}{'CPU ms':>9}{'req/s of a core':>17}",
    ]
    for (clients, name), of in runs.items():
        rate, p50, p95, p99, cpu = (_middle(of, each) for each in ("rate", "p50", "p95", "p99", "cpu"))
        lines.append(f"{name:20}{clients:8}{rate:8.0f}{p50:9.2f}{p95:8.2f}{p99:8.2f}{cpu:9.2f}{1000 / cpu:17.0f}")
    return lines
