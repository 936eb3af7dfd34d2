"""Signing in by an identity provider, which is a real one over HTTP here; whatever is not right is refused."""

import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from accounts.provider import CLIENT, SECRET, Provider, serve
from accounts.test_second_factor import CONFIRM, actions
from accounts.test_sessions import send, who
from conftest import PASSWORD
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from upstream.accounts import enrolment, identity_provider, invitations, policy, sessions, single_sign_on
from upstream.accounts.models import (
    ClientKind,
    Invitation,
    Membership,
    Organization,
    Session,
    SingleSignOnAttempt,
    SingleSignOnLink,
    User,
)
from upstream.accounts.roles import EVERYBODY, ROLE_PERMISSIONS, Role
from upstream.accounts.tasks import forget_old_challenges
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode, ServiceError
from upstream.reports import access
from upstream.settings.environment import SettingsError, SingleSignOn
from upstream.settings.environment import single_sign_on as read_settings

START = "mutation($anew: Boolean! = false) { startSingleSignOn(anew: $anew) { url errors { code message } } }"
FINISH = """mutation($code: String!, $state: String!) { finishSingleSignOn(code: $code, state: $state) {
  challenge secondFactors session { accessToken refreshToken } viewer { email mustSetUpSecondFactor }
  errors { code message } } }"""
NAME = "Harbor ID"
ADDRESS = "dana@example.org"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with serve(Provider()) as provider:
        yield provider


@pytest.fixture
def provider(running: Provider, settings: LazySettings) -> Provider:
    """Which knows Dana, and says nothing wrong."""
    running.person = {"sub": "d-1", "email": ADDRESS, "email_verified": True, "name": "Dana Whitfield"}
    running.token, running.metadata, running.published, running.codes, running.asked = {}, {}, [], {}, []
    running.thin = running.down = False
    settings.SINGLE_SIGN_ON = SingleSignOn(running.issuer, CLIENT, SECRET, NAME, "")
    return running


@pytest.fixture
def dana(organization: Organization, member: Callable[..., Actor], provider: Provider) -> User:
    user = User.objects.get(pk=member(Role.ADMIN).user_id)
    user.email = ADDRESS
    user.save()
    return user


def start(client: Client, **variables: bool) -> str:
    answer = send(client, START, variables)["data"]["startSingleSignOn"]
    assert answer["errors"] == []
    return answer["url"]


def finish(client: Client, back: dict[str, str]) -> dict[str, Any]:
    return send(client, FINISH, back)["data"]["finishSingleSignOn"]


def sign_in(provider: Provider, client: Client | None = None, **variables: bool) -> dict[str, Any]:
    client = client or Client()
    return finish(client, provider.visit(start(client, **variables)))


def problem(answer: dict[str, Any]) -> str:
    assert answer["session"] is None and answer["viewer"] is None and answer["challenge"] is None
    return answer["errors"][0]["code"]


def test_a_member_signs_in(provider: Provider, dana: User) -> None:
    client = Client()
    url = start(client)
    sent = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert sent["redirect_uri"] == "http://localhost:3000/single-sign-on" and "prompt" not in sent
    cookie = client.cookies["upstream_single_sign_on"]
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and cookie.value not in url
    answer = finish(client, provider.visit(url))
    assert answer["errors"] == [] and answer["viewer"] == {"email": ADDRESS, "mustSetUpSecondFactor": False}
    assert answer["session"]["refreshToken"] is None and "upstream_refresh" in client.cookies
    assert who(client, answer["session"]["accessToken"]) == ADDRESS
    opened = AuditEvent.unscoped.filter(action="session.opened").latest("sequence")
    assert opened.detail == {"client": "BROWSER", "signed_in_by": "single sign-on"}
    own = send(client, "{ ownSessions { client isThisOne } }", token=answer["session"]["accessToken"])
    assert {"client": "BROWSER", "isThisOne": True} in own["data"]["ownSessions"]
    assert not SingleSignOnAttempt.objects.exists()


def test_the_account_is_linked_whatever_becomes_of_the_address(provider: Provider, dana: User) -> None:
    sign_in(provider)
    assert SingleSignOnLink.objects.values_list("user", "issuer", "subject").get() == (dana.pk, provider.issuer, "d-1")
    provider.person["email"] = "dana.whitfield@example.org"
    assert sign_in(provider)["viewer"]["email"] == ADDRESS
    assert actions().count("single_sign_on.linked") == 1 and SingleSignOnLink.objects.count() == 1


def test_nobody_gets_the_account_who_is_given_the_address_later(provider: Provider, dana: User) -> None:
    sign_in(provider)
    provider.person["sub"] = "d-2"
    answer = sign_in(provider)
    assert problem(answer) == "INVALID" and "somebody else" in answer["errors"][0]["message"]
    assert "single_sign_on.refused" in actions() and SingleSignOnLink.objects.count() == 1


def test_an_operator_hands_the_account_over(provider: Provider, dana: User) -> None:
    sign_in(provider)
    provider.person["sub"] = "d-2"
    call_command("unlink_single_sign_on", ADDRESS.upper())
    assert sign_in(provider)["errors"] == [] and SingleSignOnLink.objects.get().subject == "d-2"
    assert "single_sign_on.unlinked" in actions()
    call_command("unlink_single_sign_on", ADDRESS)
    with pytest.raises(CommandError, match="not linked"):
        call_command("unlink_single_sign_on", ADDRESS)
    with pytest.raises(CommandError, match="Nobody"):
        call_command("unlink_single_sign_on", "nobody@example.org")


def test_another_state_does_not_count(provider: Provider, dana: User) -> None:
    client = Client()
    back = provider.visit(start(client))
    for state in ("", "x" * 43, "é", back["state"] + "x"):
        assert problem(finish(client, {**back, "state": state})) == "EXPIRED"
    assert finish(client, back)["errors"] == []


def test_another_browser_does_not_count(provider: Provider, dana: User) -> None:
    mine, theirs = Client(), Client()
    back = provider.visit(start(theirs))
    start(mine)
    for client in (mine, Client()):
        assert problem(finish(client, back)) == "EXPIRED"
    assert finish(theirs, back)["errors"] == []


def test_whoever_takes_too_long_begins_again(provider: Provider, dana: User) -> None:
    client = Client()
    back = provider.visit(start(client))
    SingleSignOnAttempt.objects.update(expires_at=clock.now())
    assert problem(finish(client, back)) == "EXPIRED"
    forget_old_challenges()
    assert not SingleSignOnAttempt.objects.exists()


def test_a_code_counts_once(provider: Provider, dana: User) -> None:
    client = Client()
    back = provider.visit(start(client))
    assert finish(client, back)["errors"] == []
    assert problem(finish(client, back)) == "EXPIRED"
    again = Client()
    fresh = provider.visit(start(again))
    assert problem(finish(again, {**fresh, "code": back["code"]})) == "INVALID"


def test_a_code_of_another_attempt_does_not_count(provider: Provider, dana: User) -> None:
    """PKCE: the provider gives a token only to who was sent for the code."""
    one, two = Client(), Client()
    stolen, back = provider.visit(start(one)), provider.visit(start(two))
    assert problem(finish(two, {**back, "code": stolen["code"]})) == "INVALID"


WRONG: dict[str, dict[str, Any]] = {
    "nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "audience": {"aud": "another"},
    "audiences without us": {"aud": ["one", "two"], "azp": CLIENT},
    "audience given to another": {"aud": [CLIENT, "another"], "azp": "another"},
    "issuer": {"iss": "https://elsewhere.example"},
    "no issuer": {"iss": None},
    "expired": {"exp": int(time.time()) - 120},
    "no end": {"exp": None},
    "from the future": {"iat": int(time.time()) + 3_600},
    "no subject": {"sub": None},
    "empty subject": {"sub": ""},
    "of another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    "no moment of showing who one is": {"auth_time": None},
    "a moment to come": {"auth_time": int(time.time()) + 3_600},
    "a moment in words": {"auth_time": "now"},
    "long ago": {"auth_time": int(time.time()) - 14 * 3_600},
}


@pytest.mark.parametrize("said", WRONG.values(), ids=WRONG)
def test_a_token_that_is_not_right_does_not_count(provider: Provider, dana: User, said: dict[str, Any]) -> None:
    provider.token = said
    answer = sign_in(provider)
    assert problem(answer) == "INVALID" and answer["errors"][0]["message"].startswith(f"{NAME} did not confirm")
    assert not SingleSignOnLink.objects.exists()


@pytest.mark.parametrize("unverified", [False, None, "true", 1])
def test_an_address_has_to_be_verified(provider: Provider, dana: User, unverified: Any) -> None:
    provider.person["email_verified"] = unverified
    answer = sign_in(provider)
    assert problem(answer) == "INVALID" and "verified" in answer["errors"][0]["message"]
    assert not SingleSignOnLink.objects.exists()


def test_nobody_gets_an_account_out_of_nothing(provider: Provider, organization: Organization) -> None:
    answer = sign_in(provider)
    assert problem(answer) == "INVALID" and ADDRESS in answer["errors"][0]["message"]
    assert not User.objects.exists() and not SingleSignOnLink.objects.exists()


@pytest.mark.parametrize("gone", ["not active", "no member"])
def test_who_has_left_stays_out(provider: Provider, dana: User, gone: str) -> None:
    sign_in(provider)
    if gone == "not active":
        User.objects.update(is_active=False)
    else:
        Membership.unscoped.filter(user=dana).delete()
    assert problem(sign_in(provider)) == "INVALID"


def test_an_invitation_is_accepted(provider: Provider, organization: Organization, owner: Actor, settings: Any) -> None:
    invitations.invite(actor=owner, email=ADDRESS, name="Dana W.", role=Role.CARE_TEAM)
    answer = sign_in(provider)
    assert answer["errors"] == [] and answer["viewer"]["email"] == ADDRESS
    user = User.objects.get(email=ADDRESS)
    assert user.name == "Dana Whitfield" and not user.has_usable_password()
    assert Membership.objects.for_organization(organization).get(user=user).role == Role.CARE_TEAM
    assert Invitation.unscoped.get().accepted_at and "member.joined" in actions()
    with pytest.raises(ServiceError):
        sessions.sign_in(email=ADDRESS, password="", client=ClientKind.BROWSER)
    assert sign_in(provider)["errors"] == []


@pytest.mark.parametrize("change", [{"revoked_at": clock.now()}, {"expires_at": clock.now()}])
def test_an_invitation_that_is_over_is_none(provider: Provider, owner: Actor, change: dict[str, Any]) -> None:
    invitations.invite(actor=owner, email=ADDRESS, name="Dana W.", role=Role.CARE_TEAM)
    Invitation.unscoped.update(**change)
    assert problem(sign_in(provider)) == "INVALID" and not User.objects.filter(email=ADDRESS).exists()


def test_addresses_of_other_domains_can_be_kept_out(provider: Provider, dana: User, settings: LazySettings) -> None:
    settings.SINGLE_SIGN_ON = SingleSignOn(provider.issuer, CLIENT, SECRET, NAME, "ample.org")
    answer = sign_in(provider)
    assert problem(answer) == "INVALID" and "ample.org" in answer["errors"][0]["message"]
    settings.SINGLE_SIGN_ON = SingleSignOn(provider.issuer, CLIENT, SECRET, NAME, "example.org")
    assert sign_in(provider)["errors"] == []


def test_new_keys_count_at_once_and_old_ones_no_more(provider: Provider, dana: User) -> None:
    assert sign_in(provider)["errors"] == []
    before = provider.key
    provider.change_key()
    assert sign_in(provider)["errors"] == []
    provider.published, provider.key = [provider.key], before
    assert problem(sign_in(provider)) == "INVALID"


def test_a_token_signed_by_nothing_secret_does_not_count(provider: Provider, dana: User, monkeypatch: Any) -> None:
    signed = jwt.encode

    def by_the_shared_secret(header: dict, claims: dict, key: RSAKey) -> str:
        return signed({"alg": "HS256", "kid": key.kid}, claims, OctKey.import_key(SECRET * 2))

    def by_nothing(header: dict, claims: dict, key: RSAKey) -> str:
        _, body, _ = signed(header, claims, key).split(".")
        return f"eyJhbGciOiJub25lIn0.{body}."

    for forged in (by_the_shared_secret, by_nothing):
        monkeypatch.setattr("accounts.provider.jwt.encode", forged)
        assert problem(sign_in(provider)) == "INVALID"


def test_while_the_provider_is_down_it_says_so(provider: Provider, dana: User, settings: LazySettings) -> None:
    client = Client()
    back = provider.visit(start(client))
    provider.down = True
    answer = finish(client, back)
    assert problem(answer) == "CONFLICT" and answer["errors"][0]["message"].startswith(f"{NAME} cannot be reached")
    asked = send(Client(), START)["data"]["startSingleSignOn"]
    assert asked["url"] is None and asked["errors"][0]["code"] == "CONFLICT"
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
    settings.SINGLE_SIGN_ON = SingleSignOn(address, CLIENT, SECRET, NAME, "")
    assert send(Client(), START)["data"]["startSingleSignOn"]["errors"][0]["code"] == "CONFLICT"


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": "ftp://elsewhere.example"},
        {"authorization_endpoint": 7},
        {"authorization_endpoint": None},
    ],
)
def test_a_provider_that_is_another_or_not_safe_is_not_used(
    provider: Provider, dana: User, metadata: dict[str, Any]
) -> None:
    provider.metadata = metadata
    assert send(Client(), START)["data"]["startSingleSignOn"]["errors"][0]["code"] == "CONFLICT"
    assert provider.asked == ["/.well-known/openid-configuration"]


def test_it_is_asked_for_the_address_where_its_token_has_none(provider: Provider, dana: User) -> None:
    provider.thin = True
    assert sign_in(provider)["errors"] == [] and "/person" in provider.asked
    provider.token = {"sub": "somebody else"}
    assert problem(sign_in(provider)) == "INVALID"


def test_the_secret_is_told_as_the_provider_wants_it(provider: Provider, dana: User) -> None:
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert sign_in(provider)["errors"] == []


def test_who_has_a_second_factor_here_is_asked_for_it(provider: Provider, dana: User) -> None:
    actor = sessions.actor_of(sessions.sign_in(email=ADDRESS, password=PASSWORD, client=ClientKind.BROWSER).session)
    secret = enrolment.start(actor=actor).secret
    codes = enrolment.confirm(actor=actor, code=pyotp.TOTP(secret).at(clock.now()))
    asked_at = int(time.time()) - 600
    provider.token = {"auth_time": asked_at}
    client = Client()
    answer = sign_in(provider, client)
    assert answer["session"] is None and answer["secondFactors"] == ["APP"] and "upstream_refresh" not in client.cookies
    confirmed = send(client, CONFIRM, {"input": {"challenge": answer["challenge"], "code": codes[0]}})
    assert confirmed["data"]["confirmSignIn"]["viewer"] == {"email": ADDRESS}
    opened = AuditEvent.unscoped.filter(action="session.opened").latest("sequence")
    assert opened.detail == {"client": "BROWSER", "signed_in_by": "single sign-on", "second_factor": "recovery"}
    assert int(Session.unscoped.get(pk=opened.target_id).confirmed_at.timestamp()) == asked_at
    provider.token = {"amr": ["pwd", "mfa"]}
    assert sign_in(provider)["session"]


STRONG = [{"amr": ["pwd", "mfa"]}, {"acr": "phr"}]
WEAK = [{}, {"amr": ["pwd"]}, {"amr": [["mfa"]]}, {"acr": "1"}, {"amr": []}]


@pytest.mark.parametrize("said", STRONG + WEAK)
def test_the_policy_asks_unless_the_provider_did(
    provider: Provider, dana: User, organization: Organization, said: dict[str, Any]
) -> None:
    Organization.objects.filter(pk=organization.pk).update(second_factor_required=True)
    provider.token = said
    answer = sign_in(provider)
    assert answer["viewer"]["mustSetUpSecondFactor"] == (said in WEAK)
    session = sessions.authenticate(answer["session"]["accessToken"])
    expected = EVERYBODY if said in WEAK else ROLE_PERMISSIONS[Role.ADMIN]
    assert session.permissions == expected
    # What links and jobs may do for the person is no less and no more, and ends with the session.
    assert access.current_actor(organization.pk, dana.pk).permissions == expected
    Session.unscoped.filter(pk=session.session_id).update(revoked_at=clock.now())
    assert access.current_actor(organization.pk, dana.pk).permissions == EVERYBODY


def test_what_the_provider_asked_goes_along_to_another_organization(
    provider: Provider, dana: User, organization: Organization, other_organization: Organization
) -> None:
    Organization.objects.update(second_factor_required=True)
    Membership(organization=other_organization, user=dana, role=Role.OWNER).save(force_insert=True)
    provider.token = {"amr": ["mfa"]}
    token = sign_in(provider)["session"]["accessToken"]
    actor = sessions.authenticate(token)
    there = organization if actor.organization_id == other_organization.pk else other_organization
    switched = sessions.actor_of(sessions.switch_organization(actor=actor, organization_id=there.pk).session)
    assert switched.permissions > EVERYBODY


def test_a_session_by_a_password_owes_nothing_to_the_provider(
    provider: Provider, dana: User, organization: Organization
) -> None:
    Organization.objects.filter(pk=organization.pk).update(second_factor_required=True)
    provider.token = {"amr": ["mfa"]}
    sign_in(provider)
    issued = sessions.sign_in(email=ADDRESS, password=PASSWORD, client=ClientKind.BROWSER)
    assert sessions.actor_of(issued.session).permissions == EVERYBODY


def test_an_owner_whose_provider_asks_may_ask_it_of_others(provider: Provider, dana: User) -> None:
    Membership.unscoped.filter(user=dana).update(role=Role.OWNER)
    actor = sessions.authenticate(sign_in(provider)["session"]["accessToken"])
    with pytest.raises(ServiceError) as refused:
        policy.require_second_factor(actor=actor, required=True)
    assert refused.value.code == ErrorCode.CONFLICT
    provider.token = {"amr": ["mfa"]}
    actor = sessions.authenticate(sign_in(provider)["session"]["accessToken"])
    assert policy.require_second_factor(actor=actor, required=True).second_factor_required


def test_what_weighs_most_asks_again_unless_the_provider_has_just_asked(provider: Provider, dana: User) -> None:
    guarded = "mutation { startSecondFactor { errors { code } } }"
    provider.token = {"auth_time": int(time.time()) - 3_600}
    client = Client()
    first = sign_in(provider, client)["session"]["accessToken"]
    late = send(client, guarded, token=first)["data"]["startSecondFactor"]
    assert late["errors"] == [{"code": "STEP_UP_REQUIRED"}]
    # Asked to have somebody show anew who they are, it has to.
    url = start(client, anew=True)
    assert parse_qs(urlsplit(url).query)["prompt"] == ["login"] and parse_qs(urlsplit(url).query)["max_age"] == ["0"]
    assert problem(finish(client, provider.visit(url))) == "INVALID"
    provider.token = {}
    token = sign_in(provider, client, anew=True)["session"]["accessToken"]
    assert send(client, guarded, token=token)["data"]["startSecondFactor"]["errors"] == []
    # The session that the browser had has ended.
    assert who(client, first) is None


def test_attempts_are_counted_with_wrong_passwords(provider: Provider, dana: User) -> None:
    for _ in range(10):
        assert problem(finish(Client(), {"code": "x", "state": "y"})) == "EXPIRED"
    assert problem(sign_in(provider)) == "RATE_LIMITED"


def test_the_provider_is_not_asked_without_end(provider: Provider, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_sign_on, "STARTS_A_MINUTE", 2)
    for _ in range(2):
        single_sign_on.start(address="192.0.2.1")
    with pytest.raises(ServiceError, match="too often"):
        single_sign_on.start(address="192.0.2.1")
    assert len(provider.asked) == 2


def test_without_settings_there_is_none(db: None) -> None:
    assert send(Client(), "{ singleSignOn { name } }")["data"]["singleSignOn"] is None
    assert send(Client(), START)["data"]["startSingleSignOn"]["errors"][0]["code"] == "NOT_FOUND"
    assert problem(finish(Client(), {"code": "x", "state": "y"})) == "NOT_FOUND"


def test_its_name_is_told(provider: Provider, db: None) -> None:
    assert send(Client(), "{ singleSignOn { name } }")["data"]["singleSignOn"] == {"name": NAME}


def test_no_code_and_no_secret_is_logged(provider: Provider, dana: User, caplog: pytest.LogCaptureFixture) -> None:
    client = Client()
    back = provider.visit(start(client))
    provider.metadata = {"token_endpoint": f"{provider.issuer}/nowhere"}
    assert problem(finish(client, back)) == "CONFLICT"
    assert caplog.records and not any(secret in caplog.text for secret in (back["code"], back["state"], SECRET))


def test_a_long_code_is_not_handed_on(provider: Provider, dana: User) -> None:
    client = Client()
    back = provider.visit(start(client))
    assert problem(finish(client, {**back, "code": "x" * (identity_provider.LONGEST_CODE + 1)})) == "INVALID"
    assert "/token" not in provider.asked


ALL = {
    "OIDC_ISSUER": "https://id.example.org/realm",
    "OIDC_CLIENT_ID": "upstream",
    "OIDC_CLIENT_SECRET": "not a real one",
    "OIDC_NAME": "Harbor ID",
    "OIDC_EMAIL_DOMAIN": "Example.org",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def lay(**values: str) -> None:
        for name in ALL:
            monkeypatch.setenv(name, values.get(name, ""))

    return lay


def test_settings_are_read(environment: Callable[..., None]) -> None:
    environment(**ALL)
    found = read_settings()
    assert found == SingleSignOn(ALL["OIDC_ISSUER"], "upstream", "not a real one", "Harbor ID", "example.org")
    assert "not a real one" not in repr(found)
    environment()
    assert read_settings() is None


@pytest.mark.parametrize("left_out", [name for name in ALL if name != "OIDC_EMAIL_DOMAIN"])
def test_half_of_the_settings_keep_it_from_starting(environment: Callable[..., None], left_out: str) -> None:
    environment(**{**ALL, left_out: ""})
    with pytest.raises(SettingsError, match="belong together"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OIDC_ISSUER", "http://id.example.org"),
        ("OIDC_ISSUER", "id.example.org"),
        ("OIDC_ISSUER", "https://"),
        ("OIDC_ISSUER", "https://id.example.org/?tenant=1"),
        ("OIDC_EMAIL_DOMAIN", "@example.org"),
        ("OIDC_EMAIL_DOMAIN", "example"),
        ("OIDC_EMAIL_DOMAIN", "a.org, b.org"),
    ],
)
def test_settings_that_make_no_sense_keep_it_from_starting(
    environment: Callable[..., None], name: str, value: str
) -> None:
    environment(**{**ALL, name: value})
    with pytest.raises(SettingsError, match=name):
        read_settings()


def test_a_provider_on_this_machine_may_be_tried_without_tls(environment: Callable[..., None]) -> None:
    environment(**{**ALL, "OIDC_ISSUER": "http://127.0.0.1:9000", "OIDC_EMAIL_DOMAIN": ""})
    assert read_settings() == SingleSignOn("http://127.0.0.1:9000", "upstream", "not a real one", "Harbor ID", "")


def test_attempts_are_kept_for_their_minutes(provider: Provider, db: None) -> None:
    single_sign_on.start()
    left = SingleSignOnAttempt.objects.get().expires_at - clock.now()
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
