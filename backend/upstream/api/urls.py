"""Every address the server answers."""

from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from upstream.accounts.schema import authenticate
from upstream.api.schema import schema
from upstream.audit.acting import acting
from upstream.graph.view import GraphView
from upstream.reports.views import download

# Bearer tokens carry authority, not cookies, so Django's form token has nothing to protect here; what does act on a
# cookie (refreshing a session) asks for JSON, and multipart asks for a header.
graphql = csrf_exempt(GraphView(schema, authenticate, acting))

urlpatterns = [
    path("graphql/", graphql, name="graphql"),
    path("downloads/<path:token>/", download, name="download"),
    path("api/v1/", include("upstream.api.rest")),
    path("", include("upstream.ops.urls")),
]
