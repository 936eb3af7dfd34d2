"""Signing in with a code besides the password: the app's, each once, or a recovery code; guessing is stopped."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
from accounts.test_sessions import send, who
from conftest import PASSWORD
from django.conf import settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from upstream.accounts import enrolment, sessions, tokens
from upstream.accounts.models import ClientKind, Organization, RecoveryCode, SecondFactor, Session, User
from upstream.accounts.roles import Role
from upstream.audit import services as audit
from upstream.audit.models import AuditEvent
from upstream.core import clock
from upstream.core.actor import CONFIRMED_FOR, Actor
from upstream.core.errors import ErrorCode, ServiceError

SIGN_IN = """mutation($input: SignInInput!) { signIn(input: $input) {
  challenge session { accessToken refreshToken } viewer { email } errors { code field message } } }"""
CONFIRM = """mutation($input: ConfirmSignInInput!) { confirmSignIn(input: $input) {
  challenge session { accessToken refreshToken } viewer { email } errors { code field } } }"""


@dataclass
class Person:
    """Somebody with an authenticator app, and a clock that tests move."""

    actor: Actor
    user: User
    at: datetime
    secret: str = ""
    recovery: list[str] = field(default_factory=list)

    def code(self, steps: int = 0) -> str:
        """What the app shows, so many steps from now."""
        return pyotp.TOTP(self.secret).at(self.at + timedelta(seconds=30 * steps))

    def next_step(self) -> None:
        self.at += timedelta(seconds=30)

    def sign_in(self, code: str) -> tokens.IssuedTokens:
        return sessions.sign_in(email=self.user.email, password=PASSWORD, client=ClientKind.BEARER, code=code)


def set_up(person: Person) -> None:
    person.secret = enrolment.start(actor=person.actor).secret
    person.recovery = enrolment.confirm(actor=person.actor, code=person.code())
    person.next_step()
    person.next_step()


@pytest.fixture
def newcomer(care_team: Actor, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Signed in by password alone."""
    person = Person(care_team, User.objects.get(pk=care_team.user_id), clock.now().replace(microsecond=0))
    monkeypatch.setattr("upstream.accounts.second_factor.clock.now", lambda: person.at)
    return person


@pytest.fixture
def person(newcomer: Person) -> Person:
    set_up(newcomer)
    return newcomer


def refused(work: Callable[[], Any]) -> tuple[str, str | None]:
    with pytest.raises(ServiceError) as caught:
        work()
    return caught.value.code, caught.value.field


def first_step(client: Client, person: Person, /, **more: str) -> dict[str, Any]:
    variables = {"input": {"email": person.user.email, "password": PASSWORD, **more}}
    return send(client, SIGN_IN, variables)["data"]["signIn"]


def second_step(client: Client, challenge: str, code: str) -> dict[str, Any]:
    return send(client, CONFIRM, {"input": {"challenge": challenge, "code": code}})["data"]["confirmSignIn"]


def actions() -> list[str]:
    return list(AuditEvent.unscoped.order_by("sequence").values_list("action", flat=True))


def test_the_right_password_gives_a_challenge_and_no_session(person: Person) -> None:
    client, before = Client(), Session.unscoped.count()
    answer = first_step(client, person)
    assert answer["session"] is None and answer["viewer"] is None and answer["errors"] == []
    assert settings.REFRESH_COOKIE_NAME not in client.cookies and Session.unscoped.count() == before
    assert who(client, answer["challenge"]) is None
    done = second_step(client, answer["challenge"], person.code())
    assert done["errors"] == [] and done["challenge"] is None and settings.REFRESH_COOKIE_NAME in client.cookies
    assert who(client, done["session"]["accessToken"]) == person.user.email
    opened = AuditEvent.unscoped.filter(action="session.opened").latest("sequence")
    assert opened.detail == {"client": "BROWSER", "second_factor": "app"}


def test_a_mobile_client_gets_its_refresh_token_after_the_code(person: Person) -> None:
    challenge = first_step(Client(), person, client="BEARER")["challenge"]
    assert second_step(Client(), challenge, person.code())["session"]["refreshToken"]


def test_a_wrong_password_is_answered_alike_with_a_second_factor_and_without(person: Person) -> None:
    wrong = {"input": {"email": person.user.email, "password": "wrong"}}
    nobody = {"input": {"email": "nobody@example.org", "password": "wrong"}}
    assert send(Client(), SIGN_IN, wrong) == send(Client(), SIGN_IN, nobody)


def test_a_wrong_password_asks_nothing_about_the_second_factor(person: Person, count_queries) -> None:
    def asked() -> int:
        with count_queries() as queries:
            refused(lambda: sessions.sign_in(email=person.user.email, password="x", client=ClientKind.BEARER))
        return len(queries)

    with_factor = asked()
    enrolment.remove_all(person.user)
    assert asked() == with_factor


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_one_step_off(person: Person, steps: int) -> None:
    assert person.sign_in(person.code(steps))


@pytest.mark.parametrize("steps", [-2, 2, 10])
def test_a_code_of_another_time_does_not_count(person: Person, steps: int) -> None:
    assert refused(lambda: person.sign_in(person.code(steps))) == (ErrorCode.INVALID, "code")


def test_a_code_counts_once_and_those_before_it_no_more(person: Person) -> None:
    assert person.sign_in(person.code())
    for replayed in (person.code(), person.code(-1)):
        assert refused(lambda code=replayed: person.sign_in(code)) == (ErrorCode.INVALID, "code")
    person.next_step()
    assert person.sign_in(person.code())


def test_the_code_that_turned_it_on_opens_nothing(newcomer: Person) -> None:
    newcomer.secret = enrolment.start(actor=newcomer.actor).secret
    used = newcomer.code()
    enrolment.confirm(actor=newcomer.actor, code=used)
    assert refused(lambda: newcomer.sign_in(used)) == (ErrorCode.INVALID, "code")


@pytest.mark.parametrize(
    "written", [str.upper, lambda code: code.replace("-", " "), lambda code: code.replace("-", "")]
)
def test_a_recovery_code_counts_once_however_it_is_written(person: Person, written: Callable[[str], str]) -> None:
    code = written(person.recovery[3])
    assert person.sign_in(code)
    assert AuditEvent.unscoped.latest("sequence").detail["second_factor"] == "recovery"
    assert refused(lambda: person.sign_in(code)) == (ErrorCode.INVALID, "code")
    assert person.sign_in(person.recovery[4])


def test_recovery_codes_are_ten_different_ones_and_kept_as_digests(person: Person) -> None:
    assert len(set(person.recovery)) == 10
    kept = " ".join(RecoveryCode.objects.values_list("digest", flat=True))
    assert not any(code in kept or code.replace("-", "") in kept for code in person.recovery)


def test_new_recovery_codes_end_those_before(person: Person) -> None:
    codes = enrolment.renew_recovery_codes(actor=person.actor)
    assert not set(codes) & set(person.recovery)
    assert refused(lambda: person.sign_in(person.recovery[0])) == (ErrorCode.INVALID, "code")
    assert person.sign_in(codes[0])


@pytest.mark.parametrize("code", ["", "12345", "1234567", "nonsense", "１２３４５６", "\ud800", "x" * 10_000, "0" * 16])
def test_what_is_no_code_does_not_count(person: Person, code: str) -> None:
    challenge = tokens.challenge(Session.unscoped.first().membership, person.user, ClientKind.BEARER)
    assert refused(lambda: sessions.confirm(challenge=challenge, code=code)) == (ErrorCode.INVALID, "code")


def test_guessing_codes_is_stopped_for_the_right_code_too(person: Person) -> None:
    challenge = first_step(Client(), person)["challenge"]
    for _ in range(10):
        assert second_step(Client(), challenge, "000000")["errors"][0]["code"] == "INVALID"
    assert second_step(Client(), challenge, person.code())["errors"][0]["code"] == "RATE_LIMITED"
    assert (
        send(Client(), SIGN_IN, {"input": {"email": person.user.email, "password": PASSWORD}})["data"]["signIn"][
            "errors"
        ][0]["code"]
        == "RATE_LIMITED"
    )
    assert actions().count("second_factor.refused") == 10


def test_the_right_password_buys_no_further_guesses(person: Person) -> None:
    for _ in range(10):
        challenge = first_step(Client(), person)["challenge"]
        second_step(Client(), challenge, "000000")
    assert second_step(Client(), challenge, person.code())["errors"][0]["code"] == "RATE_LIMITED"


def test_guessing_is_stopped_while_the_cache_forgets(person: Person) -> None:
    challenge = first_step(Client(), person)["challenge"]
    for _ in range(10):
        cache.clear()
        second_step(Client(), challenge, "000000")
    cache.clear()
    assert second_step(Client(), challenge, person.code())["errors"][0]["code"] == "RATE_LIMITED"
    cache.clear()
    person.at += timedelta(minutes=15, seconds=1)
    assert second_step(Client(), challenge, person.code())["errors"] == []
    assert SecondFactor.objects.get().tries == 0


def test_a_challenge_is_for_its_person_its_password_and_its_minutes(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    challenge = first_step(Client(), person)["challenge"]
    access = person.sign_in(person.recovery[0]).access_token
    for wrong in ("", "nonsense", access, challenge[:-2] + "xx"):
        assert refused(lambda text=wrong: sessions.confirm(challenge=text, code=person.code())) == (
            ErrorCode.EXPIRED,
            "challenge",
        )
    person.user.set_password("another long passphrase")
    person.user.save()
    assert second_step(Client(), challenge, person.code())["errors"] == [{"code": "EXPIRED", "field": "challenge"}]

    monkeypatch.setattr(tokens.ChallengeToken, "lifetime", timedelta(seconds=-1))
    late = tokens.challenge(Session.unscoped.first().membership, person.user, ClientKind.BEARER)
    assert second_step(Client(), late, person.code())["errors"] == [{"code": "EXPIRED", "field": "challenge"}]


def test_a_challenge_ends_with_the_second_factor_and_with_the_person(person: Person) -> None:
    challenge = first_step(Client(), person)["challenge"]
    User.objects.update(is_active=False)
    assert second_step(Client(), challenge, person.code())["errors"][0]["code"] == "EXPIRED"
    User.objects.update(is_active=True)
    enrolment.remove_all(person.user)
    assert second_step(Client(), challenge, person.code())["errors"][0]["code"] == "EXPIRED"


def rest(**values: str) -> Any:
    body = {"email": values.pop("email"), "password": PASSWORD, **values}
    return Client().post("/api/v1/auth/token/", body, content_type="application/json")


def test_rest_asks_for_the_code_and_takes_it(person: Person) -> None:
    missing = rest(email=person.user.email)
    assert missing.status_code == 401 and missing.json()["code"] == "SECOND_FACTOR_REQUIRED"
    assert missing.json()["field"] == "code" and set(missing.json()) == {"code", "message", "field"}
    wrong = rest(email=person.user.email, code="000000")
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (401, "UNAUTHENTICATED", "code")
    assert set(rest(email=person.user.email, code=person.code()).json()) == {"access", "refresh"}
    for _ in range(10):
        rest(email=person.user.email, code="000000")
    assert rest(email=person.user.email, code=person.recovery[0]).status_code == 429


def test_whoever_changes_it_has_just_shown_who_they_are(newcomer: Person) -> None:
    late = replace(newcomer.actor, confirmed_at=clock.now() - CONFIRMED_FOR - timedelta(seconds=1))
    assert refused(lambda: enrolment.start(actor=late))[0] == ErrorCode.STEP_UP_REQUIRED
    set_up(newcomer)
    for change in (enrolment.renew_recovery_codes, enrolment.turn_off):
        assert refused(lambda change=change: change(actor=late))[0] == ErrorCode.STEP_UP_REQUIRED
    assert newcomer.sign_in(newcomer.recovery[0]) and SecondFactor.objects.get().confirmed_at


def test_nothing_changes_until_a_first_code_is_right(newcomer: Person) -> None:
    started = enrolment.start(actor=newcomer.actor)
    assert started.uri.startswith("otpauth://totp/Upstream:") and started.secret in started.uri
    assert {len(row) for row in started.qr} == {len(started.qr)} and set("".join(started.qr)) == {"0", "1"}
    assert refused(lambda: enrolment.confirm(actor=newcomer.actor, code="000000")) == (ErrorCode.INVALID, "code")
    assert newcomer.sign_in("")
    # Who begins again gets another secret, and the one before is forgotten.
    newcomer.secret = enrolment.start(actor=newcomer.actor).secret
    assert newcomer.secret != started.secret and SecondFactor.objects.count() == 1
    enrolment.confirm(actor=newcomer.actor, code=newcomer.code())
    assert refused(lambda: enrolment.start(actor=newcomer.actor))[0] == ErrorCode.CONFLICT
    assert refused(lambda: enrolment.confirm(actor=newcomer.actor, code=newcomer.code()))[0] == ErrorCode.CONFLICT


def test_turning_it_on_ends_the_sessions_opened_without_a_code(newcomer: Person) -> None:
    other = newcomer.sign_in("")
    set_up(newcomer)
    assert sessions.authenticate(other.access_token) is None
    assert Session.unscoped.get(pk=newcomer.actor.session_id).revoked_at is None


def test_turning_it_off_forgets_app_and_recovery_codes(person: Person) -> None:
    assert refused(lambda: person.sign_in(""))[0] == ErrorCode.SECOND_FACTOR_REQUIRED
    enrolment.turn_off(actor=person.actor)
    assert person.sign_in("") and not SecondFactor.objects.exists() and not RecoveryCode.objects.exists()
    for change in (enrolment.renew_recovery_codes, enrolment.turn_off):
        assert refused(lambda change=change: change(actor=person.actor))[0] == ErrorCode.CONFLICT


def test_every_step_is_in_the_trail_and_no_secret_is(person: Person, organization: Organization) -> None:
    refused(lambda: person.sign_in("000000"))
    enrolment.renew_recovery_codes(actor=person.actor)
    enrolment.turn_off(actor=person.actor)
    assert [action for action in actions() if action.startswith("second_factor.")] == [
        "second_factor.started",
        "second_factor.turned_on",
        "second_factor.refused",
        "second_factor.recovery_codes_renewed",
        "second_factor.turned_off",
    ]
    assert audit.verify(organization.pk) == []
    told = str(list(AuditEvent.unscoped.values()))
    assert person.secret not in told and not any(code in told for code in person.recovery)


def test_the_secret_is_stored_encrypted(person: Person) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_secondfactor")
        assert person.secret not in cursor.fetchone()[0]


def test_the_graph_sets_it_up_and_takes_it_away(newcomer: Person, graphql) -> None:
    ask = graphql(newcomer.actor)
    standing = "{ secondFactor { since appSince recoveryCodesLeft } }"
    assert ask(standing)["data"]["secondFactor"] == {"since": None, "appSince": None, "recoveryCodesLeft": 0}
    start = "mutation { startSecondFactor { enrolment { secret } errors { code } } }"
    newcomer.secret = ask(start)["data"]["startSecondFactor"]["enrolment"]["secret"]
    assert ask(standing)["data"]["secondFactor"]["appSince"] is None
    confirm = """mutation($c: String!) { confirmSecondFactor(code: $c) {
      recoveryCodes secondFactor { recoveryCodesLeft } errors { code } } }"""
    on = ask(confirm, {"c": newcomer.code()})["data"]["confirmSecondFactor"]
    assert len(on["recoveryCodes"]) == 10 and on["secondFactor"] == {"recoveryCodesLeft": 10}
    newcomer.sign_in(on["recoveryCodes"][0])
    told = ask(standing)["data"]["secondFactor"]
    assert told["recoveryCodesLeft"] == 9 and told["since"] and told["appSince"]
    renew = "mutation { renewRecoveryCodes { recoveryCodes errors { code } } }"
    assert len(ask(renew)["data"]["renewRecoveryCodes"]["recoveryCodes"]) == 10
    turn_off = "mutation { turnOffSecondFactor { secondFactor { since } errors { code field } } }"
    assert ask(turn_off)["data"]["turnOffSecondFactor"] == {"secondFactor": {"since": None}, "errors": []}


def test_an_operator_lets_somebody_in_who_lost_everything(person: Person) -> None:
    call_command("remove_second_factor", person.user.email.upper())
    assert person.sign_in("")
    assert "second_factor.removed" in actions()
    with pytest.raises(CommandError, match="without a second factor"):
        call_command("remove_second_factor", person.user.email)
    with pytest.raises(CommandError, match="Nobody"):
        call_command("remove_second_factor", "nobody@example.org")


def test_a_factor_is_its_persons_in_every_organization(
    person: Person, member: Callable[..., Actor], other_organization: Organization
) -> None:
    somebody = member(Role.OWNER, other_organization)
    email = User.objects.get(pk=somebody.user_id).email
    assert sessions.sign_in(email=email, password=PASSWORD, client=ClientKind.BEARER)
    assert refused(lambda: person.sign_in(""))[0] == ErrorCode.SECOND_FACTOR_REQUIRED
