"""Takes in the files that another system puts into a folder."""

import logging
import os
import re
import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, close_old_connections

from upstream.accounts.models import Organization
from upstream.accounts.services import system_actor
from upstream.core import scope
from upstream.core.errors import ServiceError
from upstream.intake.services import receive_upload

POLL_SECONDS = 1.0
# A file whose size and time of change stay the same for so long has been written.
STEADY_SECONDS = 5.0
PIECE = 1 << 20
# What systems name files that they are still writing, and hide.
_UNFINISHED = re.compile(r"^[.~]|~$|\.(part|partial|filepart|tmp|temp|crdownload)$", re.IGNORECASE)

log = logging.getLogger(__name__)


class NotNow(Exception):
    """The file changes while it is read, or the command is to end: it stays where it is."""


class Command(BaseCommand):
    help = (
        "Take in the files put into a folder; they move to its folder done, or to failed with the reason beside them."
    )
    # It answers no addresses: it starts without building the GraphQL schema.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--organization", required=True, metavar="SLUG", help="whose files they are")
        parser.add_argument("--once", action="store_true", help="take what is there, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        self._stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError("There is no organization with this slug.")
        self._folder, self._actor = options["folder"], system_actor(organization.pk)
        if not self._folder.is_dir():
            raise CommandError("The folder is not there. Make it first.")
        for name in ("done", "failed"):
            (self._folder / name).mkdir(exist_ok=True)
        self.stdout.write("watch: ready")
        with scope.of_organization(organization.pk):
            self._watch(once=options["once"])
        self.stdout.write("watch: stopped")

    def _watch(self, *, once: bool) -> None:
        seen: dict[str, tuple[tuple[int, ...], float]] = {}
        while not self._stopping.is_set():
            seen = {name: self._look(name, mark, seen) for name, mark in self._files()}
            if once and not seen:
                break
            self._stopping.wait(POLL_SECONDS)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping.set()

    def _files(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Files by name, with what changes when they do; no folders, and no links, which may lead anywhere."""
        with os.scandir(self._folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.is_file(follow_symlinks=False) and not _UNFINISHED.search(entry.name):
                    yield entry.name, _mark(entry.stat(follow_symlinks=False))

    def _look(
        self, name: str, mark: tuple[int, ...], seen: dict[str, tuple[tuple[int, ...], float]]
    ) -> tuple[tuple[int, ...], float]:
        now = time.monotonic()
        before, since = seen.get(name, (mark, now))
        if mark != before:
            return mark, now
        if now - since >= STEADY_SECONDS and not self._stopping.is_set():
            self._take(name, mark)
        return mark, since

    def _take(self, name: str, mark: tuple[int, ...]) -> None:
        try:
            upload = receive_upload(actor=self._actor, file_name=name, chunks=self._read(name, mark))
        except NotNow:
            return
        except (OperationalError, InterfaceError) as error:
            log.warning("database unreachable (%s): the file waits", type(error).__name__)
            close_old_connections()
        except ServiceError as error:
            self._move(name, "failed", error.message)
        except PermissionError:
            self._move(name, "failed", "The file may not be read. Let the account that runs `manage.py watch` read it.")
        except FileNotFoundError:
            return
        else:
            # The same file once more, also where this ended before it was moved, is told from the first and not read.
            log.info("upload %s taken from the folder", upload.pk)
            self._move(name, "done")

    def _read(self, name: str, mark: tuple[int, ...]) -> Iterator[bytes]:
        with os.fdopen(os.open(self._folder / name, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            while piece := file.read(PIECE):
                if self._stopping.is_set():
                    raise NotNow
                yield piece
            if _mark(os.fstat(file.fileno())) != mark:
                raise NotNow

    def _move(self, name: str, to: str, why: str = "") -> None:
        target, number = self._folder / to / name, 1
        while target.exists():
            number += 1
            target = self._folder / to / f"{Path(name).stem} ({number}){Path(name).suffix}"
        os.rename(self._folder / name, target)
        if why:
            target.with_name(f"{target.name}.txt").write_text(f"{why}\n")
            log.warning("a file of the folder was not taken: see %s", to)


def _mark(stat: os.stat_result) -> tuple[int, ...]:
    return stat.st_ino, stat.st_size, stat.st_mtime_ns
