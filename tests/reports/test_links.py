"""Links: whose they are, how long they last, and what is no link."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import signing
from hypothesis import given
from hypothesis import strategies as st

from upstream.accounts.roles import ALL_PERMISSIONS
from upstream.accounts.services import system_actor
from upstream.core.actor import Actor
from upstream.reports import links

ACTOR = Actor(organization_id=uuid4(), user_id=uuid4(), permissions=ALL_PERMISSIONS)


def token_of(path: str) -> str:
    return path.removeprefix("/downloads/").removesuffix("/")


@pytest.mark.parametrize("kind", list(links.LinkKind))
def test_a_link_says_what_was_signed(kind: links.LinkKind) -> None:
    target = uuid4()
    path = links.sign(kind, target, ACTOR)
    assert path.startswith("/downloads/") and path.endswith("/")
    assert links.read(token_of(path)) == links.Link(kind, target, ACTOR.user_id, ACTOR.organization_id)


def test_a_link_lasts_as_long_as_the_setting_says(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    token = token_of(links.sign(links.LinkKind.EXPORT, uuid4(), ACTOR))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + settings.DOWNLOAD_LINK_SECONDS - 2)
    links.read(token)
    monkeypatch.setattr(time, "time", lambda: now + settings.DOWNLOAD_LINK_SECONDS + 2)
    with pytest.raises(links.LinkExpired):
        links.read(token)


def test_another_signature_of_this_server_is_no_link() -> None:
    content = ["export", uuid4().hex, uuid4().hex, uuid4().hex]
    with pytest.raises(links.LinkUnknown):
        links.read(signing.dumps(content, salt="something else"))


def test_changing_any_character_makes_it_unknown() -> None:
    token = token_of(links.sign(links.LinkKind.EXPORT, uuid4(), ACTOR))
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(links.LinkUnknown):
            links.read(token[:place] + other + token[place + 1 :])


@given(st.text())
def test_any_other_text_is_unknown(text: str) -> None:
    with pytest.raises(links.LinkUnknown):
        links.read(text)


def test_the_system_has_no_links() -> None:
    with pytest.raises(ValueError, match="person"):
        links.sign(links.LinkKind.EXPORT, uuid4(), system_actor(uuid4()))


def test_links_are_short_lived() -> None:
    assert timedelta(seconds=settings.DOWNLOAD_LINK_SECONDS) <= timedelta(minutes=10)
