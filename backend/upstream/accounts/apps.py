from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "upstream.accounts"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from upstream.accounts.models import Membership, Organization, User

        auditlog.register(Organization, exclude_fields=["updated_at"])
        auditlog.register(User, exclude_fields=["updated_at", "last_login", "password"])
        auditlog.register(Membership, exclude_fields=["updated_at"])
