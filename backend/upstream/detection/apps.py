from django.apps import AppConfig


class DetectionConfig(AppConfig):
    name = "upstream.detection"

    def ready(self) -> None:
        from upstream.audit.configuration import keep_changes
        from upstream.claims.selectors import claim_sets
        from upstream.detection.models import DetectionSettings, KnownEvent
        from upstream.detection.selectors import claims_of_signal

        claim_sets["signal"] = claims_of_signal
        keep_changes(DetectionSettings, "detection_settings")
        keep_changes(KnownEvent, "known_event")
