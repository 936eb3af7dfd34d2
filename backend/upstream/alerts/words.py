"""What an alert says, in plain English, from the figures of its signal: the same on screens and in reports."""

from __future__ import annotations

from datetime import date

from upstream.alerts.models import Alert
from upstream.claims.denial_reasons import CATEGORIES
from upstream.detection.models import Direction, Scope, Signal, SignalKind

# A payer that denied fewer than this has "begun to" deny: a multiple of next to nothing says little.
HARDLY_EVER = 0.005
_CERTAINTY = ((0.995, "almost certain"), (0.95, "very likely"), (0.8, "likely"), (0.0, "possible"))
# What claims are denied for, where the category's own name does not follow "for".
_DENIED_FOR = {
    "timely_filing": "late filing",
    "duplicate": "being duplicates",
    "non_covered": "services not covered",
    "coordination": "another payer coming first",
    "patient_responsibility": "the patient's share",
    "other": "other reasons",
}
_SCOPES: dict[str, str] = {
    Scope.THIS_PAYER: "This payer only: the other payers decide these services as before.",
    Scope.EVERYWHERE: "Everywhere: the other payers show it too. Look at your own coding and registration.",
}


def headline(alert: Alert) -> str:
    """One sentence: who does what since when, and by how much. Reads the signal, its payer and its service group."""
    return signal_headline(alert.signal)


def signal_headline(signal: Signal) -> str:
    """`headline` for any signal, whether an alert was made of it or not."""
    said = _SENTENCES[signal.kind](signal)
    return f"{said}, mostly in {signal.carried_by}" if signal.carried_by and signal.after is not None else said


def scope_sentence(scope: str) -> str:
    """Whether it is them or us; empty while that cannot be told."""
    return _SCOPES.get(scope, "")


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
    return f"{_denies(signal, claims, signal.after)} since {day} {_shares(signal.before, signal.after)}"


def _denials_of_submitted(signal: Signal) -> str:
    payer, claims, day = signal.payer.name, f"claims{_of_stream(signal)} submitted", since(signal)
    if signal.after is None:
        return f"{payer} denies {claims} since {day} at another rate ({percent(signal.before)} before)"
    return f"{_denies(signal, claims, signal.after)} since {day} {_shares(signal.before, signal.after)}"


def _denies(signal: Signal, claims: str, after: float) -> str:
    payer = signal.payer.name
    if signal.direction == Direction.BETTER:
        return f"{payer} denies fewer {claims}"
    if signal.before < HARDLY_EVER:
        return f"{payer} has begun to deny {claims}"
    return f"{payer} denies {_times(signal.before, after)} as many {claims}"


def _denied_dollars(signal: Signal) -> str:
    payer, dollars, day = signal.payer.name, f"the dollars billed{_of_stream(signal)}", since(signal)
    if signal.after is None:
        return f"{payer} denies another share of {dollars} since {day} ({percent(signal.before)} before)"
    if signal.direction == Direction.BETTER:
        share = "a smaller share"
    elif signal.before < HARDLY_EVER:
        share = "a share"
    else:
        share = f"{_times(signal.before, signal.after)} the share"
    return f"{payer} denies {share} of {dollars} since {day} {_shares(signal.before, signal.after)}"


def _takebacks(signal: Signal) -> str:
    payer, payments, day = signal.payer.name, f"payments{_of_stream(signal)}", since(signal)
    if signal.after is None:
        return f"{payer} takes back {payments} at another rate since {day}"
    if signal.direction == Direction.BETTER:
        said = f"takes back fewer {payments}"
    elif signal.before < HARDLY_EVER:
        said = f"has begun to take back {payments}"
    else:
        said = f"takes back {_times(signal.before, signal.after)} as many {payments}"
    return f"{payer} {said} since {day} ({percent(signal.before)} → {percent(signal.after)} of claims decided)"


def _payments(signal: Signal) -> str:
    payer, day, worse = signal.payer.name, since(signal), signal.direction == Direction.WORSE
    stream = _of_stream(signal)
    of_stream = f" claims{stream}" if stream else ""
    if signal.after is None:
        if worse and signal.claims_affected:
            number = f"{signal.claims_affected:,} fewer claim{'' if signal.claims_affected == 1 else 's'}"
            return f"{payer} has paid {number}{stream} than expected since {day}"
        pace = "later" if worse else "sooner"
        return f"{payer} pays{of_stream} {pace} since {day} (median {_days(signal.before)} before)"
    figures = f"(median {signal.before:.0f} → {_days(signal.after)})"
    apart = round(abs(signal.after - signal.before))
    moved = (f"{_days(apart)} " if apart else "") + ("later" if worse else "sooner")
    return f"{payer} pays{of_stream} {moved} since {day} {figures}"


_SENTENCES = {
    SignalKind.DENIAL_RATE.value: _denials,
    SignalKind.DENIAL_COHORT.value: _denials_of_submitted,
    SignalKind.DENIAL_DOLLARS.value: _denied_dollars,
    SignalKind.PAYMENT_DELAY.value: _payments,
    SignalKind.TAKEBACK.value: _takebacks,
}


def _claims(signal: Signal) -> str:
    return f"claims{_of_stream(signal)}"


def _of_stream(signal: Signal) -> str:
    """What narrows the payer's claims to the signal's: ` for Imaging`, ` for authorization`, ` at Main Street`."""
    if signal.service_group:
        return f" for {signal.service_group.name}"
    if category := signal.denial_category:
        return f" for {_DENIED_FOR.get(category) or CATEGORIES.get(category, category).lower()}"
    return f" at {signal.location}" if signal.location else ""


def _times(before: float, after: float) -> str:
    return f"{after / before:.1f} times"


def _shares(before: float, after: float) -> str:
    return f"({percent(before)} → {percent(after)})"


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
