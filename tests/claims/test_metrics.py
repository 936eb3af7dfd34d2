"""Claims in figures: by hand, beside the claims themselves, and beside what the payers' pages show."""

import random
import statistics
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy.stats
from django.test.utils import CaptureQueriesContext
from intake.writing import MARCH_2, claim, denied, line, money, paid, remittance, write
from strawberry.utils.str_converters import to_camel_case
from support import ROOT

from upstream.accounts.models import Organization
from upstream.claims.metrics.estimates import Rate, Wait, quantile
from upstream.claims.metrics.measures import DEFINITIONS, Event, Measure, Reads
from upstream.claims.metrics.question import Dimension, Grain, Question
from upstream.claims.metrics.reading import figures
from upstream.claims.models import Claim, Outcome, Payer, ServiceGroup
from upstream.claims.selectors import payer_summaries
from upstream.core.actor import Actor

VALUES = """claims billedAmount decided denied denialRate { value numerator denominator low high maturity }
  cohortDenialRate { value numerator denominator maturity } decidedBilledAmount deniedAmount deniedAmountShare
  allowedAmount paidAmount medianDaysToPayment p90DaysToPayment takebacks takebackAmount"""
MARCH = {"firstDay": "2026-03-01", "lastDay": "2026-03-31"}

ASK = """query($by: [MetricDimension!], $grain: MetricGrain, $filter: MetricFilter, $compare: MetricComparison,
  $having: [MetricBound!], $order: MetricOrder, $first: Int! = 50) {
  metrics(groupBy: $by, timeGrain: $grain, filter: $filter, compare: $compare, having: $having, orderBy: $order,
    first: $first) {
    firstDay lastDay earlierFirstDay earlierLastDay totalCount
    items { payer { id label } serviceGroup { id label } location { id label } denialCategory { id label } period
      values { VALUES } earlier { denied } } } }"""


@pytest.fixture
def ask(graphql: Any, analyst: Actor) -> Callable[..., dict[str, Any]]:
    """Asks as an analyst for the measures named, or for all."""

    def asked(values: str = VALUES, **variables: Any) -> dict[str, Any]:
        return graphql(analyst)(ASK.replace("VALUES", values), variables)

    return asked


@pytest.fixture
def march(organization: Organization) -> Organization:
    """Six claims of two payers, three of them with a location; one is paid in part, one waits; a takeback."""
    later = date(2026, 3, 27)
    write(
        organization,
        [
            paid("P1", location="North", allowed_amount=money(90)),
            paid("P2", location="North", paid_date=later, paid_amount=money(60)),
            denied("D1", location="South"),
            denied("D2", denial_code="27", billed_amount=money(50)),
            claim("W1", submitted_date=date(2026, 3, 9)),
            denied("B1", payer_name="Birch Mutual", lines=[line(code="J1100")], decided_date=later),
        ],
    )
    # Names no claim.
    write(organization, remittance(trace="T2", on=date(2026, 3, 30), adjustments=[("WO", 80)]))
    return organization


def rows(answer: dict[str, Any], *parts: str) -> list[Any]:
    """Labels of the groups, then their values."""
    assert "errors" not in answer
    return [
        (*(row[part] and row[part]["label"] for part in parts), row["values"])
        for row in answer["data"]["metrics"]["items"]
    ]


@pytest.mark.django_db
def test_all_measures_of_a_month_are_what_its_claims_come_to(march: Organization, ask: Any) -> None:
    ((values),) = ask(filter=MARCH)["data"]["metrics"]["items"]
    told = values["values"]
    rate = told.pop("denialRate")
    assert rate.pop("low") == pytest.approx(0.2307, abs=1e-4)
    assert rate.pop("high") == pytest.approx(0.8824, abs=1e-4)
    assert rate == {"value": 0.6, "numerator": 3, "denominator": 5, "maturity": None}
    assert told == {
        "claims": 6,
        "billedAmount": "550.00",
        "decided": 5,
        "denied": 3,
        "cohortDenialRate": {"value": 0.5, "numerator": 3, "denominator": 6, "maturity": pytest.approx(5 / 6)},
        "decidedBilledAmount": "450.00",
        "deniedAmount": "250.00",
        "deniedAmountShare": pytest.approx(250 / 450),
        "allowedAmount": "90.00",
        "paidAmount": "140.00",
        "medianDaysToPayment": 21.5,
        "p90DaysToPayment": 25.0,
        "takebacks": 1,
        "takebackAmount": "80.00",
    }


@pytest.mark.django_db
def test_claims_are_told_by_payer_service_group_and_location(march: Organization, ask: Any) -> None:
    few = "claims decided denied"
    assert rows(ask(few, by=["PAYER"], filter=MARCH), "payer") == [
        ("Aster Health", {"claims": 5, "decided": 4, "denied": 2}),
        ("Birch Mutual", {"claims": 1, "decided": 1, "denied": 1}),
    ]
    assert rows(ask(few, by=["PAYER", "LOCATION"], filter=MARCH), "payer", "location") == [
        ("Aster Health", "North", {"claims": 2, "decided": 2, "denied": 0}),
        ("Aster Health", "South", {"claims": 1, "decided": 1, "denied": 1}),
        ("Aster Health", None, {"claims": 2, "decided": 1, "denied": 1}),
        ("Birch Mutual", None, {"claims": 1, "decided": 1, "denied": 1}),
    ]
    names = {str(group.pk): group.name for group in ServiceGroup.objects.for_organization(march)}
    found = ask(few, by=["SERVICE_GROUP"], filter=MARCH)["data"]["metrics"]["items"]
    assert {row["serviceGroup"]["label"]: row["values"]["claims"] for row in found} == {
        names[str(each.service_group_id)]: count
        for each, count in (
            (Claim.objects.for_organization(march).get(control_number="P1"), 5),
            (Claim.objects.for_organization(march).get(control_number="B1"), 1),
        )
    }
    # What names no claim is of no service group.
    assert rows(ask("takebacks", by=["PAYER", "SERVICE_GROUP"], filter=MARCH), "payer", "serviceGroup") == [
        ("Aster Health", None, {"takebacks": 1})
    ]


@pytest.mark.django_db
def test_denials_are_told_by_category(march: Organization, ask: Any) -> None:
    assert rows(ask("denied deniedAmount", by=["DENIAL_CATEGORY"], filter=MARCH), "denialCategory") == [
        ("Authorization", {"denied": 2, "deniedAmount": "200.00"}),
        ("Eligibility", {"denied": 1, "deniedAmount": "50.00"}),
    ]
    narrowed = MARCH | {"denialCategories": ["eligibility"]}
    assert rows(ask("denied deniedAmount", filter=narrowed)) == [({"denied": 1, "deniedAmount": "50.00"},)]


@pytest.mark.django_db
def test_what_is_undefined_is_null_and_no_zero(organization: Organization, ask: Any) -> None:
    (row,) = ask()["data"]["metrics"]["items"]
    undefined = (
        "denialRate", "cohortDenialRate", "deniedAmountShare", "medianDaysToPayment", "p90DaysToPayment",
    )  # fmt: skip
    assert {name for name, value in row["values"].items() if value is None} == set(undefined)
    assert row["values"]["claims"] == 0
    assert row["values"]["paidAmount"] == "0.00"
    assert ask(by=["PAYER"])["data"]["metrics"]["items"] == []


@pytest.mark.django_db
def test_weeks_begin_on_mondays(march: Organization, ask: Any) -> None:
    found = ask("claims decided", grain="WEEK", filter=MARCH)["data"]["metrics"]["items"]
    assert [(row["period"], row["values"]["claims"], row["values"]["decided"]) for row in found] == [
        ("2026-03-02", 5, 0),
        ("2026-03-09", 1, 0),
        ("2026-03-16", 0, 4),
        ("2026-03-23", 0, 1),
    ]


@pytest.mark.django_db
def test_groups_are_bounded_ordered_and_compared_with_an_earlier_time(march: Organization, ask: Any) -> None:
    late = {"firstDay": "2026-03-16", "lastDay": "2026-03-31"}
    answer = ask("denied", by=["PAYER"], filter=late, compare="PREVIOUS_PERIOD", order={"measure": "DENIED"})
    metrics = answer["data"]["metrics"]
    assert (metrics["earlierFirstDay"], metrics["earlierLastDay"]) == ("2026-02-28", "2026-03-15")
    assert [(row["values"]["denied"], row["earlier"]) for row in metrics["items"]] == [
        (2, {"denied": 0}),
        (1, {"denied": 0}),
    ]
    bounds = [{"measure": "DENIED", "atLeast": 2}]
    assert rows(ask("denied", by=["PAYER"], filter=late, having=bounds), "payer") == [("Aster Health", {"denied": 2})]
    worst = {"measure": "DENIAL_RATE"}
    first = ask("denied", by=["PAYER"], filter=late, order=worst, first=1)
    assert rows(first, "payer") == [("Birch Mutual", {"denied": 1})]
    assert first["data"]["metrics"]["totalCount"] == 2
    # Without anything paid there are no days to payment to be within bounds.
    slow = [{"measure": "MEDIAN_DAYS_TO_PAYMENT", "atMost": 900}]
    assert [row[0] for row in rows(ask("denied", by=["PAYER"], filter=late, having=slow), "payer")] == ["Aster Health"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("variables", "field", "message"),
    [
        ({"first": 0}, "first", "Ask for 1 to 200 groups."),
        ({"filter": {"firstDay": "2026-03-02", "lastDay": "2026-03-01"}}, "filter", "before the first"),
        ({"filter": {"firstDay": "2016-03-02", "lastDay": "2026-03-01"}}, "filter", "at most 1,098 days"),
        ({"grain": "DAY", "filter": {"firstDay": "2024-03-02", "lastDay": "2026-03-01"}}, "filter", "at most 366"),
        ({"filter": {"lastDay": "0001-01-01"}, "compare": "YEAR_BEFORE"}, "filter", "from 1970-01-01 on"),
        ({"by": ["DENIAL_CATEGORY"]}, "groupBy", "DENIED, DENIED_AMOUNT, DENIED_SHARE can"),
        ({"by": ["LOCATION", "SERVICE_GROUP"]}, "groupBy", "TAKEBACK_AMOUNT cannot be told by LOCATION and SERVICE"),
        ({"grain": "MONTH", "compare": "YEAR_BEFORE"}, "compare", "leave out `timeGrain`"),
        ({"filter": {"denialCategories": ["none"]}}, "filter", "A denial category is one of"),
    ],
)
def test_what_cannot_be_told_is_refused_with_the_remedy(
    march: Organization, ask: Any, variables: dict[str, Any], field: str, message: str
) -> None:
    values = "denied" if "denialCategories" in str(variables) else VALUES
    (error,) = ask(values, **variables)["errors"]
    assert error["extensions"]["field"] == field
    assert message in error["message"]


@pytest.mark.django_db
def test_organizations_are_told_apart(march: Organization, other_organization: Organization, ask: Any) -> None:
    write(other_organization, [denied("X1", payer_name="Other payer")])
    assert rows(ask("claims", filter=MARCH)) == [({"claims": 6},)]
    theirs = str(Payer.objects.for_organization(other_organization).get().pk)
    assert rows(ask("claims", by=["PAYER"], filter=MARCH | {"payerIds": [theirs]})) == []


@pytest.mark.django_db
def test_the_payers_page_shows_the_same_figures(march: Organization, ask: Any) -> None:
    through = date(2026, 3, 31)
    payers = list(Payer.objects.for_organization(march))
    summaries = payer_summaries(march, [payer.pk for payer in payers], through)
    window = {"firstDay": (through - timedelta(days=89)).isoformat(), "lastDay": through.isoformat()}
    found = {row["payer"]["id"]: row["values"] for row in ask(by=["PAYER"], filter=window)["data"]["metrics"]["items"]}
    assert len(found) == 2
    for payer in payers:
        told, summary = found[str(payer.pk)], summaries[payer.pk]
        assert told["claims"] == summary.claims
        assert (told["decided"], told["denied"]) == (summary.decided, summary.denied)
        assert told["denialRate"]["value"] == summary.denial_rate
        assert Decimal(told["billedAmount"]) == summary.billed_amount
        assert Decimal(told["paidAmount"]) == summary.paid_amount
        assert told["medianDaysToPayment"] == summary.median_days_to_payment


def many(seed: int) -> list[Any]:
    dice, records = random.Random(seed), []
    for number in range(60):
        submitted = MARCH_2 + timedelta(days=dice.randrange(70))
        decided = submitted + timedelta(days=dice.choice([3, 8, 8, 21, 40]))
        values = {
            "payer_name": dice.choice(["Aster", "Birch"]),
            "lines": [line(code=dice.choice(["99213", "J1100"]), modifiers=dice.choice([(), ("25",), ("25", "59")]))],
            "location": dice.choice(["", "North", "South"]),
            "provider_npi": dice.choice(["", "1234567893"]),
            "plan": dice.choice(["", "Gold"]),
            "submitted_date": submitted,
            "billed_amount": money(dice.choice(["10.10", "99999.99", "33.33"])),
        }
        kind = dice.choice(["pending", "paid", "later", "denied"])
        if kind == "pending":
            records.append(claim(f"C{number}", **values))
        elif kind == "denied":
            code = dice.choice(["197", "27", "16"])
            records.append(denied(f"C{number}", decided_date=decided, denial_code=code, **values))
        else:
            paid_on = decided + timedelta(days=5 if kind == "later" else 0)
            records.append(paid(f"C{number}", decided_date=decided, paid_date=paid_on, **values))
    return records


FIRST, LAST = date(2026, 3, 10), date(2026, 5, 12)
#: What can be told of any group.
TOLD = frozenset(Measure) - {Measure.DENIED_SHARE}
AT_THE_END = {each for each, of in DEFINITIONS.items() if of.event == Event.OPEN}
BY = [
    (), (Dimension.PAYER,), (Dimension.SERVICE_GROUP,), (Dimension.LOCATION,), (Dimension.PAYER, Dimension.LOCATION),
    (Dimension.PAYER, Dimension.SERVICE_GROUP),
]  # fmt: skip


def recomputed(claims: list[Claim], measure: Measure) -> Any:
    """The measure of some claims, from nothing but their own days and amounts."""

    def on(name: str) -> list[Claim]:
        return [each for each in claims if (day := getattr(each, name)) and FIRST <= day <= LAST]

    submitted, decided, was_paid = on("submitted_date"), on("decided_date"), on("paid_date")
    refused = [each for each in decided if each.outcome == Outcome.DENIED]
    days = sorted((each.paid_date - each.submitted_date).days for each in was_paid)
    billed, lost = (sum((getattr(c, n) for c in decided), money(0)) for n in ("billed_amount", "denied_amount"))
    until_decided = sorted((each.decided_date - each.submitted_date).days for each in decided)
    still_open = [
        each for each in claims if each.submitted_date <= LAST and not (each.decided_date and each.decided_date <= LAST)
    ]
    open_for = [(LAST - each.submitted_date).days for each in still_open]
    cohort_decided = [each for each in submitted if each.outcome != Outcome.PENDING]
    cohort_denied = sum(each.outcome == Outcome.DENIED for each in submitted)
    return {
        Measure.CLAIMS: len(submitted),
        Measure.BILLED_AMOUNT: sum((each.billed_amount for each in submitted), money(0)),
        Measure.DECIDED: len(decided),
        Measure.DENIED: len(refused),
        Measure.DENIAL_RATE: Rate(len(refused), len(decided)) if decided else None,
        Measure.COHORT_DENIAL_RATE: (
            Rate(cohort_denied, len(submitted), len(cohort_decided) / len(submitted)) if submitted else None
        ),
        Measure.DECIDED_BILLED_AMOUNT: billed,
        Measure.DENIED_AMOUNT: lost,
        Measure.DENIED_AMOUNT_SHARE: float(lost) / float(billed) if billed else None,
        Measure.ALLOWED_AMOUNT: sum((each.allowed_amount or money(0) for each in decided), money(0)),
        Measure.PAID_AMOUNT: sum((each.paid_amount for each in was_paid), money(0)),
        Measure.MEDIAN_DAYS_TO_PAYMENT: statistics.median(days) if days else None,
        Measure.P90_DAYS_TO_PAYMENT: _p90(days),
        Measure.TAKEBACKS: 0,
        Measure.TAKEBACK_AMOUNT: money(0),
        Measure.MEDIAN_DAYS_TO_DECISION: statistics.median(until_decided) if until_decided else None,
        Measure.P90_DAYS_TO_DECISION: _p90(until_decided),
        Measure.WAIT_FOR_DECISION: _wait([(each.submitted_date, each.decided_date, None) for each in submitted]),
        Measure.WAIT_FOR_PAYMENT: _wait(
            [
                (each.submitted_date, each.paid_date, each.decided_date if each.outcome == Outcome.DENIED else None)
                for each in submitted
            ]
        ),
        Measure.OPEN_CLAIMS: len(open_for),
        Measure.OPEN_CLAIMS_OVER_30_DAYS: sum(days > 30 for days in open_for),
        Measure.OPEN_CLAIMS_OVER_60_DAYS: sum(days > 60 for days in open_for),
        Measure.OPEN_CLAIMS_OVER_90_DAYS: sum(days > 90 for days in open_for),
        Measure.OPEN_BILLED_AMOUNT: sum((each.billed_amount for each in still_open), money(0)),
    }[measure]


def _p90(days: list[int]) -> int | None:
    return next((d for place, d in enumerate(days, 1) if 10 * place >= 9 * len(days)), None)


def _wait(claims: list[tuple[date, date | None, date | None]]) -> Any:
    """Of claims by the days of submission, end and leaving, by SciPy; those that wait were seen to the last day."""
    if not claims:
        return None
    ended = [(end - first).days for first, end, _ in claims if end]
    left = [((leaves or LAST) - first).days for first, end, leaves in claims if not end]
    curve = scipy.stats.ecdf(scipy.stats.CensoredData(uncensored=ended, right=left)).sf
    with warnings.catch_warnings():
        # Before anybody has it, and after everybody has, there is no interval.
        warnings.simplefilter("ignore", RuntimeWarning)
        within = curve.confidence_interval(method="log-log")

    def first(values: Any, at_most: float) -> int | None:
        return next((int(day) for day, value in zip(curve.quantiles, values, strict=True) if value <= at_most), None)

    shares = curve.probabilities.tolist()
    # At 1 and at 0 a curve has no interval.
    low, high = (
        [value if 0 < share < 1 else share for value, share in zip(bound.probabilities, shares, strict=True)]
        for bound in (within.low, within.high)
    )
    return Wait(
        len(claims), len(ended), first(shares, 0.5 + 1e-12), first(low, 0.5), first(high, 0.5),
        first(shares, 0.1 + 1e-12),
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_every_measure_by_every_dimension_is_what_the_claims_come_to(organization: Organization, seed: int) -> None:
    write(organization, many(seed))
    claims = list(Claim.objects.for_organization(organization))
    for by in BY:
        found = figures(organization.pk, Question(TOLD, FIRST, LAST, by))
        groups: dict[Any, list[Claim]] = {}
        for each in claims:
            place = (each.payer_id, each.service_group_id, each.location or None)
            named = zip((Dimension.PAYER, Dimension.SERVICE_GROUP, Dimension.LOCATION), place, strict=True)
            groups.setdefault(tuple(part if dimension in by else None for dimension, part in named), []).append(each)
        assert {key[:3] for key in found} == set(groups)
        for (key, of), measure in product(found.items(), TOLD):
            expected = recomputed(groups[key[:3]], measure)
            value = DEFINITIONS[measure].value(of)
            same = value == pytest.approx(expected) if isinstance(expected, float) else value == expected
            assert same, (by, measure, value, expected)


@pytest.mark.django_db
def test_months_and_days_add_up_to_the_whole(organization: Organization) -> None:
    write(organization, many(9))
    whole = figures(organization.pk, Question(TOLD, FIRST, LAST))
    ((_, of),) = whole.items()
    for grain in Grain:
        parts = figures(organization.pk, Question(TOLD - AT_THE_END, FIRST, LAST, grain=grain))
        assert len(parts) > 2
        for name in ("submitted", "decided", "denied", "paid_cents", "denied_cents", "cohort", "cohort_denied"):
            assert sum(getattr(part, name) for part in parts.values()) == getattr(of, name)
        for name in ("waited", "decided_after", "decision_ends", "payment_leaves"):
            assert sum(sum(getattr(part, name).values()) for part in parts.values()) == sum(getattr(of, name).values())


@pytest.mark.django_db
def test_only_what_is_asked_for_is_read(
    march: Organization, count_queries: Callable[[], AbstractContextManager[CaptureQueriesContext]]
) -> None:
    for reads, most in ((Reads.SUMS, 2), (Reads.DECISIONS, 2), (Reads.WAITS, 2), (Reads.CLAIMS, 5)):
        measures = frozenset(each for each, of in DEFINITIONS.items() if of.reads == reads)
        with count_queries() as queries:
            figures(march.pk, Question(measures, FIRST, LAST, (Dimension.PAYER,)))
        assert len(queries) == most
        (table,) = {"CLAIMS": ["claims_claim"]}.get(reads.name, ["claims_rollupday"])
        assert any(table in query["sql"] for query in queries.captured_queries)


def test_the_page_of_the_metrics_says_what_each_is() -> None:
    page = (ROOT / "docs/metrics.md").read_text()
    for measure, of in DEFINITIONS.items():
        assert f"| `{to_camel_case(measure.value)}` | {of.words} |" in page


def test_a_percentile_is_the_first_day_by_which_so_many_were_paid() -> None:
    days, claims = np.array([1, 5, 9]), np.array([4, 4, 2])
    assert (quantile(days, claims, 50), quantile(days, claims, 90)) == (5.0, 9.0)
    assert (quantile(days[:2], claims[:2], 50), quantile(days[:2], claims[:2], 90)) == (3.0, 5.0)
    assert quantile(days[:0], claims[:0], 50) is None


@pytest.mark.parametrize(("denied", "decided", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634)])
def test_the_interval_of_a_rate_is_wilsons(denied: int, decided: int, low: float, high: float) -> None:
    rate = Rate(denied, decided)
    assert (rate.low, rate.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))
