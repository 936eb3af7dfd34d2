"""What the schema breaks for clients of the released one, and whether docs/schema-changes.md tells them.

`make test` runs it; `make schema-released` makes the schema of today the released one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
    get_directive_values,
)
from lot import ROOT, Stop, main, say

SCHEMA, RELEASED, NOTES = "schema.graphql", "docs/schema-released.graphql", "docs/schema-changes.md"
DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def breaking(released: GraphQLSchema, now: GraphQLSchema) -> list[str]:
    """A sentence for each change that an operation written for `released` may fail of, or get null for what it got."""
    told = [change.description for change in find_breaking_changes(released, now)]
    before, after = dict(permissions(released)), dict(permissions(now))
    told += [
        f"{name} needs {after[name]} instead of {permission}."
        for name, permission in before.items()
        if name in after and after[name] != permission
    ]
    return sorted(told)


def permissions(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """("Claim.id", "CLAIMS_READ") for each field that names its permission."""
    directive = schema.get_directive("requires")
    for type_ in schema.type_map.values():
        if directive is None or not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            continue
        for name, field in type_.fields.items():
            values = field.ast_node and get_directive_values(directive, field.ast_node)
            if values:
                yield f"{type_.name}.{name}", str(values["permission"])


def undated(schema: GraphQLSchema) -> list[str]:
    """What is deprecated without the day until which it stays."""
    found = []
    for type_ in schema.type_map.values():
        parts = getattr(type_, "fields", None) or getattr(type_, "values", None) or {}
        for name, part in parts.items():
            arguments = {f"({argument}:)": each for argument, each in getattr(part, "args", {}).items()}
            for place, each in {"": part, **arguments}.items():
                if each.deprecation_reason is not None and not DAY.search(each.deprecation_reason):
                    found.append(f"{type_.name}.{name}{place}")
    return found


def complaints(released: str, now: str, notes: str) -> list[str]:
    """What `make test` fails of; empty where nothing is wrong. Schemas as SDL, notes as Markdown."""
    schema = build_schema(now)
    return [
        *(
            f"{change}\n  Clients of the released schema break. Keep the old beside the new and deprecate it; or, "
            f"where that cannot be, write into {NOTES} under its last heading what clients are to do instead:\n"
            f"  - {change} …"
            for change in breaking(build_schema(released), schema)
            if f"- {change}" not in notes
        ),
        *(
            f"{name} is deprecated without a day.\n  Say what to use instead and until when it stays, as in "
            '"Use paidAmount. Stays until 2027-06-30."'
            for name in undated(schema)
        ),
    ]


def work() -> int:
    if "--release" in sys.argv[1:]:
        (ROOT / RELEASED).write_text((ROOT / SCHEMA).read_text())
        say(f"{RELEASED} is the schema of today. Begin a new heading in {NOTES} for what comes next.")
        return 0
    found = complaints(*((ROOT / name).read_text() for name in (RELEASED, SCHEMA, NOTES)))
    if found:
        raise Stop("\n".join(found))
    return 0


if __name__ == "__main__":
    main(work)
