"""The method behind an alert, in plain words, with the settings it ran with."""

from typing import Any

from upstream.detection.models import Signal, SignalKind
from upstream.reports.words import day


def method(signal: Signal) -> list[str]:
    """Paragraphs; each says only what the signal's own parameters back."""
    settings: dict[str, Any] = signal.parameters.get("settings", {})
    watched = _denials(settings) if signal.kind == SignalKind.DENIAL_RATE else _payments(settings)
    return [text for text in (watched, _promise(settings), _dated(signal), _money(signal)) if text]


def _past(settings: dict[str, Any]) -> str:
    return f"the {settings['baseline_days']} days that ended at least {settings['gap_days']} days earlier"


def _denials(settings: dict[str, Any]) -> str:
    if not {"baseline_days", "gap_days", "odds", "null_odds"} <= settings.keys():
        return ""
    odds = ", ".join(f"{value:g}" for value in settings["odds"])
    return (
        "Each day's denials among the claims decided that day are compared with what this payer usually denies, "
        f"learned from {_past(settings)}. Evidence adds up day by day for odds of denial that changed by a factor of "
        f"{odds}; factors below {settings['null_odds']:g} are taken as too small to matter. Payers that decide in "
        "batches and the season of the year are allowed for."
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


def _money(signal: Signal) -> str:
    if signal.kind == SignalKind.DENIAL_RATE:
        return (
            "Dollars a week are billed amounts: the denials beyond the former rate, times the mean amount billed on "
            "the claims denied since, over the weeks since the change. They are what is at stake, not what is lost: "
            "some denials are overturned."
        )
    return (
        "Dollars a week are the claims outstanding beyond the former pace, times the mean amount paid on a claim, over "
        "the weeks since the change. They are money that is late, not money that is lost."
    )
