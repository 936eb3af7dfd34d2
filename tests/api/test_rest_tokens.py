"""Tokens over REST: the sessions of the graph in the shape of simplejwt: renewed once, ended by a stolen one."""

from datetime import timedelta
from typing import Any

import pytest
from api.rest import UPLOADS, told
from conftest import PASSWORD
from django.http import HttpResponse
from django.test import Client

from upstream.accounts import services
from upstream.accounts.models import ClientKind, Membership, Organization, Session, User
from upstream.accounts.roles import Role
from upstream.audit.models import AuditEvent
from upstream.core import clock


@pytest.fixture
def user(organization: Organization) -> User:
    user = User.objects.create_user(email="ada@example.org", password=PASSWORD, name="Ada Biller")
    join(user, organization)
    return user


def join(user: User, organization: Organization, role: Role = Role.CARE_TEAM) -> None:
    services.add_member(organization=organization, user=user, role=role, actor=services.system_actor(organization.pk))


def post(path: str, body: Any, **more: Any) -> HttpResponse:
    return Client().post(f"/api/v1/auth/token/{path}", body, content_type="application/json", **more)


def sign_in(**values: Any) -> HttpResponse:
    return post("", {"email": "ada@example.org", "password": PASSWORD} | values)


def uploads(access: str) -> HttpResponse:
    return Client(headers={"Authorization": f"Bearer {access}"}).get(UPLOADS)


def test_a_person_signs_in_and_uses_the_surface(user: User, organization: Organization) -> None:
    response = sign_in(email=" Ada@Example.org ")
    assert response.status_code == 200 and set(response.json()) == {"access", "refresh"}
    assert uploads(response.json()["access"]).status_code == 200
    session = Session.objects.for_organization(organization).get()
    assert session.client == ClientKind.BEARER
    assert AuditEvent.unscoped.filter(action="session.opened", actor_id=user.pk).count() == 1
    assert response.cookies == {}


def test_the_token_is_the_one_of_the_graph(user: User, graphql: Any) -> None:
    ask = graphql()
    ask.client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {sign_in().json()['access']}"
    assert ask("{ viewer { email } }")["data"] == {"viewer": {"email": "ada@example.org"}}


@pytest.mark.parametrize("values", [{"password": "wrong"}, {"email": "nobody@example.org"}, {"email": " "}])
def test_a_wrong_pair_is_told_without_telling_which_part(user: User, values: dict) -> None:
    response = sign_in(**values)
    assert told(response) == (401, "UNAUTHENTICATED", "password")
    assert response.json()["message"] == "The e-mail address or the password is not right."


def test_one_may_choose_among_ones_organizations_only(
    user: User, organization: Organization, other_organization: Organization
) -> None:
    for unknown in (str(other_organization.pk), "00000000-0000-0000-0000-000000000000"):
        assert told(sign_in(organization_id=unknown)) == (404, "NOT_FOUND", "organization_id")
    assert told(sign_in(organization_id="x")) == (400, "INVALID", "organization_id")
    join(user, other_organization)
    assert sign_in(organization_id=str(organization.pk)).status_code == 200
    assert Session.unscoped.get().organization_id == organization.pk


def test_guessing_is_stopped_even_for_the_right_password(user: User) -> None:
    for _ in range(10):
        sign_in(password="guess")
    response = sign_in()
    assert told(response) == (429, "RATE_LIMITED", None) and response["Retry-After"] == "900"


def test_renewing_changes_the_refresh_token(user: User) -> None:
    first = sign_in().json()
    renewed = post("refresh/", {"refresh": first["refresh"]})
    assert renewed.status_code == 200
    second = renewed.json()
    assert second["refresh"] != first["refresh"] and uploads(second["access"]).status_code == 200
    assert post("refresh/", {"refresh": second["refresh"]}).status_code == 200


def test_an_old_refresh_token_ends_the_whole_session(user: User) -> None:
    first = sign_in().json()
    second = post("refresh/", {"refresh": first["refresh"]}).json()
    Session.unscoped.update(rotated_at=clock.now() - timedelta(minutes=1))
    assert told(post("refresh/", {"refresh": first["refresh"]})) == (401, "UNAUTHENTICATED", None)
    assert told(post("refresh/", {"refresh": second["refresh"]})) == (401, "UNAUTHENTICATED", None)
    assert uploads(second["access"]).status_code == uploads(first["access"]).status_code == 401
    assert AuditEvent.unscoped.filter(action="session.reuse").count() == 1


def test_two_that_renew_at_once_both_go_on_and_one_gets_the_next_token(user: User) -> None:
    first = sign_in().json()
    answers = [post("refresh/", {"refresh": first["refresh"]}).json() for _ in range(2)]
    assert [set(answer) for answer in answers] == [{"access", "refresh"}, {"access"}]
    assert [uploads(answer["access"]).status_code for answer in answers] == [200, 200]


@pytest.mark.parametrize("refresh", ["nonsense", "0" * 32 + ".secret", "é", "."])
def test_what_is_no_refresh_token_is_refused(user: User, refresh: str) -> None:
    assert told(post("refresh/", {"refresh": refresh})) == (401, "UNAUTHENTICATED", None)


def test_verifying_tells_whether_a_token_counts(user: User, organization: Organization) -> None:
    pair = sign_in().json()
    counts = post("verify/", {"token": pair["access"]})
    assert (counts.status_code, counts.json()) == (200, {})
    for wrong in (pair["refresh"], pair["access"] + "x", "nonsense"):
        assert told(post("verify/", {"token": wrong})) == (401, "UNAUTHENTICATED", "token")
    Membership.objects.for_organization(organization).filter(user=user).delete()
    assert told(post("verify/", {"token": pair["access"]})) == (401, "UNAUTHENTICATED", "token")


def test_an_access_token_ends_with_its_minutes(user: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    used, unused = (sign_in().json()["access"] for _ in range(2))
    assert uploads(used).status_code == 200
    later = clock.now() + settings.ACCESS_TOKEN_LIFETIME
    monkeypatch.setattr("upstream.accounts.tokens.time", lambda: later.timestamp() - 10)
    assert uploads(used).status_code == 200
    monkeypatch.setattr("upstream.accounts.tokens.time", later.timestamp)
    monkeypatch.setattr("rest_framework_simplejwt.tokens.aware_utcnow", lambda: later)
    monkeypatch.setattr("jwt.api_jwt.datetime", _At(later.timestamp()))
    for access in (used, unused):
        assert told(uploads(access)) == (401, "UNAUTHENTICATED", None)


class _At:
    """Stands in for the clock that PyJWT reads."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def now(self, tz: Any = None) -> "_At":
        return self

    def timestamp(self) -> float:
        return self._seconds


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("", {}, (400, "REQUIRED", "email")),
        ("", {"email": "a@example.org", "password": ""}, (400, "REQUIRED", "password")),
        ("", {"email": "a@example.org", "password": None}, (400, "REQUIRED", "password")),
        ("", {"email": "a\x00", "password": "x"}, (400, "INVALID", "email")),
        ("", {"email": ["a"], "password": "x"}, (400, "INVALID", "email")),
        ("", {"email": "x" * 255, "password": "x"}, (400, "INVALID", "email")),
        ("refresh/", {"refresh": 7.5e300}, (401, "UNAUTHENTICATED", None)),
        ("verify/", [], (400, "INVALID", None)),
        ("verify/", "7", (400, "INVALID", None)),
        ("verify/", "not json", (400, "INVALID", None)),
        ("verify/", "[" * 50_000, (400, "INVALID", None)),
        ("verify/", '{"token": "\\ud800"}', (400, "INVALID", None)),
        ("verify/", b"\xff\xfe", (400, "INVALID", None)),
        ("verify/", "", (400, "REQUIRED", "token")),
        ("verify/", '"' + "x" * 70_000 + '"', (413, "TOO_LARGE", None)),
    ],
)
def test_bodies_that_are_not_what_they_should_be(user: User, path: str, body: Any, expected: tuple) -> None:
    assert told(post(path, body)) == expected


def test_forms_and_other_media_types_are_refused(user: User) -> None:
    response = Client().post("/api/v1/auth/token/", {"email": "ada@example.org", "password": PASSWORD})
    assert told(response) == (415, "INVALID", None) and "application/json" in response.json()["message"]


@pytest.mark.parametrize("path", ["", "refresh/", "verify/"])
def test_tokens_are_only_posted_for(db: None, path: str) -> None:
    for method in ("get", "put", "delete", "patch", "head", "options", "trace"):
        response = getattr(Client(), method)(f"/api/v1/auth/token/{path}")
        assert response.status_code == 405 and "POST" in response["Allow"]
