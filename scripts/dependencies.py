"""What Upstream is made of (`--sbom`, offline), and whether known faults are among it, as PyPI and npm know them.

Where one cannot be asked, that is said, and the exit status is 2: nothing was found because nothing was looked at.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from lot import BIN, ROOT, main, say

FAULTY, NOT_RUN = 1, 2
FOLDER = ROOT / "var" / "sbom"


def ran(*command: str | Path) -> str:
    """What a command prints, whatever its exit status."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout


def bill_of_materials() -> int:
    """Write both parts as CycloneDX to var/sbom, from the locks."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    parts = {
        "python.json": [BIN / "cyclonedx-py", "requirements", "requirements.lock"],
        "node.json": ["npm", "sbom", "--sbom-format", "cyclonedx", "--package-lock-only", "--omit", "dev"],
    }
    for name, command in parts.items():
        told = json.loads(ran(*command))
        if not told["components"]:
            say(f"{name}: nothing was found in the lock.")
            return FAULTY
        (FOLDER / name).write_text(json.dumps(told, indent=1))
        say(f"{len(told['components'])} components in {(FOLDER / name).relative_to(ROOT)}")
    return 0


def python_faults(text: str) -> tuple[list[str], str]:
    """Of pip-audit's answer: each fault, and why it was not run; empty where every package was looked up."""
    packages = read(text).get("dependencies", [])
    unread = [each["name"] for each in packages if "skip_reason" in each]
    if not packages or unread:
        return [], f"{len(unread) or 'all'} of {len(packages) or 'the'} packages could not be looked up"
    return [
        f"{each['name']} {each['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'no version'}"
        for each in packages
        for fault in each["vulns"]
    ], ""


def node_faults(text: str) -> tuple[list[str], str]:
    """The same of npm's."""
    told = read(text)
    if "vulnerabilities" not in told:
        return [], "npm's database did not answer"
    return [f"{name}: {each['severity']}" for name, each in told["vulnerabilities"].items()], ""


def read(text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except json.JSONDecodeError:
        return {}


def faults() -> int:
    lock = [BIN / "pip-audit", "-r", "requirements.lock", "--disable-pip", "--require-hashes", "--format", "json"]
    status = 0
    for name, (found, not_run) in {
        "Python": python_faults(ran(*lock, "--progress-spinner", "off", "--timeout", "15")),
        "Node": node_faults(ran("npm", "audit", "--omit", "dev", "--json")),
    }.items():
        if not_run:
            say(f"{name}: not run, {not_run} (no network?)")
            status = status or NOT_RUN
            continue
        say(f"{name}: {len(found)} known faults")
        for each in found:
            say(f"  {each}")
        status = FAULTY if found else status
    return status


if __name__ == "__main__":
    main(bill_of_materials if "--sbom" in sys.argv[1:] else faults)
