"""Ties of rows that come many at once: triggers that check all rows of a statement together.

They promise what a foreign key does. Whoever writes a child holds the parents until the end of the transaction (FOR KEY
SHARE), so that who removes one waits, and looks for children behind that; a parent that the transaction has written
itself is held by that already. Unlike a foreign key, they check each statement by its end, parents before children.

Each parent is looked up by its id alone, and its organization compared behind that, in a query of its own: no planner
makes a pass over the table of it, or over all of an organization in one of its indexes. Plans are kept as long as the
connection, and tables grow from nothing to millions meanwhile. For the same reason the functions are the owner's, to
whom row-level security shows all rows without a condition; they tell nothing but whether a row may stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from upstream.core.tenancy import Tie

# Behind the name of a tie: its triggers upon INSERT, UPDATE and DELETE.
SUFFIXES = "iud"
KEY_STAYS = "same_org_key_stays"


def functions(tie: Tie) -> Iterator[str]:
    """What the triggers of a tie call; each takes the place of an earlier version."""
    column = f'"{tie.column}"'
    # IS TRUE keeps indexes by organization out of it, and no row of another one is held.
    told, new = (
        f'FROM "{tie.parent}" parent WHERE parent.id = {row}.{column} '
        f"AND (parent.organization_id = {row}.organization_id) IS TRUE"
        for row in ("told", "NEW")
    )
    apart = f"a row of {tie.child} names a row of {tie.parent} that its organization does not have"
    yield _function(
        f"{tie.name}_i",
        f"EXISTS (SELECT FROM (SELECT DISTINCT organization_id, {column} FROM inserted) told "  # noqa: S608 - our own names
        f"WHERE {column} IS NOT NULL AND CASE (SELECT parent.xmin = pg_current_xact_id()::xid {told}) "
        f"WHEN true THEN false ELSE (SELECT true {told} FOR KEY SHARE) IS NULL END)",
        apart,
        tie,
    )
    yield _function(f"{tie.name}_u", f"(SELECT true {new} FOR KEY SHARE) IS NULL", apart, tie)
    yield _function(
        f"{tie.name}_d",
        f'EXISTS (SELECT FROM removed WHERE (SELECT true FROM "{tie.child}" child '  # noqa: S608 - our own names
        f"WHERE (child.{column}, child.organization_id) = (removed.id, removed.organization_id) LIMIT 1))",
        f"a row of {tie.parent} that rows of {tie.child} name cannot be removed",
        tie,
    )
    yield (
        f"CREATE OR REPLACE FUNCTION {KEY_STAYS}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
        f"'the id and the organization of a row of % do not change', TG_TABLE_NAME USING ERRCODE = "
        f"'foreign_key_violation'; END $$"
    )


def triggers(tie: Tie) -> Iterator[tuple[str, str, str]]:
    """(table, name, statement that lays it) of each trigger of a tie; the last is the same for all of one parent."""
    child, parent, pair = f'"{tie.child}"', f'"{tie.parent}"', "({0}.organization_id, {0}.{1})"
    moved = f"{pair.format('OLD', tie.column)} IS DISTINCT FROM {pair.format('NEW', tie.column)}"
    rekeyed = f"{pair.format('OLD', 'id')} IS DISTINCT FROM {pair.format('NEW', 'id')}"
    for table, name, moment in (
        (tie.child, f"{tie.name}_i", f"AFTER INSERT ON {child} REFERENCING NEW TABLE AS inserted"),
        (
            tie.child,
            f"{tie.name}_u",
            f'AFTER UPDATE OF "{tie.column}", organization_id ON {child} FOR EACH ROW '
            f'WHEN (NEW."{tie.column}" IS NOT NULL AND {moved})',
        ),
        (tie.parent, f"{tie.name}_d", f"AFTER DELETE ON {parent} REFERENCING OLD TABLE AS removed"),
        (tie.parent, KEY_STAYS, f"AFTER UPDATE OF id, organization_id ON {parent} FOR EACH ROW WHEN ({rekeyed})"),
    ):
        yield table, name, f"CREATE TRIGGER {name} {moment} EXECUTE FUNCTION {name}()"


def _function(name: str, fault: str, message: str, tie: Tie) -> str:
    """A function of a trigger that refuses what it is called for where `fault` holds."""
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER "
        f"SET search_path = public, pg_temp SET enable_seqscan = off AS $$ BEGIN IF {fault} THEN "
        f"RAISE EXCEPTION '{message}' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = '{tie.name}'; END IF; "
        f"RETURN NULL; END $$"
    )
