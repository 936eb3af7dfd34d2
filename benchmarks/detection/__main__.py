"""`make bench-detection`: about five minutes on two cores; tables, then one JSON object, and docs/detection.md.

`python -m benchmarks.detection --quick` takes a few organizations each, too few to judge by, and writes no page.
Exit status 1 when a figure does not hold. Every panel has its own seed, so a run gives the same figures again.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import Any

# Two processes share the cores; numpy must not start threads beside them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.detection import report
from benchmarks.detection.kinds import KINDS, run, tasks

PROCESSES = 2


def main(arguments: list[str]) -> int:
    quick = "--quick" in arguments
    results: dict[str, dict[str, Any]] = {kind.name: {} for kind in KINDS}
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        for kind, scenario, figures in pool.map(run, tasks(quick)):
            results[kind][scenario] = figures
    judged = report.bars(KINDS, results)
    print("\n".join(report.printed(KINDS, results)))
    if not quick:
        report.write(KINDS, results, judged)
    print(json.dumps(judged))
    return 0 if quick or all(bar["holds"] for bar in judged.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
