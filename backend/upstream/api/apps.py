from django.apps import AppConfig
from django.conf import settings


class ApiConfig(AppConfig):
    name = "upstream.api"

    def ready(self) -> None:
        from upstream.graph.documents import trusted

        trusted.read(settings.TRUSTED_DOCUMENTS)
