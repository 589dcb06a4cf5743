"""A client of GraphQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from tests.support import Tenant, ask


@dataclass(frozen=True)
class GraphClient:
    """A client of one database."""

    tenant: Tenant
    database: str
    version: str = ""

    def ask(self, query: Any, *, auth: str | None = None, **members: Any) -> httpx.Response:
        """Send a query with other members of the body; `auth` is the whole header."""
        auth = self.tenant.bearer if auth is None else auth
        body = {"query": query, **members}
        return ask(self.tenant.client, f"POST /dbs/{self.database}/graphql{self.version}", auth=auth, json=body)

    def run(self, query: str, **variables: Any) -> dict[str, Any]:
        """Return the data of an answer without errors."""
        answer = self.ask(query, variables=variables)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert set(body) == {"data"}, body
        data: dict[str, Any] = body["data"]
        return data

    def errors(self, query: str, **variables: Any) -> list[str]:
        """Return the messages of an answer with errors."""
        answer = self.ask(query, variables=variables)
        assert answer.status_code == 200, answer.text
        return [error["message"] for error in answer.json()["errors"]]
