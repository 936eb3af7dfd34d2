"""Sign-in, refresh, sign-out: over HTTP, for browsers and for bearer clients."""

import json
from datetime import timedelta

import pytest
from conftest import PASSWORD
from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.test import Client
from pytest_django import Settings
from support import GraphQL, registered

from upstream.accounts import services, sessions
from upstream.accounts.models import Membership, Organization, Session, User
from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import Actor

SIGN_IN = """mutation($input: SignInInput!) { signIn(input: $input) {
  session { accessToken refreshToken expiresAt } viewer { email role organization { name } }
  errors { code field message } } }"""
REFRESH = """mutation($input: RefreshSessionInput) { refreshSession(input: $input) {
  session { accessToken refreshToken } viewer { email } errors { code message } } }"""


@pytest.fixture
def user(organization: Organization) -> User:
    user = User.objects.create_user(email="Ada@Example.org", password=PASSWORD, name="Ada Biller")
    services.add_member(
        organization=organization, user=user, role=Role.CARE_TEAM, actor=services.system_actor(organization.pk)
    )
    return user


def send(client: Client, query: str, variables: dict | None = None, token: str = "") -> dict:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = json.dumps({"query": registered(query), "variables": variables or {}})
    return client.post("/graphql/", body, content_type="application/json", headers=headers).json()


def sign_in(client: Client, /, *, email: str = "ada@example.org", password: str = PASSWORD, **more: str) -> dict:
    return send(client, SIGN_IN, {"input": {"email": email, "password": password, **more}})["data"]["signIn"]


def who(client: Client, token: str) -> str | None:
    viewer = send(client, "{ viewer { email } }", token=token)["data"]["viewer"]
    return viewer and viewer["email"]


def test_a_browser_gets_an_access_token_and_a_cookie_script_cannot_read(user: User) -> None:
    client = Client()
    answer = sign_in(client)
    assert answer["errors"] == [] and answer["session"]["refreshToken"] is None
    assert answer["viewer"] == {
        "email": "ada@example.org",
        "role": "CARE_TEAM",
        "organization": {"name": "Riverside Clinic"},
    }
    cookie = client.cookies[settings.REFRESH_COOKIE_NAME]
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["path"] == "/graphql/"
    assert who(client, answer["session"]["accessToken"]) == "ada@example.org"
    assert who(client, "") is None


def test_refreshing_changes_the_cookie_and_the_old_one_ends_the_session(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    first = sign_in(client)
    stolen = client.cookies[settings.REFRESH_COOKIE_NAME].value
    renewed = send(client, REFRESH)["data"]["refreshSession"]
    assert renewed["errors"] == [] and client.cookies[settings.REFRESH_COOKIE_NAME].value != stolen
    assert who(client, renewed["session"]["accessToken"]) == "ada@example.org"

    Session.unscoped.update(rotated_at=clock.now() - timedelta(minutes=1))
    thief = Client()
    thief.cookies[settings.REFRESH_COOKIE_NAME] = stolen
    assert send(thief, REFRESH)["data"]["refreshSession"]["errors"][0]["code"] == "UNAUTHENTICATED"
    # Whoever holds the newer secret is signed out as well: nobody can tell which of the two is the thief.
    assert send(client, REFRESH)["data"]["refreshSession"]["errors"][0]["code"] == "UNAUTHENTICATED"
    assert who(client, first["session"]["accessToken"]) is None
    assert AuditEvent.unscoped.filter(action="session.reuse").exists()


def test_two_tabs_refreshing_at_once_both_stay_signed_in(user: User) -> None:
    client = Client()
    sign_in(client)
    other_tab = Client()
    other_tab.cookies[settings.REFRESH_COOKIE_NAME] = client.cookies[settings.REFRESH_COOKIE_NAME].value
    assert send(client, REFRESH)["data"]["refreshSession"]["errors"] == []
    second = send(other_tab, REFRESH)["data"]["refreshSession"]
    assert second["errors"] == [] and who(other_tab, second["session"]["accessToken"]) == "ada@example.org"
    assert send(client, REFRESH)["data"]["refreshSession"]["errors"] == []


def test_a_bearer_client_refreshes_with_its_token(user: User) -> None:
    client = Client()
    session = sign_in(client, client="BEARER")["session"]
    assert settings.REFRESH_COOKIE_NAME not in client.cookies
    renewed = send(client, REFRESH, {"input": {"refreshToken": session["refreshToken"]}})["data"]["refreshSession"]
    assert renewed["session"]["refreshToken"] not in (None, session["refreshToken"])


def test_the_cookie_is_not_taken_from_a_form(user: User) -> None:
    client = Client()
    sign_in(client)
    form = {"operations": json.dumps({"query": registered(REFRESH), "variables": {}}), "map": "{}"}
    assert client.post("/graphql/", form).status_code == 400
    answer = client.post("/graphql/", form, headers={"X-Upstream-Client": "x"}).json()
    assert answer["data"]["refreshSession"]["errors"][0]["code"] == "INVALID"


def test_signing_out_ends_access_and_refresh_at_once(user: User) -> None:
    client = Client()
    token = sign_in(client)["session"]["accessToken"]
    secret = client.cookies[settings.REFRESH_COOKIE_NAME].value
    assert send(client, "mutation { signOut { ok } }", token=token)["data"]["signOut"]["ok"]
    assert client.cookies[settings.REFRESH_COOKIE_NAME].value == ""
    assert who(client, token) is None
    client.cookies[settings.REFRESH_COOKIE_NAME] = secret
    assert send(client, REFRESH)["data"]["refreshSession"]["errors"][0]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("email", "password"), [("ada@example.org", "wrong"), ("nobody@example.org", PASSWORD), ("", "")]
)
def test_a_wrong_pair_is_told_without_telling_which_part(
    user: User, email: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def counted(given: str, stored: str) -> bool:
        hashed.append(stored)
        return check_password(given, stored)

    monkeypatch.setattr(sessions, "check_password", counted)
    assert sign_in(Client(), email=email, password=password) == {
        "session": None,
        "viewer": None,
        "errors": [
            {"code": "INVALID", "field": "password", "message": "The e-mail address or the password is not right."}
        ],
    }
    # The answer takes as long for an account that does not exist: what takes the time is done once in each case.
    assert [stored.partition("$")[0] for stored in hashed] == [user.password.partition("$")[0]]


def test_guessing_is_stopped_even_for_the_right_password(user: User) -> None:
    client = Client()
    for _ in range(10):
        sign_in(client, password="guess")
    assert sign_in(client)["errors"][0]["code"] == "RATE_LIMITED"


def test_signing_in_goes_on_while_the_cache_is_away(user: User, settings, caplog: pytest.LogCaptureFixture) -> None:
    # Nothing listens on port 1.
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert sign_in(Client(), password="wrong")["errors"][0]["code"] == "INVALID"
    assert sign_in(Client())["errors"] == []
    assert "cache unreachable" in caplog.text


def test_an_idle_session_ends(user: User) -> None:
    client = Client()
    token = sign_in(client)["session"]["accessToken"]
    Session.unscoped.update(idle_expires_at=clock.now() - timedelta(seconds=1))
    assert who(client, token) is None
    assert send(client, REFRESH)["data"]["refreshSession"]["errors"][0]["code"] == "UNAUTHENTICATED"


def test_a_changed_role_counts_at_the_next_request(user: User, organization: Organization) -> None:
    client = Client()
    token = sign_in(client)["session"]["accessToken"]
    assert "errors" not in send(client, "{ jobs { totalCount } }", token=token)
    Membership.objects.for_organization(organization).filter(user=user).update(role=Role.AUDITOR)
    refused = send(client, "{ jobs { totalCount } }", token=token)
    assert refused["data"]["jobs"] is None and refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_a_removed_member_is_out_at_once(user: User, organization: Organization) -> None:
    client = Client()
    token = sign_in(client)["session"]["accessToken"]
    Membership.objects.for_organization(organization).filter(user=user).delete()
    assert who(client, token) is None


def test_switching_needs_membership_and_ends_the_old_session(
    user: User, organization: Organization, other_organization: Organization
) -> None:
    switch = """mutation($id: ID!) { switchOrganization(organizationId: $id) {
      session { accessToken } viewer { organization { id } } errors { code } } }"""
    client = Client()
    token = sign_in(client)["session"]["accessToken"]
    for unknown in (str(other_organization.pk), "00000000-0000-0000-0000-000000000000", "nonsense"):
        answer = send(client, switch, {"id": unknown}, token=token)["data"]["switchOrganization"]
        assert answer["errors"] == [{"code": "NOT_FOUND"}]
    services.add_member(
        organization=other_organization, user=user, role=Role.VIEWER, actor=services.system_actor(other_organization.pk)
    )
    answer = send(client, switch, {"id": str(other_organization.pk)}, token=token)["data"]["switchOrganization"]
    assert answer["viewer"]["organization"]["id"] == str(other_organization.pk)
    assert who(client, token) is None
    assert who(client, answer["session"]["accessToken"]) == "ada@example.org"


def test_a_token_signed_with_another_key_is_nobody(user: User, settings) -> None:
    import jwt

    session = Session.unscoped.filter(user=user).first()
    assert session is None
    sign_in(Client())
    session = Session.unscoped.get(user=user)
    forged = jwt.encode(
        {"token_type": "access", "sid": str(session.pk), "exp": 4_000_000_000}, "x" * 64, algorithm="HS256"
    )
    unsigned = jwt.encode({"token_type": "access", "sid": str(session.pk), "exp": 4_000_000_000}, "", algorithm="none")
    for token in (forged, unsigned, "nonsense", "a.b.c"):
        assert who(Client(), token) is None


def test_a_stored_session_does_not_hold_the_secret(user: User) -> None:
    client = Client()
    sign_in(client)
    secret = client.cookies[settings.REFRESH_COOKIE_NAME].value.partition(".")[2]
    session = Session.unscoped.get(user=user)
    assert secret not in {session.secret_digest, session.previous_digest} and len(session.secret_digest) == 64


@pytest.mark.parametrize(("told", "minutes_left"), [(None, 21), (600, 21), (60, 29), (0, 30), (-900, 30)])
def test_a_browsers_session_is_prolonged_by_its_person_alone(
    user: User, monkeypatch: pytest.MonkeyPatch, told: int | None, minutes_left: int
) -> None:
    client = Client()
    sign_in(client)
    started = clock.now()
    later = started + timedelta(minutes=9)
    monkeypatch.setattr(clock, "now", lambda: later)
    query = """mutation($input: RefreshSessionInput) { refreshSession(input: $input) {
      session { accessToken } errors { code } } }"""
    send(client, query, {"input": {"idleSeconds": told}})
    left = Session.unscoped.get().idle_expires_at - later
    assert abs(left - timedelta(minutes=minutes_left)) < timedelta(seconds=30)


def test_a_page_that_renews_by_itself_does_not_keep_a_session_alive(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    sign_in(client)
    started = clock.now()
    query = """mutation($input: RefreshSessionInput) { refreshSession(input: $input) {
      session { accessToken } errors { code } } }"""
    renewed = []
    for minute in (9, 18, 27, 36):
        monkeypatch.setattr(clock, "now", lambda minute=minute: started + timedelta(minutes=minute))
        answer = send(client, query, {"input": {"idleSeconds": minute * 60}})["data"]["refreshSession"]
        renewed.append([error["code"] for error in answer["errors"]])
    assert renewed == [[], [], [], ["UNAUTHENTICATED"]]


def test_an_idle_time_beyond_reason_prolongs_nothing(user: User) -> None:
    client = Client()
    sign_in(client)
    before = Session.unscoped.get().idle_expires_at
    query = """mutation($input: RefreshSessionInput) { refreshSession(input: $input) { errors { code } } }"""
    assert send(client, query, {"input": {"idleSeconds": 2**31 - 1}})["data"]["refreshSession"]["errors"] == []
    assert Session.unscoped.get().idle_expires_at == before


def test_clients_are_told_when_a_session_that_nobody_touches_ends(
    owner: Actor, graphql: type[GraphQL], settings: Settings
) -> None:
    settings.SESSION_IDLE_LIFETIME = timedelta(minutes=7)
    assert graphql(owner)("{ viewer { idleLimitSeconds } }")["data"]["viewer"] == {"idleLimitSeconds": 420}
