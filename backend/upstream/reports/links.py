"""Signed links: a few minutes of access to one file for one person. What they may do is looked up again at each use."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.core import signing

from upstream.core.actor import Actor

SALT = "upstream.reports.links"


class LinkKind(StrEnum):
    EXPORT = "export"
    QUARANTINE = "quarantine"


class LinkExpired(Exception):
    """A link of ours whose minutes are over."""


class LinkUnknown(Exception):
    """Text that is no link of ours."""


@dataclass(frozen=True, slots=True)
class Link:
    kind: LinkKind
    target_id: UUID
    user_id: UUID
    organization_id: UUID


def sign(kind: LinkKind, target_id: UUID, actor: Actor) -> str:
    """The path of a link for this person, good for `DOWNLOAD_LINK_SECONDS`; raises ValueError for the system."""
    if actor.user_id is None:
        raise ValueError("A link is for a person; the system has none.")
    content = [kind.value, target_id.hex, actor.user_id.hex, actor.organization_id.hex]
    return f"/downloads/{signing.dumps(content, salt=SALT)}/"


def read(token: str) -> Link:
    """What a link says. Raises `LinkExpired`, and `LinkUnknown` for anything that was not signed here."""
    try:
        kind, target, user, organization = signing.loads(token, salt=SALT, max_age=settings.DOWNLOAD_LINK_SECONDS)
    except signing.SignatureExpired as error:
        raise LinkExpired from error
    except signing.BadSignature as error:
        raise LinkUnknown from error
    return Link(LinkKind(kind), UUID(target), UUID(user), UUID(organization))
