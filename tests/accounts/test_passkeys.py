"""Passkeys: as a second factor, for signing in without a password, and for showing who one is; forged answers fail."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from accounts.authenticator import PRESENT, VERIFIED, Device
from accounts.test_second_factor import CONFIRM, SIGN_IN, actions, refused
from accounts.test_sessions import send, who
from conftest import PASSWORD
from django.conf import LazySettings, settings
from django.core.management import call_command
from django.test import Client

from upstream.accounts import enrolment, passkey_answers, passkeys, policy, sessions
from upstream.accounts.models import ClientKind, Membership, Organization, Passkey, PasskeyChallenge, Session, User
from upstream.accounts.roles import EVERYBODY, ROLE_PERMISSIONS, Role
from upstream.accounts.services import add_member, system_actor
from upstream.accounts.tasks import forget_old_challenges
from upstream.audit import services as audit
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import CONFIRMED_FOR, Actor
from upstream.core.errors import ErrorCode

START = 'mutation($c: String! = "") { startPasskeySignIn(challenge: $c) { options errors { code field message } } }'
ALONE = """mutation($input: SignInWithPasskeyInput!) { signInWithPasskey(input: $input) {
  session { accessToken refreshToken } viewer { email } errors { code field message } } }"""
WRONG = {"code": "INVALID", "field": "passkey", "message": passkey_answers.WRONG}


def add(actor: Actor, device: Device | None = None, name: str = "Phone") -> Device:
    device = device or Device()
    passkeys.add(actor=actor, answer=device.make(passkeys.start(actor=actor)), name=name)
    return device


def email_of(actor: Actor) -> str:
    return User.objects.get(pk=actor.user_id).email


def options(challenge: str = "") -> str:
    return send(Client(), START, {"c": challenge})["data"]["startPasskeySignIn"]["options"]


def alone(answer: str, client: Client | None = None, /, **more: str) -> dict[str, Any]:
    variables = {"input": {"passkey": answer, **more}}
    return send(client or Client(), ALONE, variables)["data"]["signInWithPasskey"]


def challenge_of(actor: Actor) -> str:
    variables = {"input": {"email": email_of(actor), "password": PASSWORD}}
    return send(Client(), SIGN_IN, variables)["data"]["signIn"]["challenge"]


def second_step(challenge: str, answer: str) -> dict[str, Any]:
    return send(Client(), CONFIRM, {"input": {"challenge": challenge, "passkey": answer}})["data"]["confirmSignIn"]


def last_event() -> AuditEvent:
    return AuditEvent.unscoped.latest("sequence")


def test_the_first_one_makes_the_password_alone_count_no_more(care_team: Actor) -> None:
    other = sessions.sign_in(email=email_of(care_team), password=PASSWORD, client=ClientKind.BEARER)
    device = Device()
    added, codes = passkeys.add(
        actor=care_team, answer=device.make(passkeys.start(actor=care_team)), name=" My  phone "
    )
    assert added.name == "My phone" and added.transports == ["hybrid", "internal"] and len(codes) == 10
    assert sessions.authenticate(other.access_token) is None
    assert Session.unscoped.get(pk=care_team.session_id).revoked_at is None
    with pytest.raises(sessions.SecondFactorRequired) as needed:
        sessions.sign_in(email=email_of(care_team), password=PASSWORD, client=ClientKind.BEARER)
    assert needed.value.ways == ["passkey"]
    assert sessions.sign_in(email=email_of(care_team), password=PASSWORD, client=ClientKind.BEARER, code=codes[0])


def test_a_further_one_ends_no_session_and_makes_no_codes(care_team: Actor) -> None:
    device = add(care_team)
    other = sessions.actor_of(
        sessions.sign_in_with_passkey(passkey=device.sign(options()), client=ClientKind.BEARER).session
    )
    second = Device()
    _, codes = passkeys.add(actor=other, answer=second.make(passkeys.start(actor=other)), name="Key ring")
    assert codes == [] and Session.unscoped.get(pk=care_team.session_id).revoked_at is None
    assert [each.name for each in passkeys.of_person(care_team)] == ["Phone", "Key ring"]


def test_it_signs_in_without_password_and_code(care_team: Actor) -> None:
    device, client = add(care_team), Client()
    answer = alone(device.sign(options()), client)
    assert answer["errors"] == [] and answer["viewer"] == {"email": email_of(care_team)}
    assert answer["session"]["refreshToken"] is None and settings.REFRESH_COOKIE_NAME in client.cookies
    assert who(client, answer["session"]["accessToken"]) == email_of(care_team)
    opened = last_event()
    assert (opened.action, opened.detail) == ("session.opened", {"client": "BROWSER", "signed_in_by": "passkey"})
    assert Session.unscoped.get(pk=opened.target_id).confirmed_at is not None
    assert Passkey.objects.get().last_used_at is not None
    assert alone(device.sign(options()), client="BEARER")["session"]["refreshToken"]


def test_it_follows_the_password(care_team: Actor) -> None:
    device = add(care_team)
    variables = {"input": {"email": email_of(care_team), "password": PASSWORD}}
    ask = SIGN_IN.replace("challenge", "challenge secondFactors", 1)
    first = send(Client(), ask, variables)["data"]["signIn"]
    assert first["secondFactors"] == ["PASSKEY"] and first["session"] is None
    asked = options(first["challenge"])
    assert [each["id"] for each in json.loads(asked)["allowCredentials"]] == [Passkey.objects.get().credential_id]
    assert second_step(first["challenge"], device.sign(asked))["viewer"] == {"email": email_of(care_team)}
    assert last_event().detail == {"client": "BROWSER", "second_factor": "passkey"}


def test_app_and_passkey_stand_side_by_side(care_team: Actor) -> None:
    device = add(care_team)
    secret = enrolment.start(actor=care_team).secret
    code = pyotp.TOTP(secret).at(clock.now())
    # An app that is being set up opens nothing.
    with pytest.raises(sessions.ServiceError):
        sessions.sign_in(email=email_of(care_team), password=PASSWORD, client=ClientKind.BEARER, code=code)
    assert enrolment.confirm(actor=care_team, code=code) == []
    with pytest.raises(sessions.SecondFactorRequired) as needed:
        sessions.sign_in(email=email_of(care_team), password=PASSWORD, client=ClientKind.BEARER)
    assert needed.value.ways == ["app", "passkey"]
    enrolment.turn_off(actor=care_team)
    assert alone(device.sign(options()))["errors"] == []
    assert refused(lambda: sessions.sign_in(email=email_of(care_team), password=PASSWORD, client=ClientKind.BEARER))


def test_it_counts_for_those_who_need_a_second_factor(
    organization: Organization, member: Callable[..., Actor], graphql: Any
) -> None:
    Organization.objects.filter(pk=organization.pk).update(second_factor_required=True)
    auditor = member(Role.AUDITOR)
    assert auditor.permissions == EVERYBODY
    device = add(auditor)
    issued = sessions.sign_in_with_passkey(passkey=device.sign(options()), client=ClientKind.BROWSER)
    assert sessions.actor_of(issued.session).permissions == ROLE_PERMISSIONS[Role.AUDITOR]


def test_it_shows_anew_who_one_is(owner: Actor, graphql: Any) -> None:
    device, ask = add(owner), graphql(owner)
    Session.unscoped.update(confirmed_at=None)
    guarded = "mutation { requireSecondFactor(required: true) { errors { code } } }"
    assert ask(guarded)["data"]["requireSecondFactor"]["errors"] == [{"code": "STEP_UP_REQUIRED"}]
    start = "mutation { startPasskeyConfirmation { options } }"
    confirm = "mutation($p: String!) { confirmIdentity(passkey: $p) { confirmedUntil errors { code field message } } }"
    asked = ask(start)["data"]["startPasskeyConfirmation"]["options"]
    forged = replace(device, origin="https://elsewhere.example").sign(asked)
    assert ask(confirm, {"p": forged})["data"]["confirmIdentity"] == {"confirmedUntil": None, "errors": [WRONG]}
    # Neither does the right answer count now: the challenge is used up.
    assert ask(confirm, {"p": device.sign(asked)})["data"]["confirmIdentity"]["errors"][0]["code"] == "EXPIRED"
    asked = ask(start)["data"]["startPasskeyConfirmation"]["options"]
    assert ask(confirm, {"p": device.sign(asked)})["data"]["confirmIdentity"]["errors"] == []
    assert ask(guarded)["data"]["requireSecondFactor"]["errors"] == []


def test_who_has_none_is_told_so(care_team: Actor) -> None:
    assert refused(lambda: passkeys.start_confirmation(actor=care_team))[0] == ErrorCode.CONFLICT
    secret = enrolment.start(actor=care_team).secret
    enrolment.confirm(actor=care_team, code=pyotp.TOTP(secret).at(clock.now()))
    asked = send(Client(), START, {"c": challenge_of(care_team)})["data"]["startPasskeySignIn"]
    assert asked["options"] is None and asked["errors"][0]["code"] == "CONFLICT"


FORGED: dict[str, Callable[[Device], Device]] = {
    "made at another origin": lambda device: replace(device, origin="https://localhost:3000"),
    "made at another port": lambda device: replace(device, origin="http://localhost:3001"),
    "made for another host": lambda device: replace(device, host="elsewhere.example"),
    "without finger, face or PIN": lambda device: replace(device, flags=PRESENT),
    "without anybody there": lambda device: replace(device, flags=VERIFIED),
    "signed by another key": lambda device: replace(device, key=Device().key),
    "of another account, by what it says": lambda device: replace(device, user=Device().user or "bm9ib2R5"),
    "of nobody, by what it leaves out": lambda device: replace(device, user=""),
    "of an unknown passkey": lambda device: replace(device, id=b"unknown"),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_what_is_not_its_answer_does_not_count(care_team: Actor, forge: Callable[[Device], Device]) -> None:
    device = add(care_team)
    before = Session.unscoped.count()
    answer = alone(forge(device).sign(options()))
    assert answer == {"session": None, "viewer": None, "errors": [WRONG]}
    assert Session.unscoped.count() == before and Passkey.objects.get().last_used_at is None
    assert alone(device.sign(options()))["errors"] == []


@pytest.mark.parametrize("forge", list(FORGED.values())[:6], ids=list(FORGED)[:6])
def test_nor_does_it_after_the_password(care_team: Actor, forge: Callable[[Device], Device]) -> None:
    device, challenge = add(care_team), challenge_of(care_team)
    assert second_step(challenge, forge(device).sign(options(challenge)))["errors"] == [
        {"code": "INVALID", "field": "passkey"}
    ]
    assert second_step(challenge, device.sign(options(challenge)))["errors"] == []


def test_an_answer_counts_once(care_team: Actor) -> None:
    device = add(care_team)
    answer = device.sign(options())
    assert alone(answer)["errors"] == []
    assert alone(answer)["errors"][0]["code"] == "EXPIRED"


def test_a_challenge_is_of_its_minutes(care_team: Actor) -> None:
    device, asked = add(care_team), options()
    PasskeyChallenge.objects.update(expires_at=clock.now())
    assert alone(device.sign(asked))["errors"][0]["code"] == "EXPIRED"
    forget_old_challenges()
    assert not PasskeyChallenge.objects.exists()
    options()
    forget_old_challenges()
    assert PasskeyChallenge.objects.count() == 1


def test_a_challenge_is_for_its_purpose_and_its_person(care_team: Actor, admin: Actor) -> None:
    device, challenge = add(care_team), challenge_of(care_team)
    other = add(admin)
    for asked in (passkeys.start_confirmation(actor=care_team), options(challenge), passkeys.start(actor=care_team)):
        assert alone(device.sign(asked))["errors"][0]["code"] == "EXPIRED"
    assert second_step(challenge, device.sign(options()))["errors"][0]["code"] == "EXPIRED"
    assert second_step(challenge, other.sign(options(challenge_of(admin))))["errors"][0]["code"] == "EXPIRED"
    assert second_step(challenge, other.sign(options(challenge)))["errors"] == [{"code": "INVALID", "field": "passkey"}]
    asked = passkeys.start_confirmation(actor=care_team)
    foreign = other.sign(asked)
    assert refused(lambda: enrolment.confirm_identity(actor=care_team, passkey=foreign)) == ("INVALID", "passkey")
    made_up = device.sign(json.dumps({"challenge": "A" * 43}))
    assert alone(made_up)["errors"][0]["code"] == "EXPIRED"


def test_a_passkey_that_counts_backwards_is_a_copy(care_team: Actor) -> None:
    device = add(care_team, Device(counts=True))
    copy = replace(device)
    assert alone(device.sign(options()))["errors"] == []
    assert alone(copy.sign(options()))["errors"] == [WRONG]
    assert last_event().action == "passkey.refused" and last_event().actor_id == care_team.user_id
    copy.signed -= 1
    assert alone(copy.sign(options()))["errors"] == [WRONG]
    assert alone(device.sign(options()))["errors"] == []


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "{",
        "7",
        '"text"',
        "[" * 10_000,
        "x" * 30_000,
        '{"id": 1, "response": {"clientDataJSON": "e30"}}',
        '{"id": "a", "response": {"clientDataJSON": "bnVsbA"}}',
        '{"id": "a", "response": {"clientDataJSON": "eyJjaGFsbGVuZ2UiOiAiXHUwMDAwIn0"}}',
        '{"id": "\\u0000", "response": {}}',
        '{"id": "\\ud800", "response": {"clientDataJSON": "é"}}',
    ],
)
def test_what_is_no_answer_does_not_count(care_team: Actor, answer: str) -> None:
    assert alone(answer)["errors"] == [WRONG]
    assert refused(lambda: passkeys.add(actor=care_team, answer=answer, name="Phone")) == ("INVALID", "passkey")


@pytest.mark.parametrize("part", ["authenticatorData", "signature", "userHandle", "clientDataJSON"])
@pytest.mark.parametrize("value", [None, "", "AAAA", 7, {}, "é", "A" * 9_000])
def test_mangled_answers_do_not_count(care_team: Actor, part: str, value: Any) -> None:
    answer = json.loads(add(care_team).sign(options()))
    answer["response"][part] = value
    assert alone(json.dumps(answer))["errors"] == [WRONG]


def test_nothing_tells_who_has_a_passkey(care_team: Actor, count_queries: Any) -> None:
    before = json.loads(options())
    device = add(care_team)
    asked = json.loads(options())
    assert {**asked, "challenge": ""} == {**before, "challenge": ""} and asked["allowCredentials"] == []
    stranger = replace(device, id=b"unknown")
    forger = replace(device, key=stranger.key)
    assert alone(stranger.sign(options())) == alone(replace(forger, flags=PRESENT).sign(options()))


def test_wrong_answers_are_counted_with_wrong_passwords(care_team: Actor) -> None:
    device = add(care_team)
    for _ in range(10):
        assert alone(replace(device, flags=PRESENT).sign(options()))["errors"] == [WRONG]
    assert alone(device.sign(options()))["errors"][0]["code"] == "RATE_LIMITED"
    with pytest.raises(sessions.ServiceError, match="Too many attempts"):
        sessions.sign_in(email=email_of(care_team), password=PASSWORD, client=ClientKind.BEARER)
    assert actions().count("passkey.refused") == 10


def test_an_account_that_is_closed_for_guessing_is_closed_for_passkeys(care_team: Actor) -> None:
    device = add(care_team)
    for _ in range(10):
        refused(lambda: sessions.sign_in(email=email_of(care_team), password="x", client="BROWSER", address="1.2.3.4"))
    assert alone(device.sign(options()))["errors"][0]["code"] == "RATE_LIMITED"


def test_challenges_are_not_handed_out_without_end(db: None) -> None:
    for _ in range(passkey_answers.CHALLENGES_A_MINUTE):
        passkey_answers.options_to_answer("SIGN_IN", address="192.0.2.1")
    assert refused(lambda: passkey_answers.options_to_answer("SIGN_IN", address="192.0.2.1"))[0] == "RATE_LIMITED"
    assert passkey_answers.options_to_answer("SIGN_IN", address="192.0.2.2")


@pytest.mark.parametrize("change", [{"is_active": False}, {"memberships": None}])
def test_whoever_may_not_sign_in_may_not_by_passkey(care_team: Actor, change: dict[str, Any]) -> None:
    device = add(care_team)
    if "is_active" in change:
        User.objects.update(is_active=False)
    else:
        Membership.unscoped.filter(user_id=care_team.user_id).delete()
    assert alone(device.sign(options()))["errors"] == [WRONG]


def test_it_signs_in_to_the_organization_asked_for(care_team: Actor, other_organization: Organization) -> None:
    device, user = add(care_team), User.objects.get(pk=care_team.user_id)
    add_member(organization=other_organization, user=user, role=Role.VIEWER, actor=system_actor(other_organization.pk))
    for organization_id in (other_organization.pk, care_team.organization_id):
        answer = device.sign(options())
        issued = sessions.sign_in_with_passkey(passkey=answer, client="BROWSER", organization_id=organization_id)
        assert issued.session.organization_id == organization_id
    nowhere = alone(device.sign(options()), organizationId=str(care_team.user_id))
    assert nowhere["errors"][0]["field"] == "organizationId"


def test_making_one_is_refused_like_signing_with_one(care_team: Actor, admin: Actor) -> None:
    for name in list(FORGED)[:5]:
        made = FORGED[name](Device()).make(passkeys.start(actor=care_team))
        assert refused(lambda made=made: passkeys.add(actor=care_team, answer=made, name="x")) == ("INVALID", "passkey")
    device = Device()
    foreign = device.make(passkeys.start(actor=admin))
    assert refused(lambda: passkeys.add(actor=care_team, answer=foreign, name="x"))[0] == ErrorCode.EXPIRED
    asked = passkeys.start(actor=care_team)
    PasskeyChallenge.objects.update(expires_at=clock.now())
    assert refused(lambda: passkeys.add(actor=care_team, answer=device.make(asked), name="x"))[0] == ErrorCode.EXPIRED
    assert not Passkey.objects.exists() and User.objects.filter(second_factor_since__isnull=False).count() == 0
    answer = device.make(passkeys.start(actor=care_team))
    passkeys.add(actor=care_team, answer=answer, name="x")
    assert refused(lambda: passkeys.add(actor=care_team, answer=answer, name="x"))[0] == ErrorCode.EXPIRED
    taken = device.make(passkeys.start(actor=admin))
    assert refused(lambda: passkeys.add(actor=admin, answer=taken, name="x")) == ("DUPLICATE", "passkey")
    assert Passkey.objects.get().user_id == care_team.user_id
    assert User.objects.get(pk=admin.user_id).second_factor_since is None


def test_devices_are_told_which_passkeys_there_are_and_not_to_make_a_second(care_team: Actor) -> None:
    add(care_team)
    asked = json.loads(passkeys.start(actor=care_team))
    assert [each["id"] for each in asked["excludeCredentials"]] == [Passkey.objects.get().credential_id]
    assert asked["authenticatorSelection"]["residentKey"] == "required" and asked["attestation"] == "none"
    assert asked["user"]["name"] == email_of(care_team)


def test_a_person_has_so_many_and_no_more(care_team: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passkeys, "MOST", 1)
    add(care_team)
    assert refused(lambda: passkeys.start(actor=care_team))[0] == ErrorCode.CONFLICT


@pytest.mark.parametrize(("name", "code"), [(" ", "REQUIRED"), ("x" * 81, "INVALID"), ("a\0b", "INVALID")])
def test_names_can_be_read(care_team: Actor, name: str, code: str) -> None:
    add(care_team)
    passkey = Passkey.objects.get()
    assert refused(lambda: passkeys.rename(actor=care_team, passkey_id=passkey.pk, name=name)) == (code, "name")
    assert refused(lambda: passkeys.add(actor=care_team, answer="{}", name=name)) == (code, "name")


def test_the_graph_adds_lists_renames_and_removes(care_team: Actor, graphql: Any) -> None:
    ask, device = graphql(care_team), Device()
    asked = ask("mutation { startPasskey { options errors { code } } }")["data"]["startPasskey"]["options"]
    adding = """mutation($p: String!) { addPasskey(passkey: $p, name: "Phone") {
      passkey { id name lastUsedAt } recoveryCodes errors { code } } }"""
    added = ask(adding, {"p": device.make(asked)})["data"]["addPasskey"]
    assert added["errors"] == [] and len(added["recoveryCodes"]) == 10
    known = {"id": added["passkey"]["id"], "name": "Phone", "lastUsedAt": None}
    assert ask("{ passkeys { id name lastUsedAt } }")["data"]["passkeys"] == [known]
    rename = """mutation($id: ID!) { renamePasskey(id: $id, name: "Old phone") {
      passkey { name } errors { code } } }"""
    assert ask(rename, {"id": known["id"]})["data"]["renamePasskey"]["passkey"] == {"name": "Old phone"}
    remove = "mutation($id: ID!) { removePasskey(id: $id) { passkeyId errors { code } } }"
    Session.unscoped.update(confirmed_at=clock.now() - CONFIRMED_FOR - timedelta(seconds=1))
    late = ask(remove, {"id": known["id"]})["data"]["removePasskey"]
    assert late == {"passkeyId": None, "errors": [{"code": "STEP_UP_REQUIRED"}]} and Passkey.objects.exists()
    Session.unscoped.update(confirmed_at=clock.now())
    assert ask(remove, {"id": known["id"]})["data"]["removePasskey"] == {"passkeyId": known["id"], "errors": []}
    assert ask("{ passkeys { id } secondFactor { since } }")["data"] == {
        "passkeys": [],
        "secondFactor": {"since": None},
    }
    assert alone(device.sign(options()))["errors"] == [WRONG]
    assert sessions.sign_in(email=email_of(care_team), password=PASSWORD, client=ClientKind.BEARER)


def test_somebody_elses_answers_like_an_unknown_one(care_team: Actor, admin: Actor, graphql: Any) -> None:
    add(admin)
    theirs, ask = Passkey.objects.get(), graphql(care_team)
    assert ask("{ passkeys { id } }")["data"]["passkeys"] == []
    for mutation in (
        "mutation($id: ID!) { removePasskey(id: $id) { errors { code field message } } }",
        'mutation($id: ID!) { renamePasskey(id: $id, name: "x") { errors { code field message } } }',
    ):
        answers = [ask(mutation, {"id": str(each)}) for each in (theirs.pk, care_team.user_id)]
        assert answers[0] == answers[1] and "NOT_FOUND" in str(answers[0])
    theirs.refresh_from_db()
    assert theirs.name == "Phone"


def test_the_last_factor_stays_with_who_needs_one(organization: Organization, admin: Actor) -> None:
    add(admin)
    passkey = Passkey.objects.get()
    policy.require_second_factor(actor=replace(admin, permissions=ROLE_PERMISSIONS[Role.OWNER]), required=True)
    assert refused(lambda: passkeys.remove(actor=admin, passkey_id=passkey.pk))[0] == ErrorCode.CONFLICT
    assert Passkey.objects.filter(pk=passkey.pk).exists()
    secret = enrolment.start(actor=admin).secret
    enrolment.confirm(actor=admin, code=pyotp.TOTP(secret).at(clock.now()))
    passkeys.remove(actor=admin, passkey_id=passkey.pk)
    assert not Passkey.objects.exists() and User.objects.get(pk=admin.user_id).second_factor_since


def test_an_operator_lets_somebody_in_who_lost_it(care_team: Actor) -> None:
    add(care_team)
    call_command("remove_second_factor", email_of(care_team))
    assert not Passkey.objects.exists()
    assert sessions.sign_in(email=email_of(care_team), password=PASSWORD, client=ClientKind.BEARER)


def test_each_step_is_in_the_trail(organization: Organization, care_team: Actor) -> None:
    add(care_team)
    passkey = Passkey.objects.get()
    passkeys.rename(actor=care_team, passkey_id=passkey.pk, name="Phone")
    passkeys.rename(actor=care_team, passkey_id=passkey.pk, name="Old phone")
    passkeys.remove(actor=care_team, passkey_id=passkey.pk)
    told = [action for action in actions() if action.startswith("passkey.")]
    assert told == ["passkey.added", "passkey.renamed", "passkey.removed"]
    assert audit.verify(organization.pk) == []


@pytest.mark.parametrize(
    ("address", "host", "origin"),
    [
        ("https://Upstream.Example.org", "upstream.example.org", "https://upstream.example.org"),
        ("https://upstream.example.org:443/portal", "upstream.example.org", "https://upstream.example.org"),
        ("http://localhost:3000", "localhost", "http://localhost:3000"),
    ],
)
def test_host_and_origin_are_those_of_the_portal(settings: LazySettings, address: str, host: str, origin: str) -> None:
    settings.PORTAL_BASE_URL = address
    assert (passkey_answers._host(), passkey_answers._origin()) == (host, origin)


def test_rest_says_what_else_there_is(care_team: Actor) -> None:
    add(care_team)
    body = {"email": email_of(care_team), "password": PASSWORD}
    answer = Client().post("/api/v1/auth/token/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (401, "SECOND_FACTOR_REQUIRED")
    assert "passkey" in answer.json()["message"]
