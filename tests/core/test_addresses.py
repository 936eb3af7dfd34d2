"""Whose address counts: the client's, told by proxies that are trusted, and by nobody else."""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from upstream.core.addresses import client_address
from upstream.settings import environment


@pytest.mark.parametrize(
    ("trusted", "asking", "forwarded", "client"),
    [
        ("", "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("1", "10.0.0.2", "198.51.100.7", "198.51.100.7"),
        ("1", "10.0.0.2", "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        ("2", "10.0.0.2", "203.0.113.9, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        ("2", "10.0.0.2", "198.51.100.7", "198.51.100.7"),
        ("1", "10.0.0.2", "", "10.0.0.2"),
        ("1", "10.0.0.2", "unknown", "10.0.0.2"),
        ("10.0.0.0/8", "10.0.0.2", "203.0.113.9, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        ("10.0.0.0/8", "192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.0/8,fd00::/8", "fd00::2", "2001:db8::7, 10.0.0.1", "2001:db8::7"),
        ("10.0.0.0/8", "", "198.51.100.7", ""),
    ],
)
def test_only_what_trusted_proxies_wrote_counts(
    settings: Any, monkeypatch: pytest.MonkeyPatch, trusted: str, asking: str, forwarded: str, client: str
) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", trusted)
    settings.TRUSTED_PROXIES = environment.proxies()
    request = RequestFactory().get("/", REMOTE_ADDR=asking, headers={"X-Forwarded-For": forwarded})
    assert client_address(request) == client


@pytest.mark.parametrize("value", ["-1", "nginx", "10.0.0.1/8", "1,2x", "*"])
def test_proxies_that_are_none_keep_the_server_from_starting(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", value)
    with pytest.raises(environment.SettingsError, match="TRUSTED_PROXIES"):
        environment.proxies()


def test_strangers_behind_one_proxy_are_counted_apart(db: None, settings: Any) -> None:
    settings.TRUSTED_PROXIES, settings.REST_REQUESTS_A_MINUTE_OF_STRANGERS = 1, 1
    first, second = (Client(headers={"X-Forwarded-For": f"198.51.100.{number}"}) for number in (7, 8))
    assert [each.get("/api/v1/uploads/").status_code for each in (first, first, second)] == [401, 429, 401]
