"""Webhooks: FHIR that another system sends, signed; what is unsigned, stale or comes twice is turned away alike."""

import hmac
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from api.rest import told
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from support import Thread

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent
from upstream.claims.models import Claim
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.intake import services, webhooks
from upstream.intake.models import Upload, Webhook, WebhookSignature

CLAIM = {
    "resourceType": "Claim",
    "status": "active",
    "use": "claim",
    "identifier": [{"value": "W-1"}],
    "created": "2026-03-02",
    "insurer": {"display": "Aster Health"},
    "item": [
        {
            "sequence": 1,
            "productOrService": {"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": "99213"}]},
            "servicedDate": "2026-03-01",
            "net": {"value": 120, "currency": "USD"},
        }
    ],
    "total": {"value": 120, "currency": "USD"},
}
STATUS = {"resource": {"resourceType": "SubscriptionStatus", "type": "event-notification", "status": "active"}}
REFUSED = (401, "UNAUTHENTICATED", "X-Upstream-Signature")
CREATE = "mutation($name: String!) { createWebhook(name: $name) { secret webhook { id path } errors { code } } }"
LIST = "{ webhooks { totalCount items { id name path createdAt rotatedAt revokedAt lastUsedAt createdBy { name } } } }"


def signed(secret: str, body: bytes, seconds: int) -> str:
    """As the documentation says it, by hand."""
    digest = hmac.new(secret.encode(), str(seconds).encode() + b"." + body, sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def now() -> int:
    return int(clock.now().timestamp())


def send(webhook_id: UUID | str, secret: str, content: Any = CLAIM, **more: Any) -> HttpResponse:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    header = more.pop("header", None)
    if header is None:
        header = signed(secret, body, more.pop("seconds", now()))
    return Client().post(
        f"/api/v1/webhooks/fhir/{webhook_id}/",
        body,
        content_type=more.pop("content_type", "application/fhir+json"),
        headers={"X-Upstream-Signature": header},
    )


@pytest.fixture
def webhook(owner: Actor) -> tuple[UUID, str]:
    made, secret = webhooks.create_webhook(actor=owner, name="EHR")
    return made.pk, secret


def test_what_is_signed_is_taken_in_and_read(
    organization: Organization, webhook: tuple[UUID, str], run_jobs: Callable[[], int]
) -> None:
    taken = send(*webhook)
    assert taken.status_code == 202
    upload = Upload.objects.for_organization(organization).get(pk=taken.json()["id"])
    assert upload.file_name == "EHR Claim.json"
    run_jobs()
    assert Claim.objects.for_organization(organization).filter(control_number="W-1").count() == 1
    event = AuditEvent.objects.for_organization(organization).get(action="upload.received")
    assert (event.actor_kind, event.actor_id) == ("webhook", webhook[0])
    assert Webhook.unscoped.get().last_used_at


def test_a_notification_is_taken_as_its_entries(
    organization: Organization, webhook: tuple[UUID, str], run_jobs: Callable[[], int]
) -> None:
    for kind in ("history", "subscription-notification"):
        claim = CLAIM | {"identifier": [{"value": kind}]}
        bundle = {"resourceType": "Bundle", "type": kind, "entry": [STATUS, {"resource": claim}]}
        assert send(*webhook, bundle, content_type="application/json").status_code == 202
    run_jobs()
    assert Claim.objects.for_organization(organization).count() == 2


def test_a_handshake_is_answered_and_brings_nothing(webhook: tuple[UUID, str]) -> None:
    bundle = {"resourceType": "Bundle", "type": "subscription-notification", "entry": [STATUS]}
    header = signed(webhook[1], json.dumps(bundle).encode(), now())
    assert send(*webhook, bundle, header=header).status_code == 204
    assert told(send(*webhook, bundle, header=header)) == REFUSED
    assert not Upload.unscoped.exists()


def test_whatever_is_wrong_with_id_or_signature_is_answered_alike(webhook: tuple[UUID, str], owner: Actor) -> None:
    webhook_id, secret = webhook
    body, seconds = json.dumps(CLAIM).encode(), now()
    right = signed(secret, body, seconds)
    answers = [
        send(uuid4(), secret),
        send(webhook_id, "uwh_another"),
        send(webhook_id, secret, seconds=seconds - 301),
        send(webhook_id, secret, seconds=seconds + 310),
        send(webhook_id, secret, {**CLAIM, "status": "draft"}, header=right),
        *(
            send(webhook_id, secret, header=header)
            for header in ("", right.upper(), right[2:], right.replace(f"t={seconds}", f"t={seconds - 1}"), right + " ")
        ),
        send(webhook_id, secret, b"", header=""),
    ]
    assert {answer.content for answer in answers} == {answers[0].content} and told(answers[0]) == REFUSED
    webhooks.revoke_webhook(actor=owner, webhook_id=webhook_id)
    assert send(webhook_id, secret).content == answers[0].content
    assert not Upload.unscoped.exists() and not WebhookSignature.unscoped.exists()


def test_a_signature_counts_once_and_is_forgotten_when_it_is_too_old(webhook: tuple[UUID, str]) -> None:
    seconds = now() - 200
    assert send(*webhook, seconds=seconds).status_code == 202
    assert told(send(*webhook, seconds=seconds)) == REFUSED
    assert send(*webhook).status_code == 202, "the same message, signed anew"
    assert webhooks.expire() == 0
    WebhookSignature.unscoped.filter(expires_at__lt=clock.now() + timedelta(seconds=150)).update(
        expires_at=clock.now() - timedelta(seconds=1)
    )
    assert webhooks.expire() == 1


def test_a_message_that_could_not_be_kept_may_come_again(
    webhook: tuple[UUID, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError("no space")

    seconds = now()
    with monkeypatch.context() as broken:
        broken.setattr(services.jobs, "enqueue", full)
        assert send(*webhook, seconds=seconds).status_code == 500
    assert send(*webhook, seconds=seconds).status_code == 202


@pytest.mark.django_db(transaction=True)
def test_of_one_message_twice_at_once_one_is_taken(webhook: tuple[UUID, str], monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2)
    receive_upload = webhooks.receive_upload

    def together(**values: Any) -> Upload:
        both.wait(timeout=20)
        return receive_upload(**values)

    monkeypatch.setattr(webhooks, "receive_upload", together)
    statuses: list[int] = []
    seconds = now()

    def one() -> None:
        statuses.append(send(*webhook, seconds=seconds).status_code)
        connection.close()

    threads = [Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [202, 401]
    assert Upload.unscoped.count() == WebhookSignature.unscoped.count() == 1


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"no json", b'{"resourceType": 5}', b'{"resourceType": "a b"}'])
def test_what_is_no_fhir_is_told_to_who_signed_it(webhook: tuple[UUID, str], body: bytes) -> None:
    assert told(send(*webhook, body)) == (400, "INVALID", "body")
    assert not Upload.unscoped.exists()


def test_other_media_types_and_large_bodies_are_refused(webhook: tuple[UUID, str], monkeypatch: Any) -> None:
    assert told(send(*webhook, content_type="text/csv")) == (415, "INVALID", None)
    monkeypatch.setattr("upstream.rest.bodies.LARGEST_SIGNED", 100)
    assert told(send(*webhook)) == told(send(uuid4(), "x")) == (413, "TOO_LARGE", None)


# Making and ending them


def test_the_secret_is_told_once_and_kept_encrypted(graphql: Callable, admin: Actor) -> None:
    answer = graphql(admin)(CREATE, {"name": " EHR  north "})["data"]["createWebhook"]
    secret = answer["secret"]
    assert send(answer["webhook"]["path"].split("/")[-2], secret).status_code == 202
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM intake_webhook")
        (kept,) = cursor.fetchone()
    assert secret not in kept
    listed = graphql(admin)(LIST)
    assert secret not in json.dumps(listed)
    (item,) = listed["data"]["webhooks"]["items"]
    assert (item["name"], item["createdBy"]["name"]) == ("EHR north", "Admin Person") and item["lastUsedAt"]


def test_after_a_rotation_only_the_new_secret_counts(webhook: tuple[UUID, str], owner: Actor) -> None:
    webhook_id, old = webhook
    _, new = webhooks.rotate_webhook(actor=owner, webhook_id=webhook_id)
    assert told(send(webhook_id, old)) == REFUSED and send(webhook_id, new).status_code == 202
    webhooks.revoke_webhook(actor=owner, webhook_id=webhook_id)
    with pytest.raises(ServiceError, match="Create another"):
        webhooks.rotate_webhook(actor=owner, webhook_id=webhook_id)
    events = AuditEvent.unscoped.filter(target_type="webhook").order_by("sequence")
    assert [event.action for event in events] == ["webhook.created", "webhook.rotated", "webhook.revoked"]
    assert old not in str([event.detail for event in events])


@pytest.mark.parametrize("role", [Role.CARE_TEAM, Role.ANALYST, Role.AUDITOR, Role.VIEWER, Role.INTEGRATION])
def test_only_owners_and_admins_deal_with_them(webhook: tuple[UUID, str], member: Callable, role: Role) -> None:
    actor = member(role)
    for attempt in (
        lambda: webhooks.create_webhook(actor=actor, name="x"),
        lambda: webhooks.rotate_webhook(actor=actor, webhook_id=webhook[0]),
        lambda: webhooks.revoke_webhook(actor=actor, webhook_id=webhook[0]),
    ):
        with pytest.raises(ServiceError) as refusal:
            attempt()
        assert refusal.value.code == ErrorCode.FORBIDDEN
    assert send(*webhook).status_code == 202
