"""Replays a claims CSV day by day and writes what Upstream would have told; needs no database."""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError

from upstream.alerts.claims_file import ClaimsFile, read_claims_file
from upstream.alerts.replay import replay
from upstream.claims.service_groups import DEFAULT_SERVICE_GROUPS
from upstream.core import clock
from upstream.core.errors import ServiceError
from upstream.detection.models import DetectionSettings
from upstream.detection.settings import checked_budget, checked_odds
from upstream.intake.records import UnreadableFile

PROBLEMS_SHOWN = 10


class Command(BaseCommand):
    help = "Replay a claims CSV day by day: one record per signal, as it would have been told on the day of its alarm."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        usual = DetectionSettings()
        parser.add_argument("--csv", required=True, type=Path, metavar="FILE", help="the claims")
        parser.add_argument("--from", required=True, type=_day, dest="first", metavar="DATE", help="YYYY-MM-DD")
        parser.add_argument("--to", required=True, type=_day, dest="last", metavar="DATE", help="the last day replayed")
        parser.add_argument("--budget", type=int, default=usual.weekly_alert_budget, help="alerts a week")
        parser.add_argument("--band", type=float, default=usual.smallest_odds, help="odds ratio too small to matter")
        parser.add_argument("--json", required=True, type=Path, metavar="OUT", help="where the records go")

    def handle(self, *args: Any, **options: Any) -> None:
        first, last = options["first"], options["last"]
        if first > last:
            raise CommandError(f"--from {first} comes after --to {last}. Give the earlier day first.")
        try:
            budget, band = checked_budget(options["budget"]), checked_odds(options["band"])
        except ServiceError as error:
            raise CommandError(error.message) from error
        read = self._read(options["csv"], last)
        records = []
        if read.facts is not None:
            records = replay(
                read.facts,
                first=first,
                last=last,
                weekly_alert_budget=budget,
                smallest_odds=band,
                group_names={name: name for name, _ in DEFAULT_SERVICE_GROUPS},
            )
        try:
            options["json"].write_bytes(orjson.dumps(records, option=orjson.OPT_INDENT_2) + b"\n")
        except OSError as error:
            raise CommandError(f"{options['json']} cannot be written: {error.strerror}.") from error
        alerts = sum(record["is_alert"] for record in records)
        kinds = Counter(record["kind"] for record in records)
        told = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
        self.stdout.write(f"{read.claims:,} claims, {first} to {last}: {len(records)} signals, {alerts} of them alerts")
        if told:
            self.stdout.write(f"  {told}")

    def _read(self, path: Path, last: date) -> ClaimsFile:
        try:
            read = read_claims_file(path, today=max(last, clock.today()))
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except UnreadableFile as error:
            raise CommandError(f"{path}, line {error.position}: {error.message}") from error
        for problem in read.problems[:PROBLEMS_SHOWN]:
            self.stderr.write(f"line {problem.position}: {problem.message}")
        if len(read.problems) > PROBLEMS_SHOWN:
            self.stderr.write(f"and {len(read.problems) - PROBLEMS_SHOWN:,} more rows that could not be taken")
        return read


def _day(text: str) -> date:
    return date.fromisoformat(text)
