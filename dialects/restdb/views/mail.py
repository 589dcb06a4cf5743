"""Sending of mails, for full-access keys."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

import engine
import features.mail.services
import features.mail.tasks
from catalog.services.access import resolve_database_id, team_of
from dialects.restdb.auth.access import is_full
from dialects.restdb.query.bodies import body
from dialects.restdb.views.base import SURFACE, RestView, principal_of
from web.throttling import consume
from web.views import json_response

_NEEDS_FULL_KEY = "Sending mail needs a full-access key."
_HOUR = 3600


class MailView(RestView):
    http_method_names = ("post", "options")

    def post(self, request: HttpRequest, database: str) -> HttpResponse:
        principal = principal_of(request)
        database_id = resolve_database_id(principal, database)
        if not is_full(principal):
            raise engine.Forbidden(_NEEDS_FULL_KEY)
        team = team_of(principal, database_id)

        def admit(count: int) -> None:
            consume("mail", str(team), limit=settings.MAILS_PER_HOUR, window=_HOUR, amount=count)

        ids = features.mail.services.accept(principal, database_id, body(request), surface=SURFACE, admit=admit)
        features.mail.tasks.start(database_id, ids)
        return json_response({"result": [{"email_outbound_id": mail_id} for mail_id in ids]}, status=201)
