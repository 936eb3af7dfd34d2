"""Excel workbooks as CSV, read by a process of their own (`workbook_process`)."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from upstream.intake.records import Finding, UnreadableFile

logger = logging.getLogger(__name__)

CHUNK = 1 << 18
#: A workbook's own bytes; its reader's memory is bounded besides.
MOST_BYTES = 128 << 20

_BACKEND = Path(__file__).resolve().parents[2]
_DAMAGED = "The Excel workbook is damaged. Open it, save it again, and upload that."
_TOO_LARGE = (
    "The Excel workbook unfolds to more than can be read. Save the sheet with the claims as CSV and upload that."
)
_NO_HEADER = (
    "No sheet of the Excel workbook has a row that names columns of claims. The first row of one must, with at least "
    "payer, procedure_code, submitted_date and outcome."
)


class Workbook:
    """The sheet with the claims. rows_read of `rows` have been handed on by `chunks`, as CSV with a line for each.

    Opening raises UnreadableFile for what is no workbook, has no such sheet, or unfolds to more than can be read.
    """

    def __init__(self, size: int, pieces: Iterable[bytes]) -> None:
        if size > MOST_BYTES:
            raise UnreadableFile("workbook_size", _TOO_LARGE)
        self.rows_read = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "upstream.intake.workbook_process"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": str(_BACKEND)},
        )  # fmt: skip
        self._out = cast("IO[bytes]", self._process.stdout)
        try:
            answer = self._answer(pieces)
        except BaseException:
            self.close()
            raise
        self.rows: int = answer["rows"]
        self.findings = tuple(
            Finding(0, "warning", "other_sheet", f"Sheet {number} names columns of claims too, and was not read. Save "
                    "it as a file of its own and upload that.")
            for number in answer["others"]
        )  # fmt: skip

    def chunks(self) -> Iterator[bytes]:
        while chunk := self._out.read(CHUNK):
            yield chunk
            self.rows_read += chunk.count(b"\n")
        if self._process.wait() != 0:
            raise UnreadableFile("workbook_size", _TOO_LARGE)

    def close(self) -> None:
        """End the process, whether it has written everything or not."""
        self._process.kill()
        self._out.close()
        self._process.wait()

    def _answer(self, pieces: Iterable[bytes]) -> dict[str, Any]:
        """What the process says of the workbook, once it has been handed over."""
        # One that ended before it had read everything has said why, or is missed below.
        with suppress(BrokenPipeError), cast("IO[bytes]", self._process.stdin) as standard_input:
            for piece in pieces:
                standard_input.write(piece)
        told = self._out.readline()
        if not told:
            logger.warning("the process that reads workbooks ended with status %s", self._process.wait())
            raise UnreadableFile("workbook_size", _TOO_LARGE)
        answer: dict[str, Any] = json.loads(told)
        if "error" in answer:
            damaged = answer["error"] == "damaged"
            raise UnreadableFile("workbook_damaged" if damaged else "no_header", _DAMAGED if damaged else _NO_HEADER)
        return answer
