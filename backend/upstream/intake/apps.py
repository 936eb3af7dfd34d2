from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "upstream.intake"

    def ready(self) -> None:
        from upstream.audit.configuration import keep_changes
        from upstream.intake.models import SourceMapping, Webhook

        # Where a file has no header, the names of its columns are a patient's values, and so may be its words.
        keep_changes(SourceMapping, "source_mapping", left_out={"column_names", "outcome_words"})
        keep_changes(Webhook, "webhook", left_out={"secret", "last_used_at"})
