"""A client of this dialect, and its expected errors."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support import Tenant

SAMPLES: dict[str, Any] = json.loads((Path(__file__).parent / "samples.json").read_text())


@dataclass(frozen=True)
class Airsequel:
    """A client with the credentials of a tenant."""

    tenant: Tenant

    def ask(self, route: str, *, auth: str | None = None, **request: Any) -> httpx.Response:
        """Send a request: `ask("GET /api/dbs")`. An empty `auth` sends no credentials."""
        return self.tenant.ask(route, auth=auth, **request)

    def get(self, route: str, **request: Any) -> Any:
        """Return the body of a success, whose status is 200."""
        answer = self.ask(route, **request)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def new_database(self, query: str = "", **members: Any) -> str:
        """Create a database and return its id."""
        body = {"name": f"Test {secrets.token_hex(6)}", "query": query, **members}
        return self.get("POST /api/dbs", json=body)["id"]

    def unsized(self, route: str = "GET /api/dbs") -> Any:
        """Return databases without their sizes, which MongoDB reports anew with each checkpoint."""
        body = self.get(route)
        for database in body.get("databases", [body]):
            del database["size"]
        return body

    def catalog_id(self, db_id: str) -> str:
        """Return the id of a database in the other dialects, whose name is the first part of its shared id."""
        params = {"page_size": 100, "search": db_id.rpartition("-")[0]}
        (item,) = self.tenant.ask("GET /api/list_databases", params=params).json()["data"]
        return item["id"]


def result_of(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()


def failed(status: int, *messages: str) -> tuple[int, Any]:
    """Return the expected error of a status, with one or several messages."""
    return status, {"errors": [{"message": message} for message in messages]}


def shape(value: Any) -> Any:
    """Return the names and kinds of a JSON value, to compare it with a published sample."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return type(value).__name__ if not isinstance(value, list) else "list"
