"""The product's detectors, and nothing else of it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "backend"))

from upstream.detection.detectors.common import Alarm
from upstream.detection.detectors.denial_rate import DenialSettings, detect_denial_rate

__all__ = ["Alarm", "DenialSettings", "detect_denial_rate"]
