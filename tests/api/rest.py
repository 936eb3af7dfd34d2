"""What the tests of the REST surface share: clients with keys and tokens, and uploads."""

import io
import json
from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from typing import Any

from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.client import ClientHandler

from upstream.accounts import service_keys, tokens
from upstream.accounts.models import Session
from upstream.core import clock
from upstream.core.actor import Actor

UPLOADS = "/api/v1/uploads/"
CSV = b"""claim_id,payer,procedure_code,submitted_date,outcome,billed_amount,patient_name
C1,Aster Health,99213,2026-03-02,pending,100.00,Wren Hollowell
,,,2026-03-02,pending,1.00,Wren Hollowell
"""
_numbers = count(1)


def new_key(maker: Actor, *scopes: str) -> str:
    """A key's text; without scopes it may read and write uploads."""
    _, text = service_keys.create_service_key(
        actor=maker,
        name="Practice system",
        scopes=scopes or ("uploads:read", "uploads:write"),
        expires_on=clock.today() + timedelta(days=90),
    )
    return text


def with_key(text: str) -> Client:
    return Client(headers={"Authorization": f"Api-Key {text}"})


def with_token(actor: Actor) -> Client:
    access, _ = tokens.access_token(Session.unscoped.get(pk=actor.session_id))
    return Client(headers={"Authorization": f"Bearer {access}"})


def send(
    client: Client, body: bytes = CSV, *, key: str | None = None, name: str = "march.csv", **more: Any
) -> HttpResponse:
    """The file as the body, under a key of its own unless one is given."""
    headers = {"Idempotency-Key": key or f"file-{next(_numbers)}", "X-File-Name": name}
    return client.post(UPLOADS, body, content_type="application/octet-stream", headers=headers, **more)


def form(*parts: tuple[str, bytes], boundary: str = "limit", end: bytes = b"--") -> bytes:
    """A multipart body of (header line, content) parts."""
    line = b"--" + boundary.encode()
    written = [
        line + b"\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
        for head, content in parts
    ]
    return b"".join(written) + line + end + b"\r\n"


def send_form(client: Client, body: bytes, *, key: str | None = None, boundary: str = "limit") -> HttpResponse:
    headers = {"Idempotency-Key": key or f"form-{next(_numbers)}"}
    return client.post(UPLOADS, body, content_type=f"multipart/form-data; boundary={boundary}", headers=headers)


def told(response: HttpResponse) -> tuple[int, str, str | None]:
    """Status, code and field of an error, which has nothing else but a message."""
    body = response.json()
    assert set(body) <= {"code", "message", "field"} and body["message"]
    return response.status_code, body["code"], body.get("field")


def stream(
    headers: dict[str, str], pieces: Iterable[bytes], length: int, *, method: str = "POST", path: str = UPLOADS
) -> tuple[int, dict[str, Any]]:
    """Send a body that comes piece by piece, as a server hands it on; returns the status and the answer."""
    environ = RequestFactory()._base_environ(
        REQUEST_METHOD=method, PATH_INFO=path, CONTENT_LENGTH=str(length), CONTENT_TYPE=headers["Content-Type"]
    )
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    environ["wsgi.input"] = _Arriving(pieces)
    response = ClientHandler()(environ)
    return response.status_code, json.loads(response.content)


class _Arriving(io.RawIOBase):
    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._held = iter(pieces), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held and (piece := next(self._pieces, None)) is not None:
            self._held = piece
        found, self._held = self._held[: len(buffer)], self._held[len(buffer) :]
        buffer[: len(found)] = found
        return len(found)
