"""Ten thousand requests with another organization's ids, cursors and words: not a letter of it comes back."""

import json
import re
from collections.abc import Callable
from random import Random
from uuid import uuid4

import pytest
from django.core.cache import cache
from security.generated import Known, request
from security.test_permissions import addresses
from world import World, make_world

from upstream.accounts.models import Organization
from upstream.accounts.roles import Role
from upstream.core.models import OrganizationModel
from upstream.core.tenancy import tenant_models

pytestmark = pytest.mark.once

CANARY = "Zebrafinch"
BATCHES, REQUESTS, OF_REST = 12, 800, 100
CURSORS = (
    "{ claims(first: 1) { pageInfo { endCursor } } alerts(first: 1) { pageInfo { endCursor } } "
    "payers(first: 1) { pageInfo { endCursor } } uploads(first: 1) { pageInfo { endCursor } } }"
)


def rows_of(organization: Organization) -> str:
    """Everything an organization has, but for what signing in and asking write themselves."""
    written = {"accounts.Session", "audit.AuditEvent", "audit.AuditHead"}
    models: list[type[OrganizationModel]] = [model for model in tenant_models() if model._meta.label not in written]
    return json.dumps(
        [list(model.objects.for_organization(organization).order_by("pk").values_list()) for model in models],
        default=str,
    )


@pytest.fixture
def theirs(other_organization: Organization) -> World:
    return make_world(other_organization, canary=CANARY)


@pytest.fixture
def known(theirs: World, graphql, member) -> Known:
    """What somebody with an account of their own may have learnt of the other organization."""
    answer = graphql(member(Role.OWNER, theirs.organization))(CURSORS)["data"]
    return Known(
        ids=[*theirs.ids().values(), str(theirs.organization.pk)],
        cursors=[page["pageInfo"]["endCursor"] for page in answer.values()],
        texts=[CANARY[:6], CANARY[:9].lower(), theirs.claim.control_number[-5:], f"{CANARY[:9]}%"],
    )


@pytest.fixture
def people(member, graphql) -> dict[Role, Callable]:
    """Somebody of every role, signed in anew where a request has ended their session."""
    signed_in = {role: graphql(member(role)) for role in Role}

    def ask(role: Role, query: str, variables: dict) -> str:
        answer = signed_in[role].post(query, variables)
        if b"UNAUTHENTICATED" in answer.content:
            signed_in[role] = graphql(member(role))
            answer = signed_in[role].post(query, variables)
        assert answer.status_code < 500, answer.content
        return answer.content.decode()

    return {role: (lambda query, variables, role=role: ask(role, query, variables)) for role in Role}


def secrets(known: Known) -> re.Pattern[str]:
    return re.compile("|".join([CANARY, *map(re.escape, known.ids)]), re.IGNORECASE)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_generated_requests_tell_nothing_of_another_organization_and_change_nothing_there(
    batch: int, organization: Organization, theirs: World, known: Known, people: dict[Role, Callable]
) -> None:
    make_world(organization, canary="Own")
    before, leaked, random = rows_of(theirs.organization), secrets(known), Random(batch)
    for _ in range(REQUESTS):
        # The budget by the minute is tried elsewhere.
        cache.clear()
        query, variables = request(random, known)
        role = random.choice(list(Role))
        text = people[role](query, variables)
        sent = json.dumps([query, variables]).lower()
        told = {found for found in leaked.findall(text) if found.lower() not in sent}
        assert not told, (role, query, variables, text)
        codes = {error.get("extensions", {}).get("code") for error in json.loads(text).get("errors", [])}
        assert CANARY not in text and "INTERNAL" not in codes, (role, query, variables, text)
    assert rows_of(theirs.organization) == before


@pytest.mark.parametrize("batch", range(4))
def test_generated_requests_over_rest_tell_nothing_of_another_organization(
    batch: int, theirs: World, known: Known, graphql, member, settings
) -> None:
    settings.REST_REQUESTS_A_MINUTE = settings.REST_REQUESTS_A_MINUTE_OF_STRANGERS = 10**6
    random, leaked = Random(batch), secrets(known)
    clients = [graphql(member(role)).client for role in Role]
    places = list(addresses())
    links = (
        graphql(member(Role.OWNER, theirs.organization))(
            "query($id: ID!) { export(id: $id) { downloadUrl } }", {"id": theirs.ids()["export"]}
        )["data"]["export"]["downloadUrl"]
        .split("/")[2]
        .split(":")
    )
    before = rows_of(theirs.organization)
    for _ in range(OF_REST):
        cache.clear()
        _, _, address = random.choice([*places, ("", "", "/downloads/<uuid:id>/")])
        path = re.sub(r"<uuid:\w+>", lambda _: random.choice([*known.ids, str(uuid4())]), address)
        if path.startswith("/downloads/") and random.random() < 0.5:
            # A link of theirs with its parts exchanged or cut.
            path = f"/downloads/{':'.join([*random.sample(links, random.randint(1, len(links) - 1)), 'x'])}/"
        method = random.choice(["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"])
        headers = {"Idempotency-Key": random.choice(known.texts + known.ids), "Tus-Resumable": "1.0.0"}
        body = random.choice([b"", b"{}", json.dumps({"id": random.choice(known.ids)}).encode()])
        answer = random.choice(clients).generic(method, path, body, "application/json", headers=headers)
        assert answer.status_code < 500, (method, path)
        text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode(errors="replace")
        assert CANARY not in text and not {each for each in leaked.findall(text) if each not in path}, (method, path)
    assert rows_of(theirs.organization) == before


def test_the_same_requests_by_the_other_organization_itself_tell_much(
    theirs: World, known: Known, graphql, member
) -> None:
    """Else the tests above would hold because their requests ask for nothing."""
    leaked, random = secrets(known), Random(0)
    told = 0
    for _ in range(400):
        cache.clear()
        query, variables = request(random, known)
        answer = graphql(member(Role.OWNER, theirs.organization)).post(query, variables)
        told += bool(leaked.search(answer.content.decode()))
    assert told >= 40


def test_as_many_requests_are_made_as_are_promised() -> None:
    assert BATCHES * REQUESTS + 4 * OF_REST >= 10_000
