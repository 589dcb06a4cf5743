"""The view of a long poll for events; `dataapi.streams` sends the same events as a stream."""

from __future__ import annotations

from threading import BoundedSemaphore

from django.http import HttpRequest, HttpResponse

from catalog.services.access import open_feed
from dataapi import render
from dataapi.operations.events import EventsRequest
from dataapi.views.base import DataView, principal_of
from web.views import json_response

# A waiting request occupies a thread. Requests beyond these do not wait.
_waiting_slots = BoundedSemaphore(4)


class EventsView(DataView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        params = EventsRequest.of_query(request)
        principal = principal_of(request)
        feed = open_feed(principal, params.database_id, collection=params.collection_name or None)
        if params.since is None:
            return json_response(render.change_events([], resume_token=feed.position()))
        may_wait = _waiting_slots.acquire(blocking=False)
        try:
            events, resume_token, _ = feed.since(
                params.since, limit=params.limit, wait=params.wait if may_wait else 0
            )
        finally:
            if may_wait:
                _waiting_slots.release()
        return json_response(render.change_events(events, resume_token=resume_token))
