"""What the scripts of this folder share: where things are, how to talk to a person, processes and ports."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
PYTHON = BIN / "python"
# Variables that would point commands at something else than what they are asked to work on.
POINTERS = (
    "DATABASE_URL",
    "REDIS_URL",
    "DJANGO_SETTINGS_MODULE",
    "MEDIA_ROOT",
    "PYTHONPATH",
    "DB_NAME",
    "REAL_DATA_MODE",
)


class Stop(Exception):
    """Something a person has to do something about; the message says what."""


def say(text: str = "") -> None:
    print(text, flush=True)


def clean_environment(**variables: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in POINTERS} | variables


def call(arguments: list[str | Path], *, what: str, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    """Run a command with its output shown; raises `Stop` naming `what` when it fails."""
    if subprocess.run([str(part) for part in arguments], cwd=cwd, env=env, check=False).returncode:
        raise Stop(f"{what} failed; its own message is above.")


def node_tool(name: str) -> Path:
    """A tool of the npm tree, wherever npm put it."""
    for folder in (ROOT / "node_modules", ROOT / "frontend" / "node_modules"):
        if (folder / ".bin" / name).exists():
            return folder / ".bin" / name
    raise Stop(f"{name} is not installed: run `make setup`.")


def main(work: Callable[[], int | None]) -> None:
    """Run a script's work: a person gets sentences, not tracebacks, for what a person has to mend."""
    # As with Ctrl-C, so that children are ended and folders removed; a shell's background job is told with this alone.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(work() or 0)
    except Stop as reason:
        print(f"\n{reason}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


# Ports


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, host: str = "127.0.0.1") -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


def holder_of(port: int) -> str:
    """The process listening on a port, as `name (process 123)`; only Linux tells, and only of one's own processes."""
    wanted = f":{port:04X}"
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
        except OSError:
            return "another process"
        inodes |= {f"socket:[{row[9]}]" for row in rows if row[1].endswith(wanted) and row[3] == "0A"}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if any(os.readlink(link) in inodes for link in (folder / "fd").iterdir()):
                return f"{(folder / 'comm').read_text().strip()} (process {folder.name})"
        except OSError:
            continue
    return "another process"


# Processes


class Child:
    """A process with its own group, whose lines are shown behind its name or kept in a file."""

    def __init__(
        self,
        name: str,
        arguments: list[str | Path],
        *,
        env: Mapping[str, str],
        cwd: Path = ROOT,
        log: Path | None = None,
        user: str | None = None,
    ) -> None:
        self.name, self.log = name, log
        output = log.open("wb") if log else subprocess.PIPE
        self.process = subprocess.Popen(
            [str(part) for part in arguments],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=user,
        )
        if log:
            output.close()  # type: ignore[union-attr]
        else:
            threading.Thread(target=self._show, daemon=True).start()

    def _show(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            say(f"{self.name:>6} | {line.decode(errors='replace').rstrip()}")

    def ended(self) -> bool:
        return self.process.poll() is not None

    def ask_to_stop(self) -> None:
        if not self.ended():
            self.process.terminate()

    def stop(self, seconds: float = 15) -> None:
        """End the process and whatever it started."""
        self.ask_to_stop()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            say(f"{self.name} did not stop within {seconds:g} s: killed")
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def wait_for(url: str, children: list[Child], *, seconds: float) -> None:
    """Until `url` answers 200. Raises `Stop` when a child ends first, or when it takes too long."""
    deadline = time.monotonic() + seconds
    answer = "nothing"
    while time.monotonic() < deadline:
        for child in children:
            if child.ended():
                tail = f"\n{child.log.read_text(errors='replace')[-4000:]}" if child.log else ""
                raise Stop(f"The {child.name} ended with status {child.process.returncode}.{tail}")
        try:
            with urllib.request.urlopen(url, timeout=2) as response:
                if response.status == 200:
                    return
        except urllib.error.HTTPError as error:
            answer = error.read().decode(errors="replace")[:500]
        except OSError as error:
            answer = str(error)
        time.sleep(0.2)
    raise Stop(f"{url} did not answer within {seconds:g} s: {answer}")


# What was done already


def note(path: Path, value: str) -> None:
    """Note beside a result what it was made from, so that it need not be made again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value)


def noted(path: Path) -> str:
    return path.read_text() if path.exists() else ""
