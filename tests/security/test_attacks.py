"""A battery of requests made to hurt: each is refused, and none breaks anything. `make bench-security` weighs them."""

import json
from typing import Any

import pytest
from world import make_world

from benchmarks.security.attacks import ATTACKS
from upstream.accounts.models import Organization


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("who", ["stranger", "analyst"])
def test_an_attack_is_refused_and_breaks_nothing(
    name: str, who: str, organization: Organization, graphql: Any, analyst: Any
) -> None:
    make_world(organization, canary="Own")
    client = (graphql() if who == "stranger" else graphql(analyst)).client
    body, content_type = ATTACKS[name]
    answer = client.post("/graphql/", body, content_type)
    assert answer.status_code in {200, 400, 413, 429}, answer.content[:300]
    told = json.loads(answer.content)
    codes = {error.get("extensions", {}).get("code") for error in told["errors"]}
    assert codes and "INTERNAL" not in codes
    assert not told.get("data") or set(told["data"].values()) <= {None}, told
    assert len(answer.content) < 10_000


def test_there_are_25_attacks() -> None:
    assert len(ATTACKS) >= 25
