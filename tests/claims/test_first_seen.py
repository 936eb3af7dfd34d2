"""The first submission day of every location and provider, as the claims that are there tell it."""

from datetime import date, timedelta

from intake.writing import APRIL_10, MARCH_2, MARCH_20, claim, decision, paid, remittance, write

from upstream.accounts.models import Organization
from upstream.claims.models import FirstSeen
from upstream.claims.selectors import first_seen

IRIS, MOSS = "1234567893", "1987654320"
MARCH_3 = MARCH_2 + timedelta(days=1)


def days(organization: Organization) -> dict[tuple[str, str], date]:
    rows = FirstSeen.objects.for_organization(organization)
    return {(row.kind, row.value): row.first_on for row in rows}


def test_the_earliest_claim_counts_in_whatever_order_files_come(organization: Organization) -> None:
    write(organization, [claim("C1", submitted_date=MARCH_20, location="North", provider_npi=IRIS)])
    write(organization, [claim("C2", submitted_date=MARCH_3, location="North"), claim("C3", provider_npi=MOSS)])
    write(organization, [claim("C4", submitted_date=APRIL_10, location="North", provider_npi=IRIS)])
    assert days(organization) == {
        ("LOCATION", "North"): MARCH_3, ("PROVIDER", IRIS): MARCH_20, ("PROVIDER", MOSS): MARCH_2,
    }  # fmt: skip


def test_a_claim_that_is_corrected_takes_its_first_day_along(organization: Organization) -> None:
    early = {"submitted_date": MARCH_3, "service_date": None}
    write(
        organization, [claim("C1", location="North", **early), claim("C2", submitted_date=APRIL_10, location="North")]
    )
    write(organization, [claim("C1", location="South", **early)])
    assert days(organization) == {("LOCATION", "North"): APRIL_10, ("LOCATION", "South"): MARCH_3}
    write(organization, [claim("C2", submitted_date=APRIL_10, location="South")])
    assert days(organization) == {("LOCATION", "South"): MARCH_3}


def test_claims_that_come_with_a_correction_count_with_it(organization: Organization) -> None:
    write(
        organization,
        [claim("C1", submitted_date=MARCH_3, location="North"), claim("C2", submitted_date=APRIL_10, location="North")],
    )
    new = [claim(number, submitted_date=MARCH_20, location="North") for number in ("C3", "C4")]
    write(organization, [claim("C1", submitted_date=MARCH_3, location="South"), *new])
    assert days(organization) == {("LOCATION", "North"): MARCH_20, ("LOCATION", "South"): MARCH_3}


def test_a_day_mistyped_at_first_is_not_kept(organization: Organization) -> None:
    write(organization, [claim("C1", submitted_date=date(2016, 3, 2), service_date=None, location="North")])
    write(organization, [claim("C1", service_date=None, location="North")])
    assert days(organization) == {("LOCATION", "North"): MARCH_2}


def test_others_of_the_same_day_keep_it(organization: Organization) -> None:
    write(organization, [claim("C1", location="North"), claim("C2", location="North")])
    write(organization, [claim("C1", location="South")])
    assert days(organization) == {("LOCATION", "North"): MARCH_2, ("LOCATION", "South"): MARCH_2}


def test_without_a_submission_day_the_decisions_counts(organization: Organization) -> None:
    write(organization, remittance(decision("C1", provider_npi=IRIS), on=APRIL_10))
    assert days(organization) == {("PROVIDER", IRIS): APRIL_10}
    write(organization, remittance(decision("C2", provider_npi=IRIS), trace="T2", on=MARCH_20))
    assert days(organization) == {("PROVIDER", IRIS): MARCH_20}
    write(organization, remittance(decision("C2", -80, status="22", lines=[]), trace="T3", on=APRIL_10))
    write(organization, [claim("C2", provider_npi=IRIS)])
    assert days(organization) == {("PROVIDER", IRIS): MARCH_2}


def test_what_is_first_seen_between_two_days_is_found_in_order(
    organization: Organization, other_organization: Organization
) -> None:
    write(other_organization, [claim("C1", submitted_date=MARCH_3, location="Foreign")])
    write(
        organization,
        [
            paid("C1", location="North"),
            claim("C2", submitted_date=MARCH_20, location="West", provider_npi=IRIS),
            claim("C3", submitted_date=MARCH_3, location="East"),
        ],
    )
    found = first_seen(organization, MARCH_3, MARCH_20)
    assert [(row.kind, row.value, row.first_on) for row in found] == [
        ("LOCATION", "East", MARCH_3), ("LOCATION", "West", MARCH_20), ("PROVIDER", IRIS, MARCH_20),
    ]  # fmt: skip
    assert not first_seen(organization.pk, MARCH_2, MARCH_2).exclude(value="North").exists()
