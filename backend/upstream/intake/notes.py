"""Findings of one file, kept from drowning the reader: the first of each kind in full, the rest as one number."""

from collections import Counter

from upstream.intake.records import Finding, Severity

#: Findings of one code that are told one by one; a file of a million odd claims must not make a million findings.
FULL_FINDINGS_PER_CODE = 100


class Notes:
    """Collects Findings until the reader hands them on with `drain`."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._severities: dict[str, Severity] = {}
        self._waiting: list[Finding] = []

    def add(self, position: int, severity: Severity, code: str, message: str) -> None:
        """Note something at a position; beyond FULL_FINDINGS_PER_CODE only its number is kept."""
        self._counts[code] += 1
        self._severities[code] = severity
        if self._counts[code] <= FULL_FINDINGS_PER_CODE:
            self._waiting.append(Finding(position, severity, code, message))

    def once(self, position: int, severity: Severity, code: str, message: str) -> None:
        """Note something about the file as a whole the first time it is met."""
        if code not in self._counts:
            self.add(position, severity, code, message)

    @property
    def waiting(self) -> bool:
        """Whether anything was noted since the last `drain`."""
        return bool(self._waiting)

    def drain(self) -> list[Finding]:
        """Findings since the last call."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def close(self, position: int) -> list[Finding]:
        """What is left at the end of the file, with one Finding for every code that was met too often."""
        for code, count in self._counts.items():
            more = count - FULL_FINDINGS_PER_CODE
            if more > 0:
                message = f"{more} more findings of this kind ({code}) are not listed one by one."
                self._waiting.append(Finding(position, self._severities[code], code, message))
        return self.drain()
