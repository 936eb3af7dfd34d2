"""PostgreSQL and Redis for the tests: found, or started for the run."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

from lot import PYTHON, Child, Stop, answers, free_port, say


class Servers:
    """PostgreSQL and Redis: those of the environment, else those on the standard local ports, else started here.

    Only what was started here is ended, when the `with` block is left.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._children: list[Child] = []
        self.database_url = self.redis_url = ""

    def __enter__(self) -> Servers:
        try:
            self.database_url = os.environ.get("DATABASE_URL", "") or self._local_postgresql() or self._own_postgresql()
            self.redis_url = os.environ.get("REDIS_URL", "") or self._local_redis() or self._own_redis()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for child in reversed(self._children):
            # Fast shutdown: a test that failed may have left connections.
            child.process.send_signal(signal.SIGINT)
            child.stop()
        self._children = []
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _new_folder(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="upstream-servers-"))
            self._folder.chmod(0o755)
        return self._folder

    def _local_postgresql(self) -> str:
        """The server on port 5432, when it lets this user make databases."""
        if not answers(5432):
            return ""
        program = (
            "import psycopg, sys\n"
            "with psycopg.connect(sys.argv[1], connect_timeout=3) as c:\n"
            "    sys.exit(0 if c.execute('SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user')"
            ".fetchone()[0] else 1)"
        )
        for user in (os.environ.get("USER") or "root", "postgres"):
            url = f"postgresql://{user}@127.0.0.1:5432/"
            asked = subprocess.run([PYTHON, "-c", program, url + "postgres"], capture_output=True, check=False)
            if asked.returncode == 0:
                say(f"PostgreSQL: the server on 127.0.0.1:5432, as {user}")
                return url + "upstream_test"
        say("PostgreSQL on 127.0.0.1:5432 lets nobody make databases without a password (set DATABASE_URL to use it).")
        return ""

    def _own_postgresql(self) -> str:
        binaries = [Path(found).parent] if (found := shutil.which("initdb")) else []
        binaries += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        binaries = [folder for folder in binaries if (folder / "initdb").exists() and (folder / "postgres").exists()]
        if not binaries:
            raise Stop(
                "The tests need PostgreSQL (14 or newer): no server answers on 127.0.0.1:5432 and none is installed.\n"
                "Install it with `apt-get install postgresql` (or `brew install postgresql@15`), or set DATABASE_URL."
            )
        data, port, owner = self._new_folder() / "postgresql", free_port(), None
        data.mkdir()
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root.
            owner = "postgres" if _user_exists("postgres") else "nobody"
            shutil.chown(data, owner)
        initdb = [binaries[0] / "initdb", "-D", data, "-U", "upstream", "-A", "trust", "-E", "UTF8", "--no-sync"]
        made = subprocess.run(initdb, user=owner, cwd="/", capture_output=True, text=True, check=False)
        if made.returncode:
            raise Stop(f"initdb failed:\n{made.stderr}")
        arguments = [binaries[0] / "postgres", "-D", data, "-p", str(port), "-k", data, "-h", "127.0.0.1"]
        quick = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]
        self._start("PostgreSQL", [*arguments, *quick, "-c", "max_connections=200"], port, user=owner)
        return f"postgresql://upstream@127.0.0.1:{port}/upstream_test"

    def _local_redis(self) -> str:
        if not answers(6379):
            return ""
        with socket.create_connection(("127.0.0.1", 6379), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            if not connection.recv(64).startswith(b"+PONG"):
                say("Redis on 127.0.0.1:6379 asks for a password (set REDIS_URL to use it).")
                return ""
        say("Redis: the server on 127.0.0.1:6379, logical databases from 9 up")
        return "redis://127.0.0.1:6379/9"

    def _own_redis(self) -> str:
        binary, port = shutil.which("redis-server"), free_port()
        if not binary:
            raise Stop(
                "The tests need Redis: no server answers on 127.0.0.1:6379 and none is installed.\n"
                "Install it with `apt-get install redis-server` (or `brew install redis`), or set REDIS_URL."
            )
        self._start(
            "Redis",
            [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", self._new_folder()],
            port,
        )
        return f"redis://127.0.0.1:{port}/0"

    def _start(self, name: str, command: list[str | Path], port: int, user: str | None = None) -> None:
        log = self._new_folder() / f"{name.lower()}.log"
        child = Child(name, command, env=os.environ, cwd=Path("/"), log=log, user=user)
        self._children.append(child)
        deadline = time.monotonic() + 30
        while not answers(port):
            if child.ended() or time.monotonic() > deadline:
                raise Stop(f"{name} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        say(f"{name}: started on port {port} for this run")


def _user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
