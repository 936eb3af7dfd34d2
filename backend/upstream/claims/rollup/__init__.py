"""The daily roll-up: what happened per slice of claims and day, exact, appended to at intake and folded for readers."""

from upstream.claims.rollup.changes import COUNTED, Changes
from upstream.claims.rollup.facts import facts_of, load_facts
from upstream.claims.rollup.folding import changed_since, fold, last_fold, move_payer, no_writer, one_writer
from upstream.claims.rollup.recounting import rebuild, recompute, reversals

__all__ = [
    "COUNTED",
    "Changes",
    "changed_since",
    "facts_of",
    "fold",
    "last_fold",
    "load_facts",
    "move_payer",
    "no_writer",
    "one_writer",
    "rebuild",
    "recompute",
    "reversals",
]
