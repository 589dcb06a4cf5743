"""The API keys of programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from datacube_client.core.effects import JSON, Flow, Records
from datacube_client.core.operation import AsyncResource, Resource, SyncResource, operation


class KeyChanges(TypedDict, total=False):
    """What may be changed of a key. None removes a limit."""

    name: str
    actions: Sequence[str]
    databases: Sequence[str] | None
    collections: Mapping[str, Any] | None
    expires_at: str | None
    addresses: Sequence[str] | None
    rate: int | None
    daily_quota: int | None
    web: Mapping[str, Any] | None


class KeyOperations(Resource):
    """The API keys of the team."""

    @operation
    def list(self) -> Flow[Records]:
        """Return the keys, newest first, without their secrets."""
        return self._member("keys", "GET /api/keys")

    @operation
    def create(
        self,
        name: str,
        *,
        actions: Sequence[str] | None = None,
        databases: Sequence[str] | None = None,
        collections: Mapping[str, Any] | None = None,
        expires_at: str | None = None,
        addresses: Sequence[str] | None = None,
        rate: int | None = None,
        daily_quota: int | None = None,
        web: Mapping[str, Any] | None = None,
    ) -> Flow[JSON]:
        """Create a key, by default to read, insert, write and delete. `key` of the result is shown only once.

        `collections` limits it: `{database id: {collection: {"actions": […], "filter": {…}, "fields": {…}}}}`.
        `rate` is the requests in a minute, `daily_quota` those in a day.
        """
        limits = {"addresses": addresses, "rate": rate, "daily_quota": daily_quota, "web": web}
        scope = {"actions": actions, "databases": databases, "collections": collections}
        return self._ask("POST /api/keys", name=name, expires_at=expires_at, **scope, **limits)

    @operation
    def change(self, key_id: str, changes: KeyChanges) -> Flow[JSON]:
        """Change a key and return it; None removes a limit. Takes effect within two seconds."""
        return _change(self, key_id, changes)

    @operation
    def rotate(self, key_id: str, *, overlap_seconds: int | None = None) -> Flow[JSON]:
        """Give a key a new text: `key` of the result, shown only once. The former one is valid for a day.

        `overlap_seconds` is another time; 0 ends every earlier text.
        """
        return self._ask("POST /api/keys/{key_id}/rotate", key_id=key_id, overlap_seconds=overlap_seconds)

    @operation
    def explain(
        self,
        action: str,
        database: str,
        *,
        collection: str | None = None,
        document: str | None = None,
        key_id: str | None = None,
    ) -> Flow[JSON]:
        """Return whether a key may do something: `allowed`, and the `rule` and `message` that say why.

        Without `key_id` it is the key of this client.
        """
        members = {"collection": collection, "document": document, "key_id": key_id}
        return self._ask("POST /api/keys/explain", action=action, database=database, **members)

    @operation
    def revoke(self, key_id: str) -> Flow[JSON]:
        """Revoke a key. It may work for another two seconds."""
        return self._ask("DELETE /api/keys/{key_id}", key_id=key_id)


def _change(resource: Resource, key_id: str, changes: KeyChanges) -> Flow[JSON]:
    """Send changes with those that are None, which the API reads as null."""
    request = resource._request("PATCH /api/keys/{key_id}", {}, {"key_id": key_id})
    request.arguments["json"].update(changes)
    response = yield from resource._send(request)
    record: JSON = response.json()
    return record


class Keys(KeyOperations, SyncResource):
    """API keys."""


class AsyncKeys(KeyOperations, AsyncResource):
    """API keys."""
