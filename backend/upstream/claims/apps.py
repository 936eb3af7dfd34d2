from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "upstream.claims"

    def ready(self) -> None:
        from upstream.audit.configuration import keep_changes
        from upstream.claims.models import (
            LocationAlias,
            LocationsApart,
            Payer,
            PayerAlias,
            PayersApart,
            ServiceGroup,
        )

        keep_changes(LocationAlias, "location")
        keep_changes(LocationsApart, "location")
        keep_changes(Payer, "payer")
        keep_changes(PayerAlias, "payer", record="payer_id")
        keep_changes(PayersApart, "payer", record="payer_id")
        keep_changes(ServiceGroup, "service_group")
