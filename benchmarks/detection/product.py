"""The product's detectors, and nothing else of it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "backend"))

from upstream.detection.detectors.common import Alarm
from upstream.detection.detectors.denial_cohort import CohortSettings
from upstream.detection.detectors.denial_dollars import DollarSettings, detect_denial_dollars
from upstream.detection.detectors.denial_rate import DenialSettings, detect_denial_rate
from upstream.detection.detectors.open_claims import Ended, OpenClaims, Submitted
from upstream.detection.detectors.open_claims_walk import detect_open_claims
from upstream.detection.detectors.payment_delay import DelaySettings
from upstream.detection.detectors.takebacks import TAKEBACK_SETTINGS, detect_takebacks

__all__ = [
    "TAKEBACK_SETTINGS",
    "Alarm",
    "CohortSettings",
    "DelaySettings",
    "DenialSettings",
    "DollarSettings",
    "Ended",
    "OpenClaims",
    "Submitted",
    "detect_denial_dollars",
    "detect_denial_rate",
    "detect_open_claims",
    "detect_takebacks",
]
