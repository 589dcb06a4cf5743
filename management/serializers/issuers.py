"""Requests and responses of external identity providers."""

from __future__ import annotations

from rest_framework import serializers

from accounts.principal import VERBS
from management.serializers.fields import Passed, RequestSerializer, Text
from management.serializers.responses import ID, example, response

ISSUER_ID = "9f2c61d5e0b74a18b3c6d7e8"
DECLARED = {
    "name": "Auth0",
    "algorithm": "HS256",
    "issuer": "https://example.eu.auth0.com/",
    "audience": "shop",
    "roles": {"customer": {"products": ["GET"], "orders": ["GET", "POST"]}},
    "private": ["orders"],
}
ISSUER = {"id": ISSUER_ID, "public_key": None, **DECLARED}


class AlgorithmField(serializers.ChoiceField):
    def __init__(self) -> None:
        super().__init__(["HS256", "RS256"])


class RolesField(serializers.DictField):
    """`{role: {collection: [verb, …]}}`."""

    child = serializers.DictField(child=serializers.ListField(child=serializers.ChoiceField([*VERBS])))


class _Declaration(RequestSerializer):
    database_id = Text()
    issuer = Passed(serializers.CharField(allow_null=True), required=False)
    audience = Passed(serializers.CharField(allow_null=True), required=False)
    roles = Passed(RolesField(), required=False)
    private = Passed(serializers.ListField(child=serializers.CharField()), required=False)


@example({"database_id": ID, "key": "a secret of at least 32 characters", **DECLARED})
class AddIssuerRequest(_Declaration):
    name = Passed(serializers.CharField())
    algorithm = Passed(AlgorithmField())
    key = Passed(serializers.CharField())


@example({"database_id": ID, "issuer_id": ISSUER_ID, "private": ["orders"]})
class ChangeIssuerRequest(_Declaration):
    issuer_id = Text()
    name = Passed(serializers.CharField(), required=False)
    algorithm = Passed(AlgorithmField(), required=False)
    key = Passed(serializers.CharField(), required=False)


@example({"database_id": ID, "issuer_id": ISSUER_ID})
class IssuerRequest(RequestSerializer):
    database_id = Text()
    issuer_id = Text()


_Issuer = response(
    "Issuer",
    ISSUER,
    algorithm=AlgorithmField(),
    issuer=serializers.CharField(allow_null=True),
    audience=serializers.CharField(allow_null=True),
    public_key=serializers.CharField(allow_null=True),
    roles=RolesField(),
)
IssuersResponse = response("IssuersResponse", {"success": True, "issuers": [ISSUER]}, issuers=_Issuer(many=True))
IssuerResponse = response("IssuerResponse", {"success": True, "issuer": ISSUER}, issuer=_Issuer())
