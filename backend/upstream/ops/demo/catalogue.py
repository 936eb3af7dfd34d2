"""What a clinic does and why payers refuse it: procedures with prices, reasons with the remark that goes with each.

Codes are facts (CPT and HCPCS numbers, ICD-10-CM, CARC and RARC of X12's lists 139 and 411); prices and shares are
invented.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Procedure:
    """charge: USD for one unit, the same for everybody. share: how often, relative to the others of its list."""

    code: str
    charge: int
    share: float
    modifier: str = ""
    most_units: int = 1


@dataclass(frozen=True, slots=True)
class Service:
    """One kind of service, named after the service group its codes fall into.

    A claim has one of `procedures`, and sometimes one or two `additions`.

    reasons: CARC to share, among this service's denials. authorized: share of claims with an authorization number.
    """

    name: str
    procedures: tuple[Procedure, ...]
    additions: tuple[Procedure, ...]
    diagnoses: tuple[str, ...]
    reasons: dict[str, float]
    authorized: float = 0.0


@dataclass(frozen=True, slots=True)
class Reason:
    """A denial's CARC: whose bill it becomes (CO the clinic's, PR the patient's) and the remark that explains it."""

    group: str
    remark: str


REASONS: dict[str, Reason] = {
    "4": Reason("CO", "N519"),
    "11": Reason("CO", "M76"),
    "16": Reason("CO", "N290"),
    "18": Reason("CO", "N522"),
    "22": Reason("CO", "MA04"),
    "27": Reason("PR", "N30"),
    "29": Reason("CO", "N211"),
    "31": Reason("PR", "N382"),
    "50": Reason("CO", "N115"),
    "96": Reason("CO", "N130"),
    "97": Reason("CO", "M15"),
    "109": Reason("CO", "N418"),
    "119": Reason("PR", "N362"),
    "197": Reason("CO", "M62"),
}

VISITS = Service(
    "Office visits",
    (
        Procedure("99213", 165, 42, "25"),
        Procedure("99214", 240, 34, "25"),
        Procedure("99203", 210, 8),
        Procedure("99204", 320, 5),
        Procedure("99212", 105, 7),
        Procedure("99215", 335, 4),
    ),
    (),
    ("J06.9", "I10", "E11.9", "J02.9", "H66.90", "R05.9", "M54.50", "L30.9", "K21.9", "J45.909"),
    {"16": 26, "27": 22, "97": 14, "31": 10, "22": 10, "18": 8, "29": 5, "109": 5},
)
PREVENTIVE = Service(
    "Preventive visits",
    (
        Procedure("99391", 175, 16),
        Procedure("99392", 185, 20),
        Procedure("99393", 190, 22),
        Procedure("99394", 205, 14),
        Procedure("99395", 215, 15),
        Procedure("99396", 230, 13),
    ),
    (),
    ("Z00.129", "Z00.121", "Z00.00", "Z00.01"),
    {"96": 20, "119": 28, "16": 20, "27": 20, "22": 12},
)
LABORATORY = Service(
    "Laboratory",
    (
        Procedure("80053", 62, 24),
        Procedure("85025", 38, 22),
        Procedure("83036", 45, 18),
        Procedure("87880", 42, 20, "QW"),
        Procedure("80061", 58, 16),
    ),
    (Procedure("81003", 18, 50, "QW"), Procedure("84443", 72, 30), Procedure("87804", 48, 20, "QW")),
    ("E11.9", "E78.5", "R53.83", "J02.9", "D64.9", "Z13.220"),
    {"50": 34, "11": 26, "16": 18, "27": 12, "97": 10},
)
VACCINES = Service(
    "Vaccines",
    (
        Procedure("90471", 42, 55),
        Procedure("90460", 46, 45, "", 3),
    ),
    (Procedure("90472", 28, 60), Procedure("90461", 24, 40, "", 2)),
    ("Z23",),
    {"16": 28, "96": 18, "97": 22, "27": 20, "11": 12},
)
THERAPY = Service(
    "Physical, occupational and speech therapy",
    (
        Procedure("97110", 78, 38, "GP", 3),
        Procedure("92507", 135, 26, "GN"),
        Procedure("97140", 74, 14, "GP", 2),
        Procedure("97112", 80, 12, "GP", 2),
        Procedure("97161", 190, 5, "GP"),
        Procedure("97162", 205, 5, "GP"),
    ),
    (Procedure("97530", 82, 50, "GP", 2), Procedure("97014", 36, 30, "GP"), Procedure("97535", 79, 20, "GP")),
    ("M54.50", "M25.561", "M25.511", "S83.511D", "R26.89", "F80.2", "R62.50"),
    {"197": 30, "119": 24, "50": 18, "16": 14, "27": 14},
    authorized=0.7,
)
IMAGING = Service(
    "Imaging",
    (
        Procedure("73030", 120, 24),
        Procedure("73610", 115, 22),
        Procedure("71046", 130, 24),
        Procedure("76700", 310, 14),
        Procedure("73721", 980, 8),
        Procedure("72148", 1050, 8),
    ),
    (Procedure("73564", 135, 60), Procedure("73130", 105, 40)),
    ("M25.511", "M25.571", "R05.9", "R10.9", "M54.50", "S93.401A"),
    {"197": 40, "50": 24, "16": 16, "11": 12, "27": 8},
    authorized=0.35,
)
BEHAVIORAL = Service(
    "Behavioral health",
    (
        Procedure("90834", 165, 46),
        Procedure("90837", 215, 34),
        Procedure("90832", 115, 12),
        Procedure("90791", 280, 8),
    ),
    (),
    ("F41.1", "F32.9", "F90.0", "F43.23", "F33.1"),
    {"197": 26, "119": 22, "16": 20, "27": 18, "96": 14},
    authorized=0.6,
)
SURGERY = Service(
    "Surgery",
    (
        Procedure("20610", 240, 40, "RT"),
        Procedure("20550", 190, 16),
        Procedure("29881", 2900, 10, "LT"),
        Procedure("29827", 3600, 8, "RT"),
        Procedure("64483", 1150, 12),
        Procedure("29125", 140, 14),
    ),
    (Procedure("20611", 275, 60), Procedure("29130", 95, 40)),
    ("M17.11", "M75.101", "S83.241A", "M54.16", "M65.30"),
    {"197": 24, "50": 22, "4": 20, "97": 18, "16": 16},
    authorized=0.45,
)
