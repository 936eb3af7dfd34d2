"""Service keys: made by owners and admins, told once, worth what their scopes say until their day or their end."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from upstream.accounts import service_keys
from upstream.accounts.models import Membership, Organization, ServiceKey
from upstream.accounts.roles import Role, Scope
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import Actor, ActorKind
from upstream.core.errors import ErrorCode, ServiceError

CREATE = """mutation($input: CreateServiceKeyInput!) { createServiceKey(input: $input) {
  key serviceKey { id name prefix scopes expiresAt revokedAt lastUsedAt createdBy { name } }
  errors { code field message } } }"""
REVOKE = """mutation($id: ID!) { revokeServiceKey(id: $id) { serviceKey { id revokedAt } errors { code message } } }"""
LIST = "{ serviceKeys { totalCount items { id name prefix revokedAt lastUsedAt } } }"


def in_days(days: int) -> date:
    return clock.today() + timedelta(days=days)


def make(actor: Actor, **values: Any) -> tuple[ServiceKey, str]:
    given: dict[str, Any] = {"name": "Practice system", "scopes": [Scope.UPLOADS_WRITE], "expires_on": in_days(90)}
    return service_keys.create_service_key(actor=actor, **(given | values))


def refused(actor: Actor, **values: Any) -> tuple[ErrorCode, str | None]:
    with pytest.raises(ServiceError) as refusal:
        make(actor, **values)
    return refusal.value.code, refusal.value.field


def test_a_key_is_told_once_and_only_its_digest_is_kept(graphql: Callable, admin: Actor) -> None:
    values = {"name": "  Practice   system ", "scopes": ["UPLOADS_WRITE", "UPLOADS_READ"], "expiresOn": in_days(90)}
    answer = graphql(admin)(CREATE, {"input": values})["data"]["createServiceKey"]
    assert answer["errors"] == []
    key, shown = answer["key"], answer["serviceKey"]
    assert key.startswith(shown["prefix"] + "_") and len(key) == 60
    assert (shown["name"], shown["scopes"]) == ("Practice system", ["UPLOADS_READ", "UPLOADS_WRITE"])
    assert shown["createdBy"] == {"name": "Admin Person"}
    kept = ServiceKey.unscoped.get(pk=shown["id"])
    assert kept.expires_at == datetime.combine(in_days(90), datetime.min.time(), UTC)
    secret = key.removeprefix(shown["prefix"] + "_")
    assert all(secret not in str(value) for value in vars(kept).values())
    assert secret not in str(graphql(admin)(LIST))


def test_making_and_ending_a_key_is_audited_without_its_secret(organization: Organization, owner: Actor) -> None:
    key, text = make(owner)
    service_keys.revoke_service_key(actor=owner, key_id=key.pk)
    events = AuditEvent.objects.for_organization(organization).filter(target_type="service_key").order_by("sequence")
    assert [(event.action, event.actor_id, event.target_id) for event in events] == [
        ("service_key.created", owner.user_id, str(key.pk)),
        ("service_key.revoked", owner.user_id, str(key.pk)),
    ]
    assert text.rpartition("_")[2] not in str([event.detail for event in events])


@pytest.mark.parametrize("role", [Role.CARE_TEAM, Role.ANALYST, Role.AUDITOR, Role.VIEWER, Role.INTEGRATION])
def test_only_owners_and_admins_deal_with_keys(member: Callable, owner: Actor, role: Role) -> None:
    key, _ = make(owner)
    actor = member(role)
    assert refused(actor)[0] == ErrorCode.FORBIDDEN
    with pytest.raises(ServiceError) as refusal:
        service_keys.revoke_service_key(actor=actor, key_id=key.pk)
    assert refusal.value.code == ErrorCode.FORBIDDEN
    assert not ServiceKey.unscoped.exclude(pk=key.pk).exists() and not ServiceKey.unscoped.get().revoked_at


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"name": " "}, (ErrorCode.REQUIRED, "name")),
        ({"name": "x" * 81}, (ErrorCode.INVALID, "name")),
        ({"name": "a\u202eb"}, (ErrorCode.INVALID, "name")),
        ({"name": "a\x00b"}, (ErrorCode.INVALID, "name")),
        ({"scopes": []}, (ErrorCode.REQUIRED, "scopes")),
        ({"scopes": ["everything"]}, (ErrorCode.INVALID, "scopes")),
        ({"expires_on": in_days(0)}, (ErrorCode.INVALID, "expiresOn")),
        ({"expires_on": in_days(367)}, (ErrorCode.INVALID, "expiresOn")),
    ],
)
def test_what_a_key_lacks_is_told_at_its_field(owner: Actor, values: dict, expected: tuple) -> None:
    assert refused(owner, **values) == expected
    assert not ServiceKey.unscoped.exists()


@pytest.mark.parametrize("days", [1, 365])
def test_a_key_lives_from_a_day_to_a_year(owner: Actor, days: int) -> None:
    key, text = make(owner, expires_on=in_days(days))
    assert key.expires_at - clock.now() <= timedelta(days=365)
    assert service_keys.authenticate(text) is not None


def test_a_key_acts_with_the_integration_role_as_far_as_its_scopes_go(organization: Organization, owner: Actor) -> None:
    for scopes, permissions in (
        (["uploads:write"], {"UPLOADS_WRITE"}),
        (["uploads:read"], {"UPLOADS_READ"}),
        (["uploads:read", "uploads:write"], {"UPLOADS_READ", "UPLOADS_WRITE"}),
    ):
        key, text = make(owner, scopes=scopes)
        actor = service_keys.authenticate(text)
        assert actor == Actor(
            organization_id=organization.pk,
            user_id=None,
            permissions=frozenset(permissions),
            kind=ActorKind.SERVICE_KEY,
            service_key_id=key.pk,
        )


def test_another_secret_another_beginning_and_other_texts_are_nobody(owner: Actor) -> None:
    _, text = make(owner)
    _, other = make(owner)
    texts = [
        text[:-1] + ("A" if text[-1] != "A" else "B"),
        other[:17] + text[17:],
        "upk_000000000000_" + text[17:],
        text[:16],
        text + "A",
        text.upper(),
        "upk_\x00" + text[5:],
        "",
        "é",
    ]
    assert [service_keys.authenticate(each) for each in texts] == [None] * len(texts)


def test_a_key_counts_until_its_moment(owner: Actor) -> None:
    _, text = make(owner)
    ServiceKey.unscoped.update(expires_at=clock.now() + timedelta(minutes=1))
    assert service_keys.authenticate(text) is not None
    ServiceKey.unscoped.update(expires_at=clock.now())
    assert service_keys.authenticate(text) is None


def test_a_revoked_key_does_not_count_and_stays_revoked(graphql: Callable, owner: Actor) -> None:
    key, text = make(owner)
    ask = graphql(owner)
    first = ask(REVOKE, {"id": str(key.pk)})["data"]["revokeServiceKey"]
    assert first["errors"] == [] and first["serviceKey"]["revokedAt"]
    assert service_keys.authenticate(text) is None
    assert ask(REVOKE, {"id": str(key.pk)})["data"]["revokeServiceKey"] == first
    assert AuditEvent.unscoped.filter(action="service_key.revoked").count() == 1


def test_a_key_outlives_the_person_who_made_it(organization: Organization, owner: Actor) -> None:
    _, text = make(owner)
    Membership.objects.for_organization(organization).filter(user_id=owner.user_id).delete()
    assert service_keys.authenticate(text) is not None


def test_the_last_use_is_noted_at_most_once_a_minute(owner: Actor, count_queries: Callable) -> None:
    key, text = make(owner)
    service_keys.authenticate(text)
    key.refresh_from_db()
    assert key.last_used_at and clock.now() - key.last_used_at < timedelta(minutes=1)
    with count_queries() as queries:
        service_keys.authenticate(text)
    assert len(queries) == 1
    earlier = clock.now() - timedelta(minutes=1)
    ServiceKey.unscoped.update(last_used_at=earlier)
    service_keys.authenticate(text)
    key.refresh_from_db()
    assert key.last_used_at > earlier


def test_a_wrong_secret_notes_no_use(owner: Actor) -> None:
    key, text = make(owner)
    service_keys.authenticate(text[:-5] + "AAAAA")
    key.refresh_from_db()
    assert key.last_used_at is None


def test_keys_of_another_organization_are_not_there(
    graphql: Callable, owner: Actor, member: Callable, other_organization: Organization
) -> None:
    key, text = make(member(Role.OWNER, other_organization))
    answers = [graphql(owner)(REVOKE, {"id": identifier}) for identifier in (str(key.pk), str(owner.user_id), "x")]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["data"]["revokeServiceKey"]["errors"] == [{"code": "NOT_FOUND", "message": "No such key."}]
    assert graphql(owner)(LIST)["data"]["serviceKeys"] == {"totalCount": 0, "items": []}
    assert service_keys.authenticate(text) is not None


def test_the_graph_knows_no_service_keys(graphql: Callable, owner: Actor) -> None:
    _, text = make(owner)
    ask = graphql()
    for scheme in ("Api-Key", "Bearer"):
        ask.client.defaults["HTTP_AUTHORIZATION"] = f"{scheme} {text}"
        assert ask("{ uploads { totalCount } }")["data"] == {"uploads": None}
