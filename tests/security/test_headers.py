"""The headers of every address the API answers, of the SPA's server, and of the preview that the browser tests use."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from api.rest import with_token
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from support import ROOT, GraphQL
from world import make_world

from upstream.accounts.models import Organization
from upstream.core.actor import Actor
from upstream.reports import links
from upstream.settings import environment

NO_ANSWER_RUNS = "default-src 'none'; frame-ancestors 'none'"
PAGE = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# The pages of the API's description have scripts of their own; a link to a file tells no other page of itself.
OTHERWISE = {
    "/api/v1/docs/": {"Content-Security-Policy": "frame-ancestors 'none'"},
    "/downloads/": {"Content-Security-Policy": "default-src 'none'; sandbox", "Referrer-Policy": "no-referrer"},
}
NOBODY = UUID(int=1)


def addresses(resolver: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """Every address of the API, with something for what it is given."""
    for each in (resolver or get_resolver()).url_patterns:
        route = str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each, before + route)
        elif isinstance(each, URLPattern):
            yield before + re.sub(r"<uuid:\w+>", str(NOBODY), re.sub(r"<(path|str):\w+>", "unknown", route))


ADDRESSES = [*addresses(), "/nowhere"]


def check(address: str, response: HttpResponse) -> None:
    # A method that downloads do not take never comes to their view.
    by_view = {} if response.status_code == 405 and address.startswith("/downloads/") else OTHERWISE
    otherwise = next((more for start, more in by_view.items() if address.startswith(start)), {})
    expected = {**EVERYWHERE, "Content-Security-Policy": NO_ANSWER_RUNS, "Cache-Control": "no-store", **otherwise}
    for name, value in expected.items():
        given = response.headers.get(name, "")
        assert value in given if name in {"Content-Security-Policy", "Cache-Control"} else value == given, (
            f"{address} {response.status_code} {name}: {given}"
        )
    assert "Access-Control-Allow-Origin" not in response.headers, address


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_answers_every_method_with_its_headers(owner: Actor, address: str) -> None:
    for client in (Client(raise_request_exception=False), with_token(owner)):
        client.raise_request_exception = False
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            headers = {"Origin": "https://elsewhere.example.org", "Access-Control-Request-Method": "POST"}
            check(address, client.generic(method, address, headers=headers))


def test_all_addresses_are_asked() -> None:
    assert {"/graphql/", "/downloads/unknown/", "/api/v1/uploads/", "/api/v1/docs/", "/metrics"} <= set(ADDRESSES)
    assert len(ADDRESSES) >= 16


def test_answers_of_the_graph_have_them_too(graphql: type[GraphQL], owner: Actor) -> None:
    for query in ("{ viewer { id } }", "{", "{ nothing }"):
        check("/graphql/", graphql(owner).post(query))


def test_files_are_handed_out_to_be_kept_and_not_shown(organization: Organization, owner: Actor) -> None:
    world = make_world(organization, canary="canary")
    for kind, target in ((links.LinkKind.EXPORT, world.export.pk), (links.LinkKind.QUARANTINE, world.upload.pk)):
        address = links.sign(kind, target, owner)
        response = Client().get(address)
        assert response.status_code == 200
        check(address, response)
        assert response["Content-Disposition"].startswith("attachment")


def test_production_keeps_browsers_to_tls() -> None:
    text = Path(environment.__file__).with_name("prod.py").read_text()
    assert "SECURE_HSTS_SECONDS = 31_536_000" in text and "SECURE_HSTS_INCLUDE_SUBDOMAINS = True" in text


def test_the_spas_server_says_them_of_every_file_and_hands_none_on_twice() -> None:
    config = (ROOT / "deploy/nginx.conf").read_text()
    said = dict(re.findall(r'^    add_header (\S+) "?([^"\n]+?)"? always;$', config, re.MULTILINE))
    assert said == {
        **EVERYWHERE,
        "Content-Security-Policy": PAGE,
        "Strict-Transport-Security": "$transport_security",
    }
    assert '"max-age=31536000; includeSubDomains"' in config
    # nginx forgets the server's headers where a location adds one of its own.
    assert not re.search(r"^ {8,}add_header", config, re.MULTILINE)
    hidden = set(re.findall(r"proxy_hide_header (\S+);", config))
    assert hidden == {*EVERYWHERE, "Strict-Transport-Security"}


def test_the_spas_server_logs_no_addresses() -> None:
    config = (ROOT / "deploy/nginx.conf").read_text()
    (form,) = re.findall(r"log_format no_addresses '(.+)';", config)
    assert not re.search(r"\$(request|request_uri|uri|args|query_string|http_\w+)\b", form)
    assert re.findall(r"access_log \S+ (\w+);", config) == ["no_addresses"]


def test_the_browser_tests_run_under_the_same_policy() -> None:
    config = (ROOT / "frontend/vite.config.ts").read_text()
    (block,) = re.findall(r"^const headers = \{\n(.+?)^\};", config, re.MULTILINE | re.DOTALL)
    said = {
        name: single or double
        for name, single, double in re.findall(r"""'([\w-]+)':\s+(?:'([^']+)'|"([^"]+)")""", block)
    }
    assert said == {**EVERYWHERE, "Content-Security-Policy": PAGE}
    assert re.search(r"preview: \{.*\bheaders \}", config)


def test_the_page_has_no_script_of_its_own() -> None:
    page = (ROOT / "frontend/index.html").read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\son\w+=|javascript:", page)
