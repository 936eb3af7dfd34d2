"""Denied amounts, the roll-up by slice and day, and first days, from the claims that are there."""

from decimal import Decimal

from django.db import migrations
from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least

from upstream.claims import first_seen, rollup
from upstream.claims.denial_reasons import is_denial

NOTHING = Value(Decimal("0.00"))


def count(apps, schema_editor):
    claims = apps.get_model("claims", "Claim").unscoped
    lines = apps.get_model("claims", "ClaimLine").unscoped
    claims.filter(outcome="DENIED").update(denied_amount=F("billed_amount"))
    codes = lines.filter(claim__outcome="PARTIAL", outcome="").order_by().values_list("denial_code", flat=True).distinct()
    denials = [code for code in codes if code and is_denial(code)]
    denied = Q(outcome="DENIED") | Q(outcome="", paid_amount=0, denial_code__in=denials)
    of_claim = lines.filter(denied, claim=OuterRef("pk")).order_by().values("claim").annotate(total=Sum("billed_amount"))
    total = Coalesce(Subquery(of_claim.values("total")), NOTHING)
    claims.filter(outcome="PARTIAL").update(denied_amount=Greatest(Least(total, F("billed_amount")), NOTHING))
    for organization_id in apps.get_model("accounts", "Organization").objects.values_list("pk", flat=True):
        rollup.one_writer(organization_id)
        rollup.rebuild(organization_id)
        first_seen.rebuild(organization_id)


class Migration(migrations.Migration):
    dependencies = [("claims", "0004_rollup_by_slice_and_day")]

    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
