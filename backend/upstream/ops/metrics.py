"""Metrics for Prometheus at /metrics: requests (`ops.requests`), django-prometheus' counters of the database, and the
state of the jobs.

With several server processes on one host each counts for itself. `PROMETHEUS_MULTIPROC_DIR`, an empty folder they
share, makes any of them answer for all; deploy/start.sh sets it. The job figures come from the database and are the
same wherever they are asked for. How long jobs ran and how they ended is counted by the workers (`core.worker`), which
answer on `WORKER_METRICS_PORT`.
"""

import hmac
import os
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address

from django.conf import settings
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from upstream.core import clock, jobs, scope
from upstream.core.models import Job, JobState


class JobsCollector(Collector):
    """Jobs by state, and how long the oldest that could run has been waiting; two indexed queries a scrape."""

    @scope.of_all_organizations()
    def _figures(self) -> tuple[dict[str, int], datetime | None]:
        counted = dict(Job.unscoped.values_list("state").annotate(count=Count("pk")).order_by())
        return counted, jobs.waiting().order_by().aggregate(oldest=Min("run_after"))["oldest"]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        counted, oldest = self._figures()
        by_state = GaugeMetricFamily("upstream_jobs", "Jobs by state, over all organizations.", labels=["state"])
        for state in JobState.values:
            by_state.add_metric([state], counted.get(state, 0))
        yield by_state
        yield GaugeMetricFamily(
            "upstream_job_oldest_waiting_seconds",
            "How long the oldest job that could run has been waiting; 0 when none waits.",
            value=(clock.now() - oldest).total_seconds() if oldest else 0.0,
        )


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures, for whoever may see them; everybody else gets the 404 of an address that does not exist."""
    if not _may_see(request):
        raise Http404
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    jobs_registry = CollectorRegistry()
    jobs_registry.register(JobsCollector())
    return HttpResponse(generate_latest(registry) + generate_latest(jobs_registry), content_type=CONTENT_TYPE_LATEST)


def _may_see(request: HttpRequest) -> bool:
    """By `METRICS_TOKEN` when it is set; without one in development, or from this very machine and past no proxy."""
    token = settings.PROMETHEUS_METRICS_TOKEN
    if token:
        return hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode())
    if settings.DEBUG:
        return True
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
