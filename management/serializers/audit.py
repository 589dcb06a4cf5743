"""Request and response of the audit log."""

from __future__ import annotations

from typing import Annotated

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from engine.encoding import dumps
from management.serializers.fields import Choice, Declared, RequestSerializer, Text
from management.serializers.responses import ID, response
from web.operations.types import Digits, OptionalPastTime

_ENTRY = {
    "id": 731,
    "at": "2026-11-20T10:00:00.000Z",
    "actor": "u3",
    "action": "collection.drop",
    "target": "films",
}
_ENTRY |= {"database_id": ID, "detail": {}, "address": "203.0.113.7", "request_id": "c380f06b7d1e2a94"}


class AuditQuery(RequestSerializer):
    rejects_unknown = True
    team_id = Text(default="", help_text="Another team of the caller than that of the credentials.")
    format = Choice(one_of=("json", "ndjson"), default="json")
    limit = Declared(Annotated[int, Digits(1_000)], default=100, help_text="Entries of a page.")
    before = Declared(Annotated[int, Digits()], default=None, help_text="`next_before` of the page before.")
    action = Text(default="", help_text="Such as `key.revoke`, or `key` for all actions on keys.")
    actor = Text(default="", help_text="`u<user id>` or `k<key id>`.")
    database_id = Text(default="", help_text="Only entries about this database.")
    since = Declared(OptionalPastTime, required=False, help_text="Entries of this time and later ones.")
    until = Declared(OptionalPastTime, required=False, help_text="Entries before this time.")


_PAGE = {"success": True, "entries": [_ENTRY], "next_before": 731}
AuditResponse = response("AuditResponse", _PAGE, next_before=serializers.IntegerField(allow_null=True))
EXPORTED = OpenApiResponse(
    str, "Success", examples=[OpenApiExample("Example", value=dumps(_ENTRY).decode() + "\n")]
)
