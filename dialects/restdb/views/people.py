"""Helpers for users of external identity providers: user information, signing of tokens, logging out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

import engine
from catalog.services.access import resolve_database_id
from dialects.restdb import render
from dialects.restdb.auth.access import is_full
from dialects.restdb.query.bodies import object_body
from dialects.restdb.views.base import RestView, principal_of
from identity.services import describe_external_user, sign_token
from web.views import json_response

_NEEDS_FULL_KEY = "Signing tokens needs a full-access key."


class UserInfoView(RestView):
    http_method_names = ("get", "options")
    below_rest = False

    def get(self, request: HttpRequest, database: str) -> HttpResponse:
        principal = principal_of(request)
        resolve_database_id(principal, database)
        return json_response(render.document(describe_external_user(principal), metafields=False, people={}))


class SignTokenView(RestView):
    """Sign a token in the name of an issuer of the database; for servers with a full-access key."""

    http_method_names = ("post", "options")
    below_rest = False

    def post(self, request: HttpRequest, database: str) -> HttpResponse:
        principal = principal_of(request)
        database_id = resolve_database_id(principal, database)
        if not is_full(principal):
            raise engine.Forbidden(_NEEDS_FULL_KEY)
        return json_response({"jwt": sign_token(principal, database_id, options=object_body(request))})


class LogOutView(RestView):
    """Acknowledge that a client discards its token.

    Nothing is revoked: the issuer or the user's `active` ends a token.
    """

    http_method_names = ("post", "options")
    below_rest = False

    def post(self, request: HttpRequest, database: str) -> HttpResponse:
        resolve_database_id(principal_of(request), database)
        return json_response({"message": "OK"})
