"""A year and a half without chance in it: four payers change on one Monday, and what is told of it is pinned here."""

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import numpy as np
from detection.made_facts import FIRST_DAY
from detection.made_practice import EARLIER_DAYS, business_day, facts_of_claims

from upstream.alerts.replay import replay
from upstream.claims.daily_facts import DailyFacts, Slice

DAYS = 78 * 7
CHANGED_ON = date(2024, 1, 15)
CHANGED = (CHANGED_ON - FIRST_DAY).days
NEVER, PAID = 10**6, -1
PAYERS = ("Alder", "Birch", "Cedar", "Dogwood")


def ten_claims_a_day(payer: str) -> tuple[np.ndarray, ...]:
    """Every business day ten claims, the first of them denied; answers come on days that repeat from claim to claim.

    From the change on Alder denies two more of ten, Birch pays twelve days later, Cedar takes three of ten back eight
    weeks after it paid them, and Dogwood denies the one claim of ten that bills ten times as much.
    """
    day = np.arange(-EARLIER_DAYS, DAYS)
    submitted = np.repeat(day[day % 7 < 5], 10)
    number = np.tile(np.arange(10), len(submitted) // 10)
    denial_day, payment_day = business_day(submitted + 8 + number % 5), business_day(submitted + 14 + number % 7)
    if payer == "Birch":
        late = np.maximum(CHANGED, business_day(submitted + 26 + number % 7))
        payment_day = np.where(payment_day >= CHANGED, late, payment_day)
    denied, billed = number == 0, np.full(len(number), 200.0)
    if payer == "Alder":
        denied |= (denial_day >= CHANGED) & np.isin(number, (4, 7))
    if payer == "Dogwood":
        billed = np.where(number == 5, 2000.0, billed)
        denied |= (denial_day >= CHANGED) & (number == 5)
    taken_back_on = business_day(payment_day + 56)
    taken_back = ~denied & (number == 1) & (submitted % 14 == 0)
    if payer == "Cedar":
        taken_back |= ~denied & (number < 4) & (taken_back_on >= CHANGED)
    place = np.full(len(number), 2 * PAYERS.index(payer))
    decided, category = np.where(denied, denial_day, payment_day), np.where(denied, 0, PAID)
    return place, place + 1, submitted, decided, category, billed, np.where(taken_back, taken_back_on, NEVER)


@cache
def facts() -> DailyFacts:
    slices = [Slice(payer, *rest) for payer in PAYERS for rest in (("Visits", ""), (None, "Main Street"))]
    columns = [np.concatenate(column) for column in zip(*map(ten_claims_a_day, PAYERS), strict=True)]
    return replace(facts_of_claims(slices, DAYS, *columns), categories=("authorization",))


def told(through: date) -> list[dict[str, Any]]:
    return replay(
        facts(),
        first=date(2023, 6, 1),
        last=through,
        weekly_alert_budget=4,
        smallest_odds=1.05,
        group_names={},
    )


def test_four_changes_are_four_alerts_within_eight_days_each_dated_to_its_week() -> None:
    alerts = [record for record in told(date(2024, 6, 30)) if record["is_alert"]]
    assert [(a["payer"], a["kind"], a["direction"], a["alerted_on"], a["change_date"]) for a in alerts] == [
        ("Birch", "PAYMENT_DELAY", "WORSE", "2024-01-16", "2024-01-13"),
        ("Dogwood", "DENIAL_DOLLARS", "WORSE", "2024-01-19", "2024-01-11"),
        ("Alder", "DENIAL_RATE", "WORSE", "2024-01-22", "2024-01-13"),
        ("Cedar", "TAKEBACK", "WORSE", "2024-01-22", "2024-01-15"),
    ]
    assert all(a["change_date_low"] <= CHANGED_ON.isoformat() <= a["change_date_high"] for a in alerts)


def test_what_else_is_found_is_of_the_same_changes() -> None:
    records = told(date(2024, 6, 30))
    assert {(record["payer"], record["kind"]) for record in records if not record["is_alert"]} == {
        ("Alder", "DENIAL_RATE"), ("Alder", "DENIAL_COHORT"), ("Alder", "DENIAL_DOLLARS"),
        ("Birch", "DENIAL_RATE"),
        ("Dogwood", "DENIAL_RATE"), ("Dogwood", "DENIAL_COHORT"),
    }  # fmt: skip
    assert min(record["alarmed_on"] for record in records) > CHANGED_ON.isoformat()


def test_the_past_was_told_the_same_while_it_was_the_present() -> None:
    whole = told(date(2024, 6, 30))
    for through in (date(2024, 1, 14), date(2024, 1, 19), date(2024, 1, 26)):
        assert told(through) == [record for record in whole if record["alarmed_on"] <= through.isoformat()]
