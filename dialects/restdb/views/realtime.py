"""Publishing of messages; `dialects.restdb.realtime.streams` delivers them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import engine
from accounts.principal import ExternalUserPrincipal
from catalog.services.access import open_feed, resolve_database_id
from dialects.restdb.operations.database import Publication
from dialects.restdb.query.bodies import object_body
from dialects.restdb.realtime.messages import SubscriptionScope
from dialects.restdb.views.base import RestView, database_of, principal_of
from web.views import json_response

_USE_STREAM = "Events come as a stream: ask the service that serves streams, with Accept: text/event-stream."


class RealtimeView(RestView):
    http_method_names = ("get", "post", "options")
    below_rest = False

    def get(self, request: HttpRequest, database: str) -> HttpResponse:
        """Refuse with a hint. Reached only where another process serves the streams."""
        principal = principal_of(request)
        open_feed(principal, resolve_database_id(principal, database))
        raise engine.Invalid(_USE_STREAM)

    def post(self, request: HttpRequest, database: str) -> HttpResponse:
        handle = database_of(request, database)
        message = Publication.parse(object_body(request))
        if not SubscriptionScope.of(principal_of(request)).may_publish(message.event):
            subject = "You" if isinstance(principal_of(request), ExternalUserPrincipal) else "This key"
            raise engine.Forbidden(f"{subject} may not publish {message.event!r}.")
        handle.publish(message.event, message.data)
        return json_response({"message": "OK"})
