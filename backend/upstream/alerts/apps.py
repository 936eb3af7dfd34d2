from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "upstream.alerts"

    def ready(self) -> None:
        from upstream.accounts.members import before_removal
        from upstream.alerts.models import AlertWebhook
        from upstream.alerts.selectors import waiting_signals
        from upstream.alerts.services import unassign_all
        from upstream.alerts.taken_back import mark_evidence
        from upstream.audit.configuration import keep_changes
        from upstream.detection.selectors import signal_sets
        from upstream.intake.undoing import before_taking_back

        keep_changes(AlertWebhook, "alert_webhook", left_out={"url", "secret", "told_at", "failing_since"})
        signal_sets["without_alert"] = waiting_signals
        if mark_evidence not in before_taking_back:
            before_taking_back.append(mark_evidence)
        if unassign_all not in before_removal:
            before_removal.append(unassign_all)
