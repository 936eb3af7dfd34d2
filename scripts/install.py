"""`make setup`: the Python environment, the npm tree and what they need of the system. Quick when nothing changed.

install.py          what it takes to run Upstream
install.py --tests  and what it takes to test it (a browser, PostgreSQL, Redis, docker-compose)
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lot import BIN, PYTHON, ROOT, Stop, answers, call, main, note, noted, say

LOCK = ROOT / "requirements-dev.lock"
NODE = (20, 19)
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PANGO = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core"]


def digest(*parts: Path | str) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(part.read_bytes() if isinstance(part, Path) else part.encode())
    return found.hexdigest()


def runs(*command: str | Path) -> bool:
    try:
        return subprocess.run([str(part) for part in command], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


class Apt:
    """Debian packages: collected, then installed in one go as root, or named for somebody who may."""

    def __init__(self) -> None:
        self.missing: dict[str, list[str]] = {}

    def need(self, why: str, packages: list[str]) -> None:
        self.missing[why] = packages

    def install(self) -> None:
        if not self.missing:
            return
        packages = sorted({package for names in self.missing.values() for package in names})
        command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
        for why in self.missing:
            say(f"missing: {why}")
        if os.geteuid() == 0 and shutil.which("apt-get"):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            call(["apt-get", "update", "-q"], what="apt-get update", env=environment)
            call(command, what="apt-get install", env=environment)
        elif shutil.which("apt-get"):
            raise Stop(f"Install what is missing, then run this again:\n  sudo {' '.join(command)}")
        else:
            raise Stop(
                f"Install what is missing with your system's package manager (Debian's names: {' '.join(packages)})."
            )


def python_environment(apt: Apt) -> None:
    if PYTHON.exists() and not runs(PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"):
        say("python: .venv does not work here any more, making it anew")
        shutil.rmtree(ROOT / ".venv")
    if not PYTHON.exists():
        if not runs(sys.executable, "-c", "import ensurepip, venv"):
            apt.need("Python's venv", ["python3-venv"])
            apt.install()
            apt.missing.clear()
        say(f"python: making .venv with {sys.executable}")
        call([sys.executable, "-m", "venv", ROOT / ".venv"], what="Making .venv")
    wanted = digest(LOCK, str(ROOT), sys.version)
    if noted(ROOT / ".venv" / ".installed") == wanted:
        return
    uv = BIN / "uv"
    version, hashes = pinned_uv()
    if not runs(uv, "--version") or version not in subprocess.check_output([uv, "--version"], text=True):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirement:
            requirement.write(f"uv=={version} {hashes}\n")
            requirement.flush()
            pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
            call([*pip, "--require-hashes", "-r", requirement.name], what="Installing uv")
    say("python: installing what requirements-dev.lock names")
    sync = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", PYTHON, LOCK]
    call(sync, what="Installing the Python packages")
    note(ROOT / ".venv" / ".installed", wanted)


def pinned_uv() -> tuple[str, str]:
    """uv's version in the lock, and its hashes as pip's options."""
    found = re.search(r"^uv==(\S+) \\\n((?: +--hash=\S+(?: \\)?\n)+)", LOCK.read_text(), re.MULTILINE)
    if found is None:
        raise Stop("requirements-dev.lock names no uv: run `make lock`.")
    return found[1], " ".join(re.findall(r"--hash=\S+", found[2]))


def node_tree() -> None:
    node = shutil.which("node")
    if not node or not shutil.which("npm"):
        raise Stop("Upstream needs Node.js 20.19 or newer with npm: https://nodejs.org/en/download")
    version = subprocess.check_output([node, "--version"], text=True).strip()
    if tuple(int(part) for part in version.lstrip("v").split(".")[:2]) < NODE:
        raise Stop(f"Upstream needs Node.js 20.19 or newer; this is {version}: https://nodejs.org/en/download")
    wanted = digest(ROOT / "package-lock.json", str(ROOT), version)
    if noted(ROOT / "node_modules" / ".installed") == wanted:
        return
    say("node: installing what package-lock.json names")
    call(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], what="npm ci")
    note(ROOT / "node_modules" / ".installed", wanted)


def browser() -> str:
    """The Chromium to test with, or nothing."""
    found = (shutil.which(name) for name in BROWSERS)
    return os.environ.get("CHROMIUM_PATH") or next((path for path in found if path), "")


def for_running(apt: Apt) -> None:
    if not runs(PYTHON, "-c", "import weasyprint"):
        apt.need("Pango, which WeasyPrint lays out PDF reports with", PANGO)


def for_tests(apt: Apt) -> None:
    if not browser():
        apt.need("a Chromium for the browser tests (or name one in CHROMIUM_PATH)", ["chromium"])
    binaries = shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not os.environ.get("DATABASE_URL") and not answers(5432) and not binaries:
        apt.need("PostgreSQL for the tests (or name a server in DATABASE_URL)", ["postgresql"])
    if not shutil.which("redis-server"):
        apt.need("Redis for the tests (they stop and start one of their own)", ["redis-server"])
    if not shutil.which("curl") or not shutil.which("jq"):
        apt.need("curl and jq, which the example client of the shell asks with", ["curl", "jq"])
    if os.geteuid() or not shutil.which("apt-get"):
        return
    # Conveniences: without them `make test` says what was not checked.
    if not shutil.which("docker-compose") and not runs("docker", "compose", "version"):
        apt.need("docker-compose, which checks docker-compose.yml", ["docker-compose"])
    if not shutil.which("promtool"):
        apt.need("promtool, which tries the alert rules", ["prometheus"])


def work() -> None:
    # Some tools are told where they are by these; here they would only mislead.
    os.environ.pop("VIRTUAL_ENV", None)
    apt = Apt()
    python_environment(apt)
    found = noted(ROOT / ".venv" / ".pango")
    if not found:
        for_running(apt)
    if "--tests" in sys.argv[1:]:
        for_tests(apt)
    apt.install()
    if not found:
        call([PYTHON, "-c", "import weasyprint"], what="WeasyPrint's search for Pango")
        note(ROOT / ".venv" / ".pango", "found")
    node_tree()


if __name__ == "__main__":
    main(work)
