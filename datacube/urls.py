"""Which surface answers where."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerView

import accounts.render
import accounts.urls
import api.reference
import dashboard.urls
import dataapi.urls
import management.render
import management.urls
import restapi.render
import restapi.urls
from api import health
from api.errors import NOT_FOUND, MethodNotAllowed
from api.views import error_response
from dashboard.middleware import is_dashboard
from dashboard.views.errors import response as dashboard_error
from datacube import ready
from engine import Error, NotFound


def _envelope(request: HttpRequest) -> Callable[[Error], dict]:
    if request.path.startswith("/db/"):
        return restapi.render.envelope
    is_core = request.path.startswith("/core/")
    return accounts.render.core_error if is_core else management.render.envelope


def _to_read(view: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """A view that answers GET and HEAD alone."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            refusal = MethodNotAllowed(request.method or "", allowed=["GET", "HEAD"])
            return error_response(refusal, envelope=_envelope(request))
        return view(request)

    return csrf_exempt(answered)


def redirect_to_dashboard(request: HttpRequest) -> HttpResponse:
    """For who leaves out the slash."""
    return HttpResponseRedirect("/dashboard/")


urlpatterns = [
    # First, because patterns are tried in order and this is the route that counts.
    path("api/", include(dataapi.urls.urlpatterns)),
    path("db/", include(restapi.urls.urlpatterns)),
    path("", _to_read(api.reference.page)),
    path("dashboard", redirect_to_dashboard),
    path("dashboard/", include((dashboard.urls.urlpatterns, "dashboard"))),
    re_path(r"^health_check/?$", _to_read(health.health_check)),
    re_path(r"^healthz/?$", _to_read(health.healthz)),
    re_path(r"^readyz/?$", _to_read(health.Readiness(ready.CHECKS))),
    re_path(r"^api/schema/?$", SpectacularJSONAPIView.as_view(), name="schema"),
    re_path(r"^api/docs/?$", SpectacularSwaggerView.as_view(url_name="schema", http_method_names=["get"])),
    re_path(r"^api/keys", include(accounts.urls.key_urlpatterns)),
    path("api/", include(management.urls.urlpatterns)),
    path("core/", include(accounts.urls.urlpatterns)),
    path("core/", include(management.urls.core_urlpatterns)),
]


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that no surface has, told in the words of the nearest one."""
    if is_dashboard(request.path):
        return dashboard_error(request, NotFound(NOT_FOUND))
    return error_response(NotFound(NOT_FOUND), envelope=_envelope(request))


def handler500(request: HttpRequest) -> HttpResponseBase:
    """What failed outside every view."""
    problem = RuntimeError("failed outside every view")
    if is_dashboard(request.path):
        return dashboard_error(request, problem)
    return error_response(problem, envelope=_envelope(request))
