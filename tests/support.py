"""What tests of every room share and is no fixture: a GraphQL client over HTTP, and worker processes."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection, connections
from django.http import HttpResponse
from django.test import Client

from upstream.accounts import tokens
from upstream.accounts.models import Session
from upstream.core.actor import Actor
from upstream.core.postgresql.base import DatabaseWrapper
from upstream.graph.documents import trusted

ROOT = Path(__file__).resolve().parents[1]


def registered(query: str) -> str:
    """The query, registered until the end of the test, as an application has its operations from its build."""
    trusted.register(query)
    return query


class GraphQL:
    """Posts to /graphql/ as one actor, with a real access token; without an actor nobody is signed in. Its documents
    are registered.
    """

    def __init__(self, actor: Actor | None = None) -> None:
        headers = {"X-Upstream-Client": "tests"}
        if actor is not None:
            session = Session.unscoped.get(pk=actor.session_id)
            headers["Authorization"] = f"Bearer {tokens.access_token(session)[0]}"
        self.client = Client(headers=headers)

    def __call__(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The answer: `data`, and `errors` when there are any."""
        return json.loads(self.post(query, variables).content)

    def post(self, query: str, variables: Mapping[str, Any] | None = None) -> HttpResponse:
        body = {"query": registered(query), "variables": dict(variables or {})}
        return self.client.post("/graphql/", json.dumps(body, default=str), content_type="application/json")

    def upload(self, query: str, variables: Mapping[str, Any], files: Mapping[str, IO[bytes]]) -> dict[str, Any]:
        """By the multipart request specification; `files` goes from a path such as `variables.file` to an open file."""
        numbered = {str(number): path for number, path in enumerate(files)}
        form = {
            "operations": json.dumps({"query": registered(query), "variables": dict(variables)}, default=str),
            "map": json.dumps({number: [path] for number, path in numbered.items()}),
            **{number: files[path] for number, path in numbered.items()},
        }
        return json.loads(self.client.post("/graphql/", form).content)


def wait_until(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Ask every 50 ms until `condition` holds; fails naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:g} s")
        time.sleep(0.05)


def database_url() -> str:
    """The address of the database this test process works on, for processes it starts."""
    entry = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite://{entry['NAME']}"
    login = quote(entry["USER"], safe="") + (f":{quote(entry['PASSWORD'], safe='')}" if entry["PASSWORD"] else "")
    return f"postgresql://{login}@{entry['HOST']}:{entry['PORT'] or 5432}/{entry['NAME']}"


class Thread(threading.Thread):
    """A thread that asks the database for whom the test does: threads begin as nobody."""

    def __init__(self, target: Callable[..., object], args: Iterable[Any] = ()) -> None:
        super().__init__(target=copy_context().run, args=(target, *args))


def as_owner() -> AbstractContextManager[None]:
    """Who owns the tables, and can do behind Upstream's back what row-level security and rights keep it from."""
    wrapper = connections["default"]
    return wrapper.as_owner() if isinstance(wrapper, DatabaseWrapper) else nullcontext()


class Process:
    """A process of this repository on the test's database, Redis and stored files; its output goes to a file."""

    def __init__(self, arguments: list[str], *, output: Path, **environment: str) -> None:
        self.output = output
        variables = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "upstream.settings.test"),
            "DATABASE_URL": database_url(),
            "REDIS_URL": settings.REDIS_URL,
            "MEDIA_ROOT": str(settings.MEDIA_ROOT),
            "PYTHONPATH": f"{ROOT / 'backend'}:{ROOT / 'tests'}",
            "PYTHONUNBUFFERED": "1",
            **environment,
        }
        # The address above is complete: the process must not count itself among the test processes.
        variables.pop("PYTEST_XDIST_WORKER", None)
        with output.open("ab") as sink:
            self.popen = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=variables,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def said(self, text: str) -> bool:
        if self.popen.poll() is not None:
            raise AssertionError(f"ended with {self.popen.returncode}:\n{self.output.read_text()[-4000:]}")
        return text in self.output.read_text()

    def signal(self, number: int) -> None:
        self.popen.send_signal(number)

    def kill(self) -> None:
        """kill -9 of the process and all it started."""
        if self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def stop(self, *, seconds: float = 20) -> int:
        """SIGTERM, then wait; returns the exit status. Fails, and kills, when it takes longer."""
        if self.popen.poll() is None:
            self.popen.terminate()
        try:
            return self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop within {seconds:g} s:\n{self.output.read_text()[-4000:]}") from None


def start_celery_worker(output: Path, *, concurrency: int = 1, **environment: str) -> Process:
    """A real Celery worker on the test's broker, ready to take messages."""
    options = (
        f"--loglevel INFO --concurrency {concurrency} --without-gossip --without-mingle --hostname {output.stem}@%h"
    )
    worker = Process(
        [*"-m celery --workdir backend -A upstream worker".split(), *options.split()], output=output, **environment
    )
    try:
        wait_until(lambda: worker.said(" ready."), seconds=30, what="Celery worker ready")
    except AssertionError:
        worker.kill()
        raise
    return worker
