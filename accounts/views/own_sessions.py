"""Views of the caller's sessions under /core/sessions."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import render, services
from accounts import serializers as shapes
from accounts.authentication import principal_of
from accounts.principal import PersonPrincipal
from accounts.views.base import AUTHENTICATION, BEARER, CoreView, IsPerson, person_of, response_example
from accounts.views.serializers.sessions import EndedSessions, OwnSession
from engine import NotFound

SESSION = {
    "id": "8d5c3a1e7f2b4c6d9e0f1a2b3c4d5e6f",
    "agent": "Firefox on Linux",
    "address": "192.0.2.7",
    "created_at": "2025-01-31T12:00:00Z",
    "last_used_at": "2025-01-31T12:00:00Z",
    "current": True,
}


class OwnSessionsView(CoreView):
    permission_classes = [IsAuthenticated, IsPerson]

    @extend_schema(
        operation_id="list_sessions",
        tags=AUTHENTICATION,
        auth=BEARER,
        summary="List Sessions",
        description="Your sessions, the last used first: browsers, and programs that have signed in.",
        responses={200: OwnSession(many=True), 401: shapes.Detail, 403: shapes.Detail},
        examples=[response_example(SESSION)],
    )
    def get(self, request: Request) -> Response:
        return Response([render.session(item) for item in services.sessions.list_sessions(person_of(request))])

    @extend_schema(
        operation_id="end_other_sessions",
        tags=AUTHENTICATION,
        auth=BEARER,
        summary="End Other Sessions",
        description="End all of your sessions except the one of this request.",
        request=None,
        responses={200: EndedSessions, 401: shapes.Detail, 403: shapes.Detail},
        examples=[response_example({"ended": 2})],
    )
    def delete(self, request: Request) -> Response:
        return Response({"ended": services.sessions.revoke_other_sessions(person_of(request))})


class OwnSessionView(CoreView):
    @extend_schema(
        operation_id="end_session",
        tags=AUTHENTICATION,
        auth=BEARER,
        summary="End Session",
        description="End one of your sessions; its tokens are refused within two seconds.",
        request=None,
        responses={204: None, 401: shapes.Detail, 404: shapes.Detail},
    )
    def delete(self, request: Request, session_id: str) -> Response:
        principal = principal_of(request)
        if not isinstance(principal, PersonPrincipal):
            raise NotFound(services.sessions.NOT_FOUND)
        services.sessions.revoke_session(principal, session_id=session_id)
        return Response(status=204)
