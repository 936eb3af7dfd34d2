"""How reports say things."""

from datetime import date
from decimal import Decimal

import pytest

from upstream.reports import words


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.day(date(2026, 3, 3)), "3 March 2026"),
        (words.short_day(date(2026, 12, 31)), "31 Dec 2026"),
        (words.day(None), "–"),
        (words.dollars(Decimal("12403.17")), "$12,403"),
        (words.dollars(Decimal("-3000")), "-$3,000"),
        (words.dollars_and_cents(Decimal("-0.05")), "-$0.05"),
        (words.dollars_and_cents(None), "–"),
        (words.percent(0.2414), "24.1%"),
        (words.percent(None), "–"),
        (words.days(1.0), "1 day"),
        (words.days(16.0), "16 days"),
        (words.days(16.5), "16.5 days"),
        (words.count(1, "claim"), "1 claim"),
        (words.count(1234, "claim"), "1,234 claims"),
    ],
)
def test_what_is_said(said: str, expected: str) -> None:
    assert said == expected


@pytest.mark.parametrize(
    ("value", "word", "number"),
    [
        (0.5, "Possible", "50%"),
        (0.83, "Likely", "83%"),
        (0.96, "Very likely", "96%"),
        (0.9979, "Almost certain", "99.7%"),
        (0.99951, "Almost certain", "over 99.9%"),
        (1.0, "Almost certain", "over 99.9%"),
    ],
)
def test_certainty_is_never_rounded_up_to_certain(value: float, word: str, number: str) -> None:
    assert words.certainty(value) == (word, number)
