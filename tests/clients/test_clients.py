"""The example clients, as they stand, against a live server: signing in, paging, figures, and what an error says."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from conftest import PASSWORD
from pytest_django.live_server_helper import LiveServer
from support import ROOT

from upstream.accounts.models import Organization, User
from upstream.accounts.roles import Role
from upstream.claims.models import Claim, Outcome, Payer, ServiceGroup
from upstream.core.actor import Actor

CLIENTS = ROOT / "clients"
PYTHON = [sys.executable, str(CLIENTS / "python" / "denied_claims.py")]
CURL = [str(CLIENTS / "curl" / "denied_claims.sh")]
TYPESCRIPT = ["npm", "--prefix", str(CLIENTS / "typescript"), "run", "--silent", "start"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


@pytest.fixture
def claims(organization: Organization) -> int:
    """Three pages of denied claims of 100.50 USD each, of one payer, and some that were paid."""
    payer = Payer.unscoped.create(organization=organization, name="Northwind", name_key="northwind")
    group = ServiceGroup.unscoped.create(organization=organization, name="Visits", position=1)
    Claim.unscoped.bulk_create(
        Claim(
            organization=organization,
            claim_key=f"C{number}",
            control_number=f"C{number}",
            payer=payer,
            service_group=group,
            procedure_code="99213",
            outcome=Outcome.DENIED if number < 210 else Outcome.PAID,
            submitted_date=date(2026, 3, 2),
            decided_date=date(2026, 3, 9),
            billed_amount="100.50",
        )
        for number in range(215)
    )
    return 210


@pytest.fixture
def run(live_server: LiveServer, member: Callable[..., Actor]) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(
        command: list[str], role: Role = Role.ANALYST, password: str = PASSWORD
    ) -> subprocess.CompletedProcess[str]:
        email = User.objects.get(pk=member(role).user_id).email
        signed = {"UPSTREAM_URL": live_server.url, "UPSTREAM_EMAIL": email, "UPSTREAM_PASSWORD": password}
        return subprocess.run(command, env={**os.environ, **signed}, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (PYTHON, ["210 denied claims, 21105.00 USD billed", "patients: FORBIDDEN, 1 claim without them"]),
        (CURL, ["210 denied claims", "patients: FORBIDDEN", "a field that is not there: Cannot query field 'nothing'"]),
        (TYPESCRIPT, ["210 denied claims, 21105.00 USD billed", "patients: FORBIDDEN"]),
    ],
    ids=["python", "curl", "typescript"],
)
def test_an_example_says_what_there_is(run: Any, claims: int, command: list[str], told: list[str]) -> None:
    ran = run(command)
    assert ran.returncode == 0, ran.stderr
    for line in told:
        assert line in ran.stdout


@pytest.mark.parametrize("command", [PYTHON, CURL, TYPESCRIPT], ids=["python", "curl", "typescript"])
def test_an_example_says_why_it_may_not(run: Any, claims: int, command: list[str]) -> None:
    wrong = run(command, password="not the right one")
    assert wrong.returncode and "UNAUTHENTICATED: The e-mail address or the password is not right." in wrong.stderr
    ran = run(command, role=Role.CARE_TEAM)
    assert (
        "AD_HOC_QUERIES" in ran.stdout + ran.stderr or "only operations that are registered" in ran.stdout + ran.stderr
    )


def test_what_the_python_example_needs_is_what_it_is_tried_with() -> None:
    locked = (ROOT / "requirements-dev.lock").read_text()
    for name, version in re.findall(
        r"^([a-z-]+)(?:\[\w+\])?==(\S+)$", (CLIENTS / "python/requirements.txt").read_text(), re.M
    ):
        assert f"\n{name}=={version} " in locked
