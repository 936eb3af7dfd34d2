"""A small seeded world of claims, written straight into the daily roll-up (and, when asked, as claims)."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

import numpy as np

from upstream.accounts.models import Organization
from upstream.claims import bulk, rollup
from upstream.claims.models import (
    Claim,
    Outcome,
    Payer,
    RollupChanges,
    RollupDay,
    RollupSlice,
    ServiceGroup,
)
from upstream.detection.panels import Panel

# Stands for "not yet".
OPEN_DATE = date(9999, 12, 31)
BILLED, PAID, NOTHING = Decimal(200), Decimal(120), Decimal(0)
USUAL_CATEGORIES = ("eligibility", "coding", "duplicate")


def counted(place, submitted, outcome, category, decided, paid):
    """A claim of a world as the roll-up counts it; place: payer, service group and location."""
    days = (submitted, None if decided == OPEN_DATE else decided, None if paid == OPEN_DATE else paid)
    paid_amount = PAID if outcome == Outcome.PAID else None
    denied_amount = BILLED if outcome == Outcome.DENIED else NOTHING
    return (*place, outcome, category, *days, BILLED, None, paid_amount, denied_amount)


@dataclass(frozen=True)
class Change:
    """From `on` (a day of decision, or of payment) at one payer, in one group or in all."""

    payer: str
    on: date
    group: str | None = None
    denial_factor: float = 1.0
    category: str = "authorization"
    extra_days: int = 0
    stops: bool = False
    until: date = OPEN_DATE


@dataclass
class World:
    """Claims submitted on every working day from `first` to `last`; what happens after `last` is not known yet."""

    first: date = date(2023, 1, 2)
    last: date = date(2024, 6, 28)
    payers: dict[str, float] = field(default_factory=lambda: {"Northwind": 9.0, "Meridian": 9.0, "Harbor": 9.0})
    groups: dict[str, float] = field(default_factory=lambda: {"Imaging": 0.4, "Visits": 0.6})
    denial_rate: float = 0.08
    # The last day of which remittances are in; `last` when None.
    fetched: date | None = None
    # The same for single payers whose files have not come yet.
    fetched_of: dict[str, date] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    # Further claims, as `claims` holds them.
    extra: list[tuple] = field(default_factory=list)
    seed: int = 7

    @cached_property
    def claims(self) -> list[tuple]:
        """(payer, group, submitted, outcome, category, decided, paid) of each claim as known on `last`.

        A world that ends later holds the same claims, and knows more of them.
        """
        made = list(self.extra)
        for row, (payer, volume) in enumerate(self.payers.items()):
            for column, (group, share) in enumerate(self.groups.items()):
                random = np.random.default_rng([self.seed, row, column])
                for day in range((self.last - self.first).days + 1):
                    submitted = self.first + timedelta(days=day)
                    if submitted.weekday() >= 5:
                        continue
                    for _ in range(random.poisson(volume * share)):
                        draws = random.random(3)
                        lag = 6 + random.gamma(4, 3)
                        made.append((payer, group, submitted, *self._outcome(payer, group, submitted, lag, draws)))
        return made

    def _outcome(self, payer, group, submitted, lag, draws):
        changes = [c for c in self.changes if c.payer == payer and c.group in (None, group)]
        decided = working_day(submitted + timedelta(days=round(lag)))
        for change in changes:
            if change.extra_days and change.on <= decided < change.until:
                decided = max(change.on, working_day(submitted + timedelta(days=round(lag) + change.extra_days)))
            if change.stops and decided >= change.on:
                decided = OPEN_DATE
        if decided > self.fetched_of.get(payer, self.fetched or self.last):
            return Outcome.PENDING, "", OPEN_DATE, OPEN_DATE
        if draws[0] < self.denial_rate:
            return Outcome.DENIED, USUAL_CATEGORIES[int(draws[1] * 3)], decided, OPEN_DATE
        for change in changes:
            extra = self.denial_rate * (change.denial_factor - 1)
            if change.on <= decided < change.until and draws[0] < self.denial_rate + extra:
                return Outcome.DENIED, change.category, decided, OPEN_DATE
        return Outcome.PAID, "", decided, decided

    def write(self, organization: Organization, *, as_claims: bool = False, files: int = 1) -> None:
        """Replace the organization's roll-up (and claims) by this world's; files: uploads that the claims come in."""
        payers, groups = self._parties(organization)
        self._count(organization, payers, groups, files)
        if as_claims:
            self._write_claims(organization, payers, groups)

    def _count(self, organization, payers, groups, files):
        for model in (RollupChanges, RollupDay, RollupSlice):
            model.objects.for_organization(organization).delete()
        for first in range(files):
            changes = rollup.Changes()
            for payer, group, *rest in self.claims[first::files]:
                place = (bulk.stored(payers[payer].pk), bulk.stored(groups[group].pk), "")
                changes.enter(counted(place, *rest))
            changes.append(organization.pk)
            rollup.fold(organization.pk)

    def _parties(self, organization):
        payers = {
            name: Payer.objects.for_organization(organization).get_or_create(
                organization=organization, name=f"{name} Health Plan", name_key=name.upper()
            )[0]
            for name in self.payers
        }
        groups = {
            name: ServiceGroup.objects.for_organization(organization).get_or_create(
                organization=organization, name=name, defaults={"position": position}
            )[0]
            for position, name in enumerate(self.groups)
        }
        return payers, groups

    def _write_claims(self, organization, payers, groups):
        Claim.objects.for_organization(organization).delete()
        Claim.unscoped.bulk_create(
            [
                Claim(
                    organization=organization,
                    claim_key=f"C{number}",
                    control_number=f"C{number}",
                    payer=payers[payer],
                    service_group=groups[group],
                    submitted_date=submitted,
                    outcome=outcome,
                    denial_category=category,
                    decided_date=None if decided == OPEN_DATE else decided,
                    paid_date=None if paid == OPEN_DATE else paid,
                    billed_amount=BILLED,
                    denied_amount=BILLED if outcome == Outcome.DENIED else NOTHING,
                    paid_amount=PAID if outcome == Outcome.PAID else None,
                    fingerprint="",
                )
                for number, (payer, group, submitted, outcome, category, decided, paid) in enumerate(self.claims)
            ],
            batch_size=1000,
        )


def panel_of(organization: Organization, through: date = OPEN_DATE) -> Panel:
    facts = rollup.load_facts(organization.pk, through)
    assert facts is not None
    return Panel(facts)


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)
