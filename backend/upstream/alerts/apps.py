from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "upstream.alerts"

    def ready(self) -> None:
        from upstream.alerts.selectors import waiting_signals
        from upstream.detection.selectors import signal_sets

        signal_sets["without_alert"] = waiting_signals
