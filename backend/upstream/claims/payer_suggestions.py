"""Payers, or other things, that are probably one under two names: suggested, made one by nobody but a person."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import combinations
from typing import TypeVar
from uuid import UUID

from upstream.claims.models import Payer, PayersApart

T = TypeVar("T")

#: Words that tell no payer from another, and what abbreviations stand for.
_EMPTY_WORDS = frozenset(
    "the of and a inc incorporated llc llp ltd co corp corporation company companies group health healthcare plan "
    "plans insurance ins assurance hmo ppo".split()
)
_ABBREVIATIONS = {
    "bcbs": "blue cross blue shield", "bcbsa": "blue cross blue shield", "bc": "blue cross", "bs": "blue shield",
    "uhc": "united", "mcr": "medicare", "mcd": "medicaid", "natl": "national", "intl": "international",
    "assn": "association", "assoc": "association", "mut": "mutual", "st": "street", "ave": "avenue", "rd": "road",
    "ctr": "center",
}  # fmt: skip
#: Words of so many letters that differ no more than by a slip are taken for one.
_SHORTEST_MISSPELT, _ALIKE = 5, 0.8


def suggested_pairs(organization_id: UUID) -> list[tuple[UUID, UUID]]:
    """Ids of payers whose names say the same but for empty words, abbreviations, order and slips; by name.

    Pairs that a person has said to be two are left out.
    """
    apart = {
        frozenset(pair)
        for pair in PayersApart.objects.for_organization(organization_id).values_list("payer_id", "other_id")
    }
    payers = Payer.objects.for_organization(organization_id).order_by("name", "id").values_list("pk", "name")
    return [pair for pair in alike_pairs(payers) if frozenset(pair) not in apart]


def alike_pairs(named: Iterable[tuple[T, str]]) -> list[tuple[T, T]]:
    """Pairs of what has names that say the same, in the order of what is given."""
    words = [(each, _words(name)) for each, name in named]
    return [(one, other) for (one, own), (other, theirs) in combinations(words, 2) if _same(own, theirs)]


def _words(name: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(each for each in plain if not unicodedata.combining(each) and each not in "'.")
    words = re.findall(r"[^\W_]+", letters)
    full = " ".join(_ABBREVIATIONS.get(word, word) for word in words).split()
    return frozenset(full) - _EMPTY_WORDS or frozenset(full)


def _same(words: frozenset[str], others: frozenset[str]) -> bool:
    left, right = sorted(words - others), sorted(others - words)
    return bool(words) and len(left) == len(right) <= 1 and all(map(_misspelt, left, right))


def _misspelt(word: str, other: str) -> bool:
    if min(len(word), len(other)) < _SHORTEST_MISSPELT or not (word.isalpha() and other.isalpha()):
        return False
    return SequenceMatcher(None, word, other, autojunk=False).ratio() >= _ALIKE
