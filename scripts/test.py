"""`make test`: every check there is, on SQLite and on PostgreSQL with real Redis, and in a browser.

Checks of the code run two at a time; the suites after one another, each on all cores. Nothing is left out without
saying so. A failing step does not stop the others: all failures are listed at the end.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import dependencies
import install
from lot import BIN, PYTHON, ROOT, Stop, clean_environment, main, say
from servers import Servers

TAIL = 150
_COUNTS = re.compile(r"(\d+) (passed|failed|skipped|deselected|xfailed|errors?)\b")
# The closing lines of pytest ("3 passed in 1.2s"), vitest ("Tests  3 passed (3)") and Playwright ("  3 passed (1.2m)").
_SUMMARY = re.compile(
    r"^(\d+ \w+(, \d+ \w+)* in [\d.]+s.*|\s+Tests  .*|  \d+ (passed|failed|skipped)( \(.*\))?)$", re.M
)
# Lines that name a failed test, of the same three.
_FAILURES = re.compile(r"^(?:(?:FAILED|ERROR) \S+|\s+FAIL  .+|  \d+\) e2e/.+)", re.M)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
NPM = ["npm", "run", "--silent", "--workspace", "frontend"]


@dataclass
class Step:
    name: str
    command: list[str | Path]
    environment: dict[str, str] = field(default_factory=dict)
    # Whether its last lines count tests.
    counts: bool = False
    # Why it is not run; empty when it is.
    left_out: str = ""
    # The status by which it says that it could not look, and its output why.
    unable: int | None = None
    status: int = 0
    seconds: float = 0.0
    output: str = ""
    tests: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        if self.left_out:
            say(f"    --     {self.name}: not run, {self.left_out}")
            return
        say(f"    ...    {self.name}")
        began = time.monotonic()
        environment = clean_environment(**self.environment) | {"NO_COLOR": "1", "FORCE_COLOR": "0"}
        ran = subprocess.run(
            [str(part) for part in self.command],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        self.status, self.seconds = ran.returncode, time.monotonic() - began
        self.output = _COLOURS.sub("", ran.stdout.decode(errors="replace"))
        if self.unable is not None and self.status == self.unable:
            self.status, self.left_out = 0, "; ".join(self.output.strip().splitlines())
            say(f"    --     {self.name}: {self.left_out}")
            return
        if self.counts:
            self.tests = counted(self.output)
            if not self.status and not self.tests["passed"]:
                self.status, self.output = 1, f"{self.output}\nNo test was run."
        say(f"    {'ok    ' if not self.status else 'FAILED'} {self.name}: {self.seconds:.1f} s{self.told()}")
        for line in self.remarks():
            say(f"           {line}")
        if self.status:
            say(self.tail())

    def told(self) -> str:
        return "".join(f", {number} {word}" for word, number in self.tests.items())

    def remarks(self) -> Iterator[str]:
        """pytest's reasons for what it skipped."""
        if self.counts:
            yield from (line for line in self.output.splitlines() if line.startswith("SKIPPED"))

    def tail(self) -> str:
        return "\n".join(self.output.rstrip().splitlines()[-TAIL:])


def counted(output: str) -> Counter[str]:
    """Tests by outcome, from the closing lines of pytest, vitest or Playwright."""
    tests: Counter[str] = Counter()
    for line in _SUMMARY.finditer(output):
        for number, word in _COUNTS.findall(line[0]):
            tests["failed" if word.startswith("error") else word] += int(number)
    return tests


def checks_of_the_code() -> list[Step]:
    manage = [PYTHON, "backend/manage.py"]
    test_settings = {"DJANGO_SETTINGS_MODULE": "upstream.settings.test"}
    folders = ["backend", "tests", "benchmarks", "scripts", "clients"]
    return [
        Step("ruff check", [BIN / "ruff", "check", *folders]),
        Step("ruff format", [BIN / "ruff", "format", "--check", *folders]),
        Step("import contract", [BIN / "lint-imports", "--no-cache"], {"PYTHONPATH": "backend"}),
        Step("mypy", [BIN / "mypy"]),
        Step("schema drift", [PYTHON, "scripts/schema.py", "--check"]),
        Step("schema changes", [PYTHON, "scripts/schema_changes.py"]),
        Step("migrations drift", [*manage, "makemigrations", "--check", "--dry-run"], test_settings),
        Step("secrets in the repository", [PYTHON, "scripts/secret_scan.py"]),
        Step("bill of materials", [PYTHON, "scripts/dependencies.py", "--sbom"]),
        Step("known faults of dependencies", [PYTHON, "scripts/dependencies.py"], unable=dependencies.NOT_RUN),
        Step("Dockerfiles", [BIN / "hadolint", "Dockerfile.backend", "Dockerfile.frontend"]),
        docker_compose(),
        prometheus_rules(),
    ]


def docker_compose() -> Step:
    name = "docker-compose.yml"
    arguments = ["--env-file", ".env.example", "config", "--quiet"]
    # What a person fills in; everything else has its value in the file.
    keys = ("SECRET_KEY", "FIELD_ENCRYPTION_KEY", "METRICS_TOKEN")
    passwords = ("POSTGRES_PASSWORD", "DATABASE_PASSWORD", "GRAFANA_PASSWORD")
    filled_in = dict.fromkeys((*keys, *passwords), "secret") | {
        "ALLOWED_HOSTS": "localhost",
        "PORTAL_BASE_URL": "https://localhost",
        "REAL_DATA_MODE": "True",
    }
    if shutil.which("docker") and install.runs("docker", "compose", "version"):
        return Step(name, ["docker", "compose", *arguments], filled_in)
    if shutil.which("docker-compose"):
        return Step(name, ["docker-compose", *arguments], filled_in)
    return Step(name, [], left_out="docker-compose is not installed (apt-get install docker-compose)")


def prometheus_rules() -> Step:
    if not shutil.which("promtool"):
        return Step("alert rules", [], left_out="promtool is not installed (apt-get install prometheus)")
    return Step("alert rules", ["promtool", "test", "rules", "deploy/prometheus/alerts.test.yml"])


def checks_of_the_spa() -> list[Step]:
    return [
        Step("SPA lint", [*NPM, "lint"]),
        Step("SPA types", [*NPM, "typecheck"]),
        Step("SPA unit tests", [*NPM, "test"], counts=True),
    ]


def suites(servers: Servers) -> list[Step]:
    pytest = [BIN / "pytest", "-q", "-n", str(max(2, min(4, os.cpu_count() or 2)))]
    on_postgresql = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
    return [
        Step("pytest on SQLite", pytest, counts=True),
        # What uses no database has just been tried.
        Step("pytest on PostgreSQL and Redis", [*pytest, "-m", "database"], on_postgresql, counts=True),
        Step("browser tests", [PYTHON, "scripts/e2e.py"], counts=True),
    ]


def side_by_side(*lanes: list[Step]) -> None:
    def run(lane: list[Step]) -> None:
        for step in lane:
            step.run()

    threads = [threading.Thread(target=run, args=[lane]) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def work() -> int:
    began = time.monotonic()
    sys.argv[1:] = ["--tests"]
    install.work()
    if os.environ.get("DATABASE_URL", "postgresql").startswith("sqlite"):
        raise Stop("DATABASE_URL names SQLite; `make test` takes a PostgreSQL server from it (or finds one without).")
    steps = [*checks_of_the_code(), *checks_of_the_spa()]
    side_by_side(steps[: len(checks_of_the_code())], steps[len(checks_of_the_code()) :])
    with Servers() as servers:
        for step in suites(servers):
            step.run()
            steps.append(step)
    return summary(steps, time.monotonic() - began)


def summary(steps: list[Step], seconds: float) -> int:
    say("\n" + "=" * 78)
    tests: Counter[str] = Counter()
    for step in steps:
        verdict = "not run" if step.left_out else "FAILED" if step.status else "ok"
        say(f"{step.name:<34} {verdict:<8} {step.seconds:7.1f} s{step.told()}{step.left_out and '  ' + step.left_out}")
        tests += step.tests
    failed = [step for step in steps if step.status]
    if failed:
        say("failed: " + ", ".join(step.name for step in failed))
        for name in dict.fromkeys(line.strip() for step in failed for line in _FAILURES.findall(step.output)):
            say(f"  {name}")
    ran = sum(1 for step in steps if not step.left_out)
    told = ", ".join(f"{tests[word]} {word}" for word in ("passed", "failed", "skipped", "xfailed") if tests[word])
    say(f"{ran - len(failed)} of {ran} steps passed; tests: {told or 'none'} in {seconds:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    main(work)
