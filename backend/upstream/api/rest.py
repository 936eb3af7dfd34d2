"""The addresses below /api/v1/, their description and the page to read it on."""

from typing import Any

from django.http import Http404
from django.urls import path, re_path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from upstream.accounts.rest import TokenRefreshView, TokenVerifyView, TokenView
from upstream.graph.permissions import Permission
from upstream.intake.rest import UploadsView, UploadView
from upstream.intake.resumable_rest import ResumableUploadsView, ResumableUploadView
from upstream.intake.webhooks_rest import FhirWebhookView
from upstream.rest.views import RestView

# As the SPA's server says it: scripts from here alone; the page has a style element, and pictures in data: addresses.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class DescriptionView(RestView, SpectacularJSONAPIView):
    permissions = {"GET": Permission.PUBLIC}


class DocsView(RestView, SpectacularSwaggerSplitView):
    permissions = {"GET": Permission.PUBLIC}
    url_name = "rest-description"

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Content-Security-Policy"] = DOCS_POLICY
        return response


class NowhereView(RestView):
    """Every other address, so that it answers in the shape of the rest."""

    authentication_classes = []
    schema = None

    def check_permissions(self, request: Request) -> None:
        raise Http404


urlpatterns = [
    path("auth/token/", TokenView.as_view()),
    path("auth/token/refresh/", TokenRefreshView.as_view()),
    path("auth/token/verify/", TokenVerifyView.as_view()),
    path("uploads/", UploadsView.as_view()),
    path("uploads/resumable/", ResumableUploadsView.as_view()),
    path("uploads/resumable/<uuid:resumable_id>/", ResumableUploadView.as_view(), name="rest-resumable-upload"),
    path("uploads/<uuid:upload_id>/", UploadView.as_view(), name="rest-upload"),
    path("webhooks/fhir/<uuid:webhook_id>/", FhirWebhookView.as_view(), name="rest-fhir-webhook"),
    path("schema/", DescriptionView.as_view(), name="rest-description"),
    path("docs/", DocsView.as_view()),
    re_path("", NowhereView.as_view()),
]
