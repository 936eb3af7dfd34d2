"""Addresses for machines: `include("upstream.ops.urls")` at the root."""

from django.urls import path

from upstream.ops import health, metrics

urlpatterns = [
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", metrics.metrics),
]
