"""A year of a million claims in the roll-up, asked for by payer and service group; the same with pandas."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.api import questions

CLAIMS, SEED = 1_000_000, 5
#: Payers, service groups and locations.
SIZE = (30, 14, 25)
ROUNDS = 15


def query(values: str) -> str:
    from benchmarks.rollup.claims import DAYS, FIRST_DAY

    last = FIRST_DAY.fromordinal(FIRST_DAY.toordinal() + DAYS - 1)
    return questions.metrics(str(FIRST_DAY), str(last), values)


def fill(organization: Any) -> Callable[[], Any]:
    """Write the days that the claims come to, without the claims; returns the same question to pandas."""
    import pandas
    from django.db import connection, transaction

    from benchmarks.rollup.claims import batches, slice_keys
    from upstream.claims import bulk, rollup
    from upstream.claims.models import Payer, ServiceGroup
    from upstream.claims.rollup.folding import counts_of, merge
    from upstream.claims.rollup.slices import Slices

    def own(model: Any, **values: Any) -> Any:
        return bulk.stored(model.unscoped.create(organization=organization, **values).pk)

    payers = [own(Payer, name=f"Payer {number}", name_key=f"payer{number}") for number in range(SIZE[0])]
    groups = [own(ServiceGroup, name=f"Group {number}", position=1000 + number) for number in range(SIZE[1])]
    keys = slice_keys(payers, groups, [f"Location {number}" for number in range(SIZE[2])])
    slices = Slices(organization.pk)
    with transaction.atomic():
        rollup.one_writer(organization.pk)
        merge(organization.pk, slices, [counts_of(batches(CLAIMS, 100_000, keys, *SIZE, SEED), slices)])
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    columns = ["group_slice", "submitted", "decided", "paid", "category", "billed", "paid_amount"]
    made = np.concatenate([made[columns] for _, made, _ in batches(CLAIMS, 100_000, keys, *SIZE, SEED)])
    frame = pandas.DataFrame({name: made[name] for name in columns})

    def counted() -> Any:
        """Of the columns in memory: claims and billed, decided and denied, and paid."""
        decided, paid = frame[frame["decided"] > 0], frame[frame["paid"] > 0]
        return pandas.concat(
            [
                frame.groupby("group_slice")["billed"].agg(["size", "sum"]),
                decided.groupby("group_slice")["category"].agg(["size", lambda each: (each >= 0).sum()]),
                paid.groupby("group_slice")["paid_amount"].sum(),
            ],
            axis=1,
        )

    return counted


def median_ms(work: Callable[[], Any]) -> float:
    """Milliseconds that pass, the median of some rounds after two to warm up."""
    figures = []
    for _ in range(ROUNDS + 2):
        started = time.perf_counter()
        work()
        figures.append((time.perf_counter() - started) * 1000)
    return statistics.median(figures[2:])
