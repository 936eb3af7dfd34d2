"""`make bench-intake`: on a database of its own in the PostgreSQL of `DATABASE_URL` (or the local one), made anew.

Each file is uploaded (encrypted, hashed, stored) and carried out by the worker's own code in a process of its own,
whose peak memory is told. The measure beside it: the same CSV through csv.DictReader and bulk_create.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("DATABASE_URL") or "postgresql://127.0.0.1:5432/postgres"
NAME = "upstream_bench_intake"
CLAIMS, PATIENTS, SEED = 50_000, 10_000, 11
#: Seconds from upload to committed, and megabytes of the process that did it.
MOST_SECONDS, MOST_MEGABYTES = 8.0, 300.0


def fresh_database() -> str:
    """The address of an empty database."""
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{NAME}"')
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{NAME}"))


def step(environment: dict[str, str], *arguments: str) -> dict[str, float]:
    """Run one step in a process of its own; its last line is JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.intake.steps", *arguments],
        cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="upstream-bench-") as folder:
        environment = os.environ | {
            "DATABASE_URL": fresh_database(),
            "REDIS_URL": "",
            "DJANGO_SETTINGS_MODULE": "upstream.settings.test",
            "MEDIA_ROOT": folder,
            "PYTHONPATH": f"{ROOT / 'backend'}",
        }
        size = (str(CLAIMS), str(PATIENTS), str(SEED))
        step(environment, "prepare")
        csv_file = step(environment, "upload", "csv", *size)
        remittance = step(environment, "upload", "835", *size)
        again = step(environment, "upload", "csv-again", *size)
        peer = step(environment, "peer", *size)
    figures = {
        "csv_seconds": (csv_file["seconds"], MOST_SECONDS, "most"),
        "csv_megabytes": (csv_file["megabytes"], MOST_MEGABYTES, "most"),
        "remittance_seconds": (remittance["seconds"], MOST_SECONDS, "most"),
        "remittance_megabytes": (remittance["megabytes"], MOST_MEGABYTES, "most"),
        "csv_times_as_fast_as_bulk_create": (peer["seconds"] / csv_file["seconds"], 1.0, "least"),
    }
    print(f"{CLAIMS:,} claims of one line, {PATIENTS:,} patients, PostgreSQL, one process")
    print(f"{'':38}{'seconds':>9}{'claims/s':>10}{'MB':>7}")
    for name, result in (
        ("claims CSV, all new", csv_file),
        ("835 deciding them", remittance),
        ("the CSV again with one row more", again),
        ("peer: DictReader + bulk_create, all new", peer),
    ):
        print(f"{name:38}{result['seconds']:9.2f}{CLAIMS / result['seconds']:10.0f}{result['megabytes']:7.0f}")
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
