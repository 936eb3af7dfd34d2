"""The second belt of tenancy: the database refuses a row whose parent belongs to another organization.

For every `OrganizationForeignKey` of every model a composite foreign key (organization, id) is kept on PostgreSQL, and
a pair of triggers on SQLite, which cannot add constraints to a table. Rows that come many at once are checked by the
statement on PostgreSQL (`core.postgresql.ties`): a foreign key looks every row's parent up by itself, which takes as
long as writing the rows. All are laid after each migration, because SQLite loses triggers whenever Django rebuilds a
table.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from upstream.core.models import OrganizationForeignKey, OrganizationModel
from upstream.core.postgresql import ties as by_statement


@dataclass(frozen=True)
class Tie:
    """One child column that must point into the child's own organization."""

    child: str
    column: str
    parent: str
    by_statement: bool
    """Whether PostgreSQL checks it by the statement."""

    @property
    def name(self) -> str:
        digest = sha256(f"{self.child}.{self.column}".encode()).hexdigest()[:8]
        return f"same_org_{self.child[:24]}_{self.column[:16]}_{digest}"


def tenant_models() -> list[type[OrganizationModel]]:
    """Every model whose rows belong to an organization, by the name of its table."""
    models = (model for model in apps.get_models(include_auto_created=True) if issubclass(model, OrganizationModel))
    return sorted(models, key=lambda model: model._meta.db_table)


def ties() -> Iterator[Tie]:
    """Every tie of the installed models, in a stable order."""
    for model in tenant_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, OrganizationForeignKey):
                parent = field.related_model._meta.db_table
                yield Tie(model._meta.db_table, field.column, parent, model.many_at_once)


def lay_ties(connection: BaseDatabaseWrapper) -> None:
    """Create what is missing of the constraints and triggers; safe to run again."""
    tables = set(connection.introspection.table_names())
    wanted = [tie for tie in ties() if tie.child in tables and tie.parent in tables]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _lay_on_postgresql(cursor, wanted)
        else:
            for tie in wanted:
                for statement in _sqlite(tie):
                    cursor.execute(statement)


def lift_ties(connection: BaseDatabaseWrapper) -> None:
    """Take SQLite's triggers away before a migration: it renames no table that a trigger of another one mentions."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'same_org_%%'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}")


def _lay_on_postgresql(cursor: CursorWrapper, wanted: list[Tie]) -> None:
    cursor.execute("SELECT conname FROM pg_constraint WHERE conname LIKE 'same_org_%%'")
    constraints = {name for (name,) in cursor.fetchall()}
    cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE 'same_org_%%'")
    triggers = set(cursor.fetchall())
    for tie in wanted:
        if not tie.by_statement:
            if tie.name not in constraints:
                cursor.execute("; ".join(_foreign_key(tie)))
            continue
        statements = list(by_statement.functions(tie))
        for table, name, statement in by_statement.triggers(tie):
            if (table, name) not in triggers:
                triggers.add((table, name))
                statements.append(statement)
        if tie.name in constraints:
            statements.append(f'ALTER TABLE "{tie.child}" DROP CONSTRAINT "{tie.name}"')
        # One message is one transaction: no row comes in between that nothing checks.
        cursor.execute("; ".join(statements))
    for parent in {tie.parent for tie in wanted} - {tie.parent for tie in wanted if not tie.by_statement}:
        cursor.execute(f'DROP INDEX IF EXISTS "{parent}_org_id"')


def _foreign_key(tie: Tie) -> Iterator[str]:
    yield f'CREATE UNIQUE INDEX IF NOT EXISTS "{tie.parent}_org_id" ON "{tie.parent}" (organization_id, id)'
    yield (
        f'ALTER TABLE "{tie.child}" ADD CONSTRAINT "{tie.name}" FOREIGN KEY (organization_id, "{tie.column}") '
        f'REFERENCES "{tie.parent}" (organization_id, id) DEFERRABLE INITIALLY DEFERRED'
    )


def _sqlite(tie: Tie) -> Iterator[str]:
    for moment, suffix in (
        (f"INSERT ON {tie.child}", "i"),
        (f"UPDATE OF {tie.column}, organization_id ON {tie.child}", "u"),
    ):
        yield f"DROP TRIGGER IF EXISTS {tie.name}_{suffix}"
        own_parent = f"SELECT 1 FROM {tie.parent} WHERE id = NEW.{tie.column} AND organization_id = NEW.organization_id"  # noqa: S608
        yield (
            f"CREATE TRIGGER {tie.name}_{suffix} BEFORE {moment} WHEN NEW.{tie.column} IS NOT NULL BEGIN "
            f"SELECT RAISE(ABORT, 'FOREIGN KEY constraint failed: {tie.name}') WHERE NOT EXISTS ({own_parent}); END"
        )
