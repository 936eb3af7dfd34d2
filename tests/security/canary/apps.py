from django.apps import AppConfig


class CanaryConfig(AppConfig):
    name = "security.canary"

    def ready(self) -> None:
        from security.canary import faults

        faults.plant()
