"""Interchange, group and transaction set a reader stands in, and whether what closes them tells the truth."""

from upstream.intake.notes import Notes


def names_guide(version: str) -> bool:
    """Whether ST03 or GS08 names an implementation guide (005010X222A1), not the standard alone (005010) or nothing."""
    return "X" in version


def control_number(text: str) -> str:
    """GS06, and what names it again (AK102): a number, which some write with zeros in front."""
    return text.strip().lstrip("0")


class Envelope:
    """Interchange, group and transaction set the reader stands in, and whether their closing counts are true."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._interchange: str | None = None
        self._groups = 0
        self._group: str | None = None
        self._sets = 0
        self._set: str | None = None
        self._set_position = 0
        self.interchange_number = ""
        self.group_number = ""
        self.group_sender = ""
        self.group_receiver = ""
        self.group_version = ""
        self.group_date = ""
        self.version = ""

    def interchange(self, position: int, isa: list[str]) -> None:
        self.end(position)
        self._interchange, self._groups = isa[13].strip(), 0
        self.interchange_number = self._interchange

    def group(self, position: int, gs: list[str]) -> None:
        self._end_group(position)
        self._group, self._sets = gs[6].strip(), 0
        self._groups += 1
        self.group_date, self.group_version = gs[4].strip(), gs[8].strip()
        self.group_sender, self.group_receiver = gs[2].strip(), gs[3].strip()
        self.group_number = control_number(gs[6])

    def begin_set(self, position: int, st: list[str]) -> None:
        self._end_set(position)
        self._set, self._set_position = st[2].strip(), position
        self._sets += 1
        self.version = st[3].strip() or self.group_version

    def set_trailer(self, position: int, se: list[str]) -> None:
        segments = position - self._set_position + 1
        if self._set is None:
            self._notes.add(
                position, "warning", "se_without_st", f"Segment {position}: an SE closes no transaction set."
            )
        else:
            self._compare(position, "SE01", se[1], segments)
            self._same(position, "SE02", se[2], "ST02", self._set)
        self._set = None

    def group_trailer(self, position: int, ge: list[str]) -> None:
        self._end_set(position)
        if self._group is not None:
            self._compare(position, "GE01", ge[1], self._sets)
            self._same(position, "GE02", ge[2], "GS06", self._group)
        self._group = None

    def interchange_trailer(self, position: int, iea: list[str]) -> None:
        self._end_group(position)
        if self._interchange is not None:
            self._compare(position, "IEA01", iea[1], self._groups)
            self._same(position, "IEA02", iea[2], "ISA13", self._interchange)
        self._interchange = None

    def end(self, position: int) -> None:
        """Note what was opened and never closed."""
        self._end_group(position)
        if self._interchange is not None:
            self._missing(position, "IEA", "ISA")
            self._interchange = None

    def _end_group(self, position: int) -> None:
        self._end_set(position)
        if self._group is not None:
            self._missing(position, "GE", "GS")
            self._group = None

    def _end_set(self, position: int) -> None:
        if self._set is not None:
            self._missing(position, "SE", "ST")
            self._set = None

    def _missing(self, position: int, trailer: str, header: str) -> None:
        message = (
            f"Before segment {position} the {trailer} that closes the {header} is missing: the file may be cut off."
        )
        self._notes.add(position, "warning", "trailer_missing", message)

    def _compare(self, position: int, element: str, told: str, counted: int) -> None:
        told = told.strip()
        if not (told.isascii() and told.isdigit()) or int(told[:18]) != counted:
            message = f"Segment {position}: {element} does not tell the true count, which is {counted}."
            self._notes.add(position, "warning", "count_differs", message)

    def _same(self, position: int, element: str, told: str, header: str, expected: str) -> None:
        if told.strip().lstrip("0") != expected.lstrip("0"):
            message = f"Segment {position}: {element} differs from {header} of the segment it closes."
            self._notes.add(position, "warning", "control_number_differs", message)
