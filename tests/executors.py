"""Every list that a test asks of the graph, built by its compiled plan and by graphql-core, which must answer alike."""

from copy import copy
from typing import Any

import pytest
from graphql import GraphQLError
from graphql.execution import Executor

from upstream.graph.executor import GatedExecutor
from upstream.graph.pages import Listed

Outcome = tuple[Any, Exception | None, list[dict[str, Any]]]
"""What came of a list, what was raised instead, and the errors that were noted."""


def compare_executors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Have each list built both ways, but for those within a list; returns where the two differ, as it comes."""
    differences: list[str] = []
    planned, stock = GatedExecutor.complete_list_value, Executor.complete_list_value

    def both(self: Any, *arguments: Any) -> Any:
        if not self._planned or getattr(self, "_compared", False):
            return planned(self, *arguments)
        self._compared = True
        try:
            before = _noted(self)
            one = _outcome(self, planned, _anew(arguments))
            errors = self.collected_errors
            errors._errors[:], errors._error_positions, self._refused = before[0], set(before[1]), set(before[2])
            self._planned = False
            other = _outcome(self, stock, _anew(arguments))
        finally:
            self._compared, self._planned = False, True
        found = _different((one[0], repr(one[1]), one[2]), (other[0], repr(other[1]), other[2]), arguments[3].as_list())
        differences.extend(found)
        if other[1] is not None:
            raise other[1]
        return other[0]

    monkeypatch.setattr(GatedExecutor, "complete_list_value", both)
    return differences


def _different(one: Any, other: Any, path: list[Any]) -> list[str]:
    """Where two answers differ. Links are signed anew each time."""
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        return [each for name in one for each in _different(one[name], other[name], [*path, name])]
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [each for number, pair in pairs for each in _different(*pair, [*path, number])]
    signed = all(isinstance(each, str) and "/downloads/" in each for each in (one, other))
    return [] if signed or one == other else [f"{path}: {one!r} and {other!r}"]


def _anew(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments with a list of rows that nobody has fetched yet, where it is one."""
    return tuple(copy(each) if isinstance(each, Listed) else each for each in arguments)


def _noted(executor: Any) -> tuple[list[GraphQLError], set[Any], set[Any]]:
    errors = executor.collected_errors
    return list(errors._errors), set(errors._error_positions), set(executor._refused)


def _outcome(executor: Any, complete: Any, arguments: tuple[Any, ...]) -> Outcome:
    known = len(executor.collected_errors.errors)
    value, raised = None, None
    try:
        value = complete(executor, *arguments)
    except Exception as error:
        raised = error
    return value, raised, [error.formatted for error in executor.collected_errors.errors[known:]]
