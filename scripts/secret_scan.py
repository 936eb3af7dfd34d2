"""Looks for secrets in what git keeps, with detect-secrets; `.secrets.baseline` has what was looked at and is none.

Exit status 1 for each that is new. `--write` takes everything found into the baseline: look at it first.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from lot import BIN, ROOT, main, say

BASELINE = ROOT / ".secrets.baseline"
# Digests of packages, and what is written from the code.
NOT_READ = (
    r"(^|/)(package-lock\.json|requirements.*\.lock|schema\.graphql|openapi\.yaml|\.secrets\.baseline"
    r"|documents/spa\.json)$"
)


def scanned(folder: Path = ROOT) -> dict[str, list[dict[str, Any]]]:
    """What looks like a secret, by file."""
    command = [BIN / "detect-secrets", "scan", "--exclude-files", NOT_READ]
    ran = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(ran.stdout)["results"])


def unknown(found: dict[str, list[dict[str, Any]]], baseline: Path = BASELINE) -> list[str]:
    """File, line and kind of each that the baseline does not have, wherever in its file it stands."""
    known = {
        (file, each["type"], each["hashed_secret"])
        for file, secrets in json.loads(baseline.read_text()).items()
        for each in secrets
    }
    return [
        f"{file}:{each['line_number']}: {each['type']}"
        for file, secrets in found.items()
        for each in secrets
        if (file, each["type"], each["hashed_secret"]) not in known
    ]


def work() -> int:
    found = scanned()
    if "--write" in sys.argv[1:]:
        kept = {
            file: [{key: each[key] for key in ("type", "hashed_secret")} for each in secrets]
            for file, secrets in sorted(found.items())
        }
        BASELINE.write_text(json.dumps(kept, indent=1) + "\n")
        return 0
    new = unknown(found)
    for each in new:
        say(f"{each}: if it is no secret, run {Path(__file__).name} --write; else change it.")
    say(f"{sum(map(len, found.values()))} places look like secrets, {len(new)} of them not in {BASELINE.name}")
    return 1 if new else 0


if __name__ == "__main__":
    main(work)
