"""The command that makes the first organization of an installation."""

import pytest
from django.core.management import CommandError, call_command

from upstream.accounts import sessions
from upstream.accounts.models import ClientKind, Membership, Organization, User
from upstream.accounts.roles import Role

ARGUMENTS = ["--name", "Fenwick Clinic", "--owner-email", "Ada@Example.org", "--owner-name", "Ada Fenwick"]


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("UPSTREAM_OWNER_PASSWORD", "a long first passphrase")
    return "a long first passphrase"


def test_the_owner_can_sign_in(db: None, password: str) -> None:
    call_command("create_organization", *ARGUMENTS)
    issued = sessions.sign_in(email="ada@example.org", password=password, client=ClientKind.BEARER)
    assert (issued.session.organization.slug, issued.session.membership.role) == ("fenwick-clinic", Role.OWNER)


def test_somebody_known_becomes_owner_with_the_password_they_have(db: None) -> None:
    User.objects.create_user(email="ada@example.org", password="another long passphrase", name="Ada")
    call_command("create_organization", *ARGUMENTS)
    assert sessions.sign_in(email="ada@example.org", password="another long passphrase", client=ClientKind.BEARER)


@pytest.mark.parametrize(
    ("change", "password", "message"),
    [
        ({}, "short", "at least 12"),
        ({}, "password1234", "too common"),
        ({"--owner-email": "nonsense"}, "a long first passphrase", "valid email"),
        ({"--name": "…"}, "a long first passphrase", "letters or digits"),
    ],
)
def test_what_will_not_do_is_said_and_nothing_is_made(
    db: None, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], password: str, message: str
) -> None:
    monkeypatch.setenv("UPSTREAM_OWNER_PASSWORD", password)
    arguments = {**dict(zip(ARGUMENTS[::2], ARGUMENTS[1::2], strict=True)), **change}
    with pytest.raises(CommandError, match=message):
        call_command("create_organization", *(part for pair in arguments.items() for part in pair))
    assert not Organization.objects.exists() and not User.objects.exists() and not Membership.unscoped.exists()


def test_the_same_organization_twice_is_refused(db: None) -> None:
    call_command("create_organization", *ARGUMENTS)
    with pytest.raises(CommandError, match="already"):
        call_command("create_organization", *ARGUMENTS)
