"""The views of external identity providers of a database: list, declare, change and delete them."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

import identity.services
from management.declarations import operation
from management.serializers import issuers as shapes
from management.serializers.fields import DatabaseQuery
from management.serializers.responses import SuccessResponse
from management.views.base import ManagementView

_ENVELOPE = ("database_id", "issuer_id")


class IssuersView(ManagementView):
    @operation(
        "list_issuers",
        summary="List Issuers",
        description="The external identity providers of a database. All routes of issuers need the permissions "
        "`own` and `design`.",
        query=DatabaseQuery,
        answers={200: shapes.IssuersResponse},
    )
    def get(self, request: Request, *, database_id: str) -> Response:
        providers = identity.services.list_issuers(self.principal, database_id)
        return Response({"success": True, "issuers": [_as_dict(provider) for provider in providers]})

    @operation(
        "add_issuer",
        summary="Add an Issuer",
        description="Adds an external identity provider. From now on its tokens are valid for this database below "
        "`/db`. Its secret is never shown again.",
        body=shapes.AddIssuerRequest,
        answers={201: shapes.IssuerResponse},
    )
    def post(self, request: Request, *, database_id: str, **_: Any) -> Response:
        created = identity.services.add_issuer(self.principal, database_id, definition=_declaration(request))
        return Response({"success": True, "issuer": _as_dict(created)}, status=201)

    @operation(
        "change_issuer",
        summary="Change an Issuer",
        description="Sets the members that are sent; `algorithm` changes together with `key`.",
        body=shapes.ChangeIssuerRequest,
        answers={200: shapes.IssuerResponse},
    )
    def patch(self, request: Request, *, database_id: str, issuer_id: str, **_: Any) -> Response:
        changed = identity.services.change_issuer(
            self.principal, database_id, issuer_id, changes=_declaration(request)
        )
        return Response({"success": True, "issuer": _as_dict(changed)})

    @operation(
        "drop_issuer",
        summary="Drop an Issuer",
        description="Deletes an external identity provider. From now on its tokens are refused.",
        body=shapes.IssuerRequest,
        answers={200: SuccessResponse},
    )
    def delete(self, request: Request, *, database_id: str, issuer_id: str) -> Response:
        identity.services.drop_issuer(self.principal, database_id, issuer_id)
        return Response({"success": True})


def _declaration(request: Request) -> dict[str, Any]:
    """Return all members but the ids; the service rejects the unknown ones."""
    return {name: value for name, value in dict(request.data).items() if name not in _ENVELOPE}


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
