"""`make bench-rollup`: on a database of its own in the PostgreSQL of `DATABASE_URL` (or the local one), made anew.

Folds the changes of an upload of a million claims, the first and the second of its kind; and loads detection's facts
from a year of ten million claims at 30 payers with 14 service groups and 25 locations, whole and its last day alone.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("DATABASE_URL") or "postgresql://127.0.0.1:5432/postgres"
NAME = "upstream_bench_rollup"
UPLOAD, YEAR, SEED = 1_000_000, 10_000_000, 5
#: Seconds, and megabytes beyond those of the process before.
LOAD_SECONDS, FOLD_SECONDS, FOLD_MEGABYTES, DAY_SECONDS = 2.5, 60.0, 500.0, 0.1


def fresh_database() -> dict[str, str]:
    """The environment of a process that works on an empty database."""
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{NAME}"')
    return os.environ | {
        "DATABASE_URL": urlunsplit(urlsplit(SERVER)._replace(path=f"/{NAME}")),
        "REDIS_URL": "",
        "DJANGO_SETTINGS_MODULE": "upstream.settings.test",
        "PYTHONPATH": f"{ROOT / 'backend'}",
    }


def step(environment: dict[str, str], *arguments: object) -> dict[str, float]:
    """Run one step in a process of its own; its last line is JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.rollup.steps", *map(str, arguments)],
        cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    environment = fresh_database()
    step(environment, "prepare")
    folds = []
    for seed in (SEED, SEED + 1):
        step(environment, "append", UPLOAD, seed)
        folds.append(step(environment, "fold"))
    year = step(environment, "year", YEAR, SEED)
    whole, day = (step(environment, "load", days) for days in (0, 1))
    figures = {
        "fold_seconds": (folds[0]["seconds"], FOLD_SECONDS),
        "second_fold_seconds": (folds[1]["seconds"], FOLD_SECONDS),
        "fold_megabytes": (max(fold["megabytes"] for fold in folds), FOLD_MEGABYTES),
        "load_seconds": (whole["seconds"], LOAD_SECONDS),
        "load_of_a_day_seconds": (day["seconds"], DAY_SECONDS),
    }
    print(f"PostgreSQL, one process; a year of {YEAR:,} claims is {year['rows']:,} rows of the roll-up")
    print(f"{'':44}{'seconds':>9}{'MB':>7}")
    for name, result in (
        (f"fold of {UPLOAD:,} claims, all new", folds[0]),
        ("fold of as many more in the same days", folds[1]),
        ("facts of the year", whole),
        ("facts of its last day", day),
    ):
        print(f"{name:44}{result['seconds']:9.2f}{result['megabytes']:7.0f}")
    summary = {
        name: {"value": round(value, 3), "target": target, "holds": value <= target}
        for name, (value, target) in figures.items()
    }
    print(json.dumps(summary))
    return 0 if all(figure["holds"] for figure in summary.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
