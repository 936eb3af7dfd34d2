"""Money: Decimal with two places, in USD."""

from decimal import ROUND_HALF_UP, Decimal

from django.db import models

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def cents(value: Decimal | float | int) -> Decimal:
    """`value` rounded to two places, halves away from zero."""
    return Decimal(value).quantize(CENT, rounding=ROUND_HALF_UP)


def dollars(whole_cents: int) -> Decimal:
    """USD of a number of cents."""
    return Decimal(whole_cents).scaleb(-2)


class MoneyField(models.DecimalField):
    """USD with two places, up to 999,999,999,999.99."""

    def __init__(self, **options: object) -> None:
        options.update(max_digits=14, decimal_places=2)
        super().__init__(**options)  # type: ignore[arg-type]
