"""How a claim is known again: by the practice's control number, else by what it says."""

from collections.abc import Iterable
from hashlib import blake2b

_DIGEST_BYTES = 16


def control_number_key(control_number: str) -> str:
    """The claim key of a control number: its case and spacing do not matter. Empty for none (835s write 0 for none)."""
    key = " ".join(control_number.upper().split())
    return "" if not key.strip("0") else key


def digest(*parts: object) -> str:
    """32 hexadecimal digits of the parts' texts, in their order."""
    return digest_of_texts(map(str, parts))


def digest_of_texts(texts: Iterable[str]) -> str:
    return blake2b("\x1f".join(texts).encode(), digest_size=_DIGEST_BYTES).hexdigest()
