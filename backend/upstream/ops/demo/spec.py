"""What a simulated clinic is made of: its payers with their habits, its services, and the changes planted in it."""

from dataclasses import dataclass, field, replace
from datetime import date

from upstream.ops.demo.catalogue import REASONS, Service


@dataclass(frozen=True, slots=True)
class Payer:
    """A payer's habits.

    share: of the clinic's claims. denial_rate: of decided claims, for a service of risk 1. denial_days, payment_days:
    medians from submission to the payer's decision, before it waits for the next remittance. spread: sigma of the
    lognormal those days follow. pays_on: weekdays (0 Monday) of its remittances. batch_spread: standard deviation of
    one remittance's denial rate, relative to that rate. season: swing of volume over the year. allowed: contract price
    relative to the charge. kind: claim filing indicator (X12 element 1032). emphasis: services this payer's patients
    use more or less than others', relative to the clinic's mix.
    """

    name: str
    identifier: str
    plan: str
    kind: str
    share: float
    denial_rate: float
    denial_days: float = 9.0
    payment_days: float = 17.0
    spread: float = 0.35
    pays_on: tuple[int, ...] = (0, 1, 2, 3, 4)
    batch_spread: float = 0.1
    season: float = 0.15
    allowed: float = 0.65
    emphasis: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DenialChange:
    """From the remittances of `on`, the denial rate of a payer's service (None: of all) is `factor` times what it was.

    reason: the CARC that carries the additional denials. A factor below 1 thins all reasons alike.
    """

    payer: str
    on: date
    factor: float
    service: str | None = None
    reason: str = "197"

    def __str__(self) -> str:
        service = self.service or "all services"
        carried = f", carried by CARC {self.reason}" if self.factor > 1 else ""
        return f"{self.payer}: denial rate of {service} × {self.factor:g} from the remittances of {self.on}{carried}"


@dataclass(frozen=True, slots=True)
class PaymentStall:
    """From `on`, what is left of the way to each payment takes `factor` times as long. Denials keep their pace."""

    payer: str
    on: date
    factor: float

    def __str__(self) -> str:
        return f"{self.payer}: payments take × {self.factor:g} as long from {self.on}"


Change = DenialChange | PaymentStall


@dataclass(frozen=True, slots=True)
class Clinic:
    """prefix: of claim and patient numbers. services: with share and risk (denial rate relative to the payer's).

    locations: with their shares of the claims and numbers of providers. visits: claims per patient and year.
    """

    name: str
    prefix: str
    payers: tuple[Payer, ...]
    services: tuple[tuple[Service, float, float], ...]
    locations: tuple[tuple[str, float, int], ...]
    youngest_share: float
    visits: float = 4.5
    changes: tuple[Change, ...] = ()

    def with_changes(self, *changes: Change) -> "Clinic":
        """The same clinic with these changes planted, and no others. Raises ValueError for a change it cannot have."""
        payers = [payer.name for payer in self.payers]
        services = [service.name for service, _, _ in self.services]
        for change in changes:
            if change.payer not in payers:
                raise ValueError(f"No payer is called {change.payer!r}; choose one of {', '.join(payers)}.")
            if change.factor <= 0:
                raise ValueError("A change's factor must be above 0.")
            if isinstance(change, DenialChange):
                if change.service is not None and change.service not in services:
                    raise ValueError(f"No service is called {change.service!r}; choose one of {', '.join(services)}.")
                if change.reason not in REASONS:
                    raise ValueError(f"CARC {change.reason} is not among {', '.join(REASONS)}; choose one of these.")
        return replace(self, changes=changes)
