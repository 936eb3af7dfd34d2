"""Everything the system writes, and the search through it."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from django.db import connection
from security.canary.patient import found_in

LARGEST = 64 << 20


@dataclass
class Written:
    """Where to look. `answers` are those that are meant to tell nothing, by what was asked."""

    media: Path
    folders: dict[str, Path]
    redis_url: str = ""
    answers: list[tuple[str, bytes]] = field(default_factory=list)
    passing: dict[str, bytes] = field(default_factory=dict)

    def places(self) -> Iterator[tuple[str, bytes]]:
        """Every place with what stands there."""
        for name, folder in {"media": self.media, **self.folders}.items():
            for path in sorted(folder.rglob("*")):
                yield f"{name}: a file's name", str(path.relative_to(folder)).encode()
                if path.is_file():
                    yield f"{name}: {path.name if not found_in(path.name.encode()) else 'a file'}", path.read_bytes()
        yield from self.passing.items()
        yield from ((f"answer: {asked}", answer) for asked, answer in self.answers)
        yield from rows()
        if self.redis_url:
            yield from keys(self.redis_url)

    def leaks(self) -> list[str]:
        """One line for each place that tells of the patient, naming what it tells and not its value."""
        return sorted(
            {f"{place}: {', '.join(kinds)}" for place, content in self.places() if (kinds := found_in(content))}
        )


def rows() -> Iterator[tuple[str, bytes]]:
    """Every column of every table, as the database holds it."""
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
            for column in columns:
                shown = f'"{column}"::text' if postgresql else f'"{column}"'
                cursor.execute(f'SELECT {shown} FROM "{table}"')
                values = [value if isinstance(value, bytes) else str(value).encode() for (value,) in cursor.fetchall()]
                yield f"table: {table}.{column}", b"\n".join(values)


def keys(url: str) -> Iterator[tuple[str, bytes]]:
    """Every key of Redis and its value."""
    client = redis.Redis.from_url(url)
    for key in client.scan_iter():
        yield "redis: a key", key
        yield "redis: a value", client.dump(key) or b""
        kind = client.type(key)
        read: dict[bytes, Callable[[], Any]] = {
            b"string": lambda key=key: client.get(key),
            b"list": lambda key=key: client.lrange(key, 0, -1),
            b"hash": lambda key=key: client.hgetall(key),
            b"set": lambda key=key: client.smembers(key),
            b"zset": lambda key=key: client.zrange(key, 0, -1),
        }
        if kind in read:
            value = read[kind]()
            yield "redis: a value", value if isinstance(value, bytes) else repr(value).encode()
    client.close()


class Watching(threading.Thread):
    """Looks into folders while they are worked in, and at files without a name that processes hold open there."""

    def __init__(self, folders: list[Path], processes: Callable[[], list[int]], into: dict[str, bytes]) -> None:
        super().__init__(daemon=True)
        self._folders, self._processes, self._into = folders, processes, into
        self.looked = 0
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(0.05):
            for folder in self._folders:
                for path in folder.rglob("*"):
                    self._look(path, f"temporary file {path.name}")
            for process in self._processes():
                self._look_into(process)

    def _look_into(self, process: int) -> None:
        try:
            held = list(Path(f"/proc/{process}/fd").iterdir())
        except OSError:
            return
        for path in held:
            try:
                target = os.readlink(path)
            except OSError:
                continue
            if any(target.startswith(str(folder)) for folder in self._folders):
                self._look(path, "temporary file without a name")

    def _look(self, path: Path, place: str) -> None:
        try:
            with open(path, "rb") as file:
                content = file.read(LARGEST)
        except OSError:
            return
        self.looked += 1
        if kinds := found_in(content):
            self._into[f"{place} ({', '.join(kinds)})"] = content

    def stop(self) -> None:
        self._done.set()
        self.join()


class Listening(threading.Thread):
    """Every command that Redis is sent for one of its databases while this runs."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._client = redis.Redis.from_url(url, socket_timeout=None)
        self._database = str(self._client.connection_pool.connection_kwargs.get("db", 0))
        self.said: list[str] = []
        self._done = False
        self._listens = threading.Event()

    def run(self) -> None:
        with self._client.monitor() as monitor:
            self._listens.set()
            for command in monitor.listen():
                if str(command["db"]) == self._database:
                    self.said.append(command["command"])
                if self._done:
                    return

    def start(self) -> None:
        super().start()
        self._listens.wait(10)

    def stop(self) -> bytes:
        self._done = True
        self._client.ping()
        self.join(5)
        return "\n".join(self.said).encode()


def until(condition: Callable[[], bool], *, seconds: float, what: Callable[[], str]) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.2)
