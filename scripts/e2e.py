"""A fresh stack on spare ports, and one command run against it with UPSTREAM_URL set: the browser tests by default."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import install
from lot import PYTHON, ROOT, Child, clean_environment, free_port, main, wait_for
from stack import HOST, Stack, build_spa

JOURNEYS = ["npm", "run", "e2e", "--workspace", "frontend", "--loglevel=error"]


def work() -> int:
    build_spa()
    with tempfile.TemporaryDirectory(prefix="upstream-e2e-") as folder:
        stack = Stack(folder=Path(folder), api_port=free_port(), spa_port=free_port(), logs=True)
        provider = f"http://{HOST}:{free_port()}"
        stack.environment |= {
            "OIDC_ISSUER": provider,
            "OIDC_CLIENT_ID": "upstream",
            "OIDC_CLIENT_SECRET": "a secret of both",
            "OIDC_NAME": "Harbor ID",
        }
        try:
            stack.prepare()
            stack.start()
            serve_provider(stack, provider)
            environment = clean_environment(
                UPSTREAM_URL=stack.url,
                UPSTREAM_MAIL=str(stack.folder / "worker.log"),
                UPSTREAM_PROVIDER=provider,
                CHROMIUM_PATH=install.browser(),
            )
            command = sys.argv[1:] or JOURNEYS
            status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
            if status and command is JOURNEYS:
                tell(stack)
            return status
        finally:
            stack.stop()


def serve_provider(stack: Stack, address: str) -> None:
    """The identity provider of the tests, whose page believes what one says."""
    command: list[str | Path] = [PYTHON, "tests/accounts/provider.py", address.rpartition(":")[2]]
    log = stack.folder / "provider.log"
    stack.children.append(Child("identity provider", command, env=stack.environment, cwd=ROOT, log=log))
    wait_for(f"{address}/keys", stack.children, seconds=30)


def tell(stack: Stack) -> None:
    for child in stack.children:
        assert child.log is not None
        lines = child.log.read_text(errors="replace").splitlines()
        state = f", which ended with status {child.process.returncode}" if child.ended() else ""
        print(f"--- the last lines of the {child.name}{state}", *lines[-15:], sep="\n")


if __name__ == "__main__":
    main(work)
