"""How a claim is known again: by the practice's control number, else by what it says."""

from collections.abc import Iterable
from hashlib import blake2b

_DIGEST_BYTES = 16
SEPARATOR = "\x1f"


def control_number_key(control_number: str) -> str:
    """The claim key of a control number: its case and spacing do not matter. Empty for none (835s write 0 for none)."""
    key = " ".join(control_number.upper().split())
    return "" if not key.strip("0") else key


def digest(*parts: object) -> str:
    """32 hexadecimal digits of the parts' texts, in their order."""
    return digest_begun(map(str, parts)).hexdigest()


def digest_begun(texts: Iterable[str]) -> blake2b:
    """The digest of texts that others may follow, each behind `SEPARATOR`."""
    return blake2b(SEPARATOR.join(texts).encode(), digest_size=_DIGEST_BYTES)
