"""The one place that asks what time it is, so that tests and replays can answer."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The current date in UTC."""
    return now().date()
