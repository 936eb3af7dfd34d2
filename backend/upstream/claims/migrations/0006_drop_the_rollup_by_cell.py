from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("claims", "0005_count_claims_anew")]

    operations = [migrations.DeleteModel(name="DailyRollup")]
