"""The steps of the roll-up benchmark, each in a process of its own. The last line is JSON."""

import json
import resource
import sys
import time
from datetime import timedelta

import django
import numpy as np

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from benchmarks.rollup.claims import DAYS, FIRST_DAY, batches, slice_keys  # noqa: E402
from upstream.accounts import services as accounts  # noqa: E402
from upstream.accounts.models import Organization  # noqa: E402
from upstream.claims import bulk, rollup  # noqa: E402
from upstream.claims.models import Payer, RollupChanges, RollupDay, ServiceGroup  # noqa: E402
from upstream.claims.rollup.changes import SliceKey  # noqa: E402
from upstream.claims.rollup.folding import counts_of, merge  # noqa: E402
from upstream.claims.rollup.slices import Slices  # noqa: E402
from upstream.core import scope  # noqa: E402
from upstream.detection.detecting import detector_settings, run_detectors, signals_of  # noqa: E402
from upstream.detection.panels import Panel  # noqa: E402
from upstream.detection.services import run_detection  # noqa: E402

scope.enter(scope.ALL)

#: Payers, service groups and locations.
SIZE = (30, 14, 25)
#: Claims of one batch of the intake.
BATCH = 5_000
LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def prepare() -> dict[str, float]:
    call_command("migrate", verbosity=0)
    for slug in ("upload", "year"):
        organization = accounts.create_organization(name=slug, slug=slug, is_demo=True)
        payers, groups, _ = SIZE
        for number in range(payers):
            Payer.unscoped.create(organization=organization, name=f"Payer {number}", name_key=f"payer{number}")
        for number in range(groups):
            ServiceGroup.unscoped.create(organization=organization, name=f"Group {number}", position=1000 + number)
    return {}


def home(slug: str) -> tuple[Organization, list[SliceKey]]:
    organization = Organization.objects.get(slug=slug)
    payers, groups = (
        [
            bulk.stored(pk)
            for pk in model.objects.for_organization(organization).order_by("pk").values_list("pk", flat=True)
        ]
        for model in (Payer, ServiceGroup)
    )
    made = groups[-SIZE[1] :]
    return organization, slice_keys(payers, made, [f"Location {number}" for number in range(SIZE[2])])


def append(claims: int, seed: int) -> dict[str, float]:
    """The changes of an upload, batch by batch, as the intake leaves them behind."""
    organization, keys = home("upload")
    for slices, made, taken in batches(claims, BATCH, keys, *SIZE, seed):
        RollupChanges(organization=organization, slices=slices, claims=made.tobytes(), takebacks=taken.tobytes()).save(
            force_insert=True
        )
    return {}


def fold() -> dict[str, float]:
    organization, _ = home("upload")
    before = megabytes()
    started = time.perf_counter()
    rollup.fold(organization.pk)
    seconds = time.perf_counter() - started
    rows = RollupDay.objects.for_organization(organization).count()
    return {"seconds": seconds, "rows": rows, "megabytes": megabytes() - before}


def year(claims: int, seed: int) -> dict[str, float]:
    """The days that `claims` come to, written without writing the claims."""
    organization, keys = home("year")
    slices = Slices(organization.pk)
    counts = counts_of(batches(claims, 100_000, keys, *SIZE, seed), slices)
    with transaction.atomic():
        rollup.one_writer(organization.pk)
        merge(organization.pk, slices, [counts])
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return {"rows": RollupDay.objects.for_organization(organization).count()}


def load(days: int) -> dict[str, float]:
    """The last `days` days of the year, or all of them for 0."""
    organization, _ = home("year")
    after = LAST_DAY - timedelta(days=days) if days else None
    rollup.load_facts(organization.pk, LAST_DAY, after=LAST_DAY)
    before = megabytes()
    started = time.perf_counter()
    facts = rollup.load_facts(organization.pk, LAST_DAY, after=after)
    seconds = time.perf_counter() - started
    assert facts is not None
    counted = sum(int(columns.claims.sum()) for columns in (facts.decisions.whole(), facts.submissions))
    return {"seconds": seconds, "claims": counted, "megabytes": megabytes() - before}


def detect() -> dict[str, float]:
    """The whole year read and detected again in `seconds`, without the evidence; `megabytes` are with it."""
    organization, _ = home("year")
    settings = detector_settings(1.05)
    before = megabytes()
    started = time.perf_counter()
    facts = rollup.load_facts(organization.pk, LAST_DAY)
    assert facts is not None
    panel = Panel(facts)
    detected = run_detectors(panel, settings)
    seconds = time.perf_counter() - started
    signals = signals_of(panel, detected, settings, {})
    return {
        "seconds": seconds,
        "streams": len(panel.streams),
        "signals": len(signals),
        "megabytes": megabytes() - before,
    }


def run(days_left: int) -> dict[str, float]:
    """A whole run of detection through so many days before the last, with its signals, and keeping what it walked."""
    organization, _ = home("year")
    started = time.perf_counter()
    made = run_detection(organization_id=organization.pk, through=LAST_DAY - timedelta(days=days_left))
    assert made is not None
    return {"seconds": time.perf_counter() - started, "days": made.days_walked, "signals": made.signals_found}


def group(claims: int, seed: int) -> dict[str, float]:
    """The same claims counted by set of claims and day with pandas, from columns that are in memory already."""
    import pandas

    _, keys = home("year")
    columns = ("group_slice", "location_slice", "submitted", "decided", "category", "billed", "denied")
    made = [made[list(columns)] for _, made, _ in batches(claims, 100_000, keys, *SIZE, seed)]
    frame = pandas.DataFrame({name: np.concatenate([part[name] for part in made]) for name in columns})
    del made
    before = megabytes()
    started = time.perf_counter()
    frame["age"] = frame["decided"] - frame["submitted"]
    frame["billed_squares"] = (frame["billed"] / 100) ** 2
    decided = frame[frame["decided"] > 0]
    sums = {"billed": ["size", "sum"], "denied": "sum", "billed_squares": "sum"}
    rows = 0
    for name in ("group_slice", "location_slice"):
        rows += len(frame.groupby([name, "submitted"]).size())
        rows += len(decided.groupby([name, "decided", "category"]).agg(sums))
        rows += len(decided.groupby([name, "decided", "age", decided["denied"] > 0]).size())
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "rows": rows, "megabytes": megabytes() - before + frame.memory_usage().sum() / 2**20}


STEPS = {
    "prepare": prepare,
    "append": append,
    "fold": fold,
    "year": year,
    "load": load,
    "detect": detect,
    "run": run,
    "group": group,
}

if __name__ == "__main__":
    name, *rest = sys.argv[1:]
    print(json.dumps(STEPS[name](*map(int, rest))))
