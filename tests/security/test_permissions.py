"""Every field of the schema, as every role: what the role may is what happens, and a refusal changes nothing."""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core import serializers
from django.db import transaction
from graphql import GraphQLNonNull, GraphQLObjectType, get_named_type
from schema_walk import CORE, operation, root_fields
from support import ROOT
from world import World, make_world

from upstream.accounts.models import Organization, Passkey, User
from upstream.accounts.roles import ROLE_PERMISSIONS, Role
from upstream.api.schema import schema
from upstream.core.models import OrganizationModel
from upstream.graph.gates import UngatedField, gates_of
from upstream.graph.permissions import Permission
from upstream.settings.environment import SingleSignOn

pytestmark = pytest.mark.once

ROLES = {role.label: role for role in Role}


def matrix() -> dict[tuple[str, str], set[str]]:
    """The roles of each ("Query", "claims") or ("REST", "GET /api/v1/uploads/"), as docs/permissions.md has them."""
    found: dict[tuple[str, str], set[str]] = {}
    for line in (ROOT / "docs/permissions.md").read_text().splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif line.startswith(("| field", "| address")):
            columns = [ROLES.get(cell.strip()) for cell in line.split("|")[1:-1]]
        elif line.startswith("| ") and heading != "Permissions":
            name, *cells = (cell.strip() for cell in line.split("|")[1:-1])
            roles = {role for role, cell in zip(columns[1:], cells, strict=True) if role and cell == "✓"}
            found[heading, name.replace("`", "")] = roles
    return found


MATRIX = matrix()


@pytest.fixture
def world(organization: Organization, settings: LazySettings) -> World:
    # A provider that nobody answers for.
    settings.SINGLE_SIGN_ON = SingleSignOn("http://127.0.0.1:9", "upstream", "secret", "Harbor ID", "")
    return make_world(organization, canary="Own")


def id_arguments(world: World, kind: str, name: str) -> dict[str, str]:
    """Ids for the arguments of one root field: `id` means what the field's name says."""
    ids = world.ids()
    kinds = (
        "upload",
        "export",
        "job",
        "payer",
        "signal",
        "claim",
        "alert",
        "event",
        "key",
        "webhook",
        "row",
        "invitation",
    )
    what = next((key for key in kinds if key in name.lower()), "")
    if "servicegroup" in name.lower():
        what = "service_group"
    if "alertwebhook" in name.lower() or "alertdeliver" in name.lower():
        what = "alert_webhook"
    if "savedquer" in name.lower():
        what = "saved_query"
    if "sourcemapping" in name.lower():
        what = "source_mapping"
    return {
        "id": ids.get(what, ""),
        "alertId": ids["alert"],
        "payerId": ids["payer"],
        "serviceGroupId": ids["service_group"],
        "jobId": ids["backtest"],
        "targetType": "service_group",
        "targetId": ids["service_group"],
        "organizationId": str(world.organization.pk),
    }


def gates_met(type_name: str, field_name: str, data: Any, met: set[tuple[str, str]]) -> None:
    """Collect (type, field) of everything an answer holds, from its `__typename`s."""
    if isinstance(data, list):
        for item in data:
            gates_met(type_name, field_name, item, met)
    elif isinstance(data, dict) and "__typename" in data:  # a JSON scalar has none
        for key, inner in data.items():
            if key != "__typename":
                met.add((data["__typename"], key))
                gates_met(data["__typename"], key, inner, met)


def test_every_field_names_a_permission() -> None:
    fields = {
        (type_.name, name)
        for type_ in CORE.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
        for name in type_.fields
    }
    assert fields == set(schema.gates) == {place for place in MATRIX if place[0] != "REST"}


def test_a_field_without_a_permission_keeps_the_server_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    field = CORE.query_type.fields["claims"]
    definition = next(iter(field.extensions.values()))
    monkeypatch.setattr(definition, "directives", [])
    with pytest.raises(UngatedField, match=r"Query\.claims names no permission"):
        gates_of(CORE)


def test_a_refusable_field_that_is_not_nullable_keeps_the_server_from_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    field = CORE.type_map["Claim"].fields["patient"]
    monkeypatch.setattr(field, "type", GraphQLNonNull(field.type))
    with pytest.raises(UngatedField, match=r"Claim\.patient needs PHI_READ and must be nullable"):
        gates_of(CORE)


def test_no_role_can_meet_a_refusal_that_takes_its_surroundings_along() -> None:
    """From every field a role may see, each refused field below is nullable."""
    for role, permissions in ROLE_PERMISSIONS.items():
        seen: set[str] = set()
        waiting = ["Query", "Mutation"]
        while waiting:
            type_name = waiting.pop()
            if type_name in seen:
                continue
            seen.add(type_name)
            for name, field in CORE.type_map[type_name].fields.items():
                if schema.gates[type_name, name] in permissions:
                    inner = get_named_type(field.type)
                    if isinstance(inner, GraphQLObjectType):
                        waiting.append(inner.name)
                else:
                    assert not isinstance(field.type, GraphQLNonNull), (role, type_name, name)


@pytest.mark.parametrize("role", Role.values)
def test_every_query_field_is_seen_or_refused_as_the_role_says(world: World, graphql, member, role: str) -> None:
    ask = graphql(member(Role(role)))
    met: set[tuple[str, str]] = set()
    for name, field in root_fields("query"):
        query, variables = operation("query", name, field, id_arguments(world, "query", name))
        answer = ask(query, variables)
        errors = answer.get("errors", [])
        assert {error["extensions"]["code"] for error in errors} <= {"FORBIDDEN"}, (name, errors)
        refused = {error["extensions"]["field"] for error in errors}
        assert len(refused) == len(errors), "one error for each refused field, not one for each row"
        for place in refused:
            assert role not in MATRIX[tuple(place.split("."))]
        # An auditor's exports are those of the audit trail, and the world's is another.
        there = role in MATRIX["Query", name] and (name, role) != ("export", Role.AUDITOR)
        assert (answer["data"][name] is not None) == there, (name, answer)
        gates_met("Query", name, {"__typename": "Query", **answer["data"]}, met)
        for type_name, field_name in met:
            if role not in MATRIX[type_name, field_name]:
                assert f"{type_name}.{field_name}" in refused or (type_name, field_name) != ("Query", name)


def test_an_owner_meets_every_type_of_the_graph(world: World, graphql, owner) -> None:
    """So that the test above has really looked at everything."""
    Passkey.objects.create(user_id=owner.user_id, name="Phone", credential_id="phone", public_key=b"key")
    ask = graphql(owner)
    met: set[tuple[str, str]] = set()
    for name, field in root_fields("query"):
        query, variables = operation("query", name, field, id_arguments(world, "query", name))
        answer = ask(query, variables)
        assert "errors" not in answer, (name, answer["errors"])
        gates_met("Query", name, {"__typename": "Query", **answer["data"]}, met)
    payloads = {name for name in CORE.type_map if name.endswith("Payload")} | {
        "Mutation",
        "Session",
        "SecondFactorEnrolment",
        "FoundPatient",
    }
    missing = {(type_, field) for type_, field in schema.gates if type_ not in payloads} - met
    assert {type_ for type_, _ in missing} <= {"Problem"} or not missing, sorted(missing)


def contents() -> str:
    """Every tenant row and every person, except what signing in for the test itself writes."""
    rows = []
    for model in sorted(apps.get_models(), key=lambda model: model._meta.label):
        if issubclass(model, OrganizationModel) and model._meta.label not in {
            "accounts.Session",
            "audit.AuditEvent",
            "audit.AuditHead",
        }:
            rows += list(model.unscoped.order_by("pk").values_list())
    return json.dumps([rows, serializers.serialize("json", User.objects.order_by("pk"))], default=str)


@pytest.mark.parametrize("role", Role.values)
def test_a_refused_mutation_says_so_and_changes_nothing(world: World, graphql, member, role: str) -> None:
    ask = graphql(member(Role(role)))
    refused = 0
    for name, field in root_fields("mutation"):
        permission = schema.gates["Mutation", name]
        if role in MATRIX["Mutation", name]:
            continue
        refused += 1
        before = contents()
        if "file" in field.args:
            query = "mutation($file: Upload!) { uploadFile(file: $file) { errors { code } } }"
            answer = ask.upload(query, {"file": None}, {"variables.file": BytesIO(b"payer,procedure_code\n")})
        else:
            query, variables = operation("mutation", name, field, id_arguments(world, "mutation", name))
            answer = ask(query, variables)
        assert answer["data"] == {name: None}, (name, answer)
        assert [error["extensions"] for error in answer["errors"]] == [
            {"code": "FORBIDDEN", "field": f"Mutation.{name}", "permission": permission.value}
        ]
        assert contents() == before, name
    assert refused or role in {Role.OWNER, Role.ADMIN}


@pytest.mark.parametrize("role", Role.values)
def test_a_mutation_is_not_refused_to_a_role_that_may(world: World, graphql, member, role: str) -> None:
    ask = graphql(member(Role(role)))
    for name, field in root_fields("mutation"):
        if role not in MATRIX["Mutation", name] or "file" in field.args:
            continue
        query, variables = operation("mutation", name, field, id_arguments(world, "mutation", name))
        with transaction.atomic():
            answer = ask(query, variables)
            transaction.set_rollback(True)
        codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
        assert not codes & {"FORBIDDEN", "UNAUTHENTICATED"} or answer["data"][name] is not None, (name, answer)


def addresses() -> Iterator[tuple[str, str, str]]:
    for heading, name in MATRIX:
        if heading == "REST":
            method, address = name.split(" ")
            yield name, method, address


@pytest.mark.parametrize("role", Role.values)
def test_every_address_answers_or_refuses_as_the_role_says(world: World, graphql, member, role: str) -> None:
    client = graphql(member(Role(role))).client
    ids = {"upload_id": world.ids()["upload"]}
    for name, method, address in addresses():
        path = re.sub(r"<uuid:(\w+)>", lambda found: ids.get(found[1], str(uuid4())), address)
        answer = client.generic(method, path)
        if role in MATRIX["REST", name]:
            assert answer.status_code != 403, (name, answer.content)
        else:
            assert answer.status_code == 403, (name, answer.content)
            assert answer.json()["code"] == "FORBIDDEN"


def test_without_signing_in_only_public_fields_answer(world: World, graphql, settings) -> None:
    settings.GRAPHQL_VALUES_A_MINUTE_OF_STRANGERS = 10**9
    ask = graphql()
    for name, field in root_fields("query"):
        query, variables = operation("query", name, field, id_arguments(world, "query", name))
        answer = ask(query, variables)
        # Who may be signed in with is told before.
        assert (answer["data"][name] is None) == (name != "singleSignOn")
        if schema.gates["Query", name] != Permission.PUBLIC:
            assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert "Own" not in json.dumps(answer)
