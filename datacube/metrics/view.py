"""The view of `/metrics`, for holders of METRICS_TOKEN alone."""

from __future__ import annotations

import hmac
import os

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from datacube.metrics.directory import VARIABLE
from datacube.metrics.installation import InstallationCollector
from datacube.serving.refusals import error_for
from engine import NotFound, Unauthenticated
from web.errors import NOT_FOUND


def metrics(request: HttpRequest) -> HttpResponse:
    """Return the figures of all processes of this web server and of the installation, as Prometheus reads them.

    Without METRICS_TOKEN the route does not exist: behind a proxy on the same host every request looks local.
    """
    if not settings.METRICS_TOKEN:
        return error_for(request, NotFound(NOT_FOUND))
    expected = f"Bearer {settings.METRICS_TOKEN}".encode()
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected):
        return error_for(request, Unauthenticated("The bearer token METRICS_TOKEN is required."))
    content = b"".join(generate_latest(registry) for registry in (_processes(), _installation))
    return HttpResponse(content, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _processes() -> CollectorRegistry:
    """Return the figures of all processes of this web server, or of this one where it is the only one."""
    if VARIABLE not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry


_installation = CollectorRegistry()
_installation.register(InstallationCollector())
