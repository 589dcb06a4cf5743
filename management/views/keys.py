"""The view that explains what a key may do."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

import engine
from catalog.services.key_rules.explanation import Question, explain
from management.declarations import operation
from management.serializers import keys as shapes
from management.views.base import ManagementView


class ExplainKey(ManagementView):
    @operation(
        "explain_key",
        summary="Explain an API Key",
        description="Whether a key may do something, and by which rule. Without `key_id` it is the key that sends "
        "the request.",
        body=shapes.ExplainKeyRequest,
        answers={200: shapes.ExplainKeyResponse},
    )
    def post(
        self,
        request: Request,
        *,
        action: str,
        database_id: str,
        key_id: str = "",
        collection: str = "",
        document: str = "",
    ) -> Response:
        question = Question(engine.Action(action), database_id.lower(), collection or None, document or None)
        answer = explain(self.principal, key_id=key_id or None, question=question)
        members = {"allowed": answer.allowed, "rule": answer.rule, "message": answer.message}
        return Response({"success": True, "key_id": str(answer.key_id), **members})
