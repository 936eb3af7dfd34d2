"""Dates as people and programs write them, read by the habit the file itself shows."""

import re
from collections.abc import Iterable
from datetime import date

EARLIEST_DATE = date(1990, 1, 1)
EARLIEST_BIRTH_DATE = date(1880, 1, 1)

_TIME = r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?"
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _TIME, re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})" + _TIME, re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_DAY_MONTH_NAME = re.compile(r"(\d{1,2})[-/ .]+([A-Za-z]{3,9})[-/ .,]+(\d{4}|\d{2})" + _TIME, re.ASCII)
_MONTH_NAME_DAY = re.compile(r"([A-Za-z]{3,9})[. ]+(\d{1,2})[, ]+(\d{4})" + _TIME, re.ASCII)
_MONTH_NAMES = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_MONTHS |= {name[:3]: number for number, name in enumerate(_MONTH_NAMES, 1)} | {"sept": 9}


class DateHabit:
    """Whether dates like 03/04/2024 begin with the month (the US habit, and the default) or with the day."""

    def __init__(self) -> None:
        self._month_first_seen = False
        self._day_first_seen = False

    def see(self, texts: Iterable[str]) -> None:
        """Take a sample of a date column: only a first or second part above 12 shows anything."""
        for text in texts:
            found = _YEAR_LAST.fullmatch(text.strip())
            if found:
                self._day_first_seen = self._day_first_seen or int(found[1]) > 12
                self._month_first_seen = self._month_first_seen or int(found[3]) > 12

    @property
    def day_first(self) -> bool:
        return self._day_first_seen and not self._month_first_seen

    @property
    def contradictory(self) -> bool:
        """The sample shows both habits; dates are then read month first, and the others cannot be read."""
        return self._day_first_seen and self._month_first_seen


def parse_date(text: str, *, day_first: bool, earliest: date, latest: date) -> date:
    """A date from ISO, US (or day-first), yyyymmdd, 3-Jan-2024 and Jan 3, 2024, each with or without a time of day.

    Two-digit years fall into this century unless that is later than `latest`. The day is taken as written, whatever the
    time zone. Raises ValueError for anything else, and outside earliest..latest.
    """
    text = text.strip()
    if found := _YEAR_FIRST.fullmatch(text):
        day = date(int(found[1]), int(found[3]), int(found[4]))
    elif found := _YEAR_LAST.fullmatch(text):
        first, second = int(found[1]), int(found[3])
        month, number = (second, first) if day_first else (first, second)
        day = date(_full_year(found[4], latest), month, number)
    elif found := _COMPACT.fullmatch(text):
        day = date(int(found[1]), int(found[2]), int(found[3]))
    elif found := _DAY_MONTH_NAME.fullmatch(text):
        day = date(_full_year(found[3], latest), _month(found[2]), int(found[1]))
    elif found := _MONTH_NAME_DAY.fullmatch(text):
        day = date(int(found[3]), _month(found[1]), int(found[2]))
    else:
        raise ValueError("not a date")
    if not earliest <= day <= latest:
        raise ValueError("a date out of range")
    return day


def _full_year(digits: str, latest: date) -> int:
    year = int(digits)
    if len(digits) == 4:
        return year
    return 2000 + year if 2000 + year <= latest.year else 1900 + year


def _month(name: str) -> int:
    try:
        return _MONTHS[name.lower()]
    except KeyError:
        raise ValueError("not a month") from None
