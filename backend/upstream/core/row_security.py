"""Row-level security on PostgreSQL: the roles, their rights and a policy for every table with an organization.

Whoever signs in to the database acts as one of two roles that own nothing (`core.postgresql`): the first sees the rows
of the organization that the transaction named, or none; the second sees all. Row security is forced, so that the
tables' owner is held to it as well; who runs migrations sees all rows by being a member of the second role.
"""

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from upstream.core.models import OrganizationModel
from upstream.core.postgresql.base import ALL_ORGANIZATIONS, ONE_ORGANIZATION, SETTING
from upstream.core.tenancy import tenant_models

_POLICIES = {
    "own_organization": f"TO {ONE_ORGANIZATION} "
    f"USING (organization_id = NULLIF(current_setting('{SETTING}', true), '')::uuid)",
    "all_organizations": f"TO {ALL_ORGANIZATIONS} USING (true)",
}


def lay_row_security(connection: BaseDatabaseWrapper) -> None:
    """Create what is missing of roles, rights and policies, as the tables' owner; safe to run again.

    Needs the right to create roles, unless both are there.
    """
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for role in (ONE_ORGANIZATION, ALL_ORGANIZATIONS):
            # Roles are the whole server's: another database may be making the same ones.
            cursor.execute(
                f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN "
                f"CREATE ROLE {role} NOLOGIN; END IF; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; "
                f"END $$"
            )
        cursor.execute("SELECT pg_has_role(current_user, %s, 'USAGE')", [ALL_ORGANIZATIONS])
        if not cursor.fetchone()[0]:
            cursor.execute(f"GRANT {ALL_ORGANIZATIONS} TO CURRENT_USER")
        both = f"{ONE_ORGANIZATION}, {ALL_ORGANIZATIONS}"
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {both}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {both}")
        tables = set(connection.introspection.table_names(cursor))
        for model in tenant_models():
            if model._meta.db_table in tables:
                for statement in _missing(cursor, model):
                    cursor.execute(statement)


def _missing(cursor: CursorWrapper, model: type[OrganizationModel]) -> Iterator[str]:
    table = model._meta.db_table
    if model.append_only:
        yield f'REVOKE UPDATE, DELETE ON "{table}" FROM {ONE_ORGANIZATION}'
        yield f'REVOKE UPDATE ON "{table}" FROM {ALL_ORGANIZATIONS}'
    cursor.execute("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = %s::regclass", [table])
    if not cursor.fetchone()[0]:
        yield f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY'
    cursor.execute("SELECT polname FROM pg_policy WHERE polrelid = %s::regclass", [table])
    present = {name for (name,) in cursor.fetchall()}
    for name, terms in _POLICIES.items():
        if name not in present:
            yield f'CREATE POLICY {name} ON "{table}" {terms}'


def faults(connection: BaseDatabaseWrapper) -> list[str]:
    """A sentence for each reason why what is asked on a connection may see more than its organization."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        role, above = cursor.fetchone()
        found = [f"The role {role} is above row-level security."] if above else []
        cursor.execute(
            "SELECT relname, relrowsecurity AND relforcerowsecurity, pg_has_role(current_user, relowner, 'MEMBER'), "
            "(SELECT array_agg(polname ORDER BY polname) FROM pg_policy WHERE polrelid = pg_class.oid) FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname = ANY(%s) ORDER BY relname",
            [[model._meta.db_table for model in tenant_models()]],
        )
        for table, forced, owned, policies in cursor.fetchall():
            if not forced:
                found.append(f"Row-level security is off for {table}: run `manage.py migrate`.")
            elif policies != sorted(_POLICIES):
                found.append(f"The policies of {table} are not those of Upstream: {', '.join(policies or ['none'])}.")
            if owned:
                found.append(f"The role {role} owns {table}, or belongs to its owner.")
    return found
