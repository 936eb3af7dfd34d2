"""Addresses told of new alerts: who makes them, what is sent, what is never connected to, what becomes of faults."""

import hmac
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, ClassVar

import pytest
from alerts.made_signals import alert as made_alert
from alerts.made_signals import signal as made_signal
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.alerts import sending, webhooks
from upstream.alerts.models import AlertDelivery, AlertWebhook
from upstream.alerts.refresh import refresh_alerts
from upstream.alerts.sending import Unsent, checked_address, is_public, send
from upstream.audit.models import AuditEvent, ConfigurationChange
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.core.errors import ServiceError
from upstream.core.models import Job, JobState

HOST = "hooks.example.org"
PUBLIC = "93.184.215.14"


class Listener:
    """A real https server with a certificate for HOST, which does as it is told and remembers what it got."""

    def __init__(self, folder: Path) -> None:
        self.got: list[dict[str, Any]] = []
        self.status, self.headers, self.body, self.wait, self.drip = 204, {}, b"", 0.0, False
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.got.append({"path": self.path, "headers": dict(self.headers), "body": body})
                time.sleep(listener.wait)
                if listener.drip:
                    for _ in range(200):
                        self.wfile.write(b"H")
                        self.wfile.flush()
                        time.sleep(0.05)
                self.send_response(listener.status)
                for name, value in listener.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(listener.body)))
                self.end_headers()
                self.wfile.write(listener.body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority = certificate(folder)
        context.load_cert_chain(folder / "server.pem")
        self.names: list[str | None] = []
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = int(self.server.server_address[1])
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, host: str = HOST) -> str:
        return f"https://{host}:{self.port}/alerts?token=1"


def certificate(folder: Path) -> Path:
    """A certificate of HOST, signed by itself, with its key; returns what trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    ).public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(secret + made)
    (folder / "authority.pem").write_bytes(made)
    return folder / "authority.pem"


class Names:
    """The name server's answers for HOST, one after another, the last one again and again, counted."""

    answers: ClassVar[list[list[str]]] = []
    asked = 0

    def __call__(self, host: str, port: int, *_: object, **__: object) -> list[tuple[Any, ...]]:
        if host != HOST:
            return _real(host, port, type=socket.SOCK_STREAM)
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if not answer:
            raise socket.gaierror(8, "not known")
        return [
            (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in answer
        ]


_real = socket.getaddrinfo


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    names = Names()
    names.answers = [["127.0.0.1"]]
    monkeypatch.setattr(socket, "getaddrinfo", names)
    return names


@pytest.fixture
def listener(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings, names: Names) -> Iterator[Listener]:
    listener = Listener(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(listener.authority))
    settings.ALERT_WEBHOOK_PORTS = frozenset({443, listener.port})
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


@pytest.fixture
def _loopback_is_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """The only server at hand: as if it stood in the internet."""
    monkeypatch.setattr(sending, "is_public", lambda address: str(address) == "127.0.0.1" or is_public(address))


# What is connected to


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *(
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "ff02::1",
        ),
        *("::ffff:127.0.0.1", "::ffff:93.184.215.14", "2002:7f00:1::", "2001:0:1::1", "64:ff9b::7f00:1"),
        "2001:db8::1",
    ],
)
def test_no_address_but_public_ones_counts(address: str, names: Names) -> None:
    assert not is_public(ip_address(address))
    for answer in ([address], [PUBLIC, address]):
        names.answers, names.asked = [answer], 0
        with pytest.raises(Unsent, match="not public") as refused:
            send(f"https://{HOST}/", b"{}", {})
        assert refused.value.for_good and names.asked == 1


def test_public_addresses_count() -> None:
    assert is_public(ip_address(PUBLIC)) and is_public(ip_address("2606:4700::1111"))


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example.org/", "ftp://hooks.example.org/", "https://", "https://a:b@hooks.example.org/"),
        *("https://hooks.example.org:8443/", "https://hooks.example.org:99999/", "https://hooks.example.org/#a"),
        *("https://hooks.example.org\\@127.0.0.1/", "https://höoks.example.org/", "https://hooks.example.org/a b", "x"),
        "https://[::1",
    ],
)
def test_addresses_that_are_none_are_refused(url: str, owner: Actor) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        checked_address(url)
    with pytest.raises(ServiceError) as refused:
        webhooks.create_alert_webhook(actor=owner, name="Chat", url=url)
    assert (refused.value.code, refused.value.field) == ("INVALID", "url")


@pytest.mark.usefixtures("_loopback_is_public")
def test_the_connection_goes_to_the_address_that_was_looked_at(listener: Listener, names: Names) -> None:
    """The name server answers a second question with an address within: there is no second question."""
    names.answers = [["127.0.0.1"], ["10.0.0.1"]]
    assert send(listener.url(), b"{}", {}) == 204
    assert names.asked == 1 and listener.names == [HOST]
    assert listener.got[0]["headers"]["Host"] == f"{HOST}:{listener.port}"
    assert listener.got[0]["path"] == "/alerts?token=1"


@pytest.mark.usefixtures("_loopback_is_public")
def test_a_certificate_of_another_name_or_of_nobody_known_is_refused(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unsent, match="connection failed"):
        send(listener.url("localhost"), b"{}", {})
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Unsent, match="connection failed"):
        send(listener.url(), b"{}", {})
    assert listener.got == []


@pytest.mark.usefixtures("_loopback_is_public")
def test_proxies_of_the_environment_are_not_used(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert send(listener.url(), b"{}", {}) == 204


@pytest.mark.usefixtures("_loopback_is_public")
def test_a_redirect_is_not_followed(listener: Listener) -> None:
    listener.status, listener.headers = 307, {"Location": listener.url("localhost")}
    with pytest.raises(Unsent, match="leads elsewhere") as refused:
        send(listener.url(), b"{}", {})
    assert refused.value.for_good and refused.value.status == 307 and len(listener.got) == 1


@pytest.mark.usefixtures("_loopback_is_public")
@pytest.mark.parametrize("how", ["wait", "drip"])
def test_an_answer_that_does_not_come_in_time_is_not_waited_for(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(sending, "TOTAL_SECONDS", 0.6)
    listener.wait, listener.drip = (5.0, False) if how == "wait" else (0.0, True)
    began = time.monotonic()
    with pytest.raises(Unsent, match="in time"):
        send(listener.url(), b"{}", {})
    assert time.monotonic() - began < 2


@pytest.mark.usefixtures("_loopback_is_public")
def test_a_long_answer_is_read_no_further_than_it_counts(listener: Listener) -> None:
    listener.status, listener.body = 200, b"x" * 50_000_000
    began = time.monotonic()
    assert send(listener.url(), b"{}", {}) == 200
    assert time.monotonic() - began < 3


# What is sent


@pytest.mark.usefixtures("_loopback_is_public")
def test_a_new_alert_is_told_signed_and_without_patients(
    organization: Organization, other_organization: Organization, owner: Actor, listener: Listener, run_jobs: Callable
) -> None:
    _, secret = webhooks.create_alert_webhook(actor=owner, name="Chat", url=listener.url())
    alert = made_alert(organization, made_signal(organization))
    webhooks.tell_of(organization.pk, [alert])
    webhooks.tell_of(other_organization.pk, [])
    run_jobs()
    (got,) = listener.got
    told = json.loads(got["body"])
    assert set(told) == {"event", "at", "alert", "kind", "headline", "link"}
    assert (told["event"], told["alert"], told["kind"]) == ("alert.opened", str(alert.pk), alert.signal.kind)
    assert told["link"].endswith(f"/alerts/{alert.pk}") and alert.signal.payer.name in told["headline"]
    seconds, _, v1 = got["headers"]["X-Upstream-Signature"].removeprefix("t=").partition(",v1=")
    assert hmac.new(secret.encode(), f"{seconds}.".encode() + got["body"], sha256).hexdigest() == v1
    delivery = AlertDelivery.objects.for_organization(organization).get()
    assert got["headers"]["X-Upstream-Delivery"] == str(delivery.pk)
    assert (delivery.attempts, delivery.status, delivery.problem) == (1, 204, "") and delivery.delivered_at


@pytest.mark.usefixtures("_loopback_is_public")
def test_a_fault_is_tried_again_later_and_given_up_in_the_end(
    organization: Organization, owner: Actor, listener: Listener, run_jobs: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook, _ = webhooks.create_alert_webhook(actor=owner, name="Chat", url=listener.url())
    webhooks.send_test(actor=owner, webhook_id=webhook.pk)
    listener.status = 500
    waits = []
    began = moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    while run_jobs():
        waiting = Job.objects.for_organization(organization).filter(state=JobState.QUEUED).first()
        if waiting is None:
            break
        waits.append((waiting.run_after - moment).total_seconds())
        assert AlertDelivery.objects.for_organization(organization).get().next_attempt_at == waiting.run_after
        moment = waiting.run_after
    delivery = AlertDelivery.objects.for_organization(organization).get()
    assert waits == [30, 120, 480, 1920, 7680, 30720]
    assert (delivery.attempts, delivery.status, delivery.problem) == (7, 500, "The answer was 500.")
    assert delivery.given_up and delivery.delivered_at is None and len(listener.got) == 7
    assert delivery.next_attempt_at is None
    webhook.refresh_from_db()
    assert (webhook.told_at, webhook.failing_since) == (None, began)
    listener.status = 204
    webhooks.send_test(actor=owner, webhook_id=webhook.pk)
    run_jobs()
    assert len(listener.got) == 8
    webhook.refresh_from_db()
    assert (webhook.told_at, webhook.failing_since) == (moment, None)
    changes = ConfigurationChange.objects.for_organization(organization).filter(target_type="alert_webhook")
    assert changes.count() == 1


def test_an_address_within_is_given_up_at_once(
    organization: Organization, owner: Actor, listener: Listener, run_jobs: Callable
) -> None:
    webhook, _ = webhooks.create_alert_webhook(actor=owner, name="Chat", url=listener.url())
    webhooks.send_test(actor=owner, webhook_id=webhook.pk)
    run_jobs()
    delivery = AlertDelivery.objects.for_organization(organization).get()
    assert delivery.given_up and "not public" in delivery.problem and listener.got == []
    assert not Job.objects.for_organization(organization).filter(state=JobState.QUEUED).exists()


@pytest.mark.usefixtures("_loopback_is_public")
def test_nothing_is_sent_after_removal_and_a_new_secret_signs_what_waits(
    organization: Organization, owner: Actor, listener: Listener, run_jobs: Callable
) -> None:
    webhook, first = webhooks.create_alert_webhook(actor=owner, name="Chat", url=listener.url())
    webhooks.send_test(actor=owner, webhook_id=webhook.pk)
    _, second = webhooks.rotate_alert_webhook(actor=owner, webhook_id=webhook.pk)
    run_jobs()
    header, body = listener.got[0]["headers"]["X-Upstream-Signature"], listener.got[0]["body"]
    seconds, _, v1 = header.removeprefix("t=").partition(",v1=")
    signed = {hmac.new(each.encode(), f"{seconds}.".encode() + body, sha256).hexdigest() for each in (second,)}
    assert signed == {v1} and first != second
    webhooks.send_test(actor=owner, webhook_id=webhook.pk)
    webhooks.remove_alert_webhook(actor=owner, webhook_id=webhook.pk)
    run_jobs()
    assert len(listener.got) == 1
    for act in (webhooks.rotate_alert_webhook, webhooks.remove_alert_webhook, webhooks.send_test):
        with pytest.raises(ServiceError, match="No such webhook"):
            act(actor=owner, webhook_id=webhook.pk)
    actions = AuditEvent.objects.for_organization(organization).filter(target_type="alert_webhook")
    assert list(actions.order_by("sequence").values_list("action", flat=True)) == [
        *("alert_webhook.created", "alert_webhook.tested", "alert_webhook.rotated", "alert_webhook.tested"),
        "alert_webhook.removed",
    ]


def test_the_last_hundred_results_are_kept(
    organization: Organization, owner: Actor, names: Names, run_jobs: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "KEPT_DELIVERIES", 3)
    webhook, _ = webhooks.create_alert_webhook(actor=owner, name="Chat", url=f"https://{HOST}/")
    sent = [webhooks.send_test(actor=owner, webhook_id=webhook.pk).pk for _ in range(5)]
    run_jobs()
    left = AlertDelivery.objects.for_organization(organization).values_list("pk", flat=True)
    assert set(left) == set(sent[-3:])


@pytest.mark.usefixtures("_loopback_is_public")
def test_a_run_that_opens_an_alert_tells_of_it_once(
    organization: Organization, owner: Actor, listener: Listener, run_jobs: Callable
) -> None:
    webhooks.create_alert_webhook(actor=owner, name="Chat", url=listener.url())
    run = made_signal(organization).run
    (opened,) = refresh_alerts(organization_id=organization.pk, run=run)
    assert refresh_alerts(organization_id=organization.pk, run=run) == []
    run_jobs()
    assert [json.loads(got["body"])["alert"] for got in listener.got] == [str(opened.pk)]


# In the graph

CREATE = """mutation { createAlertWebhook(name: "Chat", url: "https://hooks.example.org/x") {
  alertWebhook { id name url } secret errors { code field } } }"""


@pytest.mark.parametrize("role", Role)
def test_who_makes_service_keys_makes_addresses(
    organization: Organization, member: Callable, graphql: Callable, role: Role
) -> None:
    ask = graphql(member(role))
    answer = ask(CREATE)["data"]["createAlertWebhook"]
    stored = AlertWebhook.objects.for_organization(organization)
    if role not in (Role.OWNER, Role.ADMIN):
        assert answer is None and not stored.exists()
        return
    webhook = stored.get()
    assert answer == {
        "alertWebhook": {"id": str(webhook.pk), "name": "Chat", "url": "https://hooks.example.org/x"},
        "secret": webhook.secret,
        "errors": [],
    }
    told = ask("{ alertWebhooks { items { id name removedAt } } }")
    assert told["data"]["alertWebhooks"]["items"] == [{"id": str(webhook.pk), "name": "Chat", "removedAt": None}]
    assert webhook.secret not in json.dumps(told)
    sent = ask(
        f'mutation {{ testAlertWebhook(id: "{webhook.pk}") {{ delivery {{ event attempts }} errors {{ code }} }} }}'
    )
    assert sent["data"]["testAlertWebhook"] == {"delivery": {"event": "test", "attempts": 0}, "errors": []}
    listed = ask(f'{{ alertDeliveries(id: "{webhook.pk}") {{ items {{ event givenUp }} }} }}')
    assert listed["data"]["alertDeliveries"]["items"] == [{"event": "test", "givenUp": False}]
