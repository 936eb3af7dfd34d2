"""Every action that is recorded anywhere has one group and a name, and what it is about has a name as well."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import upstream
from upstream.audit.actions import _BY_GROUP, ACTIONS, ActionGroup
from upstream.audit.words import TARGETS

ROOMS = Path(upstream.__file__).parent
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
# The modules that record events, and what recording modules call to have one recorded.
RECORDS = re.compile(r"from upstream\.audit import services as audit|audit\.record\(|record_of\(|^def record\(", re.M)


def _calls() -> Iterator[ast.Call]:
    """Every call within modules that record events."""
    for path in sorted(ROOMS.rglob("*.py")):
        text = path.read_text()
        if RECORDS.search(text):
            yield from (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))


def _given(call: ast.Call) -> Iterator[ast.expr]:
    """What a call is given, both ways where that depends."""
    waiting = [*call.args, *(keyword.value for keyword in call.keywords)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, ast.IfExp):
            waiting += [value.body, value.orelse]
        else:
            yield value


def recorded_actions() -> set[str]:
    found = set()
    for call in _calls():
        texts = [each.value for each in _given(call) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        found |= {text for text in texts if ACTION.fullmatch(text)}
        if isinstance(call.func, ast.Name) and call.func.id == "_change":
            # What is done to an alert is told as its activity, and recorded under the same name.
            found |= {f"alert.{text.lower()}" for text in texts if text.isupper()}
    return found


def test_every_recorded_action_is_in_the_table_and_the_table_has_no_others() -> None:
    assert recorded_actions() == set(ACTIONS)


def test_no_action_is_put_together_but_those_of_alerts() -> None:
    made = [
        ast.unparse(keyword.value)
        for call in _calls()
        for keyword in call.keywords
        if keyword.arg == "action" and not isinstance(keyword.value, ast.Constant | ast.Name)
    ]
    assert made == ["f'alert.{action.lower()}'"]


def test_an_action_belongs_to_exactly_one_group() -> None:
    assert sum(len(labels) for labels in _BY_GROUP.values()) == len(ACTIONS)
    assert set(_BY_GROUP) == set(ActionGroup)


def test_every_type_of_target_has_a_name() -> None:
    told = {
        keyword.value.value
        for call in _calls()
        for keyword in call.keywords
        if keyword.arg == "target_type" and isinstance(keyword.value, ast.Constant)
    }
    assert told == set(TARGETS)


@pytest.mark.parametrize("action", ACTIONS)
def test_names_of_actions_are_short_and_plain(action: str) -> None:
    label = ACTIONS[action].label
    assert label[0].isupper() and len(label) <= 44 and "_" not in label and "." not in label
