from django.apps import AppConfig


class DetectionConfig(AppConfig):
    name = "upstream.detection"

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from upstream.claims.selectors import claim_sets
        from upstream.detection.models import DetectionSettings, KnownEvent
        from upstream.detection.selectors import claims_of_signal

        claim_sets["signal"] = claims_of_signal
        for model in (DetectionSettings, KnownEvent):
            auditlog.register(model, exclude_fields=["updated_at"])
