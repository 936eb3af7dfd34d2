"""`make bench-intake`: on a database of its own in the PostgreSQL of `DATABASE_URL` (or the local one), made anew.

A million rows of a CSV become claims, without patients and with one patient to five rows, beside a bare COPY of the
claims and lines they became into the same tables; an 835 decides them; a small file of the same organization comes in
meanwhile. A fifth of them is read by csv.DictReader and written by bulk_create, to the same claims, lines, people and
roll-up, and beside that by the intake, after it in the same tables. Each file is stored encrypted, and carried out by
the worker's own code in a process of its own, whose peak memory is told.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("DATABASE_URL") or "postgresql://127.0.0.1:5432/postgres"
NAME = "upstream_bench_intake"
CLAIMS, SEED = 1_000_000, 11
PATIENTS = CLAIMS // 5
#: What a remittance is tried with, and what bulk_create is.
FEWER, BESIDE = CLAIMS // 10, CLAIMS // 5
#: Rows of a file that comes in while a large one is read.
FEW = 1_000
#: Times as long as a bare COPY; times as fast as bulk_create; megabytes of the process; seconds without progress.
MOST_TIMES_COPY, MOST_TIMES_COPY_WITH_PATIENTS, LEAST_TIMES_PEER, MOST_MEGABYTES, MOST_QUIET = 5.0, 8.0, 4.0, 300.0, 1.0
#: Claims a second read from an 835, the megabytes by which that grows, and seconds that a small file waits.
LEAST_READ, MOST_GROWTH, MOST_WAIT = 40_000.0, 30.0, 5.0


def fresh_database() -> str:
    """The address of an empty database."""
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{NAME}"')
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{NAME}"))


def started(environment: dict[str, str], *arguments: object) -> subprocess.Popen[str]:
    """Begin a step in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.intake.steps", *map(str, arguments)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What a step came to: its last line is JSON."""
    told, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"a step of the benchmark failed: {process.args}")
    return json.loads(told.splitlines()[-1])


def step(environment: dict[str, str], *arguments: object) -> dict[str, Any]:
    return ended(started(environment, *arguments))


def carried(environment: dict[str, str], *file: object) -> dict[str, Any]:
    return step(environment, "carry", step(environment, "receive", *file)["upload"])


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="upstream-bench-") as folder:
        environment = os.environ | {
            "REDIS_URL": "",
            "DJANGO_SETTINGS_MODULE": "upstream.settings.test",
            "MEDIA_ROOT": folder,
            "PYTHONPATH": f"{ROOT / 'backend'}",
        }
        environment["DATABASE_URL"] = fresh_database()
        step(environment, "prepare")
        bare = carried(environment, "bare", "csv", CLAIMS, 0, SEED)
        step(environment, "verify", "bare")
        copied = step(environment, "copy", "bare")

        environment["DATABASE_URL"] = fresh_database()
        step(environment, "prepare")
        alone = carried(environment, "small", "csv", FEW, FEW // 5, SEED)
        large = step(environment, "receive", "people", "csv", CLAIMS, PATIENTS, SEED)["upload"]
        small = step(environment, "receive", "people", "csv", FEW, FEW // 5, SEED + 1)["upload"]
        people = started(environment, "carry", large)
        time.sleep(10)
        meanwhile = step(environment, "carry", small)
        assert people.poll() is None, "the large file was read before the small one"
        whole = ended(people)
        again = carried(environment, "people", "csv-again", CLAIMS, PATIENTS, SEED)
        remittance = carried(environment, "people", "835", FEWER, PATIENTS, SEED)
        step(environment, "verify", "people")
        read = step(environment, "read", FEWER, FEWER // 5, SEED)

        environment["DATABASE_URL"] = fresh_database()
        step(environment, "prepare")
        peer = step(environment, "peer", BESIDE, BESIDE // 5, SEED)
        beside = carried(environment, "people", "csv", BESIDE, BESIDE // 5, SEED)
        step(environment, "same", "people", "peer")
        step(environment, "verify", "people")
        step(environment, "verify", "peer")

    def per_claim(result: dict[str, Any]) -> float:
        return result["seconds"] / result["claims"]

    figures = {
        "times_a_bare_copy": (bare["seconds"] / copied["seconds"], MOST_TIMES_COPY, "most"),
        "times_a_bare_copy_with_patients": (
            whole["seconds"] / copied["seconds"], MOST_TIMES_COPY_WITH_PATIENTS, "most",
        ),
        "times_as_fast_as_bulk_create": (per_claim(peer) / per_claim(beside), LEAST_TIMES_PEER, "least"),
        "megabytes": (max(bare["megabytes"], whole["megabytes"], remittance["megabytes"]), MOST_MEGABYTES, "most"),
        "seconds_without_progress": (max(bare["quiet"], whole["quiet"], remittance["quiet"]), MOST_QUIET, "most"),
        "seconds_a_small_file_takes_meanwhile": (meanwhile["seconds"], MOST_WAIT, "most"),
        "remittance_claims_read_a_second": (1 / per_claim(read), LEAST_READ, "least"),
        "remittance_reading_megabytes": (read["megabytes"], MOST_GROWTH, "most"),
    }  # fmt: skip
    print("claims of one line, PostgreSQL, one process each")
    print(f"{'':52}{'claims':>10}{'seconds':>9}{'claims/s':>10}{'MB':>6}")
    for name, result in (
        ("claims CSV without patients, all new", bare),
        ("bare COPY of the claims and lines it became", copied),
        ("claims CSV, a patient to five rows, all new", whole),
        ("a small CSV meanwhile", meanwhile),
        ("a small CSV alone", alone),
        ("the large CSV again with one row more", again),
        ("835 deciding some of them", remittance),
        ("835 read, not written; MB: growth", read),
        ("DictReader + bulk_create, to the same rows", peer),
        ("the same file by the intake", beside),
    ):
        memory = f"{result['megabytes']:6.0f}" if "megabytes" in result else ""
        print(f"{name:52}{result['claims']:10,}{result['seconds']:9.2f}{1 / per_claim(result):10,.0f}{memory}")
    summary = {
        name: {
            "value": round(value, 3),
            "target": target,
            "holds": value <= target if sense == "most" else value >= target,
        }
        for name, (value, target, sense) in figures.items()
    }
    print(json.dumps(summary))
    return 0 if all(figure["holds"] for figure in summary.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
