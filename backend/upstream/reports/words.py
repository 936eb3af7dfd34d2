"""How reports say dates, money, shares and certainty."""

from datetime import date
from decimal import Decimal

from upstream.alerts.models import AlertState, Verdict
from upstream.alerts.words import certainty_words

NOTHING = "–"
STATE_WORDS: dict[str, str] = {
    AlertState.OPEN: "open",
    AlertState.ACKNOWLEDGED: "acknowledged",
    AlertState.SNOOZED: "snoozed",
    AlertState.RESOLVED: "resolved",
}
VERDICT_WORDS: dict[str, str] = {Verdict.REAL: "real", Verdict.NOISE: "noise", Verdict.FOLLOW_UP: "follow-up"}


def day(value: date | None) -> str:
    """3 March 2026."""
    return NOTHING if value is None else f"{value.day} {value:%B %Y}"


def short_day(value: date | None) -> str:
    """3 Mar 2026."""
    return NOTHING if value is None else f"{value.day} {value:%b %Y}"


def dollars(amount: Decimal) -> str:
    """$12,400: whole dollars, for estimates."""
    return f"{'-' if amount < 0 else ''}${abs(amount):,.0f}"


def dollars_and_cents(amount: Decimal | None) -> str:
    """$12,400.50."""
    return NOTHING if amount is None else f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def percent(value: float | None) -> str:
    """24.1% of a share between 0 and 1."""
    return NOTHING if value is None else f"{value * 100:.1f}%"


def days(value: float | None) -> str:
    """16 days, 16.5 days."""
    if value is None:
        return NOTHING
    text = f"{value:.1f}".removesuffix(".0")
    return f"{text} {'day' if text == '1' else 'days'}"


def count(number: int, one: str, many: str = "") -> str:
    """1 claim, 1,234 claims."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def certainty(value: float) -> tuple[str, str]:
    """In words and as a number, which is never rounded up to 100%: evidence is not proof."""
    words = certainty_words(value).capitalize()
    return words, "over 99.9%" if value > 0.999 else f"{int(value * 1000) / 10:g}%"
