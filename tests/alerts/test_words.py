"""Headlines: who does what since when, and by how much."""

from datetime import date
from typing import Any

import pytest
from alerts.made_signals import alert, delay, signal

from upstream.accounts.models import Organization
from upstream.alerts.words import certainty_words, headline, percent, scope_sentence, signal_headline
from upstream.claims.denial_reasons import CATEGORIES
from upstream.detection.models import Direction, Scope, SignalKind, StreamLevel


@pytest.mark.parametrize(
    ("group", "values", "text"),
    [
        ("", {"before": 0.0815, "after": 0.171}, "denies 2.1 times as many claims since 14 May (8.2% → 17%)"),
        ("Imaging", {}, "denies 2.1 times as many claims for Imaging since 14 May (8% → 17%)"),
        (
            "",
            {"carried_by": "Imaging"},
            "denies 2.1 times as many claims since 14 May (8% → 17%), mostly in Imaging",
        ),
        ("", {"before": 0.0, "after": 0.121}, "has begun to deny claims since 14 May (0% → 12%)"),
        (
            "",
            {"before": 0.17, "after": 0.08, "direction": Direction.BETTER},
            "denies fewer claims since 14 May (17% → 8%)",
        ),
        ("", {"after": None}, "denies claims at another rate since 14 May (8% before)"),
        ("", {"change_date": date(2023, 10, 14)}, "denies 2.1 times as many claims since 14 October 2023 (8% → 17%)"),
    ],
)
def test_denials(organization: Organization, group: str, values: dict[str, Any], text: str) -> None:
    assert signal_headline(signal(organization, group, **values)) == f"Northwind Health Plan {text}"


@pytest.mark.parametrize(
    ("group", "values", "text"),
    [
        ("", {}, "pays 13 days later since 14 May (median 17 → 30 days)"),
        ("Imaging", {}, "pays claims for Imaging 13 days later since 14 May (median 17 → 30 days)"),
        ("", {"after": 18.0}, "pays 1 day later since 14 May (median 17 → 18 days)"),
        ("", {"after": 17.0}, "pays later since 14 May (median 17 → 17 days)"),
        (
            "",
            {"before": 3.0, "after": 1.0, "direction": Direction.BETTER},
            "pays 2 days sooner since 14 May (median 3 → 1 day)",
        ),
        ("", {"after": None, "claims_affected": 41}, "has paid 41 fewer claims than expected since 14 May"),
        ("", {"after": None, "claims_affected": 1}, "has paid 1 fewer claim than expected since 14 May"),
        (
            "Imaging",
            {"after": None, "claims_affected": 1234},
            "has paid 1,234 fewer claims for Imaging than expected since 14 May",
        ),
        ("", {"after": None, "claims_affected": 0}, "pays later since 14 May (median 17 days before)"),
    ],
)
def test_payment_delays(organization: Organization, group: str, values: dict[str, Any], text: str) -> None:
    assert signal_headline(delay(organization, group, **values)) == f"Northwind Health Plan {text}"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (
            {"kind": SignalKind.DENIAL_COHORT},
            "denies 2.1 times as many claims submitted since 14 May (8% → 17%), mostly in Imaging",
        ),
        (
            {"kind": SignalKind.DENIAL_DOLLARS},
            "denies 2.1 times the share of the dollars billed since 14 May (8% → 17%), mostly in Imaging",
        ),
        ({"kind": SignalKind.DENIAL_COHORT, "after": None}, "denies claims submitted since 14 May at another rate"),
    ],
)
def test_what_carries_other_kinds_of_denials_is_named_once_its_size_is_known(
    organization: Organization, values: dict[str, Any], text: str
) -> None:
    told = signal_headline(signal(organization, carried_by="Imaging", **values))
    assert told.removesuffix(" (8% before)") == f"Northwind Health Plan {text}"


CATEGORY, LOCATION = StreamLevel.PAYER_DENIAL_CATEGORY, StreamLevel.PAYER_LOCATION


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (
            {"level": CATEGORY, "denial_category": "authorization"},
            "denies 2.1 times as many claims for authorization since 14 May (8% → 17%)",
        ),
        (
            {"level": CATEGORY, "denial_category": "timely_filing", "before": 0.0, "after": 0.03},
            "has begun to deny claims for late filing since 14 May (0% → 3%)",
        ),
        (
            {"level": CATEGORY, "denial_category": "", "after": None},
            "denies claims at another rate since 14 May (8% before)",
        ),
        (
            {"level": LOCATION, "location": "Main Street"},
            "denies 2.1 times as many claims at Main Street since 14 May (8% → 17%)",
        ),
    ],
)
def test_denials_of_a_category_and_at_a_location(organization: Organization, values: dict[str, Any], text: str) -> None:
    assert signal_headline(signal(organization, **values)) == f"Northwind Health Plan {text}"


def test_every_category_can_be_said(organization: Organization) -> None:
    said = {signal_headline(signal(organization, level=CATEGORY, denial_category=category)) for category in CATEGORIES}
    assert len(said) == len(CATEGORIES) and all("claims for " in text and "_" not in text for text in said)


@pytest.mark.parametrize(
    ("kind", "group", "values", "text"),
    [
        ("DENIAL_COHORT", "", {}, "denies 2.1 times as many claims submitted since 14 May (8% → 17%)"),
        ("DENIAL_COHORT", "Labs", {}, "denies 2.1 times as many claims for Labs submitted since 14 May (8% → 17%)"),
        (
            "DENIAL_COHORT",
            "",
            {"before": 0.17, "after": 0.08, "direction": Direction.BETTER},
            "denies fewer claims submitted since 14 May (17% → 8%)",
        ),
        ("DENIAL_COHORT", "", {"before": 0.001}, "has begun to deny claims submitted since 14 May (0.1% → 17%)"),
        ("DENIAL_COHORT", "", {"after": None}, "denies claims submitted since 14 May at another rate (8% before)"),
        ("DENIAL_DOLLARS", "", {}, "denies 2.1 times the share of the dollars billed since 14 May (8% → 17%)"),
        (
            "DENIAL_DOLLARS",
            "",
            {"level": LOCATION, "location": "Main Street"},
            "denies 2.1 times the share of the dollars billed at Main Street since 14 May (8% → 17%)",
        ),
        (
            "DENIAL_DOLLARS",
            "Labs",
            {"before": 0.17, "after": 0.08, "direction": Direction.BETTER},
            "denies a smaller share of the dollars billed for Labs since 14 May (17% → 8%)",
        ),
        ("DENIAL_DOLLARS", "", {"before": 0.0}, "denies a share of the dollars billed since 14 May (0% → 17%)"),
        (
            "DENIAL_DOLLARS",
            "",
            {"after": None},
            "denies another share of the dollars billed since 14 May (8% before)",
        ),
        (
            "TAKEBACK",
            "",
            {"before": 0.01, "after": 0.032},
            "takes back 3.2 times as many payments since 14 May (1% → 3.2% of claims decided)",
        ),
        (
            "TAKEBACK",
            "Labs",
            {"before": 0.0, "after": 0.02},
            "has begun to take back payments for Labs since 14 May (0% → 2% of claims decided)",
        ),
        (
            "TAKEBACK",
            "",
            {"before": 0.03, "after": 0.0, "direction": Direction.BETTER},
            "takes back fewer payments since 14 May (3% → 0% of claims decided)",
        ),
        ("TAKEBACK", "", {"after": None}, "takes back payments at another rate since 14 May"),
    ],
)
def test_cohorts_dollars_and_takebacks(
    organization: Organization, kind: str, group: str, values: dict[str, Any], text: str
) -> None:
    assert signal_headline(signal(organization, group, kind=kind, **values)) == f"Northwind Health Plan {text}"


def test_payments_at_a_location(organization: Organization) -> None:
    made = delay(organization, level=LOCATION, location="Main Street")
    assert signal_headline(made) == (
        "Northwind Health Plan pays claims at Main Street 13 days later since 14 May (median 17 → 30 days)"
    )


def test_them_or_us_is_said_when_it_can_be_told() -> None:
    told = {scope: scope_sentence(scope) for scope in Scope}
    assert told[Scope.THIS_PAYER].startswith("This payer only")
    assert "your own coding and registration" in told[Scope.EVERYWHERE]
    assert told[Scope.UNCLEAR] == ""


def test_an_alert_reads_like_its_signal(organization: Organization) -> None:
    made = alert(organization)
    assert headline(made) == signal_headline(made.signal)


def test_certainty_in_words() -> None:
    told = [certainty_words(certainty) for certainty in (1.0, 0.995, 0.95, 0.9, 0.8, 0.4, 0.0)]
    assert told == ["almost certain"] * 2 + ["very likely", "likely", "likely"] + ["possible"] * 2


def test_small_rates_are_said_with_a_decimal() -> None:
    assert [percent(share) for share in (0.0, 0.004, 0.08, 0.0994, 0.0996, 0.124, 1.0)] == [
        "0%", "0.4%", "8%", "9.9%", "10%", "12%", "100%",
    ]  # fmt: skip
