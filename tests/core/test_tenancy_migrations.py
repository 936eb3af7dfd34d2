"""A SQLite database that is in use can be migrated: its triggers make way, and are back afterwards."""

import subprocess
import sys
from pathlib import Path

from support import ROOT

PROGRAM = """
import copy, sys
import django; django.setup()
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import OperationalError, connection
from upstream.claims.models import Claim

def triggers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")
        return cursor.fetchone()[0]

def rebuild():
    # What a migration does that alters a column: SQLite rebuilds the table under a new name and renames it.
    old = Claim._meta.get_field("control_number")
    new = copy.copy(old)
    new.max_length = old.max_length + 1
    with connection.schema_editor() as editor:
        editor.alter_field(Claim, old, new)

call_command("migrate", verbosity=0)
laid = triggers()
try:
    rebuild()
    print("renamed in spite of its triggers")
except OperationalError:
    pass
emit_pre_migrate_signal(0, False, connection.alias)
lifted = triggers()
rebuild()
emit_post_migrate_signal(0, False, connection.alias)
print(laid > 0, lifted, triggers() == laid)
"""


def test_a_table_with_triggers_is_rebuilt_between_the_signals_of_a_migration(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={
            "PYTHONPATH": str(ROOT / "backend"),
            "DJANGO_SETTINGS_MODULE": "upstream.settings.test",
            "DATABASE_URL": f"sqlite://{tmp_path / 'in_use.sqlite3'}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.split() == ["True", "0", "True"]
