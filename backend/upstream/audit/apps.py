from django.apps import AppConfig
from django.db.models.signals import pre_save


class AuditConfig(AppConfig):
    name = "upstream.audit"

    def ready(self) -> None:
        from auditlog.models import LogEntry

        from upstream.audit.acting import name_the_actor

        pre_save.connect(name_the_actor, sender=LogEntry, dispatch_uid="upstream.audit.acting")
