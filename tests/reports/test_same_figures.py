"""What the metrics say is what the alert, its PDF, both workbooks and the payers' page say of the same claims."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from alerts.claims_csv import HEADER, Change
from alerts.claims_csv import rows as claims_of
from intake.writing import take_in
from reports.test_alert_pdf import opened as opened_pdf
from reports.test_workbooks import opened as opened_workbook

from upstream.accounts.models import Organization
from upstream.core.actor import Actor
from upstream.reports.models import ExportKind
from upstream.reports.words import percent

ALERTS = """{ alerts(first: 5) { items { id payer { id name }
  signal { kind changeDate dataThrough before after serviceGroup { id } location } } } }"""
METRICS = """query($payer: ID!, $first: Date!, $last: Date!) {
  metrics(filter: {payerIds: [$payer], firstDay: $first, lastDay: $last}) { items { values {
    denialRate { value numerator denominator low high } deniedAmount decidedBilledAmount paidAmount claims
    medianDaysToPayment } } }
  payer(id: $payer) { summary { claims decided denied denialRate paidAmount medianDaysToPayment } } }"""


@pytest.mark.django_db
def test_one_change_has_the_same_figures_wherever_it_is_told(
    organization: Organization,
    graphql: Any,
    care_team: Actor,
    make_export: Callable[..., Any],
    run_jobs: Callable[[], int],
) -> None:
    made = claims_of({"Payer B": Change(on=date(2025, 5, 1), denial_factor=4)})
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *(row for row in made if row[1] in {"Payer B", "Payer H"})])
    take_in(organization, text.getvalue().encode())
    run_jobs()
    ask = graphql(care_team)
    [alert] = ask(ALERTS)["data"]["alerts"]["items"]
    signal = alert["signal"]
    assert (alert["payer"]["name"], signal["kind"]) == ("Payer B", "DENIAL_RATE")
    assert (signal["serviceGroup"], signal["location"]) == (None, "")
    since = {"payer": alert["payer"]["id"], "first": signal["changeDate"], "last": signal["dataThrough"]}
    [row] = ask(METRICS, since)["data"]["metrics"]["items"]
    rate = row["values"]["denialRate"]
    assert rate["numerator"] > 50
    assert signal["after"] == pytest.approx(rate["value"], abs=5e-5)

    _, pdf = make_export(care_team, ExportKind.ALERT_PDF, alert_id=alert["id"])
    assert f"{percent(signal['before'])} → {percent(rate['value'])}" in opened_pdf(pdf)[1]
    [told], _ = opened_workbook(make_export(care_team, ExportKind.ALERTS_XLSX)[1])
    assert told["Share since"] == pytest.approx(rate["value"], abs=5e-5)
    days = {"decided_from": date.fromisoformat(since["first"]), "decided_to": date.fromisoformat(since["last"])}
    of_payer = {"payer_id": alert["payer"]["id"], "outcome": ("DENIED", "PAID", "PARTIAL")}
    claims, _ = opened_workbook(make_export(care_team, ExportKind.CLAIMS_XLSX, claim_filter=of_payer | days)[1])
    denied = [each for each in claims if each["Outcome"].lower() == "denied"]
    assert (len(denied), len(claims)) == (rate["numerator"], rate["denominator"])
    assert sum(Decimal(str(each["Billed"])) for each in denied) == Decimal(row["values"]["deniedAmount"])

    last = date.fromisoformat(signal["dataThrough"])
    of_page = since | {"first": (last - timedelta(days=89)).isoformat()}
    answer = ask(METRICS, of_page)["data"]
    values, page = answer["metrics"]["items"][0]["values"], answer["payer"]["summary"]
    rate = values["denialRate"]
    assert (page["decided"], page["denied"], page["denialRate"]) == (
        rate["denominator"],
        rate["numerator"],
        rate["value"],
    )
    for name in ("claims", "paidAmount", "medianDaysToPayment"):
        assert page[name] == values[name]
