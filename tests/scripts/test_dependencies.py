"""Known faults of dependencies: what was not looked up is never told as clean."""

import importlib
import json
import sys

import pytest
from support import ROOT


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import dependencies

    return dependencies


CLEAN = {"name": "django", "version": "6.0", "vulns": []}
FAULTY = {"name": "idna", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.7"]}]}
UNREAD = {"name": "orjson", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "faults", "not_run"),
    [
        ([CLEAN], [], ""),
        ([CLEAN, FAULTY], ["idna 1.0: PYSEC-1, mended in 3.7"], ""),
        ([CLEAN, UNREAD], [], "1 of 2 packages could not be looked up"),
        ([], [], "all of the packages could not be looked up"),
    ],
)
def test_python_packages(audit, packages: list[dict], faults: list[str], not_run: str) -> None:
    assert audit.python_faults(json.dumps({"dependencies": packages})) == (faults, not_run)


def test_no_answer_is_not_run(audit) -> None:
    assert audit.python_faults("connection refused")[1]
    assert audit.node_faults('{"error": {"code": "ENETWORK"}}') == ([], "npm's database did not answer")
    assert audit.node_faults('{"vulnerabilities": {}}') == ([], "")
    assert audit.node_faults('{"vulnerabilities": {"left": {"severity": "high"}}}') == (["left: high"], "")


@pytest.mark.parametrize(
    ("python", "node", "status"),
    [("", "", 2), ([CLEAN], "", 2), ([CLEAN], {}, 0), ([FAULTY], "", 1), ([CLEAN], {"left": {"severity": "low"}}, 1)],
)
def test_the_exit_status_tells_clean_from_not_looked_at(
    audit, monkeypatch: pytest.MonkeyPatch, python: object, node: object, status: int
) -> None:
    def ran(*command: object) -> str:
        told, key = (node, "vulnerabilities") if command[0] == "npm" else (python, "dependencies")
        return "" if told == "" else json.dumps({key: told})

    monkeypatch.setattr(audit, "ran", ran)
    assert audit.faults() == status


@pytest.mark.parametrize(("status", "told", "left_out"), [(0, 0, ""), (1, 1, ""), (2, 0, "no network; no npm")])
def test_a_check_that_cannot_look_is_told_as_not_run(
    monkeypatch: pytest.MonkeyPatch, status: int, told: int, left_out: str
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    monkeypatch.delitem(sys.modules, "test", raising=False)
    run = importlib.import_module("test")
    program = f"import sys; print('no network'); print('no npm'); sys.exit({status})"
    step = run.Step("known faults", [sys.executable, "-c", program], unable=2)
    step.run()
    assert (step.status, step.left_out) == (told, left_out)
