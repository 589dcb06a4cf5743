"""The routes of all surfaces."""

from __future__ import annotations

import sys
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularSwaggerView

import accounts.urls
import dashboard.urls
import dataapi.urls
import dataapi.v2
import dialects.airsequel.urls
import dialects.communibase.urls
import dialects.restdb.urls
import management.urls
import management.v2
import web.reference
from datacube.metrics.view import metrics
from datacube.serving import readiness
from datacube.serving.refusals import error_for
from engine import NotFound
from web import health
from web.errors import NOT_FOUND, MethodNotAllowed
from web.openapi import SchemaView


def _read_only(view: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Return a view that accepts only GET and HEAD."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            refusal = MethodNotAllowed(request.method or "", allowed=["GET", "HEAD"])
            return error_for(request, refusal)
        return view(request)

    return csrf_exempt(respond)


def redirect_to_dashboard(request: HttpRequest) -> HttpResponse:
    """Redirect to the dashboard, for an address without the trailing slash."""
    return HttpResponseRedirect("/dashboard/")


urlpatterns = [
    # First, because patterns are tried in order and these routes need the shortest time.
    path("api/", include(dataapi.urls.urlpatterns)),
    path("api/v2/", include(dataapi.v2.urlpatterns)),
    path("db/", include(dialects.restdb.urls.urlpatterns)),
    path("", include(dialects.communibase.urls.urlpatterns)),
    path("", include(dialects.airsequel.urls.urlpatterns)),
    path("", _read_only(web.reference.page)),
    path("dashboard", redirect_to_dashboard),
    path("dashboard/", include((dashboard.urls.urlpatterns, "dashboard"))),
    re_path(r"^health_check/?$", _read_only(health.health_check)),
    re_path(r"^healthz/?$", _read_only(health.healthz)),
    re_path(r"^readyz/?$", _read_only(health.Readiness(readiness.CHECKS, others=readiness.other_clusters))),
    re_path(r"^metrics/?$", _read_only(metrics)),
    re_path(r"^api/schema/?$", SchemaView.as_view(), name="schema"),
    re_path(r"^api/docs/?$", SpectacularSwaggerView.as_view(url_name="schema", http_method_names=["get"])),
    path("api/", include(management.urls.key_urlpatterns)),
    re_path(r"^api/keys", include(accounts.urls.key_urlpatterns)),
    path("api/", include(management.urls.urlpatterns)),
    path("api/v2/", include(management.v2.urlpatterns)),
    path("core/", include(accounts.urls.urlpatterns)),
    path("core/", include(management.urls.core_urlpatterns)),
]


def handler404(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Return the error for an address without a route, in the error shape of the closest surface."""
    return error_for(request, NotFound(NOT_FOUND))


def handler500(request: HttpRequest) -> HttpResponseBase:
    """Return the error for an exception outside every view, which Django is handling when it calls this."""
    error = sys.exc_info()[1]
    return error_for(request, error if isinstance(error, Exception) else RuntimeError("failed outside every view"))
