from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "upstream.claims"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from upstream.claims.models import LocationAlias, Payer, PayerAlias, ServiceGroup

        for model in (LocationAlias, Payer, PayerAlias, ServiceGroup):
            auditlog.register(model, exclude_fields=["updated_at"])
