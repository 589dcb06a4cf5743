"""Outside identity providers of a database: declared, listed, changed and dropped."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

import identity.services
from management.views import ManagementView
from web.parameters import Parameters

_ENVELOPE = ("database_id", "issuer_id")


@extend_schema(exclude=True)
class Issuers(ManagementView):
    def get(self, request: Request) -> Response:
        given = Parameters(request.query_params)
        database_id = given.text("database_id")
        given.check()
        found = identity.services.list_issuers(request.user, database_id)
        return Response({"success": True, "issuers": [_shown(item) for item in found]})

    def post(self, request: Request) -> Response:
        given = Parameters(request.data)
        database_id = given.text("database_id")
        given.check()
        made = identity.services.add_issuer(request.user, database_id, definition=_wanted(request))
        return Response({"success": True, "issuer": _shown(made)}, status=201)

    def patch(self, request: Request) -> Response:
        given = Parameters(request.data)
        names = [given.text(name) for name in _ENVELOPE]
        given.check()
        changed = identity.services.change_issuer(request.user, *names, changes=_wanted(request))
        return Response({"success": True, "issuer": _shown(changed)})

    def delete(self, request: Request) -> Response:
        given = Parameters(request.data)
        names = [given.text(name) for name in _ENVELOPE]
        given.check()
        identity.services.drop_issuer(request.user, *names)
        return Response({"success": True})


def _wanted(request: Request) -> dict[str, Any]:
    return {name: value for name, value in request.data.items() if name not in _ENVELOPE}


def _shown(found: identity.services.Provider) -> dict[str, Any]:
    return {
        "id": found.id,
        "name": found.name,
        "algorithm": found.algorithm,
        "public_key": found.public_key,
        "issuer": found.issuer or None,
        "audience": found.audience or None,
        "roles": found.roles,
        "private": found.private,
        "created_at": found.created_at,
        "changed_at": found.changed_at,
    }
