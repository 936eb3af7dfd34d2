import upstream.phi.fields
from django.db import migrations

ROWS_AT_ONCE = 1_000


def encrypt(apps, schema_editor):
    """Names that stand in clear, table by table, in place."""
    for name in ("Upload", "ResumableUpload"):
        model = apps.get_model("intake", name)
        table, field = model._meta.db_table, model._meta.get_field("file_name")
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"SELECT id, file_name FROM {table}")
            rows = cursor.fetchall()
            for start in range(0, len(rows), ROWS_AT_ONCE):
                some = [(field.encrypt(name), pk) for pk, name in rows[start : start + ROWS_AT_ONCE]]
                cursor.executemany(f"UPDATE {table} SET file_name = %s WHERE id = %s", some)


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0009_remembered_mappings'),
    ]

    operations = [
        migrations.AlterField(
            model_name='resumableupload',
            name='file_name',
            field=upstream.phi.fields.PhiTextField(),
        ),
        migrations.AlterField(
            model_name='upload',
            name='file_name',
            field=upstream.phi.fields.PhiTextField(),
        ),
        migrations.RunPython(encrypt, migrations.RunPython.noop),
    ]
