"""Webhooks and external identity providers of a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datacube_client.core.effects import JSON, Flow, Records
from datacube_client.core.operation import AsyncResource, Resource, SyncResource, operation


class WebhookOperations(Resource):
    """Changes of collections that are posted to an address."""

    @operation
    def list(self) -> Flow[Records]:
        """Return the webhooks of the database."""
        return self._member("webhooks", "GET /api/webhooks")

    @operation
    def create(self, collection: str, url: str, *, events: Sequence[str] | None = None) -> Flow[JSON]:
        """Create a webhook: `webhook`, and `secret`, which is shown this once."""
        return self._ask("POST /api/webhooks", collection_name=collection, url=url, events=events)

    @operation
    def switch(self, webhook_id: str, *, active: bool) -> Flow[JSON]:
        """Switch a webhook on or off and return it."""
        return self._member("webhook", "PATCH /api/webhooks", webhook_id=webhook_id, active=active)

    @operation
    def delete(self, webhook_id: str) -> Flow[JSON]:
        """Delete a webhook."""
        return self._ask("DELETE /api/webhooks", webhook_id=webhook_id)

    @operation
    def log(self, webhook_id: str, *, state: str | None = None) -> Flow[Records]:
        """Return the latest hundred deliveries."""
        return self._member("deliveries", "GET /api/webhooks/log", webhook_id=webhook_id, state=state)

    @operation
    def replay(self, webhook_id: str, delivery_id: str) -> Flow[JSON]:
        """Deliver again, beginning with the first attempt."""
        members = {"webhook_id": webhook_id, "delivery_id": delivery_id}
        return self._member("delivery", "POST /api/webhooks/replay", **members)


class IssuerOperations(Resource):
    """External identity providers, whose users use the database with their tokens."""

    @operation
    def list(self) -> Flow[Records]:
        """Return the issuers of the database."""
        return self._member("issuers", "GET /api/issuers")

    @operation
    def add(
        self,
        name: str,
        algorithm: str,
        key: str,
        *,
        roles: Mapping[str, Any] | None = None,
        private: Sequence[str] | None = None,
        issuer: str | None = None,
        audience: str | None = None,
    ) -> Flow[JSON]:
        """Add an issuer and return it. `algorithm` is `HS256` or `RS256`."""
        members = {"roles": roles, "private": private, "issuer": issuer, "audience": audience}
        return self._member("issuer", "POST /api/issuers", name=name, algorithm=algorithm, key=key, **members)

    @operation
    def change(
        self,
        issuer_id: str,
        *,
        name: str | None = None,
        algorithm: str | None = None,
        key: str | None = None,
        roles: Mapping[str, Any] | None = None,
        private: Sequence[str] | None = None,
        issuer: str | None = None,
        audience: str | None = None,
    ) -> Flow[JSON]:
        """Change members of an issuer and return it."""
        members = {"name": name, "algorithm": algorithm, "key": key, "roles": roles, "private": private}
        return self._member(
            "issuer", "PATCH /api/issuers", issuer_id=issuer_id, issuer=issuer, audience=audience, **members
        )

    @operation
    def drop(self, issuer_id: str) -> Flow[JSON]:
        """Remove an issuer: its tokens are refused."""
        return self._ask("DELETE /api/issuers", issuer_id=issuer_id)


class Webhooks(WebhookOperations, SyncResource):
    """Webhooks."""


class AsyncWebhooks(WebhookOperations, AsyncResource):
    """Webhooks."""


class Issuers(IssuerOperations, SyncResource):
    """Issuers."""


class AsyncIssuers(IssuerOperations, AsyncResource):
    """Issuers."""
