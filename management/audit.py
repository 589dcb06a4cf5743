"""The view of the audit log of a team."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

import engine
from accounts.principal import AccountPrincipal, ScopedPrincipal
from audit import services
from audit.services import EntryFilter
from management.declarations import operation
from management.serializers import audit as shapes
from management.views.base import ManagementView

_NEEDS = "Reading the audit log needs the action 'own' on all databases of the team."


class AuditView(ManagementView):
    @operation(
        "audit",
        summary="Audit Log",
        description="Who did what to which, when and from where, the newest first. It needs an owner of the team, "
        "or a key with the action `own` that is not limited to databases. With `format=ndjson` all entries are "
        "streamed, one JSON object in each line.",
        query=shapes.AuditQuery,
        answers={(200, "application/json"): shapes.AuditResponse, (200, "application/x-ndjson"): shapes.EXPORTED},
    )
    def get(
        self,
        request: Request,
        *,
        team_id: str,
        format: str,
        limit: int,
        action: str,
        actor: str,
        database_id: str,
        since: datetime | None,
        until: datetime | None,
        before: int | None,
    ) -> HttpResponseBase:
        team = _team(self.principal, team_id)
        chosen = EntryFilter(action, actor, database_id, since, until, before)
        if format == "ndjson":
            headers = {"Content-Disposition": 'attachment; filename="audit.ndjson"', "Cache-Control": "no-store"}
            pieces = services.export(team, chosen)
            return StreamingHttpResponse(pieces, content_type="application/x-ndjson", headers=headers)
        entries, following = services.list_entries(team, chosen, limit=limit)
        body: dict[str, Any] = {"success": True, "entries": [asdict(entry) for entry in entries]}
        return Response(body | {"next_before": following})


def _team(principal: AccountPrincipal, team_id: str) -> int:
    """Return the team to read: the named one, or the home team. Raises the same error for any other team."""
    team = principal.home_team
    if team_id:
        team = next((own for own in principal.teams if str(own) == team_id), 0)
        if not team:
            raise engine.NotFound("Team not found.")
    is_limited = isinstance(principal, ScopedPrincipal) and principal.scope.databases is not None
    if is_limited or engine.Action.OWN not in principal.team_actions(team):
        raise engine.Forbidden(_NEEDS)
    return team
