"""What auditlog kept in a table of its own, without an organization, goes where its entries stand from now on.

Entries of people go with that table: what was changed of an account stands in the trail.
"""

import json
from datetime import UTC
from typing import Any

from django.db import migrations

TABLE = "auditlog_logentry"
# App and model, with the type of the record and the column of its id.
_TARGETS = {
    ("accounts", "organization"): ("organization", "id"),
    ("accounts", "membership"): ("membership", "id"),
    ("claims", "locationalias"): ("location", "id"),
    ("claims", "payer"): ("payer", "id"),
    ("claims", "payeralias"): ("payer", "payer_id"),
    ("claims", "servicegroup"): ("service_group", "id"),
    ("detection", "detectionsettings"): ("detection_settings", "id"),
    ("detection", "knownevent"): ("known_event", "id"),
}


def take_over(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        if TABLE not in connection.introspection.table_names(cursor):
            return
        cursor.execute(
            f"SELECT app_label, model, object_pk, action, changes, actor_id, timestamp FROM {TABLE} entry "  # noqa: S608
            f"JOIN django_content_type type ON type.id = entry.content_type_id ORDER BY entry.id"
        )
        entries = cursor.fetchall()
    change = apps.get_model("audit", "ConfigurationChange")
    for app, model, object_pk, action, changes, actor_id, at in entries:
        if (app, model) not in _TARGETS:
            continue
        target_type, column = _TARGETS[app, model]
        row = apps.get_model(app, model).objects.filter(pk=object_pk).first()
        # Of what was deleted nobody knows any more whose it was.
        if row is None:
            continue
        told = json.loads(changes) if isinstance(changes, str) else changes or {}
        change.objects.create(
            organization_id=getattr(row, "organization_id", row.pk),
            at=at if at.tzinfo else at.replace(tzinfo=UTC),
            actor_kind="person" if actor_id else "system",
            actor_id=actor_id,
            action=action,
            target_type=target_type,
            target_id=str(getattr(row, column)),
            changes={name: [None if each == "None" else each for each in pair] for name, pair in told.items()},
        )
    schema_editor.execute(f"DROP TABLE {TABLE}")


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0003_configuration_changes"),
        ("accounts", "0004_second_factor_policy"),
        ("claims", "0015_code_texts"),
        ("detection", "0005_kept_states"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(take_over, migrations.RunPython.noop)]
