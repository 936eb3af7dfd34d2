"""`make schema` writes what is told from the code (see FILES); with --check it says where they differ."""

from __future__ import annotations

import difflib
import subprocess
import sys
from pathlib import Path

from lot import PYTHON, ROOT, Stop, clean_environment, main, say

MANAGE = [PYTHON, "backend/manage.py"]
FILES = {
    "schema.graphql": [*MANAGE, "export_schema", "upstream.api.schema:schema"],
    "openapi.yaml": [*MANAGE, "spectacular", "--validate", "--fail-on-warn"],
    "docs/permissions.md": [*MANAGE, "permission_matrix"],
    "backend/upstream/api/documents/spa.json": ["node", "frontend/scripts/documents.mjs"],
}


def work() -> int:
    differing = [name for name, command in FILES.items() if differs(name, exported(command))]
    if differing:
        raise Stop(f"Not what the code says: {', '.join(differing)}. Run `make schema` and commit the result.")
    return 0


def exported(command: list[str | Path]) -> str:
    environment = clean_environment(DJANGO_SETTINGS_MODULE="upstream.settings.test")
    ran = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if ran.returncode:
        raise Stop(f"{command[1]} could not tell; the reason is above.")
    return ran.stdout.rstrip() + "\n"


def differs(name: str, text: str) -> bool:
    """Writes the file, or with --check tells how it differs."""
    file = ROOT / name
    if "--check" not in sys.argv[1:]:
        file.write_text(text)
        return False
    difference = list(
        difflib.unified_diff(file.read_text().splitlines(), text.splitlines(), name, "the code", lineterm="", n=1)
    )
    for line in difference[:80]:
        say(line)
    return bool(difference)


if __name__ == "__main__":
    main(work)
