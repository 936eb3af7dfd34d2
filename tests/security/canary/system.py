"""The API, a worker and everything they write, as processes; and people who ask them."""

import json
import socket
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import redis
import requests
from django.conf import LazySettings
from security.canary import faults
from security.canary.patient import found_in
from security.canary.places import Listening, Watching, Written, until
from support import Process

from upstream.accounts import tokens
from upstream.accounts.models import Session
from upstream.core.actor import Actor
from upstream.core.models import Job, JobState

UPLOAD = "mutation ($file: Upload!) { uploadFile(file: $file) { upload { id } errors { code message } } }"
_numbers = count(1)


class System:
    """The API, a worker and everything they write, on this test's database."""

    def __init__(self, folder: Path, settings: LazySettings, *, celery: bool, **environment: str) -> None:
        self.folders = {name: folder / name for name in ("logs", "sentry", "mail", "temporary", "watched")}
        for each in self.folders.values():
            each.mkdir()
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "security.canary.settings",
            "CANARY_SENTRY": str(self.folders["sentry"] / "envelopes"),
            "CANARY_MAIL": str(self.folders["mail"]),
            "TMPDIR": str(self.folders["temporary"]),
            "REDIS_URL": settings.REDIS_URL if celery else "",
            **environment,
        }
        searched = {name: self.folders[name] for name in ("logs", "sentry", "mail", "temporary")}
        self.written = Written(Path(settings.MEDIA_ROOT), searched, settings.REDIS_URL if celery else "")
        self.celery, self.processes = celery, list[Process]()
        self.watching = Watching([self.folders["temporary"]], self._ids, self.written.passing)
        self.listening = Listening(settings.REDIS_URL) if celery else None

    def start(self) -> "System":
        if self.listening:
            redis.Redis.from_url(self.environment["REDIS_URL"]).flushdb()
            self.listening.start()
        self.watching.start()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        api = "-m granian --interface wsgi --host 127.0.0.1 --working-dir backend --no-ws --log-level debug"
        self.run("api", *api.split(), "--port", str(self.port), "upstream.wsgi:application")
        if self.celery:
            options = "--loglevel DEBUG --concurrency 1 --without-gossip --without-mingle"
            worker = self.run("worker", *f"-m celery --workdir backend -A upstream worker {options}".split())
        else:
            worker = self.run("worker", "backend/manage.py", "worker")
        until(
            lambda: worker.said(" ready" if self.celery else "worker: ready"),
            seconds=60,
            what=lambda: worker.output.read_text()[-2000:],
        )
        until(self._answers, seconds=90, what=lambda: self.processes[0].output.read_text()[-2000:])
        return self

    def _answers(self) -> bool:
        assert self.processes[0].popen.poll() is None, self.processes[0].output.read_text()[-3000:]
        try:
            return requests.get(f"{self.url}/health/live", timeout=5).status_code < 500
        except requests.ConnectionError:
            return False

    def run(self, name: str, *arguments: str, **environment: str) -> Process:
        output = self.folders["logs"] / f"{name}.log"
        process = Process(list(arguments), output=output, **{**self.environment, **environment})
        self.processes.append(process)
        return process

    def _ids(self) -> list[int]:
        found = []
        for process in self.processes:
            try:
                running = psutil.Process(process.popen.pid)
                found += [running.pid, *(child.pid for child in running.children(recursive=True))]
            except psutil.Error:
                continue
        return found

    def settled(self) -> None:
        """Wait until every job is done, but those that break."""
        waiting = Job.unscoped.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).exclude(kind=faults.BREAKS)
        until(
            lambda: not waiting.exists(),
            seconds=120,
            what=lambda: f"{list(waiting.values('kind', 'state', 'attempts'))} {self.logs()[-3000:]}",
        )

    def logs(self) -> str:
        return "".join(path.read_text() for path in sorted(self.folders["logs"].iterdir()))

    def close(self) -> None:
        for process in self.processes:
            process.kill()
        if self.watching.is_alive():
            self.watching.stop()

    def ask(self, method: str, path: str, *, meant: bool = False, **given: Any) -> requests.Response:
        """One request; its answer, headers included, is searched unless it is `meant` to tell of patients."""
        response = requests.request(method, self.url + path, timeout=60, allow_redirects=False, **given)
        if not meant:
            shown = path if not found_in(path.encode()) else "(an address)"
            told = repr(dict(response.headers)).encode() + response.content
            self.written.answers.append((f"{method} {shown} {response.status_code} {next(_numbers)}", told))
        return response


class Person:
    """Somebody signed in, asking the graph."""

    def __init__(self, system: System, actor: Actor) -> None:
        self.system = system
        access = tokens.access_token(Session.unscoped.get(pk=actor.session_id))[0]
        self.headers = {"Authorization": f"Bearer {access}", "X-Upstream-Client": "tests"}

    def __call__(self, query: str, *, meant: bool = False, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        answer = self.system.ask("POST", "/graphql/", meant=meant, json=body, headers=self.headers).json()
        if not meant:
            _, told = self.system.written.answers[-1]
            what = query if not found_in(query.encode()) else f"({next(_numbers)})"
            self.system.written.answers[-1] = (f"graph: {' '.join(what.split())[:90]}", told)
        return answer

    def uploads(self, name: str, content: bytes) -> str:
        form = {
            "operations": (None, json.dumps({"query": UPLOAD, "variables": {"file": None}})),
            "map": (None, json.dumps({"0": ["variables.file"]})),
            "0": (name, content),
        }
        answer = self.system.ask("POST", "/graphql/", files=form, headers=self.headers).json()
        return ((answer.get("data") or {}).get("uploadFile") or {}).get("upload", {}).get("id", "")
