"""The route of the payment provider's events."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import engine
from accounts.principal import Principal, VisitorPrincipal
from dialects.airsequel.billing.operations import PaddleKey
from dialects.airsequel.people.views.base import check_size
from dialects.airsequel.views import AirsequelView
from features.billing import services as billing
from web.errors import NOT_FOUND
from web.requests.addresses import form_of
from web.views import json_response


class PaddleView(AirsequelView):
    """A view for the provider alone, which its signature identifies."""

    http_method_names = ("post", "options")

    def authenticate(self, request: HttpRequest) -> Principal:
        return VisitorPrincipal()

    def failure(self, exception: Exception) -> HttpResponse:
        return super(AirsequelView, self).failure(exception)  # no credentials are missing

    def post(self, request: HttpRequest) -> HttpResponse:
        if not billing.is_enabled():
            raise engine.NotFound(NOT_FOUND)
        check_size(request)
        fields = {name: str(value) for name, value in form_of(request.body).items()}
        billing.receive(fields, key=PaddleKey.of_query(request).key)
        return json_response({})
