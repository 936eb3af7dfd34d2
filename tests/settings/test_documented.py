"""`.env.example` tells of every variable that is read and of no other; the threat model of tests that there are."""

import re

from support import ROOT

READ = [
    (r'environment\.\w+\(\s*"([A-Z_]+)"', "backend/upstream/settings/*.py"),
    (r'whole_number\("([A-Z_]+)"', "backend/upstream/settings/environment.py"),
    (r'text\("([A-Z_]+)"', "backend/upstream/settings/environment.py"),
    (r'items\("([A-Z_]+)"', "backend/upstream/settings/environment.py"),
    (r'os\.environ\.get\("([A-Z_]+)"', "backend/upstream/**/*.py"),
    (r"\$\{([A-Z_]+)[:?}-]", "docker-compose.yml"),
    (r"\$\{?([A-Z_]+)\b", "deploy/start.sh"),
    (r'environ(?:\.get\(|\[)"([A-Z_]+)"', "scripts/*.py"),
    (r'port\("([A-Z_]+)"', "scripts/run.py"),
    (r'environ(?:\.get\(|\[)"(UPSTREAM_SAMPLES)"', "tests/**/*.py"),
]
# Of the system or of the test tools, not ours.
NOT_OURS = {"USER", "PYTEST_XDIST_WORKER"}


def variables_read() -> set[str]:
    found = {
        name for pattern, files in READ for path in ROOT.glob(files) for name in re.findall(pattern, path.read_text())
    }
    return found - NOT_OURS


def test_the_example_names_each_variable_that_is_read_and_no_other() -> None:
    documented = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert documented == variables_read()


def test_the_variables_are_found_where_they_are_read() -> None:
    assert {
        "SECRET_KEY",
        "FIELD_ENCRYPTION_KEY",
        "DB_NAME",
        "REDIS_URL",
        "WEB_PROCESSES",
        "API_PORT",
    } <= variables_read()


def test_what_the_threat_model_names_is_there() -> None:
    named = re.findall(r"`((?:tests|docs)/[^`]+)`", (ROOT / "docs/threat-model.md").read_text())
    assert len(named) > 30 and [path for path in named if not (ROOT / path).is_file()] == []
