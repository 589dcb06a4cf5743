"""A client of this dialect."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import httpx

from tests.support import Tenant


@dataclass(frozen=True)
class Communibase:
    """A client of one tenant's database, with the key that names it."""

    tenant: Tenant
    key: str = ""

    def ask(self, route: str, *, key: str | None = None, **request: Any) -> httpx.Response:
        """Send a request below /0.1/: `ask("GET Person.json/crud")`. An empty `key` sends none."""
        verb, path = route.split(" ", 1)
        key = self.key or self.tenant.key if key is None else key
        headers = {**({"x-api-key": key} if key else {}), **request.pop("headers", {})}
        return self.tenant.client.request(verb, f"/0.1/{path}", headers=headers, **request)

    def get(self, route: str, *, json: Any = None, **params: Any) -> Any:
        """Return the body of a success."""
        verb = "POST" if json is not None else "GET"
        answer = self.ask(route if " " in route else f"{verb} {route}", json=json, params=texts(params))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def create(self, title: str, *documents: dict[str, Any]) -> list[str]:
        return [self.get(f"POST {title}.json/crud", json=document)["_id"] for document in documents]

    def search(self, title: str, selector: Any, **params: Any) -> list[dict[str, Any]]:
        documents: list[dict[str, Any]] = self.get(f"POST {title}.json/search", json=selector, **params)
        return documents

    def names(self, title: str, selector: Any, **params: Any) -> list[str]:
        return [item["name"] for item in self.search(title, selector, **params)]

    def new_type(self, *fields: dict[str, Any], **properties: Any) -> str:
        """Create an empty collection by the API of databases and return its name."""
        return self.tenant.new_collection(*fields, **properties)


def texts(params: dict[str, Any]) -> dict[str, Any]:
    """Return parameters as the connector sends them: objects as JSON."""
    return {name: json.dumps(value) if type(value) in (dict, bool) else value for name, value in params.items()}


def result_of(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()


def failed(status: int, message: str, *errors: tuple[str, str]) -> tuple[int, Any]:
    """Return the expected error of a status; an error is (field, message)."""
    entries = [{"field": field, "message": text} for field, text in errors]
    return status, {"code": status, "message": message, "errors": entries}


def refused(field: str, text: str, status: int = 400) -> tuple[int, Any]:
    """Return the expected error of one field."""
    return failed(status, f"{field}: {text}", (field, text))


def bare(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document without its stamps, which must be present."""
    assert {"_id", "updatedAt", "updatedBy"} <= set(document)
    return {name: value for name, value in document.items() if name not in ("_id", "updatedAt", "updatedBy")}
