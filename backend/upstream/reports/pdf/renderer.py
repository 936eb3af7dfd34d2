"""From a template's context to a PDF."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

PRESS = Path(__file__).with_name("press.py")
SECONDS = 90
# Where programs, fonts and libraries are; nothing else of the environment, least of all its secrets.
PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "FONTCONFIG_PATH",
    "FONTCONFIG_FILE",
    "LD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
)


class RenderingFailed(Exception):
    """The PDF could not be made; the message holds nothing of the document."""


def html_of(template: str, context: Mapping[str, Any]) -> str:
    return render_to_string(template, dict(context))


def pdf_of(html: str, *, alive: Callable[[], None]) -> bytes:
    """The document as PDF/UA-1. Calls `alive` several times a second; what that raises ends the rendering.

    Raises `RenderingFailed` after `SECONDS`, or when the process fails or reaches its limits.
    """
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", str(PRESS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    deadline = time.monotonic() + SECONDS
    given: bytes | None = html.encode()
    try:
        while True:
            try:
                pdf, complaint = process.communicate(given, timeout=0.25)
                break
            except subprocess.TimeoutExpired:
                given = None
                alive()
                if time.monotonic() > deadline:
                    raise RenderingFailed(f"the PDF was not ready after {SECONDS} seconds") from None
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    if process.returncode != 0 or not pdf.startswith(b"%PDF-"):
        reason = complaint.decode(errors="replace").strip()[-100:]
        raise RenderingFailed(f"the PDF process ended with {process.returncode}: {reason}")
    return pdf
