"""`make bench-exports`: on a database of its own in the PostgreSQL of `DATABASE_URL` (or the local one), made anew.

Each export is asked for and carried out by the worker's own code in a process of its own, encrypted and stored; its
seconds are the job's. The same rows through openpyxl's own write-only sheet are the measure beside them.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("DATABASE_URL") or "postgresql://127.0.0.1:5432/postgres"
NAME = "upstream_bench_exports"
FEW, MANY, REPORTS = 5_000, 50_000, 5
#: Seconds of a report; rows a second of a workbook; megabytes more for ten times the rows; times openpyxl's own speed.
MOST_SECONDS, LEAST_ROWS, MOST_GROWTH, LEAST_RATIO = 3.0, 5_000.0, 25.0, 1.5


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
        [sys.executable, "-m", "benchmarks.exports.steps", *arguments],
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
        step(environment, "prepare", str(MANY), str(FEW))
        reports = [step(environment, "pdf", "phi" if number % 2 else "plain") for number in range(REPORTS)]
        few = step(environment, "workbook", str(FEW), "plain")
        many = step(environment, "workbook", str(MANY), "plain")
        patients = step(environment, "workbook", str(MANY), "phi")
        peer = step(environment, "peer", str(MANY))
    seconds = statistics.median(report["seconds"] for report in reports)
    print("alert report: 40 claims, 211 days, 12 reasons, 8 service groups; PostgreSQL, a process each")
    print(f"{'':44}{'seconds':>9}{'rows/s':>9}{'MB':>7}")
    print(f"{f'PDF, median of {REPORTS}':44}{seconds:9.2f}{'':9}{reports[0]['megabytes']:7.0f}")
    for name, result in (
        (f"claims workbook, {FEW:,} rows", few),
        (f"claims workbook, {MANY:,} rows", many),
        (f"the same with patients, {MANY:,} rows", patients),
        (f"peer: openpyxl write-only append, {MANY:,} rows", peer),
    ):
        rate = result["rows"] / result["seconds"]
        print(f"{name:44}{result['seconds']:9.2f}{rate:9.0f}{result['megabytes']:7.0f}")
    figures = {
        "pdf_seconds": (seconds, MOST_SECONDS, "most"),
        "workbook_rows_per_second": (many["rows"] / many["seconds"], LEAST_ROWS, "least"),
        "workbook_with_patients_rows_per_second": (patients["rows"] / patients["seconds"], LEAST_ROWS / 2, "least"),
        "megabytes_more_for_ten_times_the_rows": (many["megabytes"] - few["megabytes"], MOST_GROWTH, "most"),
        "times_as_fast_as_openpyxl_append": (peer["seconds"] / many["seconds"], LEAST_RATIO, "least"),
    }
    summary = {
        name: {
            "value": round(value, 2),
            "target": target,
            "holds": value <= target if sense == "most" else value >= target,
        }
        for name, (value, target, sense) in figures.items()
    }
    print(json.dumps(summary))
    return 0 if all(figure["holds"] for figure in summary.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
