"""What goes to Sentry: where and what kind, never whose. The probe plants one word wherever a name could be."""

import json
import subprocess
import sys
from typing import Any

import pytest
from support import ROOT

CANARY = "Canary-Patient-Name"
DSN = "https://key@sentry.example.org/1"


def probe(dsn: str, **environment: str) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "tests/ops/sentry_probe.py"), dsn],
        env={
            "PYTHONPATH": str(ROOT / "backend"),
            "DJANGO_SETTINGS_MODULE": "upstream.settings.test",
            "CANARY": CANARY,
            **environment,
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def reported() -> dict[str, Any]:
    return probe(DSN)


def events(reported: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for envelope in reported["sent"]
        for line in envelope.splitlines()
        if '"event_id"' in line and '"level"' in line
    ]


def test_no_planted_word_leaves(reported: dict[str, Any]) -> None:
    assert len(events(reported)) == 2
    for envelope in reported["sent"]:
        assert CANARY not in envelope


def test_the_probe_would_show_it_if_it_did() -> None:
    assert any(CANARY in envelope for envelope in probe(DSN, UNSCRUBBED="yes")["sent"])


def test_an_error_in_a_request_tells_its_type_place_route_and_request(reported: dict[str, Any]) -> None:
    event = next(event for event in events(reported) if event["exception"]["values"][-1]["type"] == "ValueError")
    error = event["exception"]["values"][-1]
    assert error["stacktrace"]["frames"][-1]["function"] == "fails"
    assert error["value"] == "(message withheld)"
    assert event["transaction"] == "/downloads/{token}/"
    assert event["tags"] == {"request_id": "request-0001"}
    assert "request" not in event
    assert "user" not in event


def test_a_logged_error_tells_the_lines_template(reported: dict[str, Any]) -> None:
    event = next(event for event in events(reported) if event["exception"]["values"][-1]["type"] == "KeyError")
    assert event["logentry"] == {"message": "%s broke on attempt %d"}


def test_without_an_address_nothing_is_started() -> None:
    assert probe("") == {"active": False, "sent": []}
