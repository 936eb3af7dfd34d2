"""The key ring: `FIELD_ENCRYPTION_KEY`, newest first. Keys for other purposes are derived, never shared."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class UnreadableValue(Exception):
    """A stored value that none of the keys opens, or that was not written for this place."""


def ring() -> tuple[bytes, ...]:
    """The raw keys, newest first."""
    return tuple(urlsafe_b64decode(key) for key in settings.FIELD_ENCRYPTION_KEY)


@lru_cache(maxsize=4)
def opener(key: bytes) -> Fernet:
    """Opens what this one key encrypted."""
    return Fernet(urlsafe_b64encode(key))


@lru_cache(maxsize=256)
def derive(key: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose (RFC 5869, HKDF-SHA256)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(key)


def fingerprint(key: bytes) -> bytes:
    """Four bytes that name a key without telling anything of it."""
    return sha256(b"upstream key " + key).digest()[:4]
