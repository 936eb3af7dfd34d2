"""Every query that the documentation shows is answered, to those it is written for."""

import json
import re
import subprocess
import sys

import pytest
from support import ROOT

from upstream.core.actor import Actor

COOKBOOK = ROOT / "docs" / "cookbook.md"
QUERIES = [
    pytest.param(query, id=f"{page.name} {number}")
    for page in sorted((ROOT / "docs").glob("*.md"))
    if page != COOKBOOK
    for number, query in enumerate(re.findall(r"^```graphql\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE))
]


@pytest.mark.parametrize("query", QUERIES)
def test_an_analyst_is_answered(graphql, analyst: Actor, query: str) -> None:
    answer = graphql(analyst)(query)
    assert "errors" not in answer and answer["data"]


def test_there_are_some() -> None:
    assert QUERIES


TITLES = re.findall(r"^## (.+)$", COOKBOOK.read_text(), re.MULTILINE)


@pytest.fixture(scope="module")
def answered() -> dict[str, str]:
    """What the demo answers the cookbook's questions, as printed, on a database of its own."""
    ran = subprocess.run(
        [sys.executable, "scripts/cookbook.py", "--answers"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    answers: dict[str, str] = json.loads(ran.stdout.splitlines()[-1])
    return answers


def test_the_cookbook_has_twenty_questions() -> None:
    assert len(TITLES) == 20


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.xdist_group("cookbook")
@pytest.mark.timeout(600)
def test_the_cookbook_prints_what_the_demo_answers(answered: dict[str, str], title: str) -> None:
    section = COOKBOOK.read_text().partition(f"## {title}\n")[2].partition("\n## ")[0]
    printed = section.split("```json\n")[2].partition("```")[0]
    assert printed == answered[title], "if the new answer is right, run `make cookbook` and commit the page"
    assert "errors" not in json.loads(printed)
