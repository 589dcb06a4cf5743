"""Route of the service's status."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.principal import Principal, VisitorPrincipal
from catalog.services.queries import check_documents, check_platform
from dialects.airsequel.views import AirsequelView
from web.health import Readiness

_readiness = Readiness({"platform": check_platform, "documents": check_documents})


class StatusView(AirsequelView):
    http_method_names = ("get", "options")

    def authenticate(self, request: HttpRequest) -> Principal:
        """Return a visitor: the answer is the same for everyone."""
        return VisitorPrincipal()

    def get(self, request: HttpRequest) -> HttpResponseBase:
        return _readiness(request)
