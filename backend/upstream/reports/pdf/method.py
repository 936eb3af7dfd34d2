"""The method behind an alert, in plain words, with the settings it ran with."""

from typing import Any

from upstream.detection.models import Signal, SignalKind
from upstream.reports.words import day


def method(signal: Signal) -> list[str]:
    """Paragraphs; each says only what the signal's own parameters back."""
    settings: dict[str, Any] = signal.parameters.get("settings", {})
    watched, money = _WATCHED[signal.kind](settings), _MONEY[signal.kind]
    return [text for text in (watched, _promise(settings), _dated(signal), f"Dollars a week are {money}") if text]


def _past(settings: dict[str, Any]) -> str:
    return f"the {settings['baseline_days']} days that ended at least {settings['gap_days']} days earlier"


def _compared(settings: dict[str, Any], what: str, usual: str, more: str) -> str:
    if not {"baseline_days", "gap_days", "odds", "null_odds"} <= settings.keys():
        return ""
    odds = ", ".join(f"{value:g}" for value in settings["odds"])
    return (
        f"Each day's {what} are compared with what {usual}, learned from {_past(settings)}. Evidence adds up day by "
        f"day for odds that changed by a factor of {odds}; factors below {settings['null_odds']:g} are taken as too "
        f"small to matter. {more}"
    )


BATCHES = "Payers that decide in batches and the season of the year are allowed for."


def _denials(settings: dict[str, Any]) -> str:
    return _compared(settings, "denials among the claims decided that day", "this payer usually denies", BATCHES)


def _dollars(settings: dict[str, Any]) -> str:
    dollars = "dollars denied among those billed on the claims decided that day"
    alone = "One claim adds little, however large it is."
    return _compared(settings, dollars, "this payer usually denies of them", f"{alone} {BATCHES}")


def _takebacks(settings: dict[str, Any]) -> str:
    many = "Many payments taken back on one day count little more than one."
    taken = "payments taken back, beside the claims decided,"
    return _compared(settings, taken, "this payer usually takes back", many)


def _cohorts(settings: dict[str, Any]) -> str:
    if not {"baseline_days", "gap_days", "max_age_days"} <= settings.keys():
        return ""
    return (
        "Every open claim is expected to be denied with the chance that claims of its age had at this payer in "
        f"{_past(settings)}. Denials seen are compared with denials expected, so a change is dated by the day on which "
        "claims were submitted, where the denial rate goes by the day they were decided: the two back each other up. "
        f"Claims older than {settings['max_age_days']} days are left out."
    )


def _payments(settings: dict[str, Any]) -> str:
    if not {"baseline_days", "gap_days", "max_age_days"} <= settings.keys():
        return ""
    return (
        "Every open claim is expected to be paid with the chance that claims of its age had at this payer in "
        f"{_past(settings)}, by day of the week. Payments seen are compared with payments expected, so a stall shows "
        f"on the day the money fails to come. Claims older than {settings['max_age_days']} days are left out."
    )


def _promise(settings: dict[str, Any]) -> str:
    if "arl0_days" not in settings:
        return ""
    days = settings["arl0_days"]
    return (
        "The alarm threshold is set so that watching one payer or service that does not change raises a false alarm "
        f"about once in {days:,.0f} days ({days / 365:.0f} years) on average."
    )


def _dated(signal: Signal) -> str:
    return (
        "The date of the change is the one that explains the data best; its interval holds the dates that explain them "
        f"nearly as well. The alarm was raised on the data up to {day(signal.alarmed_on)}. Rates and medians come with "
        "95% intervals."
    )


_WATCHED = {
    SignalKind.DENIAL_RATE.value: _denials,
    SignalKind.DENIAL_COHORT.value: _cohorts,
    SignalKind.DENIAL_DOLLARS.value: _dollars,
    SignalKind.PAYMENT_DELAY.value: _payments,
    SignalKind.TAKEBACK.value: _takebacks,
}
_AT_STAKE = "They are what is at stake, not what is lost: some denials are overturned."
_MONEY = {
    SignalKind.DENIAL_RATE.value: (
        "billed amounts: the denials beyond the former rate, times the mean amount billed on the claims denied since, "
        f"over the weeks since the change. {_AT_STAKE}"
    ),
    SignalKind.DENIAL_COHORT.value: (
        "billed amounts: the denials beyond those that the claims submitted since let expect, times the mean amount "
        f"billed on the claims denied, over the weeks since the change. {_AT_STAKE}"
    ),
    SignalKind.DENIAL_DOLLARS.value: (
        "billed amounts: the dollars denied beyond the former share of those billed, over the weeks since the change. "
        f"{_AT_STAKE}"
    ),
    SignalKind.PAYMENT_DELAY.value: (
        "the claims outstanding beyond the former pace, times the mean amount paid on a claim, over the weeks since "
        "the change. They are money that is late, not money that is lost."
    ),
    SignalKind.TAKEBACK.value: (
        "the payments taken back beyond the former rate, times their mean amount, over the weeks since the change."
    ),
}
