"""What reports say of each kind of signal."""

from dataclasses import dataclass

from upstream.claims.denial_reasons import CATEGORIES
from upstream.detection.models import Signal, SignalKind
from upstream.reports.words import days, percent


@dataclass(frozen=True, slots=True)
class KindWords:
    """name: in tables and filters. level: what `Signal.before` and `after` are; unknown: why `after` is not known yet.
    money: what happens to the dollars a week. chart, rate: the chart's heading, and the label of its line; series: what
    the line shows. others: what the other payers together did. whole: what reasons are shares of.
    """

    name: str
    overline: str
    level: str
    unknown: str
    money: str
    chart: str
    rate: str
    series: str
    others: str
    whole: str


KINDS: dict[str, KindWords] = {
    SignalKind.DENIAL_RATE: KindWords(
        name="denial rate",
        overline="Denials",
        level="Denied of decided claims",
        unknown="nothing decided since",
        money="billed and denied",
        chart="Denial rate, day by day",
        rate="Denial rate",
        series="share of decided claims denied",
        others="denied",
        whole="all decided claims",
    ),
    SignalKind.DENIAL_COHORT: KindWords(
        name="denials of submitted claims",
        overline="Denials of submitted claims",
        level="Denied of submitted claims",
        unknown="too little decided since",
        money="billed and denied",
        chart="Denials of open claims, day by day",
        rate="Denied per day",
        series="share of open claims denied in a day",
        others="denied",
        # Reasons come with decisions.
        whole="all decided claims",
    ),
    SignalKind.DENIAL_DOLLARS: KindWords(
        name="denied dollars",
        overline="Denied dollars",
        level="Denied of billed dollars",
        unknown="nothing decided since",
        money="billed and denied",
        chart="Denied dollars, day by day",
        rate="Dollars denied",
        series="share of billed dollars denied",
        others="denied",
        whole="all billed dollars",
    ),
    SignalKind.PAYMENT_DELAY: KindWords(
        name="payment delay",
        overline="Payment delay",
        level="Median days to payment",
        unknown="more than half are still unpaid",
        money="outstanding",
        chart="Payments, day by day",
        rate="Paid per day",
        series="share of open claims paid in a day",
        others="paid half of the claims within",
        whole="all decided claims",
    ),
    SignalKind.TAKEBACK: KindWords(
        name="takebacks",
        overline="Takebacks",
        level="Taken back per claim decided",
        unknown="nothing decided since",
        money="taken back",
        chart="Takebacks, day by day",
        rate="Takebacks",
        series="payments taken back per claim decided",
        others="took back",
        whole="all decided claims",
    ),
}


def level(signal: Signal, value: float | None) -> str:
    """A value of `before` or `after`: a share in percent, or days."""
    return days(value) if signal.kind == SignalKind.PAYMENT_DELAY else percent(value)


def stream(signal: Signal) -> str:
    """What narrows the payer's claims to the signal's: a service group, a denial category or a location; or nothing."""
    if signal.service_group:
        return signal.service_group.name
    return CATEGORIES.get(signal.denial_category, signal.denial_category) or signal.location
