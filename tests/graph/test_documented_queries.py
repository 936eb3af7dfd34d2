"""Every query that the documentation shows is answered, to those it is written for."""

import re

import pytest
from support import ROOT

from upstream.core.actor import Actor

QUERIES = [
    pytest.param(query, id=f"{page.name} {number}")
    for page in sorted((ROOT / "docs").glob("*.md"))
    for number, query in enumerate(re.findall(r"^```graphql\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE))
]


@pytest.mark.parametrize("query", QUERIES)
def test_an_analyst_is_answered(graphql, analyst: Actor, query: str) -> None:
    answer = graphql(analyst)(query)
    assert "errors" not in answer and answer["data"]


def test_there_are_some() -> None:
    assert QUERIES
