"""Log lines say what went wrong and where, and nothing of what was at work."""

import json
import logging
import sys

import pytest
from django.http import HttpRequest
from django.test import Client

from upstream.core.logs import JsonFormatter, LineFormatter, RouteFilter
from upstream.settings.base import LOGGING


def written(record: logging.LogRecord) -> str:
    RouteFilter().filter(record)
    return JsonFormatter().format(record)


def test_an_error_tells_its_place_and_types_and_no_messages() -> None:
    try:
        try:
            raise KeyError("Wren Hollowell")
        except KeyError as cause:
            raise ValueError("Hollowell, Wren") from cause
    except ValueError:
        record = logging.LogRecord("upstream", logging.ERROR, "", 0, "%s broke", ("intake.upload",), sys.exc_info())
    line = json.loads(written(record))
    first, second = line["exception"].split("\n\n")
    assert line["message"] == "intake.upload broke"
    assert first.endswith("builtins.KeyError") and second.endswith("builtins.ValueError")
    assert "test_logs.py" in second and ": Hollowell" not in second


def test_the_line_of_development_tells_no_messages_either() -> None:
    try:
        raise ValueError("Hollowell, Wren")
    except ValueError:
        record = logging.LogRecord("upstream", logging.ERROR, "", 0, "x broke", (), sys.exc_info())
    logging.Formatter().format(record)
    line = LOGGING["formatters"]["line"]
    told = LineFormatter("{name} {message}", style=line["style"]).format(record)
    assert line["()"] == f"{LineFormatter.__module__}.{LineFormatter.__name__}"
    assert told.startswith("upstream x broke\n") and told.endswith("builtins.ValueError") and ": Hollowell" not in told


def test_an_error_that_is_its_own_cause_is_told_once() -> None:
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    record = logging.LogRecord("upstream", logging.ERROR, "", 0, "x", (), (ValueError, one, None))
    assert json.loads(written(record))["exception"] == "builtins.KeyError\n\nbuiltins.ValueError"


@pytest.mark.parametrize(
    ("address", "route"), [("/downloads/Wren-Hollowell/", "/downloads/<path:token>/"), ("/Wren", "(no route)")]
)
def test_a_request_that_went_wrong_is_told_by_its_route(
    caplog: pytest.LogCaptureFixture, address: str, route: str
) -> None:
    Client().get(address)
    (record,) = [record for record in caplog.records if record.name == "django.request"]
    assert isinstance(record.request, HttpRequest)  # type: ignore[attr-defined]
    assert json.loads(written(record))["message"] == f"GET {route}: 404"
