"""The audit log of a team: who did what."""

from __future__ import annotations

from datacube_client.core.effects import JSON, Flow, Stream
from datacube_client.core.operation import AsyncResource, Resource, SyncResource, iteration, operation
from datacube_client.core.texts import json_lines


class AuditOperations(Resource):
    """The audit log, for owners of a team and keys with `own` for all databases.

    `action` is one, such as `key.revoke`, or a kind, such as `key`; `actor` is `u<user id>` or `k<key id>`.
    Entries are from `since` on and before `until`, ISO 8601 times. `team_id` is another of your teams.
    """

    @iteration
    def entries(
        self,
        *,
        action: str | None = None,
        actor: str | None = None,
        database_id: str | None = None,
        since: str | None = None,
        until: str | None = None,
        team_id: str | None = None,
    ) -> Stream[JSON]:
        """Iterate over all entries, the newest first."""
        members = {"action": action, "actor": actor, "database_id": database_id, "since": since, "until": until}
        request = self._request(_ROUTE, {}, {**members, "team_id": team_id, "format": "ndjson"})
        body = yield from self._open(request)
        yield from json_lines(body)

    @operation
    def page(
        self,
        *,
        limit: int | None = None,
        before: int | None = None,
        action: str | None = None,
        actor: str | None = None,
        database_id: str | None = None,
        since: str | None = None,
        until: str | None = None,
        team_id: str | None = None,
    ) -> Flow[JSON]:
        """Return some `entries`, and `next_before`: `before` of the next page, None on the last one."""
        members = {"action": action, "actor": actor, "database_id": database_id, "since": since, "until": until}
        return self._ask(_ROUTE, limit=limit, before=before, team_id=team_id, **members)


_ROUTE = "GET /api/audit"


class Audit(AuditOperations, SyncResource):
    """The audit log."""


class AsyncAudit(AuditOperations, AsyncResource):
    """The audit log."""
