from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "upstream.alerts"

    def ready(self) -> None:
        from upstream.alerts.selectors import waiting_signals
        from upstream.alerts.taken_back import mark_evidence
        from upstream.detection.selectors import signal_sets
        from upstream.intake.undoing import before_taking_back

        signal_sets["without_alert"] = waiting_signals
        if mark_evidence not in before_taking_back:
            before_taking_back.append(mark_evidence)
