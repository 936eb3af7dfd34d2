"""A small OpenID provider over HTTP: discovery, codes for PKCE, tokens signed by keys that can be changed.

What it says is set by its attributes, so that tests can have it say something wrong. On a port (`provider.py PORT`) it
is for browsers: its page asks who one is, and believes it.
"""

import json
import sys
import threading
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "upstream", "a secret of both"
PAGE = """<!doctype html><html lang="en"><title>Sign in</title>
<link rel="icon" href="data:,"><h1>Who are you?</h1><form>{sent}
<label>E-mail <input name="email" type="email"></label><button>Sign in</button><button name="cancel" value="yes">Cancel
</button></form></html>"""


@dataclass
class Provider:
    issuer: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    # Instead of what the ID token would say.
    token: dict[str, Any] = field(default_factory=dict)
    # Instead of what the provider says of itself.
    metadata: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": token_urlsafe(8)}))
    published: list[RSAKey] = field(default_factory=list)
    thin: bool = False
    down: bool = False
    asks: bool = False
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def change_key(self) -> None:
        """From now on it signs by another one, and knows the former no more."""
        self.key = RSAKey.generate_key(2048, {"kid": token_urlsafe(8)})

    def visit(self, url: str) -> dict[str, str]:
        """What a browser that is sent to `url` comes back with, once the person has signed in."""
        sent = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert sent["response_type"] == "code" and sent["client_id"] == CLIENT and "openid" in sent["scope"].split()
        assert sent["code_challenge_method"] == "S256" and sent["nonce"] and sent["state"]
        code = token_urlsafe(16)
        self.codes[code] = sent
        return {"code": code, "state": sent["state"]}

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/person",
            "id_token_signing_alg_values_supported": ["RS256"],
            **self.metadata,
        }

    def exchange(self, form: dict[str, str], basic: str) -> tuple[int, dict[str, Any]]:
        expected = b":".join(part.encode() for part in (CLIENT, SECRET.replace(" ", "+")))
        plain = b":".join(part.encode() for part in (CLIENT, SECRET))
        posted = (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        if not posted and b64decode(basic.removeprefix("Basic ")) not in {expected, plain}:
            return 401, {"error": "invalid_client"}
        sent = self.codes.pop(form["code"], None)
        digest = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if sent is None or digest != sent["code_challenge"] or form["redirect_uri"] != sent["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": sent["nonce"],
            "sub": self.person["sub"],
            **({} if self.thin else self.person),
            **self.token,
        }
        header = {"alg": "RS256", "kid": self.key.kid}
        signed = jwt.encode(header, {name: each for name, each in claims.items() if each is not None}, self.key)
        return 200, {"access_token": "for the person", "token_type": "Bearer", "expires_in": 300, "id_token": signed}


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer({name: values[0] for name, values in parse_qs(body).items()})

    def _answer(self, form: dict[str, str]) -> None:
        provider, path = self.provider, urlsplit(self.path).path
        provider.asked.append(path)
        status, found = 200, {}
        if provider.down:
            status, found = 503, {}
        elif path == "/authorize":
            self._authorize()
            return
        elif path == "/.well-known/openid-configuration":
            found = provider.discovery()
        elif path == "/keys":
            found = {"keys": [key.as_dict(private=False) for key in provider.published or [provider.key]]}
        elif path == "/person":
            right = self.headers["Authorization"] == "Bearer for the person"
            status, found = (200, provider.person) if right else (401, {})
        elif path == "/token":
            status, found = provider.exchange(form, self.headers.get("Authorization", ""))
        else:
            status = 404
        self._send(status, "application/json", json.dumps(found))

    def _authorize(self) -> None:
        provider = self.provider
        sent = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if provider.asks and not {"email", "cancel"} & set(sent):
            kept = (f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in sent.items())
            self._send(200, "text/html", PAGE.format(sent="".join(kept)))
            return
        back = {"error": "access_denied", "state": sent["state"]}
        if "cancel" not in sent:
            email = sent.get("email")
            if email:
                name = email.partition("@")[0].replace(".", " ").title()
                provider.person = {"sub": email, "email": email, "email_verified": True, "name": name}
            back = provider.visit(self.path)
        self.send_response(302)
        self.send_header("Location", f"{sent['redirect_uri']}?{urlencode(back)}")
        self.end_headers()

    def _send(self, status: int, content_type: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing is printed among what tests print."""


@contextmanager
def serve(provider: Provider, port: int = 0) -> Iterator[Provider]:
    server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"provider": provider}))
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


if __name__ == "__main__":
    with serve(Provider(asks=True), int(sys.argv[1])):
        threading.Event().wait()
