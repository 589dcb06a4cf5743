"""The operations of external identity providers in the OpenAPI document."""

from __future__ import annotations

from accounts.principal import VERBS
from management.openapi.shapes import ID, TAG, YES
from web.openapi import TEXT, Operation, listing, members

_ISSUER_ID = "9f2c61d5e0b74a18b3c6d7e8"
_ALGORITHM = {"type": "string", "enum": ["HS256", "RS256"]}
_MAYBE = {"type": "string", "nullable": True}
_VERBS = listing({"type": "string", "enum": [*VERBS]})
_ROLES = {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": _VERBS}}
_DECLARED = {"issuer": _MAYBE, "audience": _MAYBE, "roles": _ROLES, "private": listing(TEXT)}
_ISSUER = members({"id": TEXT, "name": TEXT, "algorithm": _ALGORITHM, "public_key": _MAYBE, **_DECLARED})
_EXAMPLE = {
    "name": "Auth0",
    "algorithm": "HS256",
    "issuer": "https://example.eu.auth0.com/",
    "audience": "shop",
    "roles": {"customer": {"products": ["GET"], "orders": ["GET", "POST"]}},
    "private": ["orders"],
}
_AN_ISSUER = {"id": _ISSUER_ID, "public_key": None, **_EXAMPLE}
_ONE = {"database_id": TEXT, "issuer_id": TEXT}
_THIS = {"database_id": ID, "issuer_id": _ISSUER_ID}
_ANSWER = (members({"success": YES, "issuer": _ISSUER}), {"success": True, "issuer": _AN_ISSUER})

OPERATIONS = (
    Operation(
        path="/api/issuers",
        verb="get",
        id="list_issuers",
        tag=TAG,
        summary="List Issuers",
        description="The external identity providers of a database. All routes of issuers need the permissions "
        "`own` and `design`.",
        query=(("database_id", TEXT, True, "The database's id."),),
        answers={
            "200": (
                members({"success": YES, "issuers": listing(_ISSUER)}),
                {"success": True, "issuers": [_AN_ISSUER]},
            )
        },
    ),
    Operation(
        path="/api/issuers",
        verb="post",
        id="add_issuer",
        tag=TAG,
        summary="Add an Issuer",
        description="Adds an external identity provider. From now on its tokens are valid for this database below "
        "`/db`. Its secret is never shown again.",
        body=(
            members({"database_id": TEXT, "name": TEXT, "algorithm": _ALGORITHM, "key": TEXT}, _DECLARED),
            {"database_id": ID, "key": "a secret of at least 32 characters", **_EXAMPLE},
        ),
        answers={"201": _ANSWER},
    ),
    Operation(
        path="/api/issuers",
        verb="patch",
        id="change_issuer",
        tag=TAG,
        summary="Change an Issuer",
        description="Sets the members that are sent; `algorithm` changes together with `key`.",
        body=(
            members(_ONE, {"name": TEXT, "algorithm": _ALGORITHM, "key": TEXT, **_DECLARED}),
            {**_THIS, "private": ["orders"]},
        ),
        answers={"200": _ANSWER},
    ),
    Operation(
        path="/api/issuers",
        verb="delete",
        id="drop_issuer",
        tag=TAG,
        summary="Drop an Issuer",
        description="Deletes an external identity provider. From now on its tokens are refused.",
        body=(members(_ONE), _THIS),
        answers={"200": (members({"success": YES}), {"success": True})},
    ),
)
