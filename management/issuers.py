"""The views of external identity providers of a database: list, declare, change and delete them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

import identity.services
from management.views.base import ManagementView
from web.requests.parameters import Parameters

_ENVELOPE = ("database_id", "issuer_id")


@extend_schema(exclude=True)
class IssuersView(ManagementView):
    def get(self, request: Request) -> Response:
        params = Parameters(request.query_params)
        database_id = params.text("database_id")
        params.check()
        providers = identity.services.list_issuers(request.user, database_id)
        return Response({"success": True, "issuers": [_as_dict(provider) for provider in providers]})

    def post(self, request: Request) -> Response:
        params = Parameters(request.data)
        database_id = params.text("database_id")
        params.check()
        created = identity.services.add_issuer(request.user, database_id, definition=_declaration(request))
        return Response({"success": True, "issuer": _as_dict(created)}, status=201)

    def patch(self, request: Request) -> Response:
        params = Parameters(request.data)
        ids = [params.text(member) for member in _ENVELOPE]
        params.check()
        changed = identity.services.change_issuer(request.user, *ids, changes=_declaration(request))
        return Response({"success": True, "issuer": _as_dict(changed)})

    def delete(self, request: Request) -> Response:
        params = Parameters(request.data)
        ids = [params.text(member) for member in _ENVELOPE]
        params.check()
        identity.services.drop_issuer(request.user, *ids)
        return Response({"success": True})


def _declaration(request: Request) -> dict[str, Any]:
    return {name: value for name, value in request.data.items() if name not in _ENVELOPE}


def _as_dict(provider: identity.services.Provider) -> dict[str, Any]:
    return {
        "id": provider.id,
        "name": provider.name,
        "algorithm": provider.algorithm,
        "public_key": provider.public_key,
        "issuer": provider.issuer or None,
        "audience": provider.audience or None,
        "roles": provider.roles,
        "private": provider.private,
        "created_at": provider.created_at,
        "changed_at": provider.changed_at,
    }
