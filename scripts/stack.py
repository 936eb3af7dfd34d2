"""Upstream as processes on this machine: API, worker and SPA on ports and a database of its own."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lot import BIN, PYTHON, ROOT, Child, Stop, call, clean_environment, node_tool, note, noted, say, wait_for

HOST = "127.0.0.1"
SPA_SOURCES = ("src", "public", "index.html", "package.json", "vite.config.ts", "tsconfig.json", "postcss.config.cjs")


def build_spa() -> None:
    """Build frontend/dist unless it was built from these very sources."""
    found = hashlib.sha256()
    files = [ROOT / "schema.graphql", ROOT / "package-lock.json"]
    for name in SPA_SOURCES:
        path = ROOT / "frontend" / name
        files += sorted(path.rglob("*")) if path.is_dir() else [path]
    for file in files:
        if file.is_file() and ".generated." not in file.name:
            found.update(str(file.relative_to(ROOT)).encode() + file.read_bytes())
    built = ROOT / ".cache" / "spa"
    if noted(built) == found.hexdigest() and (ROOT / "frontend/dist/index.html").exists():
        return
    say("spa: building")
    call(["npm", "run", "build", "--workspace", "frontend", "--loglevel=error"], what="Building the SPA")
    note(built, found.hexdigest())


@dataclass
class Stack:
    """`folder` holds the SQLite database and the stored files; with `logs` output goes there, else to the terminal."""

    folder: Path
    api_port: int
    spa_port: int
    logs: bool = False

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.url = f"http://localhost:{self.spa_port}"
        self.children: list[Child] = []
        self.environment = clean_environment(
            DJANGO_SETTINGS_MODULE="upstream.settings.dev",
            DATABASE_URL=f"sqlite://{self.folder / 'upstream.sqlite3'}",
            MEDIA_ROOT=str(self.folder / "media"),
            PORTAL_BASE_URL=self.url,
            PYTHONUNBUFFERED="1",
        )

    def manage(self, *arguments: str, what: str) -> list[str]:
        """Run a management command with its output shown; returns the lines it printed."""
        command = [str(PYTHON), "backend/manage.py", *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        printed = []
        try:
            for line in process.stdout:
                say(f"  {line.rstrip()}")
                printed.append(line.rstrip())
        finally:
            process.wait()
        if process.returncode:
            raise Stop(f"{what} failed; its own message is above.")
        return printed

    def prepare(self) -> list[str]:
        """Migrate and fill with the demo; returns what the demo's command printed."""
        say("database: migrating")
        self.manage("migrate", "--verbosity", "0", what="Migrating the database")
        say("demo: two invented organizations with a year of claims (the first time takes a while)")
        return self.manage("seed_demo", what="Filling the demo")

    def start(self) -> None:
        """Start the three processes and wait until all answer; raises `Stop` when one does not."""
        granian = [BIN / "granian", "--interface", "wsgi", "--host", HOST, "--port", str(self.api_port)]
        pool = ["--workers", "1", "--blocking-threads", "4", "--no-ws", "--working-dir", "backend"]
        self._child("api", [*granian, *pool, "upstream.wsgi:application"])
        self._child("worker", [PYTHON, "backend/manage.py", "worker"])
        api = f"http://{HOST}:{self.api_port}"
        self._child(
            "spa", [node_tool("vite"), "preview"], cwd=ROOT / "frontend", PORT=str(self.spa_port), UPSTREAM_API=api
        )
        wait_for(f"{api}/health/ready", self.children, seconds=60)
        wait_for(f"http://{HOST}:{self.spa_port}/", self.children, seconds=30)

    def _child(self, name: str, command: list[str | Path], cwd: Path = ROOT, **variables: str) -> None:
        log = self.folder / f"{name}.log" if self.logs else None
        self.children.append(Child(name, command, env=self.environment | variables, cwd=cwd, log=log))

    def stop(self) -> None:
        for child in self.children:
            child.ask_to_stop()
        for child in self.children:
            child.stop()
        self.children = []
