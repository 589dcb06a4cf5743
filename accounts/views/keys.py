"""Views of API keys: the published routes /core/api/v1/keys/ and the management routes /api/keys."""

from __future__ import annotations

from datetime import timedelta

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import render, services
from accounts import serializers as shapes
from accounts.authentication import principal_of
from accounts.services.managing.changes import change_key
from accounts.services.managing.rotation import rotate_key
from accounts.views.base import MANAGEMENT, CoreView, body_of, request_example, response_example
from web.views import ControlView

KEY = "dc_1a2B3c4D_..."
SCOPE = {
    "databases": ["60c72b2f9b1d8b1a2d3e4567"],
    "actions": ["read", "insert", "write", "delete"],
    "created_at": "2025-01-31T12:00:00Z",
    "expires_at": None,
    "last_used_at": None,
    "last_used_address": None,
    "addresses": ["203.0.113.7"],
    "rate": 600,
    "daily_quota": None,
    "previous_expires_at": None,
}
REQUEST = {
    "name": "my backend",
    "databases": ["60c72b2f9b1d8b1a2d3e4567"],
    "actions": ["read", "insert", "write", "delete"],
    "expires_at": "2030-01-01T00:00:00Z",
    "addresses": ["203.0.113.7"],
    "rate": 600,
}
CORE_KEY = {
    "_id": "1",
    "user_id": "1",
    "name": "my backend",
    "key_display": "dc_1a2B3c4D...",
    "is_active": True,
    **SCOPE,
}
MANAGED_KEY = {"id": "1", "name": "my backend", "prefix": "dc_1a2B3c4D...", **SCOPE}
CHANGE = {"name": "my backend", "addresses": ["203.0.113.7"], "rate": 600}
CHANGE_TEXT = (
    "Change the name, scope, expiry or restrictions of a key; what the body does not name stays. Takes effect "
    "within two seconds."
)
ROTATION = {"overlap_seconds": 86_400}
ROTATION_TEXT = (
    "Give a key a new text under the same id; only this response contains it. The previous text is valid for "
    "`overlap_seconds`, a day by default; with 0 every earlier text ends within two seconds."
)
ROTATED = "API Key rotated successfully. Store it securely!"
CREATED = "API Key created successfully. Store it securely!"
REVOKED = {"success": True, "message": "API key revoked successfully."}
CREATION = (
    "Create an API key; only this response contains it. Its actions are `read`, `insert`, `write` and `delete` "
    "by default (`design` and `own` must be requested); `databases` limits it to some of yours."
)

CORE_CREATION = (
    "Create an API key; only this response contains it. Without `actions` it may do everything that "
    "its creator may, which the routes of the Management API need; `databases` limits it to some of yours."
)


def _create(request: Request, *, actions: list[str] | None = None) -> services.keys.Key:
    """Create the key of a request body; `actions` are the default."""
    body = {"actions": actions, **body_of(request, shapes.NewKey)}
    services.keys.check_databases(principal_of(request), body.get("databases"))
    return services.keys.create_key(principal_of(request), **body)


def _change(request: Request, key_id: str) -> services.keys.Key:
    body = body_of(request, shapes.KeyChange)
    services.keys.check_databases(principal_of(request), body.get("databases"))
    return change_key(principal_of(request), key_id=key_id, changes=body)


def _rotate(request: Request, key_id: str) -> services.keys.Key:
    seconds = body_of(request, shapes.Rotation).get("overlap_seconds", ROTATION["overlap_seconds"])
    return rotate_key(principal_of(request), key_id=key_id, overlap=timedelta(seconds=seconds))


class CoreKeysView(CoreView):
    envelope = staticmethod(render.published_error)

    @extend_schema(
        operation_id="core_list_keys",
        tags=MANAGEMENT,
        summary="List API Keys (dashboard)",
        description="Your API keys, of which only the first 11 characters are shown.",
        responses={200: shapes.CoreKey(many=True), 401: shapes.Detail, 403: shapes.Detail},
        examples=[response_example(CORE_KEY)],
    )
    def get(self, request: Request) -> Response:
        return Response([render.core_key(key) for key in services.keys.list_keys(principal_of(request))])

    @extend_schema(
        operation_id="core_create_key",
        tags=MANAGEMENT,
        summary="Create API Key (dashboard)",
        description=CORE_CREATION,
        request=shapes.NewKey,
        responses={201: shapes.CoreNewKey, 400: dict, 401: shapes.Detail, 403: shapes.Detail},
        examples=[
            request_example({"name": "my backend"}),
            response_example(
                {"message": CREATED, "key": KEY, "name": "my backend", "_id": "1", **SCOPE}, status=201
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        return Response(
            render.core_new_key(_create(request, actions=services.keys.own_actions(principal_of(request)))),
            status=201,
        )


class CoreKeyView(CoreView):
    envelope = staticmethod(render.published_error)

    @extend_schema(
        operation_id="core_revoke_key",
        tags=MANAGEMENT,
        summary="Revoke API Key (dashboard)",
        description="Revoke an API key permanently; it takes effect within two seconds.",
        request=None,
        responses={204: None, 401: shapes.Detail, 403: shapes.Detail, 404: shapes.Detail},
    )
    def delete(self, request: Request, key_id: str) -> Response:
        services.keys.revoke_key(principal_of(request), key_id=key_id)
        return Response(status=204)

    @extend_schema(
        operation_id="core_change_key",
        tags=MANAGEMENT,
        summary="Change API Key (dashboard)",
        description=CHANGE_TEXT,
        request=shapes.KeyChange,
        responses={200: shapes.CoreKey, 400: dict, 401: shapes.Detail, 403: shapes.Detail, 404: shapes.Detail},
        examples=[request_example(CHANGE), response_example(CORE_KEY)],
    )
    def patch(self, request: Request, key_id: str) -> Response:
        return Response(render.core_key(_change(request, key_id)))


class CoreKeyRotationView(CoreView):
    envelope = staticmethod(render.published_error)

    @extend_schema(
        operation_id="core_rotate_key",
        tags=MANAGEMENT,
        summary="Rotate API Key (dashboard)",
        description=ROTATION_TEXT,
        request=shapes.Rotation,
        responses={
            200: shapes.CoreNewKey,
            **dict.fromkeys((401, 403, 404, 409), shapes.Detail),
            400: dict,
        },
        examples=[
            request_example(ROTATION),
            response_example({"message": ROTATED, "key": KEY, "_id": "1", "name": "my backend", **SCOPE}),
        ],
    )
    def post(self, request: Request, key_id: str) -> Response:
        return Response(render.core_new_key(_rotate(request, key_id), message=ROTATED))


class KeysView(ControlView):
    envelope = staticmethod(render.management_error)

    @extend_schema(
        operation_id="list_keys",
        tags=MANAGEMENT,
        summary="List API Keys",
        description="Your API keys, of which only the first 11 characters are shown.",
        responses={200: shapes.ManagedKeys, 401: shapes.ManagedError, 403: shapes.ManagedError},
        examples=[response_example({"success": True, "keys": [MANAGED_KEY]})],
    )
    def get(self, request: Request) -> Response:
        keys = [render.managed_key(key) for key in services.keys.list_keys(principal_of(request))]
        return Response({"success": True, "keys": keys})

    @extend_schema(
        operation_id="create_key",
        tags=MANAGEMENT,
        summary="Create API Key",
        description=CREATION,
        request=shapes.NewKey,
        responses={
            201: shapes.ManagedNewKey,
            400: shapes.ManagedError,
            401: shapes.ManagedError,
            403: shapes.ManagedError,
        },
        examples=[
            request_example(REQUEST),
            response_example({"success": True, "key": KEY, **MANAGED_KEY}, status=201),
        ],
    )
    def post(self, request: Request) -> Response:
        key = _create(request)
        return Response(render.managed_new_key(key), status=201)


class KeyView(ControlView):
    envelope = staticmethod(render.management_error)

    @extend_schema(
        operation_id="revoke_key",
        tags=MANAGEMENT,
        summary="Revoke API Key",
        description="Revoke an API key permanently; it takes effect within two seconds.",
        request=None,
        responses={
            200: shapes.ManagedMessage,
            401: shapes.ManagedError,
            403: shapes.ManagedError,
            404: shapes.ManagedError,
        },
        examples=[response_example(REVOKED)],
    )
    def delete(self, request: Request, key_id: str) -> Response:
        services.keys.revoke_key(principal_of(request), key_id=key_id)
        return Response(REVOKED)

    @extend_schema(
        operation_id="change_key",
        tags=MANAGEMENT,
        summary="Change API Key",
        description=CHANGE_TEXT,
        request=shapes.KeyChange,
        responses={
            200: shapes.ManagedChangedKey,
            **dict.fromkeys((400, 401, 403, 404), shapes.ManagedError),
        },
        examples=[request_example(CHANGE), response_example({"success": True, **MANAGED_KEY})],
    )
    def patch(self, request: Request, key_id: str) -> Response:
        return Response(render.managed_changed_key(_change(request, key_id)))


class KeyRotationView(ControlView):
    envelope = staticmethod(render.management_error)

    @extend_schema(
        operation_id="rotate_key",
        tags=MANAGEMENT,
        summary="Rotate API Key",
        description=ROTATION_TEXT,
        request=shapes.Rotation,
        responses={
            200: shapes.ManagedNewKey,
            **dict.fromkeys((400, 401, 403, 404, 409), shapes.ManagedError),
        },
        examples=[
            request_example(ROTATION),
            response_example({"success": True, "key": KEY, **MANAGED_KEY}),
        ],
    )
    def post(self, request: Request, key_id: str) -> Response:
        return Response(render.managed_new_key(_rotate(request, key_id)))
