"""Request and response of the explanation of a key."""

from __future__ import annotations

from rest_framework import serializers

from accounts.serializers import ACTIONS
from catalog.services.key_rules.explanation import RULES
from management.serializers.fields import Choice, RequestSerializer, Text
from management.serializers.responses import ID, example, response


@example({"key_id": "1", "action": "read", "database": ID, "collection": "orders", "document": ID})
class ExplainKeyRequest(RequestSerializer):
    key_id = Text(required=False)
    action = Choice(one_of=ACTIONS)
    database = Text(source="database_id")
    collection = Text(required=False)
    document = Text(required=False)


ExplainKeyResponse = response(
    "ExplainKeyResponse",
    {
        "success": True,
        "key_id": "1",
        "allowed": False,
        "rule": "row_filter",
        "message": "The document does not exist, or does not match the row filter of the key.",
    },
    rule=serializers.ChoiceField([*RULES]),
)
