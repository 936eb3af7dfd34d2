"""`manage.py write_claims`: a file of invented claims, for trying intake and for benchmarks."""

import argparse
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError, CommandParser

from upstream.core import clock
from upstream.ops.demo.csv_file import claims_csv
from upstream.ops.demo.remittance_file import remittances_835
from upstream.ops.demo.simulate import simulate
from upstream.ops.demo.spec import Change, DenialChange, PaymentStall
from upstream.ops.demo.stories import FAMILY_CLINIC
from upstream.ops.demo.submission_file import submissions_837p
from upstream.ops.demo.world import DENIED, PENDING, World


class Command(BaseCommand):
    help = "Write a file of invented claims (CSV, X12 837P or X12 835), the same bytes for the same arguments."

    def add_arguments(self, parser: CommandParser) -> None:
        payers = ", ".join(payer.name for payer in FAMILY_CLINIC.payers)
        parser.add_argument("--claims", type=int, required=True, help="number of claims sent over the days")
        parser.add_argument("--out", type=Path, required=True, help="the file to write; an existing one is replaced")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--format", choices=("csv", "837", "835"), default="csv")
        parser.add_argument("--end", type=_day, help="last day of the data, YYYY-MM-DD (default: yesterday)")
        parser.add_argument("--days", type=int, default=365, help="days of claims up to that day (default: 365)")
        parser.add_argument(
            "--denial-drift",
            nargs=3,
            action="append",
            default=[],
            metavar=("PAYER[:SERVICE]", "DATE", "FACTOR"),
            help=f"plant a denial rate FACTOR times the usual one from DATE on; payers: {payers}",
        )
        parser.add_argument(
            "--payment-stall",
            nargs=3,
            action="append",
            default=[],
            metavar=("PAYER", "DATE", "FACTOR"),
            help="plant payments that take FACTOR times as long from DATE on",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        end = options["end"] or clock.today() - timedelta(days=1)
        try:
            changes = [_drift(*words) for words in options["denial_drift"]]
            changes += [PaymentStall(payer, _day(on), float(factor)) for payer, on, factor in options["payment_stall"]]
            clinic = FAMILY_CLINIC.with_changes(*changes)
            world = simulate(clinic, claims=options["claims"], end=end, seed=options["seed"], days=options["days"])
        except (ValueError, argparse.ArgumentTypeError) as error:
            raise CommandError(str(error)) from error
        with options["out"].open("wb") as target:
            for chunk in _written(world, options["format"]):
                target.write(chunk)
        outcome = world.outcome_on(world.day_of(end))
        self.stdout.write(
            f"{options['out']}: {len(world)} claims with {len(world.lines.claim)} lines, sent {world.start} to {end}, "
            f"{int(np.sum(outcome == DENIED))} denied, {int(np.sum(outcome == PENDING))} pending"
        )
        for change in changes:
            self.stdout.write(f"planted: {change}")
        if not changes:
            self.stdout.write("planted: nothing")


def _written(world: World, kind: str) -> Iterator[bytes]:
    if kind == "csv":
        return claims_csv(world, range(len(world)), world.end)
    if kind == "837":
        return submissions_837p(world, world.start, world.end)
    return remittances_835(world, range(len(world.clinic.payers)), world.start, world.end)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write it as YYYY-MM-DD.") from None


def _drift(where: str, on: str, factor: str) -> Change:
    payer, _, service = where.partition(":")
    return DenialChange(payer, _day(on), float(factor), service or None)
