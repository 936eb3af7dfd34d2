"""Changes of the configuration: kept field by field, for whom they were made and by whom, without what is secret."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from auditlog.registry import auditlog
from django.db import DatabaseError, connection, models, transaction
from django.test import Client

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role, Scope
from upstream.accounts.service_keys import actor_of, create_service_key, revoke_service_key
from upstream.audit.acting import acting
from upstream.audit.configuration import target_of
from upstream.audit.models import ConfigurationChange
from upstream.audit.words import TARGETS
from upstream.claims.models import ServiceGroup
from upstream.core import clock, scope
from upstream.core.actor import Actor, ActorKind
from upstream.core.models import OrganizationModel
from upstream.detection.models import DetectionSettings
from upstream.detection.settings import update_detection_settings
from upstream.intake.models import Webhook
from upstream.intake.webhooks import create_webhook, revoke_webhook, rotate_webhook
from upstream.phi.fields import PhiTextField

CHANGES = """query($type: String!, $id: ID!) { configurationChanges(targetType: $type, targetId: $id) { items {
  kind actor { kind name } differences { name before after } } } }"""


def changes(organization: Organization, target_type: str) -> list[ConfigurationChange]:
    rows = ConfigurationChange.objects.for_organization(organization).filter(target_type=target_type)
    return list(rows.order_by("id"))


def test_every_record_of_the_configuration_is_watched_and_no_encrypted_or_digested_value_is() -> None:
    watched = {model.__name__ for model in auditlog.get_models()}
    assert watched == {
        *(
            "AlertWebhook",
            "DetectionSettings",
            "KnownEvent",
            "LocationAlias",
            "LocationsApart",
            "Membership",
            "Organization",
        ),
        *("Payer", "PayerAlias", "PayersApart", "ServiceGroup", "ServiceKey", "SourceMapping", "Webhook"),
    }
    for model in auditlog.get_models():
        told = auditlog.get_model_fields(model)["include_fields"]
        fields = [model._meta.get_field(name) for name in told]
        assert fields and not [field for field in fields if isinstance(field, PhiTextField)], model
        assert not [name for name in told if "secret" in name or name == "outcome_words"], model
        assert model.__name__ == "Organization" or issubclass(model, OrganizationModel)
        assert target_of(model())[0] in TARGETS


@pytest.mark.parametrize("kind", ActorKind)
def test_a_change_is_told_of_whoever_makes_it(organization: Organization, owner: Actor, kind: ActorKind) -> None:
    key, _ = create_service_key(
        actor=owner, name="Key", scopes=[Scope.UPLOADS_READ], expires_on=clock.today() + timedelta(days=1)
    )
    webhook, _ = create_webhook(actor=owner, name="Webhook")
    acts: dict[ActorKind, tuple[Actor | None, Any]] = {
        ActorKind.PERSON: (owner, owner.user_id),
        ActorKind.SERVICE_KEY: (actor_of(key), key.pk),
        ActorKind.WEBHOOK: (
            Actor(organization.pk, None, frozenset(), kind=ActorKind.WEBHOOK, webhook_id=webhook.pk),
            webhook.pk,
        ),
        ActorKind.SYSTEM: (None, None),
    }
    actor, actor_id = acts[kind]
    with acting(actor):
        DetectionSettings(organization=organization, weekly_alert_budget=9).save(force_insert=True)
    (change,) = changes(organization, "detection_settings")
    assert (change.actor_kind, change.actor_id) == (kind, actor_id)
    assert change.changes == {"weekly_alert_budget": [None, 9], "smallest_odds": [None, 1.05]}


def test_a_request_of_the_browser_names_its_person_and_its_request(
    organization: Organization, owner: Actor, graphql: Callable
) -> None:
    answer = graphql(owner).post(
        "mutation { updateDetectionSettings(input: {weeklyAlertBudget: 7}) { errors { code } } }"
    )
    (change,) = changes(organization, "detection_settings")
    assert (change.actor_kind, change.actor_id) == (ActorKind.PERSON, owner.user_id)
    assert change.request_id and change.request_id == answer.headers["X-Request-Id"]
    assert scope.current() == scope.ALL


@pytest.mark.parametrize("way", ["key", "bearer"])
def test_a_request_over_rest_names_who_asks(
    organization: Organization, owner: Actor, graphql: Callable, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    from upstream.intake.rest import UploadsView

    # No address of the REST surface changes the configuration yet.
    def get(self: UploadsView, request: object) -> Any:
        from rest_framework.response import Response

        group = ServiceGroup.objects.for_organization(self.actor.organization_id).get()
        group.name = "Renamed"
        group.save(update_fields=["name"])
        return Response({})

    monkeypatch.setattr(UploadsView, "get", get)
    ServiceGroup.unscoped.bulk_create([ServiceGroup(organization=organization, name="Visits", position=1)])
    key, text = create_service_key(
        actor=owner, name="Key", scopes=[Scope.UPLOADS_READ], expires_on=clock.today() + timedelta(days=1)
    )
    client = graphql(owner).client if way == "bearer" else Client(headers={"Authorization": f"Api-Key {text}"})
    assert client.get("/api/v1/uploads/").status_code == 200
    (change,) = changes(organization, "service_group")
    expected = (ActorKind.PERSON, owner.user_id) if way == "bearer" else (ActorKind.SERVICE_KEY, key.pk)
    assert (change.actor_kind, change.actor_id) == expected
    assert change.changes == {"name": ["Visits", "Renamed"]}


def test_secrets_are_not_told_but_that_they_changed_is(organization: Organization, owner: Actor) -> None:
    webhook, first = create_webhook(actor=owner, name="Practice system")
    _, second = rotate_webhook(actor=owner, webhook_id=webhook.pk)
    revoke_webhook(actor=owner, webhook_id=webhook.pk)
    key, text = create_service_key(
        actor=owner, name="Key", scopes=[Scope.UPLOADS_READ], expires_on=clock.today() + timedelta(days=1)
    )
    revoke_service_key(actor=owner, key_id=key.pk)
    key.refresh_from_db()
    told = [*changes(organization, "webhook"), *changes(organization, "service_key")]
    assert [sorted(change.changes) for change in told[1:3]] == [["rotated_at"], ["revoked_at"]]
    assert list(told[-1].changes) == ["revoked_at"]
    written = json.dumps([change.changes for change in told])
    for secret in (first, second, text, text[-20:], key.secret_digest):
        assert secret not in written
    assert "Practice system" in written


@pytest.mark.parametrize("role", Role)
def test_who_reads_the_trail_sees_the_differences_of_a_record(
    organization: Organization, owner: Actor, member: Callable, graphql: Callable, role: Role
) -> None:
    with acting(owner):
        settings = update_detection_settings(actor=owner, weekly_alert_budget=5)
        update_detection_settings(actor=owner, weekly_alert_budget=6)
    answer = graphql(member(role))(CHANGES, {"type": "detection_settings", "id": str(settings.pk)})
    if role not in (Role.OWNER, Role.ADMIN, Role.AUDITOR):
        assert answer["data"] == {"configurationChanges": None}
        return
    assert answer["data"]["configurationChanges"]["items"][0] == {
        "kind": "UPDATE",
        "actor": {"kind": "PERSON", "name": "Owner Person"},
        "differences": [{"name": "Weekly alert budget", "before": "5", "after": "6"}],
    }
    assert len(answer["data"]["configurationChanges"]["items"]) == 2


def test_another_organizations_changes_are_not_found(
    organization: Organization, other_organization: Organization, owner: Actor, member: Callable, graphql: Callable
) -> None:
    settings = update_detection_settings(actor=owner, weekly_alert_budget=5)
    stranger = member(Role.OWNER, other_organization)
    answer = graphql(stranger)(CHANGES, {"type": "detection_settings", "id": str(settings.pk)})
    assert answer["data"]["configurationChanges"]["items"] == []


@pytest.mark.postgresql
@pytest.mark.parametrize("of", ["one", "all"])
def test_the_database_refuses_to_change_a_change(organization: Organization, owner: Actor, of: str) -> None:
    update_detection_settings(actor=owner, weekly_alert_budget=5)
    rows: models.QuerySet[ConfigurationChange] = ConfigurationChange.objects.for_organization(organization)
    within = scope.of_organization(organization.pk) if of == "one" else scope.of_all_organizations()
    with within:
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            rows.update(changes={})
        if of == "one":
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                rows.delete()
    assert connection.vendor == "postgresql" and rows.exists()
    assert not Webhook.objects.for_organization(organization).exists()
