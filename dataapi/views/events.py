"""What happens in a database, by long poll; `dataapi.streams` has the same as a stream."""

from __future__ import annotations

from threading import BoundedSemaphore

from django.http import HttpRequest, HttpResponse

from accounts.principal import Principal
from catalog.services import open_feed
from dataapi import render
from dataapi.parsing import events as parsing
from dataapi.views.base import DataView
from web.views import json_response

# Whoever waits holds a thread: half of them stay free for everybody else.
_may_wait = BoundedSemaphore(4)


class Events(DataView):
    http_method_names = ("get", "options")

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = parsing.poll(request.GET)
        principal: Principal = request.principal  # type: ignore[attr-defined]
        feed = open_feed(principal, asked.database_id, collection=asked.collection or None)
        if asked.since is None:
            return json_response(render.happenings([], reached=feed.position()))
        waits = _may_wait.acquire(blocking=False)
        try:
            found, reached, _ = feed.since(asked.since, limit=asked.limit, wait=asked.wait if waits else 0)
        finally:
            if waits:
                _may_wait.release()
        return json_response(render.happenings(found, reached=reached))
