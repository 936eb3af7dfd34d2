"""Blind indexes: equality search on encrypted values by keyed digest.

HMAC-SHA256 cut to 128 bits, bound to the organization and the purpose.
"""

import hmac
from collections.abc import Callable
from hashlib import sha256
from uuid import UUID

from upstream.phi.keys import derive, ring

LENGTH = 32


def normalised(value: str) -> str:
    """Letters and digits only, upper case: `Smith, Anna-Lee` and `SMITH ANNA LEE` are one."""
    return "".join(character for character in value.upper() if character.isalnum())


def _digest(key: bytes, organization_id: UUID, purpose: str, value: str) -> str:
    return hmac.new(key, organization_id.bytes + purpose.encode() + b"\0" + value.encode(), sha256).hexdigest()[:LENGTH]


def indexer(organization_id: UUID, purpose: str) -> Callable[[str], str]:
    """A function from normalised text to the index stored today, for bulk work."""
    key = derive(ring()[0], "blind index")
    return lambda value: _digest(key, organization_id, purpose, value)


def candidates(organization_id: UUID, purpose: str, value: str) -> list[str]:
    """The indexes to look for, one per key of the ring, so that search works while keys rotate."""
    text = normalised(value)
    return [_digest(derive(key, "blind index"), organization_id, purpose, text) for key in ring()]
