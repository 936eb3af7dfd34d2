"""What an alert says, in plain English, from the figures of its signal: the same on screens and in reports."""

from __future__ import annotations

from datetime import date

from upstream.alerts.models import Alert
from upstream.detection.models import Direction, Signal, SignalKind

# A payer that denied fewer than this has "begun to" deny: a multiple of next to nothing says little.
HARDLY_EVER = 0.005
_CERTAINTY = ((0.995, "almost certain"), (0.95, "very likely"), (0.8, "likely"), (0.0, "possible"))


def headline(alert: Alert) -> str:
    """One sentence: who does what since when, and by how much. Reads the signal, its payer and its service group."""
    return signal_headline(alert.signal)


def signal_headline(signal: Signal) -> str:
    """`headline` for any signal, whether an alert was made of it or not."""
    return _denials(signal) if signal.kind == SignalKind.DENIAL_RATE else _payments(signal)


def certainty_words(certainty: float) -> str:
    """How sure, in words; certainty is the probability that the stream changed (0..1)."""
    return next(words for least, words in _CERTAINTY if certainty >= least)


def since(signal: Signal) -> str:
    """The change date; with its year when the signal's data end in another one."""
    return _day(signal.change_date, signal.data_through)


def _denials(signal: Signal) -> str:
    payer, claims, day = signal.payer.name, _claims(signal), since(signal)
    if signal.after is None:
        return f"{payer} denies {claims} at another rate since {day} ({percent(signal.before)} before)"
    figures = f"({percent(signal.before)} → {percent(signal.after)})"
    if signal.direction == Direction.BETTER:
        said = f"{payer} denies fewer {claims} since {day} {figures}"
    elif signal.before < HARDLY_EVER:
        said = f"{payer} has begun to deny {claims} since {day} {figures}"
    else:
        said = f"{payer} denies {signal.after / signal.before:.1f} times as many {claims} since {day} {figures}"
    return f"{said}, mostly in {signal.carried_by}" if signal.carried_by else said


def _payments(signal: Signal) -> str:
    payer, day, worse = signal.payer.name, since(signal), signal.direction == Direction.WORSE
    of_group = f" {_claims(signal)}" if signal.service_group else ""
    if signal.after is None:
        if worse and signal.claims_affected:
            number = f"{signal.claims_affected:,} fewer claim{'' if signal.claims_affected == 1 else 's'}"
            group = f" for {signal.service_group.name}" if signal.service_group else ""
            return f"{payer} has paid {number}{group} than expected since {day}"
        pace = "later" if worse else "sooner"
        return f"{payer} pays{of_group} {pace} since {day} (median {_days(signal.before)} before)"
    figures = f"(median {signal.before:.0f} → {_days(signal.after)})"
    apart = round(abs(signal.after - signal.before))
    moved = (f"{_days(apart)} " if apart else "") + ("later" if worse else "sooner")
    return f"{payer} pays{of_group} {moved} since {day} {figures}"


def _claims(signal: Signal) -> str:
    return f"claims for {signal.service_group.name}" if signal.service_group else "claims"


def percent(share: float) -> str:
    """17%, and below ten percent 7.5%: a small rate doubles long before it gains a whole point."""
    return f"{share * 100:.0f}%" if share >= 0.0995 else f"{round(share * 100, 1):g}%"


def _days(number: float) -> str:
    return f"{number:.0f} day{'' if round(number) == 1 else 's'}"


def full_day(day: date) -> str:
    """A day with its year: `6 November 2026`."""
    return f"{day.day} {day:%B} {day.year}"


def _day(day: date, seen_from: date) -> str:
    return f"{day.day} {day:%B}" if day.year == seen_from.year else full_day(day)
