"""`make bench-security`: on a database of its own in the PostgreSQL of `DATABASE_URL` (or the local one), made anew.

What each attack of a battery costs; what asking for permissions, and row-level security, add to a page of 100 claims;
how fast the audit trail is written and verified; and a million encrypted values put under a new key while they are
read, with the process killed in the middle of it.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parents[2]
SERVER = os.environ.get("DATABASE_URL") or "postgresql://127.0.0.1:5432/postgres"
NAME = "upstream_bench_security"
PEOPLE, VALUES_EACH, EVENTS = 250_000, 4, 1_000_000
KILLED_AFTER_SECONDS = 20.0
WAYS, ROUNDS = ("all", "unasked", "unheld"), 60
#: Milliseconds and megabytes of an attack; times the page without checks; events a second; seconds to verify.
MOST_MS, MOST_MB, MOST_TIMES, LEAST_EVENTS, MOST_SECONDS = 100.0, 20.0, 1.05, 3_000.0, 10.0


def fresh_database() -> str:
    """The address of an empty database."""
    import psycopg

    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{NAME}"')
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{NAME}"))


def step(environment: dict[str, str], *arguments: object) -> dict[str, Any]:
    """Run one step in a process of its own; its last line is JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.security.steps", *map(str, arguments)],
        cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def page_by_page(environment: dict[str, str]) -> list[dict[str, float]]:
    """Milliseconds of a page in each way, turn about every tenth of a second, as the machine's pace changes."""
    ways = {
        way: subprocess.Popen(
            [sys.executable, "-m", "benchmarks.security.steps", "page", way],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, bufsize=1,
        )
        for way in WAYS
    }  # fmt: skip

    def asked(process: subprocess.Popen[str]) -> float:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write("\n")
        return float(process.stdout.readline())

    try:
        return [{way: asked(process) for way, process in ways.items()} for _ in range(ROUNDS)]
    finally:
        for process in ways.values():
            process.kill()
            process.communicate()


def rotate(environment: dict[str, str]) -> dict[str, float]:
    """Put everything under a new key, killed once and begun again; whatever was read meanwhile could be read."""
    from cryptography.fernet import Fernet

    old, new = environment["FIELD_ENCRYPTION_KEY"], Fernet.generate_key().decode()
    both = environment | {"FIELD_ENCRYPTION_KEY": f"{new},{old}"}
    command = [sys.executable, str(ROOT / "backend" / "manage.py"), "rotate_keys"]
    started = time.perf_counter()
    first = subprocess.Popen(command, env=both, stdout=subprocess.DEVNULL)
    time.sleep(KILLED_AFTER_SECONDS)
    read = step(both, "readable")["values"]
    if first.poll() is not None:
        raise SystemExit("the keys were rotated before the process could be killed")
    first.kill()
    first.wait()
    read += step(both, "readable")["values"]
    subprocess.run(command, env=both, check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    subprocess.run([*command, "--check"], env=both, check=True, stdout=subprocess.DEVNULL)
    read += step(environment | {"FIELD_ENCRYPTION_KEY": new}, "readable")["values"]
    return {"seconds": seconds, "read": read}


def main() -> int:
    from cryptography.fernet import Fernet

    with tempfile.TemporaryDirectory(prefix="upstream-bench-") as folder:
        environment = os.environ | {
            "DATABASE_URL": fresh_database(),
            "REDIS_URL": "",
            "DJANGO_SETTINGS_MODULE": "upstream.settings.test",
            "FIELD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
            "MEDIA_ROOT": folder,
            "PYTHONPATH": f"{ROOT / 'backend'}",
        }
        step(environment, "prepare", PEOPLE)
        attacks = step(environment, "attacks")
        pages = page_by_page(environment)
        trail = step(environment, "trail", EVENTS)
        rotated = rotate(environment)
    print(f"{'an attack, by an analyst who is signed in':44}{'status':>8}{'CPU ms':>9}{'MB':>7}")
    for name, told in attacks.items():
        print(f"{name:44}{told['status']:8}{told['ms']:9.1f}{told['mb']:7.1f}")
    middle = {way: statistics.median(of[way] for of in pages) for way in WAYS}
    permissions, rows = (statistics.median(of["all"] / of[way] for of in pages) for way in ("unasked", "unheld"))
    print(f"a page of 100 claims x 10 with payer: {middle['all']:.2f} ms of CPU with all checks")
    print(f"  without asking for permissions {middle['unasked']:.2f} ms: {permissions:.3f} times")
    print(f"  without row-level security {middle['unheld']:.2f} ms: {rows:.3f} times")
    print(f"audit trail: {trail['rate']:,.0f} events/s written; {EVENTS:,} verified in {trail['seconds']:.1f} s")
    values = PEOPLE * VALUES_EACH
    print(f"{values:,} values under a new key in {rotated['seconds']:.0f} s, killed once; {rotated['read']:,} read")
    figures = {
        "largest_milliseconds_of_an_attack": (max(told["ms"] for told in attacks.values()), MOST_MS, "most"),
        "largest_megabytes_of_an_attack": (max(told["mb"] for told in attacks.values()), MOST_MB, "most"),
        "attacks_answered_5xx": (sum(told["status"] >= 500 for told in attacks.values()), 0, "most"),
        "times_the_page_without_permissions": (permissions, MOST_TIMES, "most"),
        "times_the_page_without_row_security": (rows, MOST_TIMES, "most"),
        "events_written_a_second": (trail["rate"], LEAST_EVENTS, "least"),
        "seconds_to_verify_a_million_events": (trail["seconds"], MOST_SECONDS, "most"),
    }
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
