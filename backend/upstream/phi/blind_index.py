"""Blind indexes: equality search on encrypted values by keyed digest.

HMAC-SHA256 cut to 128 bits, bound to the organization and the purpose.
"""

import hmac
import re
from collections.abc import Callable
from uuid import UUID

from upstream.phi.keys import derive, ring

LENGTH = 32

_NEITHER = re.compile(r"[\W_]+")


def normalised(value: str) -> str:
    """Letters and digits only, upper case: `Smith, Anna-Lee` and `SMITH ANNA LEE` are one."""
    return _NEITHER.sub("", value.upper())


def _indexer(key: bytes, organization_id: UUID, purpose: str) -> Callable[[str], str]:
    derived, bound = derive(key, "blind index"), organization_id.bytes + purpose.encode() + b"\0"
    return lambda value: hmac.digest(derived, bound + value.encode(), "sha256").hex()[:LENGTH]


def indexer(organization_id: UUID, purpose: str) -> Callable[[str], str]:
    """A function from normalised text to the index stored today, for bulk work."""
    return _indexer(ring()[0], organization_id, purpose)


def finder(organization_id: UUID, purpose: str) -> Callable[[str], list[str]]:
    """A function from a text to the indexes to look for, one per key of the ring, the newest first.

    So search works while keys rotate.
    """
    indexers = [_indexer(key, organization_id, purpose) for key in ring()]

    def candidates(value: str) -> list[str]:
        text = normalised(value)
        return [index(text) for index in indexers]

    return candidates
