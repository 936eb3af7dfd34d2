"""What each question of the SPA costs in database queries, recorded in `spa_queries.json`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import NonNullTypeNode, OperationDefinitionNode, OperationType, parse
from graphql.utilities import type_from_ast
from schema_walk import CORE, value
from support import ROOT
from world import make_world

from upstream.accounts.models import Organization, User
from upstream.core.actor import Actor

RECORDED = Path(__file__).with_name("spa_queries.json")
#: What the id of an operation is of, where its name does not begin with it.
OF = {
    "AlertDeliveries": "alert_webhook",
    "ArchiveFiles": "upload",
    "QuarantineLink": "upload",
    "RejectedRow": "row",
    "RowErrors": "upload",
}
MANIFEST = ROOT / "backend" / "upstream" / "api" / "documents" / "spa.json"


def questions() -> dict[str, tuple[str, OperationDefinitionNode]]:
    """The SPA's queries by their names; of those that share one, the second is numbered."""
    found: dict[str, tuple[str, OperationDefinitionNode]] = {}
    for text in sorted(json.loads(MANIFEST.read_text()).values()):
        [node] = [each for each in parse(text).definitions if isinstance(each, OperationDefinitionNode)]
        assert node.name is not None
        if node.operation == OperationType.QUERY:
            name = node.name.value
            found[f"{name} 2" if name in found else name] = text, node
    return found


def variables_of(node: OperationDefinitionNode, ids: dict[str, str]) -> dict[str, Any]:
    """What the operation requires."""
    assert node.name is not None
    name = node.name.value
    own = OF.get(name) or next((each for each in ids if name.lower().startswith(each)), "claim")
    known = ids | {"id": ids[own], "jobId": ids["backtest"]}
    return {
        each.variable.name.value: value(type_from_ast(CORE, each.type), each.variable.name.value, known)
        for each in node.variable_definitions or ()
        if each.default_value is None and isinstance(each.type, NonNullTypeNode)
    }


@pytest.mark.django_db
def test_each_question_of_the_spa_costs_what_is_recorded(
    organization: Organization, owner: Actor, graphql: Any, count_queries: Callable[[], Any]
) -> None:
    world = make_world(organization, canary="Own", person=User.objects.get(pk=owner.user_id))
    ask, counted, failed = graphql(owner), {}, {}
    for name, (text, node) in questions().items():
        with count_queries() as queries:
            answer = ask(text, variables_of(node, world.ids()))
        # An event of the audit trail takes one query on PostgreSQL, five on SQLite.
        events = sum('INTO "audit_auditevent"' in query["sql"] for query in queries.captured_queries)
        counted[name] = len(queries) - 4 * events
        if "errors" in answer:
            failed[name] = answer["errors"]
    assert failed == {}
    assert counted == json.loads(RECORDED.read_text())
