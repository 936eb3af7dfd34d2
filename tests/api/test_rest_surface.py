"""What holds for all addresses of the REST surface: counted, not cached, one shape of errors, closed to other sites."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from api.rest import UPLOADS, new_key, send, told, with_key, with_token
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from support import ROOT

from upstream.core.actor import Actor
from upstream.settings import environment

DOCS = "/api/v1/docs/"
EVERYWHERE = [UPLOADS, f"{UPLOADS}00000000-0000-0000-0000-000000000000/", "/api/v1/schema/", DOCS, "/api/v1/nowhere/"]
ORIGIN = "https://system.example.org"


@pytest.mark.parametrize("path", EVERYWHERE)
def test_no_answer_is_cached_and_each_has_its_id(owner: Actor, path: str) -> None:
    for client in (with_key(new_key(owner)), Client()):
        response = client.get(path, headers={"X-Request-Id": "0123456789abcdef"})
        assert response["Cache-Control"] == "no-store"
        assert response["X-Request-Id"] == "0123456789abcdef"


@pytest.mark.parametrize(
    "path", ["/api/v1/", "/api/v1/uploads", "/api/v1/uploads/x/", "/api/v1/nowhere/", "/api/v1/uploads/%ff%00/"]
)
def test_other_addresses_answer_in_the_same_shape(db: None, path: str) -> None:
    for method in ("get", "post", "delete", "options"):
        assert told(getattr(Client(), method)(path)) == (404, "NOT_FOUND", None)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_are_refused_and_the_right_ones_named(owner: Actor, method: str) -> None:
    response = getattr(with_key(new_key(owner)), method)(UPLOADS)
    assert told(response) == (405, "INVALID", None)
    assert set(response["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_head_needs_what_get_needs(owner: Actor) -> None:
    assert Client().head(UPLOADS).status_code == 401
    assert with_key(new_key(owner, "uploads:write")).head(UPLOADS).status_code == 403
    assert with_key(new_key(owner)).head(UPLOADS).status_code == 200


def test_who_takes_no_json_is_told(owner: Actor) -> None:
    response = with_key(new_key(owner)).get(UPLOADS, headers={"Accept": "text/csv"})
    assert told(response) == (406, "INVALID", None)


def test_a_thousand_parameters_are_too_many(owner: Actor) -> None:
    query = "&".join(f"p{number}=1" for number in range(1001))
    assert told(with_key(new_key(owner)).get(f"{UPLOADS}?{query}")) == (400, "INVALID", None)


# How often


def test_a_key_a_person_and_an_address_are_counted_apart(owner: Actor, settings: Any) -> None:
    settings.REST_REQUESTS_A_MINUTE, settings.REST_REQUESTS_A_MINUTE_OF_STRANGERS = 3, 2
    first, second, person = with_key(new_key(owner)), with_key(new_key(owner)), with_token(owner)
    for client, most in ((first, 3), (second, 3), (person, 3), (Client(), 2)):
        statuses = [client.get(UPLOADS).status_code for _ in range(most + 2)]
        assert statuses[most:] == [429, 429] and 429 not in statuses[:most]
    assert Client(REMOTE_ADDR="192.0.2.7").get(UPLOADS).status_code == 401


def test_who_asks_too_often_is_told_how_long_to_wait(owner: Actor, settings: Any, monkeypatch: Any) -> None:
    settings.REST_REQUESTS_A_MINUTE = 1
    client, now = with_key(new_key(owner)), 1_800_000_050.5
    monkeypatch.setattr("upstream.core.rates.time.time", lambda: now)
    assert client.get(UPLOADS).status_code == 200
    refused = send(client)
    assert told(refused) == (429, "RATE_LIMITED", None) and refused["Retry-After"] == "10"
    now += int(refused["Retry-After"])
    assert client.get(UPLOADS).status_code == 200


def test_guessing_at_keys_is_counted_too(db: None, settings: Any) -> None:
    settings.REST_REQUESTS_A_MINUTE_OF_STRANGERS = 2
    guesses = [with_key(f"upk_{number:012x}_" + "A" * 43).get(UPLOADS).status_code for number in range(3)]
    assert guesses == [401, 401, 429]


def test_requests_go_on_while_the_cache_is_away(owner: Actor, settings: Any, caplog: Any) -> None:
    client = with_key(new_key(owner))
    # Nothing listens on port 1.
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert client.get(UPLOADS).status_code == 200
    assert "cache unreachable" in caplog.text


# The description and its page


def test_the_description_kept_here_is_the_codes(db: None, tmp_path: Any) -> None:
    written = tmp_path / "openapi.yaml"
    call_command("spectacular", file=str(written), validate=True, fail_on_warn=True)
    assert written.read_text() == (ROOT / "openapi.yaml").read_text(), "run `make schema` and commit the result"
    assert Client().get("/api/v1/schema/").json() == yaml.safe_load(written.read_text())


def test_every_operation_says_who_may_and_what_can_go_wrong() -> None:
    paths = yaml.safe_load((ROOT / "openapi.yaml").read_text())["paths"]
    operations = {(path, method): operation for path, methods in paths.items() for method, operation in methods.items()}
    assert len(operations) == 11
    for (path, _), operation in operations.items():
        assert {"406", "429", "500"} <= set(operation["responses"])
        assert operation.get("security", []) == (
            [] if "/auth/" in path or "/webhooks/" in path else [{"serviceKey": []}, {"accessToken": []}]
        )


def test_the_page_loads_nothing_from_elsewhere(db: None) -> None:
    page = Client().get(DOCS)
    assert page.status_code == 200
    html = page.content.decode()
    addresses = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert len(addresses) == 5
    for address in addresses:
        assert address.startswith(("/static/", DOCS)), address
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
    script = Client().get(next(address for address in addresses if address.startswith(DOCS)))
    assert script["Content-Type"].startswith("application/javascript")
    assert "//" not in re.sub(r"// only retry.*|// selectively.*", "", html + script.content.decode())
    # Else Swagger UI shows a badge of its makers' validator.
    assert '"validatorUrl": null' in script.content.decode()
    style = finders.find("drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css")
    assert not re.search(r"@import|url\(\s*[\"']?(https?:)?//", Path(style).read_text())


def test_the_page_keeps_to_the_portals_policy(db: None) -> None:
    page = Client().get(DOCS)
    policy = page["Content-Security-Policy"]
    html = page.content.decode()
    assert "script-src 'self';" in policy and "default-src 'none'" in policy
    assert not re.search(r"<script>|<script (?!src)|\son\w+=", html), "scripts are files, or the policy stops them"
    portal = re.search(r'Content-Security-Policy "([^"]+)"', (ROOT / "deploy/nginx.conf").read_text())
    assert portal is not None
    directives = dict(part.strip().split(" ", 1) for part in portal[1].split(";"))
    for part in policy.split(";"):
        name, allowed = part.strip().split(" ", 1)
        assert set(allowed.split()) <= set(directives[name].split()), name


# Other sites


def preflight(client: Client, path: str = UPLOADS) -> Any:
    return client.options(
        path,
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,idempotency-key,x-file-name",
        },
    )


def test_pages_of_other_sites_may_not_ask(owner: Actor) -> None:
    asked = with_key(new_key(owner)).get(UPLOADS, headers={"Origin": ORIGIN})
    for response in (preflight(Client()), asked):
        assert not [name for name in response.headers if name.lower().startswith("access-control")]


def test_pages_of_a_named_site_may(owner: Actor, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    answer = preflight(Client())
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert {"authorization", "idempotency-key", "x-file-name"} <= set(
        answer["Access-Control-Allow-Headers"].split(", ")
    )
    assert "Access-Control-Allow-Credentials" not in answer
    asked = with_key(new_key(owner)).get(UPLOADS, headers={"Origin": ORIGIN})
    assert asked["Access-Control-Allow-Origin"] == ORIGIN
    assert "Retry-After" in asked["Access-Control-Expose-Headers"]
    elsewhere = Client().get(UPLOADS, headers={"Origin": "https://system.example.org.evil.example"})
    assert "Access-Control-Allow-Origin" not in elsewhere


def test_a_named_site_may_not_ask_the_graph(db: None, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [ORIGIN]
    assert "Access-Control-Allow-Origin" not in preflight(Client(), "/graphql/")


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "system.example.org",
        "https://system.example.org/",
        "https://a.example/b",
        "ftp://a.example",
        "https://",
        "null",
    ],
)
def test_origins_that_are_none_keep_the_server_from_starting(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CORS_ALLOWED_ORIGINS", f"{ORIGIN},{value}")
    with pytest.raises(environment.SettingsError, match="CORS_ALLOWED_ORIGINS"):
        environment.origins("CORS_ALLOWED_ORIGINS")


def test_origins_are_listed_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ALLOWED_ORIGINS", f"{ORIGIN}, http://localhost:5173")
    assert environment.origins("CORS_ALLOWED_ORIGINS") == [ORIGIN, "http://localhost:5173"]
    monkeypatch.delenv("CORS_ALLOWED_ORIGINS")
    assert environment.origins("CORS_ALLOWED_ORIGINS") == []
