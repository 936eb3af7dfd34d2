"""What is handed to git is searched for secrets: a new one is told with its place, a known one is not."""

import json
import secrets
import subprocess
from pathlib import Path

import pytest
from support import ROOT


@pytest.fixture
def scan(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import secret_scan

    return secret_scan


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def test_a_new_secret_is_told_and_one_of_the_baseline_is_not(scan, repository: Path, tmp_path: Path) -> None:
    key = f"AKIA{secrets.token_hex(8).upper()}"
    (repository / "settings.py").write_text(f'aws_access_key_id = "{key}"\n')
    subprocess.run(["git", "add", "."], cwd=repository, check=True)
    found = scan.scanned(repository)
    baseline = tmp_path / "baseline"
    baseline.write_text("{}")
    new = scan.unknown(found, baseline)
    assert new[0].rpartition(": ")[0] == "settings.py:1" and key not in " ".join(new)
    baseline.write_text(json.dumps(found))
    (repository / "settings.py").write_text(f'\n\n\naws_access_key_id = "{key}"\n')
    assert scan.unknown(scan.scanned(repository), baseline) == []


def test_what_is_looked_at_and_known_stands_in_the_repository_still(scan) -> None:
    known = json.loads((ROOT / ".secrets.baseline").read_text())
    assert known and all((ROOT / file).exists() for file in known)
