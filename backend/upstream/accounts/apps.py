from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "upstream.accounts"

    def ready(self) -> None:
        from upstream.accounts.models import Membership, Organization, ServiceKey
        from upstream.audit.configuration import keep_changes

        keep_changes(Organization, "organization")
        keep_changes(Membership, "membership")
        keep_changes(ServiceKey, "service_key", left_out={"secret_digest", "last_used_at"})
