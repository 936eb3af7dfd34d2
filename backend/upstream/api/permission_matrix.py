"""Who may do what, as a text to be read and checked in: each GraphQL field and REST address, for each role."""

from collections.abc import Iterator
from itertools import groupby

from upstream.accounts.roles import ROLE_PERMISSIONS, Role
from upstream.api import rest
from upstream.api.schema import schema
from upstream.graph.permissions import Permission
from upstream.rest.views import RestView

HEAD = """# Who may do what

`make schema` writes this page from the code. `make test` compares them, asks for every field and address as every role,
and expects of the answers what stands here: a field that the role may not see is null, with one error `FORBIDDEN` that
names it, and what is refused changes nothing. `PUBLIC` needs no sign-in; a webhook is signed instead. A service key may
do what its scopes name, and no more than Integration.
"""


def matrix() -> str:
    """The whole page, in Markdown: one row for each field or address, and a column for each role."""
    return "\n".join([HEAD, *_permissions(), *_rest(), *_graphql()])


def _permissions() -> Iterator[str]:
    yield "## Permissions\n"
    yield from _head("permission")
    for permission in Permission:
        yield _row(f"`{permission}`", permission)
    yield ""


def _rest() -> Iterator[str]:
    yield "## REST\n"
    yield from _head("address", "permission")
    for pattern in rest.urlpatterns:
        view: type[RestView] = pattern.callback.view_class  # type: ignore[attr-defined]
        for method, permission in getattr(view, "permissions", {}).items():
            yield _row(f"{method} `/api/v1/{pattern.pattern}`", permission, named=True)
    yield ""


def _graphql() -> Iterator[str]:
    fields = sorted(schema.gates.items(), key=lambda gate: _place(gate[0][0]))
    for type_name, gates in groupby(fields, key=lambda gate: gate[0][0]):
        yield f"## {type_name}\n"
        yield from _head("field", "permission")
        for (_, name), permission in gates:
            yield _row(f"`{name}`", permission, named=True)
        yield ""


def _place(type_name: str) -> tuple[bool, bool, str]:
    """Queries first, then mutations, then the types by their names."""
    return type_name != "Query", type_name != "Mutation", type_name


def _head(*columns: str) -> Iterator[str]:
    cells = [*columns, *(role.label for role in Role)]
    yield f"| {' | '.join(cells)} |"
    yield f"|{'---|' * len(columns)}{':-:|' * len(Role)}"


def _row(name: str, permission: Permission, *, named: bool = False) -> str:
    marks = ["✓" if permission in ROLE_PERMISSIONS[role] else "" for role in Role]
    return "| " + " | ".join([name, *([f"`{permission}`"] if named else []), *marks]) + " |"
