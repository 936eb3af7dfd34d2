"""On PostgreSQL the key of the roll-up's days holds the sums too: figures of a year are read from the index alone."""

from typing import Any

from django.db import migrations

SUMS = "submitted, submitted_cents, decided, denied, paid_cents, takebacks, takeback_cents"
KEY = "ALTER TABLE claims_rollupday DROP CONSTRAINT rollup_day_once, ADD CONSTRAINT rollup_day_once UNIQUE "


def on_postgresql(columns: str) -> Any:
    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"{KEY} (organization_id, slice_id, day) {columns}")

    return run


class Migration(migrations.Migration):
    dependencies = [("claims", "0015_code_texts")]

    operations = [migrations.RunPython(on_postgresql(f"INCLUDE ({SUMS})"), on_postgresql(""))]
