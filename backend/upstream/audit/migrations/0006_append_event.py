"""The link of the chain is made where the head is locked: one trip to PostgreSQL for an event, its plans kept."""

from typing import Any

from django.db import migrations

# `content` is the text that the digest is made over, without what only the head tells; see `audit.services`.
APPEND = """
CREATE FUNCTION upstream_append_event(event_id uuid, of_organization uuid, content text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    told jsonb := content;
    head record;
    link text;
BEGIN
    SELECT id, sequence + 1 AS next, digest INTO head FROM audit_audithead
        WHERE organization_id = of_organization FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    link := encode(sha256(convert_to(
        '["' || of_organization || '",' || head.next || ',' || substr(content, 2, length(content) - 2)
        || ',"' || head.digest || '"]', 'UTF8')), 'hex');
    INSERT INTO audit_auditevent (
        id, organization_id, created_at, updated_at, sequence, at, actor_id, actor_kind, action,
        target_type, target_id, detail, request_id, previous_digest, digest
    ) VALUES (
        event_id, of_organization, (told->>0)::timestamptz, (told->>0)::timestamptz, head.next,
        (told->>0)::timestamptz, nullif(told->>1, 'None')::uuid, told->>2, told->>3,
        told->>4, told->>5, told->6, told->>7, head.digest, link
    );
    UPDATE audit_audithead SET sequence = head.next, digest = link, updated_at = (told->>0)::timestamptz
        WHERE id = head.id;
    RETURN true;
END
$$
"""


def on_postgresql(statement: str) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_beginning_of_the_chain")]

    operations = [
        migrations.RunPython(on_postgresql(APPEND), on_postgresql("DROP FUNCTION upstream_append_event")),
    ]
