from django.apps import AppConfig


class DetectionConfig(AppConfig):
    name = "upstream.detection"

    def ready(self) -> None:
        from upstream.claims.selectors import claim_sets
        from upstream.detection.selectors import claims_of_signal

        claim_sets["signal"] = claims_of_signal
