"""`make schema` writes schema.graphql from the code; with --check it says where the two differ instead."""

from __future__ import annotations

import difflib
import subprocess
import sys

from lot import PYTHON, ROOT, Stop, clean_environment, main, say

FILE = ROOT / "schema.graphql"


def work() -> int:
    command = [PYTHON, "backend/manage.py", "export_schema", "upstream.api.schema:schema"]
    environment = clean_environment(DJANGO_SETTINGS_MODULE="upstream.settings.test")
    exported = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if exported.returncode:
        raise Stop("The schema cannot be built; the reason is above.")
    text = exported.stdout.rstrip() + "\n"
    if "--check" not in sys.argv[1:]:
        FILE.write_text(text)
        return 0
    difference = list(
        difflib.unified_diff(
            FILE.read_text().splitlines(), text.splitlines(), "schema.graphql", "the code", lineterm="", n=1
        )
    )
    for line in difference[:80]:
        say(line)
    if difference:
        raise Stop("schema.graphql is not what the code says: run `make schema` and commit the result.")
    return 0


if __name__ == "__main__":
    main(work)
